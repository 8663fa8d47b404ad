// cmp (GNU diffutils 3.8): the first difference of two files, byte by byte.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { type Input, openInput } from './input.ts';
import { parseSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';

export const names = ['cmp'];

export const main = gnu({
  short: 'bci:ln:sv',
  long: {
    'print-bytes': 'b',
    'print-chars': 'c',
    'ignore-initial=': 'i',
    verbose: 'l',
    'bytes=': 'n',
    silent: 's',
    quiet: 's',
  },
  failure: 2,
  hint: "%: Try '% --help' for more information.\n",
  usage: '[OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]',
  release: 'GNU diffutils 3.8',
  async run(run) {
    const [one, two = '-', skipOne, skipTwo, extra] = run.operands;
    if (one === undefined) return run.wrongUse(`missing operand after '${run.name}'`);
    if (extra !== undefined) return run.wrongUse(`extra operand '${extra}'`);
    if (run.has('l') && run.has('s')) return run.wrongUse('options -l and -s are incompatible');
    const number = (text: Bytes | undefined, option: string) => {
      if (text === undefined) return 0;
      const value = parseSize(text);
      return value === undefined ? run.wrongUse(`invalid ${option} value '${text}'`) : value;
    };
    const initial = run.value('i');
    const [a = '0', b = a] = initial?.split(':') ?? [skipOne ?? '0', skipTwo ?? '0'];
    const skip = [number(a, '--ignore-initial'), number(b, '--ignore-initial')];
    const limit = run.has('n') ? number(run.value('n'), '--bytes') : Number.POSITIVE_INFINITY;
    if (one === two && skip[0] === skip[1]) return 0;
    const inputs: Input[] = [];
    for (const name of [one, two]) {
      try {
        const input = openInput(run.process, name);
        inputs.push(input);
        if (run.process.files.stat(name === '-' ? '/dev/stdin' : name).type === 'directory') {
          if (!run.has('s')) await run.warn(`${name}: Is a directory`, 2);
          return 2;
        }
      } catch (error) {
        if (!run.has('s')) await run.warn(`${name}: ${reason(error)}`, 2);
        return 2;
      }
    }
    return compare(run, [one, two], [new Bytewise(inputs[0]!, skip[0]!), new Bytewise(inputs[1]!, skip[1]!)], limit);
  },
});

/** One file, chunk by chunk, after the bytes to skip. */
class Bytewise {
  readonly #input: Input;
  #skip: number;
  #held = '';

  constructor(input: Input, skip: number) {
    this.#input = input;
    this.#skip = skip;
  }

  /** What is there, at least one byte; '' at the end. */
  async fill(): Promise<Bytes> {
    while (this.#held === '') {
      let chunk = await this.#input.read();
      if (chunk === '') return '';
      const cut = Math.min(this.#skip, chunk.length);
      this.#skip -= cut;
      chunk = chunk.slice(cut);
      this.#held = chunk;
    }
    return this.#held;
  }

  take(count: number): void {
    this.#held = this.#held.slice(count);
  }
}

async function compare(run: Invocation, names: string[], files: Bytewise[], limit: number): Promise<number> {
  const chars = run.has('b') || run.has('c');
  const list = run.has('l');
  const octal = (byte: number) => byte.toString(8).padStart(3);
  let at = 0;
  let lines = 0;
  let last = '';
  let differ = false;
  const width = list && !run.applet ? await offsetWidth(run, names, limit) : 1;
  while (at < limit) {
    const [a, b] = [await files[0]!.fill(), await files[1]!.fill()];
    const count = Math.min(a.length, b.length, limit - at);
    if (count === 0) {
      if (a === b) break;
      const short = names[a === '' ? 0 : 1]!;
      if (!run.has('s')) {
        await run.flush();
        const where =
          at === 0
            ? 'which is empty'
            : list
              ? `after byte ${at}`
              : `after byte ${at}, ${last === '\n' ? 'line' : 'in line'} ${last === '\n' ? lines : lines + 1}`;
        await run.process.err(`${run.name}: EOF on ${short === '-' ? '-' : short} ${where}\n`);
      }
      return 1;
    }
    if (a.slice(0, count) !== b.slice(0, count) || list) {
      for (let i = 0; i < count; i++) {
        if (a[i] !== b[i]) {
          differ = true;
          if (run.has('s')) return 1;
          const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
          if (!list) {
            const what = chars ? ` is ${octal(x)} ${visible(x)} ${octal(y)} ${visible(y)}` : '';
            run.put(
              `${names[0]} ${names[1]} differ: ${run.applet ? 'char' : 'byte'} ${at + i + 1}, line ${lines + 1}${what}\n`,
            );
            return 1;
          }
          run.put(
            `${String(at + i + 1).padStart(width)} ${octal(x)} ${chars ? `${visible(x).padEnd(4)} ` : ''}${octal(y)}${chars ? ` ${visible(y)}` : ''}\n`,
          );
        }
        if (a[i] === '\n') lines++;
      }
    } else for (let i = a.indexOf('\n'); i >= 0 && i < count; i = a.indexOf('\n', i + 1)) lines++;
    last = a[count - 1]!;
    at += count;
    files[0]!.take(count);
    files[1]!.take(count);
    await run.drain();
    const turn = run.process.step(count >> 6);
    if (turn) await turn;
  }
  return differ ? 1 : 0;
}

/** Columns of -l's offsets: as many as the longest possible one. */
async function offsetWidth(run: Invocation, names: string[], limit: number): Promise<number> {
  let most = limit;
  for (const name of names) {
    if (name === '-') continue;
    const { type, size } = run.process.files.stat(name);
    if (type === 'file') most = Math.min(most, size);
  }
  return Number.isFinite(most) ? String(most).length : 20;
}

/** A byte as cat -v shows it. */
function visible(byte: number): string {
  if (byte >= 128) return `M-${visible(byte - 128)}`;
  return byte < 32 ? `^${String.fromCharCode(byte + 64)}` : byte === 127 ? '^?' : String.fromCharCode(byte);
}
