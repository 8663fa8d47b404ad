// Magic numbers and the look of text: a small part of file(1)'s database, for what is found on servers and in malware.
import type { Bytes } from '../../machine/machine.ts';
import { describeElf } from './elf.ts';

const u16 = (head: Bytes, at: number) => head.charCodeAt(at) | (head.charCodeAt(at + 1) << 8);
const u32 = (head: Bytes, at: number) => (u16(head, at) | (u16(head, at + 2) << 16)) >>> 0;
const b32 = (head: Bytes, at: number) =>
  ((head.charCodeAt(at) << 24) |
    (head.charCodeAt(at + 1) << 16) |
    (head.charCodeAt(at + 2) << 8) |
    head.charCodeAt(at + 3)) >>>
  0;

/** [what it begins with, MIME type, its description or how to make it]. */
const MAGIC: readonly [Bytes, string, string | ((head: Bytes, size: number) => string)][] = [
  ['\x1f\x8b', 'application/gzip', gzip],
  ['BZh', 'application/x-bzip2', (head) => `bzip2 compressed data, block size = ${head[3]}00k`],
  ['\xfd7zXZ\0', 'application/x-xz', xz],
  ['\x28\xb5\x2f\xfd', 'application/zstd', 'Zstandard compressed data (v0.8+), Dictionary ID: None'],
  ['\x04\x22\x4d\x18', 'application/x-lz4', 'LZ4 compressed data (v1.4+)'],
  ['\x1f\x9d', 'application/x-compress', "compress'd data 16 bits"],
  ['PK\x03\x04', 'application/zip', zip],
  ['PK\x05\x06', 'application/zip', 'Zip archive data (empty)'],
  [
    '7z\xbc\xaf\x27\x1c',
    'application/x-7z-compressed',
    (head) => `7-zip archive data, version ${head.charCodeAt(6)}.${head.charCodeAt(7)}`,
  ],
  ['Rar!\x1a\x07', 'application/x-rar', 'RAR archive data'],
  [
    '!<arch>\ndebian-binary',
    'application/vnd.debian.binary-package',
    'Debian binary package (format 2.0), with control.tar.xz, data compression xz',
  ],
  ['!<arch>\n', 'application/x-archive', 'current ar archive'],
  ['%PDF-', 'application/pdf', (head) => `PDF document, version ${head.slice(5, 8)}`],
  ['\x89PNG\r\n\x1a\n', 'image/png', png],
  ['GIF8', 'image/gif', (head) => `GIF image data, version ${head.slice(3, 6)}, ${u16(head, 6)} x ${u16(head, 8)}`],
  ['\xff\xd8\xff', 'image/jpeg', 'JPEG image data'],
  ['SQLite format 3\0', 'application/vnd.sqlite3', 'SQLite 3.x database'],
  [
    '\xca\xfe\xba\xbe',
    'application/x-java-applet',
    (head) => `compiled Java class data, version ${b32(head, 4) & 0xffff}.${b32(head, 4) >>> 16}`,
  ],
  ['MZ', 'application/x-dosexec', 'MS-DOS executable'],
  ['070701', 'application/x-cpio', 'ASCII cpio archive (SVR4 with no CRC)'],
  ['070707', 'application/x-cpio', 'ASCII cpio archive (pre-SVR4 or odc)'],
  ['\xed\xab\xee\xdb', 'application/x-rpm', 'RPM v3.0 bin'],
  ['-----BEGIN OPENSSH PRIVATE KEY', 'text/plain', 'OpenSSH private key'],
  ['-----BEGIN RSA PRIVATE KEY', 'text/plain', 'PEM RSA private key'],
  ['-----BEGIN PRIVATE KEY', 'text/plain', 'OpenSSH private key (no password)'],
  ['-----BEGIN CERTIFICATE-----', 'text/plain', 'PEM certificate'],
  ['-----BEGIN PUBLIC KEY', 'text/plain', 'ASCII text'],
  ['ssh-rsa ', 'text/plain', 'OpenSSH RSA public key'],
  ['ssh-ed25519 ', 'text/plain', 'OpenSSH ED25519 public key'],
  ['ecdsa-sha2-', 'text/plain', 'OpenSSH ECDSA public key'],
  ['OggS', 'audio/ogg', 'Ogg data'],
  ['ID3', 'audio/mpeg', 'Audio file with ID3'],
  ['RIFF', 'application/octet-stream', 'RIFF (little-endian) data'],
];

