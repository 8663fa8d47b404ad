// bc's language: tokens and statements, as GNU bc 1.07.1 reads them (POSIX and its extensions).

export type Expression =
  | { kind: 'number'; text: string }
  | { kind: 'name'; name: string }
  | { kind: 'element'; name: string; index: Expression }
  | { kind: 'call'; name: string; args: Argument[] }
  | { kind: 'builtin'; name: 'length' | 'scale' | 'sqrt' | 'read' | 'random'; arg?: Expression }
  | { kind: 'unary'; operator: '-' | '!'; operand: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'assign'; operator: string; target: Place; value: Expression }
  | { kind: 'step'; by: 1 | -1; prefix: boolean; target: Place }
  | { kind: 'group'; inner: Expression };
export type Place = Extract<Expression, { kind: 'name' | 'element' }>;
export type Argument = Expression | { kind: 'array'; name: string };

export type Statement =
  | { kind: 'expression'; value: Expression }
  | { kind: 'string'; text: string }
  | { kind: 'print'; items: (Expression | { kind: 'text'; text: string })[] }
  | { kind: 'block'; body: Statement[] }
  | { kind: 'if'; test: Expression; then: Statement; otherwise?: Statement }
  | { kind: 'while'; test: Expression; body: Statement }
  | { kind: 'for'; first?: Expression; test?: Expression; step?: Expression; body: Statement }
  | { kind: 'return'; value?: Expression }
  | { kind: 'break' | 'continue' | 'halt' | 'quit' | 'limits' | 'warranty' | 'nothing' }
  | { kind: 'define'; name: string; parameters: Parameter[]; autos: Parameter[]; body: Statement[] };
export interface Parameter {
  name: string;
  array: boolean;
}

export class SyntaxFault extends Error {
  readonly line: number;
  constructor(line: number) {
    super('syntax error');
    this.line = line;
  }
}

interface Token {
  type: 'number' | 'name' | 'keyword' | 'string' | 'operator' | 'newline' | 'end';
  text: string;
  line: number;
  /** Where it ends in the source. */
  end: number;
}

const KEYWORDS = new Set(
  'define auto if else while for return break continue halt quit print length scale sqrt read random ibase obase last limits warranty void'.split(
    ' ',
  ),
);
const TOKEN =
  /[ \t\v\f\r]+|\\\n|\/\*[\s\S]*?\*\/|#[^\n]*|(\n)|((?:[0-9A-Z]|\\\n)*\.?(?:[0-9A-Z]|\\\n)+|(?:[0-9A-Z]|\\\n)+\.)|([a-z][a-z0-9_]*)|"([^"]*)"|(\+\+|--|\+=|-=|\*=|\/=|%=|\^=|==|<=|>=|!=|&&|\|\||[-+*/%^=<>!(){}[\],;.])|([\s\S])/y;

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  for (let match: RegExpExecArray | null; TOKEN.lastIndex < source.length && (match = TOKEN.exec(source)); ) {
    const [all, newline, number, name, string, operator, other] = match;
    const end = TOKEN.lastIndex;
    if (newline !== undefined) tokens.push({ type: 'newline', text: '\n', line, end });
    else if (number !== undefined) tokens.push({ type: 'number', text: number.replaceAll('\\\n', ''), line, end });
    else if (name !== undefined) tokens.push({ type: KEYWORDS.has(name) ? 'keyword' : 'name', text: name, line, end });
    else if (string !== undefined) tokens.push({ type: 'string', text: string, line, end });
    else if (operator !== undefined) tokens.push({ type: 'operator', text: operator, line, end });
    else if (other !== undefined) tokens.push({ type: 'operator', text: `?${other}`, line, end });
    for (const c of all) if (c === '\n') line++;
  }
  tokens.push({ type: 'end', text: '', line, end: source.length });
  return tokens;
}

const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=']);
const DEEPEST = 200;

