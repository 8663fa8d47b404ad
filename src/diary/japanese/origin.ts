// Japanese sentences about where sessions came from, and the words on an entry's pictures.
import type { Observations } from '../claim.ts';
import { type Block, paragraph, say } from '../document.ts';
import { type FigureWords, mapOf } from '../figure.ts';
import { LEADING } from '../plan.ts';
import { visible } from '../visible.ts';
import { nameOf } from './places.ts';
import { type End, monthDay, number, percent } from './words.ts';

/** 6つ、12。 */
const some = (count: number): string => (count < 10 ? `${count}つ` : number(count));

export const figureWords: FigureWords = {
  map: {
    title: '接続元の国・地域',
    description: (places) =>
      `世界地図。国・地域ごとの円の面積がセッション数を表す。多い順に${places
        .slice(0, 5)
        .map(({ name, count }) => `${name}${number(count)}`)
        .join('、')}${places.length > 5 ? `、ほか${places.length - 5}か国・地域` : ''}。`,
  },
  rhythm: {
    title: (measure, unit) =>
      `${unit === 'hour' ? '時間' : '日'}ごとの${measure === 'sessions' ? 'セッション数' : 'ログイン試行'}(UTC)`,
    description: (busiest, quietest) =>
      busiest.value === quietest.value
        ? `どこも${number(busiest.value)}で変わらない。`
        : quietest.value === 0
          ? `最多は${busiest.label}の${number(busiest.value)}。`
          : `最多は${busiest.label}の${number(busiest.value)}、最少は${quietest.label}の${number(quietest.value)}。`,
  },
  countryName: nameOf,
  dayName: monthDay,
};

export function origin(observations: Observations, end: End): Block[] {
  const { totals, origins } = observations;
  const { countries, networks, located } = origins;
  const [first, ...others] = countries;
  if (!first) return [];
  const all = located >= totals.sessions;
  const share = first.count / located;
  const more = others.slice(0, 3).map(({ value, count }) => `${nameOf(value)}(${number(count)})`);
  const which = all ? '' : '接続元の分かる';
  const lead =
    others.length === 0
      ? located === 1
        ? `${which}1セッションは${nameOf(first.value)}から${end('のものである', 'のものです')}`
        : `${which}${number(located)}セッションはすべて${nameOf(first.value)}から${end('来ている', '来ています')}`
      : share >= LEADING
        ? `接続の${percent(share)}は${nameOf(first.value)}からで、${more.join('、')}が${end('続く', '続きます')}${others.length > 3 ? `。全部で${some(countries.length)}の国と地域に${end('わたる', 'わたります')}` : ''}`
        : others.length <= 3
          ? `接続元は${[`${nameOf(first.value)}(${number(first.count)})`, ...more].join('、')}${end('である', 'です')}`
          : share * countries.length < 1.5
            ? `接続元は${some(countries.length)}の国と地域にほぼ均等に散って${end('いる', 'います')}。多いのは${[`${nameOf(first.value)}(${number(first.count)})`, ...more].join('、')}${end('である', 'です')}`
            : `接続元は${some(countries.length)}の国と地域。最も多いのは${nameOf(first.value)}の${number(first.count)}セッションで、${more.join('、')}が${end('続く', '続きます')}`;
  const unknown =
    totals.sessions - located >= totals.sessions * 0.05 && !all
      ? `${number(totals.sessions - located)}セッションは接続元が${end('分からない', '分かりません')}。`
      : '';
  const network = networks[0];
  const one =
    network && others.length > 0 && network.count >= 10 && network.count / located >= LEADING / 2
      ? `${network.value}${network.name ? `(${visible(network.name)})` : ''}という1つのネットワークだけで、その${percent(network.count / located)}を占めて${end('いる', 'います')}。`
      : '';
  const picture = mapOf(observations, figureWords);
  return [
    paragraph(say`${lead}。${unknown}${one}`),
    ...(picture ? [{ kind: 'figure', drawing: picture } satisfies Block] : []),
  ];
}
