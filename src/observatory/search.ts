// The list of sessions, filtered, newest first: the rollups say in which quarters of an hour to look, and a page has a bound on its work.

import { OUTCOME_BITS, outcomeFlags, outcomeNumber } from './behaviour.ts';
import { QUARTER, QUARTERS } from './counts.ts';
import { clusterOf, clusterOfKey, daysOfCluster } from './membership.ts';
import { DAY } from './order.ts';
import { Presence } from './presence.ts';
import { PROTOCOL, protocolFlags } from './protocol.ts';
import { keyOf, type Source } from './rank.ts';
import { daysOf } from './rollups.ts';
import { ID_STEP, LOGGED_IN, LONG_MS, SENSOR } from './schema.ts';
import type { SessionRecord } from './session.ts';
import type { SessionFilter } from './store.ts';
import { SESSIONS, type Tallied } from './tallies.ts';
import { Zone } from './zone.ts';

/** Commands that one search follows. */
const COMMANDS = 2000;
/** What one page may cost: a session that is passed over counts 1, one whose events are read `READ`. */
const WORK = 24_000;
const READ = 8;

/** A filter as the store can apply it. */
interface Plan {
  where: string[];
  values: number[];
  places: Presence[];
  tests: ((record: SessionRecord) => boolean)[];
  /** Whether sessions that began in a quarter of an hour (milliseconds since the epoch) can fit. */
  begins?: (quarter: number) => boolean;
}

/**
 * Up to `limit` sessions, newest first.
 * @param before only sessions with a smaller number
 * @returns `next`: where the next page goes on. A page can be shorter than `limit`, even empty, when its work is done before
 */
export function searchSessions(
  source: Source,
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
): { records: SessionRecord[]; next?: number } {
  const records: SessionRecord[] = [];
  const next = eachSession(source, filter, before, (record) => {
    if (records.length === limit) return false;
    records.push(record);
    return true;
  });
  return next === undefined ? { records } : { records, next };
}

/**
 * Visits the sessions that fit, newest first, as far as one answer's work goes.
 * @param visit false ends it before that session
 * @param cost of a visit, in sessions passed over
 * @returns where to go on (as `before`); undefined at the end
 * @throws RangeError for an unknown zone
 */
export function eachSession(
  source: Source,
  filter: SessionFilter,
  before: number | undefined,
  visit: (record: SessionRecord) => boolean,
  cost = 0,
): number | undefined {
  const plan = planOf(source, filter);
  if (!plan) return undefined;
  const from = filter.range ? Math.max(0, Math.ceil(filter.range.from)) * ID_STEP : 0;
  const to = Math.min(before ?? Number.MAX_SAFE_INTEGER, Math.ceil(filter.range?.to ?? 2 ** 43) * ID_STEP);
  const select = source.scanner.prepare(
    `SELECT * FROM session WHERE id >= ? AND id < ?${plan.where.map((condition) => ` AND ${condition}`).join('')} ORDER BY id DESC`,
  );
  let work = WORK;
  let last = to;
  const look = (low: number, high: number): number | undefined => {
    const rows = select.iterate(low, high, ...plan.values) as Iterable<unknown> as Iterable<SessionRecord>;
    for (const record of rows) {
      if (work <= 0) return last;
      work -= READ * plan.tests.length;
      if (plan.tests.every((test) => test(record))) {
        if (!visit(record)) return last;
        work -= cost;
      }
      last = record.id;
    }
    return undefined;
  };
  if (plan.places.length === 0 && plan.tests.length === 0 && !plan.begins) return look(from, to);
  for (const span of spans(source, plan, from, to)) {
    const next = look(span.from, span.to);
    if (next !== undefined) return next;
    last = span.from;
    work -= span.sessions;
    if (work <= 0) return span.from > from ? span.from : undefined;
  }
  return undefined;
}

