// History expansion: `!event:words:modifiers` and `^old^new`, as readline does it for bash.
import type { Bytes } from '../machine/machine.ts';
import { singleQuote } from './quote.ts';

/** What became of a line: its text, whether it is only shown (`:p`), or what is wrong with it, in bash's words. */
export type Expanded = { text: Bytes; shown: boolean } | { error: Bytes };

const WORD =
  /(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?|`(?:\\[\s\S]|[^`\\])*`?|\$\([^)]*\)?|[^\s;&|()<>\\"'`])+|;;|&&|\|\||<<-?|>>|[<>]&|>\||[;&|()<>]/g;
/** Ends the text of `!text`, besides blanks. */
const ENDS = ';&()|<>:';

class ExpansionFailure {
  readonly error: Bytes;
  constructor(error: Bytes) {
    this.error = error;
  }
}

/** What one shell remembers from expansion to expansion. */
export interface HistoryMemory {
  /** The last `:s`, for `:&` and an empty pattern. */
  substitution?: { from: Bytes; to: Bytes };
  /** The word that `!?text?` found, for `%`. */
  searched?: Bytes;
}

export function expandHistory(line: Bytes, history: readonly Bytes[], memory: HistoryMemory = {}): Expanded {
  try {
    return new Expansion(line, history, memory).run();
  } catch (error) {
    if (error instanceof ExpansionFailure) return { error: error.error };
    throw error;
  }
}

class Expansion {
  readonly #line: Bytes;
  readonly #history: readonly Bytes[];
  readonly #memory: HistoryMemory;
  #at = 0;
  #out = '';
  #shown = false;

  constructor(line: Bytes, history: readonly Bytes[], memory: HistoryMemory) {
    this.#memory = memory;
    // ^old^new^ is short for a substitution in the line before.
    this.#line = line.startsWith('^') ? `!!:s${line}` : line;
    this.#history = history;
  }

