// The thread that writes: it alone opens the store for writing. It ingests, looks addresses up, finds campaigns, keeps retention's rules, and builds a damaged store anew.
import { Resolver } from 'node:dns/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../config/config.ts';
import { CampaignKeeping } from '../diary/campaign/keeping.ts';
import { Enrichment } from '../observatory/enrichment.ts';
import type { Gazetteer } from '../observatory/geo/gazetteer.ts';
import { Ingest, type IngestCounts } from '../observatory/ingest.ts';
import { isCorrupt, openStore, putAside, rebuilt } from '../observatory/open.ts';
import { EventRetention } from '../observatory/retention.ts';
import type { SqliteStore } from '../observatory/sqlite.ts';
import type { FeedItem } from '../observatory/store.ts';
import { openGazetteer } from './atlas.ts';
import { type Keeper, type KeeperEvent, type KeeperState, startKeeper } from './keeper.ts';
import { texts } from './texts.ts';

/** What the thread is started with. */
export interface Task {
  config: Config;
  /** Of the store. */
  path: string;
  /** Of the journal. */
  log: string;
  /** Other logs. */
  follow: readonly string[];
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
  | { type: 'keeping'; state: KeeperState }
  | { type: 'geo'; state: Gazetteer['state'] }
  | { type: 'record'; event: KeeperEvent }
  | { type: 'trouble'; sentence: string }
  /** A sentence for the operator that tells of no trouble. */
  | { type: 'notice'; sentence: string }
  /** The store under its path is another one now. */
  | { type: 'rebuilt' };

/** Milliseconds between two rebuildings: a disk that damages what is written is not written to without end. */
const REBUILD_PAUSE = 60_000;

class Collecting {
  readonly #task: Task;
  readonly #gazetteer: Gazetteer;
  readonly #send: (message: FromThread) => void;
  #counted: IngestCounts = { events: 0, duplicates: 0, malformed: 0 };
  #store: SqliteStore;
  #ingest: Ingest | undefined;
  #enrichment: Enrichment | undefined;
  #campaigns: CampaignKeeping | undefined;
  #keeper: Keeper | undefined;
  #builtAt = Number.NEGATIVE_INFINITY;
  #later: NodeJS.Timeout | undefined;

  constructor(task: Task, gazetteer: Gazetteer, send: (message: FromThread) => void) {
    this.#task = task;
    this.#gazetteer = gazetteer;
    this.#send = send;
    this.#store = openStore(task.path, {
      frugal: true,
      onRebuild: (sentence) => this.#trouble(sentence),
      onUpgrade: (upgrade) => send({ type: 'notice', sentence: texts(task.config.web.language).storeUpgrade(upgrade) }),
    });
  }

  start(): void {
    try {
      this.#begin();
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      this.rebuild((error as Error).message);
    }
  }

  #begin(): void {
    const { config, log, follow } = this.#task;
    const ingest = new Ingest(this.#store, {
      directories: [log],
      follow,
      onTrouble: (sentence) => this.#trouble(sentence),
      onDamaged: (error) => this.rebuild(error.message),
    });
    this.#ingest = ingest;
    const before = this.#counted;
    ingest.onCommit((items) => {
      const { events, duplicates, malformed } = ingest.counts;
      this.#counted = {
        events: before.events + events,
        duplicates: before.duplicates + duplicates,
        malformed: before.malformed + malformed,
      };
      this.#send({ type: 'progress', items, counts: this.#counted });
    });
    const { reverse_dns } = config.geo;
    this.#enrichment = new Enrichment(this.#store, this.#gazetteer, {
      ...(reverse_dns ? { resolver: new Resolver({ timeout: 3000, tries: 2 }) } : {}),
      onTrouble: (sentence) => this.#trouble(sentence),
      onChange: () => this.#send({ type: 'geo', state: this.#gazetteer.state }),
    });
    this.#campaigns = new CampaignKeeping(this.#store, { onTrouble: (sentence) => this.#trouble(sentence) });
    ingest.start();
    this.#enrichment.start();
    this.#campaigns.start();
    const keeper = startKeeper({
      config,
      dataDirectory: '.',
      events: (hooks) => new EventRetention(this.#store, hooks),
      record: (...event) => this.#send({ type: 'record', event }),
      trouble: (sentence) => this.#trouble(sentence),
      onState: (state) => this.#send({ type: 'keeping', state }),
    });
    this.#keeper = keeper;
    // What starting leaves behind would stay for as long as nothing happens.
    for (let i = 0; i < 2; i++) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }

  /** Puts the store aside and begins another, which reads the logs from their beginnings. */
  rebuild(reason: string): void {
    void this.#keeper?.stop();
    void this.#enrichment?.stop();
    void this.#campaigns?.stop();
    this.#ingest?.stop();
    const wait = this.#builtAt + REBUILD_PAUSE - performance.now();
    clearTimeout(this.#later);
    if (wait > 0) {
      this.#later = setTimeout(() => this.rebuild(reason), wait);
      return;
    }
    this.#builtAt = performance.now();
    this.#close();
    const { path } = this.#task;
    const aside = putAside(path, Date.now());
    this.#store = openStore(path, { frugal: true });
    this.#trouble(rebuilt(path, reason, aside));
    this.#send({ type: 'rebuilt' });
    this.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#later);
    await this.#keeper?.stop();
    await this.#enrichment?.stop();
    await this.#campaigns?.stop();
    try {
      // The sensor may have written its last words a moment ago.
      this.#ingest?.catchUp();
    } catch {
      // The next start reads on from the last commit.
    }
    this.#ingest?.stop();
    this.#close();
  }

  #close(): void {
    try {
      this.#store.close();
    } catch {
      // One that is damaged, or on a full disk, cannot put its log away; the next opening does.
    }
  }

  #trouble(sentence: string): void {
    this.#send({ type: 'trouble', sentence });
  }
}

async function run(port: MessagePort): Promise<void> {
  const send = (message: FromThread) => port.postMessage(message);
  let collecting: Collecting;
  try {
    const task = workerData as Task;
    const gazetteer = await openGazetteer(task.config, '.');
    collecting = new Collecting(task, gazetteer, send);
    send({ type: 'geo', state: gazetteer.state });
  } catch (error) {
    send({ type: 'failed', message: (error as Error).message });
    port.close();
    return;
  }
  port.on('message', (message: ToThread) => {
    if (message.type === 'start') collecting.start();
    else if (message.type === 'damaged') collecting.rebuild(message.message);
    else void collecting.stop().finally(() => port.close());
  });
  send({ type: 'open' });
}

if (parentPort) await run(parentPort);
