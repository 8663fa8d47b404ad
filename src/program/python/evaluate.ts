// Evaluates Python's expressions: names by scope, operators, calls, subscripts, comprehensions and generators.
import { exceptions, makeException, raise } from './exceptions.ts';
import { formatValue } from './format.ts';
import { arithmetic, quickEqual, quickOrder, slicePositions } from './operators.ts';
import { Protocol, RECURSION_LIMIT } from './protocol.ts';
import { scopeOf } from './scope.ts';
import type { Expression, ExpressionOf, Formatted, FunctionDefinition, Parameters, Place } from './tree.ts';
import { quoted } from './unicode.ts';
import {
  ByteString, Class, Descriptor, Dict, ELLIPSIS, type Frame, Function_, Generator_, 
  Invocation,isInt, isSteps, keyOf, List, type Named, Native,
  Raised, Range, Set_, Slice, type Steps, Super, Thing, Tuple, typeName, types, type Value, Yielded,
} from './values.ts'; // biome-ignore format: one list

const EMPTY: Parameters = { names: [], positionalOnly: 0, defaults: new Map(), keywordOnly: [] };
const NONE: Named = new Map();

export abstract class Evaluator extends Protocol {
  builtins: ReadonlyMap<string, Value> = new Map();
  /** Runs a function's body; the value returned. */
  protected abstract runBody(definition: FunctionDefinition, frame: Frame): Steps<Value>;

  /** The value of a name where `frame` stands. */
  protected name(name: string, frame: Frame, at: Place): Value {
    let value: Value | undefined;
    if (frame.own) {
      if (frame.own.has(name)) {
        value = frame.locals.get(name);
        if (value !== undefined) return value;
        frame.at = at;
        frame.anchor = undefined;
        return raise(
          'UnboundLocalError',
          `cannot access local variable '${name}' where it is not associated with a value`,
        );
      }
    } else if (frame.locals !== frame.globals) {
      value = frame.locals.get(name);
      if (value !== undefined) return value;
    }
    if (!frame.globalNames?.has(name))
      for (let outer = frame.outer; outer; outer = outer.outer) {
        if (!outer.own?.has(name)) continue;
        value = outer.locals.get(name);
        if (value !== undefined) return value;
        frame.at = at;
        frame.anchor = undefined;
        return raise(
          'NameError',
          `cannot access free variable '${name}' where it is not associated with a value in enclosing scope`,
        );
      }
    value = frame.globals.get(name);
    if (value === undefined) value = this.builtins.get(name);
    if (value !== undefined) return value;
    if (name === '__class__' && frame.home) return frame.home;
    frame.at = at;
    frame.anchor = undefined;
    return raise('NameError', `name '${name}' is not defined`);
  }

  /** Binds a name where `frame` stands. */
  protected bind(name: string, value: Value, frame: Frame): void {
    if (frame.globalNames?.has(name)) frame.globals.set(name, value);
    else if (frame.nonlocalNames?.has(name)) {
      for (let outer = frame.outer; outer; outer = outer.outer)
        if (outer.own?.has(name)) {
          outer.locals.set(name, value);
          return;
        }
    } else frame.locals.set(name, value);
  }

  /** Constants and names, which need no steps; undefined: not one. */
  protected leaf(e: Expression, frame: Frame): Value | undefined {
    if (e.type === 'constant') return e.value;
    if (e.type === 'name') return this.name(e.name, frame, e.at);
    return undefined;
  }

