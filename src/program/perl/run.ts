// Runs Perl: statements and expressions by context, variables, calls, loops, patterns.
import type { Process } from '../../machine/machine.ts';
import { type Positions, Search } from '../regex/match.ts';
import { compile, PatternError } from '../regex/parse.ts';
import { Parser } from './parse.ts';
import type { Node, NodeOf, Part } from './tree.ts';
import { PerlSyntaxError } from './tree.ts';
import {
  Call, Cell, Code, Died, Handle, Leaving, number, Pattern, PerlArray, PerlHash, Ref, Returning, Scope, type Steps, text, truth, type Value,
} from './values.ts'; // biome-ignore format: one list

/** Live bytes of one interpreter, as we count them. */
const MEMORY = 64 << 20;
const MOST_MEASURED = 1_000_000;
/** Subs inside subs; perl itself has no bound. */
const DEEPEST = 5000;
const SPECIAL = /^(?:[^A-Za-z]|ENV$|ARGV$|INC$|STDIN$|STDOUT$|STDERR$|_$|\^|\d)/;

/** A place that can be assigned to. */
interface Place {
  get(): Value;
  set(value: Value): void;
}

/** The functions that are not the evaluator's own: by name. */
export type Builtin = (
  perl: Perl,
  node: NodeOf<'builtin'>,
  args: Value[],
  want: 'list' | 'scalar',
  scope: Scope,
) => Steps<Value[] | Value>;

export class Perl {
  readonly process: Process;
  readonly file: string;
  readonly globals = new Map<string, Cell | PerlArray | PerlHash | Code | Handle>();
  readonly builtins: ReadonlyMap<string, Builtin>;
  /** Loads a module: false if there is none. */
  readonly load: (perl: Perl, module: string, args: Value[]) => Steps<boolean>;
  package = 'main';
  line = 1;
  /** The last match: its text and where groups stand. */
  match: { text: string; positions: Positions; names: ReadonlyMap<string, number> } | undefined;
  /** The handle last read: die and warn name its line. */
  last: Handle | undefined;
  readonly callers: { package: string; line: number; name: string; want: 'list' | 'scalar' }[] = [];
  readonly ends: Code[] = [];
  /** `$!` as a number. */
  errno = 0;
  /** Handles that lexical variables hold: flushed at the end. */
  readonly opened = new Set<Handle>();
  /** `<>` has begun with its files. */
  started = false;
  /** What Time::HiRes has replaced: time, sleep. */
  readonly precise = new Set<string>();
  /** -i: the backup's suffix; the file being edited. */
  inPlace: string | undefined;
  editing: { name: string; out: Handle; before: Handle | undefined } | undefined;
  /** The names behind addresses that were looked up: connections are told by name. */
  readonly names = new Map<string, string>();
  scope = new Scope();
  #charged = 0;
  readonly #scopes: Scope[] = [];
  readonly #patterns = new Map<string, Pattern>();
  /** What `local` puts back, per block. */
  #locals: (() => void)[][] = [[]];
  readonly #positions = new WeakMap<object, number>();

  constructor(process: Process, file: string, builtins: ReadonlyMap<string, Builtin>, load: Perl['load']) {
    this.process = process;
    this.file = file;
    this.builtins = builtins;
    this.load = load;
  }

  gap(what: string): void {
    this.process.witness.gap('perl', what);
  }

  charge(bytes: number): void {
    this.#charged += bytes;
    if (this.#charged < MEMORY / 3) return;
    const live = this.#measure() + bytes;
    this.#charged = 0;
    if (live > MEMORY) throw new OutOfMemory();
  }

  #measure(): number {
    const seen = new Set<object>();
    const queue: unknown[] = [...this.globals.values()];
    for (const top of [this.scope, ...this.#scopes])
      for (let s: Scope | undefined = top; s; s = s.parent) queue.push(...s.names.values());
    let bytes = 0;
    let count = 0;
    const add = (v: Value) => {
      if (typeof v === 'string') bytes += 24 + v.length;
      else if (v instanceof Ref) queue.push(v.target);
      else bytes += 24;
      count++;
    };
    for (let v = queue.pop(); v !== undefined; v = queue.pop()) {
      if (count > MOST_MEASURED) return MEMORY * 2;
      if (seen.has(v as object)) continue;
      seen.add(v as object);
      bytes += 64;
      if (v instanceof Cell) add(v.value);
      else if (v instanceof PerlArray) v.items.forEach(add);
      else if (v instanceof PerlHash)
        for (const [k, x] of v.map) {
          bytes += 48 + k.length;
          add(x);
        }
      else if (v instanceof Code) for (let s = v.scope; s; s = s.parent) queue.push(...s.names.values());
    }
    return bytes;
  }

  // Variables

  #qualified(name: string): string {
    if (name.startsWith('::')) return `main${name}`;
    if (name.includes('::')) return name;
    return SPECIAL.test(name) ? `main::${name}` : `${this.package}::${name}`;
  }

  scalar_(name: string): Cell {
    const key = `$${this.#qualified(name)}`;
    let found = this.globals.get(key);
    if (!found) this.globals.set(key, (found = new Cell()));
    return found as Cell;
  }

  array_(name: string): PerlArray {
    const key = `@${this.#qualified(name)}`;
    let found = this.globals.get(key);
    if (!found) this.globals.set(key, (found = new PerlArray()));
    return found as PerlArray;
  }

  hash_(name: string): PerlHash {
    const key = `%${this.#qualified(name)}`;
    let found = this.globals.get(key);
    if (!found) this.globals.set(key, (found = new PerlHash()));
    return found as PerlHash;
  }

  code_(name: string): Code | undefined {
    return (this.globals.get(`&${this.#qualified(name)}`) ?? this.globals.get(`&main::${name}`)) as Code | undefined;
  }

  define(name: string, code: Code): void {
    this.globals.set(`&${this.#qualified(name)}`, code);
  }

  handle_(name: string, make = true): Handle | undefined {
    const key = `*${this.#qualified(name)}`;
    let found = this.globals.get(key) as Handle | undefined;
    if (!found && make) this.globals.set(key, (found = new Handle(name)));
    return found;
  }

  #cell(name: string, scope: Scope): Cell {
    return (scope.find(`$${name}`) as Cell | undefined) ?? this.scalar_(name);
  }

