// An open regular file, directory or virtual file: a position in it, shared by all descriptors that refer to it.
import { SystemError } from './errno.ts';
import type { Caller, Ref } from './filesystem.ts';
import type { Inode, Layer } from './layer.ts';
import type { Bytes, OpenFile, OpenFlags, Stat, Witness } from './machine.ts';
import type { Looker, Virtual } from './virtual.ts';

export class FileHandle implements OpenFile {
  readonly kind: 'file' | 'directory';
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #path: Bytes;
  readonly #layer: Layer;
  #ref: Ref;
  readonly #append: boolean;
  readonly #now: () => number;
  readonly #witness: Witness | undefined;
  readonly #program: Bytes;
  readonly #stat: () => Stat;
  #position = 0;
  #references = 1;
  #written = false;
  /** A virtual file's content, made at the first read. */
  #made: Bytes | undefined;

  constructor(
    layer: Layer,
    ref: Ref,
    path: Bytes,
    flags: OpenFlags,
    now: () => number,
    caller: Caller | undefined,
    stat: () => Stat,
  ) {
    this.#layer = layer;
    this.#ref = ref;
    this.#path = path;
    this.#append = flags.append ?? false;
    this.writable = (flags.write ?? false) || this.#append;
    this.readable = flags.read ?? !this.writable;
    this.#now = now;
    this.#witness = caller?.witness;
    this.#program = caller?.executable ?? '';
    this.#stat = stat;
    const type = typeof ref === 'object' && 'virtual' in ref ? ref.type : layer.type(ref as number | Inode);
    this.kind = type === 'directory' ? 'directory' : 'file';
    if (typeof ref === 'object' && !('virtual' in ref)) layer.opened(ref);
    this.#written = this.writable && (flags.truncate ?? false);
  }

  /** What it is open on. */
  get node(): Ref {
    return this.#ref;
  }

  get path(): Bytes {
    const gone = typeof this.#ref === 'object' && !('virtual' in this.#ref) && this.#ref.links === 0;
    return gone ? `${this.#path} (deleted)` : this.#path;
  }

  #virtual(): Virtual | undefined {
    return typeof this.#ref === 'object' && 'virtual' in this.#ref ? this.#ref : undefined;
  }

  read(max: number): Bytes {
    if (!this.readable) throw new SystemError('EBADF');
    if (this.kind === 'directory') throw new SystemError('EISDIR');
    const virtual = this.#virtual();
    let data: Bytes;
    if (virtual) {
      this.#made ??= virtual.content?.(this.#looker) ?? '';
      data = this.#made.slice(this.#position, this.#position + max);
    } else data = this.#layer.read(this.#ref as number | Inode, this.#position, max);
    this.#position += data.length;
    return data;
  }

  /** Who opened it: decides what /proc/self is. */
  #looker: Looker | undefined;

  openedBy(looker: Looker | undefined): this {
    this.#looker = looker;
    return this;
  }

  write(data: Bytes): number {
    if (!this.writable) throw new SystemError('EBADF');
    const virtual = this.#virtual();
    if (virtual) {
      if (!virtual.take) throw new SystemError('EINVAL');
      virtual.take(data);
      return data.length;
    }
    const inode = this.#own();
    if (this.#append) this.#position = inode.content!.size;
    if (data === '') return 0;
    this.#written = true;
    this.#layer.write(inode, this.#position, data, this.#now());
    this.#position += data.length;
    return data.length;
  }

  #own(): Inode {
    const ref = this.#ref as number | Inode;
    if (typeof ref === 'object') return ref;
    const inode = this.#layer.own(ref);
    this.#ref = inode;
    this.#layer.opened(inode);
    return inode;
  }

  /** A regular file never makes anyone wait. */
  onReadable(wake: () => void): () => void {
    const immediate = setImmediate(wake);
    return () => clearImmediate(immediate);
  }

  onWritable(wake: () => void): () => void {
    return this.onReadable(wake);
  }

  seek(offset: number, from: 'start' | 'current' | 'end'): number {
    const size = from === 'end' ? this.stat().size : 0;
    const position = offset + (from === 'start' ? 0 : from === 'current' ? this.#position : size);
    if (position < 0 || position > Number.MAX_SAFE_INTEGER) throw new SystemError('EINVAL');
    this.#position = position;
    return position;
  }

  stat(): Stat {
    if (typeof this.#ref === 'object' && !('virtual' in this.#ref)) return this.#layer.stat(this.#ref);
    return this.#stat();
  }

  truncate(size: number): void {
    if (!this.writable || this.#virtual()) throw new SystemError('EINVAL');
    this.#written = true;
    this.#layer.truncate(this.#own(), size, this.#now());
  }

  retain(): OpenFile {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references !== 0) return;
    const ref = this.#ref;
    if (typeof ref !== 'object' || 'virtual' in ref) return;
    const { content } = ref;
    if (this.#written && this.#witness && !this.#copiesOwnBinary(content)) {
      this.#witness.written(
        this.#path,
        () => Buffer.from(content?.read(0, Math.min(content.size, 64 << 20)) ?? '', 'latin1'),
        this.#program.slice(this.#program.lastIndexOf('/') + 1),
      );
    }
    this.#layer.closed(ref);
  }

  /** A copy of a program of the machine is nothing that was brought along. */
  #copiesOwnBinary(content: Inode['content']): boolean {
    return (
      content !== undefined &&
      content.read(0, 4) === '\x7fELF' &&
      this.#layer.image.binaryLike(content.size, (offset, max) => content.read(offset, max)) !== undefined
    );
  }
}
