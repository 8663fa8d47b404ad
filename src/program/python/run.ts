// Runs Python's statements: blocks, loops, exceptions, classes, imports.
import { Evaluator } from './evaluate.ts';
import { exceptions, makeException, raise } from './exceptions.ts';
import { SOURCES } from './modules/source.ts';
import { parseExpression, parseProgram } from './parse.ts';
import type { Expression, FunctionDefinition, Handler, Pattern, Place, Statement } from './tree.ts';
import { SyntaxFault } from './tree.ts';
import {
  Class, Descriptor, Dict, type Frame, Function_, Instance, 
  Invocation,isSteps, List, Module, Raised, type Steps, Thing, Tuple, typeName, types, type Value,
} from './values.ts'; // biome-ignore format: one list

/** How a statement left its block; undefined: at its end. */
type Leaving = 'break' | 'continue' | { returned: Value } | undefined;

const START: Place = [1, 0, 1, 0];

/** Where modules come from: ours by name; undefined: there is none. */
export type ModuleSource = (name: string, python: Interpreter) => Module | undefined;

export class Interpreter extends Evaluator {
  readonly source: ModuleSource;
  /** Exceptions being handled, innermost last: what a bare `raise` throws again. */
  readonly handling: Raised[] = [];
  /** For tracebacks of `-c` and of the prompt: files without lines. */
  readonly main = new Module('__main__');
  /** Called with the value of an expression statement at the prompt. */
  show?: (value: Value) => Steps<void>;

  constructor(process: ConstructorParameters<typeof Evaluator>[0], source: ModuleSource) {
    super(process);
    this.source = source;
    this.modules.set('__main__', this.main);
  }

  *execute(
    source: string,
    file: string,
    globals: Map<string, Value>,
    locals: Map<string, Value> = globals,
  ): Steps<void> {
    const turn = this.step(source.length >> 2);
    if (turn) yield turn;
    yield* this.run(this.parse(source, file), file, globals, locals);
  }

  *evaluate(source: string, globals: Map<string, Value>, locals: Map<string, Value> = globals): Steps<Value> {
    let expression: Expression;
    try {
      expression = parseExpression(source);
    } catch (error) {
      throw this.syntaxError(error, source, '<string>');
    }
    const frame: Frame = { name: '<module>', file: '<string>', globals, locals, at: START };
    return yield* this.inFrame(frame, () => this.value(expression, frame));
  }

  /** The statements of a source; a fault in it is a SyntaxError. */
  parse(source: string, file: string): Statement[] {
    try {
      return parseProgram(source);
    } catch (error) {
      throw this.syntaxError(error, source, file);
    }
  }

  syntaxError(error: unknown, source: string, file: string): unknown {
    if (error instanceof RangeError) return this.asRaised(error);
    if (!(error instanceof SyntaxFault)) return error;
    const made = makeException(exceptions.get(error.kind)!, error.message);
    const lines = source.split(/\r?\n/);
    const line = error.text ?? (error.late && file.startsWith('<') ? undefined : lines[error.place[0] - 1]);
    const ends = error.text === undefined && error.place[0] < lines.length;
    const fields: [string, Value][] = [
      ['msg', error.message],
      ['filename', file],
      ['lineno', BigInt(error.place[0])],
      ['offset', BigInt(error.place[1] + 1)],
      ['end_lineno', BigInt(error.place[2])],
      ['end_offset', BigInt(error.place[3] + 1)],
      ['text', line === undefined ? null : line + (ends ? '\n' : '')],
    ];
    for (const [k, v] of fields) made.attributes?.set(k, v);
    return new Raised(made);
  }

  *run(
    statements: Statement[],
    file: string,
    globals: Map<string, Value>,
    locals: Map<string, Value>,
    name = '<module>',
  ): Steps<void> {
    const frame: Frame = { name, file, globals, locals, at: START };
    yield* this.inFrame(frame, () => this.block(statements, frame));
  }

