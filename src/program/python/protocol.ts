// What every Python value can be asked: its attributes, to be called, walked through, compared, tested and shown.
import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';
import { exceptions, makeException, raise, translated } from './exceptions.ts';
import { floatText, formatValue, percent } from './format.ts';
import { arithmetic, quickEqual, quickOrder } from './operators.ts';
import { characters, encode, quoted, quotedBytes } from './unicode.ts';
import {
  ByteString, Class, Descriptor, Dict, ELLIPSIS, type Frame, Function_, Generator_, Holder, Instance, Iterator, identity, isInt, isSteps, keyOf,
  type Level, List, Method, Module, type Named, Native, NOT_IMPLEMENTED, type Python, Raised, Range, Set_, Slice, type Steps, Super, Thing, Tuple, typeName,
  typeOf, types, Unhashable, type Value, View, wait,Yielded, 
} from './values.ts'; // biome-ignore format: one list

/** Calls inside calls, as sys.getrecursionlimit(). */
export const RECURSION_LIMIT = 1000;
/** Live bytes of one interpreter, as we count them. */
const MEMORY = 64 << 20;
/** Integers of more digits are not written out, as sys.get_int_max_str_digits(). */
const MOST_DIGITS = 10n ** 4300n - 1n;
/** Values walked when the live memory is measured. */
const MOST_MEASURED = 1_200_000;
const NONE: Named = new Map();
const DUNDER: Record<string, [string, string]> = {
  '+': ['__add__', '__radd__'], '-': ['__sub__', '__rsub__'], '*': ['__mul__', '__rmul__'], '/': ['__truediv__', '__rtruediv__'],
  '//': ['__floordiv__', '__rfloordiv__'], '%': ['__mod__', '__rmod__'], '**': ['__pow__', '__rpow__'], '<<': ['__lshift__', '__rlshift__'],
  '>>': ['__rshift__', '__rrshift__'], '&': ['__and__', '__rand__'], '|': ['__or__', '__ror__'], '^': ['__xor__', '__rxor__'], '@': ['__matmul__', '__rmatmul__'],
}; // biome-ignore format: one table
const ORDER: Record<string, [string, string]> = {
  '<': ['__lt__', '__gt__'],
  '>': ['__gt__', '__lt__'],
  '<=': ['__le__', '__ge__'],
  '>=': ['__ge__', '__le__'],
};

export abstract class Protocol implements Python {
  readonly process: Process;
  readonly modules = new Map<string, Module>();
  readonly frames: Frame[] = [];
  /** Values under construction, which no name refers to yet. */
  protected readonly temporaries: Thing[] = [];
  /** An attribute that is computed when asked for (`__doc__`, `sys.exc_info` …) is none of our values. */
  #charged = 0;
  #showing: Thing[] = [];
  #out = '';

  constructor(process: Process) {
    this.process = process;
  }

  abstract import(name: string): Steps<Module>;
  abstract execute(source: string, file: string, globals: Map<string, Value>, locals?: Map<string, Value>): Steps<void>;
  abstract evaluate(source: string, globals: Map<string, Value>, locals?: Map<string, Value>): Steps<Value>;
  protected abstract callFunction(callee: Function_, args: Value[], named: Named): Steps<Value>;

  exception(name: string): Class {
    return exceptions.get(name)!;
  }

  step(count: number): Promise<void> | undefined {
    return this.process.step(count);
  }

  gap(what: string): void {
    this.process.witness.gap('python3', what);
  }

  // Output: standard output is held back unless it is a terminal, as CPython does.

  *write(descriptor: 1 | 2, text: Bytes): Steps<void> {
    if (descriptor === 2) {
      yield* this.#system(() => this.process.err(text));
      return;
    }
    this.#out += text;
    const terminal = this.process.descriptors.get(1)?.terminal;
    if (this.#out.length > 8192 || (terminal && text.includes('\n'))) yield* this.flush();
  }

  *flush(): Steps<void> {
    const text = this.#out;
    this.#out = '';
    if (text !== '') yield* this.#system(() => this.process.out(text));
  }

  *#system(action: () => void | Promise<void>): Steps<void> {
    try {
      const done = action();
      if (done) yield done;
    } catch (error) {
      throw translated(error);
    }
  }

  // Memory

