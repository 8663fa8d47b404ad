// GNU's ways of showing a name or argument in a message (gnulib quotearg).
import type { Bytes, Process } from '../machine/machine.ts';

/** Whether the process' locale is a UTF-8 one. */
export function isUtf8(process: Process): boolean {
  const env = process.environment;
  const locale = env.get('LC_ALL') || env.get('LC_CTYPE') || env.get('LANG') || 'C';
  return /utf-?8/i.test(locale);
}

/** gnulib `quote()`: 'name' in the C locale, ‘name’ (as UTF-8 bytes) in a UTF-8 one. */
export function quote(process: Process, text: Bytes): Bytes {
  if (isUtf8(process)) return `\xe2\x80\x98${escaped(text, '')}\xe2\x80\x99`;
  return `'${escaped(text, "'")}'`;
}

const NAMED: Record<string, string> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\x07': '\\a',
  '\b': '\\b',
  '\v': '\\v',
  '\f': '\\f',
};

/** Backslash escapes of control bytes, of backslashes and of `quoteMark`. */
function escaped(text: Bytes, quoteMark: string): Bytes {
  let result = '';
  for (const c of text) {
    if (c === '\\' || (quoteMark && c === quoteMark)) result += `\\${c}`;
    else if (c < ' ' || c === '\x7f') result += NAMED[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`;
    else result += c;
  }
  return result;
}

/** gnulib `quoteaf()`: always in quotes, as a shell could read it: 'it'\''s', 'a'$'\n''b'. */
export function quoteAlways(text: Bytes): Bytes {
  if (!/[\x00-\x1f\x7f]/.test(text)) {
    if (!text.includes("'")) return `'${text}'`;
    if (!/["$`\\!]/.test(text)) return `"${text}"`;
    return `'${text.replaceAll("'", "'\\''")}'`;
  }
  let result = "'";
  let dollar = false;
  for (const c of text) {
    const control = c < ' ' || c === '\x7f';
    if (control && !dollar) result += "'$'";
    else if (!control && dollar) result += "''";
    dollar = control;
    if (control) result += NAMED[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`;
    else result += c === "'" ? "'\\''" : c;
  }
  return `${result}'`;
}

const SPECIAL = /[\x00-\x20\x7f"'$&()*;<>?[`|=^!\\]/;

/** gnulib `quotef()`: the name as it is, quoted only if a shell would not take it so. */
export function quoteIfNeeded(text: Bytes): Bytes {
  return text === '' || SPECIAL.test(text) || /^[~#{}]/.test(text) || text.includes(':') ? quoteAlways(text) : text;
}
