// What a changed file holds: 64 KiB chunks of its own over an unchanged base, holes between them.
import type { Image } from './image.ts';
import type { Bytes } from './machine.ts';

const CHUNK = 65536;

/** Asked before bytes are taken (positive) and told when they are given back (negative); throws ENOSPC. */
export type Charge = (bytes: number) => void;

/** The content of one file of the overlay. Sizes and offsets in bytes. */
export class Content {
  size: number;
  /** Bytes of the base that still show through where there is no chunk. */
  #baseSize: number;
  readonly #base: number;
  readonly #image: Image;
  #chunks: Map<number, Buffer> | undefined;
  /** Bytes held in memory, as charged. */
  held = 0;
  /** Changes with every write: what /proc and caches compare. */
  version = 0;

  /** `base` is the image's entry below it, or -1. */
  constructor(image: Image, base = -1) {
    this.#image = image;
    this.#base = base;
    this.#baseSize = this.size = base >= 0 ? image.size[base]! : 0;
  }

  read(offset: number, max: number): Bytes {
    const end = Math.min(this.size, offset + max);
    if (end <= offset) return '';
    if (!this.#chunks && end <= this.#baseSize) return this.#image.content(this.#base, offset, end - offset);
    const target = Buffer.allocUnsafe(end - offset);
    for (let at = offset; at < end; ) {
      const stop = Math.min(end, at - (at % CHUNK) + CHUNK);
      this.#copy(at, target.subarray(at - offset, stop - offset));
      at = stop;
    }
    return target.toString('latin1');
  }

  /** Copies from one chunk only. */
  #copy(at: number, target: Buffer): void {
    const chunk = this.#chunks?.get(Math.floor(at / CHUNK));
    if (chunk) {
      const start = at % CHUNK;
      const copied = start < chunk.length ? chunk.copy(target, 0, start) : 0;
      target.fill(0, copied);
      return;
    }
    const shown = Math.max(0, Math.min(this.#baseSize - at, target.length));
    if (shown > 0) this.#image.copy(this.#base, at, target.subarray(0, shown));
    target.fill(0, shown);
  }

  /** Writes all of `data` at `offset`. */
  write(offset: number, data: Bytes, charge: Charge): void {
    this.version++;
    for (let done = 0; done < data.length; ) {
      const at = offset + done;
      const part = Math.min(data.length - done, CHUNK - (at % CHUNK));
      this.#chunk(at, (at % CHUNK) + part, charge).write(data.slice(done, done + part), at % CHUNK, 'latin1');
      done += part;
      if (at + part > this.size) this.size = at + part;
    }
  }

  /** The chunk at an offset, at least `length` long, holding what was visible there. */
  #chunk(at: number, length: number, charge: Charge): Buffer {
    this.#chunks ??= new Map();
    const number = Math.floor(at / CHUNK);
    const old = this.#chunks.get(number);
    if (old && old.length >= length) return old;
    const start = number * CHUNK;
    const visible = old ? old.length : Math.max(0, Math.min(CHUNK, this.#baseSize - start));
    const wanted = Math.max(length, visible);
    // A file that grows by appending doubles its last chunk; one that is written once holds what it needs.
    const capacity = old ? Math.min(CHUNK, Math.max(wanted, old.length * 2)) : wanted;
    charge(capacity - (old?.length ?? 0));
    this.held += capacity - (old?.length ?? 0);
    const chunk = Buffer.from(new ArrayBuffer(capacity));
    if (old) old.copy(chunk);
    else if (visible > 0) this.#image.copy(this.#base, start, chunk.subarray(0, visible));
    this.#chunks.set(number, chunk);
    return chunk;
  }

  truncate(size: number, charge: Charge): void {
    this.version++;
    if (size < this.size && this.#chunks) {
      const last = Math.floor(size / CHUNK);
      for (const [number, chunk] of this.#chunks) {
        if (number > last || (number === last && size % CHUNK === 0)) {
          this.#chunks.delete(number);
          this.held -= chunk.length;
          charge(-chunk.length);
        } else if (number === last) chunk.fill(0, Math.min(chunk.length, size % CHUNK));
      }
    }
    this.#baseSize = Math.min(this.#baseSize, size);
    this.size = size;
  }

  /** Gives back everything charged. */
  free(charge: Charge): void {
    charge(-this.held);
    this.held = 0;
    this.#chunks = undefined;
  }

  /** Blocks of 512 bytes, as st_blocks counts them: holes take none. */
  get blocks(): number {
    const own = Math.ceil(this.held / 4096) * 8;
    return this.#base >= 0 ? Math.max(own, Math.ceil(this.#baseSize / 4096) * 8) : own;
  }

  /** True while only the image's bytes show. */
  get unchanged(): boolean {
    return this.#base >= 0 && !this.#chunks && this.size === this.#image.size[this.#base];
  }

  get base(): number {
    return this.#base;
  }

  /** For keeping: what lies over the base. */
  save(): { base: number; baseSize: number; size: number; chunks: [number, Buffer][] } {
    return { base: this.#base, baseSize: this.#baseSize, size: this.size, chunks: [...(this.#chunks ?? [])] };
  }

  static restore(image: Image, saved: ReturnType<Content['save']>, charge: Charge): Content {
    const content = new Content(image, saved.base);
    content.size = saved.size;
    content.#baseSize = saved.baseSize;
    for (const [number, bytes] of saved.chunks) {
      charge(bytes.length);
      content.held += bytes.length;
      (content.#chunks ??= new Map()).set(number, bytes);
    }
    return content;
  }
}
