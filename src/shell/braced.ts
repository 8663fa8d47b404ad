// `${…}`: lengths, defaults, slices, removals, replacements, changes of case, transformations, names and indirection.
import type { Bytes, Process } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { ExpansionError } from './control.ts';
import { ansiC } from './escape.ts';
import type { Expander, Piece } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { characters, lower, toggled, upper } from './letters.ts';
import { DYNAMIC } from './parameters.ts';
import { operationOf, quotedWord, wholeWord } from './parse.ts';
import { findIn, matches, prefixLength, suffixStart } from './pattern.ts';
import { promptText } from './prompt.ts';
import { attributes, declaration, doubleQuote, reusableQuote } from './quote.ts';
import type { BracedParameter, Operation, Word } from './syntax.ts';
import { isArray, isAssociative } from './variables.ts';

type ListKind = '@' | '*';

/** What an operation works on: one value, or the elements of a list. */
interface Subject {
  name: string;
  index?: Bytes;
  kind?: ListKind;
  values?: Bytes[];
  value?: Bytes | undefined;
}

export async function expandBraced(
  expander: Expander,
  shell: Interpreter,
  part: BracedParameter,
  quoted: boolean,
): Promise<Piece[]> {
  const operation = operationOf(part);
  if (operation === 'bad' || (shell.dialect !== 'bash' && !portable(shell.dialect, operation))) {
    if (shell.dialect === 'bash') throw new ExpansionError(`${part.text}: bad substitution`);
    throw new ExpansionError(shell.dialect === 'ash' ? 'syntax error: bad substitution' : 'Bad substitution');
  }
  const one = (text: Bytes): Piece[] => [quoted ? { text, quoted } : { text, quoted, split: true }];
  let nothing = (): Piece[] => (quoted ? [{ text: '', quoted }] : []);
  const { operator } = operation;
  if (operator === 'names')
    return expander.list(namesFrom(shell, operation.name), operation.operand as ListKind, quoted);
  const subject = await subjectOf(expander, shell, operation, part);
  if (typeof subject === 'string') return one(subject);
  if ('keys' in subject) return expander.list(subject.keys, subject.kind, quoted);
  const { name, kind, values, value } = subject;
  if (kind === '@') nothing = () => [];
  const unset = values ? values.length === 0 : value === undefined;
  if (operation.prefix === '#') {
    if (values) {
      if (unset && shell.options.has('nounset') && !'@*'.includes(name) && !shell.variables.find(name)?.value)
        throw new ExpansionError(`${name}: unbound variable`);
      return one(String(shell.dialect === 'bash' ? values.length : characters(values.join(' ')).length));
    }
    if (value === undefined) expander.unbound(name);
    return one(String(characters(value ?? '').length));
  }
  const plain = (): Piece[] =>
    values ? expander.list(values, kind!, quoted) : value === undefined ? nothing() : one(value);
  if (/^:?[-=?+]$/.test(operator)) {
    const colon = operator.length === 2;
    // To dash and ash "$@" is set, however few there are.
    const none = unset && !(shell.dialect !== 'bash' && values && !colon && quoted);
    const set = !none && !(colon && (values ? values.join('') === '' : value === ''));
    const operand = () => operandPieces(expander, shell, operation, quoted);
    if (operator.endsWith('+')) return set ? operand() : nothing();
    if (set) return plain();
    if (operator.endsWith('-')) return operand();
    const text = (await operand()).map((piece) => (typeof piece === 'string' ? ' ' : piece.text)).join('');
    if (operator.endsWith('?'))
      throw new ExpansionError(
        `${shown(subject)}: ${text || (colon ? 'parameter null or not set' : 'parameter not set')}`,
        true,
      );
    if (!/^[a-zA-Z_]/.test(name) || kind) throw new ExpansionError(`$${name}: cannot assign in this way`);
    shell.assignText(name, text, subject.index);
    return one(text);
  }
  if (unset && !values && operator !== '@') expander.unbound(shown(subject));
  if (operator === '') return plain();
  if (operator === ':') return slice(expander, shell, operation, subject, one, nothing, quoted);
  if (operator === '@' && !/^[QEPAaKkuUL]$/.test(operation.operand!)) {
    if (unset) return nothing();
    throw new ExpansionError(`${part.text}: bad substitution`);
  }
  if (operator === '@') return transform(expander, shell, operation.operand!, subject, one, nothing, quoted);
  const change = await changeOf(expander, shell, operation);
  if (values) {
    const changed: Bytes[] = [];
    for (const text of values) {
      const turn = shell.process.step(1);
      if (turn) await turn;
      changed.push(await change(text));
    }
    return expander.list(changed, kind!, quoted);
  }
  return value === undefined ? nothing() : one(await change(value));
}

