// English sentences about what changed.
import type { Change, Extreme, Observations, Return, Surge } from '../claim.ts';
import { type Block, type Inline, list, paragraph, quoted, say } from '../document.ts';
import { isFragment, type Plan, tooFew, unclaimedSwing } from '../plan.ts';
import {
  capital,
  count,
  DIMENSIONS,
  date,
  earlierWords,
  factorWords,
  measureName,
  valueInline,
  when,
} from './words.ts';

export function changed(observations: Observations, plan: Plan): Block[] {
  const { comparison, before, hours, days } = observations;
  const earlier = earlierWords(observations);
  const items = [
    ...plan.changes.map((claim) => change(claim, earlier)),
    ...plan.surges.map((claim) => surge(claim, days)),
    ...plan.returns.map(returned),
    ...plan.shifts.map((claim) => change(claim, earlier)),
    ...plan.records.map((claim) => recordSession(claim, days)),
  ];
  if (comparison !== 'possible' || !before) {
    // What is usual may be known all the same, from the days before that.
    if (items.length > 0) return [list(items)];
    return [
      paragraph(
        comparison === 'first days'
          ? say`Not enough data: nothing earlier is on record to compare with.`
          : say`Nothing was recorded ${during(earlier)}, so there is nothing to compare with.`,
      ),
    ];
  }
  const uneven =
    Math.abs(hours - before.hours) >= 2 && !isFragment(observations)
      ? [
          paragraph(
            say`The two were not watched for equally long (${hours} and ${before.hours} hours), so rates per hour are compared.`,
          ),
        ]
      : [];
  return items.length > 0
    ? [...uneven, list(items)]
    : [
        ...uneven,
        paragraph(
          tooFew(observations)
            ? say`Too few events on both to speak of a change.`
            : unclaimedSwing(observations)
              ? say`The totals differ from the ${earlier}, but by no more than a single busy source can make them differ.`
              : say`Nothing beyond the usual ups and downs against the ${earlier}.`,
        ),
      ];
}

const during = (earlier: string): string => `${earlier.startsWith('day ') ? 'on' : 'in'} the ${earlier}`;

function change({ subject, numbers }: Change, earlier: string): Inline[] {
  const name =
    'measure' in subject
      ? [measureName(subject.measure)]
      : subject.dimension === 'country'
        ? say`Sessions from ${valueInline(subject)}`
        : say`${capital(DIMENSIONS[subject.dimension]![0])} ${valueInline(subject)}`;
  const before =
    numbers.hoursBefore === 0
      ? 'nothing on record'
      : numbers.before === 0
        ? 'none'
        : numbers.before.toLocaleString('en-US');
  if (numbers.days === 0 && numbers.now === 0) return say`${name}: none, against ${before} ${during(earlier)}.`;
  if (numbers.days === 0)
    return say`${name} ${factorWords(numbers.factor, numbers.before)}: ${numbers.now} against ${before} ${during(earlier)}.`;
  if (numbers.now === 0)
    return say`${name} did not come at all, where ${Math.round(numbers.expected)} are usual (from ${numbers.days} days before; ${before} ${during(earlier)}).`;
  const usual = Math.round(numbers.expected).toLocaleString('en-US');
  return say`${name} ${factorWords(numbers.factor, numbers.expected)}: ${numbers.now}, where ${usual} are usual (from ${numbers.days} days before; ${before} ${during(earlier)}).`;
}

function surge({ subject, numbers }: Surge, days: number): Inline[] {
  const what = subject.measure === 'sessions' ? 'sessions' : 'login attempts';
  return say`From ${when(numbers.from, days)} to ${when(numbers.to, days)} came ${numbers.now.toLocaleString('en-US')} ${what}, where ${Math.round(numbers.expected).toLocaleString('en-US')} are usual at this time of the ${numbers.weeks > 0 ? 'week' : 'day'}.`;
}

function returned({ subject, numbers }: Return): Inline[] {
  return say`${capital(DIMENSIONS[subject.dimension]![0])} ${valueInline(subject)} is back after ${count(numbers.absentDays, 'day')}, ${numbers.count === 1 ? 'once' : `${numbers.count.toLocaleString('en-US')} times`}. It had come on ${numbers.seenDays} of ${numbers.ofDays} days up to ${date(numbers.lastSeen)}.`;
}

function recordSession({ kind, subject, numbers }: Extreme, days: number): Inline[] {
  const who = subject.username === undefined ? '' : say` as ${quoted(subject.username)}`;
  const among = numbers.among === undefined ? 'on record' : `of the last ${numbers.among.toLocaleString('en-US')}`;
  return kind === 'longest session'
    ? say`The longest session ${among}: ${length(numbers.seconds)}, from ${when(numbers.at, days)} on${who}.`
    : say`The session with most commands ${among}: ${numbers.commands}, from ${when(numbers.at, days)} on${who}.`;
}

const length = (seconds: number): string =>
  seconds < 120
    ? count(seconds, 'second')
    : seconds < 7200
      ? count(Math.round(seconds / 60), 'minute')
      : count(Math.round(seconds / 3600), 'hour');
