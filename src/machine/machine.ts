// The vocabulary of the computer that does not exist: bytes, files, processes, terminals, and who watches them.
//
// A `Machine` is what one attacker sees (one per source address): the persona's image, shared by all, and above it a
// copy-on-write layer of that attacker's changes. Programs and shells run in it as `Process`es. Nothing here touches
// the host: no disk, no network, no clock but the parameters given at creation.

/** A string of bytes: every character is 0x00–0xff. All names, arguments, variables and contents in a machine are such strings. */
export type Bytes = string;

/** An error number of Linux by name; `SystemError` (errno.ts) carries it, `strerror` words it as glibc does. */
export type Errno =
  | 'E2BIG'
  | 'EACCES'
  | 'EAGAIN'
  | 'EBADF'
  | 'EBUSY'
  | 'ECHILD'
  | 'ECONNREFUSED'
  | 'EEXIST'
  | 'EFBIG'
  | 'EINTR'
  | 'EINVAL'
  | 'EIO'
  | 'EISDIR'
  | 'ELOOP'
  | 'EMFILE'
  | 'ENAMETOOLONG'
  | 'ENOENT'
  | 'ENOEXEC'
  | 'ENOMEM'
  | 'ENOSPC'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'ENOTTY'
  | 'ENXIO'
  | 'EPERM'
  | 'EPIPE'
  | 'EROFS'
  | 'ESPIPE'
  | 'ESRCH'
  | 'ETXTBSY'
  | 'EXDEV';

export type Signal =
  | 'HUP'
  | 'INT'
  | 'QUIT'
  | 'ILL'
  | 'TRAP'
  | 'ABRT'
  | 'BUS'
  | 'FPE'
  | 'KILL'
  | 'USR1'
  | 'SEGV'
  | 'USR2'
  | 'PIPE'
  | 'ALRM'
  | 'TERM'
  | 'STKFLT'
  | 'CHLD'
  | 'CONT'
  | 'STOP'
  | 'TSTP'
  | 'TTIN'
  | 'TTOU'
  | 'URG'
  | 'XCPU'
  | 'XFSZ'
  | 'VTALRM'
  | 'PROF'
  | 'WINCH'
  | 'IO'
  | 'PWR'
  | 'SYS';

/** The end of a process. */
export type Ending = { code: number } | { signal: Signal };

/** File type of st_mode. */
export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block';

/** As stat(2) answers. Times in milliseconds since the epoch. */
export interface Stat {
  device: number;
  inode: number;
  type: FileType;
  /** Permission bits with setuid, setgid and sticky: 0o7777 at most. */
  mode: number;
  links: number;
  uid: number;
  gid: number;
  size: number;
  blocks: number;
  atime: number;
  mtime: number;
  ctime: number;
  /** Major and minor number of a device file. */
  rdev?: [major: number, minor: number];
}

export interface DirectoryEntry {
  name: Bytes;
  type: FileType;
  inode: number;
}

export interface Credentials {
  uid: number;
  gid: number;
  euid: number;
  egid: number;
  groups: number[];
}

/**
 * The file system of one machine. Calls are synchronous and cheap; paths are absolute or relative to `at`; permissions of
 * `who` are enforced; every failure is a thrown `SystemError`. `follow` concerns a symbolic link in the last component.
 */
export interface FileSystem {
  stat(who: Credentials, at: Bytes, path: Bytes, follow?: boolean): Stat;
  access(who: Credentials, at: Bytes, path: Bytes, mode: number): boolean;
  realpath(who: Credentials, at: Bytes, path: Bytes): Bytes;
  open(who: Credentials, at: Bytes, path: Bytes, flags: OpenFlags, mode?: number): OpenFile;
  readdir(who: Credentials, at: Bytes, path: Bytes): DirectoryEntry[];
  readlink(who: Credentials, at: Bytes, path: Bytes): Bytes;
  mkdir(who: Credentials, at: Bytes, path: Bytes, mode: number): void;
  mknod(who: Credentials, at: Bytes, path: Bytes, mode: number, type: FileType, rdev?: [number, number]): void;
  rmdir(who: Credentials, at: Bytes, path: Bytes): void;
  unlink(who: Credentials, at: Bytes, path: Bytes): void;
  rename(who: Credentials, at: Bytes, from: Bytes, to: Bytes): void;
  link(who: Credentials, at: Bytes, from: Bytes, to: Bytes): void;
  symlink(who: Credentials, at: Bytes, target: Bytes, path: Bytes): void;
  truncate(who: Credentials, at: Bytes, path: Bytes, size: number): void;
  chmod(who: Credentials, at: Bytes, path: Bytes, mode: number, follow?: boolean): void;
  chown(who: Credentials, at: Bytes, path: Bytes, uid: number, gid: number, follow?: boolean): void;
  utimes(who: Credentials, at: Bytes, path: Bytes, atime: number, mtime: number, follow?: boolean): void;
  /** chattr's flags, for instance `ia`. */
  attributes(who: Credentials, at: Bytes, path: Bytes): Set<string>;
  setAttributes(who: Credentials, at: Bytes, path: Bytes, flags: Set<string>): void;
  /** What `df`, /proc/mounts and statvfs read. */
  mounts(): readonly Mount[];
}

