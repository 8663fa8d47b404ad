// Methods of Python's list, tuple, dict, set, frozenset, range, int, float and generator.
import { exceptions, makeException, raise } from './exceptions.ts';
import { argument, integer, methods } from './strings.ts';
import {
  ByteString, Class,Descriptor, Dict, type Generator_, type Instance, type Iterator, isInt, isSteps, keyOf, List, Native, type Python, Raised, Range, Set_, type Steps, Tuple, typeName, types, type Value, View, 
} from './values.ts'; // biome-ignore format: one list

const items = (v: Value | undefined) => (v as List).items;

/** Stable merge sort that may call back. */
export function* sorted(python: Python, values: Value[], key: Value | undefined, reverse: boolean): Steps<Value[]> {
  const keys: Value[] = [];
  for (const v of values) keys.push(key === undefined || key === null ? v : yield* python.call(key, [v]));
  let order = values.map((_, i) => i);
  const simple = keys.every((k) => typeof k === 'bigint') || keys.every((k) => typeof k === 'string');
  if (simple) order.sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : 0) * (reverse ? -1 : 1));
  else
    for (let width = 1; width < order.length; width *= 2) {
      const next: number[] = [];
      for (let start = 0; start < order.length; start += width * 2) {
        let [i, j] = [start, Math.min(start + width, order.length)];
        const [middle, end] = [j, Math.min(start + width * 2, order.length)];
        while (i < middle && j < end) {
          const turn = python.step(1);
          if (turn) yield turn;
          const [a, b] = [keys[order[i]!]!, keys[order[j]!]!];
          const later = reverse ? yield* python.compare('<', a, b) : yield* python.compare('<', b, a);
          next.push(later ? order[j++]! : order[i++]!);
        }
        while (i < middle) next.push(order[i++]!);
        while (j < end) next.push(order[j++]!);
      }
      order = next;
    }
  return order.map((i) => values[i]!);
}

function* indexOf(python: Python, list: readonly Value[], value: Value, from = 0, to = list.length): Steps<number> {
  for (let i = Math.max(0, from < 0 ? from + list.length : from); i < Math.min(list.length, to); i++) {
    if (list[i] === value || (yield* python.compare('==', list[i]!, value))) return i;
    const turn = python.step(1);
    if (turn) yield turn;
  }
  return -1;
}

methods(types.list, {
  append: (args, _n, python) => {
    if (args.length !== 2) raise('TypeError', `list.append() takes exactly one argument (${args.length - 1} given)`);
    items(args[0]).push(args[1]!);
    python.charge(16);
    return null;
  },
  *extend([list, more], _n, python): Steps<Value> {
    const added = yield* python.collect(more ?? null);
    for (const v of added) items(list).push(v);
    python.charge(added.length * 16);
    return null;
  },
  insert: ([list, index, value]) => {
    items(list).splice(integer(index, 0), 0, value ?? null);
    return null;
  },
  pop: ([list, index]) => {
    const all = items(list);
    if (all.length === 0)
      raise('IndexError', `pop from ${(list as List).cls.name === 'deque' ? 'an empty deque' : 'empty list'}`);
    const i = integer(index, -1);
    const at = i < 0 ? i + all.length : i;
    if (at < 0 || at >= all.length) raise('IndexError', 'pop index out of range');
    return all.splice(at, 1)[0]!;
  },
  *remove([list, value], _n, python): Steps<Value> {
    const at = yield* indexOf(python, items(list), value ?? null);
    if (at < 0) raise('ValueError', 'list.remove(x): x not in list');
    items(list).splice(at, 1);
    return null;
  },
  *index([list, value, from, to], _n, python): Steps<Value> {
    const at = yield* indexOf(python, items(list), value ?? null, integer(from, 0), integer(to, items(list).length));
    if (at < 0) raise('ValueError', `${yield* python.repr(value ?? null)} is not in list`);
    return BigInt(at);
  },
  count: countOf,
  sort: function* (args, named, python): Steps<Value> {
    const result = yield* sorted(
      python,
      [...items(args[0])],
      named.get('key'),
      yield* python.truth(named.get('reverse') ?? false),
    );
    (args[0] as List).items = result;
    return null;
  },
  reverse: ([list]) => {
    items(list).reverse();
    return null;
  },
  copy: ([list]) => new List([...items(list)]),
  clear: ([list]) => {
    (list as List).items = [];
    return null;
  },
  __len__: ([list]) => BigInt(items(list).length),
  __getitem__: ([list, i]) => {
    const n = integer(i, 0);
    return items(list).at(n) ?? raise('IndexError', 'list index out of range');
  },
  __setitem__: ([list, i, value]) => {
    items(list)[Number(i) < 0 ? Number(i) + items(list).length : Number(i)] = value ?? null;
    return null;
  },
});
types.list.make = function* (cls, args, _n, python): Steps<Value> {
  const list = new List(
    args[0] === undefined || cls.find('__init__') !== undefined ? [] : yield* python.collect(args[0]),
  );
  list.cls = cls;
  return list;
};

