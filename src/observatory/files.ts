// The files an import is given: found in folders, opened whatever their compression, and told apart by their content.
import { createReadStream, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { looksLikeTty } from '../event/tty.ts';

export interface Found {
  path: string;
  bytes: number;
}

/** What a file is; `other` is no log that we know. */
export type FileKind = 'json' | 'json-stream' | 'text' | 'markdown' | 'csv' | 'tty' | 'artefact' | 'other';

/**
 * Every regular file below the given paths, each once, in natural order of names within a folder. Links are followed,
 * circles are not.
 * @param problem told of what cannot be read
 */
export function findFiles(paths: readonly string[], problem: (path: string, reason: string) => void): Found[] {
  const found: Found[] = [];
  const seen = new Set<string>();
  const visit = (path: string) => {
    try {
      const real = realpathSync(path);
      if (seen.has(real)) return;
      seen.add(real);
      const stat = statSync(real);
      if (stat.isDirectory()) {
        const names = readdirSync(real).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
        for (const name of names) visit(join(path, name));
      } else if (stat.isFile()) found.push({ path, bytes: stat.size });
      else problem(path, 'neither file nor folder');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      // A dangling link of an old `dl/` folder names what is no longer there.
      if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return;
      problem(path, code === 'ENOENT' ? 'no such file or folder' : (error as Error).message);
    }
  };
  for (const path of paths) visit(path);
  return found;
}

const magic: readonly [bytes: number[], name: string][] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  [[0x42, 0x5a, 0x68], 'bzip2'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz'],
  [[0x50, 0x4b, 0x03, 0x04], 'zip'],
];

/** Compression of a file by its first bytes. */
export function compressionOf(head: Uint8Array): string | undefined {
  return magic.find(([bytes]) => bytes.every((byte, i) => head[i] === byte))?.[1];
}

/** A file's content, decompressed, in chunks of up to 1 MiB. `onRead` counts the bytes taken from the disk. */
export function contents(path: string, compression: string | undefined, onRead: (bytes: number) => void): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  file.on('data', (chunk) => onRead(chunk.length));
  if (compression === undefined) return file;
  const unpacked =
    compression === 'gzip' ? createGunzip({ chunkSize: 1 << 20 }) : createZstdDecompress({ chunkSize: 1 << 20 });
  file.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => file.destroy());
  return file.pipe(unpacked);
}

const TEXT_LINE =
  /^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*\s+)?\[(?:[^\]\n]*(?:Transport|Factory|SSHService|SSHChannel)[^\n]*|(?:ssh|telnet),[^\]\n]+|-)\] /m;

/** A line of a log in a diary. */
const EXCERPT = /"eventid"\s*:|\[(?:[^\]\n]*(?:Transport|Factory|SSHService|SSHChannel)|(?:ssh|telnet),)[^\n]*\]/;

/** Tells what a file is from its first 64 KiB after decompression, and from its name where the content is silent. */
export function kindOf(path: string, head: Buffer): FileKind {
  if (looksLikeTty(head)) return 'tty';
  const name = basename(path);
  if (/^[0-9a-f]{64}$/.test(name)) return 'artefact';
  // A file rotated while it was open begins with a run of NULs.
  let text = head.toString('latin1').replace(/^(?:ï»¿|[\0\s])+/, '');
  if (text === '' && /json/.test(name)) return 'json';
  text = text.slice(0, 65_536);
  if (/\.(?:md|markdown)(?:\.\w+)?$/i.test(name) || /^(?:```|~~~)/m.test(text))
    return EXCERPT.test(text) ? 'markdown' : 'other';
  const object = text.startsWith('{') || (text.startsWith('[') && !TEXT_LINE.test(text.slice(0, 400)));
  if (object) {
    if (!/"eventid(?:\.keyword)?"\s*:\s*"/.test(text)) return 'other';
    const line = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n')).trim();
    return text.startsWith('{') && line !== '{' ? 'json' : 'json-stream';
  }
  if (TEXT_LINE.test(text)) return 'text';
  if (/^[^\n]*\beventid\b[^\n]*,/.test(text)) return 'csv';
  if (/"eventid"\s*:/.test(text)) return 'json';
  return 'other';
}
