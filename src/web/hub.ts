// The live feed: every viewer gets what happens, at most ten messages a second; one who reads too slowly gets a fresh snapshot instead.
import type { FeedItem, Store } from '../observatory/store.ts';

const PACE_MS = 100;
const HEARTBEAT_MS = 15_000;
/** Bytes that may wait for one viewer. */
const WAITING = 64 << 10;
/** Items of one message, and of a snapshot; a page shows no more. */
const ITEMS = 100;
/** A viewer who missed more than this starts from a snapshot. */
const RESUMABLE = 1_000;
export const VIEWERS = 64;

interface Viewer {
  controller: ReadableStreamDefaultController<Uint8Array>;
  behind: boolean;
}

export interface HubOptions {
  store: Pick<Store, 'feed'>;
  feed: (listener: (items: FeedItem[]) => void) => () => void;
}

export class Hub {
  readonly #store: HubOptions['store'];
  readonly #viewers = new Set<Viewer>();
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #waiting: FeedItem[] = [];
  #skipped = 0;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;

  constructor({ store, feed }: HubOptions) {
    this.#store = store;
    this.#unsubscribe = feed((items) => this.#take(items));
    this.#heartbeat = setInterval(() => this.#toAll(encode(': still here\n\n')), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * One viewer's stream of `text/event-stream`: a `snapshot` (or, with `after`, the items since then), then `items`.
   * @param after id of the last item that the viewer has
   */
  view(after?: number): ReadableStream<Uint8Array> {
    let viewer: Viewer;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          viewer = { controller, behind: false };
          // Waiting items are in the store already: they go out now, so that the newcomer gets nothing twice.
          this.#flush();
          controller.enqueue(encode('retry: 1000\n\n'));
          controller.enqueue(this.#since(after));
          this.#viewers.add(viewer);
        },
        pull: () => {
          if (!viewer.behind) return;
          viewer.behind = false;
          viewer.controller.enqueue(this.#snapshot());
        },
        cancel: () => {
          this.#viewers.delete(viewer);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: WAITING }),
    );
  }

  close(): void {
    this.#unsubscribe();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    for (const { controller } of this.#viewers) controller.close();
    this.#viewers.clear();
  }

  #take(items: readonly FeedItem[]): void {
    if (this.#viewers.size === 0) return;
    this.#waiting.push(...items.slice(-ITEMS));
    const over = Math.max(0, items.length - ITEMS) + Math.max(0, this.#waiting.length - ITEMS);
    this.#skipped += over;
    if (this.#waiting.length > ITEMS) this.#waiting = this.#waiting.slice(-ITEMS);
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#sentAt + PACE_MS - performance.now()));
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const bytes = message('items', this.#waiting, this.#skipped);
    this.#waiting = [];
    this.#skipped = 0;
    this.#sentAt = performance.now();
    this.#toAll(bytes);
  }

  #toAll(bytes: Uint8Array): void {
    for (const viewer of this.#viewers) {
      if (viewer.behind) continue;
      if ((viewer.controller.desiredSize ?? 0) <= 0) viewer.behind = true;
      else viewer.controller.enqueue(bytes);
    }
  }

  #snapshot(): Uint8Array {
    return message('snapshot', this.#store.feed(ITEMS).reverse());
  }

  #since(after: number | undefined): Uint8Array {
    if (after === undefined) return this.#snapshot();
    const newest = this.#store.feed(1)[0]?.id ?? 0;
    // A store that was rebuilt counts from one again.
    if (after > newest) return this.#snapshot();
    const items = this.#store.feed(RESUMABLE + 1, after);
    if (items.length > RESUMABLE) return this.#snapshot();
    return message('items', items.slice(-ITEMS), Math.max(0, items.length - ITEMS));
  }
}

const encoder = new TextEncoder();
const encode = (text: string): Uint8Array => encoder.encode(text);

/** `items` are oldest first; `skipped` items came before them and are not sent. */
function message(event: 'items' | 'snapshot', items: readonly FeedItem[], skipped = 0): Uint8Array {
  const last = items.at(-1);
  const id = last ? `id: ${last.id}\n` : '';
  return encode(`event: ${event}\n${id}data: ${JSON.stringify({ items, ...(skipped ? { skipped } : {}) })}\n\n`);
}
