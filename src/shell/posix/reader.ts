// Reads a text as dash and ash do: token by token, with aliases and here-documents, so that each line runs before the next is looked at.
import type { Bytes } from '../../machine/machine.ts';
import type { Redirection, Statement } from '../syntax.ts';
import { TooMuch } from '../variables.ts';
import {
  type PosixDialect,
  PosixSyntaxError,
  RESERVED,
  type Reserved,
  type Token,
  type TokenKind,
  tokenName,
} from './tokens.ts';
import { readWord, type Text } from './words.ts';

/** Which readings of the next token are wanted. */
export interface Wanted {
  newlines?: boolean;
  reserved?: boolean;
  aliases?: boolean;
}

/** Tokens of one line before the shell is out of memory. */
const MOST_TOKENS = 16_000;
/** Deepest nesting of commands and expansions that is read. */
const DEEPEST = 250;
/** Aliases one text may have expanded: beyond it they are ordinary words. */
const MOST_ALIASES = 500;

export class Reader implements Text {
  readonly dialect: PosixDialect;
  text: Bytes;
  at = 0;
  /** How far lines have been counted, and where the next one ends. */
  #counted: { at: number; line: number; next: number };
  /** A here-document lacks its end: what reads lines asks for more. */
  unfinished = false;
  readonly #aliases: ReadonlyMap<string, Bytes>;
  /** Aliases whose text is being read: they are not expanded in themselves; the last one may let the next word be one. */
  #expanding: { name: string; end: number; next: boolean }[] = [];
  #expanded = 0;
  #depth = 0;
  /** Tokens read since the line began. */
  tokens = 0;
  #again: Token | undefined;
  #documents: { redirect: Redirection; strip: boolean }[] = [];
  /** The token read last: messages name it. */
  last: Token = { kind: 'newline', pos: 0, end: 0, line: 1 };
  readonly #commands: () => Statement[];

  /** `commands` reads those of a substitution: what the grammar does. */
  constructor(text: Bytes, dialect: PosixDialect, aliases: ReadonlyMap<string, Bytes>, commands: () => Statement[]) {
    this.text = text;
    this.#counted = { at: 0, line: 1, next: this.#newline(0) };
    this.dialect = dialect;
    this.#aliases = aliases;
    this.#commands = commands;
  }

  fail(message: string, atEnd: boolean): never {
    const words: Record<string, string> =
      this.dialect === 'ash'
        ? { quote: 'unterminated quoted string' }
        : { quote: 'Unterminated quoted string', "missing '}'": "Missing '}'", "missing '))'": "Missing '))'" };
    throw new PosixSyntaxError(words[message] ?? message, this.line(), atEnd);
  }

  /** `X unexpected (expecting Y)`. */
  unexpected(wanted?: TokenKind): never {
    const { kind } = this.last;
    const found = tokenName(kind);
    const expecting = wanted ? ` (expecting ${tokenName(wanted)})` : '';
    throw new PosixSyntaxError(
      this.dialect === 'ash' ? `unexpected ${found}${expecting}` : `${found} unexpected${expecting}`,
      this.line(),
      kind === 'end',
    );
  }

  /** The line of a place that is not before one asked for earlier; without: of the place that is read. Lines count from 1. */
  line(place = this.at): number {
    const counted = this.#counted;
    if (place < counted.at) return this.text.slice(0, place).split('\n').length;
    while (counted.next < place) {
      counted.line++;
      counted.next = this.#newline(counted.next + 1);
    }
    counted.at = place;
    return counted.line;
  }

