// Words of the English writer: numbers, days, rates and names.
import type { Burst, Measure, Novel, Observations } from '../claim.ts';
import { clock } from '../day.ts';
import { type Inline, joined, quoted } from '../document.ts';
import { earlierOf } from '../plan.ts';
import { inSentence } from './places.ts';

export const count = (number: number, one: string, many = `${one}s`): string =>
  number === 0 ? `no ${many}` : number === 1 ? `one ${one}` : `${number.toLocaleString('en-US')} ${many}`;

export const times = (number: number): string =>
  number === 1 ? 'once' : number === 2 ? 'twice' : count(number, 'time');

export const and = (items: Inline[][]): Inline[] => joined(items, ', ', ' and ');

/** `a, b and c`. */
export const joinedWords = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const sentence = (inlines: Inline[]): Inline[] =>
  typeof inlines[0] === 'string' ? [capital(inlines[0]), ...inlines.slice(1)] : inlines;

export const dayMonth = (at: number) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long' }).format(at);

export const date = (at: number) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' }).format(at);

export const weekday = (at: number) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long' }).format(at);

export const when = (at: number, days: number): string =>
  days === 1 ? clock(at).slice(0, 5) : `${dayMonth(at)}, ${clock(at).slice(0, 5)}`;

export const EMPTY = '(empty)';

export const pair = (username: string, password: string | undefined): string =>
  password === undefined ? username || EMPTY : `${username || EMPTY}/${password || EMPTY}`;

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function factorWords(factor: number, before: number): string {
  if (before === 0) return 'came after none before';
  if (factor >= 10) return `rose to ${Math.round(factor)} times as many`;
  if (factor >= 2.5) return `rose to ${factor.toFixed(1).replace('.0', '')} times as many`;
  if (factor >= 2.15) return 'more than doubled';
  if (factor >= 1.85) return 'doubled';
  if (factor > 1) return `rose by ${percent(factor - 1)}`;
  if (factor > 0.55) return `fell by ${percent(1 - factor)}`;
  if (factor > 0.45) return 'halved';
  return factor === 0 ? 'fell to none' : `fell by ${percent(1 - factor)}`;
}

export function pace({ numbers }: Burst): string {
  const seconds = numbers.medianMs / 1000;
  if (seconds >= 0.8 && seconds <= 1.25) return 'about one try a second';
  if (seconds > 1.25) return `about one try every ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} seconds`;
  const rate = (numbers.attempts - 1) / Math.max(0.001, (numbers.to - numbers.from) / 1000);
  return rate < 1.5 ? 'about one try a second' : `about ${Math.round(rate)} tries a second`;
}

export const DIMENSIONS: Record<string, [one: string, many: string]> = {
  username: ['user name', 'user names'],
  password: ['password', 'passwords'],
  client: ['client version', 'client versions'],
  command: ['command', 'commands'],
  hassh: ['client fingerprint (HASSH)', 'client fingerprints (HASSH)'],
  url: ['address of a file', 'addresses of files'],
  hash: ['file', 'files'],
  pair: ['pair of name and password', 'pairs of name and password'],
  country: ['country', 'countries'],
  asn: ['network', 'networks'],
  address: ['address', 'addresses'],
  protocol: ['protocol', 'protocols'],
  shape: ['way of putting a command', 'ways of putting a command'],
  key: ['public key left behind', 'public keys left behind'],
};

/** `day before`, for behind `the`. */
export function earlierWords(observations: Observations): string {
  const earlier = earlierOf(observations);
  return earlier === 'days' ? `${observations.days} days before` : `${earlier} before`;
}

/** Behind `and` or at a sentence's start: `the day before`, `in the week before`. */
export const inEarlier = (observations: Observations): string =>
  `${observations.days === 1 ? '' : 'in '}the ${earlierWords(observations)}`;

/** A value as it stands in a sentence: a country by its name, a network by its number, what attackers wrote set apart. */
export function valueInline(subject: { dimension: Novel; value: string }, most?: number): Inline {
  if (subject.dimension === 'country') return inSentence(subject.value);
  if (subject.dimension === 'asn') return subject.value;
  const [username = '', password] = subject.value.split('\0');
  return quoted(subject.dimension === 'pair' ? pair(username, password) : subject.value, most);
}

export const MEASURES: Record<Measure, string> = {
  sessions: 'Sessions',
  addresses: 'Addresses',
  loginAttempts: 'Login attempts',
  loginsSucceeded: 'Successful logins',
  commands: 'Commands',
  downloads: 'Files',
};

export const measureName = (measure: Measure): string => MEASURES[measure];
