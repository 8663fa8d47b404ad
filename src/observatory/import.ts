// Import: logs of every Cowrie there has been, from files, folders and archives, into the store; whatever is damaged is counted and named.
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { looksLikeTty } from '../event/tty.ts';
import { attach, attachKept, isSample, type Keep } from './import/attach.ts';
import { seedFeed } from './import/feed.ts';
import { type Content, KnownFiles } from './import/known.ts';
import { contentsOf, type OnDisk, type Opened, onDisk } from './import/open.ts';
import type { Log, Reader } from './import/reader.ts';
import { readerOf } from './import/readers.ts';
import { sensorOf } from './import/sensor-name.ts';
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
  /** Ends the import: what was read is committed, then the signal's reason is thrown. */
  signal?: AbortSignal;
  /** Name of the sensor of events that name none; default: the name of their folder. */
  sensor?: string;
  now?: () => number;
}

/**
 * Reads logs into the store. Idempotent by content: importing again, or an overlapping copy, adds nothing. Commits at
 * least every ten seconds, so an interrupted import can simply be repeated.
 * @throws what the disk or SQLite says when the store cannot be written; damaged input never throws
 */
export async function importPaths(
  store: SqliteStore,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  const run = new Run(store, options);
  // From here on a day may have more events than the journal: `kansatsuki verify` asks.
  store.database.exec("INSERT OR IGNORE INTO meta(key, value) VALUES ('imported', 1)");
  store.writer.expectNew();
  try {
    return await run.all(paths);
  } catch (error) {
    if (options.signal?.aborted) store.writer.commit();
    else store.writer.rollback();
    throw error;
  } finally {
    store.writer.nameUnnamed('', true);
    store.writer.expectAny();
  }
}

/** What an end in the middle may cost. */
const COMMIT_EVERY_MS = 10_000;
/** Of a file's beginning, to know it again. */
const HEAD = 1 << 16;
const TURNS = [0, 1, 2, 3] as const;

