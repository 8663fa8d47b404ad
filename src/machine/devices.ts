// What stands behind the device files of /dev: null, zero, full, random, the terminals, the disk.
import { randomFillSync } from 'node:crypto';
import { SystemError } from './errno.ts';
import { fill, hash } from './filler.ts';
import type { Bytes, OpenFile, OpenFlags, Stat } from './machine.ts';

/** How a device answers; a read of '' is its end. */
interface Driver {
  read(offset: number, max: number): Bytes;
  write(data: Bytes): number;
  /** Bytes of a block device. */
  size?: number;
}

const swallow = (data: Bytes) => data.length;
const nothing: Driver = { read: () => '', write: swallow };
const zeros = (_: number, max: number) => '\0'.repeat(max);
const full = (): never => {
  throw new SystemError('ENOSPC');
};
const random: Driver = {
  read: (_, max) => randomFillSync(Buffer.allocUnsafe(max)).toString('latin1'),
  write: swallow,
};

/** Documentation/admin-guide/devices.txt: `major:minor` of character devices. */
const CHARACTER: Readonly<Record<string, Driver>> = {
  '1:3': nothing,
  '1:5': { read: zeros, write: swallow },
  '1:7': { read: zeros, write: full },
  '1:8': random,
  '1:9': random,
  '1:11': nothing,
  '5:1': nothing,
};

/** One read takes at most so much. */
const MOST = 65536;

/** Opens a character device; undefined: no such device (ENXIO). `terminal`: the caller's own, for /dev/tty. */
export function openCharacterDevice(
  [major, minor]: [number, number],
  path: Bytes,
  flags: OpenFlags,
  stat: () => Stat,
  terminal: (() => OpenFile) | undefined,
): OpenFile | undefined {
  if (major === 5 && minor === 0) return terminal?.();
  // /dev/mem and /dev/port: the kernel is locked down.
  if (major === 1 && (minor === 1 || minor === 4)) throw new SystemError('EPERM', path);
  const driver = CHARACTER[`${major}:${minor}`] ?? (major === 4 ? nothing : undefined);
  return driver && new Device(driver, path, flags, stat);
}

/** Opens a disk of `size` bytes: readable, never what the files say, and patient with those who overwrite it. */
export function openDisk(seed: string, size: number, path: Bytes, flags: OpenFlags, stat: () => Stat): OpenFile {
  const read = (offset: number, max: number): Bytes => {
    const target = Buffer.allocUnsafe(Math.max(0, Math.min(max, size - offset)));
    fill(target, offset, hash(seed), false);
    // A boot sector ends like this.
    for (const [at, byte] of [
      [510, 0x55],
      [511, 0xaa],
    ] as const)
      if (at >= offset && at < offset + target.length) target[at - offset] = byte;
    return target.toString('latin1');
  };
  return new Device({ read, write: swallow, size }, path, flags, stat);
}

class Device implements OpenFile {
  readonly kind = 'device';
  readonly path: Bytes;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #driver: Driver;
  readonly #stat: () => Stat;
  #position = 0;

  constructor(driver: Driver, path: Bytes, flags: OpenFlags, stat: () => Stat) {
    this.path = path;
    this.writable = flags.write || flags.append || false;
    this.readable = flags.read ?? !this.writable;
    this.#driver = driver;
    this.#stat = stat;
  }

  read(max: number): Bytes {
    if (!this.readable) throw new SystemError('EBADF');
    const data = this.#driver.read(this.#position, Math.min(max, MOST));
    if (this.#driver.size !== undefined) this.#position += data.length;
    return data;
  }

  write(data: Bytes): number {
    if (!this.writable) throw new SystemError('EBADF');
    const { size } = this.#driver;
    if (size === undefined) return this.#driver.write(data);
    if (this.#position >= size) throw new SystemError('ENOSPC');
    const taken = Math.min(data.length, size - this.#position);
    this.#position += taken;
    return taken;
  }

  /** A device never makes anyone wait. */
  onReadable(wake: () => void): () => void {
    const immediate = setImmediate(wake);
    return () => clearImmediate(immediate);
  }

  onWritable(wake: () => void): () => void {
    return this.onReadable(wake);
  }

  seek(offset: number, from: 'start' | 'current' | 'end'): number {
    const { size } = this.#driver;
    if (size === undefined) return 0;
    const position = offset + (from === 'start' ? 0 : from === 'current' ? this.#position : size);
    if (position < 0) throw new SystemError('EINVAL');
    this.#position = position;
    return position;
  }

  stat(): Stat {
    return this.#stat();
  }

  truncate(): void {
    throw new SystemError('EINVAL');
  }

  retain(): OpenFile {
    return this;
  }

  release(): void {}
}