export class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }
  get done(): boolean {
    return this.#token.type === 'end';
  }
  get line(): number {
    return this.#token.line;
  }
  #is(text: string): boolean {
    return this.#token.text === text && this.#token.type !== 'string';
  }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }
  #expect(text: string): void {
    if (!this.#take(text)) throw this.#fault();
  }
  /** bc counts a newline as soon as it has read it. */
  #fault({ line, type } = this.#token): SyntaxFault {
    return new SyntaxFault(type === 'newline' ? line + 1 : line);
  }
  #newlines(): void {
    while (this.#token.type === 'newline') this.#at++;
  }
  #separators(): void {
    while (this.#is(';') || this.#token.type === 'newline') this.#at++;
  }
  /** After a fault: to the end of the line. */
  skipLine(): void {
    while (!this.done && this.#token.type !== 'newline') this.#at++;
    this.#at += this.done ? 0 : 1;
  }

  /** The statements of one line, or one definition. */
  next(): Statement[] {
    this.#newlines();
    if (this.done) return [];
    if (this.#is('define')) return [this.#define()];
    const list = this.#list(() => this.#token.type === 'newline' || this.done);
    if (!this.done) this.#at++;
    return list;
  }

  #list(ends: () => boolean): Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      while (this.#take(';'));
      if (ends()) return statements;
      statements.push(this.#statement());
      if (ends()) return statements;
      if (!this.#take(';')) throw this.#fault();
    }
  }

  #statement(): Statement {
    if (++this.#depth > DEEPEST) throw this.#fault();
    try {
      return this.#inner();
    } finally {
      this.#depth--;
    }
  }

  #inner(): Statement {
    const token = this.#token;
    if (token.type === 'string') {
      this.#at++;
      return { kind: 'string', text: token.text };
    }
    if (this.#take('{')) {
      const body: Statement[] = [];
      for (;;) {
        this.#separators();
        if (this.#take('}')) return { kind: 'block', body };
        if (this.done) throw this.#fault();
        body.push(this.#statement());
        if (!this.#is('}') && !this.#is(';') && this.#token.type !== 'newline') throw this.#fault();
      }
    }
    if (token.type === 'keyword') {
      switch (token.text) {
        case 'if': {
          this.#at++;
          this.#expect('(');
          const test = this.#expression();
          this.#expect(')');
          this.#newlines();
          const then = this.#statement();
          const mark = this.#at;
          this.#separators();
          if (!this.#take('else')) {
            this.#at = mark;
            return { kind: 'if', test, then };
          }
          this.#newlines();
          return { kind: 'if', test, then, otherwise: this.#statement() };
        }
        case 'while': {
          this.#at++;
          this.#expect('(');
          const test = this.#expression();
          this.#expect(')');
          this.#newlines();
          return { kind: 'while', test, body: this.#statement() };
        }
        case 'for': {
          this.#at++;
          this.#expect('(');
          const first = this.#is(';') ? undefined : this.#expression();
          this.#expect(';');
          const test = this.#is(';') ? undefined : this.#expression();
          this.#expect(';');
          const step = this.#is(')') ? undefined : this.#expression();
          this.#expect(')');
          this.#newlines();
          const body = this.#statement();
          return { kind: 'for', ...(first && { first }), ...(test && { test }), ...(step && { step }), body };
        }
        case 'return': {
          this.#at++;
          if (this.#token.type === 'newline' || this.#is(';') || this.#is('}') || this.done) return { kind: 'return' };
          return { kind: 'return', value: this.#expression() };
        }
        case 'print': {
          this.#at++;
          const items: (Expression | { kind: 'text'; text: string })[] = [];
          do {
            if (this.#token.type === 'string') {
              items.push({ kind: 'text', text: this.#token.text });
              this.#at++;
            } else items.push(this.#expression());
          } while (this.#take(','));
          return { kind: 'print', items };
        }
        case 'break':
        case 'continue':
        case 'halt':
        case 'quit':
        case 'limits':
        case 'warranty':
          this.#at++;
          return { kind: token.text };
      }
    }
    if (token.type === 'newline') return { kind: 'nothing' };
    return { kind: 'expression', value: this.#expression() };
  }

  #define(): Statement {
    this.#at++;
    this.#take('void');
    const name = this.#name();
    this.#expect('(');
    const parameters = this.#parameters(')');
    this.#expect(')');
    this.#newlines();
    this.#expect('{');
    const autos: Parameter[] = [];
    for (;;) {
      this.#separators();
      if (!this.#take('auto')) break;
      autos.push(...this.#parameters(''));
    }
    this.#at--;
    this.#tokens[this.#at] = { ...this.#token, type: 'operator', text: '{' };
    const block = this.#statement();
    return { kind: 'define', name, parameters, autos, body: block.kind === 'block' ? block.body : [] };
  }

  #parameters(end: string): Parameter[] {
    const list: Parameter[] = [];
    if (end && this.#is(end)) return list;
    do {
      this.#take('*');
      const name = this.#name();
      const array = this.#take('[');
      if (array) this.#expect(']');
      list.push({ name, array });
    } while (this.#take(','));
    return list;
  }

  #name(): string {
    const token = this.#token;
    if (token.type !== 'name') throw this.#fault(token);
    this.#at++;
    return token.text;
  }

  #expression(): Expression {
    return this.#or();
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('||')) left = { kind: 'binary', operator: '||', left, right: this.#and() };
    return left;
  }
  #and(): Expression {
    let left = this.#not();
    while (this.#take('&&')) left = { kind: 'binary', operator: '&&', left, right: this.#not() };
    return left;
  }
  #not(): Expression {
    if (this.#take('!')) return { kind: 'unary', operator: '!', operand: this.#not() };
    return this.#relation();
  }
  #relation(): Expression {
    let left = this.#assignment();
    while (/^(==|<=|>=|!=|<|>)$/.test(this.#token.text) && this.#token.type === 'operator') {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#assignment() };
    }
    return left;
  }
  #assignment(): Expression {
    const left = this.#sum();
    const token = this.#token;
    if (token.type === 'operator' && ASSIGNMENTS.has(token.text)) {
      if (left.kind !== 'name' && left.kind !== 'element') throw this.#fault(token);
      this.#at++;
      return { kind: 'assign', operator: token.text, target: left, value: this.#assignment() };
    }
    return left;
  }
  #sum(): Expression {
    let left = this.#product();
    while (this.#token.type === 'operator' && (this.#is('+') || this.#is('-'))) {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#product() };
    }
    return left;
  }
  #product(): Expression {
    let left = this.#power();
    while (this.#token.type === 'operator' && /^[*/%]$/.test(this.#token.text)) {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#power() };
    }
    return left;
  }
  /** bc's minus binds tighter than ^: -2^2 is 4. */
  #power(): Expression {
    const left = this.#sign();
    if (this.#take('^')) return { kind: 'binary', operator: '^', left, right: this.#power() };
    return left;
  }
  #sign(): Expression {
    if (++this.#depth > DEEPEST) throw this.#fault();
    try {
      if (this.#take('-')) return { kind: 'unary', operator: '-', operand: this.#sign() };
      if (this.#is('++') || this.#is('--')) {
        const by = this.#token.text === '++' ? 1 : -1;
        this.#at++;
        return { kind: 'step', by, prefix: true, target: this.#place() };
      }
      return this.#primary();
    } finally {
      this.#depth--;
    }
  }

  #place(): Place {
    const inner = this.#primary();
    if (inner.kind !== 'name' && inner.kind !== 'element') throw this.#fault();
    return inner;
  }

  #primary(): Expression {
    const token = this.#token;
    this.#at++;
    if (token.type === 'number') return { kind: 'number', text: token.text };
    if (token.text === '(' && token.type === 'operator') {
      const inner = this.#expression();
      this.#expect(')');
      return { kind: 'group', inner };
    }
    if (token.type === 'keyword' || (token.type === 'operator' && token.text === '.')) {
      const { text } = token;
      if (
        text === 'ibase' ||
        text === 'obase' ||
        text === 'last' ||
        text === '.' ||
        (text === 'scale' && !this.#is('('))
      )
        return this.#postfix({ kind: 'name', name: text === '.' ? 'last' : text });
      if (text === 'length' || text === 'scale' || text === 'sqrt' || text === 'read' || text === 'random') {
        this.#expect('(');
        const arg = this.#is(')') ? undefined : this.#expression();
        this.#expect(')');
        return { kind: 'builtin', name: text, ...(arg && { arg }) };
      }
      throw this.#fault(token);
    }
    if (token.type === 'name') {
      if (this.#take('(')) {
        const args: Argument[] = [];
        if (!this.#is(')'))
          do {
            const mark = this.#at;
            if (this.#token.type === 'name') {
              const { text } = this.#token;
              this.#at++;
              if (this.#take('[') && this.#take(']')) {
                args.push({ kind: 'array', name: text });
                continue;
              }
              this.#at = mark;
            }
            args.push(this.#expression());
          } while (this.#take(','));
        this.#expect(')');
        return { kind: 'call', name: token.text, args };
      }
      if (this.#take('[')) {
        const index = this.#expression();
        this.#expect(']');
        return this.#postfix({ kind: 'element', name: token.text, index });
      }
      return this.#postfix({ kind: 'name', name: token.text });
    }
    throw this.#fault(token);
  }

  #postfix(target: Place): Expression {
    if (this.#take('++')) return { kind: 'step', by: 1, prefix: false, target };
    if (this.#take('--')) return { kind: 'step', by: -1, prefix: false, target };
    return target;
  }
}
