// One computer as one attacker sees it: files, processes, accounts and network of a persona, tied together.
import { FileAccounts } from './accounts.ts';
import { Daemon } from './daemons.ts';
import { openCharacterDevice, openDisk } from './devices.ts';
import { SystemError } from './errno.ts';
import { LayeredFileSystem } from './filesystem.ts';
import type { Origin } from './identity.ts';
import type { Image } from './image.ts';
import { Layer } from './layer.ts';
import { MachineLog } from './log.ts';
import { openSeat } from './login.ts';
import type {
  Bytes,
  Clock,
  FileType,
  Identity,
  LoginRecord,
  LoginRequest,
  Machine,
  Main,
  Mount,
  OpenFile,
  OpenFlags,
  ProcessInfo,
  Seat,
  Signal,
  Stat,
} from './machine.ts';
import { mountsOf } from './mounts.ts';
import { MachineNetwork } from './network.ts';
import type { Persona } from './persona.ts';
import type { Proc } from './process.ts';
import { ProcessTable } from './process-table.ts';
import { procTree } from './procfs.ts';
import type { Meter, RunQueue } from './run-queue.ts';
import { Settings } from './settings.ts';
import { sysTree } from './sysfs.ts';
import { pidAt } from './template.ts';
import type { PseudoTerminal } from './terminal.ts';
import { lazyDirectory, type Virtual, virtualDirectory, virtualFile } from './virtual.ts';

/** What one login shares: its turn on the processor and its limits. */
export interface Session {
  readonly meter: Meter;
  processes: number;
  readonly limit: number;
  /** Called when nothing of the session runs any more. */
  deserted?: () => void;
}

/** What a machine is made of. */
export interface Parts {
  persona: Persona;
  image: Image;
  origin: Origin;
  /** When the image's logs were filled in, milliseconds. */
  made: number;
  /** When each of them was last written to, by entry. */
  written: ReadonlyMap<number, number>;
  /** Processes that run from the start, by pid. */
  daemons: ReadonlyMap<number, ProcessInfo>;
  /** Bytes the files of the image take on the disk. */
  baseBytes: number;
  /** st_dev of each entry of the image, as a place in `devices`. */
  deviceOf: Uint8Array;
  devices: readonly [path: string, device: number][];
  /** st_dev of what cannot be written to. */
  readOnly: ReadonlySet<number>;
  /** See `Quota.reserve`. */
  reserve(bytes: number, by: Computer): boolean;
  /** How a binary that was brought along and fits the machine plays its part. */
  foreign: Main;
  programs: ReadonlyMap<string, Main>;
  queue: RunQueue;
  clock: { now(): number; after(ms: number, run: () => void): () => void };
  random(): number;
  /** A fault of ours in a program: for the operator. */
  fault(program: string, error: unknown): void;
}

/** Bytes and files one attacker may add. */
export const QUOTA = { bytes: 64 << 20, inodes: 20_000 };

