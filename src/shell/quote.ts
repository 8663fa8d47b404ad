// How bash writes a value so that it can be read again: quotes, attributes, declarations.
import type { Bytes } from '../machine/machine.ts';
import { isArray, isAssociative, type Variable } from './variables.ts';

/** As bash prints a value that can be read again. */
export const singleQuote = (text: Bytes): Bytes =>
  /[\x00-\x1f\x7f]/.test(text)
    ? `$'${text
        .replace(/[\\']/g, '\\$&')
        .replace(/\n/g, '\\n')
        .replace(/\t/g, '\\t')
        .replace(/\r/g, '\\r')
        .replace(/\x1b/g, '\\E')
        .replace(/[\x00-\x1f\x7f]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)}'`
    : `'${text.replace(/'/g, "'\\''")}'`;

export const doubleQuote = (text: Bytes): Bytes =>
  /[\x00-\x1f\x7f]/.test(text) ? singleQuote(text) : `"${text.replace(/["\\$`]/g, '\\$&')}"`;

/** The letters of `declare -p`, with their dash. */
export function attributes(variable: Variable): string {
  const { value, integer, reference, readonly, traced, exported, capital, lower, upper } = variable;
  const letters = `${isArray(value) ? 'a' : ''}${isAssociative(value) ? 'A' : ''}${integer ? 'i' : ''}${reference ? 'n' : ''}${readonly ? 'r' : ''}${traced ? 't' : ''}${exported ? 'x' : ''}${capital ? 'c' : ''}${lower ? 'l' : ''}${upper ? 'u' : ''}`;
  return `-${letters || '-'}`;
}

/** A key of an associative array, quoted where it must be. */
const keyText = (key: Bytes): Bytes => (/^[\w./:=,@%+^-]+$/.test(key) ? key : doubleQuote(key));

/** The value of an array as it is written in an assignment. */
export function listText(value: Variable['value']): Bytes {
  if (isArray(value))
    return `(${[...value]
      .sort(([a], [b]) => a - b)
      .map(([i, v]) => `[${i}]=${doubleQuote(v)}`)
      .join(' ')})`;
  return isAssociative(value)
    ? `(${[...value.keys].map(([k, v]) => `[${keyText(k)}]=${doubleQuote(v)} `).join('')})`
    : '';
}

export function declaration(name: string, variable: Variable): Bytes {
  const { value } = variable;
  const head = `declare ${attributes(variable)} ${name}`;
  if (typeof value === 'string') return `${head}=${doubleQuote(value)}`;
  return value === undefined || variable.bare ? head : `${head}=${listText(value)}`;
}
