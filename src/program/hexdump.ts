// hexdump and hd (util-linux): dumps of bytes.
import type { Bytes, Process } from '../machine/machine.ts';
import { CHARS, readBlocks } from './dump.ts';
import { reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { closing, type Format, FormatError, parseFormat, settle, show } from './hexdump-format.ts';
import { parseSize } from './number.ts';
import { calledAs } from './program.ts';

export const names = ['hexdump', 'hd'];

type Kind = 'x' | 'C' | 'b' | 'c' | 'd' | 'o' | 'X' | 'e';

export async function main(process: Process): Promise<number> {
  const name = calledAs(process);
  let options: [string, Bytes | undefined][];
  let operands: Bytes[];
  try {
    ({ options, operands } = getopt(process.argv.slice(1), 'bcCde:f:L::n:os:vxhV', {
      'one-byte-octal': 'b',
      'one-byte-char': 'c',
      canonical: 'C',
      'two-bytes-decimal': 'd',
      'two-bytes-octal': 'o',
      'two-bytes-hex': 'x',
      'format=': 'e',
      'format-file=': 'f',
      'color=?': 'L',
      'length=': 'n',
      'skip=': 's',
      'no-squeezing': 'v',
      help: 'h',
      version: 'V',
    }));
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`${name}: ${error.message}\nTry '${name} --help' for more information.\n`);
    return 1;
  }
  const value = (key: string) => options.findLast(([k]) => k === key)?.[1];
  if (options.some(([k]) => k === 'V')) {
    await process.out(`${name} from util-linux 2.38.1\n`);
    return 0;
  }
  const numeric = (key: string, what: string): number | string => {
    const text = value(key);
    if (text === undefined) return key === 'n' ? Number.POSITIVE_INFINITY : 0;
    const size = /^0x[0-9a-f]+$/i.test(text) ? Number(text) : parseSize(text);
    return size ?? `failed to parse ${what}: '${text}': Invalid argument`;
  };
  const [limit, start] = [numeric('n', 'length'), numeric('s', 'offset')];
  const fail = async (text: string) => {
    await process.err(`${name}: ${text}\n`);
    return 1;
  };
  if (typeof limit === 'string') return fail(limit);
  if (typeof start === 'string') return fail(start);
  const texts: Bytes[] = [];
  for (const [key, text] of options) {
    if (key === 'e') texts.push(text!);
    if (key !== 'f') continue;
    try {
      texts.push(
        ...process
          .readFile(text!)
          .split('\n')
          .filter((line) => line.trim() !== '' && !line.startsWith('#')),
      );
    } catch (error) {
      return fail(`can't read ${text}: ${reason(error)}`);
    }
  }
  const files = operands.length ? operands : ['-'];
  const squeeze = !options.some(([k]) => k === 'v');
  // An offset beyond all input ends there.
  const sizes = files.map((file) => (file === '-' ? undefined : tryTo(() => process.files.stat(file))));
  const whole = sizes.every((stat) => stat?.type === 'file')
    ? sizes.reduce((sum, stat) => sum + stat!.size, 0)
    : Number.POSITIVE_INFINITY;
  const skip = Math.min(start, whole);
  const source = { process, name, files, skip, limit, squeeze };
  if (texts.length > 0) {
    try {
      return await custom(source, texts.map(parseFormat));
    } catch (error) {
      if (error instanceof FormatError) return fail(error.message);
      throw error;
    }
  }
  const kinds = options.map(([k]) => k).filter((k): k is Kind => 'xCbcdo'.includes(k) && k.length === 1);
  if (name === 'hd' && !kinds.includes('C')) kinds.unshift('C');
  if (kinds.length === 0) kinds.push('X');
  const offset = (n: number) => n.toString(16).padStart(kinds[0] === 'C' ? 8 : 7, '0');
  return dump(
    source,
    16,
    (part, at) =>
      kinds.map((kind) => `${at.toString(16).padStart(kind === 'C' ? 8 : 7, '0')}${row(kind, part)}\n`).join(''),
    (at) => `${offset(at)}\n`,
  );
}

interface Source {
  process: Process;
  name: string;
  files: readonly Bytes[];
  skip: number;
  limit: number;
  squeeze: boolean;
}

/** Shows the blocks of all files; alike ones in a row become one `*`. */
async function dump(
  { process, name, files, skip, limit, squeeze }: Source,
  size: number,
  show: (block: Bytes, at: number) => Bytes,
  end: (at: number) => Bytes,
): Promise<number> {
  let at = skip;
  let text = '';
  let previous: Bytes | undefined;
  let starred = false;
  const flush = async () => {
    const out = text;
    text = '';
    if (out) await process.out(out);
  };
  const { opened } = await readBlocks(
    process,
    files,
    { skip, limit, size },
    (block) => {
      if (squeeze && block === previous && block.length === size) {
        if (!starred) text += '*\n';
        starred = true;
      } else {
        starred = false;
        text += show(block, at);
      }
      previous = block;
      at += block.length;
    },
    flush,
    async (file, error) => {
      const words = reason(error);
      await flush();
      await process.err(`${name}: ${file}: ${words}\n`);
    },
  );
  if (opened === 0) {
    await process.err(`${name}: all input file arguments failed\n`);
    return 1;
  }
  if (at > 0) text += end(at);
  await flush();
  return opened < files.length ? 1 : 0;
}

function custom(source: Source, formats: Format[]): Promise<number> {
  const size = settle(formats);
  if (size === 0)
    return dump(
      { ...source, limit: 0 },
      1,
      () => '',
      (at) => closing(formats, at),
    );
  return dump(
    source,
    Math.min(size, 65_536),
    (block, at) => formats.map((format) => show(format, block, at)).join(''),
    (at) => closing(formats, at),
  );
}

/** The dump of up to sixteen bytes after the offset. */
function row(kind: Kind, part: Bytes): string {
  const codes = [...part].map((c) => c.charCodeAt(0));
  if (kind === 'C') {
    const cells = Array.from({ length: 16 }, (_, i) =>
      i < codes.length ? codes[i]!.toString(16).padStart(2, '0') : '  ',
    );
    return `  ${cells.slice(0, 8).join(' ')}  ${cells.slice(8).join(' ')}  |${part.replace(/[^ -~]/g, '.')}|`;
  }
  if (kind === 'b' || kind === 'c') {
    const show = (c: number) =>
      kind === 'b'
        ? c.toString(8).padStart(3, '0')
        : (CHARS[c] ?? (c >= 32 && c < 127 ? String.fromCharCode(c) : c.toString(8).padStart(3, '0')));
    return codes
      .map((c) => ` ${show(c).padStart(3)}`)
      .join('')
      .padEnd(64);
  }
  const words: number[] = [];
  for (let i = 0; i < codes.length; i += 2) words.push(codes[i]! | ((codes[i + 1] ?? 0) << 8));
  if (kind === 'X')
    return words
      .map((w) => ` ${w.toString(16).padStart(4, '0')}`)
      .join('')
      .padEnd(40);
  const cell = (w: number) =>
    kind === 'x'
      ? w.toString(16).padStart(4, '0')
      : kind === 'd'
        ? String(w).padStart(5, '0')
        : w.toString(8).padStart(6, '0');
  return words
    .map((w) => cell(w).padStart(8))
    .join('')
    .padEnd(64);
}
