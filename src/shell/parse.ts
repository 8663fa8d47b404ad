// Texts to trees: scripts command by command, single words, the insides of `${…}`; and whether a text goes on.
import type { Bytes } from '../machine/machine.ts';
import { Grammar } from './grammar.ts';
import { type Reading, SyntaxFailure } from './lexer.ts';
import type { BracedParameter, HereDocument, Operation, Statement, SyntaxProblem, Word, WordPart } from './syntax.ts';

export type { Reading } from './lexer.ts';

/** Longest text that is read as a script. */
export const LONGEST = 1 << 20;

/** A complete command of a script, or why there is none. */
export interface Complete {
  statements: readonly Statement[];
  /** Lines from which to which it goes; the first line of a text is 1. */
  line: number;
  lastLine: number;
  /** Where the next one begins. */
  end: number;
  problem?: SyntaxProblem;
  /** Here-documents that the text does not hold to their end. */
  open?: readonly HereDocument[];
}

/** A script that is read as it is run: what a command changes (aliases, extglob) holds for the commands behind it. */
export class Script {
  source: Bytes;
  readonly #read: { complete: Complete; extglob: boolean }[] = [];

  readonly #original: Bytes;

  constructor(source: Bytes) {
    this.source = source;
    this.#original = source;
  }

  /** The complete command with this number; undefined behind the last one. */
  command(number: number, reading: Reading): Complete | undefined {
    const known = this.#read[number];
    if (known && known.extglob === reading.extglob && !reading.aliases) return known.complete;
    this.#read.length = Math.min(this.#read.length, number);
    const before = this.#read[number - 1]?.complete;
    if (before?.problem && before.end >= this.source.length) return undefined;
    const { end: at, lastLine: line } = before ?? { end: 0, lastLine: 1 };
    const grammar = new Grammar(this.source, at, line, reading);
    let complete: Complete;
    try {
      const unit = grammar.unit();
      if (!unit) return undefined;
      complete = { ...unit, lastLine: grammar.line };
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      // Aliases are not seen in what is shown of the line.
      const shown = reading.aliases && this.#original.split('\n')[error.problem.line - 1];
      const problem = shown === undefined ? error.problem : { ...error.problem, source: shown };
      complete = { statements: [], line, lastLine: grammar.line, end: grammar.source.length, problem };
      // A wrong list of an array is given up with its line; what follows is read.
      if (problem.what === 'array' && problem.token !== '') {
        const next = grammar.source.indexOf('\n', grammar.at) + 1;
        if (next > 0 && next < grammar.source.length) {
          complete.end = next;
          complete.lastLine = problem.line + 1;
        }
      }
    }
    if (grammar.openDocuments.length > 0) complete.open = grammar.openDocuments;
    this.source = grammar.source;
    this.#read.push({ complete, extglob: reading.extglob });
    return complete;
  }
}

/** Characters that the sources of kept scripts have together, and each of them at most: start-up files are the longest of them. */
const KEPT = 256 << 10;
const LONGEST_KEPT = 8 << 10;
const scripts = { bash: new Map<Bytes, Script>(), dash: new Map<Bytes, Script>(), ash: new Map<Bytes, Script>() };
let kept = 0;

/** The script of a text; short ones are kept, for the same line comes a thousand times. */
export function scriptOf(source: Bytes, { dialect, aliases }: Reading): Script {
  if (source.length > LONGEST_KEPT || aliases) return new Script(source);
  const known = scripts[dialect];
  let script = known.get(source);
  if (!script) {
    kept += source.length;
    if (known.size >= 300 || kept > KEPT) {
      known.clear();
      kept = source.length;
    }
    known.set(source, (script = new Script(source)));
  }
  return script;
}

/** All commands of a text, up to what is wrong in it. */
export function wholeScript(source: Bytes, reading: Reading): { statements: Statement[]; problem?: SyntaxProblem } {
  const script = scriptOf(source, reading);
  const statements: Statement[] = [];
  for (let i = 0; ; i++) {
    const complete = script.command(i, reading);
    if (!complete) return { statements };
    statements.push(...complete.statements);
    if (complete.problem) return { statements, problem: complete.problem };
  }
}

/**
 * Undefined: the text is complete (or wrong). Otherwise it stops in the middle, so that a reader of lines goes on; the answer is what must come
 * yet at least: a closing bracket, a word, the delimiter of a here-document, or '' when that is not known.
 */
