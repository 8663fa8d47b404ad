// Pipes and FIFOs: 64 KiB between a writer and a reader, each waiting for the other (pipe(7)).
import { SystemError } from './errno.ts';
import type { Bytes, OpenFile, Stat } from './machine.ts';
import { Waiters } from './waiters.ts';

export const PIPE_CAPACITY = 65536;

/** The queue between the two ends. */
export class Pipe {
  readonly inode: number;
  #chunks: Bytes[] = [];
  #length = 0;
  readers = 0;
  writers = 0;
  /** A FIFO opened for reading waits for its first writer; a pipe has had one. */
  hadWriter: boolean;
  readonly readable = new Waiters();
  readonly writable = new Waiters();

  constructor(inode: number, fifo = false) {
    this.inode = inode;
    this.hadWriter = !fifo;
  }

  get length(): number {
    return this.#length;
  }

  /** Nothing is there, and somebody may still write it. */
  get blocksReader(): boolean {
    return this.#length === 0 && !(this.writers === 0 && this.hadWriter);
  }

  read(max: number): Bytes | undefined {
    if (this.#length === 0) return this.blocksReader ? undefined : '';
    let data = this.#chunks[0]!;
    if (data.length <= max) {
      let n = 1;
      for (let length = data.length; n < this.#chunks.length; n++) {
        length += this.#chunks[n]!.length;
        if (length > max) break;
      }
      data = n === 1 ? data : this.#chunks.slice(0, n).join('');
      this.#chunks.splice(0, n);
      const next = this.#chunks[0];
      const missing = max - data.length;
      if (next !== undefined && missing > 0) {
        data += next.slice(0, missing);
        this.#chunks[0] = next.slice(missing);
      }
    } else {
      this.#chunks[0] = data.slice(max);
      data = data.slice(0, max);
    }
    this.#length -= data.length;
    this.writable.wake();
    return data;
  }

  /** Throws EPIPE when nobody can read it any more. Up to 4096 bytes go whole or not at all, as PIPE_BUF promises. */
  write(data: Bytes): number | undefined {
    if (this.readers === 0) throw new SystemError('EPIPE');
    const room = PIPE_CAPACITY - this.#length;
    if (room === 0 || (data.length <= 4096 && data.length > room)) return undefined;
    const taken = data.length <= room ? data : data.slice(0, room);
    if (taken === '') return 0;
    this.#chunks.push(taken);
    this.#length += taken.length;
    // Many tiny writes must not become many tiny strings.
    if (this.#chunks.length > 256) this.#chunks = [this.#chunks.join('')];
    this.readable.wake();
    return taken.length;
  }
}

/** One end, or both, of a pipe: an open file description. */
export class PipeEnd implements OpenFile {
  readonly kind: OpenFile['kind'] = 'pipe';
  readonly path: Bytes;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #pipe: Pipe;
  readonly #stat: (() => Stat) | undefined;
  #references = 1;

  /** `stat` answers for the FIFO's own inode. */
  constructor(pipe: Pipe, readable: boolean, writable: boolean, path = `pipe:[${pipe.inode}]`, stat?: () => Stat) {
    this.#pipe = pipe;
    this.readable = readable;
    this.writable = writable;
    this.path = path;
    this.#stat = stat;
    if (readable) {
      pipe.readers++;
      pipe.writable.wake();
    }
    if (writable) {
      pipe.writers++;
      pipe.hadWriter = true;
    }
  }

  read(max: number): Bytes | undefined {
    if (!this.readable) throw new SystemError('EBADF');
    return this.#pipe.read(max);
  }

  write(data: Bytes): number | undefined {
    if (!this.writable) throw new SystemError('EBADF');
    return this.#pipe.write(data);
  }

  onReadable(wake: () => void): () => void {
    if (this.#pipe.blocksReader) return this.#pipe.readable.add(wake);
    wake();
    return () => {};
  }

  onWritable(wake: () => void): () => void {
    return this.#pipe.writable.add(wake);
  }

  seek(): number {
    throw new SystemError('ESPIPE');
  }

  truncate(): void {
    throw new SystemError('EINVAL');
  }

  stat(): Stat {
    return (
      this.#stat?.() ?? {
        device: 13,
        inode: this.#pipe.inode,
        type: 'fifo',
        mode: 0o600,
        links: 1,
        uid: 0,
        gid: 0,
        size: 0,
        blocks: 0,
        atime: 0,
        mtime: 0,
        ctime: 0,
      }
    );
  }

  retain(): OpenFile {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references !== 0) return;
    if (this.readable && --this.#pipe.readers === 0) this.#pipe.writable.wake();
    if (this.writable && --this.#pipe.writers === 0) this.#pipe.readable.wake();
  }
}
