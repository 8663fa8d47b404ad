// Reading in chunks and lines: bounded, metered, and heard by the witness where a person types.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import { reason } from './failure.ts';
import type { Invocation } from './program.ts';
import { quoteIfNeeded } from './quote.ts';

/** One read asks for so many bytes. */
export const CHUNK = 65536;
/** A line longer than this ends the program as a lack of memory would. */
const LONGEST_LINE = 32 << 20;
/** Longest line the witness gets. */
const LONGEST_REPORT = 131_072;

/** An open descriptor that is read from its start to its end. */
export class Input {
  readonly process: Process;
  readonly descriptor: number;
  /** The delimiter of `batch` and `next`. */
  delimiter = '\n';
  /** False after the last line if the delimiter was missing there. */
  terminated = true;
  readonly #realm: string | undefined;
  #reported = '';
  #rest: Bytes[] = [];
  #partial = '';
  #ended = false;
  #queue: Bytes[] = [];
  #queued = 0;

  constructor(process: Process, descriptor: number) {
    this.process = process;
    this.descriptor = descriptor;
    const kind = descriptor === 0 ? process.descriptors.get(0)?.kind : undefined;
    const name = process.argv[0] ?? '';
    if (kind === 'terminal' || kind === 'socket') this.#realm = name.slice(name.lastIndexOf('/') + 1);
  }

  /** Up to CHUNK bytes; '' at the end. */
  async read(max = CHUNK): Promise<Bytes> {
    const turn = this.process.step(8);
    if (turn) await turn;
    const chunk = await this.process.read(this.descriptor, max);
    if (this.#realm !== undefined) this.#report(this.#realm, chunk);
    return chunk;
  }

  #report(realm: string, chunk: Bytes): void {
    // A line that never ends is not looked through again with every chunk.
    if (chunk !== '' && !chunk.includes('\n')) {
      if (this.#reported.length < LONGEST_REPORT) this.#reported += chunk;
      return;
    }
    const lines = (this.#reported + chunk).split('\n');
    this.#reported = chunk === '' ? '' : lines.pop()!.slice(0, LONGEST_REPORT);
    for (const line of lines)
      if (chunk !== '' || line !== '') this.process.witness.input(realm, line.slice(0, LONGEST_REPORT));
  }

  /** The lines of the next chunk, without delimiters; undefined at the end. */
  async batch(): Promise<Bytes[] | undefined> {
    if (this.#queued < this.#queue.length) {
      const left = this.#queue.slice(this.#queued);
      this.#queue = [];
      this.#queued = 0;
      return left;
    }
    while (!this.#ended) {
      const chunk = await this.read();
      if (chunk === '') {
        this.#ended = true;
        const last = this.#rest.length ? this.#rest.join('') + this.#partial : this.#partial;
        this.#rest = [];
        this.#partial = '';
        if (last === '') return undefined;
        this.terminated = false;
        return [last];
      }
      const lines = chunk.split(this.delimiter);
      if (lines.length === 1) {
        this.#rest.push(chunk);
        if (
          this.#rest.length * CHUNK > LONGEST_LINE * 16 ||
          this.#rest.reduce((n, s) => n + s.length, 0) > LONGEST_LINE
        )
          throw new SystemError('ENOMEM');
        continue;
      }
      lines[0] = this.#rest.join('') + this.#partial + lines[0];
      this.#rest = [];
      this.#partial = lines.pop()!;
      const turn = this.process.step(lines.length);
      if (turn) await turn;
      return lines;
    }
    return undefined;
  }

  /** One line without its delimiter; undefined at the end. */
  async next(): Promise<Bytes | undefined> {
    const ready = this.nextReady();
    if (ready !== undefined) return ready;
    const lines = await this.batch();
    if (!lines) return undefined;
    this.#queue = lines;
    this.#queued = 1;
    return lines[0];
  }

  /** The next line if it has been read already: saves a wait in loops. */
  nextReady(): Bytes | undefined {
    return this.#queued < this.#queue.length ? this.#queue[this.#queued++] : undefined;
  }

  /** The next line has not been read yet. */
  get nextWaits(): boolean {
    return this.#queued >= this.#queue.length;
  }

  close(): void {
    if (this.descriptor > 2) this.process.close(this.descriptor);
  }
}

/** Opens an operand (`-`: standard input); throws SystemError. A directory is refused with EISDIR at the first read, as by read(2). */
export function openInput(process: Process, path: Bytes): Input {
  return new Input(process, path === '-' ? 0 : process.open(path, { read: true }));
}

/**
 * Runs `each` over every operand (standard input if there is none), warning `NAME: FILE: reason` about those that cannot be opened or read.
 * `status` is the exit status such a failure sets.
 */
export async function forEachInput(
  run: Invocation,
  operands: readonly Bytes[],
  each: (input: Input, name: Bytes) => Promise<void>,
  status = 1,
): Promise<void> {
  for (const name of operands.length ? operands : ['-']) {
    let input: Input | undefined;
    try {
      input = openInput(run.process, name);
      await each(input, name);
    } catch (error) {
      await run.warn(`${quoteIfNeeded(name)}: ${reason(error)}`, status);
    } finally {
      input?.close();
    }
  }
}
