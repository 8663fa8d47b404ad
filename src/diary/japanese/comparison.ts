// Japanese sentences about what changed.
import type { Change, Observations } from '../claim.ts';
import { type Block, type Inline, list, paragraph, quoted, say } from '../document.ts';
import { isFragment, type Plan, tooFew, unclaimedSwing } from '../plan.ts';
import { DIMENSIONS, type End, factor, MEASURES, number } from './words.ts';

export function changed(observations: Observations, plan: Plan, end: End): Block[] {
  const { comparison, before, hours, days } = observations;
  const earlier = days === 1 ? '前日' : '前の期間';
  if (comparison !== 'possible' || !before)
    return [
      paragraph(
        comparison === 'first days'
          ? say`これより前の記録がなく、比べるには材料が足り${end('ない', 'ません')}。`
          : say`${earlier}の記録がないため、比較は${end('できない', 'できません')}。`,
      ),
    ];
  const items = [
    ...plan.changes.map((claim) => change(claim, earlier, end)),
    ...plan.shifts.map(
      ({ subject, numbers }) =>
        say`${DIMENSIONS[subject.dimension]!} ${quoted(subject.value)}: ${earlier}の${number(numbers.before)}回から${number(numbers.now)}回へ増え${end('た', 'ました')}。`,
    ),
  ];
  const uneven =
    Math.abs(hours - before.hours) >= 2 && !isFragment(observations)
      ? [
          paragraph(
            say`観測できた時間が異なる(${hours}時間と${before.hours}時間)ため、1時間あたりの数で比べて${end('いる', 'います')}。`,
          ),
        ]
      : [];
  return items.length > 0
    ? [...uneven, list(items)]
    : [
        ...uneven,
        paragraph(
          tooFew(observations)
            ? say`どちらも件数が少なく、変化を語るには足り${end('ない', 'ません')}。`
            : unclaimedSwing(observations)
              ? say`${earlier}と数は違うが、忙しい送信元が1つあれば生じる程度の差${end('である', 'です')}。`
              : say`${earlier}と比べて、ふだんの揺れを超える変化は${end('ない', 'ありません')}。`,
        ),
      ];
}

function change({ subject, numbers }: Change, earlier: string, end: End): Inline[] {
  const usual =
    numbers.usual === undefined ? '' : `(直近${numbers.days}日の中央値は${number(Math.round(numbers.usual))})`;
  return say`${MEASURES[subject.measure]}は${factor(numbers.factor, numbers.before, end)}。${earlier}${number(numbers.before)}に対し${number(numbers.now)}${usual}。`;
}
