// The vault: what attackers bring is kept once, named by its SHA-256, never executable, within limits of bytes and disk.
import { createHash, type Hash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface VaultLimits {
  /** Bytes kept of one artefact; what comes after is hashed no more and `truncated` says so. */
  artefactBytes: number;
  /** Bytes of all artefacts together. */
  totalBytes: number;
  /** Free bytes on the disk below which nothing is kept. */
  diskReserve: number;
  /** Free bytes of the file system that holds `directory`. */
  freeBytes?: (directory: string) => number;
}

/** A finished artefact. */
export interface Kept {
  /** SHA-256 of the content (of the part below the limit when truncated). */
  shasum: string;
  /** Path as it goes into events: `<directory>/<sha256>`. */
  outfile: string;
  bytes: number;
  /** The vault already had it. */
  duplicate: boolean;
  truncated: boolean;
  /** False when a limit or the disk allowed the hash only. */
  stored: boolean;
}

/** One artefact being received. Exactly one of `finish` and `abort` ends it; neither throws. */
export interface Deposit {
  /** False when the limit of one artefact is reached: no more is taken. */
  write(chunk: Uint8Array): boolean;
  finish(): Kept;
  abort(): void;
}

/** Whether a file is there; if so, its time becomes now, for retention goes by when something came last. */
export function comesAgain(path: string): boolean {
  try {
    utimesSync(path, new Date(), new Date());
    return true;
  } catch {
    return existsSync(path);
  }
}

const freeBytes = (directory: string): number => {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
};
const CHECK_EVERY = 1 << 20;

export class Vault {
  readonly directory: string;
  readonly #limits: Required<VaultLimits>;
  #total = 0;

  /** Counts what is there and removes temporary files of a process that died. */
  constructor(directory: string, limits: VaultLimits) {
    this.directory = directory;
    this.#limits = { freeBytes, ...limits };
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (name.startsWith('tmp-')) unlinkSync(path);
      else this.#total += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    }
  }

  /** Bytes of all artefacts. */
  get bytes(): number {
    return this.#total;
  }

  /** Counts anew what is there: retention removes artefacts behind the back of whoever adds them. */
  async recount(): Promise<void> {
    const before = this.#total;
    let total = 0;
    try {
      for await (const { name } of await opendir(this.directory))
        if (!name.startsWith('tmp-'))
          total += (await stat(join(this.directory, name)).catch(() => undefined))?.size ?? 0;
    } catch {
      return; // a vanished directory is made again with the next artefact
    }
    // What came meanwhile was counted as it came.
    this.#total = total + (this.#total - before);
  }

  has(shasum: string): boolean {
    return /^[0-9a-f]{64}$/.test(shasum) && existsSync(join(this.directory, shasum));
  }

  /** Begins an artefact. Disk trouble is no error: the artefact is then only hashed. */
  deposit(): Deposit {
    const temporary = join(this.directory, `tmp-${randomBytes(8).toString('hex')}`);
    const hash: Hash = createHash('sha256');
    let fd: number | undefined;
    let bytes = 0;
    let unchecked = CHECK_EVERY;
    let truncated = false;
    let refused = false;

    const discard = () => {
      if (fd === undefined) return;
      try {
        closeSync(fd);
      } catch {}
      try {
        unlinkSync(temporary);
      } catch {}
      fd = undefined;
    };
    const store = (chunk: Uint8Array) => {
      if (refused) return;
      try {
        if ((unchecked += chunk.length) >= CHECK_EVERY) {
          unchecked = 0;
          mkdirSync(this.directory, { recursive: true, mode: 0o700 });
          if (this.#limits.freeBytes(this.directory) < this.#limits.diskReserve)
            throw new Error('disk reserve reached');
        }
        if (this.#total + bytes + chunk.length > this.#limits.totalBytes) throw new Error('vault is full');
        fd ??= openSync(temporary, 'wx', 0o600);
        for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
      } catch {
        refused = true;
        discard();
      }
    };

    return {
      write: (chunk) => {
        const room = this.#limits.artefactBytes - bytes;
        if (chunk.length > room) truncated = true;
        const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
        if (part.length > 0) {
          hash.update(part);
          store(part);
          bytes += part.length;
        }
        return !truncated;
      },
      finish: () => {
        if (bytes === 0) store(new Uint8Array(0));
        const shasum = hash.digest('hex');
        const outfile = join(this.directory, shasum);
        let duplicate = false;
        try {
          duplicate = comesAgain(outfile);
          if (duplicate) discard();
          else if (fd !== undefined) {
            closeSync(fd);
            fd = undefined;
            renameSync(temporary, outfile);
            this.#total += bytes;
          }
        } catch {
          refused = true;
          discard();
        }
        return { shasum, outfile, bytes, duplicate, truncated, stored: duplicate || !refused };
      },
      abort: discard,
    };
  }
}
