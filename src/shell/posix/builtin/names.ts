// dash's and ash's builtins about the names of commands: type, command, alias, unalias, hash.
import type { Bytes } from '../../../machine/machine.ts';
import { special } from '../../builtin/special.ts';
import type { Builtin } from '../../builtin/table.ts';
import type { Interpreter } from '../../interpreter.ts';
import { Complaint, takeOptions } from '../complaint.ts';
import { RESERVED } from '../tokens.ts';
import { quoted } from './variables.ts';

/** Tells what a name is; the status. */
async function describe(shell: Interpreter, name: Bytes, how: 'type' | '-V' | '-v'): Promise<number> {
  const short = how === '-v';
  const say = (text: Bytes, long: Bytes) => shell.process.out(`${short ? text : long}\n`);
  const alias = shell.aliases.get(name);
  const keyword = (RESERVED as readonly string[]).includes(name) || (name === 'function' && shell.dialect === 'ash');
  if (keyword) await say(name, `${name} is a shell keyword`);
  else if (alias !== undefined) await say(`alias ${name}=${quoted(alias)}`, `${name} is an alias for ${alias}`);
  else if (shell.functions.has(name))
    await say(name, `${name} is a ${shell.dialect === 'ash' ? '' : 'shell '}function`);
  else if (shell.builtins.has(name))
    await say(name, `${name} is a ${special.has(name) ? 'special ' : ''}shell builtin`);
  else {
    const file = name.includes('/') ? (isProgram(shell, name) ? name : undefined) : shell.find(name);
    if (file === undefined) {
      // Only `command -V` and `type` say so, and `type` on standard output.
      if (how === 'type' || how === '-V') await shell.process.out(`${name}: not found\n`);
      return 127;
    }
    await say(file, `${name} is${shell.hashed.has(name) ? ' a tracked alias for' : ''} ${file}`);
    if (!name.includes('/')) shell.remember(name, file);
  }
  return 0;
}

/** The order in which their hash tables of `size` chains hold what they hold. */
function inBuckets<T>(table: ReadonlyMap<Bytes, T>, size: number): [name: Bytes, value: T][] {
  const bucket = (name: Bytes) => {
    let sum = name.charCodeAt(0) << 4;
    for (const c of name) sum += c.charCodeAt(0);
    return (sum & 0x7fff) % size;
  };
  return [...table].sort(([a], [b]) => bucket(a) - bucket(b));
}

function isProgram(shell: Interpreter, path: Bytes): boolean {
  return shell.process.files.access(path, 1);
}

const command: Builtin = async (shell, args) => {
  const rest = [...args];
  const options = takeOptions(shell, rest, 'pvV').map(([letter]) => letter);
  const how = options.includes('V') ? '-V' : options.includes('v') ? '-v' : undefined;
  if (how) return rest[0] === undefined ? 0 : describe(shell, rest[0], how);
  const [name] = rest;
  if (name === undefined) return 0;
  const saved = shell.functions.get(name);
  shell.functions.delete(name);
  const { commandName } = shell;
  shell.commandName = undefined;
  try {
    return await shell.execute(rest, [], []);
  } finally {
    shell.commandName = commandName;
    if (saved) shell.functions.set(name, saved);
  }
};

export const names: Record<string, Builtin> = {
  type: async (shell, args) => {
    let status = 0;
    const short = shell.dialect === 'ash' && /^-/.test(args[0] ?? '');
    for (const name of short ? args.slice(1) : args) status |= await describe(shell, name, short ? '-v' : 'type');
    return status;
  },
  command,
  alias: async (shell, args) => {
    if (args.length === 0)
      for (const [name, text] of inBuckets(shell.aliases, 39)) await shell.process.out(`${name}=${quoted(text)}\n`);
    let status = 0;
    for (const word of args) {
      const at = word.indexOf('=', 1);
      const text = shell.aliases.get(word);
      if (at > 0) shell.aliases.set(word.slice(0, at), word.slice(at + 1));
      else if (text !== undefined) await shell.process.out(`${word}=${quoted(text)}\n`);
      else {
        await shell.process.err(`alias: ${word} not found\n`);
        status = 1;
      }
    }
    return status;
  },
  unalias: async (shell, args) => {
    const rest = [...args];
    if (takeOptions(shell, rest, 'a').length > 0) shell.aliases.clear();
    let status = 0;
    for (const name of rest)
      if (!shell.aliases.delete(name)) {
        await shell.process.err(`unalias: ${name} not found\n`);
        status = 1;
      }
    return status;
  },
  hash: async (shell, args) => {
    const rest = [...args];
    if (takeOptions(shell, rest, 'r').length > 0) shell.hashed.clear();
    else if (rest.length === 0)
      for (const [, { file }] of inBuckets(shell.hashed, 31)) await shell.process.out(`${file}\n`);
    let status = 0;
    for (const name of rest) {
      if (name.includes('/') || shell.builtins.has(name)) continue;
      const file = shell.find(name);
      if (file) shell.remember(name, file);
      else {
        await shell.complain(`${name}: not found`);
        status = 1;
      }
    }
    return status;
  },
  // Only with a history does ash have any of it.
  history: async (shell) => {
    for (const [i, line] of shell.history.entries()) await shell.process.out(`${String(i).padStart(4)} ${line}\n`);
    return 0;
  },
  let: async (shell, args) => {
    if (args.length === 0) throw new Complaint('expression expected');
    let last = 0n;
    for (const expression of args) last = await shell.expander.arithmetic(expression);
    return last === 0n ? 1 : 0;
  },
  help: async (shell) => {
    let column = 0;
    let out = 'Built-in commands:\n------------------\n';
    for (const name of [...shell.builtins.keys()].sort()) {
      out += `${column === 0 ? '\t' : ' '}${name}`;
      column += name.length + 1;
      if (column > 60) {
        out += '\n';
        column = 0;
      }
    }
    await shell.process.out(column === 0 ? out : `${out}\n`);
    return 0;
  },
};
