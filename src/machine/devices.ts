// The character devices behind /dev: null, zero, full, random, tty.
import { randomFillSync } from 'node:crypto';
import type { Computer } from './computer.ts';
import { SystemError } from './errno.ts';
import type { Bytes, FileType, OpenFile, OpenFlags, Stat } from './machine.ts';
import type { Proc } from './process.ts';

export class DeviceFiles {
  readonly #machine: Computer;

  constructor(machine: Computer) {
    this.#machine = machine;
  }

  /** The driver of a device number; undefined: there is none (ENXIO). */
  open(type: FileType, [major, minor]: [number, number], path: Bytes, flags: OpenFlags): OpenFile | undefined {
    if (type === 'block')
      return new Device(
        this.#machine,
        path,
        flags,
        () => '',
        (data) => data.length,
      );
    if (major === 1) {
      switch (minor) {
        case 3:
          return new Device(
            this.#machine,
            path,
            flags,
            () => '',
            (data) => data.length,
          );
        case 5:
          return new Device(
            this.#machine,
            path,
            flags,
            (max) => '\0'.repeat(max),
            (data) => data.length,
          );
        case 7:
          return new Device(
            this.#machine,
            path,
            flags,
            (max) => '\0'.repeat(max),
            () => {
              throw new SystemError('ENOSPC');
            },
          );
        case 8:
        case 9:
          return new Device(
            this.#machine,
            path,
            flags,
            (max) => randomFillSync(Buffer.allocUnsafe(max)).toString('latin1'),
            (data) => data.length,
          );
        case 1:
          throw new SystemError('EPERM', path);
        case 11:
          return new Device(
            this.#machine,
            path,
            flags,
            () => '',
            (data) => data.length,
          );
      }
      return undefined;
    }
    if (major === 5) {
      if (minor === 0) {
        const terminal = (this.#machine.filesystem.caller as Proc | undefined)?.terminal;
        if (!terminal) throw new SystemError('ENXIO', path);
        return terminal.open();
      }
      return new Device(
        this.#machine,
        path,
        flags,
        () => '',
        (data) => data.length,
      );
    }
    if (major === 4)
      return new Device(
        this.#machine,
        path,
        flags,
        () => '',
        (data) => data.length,
      );
    return undefined;
  }
}

class Device implements OpenFile {
  readonly kind = 'device';
  readonly path: Bytes;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #machine: Computer;
  readonly #read: (max: number) => Bytes;
  readonly #write: (data: Bytes) => number;

  constructor(
    machine: Computer,
    path: Bytes,
    flags: OpenFlags,
    read: (max: number) => Bytes,
    write: (data: Bytes) => number,
  ) {
    this.#machine = machine;
    this.path = path;
    this.readable = flags.read ?? false;
    this.writable = flags.write ?? false;
    this.#read = read;
    this.#write = write;
  }

  read(max: number): Bytes {
    if (!this.readable) throw new SystemError('EBADF');
    return this.#read(Math.min(max, 65536));
  }

  write(data: Bytes): number {
    if (!this.writable) throw new SystemError('EBADF');
    return this.#write(data);
  }

  onReadable(wake: () => void): () => void {
    wake();
    return () => {};
  }

  onWritable(wake: () => void): () => void {
    wake();
    return () => {};
  }

  seek(): number {
    return 0;
  }

  stat(): Stat {
    return this.#machine.filesystem.stat({ uid: 0, gid: 0, euid: 0, egid: 0, groups: [] }, '/', this.path);
  }

  truncate(): void {}

  retain(): OpenFile {
    return this;
  }

  release(): void {}
}
