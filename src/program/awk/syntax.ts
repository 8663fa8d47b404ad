// awk's grammar: tokens and the tree that `run.ts` evaluates.
import type { Bytes } from '../../machine/machine.ts';

/** A wrong program, in mawk's words without the program's name. */
export class GrammarError extends Error {}

export type Node =
  | { is: 'number'; value: number }
  | { is: 'string'; value: Bytes }
  | { is: 'regex'; source: Bytes }
  | { is: 'variable'; name: string }
  | { is: 'field'; index: Node }
  | { is: 'index'; array: string; keys: Node[] }
  | { is: 'assign'; operator: string; target: Node; value: Node }
  | { is: 'step'; target: Node; by: 1 | -1; before: boolean }
  | { is: 'unary'; operator: string; operand: Node }
  | { is: 'binary'; operator: string; left: Node; right: Node }
  | { is: 'match'; negated: boolean; left: Node; right: Node }
  | { is: 'in'; array: string; keys: Node[] }
  | { is: 'and' | 'or'; left: Node; right: Node }
  | { is: 'choice'; test: Node; yes: Node; no: Node }
  | { is: 'call'; name: string; args: Node[]; builtin: boolean }
  | { is: 'group'; list: Node[] }
  | { is: 'getline'; from: 'main' | 'file' | 'command'; source?: Node; target?: Node };

export type Statement =
  | { is: 'expression'; value: Node }
  | { is: 'print'; args: Node[]; format: boolean; redirect?: { kind: '>' | '>>' | '|'; to: Node } }
  | { is: 'if'; test: Node; yes: Statement; no?: Statement }
  | { is: 'while'; test: Node; body: Statement; first: boolean }
  | { is: 'for'; start?: Statement; test?: Node; step?: Statement; body: Statement }
  | { is: 'each'; name: string; array: string; body: Statement }
  | { is: 'block'; list: Statement[] }
  | { is: 'next' | 'nextfile' | 'break' | 'continue' }
  | { is: 'exit' | 'return'; value?: Node }
  | { is: 'delete'; array: string; keys?: Node[] };

export interface Rule {
  kind: 'begin' | 'end' | 'main';
  test?: Node;
  /** The end of a range. */
  until?: Node;
  /** Absent: print the record. */
  body?: Statement;
  active?: boolean;
}

export interface Program {
  rules: Rule[];
  functions: Map<string, { parameters: string[]; body: Statement }>;
}

interface Token {
  kind: 'number' | 'string' | 'regex' | 'name' | 'function' | 'builtin' | 'word' | 'symbol' | 'newline' | 'end';
  text: string;
  value?: number;
  line: number;
}

const WORDS = new Set(
  'BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf'.split(
    ' ',
  ),
);
const BUILTINS = new Set(
  'length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system close fflush strftime systime mktime'.split(
    ' ',
  ),
);
const SYMBOLS = [
  '&&',
  '||',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '^=',
  '==',
  '<=',
  '>=',
  '!=',
  '!~',
  '>>',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '>',
  '<',
  '|',
  '?',
  ':',
  '~',
  '$',
  '=',
];
/** How many arguments the built-in functions take. */
const ARGUMENTS: Record<string, readonly [least: number, most: number]> = {
  length: [0, 1],
  substr: [2, 3],
  index: [2, 2],
  split: [2, 3],
  sub: [2, 3],
  gsub: [2, 3],
  match: [2, 2],
  sprintf: [1, 255],
  sin: [1, 1],
  cos: [1, 1],
  atan2: [2, 2],
  exp: [1, 1],
  log: [1, 1],
  sqrt: [1, 1],
  int: [1, 1],
  rand: [0, 0],
  srand: [0, 1],
  tolower: [1, 1],
  toupper: [1, 1],
  system: [1, 1],
  close: [1, 1],
  fflush: [0, 1],
  strftime: [0, 3],
  systime: [0, 0],
  mktime: [1, 1],
};
/** Nesting of expressions and statements at most. */
const DEEPEST = 200;

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** Reads the escapes of a string constant or of -v's value. */
export function unescapeString(text: Bytes): Bytes {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([\s\S]))/g, (_, octal, hex, c) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return c === '\n' ? '' : (ESCAPES[c] ?? `\\${c}`);
  });
}

