// An entry as an HTML fragment, and as a page that stands alone. What attackers wrote is text in <code>, never markup.
import type { Block, Entry, Inline } from './document.ts';
import { entities } from './entities.ts';
import type { Shown } from './shown.ts';
import { barSvg, toSvg } from './svg.ts';

const IN_TEXT = 160;
const IN_CELL = 72;

/** `<article lang="…">…</article>`, without script, style or link. `id`: begins the ids of its figures, unique in a page. */
export function toHtml({ title, blocks }: Entry, shown: Shown, lang: 'en' | 'ja', id = 'figure'): string {
  let figures = 0;
  const body = [
    `<h1>${entities(title)}</h1>`,
    ...blocks.map((block) => blockHtml(block, shown, () => `${id}-${++figures}`)),
  ].join('\n');
  return `<article class="diary" lang="${lang}">\n${body}\n</article>\n`;
}

/** A whole page around a fragment, without anything that a browser would fetch or run. */
export function page(fragment: string, title: string, lang: 'en' | 'ja'): string {
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${entities(title)}</title>
<style>
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.7 system-ui, sans-serif; color: #222; background: #fff; }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
.lead { font-weight: 600 }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; background: #f3f3f0; border-radius: 3px; overflow-wrap: anywhere; unicode-bidi: isolate }
code { padding: 0 0.25em } pre { padding: 0.75rem; white-space: pre-wrap } pre code { padding: 0 }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: 0.2rem 0.75rem 0.2rem 0; text-align: left; border-bottom: 1px solid #ddd; vertical-align: top }
.drawing svg { width: 100%; height: auto; display: block } figcaption { font-size: 0.9rem } .bar { width: 6rem } .share { width: 6rem; height: 0.6rem }
figure { margin: 1rem 0; break-inside: avoid } table, pre { break-inside: avoid }
@media print { body { margin: 0; max-width: none; font-size: 10pt; color: #000 } }
.number { text-align: right; font-variant-numeric: tabular-nums }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } code, pre { background: #262626 } th, td { border-color: #444 } }
</style>
</head>
<body>
${fragment}</body>
</html>
`;
}

function blockHtml(block: Block, shown: Shown, nextId: () => string): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${entities(block.text)}</h2>`;
    case 'lead':
      return `<p class="lead">${line(block.inlines, shown, IN_TEXT)}</p>`;
    case 'paragraph':
      return `<p>${line(block.inlines, shown, IN_TEXT)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${line(item, shown, IN_TEXT)}</li>`).join('\n')}\n</ul>`;
    case 'table': {
      const numeric = (column: number) => (block.numeric[column] ? ' class="number"' : '');
      const head = block.head
        .map((cell, column) => `<th scope="col"${numeric(column)}>${entities(cell)}</th>`)
        .join('');
      const rows = block.rows.map((row, index) => {
        const share = block.bars?.[index];
        const cells = row.map(
          (cell, column) =>
            `<td${numeric(column)}>${typeof cell === 'string' ? entities(cell) : line(cell, shown, IN_CELL)}</td>`,
        );
        return `<tr>${cells.join('')}${share === undefined ? '' : `<td class="bar">${barSvg(share)}</td>`}</tr>`;
      });
      return `<table>\n<thead><tr>${head}${block.bars ? '<td class="bar"></td>' : ''}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
    }
    case 'figure':
      return `<figure class="drawing">\n${toSvg(block.drawing, nextId())}\n<figcaption>${entities(block.drawing.title)}</figcaption>\n</figure>`;
    case 'excerpt':
      return `<figure>\n<figcaption>${line(block.caption, shown, IN_CELL)}</figcaption>\n<pre><code>${block.lines
        .map((text) => entities(shown(text)))
        .join('\n')}</code></pre>\n</figure>`;
  }
}

function line(inlines: readonly Inline[], shown: Shown, most: number): string {
  return inlines
    .map((inline) => {
      if (typeof inline === 'string') return entities(inline);
      if ('remark' in inline) {
        const text = entities(shown(inline.remark));
        return inline.as ? `<${inline.as}>${text}</${inline.as}>` : text;
      }
      return 'strong' in inline
        ? `<strong>${entities(inline.strong)}</strong>`
        : `<code>${entities(shown(inline.quoted, Math.min(most, inline.most ?? most)))}</code>`;
    })
    .join('');
}