  /** The variables that perl computes. */
  #magic(name: string): Value | undefined {
    const m = this.match;
    if (/^[1-9]\d*$/.test(name)) return m ? group(m, Number(name)) : undefined;
    switch (name) {
      case '&':
        return m && group(m, 0);
      case '`':
        return m?.text.slice(0, m.positions[0]);
      case "'":
        return m?.text.slice(m.positions[1]);
      case '+':
        if (!m) return undefined;
        for (let i = m.positions.length / 2 - 1; i > 0; i--) if (m.positions[i * 2]! >= 0) return group(m, i);
        return undefined;
      case '.':
        return this.last?.lines;
      case '$':
        return this.process.pid;
      case '<':
        return this.process.credentials.uid;
      case '>':
        return this.process.credentials.euid;
      case '(':
      case ')':
        return `${name === '(' ? this.process.credentials.gid : this.process.credentials.egid} ${this.process.credentials.groups.join(' ') || this.process.credentials.gid}`;
      default:
        return undefined;
    }
  }

  // Errors

  /** ` at FILE line N.` with the line read last. */
  place(line = this.line): string {
    const read =
      this.last && this.last.lines > 0 && this.last.open
        ? `, <${this.last.name}> ${this.separator() === '\n' ? 'line' : 'chunk'} ${this.last.lines}`
        : '';
    return ` at ${this.file} line ${line}${read}.\n`;
  }

  separator(): string | undefined {
    const cell = this.globals.get('$main::/') as Cell | undefined;
    return cell ? (cell.value === undefined ? undefined : text(cell.value)) : '\n';
  }

  die(message: string): never {
    throw new Died(message.endsWith('\n') ? message : message + this.place());
  }

  // Blocks

  *run(body: readonly Node[], scope: Scope, want: 'list' | 'scalar' = 'scalar'): Steps<Value[]> {
    let result: Value[] = [];
    for (const [i, node] of body.entries()) {
      const turn = this.process.step(2);
      if (turn) yield turn;
      this.line = node.line;
      const last = i === body.length - 1;
      if (last && want === 'list') result = yield* this.list(node, scope);
      else {
        const value = yield* this.scalar(node, scope);
        if (last) result = [value];
      }
    }
    return result;
  }

  *block(node: Node, outer: Scope, want: 'list' | 'scalar' = 'scalar', scope = new Scope(outer)): Steps<Value[]> {
    const locals: (() => void)[] = [];
    this.#locals.push(locals);
    const pack = this.package;
    try {
      return yield* this.run(node.type === 'block' ? node.body : [node], scope, want);
    } finally {
      this.package = pack;
      this.#locals.pop();
      for (const restore of locals.reverse()) restore();
    }
  }

  /** Declares the subs of a program before it runs. */
  declare(body: readonly Node[], scope: Scope): void {
    const pack = this.package;
    for (const node of body) {
      if (node.type === 'package') {
        this.package = node.name;
        if (node.body?.type === 'block') {
          this.declare(node.body.body, scope);
          this.package = pack;
        }
      } else if (node.type === 'sub') {
        const code = new Code(node.name, this.package, node.body, scope);
        if (node.name === 'END') this.ends.unshift(code);
        else this.define(node.name, code);
      } else if (
        node.type === 'block' ||
        (node.type === 'while' && node.post && node.body.type === 'block' && !node.test)
      )
        this.declare(node.type === 'block' ? node.body : (node.body as NodeOf<'block'>).body, scope);
    }
    this.package = pack;
  }

  *call(code: Code, args: Value[], want: 'list' | 'scalar'): Steps<Value[]> {
    if (code.native) {
      const result = code.native(args, want === 'list');
      const value =
        typeof result === 'object' && result !== null && 'next' in result && typeof result.next === 'function'
          ? yield* result as Steps<Value[]>
          : (result as Value | Value[]);
      return Array.isArray(value) ? value : [value];
    }
    if (!code.body) this.die(`Undefined subroutine &${code.home}::${code.name} called`);
    if (this.callers.length > DEEPEST) throw new OutOfMemory();
    const turn = this.process.step(4);
    if (turn) yield turn;
    return (yield new Call(this.#body(code, args, want))) as Value[];
  }

  *#body(code: Code, args: Value[], want: 'list' | 'scalar'): Steps<Value[]> {
    const scope = new Scope(code.scope);
    scope.names.set('@_', new PerlArray(args));
    const [pack, match, line] = [this.package, this.match, this.line];
    this.callers.push({ package: pack, line, name: `${code.home}::${code.name}`, want });
    this.package = code.home;
    this.#scopes.push(scope);
    try {
      return yield* this.block(code.body!, scope, want, scope);
    } catch (error) {
      if (error instanceof Returning) return want === 'list' ? error.values : [error.values.at(-1)];
      throw error;
    } finally {
      this.callers.pop();
      this.#scopes.splice(this.#scopes.indexOf(scope), 1);
      [this.package, this.match, this.line] = [pack, match, line];
    }
  }

  // Values

  *items(nodes: readonly Node[], scope: Scope): Steps<Value[]> {
    const all: Value[] = [];
    for (const n of nodes) {
      if (n.type === 'scalar' || n.type === 'string' || n.type === 'number') all.push(yield* this.scalar(n, scope));
      else for (const v of yield* this.list(n, scope)) all.push(v);
    }
    return all;
  }

  /** A node's values in list context. */
  *list(node: Node, scope: Scope): Steps<Value[]> {
    switch (node.type) {
      case 'list':
        return yield* this.items(node.items, scope);
      case 'array':
        if (node.name === '-' || node.name === '+')
          return (this.match?.positions ?? []).filter((_, i) => i % 2 === (node.name === '-' ? 0 : 1));
        return [...(yield* this.array(node, scope)).items];
      case 'hash':
        return [...(yield* this.hash(node, scope)).map].flat();
      case 'deref':
        if (node.sigil === '@') return [...(yield* this.array(node, scope)).items];
        if (node.sigil === '%') return [...(yield* this.hash(node, scope)).map].flat();
        return [yield* this.scalar(node, scope)];
      case 'my':
        yield* this.declareMy(node, scope);
        return node.list ? yield* this.items(node.targets, scope) : yield* this.list(node.targets[0]!, scope);
      case 'slice':
        return yield* this.slice(node, scope);
      case 'range':
        return yield* this.range(node, scope);
      case 'ternary':
        return yield* this.list(truth(yield* this.scalar(node.test, scope)) ? node.yes : node.no, scope);
      case 'logic': {
        const left = yield* this.scalar(node.left, scope);
        const stay = node.operator === '&&' ? !truth(left) : node.operator === '||' ? truth(left) : left !== undefined;
        return stay ? [left] : yield* this.list(node.right, scope);
      }
      case 'assign':
        if (node.operator === '=' && isList(node.left)) {
          yield* this.assignList(node, scope);
          return yield* this.list(
            node.left.type === 'my' ? { type: 'list', items: node.left.targets, line: node.line } : node.left,
            scope,
          );
        }
        return [yield* this.scalar(node, scope)];
      case 'call':
      case 'invoke':
      case 'method':
        return yield* this.callNode(node, scope, 'list');
      case 'builtin':
        return yield* this.builtin(node, scope, 'list');
      case 'match':
        return yield* this.matchList(node, scope);
      case 'readline':
      case 'fileglob':
      case 'backtick':
        return yield* this.builtin(asBuiltin(node), scope, 'list');
      case 'do':
        return yield* this.block(node.body, scope, 'list');
      case 'eval':
        return yield* this.eval(node.body, scope, 'list');
      case 'reference':
        if (node.value.type === 'list') {
          const refs: Value[] = [];
          for (const n of node.value.items)
            refs.push(yield* this.scalar({ type: 'reference', value: n, line: node.line }, scope));
          return refs;
        }
        return [yield* this.scalar(node, scope)];
      case 'binary':
        if (node.operator === 'x' && node.left.type === 'list') {
          const [values, count] = [
            yield* this.list(node.left, scope),
            Math.max(0, Math.trunc(number(yield* this.scalar(node.right, scope)))),
          ];
          if (values.length * count > 2_000_000) throw new OutOfMemory();
          this.charge(values.length * count * 24);
          return Array.from({ length: count }, () => values).flat();
        }
        return [yield* this.scalar(node, scope)];
      case 'if':
        for (const { test, body } of node.branches)
          if (truth(yield* this.scalar(test, scope))) return yield* this.block(body, scope, 'list');
        return node.otherwise ? yield* this.block(node.otherwise, scope, 'list') : [];
      case 'return':
        return [yield* this.scalar(node, scope)];
      case 'while':
      case 'foreach':
      case 'nothing':
      case 'sub':
      case 'package':
      case 'use':
        yield* this.scalar(node, scope);
        return [];
      default:
        return [yield* this.scalar(node, scope)];
    }
  }

  /** A node's value in scalar context. */
  *scalar(node: Node, scope: Scope): Steps<Value> {
    switch (node.type) {
      case 'number':
      case 'string':
        return node.value;
      case 'scalar': {
        const lexical = scope.find(`$${node.name}`) as Cell | undefined;
        if (lexical) return lexical.value;
        if (!/^\w{2,}|^[A-Za-z_]/.test(node.name) || /^\d+$/.test(node.name)) {
          const magic = this.#magic(node.name);
          if (magic !== undefined) return magic;
        }
        return this.scalar_(node.name).value;
      }
      case 'interpolated':
        return yield* this.joined(node.parts, scope);
      case 'array':
        return (yield* this.array(node, scope)).items.length;
      case 'hash':
        return (yield* this.hash(node, scope)).map.size;
      case 'typeglob':
        return new Ref(this.handle_(node.name)!);
      case 'filehandle':
        return new Ref(this.handle_(node.name)!);
      case 'code':
        return undefined;
      case 'my':
        yield* this.declareMy(node, scope);
        return node.list
          ? (yield* this.items(node.targets, scope)).at(-1)
          : yield* this.scalar(node.targets[0]!, scope);
      case 'element': {
        const array = yield* this.array(node.array, scope, true);
        const index = Math.trunc(number(yield* this.scalar(node.index, scope)));
        return array.items[index < 0 ? index + array.items.length : index];
      }
      case 'entry': {
        if (node.hash.type === 'hash' && node.hash.name === '+') {
          const name = text(yield* this.scalar(node.key, scope));
          return this.match && this.match.names.has(name) ? group(this.match, this.match.names.get(name)!) : undefined;
        }
        const hash = yield* this.hash(node.hash, scope, true);
        return hash.map.get(yield* this.key(node.key, scope));
      }
      case 'slice':
        return (yield* this.slice(node, scope)).at(-1);
      case 'last':
        return (yield* this.array(node.array, scope)).items.length - 1;
      case 'deref': {
        if (node.sigil === '@') return (yield* this.array(node, scope)).items.length;
        if (node.sigil === '%') return (yield* this.hash(node, scope)).map.size;
        const value = yield* this.scalar(node.value, scope);
        if (node.sigil === '*') return value;
        if (value instanceof Ref && value.target instanceof Cell) return value.target.value;
        if (value instanceof Ref) this.die('Not a SCALAR reference');
        if (value === undefined) this.die(`Can't use an undefined value as a SCALAR reference`);
        return this.scalar_(text(value)).value;
      }
      case 'list': {
        let last: Value;
        for (const n of node.items) last = yield* this.scalar(n, scope);
        return last;
      }
      case 'anonArray': {
        const made = new PerlArray(yield* this.items(node.items, scope));
        this.charge(64 + made.items.length * 24);
        return new Ref(made);
      }
      case 'anonHash': {
        const made = new PerlHash();
        const values = yield* this.items(node.items, scope);
        for (let i = 0; i < values.length; i += 2) made.map.set(text(values[i]), values[i + 1]);
        this.charge(64 + values.length * 40);
        return new Ref(made);
      }
      case 'anonSub':
        return new Ref(new Code('__ANON__', this.package, node.body, scope));
      case 'reference':
        return yield* this.reference(node.value, scope);
      case 'unary': {
        const value = yield* this.scalar(node.value, scope);
        if (node.operator === '!') return truth(value) ? '' : 1;
        if (node.operator === '~') return Number(BigInt.asUintN(64, ~BigInt(Math.trunc(number(value)))));
        if (typeof value === 'string' && /^[A-Za-z_]/.test(value)) return `-${value}`;
        return -number(value);
      }
      case 'increment': {
        const place = yield* this.place_(node.value, scope);
        const old = place.get();
        const next = node.operator === '++' ? increment(old) : number(old) - 1;
        place.set(next);
        return node.prefix ? next : old === undefined ? (node.operator === '++' ? 0 : undefined) : old;
      }
      case 'binary':
        return yield* this.binary(node, scope);
      case 'logic': {
        const left = yield* this.scalar(node.left, scope);
        const stay = node.operator === '&&' ? !truth(left) : node.operator === '||' ? truth(left) : left !== undefined;
        return stay ? left : yield* this.scalar(node.right, scope);
      }
      case 'ternary':
        return yield* this.scalar(truth(yield* this.scalar(node.test, scope)) ? node.yes : node.no, scope);
      case 'range':
        return yield* this.flipFlop(node, scope);
      case 'assign':
        return yield* this.assign(node, scope);
      case 'match':
        return (yield* this.matchOnce(node, scope)) ? 1 : '';
      case 'substitute':
        return yield* this.substitute(node, scope);
      case 'translate':
        return yield* this.translate(node, scope);
      case 'pattern':
        return new Ref(yield* this.compiled(node.pattern, node.flags, scope));
      case 'call':
      case 'invoke':
      case 'method':
        return (yield* this.callNode(node, scope, 'scalar')).at(-1);
      case 'builtin':
        return (yield* this.builtin(node, scope, 'scalar')).at(-1);
      case 'readline':
      case 'fileglob':
      case 'backtick':
      case 'test':
        return (yield* this.builtin(asBuiltin(node), scope, 'scalar')).at(-1);
      case 'wantarray':
        return this.callers.at(-1)?.want === 'list' ? 1 : this.callers.length ? 0 : undefined;
      case 'block':
        return (yield* this.block(node, scope)).at(-1);
      case 'do':
        return (yield* this.block(node.body, scope)).at(-1);
      case 'eval':
        return (yield* this.eval(node.body, scope, 'scalar')).at(-1);
      case 'if':
        for (const { test, body } of node.branches)
          if (truth(yield* this.scalar(test, scope))) return (yield* this.block(body, scope)).at(-1);
        return node.otherwise ? (yield* this.block(node.otherwise, scope)).at(-1) : undefined;
      case 'while':
        yield* this.while(node, scope);
        return undefined;
      case 'foreach':
        yield* this.foreach(node, scope);
        return undefined;
      case 'sub':
        if (node.name !== 'END') this.define(node.name, new Code(node.name, this.package, node.body, scope));
        return undefined;
      case 'package':
        this.package = node.name;
        if (node.body) {
          yield* this.block(node.body, scope);
          this.package = 'main';
        }
        return undefined;
      case 'use':
        yield* this.use(node, scope);
        return 1;
      case 'leave':
        throw new Leaving(node.kind, node.label);
      case 'return': {
        const want = this.callers.at(-1)?.want ?? 'scalar';
        throw new Returning(
          !node.value
            ? want === 'list'
              ? []
              : [undefined]
            : want === 'list'
              ? yield* this.list(node.value, scope)
              : [yield* this.scalar(node.value, scope)],
        );
      }
      case 'nothing':
        return undefined;
    }
  }

  *use(node: NodeOf<'use'>, scope: Scope): Steps<void> {
    if (node.no) return;
    this.line = node.line;
    const args = yield* this.items(node.args, scope);
    if (yield* this.load(this, node.module, args)) return;
    const path = `${node.module.replaceAll('::', '/')}.pm`;
    const inc = this.array_('INC').items.map(text).join(' ');
    this.errno = 2;
    // What -M loads stands on no line.
    const where = node.line > 0 ? ` at ${this.file} line ${node.line}` : '';
    const aborted = node.require ? '' : `BEGIN failed--compilation aborted${where}.\n`;
    throw new Died(
      `Can't locate ${path} in @INC (you may need to install the ${node.module} module) (@INC contains: ${inc})${where}.\n${aborted}`,
    );
  }

  *joined(parts: readonly Part[], scope: Scope): Steps<string> {
    let result = '';
    for (const p of parts) {
      if (typeof p === 'string') result += p;
      else if ('scalar' in p) result += text(yield* this.scalar(p.scalar, scope));
      else {
        const glue = this.globals.get('$main::"') as Cell | undefined;
        result += (yield* this.list(p.list, scope)).map(text).join(glue ? text(glue.value) : ' ');
      }
    }
    if (result.length > 256) this.charge(result.length);
    return result;
  }

  *key(node: Node, scope: Scope): Steps<string> {
    if (node.type === 'string') return node.value;
    if (node.type === 'list') return (yield* this.items(node.items, scope)).map(text).join('\x1c');
    return text(yield* this.scalar(node, scope));
  }

  /** The array a node means; a reference that is undefined comes into being if it is written to. */
  *array(node: Node, scope: Scope, reading = false): Steps<PerlArray> {
    if (node.type === 'array')
      return (
        (scope.find(`@${node.name}`) as PerlArray | undefined) ??
        (node.name === '_' ? this.array_('main::_') : this.array_(node.name))
      );
    if (node.type === 'my') {
      yield* this.declareMy(node, scope);
      return yield* this.array(node.targets[0]!, scope);
    }
    if (node.type === 'deref') {
      const value = yield* this.scalar(node.value, scope);
      if (value instanceof Ref) {
        if (value.target instanceof PerlArray) return value.target;
        return this.die('Not an ARRAY reference');
      }
      if (value === undefined) {
        if (!isPlace(node.value)) {
          if (reading) return new PerlArray();
          return this.die("Can't use an undefined value as an ARRAY reference");
        }
        const made = new PerlArray();
        if (!reading) (yield* this.place_(node.value, scope)).set(new Ref(made));
        else if (node.value.type === 'element' || node.value.type === 'entry')
          (yield* this.place_(node.value, scope)).set(new Ref(made));
        return made;
      }
      return this.array_(text(value));
    }
    return new PerlArray(yield* this.list(node, scope));
  }

  *hash(node: Node, scope: Scope, reading = false): Steps<PerlHash> {
    if (node.type === 'hash') return (scope.find(`%${node.name}`) as PerlHash | undefined) ?? this.hash_(node.name);
    if (node.type === 'my') {
      yield* this.declareMy(node, scope);
      return yield* this.hash(node.targets[0]!, scope);
    }
    if (node.type === 'deref') {
      const value = yield* this.scalar(node.value, scope);
      if (value instanceof Ref) {
        if (value.target instanceof PerlHash) return value.target;
        return this.die('Not a HASH reference');
      }
      if (value === undefined) {
        if (!isPlace(node.value))
          return reading ? new PerlHash() : this.die("Can't use an undefined value as a HASH reference");
        const made = new PerlHash();
        if (!reading || node.value.type === 'element' || node.value.type === 'entry')
          (yield* this.place_(node.value, scope)).set(new Ref(made));
        return made;
      }
      return this.hash_(text(value));
    }
    return new PerlHash();
  }

  *reference(node: Node, scope: Scope): Steps<Value> {
    switch (node.type) {
      case 'my':
        yield* this.declareMy(node, scope);
        return yield* this.reference(node.targets[0]!, scope);
      case 'scalar':
        return new Ref(this.#cell(node.name, scope));
      case 'array':
        return new Ref(yield* this.array(node, scope));
      case 'hash':
        return new Ref(yield* this.hash(node, scope));
      case 'deref':
        if (node.sigil === '@') return new Ref(yield* this.array(node, scope));
        if (node.sigil === '%') return new Ref(yield* this.hash(node, scope));
        return yield* this.scalar(node.value, scope);
      case 'call':
        if (node.ampersand) {
          const code = this.code_(node.name) ?? new Code(node.name, this.package);
          return new Ref(code);
        }
        return new Ref(new Cell(yield* this.scalar(node, scope)));
      case 'invoke':
        return yield* this.scalar(node.callee, scope);
      case 'typeglob':
      case 'filehandle':
        return new Ref(this.handle_(node.name)!);
      default:
        return new Ref(new Cell(yield* this.scalar(node, scope)));
    }
  }

  // Assignment

  *declareMy(node: NodeOf<'my'>, scope: Scope): Steps<void> {
    for (const t of node.targets) {
      if (node.kind === 'local') {
        yield* this.local(t, scope);
        continue;
      }
      if (t.type !== 'scalar' && t.type !== 'array' && t.type !== 'hash') continue;
      const key = `${{ scalar: '$', array: '@', hash: '%' }[t.type]}${t.name}`;
      if (node.kind === 'our')
        scope.names.set(
          key,
          t.type === 'scalar' ? this.scalar_(t.name) : t.type === 'array' ? this.array_(t.name) : this.hash_(t.name),
        );
      else if (node.kind === 'state') {
        let kept = this.#states.get(t);
        if (!kept)
          this.#states.set(
            t,
            (kept = t.type === 'scalar' ? new Cell() : t.type === 'array' ? new PerlArray() : new PerlHash()),
          );
        scope.names.set(key, kept);
      } else
        scope.names.set(key, t.type === 'scalar' ? new Cell() : t.type === 'array' ? new PerlArray() : new PerlHash());
      this.charge(48);
    }
  }
  readonly #states = new WeakMap<Node, Cell | PerlArray | PerlHash>();

  *local(node: Node, scope: Scope): Steps<void> {
    const restores = this.#locals.at(-1)!;
    if (node.type === 'array' || node.type === 'hash') {
      const key = `${node.type === 'array' ? '@' : '%'}${this.#qualified(node.name)}`;
      const old = this.globals.get(key);
      this.globals.set(key, node.type === 'array' ? new PerlArray() : new PerlHash());
      restores.push(() => (old ? this.globals.set(key, old) : this.globals.delete(key)));
    } else if (node.type === 'scalar') {
      const key = `$${this.#qualified(node.name)}`;
      const old = this.globals.get(key);
      this.globals.set(key, new Cell());
      restores.push(() => (old ? this.globals.set(key, old) : this.globals.delete(key)));
    } else if (node.type === 'element' || node.type === 'entry') {
      const place = yield* this.place_(node, scope);
      const old = place.get();
      restores.push(() => place.set(old));
    } else if (node.type === 'assign') yield* this.local(node.left, scope);
  }

  /** A place to assign to. */
  *place_(node: Node, scope: Scope): Steps<Place> {
    switch (node.type) {
      case 'scalar': {
        const cell = this.#cell(node.name, scope);
        const { name } = node;
        return {
          get: () => cell.value,
          set: (v) => {
            cell.value = v;
            if (name === '0' && cell === this.globals.get('$main::0')) this.process.argv = [text(v)];
            else if (name === '|')
              for (const h of this.globals.values())
                if (h instanceof Handle && h === this.selected) h.autoflush = truth(v);
          },
        };
      }
      case 'my':
        yield* this.declareMy(node, scope);
        return yield* this.place_(node.targets[0]!, scope);
      case 'element': {
        const array = yield* this.array(node.array, scope);
        const raw = Math.trunc(number(yield* this.scalar(node.index, scope)));
        const index = raw < 0 ? raw + array.items.length : raw;
        return {
          get: () => array.items[index],
          set: (v) => {
            if (index < 0) this.die(`Modification of non-creatable array value attempted, subscript ${raw}`);
            if (index > array.items.length + 1_000_000) throw new OutOfMemory();
            while (array.items.length < index) array.items.push(undefined);
            array.items[index] = v;
            this.charge(24 + (typeof v === 'string' ? v.length : 0));
          },
        };
      }
      case 'entry': {
        const hash = yield* this.hash(node.hash, scope);
        const key = yield* this.key(node.key, scope);
        const isEnvironment = hash === this.globals.get('%main::ENV');
        return {
          get: () => hash.map.get(key),
          set: (v) => {
            hash.map.set(key, v);
            if (isEnvironment) this.process.environment.set(key, text(v));
            this.charge(64 + key.length + (typeof v === 'string' ? v.length : 0));
          },
        };
      }
      case 'deref': {
        if (node.sigil !== '$') break;
        const value = yield* this.scalar(node.value, scope);
        if (value instanceof Ref && value.target instanceof Cell) {
          const cell = value.target;
          return { get: () => cell.value, set: (v) => (cell.value = v) };
        }
        if (value instanceof Ref) return this.die('Not a SCALAR reference');
        const cell = value === undefined ? new Cell() : this.scalar_(text(value));
        if (value === undefined) (yield* this.place_(node.value, scope)).set(new Ref(cell));
        return { get: () => cell.value, set: (v) => (cell.value = v) };
      }
      case 'ternary':
        return yield* this.place_(truth(yield* this.scalar(node.test, scope)) ? node.yes : node.no, scope);
      case 'list':
        if (node.items.length === 1) return yield* this.place_(node.items[0]!, scope);
        break;
      case 'assign': {
        yield* this.assign(node, scope);
        return yield* this.place_(node.left.type === 'my' ? node.left.targets[0]! : node.left, scope);
      }
      case 'last': {
        const array = yield* this.array(node.array, scope);
        return {
          get: () => array.items.length - 1,
          set: (v) => (array.items.length = Math.min(1_000_000, Math.max(0, number(v) + 1))),
        };
      }
      case 'builtin':
        if (node.name === 'substr') {
          const place = yield* this.place_(node.args[0]!, scope);
          const [from, length] = (yield* this.items(node.args.slice(1), scope)).map(number);
          return {
            get: () => text(place.get()).substr(from ?? 0, length),
            set: (v) => {
              const s = text(place.get());
              const start = (from ?? 0) < 0 ? Math.max(0, s.length + from!) : Math.min(from ?? 0, s.length);
              const end =
                length === undefined ? s.length : length < 0 ? Math.max(start, s.length + length) : start + length;
              place.set(s.slice(0, start) + text(v) + s.slice(end));
            },
          };
        }
        break;
      case 'typeglob':
      case 'filehandle': {
        const { name } = node;
        return {
          get: () => new Ref(this.handle_(name)!),
          set: (v) => {
            if (!(v instanceof Ref)) return;
            const sigil =
              v.target instanceof Code
                ? '&'
                : v.target instanceof PerlArray
                  ? '@'
                  : v.target instanceof PerlHash
                    ? '%'
                    : v.target instanceof Handle
                      ? '*'
                      : '$';
            this.globals.set(`${sigil}${this.#qualified(name)}`, v.target as Cell);
          },
        };
      }
    }
    const value = yield* this.scalar(node, scope);
    return { get: () => value, set: () => this.die("Can't modify non-lvalue subroutine call") };
  }
  /** print's handle. */
  selected: Handle | undefined;

  *assign(node: NodeOf<'assign'>, scope: Scope): Steps<Value> {
    const { left, operator } = node;
    if (operator === '=') {
      if (isList(left)) return yield* this.assignList(node, scope);
      if (left.type === 'my' && left.kind === 'state' && this.#states.has(left.targets[0]!)) {
        yield* this.declareMy(left, scope);
        return yield* this.scalar(left.targets[0]!, scope);
      }
      const value = yield* this.scalar(node.right, scope);
      const place = yield* this.place_(left, scope);
      place.set(value);
      if (typeof value === 'string' && value.length > 256) this.charge(value.length);
      return value;
    }
    if (
      (operator === 'x=' || operator === '.=' || operator === '+=') &&
      (left.type === 'array' || (left.type === 'deref' && left.sigil === '@'))
    ) {
      const array = yield* this.array(left, scope);
      if (operator === 'x=')
        array.items = Array.from(
          { length: Math.min(100_000, number(yield* this.scalar(node.right, scope))) },
          () => array.items,
        ).flat();
      return array.items.length;
    }
    const place = yield* this.place_(left, scope);
    const old = place.get();
    const base = operator.slice(0, -1);
    if (base === '||' || base === '&&' || base === '//') {
      const stay = base === '&&' ? !truth(old) : base === '||' ? truth(old) : old !== undefined;
      if (stay) return old;
      const value = yield* this.scalar(node.right, scope);
      place.set(value);
      return value;
    }
    const value = this.compute(base, old, yield* this.scalar(node.right, scope));
    place.set(value);
    return value;
  }

  /** A list assignment; in scalar context the number of values on the right. */
  *assignList(node: NodeOf<'assign'>, scope: Scope): Steps<Value> {
    const values = yield* this.list(node.right, scope);
    let targets = [node.left];
    if (node.left.type === 'my') {
      yield* this.declareMy(node.left, scope);
      ({ targets } = node.left);
    } else if (node.left.type === 'list') targets = node.left.items;
    let at = 0;
    for (const t of targets) {
      let target = t;
      if (target.type === 'my') {
        yield* this.declareMy(target, scope);
        target = target.targets[0]!;
      }
      if (target.type === 'array' || (target.type === 'deref' && target.sigil === '@')) {
        const array = yield* this.array(target, scope);
        array.items = values.slice(at);
        at = values.length;
        this.charge(array.items.length * 24);
      } else if (target.type === 'hash' || (target.type === 'deref' && target.sigil === '%')) {
        const hash = yield* this.hash(target, scope);
        hash.map.clear();
        for (; at < values.length; at += 2) hash.map.set(text(values[at]), values[at + 1]);
        this.charge(hash.map.size * 80);
      } else if (target.type === 'slice') {
        const keys = yield* this.list(target.keys, scope);
        for (const k of keys) {
          if (target.of === 'hash') (yield* this.hash(target.base, scope)).map.set(text(k), values[at++]);
          else {
            const array = yield* this.array(target.base, scope);
            array.items[number(k) < 0 ? number(k) + array.items.length : number(k)] = values[at++];
          }
        }
      } else if (target.type === 'builtin' && target.name === 'undef') at++;
      else if (target.type === 'list') at++;
      else (yield* this.place_(target, scope)).set(values[at++]);
    }
    return values.length;
  }

  *slice(node: NodeOf<'slice'>, scope: Scope): Steps<Value[]> {
    const keys = yield* this.list(node.keys, scope);
    if (node.of === 'hash') {
      const hash = yield* this.hash(node.base, scope);
      return keys.flatMap((k) => (node.pairs ? [k, hash.map.get(text(k))] : [hash.map.get(text(k))]));
    }
    const items =
      node.of === 'array' ? (yield* this.array(node.base, scope)).items : yield* this.list(node.base, scope);
    if (node.of === 'list' && items.length === 0) return [];
    return keys.map((k) => items[number(k) < 0 ? number(k) + items.length : Math.trunc(number(k))]);
  }

  /** `..` in scalar context: on from the left side's truth to the right's; numbers are lines of the input. */
  *flipFlop(node: NodeOf<'range'>, scope: Scope): Steps<Value> {
    const self = this;
    const side = function* (n: Node): Steps<boolean> {
      return n.type === 'number' ? self.last?.lines === n.value : truth(yield* self.scalar(n, scope));
    };
    let count = this.#flips.get(node) ?? 0;
    if (count === 0 && !(yield* side(node.left))) return '';
    count++;
    const over = yield* side(node.right);
    this.#flips.set(node, over ? 0 : count);
    return over ? `${count}E0` : count;
  }
  readonly #flips = new WeakMap<Node, number>();

  *range(node: NodeOf<'range'>, scope: Scope): Steps<Value[]> {
    const [from, to] = [yield* this.scalar(node.left, scope), yield* this.scalar(node.right, scope)];
    const out: Value[] = [];
    if (typeof from === 'string' && !/^-?\d+(\.\d*)?$/.test(from) && from !== '') {
      const end = text(to);
      for (let s: string = from; out.length < 1_000_000; s = String(increment(s))) {
        if (s.length > end.length) break;
        out.push(s);
        if (s === end) break;
      }
      return out;
    }
    const [low, high] = [Math.trunc(number(from)), Math.trunc(number(to))];
    if (high - low > 2_000_000) throw new OutOfMemory();
    this.charge(Math.max(0, high - low) * 16);
    for (let i = low; i <= high; i++) out.push(i);
    const turn = this.process.step(out.length >> 4);
    if (turn) yield turn;
    return out;
  }

  *binary(node: NodeOf<'binary'>, scope: Scope): Steps<Value> {
    const left = yield* this.scalar(node.left, scope);
    const right = yield* this.scalar(node.right, scope);
    return this.compute(node.operator, left, right);
  }

  compute(operator: string, left: Value, right: Value): Value {
    switch (operator) {
      case '+':
        return exact('+', number(left), number(right));
      case '-':
        return exact('-', number(left), number(right));
      case '*':
        return exact('*', number(left), number(right));
      case '/':
        if (number(right) === 0) this.die('Illegal division by zero');
        return number(left) / number(right);
      case '%': {
        const b = Math.trunc(number(right));
        if (b === 0) this.die('Illegal modulus zero');
        const rest = Math.trunc(number(left)) % b;
        return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest === 0 ? 0 : rest;
      }
      case '**':
        return number(left) ** number(right);
      case '.': {
        const [a, b] = [text(left), text(right)];
        if (a.length + b.length > 256) {
          if (a.length + b.length > MEMORY) throw new OutOfMemory();
          this.charge(b.length + 32);
        }
        return a + b;
      }
      case 'x': {
        const [s, count] = [text(left), Math.max(0, Math.trunc(number(right)))];
        if (s.length * count > MEMORY) throw new OutOfMemory();
        this.charge(s.length * count);
        return s.repeat(count);
      }
      case '==':
        return number(left) === number(right) ? 1 : '';
      case '!=':
        return number(left) !== number(right) ? 1 : '';
      case '<':
        return number(left) < number(right) ? 1 : '';
      case '>':
        return number(left) > number(right) ? 1 : '';
      case '<=':
        return number(left) <= number(right) ? 1 : '';
      case '>=':
        return number(left) >= number(right) ? 1 : '';
      case '<=>': {
        const [a, b] = [number(left), number(right)];
        return a < b ? -1 : a > b ? 1 : a === b ? 0 : undefined;
      }
      case 'eq':
        return text(left) === text(right) ? 1 : '';
      case 'ne':
        return text(left) !== text(right) ? 1 : '';
      case 'lt':
        return text(left) < text(right) ? 1 : '';
      case 'gt':
        return text(left) > text(right) ? 1 : '';
      case 'le':
        return text(left) <= text(right) ? 1 : '';
      case 'ge':
        return text(left) >= text(right) ? 1 : '';
      case 'cmp':
        return text(left) < text(right) ? -1 : text(left) > text(right) ? 1 : 0;
      case 'xor':
        return truth(left) !== truth(right) ? 1 : '';
      case '&':
      case '|':
      case '^':
        return this.#bits(operator, left, right);
      case '<<':
      case '>>': {
        const shift = Math.trunc(number(right));
        if (shift < 0 || shift > 63) return 0;
        const n = BigInt(Math.trunc(number(left)));
        const shifted = BigInt.asUintN(
          64,
          operator === '<<' ? n << BigInt(shift) : BigInt.asUintN(64, n) >> BigInt(shift),
        );
        return shifted > 9007199254740991n ? shifted.toString() : Number(shifted);
      }
      default:
        return undefined;
    }
  }

  #bits(operator: string, left: Value, right: Value): Value {
    if (
      typeof left === 'string' &&
      typeof right === 'string' &&
      !(/^\d+$/.test(left) && /^\d+$/.test(right) && false)
    ) {
      const length = operator === '&' ? Math.min(left.length, right.length) : Math.max(left.length, right.length);
      let out = '';
      for (let i = 0; i < length; i++) {
        const [a, b] = [left.charCodeAt(i) || 0, right.charCodeAt(i) || 0];
        out += String.fromCharCode(operator === '&' ? a & b : operator === '|' ? a | b : a ^ b);
      }
      return out;
    }
    const [a, b] = [
      BigInt.asUintN(64, BigInt(Math.trunc(number(left)) || 0)),
      BigInt.asUintN(64, BigInt(Math.trunc(number(right)) || 0)),
    ];
    return Number(operator === '&' ? a & b : operator === '|' ? a | b : a ^ b);
  }

  // Calls

  *callNode(
    node: NodeOf<'call'> | NodeOf<'invoke'> | NodeOf<'method'>,
    scope: Scope,
    want: 'list' | 'scalar',
  ): Steps<Value[]> {
    if (node.type === 'call') {
      const code = this.code_(node.name);
      if (!code) {
        if (node.bare) {
          const handle = this.handle_(node.name, false);
          if (handle) return [new Ref(handle)];
          return [node.name];
        }
        const args = yield* this.items(node.args, scope);
        const auto = this.code_('AUTOLOAD');
        if (auto) {
          this.scalar_('AUTOLOAD').value = `${this.package}::${node.name}`;
          return yield* this.call(auto, args, want);
        }
        this.line = node.line;
        return this.die(
          `Undefined subroutine &${node.name.includes('::') ? '' : `${this.package}::`}${node.name} called`,
        );
      }
      const args = yield* this.items(node.args, scope);
      this.line = node.line;
      return yield* this.call(code, args, want);
    }
    if (node.type === 'invoke') {
      const callee = yield* this.scalar(node.callee, scope);
      const args = yield* this.items(node.args, scope);
      this.line = node.line;
      if (callee instanceof Ref && callee.target instanceof Code) return yield* this.call(callee.target, args, want);
      if (callee instanceof Ref) return this.die('Not a CODE reference');
      if (callee === undefined) return this.die("Can't use an undefined value as a subroutine reference");
      const code = this.code_(text(callee));
      return code ? yield* this.call(code, args, want) : this.die(`Undefined subroutine &main::${text(callee)} called`);
    }
    let object = yield* this.scalar(node.object, scope);
    if (node.object.type === 'call' && node.object.bare && typeof object === 'string' && this.handle_(object, false))
      object = new Ref(this.handle_(object)!);
    const args = yield* this.items(node.args, scope);
    this.line = node.line;
    let name = typeof node.name === 'string' ? node.name : '';
    if (typeof node.name !== 'string') {
      const method = yield* this.scalar(node.name, scope);
      if (method instanceof Ref && method.target instanceof Code)
        return yield* this.call(method.target, [object, ...args], want);
      name = text(method);
    }
    return yield* this.method(object, name, args, want);
  }

  *method(object: Value, name: string, args: Value[], want: 'list' | 'scalar'): Steps<Value[]> {
    let cls: string;
    if (object instanceof Ref) {
      const { target } = object;
      if (target.blessed) cls = target.blessed;
      else if (target instanceof Handle) cls = 'IO::Handle';
      else return this.die(`Can't call method "${name}" on unblessed reference`);
    } else {
      if (object === undefined) return this.die(`Can't call method "${name}" on an undefined value`);
      cls = text(object);
      if (cls === '') return this.die(`Can't call method "${name}" without a package or object reference`);
      if (/^(STDIN|STDOUT|STDERR)$/.test(cls)) return yield* this.method(new Ref(this.handle_(cls)!), name, args, want);
    }
    let start = cls;
    let wanted = name;
    if (name.startsWith('SUPER::')) {
      wanted = name.slice(7);
      const parents = this.parents(this.package).slice(1);
      for (const p of parents) {
        const code = this.globals.get(`&${p}::${wanted}`);
        if (code instanceof Code) return yield* this.call(code, [object, ...args], want);
      }
      start = this.package;
    }
    const code = this.findMethod(start, wanted);
    if (code) return yield* this.call(code, [object, ...args], want);
    if (wanted === 'isa') return [this.parents(cls).includes(text(args[0])) ? 1 : ''];
    if (wanted === 'can') {
      const found = this.findMethod(cls, text(args[0]));
      return [found ? new Ref(found) : ''];
    }
    if (wanted === 'import' || wanted === 'unimport' || wanted === 'DESTROY') return [];
    const known = [...this.globals.keys()].some((k) => k.startsWith(`&${cls}::`));
    if (known || object instanceof Ref) return this.die(`Can't locate object method "${wanted}" via package "${cls}"`);
    return this.die(
      `Can't locate object method "${wanted}" via package "${cls}" (perhaps you forgot to load "${cls}"?)`,
    );
  }

  /** A class and what it inherits from. */
  parents(cls: string, depth = 0): string[] {
    if (depth > 50) return [cls];
    const isa = this.globals.get(`@${cls}::ISA`);
    return [cls, ...(isa instanceof PerlArray ? isa.items.flatMap((p) => this.parents(text(p), depth + 1)) : [])];
  }

  findMethod(cls: string, name: string): Code | undefined {
    for (const p of this.parents(cls)) {
      const code = this.globals.get(`&${p}::${name}`);
      if (code instanceof Code) return code;
    }
    const universal = /^IO::/.test(cls) ? this.globals.get(`&IO::Handle::${name}`) : undefined;
    return universal instanceof Code ? universal : undefined;
  }

  *builtin(node: NodeOf<'builtin'>, scope: Scope, want: 'list' | 'scalar'): Steps<Value[]> {
    const run = this.builtins.get(node.name);
    if (!run) {
      this.gap(node.name);
      return this.die(`The ${node.name} function is unimplemented`);
    }
    const result = yield* run(this, node, [], want, scope);
    return Array.isArray(result) ? result : [result];
  }

  *eval(body: Node, scope: Scope, want: 'list' | 'scalar'): Steps<Value[]> {
    const error = this.scalar_('@');
    const depth = this.callers.length;
    const pack = this.package;
    try {
      const result = yield* this.block(body, scope, want);
      error.value = '';
      return result;
    } catch (thrown) {
      const died = this.asDied(thrown);
      this.callers.length = depth;
      this.package = pack;
      error.value = died.value;
      return want === 'list' ? [] : [undefined];
    }
  }

  /** What eval catches: anything else is thrown on. */
  asDied(thrown: unknown): Died {
    if (thrown instanceof Died) return thrown;
    if (thrown instanceof RangeError && /call stack/.test(thrown.message)) throw new OutOfMemory();
    throw thrown;
  }

  /** Compiles and runs source: for `eval` of a string, `do` and `require` of a file. */
  *source(source: string, file: string, scope: Scope, want: 'list' | 'scalar'): Steps<Value[]> {
    const turn = this.process.step(source.length >> 1);
    if (turn) yield turn;
    let body: Node[];
    const parser = new Parser(source, file);
    for (const key of this.globals.keys())
      if (key.startsWith('&')) parser.subs.add(key.slice(key.lastIndexOf('::') + 2));
    try {
      body = parser.program();
    } catch (error) {
      if (!(error instanceof PerlSyntaxError)) throw error;
      throw new Died(
        / line \d+/.test(error.message)
          ? `${error.message}\n`
          : `${error.message} at ${file} line ${parser.scan.line}.\n`,
      );
    }
    this.declare(body, scope);
    return yield* this.run(body, scope, want);
  }

  // Loops

  *while(node: NodeOf<'while'>, outer: Scope): Steps<void> {
    const scope = new Scope(outer);
    if (node.init) yield* this.scalar(node.init, scope);
    if (!node.test && node.post) {
      yield* this.#once(node, scope);
      return;
    }
    const test = node.test ? readsLine(node.test) : undefined;
    let first = Boolean(node.post && node.label === 'do while');
    for (;;) {
      const turn = this.process.step(2);
      if (turn) yield turn;
      if (!first && test && truth(yield* this.scalar(test, scope)) === node.until) return;
      first = false;
      if (
        !(yield* this.#turn(node.label, () =>
          node.body.type === 'block' ? this.block(node.body, scope) : this.#one(node.body, scope),
        ))
      )
        return;
      if (node.next) yield* this.block(node.next, scope);
      if (node.step) yield* this.scalar(node.step, scope);
    }
  }

  *#one(node: Node, scope: Scope): Steps<Value[]> {
    return [yield* this.scalar(node, scope)];
  }

  *#once(node: NodeOf<'while'>, scope: Scope): Steps<void> {
    yield* this.#turn(node.label, () => this.block(node.body, scope));
  }

  /** One round; false: the loop is left. */
  *#turn(label: string | undefined, body: () => Steps<unknown>): Steps<boolean> {
    for (;;) {
      try {
        yield* body();
        return true;
      } catch (error) {
        if (!(error instanceof Leaving) || (error.label !== undefined && error.label !== label)) throw error;
        if (error.kind === 'redo') continue;
        return error.kind === 'next';
      }
    }
  }

  *foreach(node: NodeOf<'foreach'>, outer: Scope): Steps<void> {
    const scope = new Scope(outer);
    const source = node.list.type === 'list' && node.list.items.length === 1 ? node.list.items[0]! : node.list;
    // The variable is an alias of the element: what is assigned to it goes back into the array.
    const alias =
      source.type === 'array' || (source.type === 'deref' && source.sigil === '@')
        ? yield* this.array(source, scope)
        : undefined;
    const values = alias ? alias.items : yield* this.list(node.list, scope);
    const variable = node.variable?.type === 'my' ? node.variable.targets[0]! : node.variable;
    const name = variable?.type === 'scalar' ? variable.name : '_';
    const lexical = node.variable?.type === 'my' || scope.find(`$${name}`) !== undefined;
    const key = `$${this.#qualified(name)}`;
    const old = this.globals.get(key);
    try {
      for (let i = 0; i < values.length; i++) {
        const turn = this.process.step(2);
        if (turn) yield turn;
        const cell = new Cell(values[i]);
        const inner = new Scope(scope);
        if (lexical) inner.names.set(`$${name}`, cell);
        else this.globals.set(key, cell);
        const go = yield* this.#turn(node.label, () =>
          node.body.type === 'block' ? this.block(node.body, inner) : this.#one(node.body, inner),
        );
        if (alias && cell.value !== values[i]) alias.items[i] = cell.value;
        if (!go) return;
      }
    } finally {
      if (!lexical) {
        if (old) this.globals.set(key, old);
        else this.globals.delete(key);
      }
    }
  }

  /** Runs a block (of map, grep, sort …) with `$_` set; what it is afterwards. */
  *withTopic<T>(value: Value, run: () => Steps<T>): Steps<[T, Value]> {
    const old = this.globals.get('$main::_');
    const cell = new Cell(value);
    this.globals.set('$main::_', cell);
    try {
      return [yield* run(), cell.value];
    } finally {
      if (old) this.globals.set('$main::_', old);
      else this.globals.delete('$main::_');
    }
  }

  // Patterns

  *compiled(parts: readonly Part[], flags: string, scope: Scope): Steps<Pattern> {
    if (parts.length === 1 && typeof parts[0] !== 'string') {
      const [only] = parts;
      const value = only && 'scalar' in only ? yield* this.scalar(only.scalar, scope) : undefined;
      if (value instanceof Ref && value.target instanceof Pattern && !/[imsx]/.test(flags)) return value.target;
    }
    let source = '';
    for (const p of parts) {
      if (typeof p === 'string') source += p;
      else if ('scalar' in p) source += text(yield* this.scalar(p.scalar, scope));
      else source += (yield* this.list(p.list, scope)).map(text).join(' ');
    }
    return this.pattern(source, flags);
  }

  pattern(source: string, flags: string): Pattern {
    const letters = flags.replace(/[^imsx]/g, '');
    const key = `${letters}/${source}`;
    let made = this.#patterns.get(key);
    if (!made) {
      try {
        made = new Pattern(
          source,
          letters,
          compile(source, {
            ignoreCase: letters.includes('i'),
            multiline: letters.includes('m'),
            dotAll: letters.includes('s'),
            extended: letters.includes('x'),
          }),
        );
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        return this.die(patternMessage(error, source));
      }
      if (this.#patterns.size > 500) this.#patterns.clear();
      this.#patterns.set(key, made);
    }
    return made;
  }

  *search(pattern: Pattern, subject: string, from: number): Steps<Positions | null> {
    const running = new Search(pattern.program, subject, from);
    for (;;) {
      const result = running.run(4000);
      const turn = this.process.step(result === undefined ? 200 : 2);
      if (turn) yield turn;
      if (result === undefined) continue;
      if (result) this.match = { text: subject, positions: result, names: pattern.program.names };
      return result;
    }
  }

  *#subject(node: { target?: Node | undefined; line: number }, scope: Scope): Steps<string> {
    return text(yield* this.scalar(node.target ?? { type: 'scalar', name: '_', line: node.line }, scope));
  }

  *matchOnce(node: NodeOf<'match'>, scope: Scope): Steps<boolean> {
    const pattern = yield* this.compiled(node.pattern, node.flags, scope);
    const subject = yield* this.#subject(node, scope);
    let from = 0;
    const target = node.target ?? ({ type: 'scalar', name: '_', line: node.line } as const);
    // What is no variable keeps its position at its place in the program.
    const cell: object | undefined = !node.flags.includes('g')
      ? undefined
      : target.type === 'scalar'
        ? this.#cell(target.name, scope)
        : target;
    if (cell) from = this.#positions.get(cell) ?? 0;
    if (from > subject.length) from = 0;
    const found = yield* this.search(pattern, subject, from);
    if (cell) {
      if (found) this.#positions.set(cell, found[1] === found[0] ? found[1]! + 1 : found[1]!);
      else this.#positions.delete(cell);
    }
    return (found !== null) !== node.negative;
  }

  /** pos() */
  position(name: string, scope: Scope): number | undefined {
    return this.#positions.get(this.#cell(name, scope));
  }

  *matchList(node: NodeOf<'match'>, scope: Scope): Steps<Value[]> {
    if (node.negative) return [(yield* this.matchOnce(node, scope)) ? 1 : ''];
    const pattern = yield* this.compiled(node.pattern, node.flags, scope);
    const subject = yield* this.#subject(node, scope);
    const { groups } = pattern.program;
    if (!node.flags.includes('g')) {
      const found = yield* this.search(pattern, subject, 0);
      if (!found) return [];
      return groups === 0 ? [1] : Array.from({ length: groups }, (_, i) => group(this.match!, i + 1));
    }
    const all: Value[] = [];
    for (let at = 0; at <= subject.length; ) {
      const found = yield* this.search(pattern, subject, at);
      if (!found) break;
      if (groups === 0) all.push(group(this.match!, 0));
      else for (let i = 1; i <= groups; i++) all.push(group(this.match!, i));
      this.charge(32);
      at = found[1] === found[0] ? found[1]! + 1 : found[1]!;
    }
    return all;
  }

  *substitute(node: NodeOf<'substitute'>, scope: Scope): Steps<Value> {
    const pattern = yield* this.compiled(node.pattern, node.flags, scope);
    const place = yield* this.place_(node.target ?? { type: 'scalar', name: '_', line: node.line }, scope);
    const subject = text(place.get());
    let result = '';
    let at = 0;
    let count = 0;
    for (let from = 0; from <= subject.length; ) {
      const found = yield* this.search(pattern, subject, from);
      if (!found) break;
      count++;
      let by: string;
      if (Array.isArray(node.by)) by = yield* this.joined(node.by, scope);
      else {
        by = text(yield* this.scalar(node.by, scope));
        if (/ee/.test(node.flags)) by = text((yield* this.source(by, '(eval 1)', new Scope(scope), 'scalar')).at(-1));
      }
      result += subject.slice(at, found[0]) + by;
      this.charge(by.length);
      at = found[1]!;
      if (!node.flags.includes('g')) break;
      from = found[1] === found[0] ? found[1]! + 1 : found[1]!;
    }
    const full = count === 0 ? subject : result + subject.slice(at);
    if (node.flags.includes('r')) return full;
    if (count > 0) place.set(full);
    return count > 0 ? (node.negative ? '' : count) : node.negative ? 1 : '';
  }

  *translate(node: NodeOf<'translate'>, scope: Scope): Steps<Value> {
    const place = yield* this.place_(node.target ?? { type: 'scalar', name: '_', line: node.line }, scope);
    const subject = text(place.get());
    const [from, to] = [characters(node.from), characters(node.to)];
    const complement = node.flags.includes('c');
    const squeeze = node.flags.includes('s');
    const remove = node.flags.includes('d');
    const targets = to.length || remove ? to : from;
    const map = new Map<string, string>();
    for (const [i, c] of from.entries())
      if (!map.has(c)) map.set(c, targets[i] ?? (remove ? '' : (targets.at(-1) ?? c)));
    let count = 0;
    let result = '';
    let last: string | undefined;
    for (const c of subject) {
      const inside = map.has(c) !== complement;
      if (!inside) {
        result += c;
        last = undefined;
        continue;
      }
      count++;
      const by = complement ? (remove ? '' : (to.at(-1) ?? c)) : map.get(c)!;
      if (squeeze && by !== '' && last === by) continue;
      result += by;
      last = by === '' ? last : by;
    }
    if (node.flags.includes('r')) return result;
    if (result !== subject) place.set(result);
    return count;
  }

  /** Drives steps to their end: calls subs and waits for promises. */
  async drive<T>(steps: Steps<T>, wait: (promise: Promise<unknown>) => Promise<unknown>): Promise<T> {
    const stack: Steps<unknown>[] = [steps];
    let value: unknown;
    let failed: { error: unknown } | undefined;
    for (;;) {
      const top = stack.at(-1)!;
      let result: IteratorResult<unknown, unknown>;
      try {
        result = failed ? top.throw(failed.error) : top.next(value);
        failed = undefined;
      } catch (error) {
        stack.pop();
        failed = { error };
        if (stack.length === 0) throw error;
        continue;
      }
      if (result.done) {
        stack.pop();
        if (stack.length === 0) return result.value as T;
        ({ value } = result);
      } else if (result.value instanceof Call) {
        stack.push(result.value.steps);
        value = undefined;
      } else
        try {
          value = await wait(Promise.resolve(result.value));
        } catch (error) {
          failed = { error };
        }
    }
  }
}

