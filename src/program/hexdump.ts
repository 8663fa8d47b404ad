// hexdump and hd (util-linux): dumps of bytes.
import type { Bytes, Process } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';
import { parseSize } from './number.ts';
import { calledAs } from './program.ts';

export const names = ['hexdump', 'hd'];

type Kind = 'x' | 'C' | 'b' | 'c' | 'd' | 'o' | 'X' | 'e';
const CHARS: Record<number, string> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};

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
  const format = value('e');
  if (format !== undefined)
    return custom(
      process,
      format,
      operands,
      parseSize(value('n') ?? '') ?? Number.POSITIVE_INFINITY,
      parseSize(value('s') ?? '0') ?? 0,
    );
  const kinds = options.map(([k]) => k).filter((k): k is Kind => 'xCbcdo'.includes(k) && k.length === 1);
  if (name === 'hd' && !kinds.includes('C')) kinds.unshift('C');
  if (kinds.length === 0) kinds.push('X');
  const squeeze = !options.some(([k]) => k === 'v');
  let skip = parseSize(value('s') ?? '0') ?? 0;
  let left = parseSize(value('n') ?? '') ?? Number.POSITIVE_INFINITY;
  let at = skip;
  let text = '';
  let previous: Bytes | undefined;
  let starred = false;
  let pending = '';
  const offset = (n: number) => n.toString(16).padStart(kinds[0] === 'C' ? 8 : 7, '0');
  const line = (part: Bytes) => {
    if (squeeze && part === previous && part.length === 16) {
      if (!starred) text += '*\n';
      starred = true;
      at += part.length;
      return;
    }
    previous = part;
    starred = false;
    for (const kind of kinds)
      text += `${(kind === 'C' ? at.toString(16).padStart(8, '0') : at.toString(16).padStart(7, '0')) + row(kind, part)}\n`;
    at += part.length;
  };
  let opened = 0;
  for (const operand of operands.length ? operands : ['-']) {
    let input: Input;
    try {
      input = new Input(process, operand === '-' ? 0 : process.open(operand, { read: true }));
      opened++;
      while (left > 0) {
        const chunk = await input.read(Math.min(skip > 0 ? skip : left, 65536));
        if (chunk === '') break;
        if (skip > 0) {
          skip -= chunk.length;
          continue;
        }
        left -= chunk.length;
        pending += chunk;
        let from = 0;
        for (; pending.length - from >= 16; from += 16) line(pending.slice(from, from + 16));
        pending = pending.slice(from);
        if (text) await process.out(text);
        text = '';
      }
      input.close();
    } catch (error) {
      await process.err(`${name}: ${operand}: ${reason(error)}\n`);
    }
  }
  if (opened === 0) {
    await process.err(`${name}: all input file arguments failed\n`);
    return 1;
  }
  if (pending) line(pending);
  if (at > 0) text += `${offset(at)}\n`;
  await process.out(text);
  return opened < operands.length ? 1 : 0;
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

/** `-e '16/1 "%02x " "\n"'`: units of iterations, byte count and a printf format, applied over and over. */
async function custom(
  process: Process,
  format: Bytes,
  operands: readonly Bytes[],
  limit: number,
  skip: number,
): Promise<number> {
  const units: { times: number; size: number; text: string }[] = [];
  for (const [, times, size, text] of format.matchAll(/(?:(\d+)?(?:\/(\d+))?)\s*"((?:[^"\\]|\\.)*)"/g)) {
    const plain = text!.replace(/\\(.)/g, (_, c) => ({ n: '\n', t: '\t', '0': '\0' })[c as string] ?? c);
    const conversions = (plain.match(/%[^%]/g) ?? []).length;
    units.push({
      times: Number(times ?? 1),
      size: size ? Number(size) : conversions ? (/%[\d.]*_?[cpu]/.test(plain) ? 1 : 4) : 0,
      text: plain,
    });
  }
  if (units.length === 0) {
    await process.err(`hexdump: bad format {${format}}\n`);
    return 1;
  }
  let data = '';
  for (const operand of operands.length ? operands : ['-']) {
    const input = new Input(process, operand === '-' ? 0 : process.open(operand, { read: true }));
    for (let chunk: Bytes; data.length < Math.min(limit + skip, 16 << 20) && (chunk = await input.read()) !== ''; )
      data += chunk;
    input.close();
  }
  data = data.slice(skip, skip + Math.min(limit, data.length));
  let text = '';
  for (let at = 0; at < data.length; ) {
    const before = at;
    for (const unit of units) {
      for (let i = 0; i < unit.times; i++) {
        if (unit.size > 0 && at >= data.length) break;
        const part = data.slice(at, at + unit.size);
        at += unit.size;
        let value = 0n;
        for (let b = part.length - 1; b >= 0; b--) value = value * 256n + BigInt(part.charCodeAt(b));
        text += unit.text.replace(
          /%([-0]*)(\d*)(?:\.(\d+))?(_c|_p|_u|_ad|_ax|[cdioxXus])/g,
          (_, flags, width, precision, letter) => {
            const shown =
              letter === '_p' || letter === '_c' || letter === 'c'
                ? part.slice(0, 1).replace(/[^ -~]/g, '.')
                : letter === 's'
                  ? part
                  : letter === '_ad'
                    ? String(at - unit.size)
                    : letter === '_ax'
                      ? (at - unit.size).toString(16)
                      : value.toString(letter === 'o' ? 8 : letter === 'x' || letter === 'X' ? 16 : 10);
            const cased = letter === 'X' ? shown.toUpperCase() : shown;
            const exact = precision === undefined ? cased : cased.padStart(Number(precision), '0');
            return flags.includes('-')
              ? exact.padEnd(Number(width || 0))
              : exact.padStart(Number(width || 0), flags.includes('0') ? '0' : ' ');
          },
        );
      }
    }
    if (at === before) break;
    const turn = process.step(4);
    if (turn) await turn;
  }
  await process.out(text);
  return 0;
}
