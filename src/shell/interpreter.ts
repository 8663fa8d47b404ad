// The interpreter: walks the tree of a script as a process of the machine, with bash's order, messages and exit codes.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, OpenFile, Process, Signal } from '../machine/machine.ts';
import type { ArithmeticScope } from './arithmetic.ts';
import { type Builtin, builtins, special } from './builtin/table.ts';
import { testExpression } from './condition.ts';
import { Break, Continue, Discard, Exit, Return } from './control.ts';
import { Expander, ExpansionError } from './expand.ts';
import { withAliases } from './interactive.ts';
import { Jobs } from './jobs.ts';
import {
  type Assignment,
  type Case,
  type Command,
  type CommandNode,
  type CompoundCommand,
  DEEPEST,
  type Function as FunctionNode,
  type PipelineNode,
  parseScript,
  type Redirection,
  type Script,
  type Statement,
  type Word,
} from './parse.ts';
import { matches } from './pattern.ts';
import { statusOf } from './signals.ts';
import { ELEMENT, ReadonlyError, TooMuch, Variables } from './variables.ts';

export type Dialect = 'bash' | 'dash' | 'ash';

/** Functions calling functions: beyond it bash runs out of stack. */
const CALLS = 1000;

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
  #conditions = 0;
  #depth = 0;
  #substituted = false;
  /** Runs a command substitution: ends by signals are not told. */
  substituting = false;
  #pending: string[] = [];
  #seconds = 0;
  readonly #isSubshell: boolean;
  /** BASH_SUBSHELL. */
  readonly #level: number;

  constructor(process: Process, start: Start, from?: Interpreter) {
    this.process = process;
    this.dialect = start.dialect;
    this.name = start.name;
    this.positional = start.positional;
    this.interactive = start.interactive;
    this.login = start.login;
    this.#isSubshell = from !== undefined;
    this.#level = from ? from.#level + 1 : 0;
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
      get: (name, index) => this.parameter(name, index === undefined ? undefined : index),
      set: (name, value, index) => this.variables.set(name, value, index),
    };
    if (from) {
      this.status = from.status;
      this.source = from.source;
      this.line = from.line;
      this.callers = from.callers;
      this.calls = from.calls;
      this.loops = from.loops;
      this.lastBackground = from.lastBackground;
      if (from.variables.inFunction) this.#conditions = 0;
    } else this.#environment();
  }

  /** Variables at the start: the environment, and what the shell sets itself. */
  #environment(): void {
    const { process, variables } = this;
    for (const [name, value] of process.environment) {
      if (!/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(name)) continue;
      const variable = variables.obtain(name);
      variable.value = value;
      variable.exported = true;
    }
    const set = (name: string, value: Bytes, exported = false) => {
      const variable = variables.obtain(name);
      variable.value = value;
      if (exported) variable.exported = true;
    };
    set('IFS', ' \t\n');
    set('PWD', process.cwd, true);
    set('OPTIND', '1');
    set('PPID', String(process.ppid));
    if (variables.get('PATH') === undefined)
      set('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', this.dialect !== 'bash' || false);
    if (this.dialect !== 'bash') {
      set('PS1', process.credentials.euid === 0 ? '# ' : '$ ');
      set('PS2', '> ');
      set('PS4', '+ ');
      return;
    }
    const level = Number(variables.get('SHLVL') ?? 0);
    set('SHLVL', String(Number.isInteger(level) ? level + 1 : 1), true);
    set('BASH', '/bin/bash');
    set('BASH_VERSION', '5.2.15(1)-release');
    variables.obtain('BASH_VERSINFO').value = new Map(
      ['5', '2', '15', '1', 'release', 'x86_64-pc-linux-gnu'].map((v, i) => [i, v]),
    );
    set('HOSTNAME', process.machine.identity.hostname);
    set('HOSTTYPE', process.machine.identity.architecture);
    set('MACHTYPE', `${process.machine.identity.architecture}-pc-linux-gnu`);
    set('OSTYPE', 'linux-gnu');
    set('PS4', '+ ');
    set('_', process.argv[0] ?? 'bash');
    for (const [name, value] of [
      ['UID', process.credentials.uid],
      ['EUID', process.credentials.euid],
    ] as const) {
      set(name, String(value));
      variables.obtain(name).readonly = true;
    }
    if (this.interactive) {
      set('PS1', '\\s-\\v\\$ ');
      set('PS2', '> ');
      set('HISTSIZE', '500');
      set('HISTFILESIZE', '500');
      set('HISTFILE', `${variables.get('HOME') ?? ''}/.bash_history`);
    }
  }

  // ── Parameters and messages ──────────────────────────────────────────────────────────────────────────────────────

  parameter(name: string, index?: Bytes): Bytes | undefined {
    switch (name) {
      case '?':
        return String(this.status);
      case '$':
        return String(this.#shellPid());
      case '!':
        return this.lastBackground || undefined;
      case '#':
        return String(this.positional.length);
      case '-':
        return this.#flags();
      case '0':
        return this.name;
      case '_':
        return this.lastArgument || this.variables.get('_');
      case '@':
      case '*':
        return this.positional.join(' ');
    }
    if (/^[1-9]\d*$/.test(name)) return this.positional[Number(name) - 1];
    if (this.dialect === 'bash') {
      switch (name) {
        case 'RANDOM':
          return String(Math.floor(this.process.machine.random() * 32768));
        case 'SRANDOM':
          return String(Math.floor(this.process.machine.random() * 2 ** 32));
        case 'SECONDS':
          return String(Math.floor((this.process.machine.clock.now() - this.startedAt) / 1000) + this.#seconds);
        case 'LINENO':
          return String(this.line);
        case 'EPOCHSECONDS':
          return String(Math.floor(this.process.machine.clock.now() / 1000));
        case 'EPOCHREALTIME':
          return (this.process.machine.clock.now() / 1000).toFixed(6);
        case 'BASHPID':
          return String(this.process.pid);
        case 'BASH_SUBSHELL':
          return String(this.#level);
        case 'PIPESTATUS':
          return String(this.pipeStatus[Number(index ?? 0)] ?? '');
        case 'FUNCNAME':
          return this.callers[Number(index ?? 0)];
        case 'SHELLOPTS':
          return [...this.options]
            .filter((o) => !/glob$|expand_aliases/.test(o) || o === 'noglob')
            .sort()
            .join(':');
      }
    } else if (name === 'LINENO') return String(this.line);
    return this.variables.get(name, index);
  }

  /** The elements of an array, the shell's own ones included. */
  elements(name: string): Bytes[] {
    if (this.dialect === 'bash' && name === 'PIPESTATUS') return this.pipeStatus.map(String);
    if (this.dialect === 'bash' && name === 'FUNCNAME') return [...this.callers];
    return this.variables.elements(name);
  }

  #shellPid(): number {
    return this.#parentPid ?? this.process.pid;
  }
  #parentPid: number | undefined;

  #flags(): string {
    const letters: Record<string, string> = {
      allexport: 'a',
      errexit: 'e',
      noglob: 'f',
      hashall: 'h',
      monitor: 'm',
      nounset: 'u',
      verbose: 'v',
      xtrace: 'x',
      braceexpand: 'B',
      noclobber: 'C',
      histexpand: 'H',
    };
    let flags = '';
    for (const [option, letter] of Object.entries(letters)) if (this.options.has(option)) flags += letter;
    if (this.interactive) flags = flags.replace(/(?=[mBCH]|$)/, 'i');
    return flags + (this.commandString ? 'c' : this.readsStandardInput ? 's' : '');
  }
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
        if (this.#pending.length > 0) await this.#runTraps();
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
        this.line = base + parsed.error.line - 1;
        await this.syntaxError(parsed.error, text);
        this.status = 2;
        if (this.dialect !== 'bash' && !this.interactive) throw new Exit(2);
      }
      return this.status;
    } finally {
      [this.source, this.line] = before;
    }
  }

  /** What dash and ash call bash's failed expansions. */
  #worded(message: string): string {
    if (this.dialect === 'bash') return message;
    const text = message.replace(/: (unbound variable|parameter not set)$/, ': parameter not set');
    const arithmetic = /^([\s\S]*): ([^:]+(?:: [^:]+)?) \(error token is "([\s\S]*)"\)$/.exec(text);
    if (!arithmetic) return text;
    const zero = arithmetic[2] === 'division by 0';
    if (this.dialect === 'ash') return zero ? 'divide by zero' : 'arithmetic syntax error';
    const what = zero
      ? 'division by zero'
      : arithmetic[2]!.includes('operand expected')
        ? 'expecting primary'
        : 'expecting EOF';
    return `arithmetic expression: ${what}: "${arithmetic[1]}"`;
  }

  async syntaxError(error: { token: string; unexpectedEnd: boolean; message: string }, text: Bytes): Promise<void> {
    const where = this.evaluating > 0 ? 'eval: ' : this.commandString ? '-c: ' : '';
    if (this.dialect !== 'bash') {
      const what = error.unexpectedEnd
        ? error.message.includes('quote')
          ? 'Syntax error: Unterminated quoted string'
          : `Syntax error: end of file unexpected${expected(error.message)}`
        : `Syntax error: ${error.token === 'newline' ? 'newline' : `"${error.token}"`} unexpected`;
      await this.complain(
        this.dialect === 'ash'
          ? `syntax error: ${error.unexpectedEnd ? 'unexpected end of file' : `unexpected "${error.token}"`}`
          : what,
      );
      return;
    }
    const prefix = this.interactive ? this.prefix : `${this.source || this.name}: ${where}line ${this.line}: `;
    if (error.unexpectedEnd) {
      const quote = /single quote/.test(error.message)
        ? "'"
        : /double quote/.test(error.message)
          ? '"'
          : /backtick|backquote/.test(error.message)
            ? '`'
            : /command substitution|arithmetic expansion|extended glob/.test(error.message)
              ? ')'
              : /parameter expansion/.test(error.message)
                ? '}'
                : undefined;
      await this.process.err(
        quote
          ? `${prefix}unexpected EOF while looking for matching \`${quote}'\n`
          : `${this.interactive ? this.prefix : `${this.source || this.name}: ${where}line ${this.line + 1}: `}syntax error: unexpected end of file\n`,
      );
      return;
    }
    await this.process.err(`${prefix}syntax error near unexpected token \`${error.token}'\n`);
    if (!this.interactive)
      await this.process.err(`${prefix}\`${text.split('\n')[Math.max(0, this.line - 1)] ?? text}'\n`);
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
      if (this.#pending.length > 0) await this.#runTraps();
    }
    return status;
  }

  async node(
    node: PipelineNode | { type: 'AndOr'; commands: readonly PipelineNode[]; operators: readonly string[] },
    source: Bytes,
    base: number,
  ): Promise<number> {
    if (++this.#depth > DEEPEST * 20) {
      this.#depth--;
      await this.process.err(''); // Bash dies of its stack here.
      this.process.kill(this.process.pid, 'SEGV');
      throw new Exit(139);
    }
    try {
      const turn = this.process.step(3);
      if (turn) await turn;
      switch (node.type) {
        case 'AndOr':
          return await this.#andOr(node.commands, node.operators, source, base);
        case 'Pipeline':
          return await this.#pipeline(node, source, base);
        case 'Command':
          return await this.#checked(await this.simple(node, source));
        case 'Function':
          this.functions.set(node.name.text, { node, source });
          return 0;
        case 'Coproc':
          return this.jobs.background(node.body as CommandNode, source.slice(node.pos, node.end), (shell) =>
            shell.node(node.body as CommandNode, source, base),
          );
        default:
          return await this.#compoundNode(node, source, base);
      }
    } finally {
      this.#depth--;
    }
  }

  /** set -e: a failure outside of conditions ends the shell. */
  async #checked(status: number): Promise<number> {
    if (status !== 0 && this.#conditions === 0) {
      if (this.traps.has('ERR')) await this.#trap('ERR', status);
      if (this.options.has('errexit')) throw new Exit(status);
    }
    return status;
  }

  async #condition<T>(run: () => Promise<T>): Promise<T> {
    this.#conditions++;
    try {
      return await run();
    } finally {
      this.#conditions--;
    }
  }

  async #andOr(
    commands: readonly PipelineNode[],
    operators: readonly string[],
    source: Bytes,
    base: number,
  ): Promise<number> {
    let status = 0;
    for (const [i, command] of commands.entries()) {
      if (i > 0 && (operators[i - 1] === '&&') !== (status === 0)) continue;
      const last = i === commands.length - 1;
      status = last
        ? await this.node(command, source, base)
        : await this.#condition(() => this.node(command, source, base));
      this.status = status;
    }
    return status;
  }

  async #pipeline(node: Extract<PipelineNode, { type: 'Pipeline' }>, source: Bytes, base: number): Promise<number> {
    const negated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1;
    const timed = node.prefixes.find((prefix) => prefix.type === 'Time');
    const started = this.process.machine.clock.now();
    const run = async () => {
      if (node.commands.length === 0) return 0;
      if (node.commands.length === 1) return this.node(node.commands[0]!, source, base);
      return this.#pipe(node.commands, node.operators, source, base);
    };
    let status = negated ? await this.#condition(run) : await run();
    if (timed) {
      const real = (this.process.machine.clock.now() - started) / 1000;
      const format = (seconds: number) => `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(3)}s`;
      await this.process.err(
        timed.type === 'Time' && timed.posix
          ? `real ${real.toFixed(2)}\nuser 0.00\nsys 0.00\n`
          : `\nreal\t${format(real)}\nuser\t${format(Math.min(real, 0.001))}\nsys\t${format(Math.min(real, 0.002))}\n`,
      );
    }
    if (negated) status = status === 0 ? 1 : 0;
    return status;
  }

  async #pipe(
    commands: readonly CommandNode[],
    operators: readonly string[],
    source: Bytes,
    base: number,
  ): Promise<number> {
    const children: Process[] = [];
    let input: OpenFile | undefined;
    const group = this.options.has('monitor') ? 0 : undefined;
    let leader = 0;
    for (const [i, command] of commands.entries()) {
      const last = i === commands.length - 1;
      const descriptors = new Map(this.process.descriptors);
      let read: number | undefined;
      let write: number | undefined;
      if (input) descriptors.set(0, input);
      if (!last) {
        [read, write] = this.process.pipe();
        descriptors.set(1, this.process.descriptors.get(write)!);
        if (operators[i] === '|&') descriptors.set(2, this.process.descriptors.get(write)!);
      }
      try {
        children.push(
          this.fork((shell) => shell.node(command, source, base), {
            descriptors,
            ...(group === undefined ? {} : { pgid: leader }),
          }),
        );
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        await this.complain(`fork: ${error.code === 'EAGAIN' ? 'retry: ' : ''}${strerror(error.code)}`);
      }
      leader ||= children[0]?.pid ?? 0;
      if (write !== undefined) this.process.close(write);
      if (input) input.release();
      input = undefined;
      if (read !== undefined) {
        input = this.process.descriptors.get(read)!.retain();
        this.process.close(read);
      }
    }
    const statuses = await this.jobs.foreground(children, source.slice(commands[0]!.pos, commands.at(-1)!.end), leader);
    this.pipeStatus = statuses;
    const status = this.options.has('pipefail')
      ? ([...statuses].reverse().find((s) => s !== 0) ?? 0)
      : (statuses.at(-1) ?? 254);
    return this.#checked(status);
  }

  /** A child that is this shell: a subshell, a side of a pipe, a background job. */
  fork(run: (shell: Interpreter) => Promise<number>, changes: Parameters<Process['spawn']>[1] = {}): Process {
    return this.process.spawn(async (process) => {
      const shell = new Interpreter(
        process,
        { dialect: this.dialect, name: this.name, positional: [...this.positional], interactive: false, login: false },
        this,
      );
      shell.#parentPid = this.#shellPid();
      shell.commandString = this.commandString;
      shell.messageAs(this);
      shell.options.delete('monitor');
      for (const signal of ['INT', 'QUIT', 'TSTP', 'TTIN', 'TTOU', 'TERM'] as Signal[])
        if (this.interactive) process.onSignal(signal, undefined);
      return shell.toEnd(() => run(shell));
    }, changes);
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

  // ── Compound commands ────────────────────────────────────────────────────────────────────────────────────────────

  async #compoundNode(
    node: CompoundCommand | Extract<CommandNode, { type: 'Redirected' }>,
    source: Bytes,
    base: number,
  ): Promise<number> {
    if (node.type !== 'Redirected') return this.#compound(node, source, base);
    if (node.command.type === 'Subshell')
      return this.#subshell(node.command.body.commands, source, base, node.redirects);
    const undo = await this.#redirectHere(node.redirects);
    if (!undo) return this.#checked(1);
    try {
      return await this.#compound(node.command, source, base);
    } finally {
      undo();
    }
  }

  async #subshell(
    statements: readonly Statement[],
    source: Bytes,
    base: number,
    redirects: readonly Redirection[] = [],
  ): Promise<number> {
    const child = this.fork(
      async (shell) => {
        if (redirects.length > 0 && !(await shell.#redirectHere(redirects, true))) return 1;
        return shell.list(statements, source, base);
      },
      this.options.has('monitor') ? { pgid: 0 } : {},
    );
    const [status] = await this.jobs.foreground([child], '', child.pid);
    return this.#checked(status!);
  }

  async #compound(node: CompoundCommand, source: Bytes, base: number): Promise<number> {
    switch (node.type) {
      case 'BraceGroup':
        return this.list(node.body.commands, source, base);
      case 'Subshell':
        return this.#subshell(node.body.commands, source, base);
      case 'If': {
        if ((await this.#condition(() => this.list(node.clause.commands, source, base))) === 0)
          return this.list(node.then.commands, source, base);
        for (const branch of node.elif)
          if ((await this.#condition(() => this.list(branch.clause.commands, source, base))) === 0)
            return this.list(branch.then.commands, source, base);
        return node.else ? this.list(node.else.commands, source, base) : 0;
      }
      case 'While':
        return this.#loop(
          async () =>
            ((await this.#condition(() => this.list(node.clause.commands, source, base))) === 0) ===
            (node.kind === 'while'),
          () => this.list(node.body.commands, source, base),
        );
      case 'For': {
        const words = node.wordlist ? await this.#expandOr1(node.wordlist) : [...this.positional];
        if (!words) return this.#checked(1);
        let i = 0;
        return this.#loop(
          async () => {
            if (i >= words.length) return false;
            if (this.options.has('xtrace'))
              await this.traced(`for ${node.name.text} in ${words.map(traceQuote).join(' ')}`);
            this.variables.set(node.name.text, words[i++]!);
            return true;
          },
          () => this.list(node.body.commands, source, base),
        );
      }
      case 'ArithmeticFor': {
        const text = (part: { pos: number; end: number } | undefined) =>
          part ? source.slice(part.pos, part.end) : undefined;
        const [init, test, update] = [text(node.initialize), text(node.test), text(node.update)];
        if (init) await this.expander.arithmetic(init);
        let first = true;
        return this.#loop(
          async () => {
            if (!first && update) await this.expander.arithmetic(update);
            first = false;
            return test === undefined || (await this.expander.arithmetic(test)) !== 0n;
          },
          () => this.list(node.body.commands, source, base),
        );
      }
      case 'Select': {
        const words = node.wordlist ? await this.#expandOr1(node.wordlist) : [...this.positional];
        if (!words || words.length === 0) return words ? 0 : 1;
        let status = 0;
        let show = true;
        this.loops++;
        try {
          for (;;) {
            if (show) for (const [i, word] of words.entries()) await this.process.err(`${i + 1}) ${word}\n`);
            await this.process.err(this.variables.get('PS3') ?? '#? ');
            const reply = await this.readLine();
            if (reply === undefined) return status;
            show = reply === '';
            this.variables.set('REPLY', reply);
            if (reply === '') continue;
            this.variables.set(node.name.text, words[Number(reply) - 1] ?? '');
            status = await this.list(node.body.commands, source, base);
          }
        } catch (error) {
          if (error instanceof Break && --error.levels === 0) return 0;
          throw error;
        } finally {
          this.loops--;
        }
      }
      case 'Case':
        return this.#case(node, source, base);
      case 'TestCommand':
        await this.traced(`[[ ${source.slice(node.pos + 2, node.end - 2).trim()} ]]`);
        try {
          return await this.#checked((await testExpression(this, node.expression)) ? 0 : 1);
        } catch (error) {
          if (!(error instanceof ExpansionError)) throw error;
          await this.complain(error.message);
          return this.#checked(2);
        }
      case 'ArithmeticCommand':
        await this.traced(`(( ${node.body.trim()} ))`);
        try {
          return await this.#checked((await this.expander.arithmetic(node.body)) !== 0n ? 0 : 1);
        } catch (error) {
          if (!(error instanceof ExpansionError) || error.fatal) throw error;
          await this.complain(`((: ${error.message}`);
          return this.#checked(1);
        }
    }
  }

  async #expandOr1(words: readonly Word[]): Promise<Bytes[] | undefined> {
    try {
      return await this.expander.words(words);
    } catch (error) {
      if (!(error instanceof ExpansionError) || (error.fatal && !this.interactive)) throw error;
      await this.complain(error.message);
      return undefined;
    }
  }

  async #loop(test: () => Promise<boolean>, body: () => Promise<number>): Promise<number> {
    let status = 0;
    this.loops++;
    try {
      while (await test()) {
        const turn = this.process.step(2);
        if (turn) await turn;
        try {
          status = await body();
        } catch (error) {
          if (error instanceof Continue || error instanceof Break) {
            status = error instanceof Break ? error.status : 0;
            if (--error.levels > 0 && this.loops > 1) throw error;
            if (error instanceof Break) break;
          } else throw error;
        }
      }
    } finally {
      this.loops--;
    }
    return status;
  }

  async #case(node: Case, source: Bytes, base: number): Promise<number> {
    const text = await this.expander.text(node.word);
    await this.traced(`case ${traceQuote(text)} in`);
    let status = 0;
    for (let i = 0, through = false; i < node.items.length; i++) {
      const item = node.items[i]!;
      let hit = through;
      for (const pattern of item.pattern) {
        if (hit) break;
        hit = matches(await this.expander.pattern(pattern), text, true, this.options.has('nocasematch'));
      }
      if (!hit) continue;
      status = await this.list(item.body.commands, source, base);
      if (item.terminator === ';;' || item.terminator === undefined) return status;
      through = item.terminator === ';&';
    }
    return status;
  }

  // ── Simple commands ──────────────────────────────────────────────────────────────────────────────────────────────

  async simple(command: Command, source: Bytes): Promise<number> {
    this.#substituted = false;
    try {
      const assignments = command.prefix.filter((part) => part.type === 'Assignment') as Assignment[];
      const args = command.args;
      const words = command.name ? await this.expander.words([command.name]) : [];
      const declares =
        words.length === 1 &&
        ['declare', 'typeset', 'local', 'export', 'readonly', 'alias'].includes(words[0]!) &&
        this.dialect === 'bash';
      for (const argument of args) {
        if (argument.type === 'Word') for (const word of await this.expander.words([argument])) words.push(word);
        else if (declares) {
          this.pendingArrays.set(argument.name, argument);
          words.push(
            argument.value.type === 'ArrayValue'
              ? argument.name
              : `${argument.name}${argument.index ? `[${await this.expander.text(argument.index)}]` : ''}${argument.append ? '+' : ''}=${await this.expander.text(argument.value)}`,
          );
        } else
          words.push(
            `${argument.name}${argument.append ? '+' : ''}=${argument.value.type === 'Word' ? await this.expander.text(argument.value) : argument.text.slice(argument.name.length + 1)}`,
          );
      }
      if (this.options.has('xtrace')) await this.#trace(assignments, words);
      if (words.length === 0) return await this.#assignOnly(assignments, command.redirects);
      return await this.execute(words, assignments, command.redirects, source.slice(command.pos, command.end));
    } catch (error) {
      if (error instanceof ExpansionError) {
        await this.complain(this.#worded(error.message));
        if (this.dialect !== 'bash') {
          if (this.interactive) throw new Discard();
          throw new Exit(2);
        }
        // `bash -c` ends with 127 here, a script and a subshell with 1.
        if (error.fatal && !this.interactive) throw new Exit(this.commandString && !this.#isSubshell ? 127 : 1);
        throw new Discard();
      }
      if (error instanceof ReadonlyError) {
        await this.complain(error.message);
        if (this.dialect !== 'bash' && !this.interactive) throw new Exit(2);
        if (command.name) return 1;
        throw new Discard();
      }
      throw error;
    } finally {
      this.pendingArrays.clear();
    }
  }

  /** Array values given to `declare` and its kin as words: the builtin takes them from here. */
  readonly pendingArrays = new Map<string, Assignment>();

  async #trace(assignments: Assignment[], words: Bytes[]): Promise<void> {
    for (const { name, value, append, text } of assignments) {
      // What a substitution printed is not asked for twice.
      const shown =
        value.type === 'ArrayValue'
          ? text.slice(text.indexOf('=') + 1)
          : /[`$][({]?|`/.test(value.text) && /\$\(|`|<\(/.test(value.text)
            ? value.text
            : traceQuote(await this.expander.text(value));
      await this.traced(`${name}${append ? '+' : ''}=${shown}`);
    }
    if (words.length > 0) await this.traced(words.map((word) => (word === '' ? "''" : traceQuote(word))).join(' '));
  }

  /** A line of `set -x`. */
  async traced(text: Bytes): Promise<void> {
    if (!this.options.has('xtrace')) return;
    const ps4 = await this.expander.quoted(this.variables.get('PS4') ?? '+ ');
    await this.process.err(`${ps4}${text}\n`);
  }

  async #assignOnly(assignments: Assignment[], redirects: readonly Redirection[]): Promise<number> {
    const undo = await this.#redirectHere(redirects);
    if (!undo) return this.dialect === 'bash' ? 1 : 2;
    undo();
    const before = this.status;
    for (const assignment of assignments) {
      await this.assign(assignment);
      if (this.options.has('allexport')) this.variables.obtain(assignment.name).exported = true;
    }
    if (assignments.length === 0 && !this.#substituted) return redirects.length > 0 ? 0 : before === 0 ? 0 : 0;
    return this.#substituted ? this.status : 0;
  }

  /** Assigns a variable from the tree, in the current scope or (with `local`) the function's. */
  async assign(assignment: Assignment, local = false): Promise<void> {
    const { name, value, append } = assignment;
    const variable = local ? this.variables.local(name) : this.variables.obtain(name);
    if (value.type === 'ArrayValue') {
      if (variable.readonly) throw new ReadonlyError(name);
      const associative = typeof variable.value === 'object' && !(variable.value instanceof Map);
      const old = variable.value;
      if (associative) {
        const keys = append ? (old as { keys: Map<Bytes, Bytes> }).keys : new Map<Bytes, Bytes>();
        variable.value = { keys };
        const plain: Bytes[] = [];
        for (const element of value.elements) {
          const match = /^\[([^\]]*)\]=([\s\S]*)$/.exec(element.text);
          if (match)
            keys.set(
              await this.expander.quoted(match[1]!.replace(/^["']|["']$/g, '')),
              await this.expander.text(parseOne(match[2]!)),
            );
          else for (const word of await this.expander.words([element])) plain.push(word);
        }
        for (let i = 0; i < plain.length; i += 2) keys.set(plain[i]!, plain[i + 1] ?? '');
        return;
      }
      const array =
        append && old !== undefined
          ? old instanceof Map
            ? old
            : new Map([[0, old as Bytes]])
          : new Map<number, Bytes>();
      let next = 0;
      for (const index of array.keys()) next = Math.max(next, index + 1);
      const fresh = new Map(array);
      for (const element of value.elements) {
        const match = /^\[([^\]]*)\]=([\s\S]*)$/.exec(element.text);
        if (match) {
          next = Number(await this.expander.arithmetic(match[1]!));
          fresh.set(next++, await this.expander.text(parseOne(match[2]!)));
        } else
          for (const word of await this.expander.words([element])) {
            this.variables.grow(word.length + ELEMENT);
            fresh.set(next++, word);
          }
      }
      variable.value = fresh;
      return;
    }
    let text = await this.expander.text(value);
    if (name === 'SECONDS' && this.dialect === 'bash')
      this.#seconds = (Number(text) || 0) - Math.floor((this.process.machine.clock.now() - this.startedAt) / 1000);
    let index: Bytes | undefined;
    if (assignment.index) {
      const raw = await this.expander.text(assignment.index);
      index =
        typeof variable.value === 'object' && !(variable.value instanceof Map)
          ? raw
          : String(await this.expander.arithmetic(raw));
    }
    if (variable.integer) {
      const sum =
        (append ? await this.expander.arithmetic(this.variables.get(name, index) ?? '0') : 0n) +
        (await this.expander.arithmetic(text));
      text = String(BigInt.asIntN(64, sum));
      this.variables.assign(variable, name, text, index);
    } else this.variables.assign(variable, name, text, index, append === true);
  }

  /** Runs a command by its words: function, builtin or program. */
  async execute(
    words: Bytes[],
    assignments: Assignment[],
    redirects: readonly Redirection[],
    text: Bytes,
  ): Promise<number> {
    const [name] = words as [Bytes];
    const definition = this.functions.get(name);
    const builtin = this.builtin(name);
    let status: number;
    if (definition && !(builtin && special.has(name) && this.dialect !== 'bash'))
      status = await this.#inPlace(assignments, redirects, false, () => this.call(name, words.slice(1)));
    else if (builtin) {
      const keep = special.has(name) && this.dialect !== 'bash';
      if (name === 'exec') return this.#exec(words.slice(1), assignments, redirects);
      status = await this.#inPlace(assignments, redirects, keep, async () => {
        try {
          return await builtin(this, words.slice(1), name);
        } catch (error) {
          if (error instanceof SystemError) {
            await this.complain(`${name}: write error: ${strerror(error.code)}`);
            return 1;
          }
          throw error;
        }
      });
    } else status = await this.#program(words, assignments, redirects, text);
    this.lastArgument = words.at(-1)!;
    this.pipeStatus = [status];
    return status;
  }

  builtin(name: Bytes): Builtin | undefined {
    if (this.disabled.has(name)) return undefined;
    return builtins(this.dialect).get(name);
  }
  readonly disabled = new Set<Bytes>();

  get builtins(): ReadonlyMap<string, Builtin> {
    return builtins(this.dialect);
  }

  /** Redirections and assignments that last for one function or builtin. */
  async #inPlace(
    assignments: Assignment[],
    redirects: readonly Redirection[],
    keep: boolean,
    run: () => Promise<number>,
  ): Promise<number> {
    const undo = await this.#redirectHere(redirects);
    if (!undo) return this.dialect === 'bash' ? 1 : 2;
    const saved = assignments.map(({ name }) => {
      const variable = this.variables.find(name);
      return [name, variable && { ...variable }] as const;
    });
    try {
      for (const assignment of assignments) {
        await this.assign(assignment);
        this.variables.obtain(assignment.name).exported = true;
      }
      return await run();
    } finally {
      undo();
      if (!keep)
        for (const [name, variable] of saved) {
          if (variable) Object.assign(this.variables.obtain(name), { exported: false }, variable);
          else this.variables.unset(name);
        }
    }
  }

  async call(name: string, args: Bytes[]): Promise<number> {
    const { node, source } = this.functions.get(name)!;
    if (this.calls >= CALLS) {
      const limit = Number(this.variables.get('FUNCNEST') ?? 0);
      if (limit === 0) this.process.kill(this.process.pid, 'SEGV');
      throw new Exit(139);
    }
    const [positional, loops] = [this.positional, this.loops];
    this.positional = args;
    this.loops = 0;
    this.calls++;
    this.callers = [name, ...this.callers];
    this.variables.enter();
    try {
      const body = node.body;
      if (body.type === 'CompoundList') return await this.list(body.commands, source, this.line);
      return await this.node(body, source, 1);
    } catch (error) {
      if (error instanceof Return) return error.code;
      throw error;
    } finally {
      this.variables.leave();
      this.callers = this.callers.slice(1);
      this.calls--;
      this.positional = positional;
      this.loops = loops;
    }
  }

  async #program(
    words: Bytes[],
    assignments: Assignment[],
    redirects: readonly Redirection[],
    text: Bytes,
  ): Promise<number> {
    const descriptors = await this.#redirectCopy(redirects);
    if (!descriptors) return 1;
    try {
      const environment = this.variables.environment();
      let path: Bytes | undefined = this.variables.get('PATH');
      for (const assignment of assignments) {
        const value = assignment.value.type === 'Word' ? await this.expander.text(assignment.value) : '';
        environment.set(assignment.name, assignment.append ? (environment.get(assignment.name) ?? '') + value : value);
        if (assignment.name === 'PATH') path = value;
      }
      const [name] = words as [Bytes];
      const file = name.includes('/') ? name : this.find(name, path);
      if (file === undefined) return await this.#notFound(words, descriptors, path);
      environment.set('_', file);
      let child: Process;
      try {
        child = await this.start(file, words, {
          descriptors,
          environment,
          ...(this.options.has('monitor') ? { pgid: 0 } : {}),
        });
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        return await this.#cannot(error, name, descriptors);
      }
      const [status] = await this.jobs.foreground([child], text, child.pid);
      return status!;
    } finally {
      for (const file of this.#opened(descriptors)) file.release();
    }
  }

  /** Starts a program file; a text without `#!` is run by a copy of this shell. */
  async start(file: Bytes, words: Bytes[], changes: NonNullable<Parameters<Process['exec']>[2]>): Promise<Process> {
    try {
      return this.process.exec(file, words, changes);
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== 'ENOEXEC') throw error;
      const text = this.process.readFile(file);
      if (binary(text)) throw error;
      const { dialect } = this;
      this.process.witness.command(text.replace(/\n$/, ''));
      return this.process.spawn(
        async (process) => {
          const shell = new Interpreter(process, {
            dialect,
            name: file,
            positional: words.slice(1),
            interactive: false,
            login: false,
          });
          shell.source = file;
          return shell.toEnd(() => shell.run(text, file));
        },
        { ...changes, argv: words },
      );
    }
  }

  async #notFound(words: Bytes[], descriptors: Map<number, OpenFile>, path: Bytes | undefined): Promise<number> {
    const [name] = words as [Bytes];
    const handler = this.functions.has('command_not_found_handle') && this.dialect === 'bash';
    this.process.witness.notFound(words);
    if (handler) return this.call('command_not_found_handle', words);
    const message =
      path === undefined || path === ''
        ? `${name}: No such file or directory`
        : this.dialect === 'bash'
          ? `${name}: command not found`
          : this.dialect === 'ash'
            ? `${name}: not found`
            : `${name}: not found`;
    await this.#complainTo(descriptors, message);
    return 127;
  }

  /** A message that obeys the command's own redirection of standard error. */
  async #complainTo(descriptors: Map<number, OpenFile>, message: Bytes): Promise<void> {
    const [saved, file] = [this.process.descriptors.get(2), descriptors.get(2)];
    if (!file) return;
    this.process.descriptors.set(2, file);
    try {
      await this.complain(message);
    } finally {
      if (saved) this.process.descriptors.set(2, saved);
      else this.process.descriptors.delete(2);
    }
  }

  async #cannot(error: SystemError, name: Bytes, descriptors: Map<number, OpenFile>): Promise<number> {
    let message = `${name}: ${strerror(error.code)}`;
    let status = error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 127 : 126;
    if (error.code === 'ENOENT' && this.dialect === 'bash' && this.#exists(name))
      message = `${name}: cannot execute: required file not found`;
    else if (error.code === 'ENOEXEC')
      message =
        this.dialect === 'bash'
          ? `${name}: cannot execute binary file: Exec format error`
          : `${name}: Exec format error`;
    else if (error.code === 'EACCES' && this.#isDirectory(name))
      message = this.dialect === 'bash' ? `${name}: Is a directory` : `${name}: Permission denied`;
    else if (error.code === 'EAGAIN') {
      message = `fork: retry: ${strerror('EAGAIN')}`;
      status = 254;
    } else if (this.dialect !== 'bash' && error.code === 'ENOENT') message = `${name}: not found`;
    if (status === 127) this.process.witness.notFound([name]);
    await this.#complainTo(descriptors, message);
    return status;
  }

  #exists(path: Bytes): boolean {
    try {
      this.process.files.stat(path);
      return true;
    } catch {
      return false;
    }
  }

  #isDirectory(path: Bytes): boolean {
    try {
      return this.process.files.stat(path).type === 'directory';
    } catch {
      return false;
    }
  }

  /** The file of a command by PATH: the first that may be executed, else the first that exists. */
  find(name: Bytes, path = this.variables.get('PATH')): Bytes | undefined {
    if (name === '') return undefined;
    let second: Bytes | undefined;
    for (const folder of (path ?? '').split(':')) {
      const file = folder === '' ? `./${name}` : `${folder.replace(/\/$/, '')}/${name}`;
      try {
        const { type } = this.process.files.stat(file);
        if (type === 'directory') continue;
        if (this.process.files.access(file, 1)) return file;
        second ??= file;
      } catch {
        // The next folder.
      }
    }
    return second;
  }

  async #exec(words: Bytes[], assignments: Assignment[], redirects: readonly Redirection[]): Promise<number> {
    let name: Bytes | undefined;
    while (words[0]?.startsWith('-') && words[0] !== '--') {
      if (words[0] === '-a') {
        name = words[1];
        words = words.slice(2);
      } else words = words.slice(1);
    }
    if (words[0] === '--') words = words.slice(1);
    if (words.length === 0) return (await this.#redirectHere(redirects, true)) ? 0 : 1;
    const file = words[0]!.includes('/') ? words[0]! : this.find(words[0]!);
    if (file === undefined) {
      this.process.witness.notFound(words);
      await this.complain(`exec: ${words[0]}: not found`);
      if (this.interactive) return 127;
      throw new Exit(127);
    }
    const status = await this.#program(
      [file, ...words.slice(1)].map((w, i) => (i === 0 && name ? file : w)),
      assignments,
      redirects,
      words.join(' '),
    );
    this.traps.delete('EXIT');
    throw new Exit(status);
  }

  // ── Redirections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Applies redirections to this process; the result undoes them. Undefined: one failed, and it was said. */
  async #redirectHere(redirects: readonly Redirection[], forGood = false): Promise<(() => void) | undefined> {
    if (redirects.length === 0) return () => {};
    const target = await this.#redirectCopy(redirects);
    if (!target) return undefined;
    const { descriptors } = this.process;
    const before = new Map(descriptors);
    // Each descriptor holds its file once; a file that was just opened is held by the first one that has it.
    const opened = this.#opened(target);
    descriptors.clear();
    for (const [number, file] of target) descriptors.set(number, opened.delete(file) ? file : file.retain());
    const releaseAll = (held: Map<number, OpenFile>) => {
      for (const file of [...held.values()]) file.release();
    };
    if (forGood) {
      releaseAll(before);
      return () => {};
    }
    return () => {
      // A process that has ended gave up what it had then; what was set aside goes too.
      if (this.process.ended) return releaseAll(before);
      releaseAll(descriptors);
      descriptors.clear();
      for (const [number, file] of before) descriptors.set(number, file);
    };
  }

  /** The descriptors a command gets. New files belong to the caller. */
  async #redirectCopy(redirects: readonly Redirection[]): Promise<Map<number, OpenFile> | undefined> {
    const descriptors = new Map(this.process.descriptors);
    if (redirects.length === 0) return descriptors;
    for (const redirect of redirects) {
      try {
        await this.#redirect(redirect, descriptors);
      } catch (error) {
        if (error instanceof SystemError)
          await this.#complainTo(
            descriptors,
            `${this.dialect === 'dash' && error.code === 'ENOENT' ? `cannot ${redirect.type === 'Redirect' && redirect.operator === '<' ? 'open' : 'create'} ` : ''}${error.path ?? ''}: ${this.dialect === 'dash' && error.code === 'ENOENT' ? (redirect.type === 'Redirect' && redirect.operator === '<' ? 'No such file' : 'Directory nonexistent') : strerror(error.code)}`,
          );
        else if (error instanceof ExpansionError) {
          if (error.fatal) throw error;
          await this.#complainTo(descriptors, error.message);
        } else throw error;
        for (const file of this.#opened(descriptors)) file.release();
        return undefined;
      }
    }
    return descriptors;
  }

  #opened(descriptors: Map<number, OpenFile>): Set<OpenFile> {
    const own = new Set(this.process.descriptors.values());
    return new Set([...descriptors.values()].filter((file) => !own.has(file)));
  }

  async #redirect(redirect: Redirection, descriptors: Map<number, OpenFile>): Promise<void> {
    const number = (fallback: number): number => {
      const given = redirect.descriptor;
      if (!given) return fallback;
      if (given.type === 'FileDescriptor') return given.value;
      let free = 10;
      while (descriptors.has(free)) free++;
      this.variables.set(given.name, String(free));
      return free;
    };
    if (redirect.type !== 'Redirect') {
      const text =
        redirect.type === 'HereString'
          ? `${redirect.target ? await this.expander.text(redirect.target) : ''}\n`
          : await this.#hereDocument(redirect);
      descriptors.set(number(0), this.#fileOf(text));
      return;
    }
    const { operator, target } = redirect;
    const word = target ? await this.expander.target(target) : '';
    const open = (flags: Parameters<Process['files']['open']>[1]) => {
      try {
        return this.process.files.open(word, flags, 0o666 & ~this.process.umask);
      } catch (error) {
        if (error instanceof SystemError) throw new SystemError(error.code, word);
        throw error;
      }
    };
    switch (operator) {
      case '<':
        descriptors.set(number(0), open({ read: true }));
        return;
      case '<>':
        descriptors.set(number(0), open({ read: true, write: true, create: true }));
        return;
      case '>':
        if (this.options.has('noclobber')) {
          try {
            if (this.process.files.stat(word).type === 'file')
              throw new ExpansionError(`${word}: cannot overwrite existing file`);
          } catch (error) {
            if (error instanceof ExpansionError) throw error;
          }
        }
        descriptors.set(number(1), open({ write: true, create: true, truncate: true }));
        return;
      case '>|':
        descriptors.set(number(1), open({ write: true, create: true, truncate: true }));
        return;
      case '>>':
        descriptors.set(number(1), open({ write: true, create: true, append: true }));
        return;
      case '&>':
      case '&>>': {
        const file = open({
          write: true,
          create: true,
          ...(operator === '&>' ? { truncate: true } : { append: true }),
        });
        descriptors.set(1, file);
        descriptors.set(2, file);
        return;
      }
      case '>&':
      case '<&': {
        const at = number(operator === '>&' ? 1 : 0);
        if (word === '-') {
          descriptors.delete(at);
          return;
        }
        const match = /^(\d+)(-?)$/.exec(word);
        if (!match) {
          if (operator === '>&' && !redirect.descriptor) {
            const file = open({ write: true, create: true, truncate: true });
            descriptors.set(1, file);
            descriptors.set(2, file);
            return;
          }
          throw new ExpansionError(`${word}: ambiguous redirect`);
        }
        const file = descriptors.get(Number(match[1]));
        if (!file) throw new SystemError('EBADF', word);
        descriptors.set(at, file);
        if (match[2]) descriptors.delete(Number(match[1]));
      }
    }
  }

  async #hereDocument(redirect: Extract<Redirection, { type: 'HereDoc' }>): Promise<Bytes> {
    const { delimiter, body, operator } = redirect;
    let text = operator === '<<-' ? body.text.replace(/^\t+/gm, '') : body.text;
    if (!redirect.closing && this.dialect === 'bash') {
      const at = this.line;
      this.line = at + text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
      await this.complain(
        `warning: here-document at line ${at} delimited by end-of-file (wanted \`${delimiter?.value ?? ''}')`,
      );
      this.line = at;
      if (!delimiter?.quoted && text !== '' && !text.endsWith('\n'))
        return `${await this.expander.body(body.parts, text)}\n`;
      if (text !== '' && !text.endsWith('\n')) text += '\n';
    }
    if (delimiter?.quoted) return text;
    return this.expander.body(body.parts, text);
  }

  /** A pipe-like file with a content: what here-documents are. */
  #fileOf(text: Bytes): OpenFile {
    const [read, write] = this.process.pipe();
    const reader = this.process.descriptors.get(read)!.retain();
    const writer = this.process.descriptors.get(write)!.retain();
    this.process.close(read);
    this.process.close(write);
    const feed = async () => {
      let rest = text;
      try {
        while (rest !== '') {
          const taken = writer.write(rest);
          if (taken === undefined) await new Promise<void>((resolve) => writer.onWritable(resolve));
          else rest = rest.slice(taken);
        }
      } catch {
        // Nobody reads it any more.
      } finally {
        writer.release();
      }
    };
    void feed();
    return reader;
  }

  // ── Substitutions ────────────────────────────────────────────────────────────────────────────────────────────────

  /** The output of a command, without its last newlines. */
  async substitute(script: Script | undefined, text: Bytes): Promise<Bytes> {
    this.#substituted = true;
    if (!script) throw new ExpansionError(`${text}: bad substitution`);
    const backtick = text.startsWith('`');
    const source = script.source ?? (backtick ? text.slice(1, -1) : undefined);
    const [read, write] = this.process.pipe();
    const descriptors = new Map(this.process.descriptors);
    descriptors.delete(read);
    descriptors.delete(write);
    descriptors.set(1, this.process.descriptors.get(write)!);
    const inner = source ?? text.slice(2, -1);
    let child: Process;
    try {
      // `$(< file)` is the content of the file.
      const file = /^\s*<\s*(\S+)\s*$/.exec(inner);
      child = this.fork((shell) => (file ? shell.run(`cat < ${file[1]}`) : shell.run(inner)), { descriptors });
    } catch (error) {
      this.process.close(read);
      this.process.close(write);
      if (!(error instanceof SystemError)) throw error;
      await this.complain(`fork: retry: ${strerror(error.code)}`);
      this.status = 254;
      return '';
    }
    this.process.close(write);
    let output: Bytes;
    try {
      output = await this.process.readAll(read, 1 << 20).catch((error: unknown) => {
        if (error instanceof SystemError && error.code === 'ENOMEM') return '';
        throw error;
      });
    } finally {
      if (!this.process.ended) this.process.close(read);
    }
    const ended = await this.process.waitFor(child);
    this.status = ended?.ending ? statusOf(ended.ending) : 0;
    if (output.includes('\0')) {
      if (this.dialect === 'bash') await this.complain('warning: command substitution: ignored null byte in input');
      output = output.replaceAll('\0', '');
    }
    let end = output.length;
    while (end > 0 && output[end - 1] === '\n') end--;
    return output.slice(0, end);
  }

  /** `<(…)` and `>(…)`: the name of a descriptor that is connected to a command. */
  async processSubstitution(text: Bytes, operator: '<' | '>'): Promise<Bytes> {
    const [read, write] = this.process.pipe();
    const descriptors = new Map(this.process.descriptors);
    descriptors.delete(read);
    descriptors.delete(write);
    const [mine, theirs] = operator === '<' ? [read, write] : [write, read];
    descriptors.set(operator === '<' ? 1 : 0, this.process.descriptors.get(theirs)!);
    this.fork((shell) => shell.run(text), { descriptors });
    this.process.close(theirs);
    let number = 63;
    while (this.process.descriptors.has(number)) number--;
    this.process.dup(mine, number);
    this.process.close(mine);
    return `/dev/fd/${number}`;
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
    else this.process.onSignal(signal, () => this.#pending.push(name));
  }

  async #runTraps(): Promise<void> {
    for (let name = this.#pending.shift(); name !== undefined; name = this.#pending.shift())
      await this.#trap(name, this.status);
  }

  async #trap(name: string, status: number): Promise<void> {
    const action = this.traps.get(name);
    if (!action) return;
    if (name === 'ERR') this.traps.delete(name);
    await this.run(action);
    if (name === 'ERR' && !this.traps.has(name)) this.traps.set(name, action);
    this.status = status;
  }
}

function parseOne(text: Bytes): Word {
  const statement = parseScript(`: ${text}`).statements[0];
  const command = statement?.command as Command | undefined;
  return (command?.suffix[0] as Word | undefined) ?? ({ type: 'Word', text: '', value: '', pos: 0, end: 0 } as Word);
}

/** Line breaks before a position. */
function lines(source: Bytes, position: number): number {
  let count = 0;
  for (let at = source.indexOf('\n'); at >= 0 && at < position; at = source.indexOf('\n', at + 1)) count++;
  return count;
}

/** bash's check_binary_file: a NUL in the first line of the first 80 bytes. */
const binary = (text: Bytes): boolean => {
  const head = text.slice(0, 80);
  const line = head.indexOf('\n');
  return head.startsWith('\x7fELF') || (line < 0 ? head : head.slice(0, line)).includes('\0');
};

const expected = (message: string): string => {
  const word = /expected '(\w+)'/.exec(message)?.[1];
  return word ? ` (expecting "${word}")` : '';
};

/** A word as `set -x` prints it. */
const traceQuote = (word: Bytes): Bytes => (/[^\w./:=,@%+-]/.test(word) ? `'${word.replace(/'/g, "'\\''")}'` : word);
