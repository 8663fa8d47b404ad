// dash's and ash's cd and pwd.
import { SystemError, strerror } from '../../../machine/errno.ts';
import type { Bytes } from '../../../machine/machine.ts';
import type { Builtin } from '../../builtin/table.ts';
import type { Interpreter } from '../../interpreter.ts';
import { Complaint, takeOptions } from '../complaint.ts';

/** `..` goes back by name. */
function logical(from: Bytes, to: Bytes): Bytes {
  const parts: Bytes[] = [];
  for (const part of (to.startsWith('/') ? to : `${from}/${to}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Goes there; undefined, or why it cannot be done. */
function go(shell: Interpreter, to: Bytes, physical: boolean): SystemError | undefined {
  const { process, variables } = shell;
  const before = variables.get('PWD') ?? process.cwd;
  let path = logical(before, to);
  try {
    if (process.files.stat(path).type !== 'directory') throw new SystemError('ENOTDIR', to);
    if (!process.files.access(path, 1)) throw new SystemError('EACCES', to);
    if (physical) path = process.files.realpath(path);
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
  process.cwd = path;
  variables.set('OLDPWD', before);
  variables.set('PWD', path);
  for (const name of ['OLDPWD', 'PWD']) variables.obtain(name).exported = true;
  return undefined;
}

const cd: Builtin = async (shell, args) => {
  const rest = [...args];
  const physical = takeOptions(shell, rest, 'LP').at(-1)?.[0] === 'P';
  let wanted = rest[0] ?? shell.variables.get('HOME') ?? '';
  let show = false;
  if (wanted === '-') {
    wanted = shell.variables.get('OLDPWD') ?? '';
    show = true;
  }
  if (wanted === '') wanted = '.';
  const path = /^(\/|\.\.?(\/|$))/.test(wanted) ? '' : (shell.variables.get('CDPATH') ?? '');
  let failure: SystemError | undefined;
  for (const folder of [...(path === '' ? [] : path.split(':')), '']) {
    failure = go(shell, folder === '' ? wanted : `${folder}/${wanted}`, physical);
    if (failure) continue;
    if (folder !== '' || show) await shell.process.out(`${shell.variables.get('PWD')}\n`);
    return 0;
  }
  throw new Complaint(`can't cd to ${wanted}${shell.dialect === 'ash' ? `: ${strerror(failure!.code)}` : ''}`);
};

export const places: Record<string, Builtin> = {
  cd,
  chdir: cd,
  pwd: async (shell, args) => {
    const physical = takeOptions(shell, [...args], 'LP').at(-1)?.[0] === 'P';
    const { process, variables } = shell;
    await process.out(`${physical ? process.files.realpath('.') : (variables.get('PWD') ?? process.cwd)}\n`);
    return 0;
  },
};
