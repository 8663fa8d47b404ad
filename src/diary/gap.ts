// Gaps: silences too long for chance, given how much the sensor hears before and after.
import type { Claim, Gap } from './claim.ts';
import type { Context } from './context.ts';
import { HOUR } from './day.ts';

/** A silence in which at least this many sessions were to be expected happens by chance less than once in a million hours. */
const EXPECTED = 15;
const LEAST_HOURS = 2;
const LEAST_HEARD = 4;
const TOLD = 4;

export function gaps({ store, range, beginning, totals, unfinished }: Context): Claim[] {
  if (beginning === undefined || totals.last === undefined || totals.sessions === 0) return [];
  const all = store.totals();
  const from = Math.max(range.from, Math.floor(beginning / HOUR) * HOUR);
  // After the last event on record nothing is known: the log may simply end there.
  const to = Math.min(range.to, Math.ceil(((unfinished ? totals.last : all.last) ?? range.to) / HOUR) * HOUR);
  const heard = new Set(
    store
      .timeline({ from, to }, 'hour')
      .filter((hour) => hour.sessions + hour.loginsFailed > 0)
      .map(({ at }) => at),
  );
  // A few scattered hours are fragments of a log: their rate says nothing about the hours between.
  if (heard.size < LEAST_HEARD || heard.size * 4 < (to - from) / HOUR) return [];
  const perHour = totals.sessions / heard.size;
  const found: Gap[] = [];
  let start: number | undefined;
  for (let at = from; at <= to; at += HOUR) {
    if (at < to && !heard.has(at)) {
      start ??= at;
      continue;
    }
    if (start !== undefined) {
      const hours = (at - start) / HOUR;
      if (hours >= LEAST_HOURS && hours * perHour >= EXPECTED) {
        found.push({
          kind: 'gap',
          subject: {},
          numbers: { from: start, to: at, hours, expected: Math.round(hours * perHour) },
          evidence: [],
          score: 18 + Math.min(12, hours / 2),
          reason: `no session in ${hours} h where ${Math.round(hours * perHour)} were to be expected`,
        });
      }
      start = undefined;
    }
  }
  return found
    .sort((a, b) => b.numbers.hours - a.numbers.hours)
    .slice(0, TOLD)
    .sort((a, b) => a.numbers.from - b.numbers.from);
}
