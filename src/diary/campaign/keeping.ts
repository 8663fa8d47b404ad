// Finds campaigns while the observer runs: takes ended sessions in between the turns of the ingest, some milliseconds at a time.
import { setTimeout as sleep } from 'node:timers/promises';
import { isCorrupt } from '../../observatory/open.ts';
import type { SqliteStore } from '../../observatory/sqlite.ts';
import { Campaigns } from './campaigns.ts';
import { Sweep } from './sweep.ts';

export interface CampaignKeepingOptions {
  /** Milliseconds of one step; what else the thread has to do waits for as long. */
  step?: number;
  /** Milliseconds between two steps while there is more, and between two looks when there is not. */
  pause?: number;
  interval?: number;
  /** Milliseconds between two sweeps. */
  sweepEvery?: number;
  /** A sentence for the operator. */
  onTrouble?: (sentence: string) => void;
}

export class CampaignKeeping {
  readonly #campaigns: Campaigns;
  readonly #sweep: Sweep;
  readonly #store: SqliteStore;
  readonly #options: Required<CampaignKeepingOptions>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #told = false;

  /** @param store writable */
  constructor(store: SqliteStore, options: CampaignKeepingOptions = {}) {
    this.#store = store;
    this.#campaigns = new Campaigns(store);
    this.#sweep = new Sweep(store);
    this.#options = { step: 12, pause: 25, interval: 1500, sweepEvery: 3_600_000, onTrouble: () => {}, ...options };
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { step, pause, interval, sweepEvery, onTrouble } = this.#options;
    let swept = performance.now();
    while (!this.#stop.signal.aborted) {
      let wait = interval;
      try {
        if (this.#store.database.isTransaction || this.#campaigns.step(step) > 0) wait = pause;
        else if (performance.now() - swept > sweepEvery) {
          wait = pause;
          if (!this.#sweep.step()) swept = performance.now();
          this.#campaigns.forget();
        }
        this.#told = false;
      } catch (error) {
        // Damage is met by the ingest, too, which has the store built anew.
        if (isCorrupt(error)) return;
        if (!this.#told) onTrouble(`Campaigns cannot be looked for at the moment: ${(error as Error).message}.`);
        this.#told = true;
      }
      await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }
}
