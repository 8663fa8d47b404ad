// Health and settings: whether everything that happened is recorded, what it takes, what went wrong, and the configuration in effect.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Health, Settings } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { bytes, date, dateTime, duration, number } from '../format.ts';
import { useGeo } from '../geo.ts';
import { hide } from '../mask.ts';
import { Configuration } from '../parts/configuration.tsx';
import { Handed } from '../parts/handed.tsx';
import { Inert } from '../parts/inert.tsx';
import { Show } from '../parts/states.tsx';
import { A, url } from '../router.tsx';
import { settings } from '../settings.ts';
import { words } from '../words/words.ts';

export function HealthPage() {
  const w = words().health;
  const [beat, set] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => set((n) => n + 1), 5000);
    return () => clearInterval(timer);
  }, []);
  const health = useApi<Health>('/health', beat);
  const configuration = useApi<Settings>(url('/settings', { lang: settings.language }));
  return (
    <>
      <header class="page-head">
        <h1>{w.title}</h1>
        {health.data && (
          <p class="quiet">
            Kansatsuki {health.data.version} · {w.upFor(duration(health.data.upSeconds * 1000))} ·{' '}
            {w.viewers(health.data.viewers)}
          </p>
        )}
      </header>
      <Show answer={health} lines={8}>
        {(state) => (
          <>
            <Vitals state={state} />
            <Troubles state={state} />
            <Storage state={state} configuration={configuration.data} />
            <div class="pair">
              <Sensors state={state} />
              <Reports state={state} />
            </div>
            <Sources state={state} />
          </>
        )}
      </Show>
      {/* What is below comes after what is above: nothing is pushed down. */}
      {health.loading && !health.data ? null : (
        <>
          <GeoData />
          <Configuration answer={configuration} />
          <Handed />
          <section>
            <h2>{w.api}</h2>
            <p>
              {w.apiLead} <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>. {w.metrics}{' '}
              <a href="/metrics">/metrics</a>.
            </p>
          </section>
        </>
      )}
    </>
  );
}

function Vitals({ state }: { state: Health }) {
  const w = words();
  const { store, disk, counts, process, lastEvent, now, keeping, silenceMs } = state;
  const behind = store.sources.reduce((sum, { offset, size }) => sum + Math.max(0, size - offset), 0);
  return (
    <dl class="vitals">
      <Vital label={w.health.lastEvent} warn={lastEvent === undefined}>
        {lastEvent === undefined ? w.now.never : w.now.ago(Math.max(0, now - lastEvent))}
        {lastEvent !== undefined && <small>{dateTime(lastEvent)}</small>}
        {silenceMs !== undefined && <small>{w.now.silence(silenceMs)}</small>}
      </Vital>
      <Vital label={w.health.read} warn={behind > 1e6}>
        {behind > 0 ? w.now.behind(bytes(behind)) : w.now.upToDate}
        {counts && <small>{w.health.ingestedOf(counts.events, counts.duplicates, counts.malformed)}</small>}
      </Vital>
      {disk && (
        <Vital label={w.health.disk} warn={disk.freeBytes < disk.reserveBytes}>
          {w.health.diskOf(bytes(disk.freeBytes), bytes(disk.totalBytes))}
          <meter min={0} max={1} high={0.9} value={1 - disk.freeBytes / disk.totalBytes} aria-label={w.health.disk} />
          <small>{w.health.reserve(bytes(disk.reserveBytes))}</small>
        </Vital>
      )}
      <Vital label={w.health.store}>
        {bytes(store.bytes)}
        <small>
          {w.health.schema} {store.schema}
        </small>
      </Vital>
      {keeping && (
        <Vital label={w.health.sealed}>
          {keeping.head ? w.health.entry(keeping.head.n) : w.health.sealedNone}
          {keeping.head && (
            <small title={w.health.noteHead}>
              <code>{keeping.head.hash}</code>
            </small>
          )}
        </Vital>
      )}
      {keeping && (
        <Vital label={w.health.removed}>
          {keeping.removed.length === 0 ? w.health.removedNone : null}
          {keeping.removed.map(({ what, count, bytes: size, reason }) => (
            <small key={`${what} ${reason}`}>
              {w.health.removedOf[what as keyof typeof w.health.removedOf] ?? what}: {number(count)} ({bytes(size)})
            </small>
          ))}
          {keeping.ranAt !== undefined && <small>{w.health.ranAt(dateTime(keeping.ranAt))}</small>}
        </Vital>
      )}
      <Vital label={w.health.process}>{bytes(process.residentBytes)}</Vital>
      <Vital label={w.health.delay} warn={process.loopDelayP99Ms > 50}>
        {number(process.loopDelayP99Ms)} ms
        <small>{w.health.delayOf}</small>
      </Vital>
    </dl>
  );
}

