// Perl's built-in functions on strings, lists, hashes, time and the program itself.
import { SHORT_DAYS, SHORT_MONTHS } from '../../machine/calendar.ts';
import { breakDown, zoneOf } from '../strftime.ts';
import { FormatError, pack, sprintf, unpack } from './format.ts';
import { type Builtin, OutOfMemory, type Perl } from './run.ts';
import type { Node, NodeOf } from './tree.ts';
import {
  Code, Died, Exiting, kindOf, number, type PerlArray, Ref, Scope, type Steps, text, truth, type Value,
} from './values.ts'; // biome-ignore format: one list

type Simple = (args: Value[], perl: Perl) => Value | Value[];

/** A function of its arguments' values, each in scalar context. */
const scalars = (run: Simple): Builtin =>
  function* (perl, node, _args, _want, scope) {
    const args: Value[] = [];
    for (const a of node.args) args.push(yield* perl.scalar(a, scope));
    return run(args, perl);
  };
/** A function of a list. */
const listed = (run: Simple): Builtin =>
  function* (perl, node, _args, _want, scope) {
    return run(yield* perl.items(node.args, scope), perl);
  };
const onText = (run: (s: string) => Value): Builtin => scalars(([v]) => run(text(v)));
const onNumber = (run: (n: number) => Value): Builtin => scalars(([v]) => run(number(v)));

const topic = (node: NodeOf<'builtin'>): Node => ({ type: 'array', name: '_', line: node.line });
/** The array that shift and pop work on: @_ in a sub, @ARGV outside. */
function* theArray(perl: Perl, node: NodeOf<'builtin'>, scope: Scope): Steps<PerlArray> {
  const given = node.args[0];
  if (given) return yield* perl.array(given, scope);
  return scope.find('@_') ? yield* perl.array(topic(node), scope) : perl.array_('ARGV');
}

const timeFunction = (zone: (perl: Perl) => string): Builtin =>
  function* (perl, node, _args, want, scope) {
    const at = node.args.length
      ? number(yield* perl.scalar(node.args[0]!, scope)) * 1000
      : perl.process.machine.clock.now();
    const t = breakDown(at, zone(perl));
    if (want === 'list') return [t.second, t.minute, t.hour, t.day, t.month, t.year - 1900, t.weekday, t.yearDay, 0];
    const two = (n: number) => String(n).padStart(2, '0');
    return `${SHORT_DAYS[t.weekday]} ${SHORT_MONTHS[t.month]} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}`;
  };

/** sort's comparison with $a and $b. */
function* sort(perl: Perl, node: NodeOf<'builtin'>, values: Value[], scope: Scope): Steps<Value[]> {
  const { block } = node;
  if (!block) return values.sort((x, y) => (text(x) < text(y) ? -1 : text(x) > text(y) ? 1 : 0));
  const [a, b] = [perl.scalar_('a'), perl.scalar_('b')];
  const [oldA, oldB] = [a.value, b.value];
  const compare = function* (x: Value, y: Value): Steps<number> {
    a.value = x;
    b.value = y;
    const turn = perl.process.step(2);
    if (turn) yield turn;
    return number(block.type === 'block' ? (yield* perl.block(block, scope)).at(-1) : yield* perl.scalar(block, scope));
  };
  let order = values;
  for (let width = 1; width < order.length; width *= 2) {
    const next: Value[] = [];
    for (let start = 0; start < order.length; start += width * 2) {
      const [middle, end] = [Math.min(start + width, order.length), Math.min(start + width * 2, order.length)];
      let [i, j] = [start, middle];
      while (i < middle && j < end) next.push((yield* compare(order[i], order[j])) <= 0 ? order[i++] : order[j++]);
      while (i < middle) next.push(order[i++]);
      while (j < end) next.push(order[j++]);
    }
    order = next;
  }
  [a.value, b.value] = [oldA, oldB];
  return order;
}

/** die's and warn's message. */
function* message(perl: Perl, node: NodeOf<'builtin'>, scope: Scope, otherwise: string): Steps<Value> {
  const values = yield* perl.items(node.args, scope);
  perl.line = node.line;
  if (values.length === 1 && values[0] instanceof Ref) return values[0];
  const said = values.map(text).join('') || otherwise;
  return said.endsWith('\n') ? said : said + perl.place(node.line);
}