/** The machine has no more memory for it. */
export class OutOfMemory extends Error {}

const group = (m: NonNullable<Perl['match']>, i: number): Value =>
  (m.positions[i * 2] ?? -1) < 0 ? undefined : m.text.slice(m.positions[i * 2], m.positions[i * 2 + 1]);

const isList = (node: Node): boolean =>
  node.type === 'list' ||
  node.type === 'array' ||
  node.type === 'hash' ||
  node.type === 'slice' ||
  (node.type === 'deref' && (node.sigil === '@' || node.sigil === '%')) ||
  (node.type === 'my' && (node.list || isList(node.targets[0]!)));
const isPlace = (node: Node): boolean => /^(scalar|element|entry|deref|my)$/.test(node.type);

/** `while (<FH>)` and `while ($x = <FH>)` ask whether there was a line, not whether it is true. */
function readsLine(test: Node): Node {
  const { line } = test;
  const reads = (n: Node) =>
    n.type === 'readline' ||
    n.type === 'fileglob' ||
    (n.type === 'builtin' && /^(shift|each|readdir)$/.test(n.name) && n.name === 'readdir');
  const defined = (value: Node): Node => ({ type: 'builtin', name: 'defined', args: [value], line });
  if (test.type === 'list' && test.items.length === 1) return readsLine(test.items[0]!);
  if (reads(test))
    return defined({ type: 'assign', operator: '=', left: { type: 'scalar', name: '_', line }, right: test, line });
  if (test.type === 'assign' && test.operator === '=' && reads(test.right) && !isList(test.left)) return defined(test);
  return test;
}

