// Backslash escapes: those of $'…', of echo -e and of printf's %b.
import type { Bytes } from '../machine/machine.ts';

const SIMPLE: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

const utf8 = (code: number): Bytes =>
  code > 0x10ffff
    ? ''
    : Buffer.from(String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0xfffd : code)).toString('latin1');

/** The text between the quotes of $'…'; of `${x@E}` when not `quotes`, where nothing ends at a NUL. */
export function ansiC(text: Bytes, quotes = true): Bytes {
  const out = text.replace(
    /\\(?:([abefnrtvE\\'"?])|([0-7]{1,3})|x\{?([0-9a-fA-F]{1,2})\}?|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c([\s\S]))/g,
    (all, simple, octal, hex, u, long, control) => {
      if (simple) return SIMPLE[simple] ?? simple;
      if (octal) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      if (hex) return String.fromCharCode(Number.parseInt(hex, 16));
      if (u || long) return utf8(Number.parseInt(u ?? long, 16));
      if (control) return String.fromCharCode(control.charCodeAt(0) & 31);
      return all;
    },
  );
  const end = quotes ? out.indexOf('\0') : -1;
  return end < 0 ? out : out.slice(0, end);
}

/** `echo -e` and `%b`: octal is \0NNN (and \NNN for %b); `stop` true after \c. */
export function echoEscapes(text: Bytes, bareOctal = false): { text: Bytes; stop: boolean } {
  let out = '';
  let at = 0;
  const pattern =
    /\\(?:([abefnrtvE\\])|0([0-7]{0,3})|([1-7][0-7]{0,2})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(c))/g;
  for (const match of text.matchAll(pattern)) {
    out += text.slice(at, match.index);
    at = match.index + match[0].length;
    const [all, simple, octal, bare, hex, u, long, stop] = match;
    if (stop) return { text: out, stop: true };
    if (simple) out += SIMPLE[simple];
    else if (octal !== undefined) out += String.fromCharCode(Number.parseInt(octal || '0', 8) & 255);
    else if (bare !== undefined) out += bareOctal ? String.fromCharCode(Number.parseInt(bare, 8) & 255) : all;
    else if (hex) out += String.fromCharCode(Number.parseInt(hex, 16));
    else out += utf8(Number.parseInt((u ?? long)!, 16));
  }
  return { text: out + text.slice(at), stop: false };
}
