// An entry as a document: blocks of words and of quoted attacker's text, before it becomes Markdown, HTML or JSON.
import type { Novel } from './claim.ts';
import type { Titled } from './figure.ts';

/** A word of ours, or something an attacker wrote: the renderer masks, escapes and sets the latter apart. */
export type Inline =
  | string
  | { strong: string }
  | { quoted: string; most?: number }
  /** Words of the operator: masked and escaped as an attacker's are, but not set apart. */
  | { remark: string; as?: 'strong' | 'code' };

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'lead'; inlines: Inline[] }
  | { kind: 'paragraph'; inlines: Inline[] }
  | { kind: 'list'; items: Inline[][] }
  /** `bars`: for each row, the share of the longest bar that it gets. */
  | { kind: 'table'; head: string[]; rows: (Inline[] | string)[][]; numeric: boolean[]; bars?: number[] }
  | { kind: 'figure'; drawing: Titled }
  | { kind: 'excerpt'; caption: Inline[]; lines: string[] };

export interface Entry {
  title: string;
  blocks: Block[];
}

export const paragraph = (inlines: Inline[]): Block => ({ kind: 'paragraph', inlines });
export const list = (items: Inline[][]): Block => ({ kind: 'list', items });
/** A heading and its blocks, or nothing when there are none. */
export const section = (text: string, blocks: Block[]): Block[] =>
  blocks.length > 0 ? [{ kind: 'heading', text }, ...blocks] : [];

type Value = Inline | number | Inline[] | undefined;

/** Text of an attacker, of which at most `most` characters are shown. */
export const quoted = (text: string, most?: number): Inline => ({ quoted: text, most });

/** Characters of a new value that are shown, by its dimension: binary sent in place of a client version tells nothing at length. */
export const SHOWN: Partial<Record<Novel, number>> = { client: 56, username: 48, password: 64, command: 120 };

export const strong = (text: string): Inline => ({ strong: text });

/** `say\`…${quoted(name)}…\``: a sentence with quotations in it. Numbers are grouped by thousands. */
export function say(words: TemplateStringsArray, ...values: Value[]): Inline[] {
  const inlines: Inline[] = [];
  words.forEach((word, index) => {
    if (word !== '') inlines.push(word);
    const value = values[index];
    if (value === undefined || value === '') return;
    if (Array.isArray(value)) inlines.push(...value);
    else inlines.push(typeof value === 'number' ? value.toLocaleString('en-US') : value);
  });
  return inlines;
}

/** Items with a separator between them, and another before the last. */
export function joined(items: readonly Inline[][], separator: string, last = separator): Inline[] {
  return items.flatMap((item, index) => [
    ...(index === 0 ? [] : [index === items.length - 1 ? last : separator]),
    ...item,
  ]);
}
