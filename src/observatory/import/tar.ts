// Reads tar archives: ustar and pax (POSIX.1-2001), GNU's long names and sparse files, and the oldest without a magic.
import { type Bytes, CutOff, type Note } from './bytes.ts';
import type { Member } from './members.ts';

const BLOCK = 512;
/** Longest name, or set of pax records, that is read. */
const LONGEST = 1 << 20;

/** Whether a block is a header: its checksum is right. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK || block[0] === 0) return false;
  const stated = number(block, 148, 8);
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i]!;
  return sum === stated;
}

/**
 * The regular files of an archive in its order; each must be read, or left, before the next is asked for.
 * @param note told of damage that was passed over
 * @throws CutOff when the archive ends within a file
 */
export async function* tarMembers(bytes: Bytes, note: Note): AsyncGenerator<Member> {
  let name: string | undefined;
  let pax = new Map<string, string>();
  let lost = false;
  for (;;) {
    const block = await bytes.peek(BLOCK);
    if (block.length < BLOCK) {
      if (block.length > 0) note('the archive is cut off');
      return;
    }
    if (!isTarHeader(block)) {
      // Zeros end an archive, but another may follow; anything else is damage, and the next header its end.
      if (!lost && block.some((byte) => byte !== 0)) {
        lost = true;
        note('a part of the archive is damaged');
      }
      await bytes.skip(BLOCK);
      continue;
    }
    lost = false;
    const header = await bytes.take(BLOCK);
    const type = String.fromCharCode(header[156] || 0x30);
    const size = pax.has('size') && !'LKxg'.includes(type) ? Number(pax.get('size')) : number(header, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) {
      note('a part of the archive is damaged');
      continue;
    }
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'L' || type === 'x') {
      const end = bytes.position + padded;
      const data = await bytes.take(Math.min(size, LONGEST));
      await bytes.skip(end - bytes.position);
      if (type === 'L') name = text(data, 0, data.length);
      else pax = paxRecords(data);
      continue;
    }
    if ('07S'.includes(type)) {
      // An old sparse file: what is not zero, one piece after the other, after a map that may go on in blocks of its own.
      if (type === 'S' && header[482] !== 0) while ((await bytes.take(BLOCK))[504] !== 0);
      const own = pax.get('GNU.sparse.name') ?? pax.get('path') ?? name ?? nameOf(header);
      const end = bytes.position + padded;
      const content = pax.get('GNU.sparse.major') === '1' ? sparse(bytes, size) : some(bytes, size);
      // Before 1988 a folder was a file whose name ends in a slash.
      if (!own.endsWith('/')) yield { name: own, content };
      await content.return(undefined);
      await bytes.skip(end - bytes.position);
    } else await bytes.skip('123456'.includes(type) ? 0 : padded);
    name = undefined;
    if (type !== 'g') pax = new Map();
  }
}

async function* some(bytes: Bytes, size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; ) {
    const piece = await bytes.next(left);
    if (piece === undefined) throw new CutOff('the archive');
    left -= piece.length;
    yield piece;
  }
}

// GNU.sparse 1.0: decimal numbers a line, count first, fill the first blocks.
async function* sparse(bytes: Bytes, size: number): AsyncGenerator<Buffer> {
  let wanted = 1;
  let map = '';
  let left = size;
  while (map.split('\n').length <= wanted && left > 0 && map.length < LONGEST) {
    map += (await bytes.take(BLOCK)).toString('latin1');
    left -= BLOCK;
    const count = /^(\d{1,6})\n/.exec(map);
    if (count) wanted = 1 + 2 * Number(count[1]);
  }
  yield* some(bytes, left);
}

function nameOf(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' && header[262] === 0 ? text(header, 345, 155) : '';
  return `${prefix}${prefix === '' ? '' : '/'}${text(header, 0, 100)}`;
}

function text(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

/** Octal digits, or base 256 when the first bit is set (GNU). */
function number(block: Buffer, start: number, length: number): number {
  if (block[start]! & 0x80) {
    let value = block[start]! & 0x3f;
    for (let i = start + 1; i < start + length; i++) value = value * 256 + block[i]!;
    return value;
  }
  const digits = /^[ \0]*([0-7]*)/.exec(block.toString('latin1', start, start + length))![1]!;
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function paxRecords(data: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const head = /^(\d{1,7}) /.exec(data.toString('latin1', at, at + 8));
    const length = Number(head?.[1] ?? 0);
    if (!head || length <= head[0].length || at + length > data.length) break;
    const record = data.toString('utf8', at + head[0].length, at + length - 1);
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
