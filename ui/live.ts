// The live feed in the browser: one stream while the page is seen, resumed from the last item after any pause.
import { useEffect, useState } from 'preact/hooks';
import type { FeedItem } from '../src/web/schema.ts';
import { hide } from './mask.ts';
import { apiUrl } from './share.ts';

const KEPT = 200;

export interface Live {
  /** Newest first. */
  items: readonly FeedItem[];
  connected: boolean;
  /** Grows with every message. */
  version: number;
}

let state: Live = { items: [], connected: false, version: 0 };
const listeners = new Set<(state: Live) => void>();
let source: EventSource | undefined;
/** Id of the last message: where another stream goes on. */
let last: string | undefined;

function publish(changes: Partial<Live>): void {
  state = { ...state, ...changes };
  for (const listener of listeners) listener(state);
}

function take({ data, lastEventId }: MessageEvent<string>, fresh: boolean): void {
  if (lastEventId !== '') last = lastEventId;
  const { items } = JSON.parse(data) as { items: FeedItem[] };
  for (const { sensor } of items) hide(sensor);
  const newest = items.toReversed();
  publish({ items: fresh ? newest : [...newest, ...state.items].slice(0, KEPT), version: state.version + 1 });
}

function open(): void {
  if (source || listeners.size === 0 || document.hidden) return;
  source = new EventSource(apiUrl(last === undefined ? '/live' : `/live?after=${last}`));
  source.onopen = () => publish({ connected: true });
  source.onerror = () => {
    publish({ connected: false });
    // An answer that is no stream (a restart in progress, a login that ended) closes it for good: try again, calmly.
    if (source?.readyState === EventSource.CLOSED) {
      close();
      setTimeout(open, 3000);
    }
  };
  source.addEventListener('items', (event) => take(event, false));
  source.addEventListener('snapshot', (event) => take(event, true));
}

function close(): void {
  source?.close();
  source = undefined;
}

// A browser opens six connections to a server: pages in the background give theirs back.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) close();
  else open();
});
addEventListener('pagehide', close);
addEventListener('pageshow', open);

export function useLive(): Live {
  const [live, set] = useState(state);
  useEffect(() => {
    listeners.add(set);
    set(state);
    open();
    return () => {
      listeners.delete(set);
    };
  }, []);
  return live;
}
