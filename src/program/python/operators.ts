// Python's operators on built-in values: arithmetic, bits, sequences and comparisons that need no method call.
import { raise } from './exceptions.ts';
import {
  ByteString,
  Dict,
  Instance,
  isInt,
  keyOf,
  List,
  type Python,
  Range,
  Set_,
  Slice,
  Tuple,
  typeName,
  types,
  type Value,
  View,
} from './values.ts';

/** Integers beyond so many bits are more than the machine's memory. */
const MOST_BITS = 8_000_000;

const bits = (value: bigint) => value.toString(16).length * 4;

/** The result, or undefined if the operands' own methods must say. */
export function arithmetic(python: Python, operator: string, left: Value, right: Value): Value | undefined {
  if (isInt(left) && isInt(right)) {
    if (typeof left === 'boolean' && typeof right === 'boolean' && /^[&|^]$/.test(operator)) {
      return operator === '&' ? left && right : operator === '|' ? left || right : left !== right;
    }
    return integers(python, operator, BigInt(left), BigInt(right));
  }
  if ((isInt(left) || typeof left === 'number') && (isInt(right) || typeof right === 'number'))
    return floats(operator, left, right);
  if (operator === '+') return concatenation(python, left, right);
  if (operator === '*') {
    if (isInt(right)) return repetition(python, left, BigInt(right));
    if (isInt(left)) return repetition(python, right, BigInt(left));
  }
  if (left instanceof Set_ && right instanceof Set_) return sets(operator, left, right);
  if (operator === '|' && left instanceof Dict && right instanceof Dict)
    return new Dict([...left.entries.values(), ...right.entries.values()]);
  if (left instanceof View && left.cls === types.dict_keys && /^[-&|^]$/.test(operator)) {
    const other = right instanceof View ? new Set_([...right.dict.entries.values()].map(([k]) => k)) : right;
    if (other instanceof Set_) return sets(operator, new Set_([...left.dict.entries.values()].map(([k]) => k)), other);
  }
  return undefined;
}

function integers(python: Python, operator: string, a: bigint, b: bigint): Value | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*': {
      const product = a > -(1n << 64n) && a < 1n << 64n && b > -(1n << 64n) && b < 1n << 64n;
      if (!product) {
        if (bits(a) + bits(b) > MOST_BITS) raise('MemoryError');
        python.charge((bits(a) + bits(b)) >> 3);
      }
      return a * b;
    }
    case '/': {
      if (b === 0n) raise('ZeroDivisionError', 'division by zero');
      const result = Number(a) / Number(b);
      if (!Number.isFinite(result) || Number.isNaN(result)) {
        if (Number.isFinite(Number(b))) raise('OverflowError', 'integer division result too large for a float');
        return Number((a * 10n ** 17n) / b) / 1e17;
      }
      return result;
    }
    case '//':
      if (b === 0n) raise('ZeroDivisionError', 'integer division or modulo by zero');
      return floorDivision(a, b);
    case '%':
      if (b === 0n) raise('ZeroDivisionError', 'integer modulo by zero');
      return a - floorDivision(a, b) * b;
    case '**':
      if (b < 0n) {
        if (a === 0n) raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
        return Number(a) ** Number(b);
      }
      if (a !== 0n && a !== 1n && a !== -1n) {
        const size = BigInt(bits(a)) * b;
        if (size > BigInt(MOST_BITS)) raise('MemoryError');
        python.charge(Number(size) >> 3);
      }
      return a ** b;
    case '<<':
      if (b < 0n) raise('ValueError', 'negative shift count');
      if (a !== 0n && BigInt(bits(a)) + b > BigInt(MOST_BITS)) raise('MemoryError');
      python.charge(Number(b) >> 3);
      return a << b;
    case '>>':
      if (b < 0n) raise('ValueError', 'negative shift count');
      return a >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    default:
      return undefined;
  }
}

export const floorDivision = (a: bigint, b: bigint): bigint => {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
};

function floats(
  operator: string,
  left: bigint | number | boolean,
  right: bigint | number | boolean,
): Value | undefined {
  const a = toFloat(left);
  const b = toFloat(right);
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) raise('ZeroDivisionError', 'float division by zero');
      return a / b;
    case '//':
      if (b === 0) raise('ZeroDivisionError', 'float floor division by zero');
      return Math.floor(a / b);
    case '%': {
      if (b === 0) raise('ZeroDivisionError', 'float modulo');
      const rest = a % b;
      return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
    }
    case '**': {
      if (a === 0 && b < 0) raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
      const power = a ** b;
      if (!Number.isFinite(power) && Number.isFinite(a) && Number.isFinite(b))
        raise('OverflowError', 34n, 'Numerical result out of range');
      return power;
    }
    default:
      return undefined;
  }
}

/** As float(); an int beyond a float's range is an OverflowError. */
export function toFloat(value: bigint | number | boolean): number {
  const result = Number(value);
  if (typeof value === 'bigint' && !Number.isFinite(result))
    raise('OverflowError', 'int too large to convert to float');
  return result;
}

