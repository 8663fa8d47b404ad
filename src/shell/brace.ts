// Brace expansion over the text of a word: {a,b}, {1..9..2}, {a..e}; quoted parts stay as they are.
import type { Bytes } from '../machine/machine.ts';

/** More words than this, or more characters in all of them, are too many. */
const MOST_WORDS = 100_000;
const MOST_LENGTH = 32 << 20;

/** All words, in bash's order; the text itself when there is nothing to expand. Undefined: too many. */
export function braces(text: Bytes): Bytes[] | undefined {
  const found = group(text);
  if (!found) return [text];
  const { open, close, commas } = found;
  const before = text.slice(0, open);
  let middles: Bytes[];
  if (commas.length > 0) {
    middles = [];
    let from = open + 1;
    for (const at of [...commas, close]) {
      const inner = braces(text.slice(from, at));
      if (!inner || middles.length + inner.length > MOST_WORDS) return undefined;
      for (const word of inner) middles.push(word);
      from = at + 1;
    }
  } else middles = sequence(text.slice(open + 1, close))!;
  const tails = braces(text.slice(close + 1));
  // Whatever stands before makes no fewer of them.
  if (!tails || middles.length * tails.length > MOST_WORDS) return undefined;
  const out: Bytes[] = [];
  let length = 0;
  for (const middle of middles)
    for (const tail of tails) {
      out.push(before + middle + tail);
      length += before.length + middle.length + tail.length;
      if (length > MOST_LENGTH) return undefined;
    }
  return out;
}

/** The first group that is one: with a comma at its own level, or a sequence. One pass, however many are open. */
function group(text: Bytes): { open: number; close: number; commas: number[] } | undefined {
  let first: { open: number; close: number; commas: number[] } | undefined;
  const opened: { open: number; commas: number[] }[] = [];
  for (let i = 0; i < text.length; i++) {
    i = skip(text, i);
    const c = text[i];
    if (c === '$' && text[i + 1] === '{') {
      const end = text.indexOf('}', i);
      if (end < 0) break;
      i = end;
    } else if (c === '{') opened.push({ open: i, commas: [] });
    else if (c === ',') opened.at(-1)?.commas.push(i);
    else if (c === '}') {
      const inner = opened.pop();
      if (!inner || (first && first.open < inner.open)) continue;
      if (inner.commas.length > 0 || sequence(text.slice(inner.open + 1, i))) first = { ...inner, close: i };
      // Nothing that is still open begins before it.
      if (first && opened.length === 0) break;
    }
  }
  return first;
}

/** Past quotes, escapes and substitutions that begin here. */
function skip(text: Bytes, at: number): number {
  for (;;) {
    const c = text[at];
    if (c === '\\') at += 2;
    else if (c === "'" || c === '"') {
      let end = at + 1;
      while (end < text.length && text[end] !== c) end += c === '"' && text[end] === '\\' ? 2 : 1;
      at = end + 1;
    } else if (c === '`') {
      const end = text.indexOf('`', at + 1);
      at = end < 0 ? text.length : end + 1;
    } else if (c === '$' && text[at + 1] === '(') {
      let depth = 0;
      let end = at + 1;
      for (; end < text.length; end++) {
        if (text[end] === '(') depth++;
        else if (text[end] === ')' && --depth === 0) break;
      }
      at = end + 1;
    } else return at;
  }
}

function sequence(text: Bytes): Bytes[] | undefined {
  if (text.length > 100) return undefined;
  const match = /^(?:(-?\d+)\.\.(-?\d+)|([a-zA-Z])\.\.([a-zA-Z]))(?:\.\.(-?\d+))?$/.exec(text);
  if (!match) return undefined;
  const numeric = match[1] !== undefined;
  // What no number of 64 bits holds is no sequence.
  for (const end of match.slice(1, 3))
    if (end && end.length > 18 && BigInt(end) !== BigInt.asIntN(64, BigInt(end))) return undefined;
  const from = numeric ? Number(match[1]) : match[3]!.charCodeAt(0);
  const to = numeric ? Number(match[2]) : match[4]!.charCodeAt(0);
  const by = Math.abs(Number(match[5] ?? 1)) || 1;
  const padded = numeric && (/^-?0\d/.test(match[1]!) || /^-?0\d/.test(match[2]!));
  const width = padded ? Math.max(match[1]!.length, match[2]!.length) : 0;
  const out: Bytes[] = [];
  for (let n = from; from <= to ? n <= to : n >= to; n += from <= to ? by : -by) {
    out.push(
      numeric
        ? n < 0
          ? `-${String(-n).padStart(width - 1, '0')}`
          : String(n).padStart(width, '0')
        : String.fromCharCode(n),
    );
    if (out.length > MOST_WORDS) break;
  }
  return out;
}
