// Evaluates bc's statements: variables, arrays, functions with dynamic scope, and the three special registers.
import type { Process } from '../../machine/machine.ts';
import {
  add,
  compare,
  type Decimal,
  divide,
  integer,
  isZero,
  lengthOf,
  MathError,
  modulo,
  multiply,
  negate,
  ONE,
  parse,
  print,
  raise,
  rescale,
  squareRoot,
  subtract,
  ZERO,
} from './decimal.ts';
import type { Expression, Parameter, Place, Statement } from './parse.ts';

/** Something that goes wrong while a statement runs: bc says so and goes on with the next line. */
export class RuntimeFault extends Error {
  /** The function it happened in. */
  readonly within: string;
  /** Where in the line's code, as bc counts. */
  address = 3;
  constructor(message: string, within: string) {
    super(message);
    this.within = within;
  }
}

/** halt and quit. */
export class Halted extends Error {}

type Flow = 'break' | 'continue' | { returned: Decimal } | undefined;
interface Definition {
  parameters: Parameter[];
  autos: Parameter[];
  body: Statement[];
}

const DEEPEST_CALL = 300;
const LARGEST_INDEX = 16_777_215;

export class Runner {
  scale = 0;
  #ibase = 10;
  #obase = 10;
  #last: Decimal = ZERO;
  readonly #process: Process;
  readonly #put: (text: string) => void | Promise<void>;
  readonly #numbers = new Map<string, Decimal>();
  #arrays = new Map<string, Map<number, Decimal>>();
  readonly #functions = new Map<string, Definition>();
  readonly #stack: string[] = [];
  #failing: Expression | undefined;
  /** Characters on the line so far: long numbers are broken before column 70. */
  #column = 0;

  constructor(process: Process, put: (text: string) => void | Promise<void>) {
    this.#process = process;
    this.#put = put;
  }

