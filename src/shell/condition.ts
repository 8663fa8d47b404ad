// Conditions: the expressions of [[ ]] and of test and [.
import type { Bytes, Stat } from '../machine/machine.ts';
import { ExpansionError } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { matches } from './pattern.ts';
import { compileRegex, RegexError } from './regex.ts';
import type { Condition, Word } from './syntax.ts';
import { traceLine, traceQuote } from './trace.ts';

export async function testExpression(shell: Interpreter, node: Condition): Promise<boolean> {
  switch (node.type) {
    case 'And':
      return (await testExpression(shell, node.left)) && testExpression(shell, node.right);
    case 'Or':
      return (await testExpression(shell, node.left)) || testExpression(shell, node.right);
    case 'Not':
      return !(await testExpression(shell, node.operand));
    case 'Parentheses':
      return testExpression(shell, node.operand);
    case 'Unary': {
      const operand = await shell.expander.text(node.operand);
      if (shell.options.has('xtrace')) await traceLine(shell, `[[ ${node.operator} ${traceQuote(operand)} ]]`);
      if (node.operator === '-v') return isSet(shell, operand);
      return unary(shell, node.operator, operand);
    }
    case 'Binary':
      return binary(shell, node.operator, node.left, node.right);
  }
}

async function binary(shell: Interpreter, operator: string, leftWord: Word, rightWord: Word): Promise<boolean> {
  const left = await shell.expander.text(leftWord);
  const trace = (right: Bytes) => traceLine(shell, `[[ ${traceQuote(left)} ${operator} ${right} ]]`);
  switch (operator) {
    case '==':
    case '=':
    case '!=': {
      const pattern = await shell.expander.pattern(rightWord);
      if (shell.options.has('xtrace')) await trace(pattern === '' ? "''" : pattern);
      return matches(pattern, left, true, shell.options.has('nocasematch')) === (operator !== '!=');
    }
    case '=~': {
      const pattern = await shell.expander.regex(rightWord);
      if (shell.options.has('xtrace')) await trace(pattern);
      return regex(shell, left, pattern);
    }
  }
  const right = await shell.expander.text(rightWord);
  if (shell.options.has('xtrace')) await trace(traceQuote(right));
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  if (!/^-(eq|ne|lt|le|gt|ge)$/.test(operator)) return files(shell, operator, left, right);
  try {
    return compare(operator, await shell.expander.arithmetic(left), await shell.expander.arithmetic(right));
  } catch (error) {
    if (!(error instanceof ExpansionError) || error.fatal) throw error;
    await shell.complain(`[[: ${error.message}`);
    return false;
  }
}

/** `-v`: NAME, NAME[subscript], a positional parameter. */
async function isSet(shell: Interpreter, operand: Bytes): Promise<boolean> {
  const match = /^([a-zA-Z_]\w*)\[([\s\S]*)\]$/.exec(operand);
  if (!match) return shell.parameter(operand) !== undefined;
  const [, name, index] = match as unknown as [string, string, string];
  if (index === '@' || index === '*') return shell.elements(name).length > 0;
  const key = await shell.subscript(name, index);
  return key !== undefined && shell.parameter(name, key) !== undefined;
}

/** The right side of =~ is no regular expression. */
export class WrongPattern extends Error {}

/** What regcomp(3) refuses of an extended expression although other tools take it: nothing to repeat, no end of a bracket. */
function wrongForGlibc(pattern: Bytes): boolean {
  const plain = pattern.replace(/\\[\s\S]/g, 'x').replace(/\[\^?\]?(?:\[[:.=][^\]]*\]|[^\]])*\]/g, 'x');
  return /\[/.test(plain) || /(?:^|[(|])[*+?]/.test(plain) || /\{(?!\d*,?\d*\})/.test(plain) || /\{\}/.test(plain);
}

async function regex(shell: Interpreter, text: Bytes, pattern: Bytes): Promise<boolean> {
  let found: number[] | undefined;
  if (wrongForGlibc(pattern)) throw new WrongPattern();
  try {
    found = compileRegex(pattern, {
      extended: true,
      ignoreCase: shell.options.has('nocasematch'),
    }).exec(text);
  } catch (error) {
    // A pattern that is none fails quietly, with 2.
    if (error instanceof RegexError) throw new WrongPattern();
    throw error;
  }
  const groups = new Map<number, Bytes>();
  if (found)
    for (let i = 0; i < found.length; i += 2)
      groups.set(i / 2, found[i]! < 0 ? '' : text.slice(found[i]!, found[i + 1]!));
  shell.variables.obtain('BASH_REMATCH').value = groups;
  return found !== undefined;
}

export const compare = (operator: string, left: bigint, right: bigint): boolean => {
  switch (operator) {
    case '-eq':
      return left === right;
    case '-ne':
      return left !== right;
    case '-lt':
      return left < right;
    case '-le':
      return left <= right;
    case '-gt':
      return left > right;
    default:
      return left >= right;
  }
};

function statOf(shell: Interpreter, path: Bytes, follow = true): Stat | undefined {
  if (path === '') return undefined;
  try {
    return shell.process.files.stat(path, follow);
  } catch {
    return undefined;
  }
}

/** `-nt`, `-ot`, `-ef`. */
export function files(shell: Interpreter, operator: string, left: Bytes, right: Bytes): boolean {
  const [a, b] = [statOf(shell, left), statOf(shell, right)];
  if (operator === '-nt') return a !== undefined && (b === undefined || a.mtime > b.mtime);
  if (operator === '-ot') return b !== undefined && (a === undefined || a.mtime < b.mtime);
  return a !== undefined && b !== undefined && a.device === b.device && a.inode === b.inode;
}

export function unary(shell: Interpreter, operator: string, operand: Bytes): boolean {
  const type = (follow = true) => statOf(shell, operand, follow)?.type;
  const access = (mode: number) => statOf(shell, operand) !== undefined && shell.process.files.access(operand, mode);
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-e':
    case '-a':
      return statOf(shell, operand) !== undefined;
    case '-f':
      return type() === 'file';
    case '-d':
      return type() === 'directory';
    case '-h':
    case '-L':
      return type(false) === 'symlink';
    case '-p':
      return type() === 'fifo';
    case '-S':
      return type() === 'socket';
    case '-b':
      return type() === 'block';
    case '-c':
      return type() === 'character';
    case '-s':
      return (statOf(shell, operand)?.size ?? 0) > 0;
    case '-r':
      return access(4);
    case '-w':
      return access(2);
    case '-x':
      return access(1);
    case '-u':
      return ((statOf(shell, operand)?.mode ?? 0) & 0o4000) !== 0;
    case '-g':
      return ((statOf(shell, operand)?.mode ?? 0) & 0o2000) !== 0;
    case '-k':
      return ((statOf(shell, operand)?.mode ?? 0) & 0o1000) !== 0;
    case '-O':
      return statOf(shell, operand)?.uid === shell.process.credentials.euid;
    case '-G':
      return statOf(shell, operand)?.gid === shell.process.credentials.egid;
    case '-N': {
      const stat = statOf(shell, operand);
      return stat !== undefined && stat.mtime > stat.atime;
    }
    case '-t':
      return shell.process.descriptors.get(Number(operand))?.terminal !== undefined;
    case '-o':
      return shell.options.has(operand);
    case '-v': {
      const match = /^([a-zA-Z_]\w*)(?:\[(.*)\])?$/.exec(operand);
      return match ? shell.parameter(match[1]!, match[2]) !== undefined : shell.parameter(operand) !== undefined;
    }
    default:
      return false;
  }
}

