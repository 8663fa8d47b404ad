// Top lists and first sightings, from the rollups, with a look into the events at the ends of a range.
import type { Words } from './dictionary.ts';
import { compare, split } from './order.ts';
import { DAY, type Scanner } from './scan.ts';
import { type CountedKind, FREQUENT, kindNumber, SENSOR } from './schema.ts';
import type { Count, Dimension, Range } from './store.ts';
import { WORDS } from './tallies.ts';

interface Source {
  scanner: Scanner;
  words: Words;
}

interface Ranked {
  key: number;
  count: number;
}

const pairKey = (row: Record<string, unknown>): number =>
  (row['username'] as number) * WORDS + (row['password'] as number);

/** The most frequent values: count, then code points. Sessions are counted for address, sensor and protocol, events for all else. */
export function top(source: Source, dimension: Dimension, range: Range | undefined, limit: number): Count[] {
  if (limit <= 0) return [];
  const ranked = range === undefined ? overall(source, dimension, limit) : within(source, dimension, range);
  return best(source, dimension, ranked, limit);
}

/** The most frequent pairs with their words apart: a user name may hold the NUL that joins them elsewhere. */
export function topPairs(
  source: Source,
  range: Range | undefined,
  limit: number,
): [username: string, password: string, count: number][] {
  const ranked = range === undefined ? overall(source, 'pair', limit) : within(source, 'pair', range);
  ranked.sort((a, b) => b.count - a.count);
  const edge = ranked[Math.min(limit, ranked.length) - 1]?.count ?? 0;
  return ranked
    .filter(({ count }) => count >= edge && count > 0)
    .map(({ key, count }): [string, string, number] => [
      source.words.text('username', Math.floor(key / WORDS)),
      source.words.text('password', key % WORDS),
      count,
    ])
    .sort((a, b) => b[2] - a[2] || compare(a[0], b[0]) || compare(a[1], b[1]))
    .slice(0, limit);
}

/** Cuts to the limit; ties at the edge are settled by value, so they are read before the cut. */
function best(source: Source, dimension: Dimension, ranked: Ranked[], limit: number): Count[] {
  ranked.sort((a, b) => b.count - a.count);
  const edge = ranked[Math.min(limit, ranked.length) - 1]?.count ?? 0;
  return ranked
    .filter(({ count }) => count >= edge && count > 0)
    .map(({ key, count }) => ({ key, count, value: text(source, dimension, key) }))
    .sort((a, b) => b.count - a.count || compare(a.value, b.value))
    .slice(0, limit)
    .map(({ key, count, value }) => ({ value, count, firstSeen: first(source, dimension, key) }));
}

function overall({ scanner }: Source, dimension: Dimension, limit: number): Ranked[] {
  const read = (least: number): Ranked[] =>
    dimension === 'pair'
      ? scanner
          .all(`SELECT username, password, n FROM pair WHERE n >= ${least}`)
          .map((row) => ({ key: pairKey(row), count: row['n'] as number }))
      : scanner
          .all(`SELECT id, n FROM word_${dimension} WHERE n >= ${least}`)
          .map((row) => ({ key: row['id'] as number, count: row['n'] as number }));
  const frequent = read(FREQUENT);
  return frequent.length >= limit ? frequent : read(1);
}

function within({ scanner }: Source, dimension: Dimension, range: Range): Ranked[] {
  const counts = new Map<number, number>();
  const add = (key: number, n: number) => counts.set(key, (counts.get(key) ?? 0) + n);
  const { whole, edges } = split(range, DAY);
  if (whole) {
    const days = [whole.from / DAY, whole.to / DAY];
    if (dimension === 'pair')
      for (const row of scanner.all(
        'SELECT username, password, sum(n) AS n FROM tally_pair WHERE day >= ? AND day < ? GROUP BY username, password',
        ...days,
      ))
        add(pairKey(row), row['n'] as number);
    // Day by day: the table is ordered by day and kind.
    else
      for (let day = days[0]!; day < days[1]!; day++)
        for (const row of scanner.all(
          'SELECT word, n FROM tally WHERE day = ? AND kind = ?',
          day,
          kindNumber[dimension as CountedKind],
        ))
          add(row['word'] as number, row['n'] as number);
  }
  for (const edge of edges) countEdge(scanner, dimension, edge, add);
  return [...counts].map(([key, count]) => ({ key, count }));
}

