// printf (GNU coreutils): formats and prints its arguments.
import type { Bytes, Process } from '../machine/machine.ts';
import { readEscape, readEscapes, utf8 } from './escape.ts';
import { type Conversion, formatFloat, formatInteger, pad } from './format.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['printf'];

export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const args = process.argv.slice(1);
  if (args.length === 1 && args[0] === '--version') {
    await process.out('printf (GNU coreutils) 9.1\n');
    return 0;
  }
  if (args[0] === '--') args.shift();
  const format = args.shift();
  if (format === undefined) {
    await process.err(`${name}: missing operand\nTry '${name} --help' for more information.\n`);
    return 1;
  }
  const printer = new Printer(process, args);
  let text = '';
  do {
    const before = args.length;
    const part = printer.once(format);
    text += part.text;
    const turn = process.step(2);
    if (turn) await turn;
    if (part.stop) break;
    if (args.length === before && args.length > 0) {
      printer.complain(`warning: ignoring excess arguments, starting with ${quote(process, args[0]!)}`, false);
      break;
    }
    if (text.length > 65536) {
      await process.out(text);
      text = '';
    }
  } while (args.length > 0);
  if (text) await process.out(text);
  for (const message of printer.complaints) await process.err(`${name}: ${message}\n`);
  return printer.failed ? 1 : 0;
}

class Printer {
  complaints: string[] = [];
  failed = false;
  readonly #process: Process;
  readonly #args: Bytes[];

  constructor(process: Process, args: Bytes[]) {
    this.#process = process;
    this.#args = args;
  }

  complain(message: string, failure = true): void {
    this.complaints.push(message);
    if (failure) this.failed = true;
  }

  /** The format once through. */
  once(format: Bytes): { text: Bytes; stop: boolean } {
    let text = '';
    for (let i = 0; i < format.length; ) {
      const c = format[i]!;
      if (c === '\\') {
        const name = /^\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/.exec(format.slice(i, i + 10))?.[1];
        const point = name === undefined ? 0x100 : Number.parseInt(name.slice(1), 16);
        if (
          (point < 0xa0 && point !== 0x24 && point !== 0x40 && point !== 0x60) ||
          (point >= 0xd800 && point < 0xe000)
        ) {
          this.complain(`invalid universal character name \\${name}`);
          return { text, stop: true };
        }
        const escape = formatEscape(format, i);
        if (!escape) return { text, stop: true };
        text += escape.bytes;
        i += escape.length;
        continue;
      }
      if (c !== '%') {
        text += c;
        i++;
        continue;
      }
      if (format[i + 1] === '%') {
        text += '%';
        i += 2;
        continue;
      }
      if (format.startsWith('%q', i)) {
        const arg = this.#args.shift();
        text += arg === undefined ? "''" : quoteForShell(arg);
        i += 2;
        continue;
      }
      const match = /^%([-+ #0'I]*)(\*|\d*)(?:\.(\*|-?\d*))?(?:hh|h|ll|l|L|j|z|t)*([a-zA-Z])?/.exec(
        format.slice(i, i + 64),
      )!;
      const [whole, flags, width, precision, letter] = match;
      if (!letter || !'diouxXeEfFgGaAcsbq'.includes(letter)) {
        this.complain(`${whole}${letter ? '' : (format[i + whole.length] ?? '')}: invalid conversion specification`);
        return { text, stop: true };
      }
      const number = (field: string | undefined) =>
        field === '*' ? Number(this.#integer(this.#args.shift() ?? '0')) : Number(field || 0);
      const conversion: Conversion = {
        flags: flags!,
        width: number(width),
        precision: precision === undefined ? undefined : number(precision),
        letter,
      };
      if (conversion.width < 0) {
        conversion.width = -conversion.width;
        conversion.flags += '-';
      }
      conversion.width = Math.min(conversion.width, 1 << 20);
      if (conversion.precision !== undefined && conversion.precision < 0) conversion.precision = undefined;
      const arg = this.#args.shift();
      if (letter === 'b') {
        const read = readEscapes(arg ?? '');
        const shown = conversion.precision === undefined ? read.bytes : read.bytes.slice(0, conversion.precision);
        text += pad(shown, conversion);
        if (read.stopped) return { text, stop: true };
      } else if (letter === 's') text += pad((arg ?? '').slice(0, conversion.precision), conversion);
      else if (letter === 'q') text += pad(arg === undefined ? "''" : quoteForShell(arg), conversion);
      else if (letter === 'c') text += pad((arg ?? '').slice(0, 1) || '\0', conversion);
      else if ('diouxX'.includes(letter))
        text += formatInteger(
          conversion,
          this.#integer(arg ?? '0', arg === undefined || arg === '', 'di'.includes(letter)),
        );
      else text += formatFloat(conversion, this.#float(arg ?? '0'), true);
      i += whole.length;
    }
    return { text, stop: false };
  }

  #integer(arg: Bytes, missing = false, signed = true): bigint {
    if (missing) return 0n;
    if (/^["']/.test(arg)) return BigInt(arg.charCodeAt(1) || 0);
    const match = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(arg);
    if (!match) {
      this.complain(`${quote(this.#process, arg)}: expected a numeric value`);
      return 0n;
    }
    if (match[0].length < arg.length) this.complain(`${quote(this.#process, arg)}: value not completely converted`);
    const digits = match[2]!;
    const magnitude = /^0[0-7]/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
    const value = match[1] === '-' ? -magnitude : magnitude;
    const [low, high] = [-(2n ** 63n), signed ? 2n ** 63n - 1n : 2n ** 64n - 1n];
    if (value < low || value > high) {
      this.complain(`${quote(this.#process, arg)}: Numerical result out of range`);
      return value < 0n ? low : high;
    }
    return value;
  }

  #float(arg: Bytes): number {
    if (/^["']/.test(arg)) return arg.charCodeAt(1) || 0;
    const match = /^\s*([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf(?:inity)?|nan))/i.exec(arg);
    if (!match) {
      this.complain(`${quote(this.#process, arg)}: expected a numeric value`);
      return 0;
    }
    if (match[0].length < arg.length) this.complain(`${quote(this.#process, arg)}: value not completely converted`);
    const text = match[1]!.toLowerCase();
    return /inf/.test(text) ? (text.startsWith('-') ? -1 : 1) * Number.POSITIVE_INFINITY : Number(text);
  }
}

/** Escapes of the format itself: \NNN octal, \xHH, \uHHHH, \UHHHHHHHH, \c. */
function formatEscape(format: Bytes, at: number): { bytes: Bytes; length: number } | undefined {
  const unicode = /^\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(format.slice(at, at + 10));
  if (unicode) return { bytes: utf8(Number.parseInt((unicode[1] ?? unicode[2])!, 16)), length: unicode[0].length };
  if (format[at + 1] === '"') return { bytes: '"', length: 2 };
  return readEscape(format, at, false);
}

/** %q: as it is where a shell takes it so. */
function quoteForShell(text: Bytes): Bytes {
  return text !== '' && /^[\w@%+=:,./-]+$/.test(text) ? text : quoteAlways(text);
}
