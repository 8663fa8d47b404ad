// expr (GNU coreutils): evaluates an expression of arguments.
import type { Process } from '../machine/machine.ts';
import { characters } from './characters.ts';
import { compilePattern, PatternError } from './pattern.ts';
import { isUtf8, quote } from './quote.ts';

export const names = ['expr'];

class Wrong extends Error {}

export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const args = process.argv.slice(1);
  if (args[0] === '--') args.shift();
  if (args.length === 0) {
    await process.err(`${name}: missing operand\nTry '${name} --help' for more information.\n`);
    return 2;
  }
  try {
    const value = new Expression(process, args).whole();
    await process.out(`${value}\n`);
    return value === '' || /^-?0+$/.test(value) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Wrong) && !(error instanceof PatternError)) throw error;
    await process.err(`${name}: ${error.message}\n`);
    return 2;
  }
}

const LEVELS = [['|'], ['&'], ['<', '<=', '=', '==', '!=', '>=', '>'], ['+', '-'], ['*', '/', '%'], [':']];

class Expression {
  readonly #process: Process;
  readonly #args: string[];
  readonly #utf8: boolean;
  #at = 0;
  #depth = 0;

  constructor(process: Process, args: string[]) {
    this.#process = process;
    this.#args = args;
    this.#utf8 = isUtf8(process);
  }

  whole(): string {
    const value = this.#level(0);
    if (this.#at < this.#args.length)
      throw new Wrong(`syntax error: unexpected argument ${quote(this.#process, this.#args[this.#at]!)}`);
    return value;
  }

  #level(level: number): string {
    if (level === LEVELS.length) return this.#primary();
    let left = this.#level(level + 1);
    while (this.#at < this.#args.length && LEVELS[level]!.includes(this.#args[this.#at]!)) {
      const operator = this.#args[this.#at++]!;
      left = this.#apply(operator, left, this.#level(level + 1));
    }
    return left;
  }

  #primary(): string {
    const word = this.#args[this.#at++];
    if (word === undefined)
      throw new Wrong(`syntax error: missing argument after ${quote(this.#process, this.#args[this.#at - 2] ?? '')}`);
    if (word === '(') {
      if (++this.#depth > 200) throw new Wrong('memory exhausted');
      const value = this.#level(0);
      if (this.#args[this.#at] !== ')') {
        throw new Wrong(
          this.#args[this.#at] === undefined
            ? `syntax error: expecting ')' after ${quote(this.#process, this.#args[this.#at - 1]!)}`
            : `syntax error: expecting ')' instead of ${quote(this.#process, this.#args[this.#at]!)}`,
        );
      }
      this.#at++;
      return value;
    }
    if (
      ['+', 'length', 'match', 'index', 'substr'].includes(word) &&
      this.#at >= this.#args.length &&
      this.#args.length === this.#at &&
      !(this.#args[this.#at - 2] === '+' && this.#at > 1)
    )
      throw new Wrong(`syntax error: missing argument after ${quote(this.#process, word)}`);
    if (word === ')') throw new Wrong("syntax error: unexpected ')'");
    const left = this.#args.length - this.#at;
    if (word === '+' && left > 0) return this.#args[this.#at++]!;
    if (word === 'length' && left >= 1) return String(characters(this.#primary(), this.#utf8).length);
    if (word === 'match' && left >= 2) return this.#match(this.#primary(), this.#primary());
    if (word === 'index' && left >= 2) {
      const [text, set] = [this.#primary(), this.#primary()];
      return String(characters(text, this.#utf8).findIndex((c) => set.includes(c)) + 1);
    }
    if (word === 'substr' && left >= 3) {
      const [text, from, count] = [this.#primary(), this.#primary(), this.#primary()];
      if (!/^-?\d+$/.test(from) || !/^-?\d+$/.test(count) || Number(from) < 1 || Number(count) < 1) return '';
      return characters(text, this.#utf8)
        .slice(Number(from) - 1, Number(from) - 1 + Number(count))
        .join('');
    }
    return word;
  }

  #match(text: string, pattern: string): string {
    const found = compilePattern(`^${pattern.startsWith('^') ? pattern.slice(1) : pattern}`, { utf8: this.#utf8 }).find(
      text,
      0,
    );
    const grouped = /\\\(/.test(pattern);
    if (!found) return grouped ? '' : '0';
    if (!grouped) return String(characters(text.slice(0, found[1]), this.#utf8).length);
    return (found[2] ?? -1) >= 0 ? text.slice(found[2], found[3]) : '';
  }

  #integer(text: string): bigint {
    if (!/^-?\d{1,1000}$/.test(text)) throw new Wrong('non-integer argument');
    return BigInt(text);
  }

  #apply(operator: string, a: string, b: string): string {
    const nothing = (v: string) => v === '' || /^-?0+$/.test(v);
    const both = /^-?\d{1,1000}$/.test(a) && /^-?\d{1,1000}$/.test(b);
    const order = both ? (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0) : a < b ? -1 : a > b ? 1 : 0;
    switch (operator) {
      case '|':
        return nothing(a) ? (nothing(b) ? '0' : b) : a;
      case '&':
        return nothing(a) || nothing(b) ? '0' : a;
      case '<':
        return order < 0 ? '1' : '0';
      case '<=':
        return order <= 0 ? '1' : '0';
      case '=':
      case '==':
        return order === 0 ? '1' : '0';
      case '!=':
        return order !== 0 ? '1' : '0';
      case '>=':
        return order >= 0 ? '1' : '0';
      case '>':
        return order > 0 ? '1' : '0';
      case ':':
        return this.#match(a, b);
    }
    const [x, y] = [this.#integer(a), this.#integer(b)];
    if ((operator === '/' || operator === '%') && y === 0n) throw new Wrong('division by zero');
    return String(
      operator === '+' ? x + y : operator === '-' ? x - y : operator === '*' ? x * y : operator === '/' ? x / y : x % y,
    );
  }
}
