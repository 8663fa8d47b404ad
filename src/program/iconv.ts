// iconv (GNU libc 2.36): text from one character encoding to another.
import type { Bytes } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { LARGEST } from './archive/codec.ts';
import { reason } from './failure.ts';
import { gnu } from './program.ts';

export const names = ['iconv'];

/** An encoding: how it reads a character, and how it writes one. */
interface Encoding {
  /** The code point at a place and its length in bytes; undefined where there is none (`short`: the input ends in it). */
  read(text: Bytes, at: number): { point: number; length: number } | 'short' | undefined;
  /** Undefined: it has no such character. */
  write(point: number): Bytes | undefined;
  /** A mark at the beginning of the output. */
  mark?: Bytes;
}

const chars = (...codes: number[]) => String.fromCharCode(...codes);

const UTF8: Encoding = {
  read(text, at) {
    const c = text.charCodeAt(at);
    if (c < 0x80) return { point: c, length: 1 };
    const length = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (length === 0) return undefined;
    let point = c & (0xff >> (length + 1));
    for (let i = 1; i < length; i++) {
      if (at + i >= text.length) return 'short';
      const next = text.charCodeAt(at + i);
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    const least = [0, 0, 0x80, 0x800, 0x10000][length]!;
    return point < least || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff ? undefined : { point, length };
  },
  write: (point) => Buffer.from(String.fromCodePoint(point)).toString('latin1'),
};

function units(size: 2 | 4, little: boolean, mark: boolean): Encoding {
  const unit = (text: Bytes, at: number) => {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + text.charCodeAt(at + (little ? size - 1 - i : i));
    return value;
  };
  const put = (value: number) => {
    const bytes = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) & 255);
    return chars(...(little ? bytes.reverse() : bytes));
  };
  return {
    read(text, at) {
      if (at + size > text.length) return 'short';
      const first = unit(text, at);
      if (size === 4) return first > 0x10ffff ? undefined : { point: first, length: 4 };
      if (first < 0xd800 || first > 0xdfff) return { point: first, length: 2 };
      if (first > 0xdbff) return undefined;
      if (at + 4 > text.length) return 'short';
      const second = unit(text, at + 2);
      return second < 0xdc00 || second > 0xdfff
        ? undefined
        : { point: 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), length: 4 };
    },
    write: (point) =>
      size === 4 || point < 0x10000
        ? put(point)
        : put(0xd800 + ((point - 0x10000) >> 10)) + put(0xdc00 + ((point - 0x10000) & 0x3ff)),
    ...(mark ? { mark: put(0xfeff) } : {}),
  };
}

/** Encodings that are tables: read and written by what the runtime's decoder says of each sequence of one or two bytes. */
function table(label: string, most: number): Encoding | undefined {
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label, { fatal: true });
  } catch {
    return undefined;
  }
  const decode = (bytes: number[]): number | undefined => {
    try {
      const text = decoder.decode(Uint8Array.from(bytes));
      const point = text.codePointAt(0);
      return point !== undefined && String.fromCodePoint(point) === text ? point : undefined;
    } catch {
      return undefined;
    }
  };
  const singles = Array.from({ length: 256 }, (_, c) => decode([c]));
  let written: Map<number, Bytes> | undefined;
  const reverse = () => {
    const map = new Map<number, Bytes>();
    for (const [c, point] of singles.entries()) if (point !== undefined && !map.has(point)) map.set(point, chars(c));
    if (most > 1)
      for (let lead = 0x81; lead < 0xff; lead++)
        for (let trail = 0x40; trail < 0xff; trail++) {
          const point = decode([lead, trail]);
          if (point !== undefined && !map.has(point)) map.set(point, chars(lead, trail));
        }
    return map;
  };
  return {
    read(text, at) {
      const c = text.charCodeAt(at);
      const single = singles[c];
      if (single !== undefined) return { point: single, length: 1 };
      if (most < 2) return undefined;
      if (at + 1 >= text.length) return 'short';
      const point = decode([c, text.charCodeAt(at + 1)]);
      return point === undefined ? undefined : { point, length: 2 };
    },
    write: (point) => (written ??= reverse()).get(point),
  };
}

