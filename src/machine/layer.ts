// The copy-on-write layer: the inodes one attacker changed or made, above the image that all share; counted and bounded.
import { Content } from './content.ts';
import { SystemError } from './errno.ts';
import type { Image } from './image.ts';
import type { Bytes, Credentials, FileType, Stat } from './machine.ts';

/** A changed or new file. */
export interface Inode {
  number: number;
  type: FileType;
  mode: number;
  uid: number;
  gid: number;
  links: number;
  atime: number;
  mtime: number;
  ctime: number;
  device: number;
  /** The image's entry it was, or -1. */
  base: number;
  /** Of a file. */
  content?: Content;
  /** Of a directory: names added (or changed), and taken away (null), over those of `base`. */
  changes?: Map<Bytes, number | Inode | null>;
  /** Of a directory: false once removed. */
  attached: boolean;
  target?: Bytes;
  rdev?: [number, number];
  flags?: Set<string>;
}

export interface Quota {
  /** New or changed files. */
  inodes: number;
  /** Bytes of their contents. */
  bytes: number;
  /** Takes bytes out of what all machines share, or gives them back (negative); false: there are none left. */
  reserve(bytes: number): boolean;
}

/** When files of the image were last touched, and what holds for the layer as a whole. */
export interface LayerFacts {
  /** st_dev of an image entry. */
  deviceOf(entry: number): number;
  /** Modification time of an image entry, milliseconds. */
  timeOf(entry: number): number;
  /** First inode number the image does not use. */
  firstInode: number;
  /** st_ino of an image entry. */
  inodeOf(entry: number): number;
}

type Real = number | Inode;
/** An inode's own cost: names and metadata count too. */
const INODE_COST = 256;

export class Layer {
  readonly image: Image;
  readonly #facts: LayerFacts;
  readonly #owned = new Map<number, Inode>();
  readonly quota: Quota;
  usedBytes = 0;
  usedInodes = 0;
  /** Changes with every change: what caches of file contents (accounts) compare. */
  version = 0;
  #next: number;
  readonly charge = (bytes: number): void => {
    if (bytes > 0 && (this.usedBytes + bytes > this.quota.bytes || !this.quota.reserve(bytes)))
      throw new SystemError('ENOSPC');
    if (bytes < 0) this.quota.reserve(bytes);
    this.usedBytes += bytes;
  };

  constructor(image: Image, facts: LayerFacts, quota: Quota) {
    this.image = image;
    this.#facts = facts;
    this.quota = quota;
    this.#next = facts.firstInode;
  }

  get root(): Real {
    return this.#owned.get(0) ?? 0;
  }

  // ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

