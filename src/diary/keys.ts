// The spans that have an entry of their own, by name: a day `2026-11-24`, a week `2026-W48` (ISO 8601), a month `2026-11`; all UTC.
import type { Range } from '../observatory/store.ts';
import { DAY, isoDay, parseDay } from './day.ts';

export type Span = 'day' | 'week' | 'month';

const WEEK = 7 * DAY;

/** The days of a name, or undefined when it names nothing. */
export function rangeOfKey(key: string): Range | undefined {
  const day = parseDay(key);
  if (day !== undefined) return { from: day, to: day + DAY };
  const [, year, week] = /^(\d{4})-W(\d{2})$/.exec(key) ?? [];
  if (year !== undefined) {
    // The week with 4 January in it is the first.
    const first = mondayOf(Date.UTC(Number(year), 0, 4));
    const from = first + (Number(week) - 1) * WEEK;
    return keyOf('week', from) === key ? { from, to: from + WEEK } : undefined;
  }
  const month = /^\d{4}-\d{2}$/.test(key) ? parseDay(`${key}-01`) : undefined;
  if (month === undefined) return undefined;
  const end = new Date(month);
  return { from: month, to: end.setUTCMonth(end.getUTCMonth() + 1) };
}

/** The name of the span that a moment (ms) is in. */
export function keyOf(span: Span, at: number): string {
  if (span === 'day') return isoDay(at);
  if (span === 'month') return isoDay(at).slice(0, 7);
  // A week belongs to the year of its Thursday.
  const monday = mondayOf(at);
  const year = new Date(monday + 3 * DAY).getUTCFullYear();
  const first = mondayOf(Date.UTC(year, 0, 4));
  return `${year}-W${String(Math.round((monday - first) / WEEK) + 1).padStart(2, '0')}`;
}

/** 1 January 1970 was a Thursday. */
const mondayOf = (at: number): number => {
  const day = Math.floor(at / DAY);
  return (day - ((((day + 3) % 7) + 7) % 7)) * DAY;
};

/** The name of a range that is exactly a day, a week or a month. */
export function keyOfRange({ from, to }: Range): string | undefined {
  return (['day', 'week', 'month'] as const)
    .map((span) => keyOf(span, from))
    .find((key) => {
      const range = rangeOfKey(key);
      return range?.from === from && range.to === to;
    });
}
