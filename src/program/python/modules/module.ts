// How a module of Python's standard library is made: its functions, its values and where it stands.

import { raise } from '../exceptions.ts';
import { LEVELS } from '../library.ts';
import { Class, Module, Native, type NativeFunction, Raised, type Steps, types, type Value } from '../values.ts';

export type Values = Readonly<Record<string, Value>>;

/** A module; `file`: its source below /usr/lib/python3.11 (`NAME.py` unless given, none for a module in C). */
export function library(
  name: string,
  functions: Readonly<Record<string, NativeFunction>>,
  values: Values = {},
  file: string | null = `${name}.py`,
): Module {
  const module = new Module(name);
  for (const [key, run] of Object.entries(functions)) module.attributes.set(key, new Native(key, run));
  for (const [key, value] of Object.entries(values)) module.attributes.set(key, value);
  if (file !== null) module.attributes.set('__file__', `/usr/lib/python3.11/${file}`);
  module.attributes.set('__package__', '');
  return module;
}

/** A class of a module. */
export function classOf(name: string, module: string, base: Class = types.object): Class {
  const made = new Class(name, [base], types.type);
  made.module = module;
  return made;
}

/** Runs what fails inside of the library: its levels, as LEVELS has them, are added to the traceback. */
export function within<T>(key: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw inside(key, error);
  }
}

/** As `within`, for steps. */
export function* withinSteps<T>(key: string, steps: Steps<T>): Steps<T> {
  try {
    return yield* steps;
  } catch (error) {
    throw inside(key, error);
  }
}

/** Adds the library's levels to an error on its way. */
export function inside(key: string, error: unknown): unknown {
  if (error instanceof Raised) error.levels.push({ file: '', line: 0, name: '', verbatim: LEVELS[key] ?? '' });
  return error;
}

/** A required argument. */
export function required(value: Value | undefined, callee: string, name: string, position: number): Value {
  return (
    value ??
    (value === null ? null : raise('TypeError', `${callee}() missing required argument '${name}' (pos ${position})`))
  );
}