  protected *runBody(definition: FunctionDefinition, frame: Frame): Steps<Value> {
    const leaving = yield* this.block(definition.body, frame);
    return typeof leaving === 'object' ? leaving.returned : null;
  }

  *block(statements: readonly Statement[], frame: Frame): Steps<Leaving> {
    for (const s of statements) {
      const turn = this.step(2);
      if (turn) yield turn;
      frame.at = s.at;
      frame.anchor = undefined;
      const leaving = yield* this.statement(s, frame);
      if (leaving !== undefined) return leaving;
    }
    return undefined;
  }

  private *statement(s: Statement, frame: Frame): Steps<Leaving> {
    switch (s.type) {
      case 'expression': {
        const value = yield* this.value(s.value, frame);
        if (this.show && frame.name === '<module>' && frame.globals === this.main.attributes) yield* this.show(value);
        return undefined;
      }
      case 'assign': {
        const value = this.leaf(s.value, frame) ?? (yield* this.value(s.value, frame));
        for (const t of s.targets) yield* this.assign(t, value, frame);
        return undefined;
      }
      case 'augmented':
        yield* this.augmented(s, frame);
        return undefined;
      case 'annotated':
        if (s.value) yield* this.assign(s.target, yield* this.value(s.value, frame), frame);
        if (s.target.type === 'name' && !frame.own) {
          let notes = frame.locals.get('__annotations__');
          if (!(notes instanceof Dict)) frame.locals.set('__annotations__', (notes = new Dict()));
          (notes as Dict).set(s.target.name, null);
        }
        return undefined;
      case 'if':
        return yield* this.block((yield* this.truth(yield* this.value(s.test, frame))) ? s.body : s.otherwise, frame);
      case 'while':
        while (yield* this.truth(yield* this.value(s.test, frame))) {
          const turn = this.step(2);
          if (turn) yield turn;
          const leaving = yield* this.block(s.body, frame);
          if (leaving === 'break') return undefined;
          if (typeof leaving === 'object') return leaving;
        }
        return yield* this.block(s.otherwise, frame);
      case 'for':
        return yield* this.for(s, frame);
      case 'try':
        return yield* this.try(s, frame);
      case 'with':
        return yield* this.with(s, 0, frame);
      case 'function': {
        const { definition } = s;
        const decorators: Value[] = [];
        for (const d of definition.decorators) decorators.push(yield* this.value(d, frame));
        let made: Value = yield* this.makeFunction(definition.name, definition, undefined, frame);
        for (const d of decorators.reverse()) made = yield* this.call(d, [made]);
        this.bind(definition.name, made, frame);
        return undefined;
      }
      case 'class':
        yield* this.class(s, frame);
        return undefined;
      case 'return':
        return { returned: s.value ? yield* this.value(s.value, frame) : null };
      case 'break':
      case 'continue':
        return s.type;
      case 'pass':
      case 'global':
      case 'nonlocal':
        return undefined;
      case 'delete':
        for (const t of s.targets) yield* this.delete(t, frame);
        return undefined;
      case 'raise':
        return yield* this.raise(s, frame);
      case 'assert':
        if (!(yield* this.truth(yield* this.value(s.test, frame)))) {
          const message = s.message ? [yield* this.value(s.message, frame)] : [];
          frame.at = s.test.at;
          frame.anchor = undefined;
          raise('AssertionError', ...message);
        }
        return undefined;
      case 'import':
        for (const { name, as } of s.names) {
          const module = yield* this.import(name);
          if (as !== undefined) this.bind(as, module, frame);
          else this.bind(name.split('.')[0]!, this.modules.get(name.split('.')[0]!) ?? module, frame);
        }
        return undefined;
      case 'from':
        yield* this.from(s, frame);
        return undefined;
      case 'match':
        return yield* this.match(s, frame);
    }
  }