function asBuiltin(
  node: NodeOf<'readline'> | NodeOf<'fileglob'> | NodeOf<'backtick'> | NodeOf<'test'>,
): NodeOf<'builtin'> {
  const { line } = node;
  if (node.type === 'readline')
    return {
      type: 'builtin',
      name: 'readline',
      args: typeof node.handle === 'string' ? [{ type: 'string', value: node.handle, line }] : [node.handle],
      line,
    };
  if (node.type === 'test')
    return { type: 'builtin', name: '-X', args: [{ type: 'string', value: node.letter, line }, node.value], line };
  return {
    type: 'builtin',
    name: node.type === 'backtick' ? 'backtick' : 'glob',
    args: [{ type: 'interpolated', parts: node.type === 'backtick' ? node.parts : node.pattern, line }],
    line,
  };
}

/** `++` on strings counts through letters and digits. */
export function increment(value: Value): Value {
  if (typeof value !== 'string' || value === '' || !/^[a-zA-Z]*[0-9]*$/.test(value) || /^\d+$/.test(value))
    return number(value) + 1;
  const characters = [...value];
  for (let i = characters.length - 1; i >= 0; i--) {
    const c = characters[i]!;
    if (c !== 'z' && c !== 'Z' && c !== '9') {
      characters[i] = String.fromCharCode(c.charCodeAt(0) + 1);
      return characters.join('');
    }
    characters[i] = c === 'z' ? 'a' : c === 'Z' ? 'A' : '0';
  }
  const first = value[0]!;
  return (first === '9' ? '1' : first === 'z' ? 'a' : 'A') + characters.join('');
}

