// The file system of one machine: the shared image, a copy-on-write layer of what this attacker changed, and virtual files above both.
import { SystemError } from './errno.ts';
import { FileHandle } from './file-handle.ts';
import type { Inode, Layer } from './layer.ts';
import type {
  Bytes,
  Credentials,
  DirectoryEntry,
  Errno,
  FileSystem,
  FileType,
  Mount,
  OpenFile,
  OpenFlags,
  Stat,
  Witness,
} from './machine.ts';
import { Pipe, PipeEnd } from './pipe.ts';
import type { Virtual } from './virtual.ts';
import { owe } from './work.ts';

/** Where a path leads: an entry of the image, an inode of the layer, or a virtual file. */
export type Ref = number | Inode | Virtual;

const READ = 4;
const WRITE = 2;
const SEARCH = 1;
/** A path is followed through at most so many symbolic links (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** What the file system asks of the machine around it. */
export interface FileSystemHost {
  now(): number;
  /** Somebody looks into /var/log. */
  looked(): void;
  /** The driver of a device file; undefined: ENXIO. */
  device(type: FileType, rdev: [number, number], path: Bytes, flags: OpenFlags, stat: () => Stat): OpenFile | undefined;
  mounts(): readonly Mount[];
  /** st_dev of what cannot be written to. */
  readonly readOnly: ReadonlySet<number>;
}

/** Who is calling, beyond credentials: /proc/self and /dev/tty depend on it, the witness hears of written files. */
export interface Caller {
  readonly pid: number;
  readonly witness: Witness;
  /** Path of the program it runs. */
  readonly executable: Bytes;
}

interface Place {
  /** Directory that holds, or would hold, the last component. */
  parent: Ref;
  name: Bytes;
  ref: Ref | undefined;
  /** Canonical. */
  path: Bytes;
  /** The path ended in a slash: only a directory will do. */
  slash: boolean;
}

const isVirtual = (ref: Ref): ref is Virtual => typeof ref !== 'number' && 'virtual' in ref;

/** Mount points by image, with a slash at their end: what is mounted where never changes. */
const noexecMounts = new WeakMap<object, readonly { below: Bytes; noexec: boolean }[]>();

export class LayeredFileSystem implements FileSystem {
  readonly layer: Layer;
  readonly #host: FileSystemHost;
  readonly #mounted: ReadonlyMap<number, Virtual>;
  /** Set by a process right before it calls; all calls are synchronous. */
  caller: Caller | undefined;
  #fifos: WeakMap<Inode, Pipe> | undefined;
  #fifoInode = 90_000;
  #preparing = false;

  /** `mounted`: virtual trees by the image entry they cover. */
  constructor(layer: Layer, mounted: ReadonlyMap<number, Virtual>, host: FileSystemHost) {
    this.layer = layer;
    this.#mounted = mounted;
    this.#host = host;
  }

