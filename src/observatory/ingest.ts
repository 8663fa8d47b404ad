// Brings logs into the store as they grow: every line once, with the position in the transaction of its events.
import { Readable } from 'node:stream';
import { type Chunk, Follower, type Memory } from '../journal/follower.ts';
import { Wake } from '../journal/wake.ts';
import { decode, eachLine, parseLine } from './lines.ts';
import { isCorrupt, reasonOf } from './open.ts';
import type { SqliteStore } from './sqlite.ts';
import type { FeedItem } from './store.ts';
import type { Mark } from './writer.ts';

export interface IngestOptions {
  /** The folder of the journal. */
  directories: readonly string[];
  /** Folders of other Cowries, or single logs; what T-Pot and Cowrie keep below theirs is found, too. */
  follow?: readonly string[];
  /** Milliseconds between two looks while something happens; default 250. */
  interval?: number;
  /** A sentence for the operator: a log cannot be read, or the store not be written. */
  onTrouble?: (sentence: string) => void;
  /** The database is damaged: nothing more is read. */
  onDamaged?: (error: Error) => void;
  now?: () => number;
}

/** What has been read since the start. */
export interface IngestCounts {
  events: number;
  duplicates: number;
  malformed: number;
}

/** Milliseconds for which one transaction gathers lines when there are many. */
const GATHER = 150;
/** The same while there is more than one transaction takes: a commit costs less the more it holds. */
const GATHER_MANY = 500;
/** A longer line is read as text. */
const PLAIN = 1 << 16;
/** What a log had to say that long ago is no news: it does not go to the feed. */
const NEWS = 1 << 20;
const RETRY = 2_000;
const ALMOST_AT_ONCE = 5;
/** When nothing came for this time, it is looked rarely; where the system tells of changes, they are seen at once all the same. */
const QUIET = 3_000;
const RARELY = 700;

export class Ingest {
  readonly counts: IngestCounts = { events: 0, duplicates: 0, malformed: 0 };
  readonly #store: SqliteStore;
  readonly #options: Required<IngestOptions>;
  readonly #followers: Follower[];
  readonly #listeners = new Set<(items: FeedItem[]) => void>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;
  readonly #wake = new Wake();
  #cameAt = 0;
  #failing: string | undefined;
  /** The last step ended before all was read. */
  #isFull = false;

  constructor(store: SqliteStore, options: IngestOptions) {
    this.#store = store;
    this.#options = {
      follow: [],
      interval: 250,
      onTrouble: () => {},
      onDamaged: () => {},
      now: Date.now,
      ...options,
    };
    const memory = memoryOf(store);
    const follower = (path: string, layouts: boolean) =>
      new Follower(path, { memory, unpack, layouts, onTrouble: this.#options.onTrouble, now: this.#options.now });
    this.#followers = [
      ...options.directories.map((path) => follower(path, false)),
      ...this.#options.follow.map((path) => follower(path, true)),
    ];
  }

