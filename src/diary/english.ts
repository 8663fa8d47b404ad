// The English writer: an analyst's entry. Short sentences, numbers before adjectives, nothing that the claims do not bear.
import type {
  Behaviour,
  Burst,
  Change,
  Claim,
  Curiosity,
  Download,
  FirstSeen,
  Measure,
  Novelty,
  Observations,
  Target,
  TopDimension,
  TopRow,
  Trend,
} from './claim.ts';
import { loginAttempts } from './context.ts';
import { clock, DAY } from './day.ts';
import { type Block, type Entry, type Inline, joined, quoted, say, strong } from './document.ts';
import { evidenceLine } from './evidence.ts';
import {
  informative,
  isFlat,
  isFragment,
  type Plan,
  planOf,
  tellingOf,
  tooFew,
  unclaimedSwing,
  wordOn,
} from './plan.ts';

/** The entry of a period. */
export function writeEnglish(observations: Observations): Entry {
  const plan = planOf(observations);
  const title = `Honeypot diary: ${period(observations)}`;
  if (observations.totals.events === 0) {
    return { title, blocks: [paragraph(say`Nothing was recorded.`), ...environment(observations)] };
  }
  return {
    title,
    blocks: [
      { kind: 'lead', inlines: headline(observations, plan) },
      paragraph(summary(observations)),
      ...section('What is new', novelty(observations, plan)),
      ...section('Targets and campaigns', targets(plan, observations.days)),
      ...section('Brute force', bruteForce(plan)),
      ...section(
        observations.days === 1 ? 'What changed since the day before' : 'What changed since the period before',
        changed(observations, plan),
      ),
      ...section('Those who got in', inside(observations, plan)),
      ...section('Files', files(plan)),
      ...section('A curiosity', plan.curiosity ? [paragraph(curiosity(plan.curiosity))] : []),
      ...section('In numbers', numbers(observations)),
      ...section('Evidence', evidence(plan)),
      ...environment(observations, plan),
    ],
  };
}

const paragraph = (inlines: Inline[]): Block => ({ kind: 'paragraph', inlines });
const list = (items: Inline[][]): Block => ({ kind: 'list', items });
const section = (text: string, blocks: Block[]): Block[] =>
  blocks.length > 0 ? [{ kind: 'heading', text }, ...blocks] : [];
const count = (number: number, one: string, many = `${one}s`): string =>
  number === 0 ? `no ${many}` : number === 1 ? `one ${one}` : `${number.toLocaleString('en-US')} ${many}`;
const times = (number: number): string => (number === 1 ? 'once' : number === 2 ? 'twice' : count(number, 'time'));
const and = (items: Inline[][]): Inline[] => joined(items, ', ', ' and ');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const sentence = (inlines: Inline[]): Inline[] =>
  typeof inlines[0] === 'string' ? [capital(inlines[0]), ...inlines.slice(1)] : inlines;

const dayMonth = (at: number) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long' }).format(at);
const date = (at: number) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' }).format(at);
const weekday = (at: number) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long' }).format(at);

function period({ range, days }: Observations): string {
  const last = range.to - DAY;
  if (days === 1) return `${weekday(range.from)}, ${date(range.from)}`;
  const [from, to] = [new Date(range.from), new Date(last)];
  if (from.getUTCFullYear() !== to.getUTCFullYear()) return `${date(range.from)} to ${date(last)}`;
  return `${from.getUTCMonth() === to.getUTCMonth() ? from.getUTCDate() : dayMonth(range.from)} to ${date(last)}`;
}

// — Headline and summary

function headline(observations: Observations, plan: Plan): Inline[] {
  const clauses = plan.headline.map((claim) => headlineOf(claim, plan.trend));
  if (clauses.length > 0)
    return clauses.flatMap((clause, index) => [...(index > 0 ? [' '] : []), ...sentence(clause), '.']);
  const { totals, firstNames, days } = observations;
  if (firstNames.length > 0 && days === 1)
    return say`The first day on record. Login attempts came as ${and(firstNames.map((name) => [quoted(name || EMPTY)]))}.`;
  return totals.sessions === 0
    ? say`No one connected.`
    : say`${capital(sessionsFrom(observations))}, and nothing that stands out.`;
}