/** The variables whose names begin so, those that have their value only when asked for it included. */
function namesFrom(shell: Interpreter, prefix: string): string[] {
  const names = new Set(shell.variables.names().filter((name) => shell.variables.find(name)?.value !== undefined));
  if (shell.dialect === 'bash')
    for (const name of Object.keys(DYNAMIC))
      if (!shell.variables.isUnsetDynamic(name) && (name !== 'FUNCNAME' || shell.calls > 0)) names.add(name);
  return [...names].filter((name) => name.startsWith(prefix)).sort((a, b) => (a < b ? -1 : 1));
}

/** Finds what is asked for. A string is the answer itself; `keys` are those of `${!a[@]}`. */
async function subjectOf(
  expander: Expander,
  shell: Interpreter,
  operation: Operation,
  part: BracedParameter,
): Promise<Subject | string | { keys: Bytes[]; kind: ListKind }> {
  let { name, index } = operation;
  if (operation.prefix === '!') {
    if ((index === '@' || index === '*') && operation.operator === '')
      return { keys: shell.indices(name), kind: index };
    const variable = shell.variables.own(name);
    if (variable?.reference && index === undefined && operation.operator === '') return String(variable.value ?? '');
    const list = name === '@' || name === '*';
    const target = list ? shell.positional.join(' ') : await valueOf(expander, shell, name, index);
    if (target === undefined) {
      if (operation.operator === '' || !/^:?[-+=?]/.test(operation.operator) || variable?.value === undefined)
        throw new ExpansionError(`${name}: invalid indirect expansion`);
    }
    const match = /^(?:([a-zA-Z_]\w*)(?:\[([\s\S]*)\])?|\d+|[@*#?$!-])$/.exec(target ?? '');
    if (!match) throw new ExpansionError(`${target}: invalid variable name`);
    name = match[1] ?? target!;
    index = match[2];
  }
  if (name === '@' || name === '*') return { name, kind: name, values: [...shell.positional] };
  if (index === '@' || index === '*') {
    const target = shell.variables.resolve(name);
    return { name: target[0], index, kind: index, values: target[1] === undefined ? shell.elements(target[0]) : [] };
  }
  void part;
  return { name, ...(index === undefined ? {} : { index }), value: await valueOf(expander, shell, name, index) };
}

/** The value of a parameter or element; a subscript that is none is told, and has no value. */
async function valueOf(
  expander: Expander,
  shell: Interpreter,
  name: string,
  index?: Bytes,
): Promise<Bytes | undefined> {
  if (index === undefined) return shell.parameter(name);
  const key = await shell.subscript(name, index);
  if (key === undefined) {
    await shell.complain(`${name}: bad array subscript`);
    return undefined;
  }
  void expander;
  return shell.parameter(name, key);
}

const shown = ({ name, index }: Subject): string => (index === undefined ? name : `${name}[${index}]`);

/** The operand as a word, parsed once for each place it may stand in. */
function operandWord(
  expander: Expander,
  shell: Interpreter,
  operation: Operation,
  which: 'operand' | 'second',
  double: boolean,
): Word {
  const key = `${which}${double}${shell.options.has('extglob')}`;
  let word = operation.words.get(key);
  if (!word) {
    const text = operation[which] ?? '';
    const line = Math.max(1, shell.line - shell.offset);
    word = expander.parsed(() =>
      double ? quotedWord(text, shell.reading(), '}', line) : wholeWord(text, shell.reading(), line),
    );
    operation.words.set(key, word);
  }
  return word;
}

async function operandPieces(
  expander: Expander,
  shell: Interpreter,
  operation: Operation,
  quoted: boolean,
): Promise<Piece[]> {
  const word = operandWord(expander, shell, operation, 'operand', quoted);
  if (quoted) return expander.parts(word.parts ?? [{ type: 'Quoted', value: word.text }], true);
  const pieces = await expander.pieces(word, 'plain');
  // What stands unquoted in the operand is split, too.
  for (const piece of pieces) if (typeof piece !== 'string' && !piece.quoted) piece.split = true;
  return pieces;
}

async function slice(
  expander: Expander,
  shell: Interpreter,
  operation: Operation,
  { name, kind, values, value }: Subject,
  one: (text: Bytes) => Piece[],
  nothing: () => Piece[],
  quoted: boolean,
): Promise<Piece[]> {
  if (operation.operand === '' && operation.second === undefined)
    throw new ExpansionError(`\${${name}:}: bad substitution`);
  if (values === undefined && value === undefined) return nothing();
  // A wrong expression names the parameter.
  const number = async (text: Bytes): Promise<number> => {
    try {
      return Number(await expander.arithmetic(text));
    } catch (error) {
      if (!(error instanceof ExpansionError) || error.fatal || shell.dialect !== 'bash') throw error;
      throw new ExpansionError(`${name}: ${error.message}`);
    }
  };
  const offset = await number(operation.operand!);
  const length = operation.second === undefined ? undefined : await number(operation.second);
  const tooShort = () => new ExpansionError(`${operation.second}: substring expression < 0`);
  if (values) {
    const positional = name === '@' || name === '*';
    if (length !== undefined && length < 0) throw tooShort();
    const variable = positional ? undefined : shell.variables.find(name);
    if (positional || !isArray(variable?.value)) {
      const all = positional ? [shell.name, ...values] : values;
      const from = offset < 0 ? all.length + offset : offset;
      if (from < 0) return expander.list([], kind!, quoted);
      return expander.list(all.slice(from, length === undefined ? undefined : from + length), kind!, quoted);
    }
    // The offset of an array is an index, its length a number of elements.
    const entries = [...variable.value].sort(([a], [b]) => a - b);
    const last = entries.at(-1)?.[0] ?? -1;
    const from = offset < 0 ? last + 1 + offset : offset;
    const rest = from < 0 ? [] : entries.filter(([key]) => key >= from).map(([, text]) => text);
    return expander.list(length === undefined ? rest : rest.slice(0, length), kind!, quoted);
  }
  const text = characters(value!);
  const from = offset < 0 ? text.length + offset : offset;
  if (from < 0 || from > text.length) return one('');
  const to = length === undefined ? text.length : length < 0 ? text.length + length : from + length;
  if (to < from) throw tooShort();
  return one(text.slice(from, to).join(''));
}

async function transform(
  expander: Expander,
  shell: Interpreter,
  letter: string,
  { name, index, kind, values, value }: Subject,
  one: (text: Bytes) => Piece[],
  nothing: () => Piece[],
  quoted: boolean,
): Promise<Piece[]> {
  const { variables } = shell;
  const variable = /^[a-zA-Z_]/.test(name) ? variables.find(name) : undefined;
  if (letter === 'a') {
    if (!variable) return nothing();
    const letters = attributes(variable).replace(/^-+/, '');
    if (values)
      return expander.list(
        values.map(() => letters),
        kind!,
        quoted,
      );
    return value === undefined && index !== undefined ? nothing() : one(letters);
  }
  if (letter === 'A') {
    if (values && (name === '@' || name === '*'))
      return values.length === 0 ? nothing() : one(`set -- ${values.map(reusableQuote).join(' ')}`);
    if (!variable) return nothing();
    if (values) return one(declaration(name, variable));
    const letters = attributes(variable);
    if (value === undefined)
      return letters === '--' || index !== undefined ? nothing() : one(`declare ${letters} ${name}`);
    return one(`${letters === '--' ? '' : `declare ${letters} `}${name}=${reusableQuote(value)}`);
  }
  if ((letter === 'K' || letter === 'k') && values && name !== '@' && name !== '*') {
    const keys = variables.indices(name);
    if (letter === 'k')
      return expander.list(
        keys.flatMap((key, i) => [key, values[i] ?? '']),
        kind!,
        quoted,
      );
    const key = (text: Bytes) => (isAssociative(variable?.value) && !/^\w+$/.test(text) ? doubleQuote(text) : text);
    return one(
      keys.map((text, i) => `${key(text)} ${doubleQuote(values[i] ?? '')}`).join(' ') +
        (isAssociative(variable?.value) && keys.length > 0 ? ' ' : ''),
    );
  }
  const change = async (text: Bytes): Promise<Bytes> => {
    switch (letter) {
      case 'Q':
      case 'K':
      case 'k':
        return reusableQuote(text);
      case 'U':
        return upper(text);
      case 'L':
        return lower(text);
      case 'u': {
        const [first = '', ...rest] = characters(text);
        return upper(first) + rest.join('');
      }
      case 'E':
        return ansiC(text, false);
      default:
        return promptText(shell, text);
    }
  };
  if (values) return expander.list(await Promise.all(values.map(change)), kind!, quoted);
  if (value === undefined) {
    expander.unbound(name);
    return nothing();
  }
  return one(await change(value));
}

/** What `#`, `%`, `/`, `^`, `,` and `~` do to one value. */
async function changeOf(
  expander: Expander,
  shell: Interpreter,
  operation: Operation,
): Promise<(text: Bytes) => Bytes | Promise<Bytes>> {
  const { operator } = operation;
  const pattern = await expander.pattern(operandWord(expander, shell, operation, 'operand', false));
  const longest = operator.length === 2;
  switch (operator[0]) {
    case '#':
      return (text) => {
        const length = prefixLength(pattern, text, longest);
        return length < 0 ? text : text.slice(length);
      };
    case '%':
      return (text) => {
        const start = suffixStart(pattern, text, longest);
        return start < 0 ? text : text.slice(0, start);
      };
    case '/': {
      const pieces = await expander.pieces(operandWord(expander, shell, operation, 'second', false), 'plain');
      // An unquoted & stands for what matched (patsub_replacement).
      const ampersand = shell.dialect === 'bash' && !shell.options.has('no:patsub_replacement');
      const replacement = (matched: Bytes) =>
        pieces
          .map((piece) =>
            typeof piece === 'string'
              ? ' '
              : piece.quoted || !ampersand
                ? piece.text
                : piece.text.replace(/\\?&/g, (c) => (c === '&' ? matched : '&')),
          )
          .join('');
      return (text) => replace(shell.process, text, pattern, replacement, operator, shell.options.has('nocasematch'));
    }
  }
  const wanted = operation.operand ? pattern : '?';
  const recase = operator[0] === '^' ? upper : operator[0] === ',' ? lower : toggled;
  return (text) => {
    owe(text.length >> 2);
    if (longest && wanted === '?') return recase(text);
    return characters(text)
      .map((c, i) => ((longest || i === 0) && (wanted === '?' || matches(wanted, c)) ? recase(c) : c))
      .join('');
  };
}

/** What POSIX has of `${…}`; ash knows slices and replacements too. */
function portable(dialect: string, { prefix, index, operator }: Operation): boolean {
  if (prefix === '!' || index !== undefined) return false;
  if (operator === '' || /^(:?[-=?+]|##?|%%?)$/.test(operator)) return true;
  return dialect === 'ash' && (operator === ':' || operator[0] === '/');
}

async function replace(
  process: Process,
  text: Bytes,
  pattern: Bytes,
  replacement: (matched: Bytes) => Bytes,
  operator: string,
  ignoreCase: boolean,
): Promise<Bytes> {
  const subject = ignoreCase ? lower(text) : text;
  const wanted = ignoreCase ? lower(pattern) : pattern;
  if (operator === '/#') {
    const length = prefixLength(wanted, subject, true);
    return length < 0 ? text : replacement(text.slice(0, length)) + text.slice(length);
  }
  if (operator === '/%') {
    const start = suffixStart(wanted, subject, true);
    return start < 0 ? text : text.slice(0, start) + replacement(text.slice(start));
  }
  if (pattern === '') return text;
  let out = '';
  for (let at = 0; ; ) {
    const turn = process.step(1);
    if (turn) await turn;
    const found = findIn(wanted, subject, at);
    if (!found || (found[1] === found[0] && found[0] === text.length && at > 0)) return out + text.slice(at);
    out += text.slice(at, found[0]) + replacement(text.slice(found[0], found[1]));
    if (found[1] === found[0]) {
      out += text.slice(found[1], found[1] + 1);
      at = found[1] + 1;
    } else at = found[1];
    if (operator === '/' || at > text.length) return out + text.slice(at);
  }
}
