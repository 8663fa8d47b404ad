// Health: whether everything that happened is recorded, and the configuration in effect.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Health, Settings } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { bytes, dateTime, duration, number } from '../format.ts';
import { Inert } from '../parts/inert.tsx';
import { Show } from '../parts/states.tsx';
import { words } from '../words/words.ts';

export function HealthPage() {
  const w = words().health;
  const [beat, set] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => set((n) => n + 1), 5000);
    return () => clearInterval(timer);
  }, []);
  const health = useApi<Health>('/health', beat);
  const settings = useApi<Settings>('/settings');
  return (
    <>
      <header class="page-head">
        <h1>{w.title}</h1>
      </header>
      <Show answer={health}>{(state) => <State state={state} />}</Show>
      <section>
        <h2>{w.settings}</h2>
        <Show answer={settings} lines={10}>
          {({ entries }) => (
            <div class="scroll">
              <table class="settings">
                <thead>
                  <tr>
                    <th scope="col">{w.key}</th>
                    <th scope="col">{w.value}</th>
                    <th scope="col">{w.about}</th>
                  </tr>
                </thead>
                <tbody>
                  {entries.map(({ key, value, changed, about }) => (
                    <tr key={key}>
                      <td>
                        <code>{key}</code>
                      </td>
                      <td>
                        <Inert text={value} />
                        {changed && <span class="changed">{w.changed}</span>}
                      </td>
                      <td class="quiet" lang="en">
                        {about}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Show>
      </section>
      <section>
        <h2>{w.api}</h2>
        <p>
          {w.apiLead} <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>. {w.metrics}{' '}
          <a href="/metrics">/metrics</a>.
        </p>
      </section>
    </>
  );
}

function State({ state }: { state: Health }) {
  const w = words();
  const { store, disk, counts, process, lastEvent, now, keeping } = state;
  const behind = store.sources.reduce((sum, { offset, size }) => sum + Math.max(0, size - offset), 0);
  const used = disk ? 1 - disk.freeBytes / disk.totalBytes : 0;
  return (
    <>
      <dl class="vitals">
        <Vital label={w.health.lastEvent} warn={lastEvent === undefined}>
          {lastEvent === undefined ? w.now.never : w.now.ago(Math.max(0, now - lastEvent))}
          {lastEvent !== undefined && <small>{dateTime(lastEvent)}</small>}
        </Vital>
        <Vital label={w.health.read} warn={behind > 1e6}>
          {behind > 0 ? w.now.behind(bytes(behind)) : w.now.upToDate}
          {counts && <small>{w.health.ingestedOf(counts.events, counts.duplicates, counts.malformed)}</small>}
        </Vital>
        <Vital label={w.health.store}>
          {bytes(store.bytes)}
          <small>
            {w.health.schema} {store.schema}
          </small>
        </Vital>
        {disk && (
          <Vital label={w.health.disk} warn={disk.freeBytes < disk.reserveBytes}>
            {w.health.diskOf(bytes(disk.freeBytes), bytes(disk.totalBytes))}
            <meter min={0} max={1} high={0.9} value={used} aria-label={w.health.disk} />
            <small>{w.health.reserve(bytes(disk.reserveBytes))}</small>
          </Vital>
        )}
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
        {keeping && keeping.removed.length > 0 && (
          <Vital label={w.health.removed}>
            {keeping.removed.map(({ what, count, bytes: size, reason }) => (
              <small key={`${what} ${reason}`}>
                {w.health.removedOf[what as keyof typeof w.health.removedOf] ?? what}: {number(count)} ({bytes(size)})
              </small>
            ))}
          </Vital>
        )}
        <Vital label={w.health.memory}>{bytes(process.residentBytes)}</Vital>
        <Vital label={w.health.delay} warn={process.loopDelayP99Ms > 50}>
          {number(process.loopDelayP99Ms)} ms
        </Vital>
        <Vital label={w.health.viewers}>{number(state.viewers)}</Vital>
        <Vital label={w.health.up}>
          {duration(state.upSeconds * 1000)}
          <small>
            {w.health.version} {state.version}
          </small>
        </Vital>
      </dl>
      <section>
        <h2>{w.health.troubles}</h2>
        {state.troubles.length === 0 ? (
          <p class="quiet">{w.health.troublesNone}</p>
        ) : (
          <ol class="troubles">
            {state.troubles.toReversed().map(({ at, sentence }, index) => (
              <li key={`${at} ${index}`}>
                <time>{dateTime(at)}</time> <Inert text={sentence} most={600} />
              </li>
            ))}
          </ol>
        )}
      </section>
      <section>
        <h2>{w.health.sensor}</h2>
        {state.sensorEvents.length === 0 ? (
          <p class="quiet">{w.health.sensorNone}</p>
        ) : (
          <ul class="sensor-events">
            {state.sensorEvents.map(({ eventid, count }) => (
              <li key={eventid}>
                <code>
                  <Inert text={eventid} />
                </code>{' '}
                <b>{number(count)}</b>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section>
        <h2>{w.health.sources}</h2>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{w.health.file}</th>
                <th scope="col" class="n">
                  {w.health.size}
                </th>
                <th scope="col" class="n">
                  {w.health.readTo}
                </th>
                <th scope="col">{w.health.readAt}</th>
              </tr>
            </thead>
            <tbody>
              {store.sources.slice(0, 100).map(({ path, offset, size, at }) => (
                <tr key={path}>
                  <td>
                    <Inert text={path} />
                  </td>
                  <td class="n">{bytes(size)}</td>
                  <td class="n">
                    {size === 0 ? '–' : `${number(Math.floor((Math.min(offset, size) / size) * 1000) / 10)} %`}
                  </td>
                  <td>{dateTime(at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
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
