// Digests on disk until every target has them: a target that is away, or a crash of ours, loses none.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from './digest.ts';
import { Later, type Target, Undeliverable } from './target.ts';

interface Waiting {
  digest: Digest;
  /** Names of the targets that have not got it. */
  to: string[];
}

export interface QueueOptions {
  /** Made when it is needed. */
  folder: string;
  targets: readonly Target[];
  /** A sentence for the operator: told once each time that a target goes away, comes back or refuses something. */
  trouble: (sentence: string) => void;
  now?: () => number;
}

/** Digests that may wait: of more, the oldest are dropped, and that is told. */
const MOST = 200;
/** A digest that nobody took for so long is no news any more. */
const STALE = 7 * 86_400_000;
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 3_600_000;
const PATIENCE = 60_000;

export class Queue {
  readonly #options: Required<QueueOptions>;
  /** By target: when it may be asked again, and how long it was waited the last time. */
  readonly #away = new Map<string, { until: number; wait: number }>();

  constructor(options: QueueOptions) {
    this.#options = { now: Date.now, ...options };
  }

  add(digest: Digest): void {
    const { folder, targets, trouble } = this.#options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#write(digest.id, { digest, to: targets.map(({ name }) => name) });
    const waiting = this.#ids();
    const dropped = waiting.slice(0, Math.max(0, waiting.length - MOST));
    for (const id of dropped) this.#remove(id);
    if (dropped.length > 0)
      trouble(`${dropped.length} alerts were dropped: more than ${MOST} waited for a target that is away.`);
  }

  /** How many digests wait for someone. */
  get length(): number {
    return this.#ids().length;
  }

  /** Tries every target that may be asked; of each, the oldest digest first. */
  async deliver(signal: AbortSignal): Promise<void> {
    const { targets, trouble, now } = this.#options;
    for (const target of targets) {
      for (const id of this.#ids()) {
        const away = this.#away.get(target.name);
        if (signal.aborted || (away && now() < away.until)) break;
        const waiting = this.#read(id);
        if (!waiting?.to.includes(target.name)) continue;
        try {
          await target.deliver(waiting.digest, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
          if (away) trouble(`Alerts reach ${target.name} again.`);
          this.#away.delete(target.name);
        } catch (error) {
          if (signal.aborted) return;
          const { message } = error as Error;
          if (!(error instanceof Undeliverable)) {
            if (!away) trouble(`Alerts do not reach ${target.name} (${message}); they are kept and tried again.`);
            const wait =
              error instanceof Later ? error.after : Math.min(LONGEST_WAIT, (away?.wait ?? FIRST_WAIT / 2) * 2);
            this.#away.set(target.name, { until: now() + wait, wait });
            break;
          }
          trouble(`${target.name} refused an alert for good (${message}).`);
        }
        this.#done(id, waiting, target.name);
      }
    }
    this.#forget();
  }

  /** When the next attempt makes sense; undefined when nothing waits. */
  get nextAt(): number | undefined {
    if (this.length === 0) return undefined;
    const waits = [...this.#away.values()].map(({ until }) => until);
    return waits.length === 0 ? this.#options.now() : Math.min(...waits);
  }

  #done(id: string, waiting: Waiting, name: string): void {
    waiting.to = waiting.to.filter((other) => other !== name);
    if (waiting.to.length === 0) this.#remove(id);
    else this.#write(id, waiting);
  }

  /** What is too old, and what only waits for targets that the configuration no longer names. */
  #forget(): void {
    const { targets, trouble, now } = this.#options;
    const names = new Set(targets.map(({ name }) => name));
    for (const id of this.#ids()) {
      const waiting = this.#read(id);
      const stale = waiting !== undefined && now() - waiting.digest.at > STALE;
      if (stale) trouble(`An alert was given up after a week: ${waiting.to.join(', ')} did not take it.`);
      if (!waiting || stale || !waiting.to.some((name) => names.has(name))) this.#remove(id);
    }
  }

  /** Oldest first: an id begins with its time. */
  #ids(): string[] {
    const { folder } = this.#options;
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => /^\d{13}-[0-9a-f]{8}\.json$/.test(name))
      .map((name) => name.slice(0, -'.json'.length))
      .sort();
  }

  #read(id: string): Waiting | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(id), 'utf8')) as Waiting;
    } catch {
      return undefined;
    }
  }

  #write(id: string, waiting: Waiting): void {
    const path = this.#path(id);
    writeFileSync(`${path}.new`, JSON.stringify(waiting), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  #remove(id: string): void {
    rmSync(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return join(this.#options.folder, `${id}.json`);
  }
}
