// Python's built-in functions.
import './containers.ts';
import { sorted } from './containers.ts';
import { exceptions, raise } from './exceptions.ts';
import { openFile } from './files.ts';
import { fixed, floatText, formatValue } from './format.ts';
import { floorDivision, toFloat } from './operators.ts';
import type { Interpreter } from './run.ts';
import { argument, decodeAs, encodeAs, integer } from './strings.ts';
import { encode, lengthOf, quoted } from './unicode.ts';
import { 
  ByteString, Class, Descriptor, Dict, ELLIPSIS, Function_, Generator_, Holder, Iterator, identity, isInt, isSteps, keyOf, List, Method, Native, type NativeFunction,NOT_IMPLEMENTED, 
  type Python, Range, Set_, Slice, type Steps, Thing, Tuple, typeName, typeOf, types, type Value,} from './values.ts'; // biome-ignore format: one list

const own = (python: Python) => python as Interpreter;

/** A class or tuple of classes holds the value's class. */
function isInstance(value: Value, wanted: Value | undefined): boolean {
  if (wanted instanceof Tuple) return wanted.items.some((w) => isInstance(value, w));
  if (!(wanted instanceof Class))
    return raise('TypeError', 'isinstance() arg 2 must be a type, a tuple of types, or a union');
  return typeOf(value).is(wanted);
}

function* extreme(
  python: Python,
  args: Value[],
  named: ReadonlyMap<string, Value>,
  operator: '<' | '>',
  name: string,
): Steps<Value> {
  const values = args.length === 1 ? yield* python.collect(args[0]!) : args;
  const key = named.get('key') ?? null;
  let best: Value | undefined;
  let bestKey: Value = null;
  for (const v of values) {
    const k = key === null ? v : yield* python.call(key, [v]);
    if (best === undefined || (yield* python.compare(operator, k, bestKey))) [best, bestKey] = [v, k];
  }
  if (best === undefined) return named.get('default') ?? raise('ValueError', `${name}() arg is an empty sequence`);
  return best;
}

/** An iterator over parallel iterables. */
function* walkers(python: Python, values: Value[]): Steps<(() => Steps<Value | undefined>)[]> {
  const result: (() => Steps<Value | undefined>)[] = [];
  for (const v of values) {
    const next = yield* python.iterate(v);
    result.push(function* () {
      const got = next();
      return isSteps(got) ? yield* got : got;
    });
  }
  return result;
}

const digitsOf = (value: Value | undefined, base: number, prefix: string): string => {
  if (!isInt(value ?? null))
    raise('TypeError', `'${typeName(value ?? null)}' object cannot be interpreted as an integer`);
  const n = BigInt(value as bigint);
  return `${n < 0n ? '-' : ''}${prefix}${(n < 0n ? -n : n).toString(base)}`;
};

