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
  const letters = `${isArray(variable.value) ? 'a' : ''}${isAssociative(variable.value) ? 'A' : ''}${variable.integer ? 'i' : ''}${variable.lower ? 'l' : ''}${variable.reference ? 'n' : ''}${variable.readonly ? 'r' : ''}${variable.upper ? 'u' : ''}${variable.exported ? 'x' : ''}`;
  return `-${letters || '-'}`;
}

export function declaration(name: string, variable: Variable): Bytes {
  const { value } = variable;
  let text = `declare ${attributes(variable)} ${name}`;
  if (typeof value === 'string') text += `=${doubleQuote(value)}`;
  else if (isArray(value))
    text += `=(${[...value]
      .sort(([a], [b]) => a - b)
      .map(([i, v]) => `[${i}]=${doubleQuote(v)}`)
      .join(' ')})`;
  else if (value)
    text += `=(${[...value.keys].map(([k, v]) => `[${/^\w+$/.test(k) ? k : doubleQuote(k)}]=${doubleQuote(v)} `).join('')})`;
  return text;
}
