// Reading Perl's source: white space and POD, quotes with their delimiters, here-documents and what is interpolated in strings.
import { type Node, type Part, PerlSyntaxError } from './tree.ts';

const CLOSE: Record<string, string> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** A place in a source that moves on. */
export class Scanner {
  readonly source: string;
  readonly file: string;
  at = 0;
  /** Where the token before the last began: perl quotes from there in its complaints. */
  before = 0;
  token = 0;
  readonly #firstLine: number;
  /** Here-documents announced on this line: filled in when it ends. */
  #pending: { tag: string; indent: boolean; fill: (body: string) => void }[] = [];
  #lines: number[] | undefined;
  /** Text after __END__ or __DATA__. */
  data: string | undefined;

  constructor(source: string, file: string, firstLine = 1) {
    this.source = source;
    this.file = file;
    this.#firstLine = firstLine;
  }

  get line(): number {
    return this.lineAt(this.at);
  }

  lineAt(position: number): number {
    if (!this.#lines) {
      this.#lines = [0];
      for (let i = this.source.indexOf('\n'); i >= 0; i = this.source.indexOf('\n', i + 1)) this.#lines.push(i + 1);
    }
    let [low, high] = [0, this.#lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lines[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return low + this.#firstLine;
  }

  /** Skips white space, comments, POD and the bodies of here-documents. */
  space(): void {
    for (;;) {
      const c = this.source[this.at];
      if (c === '\n') {
        this.at++;
        if (this.#pending.length > 0) this.#hereDocuments();
        const pod = /=[a-zA-Z]/y;
        pod.lastIndex = this.at;
        if (pod.test(this.source)) this.#pod();
      } else if (c === ' ' || c === '\t' || c === '\r' || c === '\f') this.at++;
      else if (c === '#') {
        const end = this.source.indexOf('\n', this.at);
        this.at = end < 0 ? this.source.length : end;
      } else if (this.at === 0 && c === '=' && /^=[a-zA-Z]/.test(this.source)) this.#pod();
      else return;
    }
  }

  #pod(): void {
    const end = /\n=cut\b[^\n]*/g;
    end.lastIndex = this.at - 1;
    const found = end.exec(this.source);
    this.at = found ? end.lastIndex : this.source.length;
  }

  #hereDocuments(): void {
    for (const { tag, indent, fill } of this.#pending) {
      const lines: string[] = [];
      let found = false;
      while (this.at < this.source.length) {
        const end = this.source.indexOf('\n', this.at);
        const line = this.source.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.source.length : end + 1;
        if ((indent ? line.trim() : line) === tag) {
          found = true;
          break;
        }
        lines.push(line);
      }
      if (!found)
        throw new PerlSyntaxError(
          `Can't find string terminator ${tag.includes('"') ? `'${tag}'` : `"${tag}"`} anywhere before EOF`,
        );
      const margin = indent ? Math.min(...lines.filter((l) => l.trim()).map((l) => /^\s*/.exec(l)![0].length), 1e9) : 0;
      fill(lines.map((l) => `${l.slice(Math.min(margin, l.length))}\n`).join(''));
    }
    this.#pending = [];
    // The newline that ended the announcing line is behind us.
    this.at--;
    if (this.source[this.at] !== '\n') this.at++;
  }

  /** Promises a here-document's body. */
  hereDocument(tag: string, indent: boolean, fill: (body: string) => void): void {
    this.#pending.push({ tag, indent, fill });
  }

  /** What a pattern matches here (after white space); it is not taken. */
  look(pattern: RegExp): RegExpExecArray | null {
    this.space();
    pattern.lastIndex = this.at;
    return pattern.exec(this.source);
  }

  /** Takes what a sticky pattern matches here. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const found = this.look(pattern);
    if (!found) return undefined;
    this.before = this.token;
    this.token = this.at;
    this.at += found[0].length;
    return found;
  }

  /** The text between the delimiters that begin here, without them; backslashes stay, but for those before a delimiter. */
  quoted(keep = false): string {
    const open = this.source[this.at]!;
    const close = CLOSE[open] ?? open;
    const start = this.at++;
    let depth = 1;
    let text = '';
    while (this.at < this.source.length) {
      const c = this.source[this.at++]!;
      if (c === '\\') {
        const next = this.source[this.at++] ?? '';
        text += next === open || next === close ? (keep ? `\\${next}` : next) : `\\${next}`;
        continue;
      }
      if (c === close && --depth === 0) return text;
      if (c === open && close !== open) depth++;
      text += c;
    }
    this.at = start;
    throw new PerlSyntaxError(
      `Can't find string terminator ${close === '"' ? `'"'` : `"${close}"`} anywhere before EOF`,
    );
  }

  /** `syntax error` with what is near it. */
  fail(): never {
    this.space();
    if (this.at >= this.source.length)
      throw new PerlSyntaxError(
        `syntax error at ${this.file} line ${this.lineAt(Math.max(0, this.source.trimEnd().length - 1))}, at EOF`,
      );
    const token = /\w+|[^\w\s]/y;
    token.lastIndex = this.at;
    const end = this.at + (token.exec(this.source)?.[0].length ?? 1);
    const from = this.token < this.at ? this.token : this.at;
    throw new PerlSyntaxError(
      `syntax error at ${this.file} line ${this.lineAt(this.at)}, near "${this.source.slice(from, end)}"`,
    );
  }
}

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  e: '\x1b',
  f: '\f',
  b: '\b',
};

/** Parses the expressions inside of a string: given by the parser. */
export type Inner = (source: string, line: number) => Node;