export const functions: Readonly<Record<string, NativeFunction>> = {
  *print(args, named, python) {
    const separator = named.get('sep') ?? ' ';
    const end = named.get('end') ?? '\n';
    const parts: string[] = [];
    for (const a of args) parts.push(yield* python.text(a));
    const text = parts.join(String(separator)) + String(end);
    const file = named.get('file') ?? null;
    if (file === null) {
      const out = python.modules.get('sys')?.attributes.get('stdout');
      if (out === undefined || (out instanceof Holder && out.cls.name === 'TextIOWrapper'))
        yield* python.write(1, encodeAs(text, 'utf-8', 'surrogateescape'));
      else if (out !== null) yield* python.call(yield* python.getAttribute(out, 'write'), [text]);
    } else yield* python.call(yield* python.getAttribute(file, 'write'), [text]);
    if (yield* python.truth(named.get('flush') ?? false)) yield* python.flush();
    return null;
  },
  *input(args, _named, python) {
    if (args.length) yield* python.write(1, encode(yield* python.text(args[0]!)));
    yield* python.flush();
    const stdin = (yield* python.import('sys')).attributes.get('stdin')!;
    const line = yield* python.call(yield* python.getAttribute(stdin, 'readline'), []);
    if (line === '') raise('EOFError', 'EOF when reading a line');
    return String(line).replace(/\n$/, '');
  },
  *len([value = null], _named, python) {
    if (typeof value === 'string') return BigInt(lengthOf(value));
    if (value instanceof List || value instanceof Tuple) return BigInt(value.items.length);
    const method = value instanceof Thing && !(value instanceof Class) ? value.cls.find('__len__') : undefined;
    if (method === undefined) raise('TypeError', `object of type '${typeName(value)}' has no len()`);
    return yield* python.call(method, [value]);
  },
  *repr([value = null], _named, python) {
    return yield* python.repr(value);
  },
  *ascii([value = null], _named, python) {
    return typeof value === 'string' ? quoted(value, true) : yield* python.repr(value);
  },
  abs: ([value = null]) =>
    typeof value === 'number'
      ? Math.abs(value)
      : isInt(value)
        ? BigInt(value) < 0n
          ? -BigInt(value)
          : BigInt(value)
        : raise('TypeError', `bad operand type for abs(): '${typeName(value)}'`),
  bin: ([v]) => digitsOf(v, 2, '0b'),
  oct: ([v]) => digitsOf(v, 8, '0o'),
  hex: ([v]) => digitsOf(v, 16, '0x'),
  chr: ([v]) => {
    if (!isInt(v ?? null)) raise('TypeError', `'${typeName(v ?? null)}' object cannot be interpreted as an integer`);
    const code = Number(v);
    if (code < 0 || code > 0x10ffff) raise('ValueError', 'chr() arg not in range(0x110000)');
    return String.fromCodePoint(code);
  },
  ord: ([v = null]) => {
    if (v instanceof ByteString && v.data.length === 1) return BigInt(v.data.charCodeAt(0));
    if (typeof v !== 'string') raise('TypeError', `ord() expected string of length 1, but ${typeName(v)} found`);
    if (lengthOf(v) !== 1) raise('TypeError', `ord() expected a character, but string of length ${lengthOf(v)} found`);
    return BigInt(v.codePointAt(0)!);
  },
  *min(args, named, python) {
    return yield* extreme(python, args, named, '<', 'min');
  },
  *max(args, named, python) {
    return yield* extreme(python, args, named, '>', 'max');
  },
  *sum([values = null, start = 0n], _named, python) {
    let total = start;
    for (const v of yield* python.collect(values)) {
      total = yield* python.binary('+', total, v);
      const turn = python.step(1);
      if (turn) yield turn;
    }
    return total;
  },
  *sorted([values = null], named, python) {
    return new List(
      yield* sorted(
        python,
        yield* python.collect(values),
        named.get('key'),
        yield* python.truth(named.get('reverse') ?? false),
      ),
    );
  },
  *any([values = null], _named, python) {
    const next = yield* python.iterate(values);
    for (;;) {
      const got = next();
      const v = isSteps(got) ? yield* got : got;
      if (v === undefined) return false;
      if (yield* python.truth(v)) return true;
    }
  },
  *all([values = null], _named, python) {
    const next = yield* python.iterate(values);
    for (;;) {
      const got = next();
      const v = isSteps(got) ? yield* got : got;
      if (v === undefined) return true;
      if (!(yield* python.truth(v))) return false;
    }
  },
  *iter([value = null, sentinel], _named, python) {
    if (sentinel !== undefined)
      return new Iterator(function* () {
        const made = yield* python.call(value, []);
        return (yield* python.compare('==', made, sentinel)) ? undefined : made;
      });
    if (value instanceof Iterator || value instanceof Generator_) return value;
    const method = value instanceof Thing && value.cls.module !== 'builtins' ? value.cls.find('__iter__') : undefined;
    if (method !== undefined) return yield* python.call(method, [value]);
    return new Iterator(yield* python.iterate(value));
  },
  *next([iterator = null, otherwise], _named, python) {
    const method = yield* python.lookup(iterator, '__next__');
    if (method === undefined) raise('TypeError', `'${typeName(iterator)}' object is not an iterator`);
    try {
      return yield* python.call(method, []);
    } catch (error) {
      if (otherwise !== undefined && own(python).isA(error, 'StopIteration')) return otherwise;
      throw error;
    }
  },
  isinstance: ([value = null, wanted]) => isInstance(value, wanted),
  issubclass: ([cls, wanted]) =>
    (wanted instanceof Tuple ? wanted.items : [wanted]).some(
      (w) => cls instanceof Class && w instanceof Class && cls.is(w),
    ),
  callable: ([v = null]) =>
    v instanceof Native ||
    v instanceof Function_ ||
    v instanceof Class ||
    v instanceof Method ||
    (v instanceof Thing && v.cls.find('__call__') !== undefined),
  *hasattr([object = null, name], _named, python) {
    try {
      return (yield* python.lookup(object, String(name))) !== undefined;
    } catch (error) {
      if (own(python).isA(error, 'AttributeError')) return false;
      throw error;
    }
  },
  *getattr([object = null, name, otherwise], _named, python) {
    const value = yield* python.lookup(object, String(name));
    if (value !== undefined) return value;
    return otherwise ?? (yield* python.getAttribute(object, String(name)));
  },
  *setattr([object = null, name, value], _named, python) {
    yield* python.setAttribute(object, String(name), value ?? null);
    return null;
  },
  delattr: ([object, name]) => {
    (object as Thing).attributes?.delete(String(name));
    return null;
  },
  id: ([v = null]) => identity(v),
  *hash([v = null], _named, python) {
    const method = v instanceof Thing ? v.cls.find('__hash__') : undefined;
    if (method !== undefined) return yield* python.call(method, [v]);
    keyOf(v);
    return isInt(v) ? BigInt(v) : typeof v === 'number' && Number.isInteger(v) ? BigInt(v) : identity(v) >> 4n;
  },
  round: ([value = null, digits]) => {
    if (isInt(value)) {
      if (digits === undefined || digits === null || Number(digits) >= 0) return BigInt(value);
      const unit = 10n ** BigInt(-Number(digits));
      return ((BigInt(value) + unit / 2n) / unit) * unit;
    }
    if (typeof value !== 'number') raise('TypeError', `type ${typeName(value)} doesn't define __round__ method`);
    if (digits === undefined || digits === null) {
      if (!Number.isFinite(value))
        raise(
          Number.isNaN(value) ? 'ValueError' : 'OverflowError',
          `cannot convert float ${floatText(value).replace('inf', 'infinity').replace('nan', 'NaN')} to integer`,
        );
      const low = Math.floor(value);
      const rest = value - low;
      return BigInt(rest < 0.5 ? low : rest > 0.5 ? low + 1 : low % 2 === 0 ? low : low + 1);
    }
    const places = Number(digits);
    return places > 15
      ? value
      : places >= 0
        ? Number(fixed(value, places))
        : Math.round(value / 10 ** -places) * 10 ** -places;
  },
  *pow([a = null, b = null, m], _named, python) {
    if (m === undefined || m === null) return yield* python.binary('**', a, b);
    let [base, power, modulus] = [BigInt(a as bigint), BigInt(b as bigint), BigInt(m as bigint)];
    if (modulus === 0n) raise('ValueError', 'pow() 3rd argument cannot be 0');
    if (power.toString(2).length > 20_000) raise('MemoryError');
    let result = 1n;
    base -= floorDivision(base, modulus) * modulus;
    for (; power > 0n; power >>= 1n) {
      const turn = python.step(4 + modulus.toString(16).length / 4);
      if (turn) yield turn;
      if (power & 1n) result = (result * base) % modulus;
      base = (base * base) % modulus;
    }
    modulus = modulus < 0n ? -modulus : modulus;
    return result % modulus;
  },
  *divmod([a = null, b = null], _named, python) {
    return new Tuple([yield* python.binary('//', a, b), yield* python.binary('%', a, b)]);
  },
  *format([value = null, spec], _named, python) {
    return yield* formatValue(python, value, String(spec ?? ''));
  },
  globals: (_a, _n, python) => live(python.frames.at(-1)!.globals),
  locals: (_a, _n, python) => live(python.frames.at(-1)!.locals),
  *vars([object], _named, python) {
    if (object === undefined) return live(python.frames.at(-1)!.locals);
    return yield* python.getAttribute(object, '__dict__');
  },
  dir: ([object], _named, python) =>
    new List(
      (object === undefined ? [...python.frames.at(-1)!.locals.keys()] : own(python).attributeNames(object)).sort(),
    ),
  *exec([code = null, globals, locals], _named, python) {
    const frame = python.frames.at(-1)!;
    const source =
      code instanceof Holder
        ? String((code.state as { source: string }).source)
        : code instanceof ByteString
          ? decodeAs(code.data)
          : code;
    if (typeof source !== 'string') raise('TypeError', 'exec() arg 1 must be a string, bytes or code object');
    const file = code instanceof Holder ? String((code.state as { file: string }).file) : '<string>';
    const names = namespace(globals, frame.globals);
    const inner =
      locals === undefined || locals === null
        ? globals instanceof Dict
          ? names.map
          : frame.locals
        : namespace(locals, frame.locals).map;
    yield* python.execute(source, file, names.map, inner);
    names.store();
    return null;
  },
  *eval([code = null, globals, locals], _named, python) {
    const frame = python.frames.at(-1)!;
    const source =
      code instanceof Holder
        ? String((code.state as { source: string }).source)
        : code instanceof ByteString
          ? decodeAs(code.data)
          : code;
    if (typeof source !== 'string') raise('TypeError', 'eval() arg 1 must be a string, bytes or code object');
    const names = namespace(globals, frame.globals);
    const inner =
      locals === undefined || locals === null
        ? globals instanceof Dict
          ? names.map
          : frame.locals
        : namespace(locals, frame.locals).map;
    if (code instanceof Holder && (code.state as { mode: string }).mode === 'exec') {
      yield* python.execute(source, '<string>', names.map, inner);
      return null;
    }
    return yield* python.evaluate(source, names.map, inner);
  },
  compile: ([source, file, mode], _named, python) => {
    const text = source instanceof ByteString ? decodeAs(source.data) : String(source);
    if (mode !== 'eval') own(python).parse(text, String(file));
    return new Holder(types.code, { source: text, file: String(file), mode: String(mode) });
  },
  *__import__([name, , , from], _named, python) {
    const module = yield* python.import(String(name));
    const wanted = from !== undefined && (yield* python.truth(from));
    return wanted ? module : (python.modules.get(String(name).split('.')[0]!) ?? module);
  },
  *open(args, named, python) {
    return yield* openFile(python, args, named);
  },
  exit: quit,
  quit,
  breakpoint: () => null,
  memoryview: ([v]) => v ?? null,
};

