// The thread that writes: it alone opens the store for writing, ingests, and builds a damaged store anew. Started by collector.ts.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Ingest, type IngestCounts } from './ingest.ts';
import { isCorrupt, openStore, putAside } from './open.ts';
import type { SqliteStore } from './sqlite.ts';
import type { FeedItem } from './store.ts';

/** What the thread is started with. */
export interface Task {
  path: string;
  directories: readonly string[];
  follow: readonly string[];
  interval?: number;
}

export type ToThread =
  /** Begin to read; until then the store is only open. */
  | { type: 'start' }
  /** Somebody read damage out of the store. */
  | { type: 'damaged'; message: string }
  /** Read what there is and end. */
  | { type: 'stop' };

export type FromThread =
  | { type: 'open' }
  | { type: 'failed'; message: string }
  | { type: 'progress'; items: FeedItem[]; counts: IngestCounts }
  | { type: 'trouble'; sentence: string }
  /** The store under its path is another one now. */
  | { type: 'rebuilt' };

class Collecting {
  readonly #task: Task;
  readonly #send: (message: FromThread) => void;
  readonly #counts: IngestCounts = { events: 0, duplicates: 0, malformed: 0 };
  #store: SqliteStore;
  #ingest: Ingest | undefined;

  constructor(task: Task, send: (message: FromThread) => void) {
    this.#task = task;
    this.#send = send;
    this.#store = openStore(task.path, { onRebuild: (sentence) => this.#trouble(sentence) });
  }

  start(): void {
    const { directories, follow, interval } = this.#task;
    const ingest = new Ingest(this.#store, {
      directories,
      follow,
      ...(interval === undefined ? {} : { interval }),
      onTrouble: (sentence) => this.#trouble(sentence),
      onDamaged: (error) => this.rebuild(error.message),
    });
    const before = { ...this.#counts };
    ingest.onCommit((items) => {
      const { events, duplicates, malformed } = ingest.counts;
      this.#counts.events = before.events + events;
      this.#counts.duplicates = before.duplicates + duplicates;
      this.#counts.malformed = before.malformed + malformed;
      this.#send({ type: 'progress', items, counts: this.#counts });
    });
    this.#ingest = ingest;
    ingest.start();
  }

  /** Puts the store aside and begins another, which reads the logs from their beginnings. */
  rebuild(reason: string): void {
    this.#ingest?.stop();
    this.#close();
    const { path } = this.#task;
    const aside = putAside(path, Date.now());
    this.#store = openStore(path);
    this.#trouble(rebuilt(path, reason, aside));
    this.#send({ type: 'rebuilt' });
    this.start();
  }

  stop(): void {
    try {
      // The sensor may have written its last words a moment ago.
      this.#ingest?.catchUp();
    } catch (error) {
      // The next start reads on from the last commit.
      if (isCorrupt(error)) this.#trouble(`The store ${this.#task.path} is damaged (${(error as Error).message}).`);
    }
    this.#ingest?.stop();
    this.#close();
  }

  #close(): void {
    try {
      this.#store.close();
    } catch {
      // A damaged or full one cannot finish its log; the next opening does.
    }
  }

  #trouble(sentence: string): void {
    this.#send({ type: 'trouble', sentence });
  }
}

function run(port: MessagePort): void {
  const send = (message: FromThread) => port.postMessage(message);
  let collecting: Collecting;
  try {
    collecting = new Collecting(workerData as Task, send);
  } catch (error) {
    send({ type: 'failed', message: (error as Error).message });
    port.close();
    return;
  }
  port.on('message', (message: ToThread) => {
    if (message.type === 'start') collecting.start();
    else if (message.type === 'damaged') collecting.rebuild(message.message);
    else {
      collecting.stop();
      port.close();
    }
  });
  send({ type: 'open' });
}

if (parentPort) run(parentPort);
