// The English writer: an analyst's entry. Short sentences, numbers before adjectives, nothing that the claims do not bear.
import type { Observations } from '../claim.ts';
import { DAY } from '../day.ts';
import { type Block, type Entry, type Inline, list, paragraph, quoted, say, section } from '../document.ts';
import { evidenceLine } from '../evidence.ts';
import { rhythmOf } from '../figure.ts';
import { isFragment, type Plan, planOf, valueText } from '../plan.ts';
import { type TableWords, tables } from '../tables.ts';
import { bruteForce, novelty, targets } from './attempts.ts';
import { changed } from './comparison.ts';
import { headline, summary } from './headline.ts';
import { figureWords, origin } from './origin.ts';
import { curiosity, files, inside } from './visits.ts';
import { capital, count, DIMENSIONS, date, dayMonth, pair, percent, times, weekday, when } from './words.ts';

/** The entry of a period. */
export function writeEnglish(observations: Observations): Entry {
  const plan = planOf(observations);
  const title = `Honeypot diary: ${period(observations)}`;
  if (observations.totals.events === 0) {
    return { title, blocks: [paragraph(say`Nothing was recorded.`)] };
  }
  return {
    title,
    blocks: [
      { kind: 'lead', inlines: headline(observations, plan) },
      paragraph(summary(observations)),
      ...rhythm(observations),
      ...section('What is new', novelty(observations, plan)),
      ...section('Targets and campaigns', targets(plan, observations.days)),
      ...section('Brute force', bruteForce(plan)),
      ...section(
        observations.days === 1 ? 'What changed since the day before' : 'What changed since the period before',
        changed(observations, plan),
      ),
      ...section('Where from', origin(observations)),
      ...section('Those who got in', inside(observations, plan)),
      ...section('Files', files(plan)),
      ...section('A curiosity', plan.curiosity ? [paragraph(curiosity(plan.curiosity))] : []),
      ...section('In numbers', tables(observations, words(observations.days))),
      ...section('Evidence', evidence(plan)),
      ...environment(observations, plan),
    ],
  };
}

function rhythm(observations: Observations): Block[] {
  const drawing = rhythmOf(observations, figureWords);
  return drawing ? [{ kind: 'figure', drawing }] : [];
}

function period({ range, days }: Observations): string {
  const last = range.to - DAY;
  if (days === 1) return `${weekday(range.from)}, ${date(range.from)}`;
  const [from, to] = [new Date(range.from), new Date(last)];
  if (from.getUTCFullYear() !== to.getUTCFullYear()) return `${date(range.from)} to ${date(last)}`;
  return `${from.getUTCMonth() === to.getUTCMonth() ? from.getUTCDate() : dayMonth(range.from)} to ${date(last)}`;
}

function evidence({ excerpts }: Plan): Block[] {
  return excerpts.map(({ claim, events }) => ({
    kind: 'excerpt',
    caption: caption(claim),
    lines: events.map(evidenceLine),
  }));
}

function caption(claim: Plan['excerpts'][number]['claim']): Inline[] {
  switch (claim.kind) {
    case 'target':
      return say`${capital(claim.subject.rule.name.en)}:`;
    case 'burst':
      return claim.subject.username === undefined
        ? say`A series of guesses:`
        : say`The series against ${quoted(claim.subject.username)}:`;
    case 'first seen':
      return say`New ${DIMENSIONS[claim.subject.dimension]![0]} ${quoted(valueText(claim.subject))}:`;
    case 'behaviour':
      return say`${capital((claim.rules[0] ?? { name: { en: 'a visit' } }).name.en)}:`;
    case 'curiosity':
      return say`The curiosity:`;
  }
}

function environment(observations: Observations, plan: Plan): Block[] {
  const {
    totals,
    environment: { sensors, restarts, approximate },
    beginning,
    hours,
    heard,
    range,
    days,
  } = observations;
  const watched = isFragment(observations)
    ? `Records of ${count(heard, 'hour')} in ${days * 24}`
    : `${capital(count(hours, 'hour'))} of observation of ${days * 24}`;
  const items: Inline[][] = [
    say`${sensors.length > 0 ? `${capital(count(sensors.length, 'sensor'))}. ` : ''}${watched}, all times UTC.${
      beginning !== undefined && beginning < range.from ? ` On record since ${date(beginning)}.` : ''
    }`,
  ];
  for (const { numbers } of plan.gaps)
    items.push(
      say`Silent from ${when(numbers.from, days)} to ${when(numbers.to, days)}: about ${numbers.expected} sessions were to be expected in these ${numbers.hours} hours, so the sensor or its network was probably away, or the log of that time is missing.`,
    );
  if (restarts > 0) items.push(say`The sensor or the observer was restarted ${times(restarts)}.`);
  if (approximate) items.push(say`Some lines carry no time; they stand under the day they were noted for.`);
  if (observations.origins.stale && observations.origins.countries.length > 0)
    items.push(say`Countries are those of today's address registers; some addresses were elsewhere then.`);
  if (totals.events > 0)
    items.push(
      say`${observations.addresses === undefined && totals.sessions > 0 ? 'The log came with masked addresses, so sources cannot be counted' : 'Addresses are masked'}; links are broken on purpose.`,
    );
  return [{ kind: 'heading', text: 'Environment' }, list(items)];
}

const words = (days: number): TableWords => ({
  totals: {
    sessions: 'Sessions',
    addresses: 'Addresses',
    attempts: 'Login attempts',
    succeeded: '… succeeded',
    commands: 'Commands',
    files: 'Files',
  },
  now: days === 1 ? 'This day' : 'This period',
  before: days === 1 ? 'Day before' : 'Period before',
  change: 'Change',
  day: 'Day',
  count: 'Count',
  tops: {
    username: 'User name',
    password: 'Password',
    pair: 'Pair',
    command: 'Command',
    client: 'Client',
    address: 'Address',
  },
  country: 'Country',
  network: 'Network',
  countryName: figureWords.countryName,
  technique: 'MITRE ATT&CK technique',
  lines: 'Lines',
  techniqueName: ({ en }) => en,
  isNew: ' (new)',
  dayName: dayMonth,
  pair,
  percent,
});
