// How Python writes numbers and fields: repr of floats, format specifications (`{:>8.2f}`) and the `%` operator.
import { raise } from './exceptions.ts';
import { quoted } from './unicode.ts';
import {
  ByteString,
  Dict,
  isInt,
  type Python,
  type Steps,
  Tuple,
  typeName,
  typeOf,
  types,
  type Value,
} from './values.ts';

/** repr() of a float: the shortest digits, an exponent below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [mantissa, exponent = ''] = value.toExponential().split('e');
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = magnitude >= 1e-6 ? String(value) : value.toFixed(20).replace(/0+$/, '');
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A float in C's %e, %f, %g; `alternate` keeps trailing zeros. */
export function floatFormat(value: number, type: string, precision: number, alternate = false): string {
  const upper = type === 'E' || type === 'F' || type === 'G';
  const kind = type.toLowerCase();
  let text: string;
  if (!Number.isFinite(value)) text = Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  else if (kind === 'f') text = fixed(value, precision);
  else if (kind === 'e') text = exponential(value, precision);
  else {
    const digits = precision === 0 ? 1 : precision;
    const exponent = value === 0 ? 0 : Number(value.toExponential(Math.min(digits - 1, 100)).split('e')[1]);
    text = exponent < -4 || exponent >= digits ? exponential(value, digits - 1) : fixed(value, digits - 1 - exponent);
    if (!alternate && text.includes('.')) text = text.replace(/\.?0+(?=e|$)/, '');
  }
  return upper ? text.toUpperCase() : text;
}

const exponential = (value: number, precision: number) => {
  const [mantissa = '', exponent = ''] = value.toExponential(Math.min(precision, 100)).split('e');
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
};

/** As C's %.*f. */
export function fixed(value: number, precision: number): string {
  const digits = Math.max(0, precision);
  if (Math.abs(value) < 1e21 && digits <= 100) {
    const rounded = value.toFixed(digits);
    // Halves go to the even digit, as in C; toFixed rounds them up.
    const exact = Math.abs(value).toFixed(Math.min(100, digits + 60));
    const rest = exact.slice(exact.indexOf('.') + 1 + digits);
    if (!/^50*$/.test(rest) || digits + 60 > 100) return rounded;
    const kept = exact.slice(0, exact.indexOf('.') + (digits > 0 ? 1 + digits : 0));
    return /[13579]$/.test(kept) ? rounded : (value < 0 ? '-' : '') + kept;
  }
  return BigInt(Math.round(value)).toString() + (digits > 0 ? `.${'0'.repeat(Math.min(digits, 1000))}` : '');
}

/** Applies a format specification to a built-in value. */
export function* formatValue(python: Python, value: Value, spec: string): Steps<string> {
  const method = yield* python.lookup(value, '__format__');
  if (method !== undefined) return String(yield* python.call(method, [spec]));
  if (spec === '') return yield* python.text(value);
  const match = /^(?:([\s\S])?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u.exec(spec);
  const known = typeof value === 'string' || isInt(value) || typeof value === 'number';
  if (!known) raise('TypeError', `unsupported format string passed to ${typeName(value)}.__format__`);
  if (!match) raise('ValueError', `Invalid format specifier`);
  const [, fillCharacter, alignment, sign = '-', , alternate, zero, width = '0', grouping, precision, type] = match;
  if (Number(width) > 1_000_000) raise('MemoryError');
  python.charge(Number(width));
  let text: string;
  let prefix = '';
  if (typeof value === 'string') {
    if (type !== undefined && type !== 's')
      raise('ValueError', `Unknown format code '${type}' for object of type 'str'`);
    text = precision === undefined ? value : value.slice(0, Number(precision));
  } else if (isInt(value) && !(type && /[eEfFgG%]/.test(type))) {
    if (type !== undefined && !/[bcdoxXn]/.test(type))
      raise('ValueError', `Unknown format code '${type}' for object of type '${typeName(value)}'`);
    if (precision !== undefined) raise('ValueError', 'Precision not allowed in integer format specifier');
    const number = BigInt(value);
    const magnitude = number < 0n ? -number : number;
    const base = { b: 2, o: 8, x: 16, X: 16 }[type ?? ''] ?? 10;
    text = type === 'c' ? String.fromCodePoint(Number(number)) : magnitude.toString(base);
    if (type === 'X') text = text.toUpperCase();
    if (grouping) text = text.replace(base === 10 ? /\B(?=(?:\d{3})+$)/g : /\B(?=(?:.{4})+$)/g, grouping);
    prefix = type === 'c' ? '' : signOf(number < 0n, sign);
    if (alternate && base !== 10) prefix += `0${type}`;
  } else {
    const number = Number(value);
    if (type !== undefined && !/[eEfFgGn%]/.test(type))
      raise('ValueError', `Unknown format code '${type}' for object of type 'float'`);
    const magnitude = Math.abs(number);
    if (type === '%') text = `${floatFormat(magnitude * 100, 'f', Number(precision ?? 6))}%`;
    else if (type === undefined)
      text = precision === undefined ? floatText(magnitude) : generalOf(magnitude, Number(precision));
    else text = floatFormat(magnitude, type === 'n' ? 'g' : type, Number(precision ?? 6), !!alternate);
    if (grouping) text = text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, grouping));
    prefix = signOf(number < 0 || Object.is(number, -0), sign);
  }
  const fill = fillCharacter ?? (zero ? '0' : ' ');
  const align = alignment ?? (zero && typeof value !== 'string' ? '=' : typeof value === 'string' ? '<' : '>');
  const missing = Number(width) - [...prefix, ...text].length;
  if (missing <= 0) return prefix + text;
  if (align === '=') return prefix + fill.repeat(missing) + text;
  if (align === '<') return prefix + text + fill.repeat(missing);
  if (align === '>') return fill.repeat(missing) + prefix + text;
  const before = Math.floor(missing / 2);
  return fill.repeat(before) + prefix + text + fill.repeat(missing - before);
}

