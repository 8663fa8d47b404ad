// Now: today in one sentence, the last hour and day as a pulse, every event as it happens, and whether the collection is well.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Pulse as Compared, FeedItem, Health, Timeline, Totals } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { detailOf, type Kind, kindOf } from '../events.ts';
import { bytes, duration, fullDay, number, startOfDay, time } from '../format.ts';
import { useLive } from '../live.ts';
import { Bars } from '../parts/bars.tsx';
import { Inert } from '../parts/inert.tsx';
import { WorldMap } from '../parts/map.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { TopList } from '../parts/toplist.tsx';
import { A, go, url } from '../router.tsx';
import { words } from '../words/words.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A number that grows at most every three seconds while events arrive, and every half minute without any. */
function useBeat(arrivals: number): number {
  const [beat, set] = useState(0);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (arrivals === 0 || waiting.current !== undefined) return;
    waiting.current = setTimeout(() => {
      waiting.current = undefined;
      set((n) => n + 1);
    }, 3000);
  }, [arrivals]);
  useEffect(() => {
    const timer = setInterval(() => set((n) => n + 1), 30_000);
    return () => {
      clearInterval(timer);
      clearTimeout(waiting.current);
    };
  }, []);
  return beat;
}

export function Now() {
  const w = words();
  const live = useLive();
  const beat = useBeat(live.version);
  const now = Date.now();
  const today = startOfDay(now);
  // Whole minutes and hours: the answer stays the same until something happens, and costs the store little.
  const minute = Math.ceil(now / MINUTE) * MINUTE;
  const hour = Math.ceil(now / HOUR) * HOUR;
  // It is compared to the minute.
  const compared = useApi<Compared>('/pulse', minute);
  const sofar = useApi<Totals>(url('/totals', { from: today, to: today + DAY }), beat);
  return (
    <>
      <section class="opening">
        <p class="date">{fullDay(now)}</p>
        <h1>
          <span class="sr">{w.now.title}: </span>
          {sofar.data ? (
            w.now.lead(sofar.data.sessions, sofar.data.addresses, sofar.data.loginsSucceeded)
          ) : (
            <span class="waiting-line w1" />
          )}
        </h1>
      </section>
      <Figures from={hour - DAY} to={hour} beat={beat} />
      <div class="pulse">
        <div>
          <Pulse
            label={w.now.hour}
            unit={w.now.hourUnit}
            from={minute - HOUR}
            to={minute}
            bucket="minute"
            beat={beat}
          />
          {compared.data && <Usual span="hour" window={compared.data.hour} />}
        </div>
        <div>
          <Pulse label={w.now.day} unit={w.now.dayUnit} from={hour - DAY} to={hour} bucket="hour" beat={beat} />
          {compared.data && <Usual span="day" window={compared.data.day} />}
        </div>
      </div>
      <WorldMap span={{ from: hour - DAY, to: hour }} version={beat} items={live.items} />
      <div class="columns">
        <Feed items={live.items} />
        <aside>
          <h2>{w.now.tops}</h2>
          {(['username', 'password', 'command', 'country'] as const).map((dimension) => (
            <TopList dimension={dimension} span={{ from: today, to: today + DAY }} limit={6} version={beat} />
          ))}
          <Collection beat={beat} now={now} />
        </aside>
      </div>
    </>
  );
}

const SHOWN = ['sessions', 'addresses', 'loginsFailed', 'loginsSucceeded', 'commands', 'downloads'] as const;
const FILTER: Partial<Record<(typeof SHOWN)[number], Record<string, boolean>>> = {
  loginsSucceeded: { loggedIn: true },
  commands: { withCommands: true },
};