export interface OpenFlags {
  read?: boolean;
  write?: boolean;
  append?: boolean;
  create?: boolean;
  exclusive?: boolean;
  truncate?: boolean;
  directory?: boolean;
  noFollow?: boolean;
}

export interface Mount {
  source: string;
  target: string;
  type: string;
  options: string;
  /** In bytes; 0 for a virtual file system. */
  size: number;
  used: number;
  available: number;
  inodes: number;
  inodesUsed: number;
}

/** An open file description: what several descriptors and processes may share. */
export interface OpenFile {
  readonly kind: 'file' | 'directory' | 'pipe' | 'terminal' | 'device' | 'socket';
  /** As /proc/PID/fd shows it: `/etc/passwd`, `pipe:[4711]`, `/dev/pts/0`. */
  readonly path: Bytes;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Up to `max` bytes; '' at the end; undefined when it would block. */
  read(max: number): Bytes | undefined;
  /** How many bytes were taken; undefined when it would block. */
  write(data: Bytes): number | undefined;
  /** Calls `wake` once as soon as a read need not block: at once if it need not now. Returns its cancellation. */
  onReadable(wake: () => void): () => void;
  /** Calls `wake` once at the next chance to write. */
  onWritable(wake: () => void): () => void;
  /** New position in bytes; throws ESPIPE where it makes no sense. */
  seek(offset: number, from: 'start' | 'current' | 'end'): number;
  stat(): Stat;
  truncate(size: number): void;
  /** The terminal behind it, if it is one. */
  readonly terminal?: Terminal;
  /** One more, one fewer descriptor refers to it; the last release closes. */
  retain(): OpenFile;
  release(): void;
}

/**
 * A running program. `main` functions get one and use nothing else. Reads, writes, sleeps and waits go through
 * it: each ends at once with a thrown `Interrupted` when a signal ends the process, so Ctrl-C, `timeout`, `kill`,
 * SIGPIPE and a hang-up are the same thing and a program needs no code for them.
 */
export interface Process {
  readonly machine: Machine;
  readonly pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  /** argv[0] is the name it was called by. */
  argv: Bytes[];
  /** Exported variables only. */
  environment: Map<Bytes, Bytes>;
  /** Absolute. */
  cwd: Bytes;
  umask: number;
  /** −20 to 19; children inherit it. It is shown, and changes no turn. */
  nice: number;
  credentials: Credentials;
  readonly descriptors: Map<number, OpenFile>;
  /** The controlling terminal. */
  terminal?: Terminal;
  readonly witness: Witness;
  /** Milliseconds since the epoch, by the machine's clock. */
  readonly started: number;
  /** CPU time shown by ps and time, in milliseconds; grows with the steps spent. */
  readonly cpu: number;
  state: 'running' | 'sleeping' | 'stopped' | 'zombie';
  readonly ended?: Ending;

  /** Up to `max` bytes from a descriptor; '' at its end. */
  read(descriptor: number, max?: number): Bytes | Promise<Bytes>;
  /** Everything up to the end, but never more than `limit` bytes (default 32 MiB; throws ENOMEM beyond). */
  readAll(descriptor: number, limit?: number): Promise<Bytes>;
  /** Writes all of it. */
  write(descriptor: number, data: Bytes): void | Promise<void>;
  /** write(1, …) and write(2, …). */
  out(data: Bytes): void | Promise<void>;
  err(data: Bytes): void | Promise<void>;
  /** The whole content of a file by path, relative to cwd. */
  readFile(path: Bytes): Bytes;
  open(path: Bytes, flags: OpenFlags, mode?: number): number;
  close(descriptor: number): void;
  dup(from: number, to: number): void;
  pipe(): [read: number, write: number];
  /** The file system with this process' credentials and cwd already applied. */
  readonly files: BoundFiles;

