// What a text filter prints, for the few that attackers hide things with: pure, bounded, undefined where it cannot be told.
import { gunzipSync, inflateSync } from 'node:zlib';
import type { Bytes } from '../machine/machine.ts';
import { echoEscapes } from '../shell/escape.ts';

/** Bytes that one decoded text may have. */
export const LONGEST_OUTPUT = 64 << 10;

/** What came out, and how it had been hidden; without `how` nothing was. */
export interface Output {
  text: Bytes;
  how?: string;
}

const ESCAPE = /\\(?:[0-7]|x[0-9A-Fa-f]|u[0-9A-Fa-f]|U[0-9A-Fa-f])/;
const cut = (text: Bytes): Bytes => (text.length > LONGEST_OUTPUT ? text.slice(0, LONGEST_OUTPUT) : text);

/**
 * The output of a program. `args` without its name; `input` undefined: not known; `file` gives what the line itself wrote.
 * `always`: escapes are always interpreted (dash).
 */
export function outputOf(
  name: string,
  args: readonly Bytes[],
  input: Bytes | undefined,
  file: (path: Bytes) => Bytes | undefined,
): Output | undefined {
  // `constructor` is a command line, too.
  const output = Object.hasOwn(filters, name) ? filters[name]!(args, input, file) : undefined;
  return output && { ...output, text: cut(output.text) };
}

type Filter = (
  args: readonly Bytes[],
  input: Bytes | undefined,
  file: (path: Bytes) => Bytes | undefined,
) => Output | undefined;

/** The first argument that is no option, read as a file; else standard input. */
const source = (
  args: readonly Bytes[],
  input: Bytes | undefined,
  file: (path: Bytes) => Bytes | undefined,
): Bytes | undefined => {
  const path = args.find((argument) => !argument.startsWith('-') || argument === '-');
  return path === undefined || path === '-' || path === '/dev/stdin' ? input : file(path);
};
const has = (args: readonly Bytes[], short: string, ...long: string[]): boolean =>
  args.some((a) => long.includes(a) || (/^-[A-Za-z0-9]+$/.test(a) && a.includes(short)));

