// Routes of attackers as a list: by address, network, country, client or HASSH, each with its days and its change.
import { z } from 'zod';
import type { Count, Range, Store } from '../observatory/store.ts';
import type { Turns } from './growing.ts';
import { rangeOf, whole } from './queries.ts';
import { type Route, route } from './route.ts';
import * as schema from './schema.ts';
import { table } from './table.ts';

const DAY = 86_400_000;
/** Days of history that are told. */
const DAYS = 120;
const COLUMNS = ['value', 'count', 'before', 'firstSeen', 'country', 'asn', 'asName', 'hostName', 'scanner', 'days'];

export function attackers(store: Store, now: () => number, turns: Turns): Route[] {
  return [
    route({
      path: '/attackers/{kind}',
      summary: 'Who came most: addresses, networks, countries, clients or HASSH, with the days on which they came',
      params: z.object({ kind: schema.attackerKind }),
      query: schema.attackersQuery,
      response: schema.attackers,
      types: ['text/csv', 'application/x-ndjson'],
      handle: async (c, { limit, format, ...query }, { kind }) => {
        const range = rangeOf(query, store, now) ?? whole(store, now);
        const before = { from: range.from - (range.to - range.from), to: range.from };
        const { first } = store.totals();
        // What was before the record began is not known.
        const compared = query.from !== undefined && first !== undefined && before.from >= first;
        const counts: (Count & { before?: number })[] = await turns.take(() =>
          compared ? store.topChange(kind, range, limit) : store.top(kind, range, limit),
        );
        const span = historyOf(range, counts.length === 0 ? undefined : store.totals().last);
        const items: z.input<typeof schema.attackers>['items'] = [];
        for (const count of counts)
          items.push({ ...count, days: await turns.take(() => store.history(kind, count.value, span)) });
        if (format === 'json') return { kind, ...span, items };
        const lines = items.map(({ days, firstSeen, ...item }) => ({
          ...item,
          firstSeen: new Date(firstSeen).toISOString(),
          days: days.map(([day, n]) => `${day}=${n}`).join(' '),
        }));
        return table(c, format, `attackers-${kind}`, COLUMNS, [lines].values());
      },
    }),
    route({
      path: '/history/{dimension}',
      summary: 'How often one value came on each UTC day of a range',
      params: z.object({ dimension: schema.dimension }),
      query: schema.historyQuery,
      response: schema.history,
      handle: (_, { value, ...query }, { dimension }) => {
        const range = rangeOf(query, store, now) ?? whole(store, now);
        const span = historyOf(range, store.totals().last);
        return { ...span, days: store.history(dimension, value, span) };
      },
    }),
  ];
}

/** The last days of a range in which anything is recorded, as whole UTC days. */
function historyOf({ from, to }: Range, last: number | undefined): Range {
  const end = Math.ceil(Math.min(to, (last ?? to) + 1) / DAY) * DAY;
  return { from: Math.max(Math.floor(from / DAY) * DAY, end - DAYS * DAY), to: Math.max(end, from) };
}
