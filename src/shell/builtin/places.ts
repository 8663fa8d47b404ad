// Builtins about the current directory: cd, pwd, pushd, popd, dirs.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';
import type { Builtin } from './table.ts';

/** The logical path: `..` goes back by name. */
function logical(from: Bytes, to: Bytes): Bytes {
  const parts: Bytes[] = [];
  for (const part of (to.startsWith('/') ? to : `${from}/${to}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export async function change(shell: Interpreter, wanted: Bytes, physical: boolean, name: Bytes): Promise<number> {
  const { process, variables } = shell;
  const before = variables.get('PWD') ?? process.cwd;
  let path = logical(before, wanted);
  try {
    if (wanted === '') path = before;
    const stat = process.files.stat(path);
    if (stat.type !== 'directory') throw new SystemError('ENOTDIR', wanted);
    if (!process.files.access(path, 1)) throw new SystemError('EACCES', wanted);
    if (physical) path = process.files.realpath(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    await shell.complain(
      shell.dialect === 'bash'
        ? `${name}: ${wanted}: ${strerror(error.code)}`
        : `${name}: can't cd to ${wanted}${shell.dialect === 'ash' ? `: ${strerror(error.code)}` : ''}`,
    );
    if (shell.dialect === 'dash' && !shell.interactive) return 2;
    return shell.dialect === 'bash' ? 1 : 2;
  }
  process.cwd = path;
  variables.set('OLDPWD', before);
  variables.set('PWD', path);
  for (const variable of ['OLDPWD', 'PWD']) variables.obtain(variable).exported = true;
  return 0;
}

const cd: Builtin = async (shell, args, name) => {
  let physical = shell.options.has('physical');
  while (/^-[LPe@]+$/.test(args[0] ?? '')) {
    physical = args[0]!.includes('P');
    args = args.slice(1);
  }
  if (args[0] === '--') args = args.slice(1);
  if (args.length > 1 && shell.dialect === 'bash') {
    await shell.complain(`${name}: too many arguments`);
    return 1;
  }
  let wanted: Bytes | undefined = args[0];
  if (wanted === undefined) {
    wanted = shell.variables.get('HOME');
    if (wanted === undefined) {
      await shell.complain(`${name}: HOME not set`);
      return 1;
    }
  }
  if (wanted === '-') {
    wanted = shell.variables.get('OLDPWD');
    if (wanted === undefined) {
      await shell.complain(`${name}: OLDPWD not set`);
      return 1;
    }
    const status = await change(shell, wanted, physical, name);
    if (status === 0) await shell.process.out(`${shell.variables.get('PWD')}\n`);
    return status;
  }
  if (/^-/.test(wanted) && shell.dialect === 'bash') {
    await shell.process.err(
      `${shell.prefix}${name}: ${wanted.slice(0, 2)}: invalid option\n${name}: usage: ${name} [-L|[-P [-e]] [-@]] [dir]\n`,
    );
    return 2;
  }
  return change(shell, wanted, physical, name);
};

const shown = (shell: Interpreter, path: Bytes): Bytes => {
  const home = shell.variables.get('HOME');
  return home && home !== '/' && (path === home || path.startsWith(`${home}/`)) ? `~${path.slice(home.length)}` : path;
};
const dirs: Builtin = async (shell, args) => {
  const all = [shell.process.cwd, ...shell.directories];
  if (args.includes('-c')) {
    shell.directories = [];
    return 0;
  }
  if (args.includes('-v') || args.includes('-p')) {
    const lines = all.map((path, i) => (args.includes('-v') ? `${String(i).padStart(2)}  ` : '') + shown(shell, path));
    await shell.process.out(`${lines.join('\n')}\n`);
    return 0;
  }
  await shell.process.out(`${[shell.process.cwd, ...shell.directories].map((path) => shown(shell, path)).join(' ')}\n`);
  return 0;
};

export const places: Record<string, Builtin> = {
  cd,
  chdir: cd,
  pwd: async (shell, args) => {
    const physical = args.includes('-P');
    await shell.process.out(
      `${physical ? shell.process.files.realpath('.') : (shell.variables.get('PWD') ?? shell.process.cwd)}\n`,
    );
    return 0;
  },
  dirs,
  pushd: async (shell, args, name) => {
    const here = shell.process.cwd;
    const target = args[0] ?? shell.directories.shift();
    if (target === undefined) {
      await shell.complain('pushd: no other directory');
      return 1;
    }
    const status = await change(shell, target, false, name);
    if (status !== 0) return status;
    shell.directories.unshift(here);
    return dirs(shell, [], name);
  },
  popd: async (shell, _, name) => {
    const target = shell.directories.shift();
    if (target === undefined) {
      await shell.complain('popd: directory stack empty');
      return 1;
    }
    const status = await change(shell, target, false, name);
    return status !== 0 ? status : dirs(shell, [], name);
  },
};