function gzip(head: Bytes, size: number): string {
  const flags = head.charCodeAt(3);
  const time = u32(head, 4);
  let text = 'gzip compressed data';
  if (flags & 8) {
    const end = head.indexOf('\0', 10);
    text += `, was "${head.slice(10, end < 0 ? 10 : end)}"`;
  }
  if (time)
    text += `, last modified: ${new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, (_, day, date, month, year, clock) => `${day} ${month} ${String(Number(date)).padStart(2)} ${clock} ${year}`)}`;
  const extra = head.charCodeAt(8);
  if (extra === 2) text += ', max compression';
  if (extra === 4) text += ', max speed';
  text += `, from ${{ 0: 'FAT filesystem (MS-DOS, OS/2, NT)', 3: 'Unix', 11: 'NTFS filesystem (NT)', 255: 'Unix' }[head.charCodeAt(9)] ?? 'Unix'}`;
  const modulus = size <= head.length ? u32(head, size - 4) : 0;
  return `${text}, original size modulo 2^32 ${modulus}`;
}

function xz(head: Bytes): string {
  const check = { 0: 'None', 1: 'CRC32', 4: 'CRC64', 10: 'SHA-256' }[head.charCodeAt(7) & 15] ?? 'CRC64';
  return `XZ compressed data, checksum ${check}`;
}

function zip(head: Bytes): string {
  const version = head.charCodeAt(4);
  const method = { 0: 'store', 8: 'deflate', 12: 'bzip2', 14: 'lzma' }[u16(head, 8)] ?? 'deflate';
  return `Zip archive data, at least v${Math.floor(version / 10)}.${version % 10} to extract, compression method=${method}`;
}

function png(head: Bytes): string {
  const color =
    { 0: 'grayscale', 2: '/color RGB', 3: 'colormap', 4: 'gray+alpha', 6: '/color RGBA' }[head.charCodeAt(25)] ?? '';
  const depth = head.charCodeAt(24);
  return `PNG image data, ${b32(head, 16)} x ${b32(head, 20)}, ${depth}-bit${color.startsWith('/') ? color : ` ${color}`}, ${head.charCodeAt(28) ? 'interlaced' : 'non-interlaced'}`;
}

/** Binary data by its magic; undefined: text, or nothing known. */
export function describeData(head: Bytes, size: number, buildId: () => string): string | undefined {
  if (head.startsWith('\x7fELF') && head.length >= 20) return describeElf(head, buildId);
  if (head.slice(257, 262) === 'ustar') return `POSIX tar archive${head.slice(262, 265) === '  \0' ? ' (GNU)' : ''}`;
  for (const [magic, , words] of MAGIC)
    if (head.startsWith(magic)) return typeof words === 'string' ? words : words(head, size);
  return undefined;
}

const SCRIPTS: readonly [RegExp, string, string][] = [
  [/^(ba)sh$/, 'Bourne-Again shell script', 'text/x-shellscript'],
  [/^(da|a|)sh$/, 'POSIX shell script', 'text/x-shellscript'],
  [/^zsh$/, "Paul Falstad's zsh script", 'text/x-shellscript'],
  [/^ksh$/, 'Korn shell script', 'text/x-shellscript'],
  [/^(t?csh)$/, 'C shell script', 'text/x-shellscript'],
  [/^python[0-9.]*$/, 'Python script', 'text/x-script.python'],
  [/^perl[0-9.]*$/, 'Perl script', 'text/x-perl'],
  [/^[gnm]?awk$/, 'awk script', 'text/x-awk'],
  [/^php[0-9.]*$/, 'PHP script', 'text/x-php'],
  [/^ruby[0-9.]*$/, 'Ruby script', 'text/x-ruby'],
  [/^node(js)?$/, 'Node.js script executable', 'application/javascript'],
];

interface Text {
  encoding: string;
  charset: string;
}

/** The character set of a text; undefined: it is none. */
function encodingOf(head: Bytes): Text | undefined {
  if (head.startsWith('\xff\xfe')) return { encoding: 'Unicode text, UTF-16, little-endian', charset: 'utf-16le' };
  if (head.startsWith('\xfe\xff')) return { encoding: 'Unicode text, UTF-16, big-endian', charset: 'utf-16be' };
  if (/[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]/.test(head)) return undefined;
  if (!/[\x80-\xff]/.test(head)) return { encoding: 'ASCII', charset: 'us-ascii' };
  const bom = head.startsWith('\xef\xbb\xbf');
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(head, 'latin1'), { stream: true });
    return { encoding: `Unicode text, UTF-8${bom ? ' (with BOM)' : ''}`, charset: 'utf-8' };
  } catch {
    return /[\x80-\x9f]/.test(head)
      ? { encoding: 'Non-ISO extended-ASCII', charset: 'unknown-8bit' }
      : { encoding: 'ISO-8859', charset: 'iso-8859-1' };
  }
}

