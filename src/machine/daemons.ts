// The processes that were there before the attacker came: kernel threads, and the persona's daemons.
import type { Origin } from './identity.ts';
import type { Bytes, ProcessInfo } from './machine.ts';
import type { Facts } from './persona.ts';

/** A process that only ps and /proc know. */
export class Daemon implements ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly argv: readonly Bytes[];
  readonly comm: Bytes;
  readonly uid: number;
  readonly tty: string;
  readonly state: string;
  readonly started: number;
  readonly virtual: number;
  readonly resident: number;
  nice = 0;
  /** Ends the login it stands for. */
  readonly seat?: () => void;
  readonly #cpu: () => number;

  constructor(facts: {
    pid: number;
    ppid: number;
    argv: readonly Bytes[];
    comm?: Bytes;
    uid?: number;
    tty?: string;
    state?: string;
    started: number;
    virtual?: number;
    resident?: number;
    cpu?: () => number;
    seat?: () => void;
  }) {
    this.pid = facts.pid;
    this.ppid = facts.ppid;
    this.argv = facts.argv;
    this.comm = facts.comm ?? (facts.argv[0] ?? '').split(' ')[0]!.replace(/:$/, '').split('/').pop()!.slice(0, 15);
    this.uid = facts.uid ?? 0;
    this.tty = facts.tty ?? '?';
    this.state = facts.state ?? 'S';
    this.started = facts.started;
    this.virtual = facts.virtual ?? 0;
    this.resident = facts.resident ?? 0;
    this.#cpu = facts.cpu ?? (() => 0);
    if (facts.seat) this.seat = facts.seat;
  }

  get pgid(): number {
    return this.argv.length === 0 ? 0 : this.pid;
  }
  get sid(): number {
    return this.argv.length === 0 ? 0 : this.pid;
  }
  get cpu(): number {
    return this.#cpu();
  }
}

/** All of them by pid; the same pids at every look, other ones in every deployment. `uidOf`: of a user name. */
export function daemons(
  facts: Facts,
  { bootTime, fate, kernel: { release } }: Origin,
  uidOf: (user: string) => number,
  now: () => number,
): ReadonlyMap<number, ProcessInfo> {
  const all = new Map<number, ProcessInfo>();
  const grows = (perHour: number) => () => ((now() - bootTime) / 3_600_000) * perHour;
  // Kernel threads that only wait are told apart since Linux 4.14.
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const idle = major > 4 || (major === 4 && minor >= 14);
  const kernel = facts.kernelThreads.map((comm) => comm.replace(/\{disk\}/g, facts.disk));
  kernel.forEach((comm, i) => {
    const pid = i === 0 ? 2 : 2 + i + (i > 20 ? Math.floor(i / 9) : 0);
    all.set(
      pid,
      new Daemon({
        pid,
        ppid: i === 0 ? 0 : 2,
        argv: [],
        comm,
        state: idle && (comm.startsWith('kworker') || comm.startsWith('rcu')) ? 'I' : 'S',
        started: bootTime + 20,
        cpu: grows(comm.startsWith('rcu') ? 900 : 4),
      }),
    );
  });
  let pid = kernel.length + 90 + fate.between('pid', 0, 60);
  const pids: number[] = [];
  for (const [i, daemon] of facts.daemons.entries()) {
    pid += fate.between(`pid${i}`, 1, 40);
    const own = i === 0 ? 1 : pid;
    pids.push(own);
    all.set(
      own,
      new Daemon({
        pid: own,
        ppid: i === 0 ? 0 : daemon.parent === undefined ? 1 : pids[daemon.parent]!,
        argv: daemon.argv.map((word) => word.replace(/\{interface\}/g, facts.interface)),
        ...(daemon.comm === undefined ? {} : { comm: daemon.comm }),
        uid: uidOf(daemon.user),
        ...(daemon.tty === undefined ? {} : { tty: daemon.tty }),
        state: daemon.state,
        started: bootTime + daemon.after * 1000,
        virtual: daemon.virtual,
        resident: daemon.resident,
        cpu: grows(daemon.load),
      }),
    );
  }
  return all;
}
