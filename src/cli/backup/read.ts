// Reads a backup from end to end, whoever made it: names that lead nowhere else, plain files only, every hash, nothing missing, nothing more.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import { BackupError, HEAD, type Head, MANIFEST, parseHead, parseManifest, pathOf } from './format.ts';

interface Entry {
  name: string;
  bytes: number;
  mode: number;
  mtime: number;
  body: AsyncIterable<Uint8Array>;
}

/** Takes what is in a backup, file by file. */
export interface Receiver {
  /** Before the first file. */
  head?(head: Head): void | Promise<void>;
  /** @param path below the data directory, safe */
  file(
    path: string,
    mode: number,
    mtime: number,
  ): Promise<{ write(chunk: Uint8Array): Promise<void>; end(): Promise<void> }>;
}

/** Head and manifest are small; a hostile one is not read to its end. */
const MOST_TEXT = 512 << 20;
const DATA = 'data/';

/**
 * @param progress bytes of the archive, or of the folder's files, that were read
 * @throws BackupError when anything is wrong with it, what the disk says otherwise
 */
export async function readBackup(
  path: string,
  receiver: Receiver,
  progress: (bytes: number) => void = () => {},
): Promise<{ head: Head; files: number; bytes: number }> {
  const entries = (await lstat(path)).isDirectory() ? folder(path, progress) : archive(path, progress);
  let head: Head | undefined;
  let manifest: ReturnType<typeof parseManifest> | undefined;
  const found = new Map<string, { bytes: number; sha256: string }>();
  let total = 0;
  for await (const entry of entries) {
    if (manifest) throw new BackupError(`${JSON.stringify(entry.name)} comes after the manifest`);
    if (entry.name === HEAD && !head) {
      head = parseHead(await textOf(entry));
      await receiver.head?.(head);
    } else if (!head) throw new BackupError(`it does not begin with ${HEAD}: this is no backup of Kansatsuki`);
    else if (entry.name === MANIFEST) manifest = parseManifest(await textOf(entry));
    else {
      const below = pathOf(entry.name);
      if (found.has(entry.name)) throw new BackupError(`${JSON.stringify(entry.name)} is in it twice`);
      total += entry.bytes;
      if (found.size >= head.files || total > head.bytes)
        throw new BackupError(`more is in it than ${HEAD} says (${head.files} files, ${head.bytes} bytes)`);
      const taker = await receiver.file(below, entry.mode & 0o777, entry.mtime);
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of entry.body) {
        hash.update(chunk);
        bytes += chunk.length;
        await taker.write(chunk);
      }
      await taker.end();
      found.set(entry.name, { bytes, sha256: hash.digest('hex') });
    }
  }
  if (!head) throw new BackupError('it is empty: this is no backup of Kansatsuki');
  if (!manifest) throw new BackupError(`it is cut off: ${MANIFEST} is missing`);
  for (const [name, { bytes, sha256 }] of found) {
    const listed = manifest.get(name);
    if (!listed) throw new BackupError(`${name} is not in the manifest`);
    if (listed.bytes !== bytes || listed.sha256 !== sha256)
      throw new BackupError(`${name} is damaged: its SHA-256 does not fit`);
  }
  for (const name of manifest.keys()) if (!found.has(name)) throw new BackupError(`${name} is missing`);
  return { head, files: found.size, bytes: total };
}

async function textOf({ name, bytes, body }: Entry): Promise<string> {
  if (bytes > MOST_TEXT) throw new BackupError(`${name} is too large`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function* archive(path: string, progress: (bytes: number) => void): AsyncGenerator<Entry> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  let read = 0;
  file.on('data', (chunk) => progress((read += chunk.length)));
  const unpacked = file.pipe(createZstdDecompress({ chunkSize: 1 << 18 }));
  file.on('error', (error) => unpacked.destroy(error));
  const decoder = createTarDecoder({ strict: true });
  const parsed = (Readable.toWeb(unpacked) as unknown as ReadableStream<Uint8Array>).pipeThrough(decoder);
  try {
    for await (const { header, body } of parsed as unknown as AsyncIterable<{
      header: import('modern-tar').TarHeader;
      body: AsyncIterable<Uint8Array>;
    }>) {
      const { name, size, type = 'file', mode = 0o600, mtime } = header;
      if (type === 'directory') {
        for await (const _ of body);
        continue;
      }
      if (type !== 'file') throw new BackupError(`${JSON.stringify(name)} is no plain file but a ${type}`);
      yield { name, bytes: size, mode, mtime: mtime?.getTime() ?? 0, body: guarded(body) };
    }
  } catch (error) {
    throw damaged(error);
  } finally {
    file.destroy();
    unpacked.destroy();
  }
}

/** What decompression or the archive's form complains of; errors of the disk have a system call and stay what they are. */
function damaged(error: unknown): Error {
  const found = error as NodeJS.ErrnoException;
  const cause = (found.cause ?? found) as NodeJS.ErrnoException;
  if (found instanceof BackupError || cause.syscall !== undefined) return cause;
  return new BackupError(`it is damaged or cut off (${cause.message})`);
}

async function* guarded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw damaged(error);
  }
}

async function* folder(path: string, progress: (bytes: number) => void): AsyncGenerator<Entry> {
  const names = await readdir(path);
  let read = 0;
  for (const name of [HEAD, ...(names.includes('data') ? await below(path, 'data') : []), MANIFEST]) {
    const full = join(path, name);
    const stat = await lstat(full).catch(() => undefined);
    if (!stat) continue;
    if (!stat.isFile()) throw new BackupError(`${name} is no plain file`);
    const body = (async function* () {
      for await (const chunk of createReadStream(full, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
        progress((read += chunk.length));
        yield chunk;
      }
    })();
    yield { name, bytes: stat.size, mode: stat.mode, mtime: stat.mtimeMs, body };
  }
  for (const name of names)
    if (![HEAD, MANIFEST, DATA.slice(0, -1)].includes(name))
      throw new BackupError(`${JSON.stringify(name)} does not belong to it`);
}

async function below(root: string, folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) names.push(...(await below(root, name)));
    else names.push(name);
  }
  return names.sort();
}
