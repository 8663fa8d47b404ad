// The interpreter: walks the tree of a script as a process of the machine, with bash's order, messages and exit codes.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Process, Signal } from '../machine/machine.ts';
import type { ArithmeticScope } from './arithmetic.ts';
import { assignFromTree } from './assignment.ts';
import { type Builtin, builtins } from './builtin/table.ts';
import { runRedirectedCompound } from './compound.ts';
import { Break, Continue, Discard, Exit, Return } from './control.ts';
import { Expander, ExpansionError } from './expand.ts';
import { withAliases } from './interactive.ts';
import { Jobs } from './jobs.ts';
import { findProgram, startProgram } from './launch.ts';
import { sayError } from './messages.ts';
import { elementsOf, parameterOf, setInitialVariables } from './parameters.ts';
import {
  type Assignment,
  type Command,
  type CommandNode,
  DEEPEST,
  type Function as FunctionNode,
  type PipelineNode,
  parseScript,
  type Redirection,
  type Script,
  type Statement,
} from './parse.ts';
import { runAndOr, runPipeline } from './pipeline.ts';
import { callFunction, runSimple, runWords } from './simple.ts';
import { processSubstitution, substitute } from './substitution.ts';
import { traceLine } from './trace.ts';
import { isAssociative, ReadonlyError, TooMuch, Variables } from './variables.ts';

export type Dialect = 'bash' | 'dash' | 'ash';

export interface Start {
  dialect: Dialect;
  /** $0. */
  name: Bytes;
  positional: Bytes[];
  interactive: boolean;
  login: boolean;
}

export class Interpreter {
  readonly process: Process;
  readonly dialect: Dialect;
  readonly variables: Variables;
  readonly functions: Map<string, { node: FunctionNode; source: Bytes }>;
  readonly aliases: Map<string, Bytes>;
  readonly options: Set<string>;
  readonly traps: Map<string, Bytes>;
  readonly jobs: Jobs;
  readonly expander: Expander;
  readonly scope: ArithmeticScope;
  readonly history: Bytes[];
  name: Bytes;
  positional: Bytes[];
  interactive: boolean;
  readonly login: boolean;
  status = 0;
  pipeStatus: number[] = [0];
  line = 1;
  /** Where messages say they come from: `-bash`, `bash: line 3`. */
  source: Bytes = '';
  loops = 0;
  /** BASH_COMMAND: the simple command being run, as written. */
  command: Bytes = '';
  calls = 0;
  /** Names of the functions being run, the innermost first. */
  callers: string[] = [];
  readonly startedAt: number;
  lastBackground = '';
  lastArgument: Bytes = '';
  directories: Bytes[] = [];
  hashed = new Map<Bytes, Bytes>();
  /** Scripts being read by `source`. */
  sourced = 0;
  getoptsAt = { index: 1, letter: 1 };
  /** What ulimit was told. */
  readonly limits = new Map<string, Bytes>();
  /** Set -e does not end the shell while a condition is tested. */
  conditions = 0;
  depth = 0;
  substituted = false;
  /** Runs a command substitution: ends by signals are not told. */
  substituting = false;
  pending: string[] = [];
  seconds = 0;
  readonly isSubshell: boolean;
  /** BASH_SUBSHELL. */
  readonly level: number;

  constructor(process: Process, start: Start, from?: Interpreter) {
    this.process = process;
    this.dialect = start.dialect;
    this.name = start.name;
    this.positional = start.positional;
    this.interactive = start.interactive;
    this.login = start.login;
    this.isSubshell = from !== undefined;
    this.level = from ? from.level + 1 : 0;
    this.variables = from ? from.variables.copy() : new Variables();
    this.functions = from ? new Map(from.functions) : new Map();
    this.aliases = from ? new Map(from.aliases) : new Map();
    this.options = from ? new Set(from.options) : new Set(start.dialect === 'bash' ? ['braceexpand', 'hashall'] : []);
    if (!from && start.dialect === 'bash' && start.interactive)
      for (const o of ['emacs', 'histexpand', 'history', 'monitor', 'expand_aliases', 'extglob']) this.options.add(o);
    if (!from && start.dialect === 'bash') this.options.add('extglob');
    this.traps = new Map();
    this.history = from ? [...from.history] : [];
    this.directories = from ? [...from.directories] : [];
    this.jobs = new Jobs(this);
    this.expander = new Expander(this);
    this.startedAt = process.machine.clock.now();
    this.scope = {
      get: (name, index) => {
        const value = this.parameter(name, index);
        if (value === undefined && this.options.has('nounset') && index === undefined)
          throw new ExpansionError(`${name}: unbound variable`, true);
        return value;
      },
      set: (name, value, index) => this.variables.set(name, value, index),
      associative: (name) => isAssociative(this.variables.find(name)?.value),
    };
    if (from) {
      this.status = from.status;
      this.source = from.source;
      this.line = from.line;
      this.callers = from.callers;
      this.calls = from.calls;
      this.loops = from.loops;
      this.lastBackground = from.lastBackground;
      if (from.variables.inFunction) this.conditions = 0;
    } else setInitialVariables(this);
  }

