// Python's modules of data and algorithms: math, random, string, collections, itertools, functools, operator, copy, heapq, textwrap and their kin.

import { sorted } from '../containers.ts';
import { raise } from '../exceptions.ts';
import type { Interpreter } from '../run.ts';
import { argument, integer, methods } from '../strings.ts';
import {
  ByteString, Class, Dict, Holder, Instance, Iterator, isInt, isSteps, List, type Module, type Named, Native, type NativeFunction, type Python, Set_, type Steps, Tuple, types, type Value,
} from '../values.ts'; // biome-ignore format: one list
import { classOf, library, within } from './module.ts';
import { randomBytes } from './os.ts';

type Next = () => Value | undefined | Steps<Value | undefined>;
function* pull(next: Next): Steps<Value | undefined> {
  const got = next();
  return isSteps(got) ? yield* got : got;
}

const number = (v: Value | undefined): number =>
  typeof v === 'number'
    ? v
    : isInt(v ?? null)
      ? Number(v)
      : raise(
          'TypeError',
          `must be real number, not ${v === null || v === undefined ? 'NoneType' : typeof v === 'string' ? 'str' : 'list'}`,
        );

export function mathModule(): Module {
  const float =
    (f: (x: number) => number): NativeFunction =>
    ([x]) =>
      f(number(x));
  const domain =
    (f: (x: number) => number): NativeFunction =>
    ([x]) => {
      const result = f(number(x));
      return Number.isNaN(result) && !Number.isNaN(number(x)) ? raise('ValueError', 'math domain error') : result;
    };
  const log: NativeFunction = ([x, base]) => {
    if (number(x) <= 0) raise('ValueError', 'math domain error');
    return base === undefined ? Math.log(number(x)) : Math.log(number(x)) / Math.log(number(base));
  };
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b));
  return library('math', {
    sqrt: domain(Math.sqrt), sin: float(Math.sin), cos: float(Math.cos), tan: float(Math.tan), exp: float(Math.exp), log, log2: domain(Math.log2), log10: domain(Math.log10), fabs: float(Math.abs), atan: float(Math.atan),
    asin: domain(Math.asin), acos: domain(Math.acos), sinh: float(Math.sinh), cosh: float(Math.cosh), tanh: float(Math.tanh), degrees: float((x) => (x * 180) / Math.PI), radians: float((x) => (x * Math.PI) / 180),
    floor: ([x]) => (isInt(x ?? null) ? BigInt(x as bigint) : BigInt(Math.floor(number(x)))), ceil: ([x]) => (isInt(x ?? null) ? BigInt(x as bigint) : BigInt(Math.ceil(number(x)))), trunc: ([x]) => BigInt(Math.trunc(number(x))),
    pow: ([a, b]) => number(a) ** number(b), atan2: ([a, b]) => Math.atan2(number(a), number(b)), hypot: (args) => Math.hypot(...args.map(number)), fmod: ([a, b]) => number(a) % number(b),
    isnan: ([x]) => Number.isNaN(number(x)), isinf: ([x]) => !Number.isFinite(number(x)) && !Number.isNaN(number(x)), isfinite: ([x]) => Number.isFinite(number(x)),
    gcd: (args) => args.map((v) => BigInt(v as bigint)).reduce(gcd, 0n),
    factorial: ([n], _n, python) => {
      const most = integer(n, 0);
      if (most < 0) raise('ValueError', 'factorial() not defined for negative values');
      if (most > 3000) raise('MemoryError');
      python.charge(most);
      let product = 1n;
      for (let i = 2n; i <= BigInt(most); i++) product *= i;
      return product;
    },
    isqrt: ([n]) => BigInt(Math.floor(Math.sqrt(Number(n)))), modf: ([x]) => new Tuple([number(x) % 1, Math.trunc(number(x))]),
    *fsum([list], _n, python) { return (yield* python.collect(list ?? null)).reduce<number>((s, v) => s + number(v), 0); },
    *prod([list], _n, python) { let p: Value = 1n; for (const v of yield* python.collect(list ?? null)) p = yield* python.binary('*', p, v); return p; },
  }, { pi: Math.PI, e: Math.E, tau: Math.PI * 2, inf: Number.POSITIVE_INFINITY, nan: Number.NaN }, null); // biome-ignore format: one table
}

