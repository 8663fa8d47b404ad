// xxd (vim 9.0): hexadecimal dumps and back.
import type { Bytes, Process } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { Input } from './input.ts';

export const names = ['xxd'];

const USAGE =
  'Usage:\n       xxd [options] [infile [outfile]]\n    or\n       xxd -r [-s [-]offset] [-c cols] [-ps] [infile [outfile]]\nOptions:\n    -a          toggle autoskip: A single \'*\' replaces nul-lines. Default off.\n    -b          binary digit dump (incompatible with -ps,-i,-r). Default hex.\n    -C          capitalize variable names in C include file style (-i).\n    -c cols     format <cols> octets per line. Default 16 (-i: 12, -ps: 30).\n    -E          show characters in EBCDIC. Default ASCII.\n    -e          little-endian dump (incompatible with -ps,-i,-r).\n    -g bytes    number of octets per group in normal output. Default 2 (-e: 4).\n    -h          print this summary.\n    -i          output in C include file style.\n    -l len      stop after <len> octets.\n    -n name     set the variable name used in C include output (-i).\n    -o off      add <off> to the displayed file position.\n    -ps         output in postscript plain hexdump style.\n    -r          reverse operation: convert (or patch) hexdump into binary.\n    -r -s off   revert with <off> added to file positions found in hexdump.\n    -d          show offset in decimal instead of hex.\n    -s [+][-]seek  start at <seek> bytes abs. (or +: rel.) infile offset.\n    -u          use upper case hex letters.\n    -v          show version: "xxd 2022-01-14 by Juergen Weigert et al.".\n';

