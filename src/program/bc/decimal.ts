// Decimal numbers of any length with a scale, as bc computes with them: digits in a BigInt, `scale` of them after the point.

export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** More digits than this end a calculation: the work grows faster than their number. */
const MOST_DIGITS = 20_000;

export class MathError extends Error {}

export const ZERO: Decimal = { digits: 0n, scale: 0 };
export const ONE: Decimal = { digits: 1n, scale: 0 };

export const power10 = (n: number): bigint => {
  if (n > MOST_DIGITS) throw new MathError('out of memory');
  return 10n ** BigInt(n);
};

export const integer = (n: number): Decimal => ({ digits: BigInt(n), scale: 0 });

/** Cut, never rounded: bc's arithmetic truncates. */
export function rescale({ digits, scale }: Decimal, wanted: number): Decimal {
  if (wanted === scale) return { digits, scale };
  return wanted > scale
    ? { digits: digits * power10(wanted - scale), scale: wanted }
    : { digits: digits / power10(scale - wanted), scale: wanted };
}

export function compare(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const [x, y] = [rescale(a, scale).digits, rescale(b, scale).digits];
  return x < y ? -1 : x > y ? 1 : 0;
}

export const isZero = (a: Decimal) => a.digits === 0n;
export const negate = (a: Decimal): Decimal => ({ digits: -a.digits, scale: a.scale });

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: rescale(a, scale).digits + rescale(b, scale).digits, scale };
}

export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negate(b));

/** POSIX bc: the result has at most max(scale, a.scale, b.scale) decimals, and no more than a.scale + b.scale. */
export function multiply(a: Decimal, b: Decimal, scale: number): Decimal {
  const full = a.scale + b.scale;
  return rescale({ digits: a.digits * b.digits, scale: full }, Math.min(full, Math.max(scale, a.scale, b.scale)));
}

export function divide(a: Decimal, b: Decimal, scale: number): Decimal {
  if (isZero(b)) throw new MathError('Divide by zero');
  const shift = scale + b.scale - a.scale;
  const top = shift >= 0 ? a.digits * power10(shift) : a.digits / power10(-shift);
  return { digits: top / b.digits, scale };
}

export function modulo(a: Decimal, b: Decimal, scale: number): Decimal {
  if (isZero(b)) throw new MathError('Modulo by zero');
  const quotient = divide(a, b, scale);
  const wanted = Math.max(a.scale, b.scale + scale);
  return rescale(subtract(a, multiply(quotient, b, wanted)), wanted);
}

export function raise(a: Decimal, exponent: Decimal, scale: number): Decimal {
  const n = Number(rescale(exponent, 0).digits);
  if (Math.abs(n) * String(a.digits).length > MOST_DIGITS * 4) throw new MathError('exponent too large in raise');
  if (n < 0) return divide(ONE, { digits: a.digits ** BigInt(-n), scale: a.scale * -n }, scale);
  const full = a.scale * n;
  return rescale({ digits: a.digits ** BigInt(n), scale: full }, Math.min(full, Math.max(scale, a.scale)));
}

export function squareRoot(a: Decimal, scale: number): Decimal {
  if (a.digits < 0n) throw new MathError('Square root of a negative number');
  const wanted = Math.max(scale, a.scale);
  const target = rescale(a, wanted * 2).digits;
  if (target < 2n) return { digits: target, scale: wanted };
  let x = 1n << BigInt((target.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + target / x) >> 1n;
    if (next >= x) return { digits: x, scale: wanted };
    x = next;
  }
}

/** Digits in all and after the point, as length() and scale() count. */
export const lengthOf = ({ digits, scale }: Decimal): number =>
  Math.max(String(digits < 0n ? -digits : digits).length, scale) - (digits === 0n && scale > 0 ? 0 : 0);

/** A literal in `base`: `1A.8`. Digits beyond the base count as its highest, but for a single one. */
export function parse(text: string, base: number): Decimal {
  const [whole = '', fraction = ''] = text.split('.');
  const single = whole.length + fraction.length === 1;
  const value = (c: string) => {
    const digit = Number.parseInt(c, 36);
    return BigInt(single ? digit : Math.min(digit, base - 1));
  };
  if (base === 10 && /^[0-9.]*$/.test(text)) return { digits: BigInt(whole + fraction || '0'), scale: fraction.length };
  let digits = 0n;
  for (const c of whole) digits = digits * BigInt(base) + value(c);
  if (fraction === '') return { digits, scale: 0 };
  let part = 0n;
  for (const c of fraction) part = part * BigInt(base) + value(c);
  const below = divide(
    { digits: part, scale: 0 },
    { digits: BigInt(base) ** BigInt(fraction.length), scale: 0 },
    fraction.length,
  );
  return add({ digits, scale: 0 }, below);
}

/** As bc prints it in `base`; digits of bases above 16 are decimal groups. */
export function print({ digits, scale }: Decimal, base: number): string {
  const sign = digits < 0n ? '-' : '';
  const size = digits < 0n ? -digits : digits;
  if (base === 10) {
    if (scale === 0) return sign + size;
    const text = String(size).padStart(scale, '0');
    const whole = text.slice(0, -scale);
    if (size === 0n) return '0';
    return `${sign}${whole}.${text.slice(-scale)}`;
  }
  const whole = size / power10(scale);
  const digit = (d: bigint) =>
    base <= 16 ? d.toString(16).toUpperCase() : ` ${String(d).padStart(String(base - 1).length, '0')}`;
  let out = '';
  for (let rest = whole; rest > 0n; rest /= BigInt(base)) out = digit(rest % BigInt(base)) + out;
  let fraction = '';
  if (scale > 0) {
    let rest = size % power10(scale);
    // As many digits as say what `scale` decimal ones do.
    for (let t = 1n; t < power10(scale); t *= BigInt(base)) {
      rest *= BigInt(base);
      fraction += digit(rest / power10(scale));
      rest %= power10(scale);
    }
  }
  const text = out + (fraction ? `.${fraction}` : '');
  return sign + (text === '' ? (base <= 16 ? '0' : digit(0n)) : text);
}