export function awaits(source: Bytes, reading: Reading): Bytes | undefined {
  if (/(^|[^\\])(\\\\)*\\$/.test(source)) {
    // Unless it stands in single quotes or a comment, where it is ordinary.
    const joined = awaits(`${source}\n`, reading);
    return joined ?? (/^(?:[^'"]*[ \t;&|()])?#/.test(source.slice(source.lastIndexOf('\n') + 1)) ? undefined : '');
  }
  const script = scriptOf(source, reading);
  for (let i = 0; ; i++) {
    const complete = script.command(i, reading);
    if (!complete) return undefined;
    const { problem, open } = complete;
    if (open) return open[0]!.delimiter;
    if (problem?.what === 'open') return problem.closer!;
    if (problem?.what === 'end') return problem.expecting ?? '';
    if (problem?.what === 'array' && problem.token === '') return ')';
    if (problem?.what === 'condition' && problem.status === 2 && problem.token !== 'newline') return '';
    if (problem) return undefined;
  }
}

const plain: Reading = { dialect: 'bash', extglob: true };

/** All of a text as one word, in which blanks and operators are ordinary. @throws SyntaxFailure */
export function wholeWord(text: Bytes, reading: Reading = plain, line = 1): Word {
  if (/^[\w./:=,@%^-]*$/.test(text)) return { type: 'Word', text };
  return { type: 'Word', text, parts: new Grammar(`${text}\n`, 0, line, reading).whole() };
}

/** A text as if it stood between double quotes, in which quotes are ordinary. @throws SyntaxFailure */
export function quotedWord(text: Bytes, reading: Reading = plain, closer: '' | '}' = '', line = 1): Word {
  return { type: 'Word', text, parts: doubleQuoted(text, reading, closer, line) };
}

function doubleQuoted(text: Bytes, reading: Reading, closer: '' | '}', line: number): WordPart[] {
  const parts = new Grammar(`${text}\n`, 0, line, reading).inDouble(closer, line);
  // The line break was the lexer's own.
  const last = parts.at(-1);
  if (last?.type === 'Quoted' && last.value.endsWith('\n')) {
    const value = last.value.slice(0, -1);
    if (value === '') parts.pop();
    else parts[parts.length - 1] = { type: 'Quoted', value };
  }
  return [{ type: 'DoubleQuoted', parts }];
}

const PARAMETER = /^(?:[A-Za-z_][A-Za-z0-9_]*|\d+|[@*#?$!-])/;

/** The inside of `${…}` taken apart; `bad` when it is none. */
export function operationOf(part: BracedParameter): Operation | 'bad' {
  part.operation ??= takeApart(part.text.slice(2, -1)) ?? 'bad';
  return part.operation;
}

function takeApart(text: Bytes): Operation | undefined {
  const length = /^#((?:[A-Za-z_]\w*|\d+|[@*#?$!-]))/.exec(text);
  if (length) {
    const behind = text.slice(length[0].length);
    if (behind === '') return { prefix: '#', name: length[1]!, operator: '', words: new Map() };
    if (behind[0] === '[' && closing(behind, 0) === behind.length - 1)
      return { prefix: '#', name: length[1]!, index: behind.slice(1, -1), operator: '', words: new Map() };
    if (/^[A-Za-z_0-9]/.test(length[1]!)) return undefined;
  }
  let prefix: '' | '!' = '';
  let rest = text;
  if (/^!(?:[A-Za-z_0-9@*#?$!]|-(?![\s\S]))/.test(text)) {
    prefix = '!';
    rest = text.slice(1);
  }
  const name = PARAMETER.exec(rest)?.[0];
  if (name === undefined) return undefined;
  rest = rest.slice(name.length);
  const operation: Operation = { prefix, name, operator: '', words: new Map() };
  if (rest[0] === '[' && /^[A-Za-z_]/.test(name)) {
    const end = closing(rest, 0);
    if (end < 0) return undefined;
    operation.index = rest.slice(1, end);
    if (operation.index === '') return undefined;
    rest = rest.slice(end + 1);
  }
  if (rest === '') return operation;
  if (prefix === '!' && (rest === '*' || rest === '@') && operation.index === undefined && /^[A-Za-z_]/.test(name))
    return { ...operation, operator: 'names', operand: rest };
  const operator = /^(?::[-=?+]|:|[-=?+]|##?|%%?|\/[/#%]?|\^\^?|,,?|~~?|@)/.exec(rest)?.[0];
  if (operator === undefined) return undefined;
  const operand = rest.slice(operator.length);
  if (operator === ':' || operator[0] === '/') {
    const at = separator(operand, operator === ':' ? ':' : '/', operator === '//' && operand[0] === '/' ? 1 : 0);
    return {
      ...operation,
      operator,
      operand: at < 0 ? operand : operand.slice(0, at),
      ...(at < 0 ? {} : { second: operand.slice(at + 1) }),
    };
  }
  return { ...operation, operator, operand };
}

/** The bracket that closes the one at a position; -1 for none. */
function closing(text: Bytes, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i = skip(text, i)) {
    if (text[i] === '[') depth++;
    else if (text[i] === ']' && --depth === 0) return i;
  }
  return -1;
}

/** Where the second operand begins: outside of quotes, substitutions, and (`:`) of parentheses and `?:`. */
function separator(text: Bytes, wanted: ':' | '/', from: number): number {
  let depth = 0;
  let questions = 0;
  for (let i = from; i < text.length; i = skip(text, i)) {
    const c = text[i];
    if (c === wanted && depth === 0 && (wanted === '/' || questions-- === 0)) return i;
    if (wanted === ':' && c === '(') depth++;
    else if (wanted === ':' && c === ')') depth--;
    else if (wanted === ':' && c === '?') questions++;
  }
  return -1;
}

/** Past what stands at a position: one character, or a quoted or substituted stretch. */
function skip(text: Bytes, at: number): number {
  const c = text[at];
  if (c === '\\') return at + 2;
  if (c !== "'" && c !== '"' && c !== '`' && !(c === '$' && /[({]/.test(text[at + 1] ?? ''))) return at + 1;
  if (c === '$') {
    const grammar = new Grammar(text, at, 1, plain);
    try {
      grammar.dollar(false);
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      return text.length;
    }
    return grammar.at;
  }
  let end = at + 1;
  while (end < text.length && text[end] !== c) end += text[end] === '\\' && c !== "'" ? 2 : 1;
  return end + 1;
}
