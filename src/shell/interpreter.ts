// The interpreter: walks the tree of a script as a process of the machine, with bash's order, messages and exit codes.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Process, Signal } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import type { ArithmeticScope } from './arithmetic.ts';
import { assignFromTree, subscriptOf } from './assignment.ts';
import { type Builtin, builtins } from './builtin/table.ts';
import { runRedirectedCompound } from './compound.ts';
import { Break, Continue, Discard, Exit, ExpansionError, Return } from './control.ts';
import { Expander } from './expand.ts';
import type { HistoryMemory } from './history-expansion.ts';
import { Jobs } from './jobs.ts';
import { fileExists, findProgram } from './launch.ts';
import { DEEPEST, type Dialect } from './lexer.ts';
import { sayProblem, statusOfProblem, worded } from './messages.ts';
import { elementsOf, indicesOf, parameterOf, setInitialVariables } from './parameters.ts';
import { type Complete, type Reading, scriptOf } from './parse.ts';
import { runAndOr, runPipeline } from './pipeline.ts';
import { posixPrefix, runPosix } from './posix/run.ts';
import { commandText, functionText } from './print.ts';
import { singleQuote } from './quote.ts';
import type { LineEditor } from './readline/editor.ts';
import { IGNORED_WHEN_INTERACTIVE } from './signals.ts';
import { callFunction, runSimple, runWords } from './simple.ts';
import { processSubstitution } from './substitution.ts';
import type { Assignment, CommandNode, FunctionDefinition, Node, Redirection, Statement } from './syntax.ts';
import { traceLine } from './trace.ts';
import { isAssociative, ReadonlyError, TooMuch, Variables } from './variables.ts';

export type { Dialect } from './lexer.ts';

/** A function, and where it was written: its lines count from there. */
export interface ShellFunction {
  body: CommandNode;
  line: number;
  offset: number;
  source: Bytes;
  readonly?: boolean;
  exported?: boolean;
}

export interface Start {
  dialect: Dialect;
  /** $0. */
  name: Bytes;
  positional: Bytes[];
  interactive: boolean;
  login: boolean;
}

/** Traps inside of each other. */
const MOST_TRAPS = 1000;

