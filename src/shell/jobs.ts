// Job control: what runs in the foreground, what in the background, and what bash says about it.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, Ending, Process, Signal } from '../machine/machine.ts';
import { Aborted } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { commandText } from './print.ts';
import { statusOf } from './signals.ts';
import type { Coprocess } from './syntax.ts';

export interface Job {
  number: number;
  group: number;
  processes: Process[];
  text: Bytes;
  state: 'Running' | 'Stopped' | 'Done';
  /** dash and ash: `wait` has given its status, and the next job takes its place. */
  waited?: true;
  ending?: Ending;
  /** Its end has been told, or need not be. */
  told?: boolean;
  coprocess?: { name: string; descriptors: readonly number[] };
  /** A signal was sent to it while it was stopped: that it is stopped is told once more before its end. */
  disturbed?: boolean;
  /** disown -h: no SIGHUP at the end. */
  kept?: boolean;
}

const WORDS: Partial<Record<Signal, string>> = {
  HUP: 'Hangup',
  QUIT: 'Quit',
  ILL: 'Illegal instruction',
  TRAP: 'Trace/breakpoint trap',
  ABRT: 'Aborted',
  BUS: 'Bus error',
  FPE: 'Floating point exception',
  KILL: 'Killed',
  USR1: 'User defined signal 1',
  SEGV: 'Segmentation fault',
  USR2: 'User defined signal 2',
  ALRM: 'Alarm clock',
  TERM: 'Terminated',
  XCPU: 'CPU time limit exceeded',
  XFSZ: 'File size limit exceeded',
};

export const signalWord = (signal: Signal): string | undefined => WORDS[signal];

export class Jobs {
  readonly #shell: Interpreter;
  readonly list: Job[] = [];
  /** The jobs that + and - mean. */
  #current: Job | undefined;
  #previous: Job | undefined;
  /** The user has been told of stopped jobs: leaving again is leaving. */
  leaving = false;

  constructor(shell: Interpreter) {
    this.#shell = shell;
  }