  charge(bytes: number): void {
    this.#charged += bytes;
    if (this.#charged < MEMORY / 3) return;
    const live = this.#measure() + bytes;
    this.#charged = 0;
    if (live > MEMORY) raise('MemoryError');
  }

  /** Roughly the bytes of all values that can be reached. */
  #measure(): number {
    const seen = new Set<Thing>();
    const queue: Value[] = [...this.temporaries];
    let bytes = 0;
    let count = 0;
    // What is small and refers to nothing is counted where it stands.
    const add = (value: Value) => {
      if (
        (typeof value === 'bigint' && value < 1n << 64n && value > -(1n << 64n)) ||
        typeof value === 'number' ||
        value === null
      ) {
        bytes += 24;
        count++;
      } else queue.push(value);
    };
    const map = (values: Map<string, Value> | undefined) => {
      if (values) for (const v of values.values()) queue.push(v);
    };
    for (const frame of this.frames) {
      map(frame.globals);
      for (let f: Frame | undefined = frame; f; f = f.outer) map(f.locals);
    }
    for (const module of this.modules.values()) map(module.attributes);
    for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
      if (++count > MOST_MEASURED) return MEMORY * 2;
      if (typeof value === 'string') bytes += value.length > 16 ? value.length : 8;
      else if (typeof value === 'bigint') bytes += value < 1n << 64n ? 16 : value.toString(16).length >> 1;
      else if (value instanceof Thing) {
        if (seen.has(value)) continue;
        seen.add(value);
        bytes += 48;
        if (value instanceof ByteString) bytes += value.data.length;
        else if (value instanceof List || value instanceof Tuple) for (const item of value.items) add(item);
        else if (value instanceof Dict)
          for (const pair of value.entries.values()) {
            bytes += 48;
            add(pair[0]);
            add(pair[1]);
          }
        else if (value instanceof Set_)
          for (const item of value.entries.values()) {
            bytes += 32;
            add(item);
          }
        else if (value instanceof Function_) map(value.outer.locals);
        else if (
          value instanceof Holder &&
          typeof value.state === 'object' &&
          value.state !== null &&
          'size' in value.state
        )
          bytes += Number(value.state.size);
        map(value.attributes);
      } else bytes += 8;
    }
    return bytes;
  }

  // Errors

  /** An error of ours, of the machine or of JavaScript as the Python exception it is; anything else (a signal) as it is. */
  protected asRaised(error: unknown): unknown {
    if (error instanceof Raised) return error;
    if (error instanceof Unhashable)
      return new Raised(makeException(exceptions.get('TypeError')!, `unhashable type: '${error.type}'`));
    if (error instanceof SystemError) return translated(error);
    if (error instanceof RangeError) {
      if (/call stack/.test(error.message))
        return new Raised(makeException(exceptions.get('RecursionError')!, 'maximum recursion depth exceeded'));
      return new Raised(makeException(exceptions.get('MemoryError')!));
    }
    return error;
  }

  /** Adds this frame's level to a passing exception. */
  protected through(error: unknown, frame: Frame): unknown {
    const raised = this.asRaised(error);
    if (raised instanceof Raised && raised.frame !== frame) {
      raised.frame = frame;
      const level: Level = {
        file: frame.file,
        line: frame.at[0],
        name: frame.name,
        at: frame.at,
        anchor: frame.anchor,
      };
      if (raised.levels.length < RECURSION_LIMIT + 10) raised.levels.push(level);
    }
    return raised;
  }

  // Calls

  *call(callee: Value, args: Value[], named: Named = NONE): Steps<Value> {
    if (callee instanceof Native) {
      const result = callee.run(callee.self === undefined ? args : [callee.self, ...args], named, this);
      return (isSteps(result) ? yield* result : result) ?? null;
    }
    if (callee instanceof Function_) return yield* this.callFunction(callee, args, named);
    if (callee instanceof Method) return yield* this.call(callee.callee, [callee.self, ...args], named);
    if (callee instanceof Class) return yield* this.construct(callee, args, named);
    if (callee instanceof Descriptor && callee.cls !== types.property) return yield* this.call(callee.get, args, named);
    if (callee instanceof Thing) {
      const method = callee.cls.find('__call__');
      if (method !== undefined) return yield* this.call(method, [callee, ...args], named);
    }
    return raise('TypeError', `'${typeName(callee)}' object is not callable`);
  }

  private *construct(cls: Class, args: Value[], named: Named): Steps<Value> {
    const own = cls.find('__new__');
    let made: Value;
    if (own !== undefined) made = yield* this.call(own instanceof Descriptor ? own.get : own, [cls, ...args], named);
    else if (cls.make) {
      const result = cls.make(cls, args, named, this);
      made = isSteps(result) ? yield* result : (result as Value);
    } else if (cls.is(exceptions.get('BaseException')!)) {
      made = makeException(cls, ...args);
      const renamed = cls.is(exceptions.get('OSError')!) && args.length >= 2 && cls === exceptions.get('OSError');
      if (renamed) made = this.#specific(args, made as Instance);
      for (const [k, v] of named) (made as Instance).attributes?.set(k, v);
    } else {
      made = new Instance(cls);
      if (cls.find('__init__') === undefined && (args.length > 0 || named.size > 0))
        raise('TypeError', `${cls.name}() takes no arguments`);
    }
    if (typeOf(made) !== cls) return made;
    const init = cls.find('__init__');
    if (init !== undefined && init !== null) {
      const result = yield* this.call(init, [made, ...args], named);
      if (result !== null) raise('TypeError', `__init__() should return None, not '${typeName(result)}'`);
    }
    return made;
  }

  /** OSError(2, …) is a FileNotFoundError. */
  #specific(args: Value[], otherwise: Instance): Value {
    const known: Record<string, string> = {
      '1': 'PermissionError',
      '2': 'FileNotFoundError',
      '13': 'PermissionError',
      '17': 'FileExistsError',
      '32': 'BrokenPipeError',
      '110': 'TimeoutError',
      '111': 'ConnectionRefusedError',
    };
    const name = known[String(args[0])];
    return name ? makeException(exceptions.get(name)!, ...args) : otherwise;
  }

  // Attributes

  *lookup(object: Value, name: string): Steps<Value | undefined> {
    if (object instanceof Module) {
      const value = object.attributes.get(name);
      if (value !== undefined) return value;
      if (name === '__dict__') return new Dict(object.attributes.entries());
    } else if (object instanceof Class) {
      const value = object.find(name);
      if (value !== undefined) {
        if (value instanceof Descriptor) {
          if (value.cls === types.staticmethod) return value.get;
          if (value.cls === types.classmethod) return new Method(object, value.get);
        }
        return value;
      }
      if (name === '__name__' || name === '__qualname__') return object.name;
      if (name === '__module__') return object.module;
      if (name === '__bases__') return new Tuple([...object.bases]);
      if (name === '__base__') return object.bases[0] ?? null;
      if (name === '__mro__') return new Tuple([...object.order]);
      if (name === '__dict__') return new Dict(object.own.entries());
      if (name === '__doc__') return null;
      const meta = object.cls.find(name);
      if (meta !== undefined && object.cls !== object) return new Method(object, meta);
    } else if (object instanceof Super) {
      const order = typeOf(object.self instanceof Class ? object.self : object.self).order;
      const all = object.self instanceof Class ? object.self.order : order;
      for (const c of all.slice(all.indexOf(object.after) + 1)) {
        const value = c.own.get(name);
        if (value !== undefined) return yield* this.#bind(value, object.self);
      }
      if (name === '__init__')
        return new Native('__init__', (args) => {
          if (object.self instanceof Instance && object.self.attributes?.has('args'))
            object.self.attributes.set('args', new Tuple(args));
          return null;
        });
      if (name === '__new__') return new Native('__new__', ([c]) => new Instance(c as Class));
      return undefined;
    } else if (object instanceof Thing) {
      const found = object.cls.find(name);
      if (found instanceof Descriptor && found.cls === types.property) return yield* this.call(found.get, [object]);
      const own = object.attributes?.get(name);
      if (own !== undefined) return own;
      if (found !== undefined) return yield* this.#bind(found, object);
      if (object instanceof Tuple && object.fields?.includes(name)) return object.items[object.fields.indexOf(name)];
      if (name === '__dict__' && (object instanceof Instance || object instanceof Holder)) {
        object.attributes ??= new Map();
        return new Dict(object.attributes.entries());
      }
      if (object instanceof Function_ || object instanceof Native) {
        if (name === '__name__' || name === '__qualname__') return object.name;
        if (name === '__doc__') return object instanceof Function_ ? docstring(object) : null;
        if (name === '__module__')
          return object instanceof Function_ ? (object.outer.globals.get('__name__') ?? null) : 'builtins';
        if (name === '__globals__' && object instanceof Function_) return new Dict(object.outer.globals.entries());
        if (name === '__self__' && object instanceof Native) return object.self ?? (yield* this.import('builtins'));
      }
      if (object instanceof Method) {
        if (name === '__self__') return object.self;
        if (name === '__func__') return object.callee;
        return yield* this.lookup(object.callee, name);
      }
      if (object instanceof Slice && /^(start|stop|step)$/.test(name)) return object[name as 'start'];
      if (object instanceof Range && /^(start|stop|step)$/.test(name)) return object[name as 'start'];
      if (name === '__traceback__' || name === '__cause__' || name === '__context__')
        if (object.attributes?.has('args')) return null;
    } else {
      const found = typeOf(object).find(name);
      if (found !== undefined) return yield* this.#bind(found, object);
      if (isInt(object) || typeof object === 'number') {
        if (name === 'real' || name === 'numerator') return object;
        if (name === 'imag') return typeof object === 'number' ? 0 : 0n;
        if (name === 'denominator') return 1n;
      }
    }
    if (name === '__class__') return typeOf(object);
    if (name === '__doc__') return null;
    const fallback = object instanceof Thing && !(object instanceof Class) ? object.cls.find('__getattr__') : undefined;
    if (fallback !== undefined) return yield* this.call(fallback, [object, name]);
    return undefined;
  }

  *#bind(found: Value, object: Value): Steps<Value> {
    if (found instanceof Function_ || found instanceof Native) return new Method(object, found);
    if (found instanceof Descriptor) {
      if (found.cls === types.property) return yield* this.call(found.get, [object]);
      if (found.cls === types.classmethod)
        return new Method(object instanceof Class ? object : typeOf(object), found.get);
      return found.get;
    }
    return found;
  }

  *getAttribute(object: Value, name: string): Steps<Value> {
    const value = yield* this.lookup(object, name);
    if (value !== undefined) return value;
    const missing = (text: string): never => {
      const error = makeException(exceptions.get('AttributeError')!, text);
      // Read by the traceback for its "Did you mean".
      error.attributes?.set('obj', object);
      error.attributes?.set('name', name);
      throw new Raised(error);
    };
    if (object instanceof Module) return missing(`module '${object.name}' has no attribute '${name}'`);
    if (object instanceof Class) return missing(`type object '${object.name}' has no attribute '${name}'`);
    if (object instanceof Super) return raise('AttributeError', `'super' object has no attribute '${name}'`);
    return missing(`'${typeName(object)}' object has no attribute '${name}'`);
  }

  /** dir() */
  attributeNames(object: Value): string[] {
    const names = new Set<string>();
    if (object instanceof Module) for (const k of object.attributes.keys()) names.add(k);
    else {
      if (object instanceof Thing && object.attributes) for (const k of object.attributes.keys()) names.add(k);
      for (const c of (object instanceof Class ? object : typeOf(object)).order)
        for (const k of c.own.keys()) names.add(k);
    }
    return [...names];
  }

  *setAttribute(object: Value, name: string, value: Value): Steps<void> {
    if (object instanceof Class) {
      if (object.module === 'builtins')
        raise('TypeError', `cannot set '${name}' attribute of immutable type '${object.name}'`);
      object.own.set(name, value);
    } else if (object instanceof Thing) {
      const found = object.cls.find(name);
      if (found instanceof Descriptor && found.cls === types.property) {
        if (found.set === null)
          raise('AttributeError', `property '${name}' of '${object.cls.name}' object has no setter`);
        yield* this.call(found.set, [object, value]);
        return;
      }
      const setter = object.cls.find('__setattr__');
      if (setter !== undefined) {
        yield* this.call(setter, [object, name, value]);
        return;
      }
      const open =
        object instanceof Instance ||
        object instanceof Holder ||
        object instanceof Module ||
        object instanceof Function_ ||
        object.cls.module !== 'builtins';
      if (!open) {
        if (object.cls.find(name) !== undefined)
          raise('AttributeError', `'${object.cls.name}' object attribute '${name}' is read-only`);
        raise('AttributeError', `'${object.cls.name}' object has no attribute '${name}'`);
      }
      object.attributes ??= new Map();
      object.attributes.set(name, value);
      this.charge(32);
    } else raise('AttributeError', `'${typeName(object)}' object has no attribute '${name}'`);
  }

  // Walking

  *iterate(value: Value): Steps<() => Value | undefined | Steps<Value | undefined>> {
    let at = 0;
    if (value instanceof List || value instanceof Tuple) {
      const own = value.cls.module === 'builtins' ? undefined : value.cls.find('__iter__');
      if (own === undefined) return () => (at < value.items.length ? value.items[at++] : undefined);
    }
    if (typeof value === 'string') {
      const all = characters(value);
      return () => (at < all.length ? all[at++] : undefined);
    }
    if (value instanceof Range) {
      const { length } = value;
      let index = 0n;
      return () => (index < length ? value.start + index++ * value.step : undefined);
    }
    if (value instanceof Dict || value instanceof View) {
      const dict = value instanceof View ? value.dict : value;
      const kind = value instanceof View ? value.cls : types.dict_keys;
      const { size } = dict.entries;
      const walk = dict.entries.values();
      return () => {
        if (dict.entries.size !== size) raise('RuntimeError', 'dictionary changed size during iteration');
        const { value: pair, done } = walk.next();
        if (done) return undefined;
        return kind === types.dict_keys ? pair[0] : kind === types.dict_values ? pair[1] : new Tuple(pair);
      };
    }
    if (value instanceof Set_) {
      const { size } = value.entries;
      const walk = value.entries.values();
      return () => {
        if (value.entries.size !== size) raise('RuntimeError', 'Set changed size during iteration');
        const { value: item, done } = walk.next();
        return done ? undefined : item;
      };
    }
    if (value instanceof ByteString)
      return () => (at < value.data.length ? BigInt(value.data.charCodeAt(at++)) : undefined);
    if (value instanceof Iterator) return value.next;
    if (value instanceof Generator_ && value.cls === types.generator) return () => this.resume(value, null);
    if (value instanceof Thing) {
      const iter = value.cls.find('__iter__');
      if (iter !== undefined && iter !== null) {
        const iterator = yield* this.call(iter, [value]);
        if (
          iterator !== value &&
          (iterator instanceof Iterator || iterator instanceof Generator_ || iterator instanceof List)
        )
          return yield* this.iterate(iterator);
        const next = yield* this.lookup(iterator, '__next__');
        if (next === undefined) raise('TypeError', `iter() returned non-iterator of type '${typeName(iterator)}'`);
        return () => this.#nextOf(next);
      }
      const item = value.cls.find('__getitem__');
      if (item !== undefined) return () => this.#itemOf(item, value, BigInt(at++));
    }
    return raise('TypeError', `'${typeName(value)}' object is not iterable`);
  }

  *#nextOf(next: Value): Steps<Value | undefined> {
    try {
      return yield* this.call(next, []);
    } catch (error) {
      if (this.isA(error, 'StopIteration')) return undefined;
      throw error;
    }
  }

  *#itemOf(get: Value, value: Value, index: bigint): Steps<Value | undefined> {
    try {
      return yield* this.call(get, [value, index]);
    } catch (error) {
      if (this.isA(error, 'IndexError')) return undefined;
      throw error;
    }
  }

  /** Whether an error on its way is a Python exception of this class. */
  isA(error: unknown, name: string): error is Raised {
    return error instanceof Raised && error.value.cls.is(exceptions.get(name)!);
  }

  /** Runs a generator to its next yield: the value, or undefined at its end. */
  *resume(generator: Generator_, sent: Value, thrown?: Raised): Steps<Value | undefined> {
    if (generator.running) raise('ValueError', 'generator already executing');
    if (generator.done) {
      if (thrown) throw thrown;
      return undefined;
    }
    generator.running = true;
    try {
      let step = thrown ? generator.steps.throw(thrown) : generator.steps.next(sent);
      generator.started = true;
      for (;;) {
        if (step.done) {
          generator.done = true;
          generator.result = step.value;
          return undefined;
        }
        if (step.value instanceof Yielded) return step.value.value;
        let waited: unknown;
        try {
          waited = yield step.value;
        } catch (error) {
          step = generator.steps.throw(error);
          continue;
        }
        step = generator.steps.next(waited);
      }
    } catch (error) {
      generator.done = true;
      throw error;
    } finally {
      generator.running = false;
    }
  }

  *collect(value: Value): Steps<Value[]> {
    if (value instanceof List || value instanceof Tuple) if (value.cls.module === 'builtins') return [...value.items];
    const next = yield* this.iterate(value);
    const gathered = new List([]);
    this.temporaries.push(gathered);
    try {
      for (;;) {
        const got = next();
        const item = isSteps(got) ? yield* got : got;
        if (item === undefined) return gathered.items;
        gathered.items.push(item);
        if (gathered.items.length % 256 === 0) {
          this.charge(256 * 24);
          const turn = this.step(256);
          if (turn) yield turn;
        }
      }
    } finally {
      this.temporaries.splice(this.temporaries.indexOf(gathered), 1);
    }
  }

  // Tests

  *truth(value: Value): Steps<boolean> {
    if (typeof value !== 'object' || value === null) return Boolean(value);
    if (value instanceof List || value instanceof Tuple) return value.items.length > 0;
    if (value instanceof Dict || value instanceof Set_) return value.entries.size > 0;
    if (value instanceof ByteString) return value.data !== '';
    if (value instanceof Range) return value.length > 0n;
    if (value instanceof View) return value.dict.entries.size > 0;
    const own = value.cls.find('__bool__');
    if (own !== undefined) return (yield* this.call(own, [value])) === true;
    const length = value.cls.find('__len__');
    if (length !== undefined) return Number(yield* this.call(length, [value])) > 0;
    return true;
  }

  *compare(operator: string, left: Value, right: Value): Steps<boolean> {
    switch (operator) {
      case 'is':
        return same(left, right);
      case 'is not':
        return !same(left, right);
      case 'in':
        return yield* this.contains(right, left);
      case 'not in':
        return !(yield* this.contains(right, left));
      case '==':
        return yield* this.equal(left, right);
      case '!=': {
        const own = left instanceof Thing ? left.cls.find('__ne__') : undefined;
        if (own !== undefined) return yield* this.truth(yield* this.call(own, [left, right]));
        return !(yield* this.equal(left, right));
      }
    }
    const quick = quickOrder(left, right);
    if (quick !== undefined) return ordered(operator, quick);
    if ((left instanceof List && right instanceof List) || (left instanceof Tuple && right instanceof Tuple)) {
      const length = Math.min(left.items.length, right.items.length);
      for (let i = 0; i < length; i++)
        if (!(yield* this.equal(left.items[i]!, right.items[i]!)))
          return yield* this.compare(operator, left.items[i]!, right.items[i]!);
      return ordered(operator, left.items.length - right.items.length);
    }
    if (left instanceof Set_ && right instanceof Set_) {
      const [small, big] = operator.startsWith('<') ? [left, right] : [right, left];
      const inside = [...small.entries.keys()].every((k) => big.entries.has(k));
      return inside && (operator.length === 2 || small.entries.size < big.entries.size);
    }
    const [method, reflected] = ORDER[operator]!;
    for (const [name, a, b] of [
      [method, left, right],
      [reflected, right, left],
    ] as const) {
      const found = a instanceof Thing ? a.cls.find(name) : undefined;
      if (found === undefined) continue;
      const result = yield* this.call(found, [a, b]);
      if (result !== NOT_IMPLEMENTED) return yield* this.truth(result);
    }
    return raise(
      'TypeError',
      `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
    );
  }

  *equal(left: Value, right: Value): Steps<boolean> {
    const quick = quickEqual(left, right);
    if (quick !== undefined) return quick;
    if ((left instanceof List && right instanceof List) || (left instanceof Tuple && right instanceof Tuple)) {
      if (left.items.length !== right.items.length) return false;
      for (let i = 0; i < left.items.length; i++) {
        if (i % 256 === 255) {
          const turn = this.step(256);
          if (turn) yield turn;
        }
        if (!(yield* this.equal(left.items[i]!, right.items[i]!))) return false;
      }
      return true;
    }
    if (left instanceof Dict && right instanceof Dict) {
      if (left.entries.size !== right.entries.size) return false;
      for (const [key, [, value]] of left.entries) {
        const other = right.entries.get(key);
        if (other === undefined || !(yield* this.equal(value, other[1]))) return false;
      }
      return true;
    }
    if (left instanceof Set_ && right instanceof Set_)
      return left.entries.size === right.entries.size && [...left.entries.keys()].every((k) => right.entries.has(k));
    if (left instanceof Method && right instanceof Method)
      return left.self === right.self && left.callee === right.callee;
    for (const [a, b] of [
      [left, right],
      [right, left],
    ] as const) {
      const own = a instanceof Thing ? a.cls.find('__eq__') : undefined;
      if (own === undefined) continue;
      const result = yield* this.call(own, [a, b]);
      if (result !== NOT_IMPLEMENTED) return yield* this.truth(result);
    }
    return false;
  }

  *contains(container: Value, item: Value): Steps<boolean> {
    if (typeof container === 'string') {
      if (typeof item !== 'string')
        raise('TypeError', `'in <string>' requires string as left operand, not ${typeName(item)}`);
      return container.includes(item);
    }
    if (container instanceof Dict) return container.entries.has(keyOf(item));
    if (container instanceof View && container.cls === types.dict_keys) return container.dict.entries.has(keyOf(item));
    if (container instanceof Set_) return container.entries.has(keyOf(item));
    if (container instanceof ByteString) {
      if (isInt(item)) return container.data.includes(String.fromCharCode(Number(item)));
      if (item instanceof ByteString) return container.data.includes(item.data);
      raise('TypeError', `a bytes-like object is required, not '${typeName(item)}'`);
    }
    if (container instanceof Range && isInt(item)) {
      const offset = BigInt(item) - container.start;
      return (
        offset % container.step === 0n && offset / container.step >= 0n && offset / container.step < container.length
      );
    }
    const own = container instanceof Thing ? container.cls.find('__contains__') : undefined;
    if (own !== undefined) return yield* this.truth(yield* this.call(own, [container, item]));
    if (!(container instanceof Thing)) raise('TypeError', `argument of type '${typeName(container)}' is not iterable`);
    const hasIter =
      container instanceof List ||
      container instanceof Tuple ||
      container.cls.find('__iter__') !== undefined ||
      container instanceof Iterator ||
      container instanceof Generator_ ||
      container instanceof View;
    if (!hasIter) raise('TypeError', `argument of type '${typeName(container)}' is not iterable`);
    const next = yield* this.iterate(container);
    for (;;) {
      const got = next();
      const one = isSteps(got) ? yield* got : got;
      if (one === undefined) return false;
      if (one === item || (yield* this.equal(one, item))) return true;
      const turn = this.step(1);
      if (turn) yield turn;
    }
  }

  *binary(operator: string, left: Value, right: Value, shown = operator): Steps<Value> {
    if (operator === '%' && (typeof left === 'string' || left instanceof ByteString)) {
      if (typeof left === 'string') return yield* percent(this, left, right);
      return new ByteString(encode(yield* percent(this, left.data, right, true)));
    }
    const quick = arithmetic(this, operator, left, right);
    if (quick !== undefined) return quick;
    const [method, reflected] = DUNDER[operator]!;
    const own = left instanceof Thing ? left.cls.find(method) : undefined;
    if (own !== undefined) {
      const result = yield* this.call(own, [left, right]);
      if (result !== NOT_IMPLEMENTED) return result;
    }
    const other = right instanceof Thing ? right.cls.find(reflected) : undefined;
    if (other !== undefined) {
      const result = yield* this.call(other, [right, left]);
      if (result !== NOT_IMPLEMENTED) return result;
    }
    if (operator === '|' && (left instanceof Class || right instanceof Class)) return left;
    if (
      operator === '*' &&
      (typeof left === 'string' || left instanceof List || left instanceof Tuple || left instanceof ByteString)
    )
      return raise('TypeError', `can't multiply sequence by non-int of type '${typeName(right)}'`);
    if (
      operator === '*' &&
      (typeof right === 'string' || right instanceof List || right instanceof Tuple || right instanceof ByteString)
    )
      return raise('TypeError', `can't multiply sequence by non-int of type '${typeName(left)}'`);
    const hint =
      operator === '>>' && left instanceof Native && left.name === 'print'
        ? '. Did you mean "print(<message>, file=<output_stream>)"?'
        : '';
    const name = operator === '**' ? (shown === '**' ? '** or pow()' : '**=') : shown;
    return raise(
      'TypeError',
      `unsupported operand type(s) for ${name}: '${typeName(left)}' and '${typeName(right)}'${hint}`,
    );
  }

  // Showing

  *text(value: Value): Steps<string> {
    if (typeof value === 'string') return value;
    if (value instanceof Thing && !(value instanceof Class)) {
      const own = value.cls.find('__str__');
      if (own !== undefined) {
        const text = yield* this.call(own, [value]);
        if (typeof text !== 'string') raise('TypeError', `__str__ returned non-string (type ${typeName(text)})`);
        return text;
      }
      if (value instanceof Instance && value.cls.is(exceptions.get('BaseException')!))
        return yield* this.exceptionText(value);
    }
    return yield* this.repr(value);
  }

  *exceptionText(value: Instance): Steps<string> {
    const args = value.attributes?.get('args');
    const items = args instanceof Tuple ? args.items : [];
    if (value.cls.is(exceptions.get('KeyError')!) && items.length === 1) return yield* this.repr(items[0]!);
    if (value.cls.is(exceptions.get('OSError')!) && items.length === 2 && value.attributes?.has('errno')) {
      const file = value.attributes.get('filename') ?? null;
      const tail = file === null ? '' : `: ${yield* this.repr(file)}`;
      return `[Errno ${yield* this.text(items[0]!)}] ${yield* this.text(items[1]!)}${tail}`;
    }
    if (items.length === 0) return '';
    return items.length === 1 ? yield* this.text(items[0]!) : yield* this.repr(args!);
  }

  *repr(value: Value): Steps<string> {
    if (value === null) return 'None';
    switch (typeof value) {
      case 'string':
        return quoted(value);
      case 'bigint':
        if (value > MOST_DIGITS || value < -MOST_DIGITS)
          raise(
            'ValueError',
            'Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit',
          );
        return value.toString();
      case 'number':
        return floatText(value);
      case 'boolean':
        return value ? 'True' : 'False';
    }
    const own =
      value.cls.module === 'builtins' && !(value instanceof Instance) ? undefined : value.cls.find('__repr__');
    if (own !== undefined && !(value instanceof Class)) {
      const text = yield* this.call(own, [value]);
      if (typeof text !== 'string') raise('TypeError', `__repr__ returned non-string (type ${typeName(text)})`);
      return text;
    }
    if (value instanceof ByteString)
      return value.cls === types.bytearray ? `bytearray(${quotedBytes(value.data)})` : quotedBytes(value.data);
    if (
      value instanceof List ||
      value instanceof Tuple ||
      value instanceof Dict ||
      value instanceof Set_ ||
      value instanceof View
    ) {
      if (this.#showing.includes(value))
        return value instanceof List ? '[...]' : value instanceof Dict ? '{...}' : '(...)';
      if (this.#showing.length > 400)
        raise('RecursionError', 'maximum recursion depth exceeded while getting the repr of an object');
      this.#showing.push(value);
      try {
        return yield* this.#containerText(value);
      } finally {
        this.#showing.pop();
      }
    }
    return yield* this.#thingText(value);
  }

  *#containerText(value: List | Tuple | Dict | Set_ | View): Steps<string> {
    const parts: string[] = [];
    const add = (text: string) => {
      parts.push(text);
      this.charge(text.length);
      return this.step(1);
    };
    if (value instanceof Dict || (value instanceof View && value.cls === types.dict_items)) {
      for (const [k, v] of (value instanceof View ? value.dict : value).entries.values()) {
        const turn = add(
          value instanceof View
            ? `(${yield* this.repr(k)}, ${yield* this.repr(v)})`
            : `${yield* this.repr(k)}: ${yield* this.repr(v)}`,
        );
        if (turn) yield turn;
      }
      if (value instanceof View) return `dict_items([${parts.join(', ')}])`;
      const text = `{${parts.join(', ')}}`;
      if (value.cls === types.dict) return text;
      if (value.factory !== undefined) return `defaultdict(${yield* this.repr(value.factory)}, ${text})`;
      return value.cls.name === 'OrderedDict'
        ? `OrderedDict(${parts.length ? `[${[...value.entries.values()].length ? parts.map((p) => `(${p.replace(': ', ', ')})`).join(', ') : ''}]` : ''})`
        : `${value.cls.name}(${text})`;
    }
    const items =
      value instanceof View
        ? [...value.dict.entries.values()].map((pair) => pair[value.cls === types.dict_keys ? 0 : 1])
        : value instanceof Set_
          ? setOrder(value)
          : value.items;
    for (const item of items) {
      const turn = add(yield* this.repr(item));
      if (turn) yield turn;
    }
    const inner = parts.join(', ');
    if (value instanceof View) return `${value.cls.name}([${inner}])`;
    if (value instanceof List) return value.cls.name === 'deque' ? `deque([${inner}])` : `[${inner}]`;
    if (value instanceof Tuple) {
      if (value.fields) {
        const name =
          value.cls.module === 'builtins' || value.cls.module === '__main__'
            ? value.cls.name
            : `${value.cls.module}.${value.cls.name}`;
        return `${name}(${value.fields
          .slice(0, parts.length)
          .map((f, i) => `${f}=${parts[i]}`)
          .join(', ')})`;
      }
      return parts.length === 1 ? `(${inner},)` : `(${inner})`;
    }
    if (value.cls === types.frozenset) return parts.length ? `frozenset({${inner}})` : 'frozenset()';
    return parts.length ? `{${inner}}` : 'set()';
  }

  *#thingText(value: Thing): Steps<string> {
    const address = `0x${identity(value).toString(16)}`;
    if (value === ELLIPSIS) return 'Ellipsis';
    if (value === NOT_IMPLEMENTED) return 'NotImplemented';
    if (value instanceof Class)
      return `<class '${value.module === 'builtins' ? '' : `${value.module}.`}${value.name}'>`;
    if (value instanceof Module) {
      const file = value.attributes.get('__file__');
      return typeof file === 'string'
        ? `<module '${value.name}' from ${quoted(file)}>`
        : `<module '${value.name}' (built-in)>`;
    }
    if (value instanceof Native)
      return value.self === undefined
        ? `<built-in function ${value.name}>`
        : `<built-in method ${value.name} of ${typeName(value.self)} object at ${address}>`;
    if (value instanceof Function_) return `<function ${value.name} at ${address}>`;
    if (value instanceof Method) {
      if (value.callee instanceof Native)
        return `<built-in method ${value.callee.name} of ${typeName(value.self)} object at 0x${identity(value.self).toString(16)}>`;
      const name = value.callee instanceof Function_ ? value.callee.name : 'method';
      return `<bound method ${typeName(value.self)}.${name} of ${yield* this.repr(value.self)}>`;
    }
    if (value instanceof Range)
      return value.step === 1n
        ? `range(${value.start}, ${value.stop})`
        : `range(${value.start}, ${value.stop}, ${value.step})`;
    if (value instanceof Slice)
      return `slice(${yield* this.repr(value.start)}, ${yield* this.repr(value.stop)}, ${yield* this.repr(value.step)})`;
    if (value instanceof Generator_) return `<${value.cls.name} object ${value.name} at ${address}>`;
    if (value instanceof Instance && value.cls.is(exceptions.get('BaseException')!)) {
      const args = value.attributes?.get('args');
      const inner =
        args instanceof Tuple
          ? args.items.length === 1
            ? `(${yield* this.repr(args.items[0]!)})`
            : yield* this.repr(args)
          : '()';
      return `${value.cls.name}${inner}`;
    }
    const module = value.cls.module === 'builtins' ? '' : `${value.cls.module}.`;
    return `<${module}${value.cls.name} object at ${address}>`;
  }

  *format(value: Value, spec: string): Steps<string> {
    return yield* formatValue(this, value, spec);
  }

  /** Waits for a promise of the process. */
  *await<T>(promise: Promise<T>): Steps<T> {
    return yield* wait(promise);
  }
}

/** Small ints hash to themselves: CPython shows a set of them in order of their places in its table. */
function setOrder(set: Set_): Value[] {
  const items = [...set.entries.values()];
  if (!items.every((i) => typeof i === 'bigint' && i >= 0n && i < 1n << 30n)) return items;
  let size = 8;
  while (items.length * 5 >= size * 3) size *= items.length > 50000 ? 2 : 4;
  const place = (i: Value) => Number((i as bigint) % BigInt(size));
  return new Set(items.map(place)).size === items.length ? items.sort((a, b) => place(a) - place(b)) : items;
}

function docstring(callee: Function_): Value {
  const first = callee.definition?.body[0];
  return first?.type === 'expression' && first.value.type === 'constant' && typeof first.value.value === 'string'
    ? first.value.value
    : null;
}

const ordered = (operator: string, order: number) =>
  operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;

const same = (left: Value, right: Value) =>
  left === right || (typeof left === 'number' && typeof right === 'number' && Object.is(left, right));