const limited = (most: number): Encoding => ({
  read: (text, at) => {
    const point = text.charCodeAt(at);
    return point < most ? { point, length: 1 } : undefined;
  },
  write: (point) => (point < most ? chars(point) : undefined),
});

/** Names as iconv -l has them, without hyphens and in capitals, by the runtime's label. */
const TABLES: Record<string, [names: string, most: number]> = {
  'iso-8859-2': ['ISO88592 LATIN2 L2', 1],
  'iso-8859-3': ['ISO88593 LATIN3', 1],
  'iso-8859-4': ['ISO88594 LATIN4', 1],
  'iso-8859-5': ['ISO88595 CYRILLIC', 1],
  'iso-8859-6': ['ISO88596 ARABIC', 1],
  'iso-8859-7': ['ISO88597 GREEK', 1],
  'iso-8859-8': ['ISO88598 HEBREW', 1],
  'iso-8859-10': ['ISO885910 LATIN6', 1],
  'iso-8859-13': ['ISO885913 LATIN7', 1],
  'iso-8859-14': ['ISO885914 LATIN8', 1],
  'iso-8859-15': ['ISO885915 LATIN9', 1],
  'iso-8859-16': ['ISO885916 LATIN10', 1],
  'koi8-r': ['KOI8R', 1],
  'koi8-u': ['KOI8U', 1],
  ibm866: ['IBM866 CP866 866', 1],
  'windows-1250': ['WINDOWS1250 CP1250', 1],
  'windows-1251': ['WINDOWS1251 CP1251', 1],
  'windows-1252': ['WINDOWS1252 CP1252', 1],
  'windows-1253': ['WINDOWS1253 CP1253', 1],
  'windows-1254': ['WINDOWS1254 CP1254', 1],
  'windows-1257': ['WINDOWS1257 CP1257', 1],
  gbk: ['GBK GB2312 CP936 EUCCN GB18030', 2],
  big5: ['BIG5 CP950', 2],
  shift_jis: ['SHIFTJIS SJIS CP932', 2],
  'euc-jp': ['EUCJP', 2],
  'euc-kr': ['EUCKR CP949 UHC', 2],
};

function encodingOf(name: string): Encoding | undefined {
  const plain = name.toUpperCase().replace(/[-_ .:]/g, '');
  switch (plain) {
    case '':
    case 'UTF8':
    case 'ISO10646/UTF8':
      return UTF8;
    case 'ASCII':
    case 'USASCII':
    case 'ANSIX341968':
    case 'ANSIX3.41968':
    case 'C':
    case 'POSIX':
    case '646':
      return limited(128);
    case 'LATIN1':
    case 'ISO88591':
    case 'L1':
    case 'CP819':
      return limited(256);
    case 'UTF16':
    case 'UNICODE':
      return units(2, true, true);
    case 'UTF16LE':
    case 'UCS2LE':
    case 'UNICODELITTLE':
    case 'UCS2':
      return units(2, true, false);
    case 'UTF16BE':
    case 'UCS2BE':
    case 'UNICODEBIG':
      return units(2, false, false);
    case 'UTF32':
      return units(4, true, true);
    case 'UTF32LE':
    case 'UCS4LE':
      return units(4, true, false);
    case 'UTF32BE':
    case 'UCS4':
    case 'UCS4BE':
      return units(4, false, false);
  }
  const found = Object.entries(TABLES).find(([, [names]]) => names.split(' ').includes(plain));
  return found && table(found[0], found[1][1]);
}

