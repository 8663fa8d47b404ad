// Entries that are written by themselves: a file for each finished day, week and month, written again when late data or new remarks come.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { MaskOptions } from '../event/mask.ts';
import type { Range, Store } from '../observatory/store.ts';
import { DAY, parseDay } from './day.ts';
import { compose, type Lang, observed } from './diary.ts';
import { keyOf, rangeOfKey } from './keys.ts';
import type { Knowledge } from './knowledge.ts';
import { readRemark } from './remark.ts';
import { LeakError } from './share.ts';
import { writeWhole } from './whole.ts';

/** What is known of a written file, so that it is written again only when it would differ, and never over an operator's hand. */
interface Written {
  /** Events up to the end of its span when it was written. */
  events: number;
  /** Of the settings and remarks it was written with. */
  with: string;
  /** SHA-256 of the text, and of the one before. */
  digest: string;
  before?: string;
  /** When the text became this one, ms. */
  at: number;
  /** Masking missed something: there is no file. */
  refused?: true;
}

type Ledger = Record<string, Written>;

export interface Writing {
  store: Store;
  /** Absolute, or `.` in a process that has changed into it. */
  dataDirectory: string;
  config: { diary: Pick<Config['diary'], 'mask' | 'style' | 'auto'> };
  /** ms */
  now: number;
  masking?: Pick<MaskOptions, 'key' | 'hosts'>;
}

export interface Result {
  written: string[];
  refused: string[];
}

const LEDGER = 'state/diary.json';

/** `diary/2026-11-24.en.md`, below the data directory. */
export const entryFile = (key: string, lang: Lang): string => `diary/${key}.${lang}.md`;

/** The languages that `diary.auto` asks for. */
export const languagesOf = ({ auto }: Pick<Config['diary'], 'auto'>): Lang[] =>
  auto === 'off' ? [] : auto === 'both' ? ['en', 'ja'] : [auto];

/** Spans whose files are missing, or were written from other data, remarks or settings; newest first. Quick: it reads counts only. */
export function pending(writing: Omit<Writing, 'masking'>): string[] {
  const { store, config, dataDirectory, now } = writing;
  const languages = languagesOf(config.diary);
  if (languages.length === 0) return [];
  const ledger = readLedger(dataDirectory);
  const days = store.perDay().map(([day, events]) => ({ at: parseDay(day)!, events }));
  const upTo = totalsUpTo(days);
  const spans = new Map<string, Range>();
  for (const { at } of days) add(keyOf('day', at));
  // A week of one day would say what the day says.
  for (const span of ['week', 'month'] as const) {
    const counts = new Map<string, number>();
    for (const { at } of days) counts.set(keyOf(span, at), (counts.get(keyOf(span, at)) ?? 0) + 1);
    for (const [key, count] of counts) if (count > 1) add(key);
  }
  return [...spans]
    .filter(([key, { to }]) =>
      languages.some((lang) => {
        const known = ledger[`${key}.${lang}`];
        if (!known || known.events !== upTo(to) || known.with !== signature(writing, key)) return true;
        return !known.refused && !existsSync(join(dataDirectory, entryFile(key, lang)));
      }),
    )
    .sort(([, a], [, b]) => b.to - a.to || a.from - b.from)
    .map(([key]) => key);

  function add(key: string): void {
    const range = rangeOfKey(key)!;
    if (range.to <= now) spans.set(key, range);
  }
}

/**
 * Writes the files of some spans. Whatever dies when, each file is whole; what was not written is pending still.
 * @param pause awaited after each span, so that others get their turn
 */
export async function writeEntries(
  writing: Writing & { knowledge: Knowledge; signal?: AbortSignal; onWritten?: (done: number) => void },
  keys: readonly string[],
  pause: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve)),
): Promise<Result> {
  const { store, dataDirectory, config, now, masking, knowledge, signal } = writing;
  const result: Result = { written: [], refused: [] };
  const upTo = totalsUpTo(store.perDay().map(([day, events]) => ({ at: parseDay(day)!, events })));
  const ledger = readLedger(dataDirectory);
  let done = 0;
  for (const key of keys) {
    if (signal?.aborted) break;
    const range = rangeOfKey(key)!;
    const found = observed(store, { range, config, now, knowledge, ...(masking ? { masking } : {}) });
    const texts = languagesOf(config.diary).flatMap((lang): { name: string; file: string; text: string }[] => {
      const name = `${key}.${lang}`;
      const events = upTo(range.to);
      const known = ledger[name];
      try {
        const { text } = compose(found, { lang, format: 'md', config, remarks: readRemark(dataDirectory, key) });
        const digest = digestOf(text);
        ledger[name] = {
          events,
          with: signature(writing, key),
          digest,
          ...(known && known.digest !== digest ? { before: known.digest } : {}),
          at: known?.digest === digest ? known.at : now,
        };
        const file = join(dataDirectory, entryFile(key, lang));
        return isByHand(file, known) ? [] : [{ name, file, text }];
      } catch (error) {
        if (!(error instanceof LeakError)) throw error;
        ledger[name] = { events, with: signature(writing, key), digest: '', at: now, refused: true };
        result.refused.push(name);
        return [];
      }
    });
    // The ledger first: what it does not know would be taken for the operator's own.
    writeWhole(join(dataDirectory, LEDGER), `${JSON.stringify(ledger)}\n`);
    for (const { name, file, text } of texts) {
      writeWhole(file, text);
      result.written.push(name);
    }
    writing.onWritten?.(++done);
    await pause();
  }
  return result;
}

/** When the text of an entry became what it is, ms; undefined when it was never written by itself. */
export const writtenAt = (dataDirectory: string, key: string, lang: Lang): number | undefined =>
  readLedger(dataDirectory)[`${key}.${lang}`]?.at;

/** Somebody has changed the file: it is theirs. */
function isByHand(file: string, known: Written | undefined): boolean {
  if (!known || !existsSync(file)) return false;
  const digest = digestOf(readFileSync(file, 'utf8'));
  return digest !== known.digest && digest !== known.before;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function signature({ config, dataDirectory }: Omit<Writing, 'masking'>, key: string): string {
  const { mask, style } = config.diary;
  return digestOf(JSON.stringify([mask, style, readRemark(dataDirectory, key)])).slice(0, 16);
}

/** Events of all days that begin before a moment. */
function totalsUpTo(days: readonly { at: number; events: number }[]): (to: number) => number {
  const sums: [at: number, sum: number][] = [];
  let sum = 0;
  for (const { at, events } of days) sums.push([at + DAY, (sum += events)]);
  return (to) => sums.findLast(([end]) => end <= to)?.[1] ?? 0;
}

function readLedger(dataDirectory: string): Ledger {
  try {
    return JSON.parse(readFileSync(join(dataDirectory, LEDGER), 'utf8')) as Ledger;
  } catch {
    // Missing or damaged: everything is written again.
    return {};
  }
}