  *value(e: Expression, frame: Frame): Steps<Value> {
    switch (e.type) {
      case 'constant':
        return e.value;
      case 'name':
        return this.name(e.name, frame, e.at);
      case 'binary': {
        const left = this.leaf(e.left, frame) ?? (yield* this.value(e.left, frame));
        const right = this.leaf(e.right, frame) ?? (yield* this.value(e.right, frame));
        frame.at = e.at;
        frame.anchor = [e.operatorAt[1], e.operatorAt[3]];
        if (typeof left === 'bigint' || typeof left === 'number' || (typeof left === 'string' && e.operator === '+')) {
          const quick = arithmetic(this, e.operator, left, right);
          if (quick !== undefined) return quick;
        }
        return yield* this.binary(e.operator, left, right);
      }
      case 'compare':
        return yield* this.comparison(e, frame);
      case 'boolean': {
        const left = yield* this.value(e.left, frame);
        const truth = yield* this.truth(left);
        return (e.operator === 'and') === truth ? yield* this.value(e.right, frame) : left;
      }
      case 'unary':
        return yield* this.unary(e, frame);
      case 'call':
        return yield* this.callExpression(e, frame);
      case 'attribute': {
        const object = this.leaf(e.object, frame) ?? (yield* this.value(e.object, frame));
        frame.at = e.at;
        frame.anchor = undefined;
        return yield* this.getAttribute(object, e.name);
      }
      case 'subscript': {
        const object = this.leaf(e.object, frame) ?? (yield* this.value(e.object, frame));
        const index = this.leaf(e.index, frame) ?? (yield* this.value(e.index, frame));
        frame.at = e.at;
        frame.anchor = e.object.at[2] === e.at[2] ? [e.object.at[3], e.at[3]] : undefined;
        return yield* this.subscript(object, index);
      }
      case 'slice':
        return new Slice(
          e.start ? yield* this.value(e.start, frame) : null,
          e.stop ? yield* this.value(e.stop, frame) : null,
          e.step ? yield* this.value(e.step, frame) : null,
        );
      case 'conditional':
        return yield* this.value((yield* this.truth(yield* this.value(e.test, frame))) ? e.yes : e.otherwise, frame);
      case 'list':
        return new List(yield* this.items(e.items, frame));
      case 'tuple':
        return new Tuple(yield* this.items(e.items, frame));
      case 'set':
        return new Set_(yield* this.items(e.items, frame));
      case 'dict':
        return yield* this.dictionary(e, frame);
      case 'bytes':
        return new ByteString(e.value);
      case 'joined':
        return yield* this.joined(e.parts, frame);
      case 'lambda':
        return yield* this.makeFunction(
          '<lambda>',
          { name: '<lambda>', parameters: e.parameters, body: [], decorators: [], isAsync: false },
          e.body,
          frame,
        );
      case 'comprehension':
        return yield* this.comprehension(e, frame);
      case 'walrus': {
        const value = yield* this.value(e.value, frame);
        let target = frame;
        while (/^<(list|set|dict)comp>$|^<genexpr>$/.test(target.name) && target.outer) target = target.outer;
        this.bind(e.name, value, target);
        return value;
      }
      case 'yield':
        return (yield new Yielded(e.value ? yield* this.value(e.value, frame) : null)) as Value;
      case 'yieldFrom': {
        const inner = yield* this.value(e.value, frame);
        const next = yield* this.iterate(inner);
        for (;;) {
          const got = next();
          const item = isSteps(got) ? yield* got : got;
          if (item === undefined) return inner instanceof Generator_ ? inner.result : null;
          yield new Yielded(item);
        }
      }
      case 'await': {
        const awaited = yield* this.value(e.value, frame);
        frame.at = e.at;
        return yield* this.awaited(awaited);
      }
      case 'ellipsis':
        return ELLIPSIS;
      case 'starred':
        return raise('SyntaxError', "can't use starred expression here");
    }
  }

  /** Runs a coroutine to its end. */
  *awaited(value: Value): Steps<Value> {
    if (!(value instanceof Generator_))
      raise('TypeError', `object ${typeName(value)} can't be used in 'await' expression`);
    while ((yield* this.resume(value, null)) !== undefined);
    return value.result;
  }

  protected *items(list: Expression[], frame: Frame): Steps<Value[]> {
    const items: Value[] = [];
    for (const e of list) {
      if (e.type === 'starred')
        for (const item of yield* this.collect(yield* this.value(e.value, frame))) items.push(item);
      else items.push(this.leaf(e, frame) ?? (yield* this.value(e, frame)));
    }
    this.charge(items.length * 16 + 48);
    return items;
  }

