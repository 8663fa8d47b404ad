// What rose and what fell: totals and single values per sensor hour, against what is usual; and the trend within several days.
import type { Dimension, Range } from '../observatory/store.ts';
import type { Change, Claim, Measure, Trend } from './claim.ts';
import { type Context, loginAttempts } from './context.ts';
import { DAY } from './day.ts';
import { median, negativeBinomialBelow, normalTail, spread, studentTail } from './statistics.ts';
import type { Trials } from './trial.ts';

/** Days before the period that tell what is usual; with fewer than the least, the period before alone does. */
const HISTORY = 28;
const LEAST_DAYS = 7;
/** A day that was watched for less than this share of the others says little. */
const WATCHED = 0.25;
/** Nobody calls less than this a change, however certain it is. */
const LEAST_FACTOR = 1.5;
/** Nor a handful of events. */
const LEAST_COUNT = 20;
/** Values looked at of each dimension: the most frequent of the period and of the days before. */
const VALUES = 60;
const TOLD = 8;
const DIMENSIONS = [
  'username',
  'password',
  'client',
  'hassh',
  'command',
  'url',
  'hash',
  'country',
  'asn',
  'protocol',
] as const satisfies Dimension[];

/**
 * Where history is too short to tell: attack traffic comes in clumps (one source, thousands of guesses), so that counts
 * vary about this much more than a Poisson process.
 */
const CLUMPING: Record<Measure, number> = {
  sessions: 10,
  addresses: 2,
  loginAttempts: 20,
  loginsSucceeded: 4,
  commands: 20,
  downloads: 4,
};
const CLUMPING_OF_VALUES = 10;

/** A count now, and by day before; both over what was watched. */
interface Count {
  subject: Change['subject'];
  now: number;
  before: number;
  /** Of the days of the `History`. */
  days: number[];
  clumping: number;
}

/** The days that tell what is usual. */
interface History {
  range: Range;
  /** Sensor hours of each, weighed by how busy the hours usually are; 0: not to be used. */
  exposures: number[];
  used: number;
}

export function changes(context: Context): Trials {
  const { watch, range, before } = context;
  const record = recordOf(context);
  const now = watch.exposure(range);
  const then = before ? watch.exposure(before.range) : 0;
  if (now === 0 || (record.used < LEAST_DAYS && then === 0)) return { claims: [], tests: 0 };
  const totals = totalsOf(context, record);
  const judge = (counts: Count[]): Trials =>
    record.used < LEAST_DAYS ? againstBefore(context, counts, now, then) : againstUsual(context, record, counts, now);
  const ofTotals = judge(totals);
  const trials = [ofTotals];
  // When everything doubles, that each part doubles is no news.
  const carried = ofTotals.claims
    .filter((claim): claim is Change => isChange(claim))
    .map(({ numbers }) => numbers.factor);
  for (const dimension of DIMENSIONS) {
    const { claims, tests } = judge(valuesOf(context, record, dimension));
    trials.push({ claims: told(claims.filter(isChange), carried), tests });
  }
  return { claims: trials.flatMap(({ claims }) => claims), tests: trials.reduce((sum, { tests }) => sum + tests, 0) };
}

/** Days of the record before the period, of which at least so many are watched well. */
export function recordOf({ watch, range }: Context): History {
  const from = Math.max(watch.window.from, range.from - HISTORY * DAY);
  const history = { from, to: Math.max(from, range.from) };
  const exposures: number[] = [];
  for (let at = history.from; at < history.to; at += DAY) exposures.push(watch.exposure({ from: at, to: at + DAY }));
  const enough = median(exposures.filter((exposure) => exposure > 0)) * WATCHED;
  const usable = exposures.map((exposure) => (exposure >= enough ? exposure : 0));
  return { range: history, exposures: usable, used: usable.filter((exposure) => exposure > 0).length };
}

const isChange = (claim: Claim): claim is Change => claim.kind === 'rise' || claim.kind === 'fall';

function told(claims: Change[], carried: number[]): Change[] {
  return claims
    .filter(
      ({ numbers: { factor } }) => !carried.some((of) => factor / of < LEAST_FACTOR && of / factor < LEAST_FACTOR),
    )
    .sort((a, b) => (a.p ?? 1) - (b.p ?? 1) || b.score - a.score)
    .slice(0, TOLD);
}