  // ── Walking ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #walk(who: Credentials, at: Bytes, path: Bytes, follow: boolean): Place {
    if (path === '') throw new SystemError('ENOENT', path);
    if (path.length > 4095) throw new SystemError('ENAMETOOLONG', path);
    const full = path.charCodeAt(0) === 47 ? path : `${at}/${path}`;
    if (full.includes('/log')) this.#host.looked();
    const todo = full.split('/').reverse();
    const refs: Ref[] = [this.layer.root];
    const names: Bytes[] = [];
    const slash = path.endsWith('/');
    let links = 0;
    let parent: Ref = refs[0]!;
    let found = '';
    // A path may be as deep as an attacker made it.
    if (todo.length > 32) owe(todo.length >> 2);
    while (todo.length > 0) {
      const name = todo.pop()!;
      if (name === '' || name === '.') continue;
      const directory = refs[refs.length - 1]!;
      if (this.#type(directory) !== 'directory') throw new SystemError('ENOTDIR', path);
      this.#permit(who, directory, SEARCH, path);
      if (name === '..') {
        if (refs.length > 1) {
          refs.pop();
          names.pop();
        }
        parent = refs[refs.length - 1]!;
        found = '..';
        continue;
      }
      if (name.length > 255) throw new SystemError('ENAMETOOLONG', path);
      let last = true;
      for (let i = todo.length - 1; i >= 0 && last; i--) if (todo[i] !== '' && todo[i] !== '.') last = false;
      const ref = this.#lookup(directory, name);
      if (ref === undefined) {
        if (!last) throw new SystemError('ENOENT', path);
        return { parent: directory, name, ref, path: `${names.length ? '/' : ''}${names.join('/')}/${name}`, slash };
      }
      if (this.#type(ref) === 'symlink' && (!last || follow || slash)) {
        if (++links > MAX_LINKS) throw new SystemError('ELOOP', path);
        const jump = isVirtual(ref) ? ref.jump?.() : undefined;
        if (jump && 'file' in jump && last) {
          return { parent: directory, name, ref, path: jump.file.path, slash };
        }
        const target = isVirtual(ref) ? ref.target!(this.caller) : this.layer.target(ref);
        if (target === '') throw new SystemError('ENOENT', path);
        if (target.charCodeAt(0) === 47) {
          refs.length = 1;
          names.length = 0;
          parent = refs[0]!;
          found = '';
        }
        todo.push(...target.split('/').reverse());
        continue;
      }
      refs.push(ref);
      names.push(name);
      parent = directory;
      found = name;
    }
    return { parent, name: found, ref: refs[refs.length - 1], path: `/${names.join('/')}`, slash };
  }

