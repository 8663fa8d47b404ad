// A page whose code is loaded when it is first opened; afterwards it is there at once.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failed, Waiting } from './states.tsx';

/** Call it once a page, outside of any component. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [Page, setPage] = useState(() => loaded);
    const [error, setError] = useState<Error>();
    useEffect(() => {
      if (loaded) return;
      load().then((page) => {
        loaded = page;
        setPage(() => page);
      }, setError);
    }, []);
    if (error) return <Failed error={error} />;
    return Page ? (
      <Page {...props} />
    ) : (
      <div class="later">
        <Waiting />
      </div>
    );
  };
}