function totalsOf({ store, totals, before, addresses }: Context, { range }: History): Count[] {
  const days = new Map(store.timeline(range, 'day').map((day) => [day.at, day]));
  const perDay: Partial<Record<Measure, number>>[] = [];
  for (let at = range.from; at < range.to; at += DAY) {
    const day = days.get(at);
    perDay.push(day ? { ...day, loginAttempts: day.loginsFailed + day.loginsSucceeded } : {});
  }
  // Masked addresses stand for many: their number says nothing.
  if (addresses !== undefined)
    for (const [index, n] of store.distinct('address', range).entries()) perDay[index]!.addresses = n;
  const was = before?.totals;
  const count = (measure: Measure, now: number, then = 0): Count => ({
    subject: { measure },
    now,
    before: then,
    days: perDay.map((day) => day[measure] ?? 0),
    clumping: CLUMPING[measure],
  });
  return [
    count('sessions', totals.sessions, was?.sessions),
    ...(addresses === undefined ? [] : [count('addresses', totals.addresses, was?.addresses)]),
    count('loginAttempts', loginAttempts(totals), was && loginAttempts(was)),
    count('loginsSucceeded', totals.loginsSucceeded, was?.loginsSucceeded),
    count('commands', totals.commands, was?.commands),
    count('downloads', totals.downloads, was?.downloads),
  ];
}

/** The most frequent values of the period and of the days before it. What is new is told as new, not as rising. */
function valuesOf({ store, range, before }: Context, record: History, dimension: (typeof DIMENSIONS)[number]): Count[] {
  const history = record.used < LEAST_DAYS && before ? before.range : record.range;
  const now = store.top(dimension, range, VALUES);
  const usual = store.top(dimension, history, VALUES);
  const values = [
    ...new Set([...now, ...usual].filter(({ firstSeen }) => firstSeen < range.from).map(({ value }) => value)),
  ];
  const here = sumsOf(store.daily(dimension, values, range));
  const then = before ? sumsOf(store.daily(dimension, values, before.range)) : values.map(() => 0);
  const days = record.used < LEAST_DAYS ? values.map(() => []) : store.daily(dimension, values, record.range);
  return values.flatMap((value, index): Count[] =>
    value === ''
      ? []
      : [
          {
            subject: { dimension, value },
            now: here[index]!,
            before: then[index]!,
            days: days[index]!,
            clumping: CLUMPING_OF_VALUES,
          },
        ],
  );
}

const sumsOf = (rows: number[][]): number[] => rows.map((row) => row.reduce((sum, n) => sum + n, 0));

/** Below this count a fall is judged by the law of counts, too. */
const FEW = 100;
/** Earlier days that were off by this share of the difference count as as far off. */
const AS_FAR = 0.8;
/** Weight, in degrees of freedom, of what the other counts vary by, and efficiency of the median absolute deviation. */
const PRIOR = 6;
const EFFICIENCY = 0.37;
/** Counts whose spread is borrowed. */
const NEIGHBOURS = 15;

/**
 * Student's test of the logarithm of the rate now, against median and median absolute deviation of the days before. The
 * spread of one count is held together with that of others about as large (the moderated t of Smyth 2004), and is never
 * below that of a Poisson process. What came on an earlier day by itself is no change.
 */
