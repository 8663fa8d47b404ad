// The variables of a shell: scalars, arrays, associative arrays, their attributes, and the scopes of functions.
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';

export type Value = Bytes | Map<number, Bytes> | { keys: Map<Bytes, Bytes> };

export interface Variable {
  value: Value | undefined;
  exported?: boolean;
  readonly?: boolean;
  integer?: boolean;
  lower?: boolean;
  upper?: boolean;
  reference?: boolean;
}

export const isArray = (value: Value | undefined): value is Map<number, Bytes> => value instanceof Map;
export const isAssociative = (value: Value | undefined): value is { keys: Map<Bytes, Bytes> } =>
  typeof value === 'object' && !(value instanceof Map);

/** Total bytes of all values of one shell before it is out of memory. */
const MOST_BYTES = 16 << 20;
/** What a value costs besides its bytes. */
export const ELEMENT = 48;

export class TooMuch extends Error {}

export class Variables {
  readonly #scopes: Map<string, Variable>[];
  #bytes = 0;

  constructor(scopes: Map<string, Variable>[] = [new Map()]) {
    this.#scopes = scopes;
  }

  /** A deep copy, for a subshell. */
  copy(): Variables {
    return new Variables(
      this.#scopes.map(
        (scope) =>
          new Map(
            [...scope].map(([name, variable]) => [
              name,
              {
                ...variable,
                value: isArray(variable.value)
                  ? new Map(variable.value)
                  : isAssociative(variable.value)
                    ? { keys: new Map(variable.value.keys) }
                    : variable.value,
              },
            ]),
          ),
      ),
    );
  }

  enter(): void {
    this.#scopes.push(new Map());
  }

  leave(): void {
    this.#scopes.pop();
  }

  get inFunction(): boolean {
    return this.#scopes.length > 1;
  }

  find(name: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const variable = this.#scopes[i]!.get(name);
      if (variable) {
        if (variable.reference && typeof variable.value === 'string' && variable.value && variable.value !== name)
          return this.find(variable.value);
        return variable;
      }
    }
    return undefined;
  }

  /** The variable, made in the global scope if it is new. */
  obtain(name: string): Variable {
    let variable = this.find(name);
    if (!variable) {
      variable = { value: undefined };
      this.#scopes[0]!.set(name, variable);
    }
    return variable;
  }

  local(name: string): Variable {
    const scope = this.#scopes.at(-1)!;
    let variable = scope.get(name);
    if (!variable) {
      const outer = this.find(name);
      variable = { value: undefined, ...(outer?.exported ? { exported: true } : {}) };
      scope.set(name, variable);
    }
    return variable;
  }

  get(name: string, index?: Bytes): Bytes | undefined {
    const value = this.find(name)?.value;
    if (value === undefined) return undefined;
    if (typeof value === 'string') return index === undefined || index === '0' ? value : undefined;
    if (isArray(value)) return value.get(index === undefined ? 0 : position(value, Number(index)));
    return value.keys.get(index ?? '0');
  }

  /** Sets a value, applying the variable's attributes. @throws Error `NAME: readonly variable` */
  set(name: string, value: Bytes, index?: Bytes, append = false): void {
    this.assign(this.obtain(name), name, value, index, append);
  }

  assign(variable: Variable, name: string, value: Bytes, index?: Bytes, append = false): void {
    if (variable.readonly) throw new ReadonlyError(name);
    this.grow(value.length + ELEMENT);
    if (variable.lower) value = value.toLowerCase();
    if (variable.upper) value = value.toUpperCase();
    if (isAssociative(variable.value)) {
      const key = index ?? '0';
      variable.value.keys.set(key, append ? (variable.value.keys.get(key) ?? '') + value : value);
    } else if (index !== undefined || isArray(variable.value)) {
      if (!isArray(variable.value))
        variable.value = new Map(variable.value === undefined ? [] : [[0, variable.value as Bytes]]);
      const at = position(variable.value, Number(index ?? 0));
      variable.value.set(at, append ? (variable.value.get(at) ?? '') + value : value);
    } else variable.value = append ? ((variable.value as Bytes | undefined) ?? '') + value : value;
  }

  /** Counts what a value is about to take. @throws TooMuch */
  grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= MOST_BYTES) return;
    this.#bytes = this.size();
    owe(this.#bytes / 4096);
    if (this.#bytes + bytes > MOST_BYTES) throw new TooMuch();
  }

  unset(name: string): boolean {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const variable = this.#scopes[i]!.get(name);
      if (!variable) continue;
      if (variable.readonly) throw new ReadonlyError(name);
      this.#scopes[i]!.delete(name);
      return true;
    }
    return false;
  }

  /** The elements of an array in order; one for a scalar; none when unset. */
  elements(name: string): Bytes[] {
    const value = this.find(name)?.value;
    if (value === undefined) return [];
    if (typeof value === 'string') return [value];
    if (isArray(value)) {
      owe(value.size >> 4);
      return [...value].sort(([a], [b]) => a - b).map(([, text]) => text);
    }
    return [...value.keys.values()];
  }

  indices(name: string): Bytes[] {
    const value = this.find(name)?.value;
    if (value === undefined) return [];
    if (typeof value === 'string') return ['0'];
    if (isArray(value)) return [...value.keys()].sort((a, b) => a - b).map(String);
    return [...value.keys.keys()];
  }

  /** Names of all set variables, sorted by bytes. */
  names(): string[] {
    const names = new Set<string>();
    for (const scope of this.#scopes) for (const name of scope.keys()) names.add(name);
    return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** What a program gets. */
  environment(): Map<Bytes, Bytes> {
    const environment = new Map<Bytes, Bytes>();
    for (const scope of this.#scopes)
      for (const [name, { exported, value }] of scope)
        if (exported && typeof value === 'string') environment.set(name, value);
    return environment;
  }

  private size(): number {
    let bytes = 0;
    for (const scope of this.#scopes)
      for (const { value } of scope.values()) {
        if (typeof value === 'string') bytes += value.length;
        else if (isArray(value)) for (const text of value.values()) bytes += text.length + ELEMENT;
        else if (value) for (const [key, text] of value.keys) bytes += key.length + text.length + 2 * ELEMENT;
      }
    return bytes;
  }
}

/** Negative indices count from the end. */
function position(value: Map<number, Bytes>, index: number): number {
  if (index >= 0 || value.size === 0) return index;
  let last = 0;
  for (const key of value.keys()) last = Math.max(last, key);
  return last + 1 + index;
}

export class ReadonlyError extends Error {
  constructor(name: string) {
    super(`${name}: readonly variable`);
  }
}
