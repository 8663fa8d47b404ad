// Routes that count: totals, timeline, tops, first-seen, as the store's named queries answer them.
import { z } from 'zod';
import type { Count, Range, SessionFilter, Store } from '../observatory/store.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';
import { table } from './table.ts';

const SIZE = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const POINTS = 500;
/** A minute's bucket is counted from the events themselves: more than this would hold others up. */
const MINUTES = 1_500;

const dimensionParams = z.object({ dimension: schema.dimension });

export function queries(store: Store, now: () => number): Route[] {
  return [
    route({
      path: '/totals',
      summary: 'How many events, sessions, addresses, logins, commands and downloads',
      query: schema.rangeQuery,
      response: schema.totals,
      handle: (_, query) => store.totals(rangeOf(query, store, now)),
    }),
    route({
      path: '/events',
      summary: 'How many events of each id',
      query: schema.rangeQuery,
      response: schema.eventCounts,
      handle: (_, query) => ({
        items: store.eventsById(rangeOf(query, store, now)).map(([eventid, count]) => ({ eventid, count })),
      }),
    }),
    route({
      path: '/timeline',
      summary: 'Sessions, logins, commands and downloads in buckets of time',
      query: schema.timelineQuery,
      response: schema.timeline,
      handle: (_, query) => {
        const { from, to } = rangeOf(query, store, now) ?? whole(store, now);
        const bucket = query.bucket ?? fitting(to - from);
        const points = (to - from) / SIZE[bucket];
        if (points > (bucket === 'minute' ? MINUTES : 20_000))
          throw new Refusal(400, `query bucket: ${Math.round(points)} points are too many; ask for a shorter range.`);
        return { from, to, bucket, points: store.timeline({ from, to }, bucket) };
      },
    }),
    route({
      path: '/top/{dimension}',
      summary: 'The most frequent values, most frequent first, ties by value',
      params: dimensionParams,
      query: schema.topQuery,
      response: schema.counts,
      types: ['text/csv', 'application/x-ndjson'],
      handle: (c, query, { dimension }) => {
        const items = store.top(dimension, rangeOf(query, store, now), query.limit).map(split(dimension));
        if (query.format === 'json') return { dimension, items };
        const columns = columnsOf(dimension);
        return table(c, query.format, `top-${dimension}`, columns, [items.map(isoTimes)].values());
      },
    }),
    route({
      path: '/first-seen/{dimension}',
      summary: 'Values seen in the range and never before it, earliest first',
      params: dimensionParams,
      query: schema.topQuery,
      response: schema.counts,
      types: ['text/csv', 'application/x-ndjson'],
      handle: (c, query, { dimension }) => {
        const range = rangeOf(query, store, now) ?? whole(store, now);
        const items = store.firstSeen(dimension, range, query.limit).map(split(dimension));
        if (query.format === 'json') return { dimension, items };
        const columns = columnsOf(dimension);
        return table(c, query.format, `first-seen-${dimension}`, columns, [items.map(isoTimes)].values());
      },
    }),
    route({
      path: '/downloads',
      summary: 'Files that attackers brought, newest first',
      query: schema.limitQuery,
      response: schema.downloads,
      handle: (_, query) => ({ items: store.downloads(rangeOf(query, store, now), query.limit) }),
    }),
  ];
}

function columnsOf(dimension: schema.Dimension): string[] {
  const values = dimension === 'pair' ? ['username', 'password'] : ['value'];
  const more = dimension === 'address' ? ['country', 'asn', 'asName', 'hostName', 'scanner'] : [];
  return [...values, 'count', 'firstSeen', ...(dimension === 'asn' ? ['asName'] : more)];
}

/** The range that was asked for; half of one reaches to the beginning or the end of what is stored. */
export function rangeOf(
  { from, to }: { from?: number; to?: number },
  store: Store,
  now: () => number,
): Range | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to !== undefined) {
    if (from > to) throw new Refusal(400, 'query from: the range ends before it begins.');
    return { from, to };
  }
  const all = whole(store, now);
  return { from: from ?? Math.min(all.from, to!), to: to ?? Math.max(all.to, from!) };
}

/** A filter from a query of sessions. */
export function filterOf<Q extends { from?: number; to?: number }>(
  { from, to, ...filter }: Q,
  store: Store,
  now: () => number,
): SessionFilter {
  const range = rangeOf({ from, to }, store, now);
  return { ...filter, ...(range ? { range } : {}) };
}

/** From the first event to now. */
export function whole(store: Store, now: () => number): Range {
  const { first, last } = store.totals();
  return { from: first ?? now(), to: Math.max(now(), (last ?? now()) + 1) };
}

function fitting(length: number): schema.Bucket {
  if (length / SIZE.minute <= POINTS) return 'minute';
  return length / SIZE.hour <= POINTS ? 'hour' : 'day';
}

export const split =
  (dimension: schema.Dimension) =>
  (count: Count): schema.Counted => {
    if (dimension !== 'pair') return count;
    const at = count.value.indexOf('\0');
    return { ...count, username: count.value.slice(0, at), password: count.value.slice(at + 1) };
  };

const isoTimes = (count: schema.Counted) => ({ ...count, firstSeen: new Date(count.firstSeen).toISOString() });
