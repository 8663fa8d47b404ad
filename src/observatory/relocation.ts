// Looks up every address of the store anew when the data on addresses have changed, in small steps between other work, and counts sessions by what was found.
import type { Origin } from './origins.ts';
import type { SqliteStore } from './sqlite.ts';
import { dayOfTally, tallyId } from './tallies.ts';

/** What a relocation asks. */
export interface Atlas {
  /** Changes whenever an answer may have changed. */
  readonly identity: string;
  find(address: string): Origin;
  /** Whose host a confirmed name is, of the known research scanners. */
  scannerOf(host: string): string | undefined;
}

/** Past the last day that can be counted. */
const DAYS = 2 ** 17 - 1;
/** Addresses of one step: some milliseconds of work. */
const ADDRESSES = 500;

/**
 * How far it has come, kept in the store: addresses are looked up first, then each day's sessions are counted anew, and at
 * last the totals. Whatever is written meanwhile is looked up in the new data already, so each part is right once it is done.
 */
interface Progress {
  identity: string;
  /** Absent when all is done. */
  at?: { part: 'addresses'; after: number } | { part: 'days'; after: number } | { part: 'totals' };
}

const KEY = 'origins';

export class Relocation {
  readonly #store: SqliteStore;
  readonly #atlas: Atlas;

  /** @param store writable; its writer looks new addresses up in the same data from now on */
  constructor(store: SqliteStore, atlas: Atlas) {
    this.#store = store;
    this.#atlas = atlas;
    store.writer.origins.locate = (address) => atlas.find(address);
  }

  /**
   * One step, in a transaction of its own.
   * @returns whether there is more to do
   * @throws SQLite's error after the transaction was rolled back: the same step comes again; or when the writer has one open
   */
  step(): boolean {
    const progress = this.#progress();
    if (progress.identity === this.#atlas.identity && progress.at === undefined) return false;
    const { identity } = this.#atlas;
    const at = progress.identity === identity ? progress.at! : ({ part: 'addresses', after: 0 } as const);
    return this.#store.writer.exclusively(() => {
      const next = this.#part(at);
      this.#keep({ identity, ...(next ? { at: next } : {}) });
      return next !== undefined;
    });
  }

  #part(at: NonNullable<Progress['at']>): Progress['at'] {
    switch (at.part) {
      case 'addresses':
        return this.#addresses(at.after);
      case 'days':
        return this.#day(at.after);
      case 'totals':
        return this.#totals();
    }
  }

  #progress(): Partial<Progress> {
    const value = this.#store.scanner.prepare('SELECT value FROM meta WHERE key = ?').get(KEY)?.['value'];
    return typeof value === 'string' ? (JSON.parse(value) as Progress) : {};
  }

  #keep(progress: Progress): void {
    this.#store.scanner
      .prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)')
      .run(KEY, JSON.stringify(progress));
  }

  #addresses(after: number): Progress['at'] {
    const { scanner, writer } = this.#store;
    const rows = scanner.all(
      'SELECT id, value FROM word_address WHERE id > ? ORDER BY id LIMIT ?',
      after,
      ADDRESSES,
    ) as { id: number; value: string }[];
    for (const { id, value } of rows) {
      const host = scanner.hostName(id);
      const origin = this.#atlas.find(value);
      // A network says more surely than a name whose it is.
      const owner = origin.scanner ?? (host === undefined ? undefined : this.#atlas.scannerOf(host));
      writer.origins.set(id, owner === undefined ? origin : { ...origin, scanner: owner });
    }
    return rows.length < ADDRESSES ? { part: 'days', after: -1 } : { part: 'addresses', after: rows.at(-1)!.id };
  }

  /** Counts the next day's sessions by country and network. */
  #day(after: number): Progress['at'] {
    const { scanner, writer } = this.#store;
    const row = scanner
      .prepare(
        'SELECT min(id) AS id FROM (SELECT id FROM tally WHERE id >= ?1 UNION ALL SELECT id FROM tally_fresh WHERE id >= ?1)',
      )
      .get(tallyId('address', after + 1));
    const id = row?.['id'] as number | null | undefined;
    if (typeof id !== 'number' || id >= tallyId('address', DAYS)) return { part: 'totals' };
    const day = dayOfTally(id);
    writer.countOrigins(day);
    return { part: 'days', after: day };
  }

  #totals(): undefined {
    const { scanner } = this.#store;
    for (const kind of ['country', 'asn'] as const) {
      scanner.prepare(`UPDATE word_${kind} SET n = 0, first = NULL WHERE n <> 0 OR first IS NOT NULL`).run();
      scanner
        .prepare(
          `UPDATE word_${kind} SET n = sums.n, first = sums.first
           FROM (SELECT ${kind} AS word, sum(n) AS n, min(first) AS first FROM word_address WHERE ${kind} IS NOT NULL GROUP BY ${kind}) AS sums
           WHERE sums.word = word_${kind}.id`,
        )
        .run();
    }
    return undefined;
  }
}