function planOf(source: Source, filter: SessionFilter): Plan | undefined {
  const { scanner, rollups } = source;
  const plan: Plan = { where: [`flags & ${SENSOR} = 0`], values: [], places: [], tests: [] };
  const place = (kind: Tallied, words: readonly number[]) => plan.places.push(new Presence(rollups, kind, words));
  for (const column of ['address', 'client', 'hassh', 'sensor', 'behaviour'] as const) {
    const value = filter[column];
    if (value === undefined) continue;
    const id = scanner.wordId(column, value);
    if (id === undefined) return undefined;
    plan.where.push(`${column} = ?`);
    plan.values.push(id);
    place(column, [id]);
  }
  for (const kind of ['country', 'asn'] as const) {
    const value = filter[kind];
    if (value === undefined) continue;
    const id = scanner.wordId(kind, value);
    if (id === undefined) return undefined;
    plan.where.push(`(SELECT ${kind} FROM word_address WHERE id = session.address) = ?`);
    plan.values.push(id);
    place(kind, [id]);
  }
  if (filter.protocol) {
    const id = scanner.wordId('protocol', filter.protocol);
    if (id === undefined) return undefined;
    plan.where.push(`flags & ${PROTOCOL} = ${protocolFlags(filter.protocol)}`);
    place('protocol', [id]);
  }
  if (filter.loggedIn !== undefined) {
    plan.where.push(`flags & ${LOGGED_IN} ${filter.loggedIn ? '<>' : '='} 0`);
    place('event', [filter.loggedIn ? scanner.eventidOf('cowrie.login.success') : SESSIONS]);
  }
  if (filter.withCommands !== undefined) {
    plan.where.push(`commands ${filter.withCommands ? '>' : '='} 0`);
    place('event', [filter.withCommands ? scanner.eventidOf('cowrie.command.input') : SESSIONS]);
  }

  if (filter.outcome !== undefined) {
    plan.where.push(`flags & ${OUTCOME_BITS} = ${outcomeFlags(filter.outcome)}`);
    place('outcome', [outcomeNumber(outcomeFlags(filter.outcome))]);
  }

  const { weekday, hour } = filter;
  if (weekday !== undefined || hour !== undefined) {
    // Offsets of time zones are whole quarters of an hour.
    const clock = new Zone(filter.zone ?? 'UTC');
    plan.begins = (quarter) => {
      const at = clock.hourOfWeek(quarter);
      return (weekday ?? at.weekday) === at.weekday && (hour ?? at.hour) === at.hour;
    };
  }

  if (filter.campaign !== undefined) {
    const cluster = clusterOfKey(scanner, filter.campaign);
    if (cluster === undefined) return undefined;
    const days = daysOfCluster(scanner, cluster);
    const { begins } = plan;
    plan.begins = (quarter) => days.has(Math.floor(quarter / DAY)) && (begins?.(quarter) ?? true);
    plan.where.push('EXISTS (SELECT 1 FROM campaign_address c WHERE c.campaign = ? AND c.address = session.address)');
    plan.values.push(cluster);
    plan.tests.push((record) => clusterOf(scanner, record) === cluster);
  }

  // What only the events of a session tell.
  if (filter.eventid !== undefined) {
    const id = scanner.eventidOf(filter.eventid);
    place('event', [id]);
    plan.tests.push((record) => scanner.some(record, (body) => scanner.eventid(body) === id));
  }
  const both = filter.username !== undefined && filter.password !== undefined;
  const wanted: ['username' | 'password' | 'pair' | 'hash' | 'url', string | undefined][] = [
    ['pair', both ? `${filter.username}\0${filter.password}` : undefined],
    ['username', both ? undefined : filter.username],
    ['password', both ? undefined : filter.password],
    ['hash', filter.hash],
    ['url', filter.url],
  ];
  for (const [dimension, value] of wanted) {
    if (value === undefined) continue;
    const id = keyOf(source, dimension, value);
    const matches = scanner.matcher(dimension, value);
    if (id === undefined || !matches) return undefined;
    place(dimension, [id]);
    plan.tests.push((record) => scanner.some(record, (body) => matches(record, body)));
    if (dimension === 'hash' || dimension === 'url') continue;
    // A session with one login has its words in the row.
    const pair = dimension === 'pair' ? scanner.pairOf(value)! : undefined;
    const columns = pair ? ['username', 'password'] : [dimension];
    plan.where.push(`(logins > 1 OR logins = 1 AND ${columns.map((column) => `${column} = ?`).join(' AND ')})`);
    plan.values.push(...(pair ? [pair.username, pair.password] : [id]));
  }
  if (filter.command !== undefined && filter.command.trim() !== '') {
    const ids = findCommands(source, filter.command);
    if (ids.length === 0) return undefined;
    place('command', ids);
    const set = new Set(ids);
    const input = scanner.eventidOf('cowrie.command.input');
    plan.tests.push((record) =>
      scanner.some(record, (body) => scanner.eventid(body) === input && set.has(scanner.word(body, 'command'))),
    );
    plan.where.push('commands > 0');
  }
  return plan;
}