const random = (perl: Perl) => perl.process.machine.random();

export const functions: Readonly<Record<string, Builtin>> = {
  lc: onText((s) => s.toLowerCase()),
  uc: onText((s) => s.toUpperCase()),
  fc: onText((s) => s.toLowerCase()),
  lcfirst: onText((s) => s.slice(0, 1).toLowerCase() + s.slice(1)),
  ucfirst: onText((s) => s.slice(0, 1).toUpperCase() + s.slice(1)),
  length: scalars(([v]) => (v === undefined ? undefined : text(v).length)),
  chr: scalars(([v]) => String.fromCodePoint(Math.min(0x10ffff, Math.max(0, Math.trunc(number(v)))))),
  ord: onText((s) => s.codePointAt(0) ?? 0),
  hex: onText((s) => Number.parseInt(s.replace(/^0?x/i, '').replace(/_/g, '') || '0', 16) || 0),
  oct: onText((s) => {
    const t = s.trim().replace(/_/g, '');
    if (/^0?x/i.test(t)) return Number.parseInt(t.replace(/^0?x/i, ''), 16) || 0;
    if (/^0?b/i.test(t)) return Number.parseInt(t.replace(/^0?b/i, ''), 2) || 0;
    return Number.parseInt(t.replace(/^0?o/i, ''), 8) || 0;
  }),
  int: onNumber(Math.trunc),
  abs: onNumber(Math.abs),
  sqrt: scalars(([v], perl) => (number(v) < 0 ? perl.die(`Can't take sqrt of ${text(v)}`) : Math.sqrt(number(v)))),
  sin: onNumber(Math.sin),
  cos: onNumber(Math.cos),
  exp: onNumber(Math.exp),
  log: scalars(([v], perl) => (number(v) <= 0 ? perl.die(`Can't take log of ${text(v) || 0}`) : Math.log(number(v)))),
  atan2: scalars(([a, b]) => Math.atan2(number(a), number(b))),
  rand: scalars(([v], perl) => random(perl) * (number(v) || 1)),
  srand: scalars(([v]) => number(v)),
  quotemeta: onText((s) => s.replace(/[^A-Za-z0-9_]/g, '\\$&')),
  index: scalars(([s, t, from]) => text(s).indexOf(text(t), from === undefined ? 0 : Math.max(0, number(from)))),
  rindex: scalars(([s, t, from]) =>
    text(s).lastIndexOf(text(t), from === undefined ? Number.POSITIVE_INFINITY : number(from)),
  ),
  *substr(perl, node, _a, _w, scope) {
    const [s = '', from = 0, length, by] = yield* perl.items(node.args, scope);
    const whole = text(s);
    let start = Math.trunc(number(from));
    if (start < 0) start = Math.max(0, whole.length + start);
    if (start > whole.length) return undefined;
    const end =
      length === undefined
        ? whole.length
        : number(length) < 0
          ? Math.max(start, whole.length + number(length))
          : start + number(length);
    if (by !== undefined)
      (yield* perl.place_(node.args[0]!, scope)).set(whole.slice(0, start) + text(by) + whole.slice(end));
    return whole.slice(start, end);
  },
  sprintf: listed(([format, ...rest], perl) => failing(perl, () => sprintf(text(format), rest))),
  pack: listed(([format, ...rest], perl) => failing(perl, () => pack(text(format), rest))),
  *unpack(perl, node, _a, _w, scope) {
    const [format, data] = yield* perl.items(node.args, scope);
    const subject = node.args.length > 1 ? data : perl.scalar_('_').value;
    return failing(perl, () => unpack(text(format), text(subject)));
  },
  join: listed(([glue, ...rest], perl) => {
    const joined = rest.map(text).join(text(glue));
    perl.charge(joined.length);
    return joined;
  }),
  *reverse(perl, node, _a, want, scope) {
    const values = yield* perl.items(node.args, scope);
    if (want === 'list') return values.reverse();
    return [...(node.args.length ? values.map(text).join('') : text(perl.scalar_('_').value))].reverse().join('');
  },
  *split(perl, node, _a, want, scope) {
    const [first, second, third] = node.args;
    const subject = text(second ? yield* perl.scalar(second, scope) : perl.scalar_('_').value);
    const limit = third ? Math.trunc(number(yield* perl.scalar(third, scope))) : 0;
    let source: string | undefined;
    let parts: Value[] = [];
    if (first?.type === 'match') {
      const p = yield* perl.compiled(first.pattern, first.flags, scope);
      parts = yield* splitBy(perl, p.source === '^' ? perl.pattern('^', 'm') : p, subject, limit, false);
    } else {
      const value = first ? yield* perl.scalar(first, scope) : ' ';
      source = value instanceof Ref ? undefined : text(value);
      if (source === ' ')
        parts = yield* splitBy(perl, perl.pattern('\\s+', ''), subject.replace(/^\s+/, ''), limit, true);
      else {
        const p = yield* perl.compiled([{ scalar: first! }], '', scope);
        parts = yield* splitBy(perl, p, subject, limit, false);
      }
    }
    if (limit === 0) while (parts.length && (parts.at(-1) === undefined || parts.at(-1) === '')) parts.pop();
    return want === 'list' ? parts : parts.length;
  },
  *chomp(perl, node, _a, _w, scope) {
    return yield* chop(perl, node, scope, (s) => {
      const end = perl.separator() || '\n';
      return perl.separator() !== undefined && s.endsWith(end) ? s.slice(0, -end.length) : s;
    });
  },
  *chop(perl, node, _a, _w, scope) {
    return yield* chop(perl, node, scope, (s) => s.slice(0, -1));
  },

  // Arrays and hashes
  *push(perl, node, _a, _w, scope) {
    const array = yield* perl.array(node.args[0]!, scope);
    const values = yield* perl.items(node.args.slice(1), scope);
    for (const v of values) {
      array.items.push(v);
      perl.charge(24 + (typeof v === 'string' ? v.length : 0));
    }
    return array.items.length;
  },
  *unshift(perl, node, _a, _w, scope) {
    const array = yield* perl.array(node.args[0]!, scope);
    const values = yield* perl.items(node.args.slice(1), scope);
    array.items = [...values, ...array.items];
    perl.charge(values.length * 24);
    return array.items.length;
  },
  *pop(perl, node, _a, _w, scope) {
    return (yield* theArray(perl, node, scope)).items.pop();
  },
  *shift(perl, node, _a, _w, scope) {
    return (yield* theArray(perl, node, scope)).items.shift();
  },
  *splice(perl, node, _a, want, scope) {
    const array = yield* perl.array(node.args[0]!, scope);
    const [from = 0, length, ...values] = yield* perl.items(node.args.slice(1), scope);
    const start = number(from) < 0 ? Math.max(0, array.items.length + number(from)) : number(from);
    const count =
      length === undefined
        ? array.items.length - start
        : number(length) < 0
          ? Math.max(0, array.items.length + number(length) - start)
          : number(length);
    const gone = array.items.splice(start, count, ...values);
    return want === 'list' ? gone : gone.at(-1);
  },
  *scalar(perl, node, _a, _w, scope) {
    return yield* perl.scalar(node.args[0]!, scope);
  },
  *keys(perl, node, _a, want, scope) {
    const of = node.args[0]!;
    if (of.type === 'array' || (of.type === 'deref' && of.sigil === '@')) {
      const { items } = yield* perl.array(of, scope);
      return want === 'list' ? items.map((_, i) => i) : items.length;
    }
    const hash = yield* perl.hash(of, scope);
    hash.walk = undefined;
    return want === 'list' ? [...hash.map.keys()] : hash.map.size;
  },
  *values(perl, node, _a, want, scope) {
    const of = node.args[0]!;
    if (of.type === 'array' || (of.type === 'deref' && of.sigil === '@'))
      return [...(yield* perl.array(of, scope)).items];
    const hash = yield* perl.hash(of, scope);
    return want === 'list' ? [...hash.map.values()] : hash.map.size;
  },
  *each(perl, node, _a, want, scope) {
    const hash = yield* perl.hash(node.args[0]!, scope);
    hash.walk ??= hash.map.entries();
    const next = hash.walk.next();
    if (next.done) {
      hash.walk = undefined;
      return [];
    }
    return want === 'list' ? [...next.value] : next.value[0];
  },
  *delete(perl, node, _a, _w, scope) {
    const target = node.args[0]!;
    if (target.type === 'my')
      return yield* perl.scalar(
        { type: 'builtin', name: 'delete', args: [target.targets[0]!], line: node.line },
        scope,
      );
    if (target.type === 'entry') {
      const hash = yield* perl.hash(target.hash, scope);
      const key = yield* perl.key(target.key, scope);
      const old = hash.map.get(key);
      hash.map.delete(key);
      if (hash === perl.globals.get('%main::ENV')) perl.process.environment.delete(key);
      return old;
    }
    if (target.type === 'slice' && target.of === 'hash') {
      const hash = yield* perl.hash(target.base, scope);
      const out: Value[] = [];
      for (const k of yield* perl.list(target.keys, scope)) {
        out.push(hash.map.get(text(k)));
        hash.map.delete(text(k));
      }
      return out;
    }
    if (target.type === 'element') {
      const array = yield* perl.array(target.array, scope);
      const index = number(yield* perl.scalar(target.index, scope));
      const at = index < 0 ? index + array.items.length : index;
      const old = array.items[at];
      if (at === array.items.length - 1) array.items.pop();
      else array.items[at] = undefined;
      return old;
    }
    return undefined;
  },
  *exists(perl, node, _a, _w, scope) {
    const target = node.args[0]!;
    if (target.type === 'entry')
      return (yield* perl.hash(target.hash, scope, true)).map.has(yield* perl.key(target.key, scope)) ? 1 : '';
    if (target.type === 'element') {
      const array = yield* perl.array(target.array, scope, true);
      const index = number(yield* perl.scalar(target.index, scope));
      return (index < 0 ? index + array.items.length : index) in array.items ? 1 : '';
    }
    if (target.type === 'call') return perl.code_(target.name) ? 1 : '';
    return (yield* perl.scalar(target, scope)) !== undefined ? 1 : '';
  },
  *defined(perl, node, _a, _w, scope) {
    const target = node.args[0];
    if (!target) return perl.scalar_('_').value !== undefined ? 1 : '';
    if (target.type === 'call' && target.ampersand) return perl.code_(target.name) ? 1 : '';
    if (target.type === 'array') return (yield* perl.array(target, scope)).items.length > 0 ? 1 : '';
    return (yield* perl.scalar(target, scope)) !== undefined ? 1 : '';
  },
  *undef(perl, node, _a, _w, scope) {
    const target = node.args[0];
    if (!target) return undefined;
    if (target.type === 'array' || (target.type === 'deref' && target.sigil === '@'))
      (yield* perl.array(target, scope)).items = [];
    else if (target.type === 'hash' || (target.type === 'deref' && target.sigil === '%'))
      (yield* perl.hash(target, scope)).map.clear();
    else if (target.type !== 'call') (yield* perl.place_(target, scope)).set(undefined);
    return undefined;
  },
  *sort(perl, node, _a, want, scope) {
    const values = yield* sort(perl, node, yield* perl.items(node.args, scope), scope);
    return want === 'list' ? values : values.length;
  },
  *map(perl, node, _a, want, scope) {
    const out: Value[] = [];
    for (const v of yield* perl.items(node.args, scope)) {
      const turn = perl.process.step(2);
      if (turn) yield turn;
      const block = node.block!;
      const [values] = yield* perl.withTopic(v, () =>
        block.type === 'block' ? perl.block(block, scope, 'list') : perl.list(block, scope),
      );
      for (const x of values) out.push(x);
      perl.charge(values.length * 24);
    }
    return want === 'list' ? out : out.length;
  },
  *grep(perl, node, _a, want, scope) {
    const out: Value[] = [];
    for (const v of yield* perl.items(node.args, scope)) {
      const turn = perl.process.step(2);
      if (turn) yield turn;
      const block = node.block!;
      const [kept] = yield* perl.withTopic(v, function* () {
        return block.type === 'block' ? (yield* perl.block(block, scope)).at(-1) : yield* perl.scalar(block, scope);
      });
      if (truth(kept)) out.push(v);
    }
    return want === 'list' ? out : out.length;
  },
  ref: scalars(([v]) => (v instanceof Ref ? (v.target.blessed ?? kindOf(v.target)) : '')),
  bless: scalars(([v, cls], perl) => {
    if (!(v instanceof Ref)) return perl.die("Can't bless non-reference value");
    v.target.blessed = cls === undefined ? perl.package : text(cls);
    return v;
  }),
  *pos(perl, node, _a, _w, scope) {
    yield* [];
    const target = node.args[0];
    return perl.position(target?.type === 'scalar' ? target.name : '_', scope);
  },
  vec: scalars(([s, at, bits]) => {
    const width = number(bits);
    if (width === 8) return text(s).charCodeAt(number(at)) || 0;
    return width < 8
      ? ((text(s).charCodeAt(Math.floor((number(at) * width) / 8)) || 0) >> ((number(at) * width) % 8)) &
          (2 ** width - 1)
      : 0;
  }),
  lock: scalars(([v]) => v),
  study: scalars(() => 1),

  // Time and the program
  time: scalars((_a, perl) => {
    const now = perl.process.machine.clock.now() / 1000;
    return perl.precise.has('time') ? now : Math.floor(now);
  }),
  times: scalars((_a, perl) => [perl.process.cpu / 1000, 0, 0, 0]),
  localtime: timeFunction((perl) => zoneOf(perl.process)),
  gmtime: timeFunction(() => 'UTC'),
  *sleep(perl, node, _a, _w, scope) {
    const seconds = node.args.length ? number(yield* perl.scalar(node.args[0]!, scope)) : 3_600_000;
    const whole = perl.precise.has('sleep') ? seconds : Math.trunc(seconds);
    yield perl.process.sleep(Math.min(Math.max(0, whole * 1000), 2_000_000_000));
    return whole;
  },
  *die(perl, node, _a, _w, scope) {
    const said = yield* message(perl, node, scope, 'Died');
    const handler = perl.hash_('SIG').map.get('__DIE__');
    if (handler instanceof Ref && handler.target instanceof Code) {
      perl.hash_('SIG').map.delete('__DIE__');
      try {
        yield* perl.call(handler.target, [said], 'scalar');
      } finally {
        perl.hash_('SIG').map.set('__DIE__', handler);
      }
    }
    throw new Died(said);
  },
  *warn(perl, node, _a, _w, scope) {
    const said = yield* message(perl, node, scope, "Warning: something's wrong");
    const handler = perl.hash_('SIG').map.get('__WARN__');
    if (handler instanceof Ref && handler.target instanceof Code) yield* perl.call(handler.target, [said], 'scalar');
    else {
      const done = perl.process.err(text(said));
      if (done) yield done;
    }
    return 1;
  },
  *exit(perl, node, _a, _w, scope) {
    throw new Exiting(node.args.length ? Math.trunc(number(yield* perl.scalar(node.args[0]!, scope))) & 255 : 0);
  },
  *eval(perl, node, _a, want, scope) {
    const source = text(yield* perl.scalar(node.args[0]!, scope));
    const error = perl.scalar_('@');
    const depth = perl.callers.length;
    try {
      const result = yield* perl.source(source, '(eval 1)', new Scope(scope), want);
      error.value = '';
      return result;
    } catch (thrown) {
      error.value = perl.asDied(thrown).value;
      perl.callers.length = depth;
      return want === 'list' ? [] : undefined;
    }
  },
  *do(perl, node, _a, want, scope) {
    const file = text(yield* perl.scalar(node.args[0]!, scope));
    let source: string;
    try {
      source = perl.process.readFile(file);
    } catch {
      return undefined;
    }
    return yield* perl.source(source, file, new Scope(), want);
  },
  *require(perl, node, _a, _w, scope) {
    const file = text(yield* perl.scalar(node.args[0]!, scope));
    if (/^[\d.]+$/.test(file)) return 1;
    if (yield* perl.load(perl, file.replace(/\.p[ml]$/, '').replaceAll('/', '::'), [])) return 1;
    for (const path of [file, `./${file}`]) {
      if (!perl.process.files.access(path, 4)) continue;
      yield* perl.source(perl.process.readFile(path), path, new Scope(), 'scalar');
      return 1;
    }
    return perl.die(`Can't locate ${file} in @INC (@INC contains: ${perl.array_('INC').items.map(text).join(' ')})`);
  },
  *caller(perl, node, _a, want, scope) {
    const depth = node.args.length ? number(yield* perl.scalar(node.args[0]!, scope)) : 0;
    const level = perl.callers.at(-1 - depth);
    if (!level) return want === 'list' ? [] : undefined;
    return want === 'list'
      ? [
          level.package,
          perl.file,
          level.line,
          ...(node.args.length ? [level.name, 1, level.want === 'list' ? 1 : ''] : []),
        ]
      : level.package;
  },
  __PACKAGE__: scalars((_a, perl) => perl.package),
  sub: scalars(() => undefined),
  alarm: scalars((_a, perl) => {
    perl.gap('alarm');
    return 0;
  }),
};

