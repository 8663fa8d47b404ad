// What went wrong in a process of ours, kept in the data directory: whoever looks at the observer's health page reads of both halves there.
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

export const HALVES = ['sensor', 'observer'] as const;
export type HalfName = (typeof HALVES)[number];

export interface Trouble {
  /** Milliseconds since the epoch. */
  at: number;
  sentence: string;
  half: HalfName;
}

/** Characters kept of one trouble: a stack is longer than a sentence. */
const LONGEST = 2_000;
/** Bytes of a file, of which there are two: the older half is given up when the newer is full. */
const FULL = 128 * 1024;
/** Kept a minute; what an attacker makes go wrong over and over must not push out the rest. */
const A_MINUTE = 20;
const MINUTE = 60_000;

const pathOf = (directory: string, half: HalfName) => join(directory, `trouble-${half}.ndjson`);

export class TroubleLog {
  readonly #path: string;
  readonly #directory: string;
  readonly #now: () => number;
  #since = 0;
  #count = 0;

  /** @param directory `state/` of the data directory; made when it is needed */
  constructor(directory: string, half: HalfName, now: () => number = Date.now) {
    this.#directory = directory;
    this.#path = pathOf(directory, half);
    this.#now = now;
  }

  /** Never throws: a trouble that cannot be kept has been said on standard error. */
  note(sentence: string): void {
    const at = this.#now();
    if (at - this.#since >= MINUTE) {
      this.#since = at;
      this.#count = 0;
    }
    this.#count++;
    if (this.#count > A_MINUTE + 1) return;
    const kept = this.#count > A_MINUTE ? 'More of it within a minute is not kept here: see standard error.' : sentence;
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o750 });
      if ((statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) > FULL)
        renameSync(this.#path, `${this.#path}.1`);
      appendFileSync(this.#path, `${JSON.stringify({ at, sentence: kept.slice(0, LONGEST) })}\n`, { mode: 0o640 });
    } catch {
      // The disk may be what is wrong.
    }
  }

  /** Keeps from now on what this process says of troubles on standard error: lines of `kansatsuki: …`. */
  listen(): void {
    const { error } = console;
    console.error = (...said: unknown[]) => {
      error(...said);
      const text = said.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' ');
      if (text.startsWith('kansatsuki: ')) this.note(text.slice('kansatsuki: '.length));
    };
  }
}

/** The latest troubles of both halves, oldest first; damaged lines are left out. */
export function readTroubles(directory: string, most = 100): Trouble[] {
  const found = HALVES.flatMap((half) =>
    [`${pathOf(directory, half)}.1`, pathOf(directory, half)].flatMap((path) =>
      linesOf(path).map((line) => ({ ...line, half })),
    ),
  );
  return found.toSorted((a, b) => a.at - b.at).slice(-most);
}

function linesOf(path: string): Omit<Trouble, 'half'>[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const { at, sentence } = JSON.parse(line) as Partial<Trouble>;
      return typeof at === 'number' && typeof sentence === 'string' ? [{ at, sentence }] : [];
    } catch {
      return [];
    }
  });
}
