// Python's expressions: precedence as in the reference's grammar, complaints as CPython 3.11 words them.
import { literal } from './literals.ts';
import { type Token, tokenize } from './tokens.ts';
import type { Argument, Expression, Loop, Parameters, Place } from './tree.ts';
import { SyntaxFault } from './tree.ts';

export const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);
/** Expressions inside expressions. */
const DEEPEST = 90;
const BINARY: Record<string, number> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '//': 6,
  '%': 6,
  '@': 6,
};
const COMPARE = new Set(['==', '!=', '<', '<=', '>', '>=']);

export const across = (from: Place, to: Place): Place => [from[0], from[1], to[2], to[3]];

export class ExpressionParser {
  protected readonly tokens: Token[];
  protected position = 0;
  #depth = 0;
  #brackets = 0;
  /** Inside of a function, of an async one: where `return`, `yield` and `await` are allowed. */
  protected functions: { isAsync: boolean; yields: boolean }[] = [];

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  /** The whole of these tokens as an f-string's field, inside of `functions`. */
  field(functions: { isAsync: boolean; yields: boolean }[]): Expression {
    this.functions = functions;
    const value = this.expressions();
    if (this.token.type !== 'newline') this.fail('f-string: invalid syntax');
    return value;
  }

  protected get token(): Token {
    return this.tokens[this.position] ?? this.tokens.at(-1)!;
  }

  protected get previous(): Token {
    return this.tokens[Math.max(0, this.position - 1)]!;
  }

  protected is(text: string): boolean {
    const { token } = this;
    return token.text === text && (token.type === 'operator' || (token.type === 'name' && KEYWORDS.has(text)));
  }

  protected take(text: string): boolean {
    if (!this.is(text)) return false;
    this.position++;
    return true;
  }

  protected need(text: string): Token {
    if (!this.is(text)) {
      if (text === ':') this.fail("expected ':'");
      this.fail();
    }
    this.position++;
    return this.previous;
  }

  protected identifier(): string {
    const { token } = this;
    if (token.type !== 'name' || KEYWORDS.has(token.text)) this.fail();
    this.position++;
    return token.text;
  }

  protected fail(message = 'invalid syntax', at: Place = this.token.at): never {
    const incomplete = this.token.type === 'end';
    throw new SyntaxFault(message, at, 'SyntaxError', incomplete);
  }

  /** A fault that CPython finds when it compiles the tree. */
  protected late(message: string, at: Place): never {
    const fault = new SyntaxFault(message, at);
    fault.late = true;
    throw fault;
  }