  // ── Parameters and messages ──────────────────────────────────────────────────────────────────────────────────────

  parameter(name: string, index?: Bytes): Bytes | undefined {
    return parameterOf(this, name, index);
  }

  /** The elements of an array, the shell's own ones included. */
  elements(name: string): Bytes[] {
    return elementsOf(this, name);
  }

  shellPid(): number {
    return this.parentPid ?? this.process.pid;
  }
  parentPid: number | undefined;

  commandString = false;
  /** Texts of `eval` being run. */
  evaluating = 0;
  readsStandardInput = false;

  /** What a message begins with. */
  get prefix(): Bytes {
    if (this.dialect === 'bash')
      return this.interactive
        ? `${this.name.startsWith('-') ? this.name : (this.name.split('/').at(-1) ?? 'bash')}: `
        : `${this.commandString && this.calls > 0 && this.sourced === 0 ? 'environment' : this.source || this.name}: line ${this.line}: `;
    if (this.dialect === 'ash') return `${this.source || 'sh'}: `;
    return this.interactive
      ? `${this.name.replace(/^-/, '-')}: ${this.line}: `
      : `${this.source || this.name}: ${this.line}: `;
  }

  complain(message: Bytes): void | Promise<void> {
    return this.process.err(`${this.prefix}${message}\n`);
  }

  // ── Running text ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs a whole text: a script, an exec string, `eval`. Returns the last status. */
  async run(text: Bytes, source = this.source): Promise<number> {
    const before = [this.source, this.line] as const;
    this.source = source;
    const base = this.line;
    try {
      const parsed = parseScript(text);
      let given = -1;
      const aliases = this.interactive || this.dialect !== 'bash' ? Number.POSITIVE_INFINITY : this.aliases.size;
      for (const statement of parsed.statements) {
        if (given >= 0 && !parsed.source.slice(given, statement.pos).includes('\n')) continue;
        this.line = base + lines(parsed.source, statement.pos);
        try {
          this.status = await this.statement(statement, parsed.source, base);
        } catch (error) {
          if (!(error instanceof Discard) || this.interactive) throw error;
          this.status = 1;
          given = statement.end;
        }
        if (this.pending.length > 0) await this.runTraps();
        // Aliases made by a line hold from the next one on.
        const known = this.aliases.size;
        const next = parsed.source.indexOf('\n', statement.end);
        if (known > aliases && next >= 0 && this.options.has('expand_aliases')) {
          const rest = parsed.source.slice(next + 1);
          this.line = base + lines(parsed.source, next + 1);
          return await this.run(withAliases(this, rest), source);
        }
      }
      if (parsed.error) {
        const ends =
          parsed.error.unexpectedEnd &&
          !/quote|backtick|backquote|extended glob|parameter expansion/.test(parsed.error.message);
        this.line = base + (ends ? lines(text, text.length) : parsed.error.line - 1);
        await this.syntaxError(parsed.error, text);
        this.status = 2;
        if (this.dialect !== 'bash' && !this.interactive) throw new Exit(2);
        // What is piped into bash is not read on after a syntax error.
        if (this.readsStandardInput && !this.interactive && this.evaluating === 0 && this.sourced === 0)
          throw new Exit(2);
      }
      return this.status;
    } finally {
      [this.source, this.line] = before;
    }
  }

  syntaxError(error: { token: string; unexpectedEnd: boolean; message: string }, text: Bytes): Promise<void> {
    return sayError(this, error, text);
  }

  async statement(statement: Statement, source: Bytes, base: number): Promise<number> {
    const { command } = statement;
    if (statement.background)
      return this.jobs.background(
        command,
        source.slice(statement.pos, statement.end).replace(/\s*&\s*$/, ''),
        (shell) => shell.node(command, source, base),
      );
    const status = await this.node(command, source, base);
    return status;
  }

