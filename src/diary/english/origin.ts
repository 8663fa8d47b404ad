// English sentences about where sessions came from, and the words on an entry's pictures.
import type { Observations } from '../claim.ts';
import { type Block, paragraph, say } from '../document.ts';
import { type FigureWords, mapOf } from '../figure.ts';
import { LEADING } from '../plan.ts';
import { visible } from '../visible.ts';
import { inSentence, nameOf } from './places.ts';
import { capital, count, dayMonth, joinedWords, percent } from './words.ts';

export const figureWords: FigureWords = {
  map: {
    title: 'Where the sessions came from',
    description: (places) =>
      `A map of the world with a disc for each country, its area by sessions: ${joinedWords(places.slice(0, 5).map(({ name, count: n }) => `${name} ${n.toLocaleString('en-US')}`))}${places.length > 5 ? `, and ${places.length - 5} more` : ''}.`,
  },
  rhythm: {
    title: (measure, unit) => `${measure === 'sessions' ? 'Sessions' : 'Login attempts'} by the ${unit} (UTC)`,
    description: (busiest, quietest) =>
      busiest.value === quietest.value
        ? `An even ${busiest.value.toLocaleString('en-US')} throughout.`
        : quietest.value === 0
          ? `The most at ${busiest.label} (${busiest.value.toLocaleString('en-US')}).`
          : `The most at ${busiest.label} (${busiest.value.toLocaleString('en-US')}), the fewest at ${quietest.label} (${quietest.value.toLocaleString('en-US')}).`,
  },
  countryName: nameOf,
  dayName: dayMonth,
};

export function origin(observations: Observations): Block[] {
  const { totals, origins } = observations;
  const { countries, networks, located } = origins;
  const [first, ...others] = countries;
  if (!first) return [];
  const all = located >= totals.sessions;
  const share = first.count / located;
  const more = others.slice(0, 3).map(({ value, count: n }) => `${inSentence(value)} (${n.toLocaleString('en-US')})`);
  const lead =
    others.length === 0
      ? located === 1
        ? `The one session${all ? '' : ' whose origin is known'} came from ${inSentence(first.value)}`
        : `All ${located.toLocaleString('en-US')} sessions${all ? '' : ' whose origin is known'} came from ${inSentence(first.value)}`
      : share >= LEADING
        ? `${percent(share)} of the sessions came from ${inSentence(first.value)}, followed by ${joinedWords(more)}${others.length > 3 ? `; ${countries.length} countries in all` : ''}`
        : others.length <= 3 || share * countries.length < 1.5
          ? `The sessions came from ${others.length > 3 ? `${countries.length} countries, no one of them far ahead: ` : ''}${joinedWords([`${inSentence(first.value)} (${first.count.toLocaleString('en-US')})`, ...more])}${others.length > 3 ? ' lead' : ''}`
          : `The sessions came from ${count(countries.length, 'country', 'countries')}, the most from ${inSentence(first.value)} (${first.count.toLocaleString('en-US')}), followed by ${joinedWords(more)}`;
  const unknown =
    totals.sessions - located >= totals.sessions * 0.05 && !all
      ? ` Of ${count(totals.sessions - located, 'session')} the origin is not known.`
      : '';
  const network = networks[0];
  const one =
    network && others.length > 0 && network.count >= 10 && network.count / located >= LEADING / 2
      ? ` One network alone, ${network.value}${network.name ? ` (${visible(network.name)})` : ''}, made ${percent(network.count / located)} of them.`
      : '';
  const picture = mapOf(observations, figureWords);
  return [
    paragraph(say`${capital(lead)}.${unknown}${one}`),
    ...(picture ? [{ kind: 'figure', drawing: picture } satisfies Block] : []),
  ];
}
