// `--from` and `--to`: whole UTC days, both included.
import type { Command } from 'commander';
import { DAY, dayOf, parseDay } from '../diary/day.ts';
import type { Range } from '../observatory/store.ts';
import { Failure } from './failure.ts';
import type { Texts } from './texts.ts';

export const periodOptions = (command: Command): Command =>
  command.option('--from <day>', 'first day, YYYY-MM-DD').option('--to <day>', 'last day, YYYY-MM-DD');

/** The range, open where an option is missing (from 0, or to the end of time); undefined when both are. @throws Failure */
export function periodOf(options: { from?: string; to?: string }, texts: Texts): Range | undefined {
  const { from, to } = options;
  if (from === undefined && to === undefined) return undefined;
  const range = {
    from: from === undefined ? 0 : dayOption('--from', from, texts),
    to: to === undefined ? Date.UTC(9999, 0) : dayOption('--to', to, texts) + DAY,
  };
  if (range.from >= range.to) throw new Failure(texts.emptyPeriod(from ?? '…', to ?? '…'), 2);
  return range;
}

/** The part of an open range in which anything is on record, in whole days. */
export function clipped(range: Range, { first, last }: { first?: number; last?: number }): Range {
  if (first === undefined || last === undefined) return { from: range.from, to: range.from };
  const from = Math.max(range.from, dayOf(first).from);
  return { from, to: Math.max(from, Math.min(range.to, dayOf(last).to)) };
}

/** @throws Failure with code 2 */
export function dayOption(option: string, text: string, texts: Texts): number {
  const at = parseDay(text);
  if (at === undefined) throw new Failure(texts.wrongDay(option, text), 2);
  return at;
}