const filters: Record<string, Filter> = {
  echo(args) {
    let [at, escapes, newline] = [0, false, true];
    for (; at < args.length && /^-[neE]+$/.test(args[at]!); at++)
      for (const letter of args[at]!.slice(1)) {
        if (letter === 'n') newline = false;
        else escapes = letter === 'e';
      }
    const text = args.slice(at).join(' ');
    if (!escapes) return { text: text + (newline ? '\n' : '') };
    const { text: out, stop } = echoEscapes(text);
    const printed = out + (newline && !stop ? '\n' : '');
    return ESCAPE.test(text) ? { text: printed, how: 'echo -e' } : { text: printed };
  },
  printf(args) {
    const words = args[0] === '--' ? args.slice(1) : args;
    const [format, ...values] = words;
    if (format === undefined || format.startsWith('-v')) return undefined;
    const text = formatted(format, values);
    return ESCAPE.test(words.join(' ')) || /%0?\d*[xXoc]/.test(format) ? { text, how: 'printf' } : { text };
  },
  cat(args, input, file) {
    const paths = args.filter((argument) => !/^-./.test(argument));
    if (paths.length === 0) return input === undefined ? undefined : { text: input };
    const parts = paths.map((path) => (path === '-' ? input : file(path)));
    return parts.includes(undefined) ? undefined : { text: parts.join('') };
  },
  base64: (args, input, file) =>
    has(args, 'd', '--decode') || has(args, 'D')
      ? decoded('base64', source(withoutValue(args, '-w', '--wrap'), input, file), fromBase64)
      : encoded(source(withoutValue(args, '-w', '--wrap'), input, file)),
  base32: (args, input, file) =>
    has(args, 'd', '--decode') ? decoded('base32', source(args, input, file), fromBase32) : undefined,
  openssl(args, input, file) {
    const [command, ...rest] = args;
    const base64 = command === 'base64' || (command === 'enc' && rest.some((option) => /^-(a|base64)$/.test(option)));
    const ciphered = rest.some((option) => /^-(aes|des|rc4|camellia|chacha|bf|k$|pass|K$)/.test(option));
    if (!base64 || ciphered || !rest.includes('-d')) return undefined;
    const at = rest.indexOf('-in');
    return decoded('base64', at < 0 ? input : file(rest[at + 1] ?? ''), fromBase64);
  },
  xxd(args, input, file) {
    if (!has(args, 'r', '-revert')) return undefined;
    const plain = has(args, 'p', '-ps', '-plain', '-postscript');
    return decoded('hex', source(args, input, file), plain ? fromHex : fromDump);
  },
  gzip: (args, input, file) =>
    has(args, 'd', '--decompress', '--uncompress') ? decoded('gzip', source(args, input, file), unzipped) : undefined,
  gunzip: (args, input, file) => decoded('gzip', source(args, input, file), unzipped),
  zcat: (args, input, file) => decoded('gzip', source(args, input, file), unzipped),
  rev: (args, input, file) =>
    decoded('rev', source(args, input, file), (text) =>
      text
        .split('\n')
        .map((line) => [...line].reverse().join(''))
        .join('\n'),
    ),
  tac: (args, input, file) =>
    decoded('tac', source(args, input, file), (text) => {
      const lines = text.split('\n');
      if (lines.at(-1) === '') lines.pop();
      return `${lines.reverse().join('\n')}\n`;
    }),
  tr(args, input) {
    const options = args.filter((argument) => /^-[cCdst]+$/.test(argument)).join('');
    const [from, to] = args.filter((argument) => !/^-[cCdst]+$/.test(argument)).map(characters);
    if (input === undefined || from === undefined || /[cC]/.test(options)) return undefined;
    if (options.includes('d')) {
      const gone = new Set(from);
      return { text: [...input].filter((c) => !gone.has(c)).join('') };
    }
    if (to === undefined || to.length === 0) return undefined;
    const map = new Map(from.map((c, i) => [c, to[Math.min(i, to.length - 1)]!]));
    return { text: [...input].map((c) => map.get(c) ?? c).join(''), how: 'tr' };
  },
  sed(args, input) {
    // Only s/text/text/g, by which markers are put into and taken out of a payload.
    const script = args.filter((argument) => !/^-[nEer]$/.test(argument));
    const match =
      script.length === 1 ? /^s([/|,#@])([^\\.*[\]^$+?(){}]{1,64}?)\1([^\\&]{0,64}?)\1(g?)$/.exec(script[0]!) : null;
    if (!match || input === undefined) return undefined;
    const [, , find, put, all] = match;
    const text = input
      .split('\n')
      .map((line) => (all ? line.replaceAll(find!, () => put!) : line.replace(find!, () => put!)))
      .join('\n');
    return { text, how: 'sed' };
  },
};

function decoded(how: string, text: Bytes | undefined, decode: (text: Bytes) => Bytes | undefined): Output | undefined {
  const out = text === undefined ? undefined : decode(text);
  return out === undefined ? undefined : { text: out, how };
}

const encoded = (text: Bytes | undefined): Output | undefined =>
  text === undefined ? undefined : { text: `${Buffer.from(text, 'latin1').toString('base64')}\n` };

function withoutValue(args: readonly Bytes[], ...options: string[]): Bytes[] {
  return args.filter((argument, i) => !options.includes(argument) && !options.includes(args[i - 1] ?? ''));
}

/** Base64, with what is no digit left out as `base64 -di` does; undefined: none at all. */
export function fromBase64(text: Bytes): Bytes | undefined {
  const digits = text.replace(/[^A-Za-z0-9+/_-]/g, '');
  return digits.length < 2 ? undefined : Buffer.from(digits, 'base64').toString('latin1');
}

function fromBase32(text: Bytes): Bytes {
  let out = '';
  let [bits, value] = [0, 0];
  for (const c of text.toUpperCase()) {
    const digit = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c);
    if (digit < 0) continue;
    value = (value << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out += String.fromCharCode((value >> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  return out;
}

export function fromHex(text: Bytes): Bytes {
  const digits = text.replace(/0x|\\x|[^0-9A-Fa-f]/g, '');
  return Buffer.from(digits.slice(0, digits.length & ~1), 'hex').toString('latin1');
}

/** The lines of a whole dump: `00000000: 6563 686f  echo`. */
function fromDump(text: Bytes): Bytes {
  return text
    .split('\n')
    .map((line) => fromHex(/^\s*[0-9A-Fa-f]+:\s?((?:[0-9A-Fa-f]{2,4} ?){1,32})/.exec(line)?.[1] ?? ''))
    .join('');
}

/** gzip or zlib; what is cut off or too long gives what came before. */
export function unzipped(text: Bytes): Bytes | undefined {
  const bytes = Buffer.from(text, 'latin1');
  try {
    // `finishFlush` lets an incomplete stream end without an error.
    const options = { maxOutputLength: LONGEST_OUTPUT, finishFlush: 2 };
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, options) : inflateSync(bytes, options)).toString(
      'latin1',
    );
  } catch {
    return undefined;
  }
}

/** The characters of a set of tr: ranges and escapes; classes are given up. */
function characters(set: Bytes): string[] {
  const text = echoEscapes(set, true).text;
  const out: string[] = [];
  for (let i = 0; i < text.length && out.length < 1024; i++) {
    const [from, to] = [text.charCodeAt(i), text.charCodeAt(i + 2)];
    if (text[i + 1] === '-' && i + 2 < text.length && to >= from) {
      for (let code = from; code <= to; code++) out.push(String.fromCharCode(code));
      i += 2;
    } else out.push(text[i]!);
  }
  return out;
}

/** printf(1) with the conversions that scripts use. The format is used again while arguments are left. */
function formatted(format: Bytes, values: readonly Bytes[]): Bytes {
  let out = '';
  let next = 0;
  do {
    const before = next;
    out += format.replace(
      /%%|%(-?)(0?)(\d{0,4})(?:\.(\d{1,4}))?([sbcdiuxXoq])|\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[abefnrtv\\"'])/g,
      (all, left: string | undefined, zero: string, width: string, precision: string | undefined, kind: string) => {
        if (all === '%%') return '%';
        if (all.startsWith('\\'))
          return all === '\\"' || all === "\\'" ? all[1]! : echoEscapes(all, true).text.replace(/^\\(0)$/, '\0');
        const value = values[next++] ?? '';
        let text =
          kind === 'b'
            ? echoEscapes(value, true).text
            : kind === 'c'
              ? value.slice(0, 1)
              : 'sq'.includes(kind)
                ? value
                : numeric(value, kind);
        if (precision !== undefined && 'sb'.includes(kind)) text = text.slice(0, Number(precision));
        const size = Math.min(Number(width || 0), 1024);
        return left ? text.padEnd(size) : text.padStart(size, zero ? '0' : ' ');
      },
    );
    if (next === before) break;
  } while (next < values.length && out.length < LONGEST_OUTPUT);
  return out;
}

function numeric(value: Bytes, kind: string): string {
  const number = /^["']/.test(value)
    ? value.charCodeAt(1)
    : Number(/^0[0-7]+$/.test(value) ? `0o${value.slice(1)}` : value || 0);
  const whole = Number.isFinite(number) ? Math.trunc(number) : 0;
  const text = whole.toString(kind === 'o' ? 8 : kind.toLowerCase() === 'x' ? 16 : 10);
  return kind === 'X' ? text.toUpperCase() : text;
}
