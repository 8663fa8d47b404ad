// Explore: any range of time as a timeline to brush, narrowed by facets and words of commands: what was most frequent, and what was new.
import { useState } from 'preact/hooks';
import type { Counts, Dimension, Downloads, Timeline, Totals } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { dateTime, moment, number } from '../format.ts';
import { Bars, type Series } from '../parts/bars.tsx';
import { periodBefore } from '../parts/change.tsx';
import { Choice } from '../parts/choice.tsx';
import { FACETS, FacetPanel } from '../parts/facets.tsx';
import { HeatMap } from '../parts/heatmap.tsx';
import { Inert } from '../parts/inert.tsx';
import { Profile, useSurvey } from '../parts/profile.tsx';
import { RangePicker, rangeFrom } from '../parts/range.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { type Span, sessionsUrl, TopList, Value } from '../parts/toplist.tsx';
import { A, go, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Chips, filtersOf } from './sessions.tsx';

const SERIES: readonly Series[] = ['sessions', 'loginsFailed', 'loginsSucceeded', 'commands', 'downloads'];
const TOPS: readonly Dimension[] = [
  'username',
  'password',
  'pair',
  'command',
  'address',
  'country',
  'asn',
  'client',
  'hassh',
];
const NEW: readonly Dimension[] = [
  'username',
  'password',
  'command',
  'client',
  'hassh',
  'hash',
  'url',
  'address',
  'country',
  'asn',
];

export function Explore({ query }: { query: URLSearchParams }) {
  const w = words();
  const { span, preset } = rangeFrom(query);
  const { from: _, to: __, ...filters } = filtersOf(query);
  const filtered = Object.keys(filters).length > 0;
  const ends = Object.fromEntries(
    Object.entries(span).flatMap(([name, at]) => (at === undefined ? [] : [[name, String(at)]])),
  );
  const whole = { ...filters, ...ends };
  // What of the URL is no filter.
  const state = Object.fromEntries(
    ['range', 'from', 'to', 'series'].flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name)!]])),
  );
  const survey = useSurvey(whole, filtered ? 12 : 8, filtered ? undefined : FACETS);
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const command = String(new FormData(event.currentTarget as HTMLFormElement).get('command')).trim() || undefined;
    go(url('/explore', { ...state, ...filters, command }));
  };
  return (
    <>
      <header class="page-head">
        <h1>{w.explore.title}</h1>
        <RangePicker query={query} preset={preset} span={span} path="/explore" />
      </header>
      <form class="filters few search" onSubmit={search} key={filters.command}>
        <label class="wide">
          {w.sessions.command}
          <input
            type="search"
            name="command"
            value={filters.command}
            placeholder="wget, chmod, uname …"
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <button type="submit" class="strong">
          {w.explore.search}
        </button>
      </form>
      <Chips filters={filters} page="/explore" state={state} />
      <div class="with-facets">
        <FacetPanel filters={filters} page="/explore" state={state} answer={survey} span={span} />
        <div>
          {filtered ? (
            <Profile
              filters={whole}
              answer={survey}
              onRange={(from, to) => go(url('/explore', { ...state, ...filters, from, to, range: undefined }))}
            />
          ) : (
            <Range query={query} />
          )}
        </div>
      </div>
    </>
  );
}