function generalOf(value: number, precision: number): string {
  const text = floatFormat(value, 'g', precision);
  return /[.en]/.test(text) ? text : `${text}.0`;
}

const signOf = (negative: boolean, sign: string) => (negative ? '-' : sign === '-' ? '' : sign);

/** The `%` operator of str and bytes. */
export function* percent(python: Python, format: string, right: Value, bytes = false): Steps<string> {
  const args = right instanceof Tuple ? right.items : [right];
  let next = 0;
  let result = '';
  let named = false;
  const pattern = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([\s\S])?/g;
  let at = 0;
  for (let match = pattern.exec(format); match; match = pattern.exec(format)) {
    result += format.slice(at, match.index);
    at = pattern.lastIndex;
    const [, key, flags = '', wide, precise, type] = match;
    if (type === undefined) raise('ValueError', 'incomplete format');
    if (type === '%') {
      result += '%';
      continue;
    }
    const take = (): Value => {
      if (next >= args.length) raise('TypeError', 'not enough arguments for format string');
      return args[next++]!;
    };
    const width = wide === '*' ? Number(take()) : Number(wide ?? 0);
    const precision = precise === '*' ? Number(take()) : precise === undefined ? undefined : Number(precise || 0);
    if (Math.abs(width) > 1_000_000 || (precision ?? 0) > 1_000_000) raise('MemoryError');
    python.charge(Math.abs(width));
    let value: Value;
    if (key !== undefined) {
      if (!(right instanceof Dict)) raise('TypeError', 'format requires a mapping');
      named = true;
      const found = right.get(key);
      if (found === undefined) raise('KeyError', key);
      value = found;
    } else value = take();
    let text: string;
    let prefix = '';
    const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-';
    if ('diouxX'.includes(type)) {
      if (!isInt(value) && typeof value !== 'number')
        raise(
          'TypeError',
          `%${type} format: ${'di'.includes(type) || type === 'u' ? 'a real number' : 'an integer'} is required, not ${typeName(value)}`,
        );
      if (typeof value === 'number' && 'oxX'.includes(type))
        raise('TypeError', `%${type} format: an integer is required, not float`);
      const number = typeof value === 'number' ? BigInt(Math.trunc(value)) : BigInt(value);
      const base = type === 'o' ? 8 : type === 'x' || type === 'X' ? 16 : 10;
      text = (number < 0n ? -number : number).toString(base);
      if (type === 'X') text = text.toUpperCase();
      if (precision !== undefined) text = text.padStart(precision, '0');
      prefix = signOf(number < 0n, sign) + (flags.includes('#') && base !== 10 ? `0${type}` : '');
    } else if ('eEfFgG'.includes(type)) {
      if (!isInt(value) && typeof value !== 'number') raise('TypeError', `must be real number, not ${typeName(value)}`);
      const number = Number(value);
      text = floatFormat(Math.abs(number), type, precision ?? 6, flags.includes('#'));
      prefix = signOf(number < 0 || Object.is(number, -0), sign);
    } else if (type === 'c') {
      if (typeof value === 'string' ? [...value].length !== 1 : !isInt(value))
        raise('TypeError', '%c requires int or char');
      text = typeof value === 'string' ? value : String.fromCodePoint(Number(value));
    } else if ('sra'.includes(type) || (bytes && type === 'b')) {
      if (bytes && value instanceof ByteString) text = value.data;
      else if (bytes && type !== 'r' && type !== 'a')
        raise(
          'TypeError',
          `%b requires a bytes-like object, or an object that implements __bytes__, not '${typeName(value)}'`,
        );
      else
        text =
          type === 's'
            ? yield* python.text(value)
            : type === 'a' && typeof value === 'string'
              ? quoted(value, true)
              : yield* python.repr(value);
      if (precision !== undefined) text = text.slice(0, precision);
    } else
      raise(
        'ValueError',
        `unsupported format character '${type}' (0x${type.charCodeAt(0).toString(16)}) at index ${at - 1}`,
      );
    const missing = Math.abs(width) - [...prefix, ...text].length;
    if (missing <= 0) result += prefix + text;
    else if (flags.includes('-') || width < 0) result += prefix + text + ' '.repeat(missing);
    else if (flags.includes('0') && !'sra'.includes(type)) result += prefix + '0'.repeat(missing) + text;
    else result += ' '.repeat(missing) + prefix + text;
  }
  result += format.slice(at);
  if (
    !named &&
    next < args.length &&
    !(right instanceof Dict) &&
    (right instanceof Tuple || typeOf(right) !== types.dict)
  )
    raise('TypeError', `not all arguments converted during ${bytes ? 'bytes' : 'string'} formatting`);
  return result;
}