function againstUsual(context: Context, record: History, counts: Count[], exposure: number): Trials {
  const { days, before, watch, range } = context;
  const usable = record.exposures.flatMap((hours, index) => (hours > 0 ? [{ hours, index }] : []));
  const log = (count: number, hours: number): number => Math.log((count + 0.5) / hours);
  const measured = counts.map((count) => {
    const logs = usable.map(({ hours, index }) => log(count.days[index]!, hours));
    const middle = median(logs);
    return {
      count,
      logs,
      middle,
      expected: Math.max(0, Math.exp(middle) * exposure - 0.5),
      deviation: spread(logs, middle),
    };
  });
  const bySize = measured.toSorted((a, b) => a.expected - b.expected);
  const n = usable.length;
  const [own, others] = [EFFICIENCY * (n - 1), PRIOR];
  const hoursNow = watch.sensorHours(range);
  let tests = 0;
  const claims = measured.flatMap((one): Change[] => {
    const { count, logs, middle, expected, deviation } = one;
    // What does not come on most days has no usual rate: it is told when it is new or back.
    if (count.days.filter((n) => n > 0).length * 2 <= n || Math.max(count.now, expected) < LEAST_COUNT) return [];
    tests++;
    const at = bySize.indexOf(one);
    const near = bySize.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1).map((other) => other.deviation ** 2);
    const variance = Math.max(
      (own * deviation ** 2 + others * median(near)) / (own + others),
      1 / ((expected * 24) / Math.max(24, hoursNow / Math.max(1, days)) + 1),
    );
    const difference = log(count.now, exposure) - middle;
    const error = Math.sqrt(variance * (1 / days + Math.PI / 2 / n));
    const tail = studentTail(Math.abs(difference) / error, own + others);
    // As often as it was nearly as far off before, chance, or whoever it is, may make it so again.
    const asFar = logs.filter(
      (value) => (value - middle) * Math.sign(difference) >= AS_FAR * Math.abs(difference),
    ).length;
    // Few clumps come to none more easily than a logarithm makes believe.
    const fewer =
      difference < 0 && count.now < FEW
        ? negativeBinomialBelow(count.now, expected, Math.max(1.1, variance * expected))
        : 0;
    const p = Math.min(1, 2 * Math.max(tail, fewer, asFar / (n + 1)));
    const factor = (count.now + 0.5) / (expected + 0.5);
    if (factor < LEAST_FACTOR && factor > 1 / LEAST_FACTOR) return [];
    // It was so the day before already: that was news then.
    const last = usable.at(-1);
    if (days === 1 && last && last.index === record.exposures.length - 1) {
      const yesterday = logs.at(-1)! - middle;
      if (yesterday / difference > 0.6 && studentTail(Math.abs(yesterday) / Math.sqrt(variance), own + others) < 1e-3)
        return [];
    }
    return [
      {
        kind: factor > 1 ? 'rise' : 'fall',
        subject: count.subject,
        numbers: {
          now: count.now,
          before: count.before,
          hoursNow,
          hoursBefore: before ? watch.sensorHours(before.range) : 0,
          factor: count.now === 0 ? 0 : rounded(factor),
          expected: rounded(expected),
          days: n,
        },
        p,
        evidence: [],
        score: scoreOf(count, factor),
        reason: `${count.now} in ${hoursNow} sensor hours where ${round(expected)} are usual (median of ${n} days by ${watch.by}; spread of the logarithm ${Math.sqrt(variance).toFixed(2)}): by chance once in ${onceIn(p)} such tests`,
      },
    ];
  });
  return { claims, tests };
}

/** With too short a record: against the period before, as if counts varied as attack traffic does. */
function againstBefore(context: Context, counts: Count[], now: number, then: number): Trials {
  const { watch, range, before } = context;
  const hoursNow = watch.sensorHours(range);
  const hoursBefore = before ? watch.sensorHours(before.range) : 0;
  let tests = 0;
  const claims = counts.flatMap((count): Change[] => {
    if (Math.max(count.now, count.before) < LEAST_COUNT) return [];
    tests++;
    const [rate, earlier] = [count.now / now, count.before / then];
    const deviation = Math.sqrt(count.clumping * (count.now / now ** 2 + count.before / then ** 2));
    const factor = earlier === 0 ? Number.POSITIVE_INFINITY : rate / earlier;
    if (deviation === 0 || (factor < LEAST_FACTOR && factor > 1 / LEAST_FACTOR)) return [];
    const p = 2 * normalTail(Math.abs(rate - earlier) / deviation);
    return [
      {
        kind: factor > 1 ? 'rise' : 'fall',
        subject: count.subject,
        numbers: {
          now: count.now,
          before: count.before,
          hoursNow,
          hoursBefore,
          factor: rounded(factor),
          expected: rounded(earlier * now),
          days: 0,
        },
        p,
        evidence: [],
        score: scoreOf(count, factor),
        reason: `${count.now} in ${hoursNow} sensor hours against ${count.before} in ${hoursBefore} before: by chance once in ${onceIn(p)} such tests, were counts to vary ${count.clumping} times as much as a Poisson process`,
      },
    ];
  });
  return { claims, tests };
}

function scoreOf({ subject, now, before }: Count, factor: number): number {
  const strength = Math.min(18, Math.abs(Math.log2(Math.min(1024, Math.max(factor, 1 / 1024)))) * 4);
  return 'measure' in subject ? 18 + strength : 8 + strength / 2 + Math.min(8, Math.log2(Math.max(now, before, 1)));
}

/** To three places. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

const round = (value: number): number => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));

/** A chance as a number of tests, with two digits. */
export const onceIn = (p: number): string =>
  p < 1e-9 ? 'a billion' : Number((1 / p).toPrecision(2)).toLocaleString('en-US', { useGrouping: false });

/** The later half of several days against the earlier: at least half as much again, and beyond two standard deviations. */
export function trend({ store, range, days, beginning, totals: all, watch }: Context): Trend[] {
  if (days < 3 || beginning === undefined) return [];
  const middle = range.from + Math.ceil(days / 2) * DAY;
  const [first, second]: [Range, Range] = [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ];
  const [early, late] = [loginAttempts(store.totals(first)), loginAttempts(store.totals(second))];
  const [hoursEarly, hoursLate] = [watch.sensorHours(first), watch.sensorHours(second)];
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
