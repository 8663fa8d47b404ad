// English sentences about what was tried: new values, targets, series of guesses.
import type { FirstSeen, Novelty, Observations, Target } from '../claim.ts';
import { clock } from '../day.ts';
import { type Block, type Inline, joined, list, paragraph, quoted, SHOWN, say, strong } from '../document.ts';
import { informative, type Plan, tellingOf, wordOn } from '../plan.ts';
import {
  and,
  capital,
  count,
  DIMENSIONS,
  date,
  dayMonth,
  EMPTY,
  inEarlier,
  joinedWords,
  pace,
  pair,
  sentence,
  valueInline,
} from './words.ts';

export function novelty({ historyDays, beginning, firstNames }: Observations, plan: Plan): Block[] {
  const blocks: Block[] = [];
  if (firstNames.length > 0 && beginning !== undefined) {
    blocks.push(
      paragraph(
        say`The record begins on ${date(beginning)}. The first login attempts came as ${and(firstNames.map((name) => [quoted(name || EMPTY)]))}; on that day everything is new, so only what came later is called new here.`,
      ),
    );
  } else if (historyDays > 0 && historyDays < 7 && plan.novelties.length > 0) {
    blocks.push(
      paragraph(
        say`New means: not seen in the ${count(historyDays, 'day')} on record before. That is a short memory, so take it with care.`,
      ),
    );
  }
  if (plan.novelties.length > 0)
    blocks.push(list(plan.novelties.map(({ novelty: claim, told }) => newValues(claim, told))));
  return blocks;
}

function newValues({ subject, numbers }: Novelty, told: FirstSeen[]): Inline[] {
  const [one, many] = DIMENSIONS[subject.dimension]!;
  // Hashes are told under Files, with what is known of them.
  if (subject.dimension === 'hash')
    return say`${capital(count(numbers.fresh, `new ${one}`, `new ${many}`))}, see below.`;
  const shown = told.slice(0, subject.dimension === 'hassh' ? 2 : 6);
  const rest = numbers.fresh - shown.length;
  const number = numbers.atLeast
    ? `At least ${numbers.fresh.toLocaleString('en-US')} new ${many}`
    : capital(`${count(numbers.fresh, `new ${one}`, `new ${many}`)}`);
  const noted = new Set<string>();
  const values = shown.map((claim) => {
    // What is the same for several is said once.
    const note = claim.rules.map((rule) => wordOn(rule, 'en')).find((text) => !noted.has(text));
    if (note !== undefined) noted.add(note);
    return firstSeen(claim, note);
  });
  return say`${number}${rest > 0 ? ', among them ' : ': '}${and(values)}.`;
}

function firstSeen({ subject, numbers }: FirstSeen, about: string | undefined): Inline[] {
  const times =
    numbers.count >= 10
      ? `${numbers.count.toLocaleString('en-US')} ${subject.dimension === 'country' || subject.dimension === 'asn' ? 'sessions' : 'times'}`
      : '';
  const note = [about, times].filter((text) => text).join('; ');
  const value = valueInline(subject, SHOWN[subject.dimension]);
  return note ? say`${value} (${note})` : [value];
}

export function targets({ targets: claims, groups, inPassing }: Plan, observations: Observations): Block[] {
  const items = [...claims.map((claim) => target(claim, observations)), ...groups.map(group)];
  if (inPassing.length > 0) {
    const names = inPassing.slice(0, 6).map(
      ({ subject, credentials }) =>
        say`${subject.rule.name.en} (${and(
          credentials
            .slice(0, 2)
            .map(({ username }) => [quoted(username || EMPTY)])
            .filter(unique),
        )})`,
    );
    items.push(say`In passing, in longer lists or as single guesses: ${and(names)}.`);
  }
  return items.length > 0 ? [list(items)] : [];
}

/** Devices told together: what they are, how often, and a few credentials. */
function group({ group: { name, note }, targets: claims }: Plan['groups'][number]): Inline[] {
  const attempts = claims.reduce((sum, { numbers }) => sum + numbers.attempts, 0);
  const devices = claims
    .slice(0, 6)
    .map(
      ({ subject, credentials: [first] }) =>
        say`${subject.rule.name.en} (${quoted(pair(first!.username, first!.password))})`,
    );
  const isNew = claims.every((claim) => claim.isNew) ? ' This is the first time.' : '';
  return say`${strong(capital(name.en))}: ${count(attempts, 'attempt')} ${note.en}: ${and(claims.length > 6 ? [...devices, ['others']] : devices)}.${isNew}`;
}