  /** Calls back after each commit with the new items of the feed, if any, in order of arrival; returns its end. */
  onCommit(listener: (items: FeedItem[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As `onCommit`, when there are new items. */
  onFeed(listener: (items: FeedItem[]) => void): () => void {
    return this.onCommit((items) => {
      if (items.length > 0) listener(items);
    });
  }

  /** Follows until `stop`. */
  start(): void {
    this.#stopped = false;
    const look = () => {
      if (this.#stopped) return;
      let wait = this.#wake.armed ? RARELY : this.#options.interval;
      try {
        if (this.step()) {
          // All that was there is read, as a rule: what comes next is gathered.
          wait = this.#isFull ? 0 : this.#options.interval;
          this.#cameAt = performance.now();
          this.#wake.disarm();
        } else if (this.#isBusy) wait = ALMOST_AT_ONCE;
        if (this.#failing !== undefined) this.#options.onTrouble(`The store ${this.#store.path} can be written again.`);
        this.#failing = undefined;
      } catch (error) {
        if (isCorrupt(error)) {
          this.#stopped = true;
          this.#options.onDamaged(error as Error);
          return;
        }
        const reason = reasonOf(error, this.#store.path);
        if (this.#failing !== reason)
          this.#options.onTrouble(
            `The store ${this.#store.path} cannot be written (${reason}); the logs keep everything until it can.`,
          );
        this.#failing = reason;
        wait = RETRY;
      }
      if (!this.#wake.armed && performance.now() - this.#cameAt > QUIET) {
        const folders = this.#followers.flatMap((follower) => follower.folders);
        this.#wake.arm(folders, () => {
          clearTimeout(this.#timer);
          this.#cameAt = performance.now();
          this.#timer = setTimeout(look, ALMOST_AT_ONCE);
        });
      }
      // A timer even when there is more: other work of this thread gets its turn.
      this.#timer = setTimeout(look, wait);
    };
    look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#wake.disarm();
    for (const follower of this.#followers) follower.close();
  }

  /** Reads and commits until nothing new is left, compressed logs excepted; for a start after downtime or a test. */
  catchUp(): void {
    while (this.step());
  }

  /** As `catchUp`, and reads what is compressed, until nothing came for a while: what was written last may be in the making. */
  async settle(still = 4_000): Promise<void> {
    for (let since = performance.now(); performance.now() - since < still; ) {
      const came = this.step();
      if (came || this.#isBusy) since = performance.now();
      if (!came) await new Promise((resolve) => setTimeout(resolve, ALMOST_AT_ONCE));
    }
  }

  /**
   * Reads lines of all logs in turn, as many as come within a fraction of a second, and commits them with the positions.
   * @returns whether there was anything
   * @throws SQLite's error after the transaction was rolled back: the same lines come again
   */
  step(): boolean {
    const { writer } = this.#store;
    const marks = new Map<string, Mark>();
    const counts: IngestCounts = { events: 0, duplicates: 0, malformed: 0 };
    const until = performance.now() + (this.#isFull ? GATHER_MANY : GATHER);
    this.#isFull = false;
    let fresh: { id: number }[];
    try {
      for (let more = true; more && !writer.full && performance.now() < until; ) {
        more = false;
        for (const follower of this.#followers) {
          const chunk = follower.next();
          if (!chunk) continue;
          more = true;
          this.#take(chunk, counts);
          const { identity, path, offset, size, tail, state } = chunk;
          marks.set(identity, { identity, path, offset, size, tail, state });
        }
      }
      if (marks.size === 0) return false;
      this.#isFull = writer.full || performance.now() >= until;
      fresh = writer.commit([...marks.values()], this.#options.now());
    } catch (error) {
      for (const follower of this.#followers) follower.rewind();
      // What is damaged is not touched any more.
      if (!isCorrupt(error)) writer.rollback();
      throw error;
    } finally {
      writer.feeding = false;
    }
    for (const follower of this.#followers) follower.accept();
    this.counts.events += counts.events;
    this.counts.duplicates += counts.duplicates;
    this.counts.malformed += counts.malformed;
    if (this.#listeners.size > 0) {
      const items = fresh.length > 0 ? this.#store.feed(fresh.length, fresh[0]!.id - 1) : [];
      for (const listener of this.#listeners) listener(items);
    }
    return true;
  }

  get #isBusy(): boolean {
    return this.#followers.some(({ busy }) => busy);
  }

  #take({ lines, live, size, offset, skipped }: Chunk, counts: IngestCounts): void {
    const { writer } = this.#store;
    writer.feeding = live && size - offset < NEWS;
    counts.malformed += skipped;
    for (let start = 0, end: number; start < lines.length; start = end + 1) {
      end = lines.indexOf(0x0a, start);
      if (end < 0) end = lines.length;
      const outcome = end - start > PLAIN ? undefined : writer.addLine(lines, start, end);
      if (outcome === 'added') counts.events++;
      else if (outcome === 'duplicate') counts.duplicates++;
      else this.#parse(lines.subarray(start, end), counts);
    }
  }

  /** A line that is not as Cowrie writes it, or whose event goes to the feed. */
  #parse(bytes: Buffer, counts: IngestCounts): void {
    const { writer } = this.#store;
    eachLine(decode(bytes), (line) => {
      const parsed = parseLine(line);
      if (parsed.malformed) counts.malformed++;
      counts.malformed += parsed.others.length;
      for (const event of parsed.events) {
        const outcome = writer.add(event, parsed.exported ? { text: true } : {});
        if (outcome === 'added') counts.events++;
        else if (outcome === 'duplicate') counts.duplicates++;
        else counts.malformed++;
      }
    });
  }
}

function memoryOf({ database }: SqliteStore): Memory {
  const positions = database.prepare(
    // '/' follows '.' in ASCII: the identity itself, and `identity.2`, `identity.3` …
    `SELECT identity, offset, tail FROM mark WHERE identity = ?1 OR (identity > ?1 || '.' AND identity < ?1 || '/')`,
  );
  const finished = database.prepare('SELECT 1 FROM mark WHERE state = ? LIMIT 1');
  return {
    positions: (head) =>
      positions.all(head).map(({ identity, offset, tail }) => ({
        identity: String(identity),
        offset: Number(offset),
        tail: String(tail),
      })),
    finished: (state) => finished.get(state) !== undefined,
  };
}

/** The content of a compressed log, and at its end, as an error, what was damaged. */
function unpack(path: string): Readable {
  const pieces = async function* () {
    // Much code for what is seldom.
    const { contentsOf, onDisk } = await import('./import/open.ts');
    let trouble: string | undefined;
    const file = await onDisk(path, () => {});
    for await (const { member, bytes } of contentsOf(path, file, {
      isSample: () => false,
      trouble: (_, what) => {
        trouble ??= what;
      },
    }))
      if (!member) yield* bytes;
    if (trouble !== undefined) throw new Error(trouble);
  };
  return Readable.from(pieces(), { objectMode: false });
}