/** str.format: fields by position, name, attribute and index. */
export function* formatMethod(
  python: Python,
  format: string,
  args: Value[],
  named: ReadonlyMap<string, Value>,
  depth = 0,
  state: { next: number; manual?: boolean } = { next: 0 },
): Steps<string> {
  let result = '';
  for (let i = 0; i < format.length; i++) {
    const c = format[i]!;
    if ((c === '{' || c === '}') && format[i + 1] === c) {
      result += c;
      i++;
      continue;
    }
    if (c === '}') raise('ValueError', "Single '}' encountered in format string");
    if (c !== '{') {
      result += c;
      continue;
    }
    let level = 1;
    let end = i + 1;
    for (; end < format.length && level > 0; end++) level += format[end] === '{' ? 1 : format[end] === '}' ? -1 : 0;
    if (level > 0)
      raise(
        'ValueError',
        end === i + 1 ? "Single '{' encountered in format string" : "expected '}' before end of string",
      );
    const [, name = '', conversion, spec = ''] =
      /^([^!:]*)(?:!([rsa]))?(?::([\s\S]*))?$/.exec(format.slice(i + 1, end - 1)) ?? [];
    i = end - 1;
    const [, first = '', path = ''] = /^([^.[]*)([\s\S]*)$/.exec(name)!;
    let value: Value | undefined;
    if (first === '' || /^\d+$/.test(first)) {
      const manual = first !== '';
      if (state.manual !== undefined && state.manual !== manual)
        raise(
          'ValueError',
          manual
            ? 'cannot switch from automatic field numbering to manual field specification'
            : 'cannot switch from manual field specification to automatic field numbering',
        );
      state.manual = manual;
      const index = manual ? Number(first) : state.next++;
      value = args[index];
      if (value === undefined) raise('IndexError', `Replacement index ${index} out of range for positional args tuple`);
    } else {
      value = named.get(first);
      if (value === undefined) raise('KeyError', first);
    }
    for (const [, attribute, index] of path.matchAll(/\.([^.[]+)|\[([^\]]*)\]/g)) {
      if (attribute !== undefined) value = yield* python.getAttribute(value, attribute);
      else {
        const get: Value = yield* python.getAttribute(value, '__getitem__');
        value = yield* python.call(get, [/^\d+$/.test(index!) ? BigInt(index!) : index!]);
      }
    }
    if (conversion) value = conversion === 's' ? yield* python.text(value) : yield* python.repr(value);
    const inner =
      spec.includes('{') && depth < 2 ? yield* formatMethod(python, spec, args, named, depth + 1, state) : spec;
    result += yield* formatValue(python, value, inner);
  }
  return result;
}
