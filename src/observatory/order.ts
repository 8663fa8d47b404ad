// The orders everything is listed in: values by code points, time ranges by whole units and their ends.
import type { Range } from './store.ts';

export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** By code points, as every list of values is sorted. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  // UTF-16 order differs from code point order only where surrogates meet other high code units.
  for (let i = 0; ; i++) {
    const x = a.codePointAt(i);
    const y = b.codePointAt(i);
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    if (x !== y) return x - y;
    if (x > 0xffff) i++;
  }
}

/** Parts a range into the whole units inside it and what is left at its ends. Milliseconds. */
export function split(range: Range, unit: number): { whole: Range | undefined; edges: Range[] } {
  const from = Math.ceil(range.from / unit) * unit;
  const to = Math.floor(range.to / unit) * unit;
  if (from >= to) return { whole: undefined, edges: range.from < range.to ? [range] : [] };
  const edges: Range[] = [];
  if (range.from < from) edges.push({ from: range.from, to: from });
  if (to < range.to) edges.push({ from: to, to: range.to });
  return { whole: { from, to }, edges };
}
