// The main thread's end of the thread that writes the store: feed, counts and troubles come out of it; pages never wait for it.
import { Worker } from 'node:worker_threads';
import type { IngestCounts } from '../observatory/ingest.ts';
import type { FeedItem } from '../observatory/store.ts';
import type { GeoState } from '../web/options.ts';
import type { FromThread, Task, ToThread } from './collector-thread.ts';
import type { KeeperEvent, KeeperState } from './keeper.ts';
import { threadFile } from './thread-file.ts';

export interface CollectorOptions extends Task {
  /** A sentence for the operator. */
  onTrouble: (sentence: string) => void;
  /** Another one: of no trouble. */
  onNotice: (sentence: string) => void;
  /** What the keeper has to tell the journal. */
  record: (...event: KeeperEvent) => void;
  /** The store was damaged; another one is under its path now, and fills. */
  onRebuilt: () => void;
  /** The thread died of an error of ours. */
  onError: (error: Error) => void;
}

export class Collector {
  /** Since the start. */
  counts: IngestCounts = { events: 0, duplicates: 0, malformed: 0 };
  keeping: KeeperState | undefined;
  geo: GeoState | undefined;
  readonly #worker: Worker;
  readonly #path: string;
  #checking: Worker | undefined;
  readonly #listeners = new Set<(items: FeedItem[]) => void>();
  readonly #ended: Promise<void>;

  private constructor(worker: Worker, path: string) {
    this.#worker = worker;
    this.#path = path;
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  /**
   * Opens the store for writing. Nothing is read before `start`.
   * @throws one sentence, when it cannot be opened
   */
  static async open({
    onTrouble,
    onNotice,
    record,
    onRebuilt,
    onError,
    ...task
  }: CollectorOptions): Promise<Collector> {
    const worker = new Worker(threadFile('collector-thread'), {
      workerData: task satisfies Task,
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 1024 },
    });
    const collector = new Collector(worker, task.path);
    return new Promise((resolve, reject) => {
      let open = false;
      worker.on('error', (error) => (open ? onError(error as Error) : reject(error)));
      worker.on('message', (message: FromThread) => {
        switch (message.type) {
          case 'open':
            open = true;
            return resolve(collector);
          case 'failed':
            return reject(new Error(message.message));
          case 'trouble':
            return onTrouble(message.sentence);
          case 'notice':
            return onNotice(message.sentence);
          case 'rebuilt':
            return onRebuilt();
          case 'record':
            return record(...message.event);
          case 'keeping':
            collector.keeping = message.state;
            return;
          case 'geo':
            collector.geo = message.state;
            return;
          case 'progress':
            collector.counts = message.counts;
            if (message.items.length > 0) for (const listener of collector.#listeners) listener(message.items);
        }
      });
    });
  }

  /** Calls back with new items of the feed after each commit, in order of arrival; returns its end. */
  onFeed(listener: (items: FeedItem[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#tell({ type: 'start' });
    this.#check();
  }

  /** Looks for damage that nobody has met yet, in a thread of its own: a large store takes seconds. */
  #check(): void {
    const checking = new Worker(threadFile('integrity-thread'), {
      workerData: this.#path,
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
    });
    this.#checking = checking;
    checking.once('message', (damage: string | undefined) => {
      if (damage !== undefined) this.damaged(new Error(damage));
    });
    // What cannot be looked through is told by whoever works with it.
    checking.once('error', () => {});
    checking.unref();
  }

  /** Somebody read damage out of the store: it is put aside and built anew. */
  damaged(error: Error): void {
    this.#tell({ type: 'damaged', message: error.message });
  }

  /** Reads what there is and closes the store. */
  async stop(): Promise<void> {
    await this.#checking?.terminate();
    this.#tell({ type: 'stop' });
    await this.#ended;
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}