  /** Whether the next token can begin an expression. */
  protected begins(): boolean {
    const { type, text } = this.token;
    if (type === 'number' || type === 'string') return true;
    if (type === 'name') return !KEYWORDS.has(text) || /^(None|True|False|not|lambda|await)$/.test(text);
    return type === 'operator' && /^([([{~+-]|\.\.\.)$/.test(text);
  }

  /** `a, b` and `*a, b`: a tuple if there is a comma. */
  expressions(star = true): Expression {
    if (this.is('yield')) return this.yielded();
    const first = star && this.is('*') ? this.starred() : this.named();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.take(',')) {
      if (!this.begins() && !this.is('*')) break;
      items.push(this.is('*') ? this.starred() : this.named());
    }
    return { type: 'tuple', items, at: across(first.at, this.previous.at) };
  }

  protected starred(): Expression {
    const start = this.need('*').at;
    const value = this.binary(1);
    return { type: 'starred', value, at: across(start, value.at) };
  }

  protected yielded(): Expression {
    const start = this.need('yield').at;
    const around = this.functions.at(-1);
    if (!around) this.late("'yield' outside function", start);
    around.yields = true;
    if (this.take('from')) {
      const value = this.expression();
      return { type: 'yieldFrom', value, at: across(start, value.at) };
    }
    if (!this.begins() && !this.is('*')) return { type: 'yield', at: start };
    const value = this.expressions();
    return { type: 'yield', value, at: across(start, value.at) };
  }

  /** An expression that `:=` may begin. */
  named(): Expression {
    const next = this.tokens[this.position + 1];
    if (
      this.token.type === 'name' &&
      !KEYWORDS.has(this.token.text) &&
      next?.text === ':=' &&
      next.type === 'operator'
    ) {
      const start = this.token.at;
      const name = this.identifier();
      this.position++;
      const value = this.expression();
      return { type: 'walrus', name, value, at: across(start, value.at) };
    }
    return this.expression();
  }

  expression(): Expression {
    if (++this.#depth > DEEPEST) this.fail('too many nested parentheses');
    try {
      if (this.is('lambda')) return this.lambda();
      const value = this.or();
      if (this.legacy(value)) this.#missingParentheses(value);
      if (!this.is('if')) return value;
      this.position++;
      const test = this.or();
      if (!this.is('else')) {
        if (this.is(':')) this.fail();
        this.fail("expected 'else' after 'if' expression", across(value.at, test.at));
      }
      this.position++;
      const otherwise = this.expression();
      return { type: 'conditional', test, yes: value, otherwise, at: across(value.at, otherwise.at) };
    } finally {
      this.#depth--;
    }
  }

  /** Python 2's `print x` and `exec x`. */
  protected legacy(value: Expression): boolean {
    if (value.type !== 'name' || (value.name !== 'print' && value.name !== 'exec')) return false;
    return (
      this.begins() &&
      !this.is('(') &&
      !this.is('-') &&
      !this.is('+') &&
      !this.is('~') &&
      !this.is('[') &&
      !this.is('not')
    );
  }

  #missingParentheses(value: Expression): never {
    const name = value.type === 'name' ? value.name : '';
    const rest = this.expressions();
    this.fail(`Missing parentheses in call to '${name}'. Did you mean ${name}(...)?`, across(value.at, rest.at));
  }

  private lambda(): Expression {
    const start = this.need('lambda').at;
    const parameters = this.parameters(':', false);
    this.need(':');
    this.functions.push({ isAsync: false, yields: false });
    const body = this.expression();
    this.functions.pop();
    return { type: 'lambda', parameters, body, at: across(start, body.at) };
  }

  private or(): Expression {
    let left = this.and();
    while (this.take('or')) {
      const right = this.and();
      left = { type: 'boolean', operator: 'or', left, right, at: across(left.at, right.at) };
    }
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.take('and')) {
      const right = this.not();
      left = { type: 'boolean', operator: 'and', left, right, at: across(left.at, right.at) };
    }
    return left;
  }

  private not(): Expression {
    if (!this.is('not')) return this.comparison();
    const start = this.token.at;
    this.position++;
    if (++this.#depth > DEEPEST) this.fail('too many nested parentheses');
    const operand = this.not();
    this.#depth--;
    return { type: 'unary', operator: 'not', operand, at: across(start, operand.at) };
  }

  private comparison(): Expression {
    const left = this.binary(1);
    const operators: string[] = [];
    const rights: Expression[] = [];
    for (;;) {
      const { token } = this;
      let operator: string | undefined;
      if (token.type === 'operator' && COMPARE.has(token.text)) operator = token.text;
      else if (this.is('in')) operator = 'in';
      else if (this.is('is')) operator = this.tokens[this.position + 1]?.text === 'not' ? 'is not' : 'is';
      else if (this.is('not') && this.tokens[this.position + 1]?.text === 'in') operator = 'not in';
      if (operator === undefined) break;
      this.position += operator.includes(' ') ? 2 : 1;
      operators.push(operator);
      rights.push(this.binary(1));
    }
    if (operators.length === 0) return left;
    return { type: 'compare', left, operators, rights, at: across(left.at, rights.at(-1)!.at) };
  }

  protected binary(level: number): Expression {
    let left = this.unary();
    for (;;) {
      const { token } = this;
      const strength = token.type === 'operator' ? BINARY[token.text] : undefined;
      if (strength === undefined || strength < level) return left;
      this.position++;
      const right = this.binary(strength + 1);
      left = { type: 'binary', operator: token.text, left, right, operatorAt: token.at, at: across(left.at, right.at) };
    }
  }

  private unary(): Expression {
    const { token } = this;
    if (token.type === 'operator' && (token.text === '-' || token.text === '+' || token.text === '~')) {
      this.position++;
      if (++this.#depth > DEEPEST) this.fail('too many nested parentheses');
      const operand = this.unary();
      this.#depth--;
      return { type: 'unary', operator: token.text, operand, at: across(token.at, operand.at) };
    }
    let base: Expression;
    if (this.is('await')) {
      this.position++;
      if (!this.functions.at(-1)) this.late("'await' outside function", across(token.at, this.primary().at));
      if (!this.functions.at(-1)!.isAsync)
        this.late("'await' outside async function", across(token.at, this.primary().at));
      const value = this.primary();
      base = { type: 'await', value, at: across(token.at, value.at) };
    } else base = this.primary();
    if (!this.is('**')) return base;
    const operatorAt = this.token.at;
    this.position++;
    const right = this.unary();
    return { type: 'binary', operator: '**', left: base, right, operatorAt, at: across(base.at, right.at) };
  }

  protected primary(): Expression {
    let value = this.atom();
    for (;;) {
      if (this.take('.')) {
        const name = this.identifier();
        value = { type: 'attribute', object: value, name, at: across(value.at, this.previous.at) };
      } else if (this.is('(')) {
        const args = this.args();
        value = { type: 'call', callee: value, args, at: across(value.at, this.previous.at) };
      } else if (this.take('[')) {
        this.#brackets++;
        const index = this.index();
        this.#brackets--;
        this.need(']');
        value = { type: 'subscript', object: value, index, at: across(value.at, this.previous.at) };
      } else return value;
    }
  }

  private index(): Expression {
    const first = this.slice();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.take(',')) if (!this.is(']')) items.push(this.slice());
    return { type: 'tuple', items, at: across(first.at, this.previous.at) };
  }

  private slice(): Expression {
    const start = this.token.at;
    const part = () => (this.is(':') || this.is(']') || this.is(',') ? undefined : this.expression());
    const first = this.is('*') ? this.starred() : this.is(':') ? undefined : this.named();
    if (!this.take(':')) return first!;
    const stop = part();
    const step = this.take(':') ? part() : undefined;
    return { type: 'slice', start: first, stop, step, at: across(start, this.previous.at) };
  }

  /** A call's or class' arguments, from `(` to `)`. */
  protected args(): Argument[] {
    this.need('(');
    this.#brackets++;
    const args: Argument[] = [];
    while (!this.is(')')) {
      const next = this.tokens[this.position + 1];
      if (this.is('**')) {
        this.position++;
        args.push({ name: '**', value: this.expression() });
      } else if (this.take('*')) args.push({ name: '*', value: this.expression() });
      else if (this.token.type === 'name' && next?.text === '=' && next.type === 'operator') {
        const { token } = this;
        if (KEYWORDS.has(token.text)) {
          if (/^(True|False|None)$/.test(token.text))
            this.fail(`cannot assign to ${token.text}`, across(token.at, next.at));
          this.fail();
        }
        this.position += 2;
        args.push({ name: token.text, value: this.expression() });
      } else {
        const value = this.named();
        if (this.is('for') || (this.is('async') && this.tokens[this.position + 1]?.text === 'for'))
          args.push({ value: this.comprehension('generator', value, undefined, value.at) });
        else {
          if (this.is('='))
            this.fail('expression cannot contain assignment, perhaps you meant "=="?', across(value.at, this.token.at));
          const before = args.at(-1)?.name;
          if (before === '**') this.fail('positional argument follows keyword argument unpacking', this.token.at);
          if (args.some((a) => a.name !== undefined && a.name !== '*' && a.name !== '**'))
            this.fail('positional argument follows keyword argument', this.token.at);
          args.push({ value });
        }
      }
      if (!this.take(',')) {
        if (!this.is(')')) this.forgotComma(args.at(-1)!.value);
        break;
      }
    }
    this.need(')');
    this.#brackets--;
    return args;
  }

  /** After an element of a bracket comes neither a comma nor its end. */
  protected forgotComma(last: Expression): never {
    if (this.begins() && !(last.type === 'name' && this.token.type === 'string')) {
      const at = this.token.at;
      let next: Expression;
      try {
        next = this.expression();
      } catch (error) {
        if (error instanceof SyntaxFault && error.message === 'invalid syntax') this.fail('invalid syntax', at);
        throw error;
      }
      this.fail('invalid syntax. Perhaps you forgot a comma?', across(last.at, next.at));
    }
    this.fail();
  }

  private atom(): Expression {
    const { token } = this;
    const { at } = token;
    if (token.type === 'number') {
      this.position++;
      if (token.imaginary) this.fail('complex numbers are not supported here', at);
      return { type: 'constant', value: token.value ?? 0n, at };
    }
    if (token.type === 'string') {
      const strings: Token[] = [];
      while (this.token.type === 'string') {
        strings.push(this.token);
        this.position++;
      }
      return literal(strings, this.token.at, (source) => new ExpressionParser(tokenize(source)).field(this.functions));
    }
    if (token.type === 'name') {
      if (token.text === 'None' || token.text === 'True' || token.text === 'False') {
        this.position++;
        return { type: 'constant', value: token.text === 'None' ? null : token.text === 'True', at };
      }
      return { type: 'name', name: this.identifier(), at };
    }
    if (this.take('...')) return { type: 'ellipsis', at };
    if (this.is('(')) return this.parenthesized();
    if (this.is('[')) return this.display('list', ']');
    if (this.is('{')) return this.braces();
    return this.fail();
  }

  private parenthesized(): Expression {
    const start = this.need('(').at;
    if (this.take(')')) return { type: 'tuple', items: [], at: across(start, this.previous.at) };
    this.#brackets++;
    try {
      if (this.is('yield')) {
        const value = this.yielded();
        this.need(')');
        return value;
      }
      const first = this.is('*') ? this.starred() : this.named();
      if (this.is('for') || this.is('async')) {
        const value = this.comprehension('generator', first, undefined, start);
        this.need(')');
        return { ...value, at: across(start, this.previous.at) };
      }
      if (!this.is(',')) {
        if (!this.is(')')) this.forgotComma(first);
        this.need(')');
        if (first.type === 'starred') this.fail('cannot use starred expression here', first.at);
        // A parenthesized generator, call … keeps its own place: CPython underlines without the parentheses.
        return first;
      }
      const items = this.rest(first, ')');
      return { type: 'tuple', items, at: across(start, this.previous.at) };
    } finally {
      this.#brackets--;
    }
  }

  private rest(first: Expression, closing: string): Expression[] {
    const items = [first];
    while (this.take(',')) {
      if (this.is(closing)) break;
      items.push(this.is('*') ? this.starred() : this.named());
    }
    if (!this.is(closing)) this.forgotComma(items.at(-1)!);
    this.need(closing);
    return items;
  }

  private display(kind: 'list', closing: string): Expression {
    const start = this.token.at;
    this.position++;
    if (this.take(closing)) return { type: kind, items: [], at: across(start, this.previous.at) };
    const first = this.is('*') ? this.starred() : this.named();
    if (this.is('for') || this.is('async')) {
      const value = this.comprehension(kind, first, undefined, start);
      this.need(closing);
      return { ...value, at: across(start, this.previous.at) };
    }
    const items = this.rest(first, closing);
    return { type: kind, items, at: across(start, this.previous.at) };
  }

  private braces(): Expression {
    const start = this.need('{').at;
    if (this.take('}')) return { type: 'dict', keys: [], values: [], at: across(start, this.previous.at) };
    const keys: (Expression | undefined)[] = [];
    const values: Expression[] = [];
    if (!this.is('**')) {
      const first = this.is('*') ? this.starred() : this.named();
      if (!this.is(':')) {
        if (this.is('for')) {
          const value = this.comprehension('set', first, undefined, start);
          this.need('}');
          return { ...value, at: across(start, this.previous.at) };
        }
        const items = this.rest(first, '}');
        return { type: 'set', items, at: across(start, this.previous.at) };
      }
      this.position++;
      const value = this.expression();
      if (this.is('for')) {
        const all = this.comprehension('dict', value, first, start);
        this.need('}');
        return { ...all, at: across(start, this.previous.at) };
      }
      keys.push(first);
      values.push(value);
      if (!this.is('}') && !this.is(',')) this.forgotComma(value);
      if (!this.take(',')) {
        this.need('}');
        return { type: 'dict', keys, values, at: across(start, this.previous.at) };
      }
    }
    while (!this.is('}')) {
      if (this.take('**')) {
        keys.push(undefined);
        values.push(this.binary(1));
      } else {
        keys.push(this.expression());
        if (!this.is(':')) this.fail("':' expected after dictionary key", this.previous.at);
        this.position++;
        values.push(this.expression());
      }
      if (!this.take(',')) {
        if (!this.is('}')) this.forgotComma(values.at(-1)!);
        break;
      }
    }
    this.need('}');
    return { type: 'dict', keys, values, at: across(start, this.previous.at) };
  }

  private comprehension(
    kind: 'list' | 'set' | 'dict' | 'generator',
    element: Expression,
    key: Expression | undefined,
    start: Place,
  ): Expression {
    const loops: Loop[] = [];
    while (this.is('for') || this.is('async')) {
      this.take('async');
      this.need('for');
      const target = this.targets();
      if (!this.take('in')) this.fail();
      const iterable = this.or();
      const conditions: Expression[] = [];
      while (this.take('if')) conditions.push(this.or());
      loops.push({ target, iterable, conditions });
    }
    return { type: 'comprehension', kind, element, loops, at: across(start, this.previous.at), ...(key && { key }) };
  }

  /** What stands between `for` and `in`. */
  protected targets(): Expression {
    const one = () => (this.is('*') ? this.starred() : this.binary(1));
    const first = one();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.take(',')) {
      if (this.is('in')) break;
      items.push(one());
    }
    return { type: 'tuple', items, at: across(first.at, this.previous.at) };
  }

  /** A function's parameters up to (not including) `closing`. */
  protected parameters(closing: string, annotated: boolean): Parameters {
    const result: Parameters = { names: [], positionalOnly: 0, defaults: new Map(), keywordOnly: [] };
    let keywordOnly = false;
    while (!this.is(closing)) {
      if (this.take('/')) result.positionalOnly = result.names.length;
      else if (this.take('**')) result.keywords = this.parameter(annotated);
      else if (this.take('*')) {
        keywordOnly = true;
        if (!this.is(',')) result.rest = this.parameter(annotated);
      } else {
        const { at } = this.token;
        const name = this.parameter(annotated);
        const all = [...result.names, ...result.keywordOnly];
        if (all.includes(name)) this.fail(`duplicate argument '${name}' in function definition`, at);
        (keywordOnly ? result.keywordOnly : result.names).push(name);
        if (this.take('=')) result.defaults.set(name, this.expression());
        else if (!keywordOnly && result.defaults.size > 0)
          this.fail('non-default argument follows default argument', at);
      }
      if (!this.take(',')) break;
    }
    return result;
  }

  private parameter(annotated: boolean): string {
    const name = this.identifier();
    if (annotated && this.take(':')) this.expression();
    return name;
  }
}
