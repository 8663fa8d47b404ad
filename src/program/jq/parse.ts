// jq's grammar (1.6): filters by precedence, strings with interpolation, definitions, patterns.

export type Filter =
  | { type: 'identity' | 'recurse' | 'break'; label?: string }
  | { type: 'field'; of: Filter; name: Filter }
  | { type: 'slice'; of: Filter; from?: Filter | undefined; to?: Filter | undefined }
  | { type: 'iterate' | 'optional'; of: Filter }
  | { type: 'literal'; value: Json }
  | { type: 'text'; parts: (string | Filter)[]; format: string | undefined }
  | { type: 'format'; name: string }
  | { type: 'array'; of?: Filter | undefined }
  | { type: 'object'; entries: { key: Filter; value: Filter }[] }
  | { type: 'negate'; of: Filter }
  | { type: 'pipe' | 'comma' | 'alternative' | 'and' | 'or'; left: Filter; right: Filter }
  | { type: 'binary'; operator: string; left: Filter; right: Filter; at: number }
  | { type: 'assign'; operator: string; left: Filter; right: Filter }
  | { type: 'if'; test: Filter; yes: Filter; no: Filter | undefined }
  | { type: 'try'; body: Filter; handler: Filter | undefined }
  | { type: 'reduce'; source: Filter; pattern: Pattern; init: Filter; update: Filter }
  | { type: 'foreach'; source: Filter; pattern: Pattern; init: Filter; update: Filter; extract: Filter | undefined }
  | { type: 'define'; name: string; parameters: string[]; body: Filter; rest: Filter }
  | { type: 'call'; name: string; args: Filter[]; at: number }
  | { type: 'variable'; name: string; at: number }
  | { type: 'bind'; source: Filter; patterns: Pattern[]; body: Filter }
  | { type: 'label'; name: string; body: Filter };

export type Pattern =
  | { type: 'name'; name: string }
  | { type: 'array'; items: Pattern[] }
  | { type: 'object'; entries: { key: Filter; bind?: string | undefined; value?: Pattern | undefined }[] };
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A program that is none, in jq's words: message and where it is marked. */
export class JqSyntaxError extends Error {
  readonly at: number;
  /** A second complaint about the same. */
  readonly second: string | undefined;
  constructor(message: string, at: number, second?: string) {
    super(message);
    this.at = at;
    this.second = second;
  }
}

interface Token {
  type: 'name' | 'field' | 'variable' | 'format' | 'number' | 'string' | 'operator' | 'end' | 'invalid';
  text: string;
  at: number;
  parts?: (string | Filter)[];
}
const KEYWORDS = new Set(
  'def module import include if then else elif end as reduce foreach try catch label and or not __loc__'.split(' '),
);
const OPERATORS = [
  '?//=',
  '?//',
  '..',
  '|=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '//=',
  '//',
  '==',
  '!=',
  '<=',
  '>=',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '|',
  ',',
  '.',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  ':',
  ';',
  '?',
  '$',
];
const STRENGTH: Record<string, [number, 'left' | 'right' | 'none']> = {
  '|': [0, 'right'], ',': [1, 'left'], '//': [2, 'right'], '=': [3, 'none'], '|=': [3, 'none'], '+=': [3, 'none'], '-=': [3, 'none'], '*=': [3, 'none'], '/=': [3, 'none'], '%=': [3, 'none'], '//=': [3, 'none'],
  or: [4, 'left'], and: [5, 'left'], '==': [6, 'none'], '!=': [6, 'none'], '<': [6, 'none'], '>': [6, 'none'], '<=': [6, 'none'], '>=': [6, 'none'], '+': [7, 'left'], '-': [7, 'left'], '*': [8, 'left'], '/': [8, 'left'], '%': [8, 'left'],
}; // biome-ignore format: one table
const DEEPEST = 300;

