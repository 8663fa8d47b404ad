// What changed: totals and single values against the period before, and the trend within a period of several days.
import type { Range } from '../observatory/store.ts';
import type { Change, Claim, Measure, Shift, Trend } from './claim.ts';
import { type Context, loginAttempts, median, observedHours } from './context.ts';
import { DAY } from './day.ts';

/** Attack traffic comes in clumps (one source, thousands of guesses): counts vary about this much more than a Poisson process. */
const CLUMPING: Record<Measure, number> = {
  sessions: 10,
  addresses: 2,
  loginAttempts: 20,
  loginsSucceeded: 4,
  commands: 20,
  downloads: 4,
};
/** Standard deviations that a difference must exceed: six totals and some dozens of values are tested a day. */
const THRESHOLD = 3.5;
const LEAST_FACTOR = 1.5;

export function changes(context: Context): Claim[] {
  return [...totals(context), ...shifts(context), ...trend(context)];
}

function totals({ store, range, totals: now, hours, before, days }: Context): Change[] {
  if (!before || hours === 0 || before.hours === 0) return [];
  const history =
    days === 1
      ? store.timeline({ from: range.from - 28 * DAY, to: range.from }, 'day').filter((day) => day.sessions > 0)
      : [];
  const measures: [Measure, number, number, (day: (typeof history)[number]) => number | undefined][] = [
    ['sessions', now.sessions, before.totals.sessions, (day) => day.sessions],
    ['addresses', now.addresses, before.totals.addresses, () => undefined],
    [
      'loginAttempts',
      loginAttempts(now),
      loginAttempts(before.totals),
      (day) => day.loginsFailed + day.loginsSucceeded,
    ],
    ['loginsSucceeded', now.loginsSucceeded, before.totals.loginsSucceeded, (day) => day.loginsSucceeded],
    ['commands', now.commands, before.totals.commands, (day) => day.commands],
    ['downloads', now.downloads, before.totals.downloads, (day) => day.downloads],
  ];
  return measures.flatMap(([measure, a, b, daily]): Change[] => {
    const [rateNow, rateBefore] = [a / hours, b / before.hours];
    const deviation = Math.sqrt(CLUMPING[measure] * (a / hours ** 2 + b / before.hours ** 2));
    if (deviation === 0 || Math.abs(rateNow - rateBefore) / deviation < THRESHOLD) return [];
    const factor = rateBefore === 0 ? Number.POSITIVE_INFINITY : rateNow / rateBefore;
    if (factor < LEAST_FACTOR && factor > 1 / LEAST_FACTOR) return [];
    const usual = history.length >= 7 ? median(history.map((day) => daily(day) ?? 0)) : undefined;
    const strength = Math.min(18, Math.abs(Math.log2(Math.max(factor, 1 / 1024))) * 4);
    return [
      {
        kind: 'change',
        subject: { measure },
        numbers: {
          now: a,
          before: b,
          hoursNow: hours,
          hoursBefore: before.hours,
          factor,
          ...(usual !== undefined && measure !== 'addresses' ? { usual, days: history.length } : {}),
        },
        evidence: [],
        score: 18 + strength,
        reason: `${a} in ${hours} h against ${b} in ${before.hours} h: beyond ${THRESHOLD} standard deviations of clumped counts (variance ${CLUMPING[measure]} × mean)`,
      },
    ];
  });
}

function shifts({ store, range, hours, before }: Context): Shift[] {
  if (!before || hours === 0 || before.hours === 0) return [];
  return (['username', 'password', 'client'] as const).flatMap((dimension) => {
    const then = store.top(dimension, before.range, 2_000);
    const counts = new Map(then.map(({ value, count }) => [value, count]));
    const found = store.top(dimension, range, 60).flatMap(({ value, count, firstSeen }): Shift[] => {
      const earlier = counts.get(value) ?? (then.length < 2_000 ? 0 : undefined);
      // A value never seen before is told as new, not as rising.
      if (earlier === undefined || firstSeen >= range.from || count < 20) return [];
      const factor = earlier === 0 ? Number.POSITIVE_INFINITY : count / hours / (earlier / before.hours);
      const deviation = Math.sqrt(10 * (count / hours ** 2 + earlier / before.hours ** 2));
      if (factor < 2 || (count / hours - earlier / before.hours) / deviation < THRESHOLD) return [];
      return [
        {
          kind: 'shift',
          subject: { dimension, value },
          numbers: { now: count, before: earlier, factor },
          evidence: [],
          score: 10 + Math.min(10, Math.log2(count)),
          reason: `${count} against ${earlier} in the period before, at least twice the rate and beyond ${THRESHOLD} standard deviations`,
        },
      ];
    });
    return found.sort((a, b) => b.numbers.now - b.numbers.before - (a.numbers.now - a.numbers.before)).slice(0, 3);
  });
}

/** The later half of several days against the earlier: at least half as much again, and beyond two standard deviations. */
function trend({ store, range, days, beginning, totals: all }: Context): Trend[] {
  if (days < 3 || beginning === undefined) return [];
  const middle = range.from + Math.ceil(days / 2) * DAY;
  const [first, second]: [Range, Range] = [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ];
  const [early, late] = [loginAttempts(store.totals(first)), loginAttempts(store.totals(second))];
  const record = store.totals();
  const [hoursEarly, hoursLate] = [observedHours(store, first, record), observedHours(store, second, record)];
  if (early + late < 10 || hoursEarly === 0 || hoursLate === 0 || all.events === 0) return [];
  const expected = ((early + late) * hoursLate) / (hoursEarly + hoursLate);
  const deviation = Math.sqrt((expected * hoursEarly) / (hoursEarly + hoursLate));
  const factor = late / hoursLate / Math.max(early / hoursEarly, 1e-9);
  const strength = Math.abs(late - expected) / deviation;
  if (strength < 2 || (factor < LEAST_FACTOR && factor > 1 / LEAST_FACTOR)) return [];
  const leader = store.top('username', second, 1)[0];
  return [
    {
      kind: 'trend',
      subject: { direction: factor > 1 ? 'rise' : 'fall' },
      numbers: { early, late, middle, days },
      carriedBy:
        factor > 1 && leader && leader.count >= late / 2 ? { username: leader.value, count: leader.count } : undefined,
      evidence: [],
      score: 30 + Math.min(10, strength),
      reason: `${late} login attempts in the later half (${hoursLate} h), ${early} in the earlier (${hoursEarly} h): ${strength.toFixed(1)} standard deviations from even`,
    },
  ];
}
