// A diary's HTML as nodes of ours: a fixed list of elements without attributes; anything else becomes its text.
import { type ComponentChild, h } from 'preact';
import { masked } from '../mask.ts';

const ALLOWED = new Set(
  'article h1 h2 h3 p ul ol li strong em code pre table thead tbody tr th td figure figcaption blockquote hr br'.split(
    ' ',
  ),
);
const LEFT_OUT = new Set(['script', 'style', 'template', 'noscript', 'iframe', 'object']);

/** Parsing makes a document without a window: nothing in it runs or is fetched. */
export function Entry({ html }: { html: string }) {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  return <div class="entry">{[...body.childNodes].map(node)}</div>;
}

function node(found: Node): ComponentChild {
  if (found.nodeType === Node.TEXT_NODE) return masked(found.textContent ?? '');
  if (!(found instanceof Element)) return null;
  const name = found.localName;
  if (LEFT_OUT.has(name)) return null;
  const children = [...found.childNodes].map(node);
  if (!ALLOWED.has(name)) return children;
  // The corner of a table is no heading.
  if (name === 'th' && found.textContent === '') return <td />;
  const numeric = (name === 'td' || name === 'th') && found.classList.contains('number');
  const lead = name === 'p' && found.classList.contains('lead');
  return h(
    name,
    { ...(numeric ? { class: 'n' } : lead ? { class: 'lead' } : {}), ...(name === 'th' ? { scope: 'col' } : {}) },
    children,
  );
}
