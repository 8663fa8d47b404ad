// Shell patterns (`*`, `?`, `[…]`, extended globs) compiled to the linear-time engine, or matched directly when simple.
import type { Bytes } from '../machine/machine.ts';
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
      regex = compileRegex(source, { extended: true });
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
  if (extended && pattern.startsWith('!(') && closes(pattern))
    return !compiled(`^(${translate(pattern.slice(2, -1), true)})$`).exec(text);
  return compiled(`^(${translate(pattern, extended)})$`).exec(text) !== undefined;
}

/** Is the last parenthesis the one that closes the first? */
function closes(pattern: Bytes): boolean {
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '(') depth++;
    else if (pattern[i] === ')' && --depth === 0) return i === pattern.length - 1;
  }
  return false;
}

/** Length of the shortest or longest prefix that matches; -1 for none. */
export function prefixLength(pattern: Bytes, text: Bytes, longest: boolean): number {
  if (longest) {
    const found = compiled(`^(${translate(pattern, true)})`).exec(text);
    return found ? found[1]! : -1;
  }
  return compiled(`^(${translate(pattern, true)})`).shortest(text);
}

/** Start of the shortest or longest suffix that matches; -1 for none. */
export function suffixStart(pattern: Bytes, text: Bytes, longest: boolean): number {
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