function Vital({ label, warn, children }: { label: string; warn?: boolean; children: ComponentChildren }) {
  return (
    <div class={warn ? 'warn' : undefined}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Parts of the data directory, with the keys that say how long and how much of them is kept. */
const PARTS = [
  ['events', 'retention.events_days', 'retention.events_bytes'],
  ['journal', 'retention.journal_days', 'retention.journal_bytes'],
  ['recordings', 'retention.recordings_days', 'retention.recordings_bytes'],
  ['samples', 'retention.samples_days', 'retention.samples_bytes'],
] as const;

function Storage({ state: { store, storage }, configuration }: { state: Health; configuration: Settings | undefined }) {
  const w = words().health;
  const rule = (key: string) => {
    const value = configuration?.entries.find((entry) => entry.key === key)?.value;
    return value === undefined ? '…' : value === 'never' ? w.never : value;
  };
  return (
    <section>
      <h2>{w.storage}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{w.part}</th>
              <th scope="col" class="n">
                {w.used}
              </th>
              <th scope="col" class="n">
                {w.fileCount}
              </th>
              <th scope="col" class="n">
                {w.keptFor}
              </th>
              <th scope="col" class="n">
                {w.upTo}
              </th>
            </tr>
          </thead>
          <tbody>
            {PARTS.map(([what, age, size]) => {
              const part = storage.find((one) => one.what === what);
              return (
                <tr key={what}>
                  <th scope="row">{w.partOf[what]}</th>
                  <td class="n">{what === 'events' ? bytes(store.bytes) : part ? bytes(part.bytes) : '…'}</td>
                  <td class="n">{part ? number(part.files) : ''}</td>
                  <td class="n">{rule(age)}</td>
                  <td class="n">{rule(size)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Lines of the log shown at once. */
const LINES = 20;

function Troubles({ state: { troubles } }: { state: Health }) {
  const w = words().health;
  const [all, showAll] = useState(false);
  const newest = troubles.toReversed();
  return (
    <section>
      <h2>{w.troubles}</h2>
      {newest.length === 0 ? (
        <p class="quiet">{w.troublesNone}</p>
      ) : (
        <ol class="troubles">
          {newest.slice(0, all ? undefined : LINES).map(({ at, sentence, half }, index) => (
            <li key={`${at} ${index}`}>
              <time dateTime={new Date(at).toISOString()}>{dateTime(at)}</time>
              <span class="quiet">{w.half[half]}</span>
              <Inert text={sentence} most={600} />
            </li>
          ))}
        </ol>
      )}
      {newest.length > LINES && !all && (
        <button type="button" class="plain" onClick={() => showAll(true)}>
          {w.allTroubles(newest.length)}
        </button>
      )}
    </section>
  );
}

function Sensors({ state: { sensors } }: { state: Health }) {
  const w = words().health;
  for (const { name } of sensors) hide(name);
  return (
    <section>
      <h2>{w.sensors}</h2>
      {sensors.length === 0 ? (
        <p class="quiet">{w.sensorsNone}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{w.sensorName}</th>
                <th scope="col" class="n">
                  {w.lastDay}
                </th>
                <th scope="col" class="n">
                  {w.lastMonth}
                </th>
              </tr>
            </thead>
            <tbody>
              {sensors.map(({ name, sessionsDay, sessionsMonth }) => (
                <tr key={name} class={sessionsDay === 0 ? 'silent' : undefined}>
                  <th scope="row">
                    <A href={url('/sessions', { sensor: name })}>
                      <Inert text={name} most={60} />
                    </A>
                  </th>
                  <td class="n">{sessionsDay === 0 ? w.silent : number(sessionsDay)}</td>
                  <td class="n">{number(sessionsMonth)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Reports({ state: { sensorEvents } }: { state: Health }) {
  const w = words().health;
  return (
    <section>
      <h2>{w.sensor}</h2>
      {sensorEvents.length === 0 ? (
        <p class="quiet">{w.sensorNone}</p>
      ) : (
        <div class="scroll">
          <table>
            <tbody>
              {sensorEvents.map(({ eventid, count }) => (
                <tr key={eventid}>
                  <th scope="row">
                    <A href={url('/sessions', { eventid })}>
                      <Inert text={eventid} />
                    </A>
                  </th>
                  <td class="n">{number(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** Files shown; the rest has been read. */
const FILES = 50;

function Sources({ state: { store } }: { state: Health }) {
  const w = words().health;
  if (store.sources.length === 0) return null;
  return (
    <section>
      <h2>{w.sources}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{w.file}</th>
              <th scope="col" class="n">
                {w.size}
              </th>
              <th scope="col" class="n">
                {w.readTo}
              </th>
              <th scope="col">{w.readAt}</th>
            </tr>
          </thead>
          <tbody>
            {store.sources.slice(0, FILES).map(({ path, offset, size, at }) => (
              <tr key={path}>
                <th scope="row">
                  <Inert text={path} />
                </th>
                <td class="n">{bytes(size)}</td>
                <td class="n">
                  {size === 0 ? '–' : `${number(Math.floor((Math.min(offset, size) / size) * 1000) / 10)} %`}
                </td>
                <td>
                  <time dateTime={new Date(at).toISOString()}>{dateTime(at)}</time>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {store.sources.length > FILES && <p class="quiet">{w.moreFiles(store.sources.length - FILES)}</p>}
    </section>
  );
}

/** Data on addresses older than this say little of who holds them. */
const OLD = 180 * 86_400_000;

function GeoData() {
  const w = words().health;
  const geo = useGeo();
  if (!geo) return null;
  return (
    <section>
      <h2>{w.geo}</h2>
      {geo.sources.length === 0 ? (
        <p class="quiet">{w.geoNone}</p>
      ) : (
        <ul class="geo">
          {geo.sources.map(({ name, path, built, licence, attribution, gives, records }) => (
            <li key={name}>
              <h3>
                {[gives.country && w.countries, gives.asn && w.networks].filter(Boolean).join(w.and)}
                {built !== undefined && (
                  <span class={Date.now() - built > OLD ? 'aged' : 'quiet'}>
                    {w.asOf(date(built), Math.max(0, Math.floor((Date.now() - built) / 86_400_000)))}
                  </span>
                )}
              </h3>
              <p>
                <Inert text={path ?? name} /> · {w.records(records)}
                {licence !== undefined && (
                  <>
                    {' '}
                    · <Inert text={licence} />
                  </>
                )}
              </p>
              {attribution.map((line) => (
                <p key={line} class="quiet">
                  <Inert text={line} />
                </p>
              ))}
            </li>
          ))}
        </ul>
      )}
      <p class="quiet">{w.scanners(geo.scanners.count, geo.scanners.date)}</p>
    </section>
  );
}
