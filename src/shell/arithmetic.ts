// Arithmetic of the shell: 64-bit integers, C's operators, evaluated token by token over text that has already been expanded.
import type { Bytes } from '../machine/machine.ts';

/** Reads and sets variables by name (with an index for arrays). */
export interface ArithmeticScope {
  get(name: string, index?: Bytes): Bytes | undefined;
  set(name: string, value: Bytes, index?: Bytes): void;
  /** The indices of an associative array are text, those of any other are expressions. */
  associative(name: string): boolean;
  /** dash's arithmetic: without ++, --, **, the comma, bases, subscripts, and variables hold numbers only. */
  readonly plain: boolean;
  /** Only bash has arrays. */
  readonly subscripts: boolean;
}

/** `message` and the token bash points at: `1+: syntax error: operand expected (error token is "+")`. */
export class ArithmeticError extends Error {
  readonly expression: string;
  /** `division by 0`; `illegal` for a variable that holds no number where only numbers may be. */
  readonly reason: string;
  constructor(message: string, expression: string, reason: string) {
    super(message);
    this.expression = expression;
    this.reason = reason;
  }
}

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
/** Variables may hold expressions that name variables: this deep. */
const DEPTH = 64;
/** Operators nested in one expression. */
const NESTING = 200;

const BINARY: Record<string, number> = {
  '**': 13,
  '*': 12,
  '/': 12,
  '%': 12,
  '+': 11,
  '-': 11,
  '<<': 10,
  '>>': 10,
  '<': 9,
  '<=': 9,
  '>': 9,
  '>=': 9,
  '==': 8,
  '!=': 8,
  '&': 7,
  '^': 6,
  '|': 5,
  '&&': 4,
  '||': 3,
};
const ASSIGN = new Set(['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|=']);
const OPERATOR = /<<=|>>=|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&^|]=|[-+*/%&^|<>=!~?:,()]/y;
const NUMBER = /[0-9][0-9a-zA-Z@_#]*/y;
const PLAIN_NUMBER = /0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*/y;
const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const BLANK = /[ \t\n]*/y;

/** As strtoimax(3) reads it: too much is the most. */
function saturated(text: string): bigint {
  const value = BigInt(/^0[0-7]/.test(text) ? `0o${text.slice(1)}` : text);
  return value > 2n ** 63n - 1n ? 2n ** 63n - 1n : value;
}

interface Reference {
  name: string;
  index?: Bytes;
  /** The index has been evaluated: once, whatever its side effects. */
  known?: boolean;
}

/** A number, a variable, `++`/`--` before (`pre`) or behind one (`post`), another operator, or the end. */
interface Token {
  kind: 'number' | 'variable' | 'pre' | 'post' | 'operator' | 'end';
  text: string;
  value?: bigint;
  reference?: Reference;
  /** Where the text behind it begins. */
  end: number;
}

/** @throws ArithmeticError */
export function evaluate(text: Bytes, scope: ArithmeticScope, depth = 0): bigint {
  if (/^\s*$/.test(text)) return 0n;
  if (/^\s*\d{1,15}\s*$/.test(text) && !/^\s*0\d/.test(text)) return BigInt(text.trim());
  return new Evaluator(text, scope, depth).run();
}

class Evaluator {
  readonly #text: Bytes;
  readonly #scope: ArithmeticScope;
  readonly #depth: number;
  #at = 0;
  #nesting = 0;
  #token: Token = { kind: 'end', text: '', end: 0 };
  /** The kind of the token before this one. */
  #before: Token['kind'] | 'condition' = 'end';
  /** Where the last token begins that was there at all: bash's error token. */
  #last = 0;

  constructor(text: Bytes, scope: ArithmeticScope, depth: number) {
    this.#text = scope.plain ? text : text.replace(/^[ \t\n]+/, '');
    this.#scope = scope;
    this.#depth = depth;
    if (depth > DEPTH) this.#fail('expression recursion level exceeded', 0);
  }

  run(): bigint {
    this.#next();
    const value = this.#comma(true);
    if (this.#token.kind !== 'end') this.#fail('syntax error in expression');
    return value;
  }

  #fail(what: string, from = this.#last, to = this.#text.length): never {
    const expression = this.#text.slice(0, to);
    throw new ArithmeticError(`${expression}: ${what} (error token is "${expression.slice(from)}")`, expression, what);
  }

  // ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #next(): void {
    const previous = this.#token;
    this.#before = previous.kind;
    BLANK.lastIndex = this.#at;
    this.#at += BLANK.exec(this.#text)![0].length;
    const { kind } = previous;
    if (this.#at >= this.#text.length) {
      this.#token = { kind: 'end', text: '', end: this.#at };
      return;
    }
    this.#last = this.#at;
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name !== undefined) {
      this.#at += name.length;
      const reference: Reference = { name };
      if (this.#text[this.#at] === '[' && this.#scope.subscripts) reference.index = this.#subscript();
      this.#token = { kind: 'variable', text: name, reference, end: this.#at };
      return;
    }
    const pattern = this.#scope.plain ? PLAIN_NUMBER : NUMBER;
    pattern.lastIndex = this.#at;
    const number = pattern.exec(this.#text)?.[0];
    if (number !== undefined) {
      this.#at += number.length;
      this.#token = {
        kind: 'number',
        text: number,
        value: this.#scope.plain ? saturated(number) : this.#number(number),
        end: this.#at,
      };
      return;
    }
    const double = this.#text.slice(this.#at, this.#at + 2);
    if ((double === '++' || double === '--') && !this.#scope.plain) {
      if (kind === 'variable') return this.#operator('post', double);
      if (kind === 'number' && this.#beforePrevious === 'pre') this.#fail('assignment requires lvalue');
      if (/^[ \t\n]*[a-zA-Z_]/.test(this.#text.slice(this.#at + 2))) return this.#operator('pre', double);
      return this.#operator('operator', double[0]!);
    }
    OPERATOR.lastIndex = this.#at;
    let operator = OPERATOR.exec(this.#text)?.[0];
    if (operator === '**' && this.#scope.plain) operator = '*';
    if (operator === undefined)
      this.#fail(
        `syntax error: ${kind === 'number' || kind === 'variable' || kind === 'post' || previous.text === ')' ? 'invalid arithmetic operator' : 'operand expected'}`,
      );
    this.#operator('operator', operator);
  }

  #beforePrevious: Token['kind'] = 'end';
  #operator(kind: Token['kind'], text: string): void {
    this.#beforePrevious = kind;
    this.#at += text.length;
    this.#token = { kind, text, end: this.#at };
  }

  get #ended(): boolean {
    return this.#token.kind === 'end';
  }

  #is(operator: string): boolean {
    return this.#token.kind === 'operator' && this.#token.text === operator;
  }

  #subscript(): Bytes {
    let depth = 0;
    const from = this.#at + 1;
    for (let i = this.#at; i < this.#text.length; i++) {
      if (this.#text[i] === '[') depth++;
      else if (this.#text[i] === ']' && --depth === 0) {
        this.#at = i + 1;
        return this.#text.slice(from, i);
      }
    }
    this.#fail('bad array subscript');
  }

  #number(text: string): bigint {
    const wrong = (what: string): never => this.#fail(what, this.#last, this.#at);
    if (/^0[xX]/.test(text)) {
      if (!/^0[xX][0-9a-fA-F]*$/.test(text)) wrong('value too great for base');
      return text.length === 2 ? 0n : wrap(BigInt(text));
    }
    const based = /^(\d+)#([0-9a-zA-Z@_]*)(#?)/.exec(text);
    const base = based ? Number(based[1]) : text.startsWith('0') && text.length > 1 ? 8 : 10;
    if (base < 2 || base > 64) wrong('invalid arithmetic base');
    if (based && (based[2] === '' || based[3] !== '')) wrong(based[3] ? 'invalid number' : 'invalid integer constant');
    let value = 0n;
    for (const c of based ? based[2]! : text) {
      let digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_'.indexOf(c);
      if (base <= 36 && digit >= 36 && digit < 62) digit -= 26;
      if (digit < 0 || digit >= base) wrong('value too great for base');
      value = wrap(value * BigInt(base) + BigInt(digit));
    }
    return value;
  }

  // ── Expressions; not `live` means: parsed only ───────────────────────────────────────────────────────────────────

  #comma(live: boolean): bigint {
    let value = this.#assignment(live);
    while (!this.#scope.plain && this.#is(',')) {
      this.#next();
      value = this.#assignment(live);
    }
    return value;
  }

  #assignment(live: boolean): bigint {
    if (++this.#nesting > NESTING) this.#fail('expression recursion level exceeded');
    try {
      const first = this.#token;
      const value = this.#conditional(live);
      const { kind, text } = this.#token;
      if (kind !== 'operator' || !ASSIGN.has(text)) return value;
      if (this.#before !== 'variable') this.#fail('attempted assignment to non-variable');
      const reference = this.#assigned ?? first.reference!;
      this.#next();
      const right = this.#assignment(live);
      if (!live) return right;
      const result = text === '=' ? right : this.#binary(text.slice(0, -1), this.#value(reference), right, this.#last);
      this.#store(reference, result);
      this.#before = 'number';
      return result;
    } finally {
      this.#nesting--;
    }
  }
  /** The variable that was read last: what an assignment behind it is to. */
  #assigned: Reference | undefined;

  #conditional(live: boolean): bigint {
    const test = this.#operation(3, live);
    if (!this.#is('?')) return test;
    this.#next();
    if (this.#ended || this.#is(':')) this.#fail('expression expected');
    const yes = this.#comma(live && test !== 0n);
    if (!this.#is(':')) this.#fail("`:' expected for conditional expression");
    this.#next();
    if (this.#ended) this.#fail('expression expected');
    const no = this.#conditional(live && test === 0n);
    this.#before = 'condition';
    return test !== 0n ? yes : no;
  }

  #operation(least: number, live: boolean): bigint {
    let left = this.#unary(live);
    for (;;) {
      const { kind, text: operator, end } = this.#token;
      const level = kind === 'operator' ? BINARY[operator] : undefined;
      if (level === undefined || level < least) return left;
      this.#next();
      const runs = live && !(operator === '&&' && left === 0n) && !(operator === '||' && left !== 0n);
      if (++this.#nesting > NESTING) this.#fail('expression recursion level exceeded');
      const right = this.#operation(operator === '**' ? level : level + 1, runs);
      this.#nesting--;
      if (live) left = this.#binary(operator, left, right, end);
      this.#before = 'number';
    }
  }

  #binary(operator: string, left: bigint, right: bigint, behind: number): bigint {
    const fail = (what: string): never => {
      BLANK.lastIndex = behind;
      return this.#fail(what, behind + BLANK.exec(this.#text)![0].length);
    };
    switch (operator) {
      case '+':
        return wrap(left + right);
      case '-':
        return wrap(left - right);
      case '*':
        return wrap(left * right);
      case '/':
      case '%':
        if (right === 0n) fail('division by 0');
        return wrap(operator === '/' ? left / right : left % right);
      case '**': {
        if (right < 0n) this.#fail('exponent less than 0');
        let result = 1n;
        for (let base = left, rest = right; rest > 0n; rest >>= 1n, base = wrap(base * base))
          if (rest & 1n) result = wrap(result * base);
        return result;
      }
      case '<<':
        return wrap(left << (right & 63n));
      case '>>':
        return wrap(left >> (right & 63n));
      case '<':
        return left < right ? 1n : 0n;
      case '<=':
        return left <= right ? 1n : 0n;
      case '>':
        return left > right ? 1n : 0n;
      case '>=':
        return left >= right ? 1n : 0n;
      case '==':
        return left === right ? 1n : 0n;
      case '!=':
        return left !== right ? 1n : 0n;
      case '&':
        return left & right;
      case '^':
        return left ^ right;
      case '|':
        return left | right;
      case '&&':
        return left !== 0n && right !== 0n ? 1n : 0n;
      default:
        return left !== 0n || right !== 0n ? 1n : 0n;
    }
  }

  #unary(live: boolean): bigint {
    if (++this.#nesting > NESTING) this.#fail('expression recursion level exceeded');
    try {
      const { kind, text } = this.#token;
      if (kind === 'operator' && (text === '-' || text === '+' || text === '!' || text === '~')) {
        this.#next();
        const value = this.#unary(live);
        this.#before = 'number';
        return text === '-' ? wrap(-value) : text === '!' ? (value === 0n ? 1n : 0n) : text === '~' ? ~value : value;
      }
      return this.#primary(live);
    } finally {
      this.#nesting--;
    }
  }

  #primary(live: boolean): bigint {
    const token = this.#token;
    switch (token.kind) {
      case 'pre': {
        this.#next();
        const { reference } = this.#token;
        if (!reference) this.#fail('identifier expected after pre-increment or pre-decrement');
        const value = wrap((live ? this.#value(reference) : 0n) + (token.text === '++' ? 1n : -1n));
        if (live) this.#store(reference, value);
        this.#token = { kind: 'number', text: '', end: this.#at };
        this.#next();
        return value;
      }
      case 'number':
        this.#next();
        return token.value!;
      case 'variable': {
        const reference = token.reference!;
        this.#next();
        if (this.#token.kind === 'post') {
          const value = live ? this.#value(reference) : 0n;
          if (live) this.#store(reference, wrap(value + (this.#token.text === '++' ? 1n : -1n)));
          this.#token = { kind: 'number', text: '', end: this.#at };
          this.#next();
          return value;
        }
        this.#assigned = reference;
        // What is assigned to needs no value.
        return live && !this.#is('=') ? this.#value(reference) : 0n;
      }
      default:
        if (!this.#is('(')) this.#fail('syntax error: operand expected');
        this.#next();
        {
          const value = this.#comma(live);
          if (!this.#is(')')) this.#fail("missing `)'");
          this.#next();
          this.#before = 'number';
          return value;
        }
    }
  }

  // ── Variables ────────────────────────────────────────────────────────────────────────────────────────────────────

  #locate(reference: Reference): Reference {
    if (reference.known || reference.index === undefined) return reference;
    reference.known = true;
    if (this.#scope.associative(reference.name)) reference.index = reference.index.replace(/^(['"])(.*)\1$/s, '$2');
    else reference.index = String(evaluate(reference.index, this.#scope, this.#depth + 1));
    return reference;
  }

  #value(reference: Reference): bigint {
    const { name, index } = this.#locate(reference);
    const text = this.#scope.get(name, index) ?? '';
    if (this.#scope.plain) {
      const [, sign, digits] = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text) ?? [];
      if (digits) return sign === '-' ? wrap(-saturated(digits)) : saturated(digits);
      if (text !== '') throw new ArithmeticError('', text, 'illegal');
    }
    return evaluate(text, this.#scope, this.#depth + 1);
  }

  #store(reference: Reference, value: bigint): void {
    const { name, index } = this.#locate(reference);
    this.#scope.set(name, String(value), index);
  }
}
