// A link that shows one thing to others: its secret begins every path, and what it does not show is no link on its pages.
import type { Me } from '../src/web/schema.ts';

/** `/share/SECRET`, or nothing for the operator. */
export const base =
  typeof location === 'undefined' ? '' : (/^\/share\/[\w-]{16,128}(?=\/|$)/.exec(location.pathname)?.[0] ?? '');

const PAGES: Record<NonNullable<Me['shows']>, RegExp> = {
  session: /^\/(sessions\/\d+|replay\/[^?]+)/,
  diary: /^\/diary\/\d/,
  replay: /^\/replay\//,
  dashboard: /^\/(?!addresses|attackers\/|health|replay$|diary\/since|samples\/.)/,
};
/** What would be asked with a masked value, or is not answered. */
const REFUSED = /[?&](address|sensor|command|url)=|○|%E2%97%8B/;

let shows: Me['shows'];
let page: string | undefined;

export function showing(me: Me): void {
  shows = me.shows;
  page = me.page;
}

export const shared = (): Me['shows'] => (base === '' ? undefined : shows);

/** Whether somebody who has the link may go there. */
export const leadsTo = (href: string): boolean =>
  base === '' ||
  (shows !== undefined && PAGES[shows].test(href) && !REFUSED.test(href) && (shows !== 'diary' || href === page));

/** An address of the API for a link of a page. */
export const apiUrl = (path: string): string => `${base}/api/v1${path}`;
