// Retention of events: sessions that ended before a day are removed, oldest first, in transactions of some milliseconds. What was counted stays counted.

import type { Reason } from '../journal/chain.ts';
import type { Removed } from '../journal/keeping.ts';
import { ID_STEP } from './schema.ts';
import type { SqliteStore } from './sqlite.ts';

export interface EventRule {
  ageMs?: number | undefined;
  /** Of the store's pages in use. */
  bytes?: number | undefined;
}

const DAY = 86_400_000;
/** Days of events that are never removed for want of bytes. */
const LEFT_DAYS = 2;
/** Milliseconds that a transaction should take. */
const STEP_MS = 8;
const SMALLEST = 16;
const LARGEST = 4096;
/** Pages given back to the disk in one transaction. */
const PAGES = 64;
/** Free pages that stay in the file for what comes next. */
const SPARE = 256;

export interface EventRetentionOptions {
  now?: () => number;
  onRemoved?: (removed: Removed) => void;
  /** A sentence for the operator. */
  onTrouble?: (sentence: string) => void;
  /** Lets others work between two steps. */
  pause?: () => Promise<void>;
}

export class EventRetention {
  readonly #store: SqliteStore;
  readonly #options: Required<EventRetentionOptions>;
  #rows = 128;
  #complained = false;

  constructor(store: SqliteStore, options: EventRetentionOptions = {}) {
    this.#store = store;
    this.#options = {
      now: Date.now,
      onRemoved: () => {},
      onTrouble: () => {},
      pause: () => new Promise((resolve) => setTimeout(resolve, 20)),
      ...options,
    };
  }

  /** Milliseconds since the epoch: events before it were removed; 0 when none were. */
  get keptFrom(): number {
    return keptFrom(this.#store);
  }

  /** Removes by age, then by bytes, then gives free pages back. */
  async run({ ageMs, bytes }: EventRule): Promise<void> {
    const today = Math.floor(this.#options.now() / DAY) * DAY;
    if (ageMs !== undefined) await this.#removeBefore(Math.floor((this.#options.now() - ageMs) / DAY) * DAY, 'age');
    if (bytes !== undefined) {
      const enough = await this.#removeDays(today - LEFT_DAYS * DAY, 'bytes', () => usedBytes(this.#store) <= bytes);
      if (!enough) this.#complain(bytes);
    }
    await this.giveBack();
  }

  /** Removes days, oldest first, until there is room or only those from `leaving` on are left. @returns true when there is room */
  async relieve(leaving: number, short: () => number): Promise<boolean> {
    return this.#removeDays(Math.floor(leaving / DAY) * DAY, 'disk', () => short() <= 0, true);
  }

  async #removeDays(until: number, reason: Reason, enough: () => boolean, giveBack = false): Promise<boolean> {
    while (!enough()) {
      const oldest = this.#store.database.prepare('SELECT id FROM session ORDER BY id LIMIT 1').get();
      if (!oldest) return false;
      // A long session that reaches over midnight stays a day longer: the next day goes with it.
      const day = Math.floor((oldest['id'] as number) / ID_STEP / DAY) * DAY;
      const before = Math.max(day, this.keptFrom) + DAY;
      if (before > until) return false;
      await this.#removeBefore(before, reason);
      if (giveBack) await this.giveBack();
    }
    return true;
  }

  async #removeBefore(before: number, reason: Reason): Promise<void> {
    const { database } = this.#store;
    const from = this.keptFrom;
    if (before <= from) return;
    const oldest = database.prepare('SELECT id FROM session ORDER BY id LIMIT 1').get();
    if (!oldest || (oldest['id'] as number) >= before * ID_STEP) return;
    const count = this.#store.perDay({ from, to: before }).reduce((sum, [, n]) => sum + n, 0);
    const used = usedBytes(this.#store);
    // From here on nothing older is taken any more: what is removed cannot be counted twice.
    await this.#exclusively(() =>
      database.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES ('kept_from', ?)").run(before * 1000),
    );
    const find = database.prepare(
      `SELECT id, pieces FROM session WHERE id >= ? AND id < ? AND id / ${ID_STEP} + last < ? ORDER BY id LIMIT ?`,
    );
    const removePieces = database.prepare('DELETE FROM piece WHERE session = ?');
    const remove = database.prepare('DELETE FROM session WHERE id = ?');
    for (let at = 0; ; ) {
      const rows = find.all(at, before * ID_STEP, before, this.#rows) as { id: number; pieces: number }[];
      if (rows.length === 0) break;
      const started = performance.now();
      await this.#exclusively(() => {
        for (const { id, pieces } of rows) {
          if (pieces > 0) removePieces.run(id);
          remove.run(id);
        }
      });
      at = rows.at(-1)!.id + 1;
      const took = performance.now() - started;
      if (took > STEP_MS * 1.5) this.#rows = Math.max(SMALLEST, Math.floor(this.#rows / 2));
      else if (took < STEP_MS / 2) this.#rows = Math.min(LARGEST, this.#rows * 2);
      await this.#options.pause();
    }
    this.#options.onRemoved({
      what: 'events',
      count,
      bytes: Math.max(0, used - usedBytes(this.#store)),
      reason,
      before: new Date(before).toISOString(),
    });
  }

  /** Moves pages from the end of the file into its holes and cuts it there, some at a time. */
  async giveBack(): Promise<void> {
    const { database } = this.#store;
    if (database.prepare('PRAGMA auto_vacuum').get()!['auto_vacuum'] !== 2) return;
    const free = () => Number(database.prepare('PRAGMA freelist_count').get()!['freelist_count']);
    for (let left = free(); left > SPARE; ) {
      await this.#idle();
      database.exec(`PRAGMA incremental_vacuum(${Math.min(PAGES, left - SPARE)})`);
      const now = free();
      if (now >= left) break;
      left = now;
      await this.#options.pause();
    }
    database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  async #exclusively<T>(work: () => T): Promise<T> {
    await this.#idle();
    return this.#store.writer.exclusively(work);
  }

  /** The ingest of this thread may have a transaction open over several turns. */
  async #idle(): Promise<void> {
    while (this.#store.database.isTransaction) await this.#options.pause();
  }

  #complain(bytes: number): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#options.onTrouble(
      `The store ${this.#store.path} is larger than retention.events_bytes (${bytes} bytes) although all events but those of the last days were removed: what is left are the texts and counts of all times. Raise retention.events_bytes, or move the store away to have it built anew from the journal.`,
    );
  }
}

/** Milliseconds since the epoch before which retention has removed the events; 0 when it has not. */
export function keptFrom({ database }: Pick<SqliteStore, 'database'>): number {
  const value = database.prepare("SELECT value FROM meta WHERE key = 'kept_from'").get()?.['value'];
  return typeof value === 'number' ? value / 1000 : 0;
}

/** Bytes of the pages that hold something. */
function usedBytes({ database }: SqliteStore): number {
  const read = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get()!)[0]);
  return (read('page_count') - read('freelist_count')) * read('page_size');
}