function* countOf([list, value]: Value[], _n: unknown, python: Python): Steps<Value> {
  let count = 0n;
  for (const v of items(list)) if (yield* python.compare('==', v, value ?? null)) count++;
  return count;
}

methods(types.tuple, {
  count: countOf,
  *index([tuple, value], _n, python): Steps<Value> {
    const at = yield* indexOf(python, items(tuple), value ?? null);
    if (at < 0) raise('ValueError', 'tuple.index(x): x not in tuple');
    return BigInt(at);
  },
  __len__: ([t]) => BigInt(items(t).length),
  __getitem__: ([t, i]) => items(t).at(integer(i, 0)) ?? raise('IndexError', 'tuple index out of range'),
  _asdict: ([t]) => new Dict(((t as Tuple).fields ?? []).map((f, i) => [f, items(t)[i]!] as const)),
});
types.tuple.make = function* (cls, args, _n, python): Steps<Value> {
  return new Tuple(args[0] === undefined ? [] : yield* python.collect(args[0]), cls);
};

const dict = (v: Value | undefined) => v as Dict;
function* fill(python: Python, target: Dict, args: Value[], named: ReadonlyMap<string, Value>): Steps<void> {
  const [source] = args;
  if (source instanceof Dict) for (const [k, v] of source.entries.values()) target.set(k, v);
  else if (source !== undefined && source !== null) {
    const keys = yield* python.lookup(source, 'keys');
    if (keys !== undefined)
      for (const k of yield* python.collect(yield* python.call(keys, [])))
        target.set(k, yield* python.call(yield* python.getAttribute(source, '__getitem__'), [k]));
    else
      for (const [i, pair] of (yield* python.collect(source)).entries()) {
        const two = yield* python.collect(pair);
        if (two.length !== 2)
          raise('ValueError', `dictionary update sequence element #${i} has length ${two.length}; 2 is required`);
        target.set(two[0]!, two[1]!);
      }
  }
  for (const [k, v] of named) target.set(k, v);
  python.charge(target.entries.size * 32);
}
methods(types.dict, {
  get: ([d, k, otherwise]) => dict(d).get(k ?? null) ?? otherwise ?? null,
  keys: ([d]) => new View(types.dict_keys, dict(d)),
  values: ([d]) => new View(types.dict_values, dict(d)),
  items: ([d]) => new View(types.dict_items, dict(d)),
  pop: ([d, k, otherwise]) => {
    const value = dict(d).get(k ?? null);
    if (value !== undefined) {
      dict(d).delete(k ?? null);
      return value;
    }
    if (otherwise === undefined) raise('KeyError', k ?? null);
    return otherwise;
  },
  popitem: ([d]) => {
    const last = [...dict(d).entries.values()].at(-1);
    if (!last) raise('KeyError', 'popitem(): dictionary is empty');
    dict(d).delete(last[0]);
    return new Tuple(last);
  },
  setdefault: ([d, k, v], _n, python) => {
    const value = dict(d).get(k ?? null);
    if (value !== undefined) return value;
    dict(d).set(k ?? null, v ?? null);
    python.charge(96);
    return v ?? null;
  },
  *update(args, named, python): Steps<Value> {
    yield* fill(python, dict(args[0]), args.slice(1), named);
    return null;
  },
  copy: ([d]) => {
    const made = new Dict(dict(d).entries.values());
    made.cls = dict(d).cls;
    if (dict(d).factory !== undefined) made.factory = dict(d).factory!;
    return made;
  },
  clear: ([d]) => {
    dict(d).entries.clear();
    return null;
  },
  __len__: ([d]) => BigInt(dict(d).entries.size),
  __getitem__: ([d, k]) => {
    const value = dict(d).get(k ?? null);
    if (value === undefined) throw new Raised(makeException(exceptions.get('KeyError')!, k ?? null));
    return value;
  },
  __setitem__: ([d, k, v]) => {
    dict(d).set(k ?? null, v ?? null);
    return null;
  },
  __contains__: ([d, k]) => dict(d).entries.has(keyOf(k ?? null)),
});
types.dict.own.set(
  'fromkeys',
  new Descriptor(
    types.classmethod,
    new Native('fromkeys', function* ([, keys, value], _n, python): Steps<Value> {
      return new Dict((yield* python.collect(keys ?? null)).map((k) => [k, value ?? null] as const));
    }),
  ),
);
types.dict.make = function* (cls, args, named, python): Steps<Value> {
  const made = new Dict();
  made.cls = cls;
  if (cls.find('__init__') === undefined) yield* fill(python, made, args, named);
  return made;
};
for (const view of [types.dict_keys, types.dict_values, types.dict_items])
  methods(view, { __len__: ([v]) => BigInt((v as View).dict.entries.size) });

