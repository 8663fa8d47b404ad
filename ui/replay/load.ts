// Gets a recording for the page: a finished one whole, one that is being made as it grows.
import { useEffect, useState } from 'preact/hooks';
import type { Recordings } from '../../src/web/schema.ts';
import { get, getText } from '../api.ts';
import { url } from '../router.tsx';
import { apiUrl } from '../share.ts';
import { Recording } from './recording.ts';

export interface Source {
  name: string;
  session?: string;
}

export interface Loaded {
  recording?: Recording;
  error?: Error;
  /** Counts how often it grew. */
  grown: number;
  growing: boolean;
  /** The stream was cut; the browser tries again. */
  lost: boolean;
  /** The name it is kept under, once it is finished. */
  finished?: string;
}

/** As the sensor names a recording that is still being made; old Cowries kept such names. */
const UNFINISHED = /^\d{8}-\d{6}-[0-9a-f]{8,12}-\d+[ie]\.log$/;

const WAITING: Loaded = { grown: 0, growing: false, lost: false };

export function useRecording(source: Source | undefined, mask: boolean): Loaded {
  const [loaded, set] = useState<Loaded>(WAITING);
  const { name, session } = source ?? {};
  useEffect(() => {
    set(WAITING);
    if (name === undefined) return;
    const path = `/recordings/${encodeURIComponent(name)}`;
    const hiding = mask ? 'circles' : undefined;
    const stop = new AbortController();
    const load = () =>
      getText(url(path, { session, mask: hiding }), stop.signal)
        .then((text) => Recording.parse(text, stop.signal))
        .then((recording) => set({ ...WAITING, recording }));
    const start = async () => {
      if (!UNFINISHED.test(name)) return load();
      const { running } = await get<Recordings>('/recordings?recent=0', stop.signal);
      if (!running.some((one) => one.name === name)) return load();
      stop.signal.throwIfAborted();
      stop.signal.addEventListener('abort', follow(apiUrl(url(`${path}/live`, { mask: hiding })), set));
    };
    start().catch((error: Error) => {
      if (!stop.signal.aborted) set({ ...WAITING, error });
    });
    return () => stop.abort();
  }, [name, session, mask]);
  return loaded;
}

/** Returns its end. */
function follow(path: string, set: (loaded: Loaded) => void): () => void {
  let recording: Recording | undefined;
  let grown = 0;
  const source = new EventSource(path);
  const tell = (changes: Partial<Loaded> = {}) =>
    set({ ...WAITING, growing: true, ...(recording ? { recording } : {}), grown, ...changes });
  // After a cut it comes from the beginning again.
  source.addEventListener('header', ({ data }) => {
    recording = new Recording();
    recording.add(data);
    grown = 0;
    tell();
  });
  source.addEventListener('events', ({ data }) => {
    for (const event of JSON.parse(data) as unknown[]) recording?.add(JSON.stringify(event));
    grown++;
    tell();
  });
  source.addEventListener('end', ({ data }) => {
    source.close();
    recording?.finish();
    grown++;
    tell({ growing: false, finished: (JSON.parse(data) as { name: string }).name });
  });
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) tell({ growing: false, error: new Error('gone') });
    else tell({ lost: true });
  };
  return () => source.close();
}
