// Human or bot: what a session shows, weighed reason by reason; without enough of it the answer is that nobody can tell.
import { middle, spread } from './rhythm.ts';
import type { Signs } from './signs.ts';
import type { Identification } from './tool.ts';

export type Who = 'human' | 'bot' | 'unclear';

/** One thing that speaks for a person (`weight` above 0) or for a program, as log-odds, with the figures it rests on. */
export interface Reason {
  name: ReasonName;
  weight: number;
  /** ms are whole, shares from 0 to 1. */
  numbers: Record<string, number>;
}

export const REASONS = [
  'keys',
  'even keys',
  'corrections',
  'editing keys',
  'thinking',
  'whole lines',
  'line feeds',
  'terminal',
  'plain terminal',
  'no terminal',
  'resized',
  'locale',
  'client for people',
  'program',
  'masquerade',
  'even pauses',
  'uneven pauses',
  'too fast',
  'at once',
  'hesitates',
  'retyped',
  'short lines',
  'long lines',
  'known script',
  'fast login',
  'typed login',
  'guesses',
] as const;
export type ReasonName = (typeof REASONS)[number];

export interface Verdict {
  who: Who;
  /** From 0 (a program) to 1 (a person), calibrated on sessions that were read and labelled by eye (verdict.test.ts). */
  human: number;
  /** The weightiest first. */
  reasons: Reason[];
}

/** Most sessions are a program's. */
const PRIOR = -1;
/** Beyond these odds it is said; between them it is not. */
const HUMAN = 0.9;
const BOT = 0.1;
const MOST_REASONS = 8;
/** No single session is more certain. */
const MOST_ODDS = 7;

/** @param known a campaign, tool or technique is known by these lines */
export function verdictOf(signs: Signs, { tools, masquerade }: Identification, known = false): Verdict {
  const reasons: Reason[] = [];
  const add = (name: ReasonName, weight: number, numbers: Record<string, number> = {}) =>
    reasons.push({ name, weight, numbers });

  typing(signs, add);
  pace(signs, add);
  logins(signs, add);
  terminal(signs, add);
  const program = tools.find(({ rule, sure }) => rule.layer !== 'client' && sure !== 'possible');
  if (masquerade) add('masquerade', -3);
  else if (program) add('program', -3);
  else if (tools.some(({ rule }) => rule.layer === 'client')) add('client for people', 1);
  if (known) add('known script', -3);

  const odds = Math.max(
    -MOST_ODDS,
    Math.min(
      MOST_ODDS,
      reasons.reduce((sum, { weight }) => sum + weight, PRIOR),
    ),
  );
  const human = 1 / (1 + Math.exp(-odds));
  // A person is only seen in what was typed: a client and a terminal alone show none.
  const has = (...names: ReasonName[]) => reasons.some(({ name, weight }) => weight > 0 && names.includes(name));
  const seen = has(...TYPED) || (has('hesitates') && has('terminal', 'resized', 'typed login'));
  const who = human >= HUMAN && seen ? 'human' : human <= BOT ? 'bot' : 'unclear';
  reasons.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return { who, human: Math.round(human * 1000) / 1000, reasons: reasons.slice(0, MOST_REASONS) };
}

const TYPED: readonly ReasonName[] = ['keys', 'corrections', 'editing keys', 'thinking', 'uneven pauses', 'retyped'];

type Add = (name: ReasonName, weight: number, numbers?: Record<string, number>) => void;

/** The recording: keys of fingers, or lines of a program. */
function typing({ keys, protocol }: Signs, add: Add): void {
  if (!keys) return;
  const share = keys.single / (keys.single + keys.together);
  const lines = keys.returns + keys.lineFeeds;
  if (share >= 0.6 && keys.single >= 4 && keys.medianMs > 0) {
    const numbers = { keys: keys.single, medianMs: keys.medianMs };
    if (keys.single >= 8 && keys.spread < 0.1) add('even keys', -3, numbers);
    else if (keys.medianMs <= 700 && keys.spread >= 0.2) add('keys', keys.single >= 8 ? 5 : 3, numbers);
    if (keys.corrections > 0) add('corrections', 2, { count: keys.corrections });
    if (keys.editing > 0) add('editing keys', 1.5, { count: keys.editing });
    if (keys.thought >= 3 && keys.thinkingMs >= 2.5 * keys.medianMs && keys.thinkingMs >= 500)
      add('thinking', 1.5, { medianMs: keys.thinkingMs, lines: keys.thought });
  }
  // Clients of Telnet may send line by line for a person, too.
  if (share <= 0.2 && lines >= 2) add('whole lines', protocol === 'telnet' ? -1.5 : -3, { lines });
  if (protocol !== 'telnet' && keys.lineFeeds >= 2 && keys.returns === 0)
    add('line feeds', -2, { lines: keys.lineFeeds });
}

