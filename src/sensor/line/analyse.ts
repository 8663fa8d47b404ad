// What one line that was handed to a shell says: its commands, what it had encoded, and where it points. Pure: nothing is run or opened.
import { LONGEST_TEXT } from '../../event/indicators.ts';
import type { Bytes } from '../../machine/machine.ts';
import { ansiC } from '../../shell/escape.ts';
import {
  type Assignment,
  type Command,
  type CommandNode,
  LONGEST,
  type PipelineNode,
  parseScript,
  type Redirection,
  type Script,
  type Statement,
  type Word,
  type WordPart,
} from '../../shell/parse.ts';
import { blindBase64, hiddenIn } from './embedded.ts';
import { LONGEST_OUTPUT, outputOf } from './filters.ts';
import { type Analysis, Findings } from './findings.ts';
import { prefixed, SHELLS } from './prefix.ts';
import { targetsOf } from './targets.ts';

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

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  script(text: Bytes, depth: number): void {
    if (depth > DEEPEST) {
      this.#findings.cut = true;
      return;
    }
    const parsed = parseScript(depth === 0 ? text : readable(text));
    this.#list(parsed.statements, depth, undefined);
    // Of what no shell would take, and of what follows it, only the plain text tells.
    if (parsed.error) this.#findings.text(text.slice(0, LONGEST_TEXT));
    else for (const [comment] of text.matchAll(/(?<![^\s;])#[^\n]*/g)) this.#findings.text(comment);
  }

  #list(statements: readonly Statement[], depth: number, input: Bytes | undefined): Bytes | undefined {
    let output: Bytes | undefined = '';
    for (const statement of statements) {
      const { command } = statement;
      const more =
        command.type === 'AndOr' ? this.#andOr(command.commands, depth, input) : this.#pipeline(command, depth, input);
      output = output === undefined || more === undefined ? undefined : output + more;
    }
    return output;
  }

  #andOr(commands: readonly PipelineNode[], depth: number, input: Bytes | undefined): Bytes | undefined {
    let output: Bytes | undefined = '';
    for (const command of commands) {
      const more = this.#pipeline(command, depth, input);
      output = output === undefined || more === undefined ? undefined : output + more;
    }
    return output;
  }

  #pipeline(node: PipelineNode, depth: number, input: Bytes | undefined): Bytes | undefined {
    if (node.type !== 'Pipeline') return this.#node(node, depth, input);
    let flow = input;
    for (const command of node.commands) flow = this.#node(command, depth, flow);
    return flow;
  }

  /** Follows one node; its output, if the line tells it. */
  #node(node: CommandNode, depth: number, input: Bytes | undefined): Bytes | undefined {
    if (++this.#nodes > MOST_NODES) {
      this.#findings.cut = true;
      return undefined;
    }
    switch (node.type) {
      case 'Command':
        return this.#command(node, depth, input);
      case 'Redirected': {
        const inside = this.#redirects(node.redirects, depth, input);
        return this.#written(inside.to, this.#node(node.command, depth, inside.input));
      }
      case 'If':
        this.#list(node.clause.commands, depth, undefined);
        this.#list(node.then.commands, depth, input);
        for (const { clause, then } of node.elif) {
          this.#list(clause.commands, depth, undefined);
          this.#list(then.commands, depth, input);
        }
        if (node.else) this.#list(node.else.commands, depth, input);
        return undefined;
      case 'For':
      case 'Select': {
        const words = (node.wordlist ?? []).flatMap((word) => this.#words(word, depth));
        const before = this.#findings.quiet;
        for (const [round, word] of (words.length > 0 ? words : [undefined]).slice(0, MOST_ROUNDS).entries()) {
          if (word) this.#variables.set(node.name.text, word);
          this.#list(node.body.commands, depth, input);
          // The commands of a body are told once, where it points each time.
          if (round === 0) this.#findings.quiet = true;
        }
        this.#findings.quiet = before;
        return undefined;
      }
      case 'While':
        this.#list(node.clause.commands, depth, input);
        this.#list(node.body.commands, depth, input);
        return undefined;
      case 'ArithmeticFor':
        this.#list(node.body.commands, depth, input);
        return undefined;
      case 'Subshell':
      case 'BraceGroup':
        return this.#list(node.body.commands, depth, input);
      case 'Case':
        this.#value(node.word, depth);
        for (const item of node.items) this.#list(item.body.commands, depth, input);
        return undefined;
      case 'Function':
      case 'Coproc': {
        const { body } = node;
        if (body.type === 'CompoundList') this.#list(body.commands, depth, undefined);
        else this.#node(body, depth, undefined);
        return '';
      }
      default:
        return undefined;
    }
  }

  #command(command: Command, depth: number, piped: Bytes | undefined): Bytes | undefined {
    for (const part of command.prefix) if (part.type === 'Assignment') this.#assign(part, depth);
    const { input, to } = this.#redirects(command.redirects, depth, piped);
    if (!command.name) return '';
    const words = this.#words(command.name, depth);
    for (const argument of command.args) {
      if (argument.type === 'Word') words.push(...this.#words(argument, depth));
      else {
        this.#assign(argument, depth);
        const value = argument.value.type === 'Word' ? this.#value(argument.value, depth) : undefined;
        words.push({ text: value ? `${argument.name}=${value.text}` : argument.text, known: value?.known ?? false });
      }
    }
    return this.#written(to, this.#run(words, depth, input));
  }

  /** One command by its words: told, looked into, and followed where it runs another text. */
  #run(words: readonly Value[], depth: number, input: Bytes | undefined): Bytes | undefined {
    if (words.length === 0) return '';
    this.#findings.command(words.map(({ text }) => text));
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
      if (script !== undefined) this.script(script, depth + 1);
      return undefined;
    }
    if (name === 'eval') {
      if (args.slice(1).every(({ known }) => known)) this.script(rest.join(' '), depth + 1);
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
      );
    }
    if (file(inner[0] ?? '') !== undefined) this.script(file(inner[0]!)!, depth + 1);
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
      if (redirect.type === 'HereString') {
        const value = redirect.target ? this.#value(redirect.target, depth) : undefined;
        input = value?.known ? `${value.text}\n` : undefined;
      } else if (redirect.type === 'HereDoc') {
        const { body, delimiter } = redirect;
        const value =
          delimiter?.quoted || body.parts === undefined
            ? { text: body.text, known: true }
            : this.#parts(body.parts, depth);
        const text = redirect.operator === '<<-' ? value.text.replace(/^\t+/gm, '') : value.text;
        this.#findings.text(text);
        input = value.known ? text : undefined;
      } else if (redirect.target) {
        const value = this.#value(redirect.target, depth);
        this.#findings.text(value.text, true);
        const { operator } = redirect;
        const descriptor = redirect.descriptor?.type === 'FileDescriptor' ? redirect.descriptor.value : undefined;
        if (operator === '<') input = this.#files.get(value.text);
        else if (/^(?:>|>>|>\||&>|&>>)$/.test(operator) && (descriptor === undefined || descriptor === 1))
          to = { path: value.text, append: operator.endsWith('>>') };
      }
    }
    return { input, to };
  }

  #assign(assignment: Assignment, depth: number): void {
    if (assignment.value.type === 'ArrayValue') {
      const values = assignment.value.elements.map((word) => this.#value(word, depth));
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
      word.parts?.length === 1 &&
      (only!.type === 'SimpleExpansion' || only!.type === 'ParameterExpansion' || only!.type === 'CommandExpansion');
    const brace = word.parts?.some((part) => part.type === 'BraceExpansion') ? braces(value.text) : undefined;
    if (brace) return brace.map((text) => ({ text, known: value.known }));
    if (!splits || !value.known || !/\s/.test(value.text)) return [value];
    return value.text
      .split(/\s+/)
      .filter((text) => text !== '')
      .slice(0, 256)
      .map((text) => ({ text, known: true }));
  }

  #value(word: Word, depth: number): Value {
    if (!word.parts) return { text: word.text.includes('\\') ? word.value : word.text, known: true };
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
      case 'SingleQuoted':
        return { text: part.value, known: true };
      case 'AnsiCQuoted': {
        const text = ansiC(part.text.slice(2, -1));
        if (/\\[0-7xuU]/.test(part.text)) this.#findings.stage("$'…'", text);
        return { text, known: true };
      }
      case 'DoubleQuoted':
      case 'LocaleString':
        return this.#parts(part.parts, depth);
      case 'SimpleExpansion':
        return this.#variables.get(part.text.slice(1)) ?? { text: part.text, known: false };
      case 'ParameterExpansion':
        return this.#parameter(part, depth);
      case 'CommandExpansion': {
        const output = this.#inner(part.script, depth);
        return output === undefined
          ? { text: part.text, known: false }
          : { text: output.replace(/\n+$/, ''), known: true };
      }
      case 'ProcessSubstitution': {
        const output = this.#inner(part.script, depth);
        if (output === undefined || part.operator === '>') return { text: part.text, known: false };
        // A name of its own under which its reader finds what it prints.
        const path = `/dev/fd/${63 - (this.#files.size % 60)}`;
        this.#keep(path, output);
        return { text: path, known: true };
      }
      case 'ArithmeticExpansion':
        return { text: part.text, known: false };
      default:
        return { text: part.text, known: true };
    }
  }

  #inner(script: Script | undefined, depth: number): Bytes | undefined {
    if (!script || depth > DEEPEST * 4) return undefined;
    return this.#list(script.commands, depth + 1, undefined);
  }

  #parameter(part: Extract<WordPart, { type: 'ParameterExpansion' }>, depth: number): Value {
    const unknown = { text: part.text, known: false };
    const { operation } = part;
    const value = part.prefix || part.index ? undefined : this.#variables.get(part.parameter);
    if (!operation) return value ?? unknown;
    if (operation.type === 'Default' && /-$/.test(operation.operator))
      return value ?? this.#value(operation.operand, depth);
    if (!value?.known) return unknown;
    const literal = (word: Word | undefined) => {
      const text = word ? this.#value(word, depth) : undefined;
      return text?.known && !/[*?[\]]/.test(text.text) ? text.text : undefined;
    };
    if (operation.type === 'Slice') {
      const [offset, length] = [
        Number(literal(operation.offset)),
        operation.length ? Number(literal(operation.length)) : undefined,
      ];
      if (!Number.isInteger(offset) || (length !== undefined && !Number.isInteger(length))) return unknown;
      const from = offset < 0 ? value.text.length + offset : offset;
      const to = length === undefined ? undefined : length < 0 ? value.text.length + length : from + length;
      return { text: value.text.slice(from, to), known: true };
    }
    if (operation.type === 'Replace') {
      const [find, put] = [literal(operation.pattern), literal(operation.replacement)];
      if (!find || put === undefined || operation.operator.length > 2 || /[#%]/.test(operation.operator))
        return unknown;
      const text = operation.operator === '//' ? value.text.split(find).join(put) : value.text.replace(find, () => put);
      return text.length > LONGEST_OUTPUT ? unknown : { text, known: true };
    }
    return unknown;
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
