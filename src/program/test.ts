// test and [ (GNU coreutils): evaluates a condition.
import type { Process, Stat } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { calledAs } from './program.ts';
import { quote } from './quote.ts';

export const names = ['test', '['];

class Malformed extends Error {}

export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const args = process.argv.slice(1);
  try {
    if (calledAs(process) === '[') {
      if (args.at(-1) !== ']') throw new Malformed(`missing ${quote(process, ']')}`);
      args.pop();
    }
    return new Condition(process, args).whole() ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    await process.err(`${name}: ${error.message}\n`);
    return 2;
  }
}

const UNARY = /^-[bcdefgGhknLNOprsStuwxz]$/;
const BINARY = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef']);

/** POSIX' rules by the number of arguments, then the grammar with -a, -o, ! and parentheses. */
class Condition {
  readonly #process: Process;
  readonly #args: string[];
  #at = 0;

  constructor(process: Process, args: string[]) {
    this.#process = process;
    this.#args = args;
  }

  whole(): boolean {
    const result = this.#posix(this.#args);
    if (this.#at < this.#args.length)
      throw new Malformed(`extra argument ${quote(this.#process, this.#args[this.#at]!)}`);
    return result;
  }

  #posix(args: string[]): boolean {
    const take = (n: number) => {
      this.#at += n;
    };
    if (args.length === 0) return false;
    if (args.length === 1) {
      take(1);
      return args[0] !== '';
    }
    if (args.length === 2) {
      if (args[0] === '!') {
        take(2);
        return args[1] === '';
      }
      if (UNARY.test(args[0]!)) {
        take(2);
        return this.#unary(args[0]!, args[1]!);
      }
      if (args[0]!.startsWith('-') && args[0]!.length === 2)
        throw new Malformed(`${quote(this.#process, args[0]!)}: unary operator expected`);
      throw new Malformed(`missing argument after ${quote(this.#process, args[1]!)}`);
    }
    if (args.length === 3) {
      if (BINARY.has(args[1]!)) {
        take(3);
        return this.#binary(args[0]!, args[1]!, args[2]!);
      }
      if (args[0] === '!') {
        take(1);
        return !this.#posix(args.slice(1));
      }
      if (args[0] === '(' && args[2] === ')') {
        take(3);
        return args[1] !== '';
      }
      if (args[1] === '-a' || args[1] === '-o') return this.#or();
      throw new Malformed(`${quote(this.#process, args[1]!)}: binary operator expected`);
    }
    if (args.length === 4 && args[0] === '!') {
      take(1);
      return !this.#posix(args.slice(1));
    }
    return this.#or();
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#args[this.#at] === '-o') {
      this.#at++;
      const right = this.#and();
      value = value || right;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#term();
    while (this.#args[this.#at] === '-a') {
      this.#at++;
      const right = this.#term();
      value = value && right;
    }
    return value;
  }

  #term(): boolean {
    let negated = false;
    while (this.#args[this.#at] === '!' && !BINARY.has(this.#args[this.#at + 1] ?? '')) {
      negated = !negated;
      this.#at++;
    }
    const [a, b, c] = this.#args.slice(this.#at, this.#at + 3);
    if (a === undefined) throw new Malformed(`missing argument after ${quote(this.#process, this.#args.at(-1) ?? '')}`);
    let value: boolean;
    if (a === '(' && !BINARY.has(b ?? '')) {
      this.#at++;
      value = this.#or();
      if (this.#args[this.#at] !== ')') throw new Malformed(`${quote(this.#process, ')')} expected`);
      this.#at++;
    } else if (b !== undefined && BINARY.has(b) && c !== undefined) {
      this.#at += 3;
      value = this.#binary(a, b, c);
    } else if (UNARY.test(a) && b !== undefined) {
      this.#at += 2;
      value = this.#unary(a, b);
    } else {
      this.#at++;
      value = a !== '';
    }
    return value !== negated;
  }

  #stat(path: string, follow = true): Stat | undefined {
    return tryTo(() => this.#process.files.stat(path, follow));
  }

  #unary(operator: string, arg: string): boolean {
    const process = this.#process;
    const { files, credentials } = process;
    const is = (type: Stat['type']) => this.#stat(arg)?.type === type;
    switch (operator[1]) {
      case 'n':
        return arg !== '';
      case 'z':
        return arg === '';
      case 'e':
        return this.#stat(arg) !== undefined;
      case 'f':
        return is('file');
      case 'd':
        return is('directory');
      case 'b':
        return is('block');
      case 'c':
        return is('character');
      case 'p':
        return is('fifo');
      case 'S':
        return is('socket');
      case 'h':
      case 'L':
        return this.#stat(arg, false)?.type === 'symlink';
      case 's':
        return (this.#stat(arg)?.size ?? 0) > 0;
      case 'r':
        return tryTo(() => files.access(arg, 4)) ?? false;
      case 'w':
        return tryTo(() => files.access(arg, 2)) ?? false;
      case 'x':
        return tryTo(() => files.access(arg, 1)) ?? false;
      case 'u':
        return ((this.#stat(arg)?.mode ?? 0) & 0o4000) !== 0;
      case 'g':
        return ((this.#stat(arg)?.mode ?? 0) & 0o2000) !== 0;
      case 'k':
        return ((this.#stat(arg)?.mode ?? 0) & 0o1000) !== 0;
      case 'O':
        return this.#stat(arg)?.uid === credentials.euid;
      case 'G':
        return this.#stat(arg)?.gid === credentials.egid;
      case 'N': {
        const stat = this.#stat(arg);
        return stat !== undefined && stat.mtime > stat.atime;
      }
      default:
        return process.descriptors.get(Number(arg))?.kind === 'terminal';
    }
  }

  #binary(a: string, operator: string, b: string): boolean {
    switch (operator) {
      case '=':
      case '==':
        return a === b;
      case '!=':
        return a !== b;
      case '<':
        return a < b;
      case '>':
        return a > b;
      case '-nt':
      case '-ot': {
        const [x, y] = [this.#stat(a)?.mtime, this.#stat(b)?.mtime];
        if (operator === '-nt') return x !== undefined && (y === undefined || x > y);
        return y !== undefined && (x === undefined || x < y);
      }
      case '-ef': {
        const [x, y] = [this.#stat(a), this.#stat(b)];
        return x !== undefined && y !== undefined && x.inode === y.inode && x.device === y.device;
      }
    }
    const [x, y] = [this.#integer(a), this.#integer(b)];
    switch (operator) {
      case '-eq':
        return x === y;
      case '-ne':
        return x !== y;
      case '-lt':
        return x < y;
      case '-le':
        return x <= y;
      case '-gt':
        return x > y;
      default:
        return x >= y;
    }
  }

  #integer(text: string): bigint {
    const match = /^\s*([-+]?)(\d{1,400})\s*$/.exec(text);
    if (!match) throw new Malformed(`invalid integer ${quote(this.#process, text)}`);
    return BigInt((match[1] === '-' ? '-' : '') + match[2]);
  }
}