  private *dictionary(e: ExpressionOf<'dict'>, frame: Frame): Steps<Value> {
    const dict = new Dict();
    for (const [i, k] of e.keys.entries()) {
      const value = yield* this.value(e.values[i]!, frame);
      if (k !== undefined) dict.set(yield* this.value(k, frame), value);
      else if (value instanceof Dict) for (const [a, b] of value.entries.values()) dict.set(a, b);
      else raise('TypeError', `'${typeName(value)}' object is not a mapping`);
    }
    this.charge(e.keys.length * 96 + 64);
    return dict;
  }

  private *joined(parts: (string | Formatted)[], frame: Frame): Steps<string> {
    let text = '';
    for (const part of parts) {
      if (typeof part === 'string') {
        text += part;
        continue;
      }
      let value = yield* this.value(part.value, frame);
      if (part.conversion === 's') value = yield* this.text(value);
      else if (part.conversion === 'r') value = yield* this.repr(value);
      else if (part.conversion === 'a')
        value = typeof value === 'string' ? quoted(value, true) : yield* this.repr(value);
      const spec = part.format.length ? yield* this.joined(part.format, frame) : '';
      text += spec === '' && typeof value === 'string' ? value : yield* formatValue(this, value, spec);
    }
    this.charge(text.length);
    return text;
  }

  private *comparison(e: ExpressionOf<'compare'>, frame: Frame): Steps<Value> {
    let left = this.leaf(e.left, frame) ?? (yield* this.value(e.left, frame));
    for (const [i, operator] of e.operators.entries()) {
      const right = this.leaf(e.rights[i]!, frame) ?? (yield* this.value(e.rights[i]!, frame));
      frame.at = e.at;
      frame.anchor = undefined;
      let result: boolean | undefined;
      if (operator === '==') result = quickEqual(left, right);
      else if (operator === '<') {
        const order = quickOrder(left, right);
        result = order === undefined ? undefined : order < 0;
      }
      result ??= yield* this.compare(operator, left, right);
      if (!result) return false;
      left = right;
    }
    return true;
  }

  private *unary(e: ExpressionOf<'unary'>, frame: Frame): Steps<Value> {
    const value = this.leaf(e.operand, frame) ?? (yield* this.value(e.operand, frame));
    if (e.operator === 'not') return !(yield* this.truth(value));
    frame.at = e.at;
    frame.anchor = undefined;
    if (isInt(value)) return e.operator === '-' ? -BigInt(value) : e.operator === '+' ? BigInt(value) : ~BigInt(value);
    if (typeof value === 'number' && e.operator !== '~') return e.operator === '-' ? -value : value;
    const method = { '-': '__neg__', '+': '__pos__', '~': '__invert__' }[e.operator];
    const own = value instanceof Thing ? value.cls.find(method) : undefined;
    if (own !== undefined) return yield* this.call(own, [value]);
    return raise('TypeError', `bad operand type for unary ${e.operator}: '${typeName(value)}'`);
  }

