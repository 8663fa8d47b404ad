// An entry for a terminal: wrapped lines, aligned tables, at most bold and dim. Control characters of attackers stay visible text.
import type { Block, Entry, Inline } from './document.ts';
import { sparkline } from './figure.ts';
import { table, wrap } from './table.ts';
import { excerpt, visible } from './visible.ts';

export interface TerminalOptions {
  columns: number;
  /** With SGR attributes (ECMA-48 §8.3.117). */
  styled: boolean;
}

const IN_TEXT = 120;

/** Addresses stand in it unmasked. */
export function toTerminal({ title, blocks }: Entry, options: TerminalOptions): string {
  const columns = Math.min(Math.max(options.columns, 40), 110);
  const bold = (text: string) => (options.styled ? `\u001b[1m${text}\u001b[22m` : text);
  const parts = blocks.flatMap((block) => blockText(block, columns, bold) ?? []);
  return `${bold(title)}\n\n${parts.join('\n')}`;
}

function blockText(block: Block, columns: number, bold: (text: string) => string): string | undefined {
  switch (block.kind) {
    case 'heading':
      return `${bold(block.text)}\n`;
    case 'lead':
      return `${bold(wrap(line(block.inlines), columns))}\n`;
    case 'paragraph':
      return `${wrap(line(block.inlines), columns)}\n`;
    case 'list':
      return block.items.map((item) => `${wrap(`• ${line(item)}`, columns, '  ')}\n`).join('');
    case 'table': {
      const rows = block.rows.map((row) =>
        row.map((cell, column) => {
          const text = typeof cell === 'string' ? cell : line(cell);
          return block.numeric[column] && /^[\d,]+$/.test(text) ? Number(text.replaceAll(',', '')) : text;
        }),
      );
      return table(block.head, rows);
    }
    case 'figure': {
      const { figure, title, description } = block.drawing;
      if (figure.kind === 'map') return undefined;
      return `${wrap(title, columns)}\n${sparkline(figure)}\n${wrap(description, columns)}\n`;
    }
    case 'excerpt':
      return `${line(block.caption)}\n${block.lines.map((text) => `  ${visible(text)}\n`).join('')}`;
  }
}

const line = (inlines: readonly Inline[]): string =>
  inlines
    .map((inline) => {
      if (typeof inline === 'string') return inline;
      if ('remark' in inline) return visible(inline.remark);
      return 'strong' in inline
        ? inline.strong
        : inline.quoted === ''
          ? '""'
          : excerpt(inline.quoted, Math.min(IN_TEXT, inline.most ?? IN_TEXT));
    })
    .join('');
