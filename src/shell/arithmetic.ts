// Arithmetic of the shell: 64-bit integers, C's operators, evaluated over text that has already been expanded.
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
const OPERATORS = [
  '<<=',
  '>>=',
  '**',
  '++',
  '--',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '^=',
  '|=',
];

const PLAIN_OPERATORS = OPERATORS.filter((operator) => !['**', '++', '--'].includes(operator));

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

  constructor(text: Bytes, scope: ArithmeticScope, depth: number) {
    this.#text = text;
    this.#scope = scope;
    this.#depth = depth;
    if (depth > DEPTH) this.#fail('expression recursion level exceeded', text);
  }

  run(): bigint {
    const value = this.#comma(true);
    this.#space();
    if (this.#at < this.#text.length)
      this.#fail(
        /^=(?!=)/.test(this.#rest())
          ? 'attempted assignment to non-variable'
          : /^[\w$]/.test(this.#rest())
            ? 'syntax error in expression'
            : 'syntax error: invalid arithmetic operator',
      );
    return value;
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #fail(what: string, token = this.#rest()): never {
    throw new ArithmeticError(`${this.#text}: ${what} (error token is "${token}")`, this.#text, what);
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\n'.includes(this.#text[this.#at]!)) this.#at++;
  }

  #operator(): string {
    this.#space();
    for (const operator of this.#scope.plain ? PLAIN_OPERATORS : OPERATORS)
      if (this.#text.startsWith(operator, this.#at)) return operator;
    return this.#text[this.#at] ?? '';
  }

  #take(operator: string): boolean {
    if (this.#operator() !== operator) return false;
    this.#at += operator.length;
    return true;
  }

  #comma(live: boolean): bigint {
    let value = this.#assignment(live);
    while (!this.#scope.plain && this.#take(',')) value = this.#assignment(live);
    return value;
  }

  /** A variable that an assignment may follow is tried first; anything else is a conditional. */
  #assignment(live: boolean): bigint {
    if (++this.#nesting > 200) this.#fail('expression recursion level exceeded');
    try {
      const before = this.#at;
      const reference = this.#reference();
      if (reference) {
        const operator = this.#operator();
        if (ASSIGN.has(operator)) {
          this.#at += operator.length;
          const right = this.#assignment(live);
          if (!live) return right;
          const value = operator === '=' ? right : this.#binary(operator.slice(0, -1), this.#value(reference), right);
          this.#store(reference, value);
          return value;
        }
      }
      this.#at = before;
      return this.#conditional(live);
    } finally {
      this.#nesting--;
    }
  }

  #conditional(live: boolean): bigint {
    const test = this.#operation(3, live);
    if (!this.#take('?')) return test;
    const yes = this.#comma(live && test !== 0n);
    if (!this.#take(':'))
      this.#fail("`:' expected for conditional expression", this.#rest() || (/\S\s*$/.exec(this.#text)?.[0] ?? ''));
    const no = this.#assignment(live && test === 0n);
    return test !== 0n ? yes : no;
  }

  #operation(least: number, live: boolean): bigint {
    let left = this.#unary(live);
    for (;;) {
      const operator = this.#operator();
      const level = BINARY[operator];
      if (level === undefined || level < least) return left;
      this.#at += operator.length;
      const runs = live && !(operator === '&&' && left === 0n) && !(operator === '||' && left !== 0n);
      const before = this.#at;
      const right = this.#operation(operator === '**' ? level : level + 1, runs);
      if (!live) continue;
      if ((operator === '/' || operator === '%') && right === 0n)
        this.#fail('division by 0', this.#text.slice(before).trimStart());
      if (operator === '**' && right < 0n)
        this.#fail('exponent less than 0', this.#text.slice(before).trimStart().replace(/^-/, ''));
      left = this.#binary(operator, left, right);
    }
  }

  #binary(operator: string, left: bigint, right: bigint): bigint {
    switch (operator) {
      case '+':
        return wrap(left + right);
      case '-':
        return wrap(left - right);
      case '*':
        return wrap(left * right);
      case '/':
      case '%':
        if (right === 0n) this.#fail('division by 0');
        return wrap(operator === '/' ? left / right : left % right);
      case '**': {
        if (right < 0n) this.#fail('exponent less than 0');
        let result = 1n;
        for (let base = left, left_ = right; left_ > 0n; left_ >>= 1n, base = wrap(base * base))
          if (left_ & 1n) result = wrap(result * base);
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
    if (++this.#nesting > 400) this.#fail('expression recursion level exceeded');
    try {
      const operator = this.#operator();
      if (operator === '++' || operator === '--') {
        const before = this.#at;
        this.#at += 2;
        const reference = this.#reference();
        if (reference) {
          const value = wrap(this.#value(reference) + (operator === '++' ? 1n : -1n));
          if (live) this.#store(reference, value);
          return value;
        }
        this.#at = before + 1;
        return operator === '--' ? wrap(-this.#unary(live)) : this.#unary(live);
      }
      if ('+-!~'.includes(operator) && operator !== '') {
        this.#at++;
        const value = this.#unary(live);
        if (operator === '-') return wrap(-value);
        if (operator === '!') return value === 0n ? 1n : 0n;
        return operator === '~' ? ~value : value;
      }
      return this.#primary(live);
    } finally {
      this.#nesting--;
    }
  }

  #primary(live: boolean): bigint {
    this.#space();
    if (this.#take('(')) {
      const value = this.#comma(live);
      if (!this.#take(')')) this.#fail("missing `)'");
      return value;
    }
    const number = (this.#scope.plain ? /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/ : /^[0-9][0-9a-zA-Z@_#]*/).exec(
      this.#rest(),
    );
    if (number) {
      this.#at += number[0].length;
      return this.#scope.plain ? saturated(number[0]) : this.#number(number[0]);
    }
    const reference = this.#reference();
    if (!reference)
      this.#fail(
        'syntax error: operand expected',
        this.#rest() || this.#text.slice(Math.max(0, this.#text.trimEnd().length - 1)),
      );
    const value = this.#value(reference);
    const operator = this.#operator();
    if (operator === '++' || operator === '--') {
      this.#at += 2;
      if (live) this.#store(reference, wrap(value + (operator === '++' ? 1n : -1n)));
    }
    return value;
  }

  #number(text: string): bigint {
    if (/^0[xX]/.test(text)) {
      if (!/^0[xX][0-9a-fA-F]*$/.test(text)) this.#fail('value too great for base', text);
      return text.length === 2 ? 0n : wrap(BigInt(text));
    }
    const based = /^(\d+)#([0-9a-zA-Z@_]*)$/.exec(text);
    const base = based ? Number(based[1]) : text.startsWith('0') && text.length > 1 ? 8 : 10;
    if (base < 2 || base > 64) this.#fail('invalid arithmetic base', text);
    let value = 0n;
    for (const c of based ? based[2]! : text) {
      let digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_'.indexOf(c);
      if (base <= 36 && digit >= 36 && digit < 62) digit -= 26;
      if (digit < 0 || digit >= base) this.#fail('value too great for base', text);
      value = wrap(value * BigInt(base) + BigInt(digit));
    }
    return value;
  }

  #reference(): Reference | undefined {
    this.#space();
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(this.#rest())?.[0];
    if (!name) return undefined;
    this.#at += name.length;
    if (this.#text[this.#at] !== '[' || !this.#scope.subscripts) return { name };
    let depth = 0;
    const from = this.#at + 1;
    for (let i = this.#at; i < this.#text.length; i++) {
      if (this.#text[i] === '[') depth++;
      else if (this.#text[i] === ']' && --depth === 0) {
        this.#at = i + 1;
        return { name, index: this.#text.slice(from, i) };
      }
    }
    this.#fail('bad array subscript');
  }

  #locate(reference: Reference): Reference {
    if (reference.known || reference.index === undefined) return reference;
    reference.known = true;
    if (!this.#scope.associative(reference.name))
      reference.index = String(evaluate(reference.index, this.#scope, this.#depth + 1));
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
