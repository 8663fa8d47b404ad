// Python's values: None, bool, int, float and str are JavaScript's null, boolean, bigint, number and string; all else is a `Thing`.
//
// A str holds Unicode text (bytes that are no UTF-8 as U+DC80…U+DCFF, as surrogateescape does); a bytes object holds `Bytes`.
import type { Bytes } from '../../machine/machine.ts';
import type { Expression, FunctionDefinition } from './tree.ts';

export type Value = null | boolean | bigint | number | string | Thing;

/**
 * Work that may have to wait: yields promises for the process to wait for and, inside of a Python generator, `Yielded` values.
 */
export type Steps<T> = Generator<unknown, T, unknown>;

/** What a Python generator hands out. */
export class Yielded {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

export abstract class Thing {
  cls: Class;
  attributes?: Map<string, Value>;
  constructor(cls: Class) {
    this.cls = cls;
  }
}

export class Class extends Thing {
  readonly name: string;
  module = 'builtins';
  readonly bases: readonly Class[];
  /** Method resolution order, itself first. */
  readonly order: readonly Class[];
  readonly own = new Map<string, Value>();
  /** Makes an instance (`__new__` of a built-in class); inherited. */
  make?: (cls: Class, args: Value[], named: Named, python: Python) => Value | Steps<Value>;
  constructor(name: string, bases: readonly Class[] = [], meta?: Class) {
    super(meta as Class);
    if (!meta) this.cls = (bases[0]?.cls ?? this) as Class;
    this.name = name;
    this.bases = bases;
    this.order = [this, ...linearize(bases)];
    const maker = this.order.find((c) => c.make);
    if (maker?.make) this.make = maker.make;
  }

