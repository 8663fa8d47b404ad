// The operator's own remarks on a day: plain Markdown files below `diary/remarks`, which anyone may edit by hand, and their form in an entry.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Block, Inline } from './document.ts';
import { rangeOfKey } from './keys.ts';
import { writeWhole } from './whole.ts';

/** Bytes of a day's remarks: more is cut. */
export const LONGEST_REMARK = 65_536;

/** @param key a day, week or month; @throws RangeError when it names nothing */
export const remarkFile = (dataDirectory: string, key: string): string => {
  if (rangeOfKey(key) === undefined) throw new RangeError(`${JSON.stringify(key)} names no day, week or month`);
  return join(dataDirectory, 'diary/remarks', `${key}.md`);
};

/** The remarks as they stand in their file; empty when there are none. */
export function readRemark(dataDirectory: string, key: string): string {
  try {
    return readFileSync(remarkFile(dataDirectory, key), 'utf8').slice(0, LONGEST_REMARK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Keeps remarks; empty ones are taken away. */
export function writeRemark(dataDirectory: string, key: string, text: string): void {
  const file = remarkFile(dataDirectory, key);
  const kept = text.slice(0, LONGEST_REMARK).replaceAll('\r\n', '\n').trimEnd();
  if (kept === '') rmSync(file, { force: true });
  else writeWhole(file, `${kept}\n`);
}

/** Paragraphs, lists (`- `), headings (`#`), `**strong**` and code; everything else is its own text. */
export function remarkBlocks(markdown: string): Block[] {
  return markdown
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n/)
    .flatMap((part): Block[] => {
      const lines = part.split('\n').filter((line) => line.trim() !== '');
      if (lines.length === 0) return [];
      if (lines.every((line) => /^\s*[-*+] /.test(line)))
        return [{ kind: 'list', items: lines.map((line) => inlines(line.replace(/^\s*[-*+] /, ''))) }];
      const [, heading] = lines.length === 1 ? (/^#{1,6} +(.*)$/.exec(lines[0]!) ?? []) : [];
      if (heading !== undefined) return [{ kind: 'paragraph', inlines: [{ remark: heading, as: 'strong' }] }];
      return [{ kind: 'paragraph', inlines: inlines(joinLines(lines.map((line) => line.trim()))) }];
    });
}

/** A line's end is a space, but not between Japanese characters. */
const joinLines = (lines: readonly string[]): string =>
  lines.reduce((text, line) => (/[\u3000-\u9fff\uff00-\uffef]$/.test(text) ? text + line : `${text} ${line}`));

function inlines(text: string): Inline[] {
  return text
    .split(/(\*\*[^*\n]+\*\*|`[^`\n]+`)/)
    .filter((piece) => piece !== '')
    .map((piece): Inline => {
      if (/^\*\*[^*]+\*\*$/.test(piece)) return { remark: piece.slice(2, -2), as: 'strong' };
      if (/^`[^`]+`$/.test(piece)) return { remark: piece.slice(1, -1), as: 'code' };
      return { remark: piece };
    });
}
