// The store on ClickHouse: the named queries of store.ts for a fleet's hub, over whatever engine it is given.
import { FACETS, type Store } from '../store.ts';
import { KEYS, SHAPES } from '../traces.ts';
import * as counts from './counts.ts';
import * as daily from './daily.ts';
import type { Engine } from './engine.ts';
import { CLICKHOUSE_SCHEMA } from './schema.ts';
import * as sessions from './sessions.ts';
import * as survey from './survey.ts';

/** The same queries, answered from elsewhere: each as a promise. */
export type Remote<Queries> = {
  [Name in keyof Queries]: Queries[Name] extends (...values: infer Values) => infer Answer
    ? (...values: Values) => Promise<Answer>
    : never;
};

/** Those that are answered from here: all, as a test holds against the interface. */
export type NamedQueries = Pick<
  Store,
  | 'totals'
  | 'extent'
  | 'eventsById'
  | 'timeline'
  | 'perDay'
  | 'top'
  | 'topPairs'
  | 'firstSeen'
  | 'newest'
  | 'arrivals'
  | 'topChange'
  | 'facets'
  | 'folds'
  | 'crossings'
  | 'matrix'
  | 'heatMap'
  | 'history'
  | 'daily'
  | 'distinct'
  | 'hourly'
  | 'extremes'
  | 'visits'
  | 'newShapes'
  | 'newKeys'
  | 'pulse'
  | 'relations'
  | 'tries'
  | 'sessions'
  | 'session'
  | 'findSession'
  | 'feed'
  | 'evidence'
  | 'downloads'
  | 'health'
  | 'close'
>;

/** @param engine with the tables that `prepare` makes */
export function clickhouseStore(engine: Engine): Remote<NamedQueries> {
  return {
    totals: (range) => counts.totals(engine, range),
    extent: (range) => counts.extent(engine, range),
    eventsById: (range) => counts.eventsById(engine, range),
    timeline: (range, bucket) => counts.timeline(engine, range, bucket),
    perDay: (range) => counts.perDay(engine, range),
    top: (dimension, range, limit) => counts.top(engine, dimension, range, limit),
    topPairs: (range, limit) => counts.topPairs(engine, range, limit),
    firstSeen: (dimension, range, limit) => counts.firstSeen(engine, dimension, range, limit),
    newest: (dimension, limit, cursor) => counts.newest(engine, dimension, limit, cursor),
    arrivals: (hash) => sessions.arrivals(engine, hash),
    topChange: (dimension, range, limit) => survey.topChange(engine, dimension, range, limit),
    facets: (filter, limit, _cursor, names = FACETS) => survey.facets(engine, filter, limit, names),
    folds: (filter, limit) => survey.folds(engine, filter, limit),
    crossings: (dimensions, filter, limit) => survey.crossings(engine, dimensions, filter, limit),
    matrix: (range, usernames, passwords) => survey.matrix(engine, range, usernames, passwords),
    heatMap: (range, zone, what) => survey.heatMap(engine, range, zone, what),
    history: (dimension, value, range) => survey.history(engine, dimension, value, range),
    daily: (dimension, values, range) => daily.daily(engine, dimension, values, range),
    distinct: (dimension, range) => daily.distinct(engine, dimension, range),
    hourly: (dimension, range) => daily.hourly(engine, dimension, range),
    extremes: (range, limit) => daily.extremes(engine, range, limit),
    visits: (range, limit) => daily.visits(engine, range, limit),
    newShapes: (range, limit) => daily.fresh(engine, range, limit, SHAPES),
    newKeys: (range, limit) => daily.fresh(engine, range, limit, KEYS),
    pulse: (now) => survey.pulse(engine, now),
    relations: (address, range, limit) => survey.relations(engine, address, range, limit),
    tries: (address, limit, cursor) => survey.tries(engine, address, limit, cursor),
    sessions: (filter, limit, cursor) => sessions.sessions(engine, filter, limit, cursor),
    session: (id) => sessions.session(engine, id),
    findSession: (session, sensor) => sessions.findSession(engine, session, sensor),
    feed: (limit, after) => sessions.feed(engine, limit, after),
    evidence: (query, limit) => sessions.evidence(engine, query, limit),
    downloads: (range, limit) => sessions.downloads(engine, range, limit),
    health: async () => {
      const [row] = await engine.query<{ bytes: number }>(
        'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()',
      );
      return { bytes: row!.bytes, schema: CLICKHOUSE_SCHEMA, sources: [] };
    },
    close: () => engine.close(),
  };
}
