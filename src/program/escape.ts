// Backslash escapes as echo -e, printf and tr read them.
import type { Bytes } from '../machine/machine.ts';

const SIMPLE: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** A code point as UTF-8 bytes. */
export function utf8(code: number): Bytes {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return '';
  return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
}

/**
 * Reads the escape after the backslash at `at`: its bytes and how many characters it took in all; undefined for `\c` (stop output).
 * `zeroOctal`: octal digits follow a `\0` (echo, printf %b); otherwise `\NNN` (printf's format). An unknown escape stands for itself.
 */
export function readEscape(text: Bytes, at: number, zeroOctal: boolean): { bytes: Bytes; length: number } | undefined {
  const c = text[at + 1];
  if (c === undefined) return { bytes: '\\', length: 1 };
  if (c === 'c') return undefined;
  const simple = SIMPLE[c];
  if (simple !== undefined) return { bytes: simple, length: 2 };
  if (c === 'x') {
    const digits = /^[0-9a-fA-F]{1,2}/.exec(text.slice(at + 2, at + 4))?.[0];
    if (!digits) return { bytes: '\\x', length: 2 };
    return { bytes: String.fromCharCode(Number.parseInt(digits, 16)), length: 2 + digits.length };
  }
  if (c >= '0' && c <= '7') {
    const from = zeroOctal && c === '0' ? at + 2 : at + 1;
    const digits = /^[0-7]{0,3}/.exec(text.slice(from, from + 3))![0];
    return { bytes: String.fromCharCode(Number.parseInt(digits || '0', 8) & 255), length: from - at + digits.length };
  }
  return { bytes: `\\${c}`, length: 2 };
}

/** The whole text with its escapes read; `stopped` if it held `\c`. */
export function readEscapes(text: Bytes, zeroOctal = true): { bytes: Bytes; stopped: boolean } {
  let bytes = '';
  for (let i = 0; i < text.length; ) {
    const next = text.indexOf('\\', i);
    if (next < 0) {
      bytes += text.slice(i);
      break;
    }
    bytes += text.slice(i, next);
    const escape = readEscape(text, next, zeroOctal);
    if (!escape) return { bytes, stopped: true };
    bytes += escape.bytes;
    i = next + escape.length;
  }
  return { bytes, stopped: false };
}
