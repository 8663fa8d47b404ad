// The tables in ClickHouse. Whatever arrives may arrive twice and in any order: every table comes to the same in the end.
import { countedIn } from '../countedin.ts';
import type { Engine } from './engine.ts';

/** Written beside the tables; a store of another number is not read. */
export const CLICKHOUSE_SCHEMA = 1;

const list = (ids: readonly string[]) => ids.map((id) => `'${id}'`).join(', ');
export const LOGINS = list(countedIn.username);

/** A session's number: 53 bits of a hash of its names, the same wherever it is computed. */
export const sessionId = (sensor: string, session: string) => `bitShiftRight(sipHash64(${sensor}, ${session}), 11)`;

const FORWARDING = `startsWith(e.eventid, 'cowrie.direct-tcpip.')`;

export const tables: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS meta (key String, value Int64) ENGINE = ReplacingMergeTree ORDER BY key',
  // One row an event, for ever the first that arrived of it: `digest` is of its content. A word is there when the event counts for it.
  `CREATE TABLE IF NOT EXISTS event (
     at Int64, sensor LowCardinality(String), session String, eventid LowCardinality(String), digest UInt64,
     address String, protocol LowCardinality(String),
     username Nullable(String), password Nullable(String), command Nullable(String), client Nullable(String),
     hassh Nullable(String), url Nullable(String), hash Nullable(String),
     source_port Nullable(Int64), destination Nullable(String), destination_port Nullable(Int64),
     duration Nullable(Int64), recording Nullable(String),
     uuid Nullable(String), message String CODEC(ZSTD), fields String CODEC(ZSTD), approximate UInt8, arrived Int64,
     version UInt64 MATERIALIZED 18446744073709551615 - arrived,
     INDEX by_session session TYPE bloom_filter GRANULARITY 4
   ) ENGINE = ReplacingMergeTree(version)
   PARTITION BY intDiv(at, 2678400000000)
   ORDER BY (at, sensor, session, eventid, digest)`,
  // Sessions as they grow: each state comes to the same whether an event is added once or twice, early or late.
  `CREATE TABLE IF NOT EXISTS session (
     id UInt64, sensor LowCardinality(String), session String,
     started SimpleAggregateFunction(min, Int64), newest SimpleAggregateFunction(max, Int64),
     address AggregateFunction(argMinIf, String, Int64, UInt8), protocol AggregateFunction(argMinIf, String, Int64, UInt8),
     port AggregateFunction(argMin, Nullable(Int64), Int64), destination AggregateFunction(argMin, Nullable(String), Int64),
     destination_port AggregateFunction(argMin, Nullable(Int64), Int64),
     client AggregateFunction(argMax, Nullable(String), Int64), hassh AggregateFunction(argMax, Nullable(String), Int64),
     entered AggregateFunction(argMinIf, Tuple(Nullable(String), Nullable(String)), Int64, UInt8),
     tried AggregateFunction(argMaxIf, Tuple(Nullable(String), Nullable(String)), Int64, UInt8),
     logged_in SimpleAggregateFunction(max, UInt8), closed SimpleAggregateFunction(max, UInt8),
     approximate SimpleAggregateFunction(max, UInt8),
     duration AggregateFunction(argMax, Nullable(Int64), Int64),
     logins AggregateFunction(uniqExactIf, UInt64, UInt8), commands AggregateFunction(uniqExactIf, UInt64, UInt8),
     downloads AggregateFunction(uniqExactIf, UInt64, UInt8),
     recordings AggregateFunction(groupUniqArrayIf, Tuple(Int64, String), UInt8)
   ) ENGINE = AggregatingMergeTree ORDER BY (id, sensor, session)`,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS session_of_event TO session AS SELECT
     ${sessionId('toString(e.sensor)', 'e.session')} AS id, e.sensor AS sensor, e.session AS session, min(e.at) AS started, max(e.at) AS newest,
     argMinIfState(e.address, e.at, toUInt8(e.address != '')) AS address,
     argMinIfState(toString(e.protocol), e.at, toUInt8(e.protocol != '')) AS protocol,
     argMinState(if(${FORWARDING} AND NOT JSONHas(e.fields, 'orig_ip'), NULL, e.source_port), e.at) AS port,
     argMinState(if(${FORWARDING}, NULL, e.destination), e.at) AS destination,
     argMinState(if(${FORWARDING}, NULL, e.destination_port), e.at) AS destination_port,
     argMaxState(e.client, e.at) AS client, argMaxState(e.hassh, e.at) AS hassh,
     argMinIfState(tuple(e.username, e.password), e.at, toUInt8(e.eventid = 'cowrie.login.success')) AS entered,
     argMaxIfState(tuple(e.username, e.password), e.at, toUInt8(e.eventid = 'cowrie.login.failed')) AS tried,
     max(toUInt8(e.eventid = 'cowrie.login.success')) AS logged_in, max(toUInt8(e.eventid = 'cowrie.session.closed')) AS closed,
     max(e.approximate) AS approximate, argMaxState(e.duration, e.at) AS duration,
     uniqExactIfState(e.digest, toUInt8(e.eventid IN (${LOGINS}))) AS logins,
     uniqExactIfState(e.digest, toUInt8(e.eventid = 'cowrie.command.input')) AS commands,
     uniqExactIfState(e.digest, toUInt8(e.eventid = 'cowrie.session.file_download')) AS downloads,
     groupUniqArrayIfState((e.at, assumeNotNull(e.recording)), toUInt8(e.recording IS NOT NULL)) AS recordings
   FROM event e WHERE e.session != '' GROUP BY e.sensor, e.session`,
  `CREATE VIEW IF NOT EXISTS sessions AS SELECT
     s.id AS id, toString(s.sensor) AS sensor, s.session AS session, min(s.started) AS started, max(s.newest) AS newest,
     argMinIfMerge(s.address) AS address, argMinIfMerge(s.protocol) AS protocol, argMinMerge(s.port) AS port,
     argMinMerge(s.destination) AS destination, argMinMerge(s.destination_port) AS destination_port,
     argMaxMerge(s.client) AS client, argMaxMerge(s.hassh) AS hassh,
     max(s.logged_in) AS logged_in, max(s.closed) AS closed, max(s.approximate) AS approximate,
     argMinIfMerge(s.entered) AS entered, argMaxIfMerge(s.tried) AS tried,
     argMaxMerge(s.duration) AS duration, uniqExactIfMerge(s.logins) AS logins, uniqExactIfMerge(s.commands) AS commands,
     uniqExactIfMerge(s.downloads) AS downloads, groupUniqArrayIfMerge(s.recordings) AS recordings
   FROM session s GROUP BY s.id, s.sensor, s.session`,
  // When each word came first, of all time. \`second\` is the password of a pair.
  `CREATE TABLE IF NOT EXISTS seen (dimension LowCardinality(String), value String, second String, first SimpleAggregateFunction(min, Int64))
   ENGINE = AggregatingMergeTree ORDER BY (dimension, value, second)`,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS seen_in_event TO seen AS
   SELECT word.1 AS dimension, assumeNotNull(word.2) AS value, assumeNotNull(word.3) AS second, min(event.at) AS first
   FROM event ARRAY JOIN arrayFilter(w -> w.2 IS NOT NULL AND w.3 IS NOT NULL, [
     tuple('username', username, toNullable('')), tuple('password', password, toNullable('')), tuple('pair', username, password),
     tuple('command', command, toNullable('')), tuple('client', client, toNullable('')), tuple('hassh', hassh, toNullable('')),
     tuple('url', url, toNullable('')), tuple('hash', hash, toNullable(''))]) AS word
   GROUP BY dimension, value, second`,
  // What ended sessions did, as \`settle\` read it out of their events; the newest word counts.
  `CREATE TABLE IF NOT EXISTS behaviour (id UInt64, sensor String, session String, value String, at Int64)
   ENGINE = ReplacingMergeTree(at) ORDER BY (id, sensor, session)`,
  // Where addresses come from; the newest word counts.
  `CREATE TABLE IF NOT EXISTS origin (address String, country LowCardinality(String), asn UInt32, as_name String, scanner String, at Int64)
   ENGINE = ReplacingMergeTree(at) ORDER BY address`,
];

/** Creates what is missing. @throws Error when the tables are of another version */
export async function prepare(engine: Engine): Promise<void> {
  for (const table of tables) await engine.query(table);
  const [row] = await engine.query<{ value: number }>(`SELECT max(value) AS value FROM meta WHERE key = 'schema'`);
  const version = Number(row?.value ?? 0);
  if (version === 0) await engine.insert('meta', [{ key: 'schema', value: CLICKHOUSE_SCHEMA }]);
  else if (version !== CLICKHOUSE_SCHEMA)
    throw new Error(
      `The tables in ClickHouse are of schema version ${version}, this program knows ${CLICKHOUSE_SCHEMA}: use the program that made them.`,
    );
}