  private *callExpression(e: ExpressionOf<'call'>, frame: Frame): Steps<Value> {
    let callee: Value;
    let self: Value | undefined;
    const { callee: c } = e;
    if (c.type === 'attribute') {
      const object = this.leaf(c.object, frame) ?? (yield* this.value(c.object, frame));
      frame.at = c.at;
      frame.anchor = undefined;
      // Methods of built-in values are the common case: no bound method is made for them.
      const found =
        object instanceof Thing
          ? object.attributes || object instanceof Class || object instanceof Super
            ? undefined
            : object.cls.find(c.name)
          : object === null
            ? undefined
            : this.#methodOf(object, c.name);
      if (found instanceof Native) {
        callee = found;
        self = object;
      } else callee = yield* this.getAttribute(object, c.name);
    } else callee = this.leaf(c, frame) ?? (yield* this.value(c, frame));
    const args: Value[] = self === undefined ? [] : [self];
    let named: Map<string, Value> | undefined;
    for (const arg of e.args) {
      const value = this.leaf(arg.value, frame) ?? (yield* this.value(arg.value, frame));
      if (arg.name === undefined) args.push(value);
      else if (arg.name === '*') {
        frame.at = e.at;
        const isIterable = typeof value === 'string' || value instanceof Thing;
        if (!isIterable)
          raise(
            'TypeError',
            `${yield* this.calleeName(callee)} argument after * must be an iterable, not ${typeName(value)}`,
          );
        args.push(...(yield* this.collect(value)));
      } else {
        named ??= new Map();
        if (arg.name === '**') {
          if (!(value instanceof Dict))
            raise(
              'TypeError',
              `${yield* this.calleeName(callee)} argument after ** must be a mapping, not ${typeName(value)}`,
            );
          for (const [k, v] of value.entries.values()) named.set(String(k), v);
        } else named.set(arg.name, value);
      }
    }
    frame.at = e.at;
    frame.anchor = undefined;
    if (callee instanceof Class && callee === types.super) return this.super(args, frame);
    return yield* this.call(callee, args, named ?? NONE);
  }