  get #monitored(): boolean {
    return this.#shell.options.has('monitor') && this.#shell.process.terminal !== undefined;
  }

  #add(processes: Process[], text: Bytes, state: Job['state']): Job {
    const left = this.list.filter((other) => !other.waited);
    if (left.length < this.list.length) this.list.splice(0, this.list.length, ...left);
    // The newest has the highest number.
    const number = (left.findLast((job) => !job.told)?.number ?? 0) + 1;
    const job: Job = { number, group: processes[0]?.pgid ?? 0, processes, text, state };
    this.list.push(job);
    if (state === 'Running') this.#choose();
    else this.#setCurrent(job);
    return job;
  }

  /** A subshell can look at its parent's jobs. */
  inherit(from: Jobs): void {
    for (const job of from.list) {
      const copy = { ...job };
      this.list.push(copy);
      if (job === from.#current) this.#current = copy;
      if (job === from.#previous) this.#previous = copy;
    }
  }

  /** The newest job in this state before (or besides) another. */
  #newest(state: Job['state'], before?: Job): Job | undefined {
    const end = before ? this.list.indexOf(before) : this.list.length;
    return this.list.slice(0, end).findLast((job) => job.state === state);
  }

  /** Makes a job the one that + means, and finds the one for - (set_current_job of bash's jobs.c). */
  #setCurrent(job: Job): void {
    if (this.#current !== job) [this.#previous, this.#current] = [this.#current, job];
    const { list } = this;
    if (this.#previous && this.#previous !== job && list.includes(this.#previous) && this.#previous.state === 'Stopped')
      return;
    this.#previous =
      (job.state === 'Stopped' ? this.#newest('Stopped', job) : undefined) ??
      this.#newest('Running', job.state === 'Running' ? job : undefined) ??
      job;
  }

  /** Finds the job for + anew (reset_current). */
  #choose(): void {
    const alive = (job: Job | undefined) =>
      job && this.list.includes(job) && job.state === 'Stopped' ? job : undefined;
    const job = alive(this.#current) ?? alive(this.#previous) ?? this.#newest('Stopped') ?? this.#newest('Running');
    if (job) this.#setCurrent(job);
    else this.#current = this.#previous = undefined;
  }

  /** `+`, `-` or a blank. */
  mark(job: Job): string {
    return job === this.#current ? '+' : job === this.#previous ? '-' : ' ';
  }

  /** A job goes on, in the foreground or the background. */
  resume(job: Job, foreground: boolean): void {
    job.state = 'Running';
    delete job.disturbed;
    if (foreground) this.#setCurrent(job);
  }

  /** Before an interactive shell ends: true when there are stopped jobs and this has not been said just now. */
  async holdsBack(): Promise<boolean> {
    const shell = this.#shell;
    if (!shell.interactive || shell.dialect !== 'bash' || this.leaving) return false;
    await this.reap();
    if (!this.list.some((job) => job.state === 'Stopped')) return false;
    this.leaving = true;
    await shell.process.err('There are stopped jobs.\n');
    return true;
  }

  /** Starts a command without waiting: `&`. */
  async background(text: Bytes, run: (shell: Interpreter) => Promise<number>): Promise<number> {
    const { process, interactive } = this.#shell;
    const descriptors = new Map(process.descriptors);
    let null_: ReturnType<Process['files']['open']> | undefined;
    if (!this.#shell.options.has('monitor')) {
      try {
        null_ = process.files.open('/dev/null', { read: true });
        descriptors.set(0, null_);
      } catch {
        // A machine without /dev/null: it keeps the terminal.
      }
    }
    let child: Process;
    try {
      child = this.#shell.fork(run, { descriptors, ...(this.#shell.options.has('monitor') ? { pgid: 0 } : {}) });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      await this.#shell.complain(`fork: retry: ${strerror(error.code)}`);
      return 254;
    } finally {
      null_?.release();
    }
    if (!this.#shell.options.has('monitor'))
      for (const signal of ['INT', 'QUIT'] as Signal[]) child.onSignal(signal, 'ignore');
    const job = this.#add([child], text, 'Running');
    this.#shell.lastBackground = String(child.pid);
    if (interactive && this.#shell.dialect === 'bash') await process.err(`[${job.number}] ${child.pid}\n`);
    return 0;
  }

  /** `coproc NAME …`: a background job with a pipe to each end of it, whose descriptors are in the array NAME. */
  async coprocess({ name, body }: Coprocess): Promise<number> {
    const shell = this.#shell;
    const { process } = shell;
    const [theirIn, mineOut] = process.pipe();
    const [mineIn, theirOut] = process.pipe();
    const descriptors = new Map(process.descriptors);
    descriptors.set(0, process.descriptors.get(theirIn)!);
    descriptors.set(1, process.descriptors.get(theirOut)!);
    for (const number of [theirIn, mineOut, mineIn, theirOut]) if (number > 2) descriptors.delete(number);
    let child: Process;
    try {
      child = shell.fork((inner) => inner.tail(body), {
        descriptors,
        ...(shell.options.has('monitor') ? { pgid: 0 } : {}),
      });
    } catch (error) {
      for (const number of [theirIn, mineOut, mineIn, theirOut]) process.close(number);
      if (!(error instanceof SystemError)) throw error;
      await shell.complain(`fork: retry: ${strerror(error.code)}`);
      return 254;
    }
    process.close(theirIn);
    process.close(theirOut);
    // Out of the way of the script's own numbers, from 63 down.
    const moved = [mineIn, mineOut].map((number) => {
      let to = 63;
      while (process.descriptors.has(to)) to--;
      process.dup(number, to);
      process.close(number);
      return to;
    });
    const job = this.#add([child], `coproc ${name} ${commandText(body)}`, 'Running');
    shell.lastBackground = String(child.pid);
    shell.variables.obtain(name).value = new Map(moved.map((number, i) => [i, String(number)]));
    shell.variables.set(`${name}_PID`, String(child.pid));
    if (shell.interactive) await process.err(`[${job.number}] ${child.pid}\n`);
    job.coprocess = { name, descriptors: moved };
    return 0;
  }

  /** A coprocess has ended: its descriptors are closed and its variables unset. */
  #endCoprocess(job: Job): void {
    if (!job.coprocess) return;
    const { name, descriptors } = job.coprocess;
    delete job.coprocess;
    const { process, variables } = this.#shell;
    for (const number of descriptors) if (process.descriptors.has(number)) process.close(number);
    for (const variable of [name, `${name}_PID`]) if (variables.find(variable)) variables.unset(variable);
  }

  /** The statuses of background processes that were waited for, by pid: `wait PID` may ask again. */
  readonly remembered = new Map<string, number>();
  remember(job: Job, status: number): void {
    if (this.remembered.size > 500) this.remembered.clear();
    for (const { pid } of job.processes) this.remembered.set(String(pid), status);
  }

  /** Jobs of the shell that this one came from are only shown. */
  mine(job: Job): boolean {
    return job.processes.every((child) => child.ppid === this.#shell.process.pid || child.ended !== undefined);
  }

  /** By `%…` or by a pid. */
  named(word: Bytes): Job | undefined {
    if (word.startsWith('%')) return this.find(word);
    return this.list.find((job) => this.mine(job) && job.processes.some(({ pid }) => String(pid) === word));
  }

  /** Takes a job off the list. */
  forget(job: Job): void {
    this.#endCoprocess(job);
    const at = this.list.indexOf(job);
    if (at >= 0) this.list.splice(at, 1);
    if (job === this.#current || job === this.#previous) this.#choose();
  }

  /** Waits for processes that run in the foreground; their statuses in order. */
  async foreground(processes: Process[], text: () => Bytes, group: number, job?: Job): Promise<number[]> {
    const { process, interactive } = this.#shell;
    const { terminal } = process;
    if (this.#monitored && terminal && group) terminal.foreground = group;
    const statuses: number[] = [];
    let interrupted = false;
    try {
      for (const child of processes) {
        const result = await process.waitFor(child, this.#monitored ? { untraced: true } : {});
        if (result && !result.ending) {
          const stopped = job ?? this.#add(processes, text(), 'Stopped');
          stopped.state = 'Stopped';
          this.#setCurrent(stopped);
          await process.err(`${this.#shell.dialect === 'bash' ? '\n' : ''}${this.line(stopped)}\n`);
          return [148];
        }
        const ending = result?.ending ?? child.ended ?? { code: 127 };
        statuses.push(statusOf(ending));
        if (!('signal' in ending)) continue;
        if (ending.signal === 'INT') interrupted = true;
        const last = child === processes.at(-1);
        const word = WORDS[ending.signal];
        if (!last || !word) continue;
        await this.#tellSignal(ending.signal, word, child.pid, text);
      }
    } finally {
      if (this.#monitored && terminal && !process.ended) terminal.foreground = process.pgid;
    }
    if (job) this.forget(job);
    if (interrupted && interactive) {
      await process.err('\n');
      this.#shell.status = 130;
      throw new Aborted();
    }
    if (!interactive && this.#shell.dialect === 'bash' && this.list.length > 0) await this.settle();
    return statuses;
  }

  /** What a shell says of a process that a signal ended. */
  async #tellSignal(signal: Signal, word: string, pid: number, text: () => Bytes): Promise<void> {
    const { process, interactive, dialect, substituting, prefix } = this.#shell;
    if (interactive || dialect !== 'bash') await process.err(`${word}\n`);
    else if (substituting) return;
    else if (signal === 'TERM') await process.err(`${word}\n`);
    else await process.err(`${prefix}${String(pid).padStart(5)} ${word.padEnd(23)} ${text()}\n`);
  }

  /** After a command of a shell that is not interactive: what has ended in the background counts as told. */
  async settle(): Promise<void> {
    await this.reap();
    for (const job of this.list) {
      if (job.state !== 'Done' || job.told) continue;
      job.told = true;
      await this.tellKilled(job);
    }
  }

  /** A background job that was killed, and not by a plain `kill` or Ctrl-C, is told of in a script, too. */
  async tellKilled(job: Job): Promise<void> {
    const { ending } = job;
    if (!ending || !('signal' in ending) || ['TERM', 'INT', 'PIPE'].includes(ending.signal) || this.#shell.interactive)
      return;
    const word = WORDS[ending.signal];
    if (word) await this.#tellSignal(ending.signal, word, job.processes.at(-1)!.pid, () => job.text);
  }

  /** Collects what has ended, without waiting. */
  async reap(): Promise<void> {
    for (const job of this.list) {
      if (job.state !== 'Running') continue;
      const last = job.processes.at(-1)!;
      for (const process of job.processes)
        if (process.ended) await this.#shell.process.waitFor(process, { noHang: true });
      if (!last.ended) continue;
      job.state = 'Done';
      job.ending = last.ended;
    }
  }

  /** What an interactive shell says before a prompt. */
  async announce(): Promise<void> {
    for (const job of this.list) {
      if (!job.disturbed) continue;
      await this.#shell.process.err(`\n${this.line(job)}\n`);
      delete job.disturbed;
      job.state = 'Running';
      return;
    }
    await this.reap();
    for (const job of [...this.list]) {
      if (job.state !== 'Done') continue;
      await this.#shell.process.err(`${this.line(job)}\n`);
      this.forget(job);
    }
  }

  /** `%1`, `%+`, `%-`, `%name`. */
  find(spec: Bytes | undefined): Job | undefined {
    const alive = this.list.filter((job) => !job.told && job.state !== 'Done');
    if (spec === undefined || spec === '%%' || spec === '%+' || spec === '%')
      return alive.find((job) => job === this.#current) ?? alive.at(-1);
    if (spec === '%-') return alive.find((job) => job === this.#previous) ?? alive.at(-2) ?? alive.at(-1);
    if (/^%\d+$/.test(spec)) return this.list.find((job) => !job.told && job.number === Number(spec.slice(1)));
    if (spec.startsWith('%?')) return alive.find((job) => job.text.includes(spec.slice(2)));
    if (spec.startsWith('%')) return alive.find((job) => job.text.startsWith(spec.slice(1)));
    return undefined;
  }

  /** `[1]+  Running                 sleep 100 &` */
  line(job: Job, withPid = false): Bytes {
    const { ending } = job;
    const state =
      job.state !== 'Done'
        ? job.state
        : ending && 'signal' in ending
          ? (WORDS[ending.signal] ?? ending.signal)
          : ending?.code
            ? `Exit ${ending.code}`
            : 'Done';
    const ash = this.#shell.dialect !== 'bash';
    const pid = withPid ? `${String(job.processes[0]?.pid ?? job.group).padStart(ash ? 0 : 5)} ` : ' ';
    return `[${job.number}]${this.mark(job)} ${ash && withPid ? ' ' : ''}${pid}${state.padEnd(ash ? 27 : 24)}${job.text}${job.state === 'Running' && !ash ? ' &' : ''}`;
  }
}
