// `--from` and `--to`: days, moments, and ages such as 7d, as a range of milliseconds.
import type { Command } from 'commander';
import { DAY, dayOf, parseDay } from '../diary/day.ts';
import type { Range } from '../observatory/store.ts';
import { Failure } from './failure.ts';
import type { Texts } from './texts.ts';

const AGE = { s: 1000, m: 60_000, h: 3_600_000, d: DAY, w: 7 * DAY };

export const periodOptions = (command: Command): Command =>
  command
    .option('--from <time>', 'from this day or moment on: 2026-11-24, 2026-11-24T18:00+09:00, yesterday, 7d')
    .option('--to <time>', 'to the end of this day (month, year), or to this moment');

/**
 * What a person calls a time: a day, month or year of UTC, `today`, `yesterday` (from its first millisecond to the first after it), or a
 * moment (both ends are the same): `now`, an age (`7d`: seven times 24 hours ago; s, m, h, d, w), `@SECONDS` since the epoch, a date with a
 * time, UTC without a zone.
 * @returns undefined when it is none of these
 */
export function parseTime(text: string, now: number): Range | undefined {
  const word = text.trim();
  const moment = (at: number): Range => ({ from: at, to: at });
  if (/^now$/i.test(word)) return moment(now);
  if (/^today$/i.test(word)) return dayOf(now);
  if (/^yesterday$/i.test(word)) return dayOf(now - DAY);
  const age = /^(\d{1,6})([smhdw])$/i.exec(word);
  if (age) {
    const at = now - Number(age[1]) * AGE[age[2]!.toLowerCase() as keyof typeof AGE];
    return at >= 0 ? moment(at) : undefined;
  }
  const epoch = /^@(\d{1,11})$/.exec(word);
  if (epoch) return moment(Number(epoch[1]) * 1000);
  const month = /^(\d{4})(?:-(\d{2}))?$/.exec(word);
  if (month) {
    const from = parseDay(`${month[1]}-${month[2] ?? '01'}-01`);
    if (from === undefined) return undefined;
    const start = new Date(from);
    return {
      from,
      to: month[2] ? start.setUTCMonth(start.getUTCMonth() + 1) : start.setUTCFullYear(start.getUTCFullYear() + 1),
    };
  }
  const day = parseDay(word);
  if (day !== undefined) return { from: day, to: day + DAY };
  return atTime(word);
}

function atTime(text: string): Range | undefined {
  const parts =
    /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(?:[Zz]|UTC|([+-])(\d{2}):?(\d{2})?)?$/.exec(
      text,
    );
  if (!parts) return undefined;
  const [, date, hour, minute, second = '0', fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = parts;
  const midnight = parseDay(date!);
  const clock = [Number(hour), Number(minute), Number(second), Number(zoneHour), Number(zoneMinute)] as const;
  if (midnight === undefined || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 || clock[3] > 14 || clock[4] > 59)
    return undefined;
  const offset = (clock[3] * 60 + clock[4]) * 60_000 * (sign === '-' ? -1 : 1);
  const at =
    midnight +
    ((clock[0] * 60 + clock[1]) * 60 + clock[2]) * 1000 +
    Number(fraction.slice(0, 3).padEnd(3, '0')) -
    offset;
  return { from: at, to: at };
}

/** The range, open where an option is missing (from 0, or to the end of time); undefined when both are. @throws Failure */
export function periodOf(options: { from?: string; to?: string }, texts: Texts, now = Date.now()): Range | undefined {
  const { from, to } = options;
  if (from === undefined && to === undefined) return undefined;
  const time = (option: string, text: string): Range => {
    const found = parseTime(text, now);
    if (!found) throw new Failure(texts.wrongTime(option, text), 2);
    return found;
  };
  const range = {
    from: from === undefined ? 0 : time('--from', from).from,
    to: to === undefined ? Date.UTC(9999, 0) : time('--to', to).to,
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