/** What kind of text it is, and how its lines end; `data` when it is no text. */
export function describeText(head: Bytes): string {
  const text = encodingOf(head);
  if (!text) return script(head) ? `${script(head)![0]} executable (binary data)` : 'data';
  const language = languageOf(head);
  const encoding = `${text.encoding}${text.encoding.startsWith('Unicode') ? '' : ' text'}${text.encoding.includes('UTF-8') ? ' text' : ''}`;
  const front = language ? `${language}, ${encoding}` : encoding;
  return front + (script(head) ? ' executable' : '') + lineEnds(head);
}

function script(head: Bytes): [string, string] | undefined {
  const match = /^#![ \t]*(\S+)(?:[ \t]+(\S+))?/.exec(head);
  if (!match) return undefined;
  const path = match[1]!;
  const base = path.slice(path.lastIndexOf('/') + 1);
  const env = base === 'env' && match[2] ? match[2] : base;
  const known = SCRIPTS.find(([pattern]) => pattern.test(env));
  if (known) return [known[1], known[2]];
  const line = /^#![ \t]*([^\n]*)/.exec(head)![1]!;
  return [`a ${line} script`, 'text/plain'];
}

function languageOf(head: Bytes): string | undefined {
  const shebang = script(head);
  if (shebang) return shebang[0];
  const start = head.slice(0, 4096);
  if (/^<\?php/i.test(start)) return 'PHP script';
  if (/^\s*<\?xml/.test(start)) return 'XML 1.0 document';
  if (/^\s*(<!doctype html|<html|<head)/i.test(start)) return 'HTML document';
  if (/^\s*[[{]/.test(start) && isJson(head)) return 'JSON text data';
  if (/^#include\s|^\s*(int|void)\s+main\s*\(/m.test(start)) return 'C source';
  if (/^(import \w+|from \w+ import |def \w+\(.*\):)/m.test(start) && /:\s*$/m.test(start)) return 'Python script';
  if (/^diff --git |^--- .*\n\+\+\+ /m.test(start)) return 'unified diff output';
  return undefined;
}

function isJson(head: Bytes): boolean {
  try {
    JSON.parse(head);
    return true;
  } catch {
    return false;
  }
}

function lineEnds(head: Bytes): string {
  const longest = Math.max(...head.split('\n').map((line) => line.length));
  const crlf = (head.match(/\r\n/g) ?? []).length;
  const cr = (head.match(/\r(?!\n)/g) ?? []).length;
  const lf = (head.match(/(?<!\r)\n/g) ?? []).length;
  let words = longest > 300 ? `, with very long lines (${longest})` : '';
  if (crlf + cr + lf === 0) words += ', with no line terminators';
  else if (crlf || cr) {
    const kinds = [crlf && 'CRLF', cr && 'CR', lf && 'LF'].filter(Boolean).join(', ');
    words += `, with ${kinds} line terminators`;
  }
  if (head.includes('\x1b')) words += ', with escape sequences';
  if (head.includes('\b')) words += ', with overstriking';
  return words;
}

/** MIME type and character set. */
export function mimeOf(head: Bytes): [type: string, charset: string] {
  if (head.startsWith('\x7fELF'))
    return [
      ['application/x-object', 'application/x-executable', 'application/x-pie-executable'][u16(head, 16) - 1] ??
        'application/octet-stream',
      'binary',
    ];
  if (head.slice(257, 262) === 'ustar') return ['application/x-tar', 'binary'];
  const text = encodingOf(head);
  const known = MAGIC.find(([magic]) => head.startsWith(magic));
  if (known) return [known[1], text?.charset ?? 'binary'];
  if (!text) return ['application/octet-stream', 'binary'];
  const language = languageOf(head);
  const type =
    script(head)?.[1] ??
    {
      'PHP script': 'text/x-php',
      'HTML document': 'text/html',
      'JSON text data': 'application/json',
      'C source': 'text/x-c',
      'Python script': 'text/x-script.python',
      'XML 1.0 document': 'text/xml',
      'unified diff output': 'text/x-diff',
    }[language ?? ''] ??
    'text/plain';
  return [type, text.charset];
}
