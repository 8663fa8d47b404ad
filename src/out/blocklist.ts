// Block lists: who attacked lately, each address until it has been quiet for a while, as nft, ipset, plain text or CSV.
import { csv } from '../diary/csv.ts';
import type { Range } from '../observatory/store.ts';
import { DAY, daysOf, entered, hostile, nameable, type Source, type Visitor, visitorsOf } from './visitors.ts';

export interface BlockRules {
  /** An address leaves the list so long after the end of the last day on which it attacked, ms; whole days. */
  ttl: number;
  /** Hostile sessions within that time without which an address is not listed. */
  least: number;
}

export interface BlockEntry {
  address: string;
  /** Hostile sessions within `ttl`, and those of them that got in. */
  sessions: number;
  entered: number;
  /** The last day on which it attacked, `YYYY-MM-DD`. */
  last: string;
  /** ms. */
  expires: number;
  country?: string;
  asn?: number;
}

const QUARTER = 900_000;
/** Of a day, or of its part until now. */
const dayEnd = ({ from }: Range): number => from + DAY;

/** Hostile visitors of one day. */
export interface Attackers {
  day: Range;
  visitors: Visitor[];
}

export async function attackersOf(source: Source, day: Range): Promise<Attackers> {
  const may = nameable(source);
  const visitors = [...(await visitorsOf(source, day)).values()].filter((one) => hostile(one) > 0 && may(one));
  return { day, visitors };
}

/** The list as it is at a moment, to the quarter of an hour in which the store counts; by address. */
export async function blockList(source: Source, rules: BlockRules, now: number): Promise<BlockEntry[]> {
  const days: Attackers[] = [];
  const to = Math.ceil(now / QUARTER) * QUARTER;
  for (const day of daysOf({ from: now - rules.ttl + 1, to }))
    days.push(await attackersOf(source, { from: day.from, to: Math.min(day.to, to) }));
  return entriesOf(days, rules, now);
}

