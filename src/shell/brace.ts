// Brace expansion over the text of a word: {a,b}, {1..9..2}, {a..e}; quoted parts stay as they are.
import type { Bytes } from '../machine/machine.ts';

const MOST = 100_001;

/** All words, in bash's order; the text itself when there is nothing to expand. Never more than 100,001. */
export function braces(text: Bytes): Bytes[] {
  const found = group(text);
  if (!found) return [text];
  const { open, close, commas } = found;
  const before = text.slice(0, open);
  const after = text.slice(close + 1);
  let middles: Bytes[];
  if (commas.length > 0) {
    middles = [];
    let from = open + 1;
    for (const at of [...commas, close]) {
      middles.push(...braces(text.slice(from, at)));
      from = at + 1;
      if (middles.length > MOST) return middles;
    }
  } else middles = sequence(text.slice(open + 1, close))!;
  const tails = braces(after);
  const out: Bytes[] = [];
  for (const middle of middles)
    for (const tail of tails) {
      out.push(before + middle + tail);
      if (out.length >= MOST) return out;
    }
  return out;
}

/** The first group that is one: with a comma at its own level, or a sequence. */
function group(text: Bytes): { open: number; close: number; commas: number[] } | undefined {
  for (let open = 0; open < text.length; open++) {
    open = skip(text, open);
    if (text[open] !== '{' || text[open - 1] === '$') continue;
    let depth = 0;
    const commas: number[] = [];
    for (let i = open; i < text.length; i++) {
      i = skip(text, i);
      const c = text[i];
      if (c === '$' && text[i + 1] === '{') {
        const end = text.indexOf('}', i);
        if (end < 0) break;
        i = end;
      } else if (c === '{') depth++;
      else if (c === ',' && depth === 1) commas.push(i);
      else if (c === '}' && --depth === 0) {
        if (commas.length > 0 || sequence(text.slice(open + 1, i))) return { open, close: i, commas };
        break;
      }
    }
  }
  return undefined;
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
  const match = /^(?:(-?\d+)\.\.(-?\d+)|([a-zA-Z])\.\.([a-zA-Z]))(?:\.\.(-?\d+))?$/.exec(text);
  if (!match) return undefined;
  const numeric = match[1] !== undefined;
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
    if (out.length >= MOST) break;
  }
  return out;
}
