// Where the reader is: the URL holds the state, links change it without loading the document again.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const listeners = new Set<() => void>();
const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

let back = false;
addEventListener('popstate', () => {
  back = true;
});
/** Whether the reader came here by Back or Forward: then a list stands where it stood. */
export const cameBack = (): boolean => back;

export function go(url: string, replace = false): void {
  back = false;
  if (replace) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  const [place, set] = useState(here);
  useEffect(() => {
    const update = () => set(here());
    addEventListener('popstate', update);
    listeners.add(update);
    return () => {
      removeEventListener('popstate', update);
      listeners.delete(update);
    };
  }, []);
  return place;
}

type Values = Record<string, string | number | boolean | undefined>;

/** A part of a path as text; as it stands where it is wrongly encoded. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A path with its query; `undefined` leaves a name out. */
export function url(path: string, values: Values = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

interface LinkProps {
  href: string;
  class?: string;
  title?: string;
  'aria-label'?: string;
  'aria-current'?: 'page' | 'date';
  children?: ComponentChildren;
}

/** A link inside the pages. */
export function A({ href, children, ...rest }: LinkProps) {
  return (
    <a
      href={href}
      {...rest}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(href);
      }}
    >
      {children}
    </a>
  );
}
