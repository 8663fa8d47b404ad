// Routes that compare: facets, folded sessions, change, the week's heat map, the pulse, pairs as a matrix, and what one address did.
import { z } from 'zod';
import type { Store } from '../observatory/store.ts';
import { filterOf, rangeOf, split, whole } from './queries.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';

export function explore(store: Store, now: () => number): Route[] {
  const rangeOrAll = (query: { from?: number; to?: number }) => rangeOf(query, store, now) ?? whole(store, now);
  return [
    route({
      path: '/facets',
      summary: 'How often the values of each facet came in the sessions that fit',
      query: schema.facetsQuery,
      response: schema.facets,
      handle: (_, { limit, cursor, names, ...filter }) =>
        store.facets(filterOf(filter, store, now), limit, cursor, names),
    }),
    route({
      path: '/folds',
      summary: 'Alike sessions as one behaviour, the most frequent first',
      query: schema.foldsQuery,
      response: schema.folds,
      handle: (_, { limit, cursor, ...filter }) => store.folds(filterOf(filter, store, now), limit, cursor),
    }),
    route({
      path: '/change/{dimension}',
      summary: 'The most frequent values of a range, each with its count in the period of the same length before',
      params: z.object({ dimension: schema.dimension }),
      query: schema.limitQuery,
      response: schema.changes,
      handle: (_, { limit, ...range }, { dimension }) => ({
        dimension,
        items: store
          .topChange(dimension, rangeOrAll(range), limit)
          .map((change) => ({ ...split(dimension)(change), before: change.before })),
      }),
    }),
    route({
      path: '/crossings/{a}/{b}',
      summary: 'Which values of two kinds come together, by sessions that fit',
      params: z.object({ a: schema.rowDimension, b: schema.rowDimension }),
      query: schema.crossingsQuery,
      response: schema.crossings,
      handle: (_, { limit, cursor, ...filter }, { a, b }) =>
        store.crossings([a, b], filterOf(filter, store, now), limit, cursor),
    }),
    route({
      path: '/heat-map',
      summary: 'Counts by weekday and hour',
      query: schema.heatMapQuery,
      response: schema.heatMap,
      handle: (_, { zone, what, ...range }) => store.heatMap(rangeOrAll(range), zone, what),
    }),
    route({
      path: '/pulse',
      summary: 'The last whole hour and day beside what is usual at that time',
      response: schema.pulse,
      handle: () => store.pulse(now()),
    }),
    route({
      path: '/matrix',
      summary: 'The most frequent user names and passwords, and how often each pair came',
      query: schema.matrixQuery,
      response: schema.matrix,
      handle: (_, { usernames, passwords, ...range }) => store.matrix(rangeOf(range, store, now), usernames, passwords),
    }),
    route({
      path: '/addresses/{address}',
      summary: 'What an address did',
      params: schema.addressParams,
      query: schema.limitQuery,
      response: schema.relations,
      handle: (_, { limit, ...range }, { address }) => {
        const found = store.relations(address, rangeOf(range, store, now), limit);
        if (!found) throw new Refusal(404, 'This address never came.');
        return found;
      },
    }),
    route({
      path: '/addresses/{address}/tries',
      summary: 'User names and passwords that an address tried, in its order',
      params: schema.addressParams,
      query: z.object({ limit: schema.pageLimit, cursor: schema.cursor }),
      response: schema.tries,
      handle: (_, { limit, cursor }, { address }) => store.tries(address, limit, cursor),
    }),
  ];
}