  private *augmented(s: Extract<Statement, { type: 'augmented' }>, frame: Frame): Steps<void> {
    const { target } = s;
    let object: Value = null;
    let index: Value = null;
    let old: Value;
    if (target.type === 'attribute') {
      object = yield* this.value(target.object, frame);
      frame.at = target.at;
      old = yield* this.getAttribute(object, target.name);
    } else if (target.type === 'subscript') {
      object = yield* this.value(target.object, frame);
      index = yield* this.value(target.index, frame);
      frame.at = target.at;
      frame.anchor = [target.object.at[3], target.at[3]];
      old = yield* this.subscript(object, index);
    } else old = yield* this.value(target, frame);
    const right = this.leaf(s.value, frame) ?? (yield* this.value(s.value, frame));
    frame.at = s.at;
    frame.anchor = undefined;
    let value: Value;
    if (old instanceof List && s.operator === '+') {
      const items = yield* this.collect(right);
      for (const item of items) old.items.push(item);
      this.charge(items.length * 16);
      value = old;
    } else {
      const own = old instanceof Thing && s.operator === '+' ? old.cls.find('__iadd__') : undefined;
      value =
        own !== undefined
          ? yield* this.call(own, [old, right])
          : yield* this.binary(s.operator, old, right, `${s.operator}=`);
    }
    if (target.type === 'attribute') yield* this.setAttribute(object, target.name, value);
    else if (target.type === 'subscript') yield* this.setItem(object, index, value);
    else yield* this.assign(target, value, frame);
  }

  private *for(s: Extract<Statement, { type: 'for' }>, frame: Frame): Steps<Leaving> {
    const iterable = yield* this.value(s.iterable, frame);
    frame.at = s.iterable.at;
    frame.anchor = undefined;
    const next = yield* this.iterate(iterable);
    for (;;) {
      const got = next();
      const item = isSteps(got) ? yield* got : got;
      if (item === undefined) break;
      const turn = this.step(2);
      if (turn) yield turn;
      yield* this.assign(s.target, item, frame);
      const leaving = yield* this.block(s.body, frame);
      if (leaving === 'break') return undefined;
      if (typeof leaving === 'object') return leaving;
      frame.at = s.iterable.at;
      frame.anchor = undefined;
    }
    return yield* this.block(s.otherwise, frame);
  }

  private *try(s: Extract<Statement, { type: 'try' }>, frame: Frame): Steps<Leaving> {
    if (s.finally.length === 0) return yield* this.handled(s, frame);
    let leaving: Leaving;
    try {
      leaving = yield* this.handled(s, frame);
    } catch (error) {
      const raised = this.through(error, frame);
      if (!(raised instanceof Raised)) throw raised;
      const last = yield* this.handle(raised, () => this.block(s.finally, frame));
      if (last !== undefined) return last;
      throw raised;
    }
    return (yield* this.block(s.finally, frame)) ?? leaving;
  }

  private *handled(s: Extract<Statement, { type: 'try' }>, frame: Frame): Steps<Leaving> {
    let leaving: Leaving;
    try {
      leaving = yield* this.block(s.body, frame);
    } catch (error) {
      const raised = this.through(error, frame);
      if (!(raised instanceof Raised)) throw raised;
      for (const handler of s.handlers) {
        if (!(yield* this.matches(raised, handler, frame))) continue;
        if (handler.name) this.bind(handler.name, raised.value, frame);
        const result = yield* this.handle(raised, () => this.block(handler.body, frame));
        if (handler.name) frame.locals.delete(handler.name);
        return result;
      }
      throw raised;
    }
    return leaving ?? (yield* this.block(s.otherwise, frame));
  }

  /** Runs a handler: a new exception remembers the one that is handled. */
  private *handle<T>(raised: Raised, run: () => Steps<T>): Steps<T> {
    this.handling.push(raised);
    try {
      return yield* run();
    } catch (error) {
      const next = this.asRaised(error);
      if (next instanceof Raised && next.value !== raised.value && !next.value.attributes?.has('__context__')) {
        next.value.attributes?.set('__context__', raised.value);
        this.levels.set(raised.value, raised);
      }
      throw next;
    } finally {
      this.handling.splice(this.handling.lastIndexOf(raised), 1);
    }
  }

