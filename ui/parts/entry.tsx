// A diary's HTML as nodes of ours: a fixed list of elements; attributes only on drawings, a fixed list of them too. Anything else becomes its text.
import { type ComponentChild, h } from 'preact';
import { masked } from '../mask.ts';

const ALLOWED = new Set(
  'article h1 h2 h3 p ul ol li strong em code pre table thead tbody tr th td figure figcaption blockquote hr br'.split(
    ' ',
  ),
);
/** Elements of a drawing, and the attributes they may have: places, sizes, names of colours. */
const DRAWN = new Set('svg title desc path circle rect text'.split(' '));
const GEOMETRY =
  /^(viewBox|d|cx|cy|r|x|y|width|height|fill|fill-opacity|stroke|stroke-opacity|font-size|role|preserveAspectRatio|aria-(hidden|labelledby)|id)$/;
const SVG = 'http://www.w3.org/2000/svg';
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
  if (found.namespaceURI === SVG && DRAWN.has(name)) {
    const attributes = [...found.attributes].filter(
      ({ name: own, value }) => GEOMETRY.test(own) && /^[\w\s.,#-]*$/.test(value),
    );
    const kind = found.classList.item(0);
    return h(
      name,
      {
        ...Object.fromEntries(attributes.map((own) => [own.name, own.value])),
        ...(kind ? { class: `drawn-${kind}` } : {}),
      },
      children,
    );
  }
  if (!ALLOWED.has(name)) return children;
  // The corner of a table is no heading.
  if (name === 'th' && found.textContent === '') return <td />;
  const numeric = (name === 'td' || name === 'th') && found.classList.contains('number');
  const lead = name === 'p' && found.classList.contains('lead');
  const bar = name === 'td' && found.classList.contains('bar');
  return h(
    name,
    {
      ...(numeric ? { class: 'n' } : lead ? { class: 'lead' } : bar ? { class: 'share' } : {}),
      ...(name === 'th' ? { scope: 'col' } : {}),
    },
    children,
  );
}