  sleep(ms: number): Promise<void>;
  /** Waits for a promise of ours; the only way to await something that is not a call of this interface. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /**
   * Counts work: one step is about a microsecond. Returns a promise when the process has used its turn; await it:
   * `const turn = p.step(n); if (turn) await turn;`. Loops over input call it per chunk, line or element.
   */
  step(count?: number): Promise<void> | undefined;

  /** Starts a child with copies of descriptors, environment, cwd and umask, then `changes`. Throws EAGAIN at the process limit. */
  spawn(main: Main, changes?: SpawnChanges): Process;
  /**
   * Replaces argv and runs the program file at `path` in a new child (fork and exec). Throws ENOENT, EACCES, ENOEXEC …
   * as execve(2); ENOEXEC means: not a binary, a shell should interpret it.
   */
  exec(path: Bytes, argv: Bytes[], changes?: SpawnChanges): Process;
  /**
   * Runs the program file at `path` in the place of this process (execve). It never returns: the process has ended then, and what was
   * running in it is left by an exception. Throws as `exec` while it cannot be; `settle` is called once it can.
   */
  replace(path: Bytes, argv: Bytes[], environment: Map<Bytes, Bytes>, settle: () => void): Promise<never>;
  /** The end of a child, or of any; undefined when there is none to wait for. With `noHang`, undefined too if none has ended. */
  waitFor(
    child?: Process,
    options?: { noHang?: boolean; untraced?: boolean },
  ): Promise<{ process: Process; ending?: Ending } | undefined>;
  /** Sends a signal to a pid, to a group (negative pid), or throws ESRCH, EPERM. */
  kill(pid: number, signal: Signal | 0): void;
  /** Catches, ignores or (undefined) restores the default of a signal; `handler` runs between two steps. */
  onSignal(signal: Signal, handler: (() => void) | 'ignore' | undefined): void;
  /** Ends this process now; never returns. */
  exit(code: number): never;
}

/** A program: its exit status. A thrown `SystemError` that escapes is printed as `NAME: message` and ends with 1. */
export type Main = (process: Process) => number | Promise<number>;

export interface SpawnChanges {
  argv?: Bytes[];
  environment?: Map<Bytes, Bytes>;
  cwd?: Bytes;
  credentials?: Credentials;
  /** Complete set of descriptors of the child, in place of copies; each is retained for it. */
  descriptors?: Map<number, OpenFile>;
  /** 0: a group of its own. */
  pgid?: number;
  /** Its group takes the terminal before the child runs (tcsetpgrp), so that it may read at once. */
  foreground?: boolean;
  newSession?: boolean;
  witness?: Witness;
  terminal?: Terminal;
}

/** FileSystem without its first two parameters. */
export type BoundFiles = {
  [K in keyof FileSystem]: FileSystem[K] extends (who: Credentials, at: Bytes, ...rest: infer R) => infer T
    ? (...rest: R) => T
    : FileSystem[K];
};

/** A pseudo terminal with its line discipline (ICANON, ECHO, ISIG, ICRNL, OPOST …). */
export interface Terminal {
  /** `/dev/pts/0`. */
  readonly path: Bytes;
  readonly columns: number;
  readonly rows: number;
  settings: TerminalSettings;
  /** The process group that reads it and gets its signals. */
  foreground: number;
  /** From the outside: what the attacker typed. False: the input queue is full, stop until `drained`. */
  input(data: Bytes): boolean;
  resize(columns: number, rows: number): void;
  hangup(): void;
  /** Unread input, as typed so far (type-ahead). */
  readonly pending: number;
}

/** termios(3), by flag name in lower case; `cc` holds the control characters. */
export interface TerminalSettings {
  icanon: boolean;
  echo: boolean;
  echoe: boolean;
  echok: boolean;
  echoctl: boolean;
  isig: boolean;
  iexten: boolean;
  icrnl: boolean;
  inlcr: boolean;
  igncr: boolean;
  ixon: boolean;
  istrip: boolean;
  iutf8: boolean;
  opost: boolean;
  onlcr: boolean;
  cc: {
    intr: number;
    quit: number;
    erase: number;
    kill: number;
    eof: number;
    susp: number;
    werase: number;
    lnext: number;
    min: number;
    time: number;
  };
}

