// The variables of a shell: scalars, arrays, associative arrays, their attributes, and the scopes of functions.
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { characters, lower, upper } from './letters.ts';

export type Value = Bytes | Map<number, Bytes> | { keys: Map<Bytes, Bytes> };

export interface Variable {
  value: Value | undefined;
  exported?: boolean;
  readonly?: boolean;
  integer?: boolean;
  lower?: boolean;
  upper?: boolean;
  /** declare -c: the first letter is a capital. */
  capital?: boolean;
  /** declare -t. */
  traced?: boolean;
  /** declare -a, -A without a value yet: what `declare -p` shows. */
  bare?: boolean;
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
    const copy = new Variables(
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
    for (const name of this.gone) copy.gone.add(name);
    return copy;
  }

  /** The shell's own variables that were unset: they have lost their meaning. */
  readonly gone = new Set<string>();
  isUnsetDynamic(name: string): boolean {
    return this.gone.size > 0 && this.gone.has(name);
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

  /** The variable of this name itself, be it a reference. */
  own(name: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const variable = this.#scopes[i]!.get(name);
      if (variable) return variable;
    }
    return undefined;
  }

  /** Do its references lead back to it? */
  circular(name: string): boolean {
    let at = name;
    for (let hops = 0; hops < 8; hops++) {
      const variable = this.own(at);
      if (!variable?.reference || typeof variable.value !== 'string' || variable.value === '') return false;
      at = variable.value;
    }
    return true;
  }

  /** The name that a name stands for at the end of its references, and the subscript if that is an element. */
  resolve(name: string): [name: string, index?: Bytes] {
    for (let hops = 0; hops < 8; hops++) {
      const variable = this.own(name);
      if (!variable?.reference || typeof variable.value !== 'string' || variable.value === '') return [name];
      const match = /^([a-zA-Z_]\w*)\[([\s\S]*)\]$/.exec(variable.value);
      if (match) return [match[1]!, match[2]!];
      if (variable.value === name) return [name];
      name = variable.value;
    }
    return [name];
  }

  find(name: string): Variable | undefined {
    const variable = this.own(name);
    if (!variable?.reference || typeof variable.value !== 'string' || variable.value === '') return variable;
    const [target] = this.resolve(name);
    return target === name ? variable : this.own(target);
  }

  /** The variable, made in the global scope if it is new. */
  obtain(name: string): Variable {
    let variable = this.find(name);
    if (!variable) {
      variable = { value: undefined };
      this.#scopes[0]!.set(this.resolve(name)[0], variable);
    }
    return variable;
  }

  /** The variable of the global scope. */
  global(name: string): Variable {
    let variable = this.#scopes[0]!.get(name);
    if (!variable) this.#scopes[0]!.set(name, (variable = { value: undefined }));
    return variable;
  }

  /** Is there one in the scope of the function that runs? */
  isLocal(name: string): boolean {
    return this.#scopes.length > 1 && this.#scopes.at(-1)!.has(name);
  }

  /** Names of the scope of the function that runs. */
  localNames(): string[] {
    return [...this.#scopes.at(-1)!.keys()].sort((a, b) => (a < b ? -1 : 1));
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
    let value: Value | undefined;
    const variable = this.own(name);
    if (variable?.reference) {
      const [target, element] = this.resolve(name);
      value = this.own(target)?.value;
      index ??= element;
    } else value = variable?.value;
    if (value === undefined) return undefined;
    if (typeof value === 'string') return index === undefined || index === '0' ? value : undefined;
    if (isArray(value)) return value.get(index === undefined ? 0 : position(value, Number(index)));
    return value.keys.get(index ?? '0');
  }

  /** Sets a value, applying the variable's attributes. @throws Error `NAME: readonly variable` */
  set(name: string, value: Bytes, index?: Bytes, append = false): void {
    const [target, element] = this.resolve(name);
    this.assign(this.obtain(target), target, value, index ?? element, append);
  }

  /** A value as the attributes of its variable want it. */
  shaped(variable: Variable, value: Bytes): Bytes {
    if (variable.lower) return lower(value);
    if (variable.upper) return upper(value);
    if (!variable.capital) return value;
    const [first = '', ...rest] = characters(value);
    return upper(first) + lower(rest.join(''));
  }

  assign(variable: Variable, name: string, value: Bytes, index?: Bytes, append = false): void {
    if (variable.readonly) throw new ReadonlyError(name);
    this.grow(value.length + ELEMENT);
    value = this.shaped(variable, value);
    if (variable.bare) delete variable.bare;
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
      // A local variable stays, without a value: the one outside is not seen through it.
      if (i > 0 && i === this.#scopes.length - 1) this.#scopes[i]!.set(name, { value: undefined });
      else this.#scopes[i]!.delete(name);
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
    return byHash(value.keys).map(([, text]) => text);
  }

  indices(name: string): Bytes[] {
    const value = this.find(name)?.value;
    if (value === undefined) return [];
    if (typeof value === 'string') return ['0'];
    if (isArray(value)) return [...value.keys()].sort((a, b) => a - b).map(String);
    return byHash(value.keys).map(([key]) => key);
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

/** The entries of an associative array in the order of bash's hash table: FNV-1 in 1024 buckets, the newest of a bucket first. */
export function byHash(keys: ReadonlyMap<Bytes, Bytes>): [Bytes, Bytes][] {
  owe(keys.size >> 3);
  const buckets: { bucket: number; entry: [Bytes, Bytes] }[] = [];
  for (const entry of keys) {
    let hash = 2166136261;
    for (let i = 0; i < entry[0].length; i++) hash = Math.imul(hash, 16777619) ^ entry[0].charCodeAt(i);
    buckets.push({ bucket: hash & 1023, entry });
  }
  return buckets
    .reverse()
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ entry }) => entry);
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
