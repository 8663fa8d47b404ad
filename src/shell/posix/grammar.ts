// The grammar of dash 0.5.12 and BusyBox' ash 1.35, by recursive descent as in their parsers: what they refuse is refused, at the same token.
import type { Bytes } from '../../machine/machine.ts';
import { special } from '../builtin/special.ts';
import type {
  AndOr,
  Assignment,
  Command,
  CommandNode,
  Compound,
  FunctionDefinition,
  Pipeline,
  Redirection,
  Statement,
  Word,
} from '../syntax.ts';
import { Reader, type Wanted } from './reader.ts';
import { ENDS_LIST, type PosixDialect, type TokenKind } from './tokens.ts';

/** What is wanted where a command may begin, on this line or on a later one. */
const COMMAND: Wanted = { newlines: true, reserved: true, aliases: true };
const NAME = /^[a-zA-Z_]\w*$/;

type Where = 'line' | 'may be empty' | 'not empty';

export class PosixParser {
  readonly #reader: Reader;

  constructor(text: Bytes, dialect: PosixDialect, aliases: ReadonlyMap<string, Bytes> = new Map()) {
    this.#reader = new Reader(text, dialect, aliases, () => this.#substitution());
  }

  /** The next complete line, and where it begins; undefined at the end. Throws PosixSyntaxError. */
  next(): { statements: readonly Statement[]; line: number } | undefined {
    const line = this.#reader.line();
    this.#reader.tokens = 0;
    const statements = this.#list('line');
    return statements.length === 0 && this.#reader.last.kind === 'end' ? undefined : { statements, line };
  }

  /** A here-document that has been read lacks its end. */
  get unfinished(): boolean {
    return this.#reader.unfinished;
  }

  /** Nothing more stands in the text. */
  get atEnd(): boolean {
    return this.#reader.at >= this.#reader.text.length;
  }

