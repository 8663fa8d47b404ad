// hexdump's own formats (-e and -f): parsed into units, and applied to blocks of bytes (hexdump(1), "FORMATS").
import type { Bytes } from '../machine/machine.ts';
import { CHARS } from './dump.ts';
import { formatFloat, formatInteger, pad } from './format.ts';

/** A wrong format; hexdump's message. */
export class FormatError extends Error {}

/** A conversion with the text before and after it, or a text alone. */
interface Part {
  before: Bytes;
  after: Bytes;
  /** '' for a text alone; `_a`, `_A`, `_c`, `_p`, `_u` with their last letter for _a and _A. */
  conversion: string;
  flags: string;
  width: number;
  precision: number | undefined;
  size: number;
}

interface Unit {
  times: number;
  timesGiven: boolean;
  parts: Part[];
  size: number;
}

/** One -e: all of it is applied to each block. */
export type Format = Unit[];

const ESCAPES: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const NAMES =
  'nul soh stx etx eot enq ack bel bs ht lf vt ff cr so si dle dcl dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us'.split(
    ' ',
  );

/** @throws FormatError */
export function parseFormat(text: Bytes): Format {
  const units: Format = [];
  const pattern = /\s*(?:(\d+)\s*)?(?:\/\s*(\d+)\s*)?"((?:[^"\\]|\\[\s\S])*)"\s*/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) throw new FormatError(`bad format {${text}}`);
    const [, times, size, quoted] = match;
    const format = quoted!.replace(/\\([\s\S])/g, (_, c: string) => ESCAPES[c] ?? c);
    const parts = partsOf(format, size === undefined ? undefined : Number(size));
    const unit: Unit = {
      times: Math.min(Number(times ?? 1), 65_536),
      timesGiven: times !== undefined,
      parts,
      size: parts.reduce((sum, part) => sum + part.size, 0),
    };
    if (size !== undefined && unit.size === 0) unit.size = 0;
    units.push(unit);
  }
  if (units.length === 0) throw new FormatError(`bad format {${text}}`);
  return units;
}

function partsOf(format: Bytes, given: number | undefined): Part[] {
  const parts: Part[] = [];
  const pattern = /%([-+ 0#]*)(\d*)(?:\.(\d+))?(_[aA][dox]|_[cpu]|_?.)/gs;
  let from = 0;
  for (const match of format.matchAll(pattern)) {
    const [all, flags, width, precision, letter] = match;
    if (letter === '%') continue;
    const known = /^(?:_[aA][dox]|_[cpu]|[cdiouxXeEfgGs])$/.test(letter!);
    if (!known) throw new FormatError(`bad conversion character %${letter}`);
    const integer = /^[dioxXu]$/.test(letter!);
    const size = /^_[aA]/.test(letter!)
      ? 0
      : letter === 's'
        ? (given ?? Number(precision ?? 0))
        : integer
          ? (given ?? 4)
          : /^[eEfgG]$/.test(letter!)
            ? (given ?? 8)
            : 1;
    if (integer && ![1, 2, 4, 8].includes(size))
      throw new FormatError(`bad byte count for conversion character ${letter}`);
    parts.push({
      before: format.slice(from, match.index).replaceAll('%%', '%'),
      after: '',
      conversion: letter!,
      flags: flags!,
      width: Math.min(Number(width), 4096),
      precision: precision === undefined ? undefined : Number(precision),
      size,
    });
    from = match.index + all.length;
  }
  const rest = format.slice(from).replaceAll('%%', '%');
  const last = parts.at(-1);
  if (last) last.after = rest;
  else parts.push({ before: rest, after: '', conversion: '', flags: '', width: 0, precision: undefined, size: 0 });
  return parts;
}

/** How many bytes a block has for all formats; units without a count of their own are repeated to fill it. */
export function settle(formats: readonly Format[]): number {
  const sizeOf = (format: Format) => format.reduce((sum, unit) => sum + unit.size * unit.times, 0);
  const block = Math.max(...formats.map(sizeOf));
  for (const format of formats) {
    const last = format.findLast((unit) => unit.size > 0);
    if (last && last === format.at(-1) && !last.timesGiven && sizeOf(format) < block)
      last.times += Math.floor((block - sizeOf(format)) / last.size);
  }
  return block;
}

/** A block in one format; where its bytes end, conversions become blanks. `at` is its offset. */
export function show(format: Format, block: Bytes, at: number): Bytes {
  let text = '';
  let place = 0;
  for (const unit of format)
    for (let time = 1; time <= unit.times; time++)
      for (const [i, part] of unit.parts.entries()) {
        if (/^_A/.test(part.conversion)) continue;
        const there = part.conversion === '' || part.size === 0 || place < block.length;
        const last = time === unit.times && unit.times > 1 && i === unit.parts.length - 1;
        const body = !there
          ? ' '.repeat(part.width)
          : part.conversion === ''
            ? ''
            : converted(part, block.slice(place, place + part.size), at + place);
        // Blanks behind the last of several are left out.
        const after = last ? part.after.replace(/[ \t\n]+$/, '') : part.after;
        text += (part.conversion === '' && last ? part.before.replace(/[ \t\n]+$/, '') : part.before) + body + after;
        place += part.size;
      }
  return text;
}

/** What `%_A` says at the end of all input. */
export function closing(formats: readonly Format[], at: number): Bytes {
  return formats
    .flatMap((format) => format.flatMap((unit) => unit.parts))
    .filter((part) => /^_A/.test(part.conversion))
    .map(
      (part) =>
        part.before + converted({ ...part, conversion: part.conversion.replace('A', 'a') }, '', at) + part.after,
    )
    .join('');
}

function converted(part: Part, bytes: Bytes, at: number): Bytes {
  const { conversion, flags, width, precision } = part;
  const code = bytes.charCodeAt(0);
  const about = { flags, width, precision, letter: conversion };
  const printable = code >= 32 && code < 127;
  switch (conversion) {
    case '_p':
      return pad(printable ? bytes[0]! : '.', about);
    case '_c':
      return pad(CHARS[code] ?? (printable ? bytes[0]! : code.toString(8).padStart(3, '0')), about);
    case '_u':
      return pad(NAMES[code] ?? (code === 127 ? 'del' : printable ? bytes[0]! : code.toString(16)), about);
    case 'c':
      return pad(bytes[0] ?? '', about);
    case 's':
      return pad(bytes.replace(/\0.*$/s, '').slice(0, precision), about);
  }
  if (conversion.startsWith('_a')) return formatInteger({ ...about, letter: conversion[2]! }, BigInt(at));
  const data = Buffer.alloc(8);
  data.write(bytes, 'latin1');
  if (/[eEfgG]/.test(conversion)) return formatFloat(about, part.size === 4 ? data.readFloatLE() : data.readDoubleLE());
  const value = data.readBigUInt64LE();
  return formatInteger(about, /[di]/.test(conversion) ? BigInt.asIntN(part.size * 8, value) : value);
}
