// Reads zip archives from front to back (PKWARE's APPNOTE 6.3): no directory is needed, so they may be cut off or within others.
import { crc32 } from 'node:zlib';
import { Bytes, CutOff, type Note } from './bytes.ts';
import { decompressionOf } from './compression.ts';
import { inflated } from './inflate.ts';
import type { Member } from './members.ts';

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const DESCRIPTOR = Buffer.from('PK\x07\x08', 'latin1');
const CENTRAL = Buffer.from('PK\x01\x02', 'latin1');
/** Compression methods beside stored (0) and deflate (8). */
const methods: Record<number, string> = { 12: 'bzip2', 20: 'zstd', 93: 'zstd', 95: 'xz' };

export const isZip = (head: Buffer): boolean => head.subarray(0, 4).equals(LOCAL);

/**
 * The files of an archive in its order; each must be read, or left, before the next is asked for.
 * @param note told of what was passed over
 * @throws CutOff when the archive ends within a file
 */
export async function* zipMembers(bytes: Bytes, note: Note): AsyncGenerator<Member> {
  for (;;) {
    const signature = await bytes.peek(4);
    if (!signature.equals(LOCAL)) {
      // The directory of all members ends them.
      if (signature.equals(CENTRAL) || signature.equals(Buffer.from('PK\x05\x06', 'latin1'))) return;
      if (signature.length < 4) return note('the archive is cut off');
      note('a part of the archive is damaged');
      if (!(await toSignature(bytes, [LOCAL, CENTRAL]))) return;
      continue;
    }
    const header = await bytes.take(30);
    const flags = header.readUInt16LE(6);
    const method = header.readUInt16LE(8);
    const nameBytes = await bytes.take(header.readUInt16LE(26));
    const extra = await bytes.take(header.readUInt16LE(28));
    const name = nameBytes.toString(flags & 0x800 ? 'utf8' : 'latin1');
    const packed = packedSize(header, extra);
    const unknown = (flags & 8) !== 0 && packed === 0;
    if (name.endsWith('/') && !unknown) {
      await bytes.skip(packed);
      continue;
    }
    if (flags & 1 || !(method === 0 || method === 8 || methods[method])) {
      note(
        'a file of the archive was not read',
        `${name}: ${flags & 1 ? 'encrypted' : `compression method ${method}`}`,
      );
      if (!unknown) await bytes.skip(packed);
      else if (!(await toSignature(bytes, [LOCAL, CENTRAL]))) return;
      continue;
    }
    const end = unknown ? undefined : bytes.position + packed;
    const part = end === undefined ? bytes : new Bytes(some(bytes, packed));
    const content = checked(
      method === 8
        ? inflated(part)
        : method === 0
          ? stored(part, unknown)
          : decompressionOf(methods[method]!)(part, note),
      unknown ? undefined : header.readUInt32LE(14),
      note,
    );
    yield { name, content };
    if (end !== undefined) {
      await content.return(undefined);
      await bytes.skip(end - bytes.position);
    }
    // Its end is known only from having been read.
    else for await (const _ of content);
    await descriptor(bytes, flags);
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

/** Stored, and how much of it stands behind it only: up to the signature that says so. */
async function* stored(bytes: Bytes, unknown: boolean): AsyncGenerator<Buffer> {
  if (!unknown) return yield* bytes;
  for (;;) {
    const piece = await bytes.peek(1 << 16);
    const at = piece.indexOf(DESCRIPTOR);
    const most = at >= 0 ? at : piece.length < 1 << 16 ? piece.length : piece.length - 3;
    if (most > 0) yield await bytes.take(most);
    if (at >= 0) return;
    if (piece.length < 1 << 16) throw new CutOff('the archive');
  }
}

async function* checked(
  content: AsyncIterable<Buffer>,
  expected: number | undefined,
  note: Note,
): AsyncGenerator<Buffer> {
  let crc = 0;
  for await (const piece of content) {
    if (expected !== undefined) crc = crc32(piece, crc);
    yield piece;
  }
  if (expected !== undefined && crc !== expected) note('the checksum in the archive is wrong');
}

function packedSize(header: Buffer, extra: Buffer): number {
  const packed = header.readUInt32LE(18);
  if (packed !== 0xffffffff) return packed;
  // Zip64: each value that did not fit has 8 bytes, the size before compression first.
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const place = at + 4 + (header.readUInt32LE(22) === 0xffffffff ? 8 : 0);
    if (place + 8 <= extra.length) return Number(extra.readBigUInt64LE(place));
  }
  return packed;
}

// The data descriptor: with or without a signature, sizes of 4 or of 8 bytes; what follows it tells which.
async function descriptor(bytes: Bytes, flags: number): Promise<void> {
  if ((flags & 8) === 0) return;
  const ahead = await bytes.peek(28);
  for (const length of [16, 24, 12, 20]) {
    const after = ahead.subarray(length, length + 4);
    if (after.equals(LOCAL) || after.equals(CENTRAL)) {
      await bytes.skip(length);
      return;
    }
  }
  await toSignature(bytes, [LOCAL, CENTRAL]);
}

async function toSignature(bytes: Bytes, signatures: readonly Buffer[]): Promise<boolean> {
  await bytes.skip(1);
  for (;;) {
    const piece = await bytes.peek(1 << 16);
    const places = signatures.map((signature) => piece.indexOf(signature)).filter((at) => at >= 0);
    if (places.length > 0) {
      await bytes.skip(Math.min(...places));
      return true;
    }
    if (piece.length < 1 << 16) {
      await bytes.skip(piece.length);
      return false;
    }
    await bytes.skip(piece.length - 3);
  }
}
