// The files that one shell brings into the machine, on their way to the vault: written ones, fetched ones, and what an exec request read from its client.
import { textOrRepr } from '../event/escape.ts';
import type { Kept, Vault } from '../journal/vault.ts';
import type { Bytes } from '../machine/machine.ts';
import type { Recorder } from './recorder.ts';

/** Files of one shell that are uploaded by SFTP or SCP. */
const MOST_UPLOADS = 1_000;
/** Bytes that are hashed and written at once: some milliseconds. */
const SLICE = 2 << 20;
/** Files of one shell; a dropper makes a handful. */
const MOST_FILES = 64;
/** Files no larger than this are copied at each close, so that a later version does not hide an earlier one. */
const COPIED_BYTES = 64 << 10;
const MOST_COPIES = 16;
/** Bytes that tell what a file is. */
const HEAD = 16;
/** The shell's own bookkeeping is nobody's artefact. */
const BOOKKEEPING = /\/\.(?:bash|ash|sh|zsh)_history$/;

interface Written {
  path: Bytes;
  content: () => Buffer;
  /** The content at its last close, if small. */
  copy?: Buffer;
}

export class Artefacts {
  readonly #vault: Vault;
  readonly #recorder: Recorder;
  /** The newest version of each path, and older ones that it does not begin with. */
  readonly #latest = new Map<Bytes, Written>();
  readonly #earlier: Written[] = [];
  #input: { deposit: ReturnType<Vault['deposit']>; head: Buffer } | undefined;
  /** What was fetched has been told of with its URL; that a program then wrote it is no news. */
  readonly #fetched = new Set<string>();
  #uploads = 0;
  #refused = 0;

  constructor(vault: Vault, recorder: Recorder) {
    this.#vault = vault;
    this.#recorder = recorder;
  }

  /** A file was closed after writing. */
  written(path: Bytes, content: () => Buffer): void {
    if (BOOKKEEPING.test(path)) return;
    const before = this.#latest.get(path);
    if (!before && this.#latest.size + this.#earlier.length >= MOST_FILES) {
      this.#refused++;
      return;
    }
    const entry: Written = { path, content };
    const growing = before !== undefined && before.copy === undefined;
    if (!growing && this.#latest.size <= MOST_COPIES) {
      const now = content();
      if (now.length <= COPIED_BYTES) entry.copy = now;
      const older = before?.copy;
      if (older && older.length > 0 && !now.subarray(0, older.length).equals(older)) {
        if (this.#latest.size + this.#earlier.length < MOST_FILES) this.#earlier.push({ path, content: () => older });
        else this.#refused++;
      }
    }
    this.#latest.set(path, entry);
  }

  /** A file came by SFTP or SCP: kept as it is now, whatever becomes of it. */
  uploaded(path: Bytes, content: Buffer, via: 'sftp' | 'scp'): void {
    if (++this.#uploads > MOST_UPLOADS) {
      this.#refused++;
      return;
    }
    const deposit = this.#vault.deposit();
    const release = this.#recorder.hold();
    let at = 0;
    const more = () => {
      deposit.write(content.subarray(at, (at += SLICE)));
      if (at < content.length) return void setImmediate(more);
      const kept = deposit.finish();
      this.#recorder.brought(kept.shasum, content.subarray(0, HEAD));
      this.#uploadKept(path, content.length, kept, via);
      release();
    };
    more();
  }

  #uploadKept(path: Bytes, size: number, kept: Kept, via: 'sftp' | 'scp'): void {
    const destfile = textOrRepr(path);
    const { duplicate, shasum, outfile } = kept;
    this.#recorder.emit('cowrie.session.file_upload', {
      filename: textOrRepr(path.slice(path.lastIndexOf('/') + 1)),
      duplicate,
      url: destfile,
      // As Cowrie has it: a path for SFTP, the hash alone for SCP.
      outfile: via === 'sftp' ? outfile : shasum,
      shasum,
      destfile,
      size,
    });
    this.#complain(kept);
  }

  /** The client sent this to the standard input of its exec request. */
  input(chunk: Buffer): void {
    this.#input ??= { deposit: this.#vault.deposit(), head: chunk.subarray(0, HEAD) };
    this.#input.deposit.write(chunk);
  }

  /** A file is being fetched; `finish` tells of it, unless it is empty. */
  fetched(url: string, destfile: string | undefined): { write(chunk: Buffer): void; finish(): void } {
    const deposit = this.#vault.deposit();
    let bytes = 0;
    let head = Buffer.alloc(0);
    return {
      write: (chunk) => {
        if (bytes < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD)]);
        bytes += chunk.length;
        deposit.write(chunk);
      },
      finish: () => {
        if (bytes === 0) return deposit.abort();
        const kept = deposit.finish();
        this.#fetched.add(kept.shasum);
        this.#tell(kept, head, { url, ...(destfile === undefined ? {} : { destfile }) });
      },
    };
  }

  /** The shell is over: everything goes to the vault and is told of, in Cowrie's order. */
  close(): void {
    if (this.#input) this.#tell(this.#input.deposit.finish(), this.#input.head, { destfile: '' });
    for (const { path, content, copy } of [...this.#earlier, ...this.#latest.values()]) {
      // What lies in the machine now may be newer than the last copy.
      const bytes = content();
      this.#keep(path, bytes);
      if (copy && copy.length > 0 && !bytes.subarray(0, copy.length).equals(copy)) this.#keep(path, copy);
    }
    if (this.#refused > 0)
      this.#recorder.emit('kansatsuki.session.violation', {
        layer: 'shell',
        reason: 'too many files',
        detail: `${this.#refused} not kept`,
      });
    this.#latest.clear();
    this.#earlier.length = 0;
  }

  #keep(path: Bytes, content: Buffer): void {
    if (content.length === 0) return;
    const deposit = this.#vault.deposit();
    deposit.write(content);
    const kept = deposit.finish();
    if (!this.#fetched.has(kept.shasum)) this.#tell(kept, content, { destfile: textOrRepr(path) });
  }

  #tell(kept: Kept, head: Buffer, where: { url?: string; destfile?: string }): void {
    const { shasum, outfile, duplicate } = kept;
    this.#recorder.brought(shasum, head);
    this.#recorder.emit('cowrie.session.file_download', { duplicate, outfile, shasum, ...where });
    this.#complain(kept);
  }

  #complain({ shasum, stored, truncated }: Kept): void {
    if (!stored || truncated)
      this.#recorder.emit('kansatsuki.session.violation', {
        layer: 'shell',
        reason: stored ? 'artefact cut' : 'artefact not kept',
        detail: shasum,
      });
  }
}
