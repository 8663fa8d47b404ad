// Floating numbers as C's long double on x86 has them: 64 bits of mantissa, read from decimal or hexadecimal text, printed exactly.

/** mantissa × 2^exponent, exactly; the mantissa has at most 64 bits. */
export interface LongDouble {
  negative: boolean;
  mantissa: bigint;
  exponent: number;
  special?: 'inf' | 'nan';
}

const BITS = 64;
/** Decimal exponents beyond this are 0 or infinite anyway. */
const FARTHEST = 4950;

const bitLength = (n: bigint): number => n.toString(2).length;

/** numerator / denominator, rounded to even at 64 bits. */
function rounded(numerator: bigint, denominator: bigint): { mantissa: bigint; exponent: number } {
  if (numerator === 0n) return { mantissa: 0n, exponent: 0 };
  let exponent = bitLength(numerator) - bitLength(denominator) - BITS;
  const divide = () =>
    (exponent >= 0 ? [numerator, denominator << BigInt(exponent)] : [numerator << BigInt(-exponent), denominator]) as [
      bigint,
      bigint,
    ];
  let [n, d] = divide();
  if (bitLength(n / d) > BITS) {
    exponent++;
    [n, d] = divide();
  }
  let mantissa = n / d;
  const twice = (n % d) * 2n;
  if (twice > d || (twice === d && mantissa & 1n)) mantissa++;
  return { mantissa, exponent };
}

/** As strtold(3): the number at the start of a text, and what stands behind it. */
export function parseFloating(text: string): { value: LongDouble; rest: string } {
  const zero: LongDouble = { negative: false, mantissa: 0n, exponent: 0 };
  const head = /^[ \t\n\v\f\r]*([+-]?)/.exec(text)!;
  const negative = head[1] === '-';
  const body = text.slice(head[0].length);
  const special = /^(?:inf(?:inity)?|nan(?:\([^)]*\))?)/i.exec(body)?.[0];
  if (special)
    return {
      value: { ...zero, negative, special: /^i/i.test(special) ? 'inf' : 'nan' },
      rest: body.slice(special.length),
    };
  const hexadecimal = /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?\d+))?/.exec(body);
  if (hexadecimal && hexadecimal[1]! + hexadecimal[2]! !== '') {
    const [all, whole, part, power] = hexadecimal as unknown as [string, string, string, string?];
    const shift = Math.max(-20_000, Math.min(20_000, Number(power ?? 0))) - 4 * part.length;
    const digits = BigInt(`0x${whole + part}`);
    const value = shift >= 0 ? rounded(digits << BigInt(shift), 1n) : rounded(digits, 1n << BigInt(-shift));
    return { value: { negative, ...value }, rest: body.slice(all.length) };
  }
  const decimal = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?/.exec(body)!;
  const [all, whole, part, power] = decimal as unknown as [string, string, string, string?];
  if (whole + part === '') return { value: zero, rest: text };
  const shift = Number(power ?? 0) - part.length;
  const digits = BigInt((whole + part).slice(0, 20_000));
  const rest = body.slice(all.length);
  if (shift > FARTHEST && digits !== 0n) return { value: { ...zero, negative, special: 'inf' }, rest };
  if (shift < -FARTHEST - 20_000) return { value: { ...zero, negative }, rest };
  const value = shift >= 0 ? rounded(digits * 10n ** BigInt(shift), 1n) : rounded(digits, 10n ** BigInt(-shift));
  return { value: { negative, ...value }, rest };
}

/** The value times 10^places, rounded to even, as digits. */
function scaled(value: LongDouble, places: number): string {
  const { mantissa, exponent } = value;
  // Behind its last bit there are only zeros.
  const exact = Math.max(0, -exponent);
  if (places > exact) {
    const digits = scaled(value, exact);
    return digits === '0' ? digits : digits + '0'.repeat(places - exact);
  }
  let numerator = mantissa;
  let denominator = 1n;
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (places >= 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  let digits = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  if (twice > denominator || (twice === denominator && digits & 1n)) digits++;
  return digits.toString();
}

/** The decimal exponent of the first digit. */
function magnitude(value: LongDouble): number {
  if (value.mantissa === 0n) return 0;
  let guess = Math.floor((bitLength(value.mantissa) - 1 + value.exponent) * Math.LOG10E * Math.LN2);
  // The guess is one too low at most.
  const digits = scaled(value, 20 - guess);
  guess += digits.length - 21;
  return guess;
}

/** As printf(3) does %f, %e, %g, %a and their capitals, with a sign but not yet filled to a width. */
export function formatFloat(
  value: LongDouble,
  conversion: string,
  precision: number | undefined,
  flags: string,
): string {
  const sign = value.negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const kind = conversion.toLowerCase();
  let text: string;
  if (value.special) text = value.special;
  else if (kind === 'a') text = hexadecimalText(value, precision);
  else if (kind === 'f') text = fixed(value, precision ?? 6, flags.includes('#'));
  else if (kind === 'e') text = scientific(value, precision ?? 6, flags.includes('#'));
  else {
    const significant = precision === 0 ? 1 : (precision ?? 6);
    const rough = scientific(value, significant - 1, false);
    const power = Number(/e([+-]\d+)$/.exec(rough)![1]);
    text =
      power < -4 || power >= significant
        ? scientific(value, significant - 1, false)
        : fixed(value, significant - 1 - power, false);
    if (!flags.includes('#')) text = text.replace(/^([^e]*\.[^e]*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1');
  }
  return sign + (conversion === kind ? text : text.toUpperCase());
}

function fixed(value: LongDouble, places: number, point: boolean): string {
  const digits = scaled(value, places).padStart(places + 1, '0');
  if (places === 0) return point ? `${digits}.` : digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

function scientific(value: LongDouble, places: number, point: boolean): string {
  let power = magnitude(value);
  let digits = scaled(value, places - power);
  if (digits.length > places + 1) digits = scaled(value, places - ++power);
  if (value.mantissa === 0n) digits = '0'.repeat(places + 1);
  const exponent = `${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return `${digits[0]}${places > 0 ? `.${digits.slice(1)}` : point ? '.' : ''}e${exponent}`;
}

/** The mantissa with its first four bits before the point, as glibc prints an x87 number. */
function hexadecimalText({ mantissa, exponent }: LongDouble, precision: number | undefined): string {
  if (mantissa === 0n) return `0x0${precision ? `.${'0'.repeat(precision)}` : ''}p+0`;
  const shift = BITS - bitLength(mantissa);
  let bits = mantissa << BigInt(shift);
  let power = exponent - shift + BITS - 4;
  if (precision !== undefined && precision < 15) {
    const drop = BigInt(60 - 4 * precision);
    const half = 1n << (drop - 1n);
    const low = bits & ((1n << drop) - 1n);
    bits >>= drop;
    if (low > half || (low === half && bits & 1n)) bits++;
    if (bitLength(bits) > 4 + 4 * precision) {
      bits >>= 1n;
      power++;
    }
    bits <<= drop;
  }
  const digits = bits.toString(16).padStart(16, '0');
  const part =
    precision === undefined
      ? digits.slice(1).replace(/0+$/, '')
      : digits.slice(1, 1 + precision).padEnd(precision, '0');
  return `0x${digits[0]}${part ? `.${part}` : ''}p${power < 0 ? '-' : '+'}${Math.abs(power)}`;
}
