// Holds the store against itself and against the journal: pages, marks, and the events of each day.
import type { LogCounts } from '../journal/verify.ts';
import type { SqliteStore } from './sqlite.ts';

export type StoreFinding =
  | { what: 'store damaged'; reason: string }
  /** More was read of a log than it holds. */
  | { what: 'mark beyond'; file: string; offset: number; bytes: number }
  /** Events of a UTC day. */
  | { what: 'day differs'; day: string; store: number; journal: number };

/** What the store says, taken in one moment. */
export interface StoreSnapshot {
  /** Bytes read of each log, by identity. */
  marks: { identity: string; path: string; offset: number }[];
  days: ReadonlyMap<string, number>;
  /** Something else than the journal was read, too: a day may have more events than the journal says. */
  others: boolean;
  quick: string[];
}

/** @param journal folder of the journal, as marks name it */
export function snapshotOf(store: SqliteStore, isJournal: (path: string) => boolean): StoreSnapshot {
  const { database } = store;
  const quick = database
    .prepare('PRAGMA quick_check(20)')
    .all()
    .map((row) => String(Object.values(row)[0]));
  // One moment: the ingest goes on meanwhile.
  database.exec('BEGIN');
  try {
    const marks = database
      .prepare('SELECT identity, path, offset FROM mark')
      .all() as unknown as StoreSnapshot['marks'];
    const imported = database.prepare("SELECT 1 FROM meta WHERE key = 'imported'").get() !== undefined;
    const days = new Map(store.perDay());
    return { marks, days, others: imported || marks.some(({ path }) => !isJournal(path)), quick };
  } finally {
    database.exec('COMMIT');
  }
}

export interface StoreVerdict {
  findings: StoreFinding[];
  days: number;
  events: number;
  /** Days that could not be compared: the store has not read all of their logs yet. */
  behind: number;
  /** Events that the store has beyond the journal, where something else was imported. */
  beyond: number;
}

/** Compares what the store said with what the journal's files hold. The live log must have been read up to its mark only. */
export function compareStore({ marks, days, others, quick }: StoreSnapshot, logs: readonly LogCounts[]): StoreVerdict {
  const findings: StoreFinding[] = [];
  if (quick.join() !== 'ok') for (const reason of quick) findings.push({ what: 'store damaged', reason });
  const offsets = new Map<string, number>();
  for (const { identity, offset } of marks) {
    // Logs that begin alike have a number behind the hash.
    const head = identity.split('.')[0]!;
    offsets.set(head, Math.max(offset, offsets.get(head) ?? 0));
  }
  const least = new Map<string, number>();
  const most = new Map<string, number>();
  const unread = new Set<string>();
  const add = (map: Map<string, number>, day: string, n: number) => map.set(day, (map.get(day) ?? 0) + n);
  const longest = new Map<string, number>();
  for (const { identity, bytes, present } of logs)
    if (present && identity !== undefined) longest.set(identity, Math.max(bytes, longest.get(identity) ?? 0));
  for (const { file, identity, bytes, days: counts, present } of logs) {
    const offset = identity === undefined ? undefined : offsets.get(identity);
    if (present && offset !== undefined && offset > bytes && longest.get(identity!) === bytes)
      findings.push({ what: 'mark beyond', file, offset, bytes });
    for (const [day, n] of Object.entries(counts)) {
      add(most, day, n);
      if (present) add(least, day, n);
      if (present && (offset ?? 0) < bytes) unread.add(day);
    }
  }
  let beyond = 0;
  for (const day of new Set([...days.keys(), ...most.keys()])) {
    const store = days.get(day) ?? 0;
    const journal = least.get(day) ?? 0;
    if (store < journal && !unread.has(day)) findings.push({ what: 'day differs', day, store, journal });
    const surplus = store - (most.get(day) ?? 0);
    if (surplus <= 0) continue;
    if (others) beyond += surplus;
    else findings.push({ what: 'day differs', day, store, journal: most.get(day) ?? 0 });
  }
  findings.sort((a, b) => ('day' in a && 'day' in b ? (a.day < b.day ? -1 : 1) : 0));
  const events = [...days.values()].reduce((sum, n) => sum + n, 0);
  return { findings, days: days.size, events, behind: unread.size, beyond };
}