/** A wrong expression of test: its message, without the name. */
export class TestError extends Error {}

/** `test` and `[`, by POSIX' rules on the number of arguments, then by precedence. @throws TestError */
export async function test(shell: Interpreter, args: Bytes[]): Promise<boolean> {
  let at = 0;
  const one = (words: Bytes[]): boolean => words[0] !== '';
  const binaryOperator = (word: Bytes | undefined) =>
    word !== undefined && /^(==?|!=|<|>|-(eq|ne|lt|le|gt|ge|nt|ot|ef))$/.test(word);
  const unaryOperator = (word: Bytes | undefined) => word !== undefined && /^-[abcdefghknoprstuvwxzGLNOS]$/.test(word);
  const number = (word: Bytes): bigint => {
    if (!/^\s*[+-]?\d+\s*$/.test(word)) throw new TestError(`${word}: integer expression expected`);
    const value = BigInt(word.trim().replace(/^\+/, ''));
    if (value !== BigInt.asIntN(64, value)) throw new TestError(`${word}: integer expression expected`);
    return value;
  };
  const binary = (left: Bytes, operator: Bytes, right: Bytes): boolean => {
    switch (operator) {
      case '=':
      case '==':
        return left === right;
      case '!=':
        return left !== right;
      case '<':
        return left < right;
      case '>':
        return left > right;
    }
    if (/^-(nt|ot|ef)$/.test(operator)) return files(shell, operator, left, right);
    return compare(operator, number(left), number(right));
  };
  const few = (words: Bytes[]): boolean | undefined => {
    switch (words.length) {
      case 0:
        return false;
      case 1:
        return one(words);
      case 2:
        if (words[0] === '!') return !one(words.slice(1));
        if (unaryOperator(words[0])) return unary(shell, words[0]!, words[1]!);
        throw new TestError(`${words[0]}: unary operator expected`);
      case 3:
        if (binaryOperator(words[1])) return binary(words[0]!, words[1]!, words[2]!);
        if (words[1] === '-a') return words[0] !== '' && words[2] !== '';
        if (words[1] === '-o') return words[0] !== '' || words[2] !== '';
        if (words[0] === '!') return !few(words.slice(1))!;
        if (words[0] === '(' && words[2] === ')') return one([words[1]!]);
        throw new TestError(`${words[1]}: binary operator expected`);
      case 4:
        if (words[0] === '!') return !few(words.slice(1))!;
        if (words[0] === '(' && words[3] === ')') return few(words.slice(1, 3));
    }
    return undefined;
  };
  const simple = few(args);
  if (simple !== undefined) return simple;
  const or = (): boolean => {
    let value = and();
    while (args[at] === '-o') {
      at++;
      const right = and();
      value ||= right;
    }
    return value;
  };
  const and = (): boolean => {
    let value = term();
    while (args[at] === '-a') {
      at++;
      const right = term();
      value &&= right;
    }
    return value;
  };
  const term = (): boolean => {
    if (at >= args.length) throw new TestError('argument expected');
    if (args[at] === '!') {
      at++;
      return !term();
    }
    if (args[at] === '(') {
      at++;
      const value = or();
      if (args[at] !== ')') throw new TestError("`)' expected");
      at++;
      return value;
    }
    if (binaryOperator(args[at + 1]) && at + 2 < args.length) {
      at += 3;
      return binary(args[at - 3]!, args[at - 2]!, args[at - 1]!);
    }
    if (unaryOperator(args[at]) && at + 1 < args.length) {
      at += 2;
      return unary(shell, args[at - 2]!, args[at - 1]!);
    }
    return args[at++] !== '';
  };
  const value = or();
  if (at < args.length) throw new TestError('too many arguments');
  return value;
}
