// Text and bytes: UTF-8 with surrogateescape, Python's escapes in repr(), and characters outside of the first plane.
import type { Bytes } from '../../machine/machine.ts';

/** Decodes UTF-8; bytes that are none become U+DC80…U+DCFF (`surrogateescape`) or U+FFFD. */
export function decode(bytes: Bytes, invalid: 'escape' | 'replace' | 'ignore' = 'escape'): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the point
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  let result = '';
  for (let at = 0; at < bytes.length; ) {
    const sequence =
      /^(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})/.exec(
        bytes.slice(at, at + 4),
      )?.[0];
    if (sequence !== undefined) {
      result += Buffer.from(sequence, 'latin1').toString('utf8');
      at += sequence.length;
      continue;
    }
    const code = bytes.charCodeAt(at++);
    if (code < 128) result += String.fromCharCode(code);
    else if (invalid === 'escape') result += String.fromCharCode(0xdc00 + code);
    else if (invalid === 'replace') result += '\ufffd';
  }
  return result;
}

/** The first byte that is no UTF-8: its position; -1 for none. */
export function invalidUtf8(bytes: Bytes): number {
  const text = decode(bytes);
  const at = text.search(/[\udc80-\udcff]/u);
  return at < 0 ? -1 : encode(text.slice(0, at)).length;
}

/** Encodes text as UTF-8; U+DC80…U+DCFF become the bytes they came from. */
export function encode(text: string): Bytes {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the point
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\x00-\x7f]/g, (c) => {
    const code = c.charCodeAt(0);
    if (c.length === 1 && code >= 0xdc80 && code <= 0xdcff) return String.fromCharCode(code - 0xdc00);
    return Buffer.from(c, 'utf8').toString('latin1');
  });
}

/** Whether length and positions need care: characters outside of the first plane are two units long. */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: surrogates are the point
export const isWide = (text: string): boolean => /[\ud800-\udbff]/.test(text);

/** The characters, as Python counts them. */
export const characters = (text: string): string[] | string => (isWide(text) ? [...text] : text);

export const lengthOf = (text: string): number => (isWide(text) ? [...text].length : text.length);

/** repr() of a str. */
export function quoted(text: string, ascii = false): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\s\S]/g, (c) => {
    if (c === quote || c === '\\') return `\\${c}`;
    if (c === '\n') return '\\n';
    if (c === '\r') return '\\r';
    if (c === '\t') return '\\t';
    const code = c.codePointAt(0)!;
    if (code >= 32 && code < 127) return c;
    if (!ascii && code > 160 && code !== 173 && !/^[\p{C}\p{Zl}\p{Zp}\p{Zs}]$/u.test(c)) return c;
    if (code < 256) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 65536 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return quote + body + quote;
}

/** repr() of a bytes object. */
export function quotedBytes(bytes: Bytes): string {
  const quote = bytes.includes("'") && !bytes.includes('"') ? '"' : "'";
  const body = bytes.replace(/[\s\S]/g, (c) => {
    if (c === quote || c === '\\') return `\\${c}`;
    if (c === '\n') return '\\n';
    if (c === '\r') return '\\r';
    if (c === '\t') return '\\t';
    const code = c.charCodeAt(0);
    return code >= 32 && code < 127 ? c : `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return `b${quote}${body}${quote}`;
}
