// Assignments from the tree: scalars, elements, whole arrays.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import type { Assignment, Command, Word } from './parse.ts';
import { parseScript } from './parse.ts';
import { ELEMENT, ReadonlyError } from './variables.ts';

/** Assigns a variable from the tree, in the current scope or (with `local`) the function's. */
export async function assignFromTree(shell: Interpreter, assignment: Assignment, local = false): Promise<void> {
  const { name, value, append } = assignment;
  const variable = local ? shell.variables.local(name) : shell.variables.obtain(name);
  if (value.type === 'ArrayValue') {
    if (variable.readonly) throw new ReadonlyError(name);
    const associative = typeof variable.value === 'object' && !(variable.value instanceof Map);
    const old = variable.value;
    if (associative) {
      const keys = append ? (old as { keys: Map<Bytes, Bytes> }).keys : new Map<Bytes, Bytes>();
      variable.value = { keys };
      const plain: Bytes[] = [];
      for (const element of value.elements) {
        const match = /^\[([^\]]*)\]=([\s\S]*)$/.exec(element.text);
        if (match)
          keys.set(
            await shell.expander.quoted(match[1]!.replace(/^["']|["']$/g, '')),
            await shell.expander.text(parseOne(match[2]!)),
          );
        else for (const word of await shell.expander.words([element])) plain.push(word);
      }
      for (let i = 0; i < plain.length; i += 2) keys.set(plain[i]!, plain[i + 1] ?? '');
      return;
    }
    const array =
      append && old !== undefined
        ? old instanceof Map
          ? old
          : new Map([[0, old as Bytes]])
        : new Map<number, Bytes>();
    let next = 0;
    for (const index of array.keys()) next = Math.max(next, index + 1);
    const fresh = new Map(array);
    for (const element of value.elements) {
      const match = /^\[([^\]]*)\]=([\s\S]*)$/.exec(element.text);
      if (match) {
        next = Number(await shell.expander.arithmetic(match[1]!));
        fresh.set(next++, await shell.expander.text(parseOne(match[2]!)));
      } else
        for (const word of await shell.expander.words([element])) {
          shell.variables.grow(word.length + ELEMENT);
          fresh.set(next++, word);
        }
    }
    variable.value = fresh;
    return;
  }
  let text = await shell.expander.text(value);
  if (name === 'SECONDS' && shell.dialect === 'bash')
    shell.seconds = (Number(text) || 0) - Math.floor((shell.process.machine.clock.now() - shell.startedAt) / 1000);
  let index: Bytes | undefined;
  if (assignment.index) {
    const raw = await shell.expander.text(assignment.index);
    index =
      typeof variable.value === 'object' && !(variable.value instanceof Map)
        ? raw
        : String(await shell.expander.arithmetic(raw));
  }
  if (variable.integer) {
    const sum =
      (append ? await shell.expander.arithmetic(shell.variables.get(name, index) ?? '0') : 0n) +
      (await shell.expander.arithmetic(text));
    text = String(BigInt.asIntN(64, sum));
    shell.variables.assign(variable, name, text, index);
  } else shell.variables.assign(variable, name, text, index, append === true);
}

function parseOne(text: Bytes): Word {
  const statement = parseScript(`: ${text}`).statements[0];
  const command = statement?.command as Command | undefined;
  return (command?.suffix[0] as Word | undefined) ?? ({ type: 'Word', text: '', value: '', pos: 0, end: 0 } as Word);
}
