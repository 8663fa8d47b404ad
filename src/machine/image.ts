// The persona's file system as one read-only packed file: every name and its metadata in columns, shared by all machines.
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { fill, hash } from './filler.ts';
import type { Bytes, FileType } from './machine.ts';

/** What the image is made from; `packImage` needs every directory listed too, the root as `/`. */
export interface ImageEntry {
  path: Bytes;
  type: FileType;
  mode: number;
  uid: number;
  gid: number;
  /** Of a file. */
  size?: number;
  /** Seconds since the epoch, or relative to the installation or the boot of the machine (`AFTER_INSTALL`, `AFTER_BOOT`). */
  mtime: number;
  /** Where a symbolic link points. */
  target?: Bytes;
  rdev?: [number, number];
  /** The whole content, or its first bytes: what follows up to `size` is filler. */
  content?: Buffer;
  /** Filler looks like text. */
  text?: boolean;
  /** `{{…}}` in the content stands for a fact about the machine. */
  template?: boolean;
  /** Another name of this file: its path. */
  hardlink?: Bytes;
}

/** `mtime` = AFTER_INSTALL + n: n seconds after the machine was installed. */
export const AFTER_INSTALL = 0xf000_0000;
/** `mtime` = AFTER_BOOT + n: n seconds after it was started last. */
export const AFTER_BOOT = 0xf800_0000;

const TYPES: readonly FileType[] = ['file', 'directory', 'symlink', 'fifo', 'socket', 'character', 'block'];
const TEXT = 0x10;
const TEMPLATE = 0x20;
const HARDLINK = 0x40;
const MAGIC = 0x314d494b;

/** Byte order, not locale order: the search in `child` depends on it. */
const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** A read-only tree. Entries are numbers; 0 is the root; the children of a directory follow each other, ordered by name. */
export class Image {
  readonly count: number;
  readonly #names: Bytes;
  readonly #nameEnd: Uint32Array;
  readonly parent: Uint32Array;
  readonly #first: Uint32Array;
  readonly #children: Uint32Array;
  readonly #kind: Uint8Array;
  readonly mode: Uint16Array;
  readonly uid: Uint16Array;
  readonly gid: Uint16Array;
  readonly size: Uint32Array;
  readonly mtime: Uint32Array;
  readonly #at: Uint32Array;
  readonly #kept: Uint32Array;
  readonly #links: Uint16Array;
  readonly #contents: Buffer;
  /** Contents that replace those of the packed file: the templates, filled in. */
  readonly #replaced = new Map<number, Buffer>();
  /** ELF binaries by size, to know a copy of one again; made at the first question. */
  #binaries: Map<number, number[]> | undefined;

  readonly #raw: Buffer;

  /** `raw` is what `layOut` made and starts at a multiple of 8 in its ArrayBuffer. */
  constructor(raw: Buffer) {
    this.#raw = raw;
    if (raw.readUInt32LE(0) !== MAGIC) throw new Error('The persona image is not of this version: build it again');
    const [count, names, contents] = [raw.readUInt32LE(4), raw.readUInt32LE(8), raw.readUInt32LE(12)];
    let at = 16;
    const take = (bytes: number) => raw.byteOffset + (at += bytes) - bytes;
    const u32 = () => new Uint32Array(raw.buffer, take(count * 4), count);
    const u16 = () => new Uint16Array(raw.buffer, take(count * 2), count);
    this.count = count;
    this.parent = u32();
    this.#nameEnd = u32();
    this.size = u32().slice();
    this.mtime = u32();
    this.#at = u32();
    this.#kept = u32();
    this.mode = u16();
    this.uid = u16();
    this.gid = u16();
    this.#kind = new Uint8Array(raw.buffer, take(count), count);
    this.#names = raw.toString('latin1', at, at + names);
    at += names;
    this.#contents = raw.subarray(at, at + contents);
    this.#first = new Uint32Array(count);
    this.#children = new Uint32Array(count);
    this.#links = new Uint16Array(count);
    for (let i = count - 1; i > 0; i--) {
      this.#first[this.parent[i]!] = i;
      this.#children[this.parent[i]!]!++;
      this.#links[this.#kind[i]! & HARDLINK ? this.#at[i]! : i]!++;
      if (this.type(i) === 'directory') this.#links[this.parent[i]!]!++;
    }
    for (let i = 0; i < count; i++) if (this.type(i) === 'directory') this.#links[i]!++;
    this.#links[0]!++;
  }