/** What the honeypot learns and decides about one session; the sensor implements it. Calls must not throw and cost nothing. */
export interface Witness {
  /**
   * A complete line handed to a shell, an exec string, the text of a script or of `sh -c`. What it returns is called once with the
   * exit status when the line has ended; never, when its session ends before.
   */
  command(line: Bytes): (status: number) => void;
  /** BusyBox was called with an applet that it has (Cowrie's command.success); `command` from the applet on. */
  found(command: Bytes): void;
  /** A command name that could not be resolved. */
  notFound(argv: Bytes[]): void;
  /** A line that a program read from its standard input; `program` names it (Cowrie's realm). */
  input(program: string, line: Bytes): void;
  /** Something a real machine has and this one lacks. */
  gap(program: string, option?: string): void;
  passwordChanged(user: Bytes): void;
  /** A file was written and closed by a program, given by the base name of its binary. `content` is read only if wanted. */
  written(path: Bytes, content: () => Buffer, program: Bytes): void;
  /** A file was opened, made, taken away or started: its absolute path. */
  touched(how: Touch, path: Bytes): void;
  /** A binary that was brought along was started; nothing of it runs. `content` is read only if wanted. */
  started(run: StartedBinary): void;
  /** A program wants something from the network; the answer says how the network behaves towards it. */
  fetch(request: FetchRequest): Promise<FetchAnswer>;
}

export type Touch = 'read' | 'written' | 'removed' | 'executed';

export interface StartedBinary {
  path: Bytes;
  argv: readonly Bytes[];
  binary: import('./elf.ts').Binary;
  /** `rejected`: of another architecture (Exec format error). `crashed`: cut off. */
  outcome: 'started' | 'crashed' | 'rejected';
  content: () => Buffer;
}

export interface FetchRequest {
  /** The emulated program: `wget`, `curl`, `tftp`, `ftpget`. */
  tool: string;
  url: Bytes;
  method?: string;
  userAgent?: string;
  headers?: [Bytes, Bytes][];
  body?: Bytes;
  /** Where it would be stored in the machine, absolute; undefined for standard output. */
  destination?: Bytes;
}

/** `unreachable`: as if packets were dropped; the program waits its own time-out and words the failure as the real one does. */
export type FetchAnswer =
  | { outcome: 'unreachable' }
  | { outcome: 'refused' }
  | { outcome: 'unresolved' }
  | { outcome: 'response'; status: number; reason: string; headers: [Bytes, Bytes][]; body: Bytes; address: string };

/** One computer as one attacker sees it. */
export interface Machine {
  readonly identity: Identity;
  readonly persona: import('./persona.ts').Persona;
  readonly filesystem: FileSystem;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly network: Network;
  readonly log: import('./log.ts').MachineLog;
  /** What the running kernel and init were told; stored with the machine. */
  readonly settings: import('./settings.ts').Settings;
  /** All processes, the persona's daemons included, by pid. */
  readonly processes: ReadonlyMap<number, ProcessInfo>;
  /** The program behind a binary's name (the base name of its canonical path), or undefined. */
  program(name: string): Main | undefined;
  /** Who is logged in, for w, who, last. */
  readonly logins: readonly LoginRecord[];
  /** Opens a session as sshd or telnetd does after a login. */
  login(request: LoginRequest): Seat;
  /** A number in [0, 1); deterministic by the machine's seed. */
  random(): number;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  readonly bootTime: number;
  /** Runs later; returns its cancellation. */
  after(ms: number, run: () => void): () => void;
}

/** What differs from one installation to the next, made from the deployment's seed at first start. */
export interface Identity {
  readonly hostname: string;
  readonly machineId: string;
  readonly address: string;
  readonly netmask: string;
  readonly gateway: string;
  readonly mac: string;
  readonly ipv6: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly cpuMHz: number;
  /** Bytes. */
  readonly memory: number;
  readonly disk: number;
  readonly kernelRelease: string;
  readonly kernelVersion: string;
  /** `x86_64`, as uname -m. */
  readonly architecture: string;
  readonly installed: number;
}

/** A line of ps. `Machine.processes` shows what runs this way too; `state` is written as ps writes STAT: `Ss+`. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly argv: readonly Bytes[];
  /** The kernel's short name, at most 15 bytes; ps shows it in brackets when argv is empty. */
  readonly comm: Bytes;
  readonly uid: number;
  readonly tty: string;
  readonly state: string;
  readonly started: number;
  /** Milliseconds. */
  readonly cpu: number;
  /** KiB. */
  readonly virtual: number;
  readonly resident: number;
  /** `renice` changes it. */
  nice: number;
}

/** /etc/passwd, /etc/shadow and /etc/group as the machine's files say now. */
export interface Accounts {
  byName(name: Bytes): Account | undefined;
  byId(uid: number): Account | undefined;
  groupById(gid: number): { name: Bytes; gid: number; members: Bytes[] } | undefined;
  groupByName(name: Bytes): { name: Bytes; gid: number; members: Bytes[] } | undefined;
  groupsOf(name: Bytes): number[];
  all(): Account[];
}

