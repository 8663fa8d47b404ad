// What a one-line program in Python, Perl, PHP, Ruby or JavaScript hides in its text literals: found by their shape, nothing is run.
import type { Bytes } from '../machine/machine.ts';
import { fromBase64, fromHex, unzipped } from './filters.ts';

/** Literals of one text that are decoded. */
const MOST = 16;
/** Shortest base64 that is taken for one without a decoder in sight. */
const BLIND = 48;

export interface Hidden {
  how: string;
  text: Bytes;
}

const QUOTED = `[bru]{0,2}(?:"""|'''|["'])`;
const shapes: readonly [how: string, pattern: RegExp, decode: (text: Bytes) => Bytes | undefined][] = [
  [
    'base64',
    new RegExp(
      String.raw`(?:b64decode|decodestring|decodebytes|decode_base64|base64_decode|atob|decode64|MIME::Base64::decode\w*)\s{0,8}\(?\s{0,8}${QUOTED}([A-Za-z0-9+/=_\s-]{4,65536}?)["']`,
      'g',
    ),
    fromBase64,
  ],
  [
    'base64',
    /["']([A-Za-z0-9+/=]{4,65536})["']\s{0,8}(?:,\s{0,8}["']base64["']|\.decode\(\s{0,8}["']base64["']|\.unpack1?\(\s{0,8}["']m)/g,
    fromBase64,
  ],
  [
    'hex',
    new RegExp(
      String.raw`(?:unhexlify|a2b_hex|fromhex|hex2bin|pack\s{0,8}\(?\s{0,8}["']H\*["']\s{0,8},)\s{0,8}\(?\s{0,8}${QUOTED}([0-9A-Fa-f\s]{4,65536}?)["']`,
      'g',
    ),
    fromHex,
  ],
  ['hex', /["']([0-9A-Fa-f]{8,65536})["']\s{0,8}(?:,\s{0,8}["']hex["']|\.decode\(\s{0,8}["']hex["'])/g, fromHex],
  [
    'escapes',
    /["']((?:[^"'\\\n]{0,64}\\x[0-9A-Fa-f]{2}){3,8192})[^"'\n]{0,64}["']/g,
    (text) => text.replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  ],
  [
    'characters',
    /\[((?:\s{0,4}(?:0x[0-9A-Fa-f]{1,2}|\d{1,3})\s{0,4},){7,8192}\s{0,4}(?:0x[0-9A-Fa-f]{1,2}|\d{1,3}))\s{0,4}\]/g,
    (text) => String.fromCharCode(...text.split(',').map((number) => Number(number) & 255)),
  ],
  [
    'rot13',
    /["']([^"'\n]{4,8192})["']\s{0,8},\s{0,8}["']rot_?13["']/g,
    (text) => text.replace(/[A-Za-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + (/[a-m]/i.test(c) ? 13 : -13))),
  ],
];

/** Literals that a decoder stands before, innermost last: base64 of zlib gives both. */
export function hiddenIn(program: Bytes): Hidden[] {
  const found: Hidden[] = [];
  for (const [how, pattern, decode] of shapes)
    for (const [, literal] of program.matchAll(pattern)) {
      if (found.length >= MOST) return found;
      const text = decode(literal!);
      if (text === undefined || text === '') continue;
      found.push({ how, text });
      const inner = /^(?:\x1f\x8b|\x78[\x01\x5e\x9c\xda])/.test(text) ? unzipped(text) : undefined;
      if (inner !== undefined) found.push({ how: 'gzip', text: inner });
    }
  return found;
}

/** Long runs of base64 that turn out to be text: payloads whose decoder is not in the same text. */
export function blindBase64(text: Bytes): Hidden[] {
  const found: Hidden[] = [];
  for (const [run] of text.matchAll(/(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{32,65536}={0,2}(?![A-Za-z0-9+/=])/g)) {
    if (found.length >= MOST) break;
    if (run.length < BLIND || run.length % 4 !== 0 || /^(?:[0-9a-f]+|[A-Za-z]+)$/.test(run)) continue;
    const bytes = fromBase64(run)!;
    if (/^[\t\n\r\x20-\x7e]+$/.test(bytes) && /[ \n/]/.test(bytes)) found.push({ how: 'base64', text: bytes });
  }
  return found;
}