/** Integers of up to 64 bits stay exact. */
function exact(operator: '+' | '-' | '*', a: number, b: number): number {
  return operator === '+' ? a + b : operator === '-' ? a - b : a * b;
}

/** The characters of one side of tr///. */
function characters(source: string): string[] {
  const plain: string[] = [];
  const escaped: boolean[] = [];
  for (let i = 0; i < source.length; i++) {
    let c = source[i]!;
    if (c === '\\') {
      const found = /^\\(?:x\{?([0-9a-fA-F]+)\}?|([0-7]{1,3})|([\s\S]))/.exec(source.slice(i, i + 10))!;
      c = found[1]
        ? String.fromCharCode(Number.parseInt(found[1], 16))
        : found[2]
          ? String.fromCharCode(Number.parseInt(found[2], 8))
          : ({ n: '\n', t: '\t', r: '\r', a: '\x07', e: '\x1b', f: '\f' }[found[3]!] ?? found[3]!);
      i += found[0].length - 1;
      escaped.push(true);
    } else escaped.push(false);
    plain.push(c);
  }
  const out: string[] = [];
  for (let i = 0; i < plain.length; i++) {
    if (plain[i + 1] === '-' && !escaped[i + 1] && plain[i + 2] !== undefined) {
      for (let code = plain[i]!.charCodeAt(0); code <= plain[i + 2]!.charCodeAt(0); code++)
        out.push(String.fromCharCode(code));
      i += 2;
    } else out.push(plain[i]!);
  }
  return out;
}

/** perl's words for a malformed pattern. */
function patternMessage(error: PatternError, source: string): string {
  const mark = (message: string, at: number) =>
    `${message} in regex; marked by <-- HERE in m/${source.slice(0, at)} <-- HERE ${source.slice(at)}/`;
  if (/unterminated subpattern/.test(error.message))
    return mark(
      'Unmatched (',
      error.at + (source[error.at] === '(' ? 0 : 0) + (source[error.at] === '(' ? 1 : 0),
    ).replace(/^(.*m\/.*?)\( <-- HERE /s, '$1( <-- HERE ');
  if (/unbalanced/.test(error.message)) return mark('Unmatched )', error.at + 1);
  if (/nothing to repeat/.test(error.message)) return mark('Quantifier follows nothing', error.at + 1);
  if (/multiple repeat/.test(error.message)) return mark('Nested quantifiers', error.at + 1);
  if (/unterminated character set/.test(error.message))
    return mark('Unmatched [', error.at + 1).replace(
      `${source.slice(0, error.at)}[ <-- HERE `,
      `${source.slice(0, error.at)}[ <-- HERE `,
    );
  return mark(error.message, error.at);
}