export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const args = process.argv.slice(1);
  const flags = new Set<string>();
  const values = new Map<string, Bytes>();
  while (args[0]?.startsWith('-') && args[0] !== '-') {
    const arg = args.shift()!.replace(/^--/, '-');
    if (arg === '-') break;
    if (/^-(p|ps|plain|postscript)$/.test(arg)) flags.add('p');
    else if (/^-[abCEeirdu]$/.test(arg)) flags.add(arg[1]!);
    else if (arg === '-v' || arg === '-version') {
      await process.err('xxd 2022-01-14 by Juergen Weigert et al.\n');
      return 0;
    } else if (/^-(c|cols|g|groupsize|l|len|n|o|s|seek|skip)$/.test(arg)) {
      const value = args.shift();
      if (value === undefined) {
        await process.err(USAGE);
        return 1;
      }
      values.set(arg[1]!, value);
    } else if (/^-[cglos][-+\dx]/.test(arg)) values.set(arg[1]!, arg.slice(2));
    else if (/^-[abCEeirdup]{2,}$/.test(arg)) for (const c of arg.slice(1)) flags.add(c);
    else {
      await process.err(USAGE);
      return 1;
    }
  }
  const number = (key: string) => (values.has(key) ? Number(values.get(key)) : undefined);
  let input: Input;
  let output = 1;
  const [source, target] = args;
  try {
    input = new Input(process, source === undefined || source === '-' ? 0 : process.open(source, { read: true }));
    if (target !== undefined && target !== '-')
      output = process.open(target, { write: true, create: true, truncate: !flags.has('r') }, 0o666);
  } catch (error) {
    await process.err(`${name}: ${source}: ${reason(error)}\n`);
    return 2;
  }
  if (flags.has('r')) return revert(process, input, output, flags.has('p'));
  const columns = Math.min(256, number('c') || (flags.has('i') ? 12 : flags.has('p') ? 30 : flags.has('b') ? 6 : 16));
  const group = number('g') ?? (flags.has('b') ? 1 : flags.has('e') ? 4 : 2);
  const limit = number('l') ?? Number.POSITIVE_INFINITY;
  let skip = Number((values.get('s') ?? '0').replace(/^\+/, ''));
  const file = process.descriptors.get(input.descriptor);
  if (skip < 0 && file?.kind === 'file') skip = Math.max(0, file.stat().size + skip);
  let at = Math.max(0, skip);
  if (at > 0 && file?.kind === 'file') file.seek(at, 'start');
  else
    for (let left = at; left > 0; ) {
      const chunk = await input.read(Math.min(left, 65536));
      if (chunk === '') break;
      left -= chunk.length;
    }
  const upper = (text: string) => (flags.has('u') ? text.toUpperCase() : text);
  const hex = (c: Bytes) => upper(c.charCodeAt(0).toString(16).padStart(2, '0'));
  const variable =
    values.get('n') ??
    (source === undefined ? undefined : source.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '__$1'));
  let text = flags.has('i') && variable !== undefined ? `unsigned char ${variable}[] = {\n` : '';
  let total = 0;
  let pending = '';
  let nulls = 0;
  const line = (part: Bytes, last: boolean) => {
    if (flags.has('p')) text += `${[...part].map(hex).join('')}\n`;
    else if (flags.has('i'))
      text += `${total > 0 ? ',\n' : ''}  ${[...part].map((c) => (flags.has('u') ? '0X' : '0x') + hex(c)).join(', ')}`;
    else {
      if (flags.has('a')) {
        if (/^\0+$/.test(part) && part.length === columns && !last) {
          if (++nulls === 2) text += '*\n';
          if (nulls >= 2) {
            at += part.length;
            total += part.length;
            return;
          }
        } else nulls = 0;
      }
      const cells: string[] = [];
      const digits = flags.has('b') ? 8 : 2;
      for (let i = 0; i < columns; i += group || columns) {
        const members = [...part.slice(i, Math.min(i + (group || columns), columns))];
        const shown = members.map((c) => (flags.has('b') ? c.charCodeAt(0).toString(2).padStart(8, '0') : hex(c)));
        const room = Math.min(group || columns, columns - i) * digits;
        cells.push(flags.has('e') ? shown.reverse().join('').padStart(room) : shown.join('').padEnd(room));
      }
      const offset = at + Number(values.get('o') ?? 0);
      const address = flags.has('d') ? String(offset).padStart(8, '0') : offset.toString(16).padStart(8, '0');
      text += `${address}: ${cells.join(' ')}  ${part.replace(/[^ -~]/g, '.')}\n`;
    }
    at += part.length;
    total += part.length;
  };
  try {
    for (let left = limit; left > 0; ) {
      const chunk = await input.read(Math.min(left, 65536));
      if (chunk === '') break;
      left -= chunk.length;
      pending += chunk;
      let from = 0;
      for (; pending.length - from > columns; from += columns) {
        const turn = process.step(6);
        if (turn) await turn;
        line(pending.slice(from, from + columns), false);
      }
      pending = pending.slice(from);
      if (text !== '') await process.write(output, text);
      text = '';
    }
  } catch (error) {
    await process.err(`${name}: ${reason(error)}\n`);
    return 2;
  }
  if (pending) line(pending, true);
  if (flags.has('i'))
    text += `${total > 0 ? '\n' : ''}${variable !== undefined ? `};\nunsigned int ${variable}_len = ${total};\n` : ''}`;
  if (text) await process.write(output, text);
  return 0;
}

/** -r: lines of a dump, or plain digits, to bytes. */
async function revert(process: Process, input: Input, output: number, plain: boolean): Promise<number> {
  let rest = '';
  let written = 0;
  for (let lines: Bytes[] | undefined; (lines = await input.batch()); ) {
    let bytes = '';
    for (const line of lines) {
      if (plain) {
        const digits = rest + line.replace(/\s+/g, '');
        const good = /^(?:[0-9a-fA-F]{2})*/.exec(digits)![0];
        rest = digits.slice(good.length, good.length + 1);
        bytes += Buffer.from(good, 'hex').toString('latin1');
        continue;
      }
      const match = /^\s*([0-9a-fA-F]+):\s?(.*)$/.exec(line);
      if (!match) continue;
      const digits = match[2]!.split('  ')[0]!.replace(/\s+/g, '');
      const offset = Number.parseInt(match[1]!, 16);
      const place = written + bytes.length;
      if (offset > place && offset - place < 1 << 24) bytes += '\0'.repeat(offset - place);
      bytes += Buffer.from(/^(?:[0-9a-fA-F]{2})*/.exec(digits)![0], 'hex').toString('latin1');
    }
    written += bytes.length;
    if (bytes) await process.write(output, bytes);
  }
  return 0;
}