function headlineOf(claim: Claim, trend?: Trend): Inline[] {
  switch (claim.kind) {
    case 'target': {
      const worm = claim.credentials
        .flatMap(({ rules }) => rules)
        .find(({ target }) => target === claim.subject.rule.id);
      const name = claim.subject.rule.name.en;
      return claim.subject.rule.kind === 'campaign'
        ? say`${name} has appeared`
        : say`Attacks aimed at ${name} have begun${worm ? `, with the password of the ${worm.name.en}` : ''}`;
    }
    case 'burst': {
      const list =
        claim.numbers.defaults * 2 >= claim.numbers.passwords
          ? 'a list of vendor defaults'
          : count(claim.numbers.passwords, 'password');
      return claim.subject.username === undefined
        ? say`one address made ${claim.numbers.attempts} guesses in a row, ${pace(claim)}`
        : say`${isCarriedBy(trend, claim) ? 'brute force is rising: ' : ''}${list} was tried against ${quoted(claim.subject.username)}, ${pace(claim)}`;
    }
    case 'trend':
      return say`brute force is ${claim.subject.direction === 'rise' ? 'rising' : 'falling'}${claim.carriedBy ? say`, carried by guesses against ${quoted(claim.carriedBy.username)}` : ''}`;
    case 'change':
      return say`${measureName(claim.subject.measure)} ${factorWords(claim.numbers.factor, claim.numbers.before)}`;
    case 'behaviour': {
      const rule = claim.rules.find(({ kind }) => kind === 'campaign') ?? claim.rules[0];
      return rule
        ? say`${rule.name.en} got in, in ${count(claim.numbers.sessions, 'session')}`
        : say`${count(claim.numbers.sessions, 'session')} got in and typed ${count(claim.numbers.commands, 'line')}`;
    }
    case 'first seen':
      return claim.subject.dimension === 'hash'
        ? say`a file never seen before was left behind`
        : say`a new address to fetch files from: ${quoted(claim.subject.value)}`;
    case 'gap':
      return say`nothing was heard for ${count(claim.numbers.hours, 'hour')}`;
    case 'curiosity':
      return curiosityHeadline(claim);
    default:
      return [];
  }
}

const isCarriedBy = (trend: Trend | undefined, { subject }: Burst): boolean =>
  trend?.subject.direction === 'rise' && trend.carriedBy?.username === subject.username;

function curiosityHeadline({ subject, numbers }: Curiosity): Inline[] {
  switch (subject.what) {
    case 'rule':
      return say`${quoted(subject.value)}: ${subject.rule.name.en}`;
    case 'own kind':
      return say`among the attackers is ${subject.rule.name.en.replace(/^OpenSSH on /, '')}`;
    case 'one source':
      return say`one address made ${percent(numbers['sessions']! / numbers['all']!)} of all sessions`;
    case 'long password':
      return say`someone tried a password of ${numbers['length']} characters`;
    case 'by hand':
      return say`someone seems to have typed by hand`;
    case 'long session':
      return say`one session typed ${subject.commands} lines`;
  }
}

function summary(observations: Observations): Inline[] {
  const { totals, hours, heard, days, unfinished } = observations;
  const attempts = loginAttempts(totals);
  const succeeded = totals.loginsSucceeded === 0 ? 'none' : totals.loginsSucceeded.toLocaleString('en-US');
  const logins = `${count(attempts, 'login attempt')}${attempts > 0 ? `, of which ${succeeded} succeeded` : ''}`;
  const after =
    totals.commands + totals.downloads === 0
      ? ''
      : ` ${capital(count(totals.commands, 'command'))} typed, ${count(totals.downloads, 'file')} fetched or left behind.`;
  const observed = isFragment(observations)
    ? ` Something was recorded in ${heard} of ${days * 24} hours.`
    : hours < days * 24
      ? ` Observed: ${hours} of ${days * 24} hours.`
      : '';
  const what =
    totals.sessions === 0 && attempts > 0
      ? `${capital(logins)}, in lines of a log without their sessions`
      : `${capital(sessionsFrom(observations))}; ${logins}`;
  return say`${unfinished ? 'So far: ' : ''}${what}.${after}${observed}`;
}

const sessionsFrom = ({ totals, addresses }: Observations): string =>
  `${count(totals.sessions, 'session')}${addresses === undefined ? '' : ` from ${count(addresses, 'address', 'addresses')}`}`;

// — What is new

