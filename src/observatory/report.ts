// The report: the counts a person wants of a range, the same numbers as the pages.
import { formatMicros } from '../event/time.ts';
import type { Dimension, Range, Store } from './store.ts';

type Counted = [value: string, count: number][];

/** As `kansatsuki report --json` prints it: a contract, others script against it. Keys are only ever added, at the end. */
export interface Report {
  /** Distinct events. */
  total: number;
  /** Most frequent first. */
  events_by_id: Record<string, number>;
  sessions: number;
  unique_src_ip: number;
  top_usernames: Counted;
  top_passwords: Counted;
  top_pairs: [username: string, password: string, count: number][];
  /** Of `cowrie.command.input` alone. */
  top_commands: Counted;
  /** Events `cowrie.session.file_download`. */
  downloads: number;
  /** UTC days. */
  per_day: Record<string, number>;
  /** ISO 8601 with microseconds; null in an empty range. */
  first: string | null;
  last: string | null;
  logins_failed: number;
  logins_succeeded: number;
  /** Events `cowrie.command.input`. */
  commands: number;
  /** By sessions begun. */
  top_src_ip: Counted;
  top_clients: Counted;
  top_hassh: Counted;
  /** SHA-256 of files brought or written, by events. */
  top_samples: Counted;
  top_urls: Counted;
  /** By sessions begun. */
  sensors: Counted;
  protocols: Counted;
  /** ISO 3166-1 alpha-2; addresses of no known country are in none. By sessions begun. */
  top_countries: Counted;
  /** `AS` and a number, with the organisation where it is known. By sessions begun. */
  top_asns: [asn: string, count: number, organisation: string | null][];
}

/** Parts of the report that can be asked for alone, in their order on the page. */
export const sections = [
  'totals',
  'events',
  'usernames',
  'passwords',
  'pairs',
  'commands',
  'addresses',
  'clients',
  'hassh',
  'samples',
  'urls',
  'sensors',
  'protocols',
  'countries',
  'asns',
  'days',
] as const;
export type Section = (typeof sections)[number];

/** Sections that are a top list of one dimension: their key in the report. */
export const lists = {
  usernames: ['top_usernames', 'username'],
  passwords: ['top_passwords', 'password'],
  commands: ['top_commands', 'command'],
  addresses: ['top_src_ip', 'address'],
  clients: ['top_clients', 'client'],
  hassh: ['top_hassh', 'hassh'],
  samples: ['top_samples', 'hash'],
  urls: ['top_urls', 'url'],
  sensors: ['sensors', 'sensor'],
  protocols: ['protocols', 'protocol'],
  countries: ['top_countries', 'country'],
} as const satisfies Partial<Record<Section, readonly [key: keyof Report, dimension: Dimension]>>;

const TOTALS = [
  'total',
  'sessions',
  'unique_src_ip',
  'downloads',
  'first',
  'last',
  'logins_failed',
  'logins_succeeded',
  'commands',
] as const satisfies readonly (keyof Report)[];

/** The report of a range of milliseconds, or of everything; the top lists with their `limit` largest, ties by value. */
export function report(store: Store, range?: Range, limit = 20): Report {
  const totals = store.totals(range);
  const extent = store.extent(range);
  const top = (section: keyof typeof lists): Counted =>
    store.top(lists[section][1], range, limit).map(({ value, count }) => [value, count]);
  const time = (micros: number | undefined): string | null => (micros === undefined ? null : formatMicros(micros));
  return {
    total: totals.events,
    events_by_id: Object.fromEntries(store.eventsById(range)),
    sessions: totals.sessions,
    unique_src_ip: totals.addresses,
    top_usernames: top('usernames'),
    top_passwords: top('passwords'),
    top_pairs: store.topPairs(range, limit),
    top_commands: top('commands'),
    downloads: totals.downloads,
    per_day: Object.fromEntries(store.perDay(range)),
    first: time(extent.first),
    last: time(extent.last),
    logins_failed: totals.loginsFailed,
    logins_succeeded: totals.loginsSucceeded,
    commands: totals.commands,
    top_src_ip: top('addresses'),
    top_clients: top('clients'),
    top_hassh: top('hassh'),
    top_samples: top('samples'),
    top_urls: top('urls'),
    sensors: top('sensors'),
    protocols: top('protocols'),
    top_countries: top('countries'),
    top_asns: store.top('asn', range, limit).map(({ value, count, asName }) => [value, count, asName ?? null]),
  };
}

/** The keys of some sections, in the report's own order. */
export function part(whole: Report, wanted: ReadonlySet<Section>): Partial<Report> {
  const keys = new Set<string>(
    [...wanted].flatMap((section): readonly string[] => {
      switch (section) {
        case 'totals':
          return TOTALS;
        case 'events':
          return ['events_by_id'];
        case 'pairs':
          return ['top_pairs'];
        case 'asns':
          return ['top_asns'];
        case 'days':
          return ['per_day'];
        default:
          return [lists[section][0]];
      }
    }),
  );
  return Object.fromEntries(Object.entries(whole).filter(([key]) => keys.has(key)));
}
