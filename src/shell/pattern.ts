// Shell patterns (`*`, `?`, `[…]`, extended globs) compiled to the linear-time engine, or matched directly when simple.
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { characters } from './letters.ts';
import { compileRegex, type Regex } from './regex.ts';

const cache = new Map<Bytes, Regex>();
const CACHED = 500;

const quote = (c: string) => (/[\\^$.[\]|()*+?{}]/.test(c) ? `\\${c}` : c);

/** Translates a pattern, in which a backslash quotes, to an extended regular expression. */
function translate(pattern: Bytes, extended: boolean): Bytes {
  let out = '';
  const closers: string[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === '\\' && i + 1 < pattern.length) out += quote(pattern[++i]!);
    else if (extended && '?*+@!'.includes(c) && pattern[i + 1] === '(') {
      // `!(…)` has no linear counterpart; it is matched by the caller's complement when it is the whole pattern.
      out += '(';
      closers.push(c === '@' || c === '!' ? ')' : `)${c}`);
      i++;
    } else if (c === '|' && closers.length > 0) out += '|';
    else if (c === ')' && closers.length > 0) out += closers.pop()!;
    else if (c === '*') out += '.*';
    else if (c === '?') out += '.';
    else if (c === '[') {
      const end = bracketEnd(pattern, i);
      if (end < 0) out += '\\[';
      else {
        let body = pattern.slice(i + 1, end).replace(/\\(.)/gs, '$1');
        if (body.startsWith('!')) body = `^${body.slice(1)}`;
        out += `[${body}]`;
        i = end;
      }
    } else out += quote(c);
  }
  return out + closers.reverse().join('');
}

function bracketEnd(pattern: Bytes, at: number): number {
  let i = at + 1;
  if (pattern[i] === '!' || pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '[' && ':.='.includes(pattern[i + 1] ?? ' ')) {
      const end = pattern.indexOf(`${pattern[i + 1]}]`, i + 2);
      if (end > 0) i = end + 1;
    } else if (pattern[i] === ']') return i;
  }
  return -1;
}

/** Makes every character of a text stand for itself. */
export const quotePattern = (text: Bytes): Bytes => text.replace(/[\\*?[\]()|+@!]/g, '\\$&');