  /** Where exceptions went that are only referred to. */
  readonly levels = new WeakMap<Instance, Raised>();

  private *matches(raised: Raised, handler: Handler, frame: Frame): Steps<boolean> {
    if (!handler.exception) return true;
    const wanted = yield* this.value(handler.exception, frame);
    for (const cls of wanted instanceof Tuple ? wanted.items : [wanted]) {
      if (!(cls instanceof Class) || !cls.is(exceptions.get('BaseException')!)) {
        frame.at = handler.exception.at;
        raise('TypeError', 'catching classes that do not inherit from BaseException is not allowed');
      }
      if (raised.value.cls.is(cls)) return true;
    }
    return false;
  }

  private *with(s: Extract<Statement, { type: 'with' }>, index: number, frame: Frame): Steps<Leaving> {
    const item = s.items[index];
    if (!item) return yield* this.block(s.body, frame);
    const manager = yield* this.value(item.value, frame);
    frame.at = item.value.at;
    frame.anchor = undefined;
    const enter = yield* this.lookup(manager, '__enter__');
    const exit = yield* this.lookup(manager, '__exit__');
    if (enter === undefined || exit === undefined)
      raise('TypeError', `'${typeName(manager)}' object does not support the context manager protocol`);
    const entered = yield* this.call(enter, []);
    if (item.target) yield* this.assign(item.target, entered, frame);
    let leaving: Leaving;
    try {
      leaving = yield* this.with(s, index + 1, frame);
    } catch (error) {
      const raised = this.through(error, frame);
      if (!(raised instanceof Raised)) throw raised;
      const result = yield* this.call(exit, [raised.value.cls, raised.value, null]);
      if (yield* this.truth(result)) return undefined;
      throw raised;
    }
    yield* this.call(exit, [null, null, null]);
    return leaving;
  }

  private *class(s: Extract<Statement, { type: 'class' }>, frame: Frame): Steps<void> {
    const decorators: Value[] = [];
    for (const d of s.decorators) decorators.push(yield* this.value(d, frame));
    const bases: Class[] = [];
    let meta: Value | undefined;
    for (const arg of s.args) {
      const value = yield* this.value(arg.value, frame);
      if (arg.name === 'metaclass') meta = value;
      else if (arg.name === undefined) {
        if (value instanceof Class) bases.push(value);
        else raise('TypeError', `${typeName(value)}() takes at most 2 arguments (3 given)`);
      }
    }
    const made = new Class(
      s.name,
      bases.length ? bases : [types.object],
      meta instanceof Class ? meta : (bases[0]?.cls ?? types.type),
    );
    made.module = String(frame.globals.get('__name__') ?? '__main__');
    const inner: Frame = {
      name: s.name,
      file: frame.file,
      globals: frame.globals,
      locals: made.own as Map<string, Value>,
      outer: frame,
      at: s.at,
    };
    yield* this.inFrame(inner, () => this.block(s.body, inner));
    for (const value of made.own.values()) {
      const callee = value instanceof Descriptor ? value.get : value;
      if (callee instanceof Function_) callee.home = made;
      if (value instanceof Descriptor && value.set instanceof Function_) value.set.home = made;
    }
    const hook = bases.map((b) => b.find('__init_subclass__')).find((h) => h !== undefined);
    if (hook !== undefined) yield* this.call(hook instanceof Descriptor ? hook.get : hook, [made]);
    let result: Value = made;
    for (const d of decorators.reverse()) result = yield* this.call(d, [result]);
    this.bind(s.name, result, frame);
  }

