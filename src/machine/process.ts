// Processes: descriptors, signals, waiting, children. Every wait ends through one place when a signal ends the process.

import { posix } from 'node:path';
import type { Computer, Session } from './computer.ts';
import { SystemError } from './errno.ts';
import { exec, load } from './exec.ts';
import type { LayeredFileSystem } from './filesystem.ts';
import type {
  BoundFiles,
  Bytes,
  Credentials,
  Ending,
  Main,
  OpenFile,
  OpenFlags,
  Process,
  ProcessInfo,
  Signal,
  SpawnChanges,
  Terminal,
  Touch,
  Witness,
} from './machine.ts';
import { Pipe, PipeEnd } from './pipe.ts';
import { defaultAction } from './signal.ts';
import type { PseudoTerminal } from './terminal.ts';

/** Descriptors of one process (RLIMIT_NOFILE). */
export const DESCRIPTORS = 1024;
const READ_ALL = 32 << 20;

/** Thrown out of every call of a process that has ended: by a signal, or by its own `exit`. Do not catch it. */
export class Interrupted extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    // Every command ends in one: its stack trace tells nothing and would cost more than most commands.
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super('signal' in ending ? `ended by SIG${ending.signal}` : `exited with ${ending.code}`);
    Error.stackTraceLimit = depth;
    this.name = 'Interrupted';
    this.ending = ending;
  }
}

/** A wait that nobody awaits any more may fail without being a fault of the host. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

interface Wait {
  cancel(): void;
  reject(error: Error): void;
}

/** What a new process begins with. */
export interface Beginning {
  ppid: number;
  pgid: number;
  sid: number;
  argv: Bytes[];
  environment: Map<Bytes, Bytes>;
  cwd: Bytes;
  umask: number;
  nice?: number;
  credentials: Credentials;
  descriptors: Map<number, OpenFile>;
  terminal: PseudoTerminal | undefined;
  witness: Witness;
  session: Session;
  executable: Bytes;
  ignored?: ReadonlySet<Signal> | undefined;
}

export class Proc implements Process {
  readonly machine: Computer;
  readonly pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  argv: Bytes[];
  environment: Map<Bytes, Bytes>;
  cwd: Bytes;
  umask: number;
  nice: number;
  credentials: Credentials;
  readonly descriptors: Map<number, OpenFile>;
  terminal?: PseudoTerminal;
  readonly witness: Witness;
  readonly started: number;
  readonly session: Session;
  /** The program file, as /proc/PID/exe shows it. */
  executable: Bytes;
  ended?: Ending;
  #steps = 0;
  #waits: Set<Wait> | undefined;
  #stopped: Signal | undefined;
  #stopReported = false;
  /** What goes on when a stopped process continues. */
  #held: (() => void)[] | undefined;
  #handlers: Map<Signal, (() => void) | 'ignore'> | undefined;
  #children: Set<Proc> | undefined;
  #childWaiters: Set<() => void> | undefined;
  #files: BoundFiles | undefined;
  #error: Interrupted | undefined;
  /** Called once at the end. */
  onEnd: ((ending: Ending) => void) | undefined;

