// Gaps: silences too long for chance, given how much a sensor hears before and after.
import type { Gap } from './claim.ts';
import type { Context } from './context.ts';
import { HOUR } from './day.ts';
import type { Trials } from './trial.ts';

const LEAST_HOURS = 2;
const TOLD = 6;

export function gaps({ range, watch, totals }: Context): Trials {
  if (totals.sessions === 0) return { claims: [], tests: 0 };
  const within = watch.silences.filter(({ from, to }) => to > range.from && from < range.to);
  const claims = within.flatMap(({ sensor, from: began, to: ended, expected, p }): Gap[] => {
    const [from, to] = [Math.max(began, range.from), Math.min(ended, range.to)];
    const hours = (to - from) / HOUR;
    if (hours < LEAST_HOURS) return [];
    const here = Math.round((expected * (to - from)) / (ended - began));
    return [
      {
        kind: 'gap',
        subject: sensor === undefined ? {} : { sensor },
        numbers: { from, to, hours, expected: here },
        p,
        evidence: [],
        score: 18 + Math.min(12, hours / 2),
        reason: `no session in ${hours} h where ${here} were to be expected`,
      },
    ];
  });
  return {
    claims: together(claims)
      .sort((a, b) => b.numbers.hours - a.numbers.hours)
      .slice(0, TOLD)
      .sort((a, b) => a.numbers.from - b.numbers.from),
    tests: within.length,
  };
}

/** When several sensors were away at the same time, that is told once. */
function together(claims: Gap[]): Gap[] {
  const byTime = new Map<string, Gap[]>();
  for (const claim of claims) {
    const key = `${claim.numbers.from} ${claim.numbers.to}`;
    byTime.set(key, [...(byTime.get(key) ?? []), claim]);
  }
  return [...byTime.values()].map((same) => {
    const [first] = same as [Gap];
    if (same.length === 1) return first;
    const expected = same.reduce((sum, { numbers }) => sum + numbers.expected, 0);
    return {
      ...first,
      subject: {},
      numbers: { ...first.numbers, expected },
      p: Math.max(...same.map(({ p = 1 }) => p)),
      reason: `no session at ${same.length} sensors in ${first.numbers.hours} h where ${expected} were to be expected`,
    };
  });
}