const set = (v: Value | undefined) => v as Set_;
const asSet = function* (python: Python, v: Value | undefined): Steps<Set_> {
  return v instanceof Set_ ? v : new Set_(yield* python.collect(v ?? null));
};
const setMethods = {
  __len__: ([s]: Value[]) => BigInt(set(s).entries.size),
  copy: ([s]: Value[]) => new Set_(set(s).entries.values(), set(s).cls),
  *union(args: Value[], _n: unknown, python: Python): Steps<Value> {
    const made = new Set_(set(args[0]).entries.values(), set(args[0]).cls);
    for (const other of args.slice(1)) for (const v of yield* python.collect(other)) made.entries.set(keyOf(v), v);
    return made;
  },
  *intersection([s, other]: Value[], _n: unknown, python: Python): Steps<Value> {
    const right = yield* asSet(python, other);
    return new Set_(
      [...set(s).entries.values()].filter((v) => right.entries.has(keyOf(v))),
      set(s).cls,
    );
  },
  *difference([s, other]: Value[], _n: unknown, python: Python): Steps<Value> {
    const right = yield* asSet(python, other ?? new List([]));
    return new Set_(
      [...set(s).entries.values()].filter((v) => !right.entries.has(keyOf(v))),
      set(s).cls,
    );
  },
  *symmetric_difference([s, other]: Value[], _n: unknown, python: Python): Steps<Value> {
    return yield* python.binary('^', s!, yield* asSet(python, other));
  },
  *issubset([s, other]: Value[], _n: unknown, python: Python): Steps<Value> {
    const right = yield* asSet(python, other);
    return [...set(s).entries.keys()].every((k) => right.entries.has(k));
  },
  *issuperset([s, other]: Value[], _n: unknown, python: Python): Steps<Value> {
    const right = yield* asSet(python, other);
    return [...right.entries.keys()].every((k) => set(s).entries.has(k));
  },
  *isdisjoint([s, other]: Value[], _n: unknown, python: Python): Steps<Value> {
    const right = yield* asSet(python, other);
    return [...right.entries.keys()].every((k) => !set(s).entries.has(k));
  },
};
methods(types.set, setMethods);
methods(types.frozenset, setMethods);
methods(types.set, {
  add: ([s, v], _n, python) => {
    set(s).entries.set(keyOf(v ?? null), v ?? null);
    python.charge(64);
    return null;
  },
  discard: ([s, v]) => {
    set(s).entries.delete(keyOf(v ?? null));
    return null;
  },
  remove: ([s, v]) => {
    if (!set(s).entries.delete(keyOf(v ?? null))) raise('KeyError', v ?? null);
    return null;
  },
  pop: ([s]) => {
    const first = set(s).entries.entries().next();
    if (first.done) return raise('KeyError', 'pop from an empty set');
    set(s).entries.delete(first.value[0]);
    return first.value[1];
  },
  clear: ([s]) => {
    set(s).entries.clear();
    return null;
  },
  *update(args, _n, python): Steps<Value> {
    for (const other of args.slice(1))
      for (const v of yield* python.collect(other)) set(args[0]).entries.set(keyOf(v), v);
    return null;
  },
});
for (const cls of [types.set, types.frozenset])
  cls.make = function* (_c, args, _n, python): Steps<Value> {
    return new Set_(args[0] === undefined ? [] : yield* python.collect(args[0]), cls);
  };

