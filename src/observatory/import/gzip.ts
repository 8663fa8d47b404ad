// Reads gzip files (RFC 1952): members one after another, with what is damaged between them left out.
import { crc32 } from 'node:zlib';
import { type Bytes, CutOff, type Note } from './bytes.ts';
import { inflated } from './inflate.ts';

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

/**
 * All members' content.
 * @param note told in a sentence of damage that was passed over
 * @throws CutOff when the last member does not end
 */
export async function* gunzip(bytes: Bytes, note: Note): AsyncGenerator<Buffer> {
  let first = true;
  for (;;) {
    const head = await bytes.peek(10);
    if (head.length === 0) return;
    if (!isMember(head)) {
      const next = await toNextMember(bytes);
      // Tapes and block devices pad with zeros.
      if (next.content) note(first ? 'no gzip data' : 'bytes that are no gzip data follow the compressed data');
      if (!next.found) return;
      continue;
    }
    first = false;
    let crc = 0;
    let length = 0;
    try {
      await header(bytes);
      for await (const piece of inflated(bytes)) {
        crc = crc32(piece, crc);
        length += piece.length;
        yield piece;
      }
      const trailer = await bytes.take(8);
      if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32)
        note('the checksum of the compressed data is wrong');
    } catch (error) {
      if (error instanceof CutOff) throw error;
      // Damage: whatever member comes after it is whole again.
      note('the compressed data is damaged', (error as Error).message);
      await bytes.skip(1);
      const next = await toNextMember(bytes);
      if (!next.found) return;
    }
  }
}

function isMember(head: Buffer): boolean {
  return head.length >= 10 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8 && (head[3]! & 0xe0) === 0;
}

async function toNextMember(bytes: Bytes): Promise<{ found: boolean; content: boolean }> {
  let content = false;
  for (;;) {
    const piece = await bytes.peek(1 << 16);
    if (piece.length < 10) {
      content ||= piece.some((byte) => byte !== 0);
      await bytes.skip(piece.length);
      return { found: false, content };
    }
    let at = 0;
    for (;;) {
      at = piece.indexOf(0x1f, at);
      if (at < 0 || at > piece.length - 10 || isMember(piece.subarray(at, at + 10))) break;
      at++;
    }
    const found = at >= 0 && at <= piece.length - 10;
    const past = found ? at : piece.length - 9;
    content ||= piece.subarray(0, past).some((byte) => byte !== 0);
    await bytes.skip(past);
    if (found) return { found, content };
  }
}

async function header(bytes: Bytes): Promise<void> {
  const flags = (await bytes.take(10))[3]!;
  if (flags & FEXTRA) await bytes.skip((await bytes.take(2)).readUInt16LE(0));
  for (const flag of [FNAME, FCOMMENT])
    if (flags & flag) {
      // A name longer than a path can be is none.
      const name = await bytes.peek(1 << 13);
      const end = name.indexOf(0);
      if (end < 0) throw new Error('a name without end');
      await bytes.skip(end + 1);
    }
  if (flags & FHCRC) await bytes.skip(2);
}
