// Brings the live journal into the store as it grows: exactly once, and tells who watches.
import { type Chunk, Follower } from '../journal/follower.ts';
import { decode, eachLine, parseLine } from './lines.ts';
import { isCorrupt, putAside } from './open.ts';
import type { SqliteStore } from './sqlite.ts';
import type { FeedItem } from './store.ts';

export interface IngestOptions {
  /** Folders with a `cowrie.json` each. */
  directories: readonly string[];
  /** Milliseconds between two looks; default 100. */
  interval?: number;
  /** A sentence for the operator: the store cannot be written, or was put aside. */
  onTrouble?: (sentence: string) => void;
  /** The database was damaged and put aside: nothing more is read until the store is opened anew. */
  onDamaged?: () => void;
  now?: () => number;
}

/** Thrown out of `step` when the database is damaged: it has been put aside, and opening the store again rebuilds it. */
export class StoreDamaged extends Error {}

/** What has been read since the start. */
export interface IngestCounts {
  events: number;
  duplicates: number;
  malformed: number;
}

export class Ingest {
  readonly counts: IngestCounts = { events: 0, duplicates: 0, malformed: 0 };
  readonly #store: SqliteStore;
  readonly #options: Required<IngestOptions>;
  readonly #followers: Follower[];
  readonly #listeners = new Set<(items: FeedItem[]) => void>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;
  #failing = false;

  constructor(store: SqliteStore, options: IngestOptions) {
    this.#store = store;
    this.#options = { interval: 100, onTrouble: () => {}, onDamaged: () => {}, now: Date.now, ...options };
    const marks = store.database.prepare('SELECT offset FROM mark WHERE identity = ?');
    this.#followers = options.directories.map(
      (directory) => new Follower(directory, 'cowrie.json', (identity) => Number(marks.get(identity)?.['offset'] ?? 0)),
    );
  }

  /** Calls back with new items of the feed after each commit, in order of arrival; returns its end. */
  onFeed(listener: (items: FeedItem[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows until `stop`. */
  start(): void {
    this.#stopped = false;
    const look = () => {
      if (this.#stopped) return;
      let wait = this.#options.interval;
      try {
        if (this.step()) wait = 0;
        if (this.#failing) this.#options.onTrouble('The store can be written again.');
        this.#failing = false;
      } catch (error) {
        if (error instanceof StoreDamaged) {
          this.#stopped = true;
          this.#options.onTrouble(error.message);
          this.#options.onDamaged();
          return;
        }
        if (!this.#failing)
          this.#options.onTrouble(
            `The store ${this.#store.path} cannot be written (${(error as Error).message}); the journal keeps everything until it can.`,
          );
        this.#failing = true;
        wait = 2000;
      }
      // A timer even when there is more: other work of this thread gets its turn.
      this.#timer = setTimeout(look, wait);
    };
    look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const follower of this.#followers) follower.close();
  }

  /** Reads and commits until nothing new is left, for a start after downtime or a test. */
  catchUp(): void {
    while (this.step());
  }

  /**
   * Reads one chunk of each folder and commits it with its position.
   * @returns whether there was anything
   * @throws StoreDamaged, or SQLite's error after the transaction was rolled back: the same chunk comes again
   */
  step(): boolean {
    let any = false;
    for (const follower of this.#followers) {
      const chunk = follower.next();
      if (!chunk) continue;
      any = true;
      try {
        this.#take(chunk);
      } catch (error) {
        if (isCorrupt(error)) {
          const path = this.#store.path;
          this.#store.close();
          const aside = putAside(path, this.#options.now());
          throw new StoreDamaged(
            `The store ${path} was damaged (${(error as Error).message}); it is kept as ${aside}, and a new one is built from the journal at the next start.`,
          );
        }
        this.#store.writer.rollback();
        throw error;
      }
      follower.accept(chunk);
    }
    return any;
  }

  #take(chunk: Chunk): void {
    const { writer } = this.#store;
    // Long history is no news: only what is recent goes to the feed.
    writer.feeding = chunk.size - chunk.offset < 1 << 20;
    let events = 0;
    let duplicates = 0;
    let malformed = 0;
    eachLine(decode(chunk.lines), (line) => {
      const parsed = parseLine(line);
      if (parsed.malformed) malformed++;
      malformed += parsed.others.length;
      for (const event of parsed.events) {
        const outcome = writer.add(event, parsed.exported ? { text: true } : {});
        if (outcome === 'added') events++;
        else if (outcome === 'duplicate') duplicates++;
        else malformed++;
      }
    });
    const { identity, path, offset, size } = chunk;
    const fresh = writer.commit([{ identity, path, offset, size }], this.#options.now());
    writer.feeding = false;
    this.counts.events += events;
    this.counts.duplicates += duplicates;
    this.counts.malformed += malformed;
    if (fresh.length === 0 || this.#listeners.size === 0) return;
    const items = this.#store.feed(fresh.length, fresh[0]!.id - 1);
    for (const listener of this.#listeners) listener(items);
  }
}