export class Interpreter {
  readonly process: Process;
  readonly dialect: Dialect;
  readonly variables: Variables;
  readonly functions: Map<string, ShellFunction>;
  readonly aliases: Map<string, Bytes>;
  readonly options: Set<string>;
  readonly traps: Map<string, Bytes>;
  readonly jobs: Jobs;
  readonly expander: Expander;
  readonly scope: ArithmeticScope;
  readonly history: Bytes[];
  /** Lines remembered since it was read or saved, and lines that its file has. */
  historyNew = 0;
  historyInFile = 0;
  readonly historyMemory: HistoryMemory = {};
  /** Commands read so far (the \\# of a prompt). */
  commandNumber = 1;
  /** What edits its lines, when it is interactive on a terminal. */
  editor: LineEditor | undefined;
  name: Bytes;
  positional: Bytes[];
  interactive: boolean;
  readonly login: boolean;
  status = 0;
  pipeStatus: number[] = [0];
  line = 1;
  /** Lines before the text whose tree is run: a node's own line counts from 1. */
  offset = 0;
  /** Where messages say they come from: `-bash`, `bash: line 3`. */
  source: Bytes = '';
  loops = 0;
  /** BASH_COMMAND: the simple command being run, as written. */
  get command(): Bytes {
    return typeof this.running === 'string' ? this.running : this.running ? commandText(this.running) : '';
  }
  running: Node | Bytes | undefined;
  /** A command begins in this line of its text. */
  at(line: number): void {
    this.line = this.offset + line;
  }
  calls = 0;
  /** The functions being run, and files being sourced, the innermost first; `line` is that of the call, `source` where it stands. */
  callers: readonly { name: string; line: number; source: Bytes; file: Bytes }[] = [];
  readonly startedAt: number;
  lastBackground = '';
  lastArgument: Bytes | undefined;
  directories: Bytes[] = [];
  hashed = new Map<Bytes, { file: Bytes; hits: number }>();
  /** Scripts being read by `source`. */
  sourced = 0;
  getoptsAt = { index: 1, letter: 1 };
  /** What ulimit was told. */
  readonly limits = new Map<string, Bytes>();
  /** Set -e does not end the shell while a condition is tested. */
  conditions = 0;
  depth = 0;
  substituted = false;
  /** The simple command that comes is the last thing this process does: its program may take the place of the shell. */
  last = false;
  /** Descriptors of process substitutions, closed when their command ends. */
  readonly substituteDescriptors: number[] = [];
  /** Runs a command substitution: ends by signals are not told. */
  substituting = false;
  pending: string[] = [];
  seconds = 0;
  readonly isSubshell: boolean;
  /** BASH_SUBSHELL. */
  level: number;

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
    this.options = from
      ? new Set(from.options)
      : new Set(start.dialect === 'bash' ? ['braceexpand', 'hashall', 'interactive-comments'] : []);
    if (!from && start.dialect === 'bash' && start.interactive)
      for (const o of ['emacs', 'histexpand', 'history', 'monitor', 'expand_aliases']) this.options.add(o);
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
      plain: this.dialect === 'dash',
      subscripts: this.dialect === 'bash',
    };
    if (from) {
      this.status = from.status;
      this.source = from.source;
      this.line = from.line;
      this.offset = from.offset;
      this.running = from.running;
      this.sourced = from.sourced;
      this.substituting = from.substituting;
      this.substitutions = from.substitutions;
      this.jobs.inherit(from.jobs);
      this.readsStandardInput = from.readsStandardInput;
      this.lastArgument = from.lastArgument;
      this.pipeStatus = [...from.pipeStatus];
      for (const name of from.disabled) this.disabled.add(name);
      for (const [name, known] of from.hashed) this.hashed.set(name, { ...known });
      this.scriptFile = from.scriptFile;
      for (const [name, value] of from.foreign) this.foreign.set(name, value);
      this.randomSeed = from.randomSeed === undefined ? undefined : (from.randomSeed + this.process.pid) >>> 0;
      // Traps are shown in a subshell until it sets its own; ignored signals stay ignored.
      this.shownTraps = from.traps.size > 0 ? new Map(from.traps) : from.shownTraps;
      for (const [name, action] of from.traps) {
        const kept =
          name === 'DEBUG' || name === 'RETURN'
            ? this.options.has('functrace')
            : name === 'ERR'
              ? this.options.has('errtrace')
              : action === '' && name !== 'EXIT';
        if (kept) this.traps.set(name, action);
      }
      this.callers = from.callers;
      this.calls = from.calls;
      this.loops = from.loops;
      this.lastBackground = from.lastBackground;
      this.conditions = from.conditions;
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

  indices(name: string): Bytes[] {
    return indicesOf(this, name);
  }

  /** The key that a subscript stands for: expanded, and evaluated unless the array is associative. Undefined: it is none. */
  subscript(name: string, index: Bytes): Promise<Bytes | undefined> {
    return subscriptOf(this, name, index);
  }

  /** Assigns a text as an assignment does: attributes count, an integer is evaluated. */
  assignText(name: string, text: Bytes, index?: Bytes): void {
    const variable = this.variables.obtain(name);
    this.variables.assign(variable, name, variable.integer ? String(this.expander.compute(text)) : text, index);
  }

  shellPid(): number {
    return this.parentPid ?? this.process.pid;
  }
  parentPid: number | undefined;

  commandString = false;
  /** Runs a script given by its path. */
  fromFile = false;
  /** In dash and ash: the builtin or sourced file that messages name. */
  commandName: Bytes | undefined;
  /** In dash and ash: assignments that `set -x` shows with the command behind them. */
  traces: Bytes[] = [];
  /** Texts of `eval` being run. */
  evaluating = 0;
  readsStandardInput = false;

  /** What a message begins with. */
  get prefix(): Bytes {
    if (this.dialect === 'bash')
      return this.interactive
        ? `${this.name.startsWith('-') ? this.name : (this.name.split('/').at(-1) ?? 'bash')}: `
        : `${this.source || this.name}: line ${this.line}: `;
    return posixPrefix(this);
  }

  /** Traps of the shell that this one came from. */
  shownTraps: ReadonlyMap<string, Bytes> | undefined;

  complain(message: Bytes): void | Promise<void> {
    return this.process.err(`${this.prefix}${message}\n`);
  }

  // ── Running text ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** How texts are read now. */
  reading(): Reading {
    const { dialect, aliases, options } = this;
    const reading: Reading = { dialect, extglob: options.has('extglob') };
    if (aliases.size > 0 && (dialect !== 'bash' || options.has('expand_aliases'))) reading.aliases = aliases;
    return reading;
  }

  /**
   * Runs a whole text: a script, an exec string, `eval`. Returns the last status. `source` is where it comes from, `from` what a message
   * about its syntax calls it, `last` that the shell ends with it.
   */
  async run(text: Bytes, { source = this.source, from = '', last = false } = {}): Promise<number> {
    const before = [this.source, this.line, this.offset] as const;
    this.source = source;
    this.offset = this.line - 1;
    const { offset } = this;
    if (this.dialect !== 'bash') {
      try {
        return await runPosix(this, text, last);
      } finally {
        [this.source, this.line, this.offset] = before;
      }
    }
    const script = scriptOf(text, this.reading());
    let end = 0;
    try {
      for (let i = 0; ; i++) {
        const complete = script.command(i, this.reading());
        if (!complete) break;
        if (this.options.has('verbose')) await this.process.err(script.source.slice(end, complete.end));
        owe((complete.end - end) >> 6);
        end = complete.end;
        for (const { delimiter, line, endedAt } of complete.open ?? []) {
          this.line = offset + endedAt!;
          await this.complain(
            `warning: here-document at line ${offset + line} delimited by end-of-file (wanted \`${delimiter}')`,
          );
        }
        if (complete.problem) {
          await this.#wrong(complete, offset, from);
          continue;
        }
        if (this.options.has('noexec') && !this.interactive) continue;
        this.line = offset + complete.line;
        await this.#runComplete(complete, last && end >= script.source.length);
        if (this.options.has('onecmd')) throw new Exit(this.status);
      }
      if (this.options.has('verbose')) await this.process.err(script.source.slice(end));
      return this.status;
    } finally {
      [this.source, this.line, this.offset] = before;
    }
  }

  async #runComplete({ statements }: Complete, last: boolean): Promise<void> {
    try {
      for (const [i, statement] of statements.entries()) {
        this.last = last && i === statements.length - 1;
        this.status = await this.statement(statement);
        if (!this.interactive && this.jobs.list.length > 0 && this.options.has('monitor')) await this.jobs.announce();
        if (this.pending.length > 0) await this.runTraps();
      }
    } catch (error) {
      if (this.interactive || !(await this.#givesUp(error))) throw error;
      this.status = 1;
      if (this.isSubshell) throw new Exit(1);
    } finally {
      this.last = false;
    }
  }

  /** Is this what gives up a line? What was wrong outside of any simple command is said now. */
  async #givesUp(error: unknown): Promise<boolean> {
    if (error instanceof Discard) return true;
    if (!(error instanceof ReadonlyError) && !(error instanceof ExpansionError)) return false;
    await this.complain(error.message);
    if (error instanceof ExpansionError && error.fatal)
      throw new Exit(this.commandString && !this.isSubshell && !this.options.has('errexit') ? 127 : 1);
    return true;
  }

  /** The text is no script from here on. */
  async #wrong({ problem }: Complete, offset: number, from: string): Promise<void> {
    this.line = offset + problem!.line;
    await sayProblem(this, problem!, offset, from);
    this.status = statusOfProblem(this, problem!);
    if (this.interactive) return;
    const top = this.evaluating === 0 && this.sourced === 0;
    if (problem!.substituted && problem!.what !== 'open') throw new Exit(top ? (this.commandString ? 127 : 2) : 1);
    // What is piped into bash is not read on after a syntax error.
    if (this.readsStandardInput && top && problem!.what !== 'array') throw new Exit(this.status);
  }

  async statement(statement: Statement): Promise<number> {
    const { command } = statement;
    if (statement.background) {
      this.last = false;
      return this.jobs.background(commandText(command), (shell) => {
        if (command.type === 'Command') shell.level--;
        return shell.tail(command);
      });
    }
    return this.node(command);
  }

  async list(statements: readonly Statement[]): Promise<number> {
    const { last } = this;
    this.last = false;
    let status = 0;
    for (const [i, statement] of statements.entries()) {
      this.last = last && i === statements.length - 1;
      status = await this.statement(statement);
      this.status = status;
      if (this.pending.length > 0) await this.runTraps();
    }
    return status;
  }

  /** Runs a node as the last thing that this process does. */
  tail(node: Node): Promise<number> {
    this.last = true;
    return this.node(node);
  }

  tailList(statements: readonly Statement[]): Promise<number> {
    this.last = true;
    return this.list(statements);
  }

  async node(node: Node): Promise<number> {
    if (++this.depth > DEEPEST * 20) {
      this.depth--;
      // Bash dies of its stack here.
      this.process.kill(this.process.pid, 'SEGV');
      throw new Exit(139);
    }
    if (this.options.has('noexec') && !this.interactive) {
      this.depth--;
      return this.status;
    }
    // Only a simple command, or the last of a list, takes the place of its shell.
    if (this.last && node.type !== 'Command' && node.type !== 'AndOr') this.last = false;
    try {
      const turn = this.process.step(3);
      if (turn) await turn;
      // A signal ends this shell: what it was doing does not go on.
      if (this.dying) await new Promise<never>(() => {});
      switch (node.type) {
        case 'AndOr':
          return await runAndOr(this, node);
        case 'Pipeline':
          return await runPipeline(this, node);
        case 'Command':
          return await this.checked(await runSimple(this, node));
        case 'Function':
          return await this.define(node);
        case 'Coprocess':
          return await this.jobs.coprocess(node);
        default:
          return await runRedirectedCompound(this, node);
      }
    } finally {
      this.depth--;
    }
  }

  async define({ name, body, line }: FunctionDefinition): Promise<number> {
    if (this.functions.get(name)?.readonly) {
      await this.complain(`${name}: readonly function`);
      return this.checked(1);
    }
    const source =
      this.dialect !== 'bash' || this.sourced > 0 || this.callers.length > 0
        ? this.source
        : this.commandString
          ? 'environment'
          : this.readsStandardInput
            ? 'main'
            : this.source;
    this.functions.set(name, { body, line: this.offset + line, offset: this.offset, source });
    return 0;
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
      shell.fromFile = this.fromFile;
      shell.commandName = this.commandName;
      shell.evaluating = this.evaluating;
      shell.messageAs(this);
      shell.options.delete('monitor');
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
    if (this.traps.has('EXIT') && !this.dying) {
      const action = this.traps.get('EXIT')!;
      this.traps.delete('EXIT');
      this.status = status;
      try {
        await this.run(action, { from: 'exit trap' });
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
    if (error instanceof Return) return error.code;
    if (error instanceof Break || error instanceof Continue) return this.status;
    if (error instanceof ExpansionError) {
      await this.complain(worded(this, error.message));
      return this.dialect === 'bash' ? (error.fatal ? 127 : 1) : 2;
    }
    if (error instanceof ReadonlyError) {
      await this.complain(worded(this, error.message));
      return this.dialect === 'bash' ? 1 : 2;
    }
    if (error instanceof TooMuch) {
      if (this.dialect === 'bash')
        await this.process.err(`${this.name}: xrealloc: cannot allocate 18446744071562067968 bytes\n`);
      else await this.complain(this.dialect === 'ash' ? 'out of memory' : 'Out of space');
      return 2;
    }
    throw error;
  }

  /** Array values given to `declare` and its kin as words: the builtin takes them from here. */
  readonly pendingArrays = new Map<string, Assignment>();

  /** A line of `set -x`. */
  traced(text: Bytes): Promise<void> {
    return traceLine(this, text);
  }

  /** Assigns a variable from the tree, in the current scope or (with `local`) the function's. */
  assign(assignment: Assignment, local = false): Promise<void> {
    return assignFromTree(this, assignment, { local });
  }

  /** Assigns for a builtin, to NAME or NAME[SUBSCRIPT]; false when it was refused, which was said. */
  async give(builtin: string, target: Bytes, text: Bytes): Promise<boolean> {
    const match = /^([a-zA-Z_]\w*)(?:\[([\s\S]+)\])?$/.exec(target);
    if (!match) {
      await this.complain(`${builtin}: \`${target}': not a valid identifier`);
      return false;
    }
    const [name, element] = this.variables.resolve(match[1]!);
    const subscript = match[2] ?? element;
    const index = subscript === undefined ? undefined : await this.subscript(name, subscript);
    if (subscript !== undefined && index === undefined) {
      await this.complain(`${name}[${subscript}]: bad array subscript`);
      return false;
    }
    try {
      this.assignDynamic(name, text);
      this.assignText(name, text, index);
      return true;
    } catch (error) {
      if (!(error instanceof ReadonlyError)) throw error;
      await this.complain(error.message);
      return false;
    }
  }

  quoteWord(text: Bytes): Bytes {
    return singleQuote(text);
  }

  /** `declare -a x='(1 2)'`: a list that is read out of a text. */
  async assignListText(name: string, text: Bytes, append: boolean, local: boolean): Promise<void> {
    const complete = scriptOf(`${name}${append ? '+' : ''}=${text}`, { dialect: 'bash', extglob: true }).command(0, {
      dialect: 'bash',
      extglob: true,
    });
    const node = complete?.statements[0]?.command;
    if (node?.type === 'Command' && node.assignments.length === 1 && node.words.length === 0)
      await this.assign(node.assignments[0]!, local);
  }

  /** What an assignment to a variable of the shell's own does besides. */
  assignDynamic(name: string, text: Bytes): void {
    if (name === 'SECONDS')
      this.seconds = (Number(text) || 0) - Math.floor((this.process.machine.clock.now() - this.startedAt) / 1000);
    else if (name === 'BASH_ARGV0') this.name = text;
    else if (name === 'RANDOM') this.randomSeed = Number(text) >>> 0;
    else if (name === 'OPTIND') this.getoptsAt = { index: Number(text) || 1, letter: 1 };
  }

  /** RANDOM was assigned: its numbers follow from that. */
  randomSeed: number | undefined;
  /** A trap is being run: BASH_COMMAND stays. */
  inTrap = false;
  /** Substitutions around this one: the first character of PS4 is repeated. */
  get traceLevel(): number {
    return this.substitutions + this.evaluating;
  }
  substitutions = 0;

  /** `local -`: options as they were before the function. */
  savedOptions: (Set<string> | undefined)[] = [];
  restoreOptions(): void {
    const saved = this.savedOptions[this.calls];
    if (!saved) return;
    this.savedOptions.length = this.calls;
    this.options.clear();
    for (const option of saved) this.options.add(option);
  }

  /** Runs a command by its words: function, builtin or program. */
  execute(words: Bytes[], assignments: readonly Assignment[], redirects: readonly Redirection[]): Promise<number> {
    return runWords(this, words, assignments, redirects);
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

  /** The file of a command by PATH: the first that may be executed, else the first that exists. */
  find(name: Bytes, path = this.variables.get('PATH')): Bytes | undefined {
    return findProgram(this, name, path);
  }

  /** `<(…)` and `>(…)`: the name of a descriptor that is connected to a command. */
  async processSubstitution(body: readonly Statement[], operator: '<' | '>'): Promise<Bytes> {
    const path = await processSubstitution(this, body, operator);
    this.substituteDescriptors.push(Number(path.slice('/dev/fd/'.length)));
    return path;
  }

  /** What a program gets: exported variables and functions. */
  environment(): Map<Bytes, Bytes> {
    const environment = new Map([...this.foreign, ...this.variables.environment()]);
    for (const [name, definition] of this.functions)
      if (definition.exported)
        environment.set(
          `BASH_FUNC_${name}%%`,
          `() { ${functionText(name, definition.body)
            .slice(name.length + 6)
            .replace(/\n +/g, '\n ')}`.replace(/^\(\) \{ \s*/, '() {  '),
        );
    return environment;
  }

  /** What came with the environment and is no variable: it goes on to programs. */
  readonly foreign = new Map<Bytes, Bytes>();

  /** Where a name was found before, as long as the file is there; `path` is that of a command that brings its own. */
  hashedFile(name: Bytes, path: Bytes | undefined): Bytes | undefined {
    const known = this.hashed.get(name);
    if (!known || this.dialect !== 'bash' || path !== this.variables.get('PATH')) return undefined;
    if (!fileExists(this, known.file)) return undefined;
    return known.file;
  }

  remember(name: Bytes, file: Bytes): void {
    if ((this.dialect === 'bash' && !this.options.has('hashall')) || !file.startsWith('/')) return;
    const known = this.hashed.get(name);
    if (known && known.file === file) known.hits++;
    else this.hashed.set(name, { file, hits: 1 });
  }

  /** The script file that is run, if it is one: BASH_SOURCE of the outermost level. */
  scriptFile: Bytes | undefined;

  /** Closes the process substitutions opened since there were so many. */
  closeSubstitutes(since: number): void {
    while (this.substituteDescriptors.length > since) {
      const descriptor = this.substituteDescriptors.pop()!;
      if (!this.process.ended && this.process.descriptors.has(descriptor)) this.process.close(descriptor);
    }
  }

  // ── Input, traps ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** One line of standard input, byte by byte as a shell reads it; undefined at its end. */
  async readLine(descriptor = 0, delimiter = '\n'): Promise<Bytes | undefined> {
    let line = '';
    for (;;) {
      const read = this.process.read(descriptor, 1);
      const c = typeof read === 'string' ? read : await read;
      if (c === '') return line === '' ? undefined : line;
      if (c === delimiter) return line;
      line += c;
      if (line.length > 1 << 20) throw new SystemError('ENOMEM');
    }
  }

  setTrap(name: string, action: Bytes | undefined): void {
    this.shownTraps = undefined;
    if (action === undefined) this.traps.delete(name);
    else this.traps.set(name, action);
    if (name === 'EXIT' && this.dialect === 'bash') this.#exitOnSignals(action !== undefined && action !== '');
    if (['EXIT', 'ERR', 'DEBUG', 'RETURN'].includes(name)) return;
    this.disposition(name as Signal);
    if (action === undefined && this.traps.get('EXIT')) this.#exitOnSignals(true);
  }

  /** What a signal does to this shell: its trap, or what an interactive shell does with it, or its default. */
  disposition(signal: Signal): void {
    const action = this.traps.get(signal);
    if (action === '') this.process.onSignal(signal, 'ignore');
    else if (action !== undefined)
      this.process.onSignal(signal, () => {
        this.pending.push(signal);
        for (const wake of this.#trapWaiters.splice(0)) wake(signal);
      });
    else
      this.process.onSignal(
        signal,
        this.interactive && IGNORED_WHEN_INTERACTIVE.includes(signal) ? () => {} : undefined,
      );
  }

  /** A signal that ends the shell runs its EXIT trap first. */
  #exitOnSignals(on: boolean): void {
    if (this.interactive) return;
    for (const signal of ['HUP', 'INT', 'QUIT', 'TERM', 'ALRM', 'USR1', 'USR2', 'XCPU'] as Signal[]) {
      if (this.traps.has(signal) || this.deaf.has(signal)) continue;
      this.process.onSignal(signal, on ? () => void this.#die(signal) : undefined);
    }
  }

  /** The signal that ends this shell, while its EXIT trap runs. */
  dying: Signal | undefined;
  async #die(signal: Signal): Promise<void> {
    if (this.dying) return;
    this.dying = signal;
    const { process } = this;
    const last = new Interpreter(
      process,
      { dialect: this.dialect, name: this.name, positional: this.positional, interactive: false, login: false },
      this,
    );
    last.parentPid = this.shellPid();
    last.level = this.level;
    try {
      await last.run(this.traps.get('EXIT') ?? '', { from: 'exit trap' }).catch(() => 0);
      process.onSignal(signal, undefined);
      process.kill(process.pid, signal);
    } catch {
      // That was its end.
    }
  }

  /** Signals that were ignored when the shell began. */
  readonly deaf = new Set<string>();
  readonly #trapWaiters: ((name: string) => void)[] = [];
  /** The next signal that has a trap. */
  trapped(): Promise<string> {
    return new Promise((resolve) => this.#trapWaiters.push(resolve));
  }

  async runTraps(): Promise<void> {
    for (let name = this.pending.shift(); name !== undefined; name = this.pending.shift())
      await this.trap(name, this.status);
  }

  trapsDeep = 0;

  async trap(name: string, status: number): Promise<void> {
    const action = this.traps.get(name);
    if (!action || this.trapsRunning.has(name)) return;
    const { pipeStatus, inTrap } = this;
    const pseudo = name === 'ERR' || name === 'DEBUG' || name === 'RETURN';
    if (pseudo) this.trapsRunning.add(name);
    this.status = status;
    this.inTrap = true;
    // A trap that causes its own signal runs inside of itself, until bash is out of stack.
    if (++this.trapsDeep > MOST_TRAPS) this.process.kill(this.process.pid, 'SEGV');
    try {
      const words = { ERR: 'error trap', DEBUG: 'debug trap', RETURN: 'return trap' }[name] ?? 'trap';
      await this.run(action, { from: words });
    } finally {
      this.trapsDeep--;
      this.trapsRunning.delete(name);
      this.inTrap = inTrap;
    }
    this.pipeStatus = pipeStatus;
    this.status = status;
  }
  readonly trapsRunning = new Set<string>();
}
