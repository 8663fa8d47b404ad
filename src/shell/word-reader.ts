// Words of a script: their quotes, expansions, assignments and lists taken apart, character by character.
import type { Bytes } from '../machine/machine.ts';
import { ansiC } from './escape.ts';
import { singleQuote } from './quote.ts';
import type { ArrayElement, Assignment, Statement, SyntaxProblem, Word, WordPart } from './syntax.ts';
import { TooMuch } from './variables.ts';

export type Dialect = 'bash' | 'dash' | 'ash';

/** What the meaning of a text depends on besides itself. */
export interface Reading {
  dialect: Dialect;
  extglob: boolean;
  /** Present: these names in command position are replaced. */
  aliases?: ReadonlyMap<string, Bytes>;
}

/** Thrown where a text stops being a script. */
export class SyntaxFailure extends Error {
  readonly problem: SyntaxProblem;
  constructor(problem: SyntaxProblem) {
    super(problem.token);
    this.problem = problem;
  }
}

/** Tokens of one complete command, and parts of its words, before the shell is out of memory. */
const MOST_TOKENS = 40_000;
/** Deepest nesting of brackets, quotes and commands. */
export const DEEPEST = 100;

/** A word in which nothing means anything. */
export const PLAIN = /[\w\-./:,%^]+(?=[ \t\n;&|<>()])/y;
export const ASSIGNED = /[A-Za-z_][A-Za-z0-9_]*(?:\+?=|\[)/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]/y;
const UNQUOTED = /[^\\'"`$ \t\n;&|<>()?*+@![\]]+/y;
const IN_DOUBLE = /[^\\"`$]+/y;
/** Blanks, line continuations and a comment. */
export const BLANK = /(?:[ \t]|\\\n)*(?:#[^\n]*)?/y;
export const OPERATOR = {
  bash: /&&|&>>|&>|&|\|\||\|&|\||;;&|;;|;&|;|<<<|<<-|<<|<&|<>|<|>>|>&|>\||>|\(|\)/y,
  dash: /&&|&|\|\||\||;;|;|<<-|<<|<&|<>|<|>>|>&|>\||>|\(|\)/y,
  ash: /&&|&>>|&>|&|\|\||\||;;|;|<<<|<<-|<<|<&|<>|<|>>|>&|>\||>|\(|\)/y,
};

export abstract class WordReader {
  source: Bytes;
  at: number;
  line: number;
  readonly reading: Reading;
  protected readonly extglob: boolean;
  /** In a pattern of `[[ ]]`, extended globs always count; behind =~ parentheses and bars do. */
  protected pattern: '' | 'glob' | 'regex' = '';
  protected depth: number;
  #tokens = 0;

  constructor(source: Bytes, at: number, line: number, reading: Reading, depth = 0) {
    // The last line always ends, as a reader of lines sees it.
    this.source = source.endsWith('\n') ? source : `${source}\n`;
    this.at = at;
    this.line = line;
    this.reading = reading;
    this.extglob = reading.extglob;
    this.depth = depth;
    if (depth > DEEPEST) throw new SyntaxFailure(this.problem('token', '('));
  }

  protected count(): void {
    if (++this.#tokens > MOST_TOKENS) throw new TooMuch();
  }

  /** Goes on to a position, counting lines. */
  protected pass(to: number): void {
    // Not by a search, which would go on to the end of a long line each time.
    for (let { at } = this; at < to; at++) if (this.source.charCodeAt(at) === 10) this.line++;
    this.at = to;
  }

  // ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────

  protected problem(what: SyntaxProblem['what'], token: Bytes, more: Partial<SyntaxProblem> = {}): SyntaxProblem {
    const from =
      this.source.lastIndexOf('\n', Math.max(0, this.at - 1 - (this.source[this.at - 1] === '\n' ? 1 : 0))) + 1;
    const to = this.source.indexOf('\n', Math.max(from, this.at - 1));
    return {
      what,
      token,
      word: false,
      line: this.line,
      source: this.source.slice(from, to < 0 ? undefined : to),
      ...more,
    };
  }

  protected unclosed(closer: string, line: number): never {
    this.at = this.source.length;
    throw new SyntaxFailure(this.problem('open', '', { closer, line }));
  }

  // ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** `$'…'` in the word that is read: bash keeps it as it is written in single quotes. */
  protected rewritten: { from: number; to: number; text: Bytes }[] = [];

  /** The source from a position to here, without line continuations. */
  protected written(from: number): Bytes {
    const rewritten = this.rewritten.filter((part) => part.from >= from && part.to <= this.at);
    let text = this.source.slice(from, this.at);
    if (rewritten.length > 0) {
      text = '';
      let at = from;
      for (const part of rewritten) {
        if (part.from < at) continue;
        text += this.source.slice(at, part.from) + part.text;
        at = part.to;
      }
      text += this.source.slice(at, this.at);
    }
    return text.includes('\\\n') && !text.includes("'") ? text.replace(/\\\n/g, '') : text;
  }

  /** NAME=VALUE, NAME+=VALUE, NAME[…]=VALUE, NAME=(…); undefined: it only looked like one. */
  protected assigned(head: Bytes): Assignment | undefined {
    const { at, line } = this;
    let name = head.replace(/\+?=$|\[$/, '');
    let index: Bytes | undefined;
    let append = head.endsWith('+=');
    this.at += head.length;
    if (head.endsWith('[')) {
      const from = this.at;
      // A bracket that is not closed is an ordinary character.
      const end = this.reading.dialect === 'bash' ? this.#bracket() : -1;
      const equals = end < 0 ? undefined : /^\+?=/.exec(this.source.slice(end + 1, end + 3))?.[0];
      if (equals === undefined) {
        this.at = at;
        this.line = line;
        return undefined;
      }
      index = this.source.slice(from, end);
      append = equals === '+=';
      this.pass(end + 1 + equals.length);
    } else if (append && this.reading.dialect === 'dash') {
      this.at = at;
      return undefined;
    }
    name = head.slice(0, name.length);
    const array = this.reading.dialect === 'bash' && this.source[this.at] === '(' && this.arraysMayStandHere;
    const value = array ? this.#array() : this.#value();
    return { type: 'Assignment', name, ...(index === undefined ? {} : { index }), append, value };
  }

  /** Only assignments, and the words behind `declare` and its kin, may have a list as their value. */
  protected arraysMayStandHere = true;

  #value(): Word {
    const from = this.at;
    const c = this.source[from];
    if (
      c === undefined ||
      /[ \t\n;&|]/.test(c) ||
      (/[()<>]/.test(c) && !(/[<>]/.test(c) && this.source[from + 1] === '('))
    )
      return { type: 'Word', text: '' };
    PLAIN.lastIndex = from;
    const plain = PLAIN.exec(this.source)?.[0];
    if (plain !== undefined) {
      this.at += plain.length;
      return { type: 'Word', text: plain };
    }
    const parts = this.unquoted();
    return { type: 'Word', text: this.written(from), parts };
  }

  /** The `]` that belongs to a `[` before this position; -1 for none. */
  #bracket(): number {
    const saved = [this.at, this.line] as const;
    const found = this.#closingBracket();
    [this.at, this.line] = saved;
    return found;
  }

  #closingBracket(): number {
    const { source } = this;
    let depth = 1;
    for (; this.at < source.length; this.at++) {
      const c = source[this.at]!;
      if (c === '\\') this.at++;
      else if (c === '[') depth++;
      else if (c === ']' && --depth === 0) return this.at;
      else if (c === "'" || c === '"') {
        const end = source.indexOf(c, this.at + 1);
        if (end < 0) return -1;
        this.at = end;
      } else if (c === '$' && /[({]/.test(source[this.at + 1] ?? '')) {
        this.dollar(false);
        this.at--;
      }
    }
    return -1;
  }

  #array(): { type: 'Array'; text: Bytes; elements: ArrayElement[] } {
    const from = this.at;
    const { line } = this;
    const elements: ArrayElement[] = [];
    this.at++;
    for (;;) {
      BLANK.lastIndex = this.at;
      this.pass(this.at + BLANK.exec(this.source)![0].length);
      const c = this.source[this.at];
      if (c === undefined) throw new SyntaxFailure(this.problem('array', '', { closer: ')', line }));
      if (c === '\n') {
        this.pass(this.at + 1);
        continue;
      }
      if (c === ')') break;
      if (/[;&|(]/.test(c) || (/[<>]/.test(c) && this.source[this.at + 1] !== '(')) {
        OPERATOR.bash.lastIndex = this.at;
        const token = OPERATOR.bash.exec(this.source)![0];
        this.at += token.length;
        throw new SyntaxFailure(this.problem('array', token));
      }
      if (c === '[') {
        const start = this.at++;
        const end = this.#bracket();
        const equals = end < 0 ? undefined : /^\+?=/.exec(this.source.slice(end + 1, end + 3))?.[0];
        if (equals !== undefined) {
          const key = this.source.slice(start + 1, end);
          this.pass(end + 1 + equals.length);
          elements.push({ key, append: equals === '+=', word: this.#value() });
          continue;
        }
        this.at = start;
      }
      const { at } = this;
      const parts = this.unquoted();
      elements.push({ append: false, word: { type: 'Word', text: this.written(at), parts } });
    }
    this.at++;
    return { type: 'Array', text: this.written(from), elements };
  }

  /** All of the text as one word: an operand of `${…}`, a pattern. */
  whole(): WordPart[] {
    return this.unquoted(true);
  }

  /** The parts of a word up to the character that ends it; with `whole`, up to the end of the text. */
  protected unquoted(whole = false): WordPart[] {
    const parts: WordPart[] = [];
    const { line } = this;
    let literal = '';
    let parentheses = 0;
    const regex = this.pattern === 'regex';
    const flush = () => {
      if (literal !== '') parts.push({ type: 'Literal', text: literal });
      literal = '';
    };
    for (;;) {
      const { source, at } = this;
      UNQUOTED.lastIndex = at;
      const run = UNQUOTED.exec(source)?.[0];
      if (run !== undefined) {
        literal += run;
        this.at += run.length;
        continue;
      }
      this.count();
      const c = source[at];
      if (c === undefined || (whole && at === source.length - 1)) {
        if (parentheses > 0 && !whole) this.unclosed(')', line);
        break;
      }
      switch (c) {
        case '\\':
          if (source[at + 1] !== '\n') literal += source.slice(at, at + 2);
          this.pass(Math.min(source.length, at + 2));
          continue;
        case "'":
        case '"':
        case '`':
          flush();
          parts.push(c === "'" ? this.#single() : c === '"' ? this.#double() : this.#backquoted(false));
          continue;
        case '$': {
          const part = this.dollar(false);
          if (typeof part === 'string') literal += part;
          else {
            flush();
            parts.push(part);
          }
          continue;
        }
        case '?':
        case '*':
        case '+':
        case '@':
        case '!':
          literal += c;
          this.at++;
          if ((this.extglob || this.pattern === 'glob') && source[at + 1] === '(') {
            literal += '(';
            this.at++;
            parentheses++;
          }
          continue;
        case '[':
        case ']':
          literal += c;
          this.at++;
          continue;
        case '<':
        case '>':
          if (source[at + 1] === '(' && this.reading.dialect === 'bash' && parentheses === 0) {
            flush();
            parts.push(this.#process(c));
            continue;
          }
      }
      if (regex && c === '(') parentheses++;
      else if (parentheses > 0 && (c === '(' || c === ')')) parentheses += c === '(' ? 1 : -1;
      else if (parentheses === 0 && !whole && !(regex && c === '|')) break;
      literal += c;
      this.pass(at + 1);
    }
    flush();
    return parts;
  }

  #single(): WordPart {
    const { at, line } = this;
    const end = this.source.indexOf("'", at + 1);
    if (end < 0) this.unclosed("'", line);
    this.pass(end + 1);
    return { type: 'Quoted', value: this.source.slice(at + 1, end) };
  }

  #double(): WordPart {
    const { line } = this;
    this.at++;
    const parts = this.inDouble('"', line);
    this.at++;
    return { type: 'DoubleQuoted', parts };
  }

  /**
   * What stands between double quotes, up to `closer`: '' for the end of the text, as in a here-document, where quotes are ordinary; `}` for
   * the end of an operand in `"${…}"`, where quotes are dropped.
   */
  inDouble(closer: '"' | '' | '}', line: number): WordPart[] {
    const parts: WordPart[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') parts.push({ type: 'Quoted', value: text });
      text = '';
    };
    if (++this.depth > DEEPEST) throw new SyntaxFailure(this.problem('token', '"'));
    for (;;) {
      const { source, at } = this;
      IN_DOUBLE.lastIndex = at;
      const run = IN_DOUBLE.exec(source)?.[0];
      if (run !== undefined) {
        text += run;
        this.pass(at + run.length);
        continue;
      }
      this.count();
      const c = source[at];
      if (c === undefined) {
        if (closer === '"') this.unclosed('"', line);
        break;
      }
      if (c === '"') {
        if (closer === '"') break;
        if (closer === '') text += c;
        this.at++;
      } else if (c === '\\') {
        const next = source[at + 1];
        if (next === '\n') text += '';
        else if (
          next !== undefined &&
          (next === '$' ||
            next === '`' ||
            next === '\\' ||
            (next === '"' && closer !== '') ||
            (next === '}' && closer === '}'))
        )
          text += next;
        else text += source.slice(at, at + 2);
        this.pass(Math.min(source.length, at + 2));
      } else if (c === '`') {
        flush();
        parts.push(this.#backquoted(closer === '"'));
      } else {
        const part = this.dollar(!(closer === '}' && source[at + 1] === "'"));
        if (typeof part === 'string') text += part;
        else {
          flush();
          parts.push(part);
        }
      }
    }
    this.depth--;
    flush();
    return parts;
  }

  /** `$` and what belongs to it; a string: it means itself. */
  dollar(quoted: boolean): WordPart | string {
    const { source, at, line } = this;
    const next = source[at + 1];
    if (next === '(') return this.#parenthesis();
    if (next === '{') {
      this.at += 2;
      this.#braces(quoted, line);
      return { type: 'Braced', text: this.written(at) };
    }
    if (next === '[' && this.reading.dialect === 'bash') {
      this.at += 2;
      const end = this.#bracket();
      if (end < 0) this.unclosed(']', line);
      const expression = source.slice(at + 2, end);
      this.pass(end + 1);
      return { type: 'Arithmetic', text: source.slice(at, end + 1), expression };
    }
    if (!quoted && next === "'" && this.reading.dialect !== 'dash') {
      let end = at + 2;
      while (end < source.length && source[end] !== "'") end += source[end] === '\\' ? 2 : 1;
      if (end >= source.length) this.unclosed("'", line);
      this.pass(end + 1);
      const escaped = source.slice(at + 2, end);
      if (this.#bracing === 0) this.rewritten.push({ from: at, to: end + 1, text: singleQuote(ansiC(escaped)) });
      return { type: 'Quoted', value: ansiC(escaped), escaped };
    }
    if (!quoted && next === '"' && this.reading.dialect === 'bash') {
      this.at++;
      return this.#double();
    }
    NAME.lastIndex = at + 1;
    const name = NAME.exec(source)?.[0];
    this.at += 1 + (name?.length ?? 0);
    return name === undefined ? '$' : { type: 'Parameter', name };
  }

  /** Past the `}` that closes a `${`. */
  #braces(quoted: boolean, line: number): void {
    this.#bracing++;
    if (++this.depth > DEEPEST) throw new SyntaxFailure(this.problem('token', '{'));
    // Behind the operators of patterns, single quotes quote even between double quotes.
    let quotes = !quoted;
    if (quoted)
      quotes = /^(?:!|#(?!\}))?(?:\w+|[@*#?$!-])(?:\[[^\]]*\])?[%#/^,]/.test(this.source.slice(this.at, this.at + 200));
    for (;;) {
      const { source, at } = this;
      const c = source[at];
      if (c === undefined) this.unclosed('}', line);
      if (c === '}') break;
      if (c === '\\') this.pass(Math.min(source.length, at + 2));
      else if (c === "'" && (quotes || this.reading.dialect === 'bash')) {
        if (quotes) this.#single();
        else {
          // Between double quotes it is an ordinary character to the expansion, but the reader still pairs it.
          const end = source.indexOf("'", at + 1);
          if (end < 0) this.unclosed("'", line);
          this.pass(end + 1);
        }
      } else if (c === '"') this.#double();
      else if (c === '`') this.#backquoted(quoted);
      else if (c === '$' && /[({['"]/.test(source[at + 1] ?? ''))
        this.dollar(source[at + 1] === "'" ? false : quoted && source[at + 1] !== '"');
      else if ((c === '<' || c === '>') && source[at + 1] === '(' && !quoted && this.reading.dialect === 'bash')
        this.#process(c);
      else this.pass(at + 1);
    }
    this.at++;
    this.depth--;
    this.#bracing--;
  }
  /** Levels of `${…}` around this place. */
  #bracing = 0;

  #backquoted(doubleQuoted: boolean): WordPart {
    const { source, at, line } = this;
    let end = at + 1;
    while (end < source.length && source[end] !== '`') end += source[end] === '\\' ? 2 : 1;
    if (end >= source.length) this.unclosed('`', line);
    const inner = source.slice(at + 1, end).replace(doubleQuoted ? /\\([$`\\"])/g : /\\([$`\\])/g, '$1');
    this.pass(end + 1);
    return { type: 'Command', text: source.slice(at, end + 1), inner };
  }

  /** `$(…)` or `$((…))`. */
  #parenthesis(): WordPart {
    const { source, at, line } = this;
    if (source[at + 2] === '(') {
      this.at += 3;
      const end = this.arithmeticEnd(line);
      if (source[end] === ')' && source[end + 1] === ')') {
        this.pass(end + 2);
        return {
          type: 'Arithmetic',
          text: source.slice(at, end + 2),
          expression: source.slice(at + 3, end).replace(/\\\n/g, ''),
        };
      }
      // It was a subshell in a substitution; the bracket of that one must be there, too.
      this.at = end + 1;
      this.arithmeticEnd(line);
      this.at = at;
      this.line = line;
    }
    this.at = at + 2;
    const body = this.substituted();
    return { type: 'Command', text: source.slice(at, this.at), body, inner: source.slice(at + 2, this.at - 1) };
  }

  /** The first `)` of the `))` that closes a `((` before this position, or the one that closes the inner `(` alone. */
  protected arithmeticEnd(line: number): number {
    const saved = [this.at, this.line] as const;
    let depth = 1;
    for (;;) {
      const { source, at } = this;
      const c = source[at];
      if (c === undefined) this.unclosed(')', line);
      if (c === '\\') this.at = Math.min(source.length, at + 2);
      else if (c === '(') depth++;
      else if (c === ')' && --depth === 0) {
        [this.at, this.line] = saved;
        return at;
      } else if (c === "'") {
        this.#single();
        continue;
      } else if (c === '"') {
        this.#double();
        continue;
      } else if (c === '`') {
        this.#backquoted(false);
        continue;
      } else if (c === '$' && /[({]/.test(source[at + 1] ?? '')) {
        this.dollar(true);
        continue;
      }
      if (c !== '\\') this.at++;
    }
  }

  #process(operator: '<' | '>'): WordPart {
    const { source, at } = this;
    this.at += 2;
    const body = this.substituted();
    return { type: 'Process', text: source.slice(at, this.at), operator, body };
  }

  /** The commands up to a `)` and past it: the grammar's part of the work. */
  protected abstract substituted(): Statement[];
}