  private *delete(target: Expression, frame: Frame): Steps<void> {
    if (target.type === 'name') {
      const names = frame.globalNames?.has(target.name) ? frame.globals : frame.locals;
      if (names.delete(target.name)) return;
      frame.at = target.at;
      if (frame.own?.has(target.name))
        raise(
          'UnboundLocalError',
          `cannot access local variable '${target.name}' where it is not associated with a value`,
        );
      raise('NameError', `name '${target.name}' is not defined`);
    }
    if (target.type === 'subscript') {
      const object = yield* this.value(target.object, frame);
      const index = yield* this.value(target.index, frame);
      frame.at = target.at;
      frame.anchor = [target.object.at[3], target.at[3]];
      yield* this.deleteItem(object, index);
    } else if (target.type === 'attribute') {
      const object = yield* this.value(target.object, frame);
      frame.at = target.at;
      const own =
        object instanceof Class
          ? (object.own as Map<string, Value>)
          : object instanceof Thing
            ? object.attributes
            : undefined;
      if (!own?.delete(target.name)) raise('AttributeError', target.name);
    }
  }

  private *raise(s: Extract<Statement, { type: 'raise' }>, frame: Frame): Steps<never> {
    if (!s.exception) {
      const current = this.handling.at(-1);
      if (!current) raise('RuntimeError', 'No active exception to reraise');
      throw current;
    }
    let value = yield* this.value(s.exception, frame);
    const base = exceptions.get('BaseException')!;
    frame.at = s.at;
    frame.anchor = undefined;
    if (value instanceof Class && value.is(base)) value = yield* this.call(value, []);
    if (!(value instanceof Instance) || !value.cls.is(base))
      return raise('TypeError', 'exceptions must derive from BaseException');
    if (s.cause) {
      const cause = yield* this.value(s.cause, frame);
      value.attributes?.set('__cause__', cause);
      value.attributes?.set('__context__', this.handling.at(-1)?.value ?? null);
      if (this.handling.length) this.levels.set(this.handling.at(-1)!.value, this.handling.at(-1)!);
    }
    throw new Raised(value);
  }

  // Imports

  /** Our module: made at once, or from its source in Python. */
  private *library(name: string): Steps<Module | undefined> {
    const text = SOURCES[name];
    const made = this.source(name, this);
    if (text === undefined || !made) return made;
    this.modules.set(name, made);
    yield* this.execute(text, `/usr/lib/python3.11/${name}.py`, made.attributes);
    return made;
  }

  *import(name: string): Steps<Module> {
    const parts = name.split('.');
    let module: Module | undefined;
    for (let i = 1; i <= parts.length; i++) {
      const full = parts.slice(0, i).join('.');
      const parent: Module | undefined = module;
      module = this.modules.get(full) ?? (yield* this.library(full)) ?? (parent ? undefined : yield* this.file(full));
      if (!module) {
        const error = makeException(
          exceptions.get('ModuleNotFoundError')!,
          parent ? `No module named '${full}'; '${parent.name}' is not a package` : `No module named '${full}'`,
        );
        error.attributes?.set('name', full);
        throw new Raised(error);
      }
      this.modules.set(full, module);
      if (parent) parent.attributes.set(parts[i - 1]!, module);
    }
    return module!;
  }

  /** A module beside the script, as sys.path finds it. */
  private *file(name: string): Steps<Module | undefined> {
    const sys = this.modules.get('sys')?.attributes.get('path');
    for (const directory of sys instanceof List ? sys.items : []) {
      if (typeof directory !== 'string' || directory.startsWith('/usr/')) continue;
      for (const path of [`${directory || '.'}/${name}.py`, `${directory || '.'}/${name}/__init__.py`]) {
        if (!this.process.files.access(path, 4)) continue;
        const source = this.readSource(path);
        if (source === undefined) continue;
        const module = new Module(name, [['__file__', path]]);
        this.modules.set(name, module);
        yield* this.execute(source, path, module.attributes);
        return module;
      }
    }
    return undefined;
  }

  /** A file's text; undefined if it cannot be read. */
  readSource(path: string): string | undefined {
    try {
      return Buffer.from(this.process.readFile(path), 'latin1').toString('utf8');
    } catch {
      return undefined;
    }
  }