export class Computer implements Machine {
  readonly identity: Identity;
  readonly origin: Origin;
  readonly persona: Persona;
  readonly image: Image;
  readonly filesystem: LayeredFileSystem;
  readonly accounts: FileAccounts;
  readonly network: MachineNetwork;
  readonly settings: Settings;
  readonly log: MachineLog;
  readonly clock: Clock;
  readonly queue: RunQueue;
  readonly logins: LoginRecord[] = [];
  /** It counts for nothing any more. */
  #forgotten = false;
  /** Logins that are open. */
  seats = 0;
  readonly terminals = new Map<number, PseudoTerminal>();
  readonly #parts: Parts;
  readonly #running = new Map<number, Proc>();
  /** All of them: the persona's daemons, sshd's own for each login, and what runs for attackers. */
  readonly processes: ProcessTable;
  #nextPid: number;
  #nextInode = 40_000;
  #nextSession: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { persona, image, origin, queue, clock } = parts;
    this.persona = persona;
    this.image = image;
    this.origin = origin;
    this.queue = queue;
    this.clock = { now: () => clock.now(), bootTime: origin.bootTime, after: (ms, run) => clock.after(ms, run) };
    const reserve = (bytes: number) => this.#forgotten || parts.reserve(bytes, this);
    const settings = new Settings(reserve);
    this.settings = settings;
    this.log = new MachineLog(this, parts.made);
    this.identity = {
      ...origin.identity,
      get hostname() {
        return (settings.get('hostname') as string | undefined) ?? origin.identity.hostname;
      },
    };
    const firstInode = origin.fate.between('inode', 300, 130_000);
    const layer = new Layer(
      image,
      {
        deviceOf: (entry) => parts.devices[parts.deviceOf[entry]!]![1],
        timeOf: (entry) => parts.written.get(entry) ?? imageTime(image.mtime[entry]!, origin),
        firstInode: firstInode + image.count,
        inodeOf: (entry) => (entry === 0 ? 2 : firstInode + entry),
      },
      { ...QUOTA, reserve },
    );
    const mounted = new Map<number, Virtual>();
    const mount = (path: string, tree: Virtual) => {
      const entry = image.find(path);
      if (entry !== undefined) mounted.set(entry, tree);
    };
    mount(
      '/proc',
      lazyDirectory({ device: 0x13, time: () => clock.now() }, '/proc', () => procTree(this)),
    );
    mount(
      '/sys',
      lazyDirectory({ device: 0x14, time: () => origin.bootTime }, '/sys', () => sysTree(this)),
    );
    mount('/dev/pts', this.#ptsTree());
    this.filesystem = new LayeredFileSystem(layer, mounted, {
      now: () => clock.now(),
      looked: () => this.log.settle(),
      device: (...request) => this.#openDevice(...request),
      mounts: () => this.mounts(),
      readOnly: parts.readOnly,
    });
    this.accounts = new FileAccounts(this.filesystem);
    this.network = new MachineNetwork(this);
    this.processes = new ProcessTable(parts.daemons, this.#running);
    this.#nextSession = 3 + Math.floor((clock.now() - origin.bootTime) / 5_400_000);
    // Pids of logins lie where a machine of this age has got to.
    this.#nextPid = pidAt(origin, clock.now());
  }

  /** The ones that run programs; the persona's daemons are not among them. */
  get running(): ReadonlyMap<number, Proc> {
    return this.#running;
  }

  program(name: string): Main | undefined {
    return this.#parts.programs.get(name);
  }

  random(): number {
    return this.#parts.random();
  }

  /** When the image's logs were filled in, milliseconds. */
  get made(): number {
    return this.#parts.made;
  }

  get foreign(): Main {
    return this.#parts.foreign;
  }

  fault(process: Proc, error: unknown): void {
    this.#parts.fault((process.argv[0] ?? '').slice(0, 64), error);
  }

  #openDevice(
    type: FileType,
    rdev: [number, number],
    path: Bytes,
    flags: OpenFlags,
    stat: () => Stat,
  ): OpenFile | undefined {
    if (type === 'character') {
      const terminal = (this.filesystem.caller as Proc | undefined)?.terminal;
      return openCharacterDevice(rdev, path, flags, stat, terminal && (() => terminal.open()));
    }
    const { diskMajor } = this.persona.facts;
    const part = this.partitions().find(({ minor }) => rdev[0] === diskMajor && rdev[1] === minor);
    return part && openDisk(`${this.identity.machineId}${part.name}`, part.bytes, path, flags, stat);
  }

  /** The disk, unless it is flash memory, and its partitions, in bytes, `start` in sectors. */
  partitions(): { name: string; minor: number; bytes: number; start: number }[] {
    const { disk, partitions, flash } = this.persona.facts;
    const { disk: bytes } = this.identity;
    return [
      ...(flash ? [] : [{ name: disk, minor: 0, bytes, start: 0 }]),
      ...partitions.map(({ suffix, minor, start, sectors }) => ({
        name: `${disk}${suffix}`,
        minor,
        bytes: sectors === undefined ? bytes - (start + 33) * 512 : sectors * 512,
        start,
      })),
    ];
  }

  // ── The process table ────────────────────────────────────────────────────────────────────────────────────────────