methods(types.range, {
  __len__: ([r]) => (r as Range).length,
  index: ([r, v]) => (BigInt(v as bigint) - (r as Range).start) / (r as Range).step,
  count: ([r, v]) =>
    isInt(v ?? null) && (BigInt(v as bigint) - (r as Range).start) % (r as Range).step === 0n ? 1n : 0n,
});
types.range.make = (_c, args) => {
  if (args.length === 0) raise('TypeError', 'range expected at least 1 argument, got 0');
  for (const a of args)
    if (!isInt(a)) raise('TypeError', `'${typeName(a)}' object cannot be interpreted as an integer`);
  const [a = 0n, b, step = 1n] = args.map((v) => BigInt(v as bigint));
  if (step === 0n) raise('ValueError', 'range() arg 3 must not be zero');
  return b === undefined ? new Range(0n, a, 1n) : new Range(a, b, step);
};

methods(types.int, {
  bit_length: ([n]) => {
    const value = BigInt(n as bigint);
    return value === 0n ? 0n : BigInt((value < 0n ? -value : value).toString(2).length);
  },
  bit_count: ([n]) =>
    BigInt(
      (
        BigInt(n as bigint)
          .toString(2)
          .match(/1/g) ?? []
      ).length,
    ),
  to_bytes: (args, named) => {
    let value = BigInt(args[0] as bigint);
    const length = integer(argument(args, named, 1, 'length'), 1);
    const order = argument(args, named, 2, 'byteorder') ?? 'big';
    if (length > 1_000_000) raise('MemoryError');
    if (value < 0n && !named.get('signed')) raise('OverflowError', "can't convert negative int to unsigned");
    if (value < 0n) value += 1n << BigInt(length * 8);
    if (value >> BigInt(length * 8) !== 0n) raise('OverflowError', 'int too big to convert');
    const bytes = Buffer.from(
      value
        .toString(16)
        .padStart(length * 2, '0')
        .slice(-length * 2),
      'hex',
    );
    return new ByteString((order === 'little' ? bytes.reverse() : bytes).toString('latin1'));
  },
  conjugate: ([n]) => n!,
  as_integer_ratio: ([n]) => new Tuple([n!, 1n]),
});
types.int.own.set(
  'from_bytes',
  new Native('from_bytes', (args, named) => {
    const bytes = Buffer.from(args[0] instanceof ByteString ? args[0].data : '', 'latin1');
    if ((argument(args, named, 1, 'byteorder') ?? 'big') === 'little') bytes.reverse();
    const value = BigInt(`0x${bytes.toString('hex') || '0'}`);
    return named.get('signed') && bytes.length && bytes[0]! > 127 ? value - (1n << BigInt(bytes.length * 8)) : value;
  }),
);
methods(types.float, {
  is_integer: ([x]) => Number.isInteger(x),
  hex: ([x]) => String(x),
  conjugate: ([x]) => x!,
});

/** Something of the class StopIteration, for the end of `next()`. */
function stop(value: Value): never {
  throw new Raised(
    value === null
      ? makeException(exceptions.get('StopIteration')!)
      : makeException(exceptions.get('StopIteration')!, value),
  );
}
type Resuming = Python & { resume(g: Generator_, sent: Value, thrown?: Raised): Steps<Value | undefined> };
const generatorMethods = {
  __next__: function* ([g]: Value[], _n: unknown, python: Python): Steps<Value> {
    const value = yield* (python as Resuming).resume(g as Generator_, null);
    return value === undefined ? stop((g as Generator_).result) : value;
  },
  __iter__: ([g]: Value[]) => g!,
  send: function* ([g, sent]: Value[], _n: unknown, python: Python): Steps<Value> {
    const generator = g as Generator_;
    if (!generator.started && (sent ?? null) !== null)
      raise('TypeError', "can't send non-None value to a just-started generator");
    const value = yield* (python as Resuming).resume(generator, sent ?? null);
    return value === undefined ? stop(generator.result) : value;
  },
  throw: function* ([g, thrown]: Value[], _n: unknown, python: Python): Steps<Value> {
    const error = thrown instanceof Class ? yield* python.call(thrown, []) : thrown;
    const value = yield* (python as Resuming).resume(g as Generator_, null, new Raised(error as Instance));
    return value === undefined ? stop((g as Generator_).result) : value;
  },
  close: ([g]: Value[]) => {
    (g as Generator_).done = true;
    return null;
  },
};
methods(types.generator, generatorMethods);
methods(types.coroutine, { send: generatorMethods.send, close: generatorMethods.close });
methods(types.iterator, {
  *__next__([i], _n, _python): Steps<Value> {
    const got = (i as Iterator).next();
    const value = isSteps(got) ? yield* got : got;
    return value === undefined ? stop(null) : value;
  },
  __iter__: ([i]) => i!,
});