class Run {
  readonly #store: SqliteStore;
  readonly #options: ImportOptions;
  readonly #tally: Tally;
  readonly #begun = new Map<Reader, (log: Log) => Promise<void>>();
  /** Files that hold logs of a later turn, with the time at which the first of these begins. */
  readonly #later: Record<Reader['turn'], Map<string, number>> = {
    0: new Map(),
    1: new Map(),
    2: new Map(),
    3: new Map(),
  };
  /** Logs that were read, by device and inode: a second name for the same file is no second log. */
  readonly #seen = new Set<string>();
  readonly #known: KnownFiles;
  #bytes = 0;
  #totalBytes = 0;
  #told = 0;
  #committed = performance.now();
  #path = '';

  constructor(store: SqliteStore, options: ImportOptions) {
    this.#store = store;
    this.#options = options;
    this.#tally = new Tally(store, options);
    this.#known = new KnownFiles(store.database);
  }

  async all(paths: readonly string[]): Promise<ImportResult> {
    const { result } = this.#tally;
    const started = performance.now();
    const before = this.#store.totals().sessions;
    for (const { bytes } of findFiles(paths)) this.#totalBytes += bytes;
    const problem = (path: string, what: string) => {
      this.#tally.file(path);
      if (what === 'neither file nor folder') this.#tally.note(what);
      else this.#tally.malformed('could not be opened', what);
    };
    let files = 0;
    for (const found of findFiles(paths, problem)) {
      // Thousands of files that are there already are no reason not to hear a Ctrl-C.
      if (++files % 500 === 0) await setImmediate();
      if (!this.#isKept(found)) await this.#file(found.path, 0);
    }
    for (const turn of TURNS) {
      const inOrder = [...this.#later[turn]].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
      for (const [path] of inOrder) await this.#file(path, turn);
    }
    this.#store.writer.commit();
    seedFeed(this.#store);
    this.#store.database.exec('PRAGMA optimize');
    result.sessions = this.#store.totals().sessions - before;
    result.seconds = Math.round(performance.now() - started) / 1000;
    this.#tell(true);
    return result;
  }

  /** A recording or artefact that the data directory has already. */
  #isKept(found: Found): boolean {
    const { keep } = this.#options;
    this.#options.signal?.throwIfAborted();
    const kind = keep && attachKept(this.#store, found, keep);
    if (kind === undefined) return false;
    this.#bytes += found.bytes;
    this.#tally.file(found.path);
    this.#tally.note(kind === 'tty' ? 'a terminal recording' : 'an artefact');
    this.#tell(false);
    return true;
  }

  /** Reads those logs of a file whose turn it is; recordings and artefacts come with the first. */
  async #file(path: string, turn: Reader['turn']): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#path = path;
    this.#tally.file(path);
    const before = this.#bytes;
    try {
      let crc = 0;
      let read = 0;
      const file = await onDisk(path, (piece) => {
        crc = crc32(piece, crc);
        read += piece.length;
        this.#bytes += piece.length;
      });
      if (turn === 0 && this.#seen.has(file.identity)) {
        await file.close();
        this.#tally.note('another name of a file that was read');
        return;
      }
      const content =
        turn === 0 ? this.#known.contentOf(file.size, await file.bytes.peek(HEAD), this.#options.sensor) : undefined;
      if (content && (await this.#wasRead(path, content))) {
        this.#seen.add(file.identity);
        await file.close();
      } else {
        const counted = content && structuredClone(this.#tally.result);
        await this.#contents(path, file, turn);
        // Read to its end, and nothing of it is left for a later turn.
        if (counted && read === file.size && this.#seen.has(file.identity) && !this.#isLater(path))
          this.#known.remember(content, crc, this.#tally.since(counted));
      }
      this.#bytes = before + file.size;
    } catch (error) {
      if (this.#isOurs(error)) throw error;
      this.#tally.malformed('could not be read', (error as Error).message);
    }
  }

  /** Counts a file whose content was read before. To explain it, it must be read. */
  async #wasRead(path: string, content: Content): Promise<boolean> {
    if (this.#options.explain) return false;
    const share = await this.#known.shareOf(path, content, () => this.#tell(false));
    if (share) this.#tally.again(share);
    return share !== undefined;
  }

  #isLater(path: string): boolean {
    return TURNS.some((turn) => this.#later[turn].has(path));
  }

  async #contents(path: string, file: OnDisk, turn: Reader['turn']): Promise<void> {
    const trouble = (where: string, what: string, detail?: string) => {
      this.#tally.file(where);
      if (turn === 0) this.#tally.malformed(what, detail);
    };
    for await (const opened of contentsOf(path, file, { isSample, trouble })) {
      this.#tally.file(opened.path);
      await this.#guard(() => this.#take(opened, path, turn, file.identity));
    }
  }

  async #take(opened: Opened, path: string, turn: Reader['turn'], identity: string): Promise<void> {
    const { head } = opened;
    if (looksLikeTty(head.bytes) || isSample(head.name)) {
      if (turn > 0) return;
      const { kind, trouble } = await attach(this.#store, opened, this.#options.keep);
      if (kind !== undefined) this.#tally.note(kind === 'tty' ? 'a terminal recording' : 'an artefact');
      if (trouble !== undefined) this.#tally.note('a recording or artefact', trouble);
      return;
    }
    const reader = readerOf(head);
    if (!reader) {
      if (turn === 0) this.#tally.note('no log that is known here; nothing was read');
      return;
    }
    this.#seen.add(identity);
    if (reader.turn === turn) return this.#read(opened, reader);
    if (turn > 0) return;
    const begins = reader.begins?.(head) ?? Number.POSITIVE_INFINITY;
    this.#later[reader.turn].set(
      path,
      Math.min(begins, this.#later[reader.turn].get(path) ?? Number.POSITIVE_INFINITY),
    );
  }

  /** Trouble with one log does not end the import; trouble of the store, or the caller's wish, does. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#isOurs(error)) throw error;
      // Unreadable, or its compressed stream ends or is damaged. What came before is kept.
      this.#tally.malformed('reading stopped', (error as Error).message);
    }
  }

  #isOurs(error: unknown): boolean {
    return (error as { code?: string }).code === 'ERR_SQLITE_ERROR' || this.#options.signal?.aborted === true;
  }

  async #read({ path, folder, bytes }: Opened, reader: Reader): Promise<void> {
    let read = this.#begun.get(reader);
    if (!read) this.#begun.set(reader, (read = reader.begin(this.#tally)));
    this.#tally.result.files++;
    const { sensor } = this.#options;
    // A diary lies where its writer keeps it.
    const folderName = reader.kind === 'markdown' ? '' : sensorOf(folder);
    this.#store.writer.nameUnnamed(sensor ?? folderName, sensor !== undefined);
    await read({ path, folder, chunks: () => this.#chunks(bytes) });
  }

  async *#chunks(bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of bytes) {
      yield chunk;
      this.#options.signal?.throwIfAborted();
      // Between two chunks: commit what is ripe, show progress.
      const { writer } = this.#store;
      if (writer.full || performance.now() - this.#committed > COMMIT_EVERY_MS) {
        writer.commit();
        this.#committed = performance.now();
      } else writer.relieve();
      this.#tell(false);
    }
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