function tokens(source: Bytes): Token[] {
  const list: Token[] = [];
  let line = 1;
  let open = 0;
  const push = (kind: Token['kind'], text: string, value?: number) =>
    list.push(value === undefined ? { kind, text, line } : { kind, text, line, value });
  for (let at = 0; at < source.length; ) {
    const c = source[at]!;
    if (c === '\n') {
      push('newline', '\n');
      line++;
      at++;
    } else if (c === ' ' || c === '\t' || c === '\r') at++;
    else if (c === '\\' && /^\\\r?\n/.test(source.slice(at, at + 3))) {
      at = source.indexOf('\n', at) + 1;
      line++;
    } else if (c === '#') {
      const end = source.indexOf('\n', at);
      at = end < 0 ? source.length : end;
    } else if (c === '"') {
      let end = at + 1;
      while (end < source.length && source[end] !== '"' && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1;
      if (source[end] !== '"')
        throw new GrammarError(`line ${line}: runaway string constant "${source.slice(at + 1, at + 11)} ...`);
      push('string', unescapeString(source.slice(at + 1, end)));
      at = end + 1;
    } else if (/[0-9]/.test(c) || (c === '.' && /[0-9]/.test(source[at + 1] ?? ''))) {
      const text = /^((\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)/.exec(source.slice(at, at + 400))![0];
      push('number', text, Number(text));
      at += text.length;
    } else if (/[A-Za-z_]/.test(c)) {
      const text = /^\w+/.exec(source.slice(at, at + 256))![0];
      at += text.length;
      if (WORDS.has(text)) push('word', text === 'func' ? 'function' : text);
      else if (BUILTINS.has(text)) push('builtin', text);
      else push(source[at] === '(' ? 'function' : 'name', text);
    } else if (c === '/' && regexMayFollow(list.at(-1))) {
      let end = at + 1;
      let bracket = false;
      for (; end < source.length && (source[end] !== '/' || bracket) && source[end] !== '\n'; end++) {
        if (source[end] === '\\') end++;
        else if (source[end] === '[') {
          if (!bracket) {
            bracket = true;
            if (source[end + 1] === '^') end++;
            if (source[end + 1] === ']') end++;
          }
        } else if (source[end] === ']') bracket = false;
      }
      if (source[end] !== '/')
        throw new GrammarError(`line ${line}: runaway regular expression ${source.slice(at, at + 10)} ...`);
      push('regex', source.slice(at + 1, end).replaceAll('\\/', '/'));
      at = end + 1;
    } else {
      const symbol = SYMBOLS.find((s) => source.startsWith(s, at));
      if (!symbol) throw new GrammarError(`${line}: unexpected character '${c}'`);
      push('symbol', symbol);
      if (symbol === '(') open++;
      if (symbol === ')' && --open < 0) throw new GrammarError(`line ${line}: extra ')'`);
      at += symbol.length;
    }
  }
  push('newline', '\n');
  line++;
  push('end', '');
  return list;
}

function regexMayFollow(last: Token | undefined): boolean {
  if (!last) return true;
  if (
    last.kind === 'number' ||
    last.kind === 'string' ||
    last.kind === 'regex' ||
    last.kind === 'name' ||
    last.kind === 'builtin'
  )
    return false;
  return !(last.kind === 'symbol' && [')', ']', '$', '++', '--'].includes(last.text));
}

/** Parses a program; throws GrammarError. */
export function parseProgram(source: Bytes): Program {
  return new Parser(tokens(source)).program();
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;
  #noIn = 0;
  #noGreater = 0;
  /** Where `next` and `return` make no sense. */
  #place: 'main' | 'edge' | 'function' = 'main';

  constructor(list: Token[]) {
    this.#tokens = list;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #fail(): never {
    const token = this.#token;
    if (token.kind === 'end' || (token.kind === 'newline' && this.#tokens[this.#at + 1]?.kind === 'end'))
      throw new GrammarError(`line ${token.line}: syntax error at or near end of file`);
    throw new GrammarError(
      `line ${token.line}: syntax error at or near ${token.kind === 'newline' ? '\\n' : token.text}`,
    );
  }

  #is(text: string): boolean {
    const { kind } = this.#token;
    return (kind === 'symbol' || kind === 'word') && this.#token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail();
  }

  #newlines(): void {
    while (this.#token.kind === 'newline') this.#at++;
  }

  #separators(): void {
    while (this.#token.kind === 'newline' || this.#is(';')) this.#at++;
  }

  program(): Program {
    const program: Program = { rules: [], functions: new Map() };
    for (this.#separators(); this.#token.kind !== 'end'; this.#separators()) {
      if (this.#take('function')) {
        const name = this.#token.text;
        if (!/^\w+$/.test(name)) this.#fail();
        this.#at++;
        this.#expect('(');
        const parameters: string[] = [];
        while (!this.#take(')')) {
          this.#newlines();
          if (this.#token.kind !== 'name' || this.#token.text === name) this.#fail();
          parameters.push(this.#token.text);
          this.#at++;
          this.#newlines();
          if (!this.#is(')')) this.#expect(',');
        }
        this.#newlines();
        this.#place = 'function';
        program.functions.set(name, { parameters, body: this.#block() });
      } else if (this.#is('BEGIN') || this.#is('END')) {
        this.#place = 'edge';
        const kind = this.#token.text === 'BEGIN' ? 'begin' : 'end';
        this.#at++;
        program.rules.push({ kind, body: this.#block() });
      } else {
        this.#place = 'main';
        const rule: Rule = { kind: 'main' };
        if (!this.#is('{')) {
          rule.test = this.#expression();
          if (this.#take(',')) {
            this.#newlines();
            rule.until = this.#expression();
          }
        }
        if (this.#is('{')) rule.body = this.#block();
        else if (!this.#is(';') && !['newline', 'end'].includes(this.#token.kind)) this.#fail();
        program.rules.push(rule);
      }
    }
    this.#resolve(program);
    return program;
  }

  readonly #called: { name: string; line: number }[] = [];

  #resolve(program: Program): void {
    for (const { name } of this.#called)
      if (!program.functions.has(name))
        throw new GrammarError(`line ${this.#tokens.at(-1)!.line}: function ${name} never defined`);
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) throw new GrammarError('program too complex');
    const result = parse();
    this.#depth--;
    return result;
  }

  #block(): Statement {
    this.#expect('{');
    const list: Statement[] = [];
    for (this.#separators(); !this.#take('}'); this.#separators()) {
      if (this.#token.kind === 'end') throw new GrammarError(`line ${this.#token.line}: missing } near end of file`);
      list.push(this.#nested(() => this.#statement()));
    }
    return { is: 'block', list };
  }

  #endOfStatement(): void {
    if (this.#token.kind === 'newline' || this.#is(';')) this.#at++;
    else if (!this.#is('}') && this.#token.kind !== 'end') this.#fail();
  }

  #body(): Statement {
    this.#newlines();
    if (this.#take(';')) return { is: 'block', list: [] };
    return this.#nested(() => this.#statement());
  }

  #statement(): Statement {
    if (this.#is('{')) return this.#block();
    if (this.#take('if')) {
      this.#expect('(');
      const test = this.#expression();
      this.#expect(')');
      const yes = this.#body();
      const back = this.#at;
      this.#separators();
      if (this.#take('else')) return { is: 'if', test, yes, no: this.#body() };
      this.#at = back;
      return { is: 'if', test, yes };
    }
    if (this.#take('while')) {
      this.#expect('(');
      const test = this.#expression();
      this.#expect(')');
      return { is: 'while', test, body: this.#body(), first: false };
    }
    if (this.#take('do')) {
      const body = this.#body();
      this.#separators();
      this.#expect('while');
      this.#expect('(');
      const test = this.#expression();
      this.#expect(')');
      this.#endOfStatement();
      return { is: 'while', test, body, first: true };
    }
    if (this.#take('for')) {
      this.#expect('(');
      const [name, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
      if (
        name?.kind === 'name' &&
        word?.text === 'in' &&
        word.kind === 'word' &&
        array?.kind === 'name' &&
        close?.text === ')'
      ) {
        this.#at += 4;
        return { is: 'each', name: name.text, array: array.text, body: this.#body() };
      }
      const loop: Statement & { is: 'for' } = { is: 'for', body: { is: 'block', list: [] } };
      if (!this.#is(';')) loop.start = this.#simple();
      this.#expect(';');
      this.#newlines();
      if (!this.#is(';')) loop.test = this.#expression();
      this.#expect(';');
      this.#newlines();
      if (!this.#is(')')) loop.step = this.#simple();
      this.#expect(')');
      loop.body = this.#body();
      return loop;
    }
    if (this.#take(';')) return { is: 'block', list: [] };
    const statement = this.#simple();
    this.#endOfStatement();
    return statement;
  }

  #simple(): Statement {
    const { line } = this.#token;
    for (const word of ['next', 'nextfile', 'break', 'continue'] as const) {
      if (!this.#take(word)) continue;
      if (word.startsWith('next') && this.#place === 'edge')
        throw new GrammarError(`line ${line}: improper use of ${word}`);
      return { is: word };
    }
    for (const word of ['exit', 'return'] as const) {
      if (!this.#take(word)) continue;
      if (word === 'return' && this.#place !== 'function')
        throw new GrammarError(`line ${line}: return outside function body`);
      return this.#atEnd() ? { is: word } : { is: word, value: this.#expression() };
    }
    if (this.#take('delete')) {
      const array = this.#token.text;
      if (this.#token.kind !== 'name') this.#fail();
      this.#at++;
      if (!this.#take('[')) return { is: 'delete', array };
      const keys = this.#list(']');
      return { is: 'delete', array, keys };
    }
    if (this.#is('print') || this.#is('printf')) {
      const format = this.#token.text === 'printf';
      this.#at++;
      let args: Node[] = [];
      this.#noGreater++;
      if (!this.#atEnd() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
        args = [this.#expression()];
        while (this.#take(',')) {
          this.#newlines();
          args.push(this.#expression());
        }
        const [only] = args;
        if (args.length === 1 && only?.is === 'group') args = only.list;
      }
      this.#noGreater--;
      for (const kind of ['>', '>>', '|'] as const) {
        if (!this.#take(kind)) continue;
        this.#noGreater++;
        const to = this.#concatenation();
        this.#noGreater--;
        return { is: 'print', args, format, redirect: { kind, to } };
      }
      return { is: 'print', args, format };
    }
    return { is: 'expression', value: this.#expression() };
  }

  #atEnd(): boolean {
    return this.#token.kind === 'newline' || this.#token.kind === 'end' || this.#is(';') || this.#is('}');
  }

  #list(close: string): Node[] {
    const list: Node[] = [];
    const [noIn, noGreater] = [this.#noIn, this.#noGreater];
    this.#noIn = this.#noGreater = 0;
    this.#newlines();
    while (!this.#take(close)) {
      list.push(this.#expression());
      this.#newlines();
      if (!this.#is(close)) this.#expect(',');
      this.#newlines();
    }
    [this.#noIn, this.#noGreater] = [noIn, noGreater];
    return list;
  }

  #expression(): Node {
    return this.#nested(() => this.#ternary());
  }

  #ternary(): Node {
    const test = this.#or();
    if (this.#take('?')) {
      this.#newlines();
      const yes = this.#expression();
      this.#newlines();
      this.#expect(':');
      this.#newlines();
      return { is: 'choice', test, yes, no: this.#expression() };
    }
    for (const operator of ['=', '+=', '-=', '*=', '/=', '%=', '^=']) {
      if (!this.#is(operator)) continue;
      if (test.is !== 'variable' && test.is !== 'field' && test.is !== 'index') this.#fail();
      this.#at++;
      this.#newlines();
      return { is: 'assign', operator, target: test, value: this.#expression() };
    }
    return test;
  }

  #or(): Node {
    let left = this.#and();
    while (this.#take('||')) {
      this.#newlines();
      left = { is: 'or', left, right: this.#and() };
    }
    return left;
  }

  #and(): Node {
    let left = this.#membership();
    while (this.#take('&&')) {
      this.#newlines();
      left = { is: 'and', left, right: this.#membership() };
    }
    return left;
  }

  #membership(): Node {
    let left = this.#matching();
    while (this.#is('in') && this.#noIn === 0) {
      this.#at++;
      const array = this.#token.text;
      if (this.#token.kind !== 'name') this.#fail();
      this.#at++;
      left = { is: 'in', array, keys: left.is === 'group' ? left.list : [left] };
    }
    return left;
  }

  #matching(): Node {
    let left = this.#comparison();
    while (this.#is('~') || this.#is('!~')) {
      const negated = this.#token.text === '!~';
      this.#at++;
      left = { is: 'match', negated, left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): Node {
    let left = this.#concatenation();
    for (;;) {
      const { text, kind } = this.#token;
      if (kind !== 'symbol') return left;
      if (['<', '<=', '==', '!=', '>='].includes(text) || (text === '>' && this.#noGreater === 0)) {
        this.#at++;
        left = { is: 'binary', operator: text, left, right: this.#concatenation() };
      } else if (text === '|' && this.#tokens[this.#at + 1]?.text === 'getline') {
        this.#at += 2;
        left = this.#getline('command', left);
      } else return left;
    }
  }

  #getline(from: 'command' | 'main', source?: Node): Node {
    const node: Node & { is: 'getline' } = source ? { is: 'getline', from, source } : { is: 'getline', from };
    if (this.#token.kind === 'name' || this.#is('$')) node.target = this.#target();
    if (from === 'main' && this.#take('<')) {
      node.from = 'file';
      node.source = this.#primary();
    }
    return node;
  }

  #target(): Node {
    if (this.#take('$')) return { is: 'field', index: this.#increment() };
    return this.#primary();
  }

  #startsOperand(): boolean {
    const { kind, text } = this.#token;
    if (
      kind === 'number' ||
      kind === 'string' ||
      kind === 'regex' ||
      kind === 'name' ||
      kind === 'function' ||
      kind === 'builtin'
    )
      return true;
    return kind === 'symbol' && ['(', '$', '!', '-', '+', '++', '--'].includes(text);
  }

  #concatenation(): Node {
    let left = this.#additive();
    if (left.is === 'group' && left.list.length > 1 && this.#startsOperand()) this.#fail();
    while (this.#startsOperand() && !(this.#is('+') || this.#is('-')))
      left = { is: 'binary', operator: ' ', left, right: this.#additive() };
    return left;
  }

  #additive(): Node {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const operator = this.#token.text;
      this.#at++;
      left = { is: 'binary', operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Node {
    let left = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const operator = this.#token.text;
      this.#at++;
      left = { is: 'binary', operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Node {
    for (const operator of ['!', '-', '+']) {
      if (!this.#take(operator)) continue;
      return this.#nested(() => ({ is: 'unary', operator, operand: this.#unary() }) as Node);
    }
    return this.#power();
  }

  #power(): Node {
    const left = this.#increment();
    if (!this.#take('^')) return left;
    const right = this.#is('-') || this.#is('+') || this.#is('!') ? this.#unary() : this.#nested(() => this.#power());
    return { is: 'binary', operator: '^', left, right };
  }

  #increment(): Node {
    for (const [text, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (!this.#take(text)) continue;
      const target = this.#target();
      return { is: 'step', target, by, before: true };
    }
    const operand = this.#primary();
    if (operand.is === 'variable' || operand.is === 'field' || operand.is === 'index') {
      for (const [text, by] of [
        ['++', 1],
        ['--', -1],
      ] as const)
        if (this.#take(text)) return { is: 'step', target: operand, by, before: false };
    }
    return operand;
  }

  #primary(): Node {
    const token = this.#token;
    switch (token.kind) {
      case 'number':
        this.#at++;
        return { is: 'number', value: token.value! };
      case 'string':
        this.#at++;
        return { is: 'string', value: token.text };
      case 'regex':
        this.#at++;
        return { is: 'regex', source: token.text };
      case 'name':
        this.#at++;
        if (this.#take('[')) return { is: 'index', array: token.text, keys: this.#list(']') };
        return { is: 'variable', name: token.text };
      case 'function':
        this.#at++;
        this.#expect('(');
        this.#called.push({ name: token.text, line: token.line });
        return { is: 'call', name: token.text, args: this.#list(')'), builtin: false };
      case 'builtin':
        this.#at++;
        if (this.#take('(')) {
          const args = this.#list(')');
          const [least, most] = ARGUMENTS[token.text] ?? [0, 3];
          if (args.length < least || args.length > most)
            throw new GrammarError(`line ${token.line}: wrong number of arguments in call to ${token.text}`);
          return { is: 'call', name: token.text, args, builtin: true };
        }
        if (token.text !== 'length') this.#fail();
        return { is: 'call', name: 'length', args: [], builtin: true };
    }
    if (this.#take('$'))
      return {
        is: 'field',
        index: this.#nested(() => (this.#is('-') || this.#is('!') ? this.#unary() : this.#increment())),
      };
    if (this.#take('(')) {
      const list = this.#nested(() => this.#list(')'));
      if (list.length === 0) this.#fail();
      if (list.length > 1) return { is: 'group', list };
      return { is: 'group', list };
    }
    if (this.#take('getline')) return this.#getline('main');
    return this.#fail();
  }
}