  run(): Expanded {
    const line = this.#line;
    let quoted = false;
    while (this.#at < line.length) {
      const c = line[this.#at]!;
      if (c === '\\') {
        this.#out += line.slice(this.#at, this.#at + 2);
        this.#at += 2;
      } else if (c === "'" && !quoted) {
        const end = line.indexOf("'", this.#at + 1);
        const to = end < 0 ? line.length : end + 1;
        this.#out += line.slice(this.#at, to);
        this.#at = to;
      } else if (c === '!' && !this.#ordinary(quoted)) this.#out += this.#event(quoted);
      else {
        if (c === '"') quoted = !quoted;
        this.#out += c;
        this.#at++;
      }
    }
    return { text: this.#out, shown: this.#shown };
  }

  /** An exclamation mark that means itself: before a blank, `=` or the end, and in `$!`, `${!x}`, `[!a]`. */
  #ordinary(quoted: boolean): boolean {
    const next = this.#line[this.#at + 1];
    if (next === undefined || /[\s=]/.test(next) || (quoted && next === '"')) return true;
    const before = this.#line.slice(Math.max(0, this.#at - 2), this.#at);
    return (
      before.endsWith('$') || before.endsWith('${') || (before.endsWith('[') && this.#line.includes(']', this.#at))
    );
  }

  #event(quoted: boolean): Bytes {
    const line = this.#line;
    const start = this.#at++;
    let found: Bytes | undefined;
    const next = line[this.#at]!;
    const number = /^-?\d+/.exec(line.slice(this.#at))?.[0];
    if (next === '!') {
      this.#at++;
      found = this.#history.at(-1);
    } else if (next === '#') {
      this.#at++;
      found = this.#out;
    } else if (number !== undefined) {
      this.#at += number.length;
      const n = Number(number);
      found = n > 0 ? this.#history[n - 1] : n < 0 ? this.#history.at(n) : undefined;
    } else if (/[$^*%:-]/.test(next)) found = this.#history.at(-1);
    else if (next === '?') {
      let end = line.indexOf('?', this.#at + 1);
      if (end < 0) end = line.length;
      const text = line.slice(this.#at + 1, end);
      this.#at = Math.min(line.length, end + 1);
      found = this.#history.findLast((entry) => entry.includes(text));
      const word = found?.match(WORD)?.find((candidate) => candidate.includes(text));
      if (word !== undefined) this.#memory.searched = word;
    } else {
      const from = this.#at;
      while (
        this.#at < line.length &&
        !/\s/.test(line[this.#at]!) &&
        !ENDS.includes(line[this.#at]!) &&
        !(quoted && line[this.#at] === '"')
      )
        this.#at++;
      const text = line.slice(from, this.#at);
      found = text === '' ? undefined : this.#history.findLast((entry) => entry.startsWith(text));
    }
    if (found === undefined) throw new ExpansionFailure(`${line.slice(start, this.#at)}: event not found`);
    return this.#modified(this.#words(found));
  }

  /** The words that a designator behind the event asks for; all of the line without one. */
  #words(entry: Bytes): Bytes {
    const line = this.#line;
    const from = this.#at;
    const rest = line.slice(this.#at);
    const match = /^(?::(?=[\d^$*%-])|(?=[\^$*%-]))(?:(\*)|(%)|(\d+|\^|\$)?(?:(-)(\d+|\$|\^)?|(\*))?)/.exec(rest);
    if (!match || match[0] === '' || match[0] === ':' || (match[0] === '-' && !/^-[\d$]/.test(rest))) return entry;
    this.#at += match[0].length;
    const [, star, percent, first, dash, last, tail] = match;
    const words = entry.match(WORD) ?? [];
    const place = (text: string) => (text === '^' ? 1 : text === '$' ? words.length - 1 : Number(text));
    if (star) return words.slice(1).join(' ');
    if (percent) return this.#memory.searched ?? '';
    const begin = first === undefined ? 0 : place(first);
    const end = tail ? words.length - 1 : dash ? (last === undefined ? words.length - 2 : place(last)) : begin;
    const wrong = () => new ExpansionFailure(`${line.slice(from, this.#at)}: bad word specifier`);
    if (begin > words.length - 1 && !(tail && begin === words.length)) throw wrong();
    if (end > words.length - 1) throw wrong();
    return words.slice(begin, end + 1).join(' ');
  }

  #modified(text: Bytes): Bytes {
    const line = this.#line;
    let out = text;
    let everywhere = false;
    let eachWord = false;
    while (line[this.#at] === ':') {
      const from = this.#at;
      let letter = line[++this.#at];
      if (letter === undefined) break;
      if (letter === 'g' || letter === 'a') {
        everywhere = true;
        letter = line[++this.#at];
      } else if (letter === 'G') {
        eachWord = true;
        letter = line[++this.#at];
      }
      this.#at++;
      switch (letter) {
        case 'h':
          out = out.includes('/') ? out.slice(0, out.lastIndexOf('/')) : out;
          break;
        case 't':
          out = out.slice(out.lastIndexOf('/') + 1);
          break;
        case 'r':
          out = out.includes('.') ? out.slice(0, out.lastIndexOf('.')) : out;
          break;
        case 'e':
          out = out.includes('.') ? out.slice(out.lastIndexOf('.')) : out;
          break;
        case 'p':
          this.#shown = true;
          break;
        case 'q':
          out = singleQuote(out);
          break;
        case 'x':
          out = out.split(/\s+/).map(singleQuote).join(' ');
          break;
        case 's':
        case '&':
          out = this.#substituted(out, letter === 's', everywhere, eachWord, from);
          break;
        default:
          throw new ExpansionFailure(`${letter ?? ':'}: unrecognized history modifier`);
      }
    }
    return out;
  }

  #substituted(text: Bytes, given: boolean, everywhere: boolean, eachWord: boolean, from: number): Bytes {
    const line = this.#line;
    if (given) {
      const delimiter = line[this.#at++] ?? '';
      const part = (): Bytes => {
        let read = '';
        while (this.#at < line.length && line[this.#at] !== delimiter) {
          if (line[this.#at] === '\\' && line[this.#at + 1] === delimiter) this.#at++;
          read += line[this.#at++];
        }
        this.#at++;
        return read;
      };
      const pattern = part();
      const raw = part();
      this.#at = Math.min(this.#at, line.length);
      const old = pattern === '' ? this.#memory.substitution?.from : pattern;
      if (old === undefined) throw new ExpansionFailure(`${line.slice(from, this.#at)}: no previous substitution`);
      this.#memory.substitution = { from: old, to: raw.replace(/\\&|&/g, (c) => (c === '&' ? old : '&')) };
    }
    const { substitution } = this.#memory;
    if (!substitution) throw new ExpansionFailure(`${line.slice(from, this.#at)}: no previous substitution`);
    const { from: old, to } = substitution;
    if (!text.includes(old)) throw new ExpansionFailure(`${line.slice(from, this.#at)}: substitution failed`);
    if (everywhere) return text.split(old).join(to);
    if (eachWord) return text.replace(/\S+/g, (word) => word.replace(old, () => to));
    return text.replace(old, () => to);
  }
}
