// Japanese sentences about what changed.
import type { Change, Extreme, Observations, Return, Surge } from '../claim.ts';
import { type Block, type Inline, list, paragraph, quoted, say } from '../document.ts';
import { isFragment, type Plan, tooFew, unclaimedSwing } from '../plan.ts';
import { DIMENSIONS, date, type End, earlierWords, factor, MEASURES, number, valueInline, when } from './words.ts';

export function changed(observations: Observations, plan: Plan, end: End): Block[] {
  const { comparison, before, hours, days } = observations;
  const earlier = earlierWords(observations);
  const items = [
    ...plan.changes.map((claim) => change(claim, earlier, end)),
    ...plan.surges.map((claim) => surge(claim, days, end)),
    ...plan.returns.map((claim) => returned(claim, end)),
    ...plan.shifts.map((claim) => change(claim, earlier, end)),
    ...plan.records.map((claim) => recordSession(claim, days, end)),
  ];
  if (comparison !== 'possible' || !before) {
    // What is usual may be known all the same, from the days before that.
    if (items.length > 0) return [list(items)];
    return [
      paragraph(
        comparison === 'first days'
          ? say`これより前の記録がなく、比べるには材料が足り${end('ない', 'ません')}。`
          : say`${earlier}の記録がないため、比較は${end('できない', 'できません')}。`,
      ),
    ];
  }
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
  const name =
    'measure' in subject
      ? [MEASURES[subject.measure]]
      : subject.dimension === 'country'
        ? say`${valueInline(subject)}からの接続`
        : say`${DIMENSIONS[subject.dimension]!}${valueInline(subject)}`;
  if (numbers.days === 0)
    return say`${name}は${factor(numbers.factor, numbers.before, end)}。${earlier}${number(numbers.before)}に対し${number(numbers.now)}。`;
  const was = numbers.hoursBefore === 0 ? '記録なし' : number(numbers.before);
  if (numbers.now === 0)
    return say`${name}は一度も来${end('なかった', 'ませんでした')}。ふだん(直近${numbers.days}日)なら${number(Math.round(numbers.expected))}ほどで、${earlier}は${was}${end('だった', 'でした')}。`;
  return say`${name}はふだんと比べて${factor(numbers.factor, numbers.expected, end)}。ふだん(直近${numbers.days}日)の${number(Math.round(numbers.expected))}に対し${number(numbers.now)}、${earlier}は${was}。`;
}

function surge({ subject, numbers }: Surge, days: number, end: End): Inline[] {
  const what = subject.measure === 'sessions' ? 'セッション' : 'ログイン試行';
  return say`${when(numbers.from, days)}から${when(numbers.to, days)}に${what}が集中${end('した', 'しました')}。${numbers.weeks > 0 ? 'いつもの同じ曜日' : 'ふだん'}のこの時間帯なら${number(Math.round(numbers.expected))}件ほどのところ、${number(numbers.now)}件来${end('た', 'ました')}。`;
}

function returned({ subject, numbers }: Return, end: End): Inline[] {
  return say`${DIMENSIONS[subject.dimension]!}${valueInline(subject)}が${numbers.absentDays}日ぶりに戻って${end('きた', 'きました')}(${number(numbers.count)}回)。${date(numbers.lastSeen)}までは${numbers.ofDays}日のうち${numbers.seenDays}日に来て${end('いた', 'いました')}。`;
}

function recordSession({ kind, subject, numbers }: Extreme, days: number, end: End): Inline[] {
  const who = subject.username === undefined ? '' : say`(${quoted(subject.username)})`;
  const among = numbers.among === undefined ? 'これまで' : `直近${number(numbers.among)}セッション`;
  return kind === 'longest session'
    ? say`${when(numbers.at, days)}からのセッション${who}は${length(numbers.seconds)}続き、${among}で最も長${end('い', 'いものでした')}。`
    : say`${when(numbers.at, days)}からのセッション${who}では${numbers.commands}行が打たれ、${among}で最も多${end('い', 'いものでした')}。`;
}

const length = (seconds: number): string =>
  seconds < 120
    ? `${seconds}秒`
    : seconds < 7200
      ? `${Math.round(seconds / 60)}分`
      : `${Math.round(seconds / 3600)}時間`;
