// The parser of sed scripts.
import type { Bytes } from '../../machine/machine.ts';
import { compilePattern, type Pattern, PatternError } from '../pattern.ts';

/** A wrong script: `-e expression #1, char 3: unterminated `s' command`. */
export class ScriptError extends Error {}

export type Address =
  | { kind: 'line'; line: number }
  | { kind: 'step'; first: number; step: number }
  | { kind: 'last' }
  | { kind: 'regex'; pattern: Pattern | undefined }
  | { kind: 'plus'; count: number }
  | { kind: 'multiple'; of: number }
  | { kind: 'zero' };

export interface Command {
  from?: Address;
  to?: Address;
  negated: boolean;
  name: string;
  /** Text of a i c, label of b t T :, file of r R w W, number of q Q l L. */
  text: Bytes;
  /** Index of the command after the matching brace, or of the label. */
  target: number;
  pattern?: Pattern | undefined;
  replacement?: Part[];
  global?: boolean;
  print?: number;
  number?: number;
  evaluate?: boolean;
  file?: Bytes;
  map?: Map<string, string>;
  /** State of a range: the line it ends at, or active. */
  active?: boolean;
  until?: number;
}

/** A part of a replacement: a text, a group, or a change of case. */
export type Part = { text: Bytes } | { group: number } | { fold: 'U' | 'L' | 'u' | 'l' | 'E' };

/** Which expressions and commands there are. */
export interface Dialect {
  extended: boolean;
  posix: boolean;
  sandbox: boolean;
  /** Whether `M` does anything: with -z no line ends inside the text. */
  multiline: boolean;
  utf8: boolean;
}

/** Parses all pieces as one script. */
export function parseScript(pieces: readonly { text: Bytes; file?: Bytes }[], dialect: Dialect): Command[] {
  const commands: Command[] = [];
  const open: { command: Command; error: string }[] = [];
  let number = 0;
  for (let p = 0; p < pieces.length; p++) {
    let { text } = pieces[p]!;
    number++;
    // `-e 'a\' -e 'text'`: a piece that ends in a backslash goes on in the next one.
    while (/(^|[^\\])(\\\\)*\\$/.test(text) && p + 1 < pieces.length) text += `\n${pieces[++p]!.text}`;
    new Parser(text, pieces[p]!.file, number, dialect, commands, open).all();
  }
  const left = open.at(-1);
  if (left) throw new ScriptError(`-e expression #1, char 0: unmatched \`{'`);
  const labels = new Map(commands.flatMap((c, i) => (c.name === ':' ? [[c.text, i] as const] : [])));
  for (const command of commands) {
    if (!'btT'.includes(command.name) || command.text === '') continue;
    const target = labels.get(command.text);
    if (target === undefined) throw new ScriptError(`can't find label for jump to \`${command.text}'`);
    command.target = target;
  }
  return commands;
}

class Parser {
  readonly #text: Bytes;
  readonly #file: Bytes | undefined;
  readonly #number: number;
  readonly #dialect: Dialect;
  readonly #commands: Command[];
  readonly #open: { command: Command; error: string }[];
  #at = 0;

  constructor(
    text: Bytes,
    file: Bytes | undefined,
    number: number,
    dialect: Dialect,
    commands: Command[],
    open: { command: Command; error: string }[],
  ) {
    this.#text = text;
    this.#file = file;
    this.#number = number;
    this.#dialect = dialect;
    this.#commands = commands;
    this.#open = open;
  }

