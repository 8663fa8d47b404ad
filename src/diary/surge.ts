// Surges: hours in which far more came than is usual in these hours of the week.

import { onceIn } from './change.ts';
import type { Claim, Surge } from './claim.ts';
import type { Context } from './context.ts';
import { DAY, HOUR } from './day.ts';
import { beyond, median, tailOf } from './statistics.ts';
import type { Trials } from './trial.ts';

/** Hours of history from which a tail is known; more than this share of the week is no surge but a change. */
const LEAST_HISTORY = 96;
const LONGEST_HOURS = 8;
const LEAST_FACTOR = 2;
const LEAST_COUNT = 20;
const TOLD = 4;
/** Weeks of the same hour of the week that tell what is usual; with fewer, so many days of the same hour of the day. */
const WEEKS = 4;
const DAYS = 14;

/** A count an hour by sensor, and what was usual then. */
interface HourCount {
  at: number;
  count: number;
  /** Of the same hour before; undefined with nothing to compare. */
  usual?: number;
}

export function surges(context: Context): Trials {
  const { store, watch, days } = context;
  if (days > 31) return { claims: [], tests: 0 };
  const points = new Map(store.timeline(watch.window, 'hour').map((point) => [point.at, point]));
  const trials = (['sessions', 'loginAttempts'] as const).map((measure) =>
    of(context, measure, (at) => {
      const point = points.get(at);
      if (!point) return 0;
      return measure === 'sessions' ? point.sessions : point.loginsFailed + point.loginsSucceeded;
    }),
  );
  // More sessions have more guesses in them: that is one surge.
  const [sessions, attempts] = trials as [Trials, Trials];
  const rest = attempts.claims.filter((claim) => !sessions.claims.some((other) => isWithin(claim, other)));
  return { claims: [...sessions.claims, ...rest].slice(0, TOLD), tests: sessions.tests + attempts.tests };
}

const isWithin = (a: Claim, b: Claim): boolean =>
  a.kind === 'surge' && b.kind === 'surge' && a.numbers.from < b.numbers.to && b.numbers.from < a.numbers.to;

/**
 * The logarithm of each hour's count over the median of the same hour before, against the tail that these logarithms
 * have in the history: counts of attacks are heavy-tailed, and the tail says how heavy.
 */
function of({ watch, range }: Context, measure: Surge['subject']['measure'], count: (at: number) => number): Trials {
  const { window } = watch;
  const rate = (at: number): number | undefined => {
    const sensors = at >= window.from && at < window.to ? watch.sensorsAt(at) : 0;
    return sensors > 0 ? count(at) / sensors : undefined;
  };
  const usualAt = (at: number): { usual?: number; weeks: number; days: number } => {
    const before = (step: number, most: number): number[] => {
      const rates: number[] = [];
      for (let i = 1; i <= most && at - i * step >= window.from; i++) {
        const value = rate(at - i * step);
        if (value !== undefined) rates.push(value);
      }
      return rates;
    };
    const weeks = before(7 * DAY, 8);
    const rates = weeks.length >= WEEKS ? weeks : before(DAY, DAYS);
    const sensors = watch.sensorsAt(at);
    return rates.length < 3
      ? { weeks: 0, days: 0 }
      : {
          usual: median(rates) * sensors,
          ...(rates === weeks ? { weeks: rates.length, days: 0 } : { weeks: 0, days: rates.length }),
        };
  };
  const excess = ({ count, usual = 0 }: HourCount): number => Math.log((count + 1) / (usual + 1));
  const hours = (from: number, to: number): HourCount[] => {
    const list: HourCount[] = [];
    for (let at = from; at < to; at += HOUR) {
      const { usual } = usualAt(at);
      if (watch.sensorsAt(at) > 0 && usual !== undefined) list.push({ at, count: count(at), usual });
    }
    return list;
  };
  const history = hours(window.from, range.from);
  const here = hours(range.from, range.to);
  if (history.length < LEAST_HISTORY || here.length === 0) return { claims: [], tests: 0 };
  const tail = tailOf(history.map(excess));
  const found = here.filter((hour) => {
    const { count, usual = 0 } = hour;
    return count >= LEAST_COUNT && count >= LEAST_FACTOR * usual && beyond(tail, excess(hour)) < 1e-3;
  });
  const runs: HourCount[][] = [];
  for (const hour of found) {
    const run = runs.at(-1);
    if (run && hour.at === run.at(-1)!.at + HOUR) run.push(hour);
    else runs.push([hour]);
  }
  const claims = runs
    .filter(({ length }) => length <= LONGEST_HOURS)
    .map((run): Surge => {
      const now = run.reduce((sum, { count }) => sum + count, 0);
      const expected = run.reduce((sum, { usual = 0 }) => sum + usual, 0);
      const [from, to] = [run[0]!.at, run.at(-1)!.at + HOUR];
      const p = Math.min(...run.map((hour) => beyond(tail, excess(hour))));
      const factor = (now + 1) / (expected + 1);
      const { weeks, days } = usualAt(from);
      return {
        kind: 'surge',
        subject: { measure },
        numbers: { now, expected, factor, from, to, hours: (to - from) / HOUR, weeks, days },
        p,
        evidence: [],
        score: 20 + Math.min(16, 4 * Math.log2(factor)),
        reason: `${now} in ${(to - from) / HOUR} h where ${Math.round(expected)} are usual (median of the same hour of ${weeks > 0 ? `${weeks} weeks` : `${days} days`}); beyond the tail of ${history.length} hours before, by chance once in ${onceIn(p)} hours`,
      };
    })
    .sort((a, b) => (a.p ?? 1) - (b.p ?? 1));
  return { claims, tests: here.length };
}
