// The process table of one machine: the daemons all machines share, those of this one, and what runs in it; ordered by pid.
import type { ProcessInfo } from './machine.ts';
import type { Proc } from './process.ts';

export class ProcessTable implements ReadonlyMap<number, ProcessInfo> {
  readonly #daemons: ReadonlyMap<number, ProcessInfo>;
  readonly #running: ReadonlyMap<number, Proc>;
  /** sshd's process of each login. */
  readonly #shown = new Map<number, ProcessInfo>();
  /** Daemons an attacker has ended. */
  #gone: Set<number> | undefined;

  constructor(daemons: ReadonlyMap<number, ProcessInfo>, running: ReadonlyMap<number, Proc>) {
    this.#daemons = daemons;
    this.#running = running;
  }

  show(info: ProcessInfo): void {
    this.#shown.set(info.pid, info);
  }

  hide(pid: number): void {
    if (!this.#shown.delete(pid) && this.#daemons.has(pid)) (this.#gone ??= new Set()).add(pid);
  }

  get(pid: number): ProcessInfo | undefined {
    const running = this.#running.get(pid);
    if (running) return running.info;
    return this.#shown.get(pid) ?? (this.#gone?.has(pid) ? undefined : this.#daemons.get(pid));
  }

  has(pid: number): boolean {
    return this.#running.has(pid) || this.#shown.has(pid) || (this.#daemons.has(pid) && !this.#gone?.has(pid));
  }

  get size(): number {
    return this.#running.size + this.#shown.size + this.#daemons.size - (this.#gone?.size ?? 0);
  }

  #pids(): number[] {
    const daemons = [...this.#daemons.keys()].filter((pid) => !this.#gone?.has(pid));
    return [...daemons, ...this.#shown.keys(), ...this.#running.keys()].sort((a, b) => a - b);
  }

  keys(): MapIterator<number> {
    return this.#pids().values();
  }

  *values(): MapIterator<ProcessInfo> {
    for (const pid of this.#pids()) yield this.get(pid)!;
  }

  *entries(): MapIterator<[number, ProcessInfo]> {
    for (const pid of this.#pids()) yield [pid, this.get(pid)!];
  }

  [Symbol.iterator](): MapIterator<[number, ProcessInfo]> {
    return this.entries();
  }

  forEach(each: (info: ProcessInfo, pid: number, table: ReadonlyMap<number, ProcessInfo>) => void): void {
    for (const [pid, info] of this.entries()) each(info, pid, this);
  }
}