  async list(statements: readonly Statement[], source: Bytes, base: number): Promise<number> {
    let status = 0;
    for (const statement of statements) {
      this.line = base + lines(source, statement.pos);
      status = await this.statement(statement, source, base);
      this.status = status;
      if (this.pending.length > 0) await this.runTraps();
    }
    return status;
  }

  async node(
    node: PipelineNode | { type: 'AndOr'; commands: readonly PipelineNode[]; operators: readonly string[] },
    source: Bytes,
    base: number,
  ): Promise<number> {
    if (++this.depth > DEEPEST * 20) {
      this.depth--;
      await this.process.err(''); // Bash dies of its stack here.
      this.process.kill(this.process.pid, 'SEGV');
      throw new Exit(139);
    }
    try {
      const turn = this.process.step(3);
      if (turn) await turn;
      switch (node.type) {
        case 'AndOr':
          return await runAndOr(this, node.commands, node.operators, source, base);
        case 'Pipeline':
          return await runPipeline(this, node, source, base);
        case 'Command':
          return await this.checked(await this.simple(node, source));
        case 'Function':
          this.functions.set(node.name.text, { node, source });
          return 0;
        case 'Coproc':
          return this.jobs.background(node.body as CommandNode, source.slice(node.pos, node.end), (shell) =>
            shell.node(node.body as CommandNode, source, base),
          );
        default:
          return await runRedirectedCompound(this, node, source, base);
      }
    } finally {
      this.depth--;
    }
  }

  /** set -e: a failure outside of conditions ends the shell. */
  async checked(status: number): Promise<number> {
    if (status !== 0 && this.conditions === 0) {
      if (this.traps.has('ERR') && (this.calls === 0 || this.options.has('errtrace'))) await this.trap('ERR', status);
      if (this.options.has('errexit')) throw new Exit(status);
    }
    return status;
  }

  async condition<T>(run: () => Promise<T>): Promise<T> {
    this.conditions++;
    try {
      return await run();
    } finally {
      this.conditions--;
    }
  }

  /** A child that is this shell: a subshell, a side of a pipe, a background job. */
  fork(run: (shell: Interpreter) => Promise<number>, changes: Parameters<Process['spawn']>[1] = {}): Process {
    return this.process.spawn(async (process) => {
      const shell = new Interpreter(
        process,
        { dialect: this.dialect, name: this.name, positional: [...this.positional], interactive: false, login: false },
        this,
      );
      shell.parentPid = this.shellPid();
      shell.commandString = this.commandString;
      shell.messageAs(this);
      shell.options.delete('monitor');
      for (const signal of ['INT', 'QUIT', 'TSTP', 'TTIN', 'TTOU', 'TERM'] as Signal[])
        if (this.interactive) process.onSignal(signal, undefined);
      return shell.toEnd(() => run(shell));
    }, changes);
  }

  /** A shell that shares nothing with this one: it runs a script. */
  another(process: Process, name: Bytes, positional: Bytes[]): Interpreter {
    return new Interpreter(process, { dialect: this.dialect, name, positional, interactive: false, login: false });
  }

  /** A subshell's messages begin as its parent's do. */
  messageAs(parent: Interpreter): void {
    const prefix = Object.getOwnPropertyDescriptor(parent, 'prefix');
    if (prefix) Object.defineProperty(this, 'prefix', prefix);
    else if (parent.interactive)
      Object.defineProperty(this, 'prefix', { get: () => parent.prefix, configurable: true });
  }

  /** Runs to the end of a shell: control flow that leaves it, the EXIT trap, the exit status. */
  async toEnd(run: () => Promise<number>): Promise<number> {
    let status: number;
    try {
      status = await run();
    } catch (error) {
      status = await this.caught(error);
    }
    if (this.traps.has('EXIT')) {
      const action = this.traps.get('EXIT')!;
      this.traps.delete('EXIT');
      this.status = status;
      try {
        await this.run(action);
        status = this.status === status ? status : status;
      } catch (error) {
        status = error instanceof Exit ? error.code : await this.caught(error);
      }
    }
    return status;
  }

