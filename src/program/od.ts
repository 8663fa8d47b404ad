// od (GNU coreutils): dumps in octal and other forms.
import type { Bytes } from '../machine/machine.ts';
import { CHARS, readBlocks } from './dump.ts';
import { reason, tryTo } from './failure.ts';
import { formatFloat } from './format.ts';
import { parseSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';

export const names = ['od'];

interface Format {
  size: number;
  width: number;
  characters: boolean;
  show(bytes: Buffer): string;
}

const NAMES =
  'nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp'.split(
    ' ',
  );

function integer(size: number, base: number, signed: boolean): Format {
  const digits =
    base === 8
      ? [0, 3, 6, 0, 11, 0, 0, 0, 22][size]!
      : base === 16
        ? size * 2
        : signed
          ? [0, 4, 6, 0, 11, 0, 0, 0, 20][size]!
          : [0, 3, 5, 0, 10, 0, 0, 0, 20][size]!;
  return {
    size,
    width: digits + 1,
    characters: false,
    show(bytes) {
      let value = 0n;
      for (let i = size - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i] ?? 0);
      if (signed) value = BigInt.asIntN(size * 8, value);
      const text = value.toString(base);
      return base === 10 ? text : text.padStart(digits, '0');
    },
  };
}

function float(size: number): Format {
  return {
    size,
    width: size === 4 ? 16 : 25,
    characters: false,
    show(bytes) {
      const padded = Buffer.concat([bytes, Buffer.alloc(size)]);
      const value = size === 4 ? padded.readFloatLE() : padded.readDoubleLE();
      for (let precision = size === 4 ? 6 : 15; precision < 18; precision++) {
        const text = formatFloat({ flags: '', width: 0, precision, letter: 'g' }, value);
        if (size === 4 ? Math.fround(Number(text)) === value : Number(text) === value) return text;
      }
      return String(value);
    },
  };
}

const character: Format = {
  size: 1,
  width: 4,
  characters: false,
  show: ([c = 0]) => CHARS[c] ?? (c >= 32 && c < 127 ? String.fromCharCode(c) : c.toString(8).padStart(3, '0')),
};
const named: Format = {
  size: 1,
  width: 4,
  characters: false,
  show: ([c = 0]) => ((c & 127) < 33 ? NAMES[c & 127]! : (c & 127) === 127 ? 'del' : String.fromCharCode(c & 127)),
};

/** The formats of a -t argument: `x1z`, `d4`, `c`; undefined if it is none. */
function formatsOf(text: string): Format[] | undefined {
  const formats: Format[] = [];
  const pattern = /([acdfoux])([CSILFD]|\d+)?(z?)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return undefined;
    const [, kind, sizeText, z] = match;
    const letters: Record<string, number> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 };
    const size = sizeText ? (letters[sizeText] ?? Number(sizeText)) : kind === 'f' ? 8 : 4;
    if (![1, 2, 4, 8].includes(size) || (kind === 'f' && size < 4)) return undefined;
    const base = { o: 8, x: 16, d: 10, u: 10 }[kind!];
    const format =
      kind === 'a' ? named : kind === 'c' ? character : kind === 'f' ? float(size) : integer(size, base!, kind === 'd');
    formats.push({ ...format, characters: z === 'z' });
  }
  return formats;
}

const SHORT: Record<string, string> = {
  a: 'a',
  b: 'o1',
  c: 'c',
  d: 'u2',
  f: 'fF',
  i: 'dI',
  l: 'dL',
  o: 'o2',
  s: 'd2',
  x: 'x2',
  h: 'x2',
  H: 'x4',
  X: 'x4',
  O: 'o4',
  D: 'u4',
  F: 'fD',
  e: 'fD',
  I: 'dL',
  L: 'dL',
};