  constructor(machine: Computer, pid: number, from: Beginning) {
    this.machine = machine;
    this.pid = pid;
    this.ppid = from.ppid;
    this.pgid = from.pgid;
    this.sid = from.sid;
    this.argv = from.argv;
    this.environment = from.environment;
    this.cwd = from.cwd;
    this.umask = from.umask;
    this.nice = from.nice ?? 0;
    this.credentials = from.credentials;
    this.descriptors = from.descriptors;
    if (from.terminal) this.terminal = from.terminal;
    this.witness = from.witness;
    this.session = from.session;
    this.executable = from.executable;
    this.started = machine.clock.now();
    for (const signal of from.ignored ?? []) (this.#handlers ??= new Map()).set(signal, 'ignore');
  }

  get cpu(): number {
    return this.#steps / 1000;
  }

  get state(): Process['state'] {
    if (this.ended) return 'zombie';
    if (this.#stopped) return 'stopped';
    return this.#waits && this.#waits.size > 0 ? 'sleeping' : 'running';
  }

  get children(): ReadonlySet<Proc> {
    return this.#children ?? new Set();
  }

  /** The signals it ignores: children inherit that, and /proc/PID/status shows it. */
  get ignored(): Set<Signal> {
    const ignored = new Set<Signal>();
    for (const [signal, handler] of this.#handlers ?? []) if (handler === 'ignore') ignored.add(signal);
    return ignored;
  }

  get caught(): Set<Signal> {
    const caught = new Set<Signal>();
    for (const [signal, handler] of this.#handlers ?? []) if (handler !== 'ignore') caught.add(signal);
    return caught;
  }

  // ── Input and output ─────────────────────────────────────────────────────────────────────────────────────────────

  #alive(): void {
    if (this.#error) throw this.#error;
  }

  #file(descriptor: number): OpenFile {
    this.#alive();
    const file = this.descriptors.get(descriptor);
    if (!file) throw new SystemError('EBADF');
    return file;
  }

  read(descriptor: number, max = 65536): Bytes | Promise<Bytes> {
    const file = this.#file(descriptor);
    if (this.#stopped || (file.terminal && !this.#mayRead(file.terminal))) return quiet(this.#readLater(file, max));
    const data = file.read(max);
    if (data === undefined) return quiet(this.#readLater(file, max));
    this.session.meter.appetite += data.length / 100_000;
    const turn = this.step(2 + (data.length >> 10));
    return turn ? quiet(turn.then(() => data)) : data;
  }

  /** A background process that reads its terminal is stopped. */
  #mayRead(terminal: Terminal): boolean {
    return terminal !== this.terminal || terminal.foreground === this.pgid || this.machine.orphaned(this.pgid);
  }

  async #readLater(file: OpenFile, max: number): Promise<Bytes> {
    for (;;) {
      if (this.#stopped) await this.#continued();
      const { terminal } = file;
      if (terminal && terminal === this.terminal && terminal.foreground !== this.pgid) {
        if (this.machine.orphaned(this.pgid) || this.#handlers?.get('TTIN') === 'ignore') {
          if (!(terminal as PseudoTerminal).hungUp) throw new SystemError('EIO');
        } else {
          this.machine.signalGroup(this.pgid, 'TTIN');
          this.#alive();
          if (this.#stopped) continue;
        }
      }
      const data = file.read(max);
      if (data !== undefined) {
        this.session.meter.appetite += data.length / 100_000;
        const turn = this.step(2 + (data.length >> 10));
        if (turn) await turn;
        return data;
      }
      const cc = terminal && !terminal.settings.icanon ? terminal.settings.cc : undefined;
      if (cc && cc.min === 0) {
        const deadline = this.machine.clock.now() + cc.time * 100;
        await this.pause((wake) => {
          const [quiet, late] = [file.onReadable(wake), this.machine.clock.after(cc.time * 100, wake)];
          return () => {
            quiet();
            late();
          };
        });
        if (this.machine.clock.now() >= deadline) return file.read(max) ?? '';
      } else await this.pause((wake) => file.onReadable(wake));
    }
  }

  async readAll(descriptor: number, limit = READ_ALL): Promise<Bytes> {
    const parts: Bytes[] = [];
    for (let length = 0; ; ) {
      const data = await this.read(descriptor);
      if (data === '') return parts.length === 1 ? parts[0]! : parts.join('');
      length += data.length;
      if (length > limit) throw new SystemError('ENOMEM');
      parts.push(data);
    }
  }

  write(descriptor: number, data: Bytes): void | Promise<void> {
    const file = this.#file(descriptor);
    if (this.#stopped) return quiet(this.#writeLater(file, data));
    const taken = this.#put(file, data);
    const rest = taken === undefined ? data : taken < data.length ? data.slice(taken) : undefined;
    if (rest !== undefined) return quiet(this.#writeLater(file, rest));
    return this.step(2 + (data.length >> 10));
  }

  /** A write to a pipe nobody reads is SIGPIPE first and an error only for those who ignore it. */
  #put(file: OpenFile, data: Bytes): number | undefined {
    try {
      return file.write(data);
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EPIPE') {
        this.deliver('PIPE');
        this.#alive();
      }
      throw error;
    }
  }

  async #writeLater(file: OpenFile, data: Bytes): Promise<void> {
    let rest = data;
    for (;;) {
      if (this.#stopped) await this.#continued();
      const taken = this.#put(file, rest);
      if (taken !== undefined) {
        const turn = this.step(2 + (taken >> 10));
        if (turn) await turn;
        if (taken >= rest.length) return;
        rest = rest.slice(taken);
      } else await this.pause((wake) => file.onWritable(wake));
    }
  }

  out(data: Bytes): void | Promise<void> {
    return this.write(1, data);
  }

  err(data: Bytes): void | Promise<void> {
    return this.write(2, data);
  }

  readFile(path: Bytes): Bytes {
    const file = this.files.open(path, { read: true });
    try {
      if (file.kind === 'directory') throw new SystemError('EISDIR', path);
      const parts: Bytes[] = [];
      for (let length = 0; length <= READ_ALL; ) {
        const data = file.read(1 << 20);
        if (!data) return parts.length === 1 ? parts[0]! : parts.join('');
        parts.push(data);
        length += data.length;
      }
      throw new SystemError('ENOMEM', path);
    } finally {
      file.release();
    }
  }

  open(path: Bytes, flags: OpenFlags, mode?: number): number {
    const descriptor = this.#free(0);
    this.descriptors.set(descriptor, this.files.open(path, flags, mode));
    return descriptor;
  }

  #free(from: number): number {
    this.#alive();
    let descriptor = from;
    while (this.descriptors.has(descriptor)) descriptor++;
    if (descriptor >= DESCRIPTORS) throw new SystemError('EMFILE');
    return descriptor;
  }

  close(descriptor: number): void {
    const file = this.#file(descriptor);
    this.descriptors.delete(descriptor);
    file.release();
  }

  dup(from: number, to: number): void {
    const file = this.#file(from);
    if (to < 0 || to >= DESCRIPTORS) throw new SystemError('EBADF');
    if (from === to) return;
    const before = this.descriptors.get(to);
    this.descriptors.set(to, file.retain());
    before?.release();
  }

  pipe(): [number, number] {
    const pipe = new Pipe(this.machine.newInode());
    const read = this.#free(0);
    const write = this.#free(read + 1);
    this.descriptors.set(read, new PipeEnd(pipe, true, false));
    this.descriptors.set(write, new PipeEnd(pipe, false, true));
    return [read, write];
  }

  get files(): BoundFiles {
    return (this.#files ??= bind(this));
  }

  // ── Waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Waits until the registered wake-up comes; throws Interrupted if the process ends before. */
  pause(register: (wake: () => void) => () => void): Promise<void> {
    if (this.#error) return quiet(Promise.reject(this.#error));
    const paused = new Promise<void>((resolve, reject) => {
      const waits = (this.#waits ??= new Set());
      let done = false;
      const wait: Wait = { cancel: () => {}, reject };
      waits.add(wait);
      wait.cancel = register(() => {
        if (done || this.#error) return;
        done = true;
        waits.delete(wait);
        if (this.#stopped) (this.#held ??= []).push(resolve);
        else resolve();
      });
    });
    return quiet(paused);
  }

  #continued(): Promise<void> {
    const continued = new Promise<void>((resolve, reject) => {
      if (this.#error) reject(this.#error);
      else if (!this.#stopped) resolve();
      else {
        const wait: Wait = { cancel: () => {}, reject };
        (this.#waits ??= new Set()).add(wait);
        (this.#held ??= []).push(() => {
          this.#waits?.delete(wait);
          resolve();
        });
      }
    });
    return quiet(continued);
  }

  sleep(ms: number): Promise<void> {
    this.#alive();
    return this.pause((wake) => this.machine.clock.after(Math.max(0, ms), wake));
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return quiet(this.#outcome(promise));
  }

  async #outcome<T>(promise: Promise<T>): Promise<T> {
    let outcome: { value: T } | { error: unknown } | undefined;
    await this.pause((wake) => {
      promise.then(
        (value) => {
          outcome = { value };
          wake();
        },
        (error: unknown) => {
          outcome = { error };
          wake();
        },
      );
      return () => {};
    });
    if (outcome && 'value' in outcome) return outcome.value;
    throw outcome!.error;
  }

  step(count = 1): Promise<void> | undefined {
    if (this.#error) throw this.#error;
    this.#steps += count;
    if (this.#stopped) return this.#continued();
    const turn = this.machine.queue.step(this.session.meter, count);
    if (!turn) return undefined;
    return quiet(
      turn.then(() => {
        if (this.#error) throw this.#error;
        return this.#stopped ? this.#continued() : undefined;
      }),
    );
  }

  // ── Children ─────────────────────────────────────────────────────────────────────────────────────────────────────

  spawn(main: Main, changes: SpawnChanges = {}): Process {
    return this.fork(main, changes, this.executable);
  }

  /** `spawn`, with the program file the child shows. */
  fork(main: Main, changes: SpawnChanges, executable: Bytes): Proc {
    this.#alive();
    const { machine } = this;
    if (this.session.processes >= this.session.limit) throw new SystemError('EAGAIN');
    const pid = machine.newPid();
    const descriptors = new Map<number, OpenFile>();
    for (const [number, file] of changes.descriptors ?? this.descriptors) descriptors.set(number, file.retain());
    const child = new Proc(machine, pid, {
      ppid: this.pid,
      pgid: changes.newSession ? pid : changes.pgid === undefined ? this.pgid : changes.pgid || pid,
      sid: changes.newSession ? pid : this.sid,
      argv: changes.argv ?? this.argv,
      environment: changes.environment ?? new Map(this.environment),
      cwd: changes.cwd ?? this.cwd,
      umask: this.umask,
      nice: this.nice,
      credentials: changes.credentials ?? this.credentials,
      descriptors,
      terminal: (changes.terminal as PseudoTerminal | undefined) ?? (changes.newSession ? undefined : this.terminal),
      witness: changes.witness ?? this.witness,
      session: this.session,
      executable,
      ignored: this.#handlers ? this.ignored : undefined,
    });
    if (changes.foreground && child.terminal) child.terminal.foreground = child.pgid;
    (this.#children ??= new Set()).add(child);
    machine.enter(child);
    queueMicrotask(() => child.run(main));
    return child;
  }

  exec(path: Bytes, argv: Bytes[], changes: SpawnChanges = {}): Process {
    this.#alive();
    return exec(this, path, argv, changes);
  }

  async replace(path: Bytes, argv: Bytes[], environment: Map<Bytes, Bytes>, settle: () => void): Promise<never> {
    this.#alive();
    const loaded = load(this, this.credentials, this.cwd, path, argv, 0);
    settle();
    this.argv = loaded.argv;
    this.environment = environment;
    this.credentials = loaded.credentials;
    this.executable = loaded.executable;
    this.#files = undefined;
    // Caught signals get their default action back, ignored ones stay so.
    for (const signal of this.caught) this.#handlers!.delete(signal);
    await this.run(loaded.main);
    throw this.#error ?? new Interrupted(this.ended ?? { code: 0 });
  }

  /** Runs `main` to its end. */
  async run(main: Main): Promise<void> {
    try {
      if (this.#stopped) await this.#continued();
      if (this.#error) return;
      const code = await main(this);
      this.finish({ code: code & 255 });
    } catch (error) {
      if (error instanceof Interrupted) this.finish(error.ending);
      else await this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<void> {
    try {
      // Deep recursion ends a real program the same way.
      if (error instanceof RangeError && /call stack/.test(error.message)) this.finish({ signal: 'SEGV' });
      else if (
        error instanceof RangeError &&
        /Invalid (string|array|typed array) length|allocation failed/.test(error.message)
      )
        await this.#failed(new SystemError('ENOMEM'));
      else if (error instanceof SystemError) {
        const name = (this.argv[0] ?? '').split('/').pop();
        const where = error.path === undefined ? '' : `${error.path}: `;
        await this.err(`${name}: ${where}${error.message}\n`);
      } else this.machine.fault(this, error);
    } catch {
      // Standard error is gone as well.
    }
    this.finish({ code: 1 });
  }

  /** Ends the process, once: whatever it still does is refused. */
  finish(ending: Ending): void {
    if (this.ended) return;
    this.ended = ending;
    this.#error = new Interrupted(ending);
    const waits = this.#waits;
    this.#waits = undefined;
    this.#held = undefined;
    this.#stopped = undefined;
    for (const wait of waits ?? []) {
      wait.cancel();
      wait.reject(this.#error);
    }
    const files = [...this.descriptors.values()];
    this.descriptors.clear();
    for (const file of files) file.release();
    for (const child of this.#children ?? []) {
      child.ppid = 1;
      if (child.ended) this.machine.leave(child);
    }
    this.#children = undefined;
    this.environment = new Map();
    this.#files = undefined;
    this.machine.left(this);
    const parent = this.machine.live(this.ppid);
    if (!parent) this.machine.leave(this);
    else if (parent.#handlers?.get('CHLD') === 'ignore') {
      parent.#children?.delete(this);
      this.machine.leave(this);
    }
    if (parent) {
      parent.deliver('CHLD');
      parent.#childChanged();
    }
    this.onEnd?.(ending);
  }

  #childChanged(): void {
    const waiters = this.#childWaiters;
    this.#childWaiters = undefined;
    for (const wake of waiters ?? []) wake();
  }

  waitFor(
    child?: Process,
    options: { noHang?: boolean; untraced?: boolean } = {},
  ): Promise<{ process: Process; ending?: Ending } | undefined> {
    this.#alive();
    return quiet(this.#awaitChild(child, options));
  }

  async #awaitChild(
    child: Process | undefined,
    options: { noHang?: boolean; untraced?: boolean },
  ): Promise<{ process: Process; ending?: Ending } | undefined> {
    for (;;) {
      const candidates = child ? [child as Proc] : [...(this.#children ?? [])];
      const mine = candidates.filter((process) => this.#children?.has(process));
      if (mine.length === 0) return undefined;
      for (const process of mine) {
        if (process.ended) {
          this.#children?.delete(process);
          this.machine.leave(process);
          return { process, ending: process.ended };
        }
        if (options.untraced && process.#stopped && !process.#stopReported) {
          process.#stopReported = true;
          return { process };
        }
      }
      if (options.noHang) return undefined;
      await this.pause((wake) => {
        const waiters = (this.#childWaiters ??= new Set());
        waiters.add(wake);
        return () => waiters.delete(wake);
      });
    }
  }

  // ── Signals ──────────────────────────────────────────────────────────────────────────────────────────────────────

  kill(pid: number, signal: Signal | 0): void {
    this.#alive();
    this.machine.kill(this, pid, signal);
    this.#alive();
  }

  onSignal(signal: Signal, handler: (() => void) | 'ignore' | undefined): void {
    if (signal === 'KILL' || signal === 'STOP') throw new SystemError('EINVAL');
    if (handler === undefined) this.#handlers?.delete(signal);
    else (this.#handlers ??= new Map()).set(signal, handler);
  }

  exit(code: number): never {
    this.#alive();
    throw new Interrupted({ code: code & 255 });
  }

  /** The signal that stopped it, if it is stopped. */
  get stoppedBy(): Signal | undefined {
    return this.#stopped;
  }

  /** A signal arrives. */
  deliver(signal: Signal): void {
    if (this.ended) return;
    if (signal === 'CONT' || signal === 'KILL') this.#continue();
    const handler = signal === 'KILL' || signal === 'STOP' ? undefined : this.#handlers?.get(signal);
    if (handler === 'ignore') return;
    if (handler) {
      handler();
      return;
    }
    const action = defaultAction(signal);
    if (action === 'end') this.finish({ signal });
    else if (action === 'stop' && !(signal !== 'STOP' && this.machine.orphaned(this.pgid))) {
      if (this.#stopped) return;
      this.#stopped = signal;
      this.#stopReported = false;
      const parent = this.machine.live(this.ppid);
      parent?.deliver('CHLD');
      if (parent) parent.#childChanged();
    }
  }

  #continue(): void {
    if (!this.#stopped) return;
    this.#stopped = undefined;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resume of held) resume();
  }

  /** How ps shows it. */
  get info(): ProcessInfo {
    return new RunningInfo(this);
  }
}

/** A view of a running process as a line of ps. */
class RunningInfo implements ProcessInfo {
  readonly process: Proc;
  constructor(process: Proc) {
    this.process = process;
  }
  get pid() {
    return this.process.pid;
  }
  get ppid() {
    return this.process.ppid;
  }
  get pgid() {
    return this.process.pgid;
  }
  get sid() {
    return this.process.sid;
  }
  get argv() {
    return this.process.ended ? [] : this.process.argv;
  }
  get comm() {
    const name = this.process.executable;
    const called = this.process.argv[0] ?? name;
    return (called.startsWith('-') ? name : called).split('/').pop()!.slice(0, 15);
  }
  get uid() {
    return this.process.credentials.euid;
  }
  get tty() {
    return this.process.terminal ? this.process.terminal.path.slice('/dev/'.length) : '?';
  }
  /** ps's STAT: state, priority, session leader, foreground. */
  get state() {
    const { process } = this;
    const letter = { running: 'R', sleeping: 'S', stopped: 'T', zombie: 'Z' }[process.state];
    const nice = process.nice > 0 ? 'N' : process.nice < 0 ? '<' : '';
    return `${letter}${nice}${process.sid === process.pid ? 's' : ''}${process.terminal?.foreground === process.pgid ? '+' : ''}`;
  }
  get started() {
    return this.process.started;
  }
  get cpu() {
    return this.process.cpu;
  }
  get virtual() {
    return this.process.ended ? 0 : /(^|\/)(ba|da)?sh$/.test(this.process.executable) ? 7960 : 5480;
  }
  get resident() {
    return this.process.ended ? 0 : /(^|\/)(ba|da)?sh$/.test(this.process.executable) ? 4832 : 1836;
  }
  get nice() {
    return this.process.nice;
  }
  set nice(value) {
    this.process.nice = value;
  }
}

/** The file system with a process' credentials, directory and umask applied. */
function bind(process: Proc): BoundFiles {
  const fs: LayeredFileSystem = process.machine.filesystem;
  const enter = () => {
    fs.caller = process;
    return process.credentials;
  };
  const touched = (how: Touch, path: Bytes) => process.witness.touched(how, posix.resolve(process.cwd, path));
  return {
    stat: (path, follow) => fs.stat(enter(), process.cwd, path, follow),
    access: (path, mode) => fs.access(enter(), process.cwd, path, mode),
    realpath: (path) => fs.realpath(enter(), process.cwd, path),
    open: (path, flags, mode = 0o666) => {
      const file = fs.open(enter(), process.cwd, path, flags, mode & ~process.umask);
      if (file.kind === 'file') process.witness.touched(file.writable ? 'written' : 'read', file.path);
      return file;
    },
    readdir: (path) => fs.readdir(enter(), process.cwd, path),
    readlink: (path) => fs.readlink(enter(), process.cwd, path),
    mkdir: (path, mode) => {
      fs.mkdir(enter(), process.cwd, path, mode & ~process.umask);
      touched('written', path);
    },
    mknod: (path, mode, type, rdev) => fs.mknod(enter(), process.cwd, path, mode & ~process.umask, type, rdev),
    rmdir: (path) => {
      fs.rmdir(enter(), process.cwd, path);
      touched('removed', path);
    },
    unlink: (path) => {
      fs.unlink(enter(), process.cwd, path);
      touched('removed', path);
    },
    rename: (from, to) => {
      fs.rename(enter(), process.cwd, from, to);
      touched('removed', from);
      touched('written', to);
    },
    link: (from, to) => {
      fs.link(enter(), process.cwd, from, to);
      touched('written', to);
    },
    symlink: (target, path) => {
      fs.symlink(enter(), process.cwd, target, path);
      touched('written', path);
    },
    truncate: (path, size) => fs.truncate(enter(), process.cwd, path, size),
    chmod: (path, mode, follow) => fs.chmod(enter(), process.cwd, path, mode, follow),
    chown: (path, uid, gid, follow) => fs.chown(enter(), process.cwd, path, uid, gid, follow),
    utimes: (path, atime, mtime, follow) => fs.utimes(enter(), process.cwd, path, atime, mtime, follow),
    attributes: (path) => fs.attributes(enter(), process.cwd, path),
    setAttributes: (path, flags) => fs.setAttributes(enter(), process.cwd, path, flags),
    mounts: () => fs.mounts(),
  };
}
