// Keeps what the store knows of its addresses up to date while the observer runs: databases that changed, addresses to look up anew, host names.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gazetteer } from './geo/gazetteer.ts';
import type { Resolver } from './geo/reverse.ts';
import { HostNames } from './hostnames.ts';
import { Relocation } from './relocation.ts';
import type { SqliteStore } from './sqlite.ts';

export interface EnrichmentOptions {
  /** Asks for host names; without it, nobody is asked. */
  resolver?: Resolver;
  /** Other data are in use than before. */
  onChange?: () => void;
  /** A sentence for the operator. */
  onTrouble?: (sentence: string) => void;
  /** Milliseconds between two looks at the databases' files. */
  interval?: number;
  /** Milliseconds that others have between two steps. */
  pause?: number;
  /** Milliseconds between two questions to the name server. */
  questionEvery?: number;
}

/** How long a name server that does not answer is left alone. */
const SILENCE = 60_000;

export class Enrichment {
  readonly #store: SqliteStore;
  readonly #gazetteer: Gazetteer;
  readonly #relocation: Relocation;
  readonly #hostNames: HostNames | undefined;
  readonly #options: Required<Omit<EnrichmentOptions, 'resolver'>>;
  readonly #stop = new AbortController();
  /** What has been said of each thing that may go wrong. */
  readonly #told = new Map<'data' | 'names' | 'store', readonly string[]>();
  #running: Promise<void>[] = [];

  /** From now on the store's writer looks new addresses up. @param store writable */
  constructor(store: SqliteStore, gazetteer: Gazetteer, { resolver, ...options }: EnrichmentOptions = {}) {
    this.#store = store;
    this.#gazetteer = gazetteer;
    this.#relocation = new Relocation(store, gazetteer);
    this.#options = {
      onTrouble: () => {},
      onChange: () => {},
      interval: 5000,
      pause: 20,
      questionEvery: 250,
      ...options,
    };
    this.#hostNames = resolver && new HostNames(store, { resolver, scannerOf: (host) => gazetteer.scannerOf(host) });
  }

  start(): void {
    this.#running = [this.#follow(), ...(this.#hostNames ? [this.#ask(this.#hostNames)] : [])];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** Looks everything up that is not yet; for a process that does nothing else. */
  finish(): void {
    while (this.#relocation.step());
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      if (await this.#gazetteer.refresh()) this.#options.onChange();
      this.#tell('data', this.#gazetteer.troubles);
      await this.#guard(async () => {
        while (this.#relocation.step()) if (await this.#stoppedAfter(this.#options.pause)) return;
      });
      await this.#stoppedAfter(this.#options.interval);
    }
  }

  async #ask(names: HostNames): Promise<void> {
    while (!this.#stopped)
      await this.#guard(async () => {
        const outcome = await names.step();
        const silent = outcome === 'unanswered';
        this.#tell('names', silent ? ['The name server of this host does not answer questions for host names.'] : []);
        await this.#stoppedAfter(silent ? SILENCE : this.#options.questionEvery);
      });
  }

  /** What the store cannot take now (a full disk, another process that writes) is tried again later. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#tell('store', []);
    } catch (error) {
      if (this.#stopped) return;
      this.#tell('store', [`What is known of addresses cannot be kept in the store (${(error as Error).message}).`]);
      await this.#stoppedAfter(this.#options.interval);
    }
  }

  /** Each sentence once, until it has been untrue. */
  #tell(about: 'data' | 'names' | 'store', sentences: readonly string[]): void {
    const before = this.#told.get(about) ?? [];
    for (const sentence of sentences) if (!before.includes(sentence)) this.#options.onTrouble(sentence);
    this.#told.set(about, sentences);
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted || !this.#store.database.isOpen;
  }

  async #stoppedAfter(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
    return this.#stopped;
  }
}
