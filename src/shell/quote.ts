// How bash writes a value so that it can be read again: quotes, attributes, declarations.
import type { Bytes } from '../machine/machine.ts';
import { byHash, isArray, isAssociative, type Variable } from './variables.ts';

const CONTROL: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\E',
};

/** `$'…'`, in which control characters and bytes that are no UTF-8 are escapes. */
function dollarQuote(text: Bytes): Bytes {
  const inner = text.replace(
    /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\\'\x00-\x1f\x7f-\xff]/g,
    (c) =>
      c.length > 1
        ? c
        : c === '\\' || c === "'"
          ? `\\${c}`
          : (CONTROL[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`),
  );
  return `$'${inner}'`;
}

/** As bash prints a value that can be read again. */
export const singleQuote = (text: Bytes): Bytes => `'${text.replace(/'/g, "'\\''")}'`;

/** In single quotes, or in `$'…'` when there are control characters: `${x@Q}`, `set`, `alias`. */
export const reusableQuote = (text: Bytes): Bytes =>
  /[\x00-\x1f\x7f]/.test(text) ? dollarQuote(text) : singleQuote(text);

export const doubleQuote = (text: Bytes): Bytes =>
  /[\x00-\x1f\x7f]/.test(text) ? dollarQuote(text) : `"${text.replace(/["\\$`]/g, '\\$&')}"`;

/** As `printf %q` quotes: with backslashes, or `$'…'` when there are control characters. UTF-8 stays as it is. */
export function backslashQuote(text: Bytes): Bytes {
  if (text === '') return "''";
  if (
    /[\x00-\x1f\x7f]/.test(text) ||
    /[\x80-\xff]/.test(text.replace(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/g, ''))
  )
    return dollarQuote(text);
  return text.replace(/[ !"$&'()*,;<>?[\\\]^`{|}]|^[#~]|(?<=[:=])~/g, '\\$&');
}

/** The letters of `declare -p`, with their dash. */
export function attributes(variable: Variable): string {
  const { value, integer, reference, readonly, traced, exported, capital, lower, upper } = variable;
  const letters = `${isArray(value) ? 'a' : ''}${isAssociative(value) ? 'A' : ''}${integer ? 'i' : ''}${reference ? 'n' : ''}${readonly ? 'r' : ''}${traced ? 't' : ''}${exported ? 'x' : ''}${capital ? 'c' : ''}${lower ? 'l' : ''}${upper ? 'u' : ''}`;
  return `-${letters || '-'}`;
}

/** A key of an associative array, quoted where it must be. */
const keyText = (key: Bytes): Bytes => (/^[\w./:=,@%+^\x80-\xff-]+$/.test(key) ? key : doubleQuote(key));

/** The value of an array as it is written in an assignment. */
export function listText(value: Variable['value']): Bytes {
  if (isArray(value))
    return `(${[...value]
      .sort(([a], [b]) => a - b)
      .map(([i, v]) => `[${i}]=${doubleQuote(v)}`)
      .join(' ')})`;
  return isAssociative(value)
    ? `(${byHash(value.keys)
        .map(([k, v]) => `[${keyText(k)}]=${doubleQuote(v)} `)
        .join('')})`
    : '';
}

export function declaration(name: string, variable: Variable): Bytes {
  const { value } = variable;
  const head = `declare ${attributes(variable)} ${name}`;
  if (typeof value === 'string') return `${head}=${doubleQuote(value)}`;
  return value === undefined || variable.bare ? head : `${head}=${listText(value)}`;
}