  child(directory: Real, name: Bytes): Real | undefined {
    if (typeof directory === 'object') {
      const changed = directory.changes?.get(name);
      if (changed !== undefined) return changed ?? undefined;
      if (directory.base < 0) return undefined;
    }
    const entry = this.image.child(typeof directory === 'number' ? directory : directory.base, name);
    return entry === undefined ? undefined : (this.#owned.get(entry) ?? entry);
  }

  *children(directory: Real): Generator<[Bytes, Real]> {
    const changes = typeof directory === 'object' ? directory.changes : undefined;
    const base = typeof directory === 'number' ? directory : directory.base;
    if (base >= 0)
      for (const [name, entry] of this.image.children(base))
        if (!changes?.has(name)) yield [name, this.#owned.get(entry) ?? entry];
    if (changes) for (const [name, ref] of changes) if (ref !== null) yield [name, ref];
  }

  empty(directory: Real): boolean {
    for (const _ of this.children(directory)) return false;
    return true;
  }

  /** False for a directory that has been removed while somebody stands in it. */
  attached(directory: Real): boolean {
    return typeof directory === 'number' || directory.attached;
  }

  type(ref: Real): FileType {
    return typeof ref === 'number' ? this.image.type(ref) : ref.type;
  }

  meta(ref: Real): { type: FileType; mode: number; uid: number; gid: number } {
    if (typeof ref === 'object') return ref;
    const { image } = this;
    return { type: image.type(ref), mode: image.mode[ref]!, uid: image.uid[ref]!, gid: image.gid[ref]! };
  }

  inode(ref: Real): number {
    return typeof ref === 'number' ? this.#facts.inodeOf(ref) : ref.number;
  }

  device(ref: Real): number {
    return typeof ref === 'number' ? this.#facts.deviceOf(ref) : ref.device;
  }

  mountPoint(ref: Real): boolean {
    const entry = typeof ref === 'number' ? ref : ref.base;
    return entry > 0 && this.#facts.deviceOf(entry) !== this.#facts.deviceOf(this.image.parent[entry]!);
  }

  target(ref: Real): Bytes {
    return typeof ref === 'number' ? this.image.target(ref) : ref.target!;
  }

  rdev(ref: Real): [number, number] {
    return typeof ref === 'number' ? this.image.rdev(ref) : (ref.rdev ?? [0, 0]);
  }

  size(ref: Real): number {
    switch (this.type(ref)) {
      case 'file':
        return typeof ref === 'number' ? this.image.size[ref]! : ref.content!.size;
      case 'symlink':
        return this.target(ref).length;
      case 'directory':
        return 4096;
      default:
        return 0;
    }
  }

  stat(ref: Real): Stat {
    const type = this.type(ref);
    const size = this.size(ref);
    const device = type === 'character' || type === 'block';
    const own = typeof ref === 'number' ? this.#owned.get(ref) : undefined;
    if (own) return this.stat(own);
    if (typeof ref === 'number') {
      const { image } = this;
      const time = this.#facts.timeOf(ref);
      return {
        device: this.#facts.deviceOf(ref),
        inode: this.#facts.inodeOf(ref),
        type,
        mode: image.mode[ref]!,
        links: image.links(ref),
        uid: image.uid[ref]!,
        gid: image.gid[ref]!,
        size,
        blocks: type === 'directory' ? 8 : type === 'file' ? Math.ceil(size / 4096) * 8 : 0,
        atime: time,
        mtime: time,
        ctime: time,
        ...(device ? { rdev: image.rdev(ref) } : {}),
      };
    }
    return {
      device: ref.device,
      inode: ref.number,
      type,
      mode: ref.mode,
      links: ref.links,
      uid: ref.uid,
      gid: ref.gid,
      size,
      blocks: type === 'directory' ? 8 : (ref.content?.blocks ?? 0),
      atime: ref.atime,
      mtime: ref.mtime,
      ctime: ref.ctime,
      ...(device ? { rdev: ref.rdev ?? [0, 0] } : {}),
    };
  }

  read(ref: Real, offset: number, max: number): Bytes {
    if (typeof ref === 'number') {
      const own = this.#owned.get(ref);
      return own ? own.content!.read(offset, max) : this.image.content(ref, offset, max);
    }
    return ref.content ? ref.content.read(offset, max) : '';
  }

  // ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The inode of its own that stands for an image entry from now on. */
  own(ref: Real, free = false): Inode {
    if (typeof ref === 'object') return ref;
    const existing = this.#owned.get(ref);
    if (existing) return existing;
    // Taking something away must work on a full disk too.
    if (free) {
      this.quota.reserve(INODE_COST);
      this.usedBytes += INODE_COST;
      this.usedInodes++;
    } else this.#count();
    const { image } = this;
    const type = image.type(ref);
    const time = this.#facts.timeOf(ref);
    const inode: Inode = {
      number: this.#facts.inodeOf(ref),
      type,
      mode: image.mode[ref]!,
      uid: image.uid[ref]!,
      gid: image.gid[ref]!,
      links: image.links(ref),
      atime: time,
      mtime: time,
      ctime: time,
      device: this.#facts.deviceOf(ref),
      base: ref,
      attached: true,
    };
    if (type === 'file') inode.content = new Content(image, ref);
    if (type === 'symlink') inode.target = image.target(ref);
    if (type === 'character' || type === 'block') inode.rdev = image.rdev(ref);
    this.#owned.set(ref, inode);
    return inode;
  }

  #count(): void {
    if (this.usedInodes >= this.quota.inodes) throw new SystemError('ENOSPC');
    this.charge(INODE_COST);
    this.usedInodes++;
  }

  create(parent: Real, name: Bytes, type: FileType, mode: number, who: Credentials, now: number): Inode {
    const directory = this.own(parent);
    this.#count();
    const setgid = (directory.mode & 0o2000) !== 0;
    const inode: Inode = {
      number: this.#next++,
      type,
      mode: setgid && type === 'directory' ? mode | 0o2000 : mode,
      uid: who.euid,
      gid: setgid ? directory.gid : who.egid,
      links: type === 'directory' ? 2 : 1,
      atime: now,
      mtime: now,
      ctime: now,
      device: directory.device,
      base: -1,
      attached: true,
    };
    if (type === 'file') inode.content = new Content(this.image);
    this.#enter(directory, name, inode, now);
    if (type === 'directory') directory.links++;
    return inode;
  }

  #enter(directory: Inode, name: Bytes, ref: Real | null, now: number): void {
    (directory.changes ??= new Map()).delete(name);
    // A name that was never in the image needs no mark when it goes.
    if (ref !== null || (directory.base >= 0 && this.image.child(directory.base, name) !== undefined))
      directory.changes.set(name, ref);
    directory.mtime = directory.ctime = now;
    this.version++;
  }

  link(parent: Real, name: Bytes, ref: Real, now: number): void {
    const inode = this.own(ref);
    inode.links++;
    inode.ctime = now;
    this.#enter(this.own(parent), name, inode, now);
  }

  remove(parent: Real, name: Bytes, now: number): void {
    const ref = this.child(parent, name)!;
    const directory = this.own(parent, true);
    this.#enter(directory, name, null, now);
    const isDirectory = this.type(ref) === 'directory';
    if (isDirectory) directory.links--;
    if (typeof ref === 'number' && (isDirectory || this.image.links(ref) === 1)) return;
    const inode = this.own(ref, true);
    inode.ctime = now;
    if (isDirectory) {
      inode.links = 0;
      inode.attached = false;
    } else inode.links--;
    this.#dropIfDead(inode);
  }

