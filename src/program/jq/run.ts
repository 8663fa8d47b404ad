// Evaluates jq's filters: each gives any number of values, and the path to each where one is asked for.
import type { Process } from '../../machine/machine.ts';
import { formatText } from './formats.ts';
import { type Filter, type Json, type Pattern, parseFilter } from './parse.ts';
import { COMPACT, write } from './text.ts';
import { binary, deletePaths, get, getPath, JqError, kind, setPath, shown } from './values.ts';

/** A name that is not defined: found before the program runs. */
export class JqNameError extends Error {}
/** break on its way to its label. */
class Break {
  readonly label: symbol;
  constructor(label: symbol) {
    this.label = label;
  }
}
/** halt and halt_error. */
export class Halt {
  readonly status: number;
  readonly value: Json | undefined;
  constructor(status: number, value?: Json) {
    this.status = status;
    this.value = value;
  }
}

export interface Result {
  value: Json;
  /** Where it stands in the input; undefined: nobody asks, or it is no part of it. */
  path?: Json[] | undefined;
}
export type Results = AsyncGenerator<Result, void, undefined>;

/** A function of ours: its arguments are filters. */
export type Builtin = (jq: Runner, args: readonly Filter[], input: Result, scope: Scope) => Results;

interface Closure {
  parameters: readonly string[];
  body: Filter;
  scope: Scope;
}
export class Scope {
  readonly variables = new Map<string, Json>();
  readonly functions = new Map<string, Closure>();
  readonly labels = new Map<string, symbol>();
  readonly parent: Scope | undefined;
  constructor(parent?: Scope) {
    this.parent = parent;
  }

  variable(name: string): Json | undefined {
    for (let s: Scope | undefined = this; s; s = s.parent) if (s.variables.has(name)) return s.variables.get(name);
    return undefined;
  }
  function(key: string): Closure | undefined {
    for (let s: Scope | undefined = this; s; s = s.parent) if (s.functions.has(key)) return s.functions.get(key);
    return undefined;
  }
  label(name: string): symbol | undefined {
    for (let s: Scope | undefined = this; s; s = s.parent) if (s.labels.has(name)) return s.labels.get(name);
    return undefined;
  }
}

/** Filters inside of each other while running: beyond it the machine's stack is full. */
const DEEPEST = 2500;

export class Runner {
  readonly process: Process;
  readonly root = new Scope();
  /** The next input; undefined at the end. */
  readonly input: () => Json | undefined;
  #depth = 0;

  /** Functions of ours by name and number of arguments, `limit/2`. */
  readonly builtins: Readonly<Record<string, Builtin>>;

  constructor(
    process: Process,
    input: () => Json | undefined,
    builtins: Readonly<Record<string, Builtin>>,
    definitions: string,
  ) {
    this.process = process;
    this.builtins = builtins;
    this.input = input;
    const scope = this.root;
    let library: Filter = parseFilter(`${definitions} .`);
    while (library.type === 'define') {
      scope.functions.set(`${library.name}/${library.parameters.length}`, {
        parameters: library.parameters,
        body: library.body,
        scope,
      });
      library = library.rest;
    }
  }

  /** Values only. */
  async *values(f: Filter, value: Json, scope: Scope): AsyncGenerator<Json, void, undefined> {
    for await (const r of this.run(f, { value }, scope)) yield r.value;
  }

  async first(f: Filter, value: Json, scope: Scope): Promise<Json | undefined> {
    for await (const v of this.values(f, value, scope)) return v;
    return undefined;
  }

  async collect(f: Filter, value: Json, scope: Scope): Promise<Json[]> {
    const all: Json[] = [];
    for await (const v of this.values(f, value, scope)) {
      all.push(v);
      if (all.length > 2_000_000) throw new RangeError('memory');
    }
    return all;
  }

  /** Paths of what a filter picks. */
  async paths(f: Filter, value: Json, scope: Scope): Promise<Json[][]> {
    const all: Json[][] = [];
    for await (const r of this.run(f, { value, path: [] }, scope)) {
      if (!r.path) throw new JqError(`Invalid path expression with result ${shown(r.value)}`);
      all.push(r.path);
    }
    return all;
  }

