// Asks the API: typed answers, one sentence for a failure, and a signal when the login has ended.
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../src/web/schema.ts';
import { apiUrl } from './share.ts';

export class ApiError extends Error {
  readonly status: number;
  readonly password: boolean;

  constructor(status: number, { error, password = false }: Problem) {
    super(error);
    this.status = status;
    this.password = password;
  }
}

const loginListeners = new Set<(error: ApiError) => void>();

/** Called when an answer says: log in first. */
export function onLoginNeeded(listener: (error: ApiError) => void): () => void {
  loginListeners.add(listener);
  return () => loginListeners.delete(listener);
}

async function failure(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  const error = new ApiError(response.status, problem ?? { error: `HTTP ${response.status}` });
  if (response.status === 401) for (const listener of loginListeners) listener(error);
  return error;
}

/** @throws ApiError; TypeError when the server cannot be reached */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(apiUrl(path), { signal });
  if (!response.ok) throw await failure(response);
  return (await response.json()) as T;
}

export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await fetch(apiUrl(path), { signal });
  if (!response.ok) throw await failure(response);
  return response.text();
}

/** Lines of JSON as they come, each in place of the one before. */
export async function follow<T>(path: string, signal: AbortSignal, onLine: (line: T) => void): Promise<void> {
  const response = await fetch(apiUrl(path), { signal });
  if (!response.ok) throw await failure(response);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop()!;
    // Of several that came together the last says most.
    const last = lines.at(-1);
    if (last !== undefined) onLine(JSON.parse(last) as T);
  }
}

export async function post<T>(path: string, body: object): Promise<T> {
  const response = await fetch(apiUrl(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await failure(response);
  return (await response.json()) as T;
}

export async function remove(path: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(apiUrl(path), { method: 'DELETE', headers });
  if (!response.ok) throw await failure(response);
}

export interface Answer<T> {
  /** The last answer stays while the next one is on its way. */
  data?: T;
  error?: Error;
  loading: boolean;
}

/**
 * The answer to a path; `undefined` asks nothing.
 * @param version ask again when it changes, and keep showing the old answer
 */
export function useApi<T>(path: string | undefined, version: unknown = 0, read = get<T>): Answer<T> {
  const [state, set] = useState<Answer<T> & { path?: string }>({ loading: path !== undefined, path });
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    set((old) => (old.path === path ? { ...old, loading: true } : { data: old.data, loading: true, path }));
    read(path, stop.signal).then(
      (data) => set({ data, loading: false, path }),
      (error: Error) => {
        if (!stop.signal.aborted) set((old) => ({ data: old.data, error, loading: false, path }));
      },
    );
    return () => stop.abort();
  }, [path, version]);
  return state;
}

/** An answer that grows while it is counted; `undefined` asks nothing. */
export function useGrowing<T>(path: string | undefined): Answer<T> {
  const [state, set] = useState<Answer<T>>({ loading: path !== undefined });
  useEffect(() => {
    if (path === undefined) return set({ loading: false });
    const stop = new AbortController();
    set((old) => ({ data: old.data, loading: true }));
    follow<T>(path, stop.signal, (data) => set({ data, loading: true })).then(
      () => set((old) => ({ ...old, loading: false })),
      (error: Error) => {
        if (!stop.signal.aborted) set((old) => ({ data: old.data, error, loading: false }));
      },
    );
    return () => stop.abort();
  }, [path]);
  return state;
}