  /** Open descriptions of a removed file keep it alive: FileHandle counts itself in `opened`. */
  readonly #opened = new Map<Inode, number>();

  opened(inode: Inode): void {
    this.#opened.set(inode, (this.#opened.get(inode) ?? 0) + 1);
  }

  closed(inode: Inode): void {
    const left = (this.#opened.get(inode) ?? 1) - 1;
    if (left > 0) this.#opened.set(inode, left);
    else {
      this.#opened.delete(inode);
      this.#dropIfDead(inode);
    }
  }

  #dropIfDead(inode: Inode): void {
    if (inode.links > 0 || this.#opened.has(inode)) return;
    inode.content?.free(this.charge);
    if (inode.base >= 0) this.#owned.delete(inode.base);
    this.charge(-INODE_COST);
    this.usedInodes--;
  }

  move(from: Real, name: Bytes, to: Real, newName: Bytes, now: number): void {
    const ref = this.child(from, name)!;
    const source = this.own(from);
    const target = this.own(to);
    const over = this.child(to, newName);
    if (over !== undefined) this.remove(to, newName, now);
    const inode = this.own(ref);
    this.#enter(source, name, null, now);
    this.#enter(target, newName, inode, now);
    inode.ctime = now;
    if (inode.type === 'directory' && source !== target) {
      source.links--;
      target.links++;
    }
  }

  write(inode: Inode, offset: number, data: Bytes, now: number): void {
    inode.content!.write(offset, data, this.charge);
    inode.mtime = inode.ctime = now;
    // Writing takes the set-id bits off.
    if (inode.mode & 0o6000) inode.mode &= inode.mode & 0o10 ? 0o1777 : 0o3777;
    this.version++;
  }

  truncate(ref: Real, size: number, now: number): void {
    // ext4 with 4 KiB blocks: 16 TiB.
    if (size > 17_592_186_040_320) throw new SystemError('EFBIG');
    const inode = this.own(ref);
    inode.content!.truncate(size, this.charge);
    inode.mtime = inode.ctime = now;
    this.version++;
  }

  change(ref: Real, changes: Partial<Pick<Inode, 'mode' | 'uid' | 'gid' | 'atime' | 'mtime'>>, now: number): void {
    Object.assign(this.own(ref), changes).ctime = now;
    this.version++;
  }

  // ── Keeping ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Everything that differs from the image, as plain values; contents are appended to `blobs`. */
  save(blobs: Buffer[]): unknown {
    const numbers = new Map<Inode, number>();
    const inodes: unknown[] = [];
    const visit = (inode: Inode): number => {
      const known = numbers.get(inode);
      if (known !== undefined) return known;
      const number = numbers.size;
      numbers.set(inode, number);
      const { content, changes, flags, ...plain } = inode;
      const saved: Record<string, unknown> = { ...plain };
      inodes[number] = saved;
      if (flags) saved['flags'] = [...flags];
      if (content) {
        const { chunks, ...rest } = content.save();
        saved['content'] = {
          ...rest,
          chunks: chunks.map(([index, bytes]) => {
            blobs.push(bytes);
            return [index, bytes.length];
          }),
        };
      }
      if (changes)
        saved['changes'] = [...changes].map(([name, ref]) => [
          name,
          ref === null || typeof ref === 'number' ? ref : { inode: visit(ref) },
        ]);
      return number;
    };
    const owned = [...this.#owned].map(([entry, inode]) => [entry, visit(inode)]);
    return { next: this.#next, owned, inodes };
  }

  /** Takes over what `save` gave; `blobs` hands out the contents in the same order. Throws if it does not fit this image. */
  load(saved: unknown, blobs: (length: number) => Buffer): void {
    const { next, owned, inodes } = saved as {
      next: number;
      owned: [number, number][];
      inodes: (Omit<Inode, 'content' | 'changes' | 'flags'> & {
        content?: { base: number; baseSize: number; size: number; chunks: [number, number][] };
        changes?: [Bytes, number | null | { inode: number }][];
        flags?: string[];
      })[];
    };
    const made = inodes.map(({ content, changes: _, flags, ...plain }): Inode => {
      this.#count();
      const inode: Inode = { ...plain };
      if (content)
        inode.content = Content.restore(
          this.image,
          { ...content, chunks: content.chunks.map(([index, length]) => [index, blobs(length)]) },
          this.charge,
        );
      if (flags) inode.flags = new Set(flags);
      return inode;
    });
    inodes.forEach(({ changes }, i) => {
      if (changes)
        made[i]!.changes = new Map(
          changes.map(([name, ref]) => [name, ref === null || typeof ref === 'number' ? ref : made[ref.inode]!]),
        );
    });
    for (const [entry, number] of owned) this.#owned.set(entry, made[number]!);
    this.#next = next;
    this.version++;
  }
}
