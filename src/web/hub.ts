// The live feed: every viewer gets what happens, at most ten messages a second; one who reads too slowly gets a fresh snapshot instead.
import type { FeedItem, Store } from '../observatory/store.ts';
import type { Masked } from './masked.ts';

const PACE_MS = 100;
const HEARTBEAT_MS = 15_000;
/** Bytes that may wait for one viewer. */
const WAITING = 64 << 10;
/** Items of a snapshot; a page shows no more. */
const ITEMS = 100;
/** Items of one message: more came at once than anyone reads, and those before are counted only. */
const MOST = 500;
/** A viewer who missed more than this starts from a snapshot. */
const RESUMABLE = 1_000;
export const VIEWERS = 64;

interface Viewer {
  controller: ReadableStreamDefaultController<Uint8Array>;
  behind: boolean;
  /** Came by a link: sees what attackers did, masked. */
  shared: boolean;
  /** Id of the newest item sent: what is announced may have been in the store, and sent, already. */
  last: number;
}

/** Where a viewer was: the last item, and its time, by which a store that was built anew is told from the old one. */
export interface Place {
  id: number;
  at?: number;
}

export interface HubOptions {
  store: Pick<Store, 'feed'>;
  feed: (listener: (items: FeedItem[]) => void) => () => void;
  masked?: Pick<Masked, 'feed'>;
}

export class Hub {
  readonly #store: HubOptions['store'];
  readonly #masked: HubOptions['masked'];
  readonly #viewers = new Set<Viewer>();
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #waiting: FeedItem[] = [];
  #skipped = 0;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;

  constructor({ store, feed, masked }: HubOptions) {
    this.#store = store;
    this.#masked = masked;
    this.#unsubscribe = feed((items) => this.#take(items));
    this.#heartbeat = setInterval(() => this.#toAll(() => BEAT), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * One viewer's stream of `text/event-stream`: a `snapshot` (or, with `after`, the items since then), then `items`.
   * @param after the last item that the viewer has
   * @param shared whether addresses are masked
   */
  view(after?: Place, shared = false): ReadableStream<Uint8Array> {
    let viewer: Viewer;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          viewer = { controller, behind: false, shared, last: 0 };
          controller.enqueue(encode('retry: 1000\n\n'));
          controller.enqueue(this.#since(after, viewer));
          this.#viewers.add(viewer);
        },
        pull: () => {
          if (!viewer.behind) return;
          viewer.behind = false;
          viewer.controller.enqueue(this.#snapshot(viewer));
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
    this.#waiting.push(...items.slice(-MOST));
    const over = Math.max(0, items.length - MOST) + Math.max(0, this.#waiting.length - MOST);
    this.#skipped += over;
    if (this.#waiting.length > MOST) this.#waiting = this.#waiting.slice(-MOST);
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#sentAt + PACE_MS - performance.now()));
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#waiting;
    const skipped = this.#skipped;
    if (items.length === 0) return;
    this.#waiting = [];
    this.#skipped = 0;
    this.#sentAt = performance.now();
    // Written once for all who need the same.
    const written = new Map<string, Uint8Array>();
    this.#toAll((viewer) => {
      const fresh = items.findIndex(({ id }) => id > viewer.last);
      if (fresh < 0) return undefined;
      const key = `${fresh} ${viewer.shared}`;
      const bytes = written.get(key) ?? this.#message('items', items.slice(fresh), viewer, fresh === 0 ? skipped : 0);
      written.set(key, bytes);
      viewer.last = items.at(-1)!.id;
      return bytes;
    });
  }

  #toAll(bytesFor: (viewer: Viewer) => Uint8Array | undefined): void {
    for (const viewer of this.#viewers) {
      if (viewer.behind) continue;
      if ((viewer.controller.desiredSize ?? 0) <= 0) {
        viewer.behind = true;
        continue;
      }
      const bytes = bytesFor(viewer);
      if (bytes) viewer.controller.enqueue(bytes);
    }
  }

  #snapshot(viewer: Viewer): Uint8Array {
    return this.#message('snapshot', this.#store.feed(ITEMS).reverse(), viewer);
  }

  #since(after: Place | undefined, viewer: Viewer): Uint8Array {
    if (after === undefined) return this.#snapshot(viewer);
    const [known, ...items] = this.#store.feed(RESUMABLE + 2, after.id - 1);
    // A store that was built anew counts from one again, or the item was so long ago that it is gone.
    const same = known?.id === after.id && (after.at === undefined || known.at === after.at);
    if (!same || items.length > RESUMABLE) return this.#snapshot(viewer);
    viewer.last = after.id;
    return this.#message('items', items, viewer);
  }

  /** `items` are oldest first; `skipped` items came before them and are not sent. */
  #message(event: 'items' | 'snapshot', items: readonly FeedItem[], viewer: Viewer, skipped = 0): Uint8Array {
    const last = items.at(-1);
    if (last) viewer.last = last.id;
    const id = last ? `id: ${last.id}.${last.at}\n` : '';
    const shown = viewer.shared ? (this.#masked?.feed(items) ?? []) : items;
    return encode(
      `event: ${event}\n${id}data: ${JSON.stringify({ items: shown, ...(skipped ? { skipped } : {}) })}\n\n`,
    );
  }
}

const encoder = new TextEncoder();
const encode = (text: string): Uint8Array => encoder.encode(text);
const BEAT = encode(': still here\n\n');
