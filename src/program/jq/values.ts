// jq's values: order, arithmetic, and reading and changing what stands at a path.
import type { Json } from './parse.ts';
import { COMPACT, write } from './text.ts';

/** An error that `try` catches. */
export class JqError extends Error {
  readonly value: Json;
  constructor(value: Json) {
    super(typeof value === 'string' ? value : `${write(value, COMPACT)} (not a string)`);
    this.value = value;
  }
}

/** null, boolean, number, string, array, object: also their order. */
export const kind = (v: Json): string => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v);

/** `number (1)`: a value in an error message, cut short. */
export function shown(v: Json): string {
  const text = write(v, COMPACT);
  return `${kind(v)} (${text.length > 11 ? `${text.slice(0, 10)}...` : text})`;
}

const ORDER = (v: Json) =>
  v === null
    ? 0
    : v === false
      ? 1
      : v === true
        ? 2
        : typeof v === 'number'
          ? 3
          : typeof v === 'string'
            ? 4
            : Array.isArray(v)
              ? 5
              : 6;

/** jq's total order. */
export function compare(a: Json, b: Json): number {
  const [x, y] = [ORDER(a), ORDER(b)];
  if (x !== y) return x - y;
  if (typeof a === 'number' && typeof b === 'number') return a < b || Number.isNaN(a) ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compare(a[i]!, b[i]!);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (isObject(a) && isObject(b)) {
    const [ka, kb] = [Object.keys(a).sort(), Object.keys(b).sort()];
    const order = compare(ka, kb);
    if (order !== 0) return order;
    for (const k of ka) {
      const inner = compare(a[k]!, b[k]!);
      if (inner !== 0) return inner;
    }
  }
  return 0;
}

const isSlice = (key: Json): key is { start: Json; end: Json } =>
  typeof key === 'object' && key !== null && !Array.isArray(key) && ('start' in key || 'end' in key);

function bounds(key: { start?: Json; end?: Json }, length: number): [number, number] {
  const place = (v: Json | undefined, otherwise: number, round: (n: number) => number) => {
    if (v === null || v === undefined) return otherwise;
    if (typeof v !== 'number') throw new JqError('Start and end indices of an array slice must be numbers');
    const n = round(v);
    return Math.min(Math.max(n < 0 ? n + length : n, 0), length);
  };
  const from = place(key.start, 0, Math.floor);
  return [from, Math.max(from, place(key.end, length, Math.ceil))];
}

/** `value[key]` */
export function get(value: Json, key: Json): Json {
  if (isSlice(key)) {
    if (value === null) return null;
    if (typeof value === 'string') {
      const characters = [...value];
      return characters.slice(...bounds(key, characters.length)).join('');
    }
    if (Array.isArray(value)) return value.slice(...bounds(key, value.length));
    throw new JqError(`Cannot index ${kind(value)} with object`);
  }
  if (value === null && (typeof key === 'string' || typeof key === 'number' || key === null)) return null;
  if (typeof key === 'string' && typeof value === 'object' && !Array.isArray(value))
    return Object.hasOwn(value!, key) ? value![key]! : null;
  if (typeof key === 'number' && Array.isArray(value)) {
    const i = Math.floor(key);
    return value[i < 0 ? i + value.length : i] ?? null;
  }
  if (Array.isArray(key) && Array.isArray(value)) {
    const found: Json[] = [];
    for (let i = 0; key.length > 0 && i <= value.length - key.length; i++)
      if (key.every((k, j) => compare(k, value[i + j]!) === 0)) found.push(i);
    return found;
  }
  throw new JqError(`Cannot index ${kind(value)} with ${typeof key === 'string' ? `string "${key}"` : kind(key)}`);
}

export function getPath(value: Json, path: readonly Json[]): Json {
  let at = value;
  for (const key of path) {
    if (at === null) return null;
    at = get(at, key);
  }
  return at;
}