function tokenize(source: string, from = 0, inString = false): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  let at = from;
  let depth = 0;
  const open: string[] = [];
  while (at < source.length) {
    const rest = source.slice(at, at + 200);
    const space = /^(?:\s+|#[^\n]*)/.exec(source.slice(at));
    if (space) {
      at += space[0].length;
      continue;
    }
    if (inString && source[at] === ')' && depth === 0) return { tokens, end: at };
    const start = at;
    const field = /^\.[A-Za-z_]\w*/.exec(rest)?.[0];
    const name = /^(?:[A-Za-z_]\w*::)*[A-Za-z_]\w*/.exec(rest)?.[0];
    const number = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(rest)?.[0];
    const format = /^@[A-Za-z0-9_]+/.exec(rest)?.[0];
    if (source[at] === '"') {
      const { parts, end } = string(source, at + 1);
      tokens.push({ type: 'string', text: 'QQSTRING_START', at: start, parts });
      at = end;
    } else if (field !== undefined) {
      tokens.push({ type: 'field', text: field.slice(1), at: start });
      at += field.length;
    } else if (number !== undefined) {
      tokens.push({ type: 'number', text: number, at: start });
      at += number.length;
    } else if (format !== undefined) {
      tokens.push({ type: 'format', text: format, at: start });
      at += format.length;
    } else if (name !== undefined) {
      tokens.push({ type: 'name', text: name, at: start });
      at += name.length;
    } else {
      const operator = OPERATORS.find((o) => source.startsWith(o, at));
      if (operator === undefined) {
        tokens.push({ type: 'invalid', text: source[at]!, at });
        at++;
        continue;
      }
      if (/^[([{]$/.test(operator)) open.push({ '(': ')', '[': ']', '{': '}' }[operator]!);
      const closes = /^[)\]}]$/.test(operator);
      if (operator === '(') depth++;
      if (operator === ')') depth--;
      // A bracket that closes nothing is no token.
      tokens.push({ type: closes && open.pop() !== operator ? 'invalid' : 'operator', text: operator, at: start });
      at += operator.length;
    }
  }
  return { tokens, end: at };
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '/': '/', '\\': '\\', '"': '"' };
function string(source: string, from: number): { parts: (string | Filter)[]; end: number } {
  const parts: (string | Filter)[] = [];
  let text = '';
  let at = from;
  for (;;) {
    const c = source[at];
    if (c === undefined)
      throw new JqSyntaxError(
        'syntax error, unexpected $end, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END',
        from,
      );
    if (c === '"') break;
    if (c !== '\\') {
      text += c;
      at++;
      continue;
    }
    const e = source[at + 1] ?? '';
    if (e === '(') {
      const { tokens, end } = tokenize(source, at + 2, true);
      parts.push(text, new Parser(tokens, end).whole());
      text = '';
      at = end + 1;
    } else if (e === 'u') {
      text += String.fromCharCode(Number.parseInt(source.slice(at + 2, at + 6), 16));
      at += 6;
    } else {
      text += ESCAPES[e] ?? e;
      at += 2;
    }
  }
  parts.push(text);
  return { parts, end: at + 1 };
}

class Parser {
  readonly #tokens: Token[];
  readonly #end: number;
  #at = 0;
  #depth = 0;

  constructor(tokens: Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '$end', at: this.#tokens.at(-1)?.at ?? this.#end };
  }

  whole(): Filter {
    if (this.#tokens.length === 0) return { type: 'identity' };
    if (this.#token.type === 'invalid') this.#fail('$end');
    const filter = this.#program();
    if (this.#token.type !== 'end') this.#fail('$end');
    return filter;
  }

  #program(): Filter {
    if (this.#word('def'))
      return this.#definition(() => (this.#token.type === 'end' ? { type: 'identity' } : this.#program()));
    return this.pipe();
  }

  #is(text: string): boolean {
    return this.#token.text === text && (this.#token.type === 'operator' || this.#token.type === 'name');
  }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }
  #word(text: string): boolean {
    return this.#token.type === 'name' && this.#token.text === text;
  }
  #need(text: string): void {
    // bison names what it expects only where little is possible.
    if (!this.#take(text))
      this.#fail(text === ')' || text === ']' ? undefined : /^[a-z]+$/.test(text) ? text : `'${text}'`);
  }

