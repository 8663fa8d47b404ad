// The English writer: an analyst's entry. Short sentences, numbers before adjectives, nothing that the claims do not bear.
import type { Range } from '../../observatory/store.ts';
import type { Observations } from '../claim.ts';
import { clock, DAY, isoDay } from '../day.ts';
import { type Block, type Entry, type Inline, list, paragraph, quoted, say, section } from '../document.ts';
import { evidenceLine } from '../evidence.ts';
import { rhythmOf } from '../figure.ts';
import { keyOfRange } from '../keys.ts';
import { earlierOf, isFragment, type Plan, planOf, valueText } from '../plan.ts';
import { type TableWords, tables } from '../tables.ts';
import { bruteForce, novelty, targets } from './attempts.ts';
import { campaigns } from './campaigns.ts';
import { changed } from './comparison.ts';
import { headline, summary } from './headline.ts';
import { figureWords, origin } from './origin.ts';
import { curiosity, files, inside } from './visits.ts';
import {
  capital,
  count,
  DIMENSIONS,
  date,
  dayMonth,
  earlierWords,
  pair,
  percent,
  times,
  weekday,
  when,
} from './words.ts';

/** The entry of a period. `remarks`: the operator's own, told first. */
export function writeEnglish(observations: Observations, remarks: Block[] = []): Entry {
  const plan = planOf(observations);
  const title = `Honeypot diary: ${period(observations)}`;
  if (observations.totals.events === 0) {
    return { title, blocks: [paragraph(say`Nothing was recorded.`), ...section('Remarks', remarks)] };
  }
  return {
    title,
    blocks: [
      { kind: 'lead', inlines: headline(observations, plan) },
      paragraph(summary(observations)),
      ...rhythm(observations),
      ...section('Remarks', remarks),
      ...section('What is new', novelty(observations, plan)),
      ...section('Targets and campaigns', targets(plan, observations)),
      ...section('Sessions that belong together', campaigns(plan)),
      ...section('Brute force', bruteForce(plan)),
      ...section(`What changed since the ${earlierWords(observations)}`, changed(observations, plan)),
      ...section('Where from', origin(observations)),
      ...section('Those who got in', inside(observations, plan)),
      ...section('Files', files(plan)),
      ...section('A curiosity', plan.curiosity ? [paragraph(curiosity(plan.curiosity))] : []),
      ...section('In numbers', tables(observations, words(observations))),
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
  if (range.from % DAY !== 0 || range.to % DAY !== 0) {
    const same = isoDay(range.from) === isoDay(range.to);
    return `${date(range.from)}, ${clock(range.from).slice(0, 5)} to ${same ? '' : `${date(range.to)}, `}${clock(range.to).slice(0, 5)} UTC`;
  }
  const key = keyOfRange(range) ?? '';
  if (/^\d{4}-\d{2}$/.test(key)) return MONTH.format(range.from);
  const week = /W0?(\d+)$/.exec(key)?.[1];
  return week === undefined ? calendar(range, days) : `week ${week}, ${calendar(range, days)}`;
}

const MONTH = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' });

function calendar(range: Range, days: number): string {
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
    case 'hand-off':
      return say`Found and used:`;
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
    span,
    days,
  } = observations;
  const watched = isFragment(observations)
    ? `Records of ${count(heard, 'hour')} in ${span}`
    : hours >= span
      ? `Watched for all ${span} hours`
      : `Watched for ${count(hours, 'hour')} of ${span}`;
  const items: Inline[][] = [
    say`${sensors.length > 0 ? `${capital(count(sensors.length, 'sensor'))}. ` : ''}${watched}, all times UTC.${
      beginning !== undefined && beginning < range.from ? ` On record since ${date(beginning)}.` : ''
    }`,
  ];
  // One that leaves the day is told with its dates.
  const within = plan.gaps.every(({ numbers }) => numbers.from >= range.from && numbers.to < range.to);
  const gapDays = within ? days : 2;
  for (const { numbers, subject } of plan.gaps)
    items.push(
      say`${subject.sensor === undefined ? 'Silent' : 'One sensor, heard before, was silent'} from ${when(numbers.from, gapDays)} to ${when(numbers.to, gapDays)}: about ${numbers.expected} sessions were to be expected in these ${numbers.hours} hours, so the sensor or its network was probably away, or the log of that time is missing.`,
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

const words = (observations: Observations): TableWords => ({
  totals: {
    sessions: 'Sessions',
    addresses: 'Addresses',
    attempts: 'Login attempts',
    succeeded: '… succeeded',
    commands: 'Commands',
    files: 'Files',
  },
  now: observations.days === 1 ? 'This day' : earlierOf(observations) === 'week' ? 'This week' : 'This period',
  before: capital(earlierWords(observations)),
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