export function setPath(value: Json, path: readonly Json[], to: Json): Json {
  if (path.length === 0) return to;
  const [key, ...rest] = path as [Json, ...Json[]];
  if (isSlice(key)) {
    const array = value === null ? [] : value;
    if (!Array.isArray(array)) throw new JqError(`Cannot update field at object index of ${kind(value)}`);
    const [from, end] = bounds(key, array.length);
    const part = setPath(array.slice(from, end), rest, to);
    if (!Array.isArray(part)) throw new JqError('A slice of an array can only be assigned another array');
    return [...array.slice(0, from), ...part, ...array.slice(end)];
  }
  if (typeof key === 'number') {
    if (value !== null && !Array.isArray(value)) throw new JqError(`Cannot index ${kind(value)} with number`);
    const array = [...(value ?? [])];
    const i = Math.floor(key) < 0 ? Math.floor(key) + array.length : Math.floor(key);
    if (i < 0) throw new JqError('Out of bounds negative array index');
    if (i > 1_000_000) throw new RangeError('memory');
    while (array.length < i) array.push(null);
    array[i] = setPath(array[i] ?? null, rest, to);
    return array;
  }
  if (typeof key !== 'string') throw new JqError(`Invalid path component`);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw new JqError(`Cannot index ${kind(value)} with "${key}"`);
  return { ...value, [key]: setPath(value && Object.hasOwn(value, key) ? value[key]! : null, rest, to) };
}

export function deletePaths(value: Json, paths: Json[][]): Json {
  let result = value;
  for (const p of [...paths].sort((a, b) => compare(b, a))) result = deletePath(result, p);
  return result;
}

function deletePath(value: Json, path: readonly Json[]): Json {
  if (value === null || path.length === 0) return null;
  const [key, ...rest] = path as [Json, ...Json[]];
  if (rest.length > 0) {
    const inner = get(value, key);
    return inner === null ? value : setPath(value, [key], deletePath(inner, rest));
  }
  if (Array.isArray(value)) {
    if (isSlice(key)) {
      const [from, end] = bounds(key, value.length);
      return [...value.slice(0, from), ...value.slice(end)];
    }
    if (typeof key !== 'number') throw new JqError(`Cannot delete field at object index of array`);
    const i = key < 0 ? key + value.length : key;
    return value.filter((_, k) => k !== i);
  }
  if (typeof value === 'object') {
    if (typeof key !== 'string') throw new JqError(`Cannot delete field at array index of object`);
    const { [key]: _gone, ...left } = value;
    return left;
  }
  throw new JqError(`Cannot delete field at ${typeof key === 'string' ? 'object' : 'array'} index of ${kind(value)}`);
}

/** Arithmetic and comparison. */
export function binary(operator: string, a: Json, b: Json): Json {
  switch (operator) {
    case '==':
      return compare(a, b) === 0;
    case '!=':
      return compare(a, b) !== 0;
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
    case '+':
      if (a === null) return b;
      if (b === null) return a;
      if (typeof a === 'number' && typeof b === 'number') return a + b;
      if (typeof a === 'string' && typeof b === 'string') {
        if (a.length + b.length > 64 << 20) throw new RangeError('memory');
        return a + b;
      }
      if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
      if (isObject(a) && isObject(b)) return { ...a, ...b };
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be added`);
    case '-':
      if (typeof a === 'number' && typeof b === 'number') return a - b;
      if (Array.isArray(a) && Array.isArray(b)) return a.filter((x) => !b.some((y) => compare(x, y) === 0));
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be subtracted`);
    case '*':
      if (typeof a === 'number' && typeof b === 'number') return a * b;
      if ((typeof a === 'string' && typeof b === 'number') || (typeof a === 'number' && typeof b === 'string')) {
        const [text, count] = typeof a === 'string' ? [a, b as number] : [b as string, a];
        if (count <= 0) return null;
        if (text.length * count > 64 << 20) throw new RangeError('memory');
        return text.repeat(Math.max(1, Math.ceil(count)));
      }
      if (isObject(a) && isObject(b)) return merge(a, b);
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be multiplied`);
    case '/':
      if (typeof a === 'number' && typeof b === 'number') {
        if (b === 0) throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided because the divisor is zero`);
        return a / b;
      }
      if (typeof a === 'string' && typeof b === 'string') return a === '' ? [] : a.split(b);
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided`);
    default: {
      if (typeof a !== 'number' || typeof b !== 'number')
        throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided`);
      const divisor = Math.abs(Math.trunc(b));
      if (divisor === 0) throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided because the divisor is zero`);
      const rest = Math.abs(Math.trunc(a)) % divisor;
      return a < 0 && rest !== 0 ? -rest : rest;
    }
  }
}

export type JsonObject = { [key: string]: Json };
export const isObject = (v: Json): v is JsonObject => typeof v === 'object' && v !== null && !Array.isArray(v);
function merge(a: JsonObject, b: JsonObject): JsonObject {
  const made = { ...a };
  for (const [k, v] of Object.entries(b)) {
    const old = made[k];
    made[k] = old !== undefined && isObject(old) && isObject(v) ? merge(old, v) : v;
  }
  return made;
}
