// Hostile text in an entry stays text: in Markdown, in HTML, on a terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, quoted, say, strong } from './document.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { shownWith } from './shown.ts';
import { width } from './table.ts';
import { toTerminal } from './terminal.ts';

const shown = shownWith({ style: 'circles' }, 'en');
const HOSTILE = '</code></pre><script>alert(1)</script> `` | ``` \u001b[2J\u202e\n# x ![](http://192.0.2.7/a.png)';

const entry = (value: string): Entry => ({
  title: 'A * title',
  blocks: [
    { kind: 'lead', inlines: say`Lead ${quoted(value)}` },
    { kind: 'paragraph', inlines: say`${strong('Bold_name')} <b> ${12345} ${quoted(value)}` },
    { kind: 'list', items: [say`item ${quoted(value)}`] },
    { kind: 'table', head: ['Value', 'Count'], numeric: [false, true], rows: [[[quoted(value)], '1']] },
    { kind: 'excerpt', caption: say`Caption`, lines: [value, 'second'] },
  ],
});

test('Markdown: quotations cannot leave their code span, fence or table cell', () => {
  const text = toMarkdown(entry(HOSTILE), shown);
  const lines = text.split('\n');
  assert.equal(lines[0], '# A \\* title');
  assert.ok(!lines.some((line) => line.startsWith('# x')), text);
  assert.ok(!/[\u001b\u202e]/.test(text));
  assert.ok(!text.includes('192.0.2.7') && !text.includes('http://'), text);
  // The longest run of backticks inside is three: a span needs four, and so does the fence.
  assert.match(text, /````<\/code>/);
  const row = lines.find((line) => line.includes('| 1 |'))!;
  assert.equal(row.match(/(?<!\\)\|/g)?.length, 3, row);
  const fences = lines.filter((line) => /^````$/.test(line));
  assert.equal(fences.length, 2);
  assert.match(text, /\*\*Bold\\_name\*\* \\<b\\> 12,345/);
});

test('Markdown: empty values and edge spaces stay visible', () => {
  const text = toMarkdown(
    { title: 'x', blocks: [{ kind: 'paragraph', inlines: say`${quoted('')} ${quoted(' a ')} ${quoted('`')}` }] },
    shown,
  );
  assert.match(text, /`\(empty\)` ` {2}a {2}` `` ` ``/);
});

test('HTML: no markup of an attacker survives', () => {
  const text = toHtml(entry(HOSTILE), shown, 'en');
  assert.ok(!/<script|<img|<b>/.test(text), text);
  assert.equal(text.match(/<code>/g)?.length, text.match(/<\/code>/g)?.length);
  assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
});

test('terminal: no control character but our own bold', () => {
  const plain = toTerminal(entry(HOSTILE), { columns: 80, styled: false });
  assert.ok(!/[^\n\x20-\x7e…•\u2026]/.test(plain), JSON.stringify(plain));
  const styled = toTerminal(entry(HOSTILE), { columns: 80, styled: true });
  assert.equal(styled.replace(/\u001b\[(1|22)m/g, ''), plain);
});

test('terminal: lines are broken by the columns they take', () => {
  const inlines = say`${quoted('日本語'.repeat(60))}`;
  const text = toTerminal({ title: 'x', blocks: [{ kind: 'paragraph', inlines }] }, { columns: 60, styled: false });
  const widths = text.split('\n').map(width);
  assert.ok(Math.max(...widths) <= 60, String(widths));
  assert.ok(widths.length > 4);
});