  async run(statements: readonly Statement[]): Promise<void> {
    let before = 0;
    for (const statement of statements) {
      this.#failing = undefined;
      try {
        await this.#statement(statement);
      } catch (error) {
        if (error instanceof RuntimeFault && statement.kind === 'expression')
          error.address = before + (this.#failing ? (endOf(statement.value, this.#failing) ?? 0) : 0);
        throw error;
      }
      if (statement.kind === 'expression') before += codeSize(statement.value) + 1;
    }
  }

  #fault(message: string, at?: Expression): never {
    if (this.#stack.length === 0) this.#failing = at;
    throw new RuntimeFault(message, this.#stack.at(-1) ?? '(main)');
  }

  async #emit(text: string): Promise<void> {
    const end = text.lastIndexOf('\n');
    this.#column = end < 0 ? this.#column + text.length : text.length - end - 1;
    await this.#put(text);
  }

  /** A number, broken with a backslash where the line gets longer than BC_LINE_LENGTH. */
  async #number(value: Decimal): Promise<void> {
    const text = print(value, this.#obase);
    const wanted = this.#process.environment.get('BC_LINE_LENGTH');
    const width = wanted === undefined ? 69 : wanted === '0' ? 0 : Math.max(3, Number(wanted) || 70) - 1;
    let out = '';
    for (const c of text) {
      if (width && this.#column >= width - 1) {
        out += '\\\n';
        this.#column = 0;
      }
      out += c;
      this.#column++;
    }
    await this.#put(out);
  }

  async #statement(statement: Statement): Promise<Flow> {
    const turn = this.#process.step(2);
    if (turn) await turn;
    switch (statement.kind) {
      case 'expression': {
        const value = await this.#value(statement.value);
        if (statement.value.kind === 'assign') return undefined;
        this.#last = value;
        await this.#number(value);
        await this.#emit('\n');
        return undefined;
      }
      case 'string':
        await this.#emit(statement.text);
        return undefined;
      case 'print':
        for (const item of statement.items) {
          if (item.kind === 'text') await this.#emit(unescape(item.text));
          else {
            this.#last = await this.#value(item);
            await this.#number(this.#last);
          }
        }
        return undefined;
      case 'block':
        for (const inner of statement.body) {
          const flow = await this.#statement(inner);
          if (flow) return flow;
        }
        return undefined;
      case 'if':
        if (!isZero(await this.#value(statement.test))) return this.#statement(statement.then);
        return statement.otherwise && this.#statement(statement.otherwise);
      case 'while':
        while (!isZero(await this.#value(statement.test))) {
          const flow = await this.#statement(statement.body);
          if (flow === 'break') break;
          if (typeof flow === 'object') return flow;
        }
        return undefined;
      case 'for':
        if (statement.first) await this.#value(statement.first);
        while (!statement.test || !isZero(await this.#value(statement.test))) {
          const flow = await this.#statement(statement.body);
          if (flow === 'break') break;
          if (typeof flow === 'object') return flow;
          if (statement.step) await this.#value(statement.step);
        }
        return undefined;
      case 'return':
        return { returned: statement.value ? await this.#value(statement.value) : ZERO };
      case 'break':
      case 'continue':
        return statement.kind;
      case 'halt':
      case 'quit':
        throw new Halted();
      case 'limits':
        await this.#emit(
          'BC_BASE_MAX     = 2147483647\nBC_DIM_MAX      = 16777215\nBC_SCALE_MAX    = 2147483647\nBC_STRING_MAX   = 2147483647\nMAX Exponent    = 9223372036854775807\nNumber of vars  = 32767\n',
        );
        return undefined;
      case 'warranty':
        await this.#emit(
          '\nbc 1.07.1\nCopyright 1991-1994, 1997, 1998, 2000, 2004, 2006, 2008, 2012-2017 Free Software Foundation, Inc.\n',
        );
        return undefined;
      case 'define':
        this.#functions.set(statement.name, statement);
        return undefined;
      default:
        return undefined;
    }
  }

  async #value(expression: Expression): Promise<Decimal> {
    const turn = this.#process.step(1);
    if (turn) await turn;
    try {
      return await this.#evaluate(expression);
    } catch (error) {
      if (error instanceof MathError) this.#fault(error.message, expression);
      throw error;
    }
  }

  async #evaluate(expression: Expression): Promise<Decimal> {
    switch (expression.kind) {
      case 'number':
        return parse(expression.text, this.#ibase);
      case 'group':
        return this.#value(expression.inner);
      case 'name':
      case 'element':
        return this.#get(expression);
      case 'unary': {
        const value = await this.#value(expression.operand);
        return expression.operator === '-' ? negate(value) : isZero(value) ? ONE : ZERO;
      }
      case 'binary':
        return this.#binary(expression.operator, expression.left, expression.right);
      case 'assign': {
        const { operator, target } = expression;
        const right = await this.#value(expression.value);
        const value = operator === '=' ? right : this.#arithmetic(operator[0]!, await this.#get(target), right);
        await this.#set(target, value);
        return value;
      }
      case 'step': {
        const before = await this.#get(expression.target);
        const after = add(before, integer(expression.by));
        await this.#set(expression.target, after);
        return expression.prefix ? after : before;
      }
      case 'builtin': {
        const value = expression.arg ? await this.#value(expression.arg) : ZERO;
        if (expression.name === 'length') return integer(lengthOf(value));
        if (expression.name === 'scale') return integer(value.scale);
        if (expression.name === 'sqrt') return squareRoot(value, this.scale);
        return ZERO;
      }
      case 'call':
        return this.#call(expression);
    }
  }

  async #binary(operator: string, left: Expression, right: Expression): Promise<Decimal> {
    const a = await this.#value(left);
    const b = await this.#value(right);
    const truth = (yes: boolean) => (yes ? ONE : ZERO);
    switch (operator) {
      case '||':
        return truth(!isZero(a) || !isZero(b));
      case '&&':
        return truth(!isZero(a) && !isZero(b));
      case '==':
        return truth(compare(a, b) === 0);
      case '!=':
        return truth(compare(a, b) !== 0);
      case '<':
        return truth(compare(a, b) < 0);
      case '>':
        return truth(compare(a, b) > 0);
      case '<=':
        return truth(compare(a, b) <= 0);
      case '>=':
        return truth(compare(a, b) >= 0);
      default:
        return this.#arithmetic(operator, a, b);
    }
  }

  #arithmetic(operator: string, a: Decimal, b: Decimal): Decimal {
    switch (operator) {
      case '+':
        return add(a, b);
      case '-':
        return subtract(a, b);
      case '*':
        return multiply(a, b, this.scale);
      case '/':
        return divide(a, b, this.scale);
      case '%':
        return modulo(a, b, this.scale);
      default:
        return raise(a, b, this.scale);
    }
  }