/** Order and speed of the lines. */
function pace({ lines, times, tries, loggedIn, retyped, approximate, terminal, keys }: Signs, add: Add): void {
  if (retyped > 0) add('retyped', 2.5, { count: retyped });
  if (lines.length >= 2) {
    const short = lines.filter((line) => line.length <= 24 && !/[;|&]{1,2}/.test(line)).length / lines.length;
    if (short >= 0.7) add('short lines', 0.5, { share: short });
  }
  const long = lines.filter((line) => line.length > 120 || line.split(/;|&&|\|\|/).length > 3).length;
  if (long > 0 && long * 3 >= lines.length) add('long lines', -1.5, { lines: long });
  if (approximate) return;

  // Lines of one packet are one arrival.
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  const letters = lines.slice(1).reduce((sum, line) => sum + line.trim().length, 0);
  const whole = gaps.reduce((sum, gap) => sum + gap, 0);
  if (gaps.length >= 1 && letters >= 8) {
    const rate = letters / (Math.max(whole, 1) / 1000);
    if (rate > 20) add('too fast', -4, { perSecond: Math.round(Math.min(rate, 9_999)) });
  }
  if (gaps.length >= 2) {
    const median = Math.round(middle(gaps));
    const varied = spread(gaps);
    if (gaps.length >= 3 && varied <= 0.15 && median >= 20)
      add('even pauses', -4, { medianMs: median, lines: lines.length });
    else if (varied >= 0.25 && median >= 800 && median <= 60_000 && letters / (whole / 1000) <= 12)
      add('uneven pauses', lines.length >= 6 ? 2 : gaps.length > 2 ? 1.5 : 1, {
        medianMs: median,
        lines: lines.length,
      });
  }
  const login = tries.at(-1);
  if (loggedIn && lines.length > 0 && login !== undefined) {
    const until = times[0]! - login;
    if (until >= 0 && until < 700) add('at once', keys && keys.single > keys.together ? 0 : -1, { ms: until });
    else if (until >= 2_500 && terminal) add('hesitates', 1.2, { ms: until });
  }
}

/** How the password came. */
function logins({ tries, passwords, protocol }: Signs, add: Add): void {
  const first = tries[0];
  if (first === undefined || protocol === 'telnet') return;
  const gaps = tries.slice(1).map((at, index) => at - tries[index]!);
  if (passwords >= 4) {
    const median = Math.round(middle(gaps));
    // A wrong password costs about two seconds with sshd; who needs no more than that does not type.
    if (median < 2_500) add('guesses', -3, { passwords, medianMs: median });
  } else if (first < 900) add('fast login', -2, { ms: Math.round(first) });
  else if (first >= 3_000 && first < 120_000) add('typed login', 1.4, { ms: Math.round(first) });
}

/** What the client asked for to show the machine in. */
function terminal({ protocol, sizes, terminal, told, lines, locale, loggedIn }: Signs, add: Add): void {
  if (sizes.length > 1) add('resized', 3, { times: sizes.length - 1 });
  const [width = 0, height = 0] = (sizes[0] ?? '').split('x').map(Number);
  if (width > 0 && height > 0) {
    if (width === 80 && (height === 24 || height === 25)) add('plain terminal', -0.3, { width, height });
    else if (!(width === 80 && height === 40)) add('terminal', 2, { width, height });
  }
  if (protocol !== 'ssh') return;
  // Without our own sensor's account of it, only a session with lines shows that none was asked for.
  if (loggedIn && !terminal && (told || lines.length > 0)) add('no terminal', -3);
  if (locale !== undefined && terminal) add('locale', 0.7);
}