/** What //TRANSLIT puts for a character that the output has not. */
function likeness(point: number): string {
  const plain = String.fromCodePoint(point).normalize('NFKD').replace(/\p{M}/gu, '');
  const named: Record<string, string> = {
    '\u2018': "'",
    '\u2019': "'",
    '\u201c': '"',
    '\u201d': '"',
    '\u2013': '-',
    '\u2014': '-',
    '\u2026': '...',
    '\u20ac': 'EUR',
    '\u00a9': '(C)',
    '\u00ae': '(R)',
    '\u00ab': '<<',
    '\u00bb': '>>',
    '\u00df': 'ss',
    '\u00e6': 'ae',
    '\u00c6': 'AE',
    '\u00d7': 'x',
  };
  return named[String.fromCodePoint(point)] ?? (/^[ -~]+$/.test(plain) ? plain : '?');
}

export const main = gnu({
  short: 'f:t:lco:s',
  long: {
    'from-code=': 'f',
    'to-code=': 't',
    list: 'l',
    'output=': 'o',
    silent: 's',
    verbose: 'verbose',
    usage: 'usage',
  },
  usage: '[OPTION...] [FILE...]',
  failure: 1,
  hint: "Try `% --help' or `% --usage' for more information.\n",
  release: 'Debian GLIBC 2.36-9+deb12u13',
  async run(run) {
    const { process } = run;
    if (run.has('l')) {
      const list = recordedRun(process, 'iconv', '-l')?.stdout;
      run.put(
        list ??
          `${Object.values(TABLES)
            .flatMap(([all]) => all.split(' '))
            .sort()
            .join('//\n')}//\n`,
      );
      return 0;
    }
    const [fromName = ''] = (run.value('f') ?? '').split('//');
    const [toName = '', ...suffixes] = (run.value('t') ?? '').split('//');
    const from = encodingOf(fromName);
    const to = encodingOf(toName);
    if (!from || !to) return run.fail('failed to start conversion processing: No such file or directory');
    const translit = suffixes.some((suffix) => /TRANSLIT/i.test(suffix));
    const ignore = run.has('c') || suffixes.some((suffix) => /IGNORE/i.test(suffix));
    const told = suffixes.some((suffix) => /IGNORE/i.test(suffix));
    let output = to.mark ?? '';
    const write = async () => {
      const file = run.value('o');
      if (file === undefined) {
        await process.out(output);
        output = '';
        return;
      }
      const descriptor = process.open(file, { write: true, create: true, truncate: true }, 0o666);
      await process.write(descriptor, output);
      process.close(descriptor);
    };
    for (const file of run.operands.length ? run.operands : ['-']) {
      let text: Bytes;
      try {
        text = file === '-' ? await process.readAll(0, LARGEST) : process.readFile(file);
      } catch (error) {
        await run.warn(`cannot open input file \`${file}': ${reason(error)}`);
        continue;
      }
      // A mark says which way the units lie.
      let reader = from;
      let at = 0;
      if (from.mark) {
        const size = from.mark.length as 2 | 4;
        const big = [...from.mark].reverse().join('');
        if (text.startsWith(from.mark)) at = size;
        else if (text.startsWith(big)) {
          at = size;
          reader = units(size, false, false);
        }
      }
      let skipped = false;
      for (let steps = 0; at < text.length; steps++) {
        if ((steps & 0x1fff) === 0x1fff) {
          const turn = process.step(800);
          if (turn) await turn;
          if (run.value('o') === undefined) await write();
        }
        const read = reader.read(text, at);
        if (read === 'short') {
          await write();
          return run.fail('incomplete character or shift sequence at end of buffer');
        }
        const written =
          read === undefined
            ? undefined
            : (to.write(read.point) ??
              (translit
                ? [...likeness(read.point)].map((c) => to.write(c.codePointAt(0)!) ?? '?').join('')
                : undefined));
        if (written === undefined) {
          if (!ignore) {
            await write();
            return run.fail(
              `${read === undefined || fromName !== '' || toName !== '' ? 'illegal input sequence' : 'cannot convert'} at position ${at}`,
            );
          }
          skipped = true;
          at += read?.length ?? 1;
          continue;
        }
        output += written;
        at += read!.length;
      }
      if (skipped && told) {
        await write();
        return run.fail(`illegal input sequence at position ${text.length}`);
      }
    }
    await write();
    return undefined;
  },
});