  newPid(): number {
    do this.#nextPid = this.#nextPid >= this.origin.pidMax ? 300 : this.#nextPid + 1;
    while (this.processes.has(this.#nextPid));
    return this.#nextPid;
  }

  /** The newest process' number. */
  get lastPid(): number {
    return this.#nextPid;
  }

  newSessionNumber(): number {
    return this.#nextSession++;
  }

  /** Pid of the daemon that takes logins. */
  listener(via: LoginRequest['via']): number {
    for (const info of this.#parts.daemons.values())
      if (via === 'ssh' ? /^(sshd|dropbear)$/.test(info.comm) : info.comm.includes('telnetd')) return info.pid;
    return 1;
  }

  /** Ends everything that runs: the machine is about to be forgotten. */
  stop(): void {
    for (const process of [...this.#running.values()]) process.finish({ signal: 'KILL' });
    this.#parts.reserve(-this.filesystem.layer.usedBytes - this.settings.size, this);
    this.#forgotten = true;
  }

  newInode(): number {
    return this.#nextInode++;
  }

  enter(process: Proc): void {
    process.session.processes++;
    this.#running.set(process.pid, process);
  }

  /** A process has ended; it stays as a zombie until its parent asks. */
  left(process: Proc): void {
    const { session } = process;
    if (--session.processes > 0) return;
    session.deserted?.();
    this.queue.forget(session.meter);
  }

  /** Nobody will ask for it any more. */
  leave(process: Proc): void {
    this.#running.delete(process.pid);
  }

  live(pid: number): Proc | undefined {
    const process = this.#running.get(pid);
    return process && !process.ended ? process : undefined;
  }

  /** A process of the login itself, shown by ps: `sshd: root@pts/0`. */
  show(daemon: Daemon): void {
    this.processes.show(daemon);
  }

  hide(pid: number): void {
    this.processes.hide(pid);
  }

  kill(by: Proc, pid: number, signal: Signal | 0): void {
    if (pid < -1 || pid === 0) {
      const group = pid === 0 ? by.pgid : -pid;
      const members = [...this.#running.values()].filter((process) => process.pgid === group && !process.ended);
      if (members.length === 0) throw new SystemError('ESRCH');
      for (const process of members) this.#send(by, process, signal);
      return;
    }
    if (pid === -1) {
      for (const process of [...this.#running.values()])
        if (process !== by && !process.ended && mayKill(by, process)) this.#send(by, process, signal);
      return;
    }
    const process = this.#running.get(pid);
    if (process) {
      if (!process.ended) this.#send(by, process, signal);
      return;
    }
    const daemon = this.processes.get(pid);
    if (!daemon) throw new SystemError('ESRCH');
    if (by.credentials.euid !== 0) throw new SystemError('EPERM');
    if (signal === 0 || pid <= 2 || daemon.argv.length === 0) return;
    if (daemon instanceof Daemon && daemon.seat) {
      if (signal === 'KILL' || signal === 'TERM' || signal === 'HUP') daemon.seat();
      return;
    }
    if (signal === 'KILL' || signal === 'TERM' || signal === 'INT' || signal === 'QUIT') this.hide(pid);
  }

  #send(by: Proc, to: Proc, signal: Signal | 0): void {
    if (!mayKill(by, to) && !(signal === 'CONT' && by.sid === to.sid)) throw new SystemError('EPERM');
    if (signal !== 0) to.deliver(signal);
  }

  signalGroup(group: number, signal: Signal): void {
    if (group <= 0) return;
    for (const process of [...this.#running.values()]) if (process.pgid === group) process.deliver(signal);
  }

  /** No member has a parent in another group of the same session: stop signals from the terminal mean nothing to it. */
  orphaned(group: number): boolean {
    for (const process of this.#running.values()) {
      if (process.pgid !== group || process.ended) continue;
      const parent = this.live(process.ppid);
      if (parent && parent.pgid !== group && parent.sid === process.sid) return false;
    }
    return true;
  }

  // ── Surroundings ─────────────────────────────────────────────────────────────────────────────────────────────────

  mounts(): readonly Mount[] {
    return mountsOf(this, this.#parts.baseBytes);
  }

  #ptsTree(): Virtual {
    const system = { device: 0x15, time: () => this.clock.now() };
    return virtualDirectory(
      system,
      '/dev/pts',
      (name) => {
        const terminal = this.terminals.get(Number(name));
        if (!terminal || !/^\d+$/.test(name)) return undefined;
        const file = virtualFile(system, `/dev/pts/${name}`, () => '', { mode: 0o620, gid: 5 });
        return { ...file, type: 'character' as const, stat: () => terminal.stat(), open: () => terminal.open() };
      },
      () => [...this.terminals.keys()].map(String),
    );
  }

  login(request: LoginRequest): Seat {
    return openSeat(this, request);
  }
}

const mayKill = (by: Proc, to: Proc): boolean =>
  by.credentials.euid === 0 || by.credentials.euid === to.credentials.uid || by.credentials.uid === to.credentials.uid;

/** Times of the image are absolute, or count from the installation or the last boot of this machine; milliseconds. */
function imageTime(seconds: number, origin: Origin): number {
  if (seconds >= 0xf800_0000) return origin.bootTime + (seconds - 0xf800_0000) * 1000;
  if (seconds >= 0xf000_0000) return origin.identity.installed + (seconds - 0xf000_0000) * 1000;
  return seconds * 1000;
}
