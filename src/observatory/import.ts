// Import: logs of every Cowrie there has been, from files and folders, into the store; whatever is damaged is counted and named.
import { dirname } from 'node:path';
import { looksLikeTty } from '../event/tty.ts';
import { attach, type Keep } from './import/attach.ts';
import { seedFeed } from './import/feed.ts';
import { contents, headOf } from './import/open.ts';
import type { Log, Reader } from './import/reader.ts';
import { readerOf } from './import/readers.ts';
import { type Explain, type ImportResult, Tally } from './import/tally.ts';
import { type Found, findFiles } from './import/walk.ts';
import type { SqliteStore } from './sqlite.ts';

export type { ImportResult } from './import/tally.ts';

export interface ImportProgress {
  path: string;
  bytes: number;
  totalBytes: number;
  events: number;
}

export interface ImportOptions {
  /** Called a few times a second. */
  progress?: (progress: ImportProgress) => void;
  explain?: Explain;
  /** Where recordings and artefacts found beside the logs are kept; without it only their present place is noted. */
  keep?: Keep;
  signal?: AbortSignal;
  now?: () => number;
}

/**
 * Reads logs into the store. Idempotent by content: importing again, or an overlapping copy, adds nothing. Commits every
 * few ten thousand events, so an interrupted import can simply be repeated.
 * @throws what the disk or SQLite says when the store cannot be written; damaged input never throws
 */
export async function importPaths(
  store: SqliteStore,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  const run = new Run(store, options);
  store.writer.expectNew();
  try {
    return await run.all(paths);
  } catch (error) {
    store.writer.rollback();
    throw error;
  } finally {
    store.writer.expectAny();
  }
}

interface Opened extends Found {
  name: string;
  compression: string | undefined;
  reader: Reader;
}

class Run {
  readonly #store: SqliteStore;
  readonly #options: ImportOptions;
  readonly #tally: Tally;
  readonly #begun = new Map<Reader, (log: Log) => Promise<void>>();
  readonly #attachments: { path: string; name: string; bytes: number; kind: 'tty' | 'download' }[] = [];
  #bytes = 0;
  #totalBytes = 0;
  #told = 0;
  #path = '';

  constructor(store: SqliteStore, options: ImportOptions) {
    this.#store = store;
    this.#options = options;
    this.#tally = new Tally(store, options);
  }

  async all(paths: readonly string[]): Promise<ImportResult> {
    const { result } = this.#tally;
    const started = performance.now();
    const before = this.#store.totals().sessions;
    const found = findFiles(paths, (path, what) => this.#note(path, what));
    this.#totalBytes = found.reduce((sum, file) => sum + file.bytes, 0);
    const logs = found.map((file) => this.#sniff(file)).filter((file) => file !== undefined);
    logs.sort((a, b) => a.reader.turn - b.reader.turn);
    for (const file of logs) await this.#guard(file.path, () => this.#read(file));
    for (const file of this.#attachments)
      await this.#guard(file.path, () => {
        this.#bytes += file.bytes;
        attach(this.#store, file, this.#options.keep);
        this.#tally.note(file.kind === 'tty' ? 'a terminal recording' : 'an artefact');
      });
    this.#store.writer.commit();
    seedFeed(this.#store);
    this.#store.database.exec('PRAGMA optimize');
    result.sessions = this.#store.totals().sessions - before;
    result.seconds = Math.round(performance.now() - started) / 1000;
    this.#tell(true);
    return result;
  }

  /** What a file is; recordings and artefacts wait for the end. */
  #sniff(file: Found): Opened | undefined {
    try {
      const { head, compression } = headOf(file.path);
      const { name } = head;
      if (looksLikeTty(head.bytes)) this.#attachments.push({ ...file, name, kind: 'tty' });
      else if (/^[0-9a-f]{64}$/.test(name)) this.#attachments.push({ ...file, name, kind: 'download' });
      else {
        const reader = readerOf(head);
        if (reader) return { ...file, name, compression, reader };
        this.#bytes += file.bytes;
        this.#note(file.path, 'no log that is known here; nothing was read');
      }
    } catch (error) {
      this.#tally.file(file.path);
      this.#tally.malformed((error as Error).message);
    }
    return undefined;
  }

  /** Trouble with one file does not end the import; trouble of the store, or the caller's wish, does. */
  async #guard(path: string, work: () => void | Promise<void>): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#path = path;
    this.#tally.file(path);
    try {
      await work();
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_SQLITE_ERROR' || (error as Error).name === 'AbortError')
        throw error;
      // Unreadable, or its compressed stream ends or is damaged. What came before is kept.
      this.#tally.malformed(`reading stopped: ${(error as Error).message}`);
    }
  }

  async #read({ path, compression, reader }: Opened): Promise<void> {
    let read = this.#begun.get(reader);
    if (!read) this.#begun.set(reader, (read = reader.begin(this.#tally)));
    this.#tally.result.files++;
    await read({ path, folder: dirname(path), chunks: () => this.#chunks(path, compression) });
  }

  async *#chunks(path: string, compression: string | undefined): AsyncIterable<Buffer> {
    const stream = contents(path, compression, (bytes) => {
      this.#bytes += bytes;
    });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      this.#options.signal?.throwIfAborted();
      yield chunk;
      // Between two chunks: commit what is ripe, show progress.
      const { writer } = this.#store;
      if (writer.full) writer.commit();
      else writer.relieve();
      this.#tell(false);
    }
  }

  #note(path: string, what: string): void {
    this.#tally.file(path);
    this.#tally.note(what);
  }

  #tell(last: boolean): void {
    const now = performance.now();
    if (!last && now - this.#told < 200) return;
    this.#told = now;
    const { events, duplicates } = this.#tally.result;
    this.#options.progress?.({
      path: this.#path,
      bytes: last ? this.#totalBytes : Math.min(this.#bytes, this.#totalBytes),
      totalBytes: this.#totalBytes,
      events: events + duplicates,
    });
  }
}
