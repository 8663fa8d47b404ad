// Numbers as GNU's tools read and show them: sizes with suffixes, human-readable sizes.
import type { Bytes } from '../machine/machine.ts';

const POWERS = 'KMGTPEZY';

/**
 * A count with GNU's suffixes (`b` 512, `kB` 1000, `K` and `KiB` 1024, `M` …, `c` 1, `w` 2 where `allowed` has them).
 * Undefined if it is no such number.
 */
export function parseSize(text: Bytes, allowed = 'bKMGTPEZY0'): number | undefined {
  const match = /^\+?(\d{1,20})(?:([bcw])|([kKmMgGtTPEZY])(B|iB)?)?$/.exec(text);
  if (!match) return undefined;
  const [, digits, unit, power, tail] = match;
  let value = Number(digits);
  if (unit) {
    if (!allowed.includes(unit)) return undefined;
    value *= unit === 'b' ? 512 : unit === 'w' ? 2 : 1;
  }
  if (power) value *= (tail === 'B' ? 1000 : 1024) ** (POWERS.indexOf(power.toUpperCase()) + 1);
  return value;
}

/** A plain decimal integer, or undefined. */
export function parseInteger(text: Bytes | undefined): number | undefined {
  return text !== undefined && /^\s*[+-]?\d{1,18}$/.test(text) ? Number(text) : undefined;
}

/** gnulib human_readable with ceiling: 1.5K, 12M (base 1024) or 1.5k, 12M (base 1000). `units` is how many bytes `amount` counts. */
export function humanSize(amount: number, base: 1024 | 1000 = 1024): string {
  if (amount < base) return String(Math.ceil(amount));
  let power = -1;
  let value = amount;
  while (value >= base && power < POWERS.length - 1) {
    value /= base;
    power++;
  }
  const letter = base === 1000 && power === 0 ? 'k' : POWERS[power];
  if (value < 10) {
    const tenths = Math.ceil(round(value * 10));
    if (tenths < 100) return `${Math.floor(tenths / 10)}.${tenths % 10}${letter}`;
    return `10${letter}`;
  }
  const whole = Math.ceil(round(value));
  if (whole >= base && power < POWERS.length - 1) return `1.0${POWERS[power + 1]}`;
  return `${whole}${letter}`;
}

/** Takes away the noise of binary fractions before rounding up. */
const round = (value: number) => Math.round(value * 1e9) / 1e9;