  /** The status of a shell that an exception leaves; anything that is no control flow goes on. */
  async caught(error: unknown): Promise<number> {
    if (error instanceof Exit) return error.code;
    if (error instanceof Discard) return 1;
    if (error instanceof Return || error instanceof Break || error instanceof Continue) return this.status;
    if (error instanceof ExpansionError) {
      await this.complain(error.message);
      return this.dialect === 'bash' ? (error.fatal ? 127 : 1) : 2;
    }
    if (error instanceof ReadonlyError) {
      await this.complain(error.message);
      return 1;
    }
    if (error instanceof TooMuch) {
      await this.process.err(`${this.name}: xrealloc: cannot allocate 18446744071562067968 bytes\n`);
      return 2;
    }
    throw error;
  }

  simple(command: Command, source: Bytes): Promise<number> {
    return runSimple(this, command, source);
  }

  /** Array values given to `declare` and its kin as words: the builtin takes them from here. */
  readonly pendingArrays = new Map<string, Assignment>();

  /** A line of `set -x`. */
  traced(text: Bytes): Promise<void> {
    return traceLine(this, text);
  }

  /** Assigns a variable from the tree, in the current scope or (with `local`) the function's. */
  assign(assignment: Assignment, local = false): Promise<void> {
    return assignFromTree(this, assignment, local);
  }

  /** Runs a command by its words: function, builtin or program. */
  execute(words: Bytes[], assignments: Assignment[], redirects: readonly Redirection[], text: Bytes): Promise<number> {
    return runWords(this, words, assignments, redirects, text);
  }

  builtin(name: Bytes): Builtin | undefined {
    if (this.disabled.has(name)) return undefined;
    return builtins(this.dialect).get(name);
  }
  readonly disabled = new Set<Bytes>();

  get builtins(): ReadonlyMap<string, Builtin> {
    return builtins(this.dialect);
  }

  call(name: string, args: Bytes[]): Promise<number> {
    return callFunction(this, name, args);
  }

  /** Starts a program file; a text without `#!` is run by a copy of this shell. */
  start(file: Bytes, words: Bytes[], changes: NonNullable<Parameters<Process['exec']>[2]>): Promise<Process> {
    return startProgram(this, file, words, changes);
  }

  /** The file of a command by PATH: the first that may be executed, else the first that exists. */
  find(name: Bytes, path = this.variables.get('PATH')): Bytes | undefined {
    return findProgram(this, name, path);
  }

  // ── Substitutions ────────────────────────────────────────────────────────────────────────────────────────────────

  /** The output of a command, without its last newlines. */
  substitute(script: Script | undefined, text: Bytes): Promise<Bytes> {
    return substitute(this, script, text);
  }

  /** `<(…)` and `>(…)`: the name of a descriptor that is connected to a command. */
  processSubstitution(text: Bytes, operator: '<' | '>'): Promise<Bytes> {
    return processSubstitution(this, text, operator);
  }

  // ── Input, traps ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** One line of standard input, byte by byte as a shell reads it; undefined at its end. */
  async readLine(descriptor = 0, delimiter = '\n'): Promise<Bytes | undefined> {
    let line = '';
    for (;;) {
      const c = await this.process.read(descriptor, 1);
      if (c === '') return line === '' ? undefined : line;
      if (c === delimiter) return line;
      line += c;
      if (line.length > 1 << 20) throw new SystemError('ENOMEM');
    }
  }

  setTrap(name: string, action: Bytes | undefined): void {
    if (action === undefined) this.traps.delete(name);
    else this.traps.set(name, action);
    if (['EXIT', 'ERR', 'DEBUG', 'RETURN'].includes(name)) return;
    const signal = name as Signal;
    if (action === undefined) this.process.onSignal(signal, undefined);
    else if (action === '') this.process.onSignal(signal, 'ignore');
    else this.process.onSignal(signal, () => this.pending.push(name));
  }

  async runTraps(): Promise<void> {
    for (let name = this.pending.shift(); name !== undefined; name = this.pending.shift())
      await this.trap(name, this.status);
  }

  async trap(name: string, status: number): Promise<void> {
    const action = this.traps.get(name);
    if (!action) return;
    if (name === 'ERR' || name === 'DEBUG') this.traps.delete(name);
    this.status = status;
    await this.run(action);
    if ((name === 'ERR' || name === 'DEBUG') && !this.traps.has(name)) this.traps.set(name, action);
    this.status = status;
  }
}

/** Line breaks before a position. */
function lines(source: Bytes, position: number): number {
  let count = 0;
  for (let at = source.indexOf('\n'); at >= 0 && at < position; at = source.indexOf('\n', at + 1)) count++;
  return count;
}