function quit([code]: Value[]): Value {
  return raise('SystemExit', code ?? null);
}

/** A namespace as a dict; what is written there is not seen by the code. */
const live = (map: Map<string, Value>) => new Dict(map.entries());

/** The variables of a dict given to exec or eval, and how changes get back. */
function namespace(dict: Value | undefined, otherwise: Map<string, Value>): { map: Map<string, Value>; store(): void } {
  if (!(dict instanceof Dict)) return { map: otherwise, store: () => {} };
  const map = new Map<string, Value>();
  for (const [k, v] of dict.entries.values()) if (typeof k === 'string') map.set(k, v);
  return {
    map,
    store: () => {
      for (const [k, v] of map) dict.set(k, v);
    },
  };
}

// Classes that are called like functions.

types.int.make = function* (_cls, args, named, python): Steps<Value> {
  const value = args[0] ?? 0n;
  const base = argument(args, named, 1, 'base');
  if (base !== undefined && base !== null) {
    if (typeof value !== 'string' && !(value instanceof ByteString))
      raise('TypeError', "int() can't convert non-string with explicit base");
    return parseInteger(typeof value === 'string' ? value : value.data, integer(base, 10), yield* python.repr(value));
  }
  if (isInt(value)) return BigInt(value);
  if (typeof value === 'number') {
    if (Number.isNaN(value)) raise('ValueError', 'cannot convert float NaN to integer');
    if (!Number.isFinite(value)) raise('OverflowError', 'cannot convert float infinity to integer');
    return BigInt(Math.trunc(value));
  }
  if (typeof value === 'string' || value instanceof ByteString)
    return parseInteger(typeof value === 'string' ? value : value.data, 10, yield* python.repr(value));
  const method = (yield* python.lookup(value, '__int__')) ?? (yield* python.lookup(value, '__index__'));
  if (method !== undefined) return yield* python.call(method, []);
  return raise(
    'TypeError',
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
};

function parseInteger(text: string, base: number, shown: string): bigint {
  if (base !== 0 && (base < 2 || base > 36)) raise('ValueError', 'int() base must be >= 2 and <= 36, or 0');
  let digits = text
    .trim()
    .replace(/(?<=\w)_(?=\w)/g, '')
    .toLowerCase();
  const negative = digits.startsWith('-');
  digits = digits.replace(/^[+-]/, '');
  const prefix = /^0([xob])/.exec(digits)?.[1];
  const of = { x: 16, o: 8, b: 2 }[prefix ?? ''];
  let radix = base;
  if (of !== undefined && (base === of || base === 0)) {
    digits = digits.slice(2);
    radix = of;
  }
  if (radix === 0) radix = 10;
  if (digits.length > 4300 && radix === 10)
    raise(
      'ValueError',
      `Exceeds the limit (4300 digits) for integer string conversion: value has ${digits.length} digits; use sys.set_int_max_str_digits() to increase the limit`,
    );
  if (digits === '') raise('ValueError', `invalid literal for int() with base ${base}: ${shown}`);
  let value = 0n;
  if (radix === 10 && /^\d+$/.test(digits)) value = BigInt(digits);
  else if (radix === 16 && /^[0-9a-f]+$/.test(digits)) value = BigInt(`0x${digits}`);
  else
    for (const c of digits.slice(0, 5000)) {
      const d = /[0-9a-z]/.test(c) ? Number.parseInt(c, 36) : 99;
      if (d >= radix) raise('ValueError', `invalid literal for int() with base ${base}: ${shown}`);
      value = value * BigInt(radix) + BigInt(d);
    }
  return negative ? -value : value;
}

types.float.make = function* (_cls, args, _named, python): Steps<Value> {
  const value = args[0] ?? 0;
  if (typeof value === 'number') return value;
  if (isInt(value)) return toFloat(value);
  if (typeof value === 'string' || value instanceof ByteString) {
    const text = (typeof value === 'string' ? value : value.data)
      .trim()
      .toLowerCase()
      .replace(/(?<=\d)_(?=\d)/g, '');
    if (/^[+-]?(inf|infinity)$/.test(text))
      return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (/^[+-]?nan$/.test(text)) return Number.NaN;
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text)) return Number(text);
    raise('ValueError', `could not convert string to float: ${yield* python.repr(value)}`);
  }
  const method = yield* python.lookup(value, '__float__');
  if (method !== undefined) return yield* python.call(method, []);
  return raise('TypeError', `float() argument must be a string or a real number, not '${typeName(value)}'`);
};
types.bool.make = function* (_cls, args, _named, python): Steps<Value> {
  return args[0] === undefined ? false : yield* python.truth(args[0]);
};
types.str.make = function* (_cls, args, named, python): Steps<Value> {
  const value = args[0] ?? named.get('object');
  if (value === undefined) return '';
  const encoding = argument(args, named, 1, 'encoding');
  const errors = argument(args, named, 2, 'errors');
  if (encoding !== undefined || errors !== undefined) {
    if (!(value instanceof ByteString))
      raise(
        'TypeError',
        typeof value === 'string'
          ? 'decoding str is not supported'
          : `decoding to str: need a bytes-like object, ${typeName(value)} found`,
      );
    return decodeAs(value.data, encoding, errors);
  }
  return yield* python.text(value);
};
const makeBytes = (mutable: boolean) =>
  function* (_cls: Class, args: Value[], named: ReadonlyMap<string, Value>, python: Python): Steps<Value> {
    const value = args[0] ?? null;
    if (args.length === 0) return new ByteString('', mutable);
    if (typeof value === 'string') {
      const encoding = argument(args, named, 1, 'encoding');
      if (encoding === undefined) raise('TypeError', 'string argument without an encoding');
      return new ByteString(encodeAs(value, encoding, argument(args, named, 2, 'errors')), mutable);
    }
    if (value instanceof ByteString) return new ByteString(value.data, mutable);
    if (isInt(value)) {
      if (BigInt(value) < 0n) raise('ValueError', 'negative count');
      if (BigInt(value) > 100_000_000n) raise('MemoryError');
      python.charge(Number(value));
      return new ByteString('\0'.repeat(Number(value)), mutable);
    }
    const method = yield* python.lookup(value, '__bytes__');
    if (method !== undefined) return yield* python.call(method, []);
    let data = '';
    for (const v of yield* python.collect(value)) {
      if (!isInt(v)) raise('TypeError', `'${typeName(v)}' object cannot be interpreted as an integer`);
      if (Number(v) < 0 || Number(v) > 255)
        raise('ValueError', mutable ? 'byte must be in range(0, 256)' : 'bytes must be in range(0, 256)');
      data += String.fromCharCode(Number(v));
    }
    return new ByteString(data, mutable);
  };