/** Takes a double-quoted string (or a pattern) apart: text and what is put into it. */
export function interpolate(text: string, line: number, parse: Inner, pattern = false): Part[] {
  const parts: Part[] = [];
  let held = '';
  /** \U, \L, \Q and what they enclose are applied by the evaluator through builtins. */
  const modes: { kind: string; from: number }[] = [];
  const put = () => {
    if (held !== '') parts.push(held);
    held = '';
  };
  const close = () => {
    put();
    const mode = modes.pop()!;
    const inner = parts.splice(mode.from);
    const name = { U: 'uc', L: 'lc', Q: 'quotemeta' }[mode.kind]!;
    parts.push({ scalar: { type: 'builtin', name, args: [{ type: 'interpolated', parts: inner, line }], line } });
  };
  for (let i = 0; i < text.length; ) {
    const c = text[i]!;
    if (c === '\\') {
      const n = text[i + 1] ?? '';
      if (n === 'U' || n === 'L' || n === 'Q') {
        put();
        modes.push({ kind: n, from: parts.length });
        i += 2;
        continue;
      }
      if (n === 'E') {
        if (modes.length) close();
        i += 2;
        continue;
      }
      if (pattern) {
        held += c + n;
        i += 2;
        continue;
      }
      const hex = /^x(?:\{\s*([0-9a-fA-F]*)\s*\}|([0-9a-fA-F]{0,2}))/.exec(text.slice(i + 1, i + 16));
      const octal = /^[0-7]{1,3}/.exec(text.slice(i + 1, i + 4));
      if (hex) {
        held += String.fromCodePoint(Number.parseInt(hex[1] || hex[2] || '0', 16) || 0);
        i += 1 + hex[0].length;
      } else if (octal) {
        held += String.fromCharCode(Number.parseInt(octal[0], 8));
        i += 1 + octal[0].length;
      } else if (n === 'c') {
        held += String.fromCharCode((text[i + 2] ?? '@').toUpperCase().charCodeAt(0) ^ 64);
        i += 3;
      } else if (n === 'u' || n === 'l') {
        const rest = interpolate(text.slice(i + 2), line, parse);
        put();
        parts.push({
          scalar: {
            type: 'builtin',
            name: n === 'u' ? 'ucfirst' : 'lcfirst',
            args: [{ type: 'interpolated', parts: rest, line }],
            line,
          },
        });
        while (modes.length) close();
        return parts;
      } else {
        held += ESCAPES[n] ?? n;
        i += 2;
      }
      continue;
    }
    if ((c === '$' || c === '@') && i + 1 < text.length) {
      const end = variableEnd(text, i, pattern);
      if (end > i + 1) {
        put();
        const source = text.slice(i, end);
        const node = parse(source, line + text.slice(0, i).split('\n').length - 1);
        parts.push(c === '@' ? { list: node } : { scalar: node });
        i = end;
        continue;
      }
    }
    held += c;
    i++;
  }
  while (modes.length) close();
  put();
  return parts;
}

/** Where a variable with its subscripts ends in a string; its start: there is none. */
function variableEnd(text: string, start: number, pattern: boolean): number {
  const sigil = text[start]!;
  let i = start + 1;
  if (sigil === '$' && text[i] === '#' && (text[i + 1] === '{' || text[i + 1] === '$' || /\w/.test(text[i + 1] ?? '')))
    i++;
  while (text[i] === '$' && /[\w{$:]/.test(text[i + 1] ?? '')) i++;
  if (text[i] === '{') {
    const end = balanced(text, i, '{', '}');
    if (end < 0) return start;
    i = end;
  } else {
    const name = /(?:::)?[A-Za-z_]\w*(?:(?:::|')[A-Za-z_]\w*)*(?:::)?/y;
    name.lastIndex = i;
    const found = name.exec(text);
    if (found) {
      const word = found[0].replace(/'.*$/s, (tail) => (/^'s\b/.test(tail) ? '' : tail)).replace(/::$/, '');
      i += word.length;
    } else if (sigil === '$' && /^\^[A-Z]/.test(text.slice(i, i + 2))) return i + 2;
    else if (sigil === '@') return start;
    else if (/\d/.test(text[i]!)) while (/\d/.test(text[i] ?? '')) i++;
    else if (
      pattern
        ? /[&`'+!@,;./\\0]/.test(text[i]!) && text[i] !== ')' && text[i] !== '|'
        : /[&`'+!@,;./\\0$<>[\]?-]/.test(text[i]!)
    ) {
      if (text[i] === '@' && pattern) return start;
      i++;
      // `$+{name}` and `$@->[1]` go on; after other signs a bracket is text.
      const on = (text[i - 1] === '+' && text[i] === '{') || /^->[[{]/.test(text.slice(i, i + 3));
      if (!on || pattern) return i;
    } else return start;
  }
  for (;;) {
    if (text[i] === '[') {
      const inside = /^\[(-?\d+|\$[\w$#+\->[\]{}]+(?:\s*[-+*]\s*\w+)?|[^\]]*\$[^\]]*)\]/.exec(text.slice(i));
      if (pattern && !/^\[(?:-?\d+|\$\w+(?:[-+]\d+)?)\]/.test(text.slice(i))) return i;
      if (!inside && !/^\[[^\]]+\]/.test(text.slice(i))) return i;
      const end = balanced(text, i, '[', ']');
      if (end < 0) return i;
      i = end;
    } else if (text[i] === '{') {
      if (pattern && /^\{\d*,?\d*\}/.test(text.slice(i))) return i;
      const end = balanced(text, i, '{', '}');
      if (end < 0) return i;
      i = end;
    } else if (text[i] === '-' && text[i + 1] === '>' && (text[i + 2] === '[' || text[i + 2] === '{')) i += 2;
    else return i;
  }
}

function balanced(text: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === open) depth++;
    else if (text[i] === close && --depth === 0) return i + 1;
  }
  return -1;
}