/** All of a range: read off the rollups, so that it costs the same however much there is. */
function Range({ query }: { query: URLSearchParams }) {
  const w = words();
  const { span } = rangeFrom(query);
  const series = SERIES.find((name) => name === query.get('series')) ?? 'sessions';
  const set = (changes: Record<string, string | number | undefined>) =>
    go(url('/explore', { ...Object.fromEntries(query), ...changes }));
  const timeline = useApi<Timeline>(url('/timeline', { ...span }));
  const all = useApi<Totals>('/totals');
  const before = periodBefore(span, all.data?.first);
  const bounded = span.from !== undefined && span.to !== undefined;
  return (
    <>
      <section class="sheet">
        <Choice
          label={w.explore.timeline}
          options={SERIES.map((name) => [name, w.totals[name]] as const)}
          value={series}
          onChoose={(name) => set({ series: name === 'sessions' ? undefined : name })}
        />
        <Show answer={timeline} lines={6}>
          {({ points, from, to, bucket }) => (
            <>
              <Bars
                label={w.totals[series]}
                unit={w.explore.per[bucket]}
                points={points}
                from={from}
                to={to}
                bucket={bucket}
                series={series}
                highlight={series === 'sessions' ? 'loginsSucceeded' : undefined}
                height={220}
                onRange={(start, end) => set({ from: start, to: end, range: undefined })}
              />
              <p class="quiet hint">{w.explore.brushHint}</p>
              <details class="as-table">
                <summary>{w.explore.asTable}</summary>
                <div class="scroll">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">{w.sessions.range}</th>
                        {SERIES.map((name) => (
                          <th key={name} scope="col" class="n">
                            {w.totals[name]}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {points.slice(-200).map((point) => (
                        <tr key={point.at}>
                          <td>{dateTime(point.at)}</td>
                          {SERIES.map((name) => (
                            <td key={name} class="n">
                              {number(point[name])}
                            </td>
                          ))}
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </details>
            </>
          )}
        </Show>
      </section>
      <HeatMap span={span} series={series} />
      <h2>{w.explore.tops}</h2>
      {before && (
        <p class="quiet against">
          {w.explore.against}{' '}
          <A href={url('/explore', { ...before })}>
            {dateTime(before.from)} – {dateTime(before.to)}
          </A>
        </p>
      )}
      <div class="tops">
        {TOPS.map((dimension) => (
          <TopList
            key={dimension}
            dimension={dimension}
            span={span}
            limit={12}
            exports
            change={before ? 'shown' : bounded ? 'asked' : undefined}
          />
        ))}
        <Files span={span} />
      </div>
      <FirstSeen span={span} />
    </>
  );
}

function FirstSeen({ span }: { span: Span }) {
  const w = words();
  const [dimension, choose] = useState<Dimension>('username');
  const answer = useApi<Counts>(url(`/first-seen/${dimension}`, { ...span, limit: 60 }));
  return (
    <section class="first-seen">
      <h2>{w.explore.firstSeen}</h2>
      <p class="quiet">{w.explore.firstSeenLead}</p>
      <Choice
        label={w.explore.firstSeen}
        options={NEW.map((name) => [name, w.dimension[name]] as const)}
        value={dimension}
        onChoose={choose}
      />
      <Show answer={answer}>
        {({ items, dimension: shown }) =>
          items.length === 0 ? (
            <Nothing text={w.explore.noneNew} />
          ) : (
            <ol class="novelties">
              {items.map((item) => {
                const href = sessionsUrl(shown, item, span);
                return (
                  <li key={item.value}>
                    <time dateTime={new Date(item.firstSeen).toISOString()}>{moment(item.firstSeen)}</time>
                    <A href={href}>
                      <Value dimension={shown} item={item} most={120} />
                    </A>
                    <span class="toplist-count">×{number(item.count)}</span>
                  </li>
                );
              })}
            </ol>
          )
        }
      </Show>
    </section>
  );
}

function Files({ span }: { span: Span }) {
  const w = words();
  const answer = useApi<Downloads>(url('/downloads', { ...span, limit: 12 }));
  return (
    <section class="toplist">
      <header>
        <h3>{w.explore.files}</h3>
      </header>
      <Show answer={answer}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing />
          ) : (
            <ol>
              {items.map((item) => (
                <li key={`${item.sessionId} ${item.at}`}>
                  <A href={`/sessions/${item.sessionId}`}>
                    <span class="toplist-value">
                      <Inert text={item.url ?? item.path ?? item.hash} most={80} />
                    </span>
                    <span class="toplist-count">{moment(item.at)}</span>
                  </A>
                </li>
              ))}
            </ol>
          )
        }
      </Show>
    </section>
  );
}
