// The list of sessions, filtered, newest first.
import { DAY, type SessionRecord } from './scan.ts';
import { ID_STEP, LOGGED_IN, LONG_MS, SENSOR, SSH, TELNET } from './schema.ts';
import type { SqliteStore } from './sqlite.ts';
import type { Range, SessionFilter } from './store.ts';

/** Commands that one search follows. */
const COMMANDS = 2000;

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
  if (filter.protocol) where.push(`flags & ${filter.protocol === 'ssh' ? SSH : TELNET} <> 0`);
  if (filter.loggedIn !== undefined) where.push(`flags & ${LOGGED_IN} ${filter.loggedIn ? '<>' : '='} 0`);
  if (filter.withCommands !== undefined) where.push(`commands ${filter.withCommands ? '>' : '='} 0`);

  // Filters on events: the days on which the value came say where to look.
  const tests: ((record: SessionRecord) => boolean)[] = [];
  let days: Set<number> | undefined;
  const restrict = (found: number[]) => {
    days = days === undefined ? new Set(found) : new Set(found.filter((day) => days!.has(day)));
  };
  const some = (test: (body: Buffer) => boolean) => (record: SessionRecord) => {
    let hit = false;
    scanner.each(record, (_micros, body) => {
      hit ||= test(body);
    });
    return hit;
  };
  if (filter.username !== undefined && filter.password !== undefined) {
    const pair = `${filter.username}\0${filter.password}`;
    const matches = scanner.matcher('pair', pair);
    if (!matches) return none;
    restrict(scanner.daysOf('pair', pair, filter.range));
    tests.push((record) => some((body) => matches(record, body))(record));
  } else
    for (const dimension of ['username', 'password', 'hash'] as const) {
      const value = filter[dimension];
      if (value === undefined) continue;
      const matches = scanner.matcher(dimension, value);
      if (!matches) return none;
      restrict(scanner.daysOf(dimension, value, filter.range));
      tests.push((record) => some((body) => matches(record, body))(record));
    }
  if (filter.hash !== undefined && filter.username !== undefined && filter.password !== undefined) {
    const matches = scanner.matcher('hash', filter.hash);
    if (!matches) return none;
    restrict(scanner.daysOf('hash', filter.hash, filter.range));
    tests.push((record) => some((body) => matches(record, body))(record));
  }
  if (filter.command !== undefined && filter.command.trim() !== '') {
    const ids = new Set(findCommands(store, filter.command));
    if (ids.size === 0) return none;
    const low = filter.range ? Math.floor(filter.range.from / DAY) : 0;
    const high = filter.range ? Math.ceil(filter.range.to / DAY) : 2 ** 30;
    restrict(scanner.commandDays([...ids], low, high));
    const input = scanner.eventidOf('cowrie.command.input');
    tests.push(
      some(
        (body) =>
          scanner.eventid(body) === input &&
          scanner.words(body).words.some(([kind, id]) => kind === 'command' && ids.has(id)),
      ),
    );
  }

  const range: Range = filter.range ?? { from: 0, to: 8.6e15 / ID_STEP };
  const upper = Math.min(before ?? Number.MAX_SAFE_INTEGER, Math.floor(range.to * ID_STEP));
  const found: SessionRecord[] = [];
  const scan = (from: number, to: number): boolean => {
    const rows = scanner
      .prepare(`SELECT * FROM session WHERE id >= ? AND id < ? AND ${where.join(' AND ')} ORDER BY id DESC`)
      .iterate(from, to, ...values) as Iterable<unknown> as Iterable<SessionRecord>;
    for (const record of rows) {
      if (!tests.every((test) => test(record))) continue;
      found.push(record);
      if (found.length > limit) return true;
    }
    return false;
  };
  if (days === undefined) scan(range.from * ID_STEP, upper);
  else
    for (const part of spans(
      [...days].sort((a, b) => a - b),
      filter.range ? range.from : 0,
      upper,
    ))
      if (scan(part.from, part.to)) break;
  return { records: found.slice(0, limit), more: found.length > limit };
}

/** Ranges of session numbers that can hold events of the given days, newest first, without overlap. */
function spans(days: readonly number[], from: number, upper: number): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const day of days) {
    // A session of the evening before may reach into the day; longer ones are rare, a day more finds them.
    const start = Math.max(from, day * DAY - Math.max(LONG_MS, DAY)) * ID_STEP;
    const end = Math.min(upper, (day + 1) * DAY * ID_STEP);
    const last = ranges.at(-1);
    if (start >= end) continue;
    if (last && start <= last.to) last.to = end;
    else ranges.push({ from: start, to: end });
  }
  return ranges.reverse();
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