  find(name: string): Value | undefined {
    for (const c of this.order) {
      const value = c.own.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  is(other: Class): boolean {
    return this === other || this.order.includes(other);
  }
}

/** C3 for the simple cases: each base's order, later duplicates win. */
function linearize(bases: readonly Class[]): Class[] {
  const all = bases.flatMap((b) => b.order);
  return all.filter((c, i) => all.lastIndexOf(c) === i);
}

export type Named = ReadonlyMap<string, Value>;
/** A function of ours; may be a generator function where it waits or calls back. */
export type NativeFunction = (
  args: Value[],
  named: Named,
  python: Python,
) => Value | undefined | Steps<Value | undefined>;

const type = new Class('type');
type.cls = type;
const object = new Class('object', [], type);
(type as { order: readonly Class[] }).order = [type, object];
const cls = (name: string, base = object) => new Class(name, [base], type);

/** The built-in classes by name. */
export const types = {
  type,
  object,
  NoneType: cls('NoneType'),
  int: cls('int'),
  bool: undefined as unknown as Class,
  float: cls('float'),
  str: cls('str'),
  bytes: cls('bytes'),
  bytearray: cls('bytearray'),
  list: cls('list'),
  tuple: cls('tuple'),
  dict: cls('dict'),
  set: cls('set'),
  frozenset: cls('frozenset'),
  range: cls('range'),
  slice: cls('slice'),
  function: cls('function'),
  builtin: cls('builtin_function_or_method'),
  method: cls('method'),
  module: cls('module'),
  generator: cls('generator'),
  coroutine: cls('coroutine'),
  iterator: cls('iterator'),
  property: cls('property'),
  staticmethod: cls('staticmethod'),
  classmethod: cls('classmethod'),
  super: cls('super'),
  ellipsis: cls('ellipsis'),
  NotImplementedType: cls('NotImplementedType'),
  code: cls('code'),
  dict_keys: cls('dict_keys'),
  dict_values: cls('dict_values'),
  dict_items: cls('dict_items'),
};
types.bool = cls('bool', types.int);

export class Instance extends Thing {}

export class Native extends Thing {
  readonly name: string;
  readonly run: NativeFunction;
  readonly self?: Value;
  constructor(name: string, run: NativeFunction, self?: Value) {
    super(types.builtin);
    this.name = name;
    this.run = run;
    if (self !== undefined) this.self = self;
  }
}

export class ByteString extends Thing {
  data: Bytes;
  constructor(data: Bytes, mutable = false) {
    super(mutable ? types.bytearray : types.bytes);
    this.data = data;
  }
}

export class List extends Thing {
  items: Value[];
  constructor(items: Value[]) {
    super(types.list);
    this.items = items;
  }
}

export class Tuple extends Thing {
  readonly items: readonly Value[];
  /** Field names of a structure sequence or named tuple (`os.uname()`). */
  fields?: readonly string[];
  constructor(items: readonly Value[], cls = types.tuple, fields?: readonly string[]) {
    super(cls);
    this.items = items;
    if (fields) this.fields = fields;
  }
}

export type Key = unknown;

export class Dict extends Thing {
  readonly entries = new Map<Key, [Value, Value]>();
  /** defaultdict's factory. */
  factory?: Value;
  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super(types.dict);
    for (const [k, v] of entries) this.set(k, v);
  }

  get(key: Value): Value | undefined {
    return this.entries.get(keyOf(key))?.[1];
  }

  set(key: Value, value: Value): void {
    const k = keyOf(key);
    const entry = this.entries.get(k);
    if (entry) entry[1] = value;
    else this.entries.set(k, [key, value]);
  }

  delete(key: Value): boolean {
    return this.entries.delete(keyOf(key));
  }
}

/** Text-keyed attributes as a dict that stays in step with them: a module's or frame's namespace. */
export class NamespaceDict extends Dict {}

export class Set_ extends Thing {
  readonly entries = new Map<Key, Value>();
  constructor(items: Iterable<Value> = [], cls = types.set) {
    super(cls);
    for (const item of items) this.entries.set(keyOf(item), item);
  }
}

export class View extends Thing {
  readonly dict: Dict;
  constructor(cls: Class, dict: Dict) {
    super(cls);
    this.dict = dict;
  }
}

export class Range extends Thing {
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
  constructor(start: bigint, stop: bigint, step: bigint) {
    super(types.range);
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  get length(): bigint {
    const span = this.step > 0n ? this.stop - this.start : this.start - this.stop;
    const step = this.step > 0n ? this.step : -this.step;
    return span <= 0n ? 0n : (span + step - 1n) / step;
  }
}

export class Slice extends Thing {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
  constructor(start: Value, stop: Value, step: Value) {
    super(types.slice);
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

export class Module extends Thing {
  readonly name: string;
  override attributes: Map<string, Value>;
  constructor(name: string, attributes: Iterable<[string, Value]> = []) {
    super(types.module);
    this.name = name;
    this.attributes = new Map<string, Value>([['__name__', name], ...attributes]);
  }
}

/** Where names live while code runs. */
export interface Frame {
  /** `<module>`, a function's name, `<listcomp>`. */
  readonly name: string;
  /** `<string>`, `<stdin>` or a path. */
  readonly file: string;
  readonly globals: Map<string, Value>;
  readonly locals: Map<string, Value>;
  /** Names that belong to this function; undefined: a module or class body, whose names fall through to the globals. */
  readonly own?: ReadonlySet<string>;
  readonly globalNames?: ReadonlySet<string>;
  readonly nonlocalNames?: ReadonlySet<string>;
  /** The function's surroundings, for closures. */
  readonly outer?: Frame | undefined;
  /** For super(): the class whose body the function stands in, and the first argument. */
  readonly home?: Class | undefined;
  /** Where execution is: what a traceback shows of this frame. */
  at: readonly [number, number, number, number];
  anchor?: readonly [number, number] | undefined;
}

export class Function_ extends Thing {
  readonly definition: FunctionDefinition | undefined;
  readonly body: Expression | undefined;
  readonly name: string;
  readonly defaults: Map<string, Value>;
  readonly outer: Frame;
  home?: Class | undefined;
  readonly scope: { own: ReadonlySet<string>; globals: ReadonlySet<string>; nonlocals: ReadonlySet<string> };
  constructor(
    name: string,
    definition: FunctionDefinition,
    body: Expression | undefined,
    defaults: Map<string, Value>,
    outer: Frame,
    scope: Function_['scope'],
  ) {
    super(types.function);
    this.name = name;
    this.definition = definition;
    this.body = body;
    this.defaults = defaults;
    this.outer = outer;
    this.scope = scope;
  }
}

export class Method extends Thing {
  readonly self: Value;
  readonly callee: Value;
  constructor(self: Value, callee: Value) {
    super(types.method);
    this.self = self;
    this.callee = callee;
  }
}

/** Anything with `__next__` of ours: `next` gives undefined at the end. */
export class Iterator extends Thing {
  readonly next: () => Value | undefined | Steps<Value | undefined>;
  constructor(next: Iterator['next'], cls = types.iterator) {
    super(cls);
    this.next = next;
  }
}

export class Generator_ extends Thing {
  readonly steps: Steps<Value>;
  readonly name: string;
  started = false;
  done = false;
  running = false;
  /** What `return` gave. */
  result: Value = null;
  constructor(steps: Steps<Value>, name: string, coroutine = false) {
    super(coroutine ? types.coroutine : types.generator);
    this.steps = steps;
    this.name = name;
  }
}

/** property, staticmethod, classmethod. */
export class Descriptor extends Thing {
  get: Value;
  set: Value = null;
  constructor(cls: Class, get: Value) {
    super(cls);
    this.get = get;
  }
}

export class Super extends Thing {
  readonly after: Class;
  readonly self: Value;
  constructor(after: Class, self: Value) {
    super(types.super);
    this.after = after;
    this.self = self;
  }
}

/** A thing of ours with a few native methods (a file, a socket, a hash object …); `state` is the module's own business. */
export class Holder<T> extends Thing {
  readonly state: T;
  constructor(cls: Class, state: T, attributes?: Map<string, Value>) {
    super(cls);
    this.state = state;
    if (attributes) this.attributes = attributes;
  }
}

export const ELLIPSIS = new Instance(types.ellipsis);
export const NOT_IMPLEMENTED = new Instance(types.NotImplementedType);

/** One level of a traceback. */
export interface Level {
  file: string;
  line: number;
  name: string;
  at?: readonly [number, number, number, number] | undefined;
  /** Underlined with ^ while the rest of the expression gets ~: the operator or the brackets. */
  anchor?: readonly [number, number] | undefined;
  /** Levels of the standard library as they are printed, in place of all else. */
  verbatim?: string;
}

/** A Python exception on its way. */
export class Raised {
  readonly value: Instance;
  /** Innermost first. */
  readonly levels: Level[] = [];
  /** The frame whose level was added last: passing through it again adds none. */
  frame?: Frame;
  constructor(value: Instance) {
    this.value = value;
  }
}

/** What natives may ask of the interpreter; implemented in run.ts. */
export interface Python {
  readonly process: import('../../machine/machine.ts').Process;
  readonly modules: Map<string, Module>;
  call(callee: Value, args: Value[], named?: Named): Steps<Value>;
  /** Attribute or undefined. */
  lookup(object: Value, name: string): Steps<Value | undefined>;
  getAttribute(object: Value, name: string): Steps<Value>;
  setAttribute(object: Value, name: string, value: Value): Steps<void>;
  iterate(value: Value): Steps<() => Value | undefined | Steps<Value | undefined>>;
  collect(value: Value): Steps<Value[]>;
  truth(value: Value): Steps<boolean>;
  text(value: Value): Steps<string>;
  repr(value: Value): Steps<string>;
  compare(operator: string, left: Value, right: Value): Steps<boolean>;
  binary(operator: string, left: Value, right: Value): Steps<Value>;
  /** An exception class by name. */
  exception(name: string): Class;
  /** Counts work; wait for what it returns. */
  step(count: number): Promise<void> | undefined;
  /** Counts memory; throws MemoryError beyond what the machine has. */
  charge(bytes: number): void;
  import(name: string): Steps<Module>;
  write(descriptor: 1 | 2, text: Bytes): Steps<void>;
  flush(): Steps<void>;
  gap(what: string): void;
  /** Runs source in a namespace. */
  execute(source: string, file: string, globals: Map<string, Value>, locals?: Map<string, Value>): Steps<void>;
  evaluate(source: string, globals: Map<string, Value>, locals?: Map<string, Value>): Steps<Value>;
  readonly frames: Frame[];
}

/** A call of a Python function on its way to the driver, which keeps the stack of calls itself: JavaScript's is too small for Python's. */
export class Invocation {
  readonly steps: Steps<Value>;
  readonly frame: Frame;
  constructor(steps: Steps<Value>, frame: Frame) {
    this.steps = steps;
    this.frame = frame;
  }
}

/** Waits for a promise inside of `Steps`. */
export function* wait<T>(promise: Promise<T> | T): Steps<T> {
  if (promise instanceof Promise) return (yield promise) as T;
  return promise;
}

export const isSteps = (value: unknown): value is Steps<Value | undefined> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { next?: unknown }).next === 'function' &&
  Symbol.iterator in value;

/** What a value is equal by, as a key of a Map. */
export function keyOf(value: Value): Key {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
    case 'number':
      return value;
  }
  if (value instanceof Tuple) return `\ud800(${value.items.map((i) => part(keyOf(i))).join(',')}`;
  if (value instanceof ByteString && value.cls === types.bytes) return `\ud800b${value.data}`;
  if (value instanceof Set_ && value.cls === types.frozenset)
    return `\ud800f${[...value.entries.keys()].map(part).sort().join(',')}`;
  if (
    value instanceof List ||
    value instanceof Dict ||
    value instanceof Set_ ||
    value instanceof ByteString ||
    value instanceof Slice
  )
    throw new Unhashable(value.cls.name);
  if (value instanceof Method) return `\ud800m${identity(value.self)},${identity(value.callee)}`;
  return value;
}
const part = (key: Key): string => {
  if (typeof key === 'string') return `s${key.length}:${key}`;
  if (typeof key === 'object' && key !== null) return `o${identity(key as Value)}`;
  return `${typeof key}${String(key)}`;
};

export class Unhashable extends Error {
  readonly type: string;
  constructor(type: string) {
    super();
    this.type = type;
  }
}

const identities = new WeakMap<object, number>();
let latest = 0;
/** id(): an address as CPython's heap has them, steady per object. */
export function identity(value: Value): bigint {
  if (typeof value === 'object' && value !== null) {
    let known = identities.get(value);
    if (known === undefined) {
      known = ++latest;
      identities.set(value, known);
    }
    return 0x7f3a5c1b4000n + BigInt(known * 0x30 * 7);
  }
  let sum = 7n;
  for (const c of String(value).slice(0, 40)) sum = (sum * 31n + BigInt(c.codePointAt(0)!)) & 0xfffffn;
  return 0x9527a0n + sum * 16n;
}

export function typeOf(value: Value): Class {
  if (value === null) return types.NoneType;
  switch (typeof value) {
    case 'string':
      return types.str;
    case 'bigint':
      return types.int;
    case 'number':
      return types.float;
    case 'boolean':
      return types.bool;
  }
  return value.cls;
}

/** Names of the type as error messages have it. */
export const typeName = (value: Value): string => typeOf(value).name;

/** Whether it is an int (a bool is one), and its value. */
export const isInt = (value: Value): value is bigint | boolean =>
  typeof value === 'bigint' || typeof value === 'boolean';
