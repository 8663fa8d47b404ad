// Opens what is found, by content whatever its name: decompressed and taken out of its archive, be it in several boxes.
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Bytes } from './bytes.ts';
import { compressionOf, withoutEnding } from './compression.ts';
import { archiveOf } from './members.ts';
import type { Head } from './reader.ts';

const HEAD = 1 << 16;
const CHUNK = 1 << 20;
const NULS = Buffer.alloc(HEAD);
/** Boxes within boxes that are opened. */
const DEPTH = 5;
/** Logs are seldom smaller than a hundredth when compressed; what grows beyond this is made to do harm. */
const EXPANSION = 250;
/** Bytes that may come out of anything. */
const ALWAYS = 1 << 30;

/** A file on the disk that is being read. */
export interface OnDisk {
  bytes: Bytes;
  /** Bytes at opening: what is appended later is left for the next time. */
  size: number;
  /** Device and inode. */
  identity: string;
  close(): Promise<void>;
}

/** A file, or a member of an archive, decompressed. */
export interface Opened {
  /** As it is told to people. */
  path: string;
  /** Its last part, without the ending of a compression. */
  name: string;
  folder: string;
  head: Head;
  bytes: Bytes;
  /** It came out of an archive. */
  member: boolean;
  /** It was compressed, or came out of an archive. */
  boxed: boolean;
}

export interface OpenOptions {
  /** Whether a file of this name is one to keep and not one to look into. */
  isSample(name: string): boolean;
  /** Told of damage that was passed over. */
  trouble(path: string, what: string, detail?: string): void;
}

/**
 * Opens a regular file; never waits for a pipe's other end.
 * @throws what the disk says; "neither file nor folder"
 */
export async function onDisk(path: string, onRead: (piece: Buffer) => void): Promise<OnDisk> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new Error('neither file nor folder');
  }
  const bytes = new Bytes(pieces(handle, path, stat.size, onRead));
  return {
    bytes,
    size: stat.size,
    identity: `${stat.dev}:${stat.ino}`,
    async close() {
      await bytes.close();
      await handle.close();
    },
  };
}

async function* pieces(
  handle: FileHandle,
  path: string,
  size: number,
  onRead: (piece: Buffer) => void,
): AsyncGenerator<Buffer> {
  if (size === 0) return;
  const options = { fd: handle, highWaterMark: CHUNK, start: 0, end: size - 1, autoClose: false };
  const stream = createReadStream(path, options);
  for await (const piece of stream as AsyncIterable<Buffer>) {
    onRead(piece);
    yield piece;
  }
}

/**
 * All that is in a file; each must be read, or left, before the next is asked for.
 * @throws what the disk says; damage is told to `trouble`
 */
export async function* contentsOf(path: string, file: OnDisk, options: OpenOptions): AsyncGenerator<Opened> {
  let expanded = 0;
  const isBomb = () => expanded > ALWAYS && expanded > EXPANSION * file.size;
  const within = async function* (content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      expanded += piece.length;
      if (isBomb()) throw new Bomb();
      yield piece;
    }
  };
  const look = async function* (at: Opened, depth: number): AsyncGenerator<Opened> {
    const { bytes } = at;
    const trouble = (what: string, detail?: string) => options.trouble(at.path, what, detail);
    const start = await bytes.peek(512);
    if (start.length === 0) {
      if (bytes.trouble !== undefined) trouble('reading stopped', (bytes.trouble as Error).message);
      return;
    }
    const compression = compressionOf(start);
    const archive = compression ? undefined : archiveOf(start);
    const sample = options.isSample(at.name);
    const wide = sample ? undefined : wideText(start);
    if (wide !== undefined) {
      yield* look({ ...at, bytes: new Bytes(narrowed(bytes, wide)), boxed: true }, depth + 1);
      return;
    }
    if (sample || (!compression && !archive)) {
      at.head = { name: at.name, ...(sample ? plain(await bytes.peek(HEAD)) : await headOf(bytes)) };
      yield at;
      return;
    }
    if (depth === DEPTH)
      return trouble('too many boxes within each other', `more than ${DEPTH}; the rest was not read`);
    if (compression) {
      const { name, decompress } = compression;
      if (!decompress) return trouble('a compression that is not read', `${name}: decompress it first`);
      const inner = new Bytes(within(decompress(bytes, trouble)));
      yield* look({ ...at, name: withoutEnding(at.name), bytes: inner, boxed: true }, depth + 1);
      return;
    }
    try {
      for await (const { name, content } of archive!(bytes, trouble)) {
        if (isBomb()) return;
        const inside = `${at.path}/${name}`;
        const inner = new Bytes(within(content));
        const member = {
          ...at,
          path: inside,
          name: basename(name),
          folder: dirname(inside),
          bytes: inner,
          member: true,
          boxed: true,
        };
        yield* look(member, depth + 1);
      }
    } catch (error) {
      // Not further here; where it is an archive within another, the other's next file is whole.
      trouble('reading stopped', (error as Error).message);
    }
  };
  const none = { name: '', bytes: Buffer.alloc(0), text: '' };
  try {
    yield* look(
      { path, name: basename(path), folder: dirname(path), head: none, bytes: file.bytes, member: false, boxed: false },
      0,
    );
  } finally {
    await file.close();
  }
}

/** UTF-16 by its byte order mark: what Windows makes of a log. */
function wideText(start: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  return start[0] === 0xfe && start[1] === 0xff ? 'utf-16be' : undefined;
}

async function* narrowed(bytes: Bytes, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of bytes) yield Buffer.from(decoder.decode(piece, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** Data that grows without bounds when decompressed. */
export class Bomb extends Error {
  constructor() {
    super(`it expands to more than ${EXPANSION} times its size`);
  }
}

function plain(bytes: Buffer): { bytes: Buffer; text: string } {
  // A byte order mark is no damage.
  return { bytes, text: bytes.toString('latin1').replace(/^(?:ï»¿|[\0\s])+/, '') };
}

// A file rotated while it was open begins with a run of NULs, of any length: one of them stays, so that it is told.
async function headOf(bytes: Bytes): Promise<{ bytes: Buffer; text: string }> {
  let skipped = 0;
  for (;;) {
    const head = await bytes.peek(HEAD);
    const first = head.equals(NULS.subarray(0, head.length)) ? -1 : head.findIndex((byte) => byte !== 0);
    if (first === 0 && skipped === 0) return plain(head);
    skipped += await bytes.skip(first < 0 ? head.length : first);
    if (first < 0 && head.length > 0) continue;
    if (skipped > 0) bytes.unread(Buffer.alloc(1));
    return plain(await bytes.peek(HEAD));
  }
}
