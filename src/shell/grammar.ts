// The grammar: tokens to the tree of a script, in bash's order, so that a wrong token is found where bash finds it.
import type { Bytes } from '../machine/machine.ts';
import { DEEPEST, Lexer, type Reading, SyntaxFailure, type Token } from './lexer.ts';
import type {
  AndOr,
  Command,
  CommandNode,
  Compound,
  Condition,
  Node,
  Pipeline,
  Redirection,
  Statement,
  SyntaxProblem,
  Word,
} from './syntax.ts';

/** Words that steer, where a command may begin. */
export const RESERVED: Record<Reading['dialect'], ReadonlySet<string>> = {
  bash: new Set(
    'if then else elif fi case esac for select while until do done in function time { } ! [[ ]] coproc'.split(' '),
  ),
  dash: new Set('if then elif else fi for in until while do done case esac { } !'.split(' ')),
  ash: new Set('if then elif else fi for in until while do done case esac function { } !'.split(' ')),
};
/** What cannot begin a command although it is a word there. */
const CLOSERS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}', ']]', 'in']);
/** Builtins whose words may be assignments with lists. */
const DECLARING = new Set(['declare', 'typeset', 'local', 'export', 'readonly', 'alias', 'eval']);
const REDIRECTS = new Set(['<', '>', '>>', '<>', '<&', '>&', '>|', '&>', '&>>', '<<<', '<<', '<<-']);
const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY = /^(?:==?|!=|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))$/;

export interface Unit {
  statements: Statement[];
  /** Where the next unit begins: behind the line break. */
  end: number;
  line: number;
}

export class Grammar extends Lexer {
  /** A complete command: everything up to a line break that ends it. Undefined at the end of the text. */
  unit(): Unit | undefined {
    while (this.peek(true).kind === 'newline') this.next();
    const { line } = this.peek(true);
    if (this.peek(true).kind === 'end') return undefined;
    const statements: Statement[] = [];
    for (;;) {
      const command = this.#andOr();
      const token = this.peek();
      const background = token.text === '&' && token.kind === 'operator';
      statements.push({ command, background });
      if (background || (token.text === ';' && token.kind === 'operator')) {
        this.next();
        const after = this.peek(true);
        if (after.kind !== 'newline' && after.kind !== 'end') continue;
      }
      const last = this.peek(true);
      if (last.kind === 'newline') this.next();
      else if (last.kind === 'end') this.endDocuments();
      else this.#fail(last);
      return { statements, end: this.at, line };
    }
  }

  protected override substituted(): Statement[] {
    const { dialect, extglob } = this.reading;
    const inner = new Grammar(this.source, this.at, this.line, { dialect, extglob }, this.depth + 1);
    inner.inSubstitution = true;
    let body: Statement[];
    try {
      body = inner.#empty(')') ? [] : inner.#list(')');
      inner.#expect(')');
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      const { problem } = error;
      if (problem.what === 'end') throw new SyntaxFailure({ ...problem, what: 'open', closer: ')', substituted: true });
      throw new SyntaxFailure({ ...problem, substituted: true });
    }
    this.at = inner.at;
    this.line = inner.line;
    this.openDocuments.push(...inner.openDocuments);
    return body;
  }

  // ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #fail(token: Token, expecting?: string): never {
    const more: Partial<SyntaxProblem> = { line: token.line, ...(expecting ? { expecting } : {}) };
    if (token.kind === 'end') {
      this.endDocuments();
      throw new SyntaxFailure(this.problem('end', '', { ...more, line: this.peek().line }));
    }
    const word =
      (token.kind === 'word' || token.kind === 'assignment') && !RESERVED[this.reading.dialect].has(token.text);
    throw new SyntaxFailure(
      this.problem('token', token.kind === 'newline' ? 'newline' : token.text, { word, ...more }),
    );
  }

  #expect(text: string): Token {
    const token = this.peek(true);
    if (!this.#is(token, text)) this.#fail(token, text);
    return this.next();
  }

  /** An operator or a reserved word. */
  #is(token: Token, text: string): boolean {
    return token.text === text && token.kind !== 'number' && token.kind !== 'variable' && token.kind !== 'assignment';
  }

  #newlines(): void {
    while (this.peek(true).kind === 'newline') this.next();
  }

  #empty(closer: string): boolean {
    this.#newlines();
    return this.#is(this.peek(true), closer);
  }

  // ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A list that ends at one of these: at least one command. */
  #list(...closers: string[]): Statement[] {
    if (++this.depth > DEEPEST) throw new SyntaxFailure(this.problem('token', '('));
    this.#newlines();
    const statements: Statement[] = [];
    for (;;) {
      const command = this.#andOr(closers.length === 1 ? closers[0] : undefined);
      const token = this.peek();
      const separator =
        token.kind === 'newline' || (token.kind === 'operator' && (token.text === ';' || token.text === '&'));
      statements.push({ command, background: separator && token.text === '&' });
      if (!separator) break;
      this.next();
      this.#newlines();
      const after = this.peek(true);
      if (closers.some((closer) => this.#is(after, closer)) || (after.kind === 'end' && closers.length > 0)) break;
    }
    this.depth--;
    return statements;
  }

  #andOr(expecting?: string): Node {
    const first = this.#pipeline(expecting);
    let token = this.peek();
    if (token.text !== '&&' && token.text !== '||') return first;
    const commands = [first];
    const operators: AndOr['operators'][number][] = [];
    while (token.kind === 'operator' && (token.text === '&&' || token.text === '||')) {
      operators.push(this.next().text as '&&');
      this.#newlines();
      commands.push(this.#pipeline());
      token = this.peek();
    }
    return { type: 'AndOr', commands, operators };
  }

  #pipeline(expecting?: string): CommandNode | Pipeline {
    let negated = false;
    let timed: Pipeline['timed'];
    let prefixed = false;
    for (let token = this.peek(true); ; token = this.peek(true)) {
      if (this.#is(token, '!')) negated = !negated;
      else if (this.#is(token, 'time') && this.reading.dialect === 'bash' && !timed) {
        timed = 'time';
        this.next();
        prefixed = true;
        if (this.#is(this.peek(true), '-p')) {
          this.next();
          timed = 'posix';
        }
        if (this.#is(this.peek(true), '--')) this.next();
        continue;
      } else break;
      this.next();
      prefixed = true;
    }
    if (prefixed) {
      const token = this.peek(true);
      const nothing = token.kind === 'newline' || token.kind === 'end' || this.#is(token, ';');
      if (nothing && this.reading.dialect === 'bash')
        return { type: 'Pipeline', negated, ...(timed ? { timed } : {}), commands: [], both: [] };
    }
    const commands = [this.#command(expecting)];
    const both: boolean[] = [];
    for (
      let token = this.peek();
      token.kind === 'operator' && (token.text === '|' || token.text === '|&');
      token = this.peek()
    ) {
      both.push(this.next().text === '|&');
      this.#newlines();
      commands.push(this.#command());
    }
    if (commands.length === 1 && !prefixed) return commands[0]!;
    return { type: 'Pipeline', negated, ...(timed ? { timed } : {}), commands, both };
  }

  // ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #command(expecting?: string): CommandNode {
    const token = this.peek(true);
    if (token.kind === 'operator' && !REDIRECTS.has(token.text) && token.text !== '(') this.#fail(token, expecting);
    if (token.kind === 'end' || token.kind === 'newline') this.#fail(token, expecting);
    if (token.kind === 'word' && RESERVED[this.reading.dialect].has(token.text)) {
      if (CLOSERS.has(token.text) && !(token.text === 'in' || token.text === ']]')) this.#fail(token, expecting);
      if (token.text === 'function') return this.#function();
      if (token.text === 'coproc') return this.#coprocess();
      const compound = this.#compound(token);
      if (compound) return this.#redirected(compound);
    } else if (token.kind === 'operator' && token.text === '(') return this.#redirected(this.#compound(token)!);
    return this.#simple();
  }

  #redirected(command: Compound): CommandNode {
    const redirects: Redirection[] = [];
    for (let token = this.peek(); this.#redirects(token); token = this.peek()) redirects.push(this.#redirection());
    // A word may not follow: the grammar of a compound command is over.
    const token = this.peek();
    if (token.kind === 'word' || token.kind === 'assignment' || this.#is(token, '(')) {
      if (!(token.kind === 'word' && RESERVED[this.reading.dialect].has(token.text))) this.#fail(token);
    }
    return redirects.length === 0 ? command : { type: 'Redirected', command, redirects };
  }

  #redirects(token: Token): boolean {
    return (
      token.kind === 'number' || token.kind === 'variable' || (token.kind === 'operator' && REDIRECTS.has(token.text))
    );
  }

  #compound(token: Token): Compound | undefined {
    const { line } = token;
    switch (token.text) {
      case '{': {
        this.next();
        const body = this.#list('}');
        this.#expect('}');
        return { type: 'Group', body };
      }
      case '(': {
        if (this.reading.dialect === 'bash' && this.source[token.at + 1] === '(') {
          const arithmetic = this.#arithmetic(token);
          if (arithmetic !== undefined) return { type: 'ArithmeticCommand', line, expression: arithmetic };
        }
        this.next();
        const body = this.#list(')');
        this.#expect(')');
        return { type: 'Subshell', line: this.line, body };
      }
      case 'if': {
        const branches: { test: Statement[]; body: Statement[] }[] = [];
        do {
          this.next();
          const test = this.#list('then');
          this.#expect('then');
          branches.push({ test, body: this.#list('elif', 'else', 'fi') });
        } while (this.#is(this.peek(true), 'elif'));
        let otherwise: Statement[] | undefined;
        if (this.#is(this.peek(true), 'else')) {
          this.next();
          otherwise = this.#list('fi');
        }
        this.#expect('fi');
        return { type: 'If', branches, ...(otherwise ? { otherwise } : {}) };
      }
      case 'while':
      case 'until': {
        this.next();
        const test = this.#list('do');
        return { type: 'While', until: token.text === 'until', test, body: this.#loopBody(false) };
      }
      case 'for':
        return this.#for('For');
      case 'select':
        return this.#for('Select');
      case 'case':
        return this.#case();
      case '[[':
        return this.#condition();
      case ']]':
      case 'in':
        return undefined;
    }
    return undefined;
  }

  /** The text of `((…))`; undefined: it is a subshell in a subshell. */
  #arithmetic(token: Token): Bytes | undefined {
    this.back(token);
    this.at = token.at + 2;
    const end = this.arithmeticEnd(token.line);
    if (this.source[end + 1] !== ')') {
      this.back(token);
      return undefined;
    }
    const text = this.source.slice(token.at + 2, end).replace(/\\\n/g, '');
    this.pass(end + 2);
    return text;
  }

  #loopBody(braces: boolean): Statement[] {
    if (braces && this.#is(this.peek(true), '{')) {
      this.next();
      const body = this.#list('}');
      this.#expect('}');
      return body;
    }
    this.#expect('do');
    const body = this.#list('done');
    this.#expect('done');
    return body;
  }

  #for(type: 'For' | 'Select'): Compound {
    const { line } = this.next();
    const bash = this.reading.dialect === 'bash';
    let token = this.peek();
    if (type === 'For' && bash && this.#is(token, '(') && this.source[token.at + 1] === '(') {
      const text = this.#arithmetic(token);
      // Nothing is said about one that is not closed.
      if (text === undefined) throw new SyntaxFailure(this.problem('condition', '(', { messages: [], status: 2 }));
      const parts = text.split(';');
      if (parts.length !== 3) {
        const first =
          parts.length < 3 ? 'syntax error: arithmetic expression required' : "syntax error: `;' unexpected";
        const messages = [first, `syntax error: \`((${text}))'`].map((words) => ({ line, text: words }));
        throw new SyntaxFailure(this.problem('token', `((${text}))`, { messages, status: 2 }));
      }
      token = this.peek(true);
      if (this.#is(token, ';')) this.next();
      this.#newlines();
      return { type: 'ArithmeticFor', line, parts: parts as [Bytes, Bytes, Bytes], body: this.#loopBody(true) };
    }
    if (token.kind !== 'word' && token.kind !== 'assignment' && token.kind !== 'number') this.#fail(token);
    const name = this.next().word ?? { type: 'Word' as const, text: token.text };
    let words: Word[] | undefined;
    const broken = this.peek(true).kind === 'newline';
    this.#newlines();
    if (this.#is(this.peek(true), 'in')) {
      this.next();
      words = [];
      for (token = this.peek(); token.kind === 'word' || token.kind === 'assignment'; token = this.peek())
        words.push(this.next().word!);
      if (token.kind !== 'newline' && !this.#is(token, ';')) this.#fail(token);
      this.next();
    } else if (!broken && this.#is(this.peek(), ';')) this.next();
    this.#newlines();
    return { type, line, name, ...(words ? { words } : {}), body: this.#loopBody(bash) };
  }

  #case(): Compound {
    const { line } = this.next();
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'assignment' && token.kind !== 'number') this.#fail(token);
    const word = this.next().word!;
    this.#newlines();
    if (!this.#is(this.peek(), 'in')) this.#fail(this.peek(), 'in');
    this.next();
    const items: { patterns: Word[]; body: Statement[]; end: ';;' | ';&' | ';;&' | '' }[] = [];
    for (;;) {
      this.#newlines();
      if (this.#is(this.peek(), 'esac')) break;
      if (this.#is(this.peek(), '(')) this.next();
      const patterns: Word[] = [];
      for (;;) {
        const pattern = this.peek();
        if (pattern.kind !== 'word' && pattern.kind !== 'assignment') this.#fail(pattern);
        patterns.push(this.next().word!);
        if (!this.#is(this.peek(), '|')) break;
        this.next();
      }
      if (!this.#is(this.peek(), ')')) this.#fail(this.peek(), ')');
      this.next();
      this.#newlines();
      const first = this.peek(true);
      const nothing = first.kind === 'operator' && /^;;&?$|^;&$/.test(first.text);
      const body = nothing || this.#is(first, 'esac') ? [] : this.#list(';;', ';&', ';;&', 'esac');
      const end = this.peek(true);
      if (end.kind === 'operator' && (end.text === ';;' || end.text === ';&' || end.text === ';;&')) {
        this.next();
        items.push({ patterns, body, end: end.text });
      } else {
        items.push({ patterns, body, end: '' });
        this.#newlines();
        if (!this.#is(this.peek(true), 'esac')) this.#fail(this.peek(true), ';;');
        break;
      }
    }
    this.next();
    return { type: 'Case', line, word, items };
  }

  #function(): CommandNode {
    const { line } = this.next();
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'assignment') this.#fail(token);
    const name = this.next().text;
    if (this.#is(this.peek(), '(')) {
      this.next();
      this.#expect(')');
    }
    this.#newlines();
    return { type: 'Function', line, name, body: this.#functionBody() };
  }

  #functionBody(): CommandNode {
    const token = this.peek(true);
    const compound =
      (token.kind === 'operator' && token.text === '(') ||
      (token.kind === 'word' && RESERVED[this.reading.dialect].has(token.text) && !CLOSERS.has(token.text))
        ? this.#compound(token)
        : undefined;
    if (compound) return this.#redirected(compound);
    if (this.reading.dialect === 'bash') this.#fail(token);
    return this.#command();
  }

  #coprocess(): CommandNode {
    this.next();
    let name = 'COPROC';
    let token = this.peek(true);
    const begins = (t: Token) =>
      this.#is(t, '(') ||
      (t.kind === 'word' &&
        RESERVED.bash.has(t.text) &&
        !CLOSERS.has(t.text) &&
        !['!', 'time', 'function', 'coproc'].includes(t.text));
    if (begins(token)) return { type: 'Coprocess', name, body: this.#redirected(this.#compound(token)!) };
    if (token.kind === 'word') {
      // A name stands before a compound command only.
      const first = this.next();
      token = this.peek(true);
      if (begins(token)) {
        name = first.text;
        return { type: 'Coprocess', name, body: this.#redirected(this.#compound(token)!) };
      }
      this.back(first);
    } else if (token.kind !== 'assignment' && !this.#redirects(token)) this.#fail(token);
    return { type: 'Coprocess', name, body: this.#simple() };
  }

  #simple(): CommandNode {
    const assignments: NonNullable<Word['assignment']>[] = [];
    const words: Word[] = [];
    const redirects: Redirection[] = [];
    let line = 0;
    let from = -1;
    let to = 0;
    this.arraysMayStandHere = true;
    for (;;) {
      const token = this.peek(words.length === 0);
      if (from < 0) from = token.at;
      if (this.#redirects(token)) {
        redirects.push(this.#redirection());
        to = this.at;
        line ||= token.line;
      } else if (token.kind === 'assignment' && words.length === 0) {
        assignments.push(this.next().word!.assignment!);
        to = this.at;
        line ||= token.line;
      } else if (token.kind === 'word' || token.kind === 'assignment') {
        this.next();
        to = this.at;
        words.push(token.word!);
        if (words.length === 1) this.arraysMayStandHere = DECLARING.has(token.text);
        else if (!this.arraysMayStandHere && words.length === 2 && /^(command|builtin)$/.test(words[0]!.text))
          this.arraysMayStandHere = DECLARING.has(token.text);
        const after = this.peek(this.aliasGoesOn());
        // The reader has seen the second token before it notes the line.
        line ||= after.kind === 'end' ? token.line : after.line;
        if (words.length === 1 && this.#is(after, '(') && assignments.length === 0 && redirects.length === 0) {
          this.next();
          this.arraysMayStandHere = true;
          this.#expect(')');
          this.#newlines();
          return { type: 'Function', line: token.line, name: token.text, body: this.#functionBody() };
        }
        if (this.#is(after, '(')) this.#fail(after);
      } else break;
    }
    this.arraysMayStandHere = true;
    const command: Command = { type: 'Command', line, span: [from, to], assignments, words, redirects };
    if (this.#is(this.peek(), '(')) this.#fail(this.peek());
    return command;
  }

  #redirection(): Redirection {
    let token = this.next();
    let descriptor: number | string | undefined;
    if (token.kind === 'number' || token.kind === 'variable') {
      descriptor = token.kind === 'number' ? Number(token.text) : token.text;
      token = this.next();
    }
    const operator = token.text as Redirection['operator'];
    const { line } = token;
    const target = this.peek();
    if (target.kind !== 'word' && target.kind !== 'assignment' && target.kind !== 'number') this.#fail(target);
    // The number of a descriptor is an ordinary word here: `>& 2`, `> 3 > 4`.
    this.next();
    const word = target.word ?? { type: 'Word' as const, text: target.text };
    const redirect: Redirection = { operator, ...(descriptor === undefined ? {} : { descriptor }), target: word };
    if (operator === '<<' || operator === '<<-') {
      redirect.document = this.documentOf(word, line);
      this.awaitDocument(redirect, operator === '<<-');
    }
    return redirect;
  }

  // ── [[ ]] ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #condition(): Compound {
    const { line } = this.next();
    this.pattern = 'glob';
    const expression = this.#or(line);
    const token = this.peek();
    if (!this.#is(token, ']]')) {
      const name = token.kind === 'word' || token.kind === 'assignment' ? undefined : this.#named(token);
      if (token.kind === 'end') this.#wrong(token, "unexpected EOF while looking for `]]'", line);
      this.#wrong(
        token,
        name === undefined
          ? 'syntax error in conditional expression'
          : `syntax error in conditional expression: unexpected token \`${name}'`,
        line,
      );
    }
    this.pattern = '';
    this.next();
    return { type: 'Condition', line: this.line, expression };
  }

  /** How bash names a token in these messages. */
  #named(token: Token): string | undefined {
    if (token.kind === 'end') return 'EOF';
    return token.kind === 'newline' ? 'newline' : token.text;
  }

  #wrong(token: Token, text: string, line = token.line): never {
    throw new SyntaxFailure(
      this.problem('condition', token.kind === 'newline' ? 'newline' : token.text, {
        messages: text === '' ? [] : [{ line, text }],
        line: token.line,
        status: this.at >= this.source.length ? 2 : 0,
      }),
    );
  }

  #skip(): void {
    while (this.peek().kind === 'newline') this.next();
  }

  #or(line: number): Condition {
    let left = this.#and(line);
    while (this.#is(this.peek(), '||')) {
      this.next();
      this.#skip();
      left = { type: 'Or', left, right: this.#and(line) };
    }
    return left;
  }

  #and(line: number): Condition {
    let left = this.#term(line);
    while (this.#is(this.peek(), '&&')) {
      this.next();
      this.#skip();
      left = { type: 'And', left, right: this.#term(line) };
    }
    return left;
  }

  #term(line: number): Condition {
    if (++this.depth > DEEPEST) throw new SyntaxFailure(this.problem('token', '('));
    try {
      this.#skip();
      const token = this.peek();
      if (this.#is(token, ']]')) this.#wrong(token, '');
      if (this.#is(token, '!')) {
        this.next();
        return { type: 'Not', operand: this.#term(line) };
      }
      if (this.#is(token, '(')) {
        this.next();
        let operand: Condition;
        try {
          operand = this.#or(line);
        } catch (error) {
          if (!(error instanceof SyntaxFailure) || error.problem.what !== 'condition') throw error;
          const messages = [...error.problem.messages!, { line: token.line, text: "expected `)'" }];
          throw new SyntaxFailure({ ...error.problem, messages });
        }
        const end = this.peek();
        if (!this.#is(end, ')')) {
          const name = this.#named(end);
          this.#wrong(
            end,
            name === undefined ? "expected `)'" : `unexpected token \`${name}', expected \`)'`,
            token.line,
          );
        }
        this.next();
        this.#skip();
        return { type: 'Parentheses', operand };
      }
      if (token.kind !== 'word' && token.kind !== 'assignment' && token.kind !== 'number') {
        this.#wrong(token, `unexpected token \`${this.#named(token)}' in conditional command`);
      }
      this.next();
      const left = token.word!;
      if (UNARY.test(token.text) && left.parts === undefined) {
        const operand = this.peek();
        if (
          this.#is(operand, ']]') ||
          (operand.kind !== 'word' && operand.kind !== 'assignment' && operand.kind !== 'number')
        )
          this.#wrong(
            operand,
            operand.kind === 'end'
              ? 'unexpected argument to conditional unary operator'
              : `unexpected argument \`${this.#named(operand)}' to conditional unary operator`,
          );
        this.next();
        this.#skip();
        return { type: 'Unary', operator: token.text, operand: operand.word! };
      }
      const operator = this.peek();
      const named = operator.kind === 'word' && (BINARY.test(operator.text) || operator.text === '=~');
      const compares = operator.kind === 'operator' && (operator.text === '<' || operator.text === '>');
      if (!named && !compares) {
        if (this.#is(operator, ']]') || this.#is(operator, '&&') || this.#is(operator, '||') || this.#is(operator, ')'))
          return { type: 'Unary', operator: '-n', operand: left };
        this.#wrong(
          operator,
          operator.kind === 'word' || operator.kind === 'assignment'
            ? 'conditional binary operator expected'
            : `unexpected token \`${this.#named(operator)}', conditional binary operator expected`,
        );
      }
      this.next();
      if (operator.text === '=~') this.pattern = 'regex';
      let right: Token;
      try {
        right = this.peek();
      } catch (error) {
        if (!(error instanceof SyntaxFailure) || error.problem.what !== 'open') throw error;
        const { closer, line: begun } = error.problem;
        throw new SyntaxFailure({
          ...error.problem,
          messages: [
            { line: begun, text: `unexpected EOF while looking for matching \`${closer}'` },
            { line: this.source.split('\n').length, text: 'unexpected argument to conditional binary operator' },
          ],
        });
      }
      this.pattern = 'glob';
      if ((right.kind !== 'word' && right.kind !== 'assignment' && right.kind !== 'number') || this.#is(right, ']]'))
        this.#wrong(
          right,
          right.kind === 'end'
            ? 'unexpected argument to conditional binary operator'
            : `unexpected argument \`${this.#named(right)}' to conditional binary operator`,
        );
      this.next();
      this.#skip();
      return { type: 'Binary', operator: operator.text, left, right: right.word! };
    } finally {
      this.depth--;
    }
  }
}