  async *run(f: Filter, input: Result, scope: Scope): Results {
    const turn = this.process.step(3);
    if (turn) await turn;
    if (++this.#depth > DEEPEST) throw new RangeError('memory');
    try {
      yield* this.#run(f, input, scope);
    } finally {
      this.#depth--;
    }
  }

  async *#run(f: Filter, input: Result, scope: Scope): Results {
    const { value, path } = input;
    switch (f.type) {
      case 'identity':
        yield input;
        return;
      case 'recurse': {
        const queue: Result[] = [input];
        for (let r = queue.pop(); r; r = queue.pop()) {
          yield r;
          const turn = this.process.step(2);
          if (turn) await turn;
          queue.push(...children(r).reverse());
        }
        return;
      }
      case 'field':
        for await (const name of this.values(f.name, value, scope))
          for await (const of of this.run(f.of, input, scope))
            yield { value: get(of.value, name), path: of.path && [...of.path, name] };
        return;
      case 'slice':
        for await (const of of this.run(f.of, input, scope)) {
          const from = f.from ? ((await this.first(f.from, value, scope)) ?? null) : null;
          const to = f.to ? ((await this.first(f.to, value, scope)) ?? null) : null;
          yield {
            value: get(of.value, { start: from, end: to }),
            path: of.path && [...of.path, { start: from, end: to }],
          };
        }
        return;
      case 'iterate':
        for await (const of of this.run(f.of, input, scope)) {
          if (typeof of.value !== 'object' || of.value === null)
            throw new JqError(`Cannot iterate over ${of.value === null ? 'null' : shown(of.value)}`);
          yield* children(of);
        }
        return;
      case 'optional':
        try {
          yield* this.run(f.of, input, scope);
        } catch (error) {
          if (!(error instanceof JqError)) throw error;
        }
        return;
      case 'literal':
        yield { value: f.value };
        return;
      case 'text':
        for await (const text of this.#text(f.parts, 0, f.format, value, scope)) yield { value: text };
        return;
      case 'format':
        yield { value: formatText(f.name, value) };
        return;
      case 'array':
        yield { value: f.of ? await this.collect(f.of, value, scope) : [] };
        return;
      case 'object':
        yield* this.#object(f.entries, 0, {}, value, scope);
        return;
      case 'negate':
        for await (const v of this.values(f.of, value, scope)) {
          if (typeof v !== 'number') throw new JqError(`${shown(v)} cannot be negated`);
          yield { value: -v };
        }
        return;
      case 'pipe':
        for await (const r of this.run(f.left, input, scope)) yield* this.run(f.right, r, scope);
        return;
      case 'comma':
        yield* this.run(f.left, input, scope);
        yield* this.run(f.right, input, scope);
        return;
      case 'alternative': {
        let any = false;
        try {
          for await (const r of this.run(f.left, input, scope))
            if (r.value !== null && r.value !== false) {
              any = true;
              yield r;
            }
        } catch (error) {
          if (!(error instanceof JqError)) throw error;
        }
        if (!any) yield* this.run(f.right, input, scope);
        return;
      }
      case 'and':
      case 'or':
        for await (const left of this.values(f.left, value, scope)) {
          const on = left !== null && left !== false;
          if (on === (f.type === 'or')) yield { value: on };
          else
            for await (const right of this.values(f.right, value, scope))
              yield { value: right !== null && right !== false };
        }
        return;
      case 'binary':
        for await (const right of this.values(f.right, value, scope))
          for await (const left of this.values(f.left, value, scope)) yield { value: binary(f.operator, left, right) };
        return;
      case 'assign':
        yield* this.#assign(f, value, scope);
        return;
      case 'if':
        for await (const test of this.values(f.test, value, scope))
          yield* this.run(test !== null && test !== false ? f.yes : (f.no ?? { type: 'identity' }), input, scope);
        return;
      case 'try':
        try {
          yield* this.run(f.body, input, scope);
        } catch (error) {
          if (!(error instanceof JqError)) throw error;
          if (error.value !== null && typeof error.value === 'object' && '__break' in error.value) throw error;
          if (f.handler) yield* this.run(f.handler, { value: error.value }, scope);
        }
        return;
      case 'reduce':
        for await (const init of this.values(f.init, value, scope)) {
          let state: Json = init;
          for await (const v of this.values(f.source, value, scope))
            for (const inner of await this.#match(f.pattern, v, scope, value)) {
              let last: Json | undefined;
              for await (const next of this.values(f.update, state, inner)) last = next;
              state = last ?? null;
            }
          yield { value: state };
        }
        return;
      case 'foreach':
        for await (const init of this.values(f.init, value, scope)) {
          let state: Json = init;
          for await (const v of this.values(f.source, value, scope))
            for (const inner of await this.#match(f.pattern, v, scope, value))
              for await (const next of this.values(f.update, state, inner)) {
                state = next;
                if (f.extract) for await (const x of this.values(f.extract, state, inner)) yield { value: x };
                else yield { value: state };
              }
        }
        return;
      case 'define': {
        const inner = new Scope(scope);
        inner.functions.set(`${f.name}/${f.parameters.length}`, {
          parameters: f.parameters,
          body: f.body,
          scope: inner,
        });
        yield* this.run(f.rest, input, inner);
        return;
      }
      case 'variable': {
        const found = f.name === 'ENV' ? environment(this.process) : scope.variable(f.name);
        yield { value: found ?? null };
        return;
      }
      case 'bind':
        for await (const v of this.values(f.source, value, scope)) {
          for (const [i, pattern] of f.patterns.entries()) {
            try {
              const before = new Scope(scope);
              for (const p of f.patterns) for (const n of names(p)) before.variables.set(n, null);
              for (const inner of await this.#match(pattern, v, f.patterns.length > 1 ? before : scope, value))
                yield* this.run(f.body, input, inner);
              break;
            } catch (error) {
              if (!(error instanceof JqError) || i === f.patterns.length - 1) throw error;
            }
          }
        }
        return;
      case 'label': {
        const inner = new Scope(scope);
        const mark = Symbol(f.name);
        inner.labels.set(f.name, mark);
        try {
          yield* this.run(f.body, input, inner);
        } catch (error) {
          if (!(error instanceof Break) || error.label !== mark) throw error;
        }
        return;
      }
      case 'break':
        throw new Break(scope.label(f.label ?? '') ?? Symbol());
      case 'call':
        yield* this.#call(f, { value, path }, scope);
    }
  }

  async *#call(f: Extract<Filter, { type: 'call' }>, input: Result, scope: Scope): Results {
    const key = `${f.name}/${f.args.length}`;
    const closure = scope.function(key);
    if (closure) {
      const inner = new Scope(closure.scope);
      const bound: { name: string; arg: Filter }[] = [];
      for (const [i, p] of closure.parameters.entries()) {
        const arg = f.args[i]!;
        if (p.startsWith('$')) bound.push({ name: p.slice(1), arg });
        inner.functions.set(`${p.replace('$', '')}/0`, { parameters: [], body: arg, scope });
      }
      yield* this.#withArguments(bound, 0, closure, input, inner, scope);
      return;
    }
    const own = this.builtins[key];
    if (!own) throw new JqNameError(key);
    yield* own(this, f.args, input, scope);
  }

  async *#withArguments(
    bound: { name: string; arg: Filter }[],
    at: number,
    closure: Closure,
    input: Result,
    inner: Scope,
    scope: Scope,
  ): Results {
    const next = bound[at];
    if (!next) {
      yield* this.run(closure.body, input, inner);
      return;
    }
    for await (const v of this.values(next.arg, input.value, scope)) {
      const deeper = new Scope(inner);
      deeper.variables.set(next.name, v);
      deeper.functions.set(`${next.name}/0`, { parameters: [], body: { type: 'literal', value: v }, scope: deeper });
      yield* this.#withArguments(bound, at + 1, closure, input, deeper, scope);
    }
  }

  async *#text(
    parts: (string | Filter)[],
    at: number,
    format: string | undefined,
    value: Json,
    scope: Scope,
  ): AsyncGenerator<string, void, undefined> {
    if (at >= parts.length) {
      yield '';
      return;
    }
    const part = parts[at]!;
    for await (const rest of this.#text(parts, at + 1, format, value, scope)) {
      if (typeof part === 'string') yield part + rest;
      else
        for await (const v of this.values(part, value, scope))
          yield (format ? formatText(format, v) : typeof v === 'string' ? v : write(v, COMPACT)) + rest;
    }
  }

