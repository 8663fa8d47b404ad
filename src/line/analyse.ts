// What one line that was handed to a shell says: its commands, what it had encoded, and where it points. Pure: nothing is run or opened.
import { LONGEST_TEXT } from '../event/indicators.ts';
import type { Bytes } from '../machine/machine.ts';
import { SyntaxFailure } from '../shell/lexer.ts';
import { LONGEST, operationOf, quotedWord, type Reading, wholeScript, wholeWord } from '../shell/parse.ts';
import type {
  Assignment,
  BracedParameter,
  Command,
  Node,
  Redirection,
  Statement,
  Word,
  WordPart,
} from '../shell/syntax.ts';
import { blindBase64, hiddenIn } from './embedded.ts';
import { LONGEST_OUTPUT, outputOf } from './filters.ts';
import { type Analysis, Findings } from './findings.ts';
import { prefixed, SHELLS } from './prefix.ts';
import { targetsOf } from './targets.ts';

/** Attackers write for bash; what no other shell takes is told all the same. */
const READING: Reading = { dialect: 'bash', extglob: true };
/** Nodes of the tree that are looked at, loops counted for each round. */
const MOST_NODES = 3000;
/** Delimiters that one text may have. */
const MOST_TOKENS = 4000;
/** Scripts inside of scripts: `eval`, `sh -c`, `base64 -d | sh`. */
const DEEPEST = 6;
/** Rounds of one `for` that are followed. */
const MOST_ROUNDS = 24;
/** Bytes that all decoded texts may have together. */
const MOST_OUTPUT = 512 << 10;

/** A text whose value the line tells, or as it stands in the source. */
interface Value {
  text: Bytes;
  known: boolean;
}

/** What is told of a command besides its words. */
type Told = NonNullable<Parameters<Findings['command']>[1]>;

/** Looks at a line, an exec string or the text of a script. */
export function analyse(text: Bytes): Analysis {
  const findings = new Findings();
  const part = readable(text);
  new Reader(findings).script(part, 0);
  if (part.length < text.length) findings.cut = true;
  return findings.result();
}

