// The cpio formats: old binary, portable ASCII (odc) and SVR4 (newc, crc), read and written.
import type { Bytes } from '../../machine/machine.ts';

export interface CpioEntry {
  name: Bytes;
  inode: number;
  /** st_mode with the file type. */
  mode: number;
  uid: number;
  gid: number;
  links: number;
  /** Seconds since the epoch. */
  mtime: number;
  content: Bytes;
}

export type CpioFormat = 'bin' | 'odc' | 'newc';

export const TRAILER = 'TRAILER!!!';

/** The entries of an archive; undefined at its end or where it is none, `torn` where it ends in the middle. */
export function* readCpio(data: Bytes): Generator<CpioEntry, 'end' | 'torn'> {
  for (let at = 0; ; ) {
    const parsed = entryAt(data, at);
    if (!parsed) return 'torn';
    if (parsed.entry.name === TRAILER) return 'end';
    yield parsed.entry;
    at = parsed.next;
  }
}

function entryAt(data: Bytes, at: number): { entry: CpioEntry; next: number } | undefined {
  const magic = data.slice(at, at + 6);
  const up = (n: number, unit: number) => Math.ceil(n / unit) * unit;
  const make = (fields: number[], start: number, unit: number, nameSize: number, size: number) => {
    const [inode = 0, mode = 0, uid = 0, gid = 0, links = 1, mtime = 0] = fields;
    const body = at + up(start + nameSize - at, unit);
    if (nameSize < 1 || body + size > data.length) return undefined;
    const entry: CpioEntry = {
      name: data.slice(start, start + nameSize - 1),
      inode,
      mode,
      uid,
      gid,
      links,
      mtime,
      content: data.slice(body, body + size),
    };
    return { entry, next: body + up(size, unit) };
  };
  if (magic === '070701' || magic === '070702') {
    const f = Array.from({ length: 13 }, (_, i) => Number.parseInt(data.slice(at + 6 + i * 8, at + 14 + i * 8), 16));
    if (f.some(Number.isNaN)) return undefined;
    return make([f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!], at + 110, 4, f[11]!, f[6]!);
  }
  if (magic === '070707') {
    const o = (from: number, length: number) => Number.parseInt(data.slice(at + from, at + from + length), 8);
    return make([o(12, 6), o(18, 6), o(24, 6), o(30, 6), o(36, 6), o(48, 11)], at + 76, 1, o(59, 6), o(65, 11));
  }
  if (data.startsWith('\xc7\x71', at)) {
    const w = (i: number) => data.charCodeAt(at + i * 2) | (data.charCodeAt(at + i * 2 + 1) << 8);
    return make([w(2), w(3), w(4), w(5), w(6), w(8) * 65536 + w(9)], at + 26, 2, w(10), w(11) * 65536 + w(12));
  }
  return undefined;
}

export function writeCpio(entry: CpioEntry, format: CpioFormat): Bytes {
  const { name, inode, mode, uid, gid, links, mtime, content } = entry;
  const pad = (text: Bytes, unit: number) => text + '\0'.repeat((unit - (text.length % unit)) % unit);
  if (format === 'newc') {
    const hex = (n: number) => (n >>> 0).toString(16).toUpperCase().padStart(8, '0');
    const fields = [inode, mode, uid, gid, links, mtime, content.length, 0, 0, 0, 0, name.length + 1, 0];
    return pad(`070701${fields.map(hex).join('')}${name}\0`, 4) + pad(content, 4);
  }
  if (format === 'odc') {
    const octal = (n: number, length: number) => n.toString(8).padStart(length, '0').slice(-length);
    return `070707${[0, inode, mode, uid, gid, links, 0].map((n) => octal(n, 6)).join('')}${octal(mtime, 11)}${octal(name.length + 1, 6)}${octal(content.length, 11)}${name}\0${content}`;
  }
  const word = (n: number) => String.fromCharCode(n & 255, (n >>> 8) & 255);
  const long = (n: number) => word(n >>> 16) + word(n & 0xffff);
  const head =
    [0o070707, 0, inode & 0xffff, mode, uid, gid, links, 0].map(word).join('') +
    long(mtime) +
    word(name.length + 1) +
    long(content.length);
  return head + pad(`${name}\0`, 2) + pad(content, 2);
}
