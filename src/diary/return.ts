// Returns: what used to come regularly, stayed away for weeks, and is back.
import type { Dimension } from '../observatory/store.ts';
import { onceIn } from './change.ts';
import type { Return } from './claim.ts';
import type { Context } from './context.ts';
import { DAY, parseDay } from './day.ts';
import { sightingOf } from './novelty.ts';
import type { Trials } from './trial.ts';
import { quote } from './visits.ts';

/** Days away that are worth a word. */
const ABSENT = 14;
/** Days of presence that make something regular; days before the absence that are looked at. */
const REGULAR = 6;
const LOOK_BACK = 120;
/** Values of a dimension, the most frequent of the period, that are looked at; and those whose days are counted. */
const LOOKED_AT = 300;
const COUNTED = 40;
const TOLD = 6;
const WEIGHT: Partial<Record<Dimension, number>> = {
  hash: 26,
  url: 24,
  client: 22,
  command: 20,
  hassh: 18,
  asn: 16,
  country: 16,
  username: 14,
  address: 12,
  password: 8,
};

export function returns(context: Context): Trials {
  const { store, range, beginning } = context;
  if (beginning === undefined || beginning > range.from - (ABSENT + REGULAR) * DAY) return { claims: [], tests: 0 };
  const away = { from: range.from - ABSENT * DAY, to: range.from };
  let tests = 0;
  const claims = (Object.keys(WEIGHT) as Dimension[]).flatMap((dimension): Return[] => {
    const values = store
      .top(dimension, range, LOOKED_AT)
      .filter(({ value, firstSeen }) => value !== '' && firstSeen < away.from - REGULAR * DAY);
    const meanwhile = store.daily(
      dimension,
      values.map(({ value }) => value),
      away,
    );
    const back = values.filter((_, index) => meanwhile[index]!.every((n) => n === 0)).slice(0, COUNTED);
    tests += back.length;
    return back.flatMap(({ value, count }) => returnOf(context, dimension, value, count) ?? []);
  });
  const told = claims.sort((a, b) => b.score - a.score).slice(0, TOLD);
  for (const claim of told.slice(0, 2)) claim.evidence = quote(context, claim.subject.dimension, claim.subject.value);
  return { claims: told, tests };
}

/**
 * Had it come on as many days, but on any of them with equal chance, all of them after the first would lie before the
 * absence with probability (days before / all days)^(days on which it came − 1). What had been away as long before comes
 * and goes: its return says nothing.
 */
function returnOf(
  { store, range, watch, knowledge }: Context,
  dimension: Dimension,
  value: string,
  count: number,
): Return | undefined {
  const history = store
    .history(dimension, value, { from: range.from - LOOK_BACK * DAY, to: range.from })
    .map(([day]) => parseDay(day)!);
  if (history.length < REGULAR) return undefined;
  const [first, last] = [history[0]!, history.at(-1)!];
  const ofDays = (last - first) / DAY + 1;
  // Days on which nobody watched are no absence.
  let absentDays = 0;
  for (let at = last + DAY; at < range.from; at += DAY)
    if (at < watch.window.from || watch.hours({ from: at, to: at + DAY }) > 0) absentDays++;
  const longest = Math.max(0, ...history.slice(1).map((day, index) => (day - history[index]!) / DAY - 1));
  if (absentDays < ABSENT || longest * 2 >= absentDays) return undefined;
  const p = Math.max(1e-12, ((ofDays - 1) / (ofDays - 1 + absentDays)) ** (history.length - 1));
  const rules = knowledge.about(sightingOf(dimension, value));
  return {
    kind: 'return',
    subject: { dimension, value },
    numbers: { count, at: range.from, absentDays, lastSeen: last, seenDays: history.length, ofDays },
    p,
    rules,
    evidence: [],
    score: WEIGHT[dimension]! + Math.min(10, Math.log2(absentDays)) + Math.min(6, Math.log2(count + 1)),
    reason: `came on ${history.length} of ${ofDays} days, then on none of ${absentDays}: by chance its days would lie so once in ${onceIn(p)}`,
  };
}
