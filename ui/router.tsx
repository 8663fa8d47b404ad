// Where the reader is: the URL holds the state, links change it without loading the document again.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { masked } from './mask.ts';
import { onChange } from './settings.ts';
import { base, leadsTo } from './share.ts';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const listeners = new Set<() => void>();
/** A path as the pages know it, and as the address bar shows it to somebody with a link. */
const inside = (path: string): string => (base !== '' && path.startsWith(base) ? path.slice(base.length) : path);
const outside = (path: string): string => base + inside(path);

/** The place itself: in screenshot mode the address bar may show less of it, and the entry of the history keeps it. */
const real = (): string =>
  (history.state as { place?: string } | null)?.place ?? location.pathname + location.search + location.hash;

function here(): Place {
  const { pathname, searchParams } = new URL(real(), location.origin);
  return { path: inside(pathname) || '/', query: searchParams };
}

/** Writes a place into the address bar; one that names an address is cut to its page in screenshot mode. */
function show(place: string, replace: boolean): void {
  const own = inside(place);
  const plain = decoded(own.replaceAll('+', ' '));
  const shown = masked(plain) === plain ? place : `${base}/${own.split(/[/?]/)[1]}`;
  history[replace ? 'replaceState' : 'pushState'](shown === place ? null : { place }, '', shown);
}
if (typeof history !== 'undefined') {
  show(real(), true);
  onChange(() => show(real(), true));
}

let back = false;
addEventListener('popstate', () => {
  back = true;
});
/** Whether the reader came here by Back or Forward: then a list stands where it stood. */
export const cameBack = (): boolean => back;

export function go(to: string, replace = false): void {
  const url = outside(to);
  back = false;
  show(url, replace);
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
  if (!leadsTo(href))
    return (
      <span class={rest.class} title={rest.title}>
        {children}
      </span>
    );
  return (
    <a
      href={outside(href)}
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
