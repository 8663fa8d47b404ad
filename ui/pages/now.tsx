// Now: today in one sentence, the last hour and day as a pulse, every event as it happens, and whether the collection is well.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Pulse as Compared, Health, Timeline, Totals } from '../../src/web/schema.ts';
import { type Answer, useApi } from '../api.ts';
import { bytes, fullDay, number, startOfDay } from '../format.ts';
import { useLive } from '../live.ts';
import { Bars } from '../parts/bars.tsx';
import { Feed } from '../parts/feed.tsx';
import { WorldMap } from '../parts/map.tsx';
import { Show } from '../parts/states.tsx';
import { TopList } from '../parts/toplist.tsx';
import { A, go, url } from '../router.tsx';
import { base } from '../share.ts';
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
  const span = { from: hour - DAY, to: hour };
  const lastDay = useApi<Totals>(url('/totals', span), beat);
  // In the last hour of a day the two are the same.
  const apart = span.from !== today;
  const thisDay = useApi<Totals>(apart ? url('/totals', { from: today, to: today + DAY }) : undefined, beat);
  const sofar = apart ? thisDay : lastDay;
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
      <Figures current={lastDay} {...span} />
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
          <Pulse label={w.now.day} unit={w.now.dayUnit} {...span} bucket="hour" beat={beat} />
          {compared.data && <Usual span="day" window={compared.data.day} />}
        </div>
      </div>
      <WorldMap span={span} version={beat} items={live.items} sessions={lastDay.data?.sessions} />
      <div class="columns">
        <Feed items={live.items} />
        <aside>
          {base === '' && <Collection beat={beat} now={now} />}
          <h2>{w.now.tops}</h2>
          {(['username', 'password', 'command', 'country'] as const).map((dimension) => (
            <TopList dimension={dimension} span={{ from: today, to: today + DAY }} limit={6} version={beat} />
          ))}
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

function Figures({ current, from, to }: { current: Answer<Totals>; from: number; to: number }) {
  const w = words();
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
      {w.usual[span][basis](mad === 0 ? number(median) : `${number(median)}\u00a0±\u00a0${number(mad)}`)}{' '}
      <span class="quiet">{w.usualBy[basis](samples)}</span>
    </p>
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
      <Show answer={answer} lines={6}>
        {({ lastEvent, store, disk, troubles, sensors, silenceMs, sensorEvents }) => {
          const behind = store.sources.reduce((sum, { offset, size }) => sum + Math.max(0, size - offset), 0);
          const tight = disk !== undefined && disk.freeBytes < disk.reserveBytes;
          const silent = sensors.filter(({ sessionsDay }) => sessionsDay === 0).length;
          const of = (pattern: RegExp) =>
            sensorEvents.reduce((sum, { eventid, count }) => sum + (pattern.test(eventid) ? count : 0), 0);
          const recent = troubles.filter(({ at }) => at > now - DAY).length;
          const lost = of(/\.journal\.(lost|torn)$/);
          const refused = of(/\.limit\.refused$/);
          return (
            <ul class="checks">
              <li class={lastEvent === undefined ? 'idle' : 'fine'}>
                {w.lastEvent}: {lastEvent === undefined ? w.never : w.ago(Math.max(0, now - lastEvent))}
              </li>
              {sensors.length > 0 && (
                <li class={silent > 0 ? 'warn' : 'fine'}>
                  {w.sensors(sensors.length)}
                  {silent > 0 && w.silentSensors(silent)}
                </li>
              )}
              {silenceMs !== undefined && (
                <li class={silenceMs > 6 * HOUR ? 'idle' : 'fine'}>{w.silence(silenceMs)}</li>
              )}
              <li class={behind > 1e6 ? 'warn' : 'fine'}>{behind > 0 ? w.behind(bytes(behind)) : w.upToDate}</li>
              <li class={lost > 0 ? 'warn' : 'fine'}>{lost > 0 ? w.lost(lost) : w.nothingLost}</li>
              {refused > 0 && <li class="idle">{w.refused(refused)}</li>}
              {disk && <li class={tight ? 'warn' : 'fine'}>{w.diskFree(bytes(disk.freeBytes))}</li>}
              <li class={recent > 0 ? 'warn' : 'fine'}>{recent > 0 ? w.troubles(recent) : w.noTrouble}</li>
            </ul>
          );
        }}
      </Show>
    </section>
  );
}
