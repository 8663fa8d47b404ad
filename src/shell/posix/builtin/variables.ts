// dash's and ash's builtins about variables: export, readonly, local, unset, set, shift, getopts.
import type { Bytes } from '../../../machine/machine.ts';
import type { Builtin } from '../../builtin/table.ts';
import type { Interpreter } from '../../interpreter.ts';
import type { Variable } from '../../variables.ts';
import { Complaint, checkName, natural, takeOptions, words } from '../complaint.ts';

/** A value as `set`, `export -p`, `alias` and `trap` print it. */
export const quoted = (text: Bytes): Bytes =>
  text === ''
    ? "''"
    : text
        .split(/('+)/)
        .map((part) => (part === '' ? '' : part.startsWith("'") ? `"${part}"` : `'${part}'`))
        .join('');

async function list(shell: Interpreter, keep: (v: Variable) => boolean, prefix: Bytes): Promise<number> {
  let out = '';
  for (const name of shell.variables.names()) {
    const variable = shell.variables.find(name)!;
    if (!keep(variable)) continue;
    if (typeof variable.value === 'string') out += `${prefix}${name}=${quoted(variable.value)}\n`;
    else if (prefix !== '') out += `${prefix}${name}\n`;
  }
  if (out !== '') await shell.process.out(out);
  return 0;
}

const mark: Builtin = async (shell, args, name) => {
  const words = [...args];
  const options = takeOptions(shell, words, name === 'export' && shell.dialect === 'ash' ? 'pn' : 'p');
  const off = options.some(([letter]) => letter === 'n');
  if (words.length === 0 || options.some(([letter]) => letter === 'p'))
    return list(shell, (v) => (name === 'export' ? v.exported : v.readonly) === true, `${name} `);
  for (const word of words) {
    const at = word.indexOf('=');
    const variable = at < 0 ? word : word.slice(0, at);
    checkName(variable);
    if (at >= 0) shell.variables.set(variable, word.slice(at + 1));
    const marked = shell.variables.obtain(variable);
    if (name === 'export') marked.exported = !off;
    else marked.readonly = true;
  }
  return 0;
};

const local: Builtin = (shell, args) => {
  if (!shell.variables.inFunction) throw new Complaint('not in a function');
  for (const word of args) {
    const at = word.indexOf('=');
    const name = at < 0 ? word : word.slice(0, at);
    if (name === '-') continue;
    checkName(name);
    const outer = shell.variables.find(name);
    const variable = shell.variables.local(name);
    if (at >= 0) shell.variables.assign(variable, name, word.slice(at + 1));
    // dash's starts with the value outside, ash's is unset.
    else if (outer !== variable && outer && shell.dialect === 'dash') variable.value = outer.value;
  }
  return 0;
};

const unset: Builtin = (shell, args) => {
  const names = [...args];
  const functions = takeOptions(shell, names, 'vf').at(-1)?.[0] === 'f';
  for (const name of names) {
    if (functions) {
      shell.functions.delete(name);
      continue;
    }
    checkName(name);
    shell.variables.unset(name);
  }
  return 0;
};

/** Long names and letters of `set`, in the order that `set -o` lists them. */
const OPTIONS: Record<'dash' | 'ash', [name: string, letter: string][]> = {
  dash: [
    ['errexit', 'e'],
    ['noglob', 'f'],
    ['ignoreeof', 'I'],
    ['interactive', 'i'],
    ['monitor', 'm'],
    ['noexec', 'n'],
    ['stdin', 's'],
    ['xtrace', 'x'],
    ['verbose', 'v'],
    ['vi', 'V'],
    ['emacs', 'E'],
    ['noclobber', 'C'],
    ['allexport', 'a'],
    ['notify', 'b'],
    ['nounset', 'u'],
    ['privileged', 'p'],
    ['nolog', ''],
    ['debug', ''],
  ],
  ash: [
    ['errexit', 'e'],
    ['noglob', 'f'],
    ['ignoreeof', 'I'],
    ['monitor', 'm'],
    ['noexec', 'n'],
    ['xtrace', 'x'],
    ['verbose', 'v'],
    ['noclobber', 'C'],
    ['allexport', 'a'],
    ['notify', 'b'],
    ['nounset', 'u'],
    ['errtrace', 'E'],
    ['vi', 'V'],
    ['pipefail', ''],
  ],
};
const optionsOf = (shell: Interpreter) => OPTIONS[shell.dialect === 'ash' ? 'ash' : 'dash'];

const isOn = (shell: Interpreter, name: string): boolean =>
  name === 'interactive' ? shell.interactive : name === 'stdin' ? shell.readsStandardInput : shell.options.has(name);

/** The letters of `$-`, in the shell's order. */
export function letters(shell: Interpreter): string {
  if (shell.dialect === 'ash')
    return `${shell.readsStandardInput ? 's' : ''}${shell.interactive ? 'i' : ''}${ordered(shell, 'xv')}${shell.commandString ? 'c' : ''}${ordered(shell, 'efImnCabuEV')}`;
  return ordered(shell, 'efIimnsxvVECabup').split('').reverse().join('');
}

const ordered = (shell: Interpreter, wanted: string): string =>
  [...wanted].filter((c) => optionsOf(shell).some(([name, letter]) => letter === c && isOn(shell, name))).join('');

/** Applies flags from `args` as `set` and the shell itself take them; the rest, undefined when no parameters are given. @throws Complaint */
export async function applyPosixFlags(shell: Interpreter, args: readonly Bytes[]): Promise<Bytes[] | undefined> {
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    const sign = word[0];
    if ((sign !== '-' && sign !== '+') || (sign === '+' && word.length === 1)) return args.slice(i);
    if (word === '--') return args.slice(i + 1);
    if (word === '-') {
      shell.options.delete('xtrace');
      shell.options.delete('verbose');
      return i + 1 < args.length ? args.slice(i + 1) : undefined;
    }
    for (const letter of word.slice(1)) {
      let name = optionsOf(shell).find(([, c]) => c === letter)?.[0];
      if (letter === 'o') {
        const wanted = args[++i];
        if (wanted === undefined) {
          await showOptions(shell, sign === '-');
          continue;
        }
        name = optionsOf(shell).find(([long]) => long === wanted)?.[0];
        // ash goes on after a name that it does not know.
        if (!name) throw new Complaint(words(shell).option(`${sign}o ${wanted}`), shell.dialect === 'ash' ? 1 : 2);
      }
      if (!name) throw new Complaint(words(shell).option(`${sign}${letter}`));
      if (sign === '-') shell.options.add(name);
      else shell.options.delete(name);
    }
  }
  return undefined;
}

async function showOptions(shell: Interpreter, readable: boolean): Promise<void> {
  if (readable && shell.dialect === 'dash') await shell.process.out('Current option settings\n');
  for (const [name] of optionsOf(shell)) {
    const on = isOn(shell, name);
    await shell.process.out(readable ? `${name.padEnd(16)}${on ? 'on' : 'off'}\n` : `set ${on ? '-' : '+'}o ${name}\n`);
  }
}

const getopts: Builtin = async (shell, args) => {
  const [spec, name, ...given] = args;
  if (spec === undefined || name === undefined) throw new Complaint(words(shell).getopts);
  const list = args.length > 2 ? given : shell.positional;
  const silent = spec.startsWith(':');
  let index = Number(shell.variables.get('OPTIND') ?? 1) || 1;
  if (index !== shell.getoptsAt.index) shell.getoptsAt = { index, letter: 1 };
  const word = list[index - 1];
  const say = (text: Bytes) => shell.process.err(text);
  let result: Bytes = '?';
  let status = 0;
  let at = shell.getoptsAt.letter;
  if (word === undefined || !/^-./.test(word) || word === '--') {
    if (word === '--') index++;
    status = 1;
    at = 1;
    shell.variables.unset('OPTARG');
  } else {
    const letter = word[at++]!;
    const where = letter === ':' ? -1 : spec.indexOf(letter, silent ? 1 : 0);
    shell.variables.unset('OPTARG');
    if (where < 0) {
      if (silent) shell.variables.set('OPTARG', letter);
      else await say(`Illegal option -${letter}\n`);
    } else if (spec[where + 1] !== ':') result = letter;
    else {
      const value = at < word.length ? word.slice(at) : list[index++];
      at = word.length;
      if (value !== undefined) {
        result = letter;
        shell.variables.set('OPTARG', value);
      } else {
        index--;
        if (silent) {
          result = ':';
          shell.variables.set('OPTARG', letter);
        } else await say(`No arg for -${letter} option\n`);
      }
    }
    if (at >= word.length) {
      index++;
      at = 1;
    }
  }
  shell.variables.set('OPTIND', String(index));
  shell.getoptsAt = { index, letter: at };
  checkName(name);
  shell.variables.set(name, result);
  return status;
};

export const variables: Record<string, Builtin> = {
  export: mark,
  readonly: mark,
  local,
  unset,
  getopts,
  set: async (shell, args) => {
    if (args.length === 0) return list(shell, () => true, '');
    const rest = await applyPosixFlags(shell, args);
    if (rest) {
      shell.positional = rest;
      shell.variables.set('OPTIND', '1');
      shell.getoptsAt = { index: 1, letter: 1 };
    }
    return 0;
  },
  shift: (shell, args) => {
    const count = natural(args[0] ?? '1');
    if (count > shell.positional.length) {
      if (shell.dialect === 'ash') return 1;
      throw new Complaint("can't shift that many");
    }
    shell.positional = shell.positional.slice(count);
    return 0;
  },
};