  #fail(message: string): never {
    if (this.#file !== undefined) {
      const line = this.#text.slice(0, this.#at).split('\n').length;
      throw new ScriptError(`file ${this.#file} line ${line}: ${message}`);
    }
    throw new ScriptError(`-e expression #${this.#number}, char ${Math.min(this.#at, this.#text.length)}: ${message}`);
  }

  #skip(what: RegExp): void {
    while (this.#at < this.#text.length && what.test(this.#text[this.#at]!)) this.#at++;
  }

  all(): void {
    for (;;) {
      this.#skip(/[\s;]/);
      if (this.#at >= this.#text.length) return;
      this.#command();
    }
  }

  #command(): void {
    const command: Command = { negated: false, name: '', text: '', target: -1 };
    const from = this.#address();
    if (from) {
      command.from = from;
      this.#skip(/[ \t]/);
      if (this.#text[this.#at] === ',') {
        this.#at++;
        this.#skip(/[ \t]/);
        const to = this.#address(true);
        if (!to) {
          this.#at++;
          this.#fail("unexpected `,'");
        }
        command.to = to;
      }
      if (from.kind === 'zero' && command.to?.kind !== 'regex') {
        this.#at++;
        this.#fail('invalid usage of line address 0');
      }
    }
    this.#skip(/[ \t]/);
    while (this.#text[this.#at] === '!') {
      this.#at++;
      command.negated = true;
      this.#skip(/[ \t]/);
      if (this.#text[this.#at] === '!') {
        this.#at++;
        this.#fail("multiple `!'s");
      }
    }
    const name = this.#text[this.#at++];
    if (name === undefined) this.#fail('missing command');
    command.name = name;
    switch (name) {
      case '#':
        if (command.from) this.#fail("comments don't accept any addresses");
        while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at++;
        return;
      case '{':
        this.#open.push({ command, error: '' });
        this.#commands.push(command);
        return;
      case '}': {
        const opened = this.#open.pop();
        if (!opened) this.#fail("unexpected `}'");
        if (command.from) this.#fail("} doesn't want any addresses");
        opened.command.target = this.#commands.length;
        this.#end();
        return;
      }
      case ':':
        if (command.from) this.#fail(": doesn't want any addresses");
        this.#skip(/[ \t]/);
        command.text = this.#word(/[\s;]/);
        if (command.text === '') this.#fail('":" lacks a label');
        break;
      case 'b':
      case 't':
      case 'T':
        this.#skip(/[ \t]/);
        command.text = this.#word(/[\s;}]/);
        this.#end();
        break;
      case 'a':
      case 'i':
      case 'c':
        command.text = this.#textArgument();
        break;
      case 'v': {
        this.#skip(/[ \t]/);
        const [major = 0, minor = 0] = this.#word(/[\s;]/).split('.').map(Number);
        if (major > 4 || (major === 4 && minor > 9)) this.#fail('expected newer version of sed');
        this.#end();
        return;
      }
      case 'r':
      case 'R':
      case 'w':
      case 'W':
        if (this.#dialect.sandbox && name !== 'R') this.#forbidden();
        this.#skip(/[ \t]/);
        command.text = this.#word(/\n/);
        if (command.text === '') this.#fail('missing filename in r/R/w/W commands');
        break;
      case 's':
        this.#substitute(command);
        break;
      case 'y':
        this.#transliterate(command);
        break;
      case 'q':
      case 'Q':
      case 'l':
      case 'L':
        if ((name === 'q' || name === 'Q') && command.to) this.#fail('command only uses one address');
        this.#skip(/[ \t]/);
        command.text = this.#word(/[^0-9]/);
        this.#end();
        break;
      case '=':
      case 'd':
      case 'D':
      case 'g':
      case 'G':
      case 'h':
      case 'H':
      case 'n':
      case 'N':
      case 'p':
      case 'P':
      case 'x':
      case 'z':
      case 'F':
        this.#end();
        break;
      case 'e':
        if (this.#dialect.sandbox) this.#forbidden();
        this.#skip(/[ \t]/);
        command.text = this.#word(/\n/);
        break;
      default:
        this.#fail(`unknown command: \`${name}'`);
    }
    this.#commands.push(command);
  }

  #forbidden(): never {
    this.#fail('e/r/w commands disabled in sandbox mode');
  }

  /** What may follow a command. */
  #end(): void {
    this.#skip(/[ \t]/);
    const c = this.#text[this.#at];
    if (c === undefined || c === '\n' || c === ';') {
      this.#at++;
      return;
    }
    if (c === '}' || c === '#') return;
    this.#at++;
    this.#fail('extra characters after command');
  }

  #word(end: RegExp): Bytes {
    const start = this.#at;
    while (this.#at < this.#text.length && !end.test(this.#text[this.#at]!)) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #address(second = false): Address | undefined {
    const c = this.#text[this.#at];
    if (c === undefined) return undefined;
    if (/\d/.test(c)) {
      const line = Number(this.#word(/[^0-9]/));
      if (this.#text[this.#at] === '~' && !second) {
        this.#at++;
        return { kind: 'step', first: line, step: Number(this.#word(/[^0-9]/)) };
      }
      return line === 0 && !second ? { kind: 'zero' } : { kind: 'line', line };
    }
    if (c === '$') {
      this.#at++;
      return { kind: 'last' };
    }
    if (second && (c === '+' || c === '~')) {
      this.#at++;
      const count = Number(this.#word(/[^0-9]/));
      return c === '+' ? { kind: 'plus', count } : { kind: 'multiple', of: count };
    }
    if (!second && (c === '+' || c === '~')) {
      this.#at += 2;
      this.#fail('invalid usage of +N or ~N as first address');
    }
    if (c !== '/' && c !== '\\') return undefined;
    this.#at++;
    const delimiter = c === '/' ? '/' : this.#text[this.#at++];
    if (delimiter === undefined) this.#fail('unexpected end');
    const source = this.#delimited(delimiter, true);
    if (source === undefined) this.#fail('unterminated address regex');
    let ignoreCase = false;
    let multiline = false;
    for (;;) {
      const flag = this.#text[this.#at];
      if (flag === 'I') ignoreCase = true;
      else if (flag === 'M') multiline = true;
      else break;
      this.#at++;
    }
    return { kind: 'regex', pattern: this.#compile(source, ignoreCase, multiline) };
  }

  #compile(source: Bytes, ignoreCase: boolean, multiline: boolean): Pattern | undefined {
    if (source === '') return undefined;
    try {
      return compilePattern(source, {
        ...this.#dialect,
        ignoreCase,
        newline: multiline && this.#dialect.multiline,
        strict: true,
      });
    } catch (error) {
      if (error instanceof PatternError) this.#fail(error.message);
      throw error;
    }
  }

  /** The text up to the delimiter, which is consumed; `\n` becomes a newline and `\delimiter` the delimiter. Undefined if it never comes. */
  #delimited(delimiter: string, regex: boolean): Bytes | undefined {
    let result = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at]!;
      if (regex && c === '[') {
        // A delimiter in brackets ends nothing.
        const bracket = /^\[\^?\]?(?:\[[:.=][^\]\n]*[:.=]\]|[^\]\n])*\]/.exec(this.#text.slice(this.#at));
        if (!bracket) {
          this.#at = this.#text.length;
          return undefined;
        }
        result += bracket[0].replace(
          /\\(n|t|x[0-9A-Fa-f]{1,2}|o[0-7]{1,3}|d\d{1,3}|\])/g,
          (all, what) => unescape(what) ?? all,
        );
        this.#at += bracket[0].length - 1;
        continue;
      }
      if (c === '\\') {
        const next = this.#text[++this.#at];
        if (next === undefined) return undefined;
        const code = regex
          ? /^(?:x[0-9A-Fa-f]{1,2}|o[0-7]{1,3}|d\d{1,3}|c[@-_a-z]|[fvr])/.exec(this.#text.slice(this.#at, this.#at + 4))
          : null;
        if (code && next !== delimiter) {
          // What a code stands for is itself, never an operator.
          const character = unescape(code[0])!;
          result += character === '[' || character === '\\' ? `\\${character}` : character;
          this.#at += code[0].length - 1;
          continue;
        }
        if (next === delimiter)
          result +=
            regex && (this.#dialect.extended ? '.*[]^$+?(){}|' : '.*[]^$').includes(next)
              ? `\\${next}`
              : next === '&' && !regex
                ? '\\&'
                : next;
        else if (next === 'n' && regex) result += '\n';
        else if (next === 't' && regex) result += '\t';
        else result += `\\${next}`;
        continue;
      }
      if (c === delimiter) {
        this.#at++;
        return result;
      }
      if (c === '\n' && regex) return undefined;
      result += c;
    }
    return undefined;
  }

  #textArgument(): Bytes {
    this.#skip(/[ \t]/);
    if (this.#text[this.#at] === undefined) this.#fail("expected \\ after `a', `c' or `i'");
    if (this.#dialect.posix && this.#text[this.#at] !== '\\') {
      this.#at++;
      this.#fail("expected \\ after `a', `c' or `i'");
    }
    if (this.#text[this.#at] === '\\') {
      const rest = /^\\[ \t]*(?:\n|$)/.exec(this.#text.slice(this.#at, this.#at + 64));
      if (rest) {
        this.#at += rest[0].length;
        if (!rest[0].endsWith('\n')) return '';
      } else this.#at++;
    }
    let result = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at]!;
      if (c === '\\') {
        const next = this.#text[++this.#at];
        if (next === undefined) break;
        result += next === 't' ? '\t' : next === 'n' ? '\n' : next;
      } else if (c === '\n') break;
      else result += c;
    }
    this.#at++;
    return `${result}\n`;
  }

  #substitute(command: Command): void {
    const delimiter = this.#text[this.#at++];
    if (delimiter === undefined || delimiter === '\n' || delimiter === '\\') this.#fail("unterminated `s' command");
    const source = this.#delimited(delimiter, true);
    if (source === undefined) this.#fail("unterminated `s' command");
    const replacement = this.#delimited(delimiter, false);
    if (replacement === undefined) this.#fail("unterminated `s' command");
    let ignoreCase = false;
    let multiline = false;
    command.print = 0;
    flags: for (;;) {
      const c = this.#text[this.#at];
      switch (c) {
        case 'g':
          if (command.global) {
            this.#at++;
            this.#fail("multiple `g' options to `s' command");
          }
          command.global = true;
          break;
        case 'p':
          if (command.print++ > 0) {
            this.#at++;
            this.#fail("multiple `p' options to `s' command");
          }
          break;
        case 'i':
        case 'I':
          ignoreCase = true;
          break;
        case 'm':
        case 'M':
          multiline = true;
          break;
        case 'e':
          if (this.#dialect.sandbox) this.#forbidden();
          command.evaluate = true;
          break;
        case ' ':
        case '\t':
          break;
        case 'w':
          if (this.#dialect.sandbox) this.#forbidden();
          this.#at++;
          this.#skip(/[ \t]/);
          command.file = this.#word(/\n/);
          if (command.file === '') this.#fail('missing filename in r/R/w/W commands');
          break flags;
        default:
          if (c !== undefined && /\d/.test(c)) {
            if (command.number !== undefined) {
              this.#at++;
              this.#fail("multiple number options to `s' command");
            }
            command.number = Number(this.#word(/[^0-9]/));
            if (command.number === 0) this.#fail("number option to `s' command may not be zero");
            continue;
          }
          if (c === undefined || c === '\n' || c === ';' || c === '}' || c === '#') {
            this.#end();
            break flags;
          }
          this.#at++;
          this.#fail("unknown option to `s'");
      }
      this.#at++;
    }
    command.pattern = this.#compile(source, ignoreCase, multiline);
    command.replacement = parseReplacement(replacement);
    const groups = this.#dialect.extended
      ? (source.match(/(?<!\\)(?:\\\\)*\(/g)?.length ?? 0)
      : (source.match(/\\\(/g)?.length ?? 0);
    for (const part of command.replacement) {
      if ('group' in part && part.group > groups && source !== '')
        this.#fail(`invalid reference \\${part.group} on \`s' command's RHS`);
    }
  }

  #transliterate(command: Command): void {
    const delimiter = this.#text[this.#at++];
    const from = delimiter === undefined ? undefined : this.#delimited(delimiter, false);
    const to = from === undefined ? undefined : this.#delimited(delimiter!, false);
    if (from === undefined || to === undefined) this.#fail("unterminated `y' command");
    const plain = (text: Bytes) =>
      text.replace(/\\(.)/gs, (_, c) => (c === 'n' ? '\n' : c === 't' ? '\t' : c === '\\' ? '\\' : `\\${c}`));
    const [a, b] = [plain(from), plain(to)];
    const characters = (text: Bytes) =>
      this.#dialect.utf8 ? (text.match(/[\xc2-\xf4][\x80-\xbf]+|[\s\S]/g) ?? []) : [...text];
    const [left, right] = [characters(a), characters(b)];
    if (left.length !== right.length) this.#fail("strings for `y' command are different lengths");
    command.map = new Map(left.map((c, i) => [c, right[i]!]));
    this.#end();
  }
}

/** The character of `n`, `t`, `x41`, `o101`, `d065` or `cA`. */
function unescape(code: string): string | undefined {
  const number = code.slice(1);
  switch (code[0]) {
    case 'x':
      return String.fromCharCode(Number.parseInt(number, 16));
    case 'o':
      return String.fromCharCode(Number.parseInt(number, 8) & 255);
    case 'd':
      return String.fromCharCode(Number(number) & 255);
    case 'c':
      return String.fromCharCode(number.toUpperCase().charCodeAt(0) ^ 64);
  }
  return ({ n: '\n', t: '\t', f: '\f', v: '\v', r: '\r' } as Record<string, string>)[code];
}

function parseReplacement(text: Bytes): Part[] {
  const parts: Part[] = [];
  let plain = '';
  const flush = () => {
    if (plain) parts.push({ text: plain });
    plain = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '&') {
      flush();
      parts.push({ group: 0 });
    } else if (c === '\\' && i + 1 < text.length) {
      const next = text[++i]!;
      if (/\d/.test(next)) {
        flush();
        parts.push({ group: Number(next) });
      } else if (/[ULulE]/.test(next)) {
        flush();
        parts.push({ fold: next as 'U' });
      } else if (/[xodc]/.test(next)) {
        const code = /^(?:x[0-9A-Fa-f]{1,2}|o[0-7]{1,3}|d\d{1,3}|c[@-_a-z])/.exec(text.slice(i, i + 4))?.[0];
        plain += code ? unescape(code) : next;
        if (code) i += code.length - 1;
      } else
        plain += ({ n: '\n', t: '\t', r: '\r', a: '\x07', f: '\f', v: '\v' } as Record<string, string>)[next] ?? next;
    } else plain += c;
  }
  flush();
  return parts;
}
