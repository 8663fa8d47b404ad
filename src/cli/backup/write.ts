// Writes a backup, as a .tar.zst or as a folder: complete under its name, or not there at all.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { createTarPacker } from 'modern-tar';
import type { Planned } from './collect.ts';
import { HEAD, type Head, type Listed, MANIFEST, manifestOf } from './format.ts';

const CHUNK = 1 << 18;
/** Fast: most of what is in it is compressed already. */
const LEVEL = 3;

/** Takes files one after the other. */
interface Sink {
  begin(file: { name: string; bytes: number; mode: number; mtime: number }): Promise<Taker>;
  /** Everything is on the disk when it resolves. */
  end(): Promise<void>;
  abort(error: Error): Promise<void>;
}

interface Taker {
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Where a backup is while it is written. */
export const partial = (target: string): string => join(dirname(target), `.${basename(target)}.partial`);

/** @returns what is in it. @throws what the disk says; the target is then as it was */
export async function writeBackup(
  target: string,
  kind: 'archive' | 'folder',
  head: Head,
  files: readonly Planned[],
  progress: (bytes: number) => void = () => {},
): Promise<{ files: number; bytes: number }> {
  const temporary = partial(target);
  await rm(temporary, { recursive: true, force: true });
  const sink = kind === 'archive' ? await archive(temporary) : await folder(temporary);
  const now = Date.parse(head.made);
  try {
    await put(sink, HEAD, Buffer.from(`${JSON.stringify(head)}\n`), now);
    const listed: Listed[] = [];
    let total = 0;
    for (const file of files) {
      const one = await copy(sink, file, (bytes) => progress((total += bytes)));
      if (one) listed.push(one);
    }
    await put(sink, MANIFEST, manifestOf(listed), now);
    await sink.end();
    await rename(temporary, target);
    await sync(dirname(target));
    return { files: listed.length, bytes: total };
  } catch (error) {
    await sink.abort(error as Error);
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function put(sink: Sink, name: string, content: Buffer, mtime: number): Promise<void> {
  const taker = await sink.begin({ name, bytes: content.length, mode: 0o600, mtime });
  await taker.write(content);
  await taker.end();
}

/** Undefined: the file is gone. One that got shorter is filled up with zeros, as its size was announced. */
async function copy(sink: Sink, file: Planned, progress: (bytes: number) => void): Promise<Listed | undefined> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file.path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const taker = await sink.begin(file);
    const hash = createHash('sha256');
    for (let at = 0; at < file.bytes; ) {
      const chunk = Buffer.alloc(Math.min(CHUNK, file.bytes - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      const part = bytesRead > 0 ? chunk.subarray(0, bytesRead) : chunk;
      hash.update(part);
      await taker.write(part);
      at += part.length;
      progress(part.length);
    }
    await taker.end();
    return { name: file.name, bytes: file.bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

async function archive(path: string): Promise<Sink> {
  const { readable, controller } = createTarPacker();
  const packer = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  const out = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const writing = pipeline(Readable.fromWeb(readable as import('node:stream/web').ReadableStream), packer, out);
  // Whoever writes next hears of a full disk; nobody else does.
  writing.catch((error) => controller.error(error));
  return {
    begin: async ({ name, bytes, mode, mtime }) => {
      const body = controller.add({ name, size: bytes, mode, mtime: new Date(mtime), type: 'file' }).getWriter();
      return {
        write: (chunk) => body.write(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)),
        end: () => body.close(),
      };
    },
    end: async () => {
      controller.finalize();
      await writing;
      await sync(path);
    },
    abort: async (error) => {
      controller.error(error);
      await writing.catch(() => {});
    },
  };
}

async function folder(path: string): Promise<Sink> {
  await mkdir(path, { mode: 0o700 });
  const made = new Set<string>();
  return {
    begin: async ({ name, mode, mtime }) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      for (let at = dirname(file); at.length >= path.length; at = dirname(at)) made.add(at);
      const handle = await open(file, 'wx', mode);
      return {
        write: async (chunk) => {
          await handle.writeFile(chunk);
        },
        end: async () => {
          await handle.chmod(mode);
          await handle.sync();
          await handle.close();
          await utimes(file, mtime / 1000, mtime / 1000);
        },
      };
    },
    end: async () => {
      for (const one of made) await sync(one);
    },
    abort: async () => {},
  };
}

/** Brings a file or the names of a folder to the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