types.bytes.make = makeBytes(false);
types.bytearray.make = makeBytes(true);
types.type.make = (cls, args) => {
  if (args.length === 1) return typeOf(args[0]!);
  const bases = args[1] instanceof Tuple ? args[1].items.filter((b) => b instanceof Class) : [];
  const made = new Class(String(args[0]), bases.length ? bases : [types.object], cls);
  made.module = '__main__';
  if (args[2] instanceof Dict) for (const [k, v] of args[2].entries.values()) made.own.set(String(k), v);
  return made;
};
types.slice.make = (_cls, args) =>
  args.length === 1 ? new Slice(null, args[0]!, null) : new Slice(args[0] ?? null, args[1] ?? null, args[2] ?? null);
types.property.make = (_cls, [get = null, set = null]) => {
  const made = new Descriptor(types.property, get);
  made.set = set;
  return made;
};
types.staticmethod.make = (_cls, [callee = null]) => new Descriptor(types.staticmethod, callee);
types.classmethod.make = (_cls, [callee = null]) => new Descriptor(types.classmethod, callee);
types.property.own.set(
  'setter',
  new Native('setter', ([property, set]) => {
    const made = new Descriptor(types.property, (property as Descriptor).get);
    made.set = set ?? null;
    return made;
  }),
);
types.NoneType.make = () => null;

