// dash's and ash's test and [ (ash's [[ too): the old grammar of test(1), with the messages of each.
import type { Bytes } from '../../../machine/machine.ts';
import type { Builtin } from '../../builtin/table.ts';
import { compare, files, unary } from '../../condition.ts';
import type { Interpreter } from '../../interpreter.ts';
import { matches } from '../../pattern.ts';
import { compileRegex, RegexError } from '../../regex.ts';
import { bare } from '../complaint.ts';

class Wrong extends Error {}

const UNARY = /^-[bcdefghknoprstuwxzGLOS]$/;
const BINARY = /^(=|!=|<|>|-(eq|ne|lt|le|gt|ge|nt|ot|ef))$/;

class Test {
  readonly #shell: Interpreter;
  readonly #words: readonly Bytes[];
  readonly #brackets: boolean;
  /** The word that is looked at. */
  #at = 0;

  constructor(shell: Interpreter, words: readonly Bytes[], brackets: boolean) {
    this.#shell = shell;
    this.#words = words;
    this.#brackets = brackets;
  }

  run(): boolean {
    let words = this.#words;
    if (words.length === 0) return false;
    let negate = false;
    if (words.length === 3 && this.#isBinary(words[1])) return this.#binary(words[0]!, words[1]!, words[2]);
    if (words.length === 3 || words.length === 4) {
      if (words[0] === '(' && words.at(-1) === ')') words = words.slice(1, -1);
      else if (words[0] === '!') {
        negate = true;
        words = words.slice(1);
      }
      if (words !== this.#words) return new Test(this.#shell, words, this.#brackets).#all() !== negate;
    }
    return this.#all();
  }

  #all(): boolean {
    const value = this.#or();
    const rest = this.#words[this.#at + 1];
    if (rest === undefined) return value;
    if (this.#shell.dialect === 'ash') throw new Wrong(`${rest}: unknown operand`);
    throw new Wrong(`${this.#words[this.#at]}: unexpected operator`);
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#next('-o', '||')) value = this.#and() || value;
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.#next('-a', '&&')) value = this.#not() && value;
    return value;
  }

  /** Steps over an operator that stands behind the word looked at. */
  #next(...operators: string[]): boolean {
    const word = this.#words[this.#at + 1];
    if (
      word === undefined ||
      !operators.includes(word) ||
      (word.length === 2 && !word.startsWith('-') && !this.#brackets)
    )
      return false;
    this.#at += 2;
    return true;
  }

  #not(): boolean {
    if (this.#words[this.#at] !== '!' || this.#isOperand()) return this.#primary();
    if (this.#words[this.#at + 1] !== undefined) this.#at++;
    return !this.#not();
  }

  /** A word that looks like an operator, but stands where only an operand can. */
  #isOperand(): boolean {
    const [next, after] = [this.#words[this.#at + 1], this.#words[this.#at + 2]];
    if (next === undefined) return true;
    return after !== undefined && this.#isBinary(next) && after !== ')';
  }

  #primary(): boolean {
    const word = this.#words[this.#at];
    if (word === undefined) return false;
    if (word === '(' && this.#words[this.#at + 1] !== undefined) {
      this.#at++;
      if (this.#words[this.#at] === ')') return false;
      const value = this.#or();
      if (this.#words[++this.#at] !== ')') throw new Wrong('closing paren expected');
      return value;
    }
    if (UNARY.test(word) && !this.#isOperand()) {
      const operand = this.#words[++this.#at];
      if (operand === undefined) throw new Wrong(`${word}: argument expected`);
      return unary(this.#shell, word, operand);
    }
    const operator = this.#words[this.#at + 1];
    if (!this.#isBinary(operator)) return word !== '';
    this.#at += 2;
    return this.#binary(word, operator!, this.#words[this.#at]);
  }

  #isBinary(word: Bytes | undefined): boolean {
    if (word === undefined) return false;
    return BINARY.test(word) || (this.#shell.dialect === 'ash' && (word === '==' || (word === '=~' && this.#brackets)));
  }

  #binary(left: Bytes, operator: Bytes, right: Bytes | undefined): boolean {
    if (right === undefined) throw new Wrong(`${operator}: argument expected`);
    switch (operator) {
      case '=':
      case '==':
        return this.#brackets ? matches(right, left, false) : left === right;
      case '!=':
        return !(this.#brackets ? matches(right, left, false) : left === right);
      case '=~':
        return this.#regex(left, right);
      case '<':
        return left < right;
      case '>':
        return left > right;
      case '-nt':
      case '-ot':
      case '-ef':
        return files(this.#shell, operator, left, right);
      default:
        return compare(operator, this.#number(left), this.#number(right));
    }
  }

  #regex(text: Bytes, pattern: Bytes): boolean {
    try {
      return compileRegex(pattern, { extended: true }).exec(text) !== undefined;
    } catch (error) {
      if (error instanceof RegexError) return false;
      throw error;
    }
  }

  #number(text: Bytes): bigint {
    const ash = this.#shell.dialect === 'ash';
    if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new Wrong(ash ? `${text}: bad number` : `Illegal number: ${text}`);
    return BigInt.asIntN(64, BigInt(text.trim().replace(/^\+/, '')));
  }
}

export const test: Builtin = async (shell, args, name) => {
  const words = [...args];
  const say = (message: Bytes) => bare(shell, message);
  if (name === '[' || name === '[[') {
    const last = name === '[' ? ']' : ']]';
    if (words.pop() !== last) {
      await say(`missing ${last}`);
      return 2;
    }
  }
  try {
    return new Test(shell, words, name === '[[').run() ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    await say(error.message);
    return 2;
  }
};