  async *#object(
    entries: { key: Filter; value: Filter }[],
    at: number,
    made: { [key: string]: Json },
    value: Json,
    scope: Scope,
  ): Results {
    const entry = entries[at];
    if (!entry) {
      yield { value: { ...made } };
      return;
    }
    for await (const key of this.values(entry.key, value, scope)) {
      if (typeof key !== 'string') throw new JqError(`Object keys must be strings`);
      for await (const v of this.values(entry.value, value, scope))
        yield* this.#object(entries, at + 1, { ...made, [key]: v }, value, scope);
    }
  }

  async *#assign(f: Extract<Filter, { type: 'assign' }>, value: Json, scope: Scope): Results {
    if (f.operator === '|=') {
      let result = value;
      const gone: Json[][] = [];
      for (const p of await this.paths(f.left, value, scope)) {
        const next = await this.first(f.right, getPath(result, p), scope);
        if (next === undefined) gone.push(p);
        else result = setPath(result, p, next);
      }
      yield { value: gone.length ? deletePaths(result, gone) : result };
      return;
    }
    for await (const right of this.values(f.right, value, scope)) {
      let result = value;
      for (const p of await this.paths(f.left, value, scope)) {
        const old = getPath(result, p);
        const next =
          f.operator === '='
            ? right
            : f.operator === '//='
              ? old === null || old === false
                ? right
                : old
              : binary(f.operator.slice(0, -1), old, right);
        result = setPath(result, p, next);
      }
      yield { value: result };
    }
  }

  /** Scopes with a pattern's variables bound. */
  async #match(pattern: Pattern, value: Json, scope: Scope, context: Json): Promise<Scope[]> {
    if (pattern.type === 'name') {
      const inner = new Scope(scope);
      inner.variables.set(pattern.name, value);
      return [inner];
    }
    let scopes = [scope];
    if (pattern.type === 'array') {
      if (value !== null && !Array.isArray(value)) throw new JqError(`Cannot index ${kind(value)} with number`);
      for (const [i, p] of pattern.items.entries())
        scopes = (await Promise.all(scopes.map((s) => this.#match(p, value?.[i] ?? null, s, context)))).flat();
      return scopes;
    }
    for (const entry of pattern.entries)
      scopes = (
        await Promise.all(
          scopes.map(async (s) => {
            const key = await this.first(entry.key, context, s);
            const part = get(value, key ?? null);
            let inner = s;
            if (entry.bind !== undefined) {
              inner = new Scope(s);
              inner.variables.set(entry.bind, part);
            }
            return entry.value ? this.#match(entry.value, part, inner, context) : [inner];
          }),
        )
      ).flat();
    return scopes;
  }
}

const names = (p: Pattern): string[] =>
  p.type === 'name'
    ? [p.name]
    : p.type === 'array'
      ? p.items.flatMap(names)
      : p.entries.flatMap((e) => [...(e.bind !== undefined ? [e.bind] : []), ...(e.value ? names(e.value) : [])]);

export const environment = (process: Process): Json =>
  Object.fromEntries([...process.environment].map(([k, v]) => [k, Buffer.from(v, 'latin1').toString('utf8')]));

function children({ value, path }: Result): Result[] {
  if (Array.isArray(value)) return value.map((v, i) => ({ value: v, path: path && [...path, i] }));
  if (typeof value === 'object' && value !== null)
    return Object.keys(value).map((k) => ({ value: value[k]!, path: path && [...path, k] }));
  return [];
}
