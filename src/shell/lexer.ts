// The lexer: characters to tokens, with aliases in the place of their names, and here-documents read when their line ends.
import type { Bytes } from '../machine/machine.ts';
import type { HereDocument, Redirection, Word, WordPart } from './syntax.ts';
import { ASSIGNED, BLANK, OPERATOR, PLAIN, WordReader } from './word-reader.ts';

export { DEEPEST, type Dialect, type Reading, SyntaxFailure } from './word-reader.ts';

export interface Token {
  kind: 'word' | 'assignment' | 'operator' | 'number' | 'variable' | 'newline' | 'end';
  text: Bytes;
  /** Of words and assignments. */
  word?: Word;
  at: number;
  line: number;
}

export abstract class Lexer extends WordReader {
  #ahead: Token | undefined;
  /** Here-documents that the text does not hold to their end. */
  openDocuments: HereDocument[] = [];
  /** What is read are the commands of a `$(…)`. */
  inSubstitution = false;
  #documents: { redirect: Redirection; strip: boolean }[] = [];
  /** Aliases whose text is being read: not replaced again before its end. */
  #replacing: { name: string; end: number; more: boolean }[] = [];

  // ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The next token. `command`: a command may begin here, so that an alias is replaced. */
  peek(command = false): Token {
    this.#ahead ??= this.#read(command);
    return this.#ahead;
  }

  next(): Token {
    const token = this.peek();
    this.#ahead = undefined;
    return token;
  }

  /** A token is read again from its text, in another way. */
  protected back(token: Token): void {
    this.at = token.at;
    this.line = token.line;
    this.#ahead = undefined;
  }

