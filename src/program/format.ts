// printf(3)'s number conversions over JavaScript numbers and big integers.

/** Parts of one conversion specification. */
export interface Conversion {
  flags: string;
  width: number;
  /** Undefined: none given. */
  precision: number | undefined;
  letter: string;
}

/** Pads a converted text to its width. */
export function pad(text: string, c: Conversion, zeroAllowed = false): string {
  if (text.length >= c.width) return text;
  if (c.flags.includes('-')) return text.padEnd(c.width);
  if (zeroAllowed && c.flags.includes('0')) {
    const sign = /^[-+ ]?(0[xX])?/.exec(text)![0];
    return sign + text.slice(sign.length).padStart(c.width - sign.length, '0');
  }
  return text.padStart(c.width);
}

/** %d %i %u %o %x %X %c of a 64-bit value. */
export function formatInteger(c: Conversion, value: bigint): string {
  const unsigned = 'oxXu'.includes(c.letter);
  const magnitude = unsigned ? BigInt.asUintN(64, value) : value < 0n ? -value : value;
  const base = c.letter === 'o' ? 8 : c.letter === 'x' || c.letter === 'X' ? 16 : 10;
  let digits = magnitude.toString(base);
  if (c.letter === 'X') digits = digits.toUpperCase();
  if (c.precision !== undefined) {
    digits = c.precision === 0 && magnitude === 0n ? '' : digits.padStart(Math.min(c.precision, 4096), '0');
  }
  let prefix = '';
  if (!unsigned) prefix = value < 0n ? '-' : c.flags.includes('+') ? '+' : c.flags.includes(' ') ? ' ' : '';
  if (c.flags.includes('#')) {
    if (c.letter === 'o' && !digits.startsWith('0')) digits = `0${digits}`;
    if (base === 16 && magnitude !== 0n) prefix = `0${c.letter}`;
  }
  return pad(prefix + digits, c, c.precision === undefined);
}

/** %e %f %g %a of a double; `extended`: %a as x86's long double has it, with a first digit from 8 to f. */
export function formatFloat(c: Conversion, value: number, extended = false): string {
  const upper = c.letter !== c.letter.toLowerCase();
  const negative = value < 0 || Object.is(value, -0);
  const prefix = negative ? '-' : c.flags.includes('+') ? '+' : c.flags.includes(' ') ? ' ' : '';
  let text: string;
  if (!Number.isFinite(value)) {
    text = prefix + (Number.isNaN(value) ? 'nan' : 'inf');
    return pad(upper ? text.toUpperCase() : text, { ...c, flags: c.flags.replace('0', '') });
  }
  const magnitude = Math.abs(value);
  const precision = Math.min(c.precision ?? 6, 100);
  const kind = c.letter.toLowerCase();
  if (kind === 'f') text = fixed(magnitude, precision);
  else if (kind === 'e') text = exponent(magnitude, precision);
  else if (kind === 'a') text = hexadecimal(magnitude, extended);
  else {
    const significant = precision || 1;
    const power = magnitude === 0 ? 0 : Number(magnitude.toExponential(significant - 1).split('e')[1]);
    const scientific = power < -4 || power >= significant;
    text = scientific ? exponent(magnitude, significant - 1) : fixed(magnitude, significant - 1 - power);
    if (!c.flags.includes('#') && text.includes('.')) text = text.replace(/\.?0+(?=e)|\.?0+$(?<!e.*)/, '');
  }
  if (c.flags.includes('#') && precision === 0 && !text.includes('.')) text = text.replace(/(?=e|$)/, '.');
  return pad(prefix + (upper ? text.toUpperCase() : text), c, true);
}

function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(Math.max(0, precision));
  return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
}

function exponent(value: number, precision: number): string {
  const [digits, power] = value.toExponential(precision).split('e') as [string, string];
  return `${digits}e${power[0]}${power.slice(1).padStart(2, '0')}`;
}

function hexadecimal(value: number, extended: boolean): string {
  if (value === 0) return '0x0p+0';
  let power = Math.floor(Math.log2(value));
  let mantissa = value / 2 ** power;
  if (mantissa >= 2) {
    mantissa /= 2;
    power++;
  }
  if (extended) {
    mantissa *= 8;
    power -= 3;
  }
  const [whole, fraction] = mantissa.toString(16).split('.');
  return `0x${whole}${fraction ? `.${fraction}` : ''}p${power < 0 ? '-' : '+'}${Math.abs(power)}`;
}

/** A whole format text with one floating-point directive. */
export function formatNumber(format: string, value: number): string {
  return format.replace(/%%|%([-+ #0']*)(\d*)(?:\.(\d*))?L?([efgaEFGA])/g, (whole, flags, width, precision, letter) =>
    whole === '%%'
      ? '%'
      : formatFloat(
          {
            flags,
            width: Math.min(Number(width), 65536),
            precision: precision === undefined ? undefined : Number(precision),
            letter,
          },
          value,
        ),
  );
}
