// The handles of one SFTP session: four bytes each, numbers used again from the last one given back, as OpenSSH's server gives them.
import type { Bytes, DirectoryEntry, OpenFile } from '../../machine/machine.ts';
import { u32 } from './codec.ts';

export type Handle =
  | { kind: 'file'; path: Bytes; descriptor: number; file: OpenFile; append: boolean }
  | { kind: 'directory'; path: Bytes; descriptor: number; entries: readonly DirectoryEntry[]; next: number };

export class Handles {
  readonly #handles: (Handle | undefined)[] = [];
  readonly #free: number[] = [];

  /** As it goes to the client. */
  add(handle: Handle): Bytes {
    const number = this.#free.pop() ?? this.#handles.length;
    this.#handles[number] = handle;
    return u32(number);
  }

  get(handle: Bytes): Handle | undefined {
    return this.#handles[number(handle)];
  }

  file(handle: Bytes): (Handle & { kind: 'file' }) | undefined {
    const found = this.get(handle);
    return found?.kind === 'file' ? found : undefined;
  }

  remove(handle: Bytes): void {
    this.#handles[number(handle)] = undefined;
    this.#free.push(number(handle));
  }
}

const number = (handle: Bytes): number =>
  handle.length === 4
    ? ((handle.charCodeAt(0) << 24) |
        (handle.charCodeAt(1) << 16) |
        (handle.charCodeAt(2) << 8) |
        handle.charCodeAt(3)) >>>
      0
    : -1;