/** Iterators made by calling their class. */
const iteratorClass = (
  name: string,
  make: (args: Value[], named: ReadonlyMap<string, Value>, python: Python) => Steps<Iterator['next']>,
): Class => {
  const cls = new Class(name, [types.iterator], types.type);
  cls.make = function* (_cls, args, named, python) {
    return new Iterator(yield* make(args, named, python), cls);
  };
  return cls;
};

const enumerate = iteratorClass('enumerate', function* (args, named, python) {
  let count = BigInt((argument(args, named, 1, 'start') ?? 0n) as bigint);
  const [next] = yield* walkers(python, [args[0] ?? null]);
  return function* () {
    const v = yield* next!();
    return v === undefined ? undefined : new Tuple([count++, v]);
  };
});
const zip = iteratorClass('zip', function* (args, _named, python) {
  const all = yield* walkers(python, args);
  return function* () {
    const row: Value[] = [];
    for (const next of all) {
      const v = yield* next();
      if (v === undefined) return undefined;
      row.push(v);
    }
    return row.length ? new Tuple(row) : undefined;
  };
});
const map = iteratorClass('map', function* (args, _named, python) {
  const all = yield* walkers(python, args.slice(1));
  return function* () {
    const row: Value[] = [];
    for (const next of all) {
      const v = yield* next();
      if (v === undefined) return undefined;
      row.push(v);
    }
    return yield* python.call(args[0] ?? null, row);
  };
});
const filter = iteratorClass('filter', function* (args, _named, python) {
  const [next] = yield* walkers(python, [args[1] ?? null]);
  return function* () {
    for (;;) {
      const v = yield* next!();
      if (v === undefined) return undefined;
      const kept = args[0] === null || args[0] === undefined ? v : yield* python.call(args[0], [v]);
      if (yield* python.truth(kept)) return v;
      const turn = python.step(1);
      if (turn) yield turn;
    }
  };
});
const reversed = iteratorClass('reversed', function* ([value = null], _named, python) {
  const method = value instanceof Thing ? value.cls.find('__reversed__') : undefined;
  if (method !== undefined) return yield* python.iterate(yield* python.call(method, [value]));
  if (value instanceof Set_ || value instanceof Generator_ || value instanceof Iterator)
    raise('TypeError', `'${typeName(value)}' object is not reversible`);
  if (value instanceof Range) {
    let i = value.length;
    return () => (i > 0n ? value.start + --i * value.step : undefined);
  }
  const all = yield* python.collect(value);
  let at = all.length;
  return () => (at > 0 ? all[--at] : undefined);
});

/** The namespace `builtins`. */
export function builtinNames(): Map<string, Value> {
  const names = new Map<string, Value>();
  for (const [name, run] of Object.entries(functions)) names.set(name, new Native(name, run));
  for (const name of [
    'type',
    'object',
    'int',
    'bool',
    'float',
    'str',
    'bytes',
    'bytearray',
    'list',
    'tuple',
    'dict',
    'set',
    'frozenset',
    'range',
    'slice',
    'property',
    'staticmethod',
    'classmethod',
    'super',
  ] as const)
    names.set(name, types[name]);
  for (const cls of [enumerate, zip, map, filter, reversed]) names.set(cls.name, cls);
  for (const [name, cls] of exceptions) names.set(name, cls);
  names.set('NotImplemented', NOT_IMPLEMENTED);
  names.set('Ellipsis', ELLIPSIS);
  names.set('__debug__', true);
  names.set('__name__', 'builtins');
  return names;
}