  async #index(place: Extract<Place, { kind: 'element' }>): Promise<number> {
    const at = Number(rescale(await this.#value(place.index), 0).digits);
    if (at < 0 || at > LARGEST_INDEX) this.#fault(`Array ${place.name} subscript out of bounds.`);
    return at;
  }

  async #get(place: Place): Promise<Decimal> {
    if (place.kind === 'element') return this.#arrays.get(place.name)?.get(await this.#index(place)) ?? ZERO;
    switch (place.name) {
      case 'scale':
        return integer(this.scale);
      case 'ibase':
        return integer(this.#ibase);
      case 'obase':
        return integer(this.#obase);
      case 'last':
        return this.#last;
      default:
        return this.#numbers.get(place.name) ?? ZERO;
    }
  }

  async #set(place: Place, value: Decimal): Promise<void> {
    if (place.kind === 'element') {
      let array = this.#arrays.get(place.name);
      if (!array) this.#arrays.set(place.name, (array = new Map()));
      array.set(await this.#index(place), value);
      if (array.size > 100_000) this.#fault('out of memory');
      return;
    }
    const number = Number(rescale(value, 0).digits);
    const bounded = (low: number, high: number) => Math.max(low, Math.min(high, number));
    if (place.name === 'scale') this.scale = bounded(0, 10_000);
    else if (place.name === 'ibase') this.#ibase = bounded(2, 36);
    else if (place.name === 'obase') this.#obase = bounded(2, 2 ** 31 - 1);
    else if (place.name === 'last') this.#last = value;
    else this.#numbers.set(place.name, value);
  }

  async #call(call: Extract<Expression, { kind: 'call' }>): Promise<Decimal> {
    const { name, args } = call;
    const definition = this.#functions.get(name);
    if (!definition) return this.#fault(`Function ${name} not defined.`, call);
    if (definition.parameters.length !== args.length) this.#fault('Parameter number mismatch');
    if (this.#stack.length >= DEEPEST_CALL) this.#fault('out of memory');
    const values: (Decimal | Map<number, Decimal>)[] = [];
    for (const arg of args)
      values.push(arg.kind === 'array' ? new Map(this.#arrays.get(arg.name)) : await this.#value(arg));
    const hidden = [...definition.parameters, ...definition.autos].map(({ name: local, array }, i) => {
      const before = array ? this.#arrays.get(local) : this.#numbers.get(local);
      const value = values[i];
      if (array) this.#arrays.set(local, value instanceof Map ? value : new Map());
      else this.#numbers.set(local, value === undefined || value instanceof Map ? ZERO : value);
      return { local, before, array };
    });
    this.#stack.push(name);
    try {
      for (const statement of definition.body) {
        const flow = await this.#statement(statement);
        if (typeof flow === 'object') return flow.returned;
      }
      return ZERO;
    } finally {
      this.#stack.pop();
      for (const { local, before, array } of hidden.toReversed()) {
        if (array) {
          if (before instanceof Map) this.#arrays.set(local, before);
          else this.#arrays.delete(local);
        } else if (before !== undefined && !(before instanceof Map)) this.#numbers.set(local, before);
        else this.#numbers.delete(local);
      }
    }
  }
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  q: '"',
  r: '\r',
  t: '\t',
  '\\': '\\',
  e: '\\',
};

const unescape = (text: string) => text.replace(/\\(.)/gs, (all, c) => ESCAPES[c] ?? all);

/** Bytes of code bc makes of an expression: `0` and `1` are one, other numbers stand in it as text. */
function codeSize(e: Expression): number {
  switch (e.kind) {
    case 'number':
      return e.text === '0' || e.text === '1' ? 1 : e.text.length + 2;
    case 'name':
      return 2;
    case 'element':
      return codeSize(e.index) + 2;
    case 'group':
      return codeSize(e.inner);
    case 'unary':
      return codeSize(e.operand) + 1;
    case 'binary':
      return codeSize(e.left) + codeSize(e.right) + 1;
    case 'assign':
      return codeSize(e.value) + (e.operator === '=' ? 3 : 5);
    case 'step':
      return 5;
    case 'builtin':
      return (e.arg ? codeSize(e.arg) : 0) + 2;
    case 'call':
      return e.args.reduce((sum, arg) => sum + (arg.kind === 'array' ? 2 : codeSize(arg)), 0) + 2;
  }
}

/** Bytes of code up to the end of `part` within `whole`. */
function endOf(whole: Expression, part: Expression): number | undefined {
  if (whole === part) return codeSize(whole);
  const children: Expression[] =
    whole.kind === 'binary'
      ? [whole.left, whole.right]
      : whole.kind === 'group'
        ? [whole.inner]
        : whole.kind === 'unary'
          ? [whole.operand]
          : whole.kind === 'assign'
            ? [whole.value]
            : whole.kind === 'builtin' && whole.arg
              ? [whole.arg]
              : whole.kind === 'call'
                ? whole.args.filter((arg) => arg.kind !== 'array')
                : [];
  let before = 0;
  for (const child of children) {
    const end = endOf(child, part);
    if (end !== undefined) return before + end;
    before += codeSize(child);
  }
  return undefined;
}
