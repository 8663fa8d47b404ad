// What a new command carries that may be new itself: its shape, and the public key that it leaves behind.
import { createHash } from 'node:crypto';
import { firstSeen, type Source } from './rank.ts';
import { shapeOf } from './shape.ts';
import type { Count, Range, Trace } from './store.ts';

/** New commands of a range that are looked into; older ones that are compared with each of them. */
export const COMMANDS = 5_000;
export const COMPARED = 400;

/** Shapes of commands that came in the range and never before, the most frequent first. */
export function newShapes(source: Source, range: Range, limit: number): Trace[] {
  return fresh(source, range, limit, SHAPES);
}

/** A public key as OpenSSH writes it into `authorized_keys`. */
const KEY = /\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+) +(AAAA[A-Za-z0-9+/]{30,}={0,3})/g;

/** Public keys in commands of the range that were in no earlier command: by their fingerprints, as `ssh-keygen -l` tells them. */
export function newKeys(source: Source, range: Range, limit: number): Trace[] {
  return fresh(source, range, limit, KEYS);
}

/** What commands are looked through for. */
export interface Mark {
  /** Those of a command. */
  of(command: string): string[];
  /** Words that every command with it has; without any, nothing can be looked up. */
  words(mark: string): string[];
  has(command: string, mark: string): boolean;
  told(mark: string): string;
}

export const SHAPES: Mark = {
  of: (command) => [shapeOf(command)],
  words: (shape) =>
    shape.match(/(?<![\w…-])[A-Za-z_-]{3,}(?![\w…-])/g)?.filter((word) => word !== 'URL' && word !== 'ADDRESS') ?? [],
  has: (command, shape) => shapeOf(command) === shape,
  told: (shape) => shape,
};

export const KEYS: Mark = {
  of: (command) => [...command.matchAll(KEY)].map((match) => match[1]!),
  // The index splits a key at + and /: its longest part is rare enough.
  words: (key) => [key.split(/[^A-Za-z0-9]+/).reduce((a, b) => (b.length > a.length ? b : a), '')],
  has: (command, key) => command.includes(key),
  told: (key) =>
    `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`,
};

function fresh(source: Source, range: Range, limit: number, mark: Mark): Trace[] {
  const found: Trace[] = [];
  for (const [value, commands] of grouped(firstSeen(source, 'command', range, COMMANDS), mark)) {
    if (found.length >= limit) break;
    if (hasOlder(source, mark.words(value), range.from, (command) => mark.has(command, value)) === false)
      found.push(trace(mark.told(value), commands));
  }
  return found;
}

/** New commands by what they carry, the most frequent first. */
export function grouped(commands: readonly Count[], mark: Mark): [string, Count[]][] {
  const groups = new Map<string, Count[]>();
  for (const command of commands)
    for (const value of mark.of(command.value)) {
      const same = groups.get(value);
      if (same) same.push(command);
      else groups.set(value, [command]);
    }
  return [...groups].sort(([, a], [, b]) => total(b) - total(a) || a[0]!.firstSeen - b[0]!.firstSeen);
}

const total = (counts: readonly Count[]): number => counts.reduce((sum, { count }) => sum + count, 0);

/** @param commands in order of their first sight */
export const trace = (value: string, commands: readonly Count[]): Trace => ({
  value,
  count: total(commands),
  firstSeen: commands[0]!.firstSeen,
  command: commands[0]!.value,
});

/** Did a command with these words that fits come before? Undefined when it cannot be told: too many to look at, or no word to look for. */
function hasOlder(
  { scanner }: Source,
  words: readonly string[],
  before: number,
  fits: (command: string) => boolean,
): boolean | undefined {
  if (words.length === 0) return undefined;
  const rows = scanner
    .prepare(
      `SELECT word_command.value AS value FROM command_words JOIN word_command ON word_command.id = command_words.rowid
       WHERE command_words MATCH ? AND word_command.first < ? LIMIT ${COMPARED}`,
    )
    .iterate(words.map((word) => `"${word}"`).join(' AND '), before) as Iterable<unknown>;
  let seen = 0;
  for (const { value } of rows as Iterable<{ value: string }>) {
    if (fits(value)) return true;
    seen++;
  }
  return seen < COMPARED ? false : undefined;
}
