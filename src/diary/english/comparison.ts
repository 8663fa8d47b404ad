// English sentences about what changed.
import type { Change, Observations } from '../claim.ts';
import { type Block, type Inline, list, paragraph, quoted, say } from '../document.ts';
import { isFragment, type Plan, tooFew, unclaimedSwing } from '../plan.ts';
import { capital, count, DIMENSIONS, factorWords, measureName } from './words.ts';

export function changed(observations: Observations, plan: Plan): Block[] {
  const { comparison, before, hours, days } = observations;
  const earlier = days === 1 ? 'day before' : 'period before';
  if (comparison !== 'possible' || !before)
    return [
      paragraph(
        comparison === 'first days'
          ? say`Not enough data: nothing earlier is on record to compare with.`
          : say`Nothing was recorded on the ${earlier}, so there is nothing to compare with.`,
      ),
    ];
  const items = [
    ...plan.changes.map((claim) => change(claim, earlier)),
    ...plan.shifts.map(
      ({ subject, numbers }) =>
        say`${capital(DIMENSIONS[subject.dimension]![0])} ${quoted(subject.value)}: ${count(numbers.now, 'time')}, ${numbers.before === 0 ? 'none' : numbers.before.toLocaleString('en-US')} on the ${earlier}.`,
    ),
  ];
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

function change({ subject, numbers }: Change, earlier: string): Inline[] {
  const usual =
    numbers.usual === undefined
      ? ''
      : `; the median of ${numbers.days} days before is ${Math.round(numbers.usual).toLocaleString('en-US')}`;
  return say`${measureName(subject.measure)} ${factorWords(numbers.factor, numbers.before)}: ${numbers.now} against ${numbers.before} on the ${earlier}${usual}.`;
}
