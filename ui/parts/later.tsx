// A page whose code is loaded when it is opened.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failed, Waiting } from './states.tsx';

/** Loaded once: `load` must be the same function every time. */
export function Later<P extends object>({ load, ...props }: { load: () => Promise<ComponentType<P>> } & P) {
  const [Page, setPage] = useState<ComponentType<P>>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    load().then((page) => setPage(() => page), setError);
  }, [load]);
  if (error) return <Failed error={error} />;
  return Page ? <Page {...(props as unknown as P)} /> : <Waiting />;
}
