// Looks at the day every few minutes, makes a digest of what is news, and sees that every target gets it.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY, dayOf, isoDay } from '../diary/day.ts';
import type { Knowledge } from '../diary/knowledge.ts';
import { observe } from '../diary/observe.ts';
import type { Range, Store } from '../observatory/store.ts';
import type { Digest, Item } from './digest.ts';
import { type NewsOptions, newsOf } from './news.ts';
import { Queue } from './queue.ts';
import type { Target } from './target.ts';

export interface AlerterOptions {
  store: Store;
  knowledge: Knowledge;
  news: NewsOptions;
  targets: readonly Target[];
  /** Of its state and of what waits; made when it is needed. */
  folder: string;
  /** Between two digests, ms. */
  every: number;
  /** A sentence for the operator. */
  trouble: (sentence: string) => void;
  now?: () => number;
}

interface State {
  /** Of the last look, ms. */
  lookedAt: number;
  /** `YYYY-MM-DD` and the key of a piece of news, space between: what was told. */
  told: string[];
}

/** Items of one digest. */
const MOST = 12;
/** The first look after a start waits for what an ingest has to catch up with. */
const SETTLE = 60_000;

export class Alerter {
  readonly #options: Required<AlerterOptions>;
  readonly #queue: Queue;
  readonly #stopping = new AbortController();
  #state: State | undefined;
  #living: Promise<void> | undefined;

  constructor(options: AlerterOptions) {
    const { folder, targets, trouble, now = Date.now } = options;
    this.#options = { ...options, now };
    this.#queue = new Queue({ folder: join(folder, 'queue'), targets, trouble, now });
    this.#state = read(join(folder, 'told.json'));
  }

  start(): void {
    this.#living ??= this.#live();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#living;
  }

  /**
   * One look: what is news since the last goes into the queue. The first look ever tells nothing, for all of that was there before anyone
   * asked to be told.
   */
  look(): Digest | undefined {
    const { store, knowledge, news, now } = this.#options;
    const at = now();
    const before = this.#state;
    const told = new Set(before?.told);
    const items: Item[] = [];
    for (const day of daysOf(before?.lookedAt ?? at, at))
      for (const { key, ...item } of newsOf(observe(store, day, knowledge, at), news)) {
        const named = `${isoDay(day.from)} ${key}`;
        if (told.has(named)) continue;
        told.add(named);
        items.push(item);
      }
    const kept = isoDay(at - DAY);
    const digest = before && items.length > 0 ? digestOf(items, at, news.lang) : undefined;
    // What waits comes before what is told: a crash between the two tells it twice rather than never.
    if (digest) this.#queue.add(digest);
    this.#keep({ lookedAt: at, told: [...told].filter((named) => named >= kept) });
    return digest;
  }

  /** Gives what waits to the targets that may be asked. */
  deliver(): Promise<void> {
    return this.#queue.deliver(this.#stopping.signal);
  }

  async #live(): Promise<void> {
    const { every, trouble, now } = this.#options;
    const { signal } = this.#stopping;
    let lookAt = Math.max(now() + SETTLE, (this.#state?.lookedAt ?? 0) + every);
    while (!signal.aborted) {
      const next = Math.min(lookAt, this.#queue.nextAt ?? lookAt);
      await sleep(Math.max(1_000, next - now()), signal);
      if (signal.aborted) return;
      try {
        if (now() >= lookAt) {
          lookAt = now() + every;
          this.look();
        }
        await this.deliver();
      } catch (error) {
        trouble(`Alerts could not be made (${(error as Error).message}); it is tried again.`);
      }
    }
  }

  #keep(state: State): void {
    const { folder } = this.#options;
    this.#state = state;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'told.json');
    writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/** Today, and yesterday when it was not yet over at the last look. */
function daysOf(lookedAt: number, at: number): Range[] {
  const today = dayOf(at);
  return lookedAt < today.from ? [dayOf(at - DAY), today] : [today];
}

export function digestOf(items: readonly Item[], at: number, lang: 'en' | 'ja'): Digest {
  const sorted = [...items].sort((a, b) => b.score - a.score);
  const more = Math.max(0, sorted.length - MOST);
  const [title, rest] =
    lang === 'ja'
      ? [`観察記: 新しい観察が${items.length}件`, `ほか${more}件`]
      : [`Kansatsuki: ${items.length} new observation${items.length === 1 ? '' : 's'}`, `and ${more} more`];
  return {
    id: `${String(at).padStart(13, '0')}-${randomBytes(4).toString('hex')}`,
    at,
    title,
    items: sorted.slice(0, MOST),
    more,
    ...(more > 0 ? { rest } : {}),
  };
}

function read(path: string): State | undefined {
  try {
    const { lookedAt, told } = JSON.parse(readFileSync(path, 'utf8')) as Partial<State>;
    return typeof lookedAt === 'number' && Array.isArray(told) ? { lookedAt, told } : undefined;
  } catch {
    return undefined;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
