// The evaluator of awk programs: values, fields, input and output. A generator yields what has to be awaited.

import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';
import { owe } from '../../machine/work.ts';
import { errnoOf, reason } from '../failure.ts';
import { formatFloat, formatInteger, pad } from '../format.ts';
import { Input } from '../input.ts';
import { compilePattern, type Pattern, PatternError } from '../pattern.ts';
import { SIGNALS, startCommand } from '../run-command.ts';
import { breakDown, strftime, zoneOf } from '../strftime.ts';
import { type Node, type Program, type Statement, unescapeString } from './syntax.ts';

/** A fault of the program or its surroundings, in mawk's words without the program's name. */
export class RunError extends Error {}

/** A text from outside that counts as a number where it looks like one. An unset variable is the empty one. */
class Loose {
  readonly text: Bytes;
  constructor(text: Bytes) {
    this.text = text;
  }
}

type Value = number | Bytes | Loose;
type Work<T> = Generator<unknown, T, unknown>;
type Table = Map<Bytes, Value>;

const UNSET = new Loose('');
/** The largest integer mawk keeps as one. */
const MAX_INT = 2 ** 31 - 1;
/** Cells, strings and calls beyond these end the program as a lack of memory would. */
const LARGEST = 32 << 20;
const DEEPEST = 500;

class Jump {
  readonly kind: 'next' | 'nextfile' | 'break' | 'continue' | 'exit' | 'return';
  readonly value: Value;
  constructor(kind: Jump['kind'], value: Value = UNSET) {
    this.kind = kind;
    this.value = value;
  }
}

const numeric = (text: Bytes): boolean =>
  /^[ \t\n]*[-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?)[ \t\n]*$/.test(text);
const leading = (text: Bytes): number => {
  const hex = /^[ \t\n]*([-+]?)(0[xX][0-9a-fA-F]+)/.exec(text);
  if (hex) return Number(hex[2]) * (hex[1] === '-' ? -1 : 1);
  const special = /^[ \t\n]*([-+]?)(inf|nan)/i.exec(text);
  if (special)
    return /i/i.test(special[2]![0]!)
      ? special[1] === '-'
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
      : Number.NaN;
  return plainNumber(text);
};
const plainNumber = (text: Bytes): number =>
  Number(/^[ \t\n\r\f\v]*([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?))/.exec(text)?.[1] ?? 0);
const toNumber = (v: Value): number => (typeof v === 'number' ? v : leading(typeof v === 'string' ? v : v.text));

interface Output {
  descriptor: number;
  text: Bytes;
  child?: Process;
}

export class Evaluator {
  readonly #process: Process;
  readonly #program: Program;
  readonly #variables = new Map<string, Value>();
  readonly #arrays = new Map<string, Table>();
  readonly #frames: Map<string, Value | Table>[] = [];
  readonly #patterns = new Map<string, Pattern>();
  readonly #outputs = new Map<string, Output>();
  readonly #inputs = new Map<string, { input: Input; child?: Process }>();
  #out = '';
  #fields: Value[] = [];
  #record: Value = UNSET;
  #split = true;
  #recordBuilt = true;
  #main: Input | undefined;
  #argument = 1;
  #seed = 0;
  #previousSeed = 0;

  constructor(
    process: Process,
    name: string,
    program: Program,
    operands: readonly Bytes[],
    assignments: readonly Bytes[],
  ) {
    this.#process = process;
    this.#program = program;
    const set = (key: string, value: Value) => this.#variables.set(key, value);
    set('FS', ' ');
    set('OFS', ' ');
    set('ORS', '\n');
    set('RS', '\n');
    set('NR', 0);
    set('NF', 0);
    set('FNR', 0);
    set('SUBSEP', '\x1c');
    set('CONVFMT', '%.6g');
    set('OFMT', '%.6g');
    set('RSTART', 0);
    set('RLENGTH', -1);
    set('FILENAME', UNSET);
    this.#arrays.set('ENVIRON', new Map([...process.environment].map(([k, v]) => [k, new Loose(v)])));
    this.#arrays.set('ARGV', new Map([name, ...operands].map((v, i) => [String(i), new Loose(v)])));
    set('ARGC', operands.length + 1);
    this.#previousSeed = this.#seed = Math.floor(process.machine.random() * 2 ** 31);
    for (const assignment of assignments) this.#assignText(assignment);
  }

