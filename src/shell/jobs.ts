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
    return job;
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
    if (interactive) await process.err(this.#shell.dialect === 'bash' ? `[${job.number}] ${child.pid}\n` : '');
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
          await process.err(`\n${line(stopped, this.list)}\n`);
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
    await this.reap();
    for (const job of [...this.list]) {
      if (job.state !== 'Done') continue;
      await this.#shell.process.err(`${line(job, this.list)}\n`);
      this.forget(job);
    }
  }

  /** `%1`, `%+`, `%-`, `%name`. */
  find(spec: Bytes | undefined): Job | undefined {
    const alive = this.list.filter((job) => !job.told && job.state !== 'Done');
    if (spec === undefined || spec === '%%' || spec === '%+' || spec === '%') return alive.at(-1);
    if (spec === '%-') return alive.at(-2) ?? alive.at(-1);
    if (/^%\d+$/.test(spec)) return this.list.find((job) => !job.told && job.number === Number(spec.slice(1)));
    if (spec.startsWith('%?')) return alive.find((job) => job.text.includes(spec.slice(2)));
    if (spec.startsWith('%')) return alive.find((job) => job.text.startsWith(spec.slice(1)));
    return undefined;
  }
}

/** `[1]+  Running                 sleep 100 &` */
export function line(job: Job, list: readonly Job[], withPid = false): Bytes {
  const alive = list.filter((other) => other.state !== 'Done' || other === job);
  const mark = job === alive.at(-1) ? '+' : job === alive.at(-2) ? '-' : ' ';
  const { ending } = job;
  const state =
    job.state !== 'Done'
      ? job.state
      : ending && 'signal' in ending
        ? (WORDS[ending.signal] ?? ending.signal)
        : ending?.code
          ? `Exit ${ending.code}`
          : 'Done';
  return `[${job.number}]${mark} ${withPid ? `${String(job.processes[0]?.pid ?? job.group).padStart(5)} ` : ' '}${state.padEnd(24)}${job.text}${job.state === 'Running' ? ' &' : ''}`;
}