/** True when a text has characters that match more than themselves. */
export const isPattern = (text: Bytes, extended: boolean): boolean =>
  /[*?[]/.test(text)
    ? // A bracket that nothing closes is itself: the command `[` is no pattern.
      /(^|[^\\])(\\\\)*[*?]/.test(text) ||
      (text.lastIndexOf(']') > text.indexOf('[') && /(^|[^\\])(\\\\)*\[/.test(text))
    : extended && /[+@!]\(/.test(text);

function compiled(source: Bytes): Regex {
  let regex = cache.get(source);
  if (!regex) {
    if (cache.size >= CACHED) cache.clear();
    try {
      regex = compileRegex(source, { extended: true, utf8: true });
    } catch {
      regex = compileRegex(source.replace(/[\\^$.[\]|()*+?{}]/g, '\\$&'), { extended: true });
    }
    cache.set(source, regex);
  }
  return regex;
}

/** Work up to which a pattern of stars and question marks is matched directly; the engine counts its steps. */
const DIRECT = 1 << 14;

/** A text against one of literals, `*` and `?`: what most patterns are. */
function wild(pattern: Bytes, text: Bytes): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < text.length) {
    const c = pattern[at];
    if (c === '*') {
      star = at++;
      mark = from;
    } else if (c !== undefined && (c === '?' || c === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++mark;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Does the whole text match? */
export function matches(pattern: Bytes, text: Bytes, extended = true, ignoreCase = false): boolean {
  if (pattern === '*') return true;
  if (
    !ignoreCase &&
    pattern.length * text.length < DIRECT &&
    !/[\\[()\x80-\xff]/.test(pattern) &&
    !(pattern.includes('?') && /[\x80-\xff]/.test(text))
  )
    return wild(pattern, text);
  if (ignoreCase) return matches(pattern.toLowerCase(), text.toLowerCase(), extended);
  if (!isPattern(pattern, extended)) return pattern.replace(/\\(.)/gs, '$1') === text;
  if (extended && pattern.includes('!(')) return new Complements(pattern, text).matches();
  return compiled(`^(${translate(pattern, extended)})$`).exec(text) !== undefined;
}

/** Places in text and pattern that are looked at before a pattern with complements counts as no match. */
const MOST_PLACES = 200_000;

/** `!(…)` anywhere in a pattern: matched by trying, each pair of places once. */
class Complements {
  readonly #pattern: Bytes;
  readonly #text: Bytes;
  readonly #known = new Map<string, boolean>();
  #places = 0;

  constructor(pattern: Bytes, text: Bytes) {
    this.#pattern = pattern;
    this.#text = text;
  }

  matches(): boolean {
    return this.#part(0, this.#pattern.length, 0, this.#text.length);
  }

  /** Does a part of the pattern match a part of the text? */
  #part(at: number, end: number, from: number, to: number): boolean {
    const key = `${at},${end},${from},${to}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      if (++this.#places > MOST_PLACES) return false;
      owe(1);
      known = this.#try(at, end, from, to);
      this.#known.set(key, known);
    }
    return known;
  }

  #try(at: number, end: number, from: number, to: number): boolean {
    const pattern = this.#pattern;
    if (at >= end) return from === to;
    const c = pattern[at]!;
    if ('?*+@!'.includes(c) && pattern[at + 1] === '(') {
      const close = closing(pattern, at + 1);
      if (close > 0 && close < end) return this.#group(c, at, close, end, from, to);
    }
    if (c === '*') {
      for (let rest = from; rest <= to; rest++) if (this.#part(at + 1, end, rest, to)) return true;
      return false;
    }
    if (from >= to) return false;
    if (c === '[') {
      const close = bracketEnd(pattern, at);
      if (close > 0)
        return (
          matches(pattern.slice(at, close + 1), this.#text[from]!, false) && this.#part(close + 1, end, from + 1, to)
        );
    }
    const width = c === '\\' && at + 1 < end ? 2 : 1;
    if (c !== '?' && pattern[at + width - 1] !== this.#text[from]) return false;
    return this.#part(at + width, end, from + 1, to);
  }

  #group(kind: string, at: number, close: number, end: number, from: number, to: number): boolean {
    const inside = alternatives(this.#pattern, at + 2, close);
    const one = (rest: number) => inside.some(([start, stop]) => this.#part(start, stop, from, rest));
    if ((kind === '?' || kind === '*') && this.#part(close + 1, end, from, to)) return true;
    for (let rest = from; rest <= to; rest++) {
      if (kind === '!' ? one(rest) : !one(rest)) continue;
      if (this.#part(close + 1, end, rest, to)) return true;
      // Once more, of what may come more than once.
      if ((kind === '*' || kind === '+') && rest > from && this.#part(at, end, rest, to)) return true;
    }
    return false;
  }
}

/** The parenthesis that closes the one at a position; -1 for none. */
function closing(pattern: Bytes, at: number): number {
  let depth = 0;
  for (let i = at; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '(') depth++;
    else if (pattern[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function alternatives(pattern: Bytes, from: number, to: number): [number, number][] {
  const out: [number, number][] = [];
  let depth = 0;
  let start = from;
  for (let i = from; i < to; i++) {
    const c = pattern[i];
    if (c === '\\') i++;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === '|' && depth === 0) {
      out.push([start, i]);
      start = i + 1;
    }
  }
  out.push([start, to]);
  return out;
}

/** Where characters begin, the end included. */
function boundaries(text: Bytes): number[] {
  const out = [0];
  for (const c of characters(text)) out.push(out.at(-1)! + c.length);
  return out;
}

/** Does matching need to go through all lengths: complements, and characters of several bytes? */
const slow = (pattern: Bytes, text: Bytes): boolean => pattern.includes('!(') || /[\x80-\xff]/.test(text);

/** Length of the shortest or longest prefix that matches; -1 for none. */
export function prefixLength(pattern: Bytes, text: Bytes, longest: boolean): number {
  if (slow(pattern, text)) {
    const places = boundaries(text);
    return (longest ? places.reverse() : places).find((length) => matches(pattern, text.slice(0, length))) ?? -1;
  }
  if (longest) {
    const found = compiled(`^(${translate(pattern, true)})`).exec(text);
    return found ? found[1]! : -1;
  }
  return compiled(`^(${translate(pattern, true)})`).shortest(text);
}

/** Start of the shortest or longest suffix that matches; -1 for none. */
export function suffixStart(pattern: Bytes, text: Bytes, longest: boolean): number {
  if (slow(pattern, text)) {
    const places = boundaries(text);
    return (longest ? places : places.reverse()).find((start) => matches(pattern, text.slice(start))) ?? -1;
  }
  if (longest) {
    const found = compiled(`(${translate(pattern, true)})$`).exec(text);
    return found ? found[0]! : -1;
  }
  return compiled(`(${translate(pattern, true)})$`).lastStart(text);
}

/** The next longest match at or after `from`. */
export function findIn(pattern: Bytes, text: Bytes, from: number): [start: number, end: number] | undefined {
  const found = compiled(translate(pattern, true)).exec(text, from);
  return found && [found[0]!, found[1]!];
}