function failing<T>(perl: Perl, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FormatError) {
      if (/^Out of memory/.test(error.message)) throw new OutOfMemory();
      return perl.die(error.message);
    }
    throw error;
  }
}

function* splitBy(
  perl: Perl,
  pattern: ReturnType<Perl['pattern']>,
  subject: string,
  limit: number,
  words: boolean,
): Steps<Value[]> {
  const parts: Value[] = [];
  if (subject === '') return parts;
  const kept = perl.match;
  let at = 0;
  for (let from = 0; from <= subject.length && (limit <= 0 || parts.length < limit - 1); ) {
    const found = yield* perl.search(pattern, subject, from);
    if (!found) break;
    const [start, end] = found as [number, number];
    if (end === start && start >= subject.length) break;
    if (end === start && start === at) {
      // An empty match splits between two characters.
      from = start + 1;
      if (start === 0 || start !== from - 1) continue;
      if (at === start) {
        const next = yield* perl.search(pattern, subject, from);
        if (!next || next[0]! >= subject.length) break;
        if (next[0]! > at) {
          parts.push(subject.slice(at, next[0]));
          at = next[1]!;
          from = at;
        }
        continue;
      }
    }
    if (!(start === 0 && end > 0 && at === 0 && end === 0)) {
      if (start === 0 && end === 0) {
        from = 1;
        continue;
      }
      parts.push(subject.slice(at, start));
      for (let i = 1; i <= pattern.program.groups; i++)
        parts.push(found[i * 2]! < 0 ? undefined : subject.slice(found[i * 2], found[i * 2 + 1]));
    }
    perl.charge(32);
    at = end;
    from = end === start ? end + 1 : end;
  }
  void words;
  parts.push(subject.slice(at));
  perl.match = kept;
  return parts;
}