  /** An image that shares everything but the contents of the templates, which `expand` fills in. */
  withTemplates(expand: (text: Bytes) => Bytes): Image {
    const copy = new Image(this.#raw);
    for (let i = 0; i < copy.count; i++) {
      if (!(copy.#kind[i]! & TEMPLATE)) continue;
      const content = Buffer.from(expand(this.content(i, 0, this.size[i]!)), 'latin1');
      copy.#replaced.set(i, content);
      copy.size[i] = content.length;
    }
    return copy;
  }

  /** Tells one image from another: its size, names and places. */
  get fingerprint(): string {
    return `${this.count} ${this.#contents.length} ${hash(this.#names)}`;
  }

  name(entry: number): Bytes {
    return this.#names.slice(entry === 0 ? 0 : this.#nameEnd[entry - 1], this.#nameEnd[entry]);
  }

  type(entry: number): FileType {
    return TYPES[this.#kind[entry]! & 7]!;
  }

  links(entry: number): number {
    return this.#links[entry]!;
  }

  /** The entry of a name in a directory, a further hard link resolved to the first; undefined: none. */
  child(directory: number, name: Bytes): number | undefined {
    let low = this.#first[directory]!;
    let high = low + this.#children[directory]! - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = byName(this.name(middle), name);
      if (order === 0) return this.#kind[middle]! & HARDLINK ? this.#at[middle]! : middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** Names and entries of a directory, ordered by name. */
  *children(directory: number): Generator<[name: Bytes, entry: number]> {
    const first = this.#first[directory]!;
    for (let i = first; i < first + this.#children[directory]!; i++)
      yield [this.name(i), this.#kind[i]! & HARDLINK ? this.#at[i]! : i];
  }

  find(path: Bytes): number | undefined {
    let at: number | undefined = 0;
    for (const name of path.split('/')) if (name !== '' && at !== undefined) at = this.child(at, name);
    return at;
  }

  path(entry: number): Bytes {
    return entry === 0 ? '' : `${this.path(this.parent[entry]!)}/${this.name(entry)}`;
  }

  target(entry: number): Bytes {
    const at = this.#at[entry]!;
    return this.#contents.toString('latin1', at, at + this.#kept[entry]!);
  }

  rdev(entry: number): [number, number] {
    return [this.#at[entry]! >>> 20, this.#at[entry]! & 0xfffff];
  }

  /** Bytes `offset` to at most `offset + max` of a file. */
  content(entry: number, offset: number, max: number): Bytes {
    const end = Math.min(this.size[entry]!, offset + max);
    if (end <= offset) return '';
    const target = Buffer.allocUnsafe(end - offset);
    this.copy(entry, offset, target);
    return target.toString('latin1');
  }

  /** The same into a buffer, which must not reach beyond the end of the file. */
  copy(entry: number, offset: number, target: Buffer): void {
    const replaced = this.#replaced.get(entry);
    const start = replaced ? 0 : this.#at[entry]!;
    const kept = replaced ? replaced.length : this.#kept[entry]!;
    const head = Math.max(0, Math.min(kept - offset, target.length));
    if (head > 0) (replaced ?? this.#contents).copy(target, 0, start + offset, start + offset + head);
    if (head < target.length)
      fill(target.subarray(head), offset + head, hash(this.path(entry)), (this.#kind[entry]! & TEXT) !== 0);
  }

  /** The binary of the image that this content is a copy of; undefined: none. `read` reads the content. */
  binaryLike(size: number, read: (offset: number, max: number) => Bytes): number | undefined {
    if (!this.#binaries) {
      this.#binaries = new Map();
      for (let i = 0; i < this.count; i++) {
        if (this.type(i) !== 'file' || this.#kind[i]! & HARDLINK || this.content(i, 0, 4) !== '\x7fELF') continue;
        const same = this.#binaries.get(this.size[i]!);
        if (same) same.push(i);
        else this.#binaries.set(this.size[i]!, [i]);
      }
    }
    return this.#binaries.get(size)?.find((i) =>
      // Filler differs from the first byte on, so two samples are proof enough.
      [0, size >> 1].every((offset) => read(offset, 512) === this.content(i, offset, 512)),
    );
  }
}

/** Reads a packed image. Throws an Error that says what is wrong with it. */
export function unpackImage(packed: Buffer): Image {
  const raw = brotliDecompressSync(packed, { maxOutputLength: 64 << 20 });
  return new Image(raw.byteOffset % 8 === 0 ? raw : Buffer.from(new Uint8Array(raw).buffer));
}

/** Packs a tree; `quality` is brotli's, 0–11. */
export function packImage(entries: readonly ImageEntry[], quality = 11): Buffer {
  const raw = layOut(entries);
  return brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
}

/** The image's bytes before compression. */
export function layOut(entries: readonly ImageEntry[]): Buffer {
  const byParent = new Map<Bytes, ImageEntry[]>();
  let root: ImageEntry | undefined;
  for (const entry of entries) {
    if (entry.path === '/') {
      root = entry;
      continue;
    }
    const parent = entry.path.slice(0, entry.path.lastIndexOf('/'));
    const siblings = byParent.get(parent);
    if (siblings) siblings.push(entry);
    else byParent.set(parent, [entry]);
  }
  if (!root) throw new Error('The tree has no root: an entry with the path "/" is needed');
  const ordered: ImageEntry[] = [root];
  const parents: number[] = [0];
  const index = new Map<Bytes, number>();
  const baseName = (entry: ImageEntry) => entry.path.slice(entry.path.lastIndexOf('/') + 1);
  for (let i = 0; i < ordered.length; i++) {
    const path = i === 0 ? '' : ordered[i]!.path;
    index.set(path, i);
    for (const child of (byParent.get(path) ?? []).sort((a, b) => byName(baseName(a), baseName(b)))) {
      ordered.push(child);
      parents.push(i);
    }
    byParent.delete(path);
  }
  const orphan = byParent.values().next().value?.[0];
  if (orphan) throw new Error(`The tree lacks the directory of ${orphan.path}`);

  const count = ordered.length;
  const contents: Buffer[] = [];
  const kept = new Map<string, number>();
  let contentLength = 0;
  const keep = (content: Buffer): number => {
    const key = content.toString('latin1');
    const before = kept.get(key);
    if (before !== undefined) return before;
    contents.push(content);
    kept.set(key, contentLength);
    contentLength += content.length;
    return contentLength - content.length;
  };
  const u32 = Array.from({ length: 6 }, () => new Uint32Array(count));
  const u16 = Array.from({ length: 3 }, () => new Uint16Array(count));
  const kind = new Uint8Array(count);
  let names = '';
  ordered.forEach((entry, i) => {
    if (i > 0) names += baseName(entry);
    const content = entry.type === 'symlink' ? Buffer.from(entry.target ?? '', 'latin1') : entry.content;
    let at = content ? keep(content) : 0;
    kind[i] = TYPES.indexOf(entry.type) | (entry.text ? TEXT : 0) | (entry.template ? TEMPLATE : 0);
    if (entry.rdev) at = ((entry.rdev[0] << 20) | entry.rdev[1]) >>> 0;
    if (entry.hardlink !== undefined) {
      const other = index.get(entry.hardlink);
      if (other === undefined) throw new Error(`${entry.path} is a hard link to ${entry.hardlink}, which is not there`);
      at = other;
      kind[i]! |= HARDLINK;
    }
    const size = entry.type === 'directory' ? 4096 : (entry.size ?? content?.length ?? 0);
    [parents[i]!, names.length, size, entry.mtime, at, content?.length ?? 0].forEach((value, n) => {
      u32[n]![i] = value;
    });
    [entry.mode, entry.uid, entry.gid].forEach((value, n) => {
      u16[n]![i] = value;
    });
  });
  const head = Buffer.alloc(16);
  [MAGIC, count, names.length, contentLength].forEach((value, n) => {
    head.writeUInt32LE(value, n * 4);
  });
  const bytes = (column: Uint8Array | Uint16Array | Uint32Array) => Buffer.from(column.buffer);
  return Buffer.concat([
    head,
    ...u32.map(bytes),
    ...u16.map(bytes),
    bytes(kind),
    Buffer.from(names, 'latin1'),
    ...contents,
  ]);
}