export interface Account {
  name: Bytes;
  uid: number;
  gid: number;
  comment: Bytes;
  home: Bytes;
  shell: Bytes;
}

/** A route of the main table. */
export interface Route {
  /** `default`, `10.0.0.0/20`, or a host's address. */
  to: string;
  type?: 'blackhole' | 'unreachable' | 'prohibit';
  via?: string;
  dev?: string;
  protocol?: string;
  scope?: string;
  src?: string;
  metric?: number;
}

export interface Neighbour {
  address: string;
  mac: string;
  device: string;
  /** `REACHABLE`, `PERMANENT` */
  state: string;
}

export interface Network {
  readonly interfaces: readonly {
    name: string;
    mac: string;
    address: string;
    prefix: number;
    /** Addresses that were added later. */
    further: readonly { address: string; prefix: number }[];
    ipv6: string;
    mtu: number;
    up: boolean;
    loopback: boolean;
    /** Queueing discipline, `mq`. */
    qdisc: string;
    altname?: string;
    /** Of the address and its routes, where the network manager sets one. */
    metric?: number;
    /** Flags of the address: `noprefixroute`. */
    flags?: string;
    /** Seconds until the lease of its address ends; absent: for ever. */
    lease?(): number;
    /** Counters that grow with the machine's uptime. */
    rxBytes(): number;
    rxPackets(): number;
    txBytes(): number;
    txPackets(): number;
  }[];
  readonly gateway: string;
  /** IPv4, in the order of `ip route`. */
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
  readonly nameServers: readonly string[];
  /** Listening and established sockets, the attacker's own included. */
  sockets(): readonly {
    protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6';
    local: string;
    localPort: number;
    remote: string;
    remotePort: number;
    state: string;
    pid?: number;
    program?: string;
    uid: number;
    inode: number;
  }[];
  /** Something of the machine listens on further sockets, until the result is called; `program` and `pid` as ss -p shows them. */
  listen(
    sockets: readonly { local: '127.0.0.1' | '::1'; port: number }[],
    by: { program: string; pid?: number; uid: number },
  ): () => void;
  /** A name's address, stable for the deployment and never a real look-up; undefined: no such name. */
  resolve(name: string): string | undefined;
}

export interface LoginRecord {
  user: Bytes;
  /** `pts/0`. */
  line: string;
  host: string;
  at: number;
  pid: number;
  ended?: number;
}

export interface LoginRequest {
  user: Bytes;
  via: 'ssh' | 'telnet';
  from: { address: string; port: number };
  to: { address: string; port: number };
  witness: Witness;
  /** Present: interactive. */
  terminal?: { term: Bytes; columns: number; rows: number; modes?: Map<number, number> };
  /** Present: `shell -c command`; absent: a login shell. */
  command?: Bytes;
  /** Milliseconds until the shell runs: what fork, PAM and exec take. */
  delay?: number;
  /** Variables sent by the client and accepted. */
  environment?: [Bytes, Bytes][];
  /** Takes output; false: full, hold until `Seat.drained()`. `stream` is 2 for standard error without a terminal. */
  output(data: Bytes, stream: 1 | 2): boolean;
  /** A signal character was typed: output that the terminal has not handed out is gone. */
  flushed?(): void;
  /** The shell has ended while processes that it started still have its output open (`sleep 9 &`); `exited` follows when they let go. */
  left?(ending: Ending): void;
  exited(ending: Ending): void;
}

/** The outside end of a login: what the connection holds. */
export interface Seat {
  readonly process: Process;
  readonly terminal?: Terminal;
  /** Bytes from the attacker, to the terminal or to standard input; false: full, wait for `onInputDrained`. */
  input(data: Bytes): boolean;
  /** Bytes of input that nobody has taken yet. */
  readonly waiting: number;
  /** Called when all input has been taken. */
  onInputDrained?: () => void;
  /** The attacker's end of file. */
  endInput(): void;
  resize(columns: number, rows: number): void;
  signal(signal: Signal): void;
  /** Output may go on. */
  drained(): void;
  /** Nobody reads the output any more: who writes to it gets EPIPE. Not for terminals. */
  stopOutput(): void;
  /** The client has let go of the session: SIGHUP through the terminal, or both pipes closed. `exited` follows when the shell ends of it. */
  abandon(): void;
  /** The connection is gone: SIGHUP to the session, everything released. */
  hangup(): void;
}