  private *from(s: Extract<Statement, { type: 'from' }>, frame: Frame): Steps<void> {
    if (s.level > 0) raise('ImportError', 'attempted relative import with no known parent package');
    if (s.module === '__future__') return;
    const module = yield* this.import(s.module);
    for (const { name, as } of s.names) {
      if (name === '*') {
        for (const [k, v] of module.attributes) if (!k.startsWith('_')) this.bind(k, v, frame);
        continue;
      }
      let value = yield* this.lookup(module, name);
      if (value === undefined) {
        const inner = this.modules.get(`${s.module}.${name}`) ?? this.source(`${s.module}.${name}`, this);
        if (inner) this.modules.set(`${s.module}.${name}`, inner);
        value = inner;
      }
      if (value === undefined) {
        const file = module.attributes.get('__file__');
        raise(
          'ImportError',
          `cannot import name '${name}' from '${s.module}' (${typeof file === 'string' ? file : 'unknown location'})`,
        );
      }
      this.bind(as ?? name, value, frame);
    }
  }

  // match

  private *match(s: Extract<Statement, { type: 'match' }>, frame: Frame): Steps<Leaving> {
    const subject = yield* this.value(s.subject, frame);
    for (const c of s.cases) {
      if (!(yield* this.fits(c.pattern, subject, frame))) continue;
      if (c.guard && !(yield* this.truth(yield* this.value(c.guard, frame)))) continue;
      return yield* this.block(c.body, frame);
    }
    return undefined;
  }

  private *fits(pattern: Pattern, subject: Value, frame: Frame): Steps<boolean> {
    switch (pattern.type) {
      case 'capture':
        if (pattern.name) this.bind(pattern.name, subject, frame);
        return true;
      case 'rest':
        return true;
      case 'value':
        return yield* this.equal(subject, yield* this.value(pattern.value, frame));
      case 'or':
        for (const p of pattern.patterns) if (yield* this.fits(p, subject, frame)) return true;
        return false;
      case 'as':
        if (!(yield* this.fits(pattern.pattern, subject, frame))) return false;
        this.bind(pattern.name, subject, frame);
        return true;
      case 'sequence': {
        if (!(subject instanceof List || subject instanceof Tuple)) return false;
        const star = pattern.patterns.findIndex((p) => p.type === 'rest');
        const { items } = subject;
        const fixed = pattern.patterns.length - (star < 0 ? 0 : 1);
        if (star < 0 ? items.length !== fixed : items.length < fixed) return false;
        const after = star < 0 ? 0 : pattern.patterns.length - star - 1;
        for (const [i, p] of pattern.patterns.entries()) {
          if (p.type === 'rest') {
            if (p.name) this.bind(p.name, new List(items.slice(star, items.length - after)), frame);
            continue;
          }
          const at = star >= 0 && i > star ? items.length - (pattern.patterns.length - i) : i;
          if (!(yield* this.fits(p, items[at]!, frame))) return false;
        }
        return true;
      }
    }
  }

  /** Drives steps to their end, calling functions and waiting for what they yield. */
  async drive<T>(steps: Steps<T>, wait: (promise: Promise<unknown>) => Promise<unknown>): Promise<T> {
    const stack: { steps: Steps<unknown>; frame?: Frame }[] = [{ steps }];
    const depth = this.frames.length;
    let value: unknown;
    let failed: { error: unknown } | undefined;
    try {
      for (;;) {
        const top = stack.at(-1)!;
        let result: IteratorResult<unknown, unknown>;
        try {
          result = failed ? top.steps.throw(failed.error) : top.steps.next(value);
          failed = undefined;
        } catch (error) {
          stack.pop();
          if (top.frame) this.frames.pop();
          failed = { error: top.frame ? this.through(error, top.frame) : error };
          if (stack.length === 0) throw failed.error;
          continue;
        }
        if (result.done) {
          stack.pop();
          if (top.frame) this.frames.pop();
          if (stack.length === 0) return result.value as T;
          value = result.value;
        } else if (result.value instanceof Invocation) {
          stack.push(result.value);
          this.frames.push(result.value.frame);
          value = undefined;
        } else
          try {
            value = await wait(Promise.resolve(result.value));
          } catch (error) {
            failed = { error };
          }
      }
    } finally {
      this.frames.length = depth;
    }
  }
}
