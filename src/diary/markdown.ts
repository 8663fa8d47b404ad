// An entry as Markdown (CommonMark with GFM tables). What attackers wrote stands in code spans, from which nothing escapes.
import type { Block, Entry, Inline } from './document.ts';
import { sparkline } from './figure.ts';
import type { Shown } from './shown.ts';

/** Longest quotation in a sentence, and in a table's cell. */
const IN_TEXT = 160;
const IN_CELL = 72;

export function toMarkdown({ title, blocks }: Entry, shown: Shown): string {
  return `${[`# ${words(title)}`, ...blocks.flatMap((block) => blockText(block, shown) ?? [])].join('\n\n')}\n`;
}

/** Nothing for a picture that text has no form of: what it shows is told, too. */
function blockText(block: Block, shown: Shown): string | undefined {
  switch (block.kind) {
    case 'heading':
      return `## ${words(block.text)}`;
    case 'lead':
      return `**${line(block.inlines, shown, IN_TEXT)}**`;
    case 'paragraph':
      return line(block.inlines, shown, IN_TEXT);
    case 'list':
      return block.items.map((item) => `- ${line(item, shown, IN_TEXT)}`).join('\n');
    case 'table': {
      const rows = block.rows.map((row) =>
        row.map((cell) => (typeof cell === 'string' ? words(cell) : line(cell, shown, IN_CELL).replaceAll('|', '\\|'))),
      );
      const rule = block.head.map((_, column) => (block.numeric[column] ? '---:' : '---'));
      return [block.head.map((cell) => words(cell)), rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
    }
    case 'figure': {
      const { figure, title, description } = block.drawing;
      if (figure.kind === 'map') return undefined;
      return `${words(title)}: ${codeSpan(sparkline(figure))} ${words(description)}`;
    }
    case 'excerpt': {
      const lines = block.lines.map((text) => shown(text));
      const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
      return `${line(block.caption, shown, IN_CELL)}\n\n${fence}\n${lines.join('\n')}\n${fence}`;
    }
  }
}

function line(inlines: readonly Inline[], shown: Shown, most: number): string {
  return inlines
    .map((inline) => {
      if (typeof inline === 'string') return words(inline);
      if ('remark' in inline) {
        const text = shown(inline.remark);
        return inline.as === 'code' ? codeSpan(text) : inline.as === 'strong' ? `**${words(text)}**` : words(text);
      }
      return 'strong' in inline
        ? `**${words(inline.strong)}**`
        : codeSpan(shown(inline.quoted, Math.min(most, inline.most ?? most)));
    })
    .join('');
}

/** Our own words, with Markdown's characters escaped. */
const words = (text: string): string => text.replace(/[\\`*_[\]<>|~]/g, '\\$&');

/** CommonMark 0.31 §6.1: a longer run of backticks fences, and one space inside is taken away on both sides. */
function codeSpan(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const pad = /^[` ]|[` ]$/.test(text) ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
}

const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
