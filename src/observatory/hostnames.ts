// The host names of the store's addresses: asked for in turn, the newest addresses first, and kept.
import { hostNameOf, NoAnswer, type Resolver } from './geo/reverse.ts';
import type { SqliteStore } from './sqlite.ts';

export interface HostNamesOptions {
  resolver: Resolver;
  /** Whose host a name is, of the known research scanners. */
  scannerOf: (host: string) => string | undefined;
  now?: () => number;
}

export class HostNames {
  readonly #store: SqliteStore;
  readonly #options: HostNamesOptions;

  /** @param store writable */
  constructor(store: SqliteStore, options: HostNamesOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Asks for one address. Those asked for are without gaps: first come newer ones, then older ones.
   * @returns `asked`, `idle` when all have been asked for, `unanswered` when the name server does not answer
   */
  async step(): Promise<'asked' | 'idle' | 'unanswered'> {
    const next = this.#next();
    if (!next) return 'idle';
    let name: string | undefined;
    try {
      name = await hostNameOf(next.value, this.#options.resolver);
    } catch (error) {
      if (error instanceof NoAnswer) return 'unanswered';
      throw error;
    }
    this.#keep(next.id, name);
    return 'asked';
  }

  #next(): { id: number; value: string } | undefined {
    const { scanner } = this.#store;
    const { low, high } = scanner.prepare('SELECT min(address) AS low, max(address) AS high FROM host_name').get() as {
      low: number | null;
      high: number | null;
    };
    const newer = scanner.prepare('SELECT id, value FROM word_address WHERE id > ? ORDER BY id LIMIT 1');
    const older = scanner.prepare('SELECT id, value FROM word_address WHERE id < ? ORDER BY id DESC LIMIT 1');
    return ((high === null ? undefined : newer.get(high)) ?? older.get(low ?? Number.MAX_SAFE_INTEGER)) as
      | { id: number; value: string }
      | undefined;
  }

  #keep(id: number, name: string | undefined): void {
    const { scanner, writer } = this.#store;
    const owner = name === undefined ? undefined : this.#options.scannerOf(name);
    writer.exclusively(() => {
      scanner
        .prepare('INSERT OR REPLACE INTO host_name(address, name, at) VALUES (?, ?, ?)')
        .run(id, name ?? null, (this.#options.now ?? Date.now)());
      if (owner !== undefined) writer.origins.scans(id, owner);
    });
  }
}