function concatenation(python: Python, left: Value, right: Value): Value | undefined {
  if (typeof left === 'string') {
    if (typeof right !== 'string') {
      if (right instanceof Instance) return undefined;
      raise('TypeError', `can only concatenate str (not "${typeName(right)}") to str`);
    }
    python.charge(left.length + right.length > 64 ? left.length + right.length : 16);
    return left + right;
  }
  if (left instanceof List && right instanceof List) {
    python.charge((left.items.length + right.items.length) * 8);
    return new List([...left.items, ...right.items]);
  }
  if (left instanceof Tuple && right instanceof Tuple) {
    python.charge((left.items.length + right.items.length) * 8);
    return new Tuple([...left.items, ...right.items]);
  }
  if (left instanceof ByteString && right instanceof ByteString) {
    python.charge(left.data.length + right.data.length);
    return new ByteString(left.data + right.data, left.cls === types.bytearray);
  }
  if (right instanceof Instance) return undefined;
  if (left instanceof List || left instanceof Tuple)
    raise('TypeError', `can only concatenate ${left.cls.name} (not "${typeName(right)}") to ${left.cls.name}`);
  if (left instanceof ByteString) raise('TypeError', `can't concat ${typeName(right)} to ${left.cls.name}`);
  return undefined;
}

function repetition(python: Python, value: Value, times: bigint): Value | undefined {
  const length =
    typeof value === 'string'
      ? value.length
      : value instanceof ByteString
        ? value.data.length
        : value instanceof List || value instanceof Tuple
          ? value.items.length * 8
          : undefined;
  if (length === undefined) return undefined;
  const count = times < 0n ? 0n : times;
  if (count > 9223372036854775807n) raise('OverflowError', "cannot fit 'int' into an index-sized integer");
  if (BigInt(length) * count > 200_000_000n) raise('MemoryError');
  python.charge(length * Number(count));
  if (typeof value === 'string') return value.repeat(Number(count));
  if (value instanceof ByteString)
    return new ByteString(value.data.repeat(Number(count)), value.cls === types.bytearray);
  const items: Value[] = [];
  for (let i = 0; i < Number(count); i++) for (const item of (value as List).items) items.push(item);
  return value instanceof List ? new List(items) : new Tuple(items);
}

function sets(operator: string, left: Set_, right: Set_): Value | undefined {
  const has = (set: Set_) => (item: Value) => set.entries.has(keyOf(item));
  const [a, b] = [[...left.entries.values()], [...right.entries.values()]];
  switch (operator) {
    case '&':
      return new Set_(a.filter(has(right)), left.cls);
    case '|':
      return new Set_([...a, ...b], left.cls);
    case '-':
      return new Set_(
        a.filter((i) => !has(right)(i)),
        left.cls,
      );
    case '^':
      return new Set_([...a.filter((i) => !has(right)(i)), ...b.filter((i) => !has(left)(i))], left.cls);
    default:
      return undefined;
  }
}

/** Equality without methods; undefined: ask `__eq__`, or compare the elements. */
export function quickEqual(left: Value, right: Value): boolean | undefined {
  if (left === right) return !(typeof left === 'number' && Number.isNaN(left));
  const a = typeof left;
  const b = typeof right;
  if (left === null || right === null)
    return a === 'object' && b === 'object' && (left instanceof Instance || right instanceof Instance)
      ? undefined
      : false;
  if (a !== 'object' && b !== 'object') {
    if (a === 'string' || b === 'string') return false;
    // biome-ignore lint/suspicious/noDoubleEquals: 1 == 1n == true, as in Python
    return (a === 'boolean' ? Number(left) : left) == (b === 'boolean' ? Number(right) : right);
  }
  if (left instanceof ByteString && right instanceof ByteString) return left.data === right.data;
  if (left instanceof Range && right instanceof Range)
    return (
      left.length === right.length &&
      (left.length === 0n || (left.start === right.start && (left.length === 1n || left.step === right.step)))
    );
  if (left instanceof Slice && right instanceof Slice) return undefined;
  return undefined;
}

/** Order without methods; undefined: not comparable this way. */
export function quickOrder(left: Value, right: Value): number | undefined {
  const number = (v: Value): v is bigint | number | boolean =>
    typeof v === 'bigint' || typeof v === 'number' || typeof v === 'boolean';
  if (number(left) && number(right))
    return left < right ? -1 : left > right ? 1 : Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (left instanceof ByteString && right instanceof ByteString)
    return left.data < right.data ? -1 : left.data > right.data ? 1 : 0;
  return undefined;
}

/** Start, stop and step of a slice over so many items, as slice.indices(). */
export function sliceIndices(slice: Slice, length: number): [start: number, stop: number, step: number] {
  const whole = (v: Value, otherwise: number, low: number, high: number) => {
    if (v === null) return otherwise;
    if (!isInt(v)) raise('TypeError', 'slice indices must be integers or None or have an __index__ method');
    let n = Number(v);
    if (n < 0) n += length;
    return Math.min(Math.max(n, low), high);
  };
  const step =
    slice.step === null
      ? 1
      : isInt(slice.step)
        ? Number(slice.step)
        : raise('TypeError', 'slice indices must be integers or None or have an __index__ method');
  if (step === 0) raise('ValueError', 'slice step cannot be zero');
  return step > 0
    ? [whole(slice.start, 0, 0, length), whole(slice.stop, length, 0, length), step]
    : [whole(slice.start, length - 1, -1, length - 1), whole(slice.stop, -1, -1, length - 1), step];
}

/** The positions a slice picks. */
export function slicePositions(slice: Slice, length: number): number[] {
  const [start, stop, step] = sliceIndices(slice, length);
  const positions: number[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) positions.push(i);
  return positions;
}