/** As much of a text as is read at once: the parser's time goes with the tokens, not with the length. */
function readable(text: Bytes): Bytes {
  if (text.length <= MOST_TOKENS) return text;
  let tokens = 0;
  for (const { index } of text.matchAll(/[\s"'`$;|&(){}<>\\[\]=]+?/g))
    if (++tokens >= MOST_TOKENS) return text.slice(0, index);
  return text.length > LONGEST ? text.slice(0, LONGEST) : text;
}

class Reader {
  readonly #findings: Findings;
  readonly #variables = new Map<string, Value>();
  readonly #files = new Map<Bytes, Bytes>();
  #nodes = 0;
  #output = 0;
  /** Of the command of the line itself inside which a further text is read. */
  #holder: Command['span'];

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  script(text: Bytes, depth: number): void {
    if (depth > DEEPEST) {
      this.#findings.cut = true;
      return;
    }
    const { statements, problem } = wholeScript(depth === 0 ? text : readable(text), READING);
    this.#list(statements, depth, undefined);
    // Of what no shell would take, and of what follows it, only the plain text tells.
    if (problem) this.#findings.text(text.slice(0, LONGEST_TEXT));
    else for (const [comment] of text.matchAll(/(?<![^\s;])#[^\n]*/g)) this.#findings.text(comment);
  }

  #list(statements: readonly Statement[], depth: number, input: Bytes | undefined): Bytes | undefined {
    let output: Bytes | undefined = '';
    for (const { command } of statements) {
      const more = this.#node(command, depth, input);
      output = output === undefined || more === undefined ? undefined : output + more;
    }
    return output;
  }

  #andOr(commands: readonly Node[], depth: number, input: Bytes | undefined): Bytes | undefined {
    let output: Bytes | undefined = '';
    for (const command of commands) {
      const more = this.#node(command, depth, input);
      output = output === undefined || more === undefined ? undefined : output + more;
    }
    return output;
  }

  /** Follows one node; its output, if the line tells it. */
  #node(node: Node, depth: number, input: Bytes | undefined): Bytes | undefined {
    if (++this.#nodes > MOST_NODES) {
      this.#findings.cut = true;
      return undefined;
    }
    switch (node.type) {
      case 'AndOr':
        return this.#andOr(node.commands, depth, input);
      case 'Pipeline': {
        let flow = input;
        for (const command of node.commands) flow = this.#node(command, depth, flow);
        return flow;
      }
      case 'Command':
        return this.#command(node, depth, input);
      case 'Redirected': {
        const inside = this.#redirects(node.redirects, depth, input);
        return this.#written(inside.to, this.#node(node.command, depth, inside.input));
      }
      case 'If':
        for (const { test, body } of node.branches) {
          this.#list(test, depth, undefined);
          this.#list(body, depth, input);
        }
        if (node.otherwise) this.#list(node.otherwise, depth, input);
        return undefined;
      case 'For':
      case 'Select': {
        const words = (node.words ?? []).flatMap((word) => this.#words(word, depth));
        const before = this.#findings.quiet;
        for (const [round, word] of (words.length > 0 ? words : [undefined]).slice(0, MOST_ROUNDS).entries()) {
          if (word) this.#variables.set(node.name.text, word);
          this.#list(node.body, depth, input);
          // The commands of a body are told once, where it points each time.
          if (round === 0) this.#findings.quiet = true;
        }
        this.#findings.quiet = before;
        return undefined;
      }
      case 'While':
        this.#list(node.test, depth, input);
        this.#list(node.body, depth, input);
        return undefined;
      case 'ArithmeticFor':
        this.#list(node.body, depth, input);
        return undefined;
      case 'Subshell':
      case 'Group':
        return this.#list(node.body, depth, input);
      case 'Case':
        this.#value(node.word, depth);
        for (const item of node.items) this.#list(item.body, depth, input);
        return undefined;
      case 'Function':
      case 'Coprocess':
        this.#node(node.body, depth, undefined);
        return '';
      default:
        return undefined;
    }
  }

  #command(command: Command, depth: number, piped: Bytes | undefined): Bytes | undefined {
    for (const assignment of command.assignments) this.#assign(assignment, depth);
    const { input, to } = this.#redirects(command.redirects, depth, piped);
    const assigned = command.assignments.map(({ name }) => `${name}=${this.#variables.get(name)?.text ?? ''}`);
    const told = { assigned, span: this.#holder ?? command.span, ...(to ? { writes: to.path } : {}) };
    const words: Value[] = [];
    for (const word of command.words) {
      const { assignment } = word;
      if (!assignment || words.length === 0) words.push(...this.#words(word, depth));
      else {
        this.#assign(assignment, depth);
        const value = assignment.value.type === 'Word' ? this.#value(assignment.value, depth) : undefined;
        words.push({ text: value ? `${assignment.name}=${value.text}` : word.text, known: value?.known ?? false });
      }
    }
    if (words.length === 0) {
      if (to || assigned.length > 0) this.#findings.command([], told);
      return this.#written(to, '');
    }
    return this.#written(to, this.#run(words, depth, input, told));
  }

  /** One command by its words: told, looked into, and followed where it runs another text. */
  #run(words: readonly Value[], depth: number, input: Bytes | undefined, told: Told): Bytes | undefined {
    if (words.length === 0) return '';
    this.#findings.command(
      words.map(({ text }) => text),
      told,
    );
    const inner = prefixed(words.map(({ text }) => text));
    const args = words.slice(words.length - inner.length);
    const name = (inner[0] ?? '').replace(/^.*\//, '');
    const rest = inner.slice(1);
    const file = (path: Bytes) => this.#files.get(path);
    for (const target of targetsOf(name, rest)) this.#findings.target(target);
    if (SHELLS.has(name) || name === '.' || name === 'source' || name === 'su') {
      const at = rest.findIndex((word) => /^-[a-z]*c$/.test(word));
      const script =
        at >= 0 && name !== '.'
          ? rest[at + 1]
          : (file(rest.find((word) => !/^[-+]/.test(word)) ?? '') ??
            (rest.every((word) => /^(?:-s?|-[a-z]|\/dev\/stdin|\/dev\/fd\/0|\/proc\/self\/fd\/0)$/.test(word))
              ? input
              : undefined));
      if (script !== undefined) this.#inside(script, depth, told);
      return undefined;
    }
    if (name === 'eval') {
      if (args.slice(1).every(({ known }) => known)) this.#inside(rest.join(' '), depth, told);
      return undefined;
    }
    if (/^(?:python|perl|php|ruby|node|lua)[\d.]*$/.test(name)) {
      for (const text of [...rest, input ?? '']) this.#hidden(text, depth);
      return undefined;
    }
    if (name === 'tee') {
      if (input !== undefined) for (const path of rest) if (!path.startsWith('-')) this.#keep(path, input);
      return input;
    }
    if (name === 'xargs' && input !== undefined && rest.length > 0) {
      const more = input
        .split(/\s+/)
        .filter((word) => word !== '')
        .slice(0, 256);
      return this.#run(
        [...args.slice(1), ...more].map((v) => (typeof v === 'string' ? { text: v, known: true } : v)),
        depth + 1,
        '',
        told,
      );
    }
    if (file(inner[0] ?? '') !== undefined) this.#inside(file(inner[0]!)!, depth, told);
    if (!args.slice(1).every(({ known }) => known)) return undefined;
    const output = outputOf(name, rest, input, file);
    if (!output) return undefined;
    this.#output += output.text.length;
    if (this.#output > MOST_OUTPUT) {
      this.#findings.cut = true;
      return undefined;
    }
    if (output.how !== undefined && output.text !== '') this.#findings.stage(output.how, output.text);
    else if (output.text.length > 32) this.#hidden(output.text, depth, true);
    return output.text;
  }

  /** A text of its own that a command runs. */
  #inside(text: Bytes, depth: number, { span }: Told): void {
    const before = this.#holder;
    this.#holder = span;
    this.script(text, depth + 1);
    this.#holder = before;
  }

  /** Texts inside of a program of another language, or blind inside of any. */
  #hidden(text: Bytes, depth: number, blind = false): void {
    if (depth > DEEPEST || text.length < 16) return;
    for (const { how, text: inside } of blind ? blindBase64(text) : hiddenIn(text)) {
      this.#output += inside.length;
      if (this.#output > MOST_OUTPUT) return;
      if (!this.#findings.stage(how, inside)) continue;
      this.#hidden(inside, depth + 1);
    }
  }

  #written(to: { path: Bytes; append: boolean } | undefined, output: Bytes | undefined): Bytes | undefined {
    if (!to) return output;
    if (output === undefined) this.#files.delete(to.path);
    else this.#keep(to.path, to.append ? (this.#files.get(to.path) ?? '') + output : output);
    return '';
  }

  #keep(path: Bytes, content: Bytes): void {
    if (this.#files.size < 64 && content.length <= LONGEST_OUTPUT) this.#files.set(path, content);
  }

  #redirects(
    redirects: readonly Redirection[],
    depth: number,
    piped: Bytes | undefined,
  ): { input: Bytes | undefined; to: { path: Bytes; append: boolean } | undefined } {
    let input = piped;
    let to: { path: Bytes; append: boolean } | undefined;
    for (const redirect of redirects) {
      const { operator, descriptor, target, document } = redirect;
      if (document) {
        const value = document.quoted ? { text: document.body, known: true } : this.#document(document.body, depth);
        this.#findings.text(value.text);
        input = value.known ? value.text : undefined;
        continue;
      }
      const value = this.#value(target, depth);
      if (operator === '<<<') {
        input = value.known ? `${value.text}\n` : undefined;
        continue;
      }
      this.#findings.text(value.text, true);
      if (operator === '<') input = this.#files.get(value.text);
      else if (/^(?:>|>>|>\||&>|&>>)$/.test(operator) && (descriptor === undefined || descriptor === 1))
        to = { path: value.text, append: operator.endsWith('>>') };
    }
    return { input, to };
  }

  #document(body: Bytes, depth: number): Value {
    const word = readWord(() => quotedWord(body, READING));
    return word ? this.#value(word, depth) : { text: body, known: false };
  }

  #assign(assignment: Assignment, depth: number): void {
    if (assignment.value.type === 'Array') {
      const values = assignment.value.elements.map(({ word }) => this.#value(word, depth));
      this.#variables.set(assignment.name, {
        text: values.map(({ text }) => text).join(' '),
        known: values.every(({ known }) => known),
      });
      return;
    }
    const value = this.#value(assignment.value, depth);
    const before = assignment.append ? this.#variables.get(assignment.name) : undefined;
    const text = (before?.text ?? '') + value.text;
    if (text.length > LONGEST_OUTPUT) this.#variables.delete(assignment.name);
    else this.#variables.set(assignment.name, { text, known: value.known && (before?.known ?? true) });
    this.#findings.text(value.text, true);
    if (value.known && value.text.length > 64) this.#hidden(value.text, depth, true);
  }

  /** A word as its fields: an unquoted variable or command splits. */
  #words(word: Word, depth: number): Value[] {
    const value = this.#value(word, depth);
    const [only] = word.parts ?? [];
    const splits =
      word.parts?.length === 1 && (only!.type === 'Parameter' || only!.type === 'Braced' || only!.type === 'Command');
    const brace = word.parts?.some((part) => part.type === 'Literal' && part.text.includes('{'))
      ? braces(value.text)
      : undefined;
    if (brace) return brace.map((text) => ({ text, known: value.known }));
    if (!splits || !value.known || !/\s/.test(value.text)) return [value];
    return value.text
      .split(/\s+/)
      .filter((text) => text !== '')
      .slice(0, 256)
      .map((text) => ({ text, known: true }));
  }

  #value(word: Word, depth: number): Value {
    if (!word.parts) return { text: word.text, known: true };
    return this.#parts(word.parts, depth);
  }

  #parts(parts: readonly WordPart[], depth: number): Value {
    let text = '';
    let known = true;
    for (const part of parts) {
      const value = this.#part(part, depth);
      if (text.length + value.text.length > LONGEST_OUTPUT) {
        this.#findings.cut = true;
        return { text, known: false };
      }
      text += value.text;
      known &&= value.known;
    }
    return { text, known };
  }

  #part(part: WordPart, depth: number): Value {
    switch (part.type) {
      case 'Literal':
        return { text: part.text.replace(/\\([\s\S])/g, '$1'), known: true };
      case 'Quoted':
        if (part.escaped && /\\[0-7xuU]/.test(part.escaped)) this.#findings.stage("$'…'", part.value);
        return { text: part.value, known: true };
      case 'DoubleQuoted':
        return this.#parts(part.parts, depth);
      case 'Parameter':
        return this.#variables.get(part.name) ?? { text: `$${part.name}`, known: false };
      case 'Braced':
        return this.#parameter(part, depth);
      case 'Command': {
        const output = this.#inner(part.body ?? wholeScript(readable(part.inner), READING).statements, depth);
        return output === undefined
          ? { text: part.text, known: false }
          : { text: output.replace(/\n+$/, ''), known: true };
      }
      case 'Process': {
        const output = this.#inner(part.body, depth);
        if (output === undefined || part.operator === '>') return { text: part.text, known: false };
        // A name of its own under which its reader finds what it prints.
        const path = `/dev/fd/${63 - (this.#files.size % 60)}`;
        this.#keep(path, output);
        return { text: path, known: true };
      }
      case 'Arithmetic':
        return { text: part.text, known: false };
    }
  }

  #inner(statements: readonly Statement[], depth: number): Bytes | undefined {
    return depth > DEEPEST * 4 ? undefined : this.#list(statements, depth + 1, undefined);
  }

  #parameter(part: BracedParameter, depth: number): Value {
    const unknown = { text: part.text, known: false };
    const operation = operationOf(part);
    if (operation === 'bad') return unknown;
    const { operator } = operation;
    const value = operation.prefix || operation.index !== undefined ? undefined : this.#variables.get(operation.name);
    if (operator === '') return value ?? unknown;
    const operand = (text: Bytes): Value | undefined => {
      const word = readWord(() => wholeWord(text, READING));
      return word && this.#value(word, depth);
    };
    if (/^:?-$/.test(operator)) return value ?? operand(operation.operand!) ?? unknown;
    if (!value?.known) return unknown;
    const literal = (text: Bytes | undefined) => {
      const inside = text === undefined ? undefined : operand(text);
      return inside?.known && !/[*?[\]]/.test(inside.text) ? inside.text : undefined;
    };
    if (operator === ':') {
      const offset = Number(literal(operation.operand));
      const length = operation.second === undefined ? undefined : Number(literal(operation.second));
      if (!Number.isInteger(offset) || (length !== undefined && !Number.isInteger(length))) return unknown;
      const from = offset < 0 ? value.text.length + offset : offset;
      const to = length === undefined ? undefined : length < 0 ? value.text.length + length : from + length;
      return { text: value.text.slice(from, to), known: true };
    }
    if (operator === '/' || operator === '//') {
      const [find, put] = [literal(operation.operand), literal(operation.second ?? '')];
      if (!find || put === undefined) return unknown;
      const text = operator === '//' ? value.text.split(find).join(put) : value.text.replace(find, () => put);
      return text.length > LONGEST_OUTPUT ? unknown : { text, known: true };
    }
    return unknown;
  }
}

/** A word that is read again out of a text; undefined: it is none. */
function readWord(read: () => Word): Word | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxFailure) return undefined;
    throw error;
  }
}

/** `{a,b}` without nesting, as attackers write lists of architectures; undefined: something else. */
function braces(text: Bytes): Bytes[] | undefined {
  const match = /^([^{}]*)\{([^{}]*)\}([^{}]*)$/.exec(text);
  if (!match?.[2]?.includes(',')) return undefined;
  const [, before, list, after] = match;
  return list!
    .split(',')
    .slice(0, 64)
    .map((middle) => before + middle + after);
}