  #lookup(directory: Ref, name: Bytes): Ref | undefined {
    if (isVirtual(directory)) return directory.lookup?.(name, this.caller);
    const ref = this.layer.child(directory, name);
    return typeof ref === 'number' && this.#mounted.size > 0 ? (this.#mounted.get(ref) ?? ref) : ref;
  }

  /** The place of something that must exist. */
  #find(who: Credentials, at: Bytes, path: Bytes, follow = true): Place & { ref: Ref } {
    const place = this.#walk(who, at, path, follow);
    if (place.ref === undefined) throw new SystemError('ENOENT', path);
    if (place.slash && !this.#jumps(place.ref) && this.#type(place.ref) !== 'directory')
      throw new SystemError('ENOTDIR', path);
    return place as Place & { ref: Ref };
  }

  #jumps(ref: Ref): OpenFile | undefined {
    if (!isVirtual(ref) || ref.type !== 'symlink') return undefined;
    const jump = ref.jump?.();
    return jump && 'file' in jump ? jump.file : undefined;
  }

  /** An entry of the image or inode of the layer that may be changed; virtual files may not. */
  #real(ref: Ref, errno: Errno, path: Bytes): number | Inode {
    if (isVirtual(ref)) throw new SystemError(errno, path);
    return ref;
  }

  #type(ref: Ref): FileType {
    return isVirtual(ref) ? ref.type : this.layer.type(ref);
  }

  // ── Permissions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #allowed(who: Credentials, ref: Ref, wanted: number, uid = who.euid, gid = who.egid): boolean {
    const m = isVirtual(ref) ? ref : this.layer.meta(ref);
    if (uid === 0) {
      if (!(wanted & SEARCH) || m.type === 'directory') return true;
      return (m.mode & 0o111) !== 0;
    }
    const shift = m.uid === uid ? 6 : m.gid === gid || who.groups.includes(m.gid) ? 3 : 0;
    return ((m.mode >> shift) & wanted) === wanted;
  }

  #permit(who: Credentials, ref: Ref, wanted: number, path: Bytes): void {
    if (wanted & WRITE) this.#permitWriting(ref, path);
    if (!this.#allowed(who, ref, wanted)) throw new SystemError('EACCES', path);
  }

  /** Of a file system that is mounted read-only nothing can be changed (fs/namei.c, sb_permission); devices and pipes on it can be used. */
  #closed(ref: Ref): boolean {
    const { readOnly } = this.#host;
    if (readOnly.size === 0 || this.#preparing || isVirtual(ref) || !readOnly.has(this.layer.device(ref))) return false;
    const type = this.layer.type(ref);
    return type === 'file' || type === 'directory' || type === 'symlink';
  }

  #permitWriting(ref: Ref, path: Bytes): void {
    if (this.#closed(ref)) throw new SystemError('EROFS', path);
  }

  /** What the machine itself puts in place, as if it had always been there: whatever is mounted read-only. */
  prepare<T>(work: () => T): T {
    this.#preparing = true;
    try {
      return work();
    } finally {
      this.#preparing = false;
    }
  }

  #owner(who: Credentials, ref: Ref): boolean {
    return who.euid === 0 || (isVirtual(ref) ? ref.uid : this.layer.meta(ref).uid) === who.euid;
  }

  /** May a name in this directory be taken away: write and search, and the sticky bit's rule. */
  #permitRemoval(who: Credentials, parent: Ref, ref: Ref, path: Bytes): void {
    this.#permit(who, parent, WRITE | SEARCH, path);
    const directory = isVirtual(parent) ? parent : this.layer.meta(parent);
    if (directory.mode & 0o1000 && who.euid !== 0 && directory.uid !== who.euid && !this.#owner(who, ref))
      throw new SystemError('EPERM', path);
    this.#permitChange(ref, path);
    if (this.#flag(parent, 'i') || this.#flag(parent, 'a')) throw new SystemError('EPERM', path);
  }

  /** chattr +i and +a forbid it to everyone, and so does a file system that is mounted read-only. */
  #permitChange(ref: Ref, path: Bytes): void {
    if (!isVirtual(ref) && this.#host.readOnly.has(this.layer.device(ref)) && !this.#preparing)
      throw new SystemError('EROFS', path);
    if (this.#flag(ref, 'i') || this.#flag(ref, 'a')) throw new SystemError('EPERM', path);
  }

  #flag(ref: Ref, flag: string): boolean {
    return typeof ref === 'object' && !isVirtual(ref) && (ref.flags?.has(flag) ?? false);
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #stat(ref: Ref): Stat {
    if (!isVirtual(ref)) return this.layer.stat(ref);
    const jump = this.#jumps(ref);
    return jump ? jump.stat() : ref.stat();
  }

  stat(who: Credentials, at: Bytes, path: Bytes, follow = true): Stat {
    const { ref } = this.#find(who, at, path, follow);
    return follow || !isVirtual(ref) ? this.#stat(ref) : ref.stat();
  }

  /** access(2): judged by the real ids. `mode`: 4 read, 2 write, 1 execute, 0 existence. */
  access(who: Credentials, at: Bytes, path: Bytes, mode: number): boolean {
    try {
      const place = this.#find(who, at, path);
      const { ref } = place;
      if (this.#jumps(ref)) return true;
      if (mode & WRITE && this.#closed(ref)) return false;
      if (mode & SEARCH && this.#type(ref) === 'file' && this.#noexec(place.path)) return false;
      return this.#allowed(who, ref, mode, who.uid, who.gid);
    } catch (error) {
      if (error instanceof SystemError) return false;
      throw error;
    }
  }

  realpath(who: Credentials, at: Bytes, path: Bytes): Bytes {
    return this.#find(who, at, path).path;
  }

  readlink(who: Credentials, at: Bytes, path: Bytes): Bytes {
    const { ref } = this.#find(who, at, path, false);
    if (this.#type(ref) !== 'symlink') throw new SystemError('EINVAL', path);
    return isVirtual(ref) ? ref.target!(this.caller) : this.layer.target(ref);
  }

  /** Without `.` and `..`; in a stable order that is not the alphabet's, as a hashed directory gives it. */
  readdir(who: Credentials, at: Bytes, path: Bytes): DirectoryEntry[] {
    const { ref } = this.#find(who, at, path);
    if (this.#type(ref) !== 'directory') throw new SystemError('ENOTDIR', path);
    this.#permit(who, ref, READ, path);
    return this.#list(ref);
  }

  #list(ref: Ref): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    if (isVirtual(ref)) {
      for (const name of ref.list?.(this.caller) ?? []) {
        const child = ref.lookup?.(name, this.caller);
        if (child) entries.push({ name, type: child.type, inode: child.inode });
      }
      return entries;
    }
    for (const [name, child] of this.layer.children(ref)) {
      if ((entries.length & 1023) === 1023) owe(512);
      const covered = typeof child === 'number' ? this.#mounted.get(child) : undefined;
      if (covered) entries.push({ name, type: 'directory', inode: covered.inode });
      else entries.push({ name, type: this.layer.type(child), inode: this.layer.inode(child) });
    }
    return entries;
  }

  /** Does a path lie on a file system that is mounted noexec? Not even root runs anything there. */
  #noexec(path: Bytes): boolean {
    let mounts = noexecMounts.get(this.layer.image);
    if (!mounts) {
      // The longest first: what is mounted below another counts.
      mounts = this.mounts()
        .map(({ target, options }) => ({
          below: target === '/' ? '/' : `${target}/`,
          noexec: /\bnoexec\b/.test(options),
        }))
        .sort((a, b) => b.below.length - a.below.length);
      noexecMounts.set(this.layer.image, mounts);
    }
    for (const { below, noexec } of mounts) if (path.startsWith(below)) return noexec;
    return false;
  }

  mounts(): readonly Mount[] {
    return this.#host.mounts();
  }

  // ── Opening ──────────────────────────────────────────────────────────────────────────────────────────────────────

  open(who: Credentials, at: Bytes, path: Bytes, flags: OpenFlags, mode = 0o666): OpenFile {
    const place = this.#walk(who, at, path, !flags.noFollow && !(flags.create && flags.exclusive));
    let { ref } = place;
    const writes = flags.write || flags.append || false;
    if (ref === undefined) {
      if (!flags.create) throw new SystemError('ENOENT', path);
      if (place.slash) throw new SystemError('EISDIR', path);
      const parent = this.#creatable(who, place, path);
      ref = this.layer.create(parent, place.name, 'file', mode & 0o7777, who, this.#host.now());
      return this.#handle(ref, place.path, flags);
    }
    const behind = this.#jumps(ref);
    if (behind) {
      if (behind.kind !== 'file' || !behind.path.startsWith('/')) return behind.retain();
      const again = behind as FileHandle;
      this.#permitOpen(who, again.node, flags, path);
      return this.#handle(again.node, behind.path, flags);
    }
    if (flags.create && flags.exclusive) throw new SystemError('EEXIST', path);
    const type = this.#type(ref);
    if (type === 'symlink') throw new SystemError('ELOOP', path);
    if (type === 'directory') {
      if (writes || flags.create) throw new SystemError('EISDIR', path);
    } else if (flags.directory || place.slash) throw new SystemError('ENOTDIR', path);
    this.#permitOpen(who, ref, flags, path);
    if (type === 'socket') throw new SystemError('ENXIO', path);
    if (isVirtual(ref)) {
      if (ref.open) return ref.open(flags, place.path);
      return this.#handle(ref, place.path, flags);
    }
    if (type === 'character' || type === 'block') {
      const file = this.#host.device(type, this.layer.rdev(ref), place.path, flags, () =>
        this.layer.stat(ref as number | Inode),
      );
      if (!file) throw new SystemError('ENXIO', path);
      return file;
    }
    if (type === 'fifo') return this.#fifo(this.layer.own(ref), place.path, flags);
    if (flags.truncate && writes && type === 'file') this.layer.truncate(ref, 0, this.#host.now());
    return this.#handle(ref, place.path, flags);
  }

  #permitOpen(who: Credentials, ref: Ref, flags: OpenFlags, path: Bytes): void {
    const writes = flags.write || flags.append;
    this.#permit(who, ref, (flags.read || !writes ? READ : 0) | (writes ? WRITE : 0), path);
    if (writes && this.#flag(ref, 'i')) throw new SystemError('EPERM', path);
    if (writes && this.#flag(ref, 'a') && (!flags.append || flags.truncate)) throw new SystemError('EPERM', path);
  }

  #handle(ref: Ref, path: Bytes, flags: OpenFlags): OpenFile {
    return new FileHandle(this.layer, ref, path, flags, this.#host.now, this.caller, () => this.#stat(ref));
  }

  #fifo(inode: Inode, path: Bytes, flags: OpenFlags): OpenFile {
    const fifos = (this.#fifos ??= new WeakMap());
    let pipe = fifos.get(inode);
    if (!pipe) fifos.set(inode, (pipe = new Pipe(this.#fifoInode++, true)));
    const writes = flags.write || flags.append || false;
    return new PipeEnd(pipe, flags.read ?? !writes, writes, path, () => this.layer.stat(inode));
  }

  // ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The directory in which a missing name may be made; otherwise the error a real system gives. */
  #creatable(who: Credentials, place: Place, path: Bytes): number | Inode {
    if (place.ref !== undefined) throw new SystemError('EEXIST', path);
    if (isVirtual(place.parent)) throw new SystemError(place.parent.readOnly ? 'EPERM' : 'ENOENT', path);
    if (!this.layer.attached(place.parent)) throw new SystemError('ENOENT', path);
    this.#permit(who, place.parent, WRITE | SEARCH, path);
    if (this.#flag(place.parent, 'i')) throw new SystemError('EPERM', path);
    return place.parent;
  }

  mkdir(who: Credentials, at: Bytes, path: Bytes, mode: number): void {
    const place = this.#walk(who, at, path, false);
    this.layer.create(this.#creatable(who, place, path), place.name, 'directory', mode & 0o1777, who, this.#host.now());
  }

  mknod(who: Credentials, at: Bytes, path: Bytes, mode: number, type: FileType, rdev?: [number, number]): void {
    const place = this.#walk(who, at, path, false);
    const parent = this.#creatable(who, place, path);
    if (place.slash) throw new SystemError('ENOENT', path);
    if ((type === 'character' || type === 'block') && who.euid !== 0) throw new SystemError('EPERM', path);
    const inode = this.layer.create(parent, place.name, type, mode & 0o7777, who, this.#host.now());
    if (rdev) inode.rdev = rdev;
  }

  symlink(who: Credentials, at: Bytes, target: Bytes, path: Bytes): void {
    if (target === '') throw new SystemError('ENOENT', path);
    const place = this.#walk(who, at, path, false);
    const parent = this.#creatable(who, place, path);
    if (place.slash) throw new SystemError('ENOENT', path);
    this.layer.create(parent, place.name, 'symlink', 0o777, who, this.#host.now()).target = target;
  }

  link(who: Credentials, at: Bytes, from: Bytes, to: Bytes): void {
    const source = this.#find(who, at, from, false);
    const place = this.#walk(who, at, to, false);
    const parent = this.#creatable(who, place, to);
    if (this.#type(source.ref) === 'directory') throw new SystemError('EPERM', from);
    const ref = this.#real(source.ref, 'EXDEV', to);
    if (this.layer.device(ref) !== this.layer.device(parent)) throw new SystemError('EXDEV', to);
    this.#permitChange(ref, from);
    // fs.protected_hardlinks = 1: not to others' files that one could not write oneself.
    if (!this.#owner(who, ref) && (this.#type(ref) !== 'file' || !this.#allowed(who, ref, READ | WRITE)))
      throw new SystemError('EPERM', to);
    this.layer.link(parent, place.name, ref, this.#host.now());
  }

  rmdir(who: Credentials, at: Bytes, path: Bytes): void {
    const base = path.replace(/\/+$/, '');
    if (base.endsWith('/.') || base === '.') throw new SystemError('EINVAL', path);
    const place = this.#find(who, at, path, false);
    if (base.endsWith('/..') || base === '..') throw new SystemError('ENOTEMPTY', path);
    if (this.#type(place.ref) !== 'directory') throw new SystemError('ENOTDIR', path);
    if (place.ref === this.layer.root) throw new SystemError('EBUSY', path);
    if (isVirtual(place.ref)) throw new SystemError(isVirtual(place.parent) ? 'EPERM' : 'EBUSY', path);
    this.#permitRemoval(who, place.parent, place.ref, path);
    if (this.#covers(place.ref)) throw new SystemError('EBUSY', path);
    if (!this.layer.empty(place.ref)) throw new SystemError('ENOTEMPTY', path);
    this.layer.remove(place.parent as number | Inode, place.name, this.#host.now());
  }

  /** Is something mounted there: the device changes below it. */
  #covers(ref: number | Inode): boolean {
    return ref !== this.layer.root && this.layer.mountPoint(ref);
  }

  unlink(who: Credentials, at: Bytes, path: Bytes): void {
    const place = this.#walk(who, at, path, false);
    if (place.ref === undefined) throw new SystemError('ENOENT', path);
    if (this.#type(place.ref) === 'directory') throw new SystemError('EISDIR', path);
    if (place.slash) throw new SystemError('ENOTDIR', path);
    if (isVirtual(place.ref)) throw new SystemError('EPERM', path);
    this.#permitRemoval(who, place.parent, place.ref, path);
    this.layer.remove(place.parent as number | Inode, place.name, this.#host.now());
  }

  rename(who: Credentials, at: Bytes, from: Bytes, to: Bytes): void {
    const source = this.#find(who, at, from, false);
    const target = this.#walk(who, at, to, false);
    for (const [place, path] of [
      [source, from],
      [target, to],
    ] as const)
      if (place.name === '' || place.name === '..' || /(^|\/)\.\/*$/.test(path)) throw new SystemError('EBUSY', path);
    if (isVirtual(source.ref) || isVirtual(target.parent)) throw new SystemError('EXDEV', to);
    const directory = this.#type(source.ref) === 'directory';
    this.#permitRemoval(who, source.parent, source.ref, from);
    if (this.layer.device(source.parent as Inode | number) !== this.layer.device(target.parent))
      throw new SystemError('EXDEV', to);
    if (directory && this.#covers(source.ref)) throw new SystemError('EBUSY', from);
    if (target.ref === undefined) {
      if (target.slash && !directory) throw new SystemError('ENOTDIR', to);
      this.#creatable(who, target, to);
    } else {
      if (isVirtual(target.ref)) throw new SystemError('EBUSY', to);
      this.#permitRemoval(who, target.parent, target.ref, to);
      const over = this.#type(target.ref) === 'directory';
      if (target.ref === source.ref) return;
      if (directory && !over) throw new SystemError('ENOTDIR', to);
      if (!directory && over) throw new SystemError(target.slash ? 'ENOTDIR' : 'EISDIR', to);
      if (over && !this.layer.empty(target.ref)) throw new SystemError('ENOTEMPTY', to);
    }
    if (directory && `${target.path}/`.startsWith(`${source.path}/`)) throw new SystemError('EINVAL', to);
    this.layer.move(source.parent as number | Inode, source.name, target.parent, target.name, this.#host.now());
  }

  truncate(who: Credentials, at: Bytes, path: Bytes, size: number): void {
    const { ref } = this.#find(who, at, path);
    if (this.#type(ref) === 'directory') throw new SystemError('EISDIR', path);
    if (size < 0 || this.#type(ref) !== 'file') throw new SystemError('EINVAL', path);
    this.#permitOpen(who, ref, { write: true }, path);
    if (!isVirtual(ref)) this.layer.truncate(ref, size, this.#host.now());
  }

  chmod(who: Credentials, at: Bytes, path: Bytes, mode: number, follow = true): void {
    const { ref } = this.#find(who, at, path, follow);
    const real = this.#real(this.#refBehind(ref), 'EPERM', path);
    if (!this.#owner(who, real)) throw new SystemError('EPERM', path);
    this.#permitChange(real, path);
    const { gid } = this.layer.meta(real);
    const keeps = who.euid === 0 || gid === who.egid || who.groups.includes(gid);
    this.layer.change(real, { mode: mode & (keeps ? 0o7777 : 0o5777) }, this.#host.now());
  }

  /** Behind /proc/self/fd/N stands the file itself. */
  #refBehind(ref: Ref): Ref {
    const file = this.#jumps(ref);
    return file instanceof FileHandle ? file.node : ref;
  }

  /** `uid` or `gid` -1: left as it is. */
  chown(who: Credentials, at: Bytes, path: Bytes, uid: number, gid: number, follow = true): void {
    const { ref } = this.#find(who, at, path, follow);
    const real = this.#real(this.#refBehind(ref), 'EPERM', path);
    const meta = this.layer.meta(real);
    if (who.euid !== 0) {
      const mine = meta.uid === who.euid && (uid === -1 || uid === meta.uid);
      if (!mine || (gid !== -1 && gid !== who.egid && !who.groups.includes(gid))) throw new SystemError('EPERM', path);
    }
    this.#permitChange(real, path);
    // The kernel takes set-id bits off a file that changes hands.
    const mode = meta.type === 'file' && meta.mode & 0o111 ? meta.mode & 0o1777 : meta.mode;
    this.layer.change(
      real,
      { uid: uid === -1 ? meta.uid : uid, gid: gid === -1 ? meta.gid : gid, mode },
      this.#host.now(),
    );
  }

  utimes(who: Credentials, at: Bytes, path: Bytes, atime: number, mtime: number, follow = true): void {
    const { ref } = this.#find(who, at, path, follow);
    const behind = this.#refBehind(ref);
    if (isVirtual(behind)) return;
    if (!this.#owner(who, behind) && !this.#allowed(who, behind, WRITE)) throw new SystemError('EACCES', path);
    this.#permitChange(behind, path);
    this.layer.change(behind, { atime, mtime }, this.#host.now());
  }

  /** As if a file had been what it is since `time` (milliseconds): for what the machine itself puts in place. */
  backdate(path: Bytes, time: number): void {
    const { ref } = this.#find({ uid: 0, gid: 0, euid: 0, egid: 0, groups: [] }, '/', path);
    const inode = this.layer.own(this.#real(ref, 'EPERM', path));
    inode.atime = inode.mtime = inode.ctime = time;
  }

  attributes(who: Credentials, at: Bytes, path: Bytes): Set<string> {
    const { ref } = this.#find(who, at, path);
    const real = this.#real(ref, 'ENOTTY', path);
    const type = this.#type(real);
    if (type !== 'file' && type !== 'directory') throw new SystemError('ENOTTY', path);
    const flags = new Set<string>(typeof real === 'object' ? real.flags : undefined);
    return flags.add('e');
  }

  setAttributes(who: Credentials, at: Bytes, path: Bytes, flags: Set<string>): void {
    const { ref } = this.#find(who, at, path);
    const real = this.#real(ref, 'ENOTTY', path);
    if (!this.#owner(who, real)) throw new SystemError('EPERM', path);
    this.#permitWriting(real, path);
    const before = this.attributes(who, at, path);
    for (const flag of 'ia')
      if (flags.has(flag) !== before.has(flag) && who.euid !== 0) throw new SystemError('EPERM', path);
    const inode = this.layer.own(real);
    inode.flags = new Set([...flags].filter((flag) => flag !== 'e'));
    inode.ctime = this.#host.now();
  }

  // ── For execve ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The program file at a path, with what execve(2) checks before it looks inside. */
  executable(
    who: Credentials,
    at: Bytes,
    path: Bytes,
  ): { ref: Ref; path: Bytes; stat: Stat; read(offset: number, max: number): Bytes } {
    const place = this.#find(who, at, path);
    const stat = this.#stat(place.ref);
    if (stat.type !== 'file') throw new SystemError('EACCES', path);
    this.#permit(who, place.ref, SEARCH, path);
    if (this.#noexec(place.path)) throw new SystemError('EACCES', path);
    const { ref } = place;
    const read = isVirtual(ref) ? () => '' : (offset: number, max: number) => this.layer.read(ref, offset, max);
    return { ref, path: place.path, stat, read };
  }
}