  #read(command: boolean): Token {
    const { source } = this;
    this.count();
    for (;;) {
      BLANK.lastIndex = this.at;
      const blank = BLANK.exec(source)![0];
      if (blank !== '') this.pass(this.at + blank.length);
      const { at, line } = this;
      if (at >= this.source.length) return { kind: 'end', text: '', at, line };
      const c = this.source[at]!;
      if (c === '\n') {
        this.pass(at + 1);
        if (this.#documents.length > 0) this.#gather();
        return { kind: 'newline', text: '\n', at, line };
      }
      if (
        !/[;&|<>()]/.test(c) ||
        (this.pattern === 'regex' && (c === '(' || c === '|')) ||
        ((c === '<' || c === '>') && source[at + 1] === '(' && this.reading.dialect === 'bash')
      ) {
        const token = this.#word();
        if (command && this.reading.aliases && this.#replaced(token)) return this.#read(true);
        token.line = this.line;
        return token;
      }
      const operator = OPERATOR[this.reading.dialect];
      operator.lastIndex = at;
      const text = operator.exec(source)![0];
      this.at += text.length;
      return { kind: 'operator', text, at, line };
    }
  }

  /** Puts the text of an alias in the place of its name. */
  #replaced(token: Token): boolean {
    while (this.#replacing.length > 0 && this.#replacing.at(-1)!.end <= token.at) this.#replacing.pop();
    const value = token.kind === 'word' ? this.reading.aliases!.get(token.text) : undefined;
    if (value === undefined || this.#replacing.some(({ name }) => name === token.text)) return false;
    const { at } = token;
    const rest = this.source.slice(this.at);
    const grown = value.length - (this.at - at);
    for (const other of this.#replacing) other.end += grown;
    this.source = this.source.slice(0, at) + value + rest;
    this.#replacing.push({ name: token.text, end: at + value.length, more: /[ \t]$/.test(value) });
    this.at = at;
    return true;
  }

  /** The word before this one was an alias that ends in a blank: the next word may be one too. */
  protected aliasGoesOn(): boolean {
    const last = this.#replacing.at(-1);
    return last?.more === true && this.at >= last.end - 1;
  }

  #word(): Token {
    const { at, line, source } = this;
    if (this.rewritten.length > 0) this.rewritten = [];
    PLAIN.lastIndex = at;
    const plain = this.pattern === '' || this.pattern === 'glob' ? PLAIN.exec(source)?.[0] : undefined;
    if (plain !== undefined) {
      this.at = at + plain.length;
      const after = source[this.at];
      const numbered = (after === '<' || after === '>') && /^\d+$/.test(plain);
      return { kind: numbered ? 'number' : 'word', text: plain, word: { type: 'Word', text: plain }, at, line };
    }
    if (this.pattern === '') {
      const variable =
        this.reading.dialect === 'bash' && source[at] === '{'
          ? /^\{([A-Za-z_]\w*(?:\[[^\]]*\])?)\}(?=[<>])/.exec(source.slice(at, at + 80))
          : undefined;
      if (variable) {
        this.at = at + variable[0].length;
        return { kind: 'variable', text: variable[1]!, at, line };
      }
      ASSIGNED.lastIndex = at;
      const head = ASSIGNED.exec(source)?.[0];
      const assignment = head === undefined ? undefined : this.assigned(head);
      if (assignment) {
        const text = this.written(at);
        const { value } = assignment;
        const prefix = text.slice(0, text.length - value.text.length);
        const parts: WordPart[] =
          value.type === 'Word'
            ? [{ type: 'Literal', text: prefix }, ...(value.parts ?? [{ type: 'Literal', text: value.text } as const])]
            : [{ type: 'Literal', text }];
        return { kind: 'assignment', text, word: { type: 'Word', text, parts, assignment }, at, line };
      }
    }
    const parts = this.unquoted();
    const text = this.written(at);
    return { kind: 'word', text, word: { type: 'Word', text, parts }, at, line };
  }

  // ── Here-documents ───────────────────────────────────────────────────────────────────────────────────────────────

  /** The next line break begins the text of this redirection. */
  protected awaitDocument(redirect: Redirection, strip: boolean): void {
    this.#documents.push({ redirect, strip });
  }

  /** The text ended without another line break. */
  protected endDocuments(): void {
    if (this.#documents.length > 0) this.#gather();
  }

  #gather(): void {
    for (const { redirect, strip } of this.#documents.splice(0)) {
      const document = redirect.document!;
      let body = '';
      let ended = true;
      while (this.at < this.source.length) {
        let end = this.source.indexOf('\n', this.at);
        const last = end < 0;
        if (last) end = this.source.length;
        let text = this.source.slice(this.at, end);
        // In a substitution its closing parenthesis may stand right behind the delimiter.
        const closed = strip ? text.replace(/^\t+/, '') : text;
        if (this.inSubstitution && closed.startsWith(`${document.delimiter})`)) {
          this.at += text.length - closed.length + document.delimiter.length;
          ended = false;
          break;
        }
        // In a text that is expanded, a backslash joins lines before the delimiter is looked for.
        while (!document.quoted && !last && /(^|[^\\])(\\\\)*\\$/.test(text) && end + 1 < this.source.length) {
          const next = this.source.indexOf('\n', end + 1);
          const to = next < 0 ? this.source.length : next;
          text += this.source.slice(end, to);
          end = to;
          if (next < 0) break;
        }
        this.line += 1 + (text.match(/\n/g)?.length ?? 0);
        this.at = Math.min(this.source.length, end + 1);
        // A delimiter may begin with tabs itself.
        if (strip && text !== document.delimiter) text = text.replace(/^\t+/, '');
        if ((document.quoted ? text : text.replace(/\\\n/g, '')) === document.delimiter) {
          ended = false;
          break;
        }
        body += `${text}\n`;
      }
      document.body = body;
      if (!ended) continue;
      document.endedAt = Math.max(1, this.line - 1);
      this.openDocuments.push(document);
    }
  }

  protected documentOf(word: Word, line: number): HereDocument {
    const delimiter = (word.parts ?? [{ type: 'Literal' as const, text: word.text }]).map(spelled).join('');
    return { delimiter, quoted: delimiter !== word.text, body: '', line };
  }
}

/** A part of a delimiter: quotes are taken away, nothing is expanded. */
function spelled(part: WordPart): Bytes {
  switch (part.type) {
    case 'Literal':
      return part.text.replace(/\\([\s\S])/g, '$1');
    case 'Quoted':
      return part.value;
    case 'DoubleQuoted':
      return part.parts.map(spelled).join('');
    case 'Parameter':
      return `$${part.name}`;
    default:
      return part.text;
  }
}