  #newline(from: number): number {
    const at = this.text.indexOf('\n', from);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  }

  nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw new PosixSyntaxError('', 0, false);
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  /** Commands up to the `)` of a substitution. */
  commands(): Statement[] {
    const [again, documents, last] = [this.#again, this.#documents, this.last];
    this.#again = undefined;
    this.#documents = [];
    const statements = this.#commands();
    this.readDocuments();
    [this.#again, this.#documents, this.last] = [again, documents, last];
    return statements;
  }

  /** Gives the token back: the next one read is it. */
  back(): void {
    this.#again = this.last;
  }

  next(wanted: Wanted = {}): Token {
    let token = this.#read();
    while (wanted.newlines && token.kind === 'newline') {
      this.readDocuments();
      token = this.#read();
    }
    if (token.kind !== 'word' || token.quoted) return token;
    const { text } = token.word!;
    if (
      wanted.reserved &&
      ((RESERVED as readonly string[]).includes(text) || (text === 'function' && this.dialect === 'ash'))
    ) {
      token = { ...token, kind: text as Reserved };
      delete token.word;
      this.last = token;
      return token;
    }
    if ((wanted.aliases || this.#followsAlias(token)) && this.#expandAlias(token)) return this.next(wanted);
    return token;
  }

  /** An alias whose text ends with a blank lets the next word be one too. */
  #followsAlias(token: Token): boolean {
    const before = this.#expanding.at(-1);
    return before?.next === true && token.pos >= before.end && this.text.slice(before.end, token.pos).trim() === '';
  }

  #expandAlias(token: Token): boolean {
    const name = token.word!.text;
    const value = this.#aliases.get(name);
    if (value === undefined || this.#expanded >= MOST_ALIASES) return false;
    this.#expanding = this.#expanding.filter((alias) => alias.end > token.pos);
    if (this.#expanding.some((alias) => alias.name === name)) return false;
    this.#expanded++;
    const longer = value.length - (token.end - token.pos);
    for (const alias of this.#expanding) alias.end += longer;
    this.#expanding.push({ name, end: token.pos + value.length, next: /[ \t]$/.test(value) });
    this.text = this.text.slice(0, token.pos) + value + this.text.slice(token.end);
    this.at = token.pos;
    this.#counted = { at: 0, line: 1, next: this.#newline(0) };
    return true;
  }

  #read(): Token {
    if (this.#again) {
      this.last = this.#again;
      this.#again = undefined;
      return this.last;
    }
    this.#skipBlanks();
    const pos = this.at;
    const line = this.line();
    if (++this.tokens > MOST_TOKENS) throw new TooMuch();
    const c = this.text[pos];
    if (c === undefined) return this.#token('end', pos, 0);
    if (c === '\n') return this.#token('newline', pos, 1);
    const operator = /^(?:&&|\|\||;;|[&|;()])/.exec(this.text.slice(pos, pos + 2))?.[0];
    if (operator === '&' && this.dialect === 'ash' && this.text[pos + 1] === '>')
      return this.#redirection(pos, undefined);
    if (operator) return this.#token(operator as TokenKind, pos, operator.length);
    const number = /^\d{0,9}(?=[<>])/.exec(this.text.slice(pos, pos + 10))?.[0];
    const process = this.dialect === 'ash' && this.text[pos + (number?.length ?? 0) + 1] === '(';
    if (number !== undefined && !process) {
      this.at += number.length;
      return this.#redirection(pos, number === '' ? undefined : Number(number));
    }
    const { word, quoted } = readWord(this)!;
    this.last = { kind: 'word', pos, end: this.at, line, word, quoted };
    return this.last;
  }

  #token(kind: TokenKind, pos: number, length: number): Token {
    const line = this.line(pos);
    this.at = pos + length;
    this.last = { kind, pos, end: this.at, line };
    return this.last;
  }

  #redirection(pos: number, descriptor: number | undefined): Token {
    const operator = /^(?:&>|<<-|<<|<&|<>|<|>>|>&|>\||>)/.exec(this.text.slice(this.at, this.at + 3))![0];
    this.at += operator.length;
    this.last = {
      kind: 'redirection',
      pos,
      end: this.at,
      line: this.line(pos),
      redirect: { operator: operator as '>', descriptor },
    };
    return this.last;
  }

  /** Blanks, joined lines and comments before a token. */
  #skipBlanks(): void {
    for (;;) {
      const c = this.text[this.at];
      if (c === ' ' || c === '\t') this.at++;
      else if (c === '\\' && this.text[this.at + 1] === '\n') this.at += 2;
      else if (c === '#') {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else return;
    }
  }

  // ── Here-documents ───────────────────────────────────────────────────────────────────────────────────────────────

  /** A `<<` whose body stands behind the end of the line. */
  document(redirect: Redirection): void {
    this.#documents.push({ redirect, strip: redirect.operator === '<<-' });
  }

  /** Reads the bodies: called when a line has ended. */
  readDocuments(): void {
    const documents = this.#documents;
    this.#documents = [];
    for (const { redirect, strip } of documents) this.#readDocument(redirect, strip);
  }

  #readDocument(redirect: Redirection, strip: boolean): void {
    const document = redirect.document!;
    while (this.at < this.text.length) {
      const newline = this.text.indexOf('\n', this.at);
      const end = newline < 0 ? this.text.length : newline;
      let line = this.text.slice(this.at, end);
      if (strip) line = line.replace(/^\t+/, '');
      this.at = newline < 0 ? end : end + 1;
      if (line === document.delimiter) return;
      document.body += newline < 0 ? line : `${line}\n`;
    }
    this.unfinished = true;
  }
}