  #assignText(text: Bytes): void {
    const at = text.indexOf('=');
    this.#setVariable(text.slice(0, at), new Loose(unescapeString(text.slice(at + 1))));
  }

  /** The exit status. */
  async run(): Promise<number> {
    let status = 0;
    const { rules } = this.#program;
    try {
      try {
        for (const rule of rules) if (rule.kind === 'begin') await this.#drive(this.#statement(rule.body!));
        if (rules.some((r) => r.kind !== 'begin')) await this.#records();
      } catch (jump) {
        if (!(jump instanceof Jump) || jump.kind !== 'exit') throw jump;
        if (jump.value !== UNSET) status = Math.trunc(toNumber(jump.value)) & 255;
      }
      try {
        for (const rule of rules) if (rule.kind === 'end') await this.#drive(this.#statement(rule.body!));
      } catch (jump) {
        if (!(jump instanceof Jump) || jump.kind !== 'exit') throw jump;
        if (jump.value !== UNSET) status = Math.trunc(toNumber(jump.value)) & 255;
      }
    } finally {
      await this.#flush();
      for (const key of [...this.#outputs.keys()]) await this.#close(key);
    }
    return status;
  }

  async #drive<T>(work: Work<T>): Promise<T> {
    for (let sent: unknown; ; ) {
      const { done, value } = work.next(sent);
      if (done) return value as T;
      try {
        sent = await value;
      } catch (error) {
        sent = undefined;
        const thrown = work.throw(error);
        if (thrown.done) return thrown.value as T;
        sent = await thrown.value;
      }
    }
  }

  async #records(): Promise<void> {
    const rules = this.#program.rules.filter((r) => r.kind === 'main');
    let count = 0;
    while (await this.#nextRecord()) {
      try {
        for (const rule of rules) {
          if (rule.until) {
            if (!rule.active && !this.#truth(await this.#drive(this.#value(rule.test!)))) continue;
            rule.active = !this.#truth(await this.#drive(this.#value(rule.until)));
          } else if (rule.test && !this.#truth(await this.#drive(this.#value(rule.test)))) continue;
          if (rule.body) await this.#drive(this.#statement(rule.body));
          else this.#print(this.#recordText() + this.#text(this.#variables.get('ORS')!));
        }
      } catch (jump) {
        if (!(jump instanceof Jump) || (jump.kind !== 'next' && jump.kind !== 'nextfile')) throw jump;
        if (jump.kind === 'nextfile') {
          this.#main?.close();
          this.#main = undefined;
        }
      }
      if ((++count & 31) === 0 || this.#out.length > 32768) {
        const turn = this.#process.step(64);
        if (turn) await turn;
        if (this.#out.length > 32768) await this.#flush();
      }
      // What a person typed gets its answer before the next line is read.
      if (this.#main?.nextWaits && this.#out !== '') await this.#flush();
    }
  }

  /** The next record of the main input into $0; false at its end. */
  async #nextRecord(): Promise<boolean> {
    const text = await this.#nextMain();
    if (text === undefined) return false;
    this.#setRecord(new Loose(text));
    return true;
  }

  async #nextMain(): Promise<Bytes | undefined> {
    for (;;) {
      if (!this.#main && !(await this.#openMain())) return undefined;
      const text = await this.#readRecord(this.#main!);
      if (text !== undefined) {
        this.#variables.set('NR', toNumber(this.#variables.get('NR')!) + 1);
        this.#variables.set('FNR', toNumber(this.#variables.get('FNR')!) + 1);
        return text;
      }
      this.#main!.close();
      this.#main = undefined;
      if (this.#usedStandardInput) return undefined;
    }
  }

  #usedStandardInput = false;
  #sawOperand = false;

  async #openMain(): Promise<boolean> {
    const argv = this.#arrays.get('ARGV')!;
    while (this.#argument < toNumber(this.#variables.get('ARGC')!)) {
      const operand = this.#text(argv.get(String(this.#argument++)) ?? UNSET);
      if (operand === '') continue;
      if (/^[A-Za-z_]\w*=/.test(operand)) {
        this.#assignText(operand);
        continue;
      }
      this.#sawOperand = true;
      this.#variables.set('FILENAME', operand);
      this.#variables.set('FNR', 0);
      try {
        this.#main = new Input(
          this.#process,
          operand === '-' || operand === '/dev/stdin' ? 0 : this.#process.open(operand, { read: true }),
        );
      } catch (error) {
        const words = reason(error);
        throw new RunError(`cannot open ${operand} (${words})`);
      }
      return true;
    }
    if (this.#sawOperand || this.#usedStandardInput) return false;
    this.#usedStandardInput = true;
    this.#main = new Input(this.#process, 0);
    return true;
  }

  async #readRecord(input: Input): Promise<Bytes | undefined> {
    const separator = this.#text(this.#variables.get('RS')!);
    if (separator.length === 1) {
      input.delimiter = separator;
      return input.nextReady() ?? (await input.next());
    }
    input.delimiter = '\n';
    if (separator === '') {
      let record: Bytes | undefined;
      for (let line: Bytes | undefined; (line = input.nextReady() ?? (await input.next())) !== undefined; ) {
        if (line === '') {
          if (record !== undefined) return record;
        } else record = record === undefined ? line : `${record}\n${line}`;
      }
      return record;
    }
    // A separator that is an expression: the rest of the input is read and cut.
    let held = this.#tails.get(input);
    if (!held) {
      let text = '';
      for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
        text += chunk;
        if (text.length > LARGEST) throw new SystemError('ENOMEM');
      }
      held = { text, at: 0 };
      this.#tails.set(input, held);
    }
    if (held.at > held.text.length || (held.at === held.text.length && held.at > 0) || held.text === '')
      return undefined;
    const found = this.#pattern(separator).bounds(held.text, held.at);
    const record = found && found[1]! > found[0]! ? held.text.slice(held.at, found[0]) : held.text.slice(held.at);
    held.at = found && found[1]! > found[0]! ? found[1]! : held.text.length + 1;
    return record;
  }

  readonly #tails = new Map<Input, { text: Bytes; at: number }>();

  /** A fault at run time, with mawk's note of where it was. */
  #fault(message: string): RunError {
    const [file, fnr, nr] = ['FILENAME', 'FNR', 'NR'].map((name) => this.#text(this.#variables.get(name) ?? UNSET));
    return new RunError(`run time error: ${message}\n\tFILENAME="${file}" FNR=${fnr} NR=${nr}`);
  }

  // Values

  #text(v: Value, format = 'CONVFMT'): Bytes {
    if (typeof v === 'string') return v;
    if (typeof v !== 'number') return v.text;
    // mawk 1.3.4 shows what fits an int as one, everything else by CONVFMT or OFMT.
    if (Number.isInteger(v) && Math.abs(v) <= MAX_INT) return String(v === 0 ? 0 : v);
    if (Number.isNaN(v)) return '-nan';
    if (!Number.isFinite(v)) return v < 0 ? '-inf' : 'inf';
    return this.#format(this.#text(this.#variables.get(format)!), [v]);
  }

  #truth(v: Value): boolean {
    if (typeof v === 'number') return v !== 0;
    if (typeof v === 'string') return v !== '';
    return numeric(v.text) ? leading(v.text) !== 0 : v.text !== '';
  }

  #compare(a: Value, b: Value): number {
    const number = (v: Value) => typeof v === 'number' || (v instanceof Loose && (v === UNSET || numeric(v.text)));
    if (number(a) && number(b)) {
      const [x, y] = [toNumber(a), toNumber(b)];
      return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
    }
    const [x, y] = [this.#text(a), this.#text(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }

  #pattern(source: Bytes): Pattern {
    let pattern = this.#patterns.get(source);
    if (!pattern) {
      try {
        pattern = compilePattern(source, { extended: true, intervals: false });
      } catch (error) {
        if (error instanceof PatternError)
          throw new RunError(
            `line 1: regular expression compile failed (${/\(/.test(error.message) ? "missing ')'" : error.message})\n${source}`,
          );
        throw error;
      }
      if (this.#patterns.size > 200) this.#patterns.clear();
      this.#patterns.set(source, pattern);
    }
    return pattern;
  }

  // Fields

  #setRecord(v: Value): void {
    this.#record = v;
    this.#split = false;
    this.#recordBuilt = true;
  }

  #splitFields(): void {
    if (this.#split) return;
    this.#split = true;
    const parts = this.#cut(this.#text(this.#record), this.#text(this.#variables.get('FS')!));
    owe(parts.length >> 3);
    this.#fields = parts.map((t) => new Loose(t));
    this.#variables.set('NF', this.#fields.length);
  }

  #cut(text: Bytes, separator: Bytes): Bytes[] {
    if (text === '') return [];
    owe(text.length >> (separator === '' ? 4 : 6));
    if (separator === ' ') {
      const trimmed = text.replace(/^[ \t\n]+|[ \t\n]+$/g, '');
      return trimmed === '' ? [] : trimmed.split(/[ \t\n]+/);
    }
    const paragraphs = this.#text(this.#variables.get('RS')!) === '';
    if (separator === '') return [...text];
    if (separator.length === 1 && separator !== '\\' && !(paragraphs && separator !== '\n')) {
      if (!/[.*[\]^$+?(){}|]/.test(separator) || separator === '|') return text.split(separator);
    }
    const pattern = this.#pattern(
      paragraphs
        ? `(${separator})|\n`
        : separator.length === 1
          ? `[${separator === '^' ? '\\^' : separator}]`
          : separator,
    );
    const parts: Bytes[] = [];
    let from = 0;
    for (let at = 0; at <= text.length; ) {
      const found = pattern.bounds(text, at);
      if (!found) break;
      if (found[1] === found[0]) {
        at = found[0]! + 1;
        continue;
      }
      parts.push(text.slice(from, found[0]));
      from = at = found[1]!;
    }
    parts.push(text.slice(from));
    return parts;
  }

  #recordText(): Bytes {
    if (!this.#recordBuilt) {
      this.#record = this.#fields.map((f) => this.#text(f)).join(this.#text(this.#variables.get('OFS')!));
      this.#recordBuilt = true;
    }
    return this.#text(this.#record);
  }

  #field(index: number): Value {
    if (index < 0) throw this.#fault(`negative field index $${index}`);
    if (index === 0) {
      this.#recordText();
      return this.#record;
    }
    this.#splitFields();
    return this.#fields[index - 1] ?? UNSET;
  }

  #setField(index: number, v: Value): void {
    if (index < 0) throw this.#fault(`negative field index $${index}`);
    if (index === 0) {
      this.#setRecord(v);
      return;
    }
    if (index > 32767 * 32) throw new RunError(`program limit exceeded: maximum number of fields size=${32767 * 32}`);
    this.#splitFields();
    while (this.#fields.length < index) this.#fields.push(UNSET);
    this.#fields[index - 1] = v;
    this.#variables.set('NF', this.#fields.length);
    this.#recordBuilt = false;
  }

  // Variables

  #frame(): Map<string, Value | Table> | undefined {
    return this.#frames.at(-1);
  }

  #getVariable(name: string): Value {
    const local = this.#frame()?.get(name);
    if (local !== undefined) {
      if (local instanceof Map) throw new RunError(`type error in arg to function`);
      return local;
    }
    if (name === 'NF') this.#splitFields();
    return this.#variables.get(name) ?? UNSET;
  }

  #setVariable(name: string, v: Value): void {
    const frame = this.#frame();
    if (frame?.has(name)) {
      frame.set(name, v);
      return;
    }
    if (name === 'NF') {
      this.#splitFields();
      const count = Math.max(0, Math.min(Math.trunc(toNumber(v)), 1 << 20));
      this.#fields.length = Math.min(this.#fields.length, count);
      while (this.#fields.length < count) this.#fields.push(UNSET);
      this.#recordBuilt = false;
    }
    if (typeof v === 'string' && v.length > LARGEST) throw new SystemError('ENOMEM');
    this.#variables.set(name, v);
  }

  #array(name: string): Table {
    const frame = this.#frame();
    if (frame?.has(name)) {
      const local = frame.get(name);
      if (local instanceof Map) return local;
      const made: Table = new Map();
      frame.set(name, made);
      return made;
    }
    let table = this.#arrays.get(name);
    if (!table) this.#arrays.set(name, (table = new Map()));
    return table;
  }

  *#key(keys: readonly Node[]): Work<Bytes> {
    if (keys.length === 1) return this.#text(yield* this.#value(keys[0]!));
    const parts: Bytes[] = [];
    for (const key of keys) parts.push(this.#text(yield* this.#value(key)));
    return parts.join(this.#text(this.#variables.get('SUBSEP')!));
  }

  *#assign(target: Node, v: Value): Work<Value> {
    if (target.is === 'group' && target.list.length === 1) return yield* this.#assign(target.list[0]!, v);
    if (target.is === 'variable') this.#setVariable(target.name, v);
    else if (target.is === 'field') this.#setField(Math.trunc(toNumber(yield* this.#value(target.index))), v);
    else if (target.is === 'index') {
      const table = this.#array(target.array);
      if (table.size > 1 << 20) throw new SystemError('ENOMEM');
      table.set(yield* this.#key(target.keys), v);
    }
    return v;
  }

  // Expressions

  *#value(node: Node): Work<Value> {
    switch (node.is) {
      case 'number':
        return node.value;
      case 'string':
        return node.value;
      case 'regex':
        return this.#pattern(node.source).bounds(this.#recordText(), 0) ? 1 : 0;
      case 'variable':
        return this.#getVariable(node.name);
      case 'field':
        return this.#field(Math.trunc(toNumber(yield* this.#value(node.index))));
      case 'index': {
        const table = this.#array(node.array);
        const key = yield* this.#key(node.keys);
        const found = table.get(key);
        if (found === undefined) table.set(key, UNSET);
        return found ?? UNSET;
      }
      case 'group':
        if (node.list.length === 1) return yield* this.#value(node.list[0]!);
        throw new RunError('syntax error');
      case 'assign': {
        if (node.operator === '=') return yield* this.#assign(node.target, yield* this.#value(node.value));
        const right = toNumber(yield* this.#value(node.value));
        const left = toNumber(yield* this.#value(node.target));
        return yield* this.#assign(node.target, this.#arithmetic(node.operator[0]!, left, right));
      }
      case 'step': {
        const old = toNumber(yield* this.#value(node.target));
        yield* this.#assign(node.target, old + node.by);
        return node.before ? old + node.by : old;
      }
      case 'unary': {
        const v = yield* this.#value(node.operand);
        return node.operator === '!' ? (this.#truth(v) ? 0 : 1) : node.operator === '-' ? -toNumber(v) : toNumber(v);
      }
      case 'and':
        return this.#truth(yield* this.#value(node.left)) && this.#truth(yield* this.#value(node.right)) ? 1 : 0;
      case 'or':
        return this.#truth(yield* this.#value(node.left)) || this.#truth(yield* this.#value(node.right)) ? 1 : 0;
      case 'choice':
        return yield* this.#value(this.#truth(yield* this.#value(node.test)) ? node.yes : node.no);
      case 'in':
        return this.#array(node.array).has(yield* this.#key(node.keys)) ? 1 : 0;
      case 'match': {
        const text = this.#text(yield* this.#value(node.left));
        const pattern = yield* this.#patternOf(node.right);
        return (pattern.bounds(text, 0) !== undefined) !== node.negated ? 1 : 0;
      }
      case 'binary': {
        const left = yield* this.#value(node.left);
        const right = yield* this.#value(node.right);
        switch (node.operator) {
          case ' ': {
            const text = this.#text(left) + this.#text(right);
            if (text.length > LARGEST) throw new SystemError('ENOMEM');
            return text;
          }
          case '<':
            return this.#compare(left, right) < 0 ? 1 : 0;
          case '<=':
            return this.#compare(left, right) <= 0 ? 1 : 0;
          case '==':
            return this.#compare(left, right) === 0 ? 1 : 0;
          case '!=':
            return this.#compare(left, right) !== 0 ? 1 : 0;
          case '>':
            return this.#compare(left, right) > 0 ? 1 : 0;
          case '>=':
            return this.#compare(left, right) >= 0 ? 1 : 0;
        }
        return this.#arithmetic(node.operator, toNumber(left), toNumber(right));
      }
      case 'getline':
        return yield* this.#getline(node);
      case 'call':
        return node.builtin ? yield* this.#builtin(node.name, node.args) : yield* this.#call(node.name, node.args);
    }
  }

  #arithmetic(operator: string, a: number, b: number): number {
    switch (operator) {
      case '+':
        return a + b;
      case '-':
        return a - b;
      case '*':
        return a * b;
      case '/':
        return a / b;
      case '%':
        return a % b;
      default:
        return a ** b;
    }
  }

  *#patternOf(node: Node): Work<Pattern> {
    if (node.is === 'regex') return this.#pattern(node.source);
    return this.#pattern(this.#text(yield* this.#value(node)));
  }

  *#call(name: string, args: readonly Node[]): Work<Value> {
    const made = this.#program.functions.get(name)!;
    if (this.#frames.length >= DEEPEST) throw new RunError('function call nesting too deep');
    const frame = new Map<string, Value | Table>();
    const late: { parameter: string; array: string }[] = [];
    for (const [i, parameter] of made.parameters.entries()) {
      const arg = args[i];
      if (!arg) {
        frame.set(parameter, UNSET);
        continue;
      }
      if (arg.is === 'variable') {
        const local = this.#frame()?.get(arg.name);
        const table = local instanceof Map ? local : local === undefined ? this.#arrays.get(arg.name) : undefined;
        if (table) {
          frame.set(parameter, table);
          continue;
        }
        // A name never used may become an array in the function: hand on an array if so.
        if (local === UNSET || (local === undefined && !this.#variables.has(arg.name))) {
          frame.set(parameter, UNSET);
          late.push({ parameter, array: arg.name });
          continue;
        }
      }
      frame.set(parameter, yield* this.#value(arg));
    }
    const caller = this.#frame();
    this.#frames.push(frame);
    try {
      yield* this.#statement(made.body);
      return UNSET;
    } catch (jump) {
      if (jump instanceof Jump && jump.kind === 'return') return jump.value;
      throw jump;
    } finally {
      this.#frames.pop();
      for (const { parameter, array } of late) {
        const table = frame.get(parameter);
        if (!(table instanceof Map)) continue;
        if (caller?.has(array)) caller.set(array, table);
        else this.#arrays.set(array, table);
      }
    }
  }

  *#builtin(name: string, args: readonly Node[]): Work<Value> {
    const at = (i: number) => args[i]!;
    const value = (i: number) => this.#value(at(i));
    if (name === 'length') {
      if (args.length === 0) return this.#recordText().length;
      const first = at(0);
      if (first.is === 'variable') {
        const local = this.#frame()?.get(first.name);
        const table =
          local instanceof Map
            ? local
            : local === undefined && !this.#variables.has(first.name)
              ? this.#arrays.get(first.name)
              : undefined;
        if (table) return table.size;
      }
      return this.#text(yield* value(0)).length;
    }
    if (name === 'split') {
      const text = this.#text(yield* value(0));
      const second = at(1);
      if (second?.is !== 'variable') throw new RunError('syntax error');
      const third = args[2];
      const separator = third
        ? third.is === 'regex'
          ? third.source
          : this.#text(yield* this.#value(third))
        : this.#text(this.#variables.get('FS')!);
      const parts = third?.is === 'regex' && separator === ' ' ? text.split(' ') : this.#cut(text, separator);
      const table = this.#array(second.name);
      table.clear();
      for (const [i, part] of parts.entries()) {
        yield* this.#turn();
        table.set(String(i + 1), new Loose(part));
      }
      return parts.length;
    }
    if (name === 'sub' || name === 'gsub') {
      const pattern = yield* this.#patternOf(at(0));
      const replacement = this.#text(yield* value(1));
      const target: Node = args[2] ?? { is: 'field', index: { is: 'number', value: 0 } };
      const text = this.#text(yield* this.#value(target));
      const [result, count] = yield* substitute(this.#process, pattern, replacement, text, name === 'gsub');
      if (count > 0) yield* this.#assign(target, result);
      return count;
    }
    if (name === 'match') {
      const text = this.#text(yield* value(0));
      const found = (yield* this.#patternOf(at(1))).bounds(text, 0);
      this.#variables.set('RSTART', found ? found[0]! + 1 : 0);
      this.#variables.set('RLENGTH', found ? found[1]! - found[0]! : -1);
      return found ? found[0]! + 1 : 0;
    }
    const values: Value[] = [];
    for (const arg of args) values.push(yield* this.#value(arg));
    const number = (i: number) => toNumber(values[i] ?? UNSET);
    const text = (i: number) => this.#text(values[i] ?? UNSET);
    switch (name) {
      case 'substr': {
        const s = text(0);
        const from = Math.trunc(number(1));
        // As mawk 1.3.4 does it: what lies before the first character makes the piece longer.
        const count = values.length > 2 ? Math.trunc(number(2)) + Math.max(0, -from) : Number.POSITIVE_INFINITY;
        const start = Math.max(1, from) - 1;
        return count > 0 ? s.slice(start, start + count) : '';
      }
      case 'index':
        return text(0).indexOf(text(1)) + 1;
      case 'sprintf':
        return this.#format(text(0), values.slice(1));
      case 'sin':
        return Math.sin(number(0));
      case 'cos':
        return Math.cos(number(0));
      case 'atan2':
        return Math.atan2(number(0), number(1));
      case 'exp':
        return Math.exp(number(0));
      case 'log':
        return Math.log(number(0));
      case 'sqrt':
        return Math.sqrt(number(0));
      case 'int':
        return Math.trunc(number(0));
      case 'rand': {
        this.#seed = (Math.imul(this.#seed, 1103515245) + 12345) & 0x7fffffff;
        return this.#seed / 0x80000000;
      }
      case 'srand': {
        const old = this.#previousSeed;
        this.#previousSeed = this.#seed = values.length
          ? number(0) | 0
          : Math.floor(this.#process.machine.clock.now() / 1000);
        return old;
      }
      case 'tolower':
        return text(0).replace(/[A-Z]+/g, (s) => s.toLowerCase());
      case 'toupper':
        return text(0).replace(/[a-z]+/g, (s) => s.toUpperCase());
      case 'systime':
        return Math.floor(this.#process.machine.clock.now() / 1000);
      case 'mktime': {
        const [y = 0, mo = 0, d = 0, h = 0, mi = 0, sec = 0] = text(0).split(/\s+/).map(Number);
        return Date.UTC(y, mo - 1, d, h, mi, sec) / 1000;
      }
      case 'strftime': {
        const moment = values.length > 1 ? number(1) * 1000 : this.#process.machine.clock.now();
        return strftime(values.length ? text(0) : '%c', breakDown(moment, zoneOf(this.#process)));
      }
      case 'system': {
        yield this.#flush();
        const child = startCommand(this.#process, ['/bin/sh', '-c', text(0)]);
        const done = (yield this.#process.waitFor(child)) as Awaited<ReturnType<Process['waitFor']>>;
        const ending = done?.ending ?? { code: 0 };
        return 'code' in ending ? ending.code : 256 + SIGNALS.indexOf(ending.signal);
      }
      case 'close':
        return (yield this.#close(text(0))) as number;
      case 'fflush':
        yield this.#flush();
        return 0;
    }
    this.#process.witness.gap('awk', name);
    return 0;
  }

  *#getline(node: Node & { is: 'getline' }): Work<Value> {
    let text: Bytes | undefined;
    if (node.from === 'main') {
      text = (yield this.#nextMain()) as Bytes | undefined;
    } else {
      const source = this.#text(yield* this.#value(node.source!));
      let open = this.#inputs.get(source);
      if (!open) {
        yield this.#flush();
        try {
          open =
            node.from === 'file'
              ? {
                  input: new Input(
                    this.#process,
                    source === '-' || source === '/dev/stdin' ? 0 : this.#process.open(source, { read: true }),
                  ),
                }
              : this.#startReader(source);
        } catch (error) {
          errnoOf(error);
          return -1;
        }
        this.#inputs.set(source, open);
      }
      text = (yield this.#readRecord(open.input)) as Bytes | undefined;
      if (text !== undefined && node.from === 'command')
        this.#variables.set('NR', toNumber(this.#variables.get('NR')!) + 1);
    }
    if (text === undefined) return 0;
    if (node.target) yield* this.#assign(node.target, new Loose(text));
    else this.#setRecord(new Loose(text));
    return 1;
  }

  #startReader(command: Bytes): { input: Input; child: Process } {
    const [read, write] = this.#process.pipe();
    const descriptors = new Map(this.#process.descriptors);
    descriptors.set(1, descriptors.get(write)!);
    descriptors.delete(read);
    descriptors.delete(write);
    const child = startCommand(this.#process, ['/bin/sh', '-c', command], { descriptors });
    this.#process.close(write);
    return { input: new Input(this.#process, read), child };
  }

  // Output

  #print(text: Bytes): void {
    this.#out += text;
  }

  async #flush(): Promise<void> {
    const text = this.#out;
    this.#out = '';
    if (text) await this.#process.out(text);
    for (const output of this.#outputs.values()) {
      const pending = output.text;
      output.text = '';
      if (pending) await this.#process.write(output.descriptor, pending);
    }
  }

  async #close(key: Bytes): Promise<number> {
    await this.#flush();
    let status = -1;
    const output = this.#outputs.get(key);
    if (output) {
      this.#outputs.delete(key);
      if (output.descriptor > 2) this.#process.close(output.descriptor);
      status = 0;
      if (output.child) {
        const done = await this.#process.waitFor(output.child);
        status = done?.ending && 'code' in done.ending ? done.ending.code : 0;
      }
    }
    const input = this.#inputs.get(key);
    if (input) {
      this.#inputs.delete(key);
      input.input.close();
      status = 0;
      if (input.child) {
        const done = await this.#process.waitFor(input.child);
        status = done?.ending && 'code' in done.ending ? done.ending.code : 0;
      }
    }
    return status;
  }

  #target(kind: '>' | '>>' | '|', name: Bytes): Output {
    let output = this.#outputs.get(name);
    if (output) return output;
    if (name === '/dev/stdout' || name === '-') output = { descriptor: 1, text: '' };
    else if (name === '/dev/stderr') output = { descriptor: 2, text: '' };
    else if (kind === '|') {
      const [read, write] = this.#process.pipe();
      const descriptors = new Map(this.#process.descriptors);
      descriptors.set(0, descriptors.get(read)!);
      descriptors.delete(read);
      descriptors.delete(write);
      const child = startCommand(this.#process, ['/bin/sh', '-c', name], { descriptors });
      this.#process.close(read);
      output = { descriptor: write, text: '', child };
    } else {
      try {
        output = {
          descriptor: this.#process.open(
            name,
            { write: true, create: true, truncate: kind === '>', append: kind === '>>' },
            0o666,
          ),
          text: '',
        };
      } catch (error) {
        const words = reason(error);
        throw new RunError(`cannot open "${name}" for output (${words})`);
      }
    }
    this.#outputs.set(name, output);
    return output;
  }

  #format(format: Bytes, values: readonly Value[], caller = 'sprintf'): Bytes {
    let next = 0;
    let missing = false;
    let cut = -1;
    const take = () => {
      if (next >= values.length) missing = true;
      return values[next++] ?? UNSET;
    };
    const text = format.replace(
      /%([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?([hlL]*)([a-zA-Z%])/g,
      (_whole, flags: string, width: string, precision: string | undefined, _size, letter: string, place: number) => {
        if (cut >= 0) return '';
        const before = next;
        if (letter === '%') return '%';
        let w = width === '*' ? Math.trunc(toNumber(take())) : Number(width || 0);
        let f = flags;
        if (w < 0) {
          f += '-';
          w = -w;
        }
        const c = {
          flags: f,
          width: Math.min(w, 65536),
          precision:
            precision === undefined
              ? undefined
              : Math.min(precision === '*' ? Math.trunc(toNumber(take())) : Number(precision || 0), 65536),
          letter,
        };
        if (next >= values.length && cut < 0 && before <= values.length) cut = place;
        switch (letter) {
          case 'd':
          case 'i':
          case 'o':
          case 'x':
          case 'X':
          case 'u': {
            const n = Math.max(letter === 'u' ? 0 : Number.NEGATIVE_INFINITY, Math.trunc(toNumber(take())));
            if (!Number.isFinite(n))
              return pad(Number.isNaN(n) ? 'nan' : n < 0 ? '-9223372036854775808' : '9223372036854775807', c);
            const big = BigInt(n);
            const most = BigInt(MAX_INT);
            return formatInteger(
              c,
              letter === 'd' || letter === 'i' ? (big > most ? most : big < -most ? -most : big) : big,
            );
          }
          case 'e':
          case 'E':
          case 'f':
          case 'F':
          case 'g':
          case 'G':
          case 'a':
          case 'A':
            return formatFloat(c, toNumber(take()));
          case 'c': {
            const v = take();
            const numberLike = typeof v === 'number' || (v instanceof Loose && numeric(v.text));
            return pad(
              numberLike ? String.fromCharCode(Math.trunc(toNumber(v)) & 255) : this.#text(v).slice(0, 1) || '\0',
              c,
            );
          }
          case 's':
            return pad(this.#text(take()).slice(0, c.precision), c);
          default:
            throw this.#fault(`improper conversion(number ${next + 1}) in ${caller}("${format}")`);
        }
      },
    );
    if (missing) {
      if (caller === 'printf') this.#print(this.#format(format.slice(0, cut), values, caller));
      throw this.#fault(`not enough arguments passed to ${caller}("${format}")`);
    }
    return text;
  }

  // Statements

  *#statement(s: Statement): Work<void> {
    switch (s.is) {
      case 'block':
        for (const inner of s.list) yield* this.#statement(inner);
        return;
      case 'expression':
        yield* this.#value(s.value);
        return;
      case 'print': {
        let text: Bytes;
        if (s.format) {
          const values: Value[] = [];
          for (const arg of s.args) values.push(yield* this.#value(arg));
          text = this.#format(this.#text(values[0] ?? UNSET), values.slice(1), 'printf');
        } else if (s.args.length === 0) text = this.#recordText() + this.#text(this.#variables.get('ORS')!);
        else {
          const parts: Bytes[] = [];
          for (const arg of s.args) parts.push(this.#text(yield* this.#value(arg), 'OFMT'));
          text = parts.join(this.#text(this.#variables.get('OFS')!)) + this.#text(this.#variables.get('ORS')!);
        }
        if (!s.redirect) {
          this.#print(text);
          if (this.#out.length > 65536) yield this.#flush();
          return;
        }
        const name = this.#text(yield* this.#value(s.redirect.to));
        if (!this.#outputs.has(name)) yield this.#flush();
        const output = this.#target(s.redirect.kind, name);
        output.text += text;
        if (output.text.length > 32768 || output.descriptor <= 2) yield this.#flush();
        return;
      }
      case 'if':
        if (this.#truth(yield* this.#value(s.test))) yield* this.#statement(s.yes);
        else if (s.no) yield* this.#statement(s.no);
        return;
      case 'while': {
        for (let first = s.first; first || this.#truth(yield* this.#value(s.test)); first = false) {
          yield* this.#turn();
          if (yield* this.#loop(s.body)) return;
        }
        return;
      }
      case 'for': {
        if (s.start) yield* this.#statement(s.start);
        while (!s.test || this.#truth(yield* this.#value(s.test))) {
          yield* this.#turn();
          if (yield* this.#loop(s.body)) return;
          if (s.step) yield* this.#statement(s.step);
        }
        return;
      }
      case 'each':
        for (const key of [...this.#array(s.array).keys()]) {
          yield* this.#turn();
          this.#setVariable(s.name, new Loose(key));
          if (yield* this.#loop(s.body)) return;
        }
        return;
      case 'delete':
        if (!s.keys) this.#array(s.array).clear();
        else this.#array(s.array).delete(yield* this.#key(s.keys));
        return;
      case 'exit':
      case 'return':
        throw new Jump(s.is, s.value ? yield* this.#value(s.value) : UNSET);
      default:
        throw new Jump(s.is);
    }
  }

  #turns = 0;

  *#turn(): Work<void> {
    if ((++this.#turns & 127) !== 0) return;
    const turn = this.#process.step(256);
    if (turn) yield turn;
  }

  /** True: `break`. */
  *#loop(body: Statement): Work<boolean> {
    try {
      yield* this.#statement(body);
    } catch (jump) {
      if (!(jump instanceof Jump)) throw jump;
      if (jump.kind === 'break') return true;
      if (jump.kind !== 'continue') throw jump;
    }
    return false;
  }
}

/** sub and gsub: the new text and how often it was replaced. */
function* substitute(
  process: Process,
  pattern: Pattern,
  replacement: Bytes,
  text: Bytes,
  all: boolean,
): Work<[Bytes, number]> {
  let result = '';
  let count = 0;
  let from = 0;
  let lastEnd = -1;
  for (let at = 0; at <= text.length; ) {
    const found = pattern.find(text, at);
    const turn = process.step(1);
    if (turn) yield turn;
    if (!found) break;
    const [start, end] = [found[0]!, found[1]!];
    if (start === end && start === lastEnd) {
      at = start + 1;
      continue;
    }
    lastEnd = end;
    const matched = text.slice(start, end);
    result += text.slice(from, start) + replacement.replace(/\\\\|\\&|&/g, (m) => (m === '&' ? matched : m[1]!));
    from = end;
    count++;
    if (!all) break;
    if (result.length > LARGEST) throw new SystemError('ENOMEM');
    at = end > start ? end : end + 1;
  }
  return count ? [result + text.slice(from), count] : [text, 0];
}
