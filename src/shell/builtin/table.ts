// The builtins of each dialect, by name.
import type { Bytes } from '../../machine/machine.ts';
import type { Dialect, Interpreter } from '../interpreter.ts';
import { posixBuiltins } from '../posix/builtin/table.ts';
import { flow } from './flow.ts';
import { histories } from './history.ts';
import { io } from './io.ts';
import { jobs } from './jobs.ts';
import { names } from './names.ts';
import { places } from './places.ts';
import { printf } from './printf.ts';
import { mapfile, read } from './read.ts';
import { settings } from './settings.ts';
import { variables } from './variables.ts';

/** Gets the arguments without its name; returns the status. */
export type Builtin = (shell: Interpreter, args: Bytes[], name: Bytes) => number | Promise<number>;

const all: Record<string, Builtin> = {
  ...flow,
  ...histories,
  ...io,
  ...jobs,
  ...names,
  ...places,
  ...settings,
  ...variables,
  printf,
  read,
  mapfile,
  readarray: mapfile,
};

const bash = new Map(Object.entries(all));
const [dash, ash] = [posixBuiltins(all, 'dash'), posixBuiltins(all, 'ash')];

export const builtins = (dialect: Dialect): ReadonlyMap<string, Builtin> =>
  dialect === 'bash' ? bash : dialect === 'dash' ? dash : ash;
