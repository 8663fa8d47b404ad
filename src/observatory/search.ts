// The list of sessions, filtered, newest first.

import { PROTOCOL, protocolFlags } from './protocol.ts';
import { HOUR } from './scan.ts';
import { ID_STEP, LOGGED_IN, LONG_MS, SENSOR } from './schema.ts';
import type { SessionRecord } from './session.ts';
import type { SqliteStore } from './sqlite.ts';
import type { Range, SessionFilter } from './store.ts';

/** Commands that one search follows. */
const COMMANDS = 2000;
/** Sessions of a country or network that are looked up by address. */
const FEW = 5000;

/**
 * @param before only sessions with a smaller number: the last one of the page before
 * @returns up to `limit` sessions; `more` when there may be further ones
 */
export function searchSessions(
  store: SqliteStore,
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
): { records: SessionRecord[]; more: boolean } {
  const { scanner, words } = store;
  const none = { records: [], more: false };
  const where = [`flags & ${SENSOR} = 0`];
  const values: number[] = [];
  for (const column of ['address', 'client', 'hassh'] as const) {
    const value = filter[column];
    if (value === undefined) continue;
    const id = words.find(column, value);
    if (id === undefined) return none;
    where.push(`${column} = ?`);
    values.push(id);
  }
  for (const kind of ['country', 'asn'] as const) {
    const value = filter[kind];
    if (value === undefined) continue;
    const id = words.find(kind, value);
    if (id === undefined) return none;
    const { n } = scanner.prepare(`SELECT n FROM word_${kind} WHERE id = ?`).get(id) as { n: number };
    // Few sessions are found by their addresses; among many, the newest are soon met.
    where.push(
      n <= FEW
        ? `address IN (SELECT id FROM word_address WHERE ${kind} = ?)`
        : `(SELECT ${kind} FROM word_address WHERE id = session.address) = ?`,
    );
    values.push(id);
  }
  if (filter.protocol) where.push(`flags & ${PROTOCOL} = ${protocolFlags(filter.protocol)}`);
  if (filter.loggedIn !== undefined) where.push(`flags & ${LOGGED_IN} ${filter.loggedIn ? '<>' : '='} 0`);
  if (filter.withCommands !== undefined) where.push(`commands ${filter.withCommands ? '>' : '='} 0`);

  // Filters on events: the hours in which the value came say where to look.
  const tests: ((record: SessionRecord) => boolean)[] = [];
  let hours: Set<number> | undefined;
  // A session may try a user name in one hour and a command in the next: all its hours count for all its filters.
  const restrict = (found: number[]) => {
    const wide = new Set(found.flatMap((hour) => [hour - 1, hour, hour + 1]));
    hours = hours === undefined ? new Set(found) : new Set([...hours].filter((hour) => wide.has(hour)));
  };
  const some = (record: SessionRecord, test: (body: Buffer) => boolean): boolean => {
    let hit = false;
    scanner.each(record, (_micros, body) => {
      hit ||= test(body);
    });
    return hit;
  };
  const both = filter.username !== undefined && filter.password !== undefined;
  const wanted: ['username' | 'password' | 'pair' | 'hash', string | undefined][] = [
    ['pair', both ? `${filter.username}\0${filter.password}` : undefined],
    ['username', both ? undefined : filter.username],
    ['password', both ? undefined : filter.password],
    ['hash', filter.hash],
  ];
  for (const [dimension, value] of wanted) {
    if (value === undefined) continue;
    const matches = scanner.matcher(dimension, value);
    if (!matches) return none;
    restrict(scanner.hoursOf(dimension, value, filter.range));
    tests.push((record) => some(record, (body) => matches(record, body)));
    where.push(dimension === 'hash' ? '1' : 'logins > 0');
  }
  if (filter.command !== undefined && filter.command.trim() !== '') {
    const ids = new Set(findCommands(store, filter.command));
    if (ids.size === 0) return none;
    restrict(scanner.commandHours([...ids], filter.range));
    const input = scanner.eventidOf('cowrie.command.input');
    tests.push((record) =>
      some(record, (body) => scanner.eventid(body) === input && ids.has(scanner.word(body, 'command'))),
    );
    where.push('commands > 0');
  }

  const range: Range = filter.range ?? { from: 0, to: 8.6e15 / ID_STEP };
  const upper = Math.min(before ?? Number.MAX_SAFE_INTEGER, Math.floor(range.to * ID_STEP));
  const found: SessionRecord[] = [];
  const statement = scanner.prepare(
    `SELECT * FROM session WHERE id >= ? AND id < ? AND ${where.join(' AND ')} ORDER BY id DESC`,
  );
  const scan = (from: number, to: number): boolean => {
    const rows = statement.iterate(from, to, ...values) as Iterable<unknown> as Iterable<SessionRecord>;
    for (const record of rows) {
      if (!tests.every((test) => test(record))) continue;
      found.push(record);
      if (found.length > limit) return true;
    }
    return false;
  };
  if (hours === undefined) scan(range.from * ID_STEP, upper);
  else for (const part of spans(store, hours, range.from, upper)) if (scan(part.from, part.to)) break;
  return { records: found.slice(0, limit), more: found.length > limit };
}

/** Ranges of session numbers that can hold events of the given hours, newest first, without overlap. */
function spans(
  store: SqliteStore,
  hours: ReadonlySet<number>,
  from: number,
  upper: number,
): { from: number; to: number }[] {
  const sorted = [...hours].sort((a, b) => a - b);
  const ranges: { from: number; to: number }[] = [];
  for (const hour of sorted) {
    const start = Math.max(from, hour * HOUR - LONG_MS) * ID_STEP;
    const end = Math.min(upper, (hour + 1) * HOUR * ID_STEP);
    const last = ranges.at(-1);
    if (start >= end) continue;
    if (last && start <= last.to) last.to = end;
    else ranges.push({ from: start, to: end });
  }
  // Long sessions that began before such an hour stand alone.
  const longs = store.scanner.all(
    `SELECT id, last FROM session WHERE last >= ${LONG_MS} AND id >= ? AND id < ?`,
    from * ID_STEP,
    upper,
  ) as { id: number; last: number }[];
  for (const { id, last } of longs) {
    const start = Math.floor(id / ID_STEP);
    const reaches = sorted.some((hour) => hour * HOUR <= start + last && (hour + 1) * HOUR > start);
    if (reaches && !ranges.some((range) => id >= range.from && id < range.to)) ranges.push({ from: id, to: id + 1 });
  }
  return ranges.sort((a, b) => b.from - a.from);
}

/** Numbers of commands that hold all words, or, where a word is no word but a part of one, all its parts. */
export function findCommands(store: SqliteStore, query: string): number[] {
  const terms = query.match(/\S+/g)?.slice(0, 16) ?? [];
  const quote = (term: string) => `"${term.replaceAll('"', '""')}"`;
  const run = (table: string, match: string): number[] => {
    try {
      return store.scanner
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
    const text = store.words.text('command', id).toLowerCase();
    return lower.every((term) => text.includes(term));
  });
}

function trigrams(term: string): string[] {
  const units = [...term];
  return units.slice(0, -2).map((_, i) => units.slice(i, i + 3).join(''));
}
