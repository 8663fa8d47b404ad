// The zip format (PKWARE APPNOTE 6.3): entries read from the central directory, and archives written as Info-ZIP 3.0 does.
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import type { Bytes, Process } from '../../machine/machine.ts';
import { LARGEST } from './codec.ts';

export interface Entry {
  name: Bytes;
  /** 0 stored, 8 deflated. */
  method: number;
  crc: number;
  packedSize: number;
  size: number;
  /** Milliseconds since the epoch, by the extra field or the DOS time taken for UTC. */
  mtime: number;
  /** st_mode, 0 where the archive has none. */
  mode: number;
  text: boolean;
  encrypted: boolean;
  /** As stored in the archive. */
  packed: Bytes;
}

export interface Archive {
  entries: Entry[];
  comment: Bytes;
}

const u16 = (text: Bytes, at: number) => text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
const u32 = (text: Bytes, at: number) => (u16(text, at) | (u16(text, at + 2) << 16)) >>> 0;
const p16 = (value: number) => String.fromCharCode(value & 255, (value >>> 8) & 255);
const p32 = (value: number) => p16(value & 0xffff) + p16(value >>> 16);

/** Entries at most: more are no archive anyone sends. */
const MOST_ENTRIES = 65_535;

/** Undefined: no end of central directory, or one that leads nowhere. */
export function readZip(data: Bytes): Archive | undefined {
  const end = data.lastIndexOf('PK\x05\x06');
  if (end < 0 || data.length - end > 65_557 || end + 22 > data.length) return undefined;
  const entries: Entry[] = [];
  let at = u32(data, end + 16);
  const count = Math.min(u16(data, end + 10), MOST_ENTRIES);
  for (let i = 0; i < count; i++) {
    if (!data.startsWith('PK\x01\x02', at)) return undefined;
    const [nameLength, extraLength, commentLength] = [u16(data, at + 28), u16(data, at + 30), u16(data, at + 32)];
    const name = data.slice(at + 46, at + 46 + nameLength);
    const extra = data.slice(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const local = u32(data, at + 42);
    const packedSize = u32(data, at + 20);
    const content = local + 30 + u16(data, local + 26) + u16(data, local + 28);
    entries.push({
      name,
      method: u16(data, at + 10),
      crc: u32(data, at + 16),
      packedSize,
      size: u32(data, at + 24),
      mtime: extraTime(extra) ?? dosTime(u16(data, at + 14), u16(data, at + 12)),
      mode: data.charCodeAt(at + 5) === 3 ? u32(data, at + 38) >>> 16 : 0,
      text: (u16(data, at + 36) & 1) === 1,
      encrypted: (u16(data, at + 8) & 1) === 1,
      packed: data.slice(content, content + packedSize),
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return { entries, comment: data.slice(end + 22, end + 22 + u16(data, end + 20)) };
}

/** Info-ZIP's `UT` field. */
function extraTime(extra: Bytes): number | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + u16(extra, at + 2))
    if (u16(extra, at) === 0x5455 && extra.charCodeAt(at + 4) & 1) return (u32(extra, at + 5) | 0) * 1000;
  return undefined;
}

const dosTime = (date: number, time: number): number =>
  Date.UTC((date >> 9) + 1980, ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2);

/** The content; undefined when it is damaged, encrypted, or packed in a way of which there is no other. */
export async function unpack(process: Process, entry: Entry): Promise<Bytes | undefined> {
  if (entry.encrypted) return undefined;
  if (entry.method === 0) return entry.packed;
  if (entry.method !== 8) return undefined;
  const turn = process.step(entry.size >> 6);
  if (turn) await turn;
  return process.wait(
    new Promise((resolve) => {
      inflateRaw(Buffer.from(entry.packed, 'latin1'), { maxOutputLength: LARGEST }, (error, result) =>
        resolve(error ? undefined : result.toString('latin1')),
      );
    }),
  );
}

export const checksum = (content: Bytes): number => crc32(Buffer.from(content, 'latin1'));

/** Packs a content as zip -LEVEL does: stored where deflating gains nothing. */
export async function pack(
  process: Process,
  about: { name: Bytes; mtime: number; mode: number },
  content: Bytes,
  level: number,
): Promise<Entry> {
  const data = Buffer.from(content, 'latin1');
  const turn = process.step(data.length >> 3);
  if (turn) await turn;
  const deflated: Buffer =
    level === 0 || data.length === 0
      ? data
      : await process.wait(
          new Promise<Buffer>((resolve, reject) => {
            deflateRaw(data, { level }, (error, result) => (error ? reject(error) : resolve(result)));
          }),
        );
  const stored = deflated.length >= data.length;
  const packed = stored ? content : deflated.toString('latin1');
  return {
    ...about,
    method: stored ? 0 : 8,
    crc: crc32(data),
    packedSize: packed.length,
    size: data.length,
    text: data.length > 0 && !/[\x00-\x06\x0e-\x1a\x1c-\x1f]/.test(content),
    encrypted: false,
    packed,
  };
}

export function writeZip({ entries, comment }: Archive): Bytes {
  const front: Bytes[] = [];
  const directory: Bytes[] = [];
  let offset = 0;
  for (const entry of entries) {
    const d = new Date(entry.mtime);
    const time = (d.getUTCHours() << 11) | (d.getUTCMinutes() << 5) | (d.getUTCSeconds() >> 1);
    const date = ((Math.max(1980, d.getUTCFullYear()) - 1980) << 9) | ((d.getUTCMonth() + 1) << 5) | d.getUTCDate();
    const seconds = p32(Math.floor(entry.mtime / 1000) >>> 0);
    const owner = `ux\x0b\0\x01\x04${p32(0)}\x04${p32(0)}`;
    const shared =
      p16(entry.encrypted ? 1 : 0) +
      p16(entry.method) +
      p16(time) +
      p16(date) +
      p32(entry.crc) +
      p32(entry.packedSize) +
      p32(entry.size) +
      p16(entry.name.length);
    const version = entry.method === 8 || entry.name.endsWith('/') ? 20 : 10;
    const local = `PK\x03\x04${p16(entry.name.endsWith('/') ? 10 : version)}${shared}${p16(28)}${entry.name}UT\x09\0\x03${seconds}${seconds}${owner}`;
    front.push(local, entry.packed);
    directory.push(
      `PK\x01\x02\x1e\x03${p16(entry.name.endsWith('/') ? 10 : version)}${shared}${p16(24)}${p16(0)}${p16(0)}${p16(entry.text ? 1 : 0)}` +
        `${p32(((entry.mode << 16) | (entry.name.endsWith('/') ? 0x10 : 0)) >>> 0)}${p32(offset)}${entry.name}UT\x05\0\x03${seconds}${owner}`,
    );
    offset += local.length + entry.packed.length;
  }
  const central = directory.join('');
  const count = p16(entries.length);
  return `${front.join('')}${central}PK\x05\x06${p32(0)}${count}${count}${p32(central.length)}${p32(offset)}${p16(comment.length)}${comment}`;
}
