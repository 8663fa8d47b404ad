// Builtins about the current directory: cd, pwd, pushd, popd, dirs.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes } from '../../machine/machine.ts';
import { owe } from '../../machine/work.ts';
import type { Interpreter } from '../interpreter.ts';
import { tilde } from '../parameters.ts';
import type { Builtin } from './table.ts';
import { badOption } from './usage.ts';

/** The logical path: `..` goes back by name. */
function logical(from: Bytes, to: Bytes): Bytes {
  const parts: Bytes[] = [];
  for (const part of (to.startsWith('/') ? to : `${from}/${to}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  // Two slashes at the start are kept, three are one.
  return `${/^\/\/(?!\/)/.test(to) ? '//' : '/'}${parts.join('/')}`;
}

/** Before `..` goes back, the directory that it leaves must be there. @throws SystemError */
function throughExisting(shell: Interpreter, from: Bytes, to: Bytes): void {
  const names: Bytes[] = [];
  const parts = (to.startsWith('/') ? to : `${from}/${to}`).split('/');
  const given = parts.length - to.split('/').length;
  owe(parts.length);
  for (const [i, part] of parts.entries()) {
    if (part === '' || part === '.') continue;
    if (part !== '..') {
      names.push(part);
      continue;
    }
    if (i > given && shell.process.files.stat(`/${names.join('/')}`).type !== 'directory')
      throw new SystemError('ENOTDIR', to);
    names.pop();
  }
}

/** Goes there; false when it cannot be, which is not said. @throws SystemError with `quiet` off */
function enter(shell: Interpreter, wanted: Bytes, physical: boolean): void {
  const { process, variables } = shell;
  const before = variables.get('PWD') ?? process.cwd;
  let path = wanted === '' ? before : logical(before, wanted);
  // Where it stands may be gone, or have another name: then the path itself decides.
  const stat = process.files.stat(path);
  if (/[^./].*\/\.\./.test(wanted) && !physical) throughExisting(shell, before, wanted);
  if (stat.type !== 'directory') throw new SystemError('ENOTDIR', wanted);
  if (!process.files.access(path, 1)) throw new SystemError('EACCES', wanted);
  if (physical) path = process.files.realpath(wanted === '' ? '.' : wanted);
  process.cwd = path;
  variables.set('OLDPWD', before);
  variables.set('PWD', path);
  for (const variable of ['OLDPWD', 'PWD']) variables.obtain(variable).exported = true;
}

export async function change(shell: Interpreter, wanted: Bytes, physical: boolean, name: Bytes): Promise<number> {
  try {
    enter(shell, wanted, physical);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    await shell.complain(`${name}: ${wanted}: ${strerror(error.code)}`);
    return 1;
  }
}

/** Along CDPATH, if a plain name was given; the directory that was found is printed. */
function alongPath(shell: Interpreter, wanted: Bytes, physical: boolean): Bytes | undefined {
  const path = shell.variables.get('CDPATH');
  if (!path || /^(\/|\.\.?(\/|$))/.test(wanted)) return undefined;
  for (const folder of path.split(':')) {
    try {
      enter(shell, folder === '' ? wanted : `${folder.replace(/\/$/, '')}/${wanted}`, physical);
      return folder === '' || folder === '.' ? '' : shell.variables.get('PWD')!;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
  return undefined;
}

const cd: Builtin = async (shell, args, name) => {
  const { variables } = shell;
  if (shell.options.has('restricted_shell')) {
    await shell.complain(`${name}: restricted`);
    return 1;
  }
  let physical = shell.options.has('physical');
  let words = args;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const wrong = /[^LPe@]/.exec(words[0]!.slice(1))?.[0];
    if (wrong !== undefined) return badOption(shell, name, `-${wrong}`, `${name} [-L|[-P [-e]] [-@]] [dir]`);
    if (wrong !== undefined) break;
    for (const letter of words[0]!.slice(1)) if ('LP'.includes(letter)) physical = letter === 'P';
    words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  if (words.length > 1) {
    await shell.complain(`${name}: too many arguments`);
    return 1;
  }
  let wanted: Bytes | undefined = words[0];
  const missing = async (variable: string) => {
    await shell.complain(`${name}: ${variable} not set`);
    return 1;
  };
  if (wanted === undefined) {
    wanted = variables.get('HOME');
    if (wanted === undefined) return missing('HOME');
    if (wanted === '') return 0;
  } else if (wanted === '-') {
    wanted = variables.get('OLDPWD');
    if (wanted === undefined) return missing('OLDPWD');
    const status = await change(shell, wanted, physical, name);
    if (status === 0) await shell.process.out(`${variables.get('PWD')}\n`);
    return status;
  } else {
    const found = alongPath(shell, wanted, physical);
    if (found !== undefined) {
      if (found !== '') await shell.process.out(`${found}\n`);
      return 0;
    }
    // The name of a variable that holds one.
    if (shell.options.has('cdable_vars') && /^[a-zA-Z_]\w*$/.test(wanted) && variables.get(wanted) !== undefined) {
      try {
        enter(shell, wanted, physical);
        return 0;
      } catch {
        const status = await change(shell, variables.get(wanted)!, physical, name);
        if (status === 0) await shell.process.out(`${variables.get('PWD')}\n`);
        return status;
      }
    }
  }
  return change(shell, wanted, physical, name);
};

const pwd: Builtin = async (shell, args, name) => {
  let physical = shell.options.has('physical');
  for (const word of args) {
    if (!/^-./.test(word) || word === '--') break;
    const wrong = /[^LP]/.exec(word.slice(1))?.[0];
    if (wrong !== undefined) return badOption(shell, name, `-${wrong}`, 'pwd [-LP]');
    for (const letter of word.slice(1)) physical = letter === 'P';
  }
  const { process } = shell;
  await process.out(`${physical ? process.files.realpath('.') : (shell.variables.get('PWD') ?? process.cwd)}\n`);
  return 0;
};

// ── The directory stack: the current directory, then what `pushd` left ───────────────────────────────────────────────

const stack = (shell: Interpreter): Bytes[] => [shell.variables.get('PWD') ?? shell.process.cwd, ...shell.directories];

/** `+N` counts from the left, `-N` from the right; undefined: neither. */
function place(word: Bytes | undefined, length: number): number | undefined {
  const match = /^([-+])(\d+)$/.exec(word ?? '');
  if (!match) return undefined;
  return match[1] === '+' ? Number(match[2]) : length - 1 - Number(match[2]);
}

async function outOfRange(shell: Interpreter, name: Bytes, word: Bytes): Promise<number> {
  await shell.complain(
    shell.directories.length === 0
      ? `${name}: directory stack empty`
      : `${name}: ${word}: directory stack index out of range`,
  );
  return 1;
}

const DIRS = 'dirs [-clpv] [+N] [-N]';
const dirs: Builtin = async (shell, args, name) => {
  const all = stack(shell);
  let [long, lines, numbered] = [false, false, false];
  let only: Bytes | undefined;
  for (const word of args) {
    if (/^[-+]\d+$/.test(word)) only = word;
    else if (/^-./.test(word) && word !== '--')
      for (const letter of word.slice(1)) {
        if (letter === 'c') {
          shell.directories = [];
          return 0;
        }
        if (letter === 'l') long = true;
        else if (letter === 'p') lines = true;
        else if (letter === 'v') numbered = true;
        else {
          await shell.complain(`${name}: ${word}: invalid number`);
          await shell.process.err(`dirs: usage: ${DIRS}\n`);
          return 2;
        }
      }
    else if (word !== '--') {
      await shell.complain(`${name}: ${word}: invalid number`);
      await shell.process.err(`dirs: usage: ${DIRS}\n`);
      return 2;
    }
  }
  const shown = (path: Bytes) => (long ? path : tilde(shell, path));
  if (only !== undefined) {
    const at = place(only, all.length)!;
    if (at < 0 || at >= all.length) return outOfRange(shell, name, only.slice(1));
    await shell.process.out(`${numbered ? `${String(at).padStart(2)}  ` : ''}${shown(all[at]!)}\n`);
    return 0;
  }
  const text =
    numbered || lines
      ? all.map((path, i) => (numbered ? `${String(i).padStart(2)}  ` : '') + shown(path)).join('\n')
      : all.map(shown).join(' ');
  await shell.process.out(`${text}\n`);
  return 0;
};

const pushd: Builtin = async (shell, args, name) => {
  const stays = args[0] === '-n';
  const words = stays ? args.slice(1) : args[0] === '--' ? args.slice(1) : args;
  const all = stack(shell);
  const [word] = words;
  if (word === undefined) {
    if (all.length < 2) {
      await shell.complain('pushd: no other directory');
      return 1;
    }
    const status = await change(shell, all[1]!, false, name);
    if (status !== 0) return status;
    shell.directories = [all[0]!, ...all.slice(2)];
    return dirs(shell, [], 'dirs');
  }
  const at = place(word, all.length);
  if (at !== undefined) {
    if (at < 0 || at >= all.length || all.length < 2) return outOfRange(shell, name, word);
    const turned = [...all.slice(at), ...all.slice(0, at)];
    const status = stays ? 0 : await change(shell, turned[0]!, false, name);
    if (status !== 0) return status;
    shell.directories = turned.slice(1);
    return dirs(shell, [], 'dirs');
  }
  if (/^-./.test(word)) return badOption(shell, name, word.slice(0, 2), 'pushd [-n] [+N | -N | dir]').then(() => 1);
  if (words.length > 1) {
    await shell.complain('pushd: too many arguments');
    return 1;
  }
  if (stays) {
    shell.directories.unshift(word);
    return dirs(shell, [], 'dirs');
  }
  const status = await change(shell, word, false, name);
  if (status !== 0) return status;
  shell.directories.unshift(all[0]!);
  return dirs(shell, [], 'dirs');
};

const popd: Builtin = async (shell, args, name) => {
  const stays = args[0] === '-n';
  const [word] = stays || args[0] === '--' ? args.slice(1) : args;
  const all = stack(shell);
  const at = word === undefined ? (stays ? 1 : 0) : place(word, all.length);
  if (at === undefined) {
    if (/^-/.test(word!)) return badOption(shell, name, word!.slice(0, 2), 'popd [-n] [+N | -N]').then(() => 1);
    await shell.complain(`popd: ${word}: invalid argument`);
    await shell.process.err('popd: usage: popd [-n] [+N | -N]\n');
    return 2;
  }
  if (all.length < 2 || at < 0 || at >= all.length) return outOfRange(shell, name, word ?? '');
  if (at === 0 && !stays) {
    const status = await change(shell, all[1]!, false, name);
    if (status !== 0) return status;
    shell.directories = all.slice(2);
  } else shell.directories = all.filter((_, i) => i !== at).slice(1);
  return dirs(shell, [], 'dirs');
};

export const places: Record<string, Builtin> = { cd, pwd, dirs, pushd, popd };
