// The report: the counts a person wants of a range, the same numbers as the pages.
import { formatMicros } from '../event/time.ts';
import type { SqliteStore } from './sqlite.ts';
import type { Range } from './store.ts';

/** As `kansatsuki report --json` prints it: a contract, others script against it. */
export interface Report {
  /** Distinct events. */
  total: number;
  /** Most frequent first. */
  events_by_id: Record<string, number>;
  sessions: number;
  unique_src_ip: number;
  top_usernames: [value: string, count: number][];
  top_passwords: [value: string, count: number][];
  top_pairs: [username: string, password: string, count: number][];
  /** Of `cowrie.command.input` alone. */
  top_commands: [value: string, count: number][];
  /** Events `cowrie.session.file_download`. */
  downloads: number;
  /** UTC days. */
  per_day: Record<string, number>;
  /** ISO 8601 with microseconds; null in an empty range. */
  first: string | null;
  last: string | null;
}

const TOP = 20;

/** The report of a range of milliseconds, or of everything. */
export function report(
  store: Pick<SqliteStore, 'totals' | 'eventsById' | 'top' | 'topPairs' | 'perDay' | 'extent'>,
  range?: Range,
): Report {
  const totals = store.totals(range);
  const top = (dimension: 'username' | 'password' | 'command'): [string, number][] =>
    store.top(dimension, range, TOP).map(({ value, count }) => [value, count]);
  // All of the store: to the microsecond.
  const exact = range ? {} : store.extent();
  const time = (micros: number | undefined, ms: number | undefined): string | null =>
    micros !== undefined ? formatMicros(micros) : ms !== undefined ? formatMicros(ms * 1000) : null;
  return {
    total: totals.events,
    events_by_id: Object.fromEntries(store.eventsById(range)),
    sessions: totals.sessions,
    unique_src_ip: totals.addresses,
    top_usernames: top('username'),
    top_passwords: top('password'),
    top_pairs: store.topPairs(range, TOP),
    top_commands: top('command'),
    downloads: totals.downloads,
    per_day: Object.fromEntries(store.perDay(range)),
    first: time(exact.first, totals.first),
    last: time(exact.last, totals.last),
  };
}
