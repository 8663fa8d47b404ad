// Perl's values: undef, strings of bytes and numbers are JavaScript's undefined, string and number; references are objects.
import type { Bytes } from '../../machine/machine.ts';
import type { Program } from '../regex/parse.ts';
import type { Node } from './tree.ts';

export type Value = undefined | string | number | Ref;

/** Work that may have to wait: yields promises and `Call`s. */
export type Steps<T> = Generator<unknown, T, unknown>;

/** A call on its way to the driver, which keeps the stack of calls itself. */
export class Call {
  readonly steps: Steps<Value[]>;
  constructor(steps: Steps<Value[]>) {
    this.steps = steps;
  }
}

/** Anything that can be referred to, and blessed. */
export abstract class Referent {
  blessed?: string;
  identity = 0;
}

export class Cell extends Referent {
  value: Value;
  constructor(value?: Value) {
    super();
    this.value = value;
  }
}
export class PerlArray extends Referent {
  items: Value[];
  constructor(items: Value[] = []) {
    super();
    this.items = items;
  }
}
export class PerlHash extends Referent {
  readonly map = new Map<string, Value>();
  /** Where `each` stands. */
  walk?: Iterator<[string, Value]> | undefined;
}
/** A subroutine: Perl's with its surroundings, or ours. */
export class Code extends Referent {
  readonly name: string;
  readonly body?: Node;
  readonly scope?: Scope;
  readonly native?: (args: Value[], wantList: boolean) => Steps<Value[]> | Value[] | Value;
  readonly home: string;
  constructor(name: string, home: string, body?: Node, scope?: Scope, native?: Code['native']) {
    super();
    this.name = name;
    this.home = home;
    if (body) this.body = body;
    if (scope) this.scope = scope;
    if (native) this.native = native;
  }
}
export class Pattern extends Referent {
  readonly source: string;
  readonly flags: string;
  readonly program: Program;
  constructor(source: string, flags: string, program: Program) {
    super();
    this.blessed = 'Regexp';
    this.source = source;
    this.flags = flags;
    this.program = program;
  }
}

/** A file, pipe, socket, directory or string that is read or written. */
export class Handle extends Referent {
  readonly name: string;
  descriptor = -1;
  readable = false;
  writable = false;
  /** Bytes read ahead. */
  buffer: Bytes = '';
  /** Bytes not handed on. */
  pending: Bytes = '';
  ended = false;
  /** Lines read so far: `$.`. */
  lines = 0;
  autoflush = false;
  utf8 = false;
  /** Entries of a directory. */
  entries?: string[] | undefined;
  /** A string in the place of a file. */
  memory?: Cell | undefined;
  /** A process at the other end of a pipe. */
  child?: import('../../machine/machine.ts').Process | undefined;
  /** A socket that is not connected yet: `tcp` or `udp`. */
  socket?: 'tcp' | 'udp' | undefined;
  peer?: { host: string; port: number } | undefined;
  constructor(name: string) {
    super();
    this.name = name;
  }

  get open(): boolean {
    return this.descriptor >= 0 || this.memory !== undefined || this.entries !== undefined;
  }
}

export class Ref {
  readonly target: Referent;
  constructor(target: Referent) {
    this.target = target;
  }
}

/** Lexical variables by sigil and name. */
export class Scope {
  readonly names = new Map<string, Cell | PerlArray | PerlHash>();
  readonly parent: Scope | undefined;
  constructor(parent?: Scope) {
    this.parent = parent;
  }

  find(name: string): Cell | PerlArray | PerlHash | undefined {
    for (let s: Scope | undefined = this; s; s = s.parent) {
      const found = s.names.get(name);
      if (found) return found;
    }
    return undefined;
  }
}

/** die: a value on its way to an eval. */
export class Died {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}
/** next, last, redo on their way to their loop. */
export class Leaving {
  readonly kind: 'next' | 'last' | 'redo';
  readonly label: string | undefined;
  constructor(kind: Leaving['kind'], label?: string) {
    this.kind = kind;
    this.label = label;
  }
}
/** return on its way to the call. */
export class Returning {
  readonly values: Value[];
  constructor(values: Value[]) {
    this.values = values;
  }
}
/** exit on its way out. */
export class Exiting {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

let latest = 0;
const KINDS: readonly [new (...args: never[]) => Referent, string][] = [
  [PerlArray, 'ARRAY'],
  [PerlHash, 'HASH'],
  [Code, 'CODE'],
  [Handle, 'GLOB'],
  [Pattern, 'Regexp'],
];
/** ARRAY, HASH, CODE … */
export function kindOf(target: Referent): string {
  for (const [cls, kind] of KINDS) if (target instanceof cls) return kind;
  return target instanceof Cell && target.value instanceof Ref ? 'REF' : 'SCALAR';
}

/** The text of a number: 15 significant digits, integers in full. */
export function numberText(n: number): string {
  if (Number.isInteger(n) && Math.abs(n) < 1e18) return Object.is(n, -0) ? '0' : BigInt(n).toString();
  if (Number.isNaN(n)) return 'NaN';
  if (!Number.isFinite(n)) return n < 0 ? '-Inf' : 'Inf';
  const text = n.toPrecision(15);
  if (!text.includes('e')) {
    const exponent = Math.floor(Math.log10(Math.abs(n)));
    if (exponent < -4) return scientific(n);
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  }
  return scientific(n);
}
function scientific(n: number): string {
  const [mantissa = '', exponent = ''] = n.toExponential(14).split('e');
  return `${mantissa.replace(/\.?0+$/, '')}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

export function text(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (typeof value === 'number') return numberText(value);
  const { target } = value;
  if (target instanceof Pattern) return `(?^${target.flags.replace(/[^imsx]/g, '')}:${target.source})`;
  if (!target.identity) target.identity = ++latest;
  const kind = kindOf(target);
  const address = `${kind}(0x${(0x55d0c3a41000 + target.identity * 24).toString(16)})`;
  return target.blessed ? `${target.blessed}=${address}` : address;
}

/** The number a string begins with. */
export function number(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  if (typeof value === 'string') {
    const found = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/.exec(value);
    if (found) return Number(found[1]);
    const special = /^\s*([+-]?)(inf(?:inity)?|nan)/i.exec(value);
    if (special)
      return special[2]![0]!.toLowerCase() === 'n'
        ? Number.NaN
        : special[1] === '-'
          ? Number.NEGATIVE_INFINITY
          : Number.POSITIVE_INFINITY;
    return 0;
  }
  const { target } = value;
  if (!target.identity) target.identity = ++latest;
  return 0x55d0c3a41000 + target.identity * 24;
}

export const truth = (value: Value): boolean => value !== undefined && value !== '' && value !== '0' && value !== 0;
