// The tar format: headers of ustar, GNU and pax, read and written (POSIX.1-2001, GNU tar manual).
import type { Bytes } from '../../machine/machine.ts';

export interface Member {
  name: Bytes;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Seconds since the epoch. */
  mtime: number;
  type: '0' | '1' | '2' | '3' | '4' | '5' | '6' | 'V';
  link: Bytes;
  user: Bytes;
  group: Bytes;
  rdev: [number, number];
  content: Bytes;
}

export const BLOCK = 512;

/** What an entry has that has nothing. */
export const NOTHING: Member = {
  name: '',
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  type: '0',
  link: '',
  user: '',
  group: '',
  rdev: [0, 0],
  content: '',
};
const text = (block: Bytes, at: number, size: number) => block.slice(at, at + size).replace(/\0.*$/s, '');

/** A number of a header: octal, or base 256 where the first byte says so. */
function number(block: Bytes, at: number, size: number): number {
  const field = block.slice(at, at + size);
  if (field.charCodeAt(0) & 0x80) return [...field.slice(1)].reduce((sum, c) => sum * 256 + c.charCodeAt(0), 0);
  return Number.parseInt(field.replace(/[\0 ]+/g, ' ').trim() || '0', 8) || 0;
}

function checksum(block: Bytes): number {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i > 155) sum += block.charCodeAt(i);
  return sum;
}

/** Is this a tar header at all? */
export const isHeader = (block: Bytes): boolean => block.length === BLOCK && number(block, 148, 8) === checksum(block);

/** The members of an archive; `truncated` if it ends in the middle, `invalid` if it is none. */
export function* readTar(data: Bytes): Generator<Member, 'end' | 'truncated' | 'invalid'> {
  let at = 0;
  let longName: Bytes | undefined;
  let longLink: Bytes | undefined;
  let pax = new Map<Bytes, Bytes>();
  let seen = false;
  while (at + BLOCK <= data.length) {
    const block = data.slice(at, at + BLOCK);
    at += BLOCK;
    if (/^\0+$/.test(block)) return 'end';
    if (!isHeader(block)) return seen ? 'truncated' : 'invalid';
    seen = true;
    const size = Number(pax.get('size') ?? number(block, 124, 12));
    const type = block[156]!;
    if (at + size > data.length && '0\0'.includes(type)) {
      yield member(block, data.slice(at), size, longName, longLink, pax);
      return 'truncated';
    }
    const content = type >= '1' && type <= '6' ? '' : data.slice(at, at + size);
    if (!(type >= '1' && type <= '6')) at += Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'L') longName = content.replace(/\0.*$/s, '');
    else if (type === 'K') longLink = content.replace(/\0.*$/s, '');
    else if (type === 'x') pax = records(content);
    else if (type !== 'g') {
      yield member(block, content, size, longName, longLink, pax);
      longName = longLink = undefined;
      pax = new Map();
    }
  }
  return seen ? 'end' : 'invalid';
}

function records(content: Bytes): Map<Bytes, Bytes> {
  const found = new Map<Bytes, Bytes>();
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.slice(at, at + 12), 10);
    if (!(length > 0)) break;
    const record = content.slice(at, at + length - 1);
    const equals = record.indexOf('=');
    found.set(record.slice(record.indexOf(' ') + 1, equals), record.slice(equals + 1));
    at += length;
  }
  return found;
}

function member(
  block: Bytes,
  content: Bytes,
  size: number,
  longName: Bytes | undefined,
  longLink: Bytes | undefined,
  pax: Map<Bytes, Bytes>,
): Member {
  const prefix = block.slice(257, 263) === 'ustar\0' ? text(block, 345, 155) : '';
  const name = pax.get('path') ?? longName ?? (prefix ? `${prefix}/${text(block, 0, 100)}` : text(block, 0, 100));
  const letter = block[156]!;
  return {
    name,
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: letter >= '1' && letter <= '6' ? 0 : size,
    mtime: Math.floor(Number(pax.get('mtime') ?? number(block, 136, 12))),
    type: ((letter >= '1' && letter <= '6') || letter === 'V'
      ? letter
      : name.endsWith('/')
        ? '5'
        : '0') as Member['type'],
    link: pax.get('linkpath') ?? longLink ?? text(block, 157, 100),
    user: text(block, 265, 32),
    group: text(block, 297, 32),
    rdev: [number(block, 329, 8), number(block, 337, 8)],
    content,
  };
}

const octal = (value: number, size: number) =>
  `${Math.floor(value)
    .toString(8)
    .padStart(size - 1, '0')}\0`;

/** A member in GNU format, with its padding; names beyond 100 bytes get their own record. */
export function writeMember(m: Member): Bytes {
  const long = (letter: string, value: Bytes) =>
    header(
      { ...m, name: '././@LongLink', size: value.length + 1, mode: 0o644, uid: 0, gid: 0, mtime: 0, link: '' },
      letter,
    ) + pad(`${value}\0`);
  let front = '';
  if (m.name.length > 100) front += long('L', m.name);
  if (m.link.length > 100) front += long('K', m.link);
  return front + header(m, m.type) + pad(m.content);
}

export const pad = (content: Bytes): Bytes => content + '\0'.repeat((BLOCK - (content.length % BLOCK)) % BLOCK);

function header(m: Member, type: string): Bytes {
  const field = (value: Bytes, size: number) => value.slice(0, size).padEnd(size, '\0');
  const device = type === '3' || type === '4' ? octal(m.rdev[0], 8) + octal(m.rdev[1], 8) : '\0'.repeat(16);
  const block =
    field(m.name, 100) +
    octal(m.mode, 8) +
    octal(m.uid, 8) +
    octal(m.gid, 8) +
    octal(m.size, 12) +
    octal(Math.max(0, m.mtime), 12) +
    '        ' +
    type +
    field(m.link, 100) +
    'ustar  \0' +
    field(m.user, 32) +
    field(m.group, 32) +
    device;
  const whole = block.padEnd(BLOCK, '\0');
  return `${whole.slice(0, 148)}${checksum(whole).toString(8).padStart(6, '0')}\0 ${whole.slice(156)}`;
}