  #substitution(): Statement[] {
    return this.#reader.nested(() => {
      const statements = this.#list('may be empty');
      this.#expect(')');
      return statements;
    });
  }

  /** Reads a token that must be `kind`. */
  #expect(kind: TokenKind): void {
    if (this.#reader.next({ reserved: true }).kind !== kind) this.#reader.unexpected(kind);
  }

  /** Commands to the end of the line, or (in a compound command) to a token that ends a list. */
  #list(where: Where): Statement[] {
    const reader = this.#reader;
    const inner = where !== 'line';
    const statements: Statement[] = [];
    for (let mayEnd = where === 'may be empty'; ; mayEnd = true) {
      const token = reader.next({ newlines: inner, reserved: true, aliases: true });
      if (token.kind === 'newline') {
        reader.readDocuments();
        return statements;
      }
      if (token.kind === 'end') return this.#endOfText(statements);
      reader.back();
      if (inner && mayEnd && ENDS_LIST.has(token.kind)) return statements;
      const command = this.#andOr();
      const { kind } = reader.next();
      statements.push({ command, background: kind === '&' });
      if (kind === 'end') return this.#endOfText(statements);
      if (kind === 'newline') reader.back();
      else if (kind !== '&' && kind !== ';') {
        if (!inner) reader.unexpected();
        reader.back();
        return statements;
      }
    }
  }

  #endOfText(statements: Statement[]): Statement[] {
    this.#reader.readDocuments();
    this.#reader.back();
    return statements;
  }

  #andOr(): CommandNode | Pipeline | AndOr {
    const first = this.#pipeline({ reserved: true, aliases: true });
    const commands = [first];
    const operators: ('&&' | '||')[] = [];
    for (;;) {
      const { kind } = this.#reader.next();
      if (kind !== '&&' && kind !== '||') break;
      operators.push(kind);
      commands.push(this.#pipeline(COMMAND));
    }
    this.#reader.back();
    return operators.length === 0 ? first : { type: 'AndOr', commands, operators };
  }

  #pipeline(wanted: Wanted): CommandNode | Pipeline {
    const reader = this.#reader;
    const negated = reader.next(wanted).kind === '!';
    if (!negated) reader.back();
    const commands = [this.#command({ reserved: true, aliases: true })];
    while (reader.next().kind === '|') commands.push(this.#command(COMMAND));
    reader.back();
    if (commands.length === 1 && !negated) return commands[0]!;
    return { type: 'Pipeline', negated, commands, both: commands.map(() => false) };
  }

  #command(wanted: Wanted): CommandNode {
    const reader = this.#reader;
    const { kind, line } = reader.next(wanted);
    if (kind === 'word' || kind === 'redirection') {
      reader.back();
      return this.#simple();
    }
    if (kind === 'function') return reader.nested(() => this.#bashFunction(line));
    return this.#reader.nested(() => {
      const command = this.#compound(kind, line);
      const redirects: Redirection[] = [];
      while (reader.next({ reserved: true, aliases: true }).kind === 'redirection') redirects.push(this.#redirection());
      reader.back();
      return redirects.length === 0 ? command : { type: 'Redirected', command, redirects };
    });
  }

  // ── Compound commands ────────────────────────────────────────────────────────────────────────────────────────────

  #compound(kind: TokenKind, line: number): Compound {
    switch (kind) {
      case 'if':
        return this.#if();
      case 'while':
      case 'until': {
        const test = this.#list('not empty');
        this.#expect('do');
        return { type: 'While', until: kind === 'until', test, body: this.#closed('done') };
      }
      case 'for':
        return this.#for(line);
      case 'case':
        return this.#case(line);
      case '(':
        return { type: 'Subshell', line, body: this.#closed(')') };
      case '{':
        return { type: 'Group', body: this.#closed('}') };
      default:
        return this.#reader.unexpected();
    }
  }

  /** Commands up to a token that must stand there. */
  #closed(kind: TokenKind): Statement[] {
    const body = this.#list('not empty');
    this.#expect(kind);
    return body;
  }

  #if(): Compound {
    const reader = this.#reader;
    const branches: { test: Statement[]; body: Statement[] }[] = [];
    let kind: TokenKind;
    do {
      const test = this.#closed('then');
      branches.push({ test, body: this.#list('not empty') });
      ({ kind } = reader.next({ reserved: true }));
    } while (kind === 'elif');
    if (kind === 'else') return { type: 'If', branches, otherwise: this.#closed('fi') };
    reader.back();
    this.#expect('fi');
    return { type: 'If', branches };
  }

  #for(line: number): Compound {
    const reader = this.#reader;
    const name = reader.next();
    if (name.kind !== 'word' || name.quoted || !NAME.test(name.word!.text))
      reader.fail(reader.dialect === 'ash' ? 'bad for loop variable' : 'Bad for loop variable', name.kind === 'end');
    let words: Word[] | undefined;
    let token = reader.next(COMMAND);
    if (token.kind === 'in') {
      words = [];
      for (token = reader.next(); token.kind === 'word'; token = reader.next()) words.push(token.word!);
      if (token.kind !== 'newline' && token.kind !== ';') reader.unexpected();
      if (token.kind === 'newline') reader.readDocuments();
    } else if (token.kind !== ';') reader.back();
    if (reader.next(COMMAND).kind !== 'do') reader.unexpected('do');
    return { type: 'For', line, name: name.word!, ...(words && { words }), body: this.#closed('done') };
  }

  #case(line: number): Compound {
    const reader = this.#reader;
    const subject = reader.next();
    if (subject.kind !== 'word') reader.unexpected('word');
    if (reader.next(COMMAND).kind !== 'in') reader.unexpected('in');
    const items: { patterns: Word[]; body: Statement[]; end: ';;' }[] = [];
    const start = { newlines: true, reserved: true };
    for (let token = reader.next(start); token.kind !== 'esac'; ) {
      if (token.kind === '(') token = reader.next();
      const patterns: Word[] = [];
      for (;;) {
        // As in the shells, what stands for a pattern is not checked: the token behind it is.
        patterns.push(token.word ?? { type: 'Word', text: reader.text.slice(token.pos, token.end) });
        if (reader.next().kind !== '|') break;
        token = reader.next();
      }
      if (reader.last.kind !== ')') reader.unexpected(')');
      items.push({ patterns, body: this.#list('may be empty'), end: ';;' });
      token = reader.next(start);
      if (token.kind === 'esac') break;
      if (token.kind !== ';;') reader.unexpected(';;');
      token = reader.next(start);
    }
    return { type: 'Case', line, word: subject.word!, items };
  }

  // ── Simple commands ──────────────────────────────────────────────────────────────────────────────────────────────

  #simple(): Command | FunctionDefinition {
    const reader = this.#reader;
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirection[] = [];
    // [[ … ]] is a command in ash, but && and || are its arguments.
    let brackets = false;
    let line = 0;
    for (;;) {
      const token = reader.next({ aliases: words.length === 0 });
      line ||= token.line;
      if (token.kind === 'word') {
        const word = token.word!;
        if (reader.dialect === 'ash' && /^(\[\[|\]\])$/.test(word.text)) brackets = word.text === '[[';
        const assignment = words.length === 0 ? assignmentOf(word) : undefined;
        if (assignment) assignments.push(assignment);
        else words.push(word);
      } else if (token.kind === 'redirection') redirects.push(this.#redirection());
      else if (brackets && (token.kind === '&&' || token.kind === '||')) words.push({ type: 'Word', text: token.kind });
      else if (token.kind === '(' && words.length === 1 && assignments.length === 0 && redirects.length === 0)
        return reader.nested(() => this.#function(words[0]!, line));
      else break;
    }
    reader.back();
    return { type: 'Command', line, assignments, words, redirects };
  }

  #function({ text: name }: Word, line: number): FunctionDefinition {
    const reader = this.#reader;
    if (reader.next().kind !== ')') reader.unexpected(')');
    if (!NAME.test(name) || special.has(name))
      reader.fail(reader.dialect === 'ash' ? 'bad function name' : 'Bad function name', false);
    return { type: 'Function', line, name, body: this.#command(COMMAND) };
  }

  /** `function f { … }`, with `()` if it is liked: ash has it from bash. */
  #bashFunction(line: number): FunctionDefinition {
    const reader = this.#reader;
    const { kind, word } = reader.next();
    if (kind !== 'word') reader.unexpected();
    const token = reader.next({ newlines: true, reserved: true });
    if (token.kind === '(') return this.#function(word!, line);
    if (!['{', 'if', 'case', 'until', 'while', 'for'].includes(token.kind) && token.word?.text !== '[[')
      reader.unexpected();
    reader.back();
    return { type: 'Function', line, name: word!.text, body: this.#command(COMMAND) };
  }

  /** What stands behind a redirection's operator. */
  #redirection(): Redirection {
    const reader = this.#reader;
    const { line, redirect } = reader.last;
    const { operator, descriptor } = redirect!;
    const { kind, word, quoted = false } = reader.next();
    if (kind !== 'word') reader.unexpected();
    const redirection: Redirection = { operator, target: word!, ...(descriptor !== undefined && { descriptor }) };
    if (operator !== '<<' && operator !== '<<-') return redirection;
    const delimiter = word!.text.replace(/\\([\s\S])|["']/g, '$1');
    redirection.document = { delimiter, quoted, body: '', line };
    reader.document(redirection);
    return redirection;
  }
}

/** A word of the form NAME=VALUE, which is an assignment before the command's name. */
export function assignmentOf({ text, parts }: Word): Assignment | undefined {
  const name = /^([a-zA-Z_]\w*)=/.exec(text)?.[1];
  if (name === undefined) return undefined;
  const skip = name.length + 1;
  const value: Word = { type: 'Word', text: text.slice(skip) };
  const [first, ...rest] = parts ?? [];
  if (first?.type === 'Literal')
    value.parts = first.text.length === skip ? rest : [{ type: 'Literal', text: first.text.slice(skip) }, ...rest];
  return { type: 'Assignment', name, append: false, value };
}
