// The vocabulary of the fuzzer: a target makes cases out of chance, and runs one so that whatever must not happen is thrown.
import type { Random } from './random.ts';

/** What a target is fed with, piece by piece: chunks of a stream, messages of a conversation, lines of a script. */
export type Case = Buffer[];

export interface Target {
  /** A case; the same for the same chance. `corpus` holds the target's kept cases: a good place to start from. */
  make(random: Random, corpus: readonly Case[]): Case;
  /**
   * Runs it. Throws (or rejects) with what went wrong; a case is right when nothing does. Returns the milliseconds that the longest
   * event of several held the event loop; without it the whole run counts as one.
   */
  run(input: Case): undefined | number | Promise<undefined | number>;
}

/** Something that must hold does not. */
export function fault(text: string): never {
  throw new Error(text);
}

/** A case as it stands in a corpus file: a JSON list of strings, one byte a character. */
export const toText = (input: Case): string =>
  `${JSON.stringify(
    input.map((part) => part.toString('latin1')),
    undefined,
    1,
  )}\n`;
export const fromText = (text: string): Case =>
  (JSON.parse(text) as string[]).map((part) => Buffer.from(part, 'latin1'));
