// The builtins of each dialect, by name.
import type { Bytes } from '../../machine/machine.ts';
import type { Dialect, Interpreter } from '../interpreter.ts';
import { flow } from './flow.ts';
import { io } from './io.ts';
import { jobs } from './jobs.ts';
import { names } from './names.ts';
import { places } from './places.ts';
import { settings } from './settings.ts';
import { variables } from './variables.ts';

/** Gets the arguments without its name; returns the status. */
export type Builtin = (shell: Interpreter, args: Bytes[], name: Bytes) => number | Promise<number>;

/** POSIX' special builtins: found before functions, and their assignments stay. */
export const special: ReadonlySet<string> = new Set([
  'break',
  ':',
  'continue',
  '.',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'times',
  'trap',
  'unset',
]);

const all: Record<string, Builtin> = { ...flow, ...io, ...jobs, ...names, ...places, ...settings, ...variables };

const ONLY_BASH = [
  'bind',
  'builtin',
  'caller',
  'compgen',
  'complete',
  'compopt',
  'declare',
  'dirs',
  'disown',
  'enable',
  'help',
  'history',
  'let',
  'logout',
  'mapfile',
  'popd',
  'pushd',
  'readarray',
  'shopt',
  'source',
  'suspend',
  'typeset',
];
const bash = new Map(Object.entries(all).filter(([name]) => name !== 'chdir'));
const dash = new Map(Object.entries(all).filter(([name]) => !ONLY_BASH.includes(name)));
const ash = new Map(
  Object.entries(all).filter(
    ([name]) => !ONLY_BASH.includes(name) || ['let', 'source', 'history', 'help'].includes(name),
  ),
);

export const builtins = (dialect: Dialect): ReadonlyMap<string, Builtin> =>
  dialect === 'bash' ? bash : dialect === 'dash' ? dash : ash;