const unique = (inlines: Inline[], index: number, all: Inline[][]): boolean =>
  all.findIndex((other) => JSON.stringify(other) === JSON.stringify(inlines)) === index;

function target(claim: Target, observations: Observations): Inline[] {
  const { subject, numbers, credentials, clients, isNew } = claim;
  const shown = credentials.slice(0, 4);
  const pairs = shown.map((credential): Inline[] => {
    const telling = tellingOf(claim, credential);
    const why = telling === undefined ? '' : ` (${telling === 'default' ? 'the default' : telling.note.en})`;
    return say`${quoted(pair(credential.username, credential.password))}${why}`;
  });
  const earlier = inEarlier(observations);
  const change = isNew
    ? ' This is the first time.'
    : numbers.before === undefined
      ? ''
      : numbers.before === 0
        ? ` There were none ${earlier}.`
        : ` ${capital(earlier)}: ${numbers.before.toLocaleString('en-US')}.`;
  const more = credentials.length > shown.length;
  const note = informative(claim, 'en');
  const client = clients[0];
  return say`${strong(capital(subject.rule.name.en))}: ${count(numbers.attempts, 'attempt')} with ${more ? joined([...pairs, ['others']], ', ', ' and ') : and(pairs)}${note ? `: ${note}` : ''}.${change}${
    client ? say` The client calls itself ${quoted(client)}: the attacker is probably such a device itself.` : ''
  }`;
}

export function bruteForce({ bursts, trend }: Plan): Block[] {
  const blocks: Block[] = [];
  if (trend) {
    const { early, late, middle } = trend.numbers;
    const rising = trend.subject.direction === 'rise';
    blocks.push(
      paragraph(
        say`Login attempts are ${rising ? 'rising' : 'falling'}: ${count(late, 'attempt')} from ${dayMonth(middle)} on, after ${early.toLocaleString('en-US')} in the days before.${
          trend.carriedBy
            ? say` ${trend.carriedBy.count === late ? 'All' : trend.carriedBy.count.toLocaleString('en-US')} of them went against ${quoted(trend.carriedBy.username)}.`
            : ''
        }`,
      ),
    );
  }
  if (bursts.length > 0) blocks.push(list(bursts.map(burst)));
  return blocks;
}

function burst(claim: Plan['bursts'][number]): Inline[] {
  const { numbers, subject, telling, passwords } = claim;
  const who =
    subject.username !== undefined
      ? say`against ${quoted(subject.username)}`
      : say`against ${count(numbers.usernames, 'name')}`;
  const from = subject.address === undefined ? '' : say` from ${quoted(subject.address)}`;
  const day = `${dayMonth(numbers.from)}, ${clock(numbers.from)} to ${clock(numbers.to)} UTC`;
  const others = claim.again.map(({ numbers: { from: at } }) => clock(at).slice(0, 5));
  const again = others.length === 0 ? '' : ` The same list came again at ${joinedWords(others)}.`;
  const words =
    numbers.passwords < 5
      ? ''
      : numbers.defaults * 2 >= numbers.passwords
        ? say` It is a list of vendor defaults: ${numbers.defaults === numbers.passwords ? `all ${numbers.passwords}` : `${numbers.defaults} of the ${numbers.passwords}`} passwords are such${
            telling.length > 0
              ? say`, among them ${and(telling.slice(0, 3).map(({ password, rule }) => say`${quoted(password)} (${rule.name.en})`))}`
              : ''
          }.`
        : numbers.derived * 3 >= numbers.attempts * 2
          ? say` The passwords are the names themselves, or the names with something added (${joined(
              passwords.slice(0, 3).map((password) => [quoted(password)]),
              ', ',
            )} …).`
          : say` The list begins ${and(passwords.slice(0, 4).map((password) => [quoted(password)]))}.`;
  return say`${sentence(say`${count(numbers.attempts, 'attempt')} ${who}${from}, ${pace(claim)} (${day}).`)}${words}${again}`;
}
