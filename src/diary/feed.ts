// The days of a period as an Atom feed, remarks included; dates from the ledger of what was written by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../observatory/store.ts';
import { toAtom } from './atom.ts';
import { parseDay } from './day.ts';
import { type DiaryOptions, writeDiary } from './diary.ts';
import { rangeOfKey } from './keys.ts';
import { readRemark } from './remark.ts';
import { writtenAt } from './writing.ts';

export interface FeedOptions extends Omit<DiaryOptions, 'format' | 'date' | 'remarks'> {
  range: { from: number; to: number };
  dataDirectory: string;
  /** Of the feed. */
  title: string;
}

/** @throws LeakError when masking missed something in one of them */
export function feedOf(store: Store, { range, dataDirectory, title, ...options }: FeedOptions): string {
  const { lang, now } = options;
  const days = store
    .perDay(range)
    .map(([day]) => day)
    .filter((day) => parseDay(day)! < range.to)
    .reverse();
  const { last } = store.totals();
  const entries = days.map((key) => {
    const span = rangeOfKey(key)!;
    const remarks = readRemark(dataDirectory, key);
    const entry = writeDiary(store, { ...options, date: key, format: 'html', remarks });
    // A day that is not over changes with its last event.
    const updated = span.to > now ? (last ?? now) : Math.max(span.to, writtenAt(dataDirectory, key, lang) ?? 0);
    return { key, title: entry.title, html: entry.text, published: Math.min(span.to, updated), updated };
  });
  const newest = Math.max(...entries.map(({ updated }) => updated), 0);
  return toAtom({ title, seed: seedOf(dataDirectory), lang, updated: newest }, entries);
}

/** The installation's id; a data directory that only took imports has none, and is told from others by nothing. */
function seedOf(dataDirectory: string): string {
  try {
    return readFileSync(join(dataDirectory, 'state/uuid'), 'utf8').trim();
  } catch {
    return '';
  }
}