const DIMENSIONS: Record<string, [one: string, many: string]> = {
  username: ['user name', 'user names'],
  password: ['password', 'passwords'],
  client: ['client version', 'client versions'],
  command: ['command', 'commands'],
  hassh: ['client fingerprint (HASSH)', 'client fingerprints (HASSH)'],
  url: ['address of a file', 'addresses of files'],
  hash: ['file', 'files'],
};

function novelty({ historyDays, beginning, firstNames }: Observations, plan: Plan): Block[] {
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
  const times = numbers.count >= 10 ? `${numbers.count.toLocaleString('en-US')} times` : '';
  const note = [about, times].filter((text) => text).join('; ');
  return note ? say`${quoted(subject.value)} (${note})` : [quoted(subject.value)];
}

// — Targets

function targets({ targets: claims, groups, inPassing }: Plan, days: number): Block[] {
  const items = [...claims.map((claim) => target(claim, days)), ...groups.map(group)];
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

function target(claim: Target, days: number): Inline[] {
  const { subject, numbers, credentials, clients, isNew } = claim;
  const shown = credentials.slice(0, 4);
  const pairs = shown.map((credential): Inline[] => {
    const telling = tellingOf(claim, credential);
    const why = telling === undefined ? '' : ` (${telling === 'default' ? 'the default' : telling.note.en})`;
    return say`${quoted(pair(credential.username, credential.password))}${why}`;
  });
  const earlier = days === 1 ? 'the day before' : 'in the period before';
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

const EMPTY = '(empty)';

const pair = (username: string, password: string | undefined): string =>
  password === undefined ? username || EMPTY : `${username || EMPTY}/${password || EMPTY}`;

// — Brute force

function bruteForce({ bursts, trend }: Plan): Block[] {
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

function burst(claim: Burst): Inline[] {
  const { numbers, subject, telling, passwords } = claim;
  const who =
    subject.username !== undefined
      ? say`against ${quoted(subject.username)}`
      : say`against ${count(numbers.usernames, 'name')}`;
  const from = subject.address === undefined ? '' : say` from ${quoted(subject.address)}`;
  const day = `${dayMonth(numbers.from)}, ${clock(numbers.from)} to ${clock(numbers.to)} UTC`;
  const words =
    numbers.passwords < 5
      ? ''
      : numbers.defaults * 2 >= numbers.passwords
        ? say` It is a list of vendor defaults: ${numbers.defaults} of the ${numbers.passwords} passwords are such${
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
  return say`${sentence(say`${count(numbers.attempts, 'attempt')} ${who}${from}, ${pace(claim)} (${day}).`)}${words}`;
}

function pace({ numbers }: Burst): string {
  const seconds = numbers.medianMs / 1000;
  if (seconds >= 0.8 && seconds <= 1.25) return 'about one try a second';
  if (seconds > 1.25) return `about one try every ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} seconds`;
  const rate = (numbers.attempts - 1) / Math.max(0.001, (numbers.to - numbers.from) / 1000);
  return rate < 1.5 ? 'about one try a second' : `about ${Math.round(rate)} tries a second`;
}

// — What changed

const MEASURES: Record<Measure, string> = {
  sessions: 'Sessions',
  addresses: 'Addresses',
  loginAttempts: 'Login attempts',
  loginsSucceeded: 'Successful logins',
  commands: 'Commands',
  downloads: 'Files',
};
const measureName = (measure: Measure): string => MEASURES[measure];

function factorWords(factor: number, before: number): string {
  if (before === 0) return 'came after none before';
  if (factor >= 10) return `rose to ${Math.round(factor)} times as many`;
  if (factor >= 2.5) return `rose to ${factor.toFixed(1)} times as many`;
  if (factor >= 2.15) return 'more than doubled';
  if (factor >= 1.85) return 'doubled';
  if (factor > 1) return `rose by ${percent(factor - 1)}`;
  if (factor > 0.55) return `fell by ${percent(1 - factor)}`;
  if (factor > 0.45) return 'halved';
  return factor === 0 ? 'fell to none' : `fell by ${percent(1 - factor)}`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function changed(observations: Observations, plan: Plan): Block[] {
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

// — Those who got in, files

function inside({ totals, typing }: Observations, { behaviours }: Plan): Block[] {
  if (totals.loginsSucceeded === 0 && behaviours.length === 0) return [];
  const logins = capital(count(totals.loginsSucceeded, 'login'));
  const typed =
    typing.sessions === 0
      ? 'no one typed anything afterwards'
      : `${typing.complete ? '' : 'at least '}${count(typing.sessions, 'session')} went on to type commands${typing.sessions === 1 ? '' : `, in ${count(typing.ways, 'essentially different way')}`}`;
  return [
    paragraph(
      say`${logins} succeeded; ${typed}${behaviours.length < typing.ways ? `. The ${behaviours.length} most telling` : ''}.`,
    ),
    ...(behaviours.length > 0 ? [list(behaviours.map(behaviour))] : []),
  ];
}

function behaviour({ numbers, commands, rules, credential }: Behaviour): Inline[] {
  const shown = commands.slice(0, 5);
  const rest = numbers.commands - shown.length;
  const login = credential ? say` as ${quoted(pair(credential.username, credential.password))}` : '';
  const who =
    numbers.sessions === 1
      ? say`One session${login}`
      : say`${numbers.sessions} sessions from ${count(numbers.addresses, 'address', 'addresses')}${credential ? say`, first${login}` : ''}`;
  const variants = numbers.variants > 1 ? `, in ${numbers.variants} variants; for instance` : '';
  const notes = [...new Set(rules.slice(0, 3).map(({ note }) => note.en))];
  return say`${who}${variants}: ${joined(
    shown.map((command) => [quoted(command)]),
    ' · ',
  )}${rest > 0 ? ` and ${count(rest, 'more line')}` : ''}.${
    notes.length > 0 ? ` Seen in it: ${notes.join('; ')}.` : ''
  }`;
}

function files({ downloads }: Plan): Block[] {
  return downloads.length > 0 ? [list(downloads.map(download))] : [];
}

function download({ subject, numbers, isNew, rules }: Download): Inline[] {
  const about = rules[0] ? `; ${rules[0].note.en}` : '';
  const name = subject.hash
    ? say`${quoted(subject.hash)}${subject.url ? say` from ${quoted(subject.url)}` : ''}`
    : [quoted(subject.url ?? '')];
  return say`${name}: ${times(numbers.count)} from ${count(numbers.addresses, 'address', 'addresses')}${isNew ? ', never seen before' : ''}${about}.`;
}

// — A curiosity

function curiosity({ subject, numbers }: Curiosity): Inline[] {
  switch (subject.what) {
    case 'rule':
      return say`${quoted(subject.value)} was sent ${times(numbers['count']!)}: ${subject.rule.note.en}.`;
    case 'own kind':
      return say`A client called itself ${quoted(subject.client)} (${times(numbers['count']!)}): ${subject.rule.note.en}.${
        numbers['aimed']
          ? ` And what it goes for is ${subject.target.name.en} again: the victims of yesterday look for those of tomorrow.`
          : ''
      }`;
    case 'one source':
      return say`A single address, ${quoted(subject.address)}, made ${numbers['sessions']} of the ${numbers['all']} sessions (${percent(numbers['sessions']! / numbers['all']!)})${numbers['again'] ? ', and led the period before as well' : ''}. Without it the day is a much quieter one: ${numbers['all']! - numbers['sessions']!} sessions from ${count(numbers['others']!, 'address', 'addresses')}.`;
    case 'long password':
      return say`For ${quoted(subject.username)} someone tried a password of ${numbers['length']} characters: ${quoted(subject.password)}. That is hardly something a person remembers.`;
    case 'by hand':
      return say`One session does not look like a program: ${numbers['commands']} lines in ${count(Math.round(numbers['seconds']!), 'second')}, with uneven pauses of ${numbers['medianPause']!.toFixed(1)} seconds in the middle, as a person types.${
        subject.client ? say` Its client was ${quoted(subject.client)}.` : ''
      } It went: ${joined(
        subject.commands.slice(0, 8).map((command) => [quoted(command)]),
        ' · ',
      )}.`;
    case 'long session':
      return say`One session typed ${subject.commands} lines.`;
  }
}

// — Tables

const TOPS: [TopDimension, string][] = [
  ['username', 'User name'],
  ['password', 'Password'],
  ['pair', 'Pair'],
  ['command', 'Command'],
  ['client', 'Client'],
  ['address', 'Address'],
];

function numbers(observations: Observations): Block[] {
  const { before, tops, perDay, days } = observations;
  const blocks: Block[] = [totalsTable(observations)];
  if (days > 1)
    blocks.push({
      kind: 'table',
      head: ['Day', 'Sessions', 'Login attempts', 'Succeeded', 'Commands'],
      numeric: [false, true, true, true, true],
      rows: perDay.map((day) => [
        `${dayMonth(day.at)}`,
        ...[day.sessions, day.attempts, day.succeeded, day.commands].map((number) => number.toLocaleString('en-US')),
      ]),
    });
  for (const [dimension, title] of TOPS) {
    const rows = tops[dimension];
    if (rows.length === 0 || (dimension !== 'username' && (rows.length < 2 || isFlat(rows)))) continue;
    blocks.push({
      kind: 'table',
      head: [title, 'Count', ...(before ? ['Before'] : [])],
      numeric: [false, true, true],
      rows: rows.map((row) => [
        [quoted(dimension === 'pair' ? pairOf(row.value) : row.value), ...(row.isNew ? [' (new)'] : [])],
        row.count.toLocaleString('en-US'),
        ...(before ? [beforeCell(row)] : []),
      ]),
    });
  }
  return blocks;
}

/** The store's `user NUL password` as it is written. */
function pairOf(value: string): string {
  const nul = value.indexOf('\0');
  return pair(value.slice(0, nul), value.slice(nul + 1));
}

const beforeCell = ({ before }: TopRow): string => (before === undefined ? '–' : before.toLocaleString('en-US'));

type Row = [name: string, now: number, before: number | undefined];

function totalsTable({ totals, addresses, before, days }: Observations): Block {
  const rows: Row[] = [
    ['Sessions', totals.sessions, before?.totals.sessions],
    ...(addresses === undefined ? [] : [['Addresses', addresses, before?.totals.addresses] as Row]),
    ['Login attempts', loginAttempts(totals), before && loginAttempts(before.totals)],
    ['… succeeded', totals.loginsSucceeded, before?.totals.loginsSucceeded],
    ['Commands', totals.commands, before?.totals.commands],
    ['Files', totals.downloads, before?.totals.downloads],
  ];
  return {
    kind: 'table',
    head: [
      '',
      days === 1 ? 'This day' : 'This period',
      ...(before ? [days === 1 ? 'Day before' : 'Period before', 'Change'] : []),
    ],
    numeric: [false, true, true, true],
    rows: rows.map(([name, now, then]) => [
      name,
      now.toLocaleString('en-US'),
      ...(then === undefined ? [] : [then.toLocaleString('en-US'), then === 0 ? '–' : signed((now - then) / then)]),
    ]),
  };
}

const signed = (share: number): string => {
  const rounded = Math.round(share * 100);
  return rounded > 0 ? `+${rounded} %` : rounded < 0 ? `−${-rounded} %` : '±0 %';
};

// — Evidence, environment

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
      return say`New ${DIMENSIONS[claim.subject.dimension]![0]} ${quoted(claim.subject.value)}:`;
    case 'behaviour':
      return say`${capital((claim.rules[0] ?? { name: { en: 'a visit' } }).name.en)}:`;
    case 'curiosity':
      return say`The curiosity:`;
  }
}

function environment(observations: Observations, plan?: Plan): Block[] {
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
  for (const { numbers } of plan?.gaps ?? [])
    items.push(
      say`Silent from ${when(numbers.from, days)} to ${when(numbers.to, days)}: about ${numbers.expected} sessions were to be expected in these ${numbers.hours} hours, so the sensor or its network was probably away, or the log of that time is missing.`,
    );
  if (restarts > 0) items.push(say`The sensor or the observer was restarted ${times(restarts)}.`);
  if (approximate) items.push(say`Some lines carry no time; they stand under the day they were noted for.`);
  if (totals.events > 0)
    items.push(
      say`${observations.addresses === undefined && totals.sessions > 0 ? 'The log came with masked addresses, so sources cannot be counted' : 'Addresses are masked'}; links are broken on purpose.`,
    );
  return [{ kind: 'heading', text: 'Environment' }, list(items)];
}

const when = (at: number, days: number): string =>
  days === 1 ? clock(at).slice(0, 5) : `${dayMonth(at)}, ${clock(at).slice(0, 5)}`;