function Figures({ from, to, beat }: { from: number; to: number; beat: number }) {
  const w = words();
  const current = useApi<Totals>(url('/totals', { from, to }), beat);
  const before = useApi<Totals>(url('/totals', { from: from - DAY, to: from }));
  return (
    <section class="figures" aria-label={w.now.last24}>
      <h2 class="sr">{w.now.last24}</h2>
      <Show answer={current} lines={2}>
        {(totals) => (
          <dl>
            {SHOWN.map((name) => (
              <div key={name} class={name === 'loginsSucceeded' ? 'accent' : undefined}>
                <dt>{w.totals[name]}</dt>
                <dd>
                  <A href={url('/sessions', { from, to, ...FILTER[name] })}>{number(totals[name])}</A>
                  <small>{before.data ? w.now.before(before.data[name]) : '\u00a0'}</small>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Show>
    </section>
  );
}

interface PulseProps {
  label: string;
  unit: string;
  from: number;
  to: number;
  bucket: 'minute' | 'hour';
  beat: number;
}

function Pulse({ label, unit, from, to, bucket, beat }: PulseProps) {
  const answer = useApi<Timeline>(url('/timeline', { from, to, bucket }), beat);
  return (
    <Show answer={answer}>
      {({ points }) => (
        <Bars
          label={label}
          unit={unit}
          points={points}
          from={from}
          to={to}
          bucket={bucket}
          series="sessions"
          highlight="loginsSucceeded"
          height={120}
          onRange={(start, end) => go(url('/explore', { from: start, to: end }))}
        />
      )}
    </Show>
  );
}

/** Fewer earlier spans do not tell what is usual. */
const ENOUGH = 3;

function Usual({ span, window }: { span: 'hour' | 'day'; window: Compared['hour'] }) {
  const w = words().now;
  const { from, to, basis, sessions } = window;
  const { count, samples, median, mad } = sessions;
  if (samples < ENOUGH || median === undefined || mad === undefined) return null;
  return (
    <p class="usual">
      <A href={url('/sessions', { from, to })}>{w.lately[span](count)}</A>
      {w.usual[span][basis](mad === 0 ? number(median) : `${number(median)} ± ${number(mad)}`)}{' '}
      <span class="quiet">{w.usualBy[basis](samples)}</span>
    </p>
  );
}

function Feed({ items }: { items: readonly FeedItem[] }) {
  const w = words();
  const [held, hold] = useState<readonly FeedItem[]>();
  const shown = (held ?? items).slice(0, 60);
  const newest = held?.[0]?.id;
  const fresh = newest === undefined ? 0 : items.findIndex(({ id }) => id <= newest);
  return (
    <section class="feed">
      <header>
        <h2>{w.now.feed}</h2>
        {items.length > 0 && (
          <button
            type="button"
            class="plain"
            aria-pressed={held !== undefined}
            onClick={() => hold(held ? undefined : items)}
          >
            {held ? w.now.resume(fresh < 0 ? items.length : fresh) : w.now.pause}
          </button>
        )}
      </header>
      {shown.length === 0 ? (
        <Nothing text={w.now.feedEmpty} hint={<code>{w.now.feedTry}</code>} />
      ) : (
        <ol class="feed-lines">
          {shown.map((item) => (
            <FeedLine key={item.id} item={item} />
          ))}
        </ol>
      )}
    </section>
  );
}

/** What every visitor does: drawn paler than what tells them apart. */
const QUIET = new Set<Kind>(['connect', 'closed', 'summary', 'client', 'terminal', 'recording']);

function FeedLine({ item }: { item: FeedItem }) {
  const kind = kindOf(item.eventid);
  const detail = detailOf(item.eventid, item.message, duration);
  const line = (
    <>
      <time dateTime={new Date(item.at).toISOString()}>{time(item.at)}</time>
      <span class={`kind k-${kind}`}>{words().kind[kind]}</span>
      <span class="feed-address">
        <Inert text={item.address || item.sensor} most={40} />
      </span>
      <span class="feed-detail">{detail !== '' && <Inert text={detail} most={240} />}</span>
    </>
  );
  return (
    <li class={QUIET.has(kind) ? 'dim' : undefined}>
      {item.sessionId === undefined ? (
        <span class="row">{line}</span>
      ) : (
        <A href={`/sessions/${item.sessionId}`}>{line}</A>
      )}
    </li>
  );
}

function Collection({ beat, now }: { beat: number; now: number }) {
  const w = words().now;
  const answer = useApi<Health>('/health', beat);
  return (
    <section class="card">
      <header>
        <h2>{w.collection}</h2>
        <A href="/health">{w.details}</A>
      </header>
      <Show answer={answer} lines={3}>
        {({ lastEvent, store, disk, troubles }) => {
          const behind = store.sources.reduce((sum, { offset, size }) => sum + Math.max(0, size - offset), 0);
          const tight = disk !== undefined && disk.freeBytes < disk.reserveBytes;
          return (
            <ul class="checks">
              <li class={lastEvent === undefined ? 'idle' : 'fine'}>
                {w.lastEvent}: {lastEvent === undefined ? w.never : w.ago(Math.max(0, now - lastEvent))}
              </li>
              <li class={behind > 1e6 ? 'warn' : 'fine'}>{behind > 0 ? w.behind(bytes(behind)) : w.upToDate}</li>
              {disk && <li class={tight ? 'warn' : 'fine'}>{w.diskFree(bytes(disk.freeBytes))}</li>}
              <li class={troubles.length > 0 ? 'warn' : 'fine'}>
                {troubles.length > 0 ? w.troubles(troubles.length) : w.noTrouble}
              </li>
            </ul>
          );
        }}
      </Show>
    </section>
  );
}
