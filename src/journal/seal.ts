// Seals the journal's finished days: each is read once, entered in the chain, and compressed when it is old enough.
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, open, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { Chain, Entry } from './chain.ts';
import { ContentReader, inOrder, openSegment, readContent, type Segment, segmentsIn } from './segments.ts';

/**
 * 22 bytes an event at 9 ms a megabyte; level 6 has 23 at 6 ms, level 15 has 20 at 60 ms, level 19 has 17 at 600 ms
 * (docs/retention.md).
 */
const LEVEL = 9;

export type Sealed = Extract<Entry, { kind: 'segment' }>;

/** A finished file that cannot be sealed: it came after later days were. */
export interface Late {
  name: string;
}

/**
 * Enters every finished file that is not in the chain yet, oldest first. One that is older than what is sealed already does not belong there
 * unless the operator says so: it is named, not sealed.
 */
export async function sealFinished(
  directory: string,
  chain: Chain,
  onSealed: (entry: Sealed) => void = () => {},
): Promise<Late[]> {
  chain.refresh();
  const late: Late[] = [];
  const segments = segmentsIn(directory);
  const newest = { json: newestOf(chain, 'json'), log: newestOf(chain, 'log') };
  for (const segment of segments) {
    if (chain.sealed.has(segment.name)) continue;
    const before = newest[segment.kind];
    if (before && inOrder(segment, before) < 0) {
      late.push({ name: segment.name });
      continue;
    }
    onSealed(await seal(directory, chain, segment));
    newest[segment.kind] = segment;
  }
  return late;
}

/** Enters one file. @throws what the disk says */
export async function seal(directory: string, chain: Chain, segment: Segment, late = false): Promise<Sealed> {
  const { bytes, sha256, lines, events, days, first, last } = await readContent(openSegment(directory, segment));
  return chain.append({
    kind: 'segment',
    file: segment.name,
    day: segment.day,
    bytes,
    lines,
    events,
    days,
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    sha256,
    ...(late ? { late: true as const } : {}),
  }) as Sealed;
}

function newestOf(
  chain: Chain,
  kind: 'json' | 'log',
): { day: string; number: number; kind: 'json' | 'log' } | undefined {
  let newest: { day: string; number: number; kind: 'json' | 'log' } | undefined;
  for (const { file } of chain.sealed.values()) {
    const [, found, day = '', number = '0'] = /^cowrie\.(json|log)\.(\d{4}-\d\d-\d\d)(?:\.(\d+))?$/.exec(file) ?? [];
    if (found !== kind) continue;
    const one = { day, number: Number(number), kind };
    if (!newest || inOrder(newest, one) < 0) newest = one;
  }
  return newest;
}

/** A sealed file is not what was sealed. */
export class SegmentChanged extends Error {
  override name = 'SegmentChanged';
}

/**
 * Puts `NAME.zst` in the place of a plain sealed file: whole and on the disk before the plain one goes. What is read is held against the seal.
 * @returns bytes that the disk has got back
 * @throws SegmentChanged, and nothing was changed; what the disk says
 */
export async function compress(directory: string, { name }: Pick<Segment, 'name'>, sealed: Sealed): Promise<number> {
  const path = join(directory, name);
  const temporary = `${path}.zst.tmp`;
  const { size, mode, mtime, atime } = await stat(path);
  const reader = new ContentReader();
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      reader.feed(chunk);
      done(null, chunk);
    },
  });
  const packer = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: size,
  });
  try {
    await pipeline(
      createReadStream(path, { end: Math.max(0, size - 1), highWaterMark: 1 << 18 }),
      counted,
      packer,
      createWriteStream(temporary, { mode: 0o600 }),
    );
    if (reader.content().sha256 !== sealed.sha256)
      throw new SegmentChanged(`${path} was changed after it was sealed; it stays as it is. See: kansatsuki verify`);
    await chmod(temporary, mode & 0o777);
    await utimes(temporary, atime, mtime);
    await sync(temporary);
    await rename(temporary, `${path}.zst`);
    await sync(directory);
    await unlink(path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return size - (await stat(`${path}.zst`)).size;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