function* chop(perl: Perl, node: NodeOf<'builtin'>, scope: Scope, cut: (s: string) => string): Steps<Value> {
  let removed: Value = 0;
  for (const target of node.args.length ? node.args : [{ type: 'scalar', name: '_', line: node.line } as Node]) {
    const list =
      target.type === 'my' && target.list ? target.targets : target.type === 'list' ? target.items : [target];
    if (target.type === 'my') yield* perl.declareMy(target, scope);
    for (const one of list) {
      const inner = one.type === 'my' && !one.list ? one.targets[0]! : one;
      const assigned =
        inner.type === 'assign' &&
        (inner.left.type === 'array' || (inner.left.type === 'my' && inner.left.targets[0]?.type === 'array'));
      if (inner.type === 'array' || (inner.type === 'deref' && inner.sigil === '@') || assigned) {
        if (assigned) yield* perl.scalar(inner, scope);
        const array = yield* perl.array(
          inner.type === 'assign' ? (inner.left.type === 'my' ? inner.left.targets[0]! : inner.left) : inner,
          scope,
        );
        array.items = array.items.map((v) => cut(text(v)));
        continue;
      }
      const place = yield* perl.place_(inner, scope);
      const old = place.get();
      if (old === undefined) continue;
      const next = cut(text(old));
      removed = node.name === 'chop' ? text(old).slice(-1) : number(removed) + text(old).length - next.length;
      place.set(next);
    }
  }
  return removed;
}