  #fail(expected?: string): never {
    const { type, text, at } = this.#token;
    const shown =
      type === 'end'
        ? '$end'
        : type === 'invalid'
          ? 'INVALID_CHARACTER'
          : type === 'name'
            ? KEYWORDS.has(text)
              ? text
              : 'IDENT'
            : type === 'field'
              ? 'FIELD'
              : type === 'number'
                ? 'LITERAL'
                : type === 'string'
                  ? 'QQSTRING_START'
                  : type === 'format'
                    ? 'FORMAT'
                    : text.length > 1
                      ? ({ '..': 'REC', '//': '"//"', '==': '==' }[text] ?? text)
                      : `'${text}'`;
    throw new JqSyntaxError(`syntax error, unexpected ${shown}${expected ? `, expecting ${expected}` : ''}`, at);
  }

  #definition(rest: () => Filter): Filter {
    this.#need('def');
    const name = this.#identifier();
    const parameters: string[] = [];
    if (this.#take('(')) {
      do parameters.push(this.#take('$') ? `$${this.#identifier()}` : this.#identifier());
      while (this.#take(';'));
      this.#need(')');
    }
    this.#need(':');
    const body = this.pipe();
    this.#need(';');
    return { type: 'define', name, parameters, body, rest: rest() };
  }

  #identifier(): string {
    if (this.#token.type !== 'name') this.#fail();
    return this.#tokens[this.#at++]!.text;
  }

  pipe(): Filter {
    if (++this.#depth > DEEPEST) throw new JqSyntaxError('memory exhausted', this.#token.at);
    try {
      if (this.#word('def')) return this.#definition(() => this.pipe());
      if (this.#word('label')) {
        this.#at++;
        this.#need('$');
        const name = this.#identifier();
        this.#need('|');
        return { type: 'label', name, body: this.pipe() };
      }
      return this.#binary(0);
    } finally {
      this.#depth--;
    }
  }

  #binary(least: number): Filter {
    const { at } = this.#token;
    let left = this.#postfix();
    if (this.#word('as')) left = this.#bind(left);
    for (;;) {
      const { text, type } = this.#token;
      const strength =
        type === 'operator' || (type === 'name' && (text === 'and' || text === 'or')) ? STRENGTH[text] : undefined;
      if (!strength || strength[0] < least) return left;
      this.#at++;
      const right = text === '|' ? this.pipe() : this.#binary(strength[1] === 'right' ? strength[0] : strength[0] + 1);
      if (text === '|') left = { type: 'pipe', left, right };
      else if (text === ',') left = { type: 'comma', left, right };
      else if (text === '//') left = { type: 'alternative', left, right };
      else if (text === 'and' || text === 'or') left = { type: text, left, right };
      else if (strength[0] === 3) left = { type: 'assign', operator: text, left, right };
      else left = { type: 'binary', operator: text, left, right, at };
      if (strength[1] === 'none' && STRENGTH[this.#token.text]?.[0] === strength[0] && this.#token.type === 'operator')
        this.#fail();
    }
  }

  #bind(source: Filter): Filter {
    this.#need('as');
    const patterns = [this.#pattern()];
    while (this.#take('?//')) patterns.push(this.#pattern());
    this.#need('|');
    return { type: 'bind', source, patterns, body: this.pipe() };
  }

  #pattern(): Pattern {
    if (this.#take('$')) return { type: 'name', name: this.#identifier() };
    if (this.#take('[')) {
      const items = [this.#pattern()];
      while (this.#take(',')) items.push(this.#pattern());
      this.#need(']');
      return { type: 'array', items };
    }
    this.#need('{');
    const entries: { key: Filter; bind?: string | undefined; value?: Pattern | undefined }[] = [];
    do {
      if (this.#take('$')) {
        const name = this.#identifier();
        entries.push({
          key: { type: 'literal', value: name },
          bind: name,
          value: this.#take(':') ? this.#pattern() : undefined,
        });
      } else {
        const key: Filter = this.#is('(')
          ? this.#parenthesized()
          : this.#token.type === 'string'
            ? this.#text(undefined)
            : { type: 'literal', value: this.#identifier() };
        this.#need(':');
        entries.push({ key, value: this.#pattern() });
      }
    } while (this.#take(','));
    this.#need('}');
    return { type: 'object', entries };
  }

  #parenthesized(): Filter {
    this.#need('(');
    const filter = this.pipe();
    this.#need(')');
    return filter;
  }

  #text(format: string | undefined): Filter {
    const { parts = [] } = this.#tokens[this.#at++]!;
    if (parts.length === 1 && typeof parts[0] === 'string') return { type: 'literal', value: parts[0] };
    return { type: 'text', parts, format };
  }

  #postfix(): Filter {
    let filter = this.#term();
    for (;;) {
      if (this.#token.type === 'field')
        filter = { type: 'field', of: filter, name: { type: 'literal', value: this.#tokens[this.#at++]!.text } };
      else if (this.#is('.') && this.#tokens[this.#at + 1]?.type === 'string') {
        this.#at++;
        filter = { type: 'field', of: filter, name: this.#text(undefined) };
      } else if (this.#is('.') && this.#tokens[this.#at + 1]?.text === '[') {
        this.#at++;
      } else if (this.#take('[')) filter = this.#brackets(filter);
      else if (this.#take('?')) filter = { type: 'optional', of: filter };
      else return filter;
    }
  }

  #brackets(of: Filter): Filter {
    if (this.#take(']')) return { type: 'iterate', of };
    if (this.#take(':')) {
      const to = this.pipe();
      this.#need(']');
      return { type: 'slice', of, to };
    }
    const from = this.pipe();
    if (this.#take(':')) {
      const to = this.#is(']') ? undefined : this.pipe();
      this.#need(']');
      return { type: 'slice', of, from, to };
    }
    if (!this.#take(']')) this.#fail(this.#token.type === 'end' ? undefined : undefined);
    return { type: 'field', of, name: from };
  }

  #term(): Filter {
    const { type, text, at } = this.#token;
    if (type === 'number') {
      this.#at++;
      return { type: 'literal', value: Number(text) };
    }
    if (type === 'string') return this.#text(undefined);
    if (type === 'format') {
      this.#at++;
      return this.#token.type === 'string' ? this.#text(text) : { type: 'format', name: text };
    }
    if (type === 'field') {
      this.#at++;
      return { type: 'field', of: { type: 'identity' }, name: { type: 'literal', value: text } };
    }
    if (type === 'operator') {
      if (this.#take('..')) return { type: 'recurse' };
      if (this.#take('.')) {
        if (this.#token.type === 'string')
          return { type: 'field', of: { type: 'identity' }, name: this.#text(undefined) };
        return { type: 'identity' };
      }
      if (text === '(') return this.#parenthesized();
      if (this.#take('[')) {
        if (this.#take(']')) return { type: 'array' };
        const of = this.pipe();
        this.#need(']');
        return { type: 'array', of };
      }
      if (this.#take('{')) return this.#object();
      if (this.#take('-')) return { type: 'negate', of: this.#postfix() };
      if (this.#take('$')) {
        if (this.#word('__loc__')) {
          this.#at++;
          return { type: 'literal', value: { file: '<top-level>', line: 1 } };
        }
        return { type: 'variable', name: this.#identifier(), at };
      }
      this.#fail();
    }
    if (type !== 'name') this.#fail();
    switch (text) {
      case 'if':
        return this.#if();
      case 'try': {
        this.#at++;
        const body = this.#postfix();
        return { type: 'try', body, handler: this.#take('catch') ? this.#postfix() : undefined };
      }
      case 'reduce':
      case 'foreach': {
        this.#at++;
        const source = this.#postfix();
        this.#need('as');
        const pattern = this.#pattern();
        this.#need('(');
        const init = this.pipe();
        this.#need(';');
        const update = this.pipe();
        const extract = text === 'foreach' && this.#take(';') ? this.pipe() : undefined;
        this.#need(')');
        return text === 'reduce'
          ? { type: 'reduce', source, pattern, init, update }
          : { type: 'foreach', source, pattern, init, update, extract };
      }
      case 'def':
        return this.#definition(() => this.pipe());
      case 'break':
        if (this.#tokens[this.#at + 1]?.text === '$') {
          this.#at += 2;
          return { type: 'break', label: this.#identifier() };
        }
    }
    if (KEYWORDS.has(text) && text !== 'not') this.#fail();
    this.#at++;
    const args: Filter[] = [];
    if (this.#take('(')) {
      do args.push(this.pipe());
      while (this.#take(';'));
      this.#need(')');
    }
    return { type: 'call', name: text, args, at };
  }

  #if(): Filter {
    this.#at++;
    const test = this.pipe();
    this.#need('then');
    const yes = this.pipe();
    if (this.#word('elif')) return { type: 'if', test, yes, no: this.#if() };
    const no = this.#take('else') ? this.pipe() : undefined;
    if (no === undefined || !this.#is('end')) {
      if (this.#token.type === 'end')
        throw new JqSyntaxError(
          'syntax error, unexpected $end',
          this.#token.at,
          "Possibly unterminated 'if' statement",
        );
      this.#fail(no === undefined ? undefined : 'end');
    }
    this.#need('end');
    return { type: 'if', test, yes, no };
  }

  #object(): Filter {
    const entries: { key: Filter; value: Filter }[] = [];
    while (!this.#take('}')) {
      const { type, text, at } = this.#token;
      let key: Filter;
      let value: Filter | undefined;
      if (this.#take('$')) {
        const name = this.#identifier();
        key = { type: 'literal', value: name };
        value =
          name === '__loc__'
            ? { type: 'literal', value: { file: '<top-level>', line: 1 } }
            : { type: 'variable', name, at };
      } else if (type === 'operator' && text === '(') key = this.#parenthesized();
      else if (type === 'string') key = this.#text(undefined);
      else if (type === 'format') {
        this.#at++;
        key = this.#token.type === 'string' ? this.#text(text) : { type: 'format', name: text };
      } else if (type === 'name' || type === 'number') {
        this.#at++;
        key = { type: 'literal', value: text };
      } else return this.#fail();
      if (value === undefined) {
        if (this.#take(':')) {
          value = this.#value();
        } else value = { type: 'field', of: { type: 'identity' }, name: key };
      }
      entries.push({ key, value });
      if (!this.#take(',')) {
        this.#need('}');
        break;
      }
    }
    return { type: 'object', entries };
  }

  /** An object's value: terms joined by `|` without commas. */
  #value(): Filter {
    let left: Filter = this.#binary(2);
    while (this.#take('|')) left = { type: 'pipe', left, right: this.#binary(2) };
    return left;
  }
}

/** Parses a program. @throws JqSyntaxError */
export function parseFilter(source: string): Filter {
  const { tokens, end } = tokenize(source);
  return new Parser(tokens, end).whole();
}