/** @param days ascending */
export function entriesOf(days: readonly Attackers[], { ttl, least }: BlockRules, now: number): BlockEntry[] {
  const entries = new Map<string, BlockEntry>();
  for (const { day, visitors } of days)
    for (const visitor of visitors) {
      const { address, origin } = visitor;
      const before = entries.get(address);
      entries.set(address, {
        address,
        sessions: (before?.sessions ?? 0) + hostile(visitor),
        entered: (before?.entered ?? 0) + entered(visitor),
        last: isoDay(day.from),
        expires: dayEnd(day) + ttl,
        ...(origin.country === undefined ? {} : { country: origin.country }),
        ...(origin.asn === undefined ? {} : { asn: origin.asn }),
      });
    }
  return [...entries.values()]
    .filter(({ sessions, expires }) => sessions >= least && expires > now)
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

export const blockFormats = ['plain', 'nft', 'ipset', 'csv'] as const;
export type BlockFormat = (typeof blockFormats)[number];

/** Text that the firewall's own program reads; running it again replaces the list. Times are written as what is left at `now`. */
export function formatBlockList(entries: readonly BlockEntry[], format: BlockFormat, now: number): string {
  switch (format) {
    case 'plain':
      return [`# ${headline(entries, now)}`, ...entries.map(({ address }) => address), ''].join('\n');
    case 'nft':
      return nft(entries, now);
    case 'ipset':
      return ipset(entries, now);
    case 'csv':
      return csv([
        ['address', 'sessions', 'entered', 'last', 'expires', 'country', 'asn'],
        ...entries.map(({ address, sessions, entered, last, expires, country, asn }) => [
          address,
          sessions,
          entered,
          last,
          isoTime(expires),
          country,
          asn,
        ]),
      ]);
  }
}

const headline = (entries: readonly BlockEntry[], now: number): string =>
  `Kansatsuki: ${entries.length} addresses that attacked this honeypot, as of ${isoTime(now)}`;
const isV6 = ({ address }: BlockEntry): boolean => address.includes(':');
const secondsLeft = ({ expires }: BlockEntry, now: number): number => Math.max(1, Math.ceil((expires - now) / 1000));

/** Elements of one command: nft reads the whole of it at once. */
const ELEMENTS = 1000;

/** nftables: sets `attackers4` and `attackers6` in a table of their own, for a rule such as `ip saddr @attackers4 drop`. */
function nft(entries: readonly BlockEntry[], now: number): string {
  const lines = [`# ${headline(entries, now)}`, 'add table inet kansatsuki'];
  for (const [name, type, chosen] of [
    ['attackers4', 'ipv4_addr', entries.filter((entry) => !isV6(entry))],
    ['attackers6', 'ipv6_addr', entries.filter(isV6)],
  ] as const) {
    lines.push(`add set inet kansatsuki ${name} { type ${type}; flags timeout; }`);
    lines.push(`flush set inet kansatsuki ${name}`);
    for (let at = 0; at < chosen.length; at += ELEMENTS) {
      const elements = chosen
        .slice(at, at + ELEMENTS)
        .map((entry) => `${entry.address} timeout ${secondsLeft(entry, now)}s`);
      lines.push(`add element inet kansatsuki ${name} { ${elements.join(', ')} }`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The most seconds that ipset takes (ipset(8)). */
const LONGEST = 2_147_483;

/** For `ipset restore`: a new set takes the place of the old one at once, so that no packet meets half a list. */
function ipset(entries: readonly BlockEntry[], now: number): string {
  const lines = [`# ${headline(entries, now)}`];
  for (const [name, family, chosen] of [
    ['kansatsuki4', 'inet', entries.filter((entry) => !isV6(entry))],
    ['kansatsuki6', 'inet6', entries.filter(isV6)],
  ] as const) {
    const size = `maxelem ${Math.max(65_536, chosen.length)}`;
    for (const set of [name, `${name}-new`])
      lines.push(`create ${set} hash:ip family ${family} timeout 0 ${size} -exist`);
    lines.push(`flush ${name}-new`);
    for (const entry of chosen)
      lines.push(`add ${name}-new ${entry.address} timeout ${Math.min(LONGEST, secondsLeft(entry, now))} -exist`);
    lines.push(`swap ${name} ${name}-new`, `destroy ${name}-new`);
  }
  return `${lines.join('\n')}\n`;
}

const isoTime = (at: number): string => new Date(at).toISOString();
export const isoDay = (at: number): string => isoTime(at).slice(0, 10);

/** What the list of each morning would have kept away on that day. */
export interface BackTest {
  days: BackTestDay[];
  /** Of all days; `entries` is the mean, `unused` the share of entries that did not come on their day. */
  total: Omit<BackTestDay, 'day'> & { unused: number };
}

export interface BackTestDay {
  day: string;
  /** Addresses on the list when the day began. */
  entries: number;
  /** Of them, so many came. */
  came: number;
  /** Hostile sessions of the day by anyone that may be named, and those of them by addresses on the list. */
  sessions: number;
  stopped: number;
  /** The same of sessions that got in. */
  entered: number;
  enteredStopped: number;
}

/** @param range whole days of UTC that are tested; the list is made from the days before each */
export async function backTest(source: Source, rules: BlockRules, range: Range): Promise<BackTest> {
  const window: Attackers[] = [];
  for (const day of daysOf({ from: range.from - rules.ttl, to: range.from }))
    window.push(await attackersOf(source, day));
  const days: BackTestDay[] = [];
  for (const day of daysOf(range)) {
    const listed = new Set(entriesOf(window, rules, day.from).map(({ address }) => address));
    const today = await attackersOf(source, day);
    const count = (of: (visitor: Visitor) => number, visitors: readonly Visitor[]) =>
      visitors.reduce((sum, visitor) => sum + of(visitor), 0);
    const stopped = today.visitors.filter(({ address }) => listed.has(address));
    days.push({
      day: isoDay(day.from),
      entries: listed.size,
      came: stopped.length,
      sessions: count(hostile, today.visitors),
      stopped: count(hostile, stopped),
      entered: count(entered, today.visitors),
      enteredStopped: count(entered, stopped),
    });
    window.push(today);
    while (window[0]!.day.to + rules.ttl <= day.to) window.shift();
  }
  const sum = (key: Exclude<keyof BackTestDay, 'day'>) => days.reduce((total, day) => total + day[key], 0);
  return {
    days,
    total: {
      entries: days.length === 0 ? 0 : sum('entries') / days.length,
      came: sum('came'),
      sessions: sum('sessions'),
      stopped: sum('stopped'),
      entered: sum('entered'),
      enteredStopped: sum('enteredStopped'),
      unused: sum('entries') === 0 ? 0 : 1 - sum('came') / sum('entries'),
    },
  };
}

/** Whole days, at least one. */
export const ttlOf = (days: number): number => Math.max(1, Math.round(days)) * DAY;
