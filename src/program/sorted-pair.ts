// Two sorted files read side by side, as comm and join do: both opened, and watched for lines out of order.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { type Input, openInput } from './input.ts';
import type { Invocation } from './program.ts';
import { quote, quoteAlways, quoteIfNeeded } from './quote.ts';

/** What is said about a line out of order. */
export interface Disorder {
  which: 0 | 1;
  file: Bytes;
  number: number;
  line: Bytes;
}

export class SortedPair {
  readonly #run: Invocation;
  readonly #files: readonly [Bytes, Bytes];
  readonly #inputs: readonly [Input, Input];
  readonly #numbers = [0, 0];
  readonly #last: (Bytes | undefined)[] = [undefined, undefined];
  /** The line before the last, looked at once more at the end. */
  readonly #before: (Bytes | undefined)[] = [undefined, undefined];
  /** Of which files it has been said that they are out of order. */
  readonly said: [boolean, boolean] = [false, false];
  /** Lines without a counterpart have been seen: before, an order that is wrong does no harm. */
  unpaired = false;
  readonly #compare: (a: Bytes, b: Bytes) => number;
  readonly #complain: (disorder: Disorder) => string;

  /** Opens both operands of a run; wrong use in coreutils' words. `delimiter` ends a line. */
  constructor(
    run: Invocation,
    delimiter: string,
    compare: (a: Bytes, b: Bytes) => number,
    complain: (disorder: Disorder) => string,
  ) {
    const { operands, process } = run;
    if (operands.length === 0) run.wrongUse('missing operand');
    if (operands.length === 1) run.wrongUse(`missing operand after ${quote(process, operands[0]!)}`);
    if (operands.length > 2)
      run.wrongUse(
        `extra operand ${run.name.endsWith('join') ? quoteAlways(operands[2]!) : quote(process, operands[2]!)}`,
      );
    this.#run = run;
    this.#compare = compare;
    this.#complain = complain;
    this.#files = [operands[0]!, operands[1]!];
    const open = (file: Bytes) => {
      try {
        const input = openInput(process, file);
        input.delimiter = delimiter;
        return input;
      } catch (error) {
        return run.fail(`${quoteIfNeeded(file)}: ${reason(error)}`);
      }
    };
    this.#inputs = [open(this.#files[0]), open(this.#files[1])];
  }

  /** The next line of a file; undefined at its end. */
  async next(which: 0 | 1): Promise<Bytes | undefined> {
    const input = this.#inputs[which];
    let line: Bytes | undefined;
    try {
      line = input.nextReady() ?? (await input.next());
    } catch (error) {
      return this.#run.fail(`${quoteIfNeeded(this.#files[which])}: ${reason(error)}`);
    }
    const last = this.#last[which];
    if (line === undefined) {
      const before = this.#before[which];
      if (before !== undefined && last !== undefined) await this.#check(which, before, last);
      this.#before[which] = undefined;
      return undefined;
    }
    this.#numbers[which]!++;
    if (last !== undefined) await this.#check(which, last, line);
    this.#before[which] = last;
    this.#last[which] = line;
    return line;
  }

  async #check(which: 0 | 1, a: Bytes, b: Bytes): Promise<void> {
    const run = this.#run;
    if (run.has('nocheck') || this.said[which] || !(run.has('check') || this.unpaired)) return;
    if (this.#compare(a, b) <= 0) return;
    const text = this.#complain({ which, file: this.#files[which], number: this.#numbers[which]!, line: b });
    if (run.has('check')) run.fail(text);
    this.said[which] = true;
    await run.warn(text, 0);
  }

  /** The last word about the order. */
  async end(): Promise<void> {
    if (this.said[0] || this.said[1]) await this.#run.warn('input is not in sorted order');
  }
}