  #methodOf(value: Value, name: string): Value | undefined {
    const cls =
      typeof value === 'string'
        ? types.str
        : typeof value === 'bigint'
          ? types.int
          : typeof value === 'number'
            ? types.float
            : types.bool;
    return cls.find(name);
  }

  private *calleeName(callee: Value): Steps<string> {
    const module =
      callee instanceof Function_ ? `${yield* this.text(callee.outer.globals.get('__name__') ?? '')}.` : '';
    return callee instanceof Function_ || callee instanceof Native || callee instanceof Class
      ? `${module}${callee.name}()`
      : yield* this.repr(callee);
  }

  private super(args: Value[], frame: Frame): Value {
    if (args.length >= 2) return new Super(args[0] as Class, args[1]!);
    let at: Frame | undefined = frame;
    while (at && !at.home) at = at.outer;
    if (!at?.home) return raise('RuntimeError', 'super(): no arguments');
    const [self] = at.locals.values();
    return new Super(at.home, self ?? null);
  }

  protected *subscript(object: Value, index: Value): Steps<Value> {
    if (object instanceof Dict && object.cls.find('__getitem__') === types.dict.own.get('__getitem__')) {
      const value = object.entries.get(keyOf(index));
      if (value !== undefined) return value[1];
      if (object.factory !== undefined && object.factory !== null) {
        const made = yield* this.call(object.factory, []);
        object.set(index, made);
        return made;
      }
      const missing = object.cls.find('__missing__');
      if (missing !== undefined) return yield* this.call(missing, [object, index]);
      throw new Raised(makeException(exceptions.get('KeyError')!, index));
    }
    const plain =
      typeof object === 'string' ||
      object instanceof List ||
      object instanceof Tuple ||
      object instanceof ByteString ||
      object instanceof Range;
    if (plain) return this.element(object, index);
    if (object instanceof Class) {
      const own = object.find('__class_getitem__');
      if (own !== undefined) return yield* this.call(own instanceof Descriptor ? own.get : own, [object, index]);
      if (object.module === 'builtins' || object.module === 'typing') return object;
      return raise('TypeError', `type '${object.name}' is not subscriptable`);
    }
    const own = object instanceof Thing ? object.cls.find('__getitem__') : undefined;
    if (own !== undefined) return yield* this.call(own, [object, index]);
    return raise('TypeError', `'${typeName(object)}' object is not subscriptable`);
  }

  /** An element or slice of a built-in sequence. */
  element(object: string | List | Tuple | ByteString | Range, index: Value): Value {
    const name =
      typeof object === 'string'
        ? 'string'
        : object instanceof ByteString
          ? object.cls === types.bytes
            ? 'byte'
            : 'bytearray'
          : object instanceof Range
            ? 'range object'
            : object instanceof List
              ? 'list'
              : 'tuple';
    const wide = typeof object === 'string' && /[\ud800-\udbff]/.test(object) ? [...object] : undefined;
    const length =
      typeof object === 'string'
        ? (wide ?? object).length
        : object instanceof ByteString
          ? object.data.length
          : object instanceof Range
            ? Number(object.length)
            : object.items.length;
    if (isInt(index)) {
      let i = Number(index);
      if (i < 0) i += length;
      if (i < 0 || i >= length) raise('IndexError', `${name === 'byte' ? 'index' : `${name} index`} out of range`);
      if (typeof object === 'string') return (wide ?? object)[i]!;
      if (object instanceof ByteString) return BigInt(object.data.charCodeAt(i));
      if (object instanceof Range) return object.start + BigInt(i) * object.step;
      return object.items[i]!;
    }
    if (!(index instanceof Slice)) {
      const shown = typeof object === 'string' ? 'string' : name === 'range object' ? 'range' : name;
      raise(
        'TypeError',
        `${shown} indices must be integers${shown === 'string' ? '' : ' or slices'}, not ${typeName(index) === 'str' && shown === 'string' ? "'str'" : typeName(index)}`,
      );
    }
    if (object instanceof Range) {
      const positions = slicePositions(index, length);
      const step = index.step === null ? 1n : BigInt(index.step as bigint);
      const start = object.start + BigInt(positions[0] ?? 0) * object.step;
      return new Range(start, start + BigInt(positions.length) * object.step * step, object.step * step);
    }
    if (index.step === null || index.step === 1n) {
      const positions = [index.start, index.stop].map((v, k) => {
        if (v === null) return k === 0 ? 0 : length;
        if (!isInt(v)) return raise('TypeError', 'slice indices must be integers or None or have an __index__ method');
        const n = Number(v);
        return Math.min(Math.max(n < 0 ? n + length : n, 0), length);
      });
      const [from, to] = positions as [number, number];
      this.charge(Math.max(0, to - from));
      if (typeof object === 'string')
        return wide ? wide.slice(from, Math.max(from, to)).join('') : object.slice(from, Math.max(from, to));
      if (object instanceof ByteString)
        return new ByteString(object.data.slice(from, Math.max(from, to)), object.cls === types.bytearray);
      return object instanceof List
        ? new List(object.items.slice(from, Math.max(from, to)))
        : new Tuple(object.items.slice(from, Math.max(from, to)));
    }
    const positions = slicePositions(index, length);
    this.charge(positions.length * 8);
    if (typeof object === 'string') return positions.map((i) => (wide ?? object)[i]).join('');
    if (object instanceof ByteString)
      return new ByteString(positions.map((i) => object.data[i]).join(''), object.cls === types.bytearray);
    const items = positions.map((i) => object.items[i]!);
    return object instanceof List ? new List(items) : new Tuple(items);
  }

  // Functions

  protected *makeFunction(
    name: string,
    definition: FunctionDefinition,
    body: Expression | undefined,
    frame: Frame,
  ): Steps<Function_> {
    const defaults = new Map<string, Value>();
    for (const [k, v] of definition.parameters.defaults) defaults.set(k, yield* this.value(v, frame));
    const made = new Function_(
      name,
      definition,
      body,
      defaults,
      frame,
      scopeOf(definition.parameters, body ?? definition.body),
    );
    return made;
  }

  protected *callFunction(callee: Function_, args: Value[], named: Named): Steps<Value> {
    const definition = callee.definition!;
    const locals = this.#arguments(callee, args, named);
    if (this.frames.length >= RECURSION_LIMIT - 1) raise('RecursionError', 'maximum recursion depth exceeded');
    const { outer, scope } = callee;
    const frame: Frame = {
      name: callee.name,
      file: outer.file,
      globals: outer.globals,
      locals,
      own: scope.own,
      globalNames: scope.globals,
      nonlocalNames: scope.nonlocals,
      outer,
      home: callee.home ?? undefined,
      at: (callee.body ?? definition.body[0])!.at,
    };
    const turn = this.step(4);
    if (turn) yield turn;
    const steps = callee.body ? this.value(callee.body, frame) : this.runBody(definition, frame);
    if (definition.yields || definition.isAsync)
      return new Generator_(
        this.inFrame(frame, () => steps),
        callee.name,
        definition.isAsync,
      );
    return (yield new Invocation(steps, frame)) as Value;
  }

  /** Runs with `frame` on the stack; what is thrown gets its level. */
  protected *inFrame<T>(frame: Frame, run: () => Steps<T>): Steps<T> {
    const steps = run();
    let sent: unknown;
    let failed: { error: unknown } | undefined;
    for (;;) {
      // A generator leaves the stack while it rests, and comes back on another's.
      this.frames.push(frame);
      let result: IteratorResult<unknown, T>;
      try {
        result = failed ? steps.throw(failed.error) : steps.next(sent);
      } catch (error) {
        throw this.through(error, frame);
      } finally {
        this.frames.pop();
      }
      if (result.done) return result.value;
      failed = undefined;
      try {
        sent = yield result.value;
      } catch (error) {
        failed = { error };
      }
    }
  }

  #arguments(callee: Function_, args: Value[], named: Named): Map<string, Value> {
    const p = callee.definition?.parameters ?? EMPTY;
    const locals = new Map<string, Value>();
    const name = callee.home ? `${callee.home.name}.${callee.name}` : callee.name;
    const count = Math.min(args.length, p.names.length);
    for (let i = 0; i < count; i++) locals.set(p.names[i]!, args[i]!);
    let extra: Map<string, Value> | undefined;
    for (const [k, v] of named) {
      const index = p.names.indexOf(k);
      if (index >= p.positionalOnly || p.keywordOnly.includes(k)) {
        if (locals.has(k)) raise('TypeError', `${name}() got multiple values for argument '${k}'`);
        locals.set(k, v);
      } else if (p.keywords) {
        extra ??= new Map();
        extra.set(k, v);
      } else raise('TypeError', `${name}() got an unexpected keyword argument '${k}'`);
    }
    if (args.length > p.names.length && !p.rest) {
      const least = p.names.length - p.names.filter((n) => callee.defaults.has(n)).length;
      const takes = least < p.names.length ? `from ${least} to ${p.names.length}` : `${p.names.length}`;
      raise(
        'TypeError',
        `${name}() takes ${takes} positional argument${p.names.length === 1 && least === 1 ? '' : 's'} but ${args.length} ${args.length === 1 ? 'was' : 'were'} given`,
      );
    }
    const missing: string[] = [];
    for (const n of p.names)
      if (!locals.has(n)) {
        const value = callee.defaults.get(n);
        if (value === undefined) missing.push(n);
        else locals.set(n, value);
      }
    if (missing.length > 0)
      raise(
        'TypeError',
        `${name}() missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${listed(missing)}`,
      );
    if (p.rest) locals.set(p.rest, new Tuple(args.slice(p.names.length)));
    for (const n of p.keywordOnly)
      if (!locals.has(n)) {
        const value = callee.defaults.get(n);
        if (value === undefined) missing.push(n);
        else locals.set(n, value);
      }
    if (missing.length > 0)
      raise(
        'TypeError',
        `${name}() missing ${missing.length} required keyword-only argument${missing.length === 1 ? '' : 's'}: ${listed(missing)}`,
      );
    if (p.keywords) locals.set(p.keywords, new Dict(extra ?? []));
    return locals;
  }

  // Comprehensions

  private *comprehension(e: ExpressionOf<'comprehension'>, frame: Frame): Steps<Value> {
    const first = yield* this.value(e.loops[0]!.iterable, frame);
    frame.at = e.loops[0]!.iterable.at;
    frame.anchor = undefined;
    const next = yield* this.iterate(first);
    const own = new Set<string>();
    const collect = (t: Expression): void => {
      if (t.type === 'name') own.add(t.name);
      else if (t.type === 'tuple' || t.type === 'list') t.items.forEach(collect);
      else if (t.type === 'starred') collect(t.value);
    };
    for (const loop of e.loops) collect(loop.target);
    const inner: Frame = {
      name: e.kind === 'generator' ? '<genexpr>' : `<${e.kind}comp>`,
      file: frame.file,
      globals: frame.globals,
      locals: new Map(),
      own,
      outer: frame,
      at: e.element.at,
    };
    if (e.kind === 'generator') {
      const steps = this.inFrame(inner, () => this.#generate(e, inner, next));
      return new Generator_(steps, '<genexpr>');
    }
    const result = e.kind === 'list' ? new List([]) : e.kind === 'set' ? new Set_() : new Dict();
    this.temporaries.push(result);
    try {
      yield* this.inFrame(inner, () => this.#loop(e, 0, inner, next, result));
    } finally {
      this.temporaries.splice(this.temporaries.indexOf(result), 1);
    }
    return result;
  }

  *#generate(
    e: ExpressionOf<'comprehension'>,
    frame: Frame,
    next: () => Value | undefined | Steps<Value | undefined>,
  ): Steps<Value> {
    yield* this.#loop(e, 0, frame, next, undefined);
    return null;
  }

  *#loop(
    e: ExpressionOf<'comprehension'>,
    level: number,
    frame: Frame,
    next: () => Value | undefined | Steps<Value | undefined>,
    result: List | Set_ | Dict | undefined,
  ): Steps<void> {
    const loop = e.loops[level]!;
    elements: for (;;) {
      const got = next();
      const item = isSteps(got) ? yield* got : got;
      if (item === undefined) return;
      const turn = this.step(2);
      if (turn) yield turn;
      if (loop.target.type === 'name') frame.locals.set(loop.target.name, item);
      else yield* this.assign(loop.target, item, frame);
      for (const condition of loop.conditions)
        if (!(yield* this.truth(yield* this.value(condition, frame)))) continue elements;
      const deeper = e.loops[level + 1];
      if (deeper) {
        yield* this.#loop(e, level + 1, frame, yield* this.iterate(yield* this.value(deeper.iterable, frame)), result);
        continue;
      }
      const key = e.key ? yield* this.value(e.key, frame) : undefined;
      const value = yield* this.value(e.element, frame);
      if (result === undefined) yield new Yielded(value);
      else if (result instanceof List) result.items.push(value);
      else if (result instanceof Dict) result.set(key!, value);
      else result.entries.set(keyOf(value), value);
      if (result) this.charge(result instanceof List ? 16 : 96);
    }
  }

  // Targets

  *assign(target: Expression, value: Value, frame: Frame): Steps<void> {
    switch (target.type) {
      case 'name':
        this.bind(target.name, value, frame);
        return;
      case 'attribute': {
        const object = yield* this.value(target.object, frame);
        frame.at = target.at;
        yield* this.setAttribute(object, target.name, value);
        return;
      }
      case 'subscript': {
        const object = yield* this.value(target.object, frame);
        const index = yield* this.value(target.index, frame);
        frame.at = target.at;
        frame.anchor = target.object.at[2] === target.at[2] ? [target.object.at[3], target.at[3]] : undefined;
        yield* this.setItem(object, index, value);
        return;
      }
      case 'tuple':
      case 'list':
        frame.at = target.at;
        frame.anchor = undefined;
        yield* this.unpack(target.items, value, frame);
        return;
      default:
        raise('SyntaxError', 'cannot assign');
    }
  }

  private *unpack(targets: Expression[], value: Value, frame: Frame): Steps<void> {
    if (!(typeof value === 'string' || value instanceof Thing))
      raise('TypeError', `cannot unpack non-iterable ${typeName(value)} object`);
    const items = yield* this.collect(value);
    const star = targets.findIndex((t) => t.type === 'starred');
    if (star < 0) {
      if (items.length > targets.length) raise('ValueError', `too many values to unpack (expected ${targets.length})`);
      if (items.length < targets.length)
        raise('ValueError', `not enough values to unpack (expected ${targets.length}, got ${items.length})`);
      for (const [i, t] of targets.entries()) yield* this.assign(t, items[i]!, frame);
      return;
    }
    const after = targets.length - star - 1;
    if (items.length < targets.length - 1)
      raise('ValueError', `not enough values to unpack (expected at least ${targets.length - 1}, got ${items.length})`);
    for (let i = 0; i < star; i++) yield* this.assign(targets[i]!, items[i]!, frame);
    const starred = targets[star]!;
    if (starred.type === 'starred')
      yield* this.assign(starred.value, new List(items.slice(star, items.length - after)), frame);
    for (let i = 0; i < after; i++) yield* this.assign(targets[star + 1 + i]!, items[items.length - after + i]!, frame);
  }

  *setItem(object: Value, index: Value, value: Value): Steps<void> {
    if (object instanceof Dict && object.cls.find('__setitem__') === types.dict.own.get('__setitem__')) {
      object.set(index, value);
      this.charge(96);
      return;
    }
    if (object instanceof List && object.cls.find('__setitem__') === types.list.own.get('__setitem__')) {
      if (isInt(index)) {
        const i = Number(index) < 0 ? Number(index) + object.items.length : Number(index);
        if (i < 0 || i >= object.items.length) raise('IndexError', 'list assignment index out of range');
        object.items[i] = value;
        return;
      }
      if (!(index instanceof Slice))
        raise('TypeError', `list indices must be integers or slices, not ${typeName(index)}`);
      const values = yield* this.collect(value);
      const positions = slicePositions(index, object.items.length);
      if (index.step === null || index.step === 1n) {
        const from =
          positions[0] ??
          Math.min(
            index.start === null
              ? 0
              : Number(index.start) < 0
                ? Math.max(0, object.items.length + Number(index.start))
                : Number(index.start),
            object.items.length,
          );
        object.items = [...object.items.slice(0, from), ...values, ...object.items.slice(from + positions.length)];
      } else {
        if (values.length !== positions.length)
          raise(
            'ValueError',
            `attempt to assign sequence of size ${values.length} to extended slice of size ${positions.length}`,
          );
        for (const [k, i] of positions.entries()) object.items[i] = values[k]!;
      }
      return;
    }
    if (object instanceof ByteString && object.cls === types.bytearray && isInt(index)) {
      const i = Number(index) < 0 ? Number(index) + object.data.length : Number(index);
      if (i < 0 || i >= object.data.length) raise('IndexError', 'bytearray index out of range');
      object.data = object.data.slice(0, i) + String.fromCharCode(Number(value) & 255) + object.data.slice(i + 1);
      const turn = this.step(1 + (object.data.length >> 8));
      if (turn) yield turn;
      return;
    }
    const own = object instanceof Thing ? object.cls.find('__setitem__') : undefined;
    if (own === undefined) raise('TypeError', `'${typeName(object)}' object does not support item assignment`);
    yield* this.call(own, [object, index, value]);
  }

  protected *deleteItem(object: Value, index: Value): Steps<void> {
    if (object instanceof Dict) {
      if (!object.delete(index)) raise('KeyError', index);
    } else if (object instanceof List) {
      const positions =
        index instanceof Slice
          ? slicePositions(index, object.items.length)
          : [Number(index) < 0 ? Number(index) + object.items.length : Number(index)];
      if (positions.some((i) => i < 0 || i >= object.items.length))
        raise('IndexError', 'list assignment index out of range');
      const gone = new Set(positions);
      object.items = object.items.filter((_, i) => !gone.has(i));
    } else {
      const own = object instanceof Thing ? object.cls.find('__delitem__') : undefined;
      if (own === undefined)
        raise(
          'TypeError',
          `'${typeName(object)}' object ${object instanceof Tuple || typeof object === 'string' ? "doesn't" : 'does not'} support item deletion`,
        );
      yield* this.call(own, [object, index]);
    }
  }
}

/** `'a', 'b', and 'c'`. */
function listed(names: string[]): string {
  const all = names.map((n) => `'${n}'`);
  if (all.length < 3) return all.join(' and ');
  return `${all.slice(0, -1).join(', ')}, and ${all.at(-1)}`;
}
