// Perl's sprintf, pack and unpack.
import { floatFormat } from '../python/format.ts';
import { number, text, type Value } from './values.ts';

/** Longest field or packed string. */
const MOST = 16 << 20;

/** An error that perl dies of; the place is added by the caller. */
export class FormatError extends Error {}

export function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  const take = () => args[next++];
  return format.replace(
    /%(?:(\d+)\$)?([-+ 0#]*)(v?)(\*|\d+)?(?:\.(\*|\d+)?)?(?:hh|h|ll|l|q|L|V)?([a-zA-Z%])/g,
    (all, explicit, flags: string, vector, wide, precise, type: string) => {
      if (type === '%') return '%';
      let width = wide === '*' ? Math.trunc(number(take())) : Number(wide ?? 0);
      const left = flags.includes('-') || width < 0;
      width = Math.abs(width);
      const hasPrecision = /\.(\*|\d+)?[a-zA-Z%]*$/.test(all.replace(/^%(?:\d+\$)?[-+ 0#]*v?(\*|\d+)?/, ''));
      const precision = precise === '*' ? Math.trunc(number(take())) : hasPrecision ? Number(precise ?? 0) : undefined;
      if (width > MOST || (precision ?? 0) > MOST) throw new FormatError('Out of memory in perl:util:safesysrealloc');
      const value = explicit ? args[Number(explicit) - 1] : take();
      let body: string;
      let sign = '';
      const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
      const integer = () => {
        const n = number(value);
        return Number.isFinite(n) ? BigInt(Math.trunc(n)) : -1n;
      };
      if (vector === 'v' && type === 'd') body = [...text(value)].map((c) => c.charCodeAt(0)).join('.');
      else
        switch (type) {
          case 'c':
            body = String.fromCodePoint(Math.max(0, Math.trunc(number(value))) & 0x1fffff);
            break;
          case 's':
            body = precision === undefined ? text(value) : text(value).slice(0, precision);
            break;
          case 'd':
          case 'i':
          case 'u':
          case 'D':
          case 'U': {
            const n = integer();
            sign = n < 0n && type !== 'u' ? '-' : plus;
            body = (n < 0n ? (type === 'u' ? BigInt.asUintN(64, n) : -n) : n).toString().padStart(precision ?? 0, '0');
            break;
          }
          case 'x':
          case 'X':
          case 'o':
          case 'b':
          case 'B': {
            const n = BigInt.asUintN(64, integer());
            body = n.toString({ x: 16, X: 16, o: 8, b: 2, B: 2 }[type]!).padStart(precision ?? 0, '0');
            if (type === 'X') body = body.toUpperCase();
            if (flags.includes('#') && n !== 0n) sign = type === 'o' ? '0' : `0${type}`;
            break;
          }
          case 'e':
          case 'E':
          case 'f':
          case 'F':
          case 'g':
          case 'G': {
            const n = number(value);
            sign = n < 0 || Object.is(n, -0) ? '-' : plus;
            body = Number.isFinite(n)
              ? floatFormat(Math.abs(n), type, precision ?? 6, flags.includes('#'))
              : Number.isNaN(n)
                ? 'NaN'
                : 'Inf';
            break;
          }
          default:
            return all;
        }
      const missing = width - sign.length - body.length;
      if (missing <= 0) return sign + body;
      if (left) return sign + body + ' '.repeat(missing);
      if (flags.includes('0') && (type === 's' || precision === undefined || /[eEfFgG]/.test(type)))
        return sign + '0'.repeat(missing) + body;
      return ' '.repeat(missing) + sign + body;
    },
  );
}

interface Item {
  type: string;
  count: number | '*';
  little: boolean | undefined;
}

function template(source: string): Item[] {
  const items: Item[] = [];
  const pattern = /\s*(?:#[^\n]*\n)?([a-zA-Z@.%])([<>!]*)(?:(\d+|\*)|\[(\d+)\])?/y;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(source);
    if (!found) {
      if (source.slice(at).trim() === '') break;
      throw new FormatError(`Invalid type '${source.slice(at).trim()[0]}' in pack`);
    }
    const count = found[3] === '*' ? '*' : Number(found[3] ?? found[4] ?? (/[aAZ]/.test(found[1]!) ? 1 : 1));
    if (count !== '*' && count > MOST) throw new FormatError('Out of memory during pack()');
    items.push({
      type: found[1]!,
      count,
      little: found[2]!.includes('<') ? true : found[2]!.includes('>') ? false : undefined,
    });
  }
  return items;
}

const SIZES: Record<string, number> = {
  c: 1,
  C: 1,
  W: 1,
  s: 2,
  S: 2,
  l: 4,
  L: 4,
  q: 8,
  Q: 8,
  j: 8,
  J: 8,
  i: 4,
  I: 4,
  n: 2,
  N: 4,
  v: 2,
  V: 4,
  f: 4,
  d: 8,
  F: 8,
};
const isBig = ({ type, little }: Item) =>
  type === 'n' || type === 'N' ? true : little === undefined ? false : !little;

export function pack(source: string, args: readonly Value[]): string {
  let next = 0;
  let out = '';
  for (const item of template(source)) {
    const { type, count } = item;
    if (out.length > MOST) throw new FormatError('Out of memory during pack()');
    if (type === 'a' || type === 'A' || type === 'Z') {
      const s = text(args[next++]);
      const length = count === '*' ? s.length + (type === 'Z' ? 1 : 0) : count;
      out +=
        type === 'Z'
          ? s.slice(0, Math.max(0, length - 1)).padEnd(length, '\0')
          : s.slice(0, length).padEnd(length, type === 'A' ? ' ' : '\0');
    } else if (type === 'H' || type === 'h') {
      const s = text(args[next++]);
      let digits = count === '*' ? s : s.slice(0, count).padEnd(count, '0');
      if (digits.length % 2) digits += '0';
      for (let i = 0; i < digits.length; i += 2) {
        const pair = type === 'H' ? digits.slice(i, i + 2) : digits[i + 1]! + digits[i]!;
        out += String.fromCharCode(Number.parseInt(pair, 16) || 0);
      }
    } else if (type === 'B' || type === 'b') {
      const s = text(args[next++]);
      const bits = count === '*' ? s : s.slice(0, count);
      for (let i = 0; i < bits.length; i += 8) {
        const part = bits.slice(i, i + 8).padEnd(8, '0');
        out += String.fromCharCode(Number.parseInt(type === 'B' ? part : [...part].reverse().join(''), 2) || 0);
      }
    } else if (type === 'x') out += '\0'.repeat(count === '*' ? 0 : count);
    else if (type === 'U' || type === 'w') {
      for (let i = 0; count === '*' ? next < args.length : i < count; i++)
        out += String.fromCodePoint(Math.trunc(number(args[next++])) || 0);
    } else {
      const size = SIZES[type];
      if (size === undefined) throw new FormatError(`Invalid type '${type}' in pack`);
      for (let i = 0; count === '*' ? next < args.length : i < count; i++) {
        const n = number(args[next++]);
        const bytes = Buffer.alloc(size);
        if (type === 'f') bytes.writeFloatLE(n);
        else if (type === 'd' || type === 'F') bytes.writeDoubleLE(n);
        else {
          const value = BigInt.asUintN(size * 8, BigInt(Number.isFinite(n) ? Math.trunc(n) : 0));
          for (let k = 0; k < size; k++) bytes[k] = Number((value >> BigInt(8 * k)) & 255n);
        }
        if (isBig(item)) bytes.reverse();
        out += bytes.toString('latin1');
      }
    }
  }
  return out;
}

export function unpack(source: string, data: string): Value[] {
  const out: Value[] = [];
  let at = 0;
  const checksum = /^%(\d*)/.exec(source);
  if (checksum) {
    const bits = Number(checksum[1] || 16);
    const sum = unpack(source.slice(checksum[0].length), data).reduce<number>((s, v) => s + number(v), 0);
    return [bits >= 53 ? sum : sum % 2 ** bits];
  }
  for (const item of template(source)) {
    const { type, count } = item;
    if (type === 'a' || type === 'A' || type === 'Z') {
      const length = count === '*' ? data.length - at : Math.min(count, data.length - at);
      let s = data.slice(at, at + length);
      at += length;
      if (type === 'A') s = s.replace(/[\0\s]+$/, '');
      if (type === 'Z') s = s.replace(/\0[\s\S]*$/, '');
      out.push(s);
    } else if (type === 'H' || type === 'h') {
      const length = count === '*' ? (data.length - at) * 2 : Math.min(count, (data.length - at) * 2);
      const part = data.slice(at, at + Math.ceil(length / 2));
      at += part.length;
      out.push(
        [...part]
          .map((c) => {
            const h = c.charCodeAt(0).toString(16).padStart(2, '0');
            return type === 'H' ? h : h[1]! + h[0]!;
          })
          .join('')
          .slice(0, length),
      );
    } else if (type === 'B' || type === 'b') {
      const length = count === '*' ? (data.length - at) * 8 : Math.min(count, (data.length - at) * 8);
      const part = data.slice(at, at + Math.ceil(length / 8));
      at += part.length;
      out.push(
        [...part]
          .map((c) => {
            const b = c.charCodeAt(0).toString(2).padStart(8, '0');
            return type === 'B' ? b : [...b].reverse().join('');
          })
          .join('')
          .slice(0, length),
      );
    } else if (type === 'x') at += count === '*' ? 0 : count;
    else if (type === 'U' || type === 'w') {
      for (let i = 0; (count === '*' || i < count) && at < data.length; i++) out.push(data.charCodeAt(at++));
    } else {
      const size = SIZES[type];
      if (size === undefined) throw new FormatError(`Invalid type '${type}' in unpack`);
      for (let i = 0; (count === '*' || i < count) && at + size <= data.length; i++, at += size) {
        const bytes = Buffer.from(data.slice(at, at + size), 'latin1');
        if (isBig(item)) bytes.reverse();
        if (type === 'f') out.push(bytes.readFloatLE());
        else if (type === 'd' || type === 'F') out.push(bytes.readDoubleLE());
        else {
          let n = 0n;
          for (let k = size - 1; k >= 0; k--) n = (n << 8n) | BigInt(bytes[k]!);
          out.push(Number(/[cslqji]/.test(type) ? BigInt.asIntN(size * 8, n) : n));
        }
      }
    }
  }
  return out;
}
