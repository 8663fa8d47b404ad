// The builtins of dash and of ash, by name.
import type { Builtin } from '../../builtin/table.ts';
import type { PosixDialect } from '../tokens.ts';
import { flow } from './flow.ts';
import { io } from './io.ts';
import { jobs } from './jobs.ts';
import { names } from './names.ts';
import { places } from './places.ts';
import { test } from './test.ts';
import { variables } from './variables.ts';

/** What the shells of a machine share, whatever their dialect. */
const SHARED = [':', 'true', 'false', 'exec'];
const ONLY_ASH = ['source', 'history', 'let', 'help', '[['];

export function posixBuiltins(shared: Record<string, Builtin>, dialect: PosixDialect): ReadonlyMap<string, Builtin> {
  const own: Record<string, Builtin> = {
    ...flow,
    ...io,
    ...jobs,
    ...names,
    ...places,
    ...variables,
    test,
    '[': test,
    '[[': test,
  };
  const all = [...SHARED.map((name) => [name, shared[name]!] as const), ...Object.entries(own)];
  return new Map(all.filter(([name]) => dialect === 'ash' || !ONLY_ASH.includes(name)));
}