/** Ranges of session numbers that can hold what is looked for, newest first, without overlap, and how many sessions began in each. */
function* spans(
  { rollups, scanner }: Source,
  { places, begins }: Pick<Plan, 'places' | 'begins'>,
  from: number,
  to: number,
): Generator<{ from: number; to: number; sessions: number }> {
  const longs = scanner.prepare(
    `SELECT id FROM session INDEXED BY session_long WHERE id >= ? AND id < ? AND last >= ${LONG_MS} ORDER BY id DESC`,
  );
  for (const day of rollups.active('event', daysOf({ from: from / ID_STEP, to: to / ID_STEP }), -1)) {
    const begun = new Int32Array(QUARTERS);
    rollups.ofDay('event', SESSIONS, day, (quarter, n) => {
      begun[quarter]! += n;
    });
    const masks = places.map((place) => place.starts(day));
    const low = Math.max(from, day * DAY * ID_STEP);
    const high = Math.min(to, (day + 1) * DAY * ID_STEP);
    // Long sessions stand alone: what is looked for may be in them at any time.
    const long = (longs.all(low, high) as { id: number }[]).map(({ id }) => id);
    for (let quarter = QUARTERS - 1; quarter >= 0; quarter--) {
      const start = Math.max(low, (day * DAY + quarter * QUARTER) * ID_STEP);
      const end = Math.min(high, (day * DAY + (quarter + 1) * QUARTER) * ID_STEP);
      if (start >= end) continue;
      if (begins && !begins(day * DAY + quarter * QUARTER)) {
        while (long.length > 0 && long[0]! >= start) long.shift();
        continue;
      }
      if (begun[quarter]! > 0 && masks.every((mask) => mask[quarter])) {
        yield { from: start, to: end, sessions: begun[quarter]! };
        while (long.length > 0 && long[0]! >= start) long.shift();
      } else while (long.length > 0 && long[0]! >= start) yield single(long.shift()!);
    }
  }
}

const single = (id: number) => ({ from: id, to: id + 1, sessions: READ });

/** Numbers of commands that hold all words, or, where a word is no word but a part of one, all its parts. */
export function findCommands({ scanner, words }: Pick<Source, 'scanner' | 'words'>, query: string): number[] {
  const terms = query.match(/\S+/g)?.slice(0, 16) ?? [];
  const quote = (term: string) => `"${term.replaceAll('"', '""')}"`;
  const run = (table: string, match: string): number[] => {
    try {
      return scanner
        .all(`SELECT rowid AS id FROM ${table} WHERE ${table} MATCH ? LIMIT ${COMMANDS}`, match)
        .map((row) => row['id'] as number);
    } catch {
      return []; // a term of nothing but separators
    }
  };
  const whole = run('command_words', terms.map(quote).join(' AND '));
  if (whole.length > 0) return whole;
  const long = terms.filter((term) => [...term].length >= 3);
  if (long.length === 0) return [];
  // The trigram index keeps no positions: what it finds is compared with the text.
  const lower = terms.map((term) => term.toLowerCase());
  const grams = long.flatMap((term) => trigrams(term)).slice(0, 64);
  return run('command_parts', grams.map(quote).join(' AND ')).filter((id) => {
    const text = words.text('command', id).toLowerCase();
    return lower.every((term) => text.includes(term));
  });
}

function trigrams(term: string): string[] {
  const units = [...term];
  return units.slice(0, -2).map((_, i) => units.slice(i, i + 3).join(''));
}