/** What the writer counts for an event, read back from the event. */
function countEdge(scanner: Scanner, dimension: Dimension, edge: Range, add: (key: number, n: number) => void): void {
  if (dimension === 'address' || dimension === 'sensor' || dimension === 'protocol') {
    for (const record of scanner.sessions(edge)) {
      const started = Math.floor(record.id / 1024);
      if (started < edge.from || started >= edge.to || record.flags & SENSOR) continue;
      if (dimension !== 'protocol') {
        if (record[dimension] !== null) add(record[dimension], 1);
      } else if (record.flags & 3) {
        const id = scanner.wordId('protocol', record.flags & 1 ? 'ssh' : 'telnet');
        if (id !== undefined) add(id, 1);
      }
    }
    return;
  }
  const ids = new Set(countedIn[dimension].map((eventid) => scanner.eventidOf(eventid)));
  scanner.events(edge, (_record, _micros, body) => {
    if (!ids.has(scanner.eventid(body))) return;
    const { words } = scanner.words(body);
    if (dimension === 'pair') {
      const username = words.find(([kind]) => kind === 'username');
      const password = words.find(([kind]) => kind === 'password');
      if (username && password) add(username[1] * WORDS + password[1], 1);
    } else for (const [kind, id] of words) if (kind === dimension) add(id, 1);
  });
}

/** Which events count for a dimension. */
const logins = ['cowrie.login.success', 'cowrie.login.failed'];
const countedIn: Record<Exclude<Dimension, 'address' | 'sensor' | 'protocol'>, string[]> = {
  username: logins,
  password: logins,
  pair: logins,
  command: ['cowrie.command.input'],
  client: ['cowrie.client.version'],
  hassh: ['cowrie.client.kex'],
  url: ['cowrie.session.file_download', 'cowrie.session.file_download.failed', 'kansatsuki.session.download_request'],
  hash: ['cowrie.session.file_download', 'cowrie.session.file_upload'],
};

/** Values seen in the range and never before it, by time of their first sight. */
export function firstSeen(source: Source, dimension: Dimension, range: Range, limit: number): Count[] {
  const { scanner } = source;
  const counts = new Map(within(source, dimension, range).map(({ key, count }) => [key, count]));
  const fresh: { key: number; count: number; firstSeen: number }[] = [];
  for (const [key, count] of counts) {
    const at = first({ ...source, scanner }, dimension, key);
    if (at >= range.from && at < range.to) fresh.push({ key, count, firstSeen: at });
  }
  fresh.sort((a, b) => a.firstSeen - b.firstSeen || a.key - b.key);
  return fresh
    .slice(0, limit)
    .map(({ key, count, firstSeen }) => ({ value: text(source, dimension, key), count, firstSeen }));
}

function text({ words }: Source, dimension: Dimension, key: number): string {
  if (dimension !== 'pair') return words.text(dimension, key);
  return `${words.text('username', Math.floor(key / WORDS))}\0${words.text('password', key % WORDS)}`;
}

function first({ scanner }: Source, dimension: Dimension, key: number): number {
  const row =
    dimension === 'pair'
      ? scanner
          .prepare('SELECT first FROM pair WHERE username = ? AND password = ?')
          .get(Math.floor(key / WORDS), key % WORDS)
      : scanner.prepare(`SELECT first FROM word_${dimension} WHERE id = ?`).get(key);
  return (row?.['first'] as number | null | undefined) ?? 0;
}