export const main = gnu({
  short: 'A:aBbcDdeFfHhIij:LlN:OoS:st:vw::Xx',
  long: {
    'address-radix=': 'A',
    'skip-bytes=': 'j',
    'read-bytes=': 'N',
    'format=': 't',
    'output-duplicates': 'v',
    'strings=': 'S',
    traditional: 'traditional',
    'width=?': 'w',
    'endian=': 'endian',
  },
  usage: '[OPTION]... [FILE]...',
  words: { endian: { name: '--endian', groups: ['little', 'big'] } },
  async run(run) {
    const { process } = run;
    const formats: Format[] = [];
    for (const [key, value] of run.options) {
      const text = key === 't' ? value! : SHORT[key];
      if (text === undefined) continue;
      const made = formatsOf(text);
      if (!made)
        return run.fail(
          /^[acdfoux]/.test(text)
            ? `invalid type string ${quote(process, text)}${/^[doux]\d+$/.test(text) ? `;\nthis system doesn't provide a ${text.slice(1)}-byte integral type` : ''}`
            : `invalid character '${text[0]}' in type string ${quote(process, text)}`,
        );
      formats.push(...made);
    }
    if (formats.length === 0) formats.push(integer(2, 8, false));
    const radix = run.value('A') ?? 'o';
    if (!/^[doxn]$/.test(radix))
      return run.fail(`invalid output address radix '${radix}'; it must be one character from [doxn]`);
    const size = (key: string) => {
      const text = run.value(key);
      if (text === undefined) return undefined;
      const value = /^0x/i.test(text) ? Number(text) : parseSize(text);
      if (value === undefined || Number.isNaN(value)) return run.fail(`invalid -${key} argument '${text}'`);
      return value;
    };
    const unit = Math.max(...formats.map((format) => format.size));
    let width = run.has('w') ? (parseSize(run.value('w') ?? '32') ?? 32) : 16;
    if (width >= 1 && width % unit !== 0) {
      const fitting = Math.max(unit, width - (width % unit));
      await run.warn(`warning: invalid width ${width}; using ${fitting} instead`, 0);
      width = fitting;
    }
    if (width < 1 || width > 4096) return run.fail(`invalid -w argument ${quote(process, String(width))}`);
    const { files, skip } = operandsOf(run, size('j') ?? 0);
    const left = size('N') ?? Number.POSITIVE_INFINITY;
    let at = skip;
    const address = (n: number) =>
      radix === 'n'
        ? ''
        : radix === 'x'
          ? n.toString(16).padStart(6, '0')
          : radix === 'd'
            ? String(n).padStart(7, '0')
            : n.toString(8).padStart(7, '0');
    if (run.has('S')) return strings(run, files, skip, left, address);
    // Columns of several formats are widened so that they stand below each other.
    const perByte = Math.max(...formats.map((f) => f.width / f.size));
    let previous = '';
    let starred = false;
    const big = run.value('endian') === 'big';
    const ordered = (bytes: Buffer, size: number) =>
      big && size > 1 ? Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]).reverse() : bytes;
    const line = (part: Bytes) => {
      if (part === previous && part.length === width && !run.has('v')) {
        if (!starred) run.put('*\n');
        starred = true;
        at += part.length;
        return;
      }
      previous = part;
      starred = false;
      const buffer = Buffer.from(part, 'latin1');
      for (const [i, format] of formats.entries()) {
        const column = Math.round(perByte * format.size);
        let text = i === 0 ? address(at) : ' '.repeat(radix === 'n' ? 0 : address(at).length);
        for (let b = 0; b < width; b += format.size) {
          if (b < buffer.length)
            text += format.show(ordered(buffer.subarray(b, b + format.size), format.size)).padStart(column);
          else if (format.characters) text += ' '.repeat(column);
        }
        run.put(`${text}${format.characters ? `  >${part.replace(/[^ -~]/g, '.')}<` : ''}\n`);
      }
      at += part.length;
    };
    const { missing } = await readBlocks(
      process,
      files,
      { skip, limit: left, size: width },
      line,
      () => run.flush(),
      (file, error) => run.warn(`${quoteIfNeeded(file)}: ${reason(error)}`),
    );
    if (missing > 0 && run.status === 0) return run.fail('cannot skip past end of combined input');
    const readable = files.some((file) => file === '-' || tryTo(() => process.files.stat(file)));
    if (radix !== 'n' && readable) run.put(`${address(at)}\n`);
    return undefined;
  },
});

/** The files and how much of them is skipped: the old `+OFFSET[.][b]` may come last. */
function operandsOf(run: Invocation, skip: number): { files: Bytes[]; skip: number } {
  const files = [...run.operands];
  const modern = run.options.some(([key]) => ['A', 'j', 'N', 't', 'w', 'S', 'endian'].includes(key));
  const old = /^\+(0x[0-9a-f]+|\d+)(\.?)(b?)$/i.exec(files.at(-1) ?? '');
  if (!old || modern || files.length > 2) return { files: files.length ? files : ['-'], skip };
  files.pop();
  const [, digits, decimal, blocks] = old;
  const amount = decimal || /^0x/i.test(digits!) ? Number(digits) : Number.parseInt(digits!, 8);
  return { files: files.length ? files : ['-'], skip: amount * (blocks ? 512 : 1) };
}

/** -S: strings of at least so many graphic characters that end in a zero byte. */
async function strings(
  run: Invocation,
  files: readonly Bytes[],
  skip: number,
  limit: number,
  address: (n: number) => string,
): Promise<number | undefined> {
  const text = run.value('S') ?? '3';
  const least = parseSize(text);
  if (least === undefined) return run.fail(`invalid -S argument '${text}'`);
  let at = skip;
  let held = '';
  const each = (block: Bytes) => {
    for (const c of block) {
      if (c === '\0') {
        if (held.length >= least && held !== '') {
          const place = address(at - held.length);
          run.put(`${place}${place === '' ? '' : ' '}${held}\n`);
        }
        held = '';
      } else if ((c >= ' ' && c <= '~') || (c >= '\x07' && c <= '\r')) held = (held + c).slice(-1_048_576);
      else held = '';
      at++;
    }
  };
  await readBlocks(
    run.process,
    files,
    { skip, limit, size: 4096 },
    each,
    () => run.flush(),
    (file, error) => run.warn(`${quoteIfNeeded(file)}: ${reason(error)}`),
  );
  return undefined;
}
