// The builtin printf: formats read once for each round over the arguments, in bash's conversions and messages.
import { SystemError } from '../../machine/errno.ts';
import type { Bytes } from '../../machine/machine.ts';
import { echoEscapes } from '../escape.ts';
import type { Interpreter } from '../interpreter.ts';
import { formatFloat, parseFloating } from '../longdouble.ts';
import { backslashQuote } from '../quote.ts';
import { strftime } from '../time.ts';
import type { Builtin } from './table.ts';
import { badOption, missingArgument } from './usage.ts';

/** Longest text that printf makes. */
const LARGEST = 16 << 20;
/** Widths and precisions beyond this are not made. */
const WIDEST = 1 << 20;
const USAGE = 'printf [-v var] format [arguments]';

const SPECIFICATION =
  /%([-+ #0']*)(\*|\d+)?(?:(\.)(\*|-?\d*))?([hlLjztq]*?)(?:\(([^)]*)\)(T)|([diouxXeEfFgGaAcsbqQn%]))/y;
const ESCAPE = /\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[\s\S])/y;

interface Specification {
  flags: string;
  width: number;
  precision: number | undefined;
  conversion: string;
  /** Of `%(…)T`. */
  time: Bytes;
}

/** Leaves printf with this status and what was made so far. */
class Stop {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

class Formatter {
  out = '';
  status = 0;
  readonly #shell: Interpreter;
  readonly #args: readonly Bytes[];
  #used = 0;

  constructor(shell: Interpreter, args: readonly Bytes[]) {
    this.#shell = shell;
    this.#args = args;
  }

  async run(template: Bytes): Promise<void> {
    do {
      const before = this.#used;
      await this.#round(template);
      if (this.#used === before) return;
    } while (this.#used < this.#args.length);
  }

  async #round(template: Bytes): Promise<void> {
    const turn = this.#shell.process.step(2);
    if (turn) await turn;
    for (let at = 0; at < template.length; ) {
      const next = template.slice(at).search(/[%\\]/);
      if (next !== 0) {
        this.out += next < 0 ? template.slice(at) : template.slice(at, at + next);
        if (next < 0) return;
        at += next;
      }
      if (this.out.length > LARGEST) throw new SystemError('ENOMEM');
      if (template[at] === '\\') {
        ESCAPE.lastIndex = at;
        const escape = ESCAPE.exec(template)?.[0];
        this.out += escape === undefined ? '\\' : unescaped(escape);
        at += escape?.length ?? 1;
        continue;
      }
      if (template[at + 1] === '%') {
        this.out += '%';
        at += 2;
        continue;
      }
      SPECIFICATION.lastIndex = at;
      const match = SPECIFICATION.exec(template);
      if (!match || match[8] === '%') {
        const head = /^%[-+ #0']*(?:\*|\d+)?(?:\.(?:\*|-?\d*))?[hlLjztq]*/.exec(template.slice(at))![0];
        const wrong = template[at + head.length];
        await this.#complain(
          wrong === undefined ? `\`${head}': missing format character` : `\`${wrong}': invalid format character`,
        );
        throw new Stop(1);
      }
      at += match[0].length;
      await this.#convert(match);
    }
  }

  async #complain(message: Bytes): Promise<void> {
    await this.#shell.complain(`printf: ${message}`);
    this.status = 1;
  }

  #next(): Bytes | undefined {
    return this.#args[this.#used++];
  }

  async #convert(match: RegExpExecArray): Promise<void> {
    const flags = match[1]!;
    let width = match[2] === '*' ? Number(await this.#integer()) : Number(match[2] ?? 0);
    let precision =
      match[3] === undefined ? undefined : match[4] === '*' ? Number(await this.#integer()) : Number(match[4] || 0);
    if (precision !== undefined && precision < 0) precision = undefined;
    const left = width < 0 ? '-' : '';
    width = Math.min(Math.abs(width), WIDEST);
    if (precision !== undefined) precision = Math.min(precision, WIDEST);
    await this.#one({ flags: flags + left, width, precision, conversion: match[7] ?? match[8]!, time: match[6] ?? '' });
  }

  async #one(spec: Specification): Promise<void> {
    const { conversion, precision } = spec;
    switch (conversion) {
      case 's':
        return this.#put(spec, cut(this.#next() ?? '', precision));
      case 'c':
        return this.#put(spec, (this.#next() ?? '').slice(0, 1) || '\0');
      case 'b': {
        const { text, stop } = echoEscapes(this.#next() ?? '', true);
        this.#put(spec, cut(text, precision));
        if (stop) throw new Stop(this.status);
        return;
      }
      case 'q':
        return this.#put(spec, cut(backslashQuote(this.#next() ?? ''), precision));
      case 'Q':
        return this.#put(spec, backslashQuote(cut(this.#next() ?? '', precision)));
      case 'T': {
        const given = this.#args[this.#used] === undefined ? -1n : await this.#integer();
        const { machine } = this.#shell.process;
        const when = given === -1n ? machine.clock.now() : given === -2n ? this.#shell.startedAt : Number(given) * 1000;
        return this.#put(spec, cut(strftime(spec.time || '%X', new Date(when)), precision));
      }
      case 'n': {
        const name = this.#next();
        if (name === undefined) return;
        if (/^[a-zA-Z_]\w*$/.test(name)) this.#shell.variables.set(name, String(this.out.length));
        else {
          await this.#complain(`\`${name}': not a valid identifier`);
          throw new Stop(1);
        }
        return;
      }
      case 'd':
      case 'i':
      case 'o':
      case 'u':
      case 'x':
      case 'X':
        return this.#put(spec, await this.#digits(spec));
      default:
        return this.#floating(spec);
    }
  }

  #put({ flags, width, conversion }: Specification, text: Bytes): void {
    if (text.length >= width) this.out += text;
    else if (flags.includes('-')) this.out += text.padEnd(width);
    else if (flags.includes('0') && !'scbqQT'.includes(conversion)) {
      const sign = /^[+ -]?(?:0[xX])?/.exec(text)![0];
      this.out += sign + text.slice(sign.length).padStart(width - sign.length, '0');
    } else this.out += text.padStart(width);
  }

  /** The next argument as strtoimax(3) reads it. */
  async #integer(unsigned = false): Promise<bigint> {
    const text = this.#next();
    if (text === undefined || text === '') return 0n;
    if (/^['"]/.test(text)) return BigInt(firstCharacter(text.slice(1)));
    const match = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
    let value = match ? BigInt(/^0[0-7]+$/.test(match[2]!) ? `0o${match[2]!.slice(1)}` : match[2]!) : 0n;
    if (match?.[1] === '-') value = -value;
    if (!match || match[0].length < text.length) await this.#complain(`${text}: invalid number`);
    const [least, most] = unsigned ? [-(2n ** 64n) + 1n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
    if (value >= least && value <= most) return value;
    const { status } = this;
    await this.#complain(`warning: ${text}: Numerical result out of range`);
    this.status = status;
    return unsigned || value > 0n ? most : least;
  }

  async #digits({ flags, precision, conversion }: Specification): Promise<Bytes> {
    const signed = conversion === 'd' || conversion === 'i';
    const value = await this.#integer(!signed);
    const size = signed ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
    let digits = size.toString(conversion === 'o' ? 8 : /x/i.test(conversion) ? 16 : 10);
    if (conversion === 'X') digits = digits.toUpperCase();
    if (precision !== undefined) digits = precision === 0 && value === 0n ? '' : digits.padStart(precision, '0');
    let sign = signed ? (value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : '';
    if (flags.includes('#')) {
      if (conversion === 'o' && !digits.startsWith('0')) digits = `0${digits}`;
      else if (/x/i.test(conversion) && value !== 0n) sign = `0${conversion}`;
    }
    return sign + digits;
  }

  async #floating(spec: Specification): Promise<void> {
    const text = this.#next() ?? '';
    const quoted = /^['"]/.test(text);
    const { value, rest } = parseFloating(quoted ? String(firstCharacter(text.slice(1))) : text);
    if (rest !== '' || (text !== '' && /^\s+$/.test(text))) await this.#complain(`${text}: invalid number`);
    const made = formatFloat(value, spec.conversion, spec.precision, spec.flags);
    // Infinity and what is no number are not filled with zeros.
    const flags =
      /[in]/i.test(made.replace(/^[+ -]?0x/i, '')) && !/[0-9]/.test(made) ? spec.flags.replace(/0/g, '') : spec.flags;
    this.#put({ ...spec, flags }, made);
  }
}

/** The first bytes; all without a precision. */
const cut = (text: Bytes, precision: number | undefined): Bytes =>
  precision === undefined ? text : text.slice(0, precision);

/** The code of the first character, of UTF-8 too. */
function firstCharacter(text: Bytes): number {
  if (text === '') return 0;
  const code = Buffer.from(text.slice(0, 4), 'latin1').toString().codePointAt(0)!;
  return code === 0xfffd ? text.charCodeAt(0) : code;
}

/** One escape of the format: octal has no leading 0 of its own, \c means nothing. */
function unescaped(escape: Bytes): Bytes {
  const [, second] = escape as unknown as [string, string];
  if (/[0-7]/.test(second)) return String.fromCharCode(Number.parseInt(escape.slice(1), 8) & 255);
  if (second === 'c') return escape;
  if (second === '"' || second === "'" || second === '?') return second;
  return echoEscapes(escape).text;
}

export const printf: Builtin = async (shell, args, name) => {
  let words = args;
  let variable: Bytes | undefined;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const [option] = words as [Bytes];
    if (option[1] !== 'v') return badOption(shell, name, option.slice(0, 2), USAGE);
    variable = option.length > 2 ? option.slice(2) : words[1];
    if (variable === undefined) return missingArgument(shell, name, '-v', USAGE);
    words = words.slice(option.length > 2 ? 1 : 2);
    if (!/^[a-zA-Z_]\w*(?:\[[\s\S]+\])?$/.test(variable)) {
      await shell.complain(`printf: \`${variable}': not a valid identifier`);
      return 2;
    }
  }
  if (words[0] === '--') words = words.slice(1);
  const [template, ...rest] = words;
  if (template === undefined) {
    await shell.process.err(`printf: usage: ${USAGE}\n`);
    return 2;
  }
  const formatter = new Formatter(shell, rest);
  let status: number;
  try {
    await formatter.run(template);
    ({ status } = formatter);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    ({ status } = error);
  }
  if (variable === undefined) await shell.process.out(formatter.out);
  else if (!(await shell.give(name, variable, formatter.out.replaceAll('\0', '')))) return 1;
  return status;
};