/** CPython's Mersenne Twister for what `random.seed(n)` makes repeatable; unseeded numbers come from the machine's dice. */
class Twister {
  readonly #state = new Uint32Array(624);
  #at = 624;

  constructor(seed: bigint) {
    const key: number[] = [];
    for (let n = seed < 0n ? -seed : seed; n > 0n; n >>= 32n) key.push(Number(n & 0xffffffffn));
    if (key.length === 0) key.push(0);
    const s = this.#state;
    s[0] = 19650218;
    for (let i = 1; i < 624; i++) s[i] = Math.imul(1812433253, s[i - 1]! ^ (s[i - 1]! >>> 30)) + i;
    let [i, j] = [1, 0];
    for (let k = Math.max(624, key.length); k > 0; k--) {
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1664525)) + key[j]! + j;
      i++;
      j++;
      if (i >= 624) {
        s[0] = s[623]!;
        i = 1;
      }
      if (j >= key.length) j = 0;
    }
    for (let k = 623; k > 0; k--) {
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1566083941)) - i;
      i++;
      if (i >= 624) {
        s[0] = s[623]!;
        i = 1;
      }
    }
    s[0] = 0x80000000;
  }

  next(): number {
    const s = this.#state;
    if (this.#at >= 624) {
      for (let k = 0; k < 624; k++) {
        const y = (s[k]! & 0x80000000) | (s[(k + 1) % 624]! & 0x7fffffff);
        s[k] = s[(k + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.#at = 0;
    }
    let y = s[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
}

export function randomModule(python: Interpreter): Module {
  let twister: Twister | undefined;
  const word = () => (twister ? twister.next() : Math.floor(python.process.machine.random() * 4294967296));
  const real = () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
  const bits = (count: number): bigint => {
    let value = 0n;
    let shift = 0n;
    for (let k = count; k > 0; k -= 32, shift += 32n) value |= BigInt(k < 32 ? word() >>> (32 - k) : word()) << shift;
    return value;
  };
  const below = (n: bigint): bigint => {
    if (n <= 0n) return 0n;
    const count = n.toString(2).length;
    for (;;) {
      const r = bits(count);
      if (r < n) return r;
    }
  };
  const range = (a: bigint, b: bigint) =>
    b < a
      ? within('random.randint', () =>
          raise('ValueError', `empty range for randrange() (${a}, ${b + 1n}, ${b + 1n - a})`),
        )
      : a + below(b - a + 1n);
  const shuffled = (items: Value[]) => {
    for (let i = items.length - 1; i > 0; i--) {
      const j = Number(below(BigInt(i + 1)));
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
  };
  const functions: Record<string, NativeFunction> = {
    seed: ([v]) => {
      if (v === undefined || v === null) twister = undefined;
      else if (isInt(v)) twister = new Twister(BigInt(v));
      else twister = new Twister(BigInt(`0x${Buffer.from(String(v)).toString('hex') || '0'}`));
      return null;
    },
    random: () => real(),
    uniform: ([a, b]) => number(a) + (number(b) - number(a)) * real(),
    randint: ([a, b]) => range(BigInt(a as bigint), BigInt(b as bigint)),
    randrange: ([a, b, step]) => {
      const [from, to] =
        b === undefined || b === null ? [0n, BigInt(a as bigint)] : [BigInt(a as bigint), BigInt(b as bigint)];
      const by = BigInt((step ?? 1n) as bigint);
      const count = (to - from + by - 1n) / by;
      if (count <= 0n) raise('ValueError', `empty range for randrange() (${from}, ${to}, ${to - from})`);
      return from + by * below(count);
    },
    getrandbits: ([k]) => bits(integer(k, 0)),
    *choice([list], _n, p) {
      const all = typeof list === 'string' ? [...list] : yield* p.collect(list ?? null);
      if (all.length === 0) within('random.choice', () => raise('IndexError', 'Cannot choose from an empty sequence'));
      return all[Number(below(BigInt(all.length)))]!;
    },
    *choices(args, named, p) {
      const all = yield* p.collect(args[0] ?? null);
      const count = Math.min(integer(named.get('k'), 1), 1_000_000);
      return new List(Array.from({ length: count }, () => all[Math.floor(real() * all.length)]!));
    },
    *sample([list, k], named, p) {
      const pool = yield* p.collect(list ?? null);
      const count = integer(k ?? named.get('k'), 0);
      if (count > pool.length || count < 0) raise('ValueError', 'Sample larger than population or is negative');
      const result: Value[] = [];
      const n = pool.length;
      let size = 21;
      if (count > 5) size += 4 ** Math.ceil(Math.log(count * 3) / Math.log(4));
      if (n <= size)
        for (let i = 0; i < count; i++) {
          const j = Number(below(BigInt(n - i)));
          result.push(pool[j]!);
          pool[j] = pool[n - i - 1]!;
        }
      else {
        const taken = new Set<number>();
        while (result.length < count) {
          const j = Number(below(BigInt(n)));
          if (taken.has(j)) continue;
          taken.add(j);
          result.push(pool[j]!);
        }
      }
      return new List(result);
    },
    shuffle: ([list]) => {
      shuffled((list as List).items);
      return null;
    },
    gauss: ([mu, sigma]) =>
      number(mu) + number(sigma) * Math.sqrt(-2 * Math.log(1 - real())) * Math.cos(2 * Math.PI * real()),
    randbytes: ([n]) => new ByteString(randomBytes(python.process, integer(n, 0))),
  };
  const cls = classOf('Random', 'random');
  for (const [name, run] of Object.entries(functions))
    methods(cls, { [name]: (args, named, p) => run(args.slice(1), named, p) });
  return library('random', functions, { Random: cls, SystemRandom: cls });
}

export function stringModule(): Module {
  const lower = 'abcdefghijklmnopqrstuvwxyz';
  const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
  const upper = lower.toUpperCase();
  return library('string', { capwords: ([s]) => String(s).split(/\s+/).map((w) => w.slice(0, 1).toUpperCase() + w.slice(1).toLowerCase()).join(' ') }, {
    ascii_lowercase: lower, ascii_uppercase: upper, ascii_letters: lower + upper, digits: '0123456789', hexdigits: '0123456789abcdefABCDEF', octdigits: '01234567', punctuation, whitespace: ' \t\n\r\x0b\x0c', printable: `0123456789${lower}${upper}${punctuation} \t\n\r\x0b\x0c`,
  }); // biome-ignore format: one table
}

const counterClass = classOf('Counter', 'collections', types.dict);
const orderedClass = classOf('OrderedDict', 'collections', types.dict);
const defaultClass = classOf('defaultdict', 'collections', types.dict);
const dequeClass = classOf('deque', 'collections', types.list);
methods(counterClass, {
  *most_common([c, n], _n, python) {
    const pairs = [...(c as Dict).entries.values()].map((p) => new Tuple(p));
    const list = yield* sorted(python, pairs, new Native('count', ([p]) => (p as Tuple).items[1]!), true);
    return new List(n === undefined || n === null ? list : list.slice(0, Number(n)));
  },
  elements: ([c]) => {
    const list: Value[] = [];
    for (const [k, v] of (c as Dict).entries.values())
      for (let i = 0; i < Math.min(Number(v), 100_000); i++) list.push(k);
    return new List(list);
  },
  __missing__: () => 0n,
  *update([c, values], _n, python) {
    yield* count(python, c as Dict, values);
    return null;
  },
  *__repr__([c], _n, python) {
    const plain = new Dict(
      (yield* sorted(
        python,
        [...(c as Dict).entries.values()].map((p) => new Tuple(p)),
        new Native('count', ([p]) => (p as Tuple).items[1]!),
        true,
      )).map((p) => (p as Tuple).items as [Value, Value]),
    );
    return plain.entries.size ? `Counter(${yield* python.repr(plain)})` : 'Counter()';
  },
});
function* count(python: Python, into: Dict, values: Value | undefined): Steps<void> {
  if (values === undefined) return;
  if (values instanceof Dict)
    for (const [k, v] of values.entries.values())
      into.set(k, BigInt((into.get(k) ?? 0n) as bigint) + BigInt(v as bigint));
  else for (const v of yield* python.collect(values)) into.set(v, BigInt((into.get(v) ?? 0n) as bigint) + 1n);
}
counterClass.make = function* (cls, args, _n, python): Steps<Value> {
  const made = new Dict();
  made.cls = cls;
  yield* count(python, made, args[0]);
  return made;
};
defaultClass.make = function* (cls, args, named, python): Steps<Value> {
  const made = (yield* python.call(types.dict, args.slice(1), named)) as Dict;
  made.cls = cls;
  made.factory = args[0] ?? null;
  return made;
};
methods(orderedClass, {
  move_to_end: ([d, k]) => {
    const value = (d as Dict).get(k ?? null);
    if (value === undefined) raise('KeyError', k ?? null);
    (d as Dict).delete(k ?? null);
    (d as Dict).set(k ?? null, value);
    return null;
  },
});
methods(dequeClass, {
  appendleft: ([d, v]) => {
    (d as List).items.unshift(v ?? null);
    return null;
  },
  popleft: ([d]) =>
    (d as List).items.length ? (d as List).items.shift()! : raise('IndexError', 'pop from an empty deque'),
  rotate: ([d, n]) => {
    const { items } = d as List;
    const by = items.length ? ((integer(n, 1) % items.length) + items.length) % items.length : 0;
    (d as List).items = [...items.slice(items.length - by), ...items.slice(0, items.length - by)];
    return null;
  },
});

export function collectionsModule(): Module {
  return library(
    'collections',
    {
      *namedtuple([name, fields], _n, python) {
        const names =
          typeof fields === 'string'
            ? fields.replaceAll(',', ' ').split(/\s+/).filter(Boolean)
            : (yield* python.collect(fields ?? null)).map(String);
        const cls = classOf(String(name), '__main__', types.tuple);
        cls.make = (_c, args, named) => {
          const values = names.map((f, i) => args[i] ?? named.get(f));
          const missing = names.filter((_, i) => values[i] === undefined);
          if (missing.length)
            raise(
              'TypeError',
              `${String(name)}.__new__() missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${missing.map((m) => `'${m}'`).join(' and ')}`,
            );
          return new Tuple(values as Value[], cls, names);
        };
        cls.own.set('_fields', new Tuple(names));
        return cls;
      },
    },
    { Counter: counterClass, OrderedDict: orderedClass, defaultdict: defaultClass, deque: dequeClass },
    'collections/__init__.py',
  );
}

/** An iterator that is made out of the iterables given. */
const from = (make: (nexts: Next[], args: Value[], named: Named, python: Python) => Next): NativeFunction =>
  function* (args, named, python) {
    const nexts: Next[] = [];
    for (const a of args)
      if (!(typeof a === 'bigint' || a === null || a instanceof Native)) {
        if (isIterable(a)) nexts.push(yield* python.iterate(a));
      }
    return new Iterator(make(nexts, args, named, python));
  };
const isIterable = (v: Value) =>
  typeof v === 'string' ||
  v instanceof List ||
  v instanceof Tuple ||
  v instanceof Dict ||
  v instanceof Set_ ||
  v instanceof Iterator ||
  v instanceof ByteString ||
  (typeof v === 'object' && v !== null && v.cls !== types.function && v.cls !== types.method && !(v instanceof Class));

function* combinations(
  items: Value[],
  length: number,
  python: Python,
  kind: 'combinations' | 'permutations' | 'repeated',
): Steps<Value[]> {
  const result: Value[] = [];
  const chosen: number[] = [];
  const grow = function* (start: number): Steps<void> {
    if (chosen.length === length) {
      result.push(new Tuple(chosen.map((i) => items[i]!)));
      python.charge(32 + length * 8);
      const turn = python.step(1);
      if (turn) yield turn;
      return;
    }
    for (let i = start; i < items.length; i++) {
      if (kind === 'permutations' && chosen.includes(i)) continue;
      chosen.push(i);
      yield* grow(kind === 'combinations' ? i + 1 : kind === 'repeated' ? i : 0);
      chosen.pop();
    }
  };
  if (length <= 60) yield* grow(0);
  return result;
}

export function itertoolsModule(): Module {
  const list = (values: Value[]) => {
    let at = 0;
    return new Iterator(() => values[at++]);
  };
  return library(
    'itertools',
    {
      count: ([start, step]) => {
        let n: Value = start ?? 0n;
        return new Iterator(() => {
          const value = n;
          n =
            typeof n === 'bigint' && (step === undefined || typeof step === 'bigint')
              ? n + BigInt((step ?? 1n) as bigint)
              : number(n) + number(step ?? 1n);
          return value;
        });
      },
      *cycle([values], _n, python) {
        const all = yield* python.collect(values ?? null);
        let at = 0;
        return new Iterator(() => (all.length ? all[at++ % all.length] : undefined));
      },
      repeat: ([value, times]) => {
        let left = times === undefined ? Number.POSITIVE_INFINITY : Number(times);
        return new Iterator(() => (left-- > 0 ? (value ?? null) : undefined));
      },
      chain: from((nexts) => {
        let at = 0;
        return function* () {
          for (; at < nexts.length; at++) {
            const v = yield* pull(nexts[at]!);
            if (v !== undefined) return v;
          }
          return undefined;
        };
      }),
      *islice(args, _n, python) {
        const next = yield* python.iterate(args[0] ?? null);
        const [start, stop, step] =
          args.length === 2
            ? [0, args[1] === null ? Number.POSITIVE_INFINITY : Number(args[1]), 1]
            : [
                Number(args[1] ?? 0),
                args[2] === null ? Number.POSITIVE_INFINITY : Number(args[2]),
                Number(args[3] ?? 1),
              ];
        let at = 0;
        let wanted = start;
        return new Iterator(function* () {
          while (wanted < stop) {
            const v = yield* pull(next);
            if (v === undefined) return undefined;
            if (at++ === wanted) {
              wanted += step;
              return v;
            }
          }
          return undefined;
        });
      },
      *takewhile([test, values], _n, python) {
        const next = yield* python.iterate(values ?? null);
        let over = false;
        return new Iterator(function* () {
          const v = over ? undefined : yield* pull(next);
          if (v !== undefined && (yield* python.truth(yield* python.call(test ?? null, [v])))) return v;
          over = true;
          return undefined;
        });
      },
      *product(args, named, python) {
        let rows: Value[][] = [[]];
        const pools: Value[][] = [];
        for (let r = 0; r < integer(named.get('repeat'), 1); r++)
          for (const a of args) pools.push(yield* python.collect(a));
        for (const pool of pools) {
          if (rows.length * pool.length > 2_000_000) raise('MemoryError');
          python.charge(rows.length * pool.length * 48);
          const turn = python.step(rows.length * pool.length);
          if (turn) yield turn;
          rows = rows.flatMap((row) => pool.map((v) => [...row, v]));
        }
        return list(rows.map((row) => new Tuple(row)));
      },
      *combinations([values, n], _n, python) {
        return list(yield* combinations(yield* python.collect(values ?? null), Number(n), python, 'combinations'));
      },
      *combinations_with_replacement([values, n], _n, python) {
        return list(yield* combinations(yield* python.collect(values ?? null), Number(n), python, 'repeated'));
      },
      *permutations([values, n], _n, python) {
        const all = yield* python.collect(values ?? null);
        return list(
          yield* combinations(all, n === undefined || n === null ? all.length : Number(n), python, 'permutations'),
        );
      },
      *zip_longest(args, named, python) {
        const all: Value[][] = [];
        for (const a of args) all.push(yield* python.collect(a));
        const length = Math.max(0, ...all.map((a) => a.length));
        return list(
          Array.from({ length }, (_, i) => new Tuple(all.map((a) => a[i] ?? named.get('fillvalue') ?? null))),
        );
      },
      *accumulate([values, f], _n, python) {
        const out: Value[] = [];
        let total: Value | undefined;
        for (const v of yield* python.collect(values ?? null)) {
          total =
            total === undefined
              ? v
              : f === undefined || f === null
                ? yield* python.binary('+', total, v)
                : yield* python.call(f, [total, v]);
          out.push(total);
        }
        return list(out);
      },
      *groupby([values, key], named, python) {
        const groups: { key: Value; items: Value[] }[] = [];
        const by = key ?? named.get('key') ?? null;
        for (const v of yield* python.collect(values ?? null)) {
          const k = by === null ? v : yield* python.call(by, [v]);
          const last = groups.at(-1);
          if (last && (yield* python.compare('==', last.key, k))) last.items.push(v);
          else groups.push({ key: k, items: [v] });
        }
        return list(groups.map((g) => new Tuple([g.key, list(g.items)])));
      },
      *starmap([f, values], _n, python) {
        const out: Value[] = [];
        for (const v of yield* python.collect(values ?? null))
          out.push(yield* python.call(f ?? null, yield* python.collect(v)));
        return list(out);
      },
    },
    {},
    null,
  );
}

const partialClass = classOf('partial', 'functools');
partialClass.make = (_c, args, named) => new Holder(partialClass, { args, named });
methods(partialClass, {
  *__call__(args, named, python) {
    const { args: first, named: before } = (args[0] as Holder<{ args: Value[]; named: Named }>).state;
    return yield* python.call(first[0] ?? null, [...first.slice(1), ...args.slice(1)], new Map([...before, ...named]));
  },
});

export function functoolsModule(): Module {
  const identity: NativeFunction = ([f]) => f ?? null;
  const cached: NativeFunction = ([f]) => {
    const memory = new Dict();
    const wrapped = (callee: Value) =>
      new Native('wrapper', function* (args, _n, python) {
        const key = new Tuple(args);
        const known = memory.get(key);
        if (known !== undefined) return known;
        const value = yield* python.call(callee, args);
        memory.set(key, value);
        python.charge(128);
        return value;
      });
    return typeof f === 'bigint' || f === null || f === undefined
      ? new Native('decorator', ([g]) => wrapped(g ?? null))
      : wrapped(f);
  };
  return library(
    'functools',
    {
      *reduce([f, values, start], _n, python) {
        let total = start;
        for (const v of yield* python.collect(values ?? null))
          total = total === undefined ? v : yield* python.call(f ?? null, [total, v]);
        return total ?? raise('TypeError', 'reduce() of empty iterable with no initial value');
      },
      wraps: () => new Native('decorator', identity),
      total_ordering: identity,
      lru_cache: cached,
      cache: cached,
      cmp_to_key: ([f]) => {
        const cls = classOf('K', 'functools');
        cls.make = (c, [value]) => {
          const made = new Instance(c);
          made.attributes = new Map<string, Value>([['obj', value ?? null]]);
          return made;
        };
        methods(cls, {
          *__lt__([a, b], _n, python) {
            return (
              Number(
                yield* python.call(f ?? null, [
                  (a as Instance).attributes!.get('obj')!,
                  (b as Instance).attributes!.get('obj')!,
                ]),
              ) < 0
            );
          },
        });
        return cls;
      },
    },
    { partial: partialClass },
  );
}

export function operatorModule(): Module {
  const functions: Record<string, NativeFunction> = {};
  for (const [name, operator] of [
    ['add', '+'],
    ['sub', '-'],
    ['mul', '*'],
    ['truediv', '/'],
    ['floordiv', '//'],
    ['mod', '%'],
    ['pow', '**'],
    ['xor', '^'],
    ['and_', '&'],
    ['or_', '|'],
    ['lshift', '<<'],
    ['rshift', '>>'],
    ['concat', '+'],
  ] as const)
    functions[name] = function* ([a = null, b = null], _n, python) {
      return yield* python.binary(operator, a, b);
    };
  for (const [name, operator] of [
    ['eq', '=='],
    ['ne', '!='],
    ['lt', '<'],
    ['le', '<='],
    ['gt', '>'],
    ['ge', '>='],
  ] as const)
    functions[name] = function* ([a = null, b = null], _n, python) {
      return yield* python.compare(operator, a, b);
    };
  const getter =
    (get: (v: Value, key: Value, python: Python) => Steps<Value>): NativeFunction =>
    (keys) =>
      new Native('itemgetter', function* ([v = null], _n, python) {
        const values: Value[] = [];
        for (const k of keys) values.push(yield* get(v, k, python));
        return values.length === 1 ? values[0]! : new Tuple(values);
      });
  return library('operator', {
    ...functions,
    itemgetter: getter(function* (v, k, python) {
      return yield* (python as Interpreter & { subscript(o: Value, k: Value): Steps<Value> }).call(
        yield* python.getAttribute(v, '__getitem__'),
        [k],
      );
    }),
    attrgetter: getter(function* (v, k, python) {
      return yield* python.getAttribute(v, String(k));
    }),
    neg: ([v]) => (typeof v === 'number' ? -v : -BigInt(v as bigint)),
    *not_([v = null], _n, python) {
      return !(yield* python.truth(v));
    },
  });
}

export function copyModule(): Module {
  const copy = (v: Value, deep: boolean, depth = 0): Value => {
    const inner = (x: Value) => (deep && depth < 200 ? copy(x, true, depth + 1) : x);
    if (v instanceof List) return new List(v.items.map(inner));
    if (v instanceof Dict) {
      const made = new Dict([...v.entries.values()].map(([k, x]) => [k, inner(x)] as const));
      made.cls = v.cls;
      return made;
    }
    if (v instanceof Set_) return new Set_(v.entries.values(), v.cls);
    if (v instanceof Tuple && deep) return new Tuple(v.items.map(inner), v.cls, v.fields);
    if (v instanceof Instance) {
      const made = new Instance(v.cls);
      made.attributes = new Map([...(v.attributes ?? [])].map(([k, x]) => [k, inner(x)]));
      return made;
    }
    return v;
  };
  return library('copy', { copy: ([v = null]) => copy(v, false), deepcopy: ([v = null]) => copy(v, true) });
}

export function textwrapModule(): Module {
  const wrap = (text: string, width: number) => {
    const lines: string[] = [];
    let line = '';
    for (const word of text.split(/\s+/).filter(Boolean)) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return line === '' ? lines : [...lines, line];
  };
  return library('textwrap', {
    wrap: (args, named) => new List(wrap(String(args[0]), integer(argument(args, named, 1, 'width'), 70))),
    fill: (args, named) => wrap(String(args[0]), integer(argument(args, named, 1, 'width'), 70)).join('\n'),
    dedent: ([text]) => {
      const lines = String(text).split('\n');
      const margin = Math.min(...lines.filter((l) => l.trim()).map((l) => l.length - l.trimStart().length));
      return lines.map((l) => (l.trim() ? l.slice(margin) : '')).join('\n');
    },
    indent: ([text, prefix]) =>
      String(text)
        .split('\n')
        .map((l) => (l.trim() ? String(prefix) + l : l))
        .join('\n'),
  });
}
