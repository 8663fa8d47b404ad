// fnmatch(3): shell patterns over bytes, in time linear in the text for every star.
import type { Bytes } from '../machine/machine.ts';

export interface MatchOptions {
  /** A leading period must be matched by a period. */
  period?: boolean;
  /** `*`, `?` and brackets do not match a slash. */
  pathname?: boolean;
  ignoreCase?: boolean;
}

/** Whether the whole of `text` matches. */
export function fnmatch(pattern: Bytes, text: Bytes, options: MatchOptions = {}): boolean {
  if (options.ignoreCase) {
    pattern = lower(pattern);
    text = lower(text);
  }
  if (options.period && text.startsWith('.') && !pattern.startsWith('.')) return false;
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length || p < pattern.length) {
    if (p < pattern.length) {
      const c = pattern[p]!;
      if (c === '*') {
        star = p++;
        mark = t;
        continue;
      }
      if (t < text.length) {
        const length = matchOne(pattern, p, text[t]!, options);
        if (length > 0) {
          p += length;
          t++;
          continue;
        }
      }
    }
    if (star < 0 || mark >= text.length || (options.pathname && text[mark] === '/')) return false;
    p = star + 1;
    t = ++mark;
  }
  return true;
}

const lower = (text: Bytes) => text.replace(/[A-Z]/g, (c) => c.toLowerCase());

const CLASSES: Record<string, RegExp> = {
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /[ \t\n\r\f\v]/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  print: /[ -~]/,
  graph: /[!-~]/,
  cntrl: /[\x00-\x1f\x7f]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** Length of the pattern element at `p` if it matches `c`, else 0. */
function matchOne(pattern: Bytes, p: number, c: string, options: MatchOptions): number {
  const first = pattern[p]!;
  if (first === '?') return options.pathname && c === '/' ? 0 : 1;
  if (first === '\\') return p + 1 < pattern.length && pattern[p + 1] === c ? 2 : 0;
  if (first === '[') {
    let i = p + 1;
    const negated = pattern[i] === '!' || pattern[i] === '^';
    if (negated) i++;
    let found = false;
    for (let start = i; i < pattern.length && (pattern[i] !== ']' || i === start); ) {
      if (pattern.startsWith('[:', i)) {
        const end = pattern.indexOf(':]', i + 2);
        const set = end > 0 ? CLASSES[pattern.slice(i + 2, end)] : undefined;
        if (set) {
          if (set.test(c)) found = true;
          i = end + 2;
          continue;
        }
      }
      if (pattern[i] === '\\' && i + 1 < pattern.length) i++;
      let high = pattern[i]!;
      const low = high;
      if (pattern[i + 1] === '-' && pattern[i + 2] !== undefined && pattern[i + 2] !== ']') {
        high = pattern[i + 2] === '\\' ? (pattern[i + 3] ?? '') : pattern[i + 2]!;
        i += pattern[i + 2] === '\\' ? 3 : 2;
      }
      if (c >= low && c <= high) found = true;
      i++;
    }
    if (i < pattern.length) return found !== negated && !(options.pathname && c === '/') ? i + 1 - p : 0;
  }
  return first === c ? 1 : 0;
}
