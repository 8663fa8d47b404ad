// Assignments from the tree: scalars, elements, whole arrays; and what a subscript stands for.
import type { Bytes } from '../machine/machine.ts';
import { Discard, ExpansionError } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { wholeWord } from './parse.ts';
import { assignmentText } from './print.ts';
import { singleQuote } from './quote.ts';
import type { ArrayValue, Assignment } from './syntax.ts';
import { traceAssignment } from './trace.ts';
import { ELEMENT, isArray, isAssociative, ReadonlyError, type Variable } from './variables.ts';

/** The key of a subscript: text for associative arrays, else the value of the expression; undefined when an array has no such place. */
export async function subscriptOf(shell: Interpreter, name: string, index: Bytes): Promise<Bytes | undefined> {
  const value = shell.variables.find(name)?.value;
  if (isAssociative(value)) {
    if (/^[\w./:-]+$/.test(index)) return index;
    const word = shell.expander.parsed(() => wholeWord(index, shell.reading()));
    return shell.expander.text(word);
  }
  const number =
    /^\d+$/.test(index) && index.length < 15 && index[0] !== '0'
      ? Number(index)
      : Number(await unwinding(() => shell.expander.arithmetic(index)));
  if (number >= 0) return String(number);
  let last = isArray(value) ? -1 : value === undefined ? -1 : 0;
  if (isArray(value)) for (const key of value.keys()) last = Math.max(last, key);
  const place = last + 1 + number;
  return place < 0 ? undefined : String(place);
}

/** An expression that is wrong here gives up more than its line. */
export async function unwinding<T>(compute: () => Promise<T>, name = ''): Promise<T> {
  try {
    return await compute();
  } catch (error) {
    if (!(error instanceof ExpansionError) || error.fatal) throw error;
    const further = new ExpansionError(`${name}${error.message}`);
    further.unwinds = true;
    throw further;
  }
}

export interface HowToAssign {
  /** In the function's own scope. */
  local?: boolean;
  /** A line of `set -x` tells it. */
  trace?: boolean;
}

/** Assigns a variable from the tree. */
export async function assignFromTree(
  shell: Interpreter,
  assignment: Assignment,
  { local = false, trace = false }: HowToAssign = {},
): Promise<void> {
  const { value, append } = assignment;
  const [name, element] = local ? ([assignment.name, undefined] as const) : shell.variables.resolve(assignment.name);
  if (
    !local &&
    shell.variables.own(name)?.reference &&
    shell.variables.own(name)!.value !== undefined &&
    shell.variables.circular(name)
  ) {
    await shell.complain(`warning: ${assignment.name}: circular name reference`);
    throw new Discard();
  }
  const subscript = assignment.index ?? element;
  if (value.type === 'Array') {
    if (subscript !== undefined) {
      await shell.complain(`${assignment.name}[${subscript}]: cannot assign list to array member`);
      throw new FailedAssignment();
    }
    if (trace) await traceAssignment(shell, assignment, value.text);
    const variable = local ? shell.variables.local(name) : shell.variables.obtain(name);
    if (variable.readonly) throw new ReadonlyError(name);
    await assignList(shell, variable, name, value, append);
    return;
  }
  const text = await shell.expander.value(value);
  const variable = local ? shell.variables.local(name) : shell.variables.obtain(name);
  let index: Bytes | undefined;
  if (subscript !== undefined) {
    index =
      subscript === '' || ((subscript === '*' || subscript === '@') && !isAssociative(variable.value))
        ? undefined
        : await subscriptOf(shell, name, subscript);
    if (index === undefined || (isAssociative(variable.value) && index === ''))
      throw new ExpansionError(`${assignment.name}[${subscript}]: bad array subscript`);
  }
  if (trace) await traceAssignment(shell, assignment, text);
  assignScalar(shell, variable, name, text, index, append);
}

/** A list given to one element was refused, and that was said. */
export class FailedAssignment extends ExpansionError {
  constructor() {
    super('');
  }
}

/** Assigns a text, evaluated when the variable is an integer. */
export function assignScalar(
  shell: Interpreter,
  variable: Variable,
  name: string,
  text: Bytes,
  index: Bytes | undefined,
  append: boolean,
): void {
  if (shell.dialect === 'bash') shell.assignDynamic(name, text);
  if (!variable.integer) {
    shell.variables.assign(variable, name, text, index, append);
    return;
  }
  if (variable.readonly) throw new ReadonlyError(name);
  const before = append ? shell.expander.compute(shell.variables.get(name, index) ?? '0') : 0n;
  shell.variables.assign(variable, name, String(BigInt.asIntN(64, before + shell.expander.compute(text))), index);
}

async function assignList(
  shell: Interpreter,
  variable: Variable,
  name: string,
  list: ArrayValue,
  append: boolean,
): Promise<void> {
  const change = (text: Bytes): Bytes =>
    shell.variables.shaped(variable, variable.integer ? String(shell.expander.compute(text)) : text);
  const old = variable.value;
  delete variable.bare;
  if (isAssociative(old)) {
    const keys = append ? new Map(old.keys) : new Map<Bytes, Bytes>();
    const plain: Bytes[] = [];
    for (const { key, append: more, word } of list.elements) {
      if (key === undefined) {
        for (const text of await shell.expander.words([word])) plain.push(text);
        continue;
      }
      const place = await subscriptOf(shell, name, key);
      const text = await shell.expander.value(word);
      if (place === undefined || place === '') {
        await shell.complain(`${name}: ${key === '' ? `[]=${text}` : `[${key}]=${text}`}: bad array subscript`);
        continue;
      }
      keys.set(place, more ? (keys.get(place) ?? '') + text : change(text));
    }
    if (plain.length > 0 && list.elements[0]!.key !== undefined) {
      for (const text of plain)
        await shell.complain(`${name}: ${singleQuote(text)}: must use subscript when assigning associative array`);
    } else for (let i = 0; i < plain.length; i += 2) keys.set(plain[i]!, change(plain[i + 1] ?? ''));
    variable.value = { keys };
    return;
  }
  const fresh =
    append && old !== undefined
      ? isArray(old)
        ? new Map(old)
        : new Map([[0, old as Bytes]])
      : new Map<number, Bytes>();
  let next = 0;
  for (const index of fresh.keys()) next = Math.max(next, index + 1);
  for (const { key, append: more, word } of list.elements) {
    if (key === undefined) {
      for (const text of await shell.expander.words([word])) {
        shell.variables.grow(text.length + ELEMENT);
        fresh.set(next++, change(text));
      }
      continue;
    }
    const text = await shell.expander.value(word);
    let place = key === '' ? undefined : Number(await shell.expander.arithmetic(key));
    if (place !== undefined && place < 0) place += Math.max(0, ...fresh.keys()) + 1;
    if (place === undefined || place < 0) {
      await shell.complain(`${key === '' ? `[]=${text}` : `[${key}]=${text}`}: bad array subscript`);
      continue;
    }
    next = place + 1;
    shell.variables.grow(text.length + ELEMENT);
    fresh.set(
      place,
      more && variable.integer
        ? String(shell.expander.compute(`${fresh.get(place) ?? 0}+(${text})`))
        : more
          ? (fresh.get(place) ?? '') + text
          : change(text),
    );
  }
  variable.value = fresh;
}

/** What an assignment of a program's environment gives. */
export async function environmentValue(shell: Interpreter, assignment: Assignment): Promise<Bytes> {
  if (assignment.value.type === 'Array') return assignmentText(assignment).slice(assignment.name.length + 1);
  const text = await shell.expander.value(assignment.value);
  await traceAssignment(shell, assignment, text);
  return text;
}
