// What is worth passing on of a period: addresses that attacked, files that they brought and where those came from.
import type { Download, Range } from '../observatory/store.ts';
import { knownLink } from './link.ts';
import { daysOf, entered, hostile, nameable, type Source, type Visitor, visitorsOf } from './visitors.ts';

export interface AddressSeen {
  address: string;
  /** Hostile sessions in the period, and those of them that got in. */
  sessions: number;
  entered: number;
  /** First time ever, and the latest in the period, ms. */
  first: number;
  last: number;
  asn?: number;
  asName?: string;
  country?: string;
}

export interface FileSeen {
  /** SHA-256. */
  hash: string;
  /** Arrivals in the period. */
  count: number;
  first: number;
  last: number;
  bytes?: number;
}

export interface LinkSeen {
  url: string;
  count: number;
  first: number;
  last: number;
}

export interface Indicators {
  range: Range;
  /** By address, by hash, by URL. */
  addresses: AddressSeen[];
  files: FileSeen[];
  links: LinkSeen[];
}

/** SHA-256 of no bytes: a file that everyone has. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** Arrivals of files in the period that are read for their times. */
const ARRIVALS = 20_000;

/** @param limit of each list: the most frequent */
export async function indicatorsOf(source: Source, range: Range, limit: number): Promise<Indicators> {
  const { store, pause } = source;
  const visitors = await hostileVisitors(source, range);
  visitors.sort((a, b) => b.sessions - a.sessions || (a.visitor.address < b.visitor.address ? -1 : 1));
  const addresses: AddressSeen[] = [];
  for (const { visitor, sessions, entered } of visitors.slice(0, limit)) {
    const { address, origin } = visitor;
    const newest = store.sessions({ address, range }, 1).items[0];
    addresses.push({
      address,
      sessions,
      entered,
      first: origin.firstSeen,
      last: newest?.started ?? origin.firstSeen,
      ...(origin.asn === undefined ? {} : { asn: origin.asn }),
      ...(origin.asName === undefined ? {} : { asName: origin.asName }),
      ...(origin.country === undefined ? {} : { country: origin.country }),
    });
    await pause();
  }
  const arrivals = latest(store.downloads(range, ARRIVALS));
  const files = store
    .top('hash', range, limit)
    .filter(({ value }) => /^[0-9a-f]{64}$/.test(value) && value !== EMPTY)
    .map(({ value: hash, count, firstSeen: first }): FileSeen => {
      const { at = first, bytes } = arrivals.get(hash) ?? {};
      return { hash, count, first, last: Math.max(first, at), ...(bytes === undefined ? {} : { bytes }) };
    });
  const links = store
    .top('url', range, limit)
    .filter(({ value }) => knownLink(value))
    .map(({ value: url, count, firstSeen: first }): LinkSeen => {
      const { at = first } = arrivals.get(url) ?? {};
      return { url, count, first, last: Math.max(first, at) };
    });
  const by =
    <T>(key: (one: T) => string) =>
    (a: T, b: T) =>
      key(a) < key(b) ? -1 : 1;
  return {
    range,
    addresses: addresses.sort(by(({ address }) => address)),
    files: files.sort(by(({ hash }) => hash)),
    links: links.sort(by(({ url }) => url)),
  };
}

async function hostileVisitors(source: Source, range: Range) {
  const may = nameable(source);
  const sums = new Map<string, { visitor: Visitor; sessions: number; entered: number }>();
  for (const day of daysOf(range)) {
    const part = { from: Math.max(day.from, range.from), to: Math.min(day.to, range.to) };
    for (const visitor of (await visitorsOf(source, part)).values()) {
      const sessions = hostile(visitor);
      if (sessions === 0 || !may(visitor)) continue;
      const before = sums.get(visitor.address);
      sums.set(visitor.address, {
        visitor,
        sessions: sessions + (before?.sessions ?? 0),
        entered: entered(visitor) + (before?.entered ?? 0),
      });
    }
  }
  return [...sums.values()];
}

/** The newest arrival of each file and from each URL. @param downloads newest first */
function latest(downloads: readonly Download[]): Map<string, Download> {
  const found = new Map<string, Download>();
  for (const download of downloads)
    for (const key of [download.hash, download.url]) if (key !== undefined && !found.has(key)) found.set(key, download);
  return found;
}
