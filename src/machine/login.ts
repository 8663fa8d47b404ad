// A login as sshd or telnetd makes one: account, terminal or pipes, the shell as a process, and the end of it all.
import { SHORT_DAYS, SHORT_MONTHS } from './calendar.ts';
import type { Computer, Session } from './computer.ts';
import { Daemon } from './daemons.ts';
import { SystemError } from './errno.ts';
import { load } from './exec.ts';
import type { LayeredFileSystem } from './filesystem.ts';
import type { Account, Bytes, Credentials, Ending, LoginRequest, OpenFile, Seat, Signal, Stat } from './machine.ts';
import { Pipe, PipeEnd } from './pipe.ts';
import { Proc } from './process.ts';
import { pidAt } from './template.ts';
import { applyModes, PseudoTerminal } from './terminal.ts';
import { Waiters } from './waiters.ts';

/** RLIMIT_NPROC of a session. */
const PROCESSES = 64;
/** Processes of a session that may outlive it, and for how long, milliseconds. */
const SURVIVORS = 8;
const SURVIVAL = 600_000;
const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };
const PATHS = {
  root: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  user: '/usr/local/bin:/usr/bin:/bin:/usr/games',
  /** What the login of BusyBox sets for root (bb_PATH_root_path). */
  busybox: '/sbin:/usr/sbin:/bin:/usr/bin',
};

/** The account of a login name; made as if it had always been there when the persona lacks it. */
export function accountFor(machine: Computer, wanted: Bytes): Account {
  // What Debian's useradd lets through: nothing that would break the lines of /etc/passwd.
  const name = /^[^-+~:,\s/\0][^:,\s/\0]{0,31}$/.test(wanted) ? wanted : 'admin';
  const known = machine.accounts.byName(name);
  if (known) return known;
  const { shell, root } = machine.persona.facts.newUser;
  machine.filesystem.prepare(() => (root ? addRoot(machine, name, root, shell) : addUser(machine, name, shell)));
  const made = machine.accounts.byName(name);
  // An attacker broke these files or filled the disk: the account is there for this login only.
  return made ?? { name, uid: root ? 0 : 1000, gid: root ? 0 : 1000, comment: '', home: '/', shell };
}

/** The superuser under another name, as cheap devices have them. */
function addRoot(
  machine: Computer,
  name: Bytes,
  { home, comment }: { home: string; comment: string },
  shell: Bytes,
): void {
  const fs = machine.filesystem;
  try {
    append(fs, '/etc/passwd', `${name}:x:0:0:${comment}:${home}:${shell}`);
    fs.backdate('/etc/passwd', machine.identity.installed);
  } catch {
    // See above.
  }
}

function append(fs: LayeredFileSystem, path: Bytes, line: Bytes): void {
  fs.caller = undefined;
  const file = fs.open(ROOT, '/', path, { write: true, append: true });
  file.write(`${line}\n`);
  file.release();
}

function addUser(machine: Computer, name: Bytes, shell: Bytes): void {
  const uid =
    Math.max(
      999,
      ...machine.accounts
        .all()
        .map((account) => account.uid)
        .filter((id) => id < 60_000),
    ) + 1;
  const fs = machine.filesystem;
  const home = `/home/${name}`;
  const installed = machine.identity.installed;
  try {
    append(fs, '/etc/passwd', `${name}:x:${uid}:${uid}::${home}:${shell}`);
    append(fs, '/etc/group', `${name}:x:${uid}:`);
    append(
      fs,
      '/etc/shadow',
      `${name}:$y$j9T$${machine.origin.fate.hex(`salt${name}`, 22)}$${machine.origin.fate.hex(`hash${name}`, 43)}:${Math.floor(installed / 86_400_000)}:0:99999:7:::`,
    );
    fs.mkdir(ROOT, '/', home, 0o755);
    for (const entry of fs.readdir(ROOT, '/', '/etc/skel')) {
      if (entry.type !== 'file') continue;
      const from = fs.open(ROOT, '/', `/etc/skel/${entry.name}`, { read: true });
      const to = fs.open(ROOT, '/', `${home}/${entry.name}`, { write: true, create: true }, 0o644);
      to.write(from.read(65536) ?? '');
      to.release();
      from.release();
      fs.chown(ROOT, '/', `${home}/${entry.name}`, uid, uid);
      fs.backdate(`${home}/${entry.name}`, installed);
    }
    fs.chown(ROOT, '/', home, uid, uid);
    for (const path of [home, '/home', '/etc/passwd', '/etc/group', '/etc/shadow']) fs.backdate(path, installed);
  } catch {
    // See above.
  }
}

/** Standard input of a session without a terminal: a pipe from sshd; its kind tells programs that an attacker is at the other end. */
class Inlet extends PipeEnd {
  override readonly kind: OpenFile['kind'] = 'socket';
}

/** Output of a session without a terminal: a pipe that ends outside. */
class Outlet implements OpenFile {
  readonly kind = 'pipe';
  readonly path: Bytes;
  readonly readable = false;
  readonly writable = true;
  readonly waiting: Waiters;
  readonly #take: (data: Bytes) => boolean;
  readonly #stat: () => Stat;
  readonly #free: () => void;
  full = false;
  /** Descriptors that it is open as. */
  holders = 1;
  #closed = false;

  /** `free` is called when nobody has it open any more. */
  constructor(inode: number, waiting: Waiters, take: (data: Bytes) => boolean, stat: () => Stat, free: () => void) {
    this.path = `pipe:[${inode}]`;
    this.waiting = waiting;
    this.#take = take;
    this.#stat = stat;
    this.#free = free;
  }

  read(): Bytes {
    throw new SystemError('EBADF');
  }

  write(data: Bytes): number | undefined {
    if (this.#closed) throw new SystemError('EPIPE');
    if (this.full) return undefined;
    const part = data.length > 65536 ? data.slice(0, 65536) : data;
    if (!this.#take(part)) this.full = true;
    return part.length;
  }

  onReadable(wake: () => void): () => void {
    const immediate = setImmediate(wake);
    return () => clearImmediate(immediate);
  }

  onWritable(wake: () => void): () => void {
    return this.waiting.add(wake);
  }

  /** Nobody takes the output any more. */
  close(): void {
    this.#closed = true;
    this.waiting.wake();
  }

  seek(): number {
    throw new SystemError('ESPIPE');
  }

  stat(): Stat {
    return this.#stat();
  }

  truncate(): void {
    throw new SystemError('EINVAL');
  }

  retain(): OpenFile {
    this.holders++;
    return this;
  }

  release(): void {
    if (--this.holders === 0) this.#free();
  }
}

function greeting(machine: Computer, account: Account, request: LoginRequest): Bytes {
  const { identity, filesystem } = machine;
  filesystem.caller = undefined;
  const read = (path: Bytes): Bytes => {
    try {
      const file = filesystem.open(ROOT, '/', path, { read: true });
      const text = file.read(65536) ?? '';
      file.release();
      return text;
    } catch {
      return '';
    }
  };
  try {
    filesystem.stat(ROOT, '/', `${account.home}/.hushlogin`);
    return '';
  } catch {
    // The usual case.
  }
  if (machine.persona.facts.login === 'busybox') return read('/etc/motd');
  let text = `Linux ${identity.hostname} ${identity.kernelRelease} ${identity.kernelVersion} ${identity.architecture}\n${read('/etc/motd')}`;
  // pam_motd speaks to everyone who gets a shell over SSH, do_login of sshd only to terminals.
  if (!request.terminal) return text;
  const before = machine.logins.filter((login) => login.user === account.name).at(-1);
  if (!before) return text;
  const { at, host } = before;
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  // sshd tells it of itself, login by pam_lastlog, which names time zone and terminal.
  const [zone, line] = request.via === 'ssh' ? ['', ''] : ['UTC ', ` on ${before?.line}`];
  text += `Last login: ${SHORT_DAYS[date.getUTCDay()]} ${SHORT_MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${zone}${date.getUTCFullYear()} from ${host}${line}\n`;
  return text;
}

/** The time before: an account was used before the attacker came, once at least. */
function formerLogin({ origin, logins }: Computer, { name }: Account, made: number): void {
  if (logins.some(({ user }) => user === name)) return;
  const { fate } = origin;
  const at = Math.max(origin.bootTime + 60_000, made - fate.between(`last ${name}`, 120, 2400) * 60_000);
  const part = (label: string, low: number, high: number) => fate.between(`last ${label}`, low, high);
  const host = [part('a', 11, 200), part('b', 1, 250), part('c', 1, 250), part('d', 1, 250)].join('.');
  const ended = at + fate.between(`last ${name} stay`, 40, 2400) * 1000;
  logins.push({ user: name, line: 'pts/0', host, at, pid: pidAt(origin, at), ended: Math.min(ended, made) });
}

/** What pam_systemd and pam_motd leave in the environment. */
function lastingSession(number: number, account: Account): [Bytes, Bytes][] {
  return [
    ['XDG_SESSION_ID', String(number)],
    ['XDG_SESSION_TYPE', 'tty'],
    ['XDG_SESSION_CLASS', 'user'],
    ['XDG_RUNTIME_DIR', `/run/user/${account.uid}`],
    ['DBUS_SESSION_BUS_ADDRESS', `unix:path=/run/user/${account.uid}/bus`],
    ['MOTD_SHOWN', 'pam'],
  ];
}

/** Tells the logs of a login, as sshd or login, PAM and logind do; the result tells of its end. */
function logIn(
  { log, processes }: Computer,
  { name, uid }: Account,
  { via, from }: LoginRequest,
  { daemonPid, sessionNumber, line }: { daemonPid: number; sessionNumber: number; line: string },
): () => void {
  const who = via === 'ssh' ? `sshd[${daemonPid}]` : `login[${daemonPid}]`;
  const service = via === 'ssh' ? 'sshd' : 'login';
  const logind = [...processes.values()].find(({ comm }) => comm === 'systemd-logind');
  const auth = (text: Bytes) => log.write('auth.log', text);
  if (via === 'ssh') auth(`${who}: Accepted password for ${name} from ${from.address} port ${from.port} ssh2`);
  auth(`${who}: pam_unix(${service}:session): session opened for user ${name}(uid=${uid}) by (uid=0)`);
  if (logind) auth(`systemd-logind[${logind.pid}]: New session ${sessionNumber} of user ${name}.`);
  if (via === 'telnet' && uid === 0) auth(`${who}: ROOT LOGIN  on '/dev/${line}' from '${from.address}'`);
  if (logind)
    log.write(
      'syslog',
      `systemd[1]: Started session-${sessionNumber}.scope - Session ${sessionNumber} of User ${name}.`,
    );
  return () => {
    if (via === 'ssh') {
      auth(`${who}: Received disconnect from ${from.address} port ${from.port}:11: disconnected by user`);
      auth(`${who}: Disconnected from user ${name} ${from.address} port ${from.port}`);
    }
    auth(`${who}: pam_unix(${service}:session): session closed for user ${name}`);
    if (!logind) return;
    auth(`systemd-logind[${logind.pid}]: Session ${sessionNumber} logged out. Waiting for processes to exit.`);
    auth(`systemd-logind[${logind.pid}]: Removed session ${sessionNumber}.`);
  };
}

/** Opens a session; the shell begins with the next turn of the event loop, after this has returned. */
export function openSeat(machine: Computer, request: LoginRequest): Seat {
  const account = accountFor(machine, request.user);
  const groups = [account.gid, ...machine.accounts.groupsOf(account.name).filter((gid) => gid !== account.gid)];
  const credentials: Credentials = { uid: account.uid, gid: account.gid, euid: account.uid, egid: account.gid, groups };
  const session: Session = { meter: machine.queue.meter(), processes: 0, limit: PROCESSES };
  const now = machine.clock.now();
  const plain = machine.persona.facts.login === 'busybox';
  // BusyBox' telnetd starts a login that becomes the shell: nobody stands between.
  const direct = plain && request.via === 'telnet';
  const daemonPid = direct ? machine.listener('telnet') : machine.newPid();
  const pid = machine.newPid();
  const writable = new Waiters();
  const outlets: Outlet[] = [];
  let over = false;
  let seat: Seat & { onInputDrained?: () => void };

  let terminal: PseudoTerminal | undefined;
  let terminalNumber = 0;
  let terminalFull = false;
  const descriptors = new Map<number, OpenFile>();
  let input: Pipe | undefined;
  let inputEnd: PipeEnd | undefined;
  let waitingInput = '';
  let inputEnded = false;
  let abandoned = false;

  if (request.terminal) {
    while (machine.terminals.has(terminalNumber)) terminalNumber++;
    const path = `/dev/pts/${terminalNumber}`;
    terminal = new PseudoTerminal(path, request.terminal.columns, request.terminal.rows, {
      output: (data) => request.output(data, 1),
      flushed: () => request.flushed?.(),
      signal: (group, signal) => machine.signalGroup(group, signal),
      inputDrained: () => {
        terminalFull = false;
        seat.onInputDrained?.();
      },
      stat: () => ({
        device: 0x15,
        inode: terminalNumber + 3,
        type: 'character',
        mode: 0o620,
        links: 1,
        uid: account.uid,
        gid: 5,
        size: 0,
        blocks: 0,
        atime: machine.clock.now(),
        mtime: machine.clock.now(),
        ctime: now,
        rdev: [136, terminalNumber],
      }),
    });
    if (request.terminal.modes) applyModes(terminal.settings, request.terminal.modes);
    machine.terminals.set(terminalNumber, terminal);
    for (const number of [0, 1, 2]) descriptors.set(number, terminal.open());
    terminal.session = pid;
    terminal.foreground = pid;
  } else {
    input = new Pipe(machine.newInode());
    inputEnd = new PipeEnd(input, false, true);
    descriptors.set(0, new Inlet(input, true, false));
    for (const stream of [1, 2] as const) {
      const inode = machine.newInode();
      const outlet = new Outlet(
        inode,
        writable,
        (data) => over || request.output(data, stream),
        () => ({
          device: 12,
          inode,
          type: 'fifo',
          mode: 0o600,
          links: 1,
          uid: account.uid,
          gid: account.gid,
          size: 0,
          blocks: 0,
          atime: now,
          mtime: now,
          ctime: now,
        }),
        () => letGo(),
      );
      outlets.push(outlet);
      descriptors.set(stream, outlet);
    }
  }

  const sessionNumber = plain ? 0 : machine.newSessionNumber();
  const environment = new Map<Bytes, Bytes>([
    ['USER', account.name],
    ['LOGNAME', account.name],
    ['HOME', account.home],
    ['PATH', PATHS[plain ? 'busybox' : account.uid === 0 ? 'root' : 'user']],
    ...(plain ? [] : [['MAIL', `/var/mail/${account.name}`] satisfies [Bytes, Bytes]]),
    ['SHELL', account.shell],
  ]);
  if (request.terminal) environment.set('TERM', request.terminal.term || 'vt100');
  if (!plain) {
    environment.set('LANG', 'C.UTF-8');
    for (const [name, value] of lastingSession(sessionNumber, account)) environment.set(name, value);
  }
  if (request.via === 'telnet' && !plain) {
    // Of login's -h and of its login.defs.
    environment.set('REMOTEHOST', request.from.address);
    environment.set('HUSHLOGIN', 'FALSE');
  }
  if (request.via === 'ssh') {
    environment.set('SSH_CLIENT', `${request.from.address} ${request.from.port} 22`);
    environment.set('SSH_CONNECTION', `${request.from.address} ${request.from.port} ${machine.identity.address} 22`);
    if (terminal) environment.set('SSH_TTY', terminal.path);
  }
  for (const [name, value] of request.environment ?? []) environment.set(name, value);

  const shellName = account.shell.split('/').pop() ?? 'sh';
  const argv = request.command === undefined ? [`-${shellName}`] : [shellName, '-c', request.command];
  const line = terminal ? `pts/${terminalNumber}` : '';
  let cwd = account.home;
  try {
    machine.filesystem.caller = undefined;
    if (machine.filesystem.stat(credentials, '/', account.home).type !== 'directory') cwd = '/';
  } catch {
    cwd = '/';
  }
  const process = new Proc(machine, pid, {
    ppid: daemonPid,
    pgid: pid,
    sid: pid,
    argv,
    environment,
    cwd,
    umask: 0o022,
    credentials,
    descriptors,
    terminal,
    witness: request.witness,
    session,
    executable: account.shell,
  });

  if (!direct) {
    const listener = machine.listener(request.via);
    const shown = plain
      ? { argv: machine.processes.get(listener)?.argv ?? ['dropbear'], comm: 'dropbear', virtual: 1_912, resident: 804 }
      : request.via === 'ssh'
        ? { argv: [`sshd: ${account.name}@${line || 'notty'}`], comm: 'sshd', virtual: 17_740, resident: 10_800 }
        : { argv: [`login -- ${account.name}`], comm: 'login', virtual: 17_740, resident: 10_800 };
    machine.show(
      new Daemon({
        ...shown,
        pid: daemonPid,
        ppid: listener,
        started: now,
        state: plain ? 'S' : 'Ss',
        seat: () => seat.hangup(),
      }),
    );
  }
  const record = terminal && { user: account.name, line, host: request.from.address, at: now, pid };
  const greeted = request.command === undefined && (terminal !== undefined || request.via === 'ssh');
  if (request.via === 'ssh' && !plain) formerLogin(machine, account, machine.made);
  const hello = greeted ? greeting(machine, account, request) : '';
  if (record) machine.logins.push(record);
  if (machine.logins.length > 200) machine.logins.shift();
  const leaveNetwork = machine.network.connected(request, daemonPid);
  const logOut = logIn(machine, account, request, { daemonPid, sessionNumber, line });

  const members = () => [...machine.running.values()].filter((other) => other.session === session && !other.ended);
  session.meter.kill = () => {
    const [first, ...others] = members();
    let worst = first;
    for (const other of others) if (other.cpu > worst!.cpu) worst = other;
    worst?.finish({ signal: 'KILL' });
  };
  machine.seats++;
  const cleanUp = () => {
    machine.seats--;
    if (!direct) machine.hide(daemonPid);
    machine.queue.leave(session.meter);
    leaveNetwork();
    logOut();
    if (record) Object.assign(record, { ended: machine.clock.now() });
    if (terminal) machine.terminals.delete(terminalNumber);
    for (const other of [...machine.running.values()])
      if (other.session === session && other.ended) machine.leave(other);
    inputEnd?.release();
    inputEnd = undefined;
    // nohup, setsid, `&`: what does not end with its terminal goes on, for a while and not too many of it.
    const left = members();
    for (const other of left.splice(0, Math.max(0, left.length - SURVIVORS))) other.finish({ signal: 'KILL' });
    if (left.length > 0)
      session.deserted = machine.clock.after(SURVIVAL, () => {
        for (const other of members()) other.finish({ signal: 'KILL' });
      });
  };
  const feed = () => {
    if (!input || !inputEnd || over) return;
    while (waitingInput !== '') {
      let taken: number | undefined;
      try {
        taken = inputEnd.write(waitingInput);
      } catch {
        waitingInput = '';
        break;
      }
      if (taken === undefined) {
        inputEnd.onWritable(feed);
        return;
      }
      waitingInput = waitingInput.slice(taken);
    }
    seat.onInputDrained?.();
    if (inputEnded) {
      inputEnd.release();
      inputEnd = undefined;
    }
  };
  let ended: Ending | undefined;
  /** The shell and all who had its output open are gone, or the shell and its terminal. */
  const letGo = () => {
    if (over || !ended || (!abandoned && outlets.some((outlet) => outlet.holders > 0) && members().length > 0)) return;
    over = true;
    terminal?.hangup();
    for (const outlet of outlets) outlet.close();
    cleanUp();
    request.exited(ended);
  };
  session.deserted = letGo;
  process.onEnd = (ending) => {
    ended = ending;
    letGo();
    if (!over) request.left?.(ending);
  };

  seat = {
    process,
    ...(terminal ? { terminal } : {}),
    get waiting() {
      return terminal ? (terminalFull ? terminal.pending : 0) : waitingInput.length;
    },
    input(data) {
      if (over) return true;
      if (terminal) {
        terminalFull = !terminal.input(data);
        return !terminalFull;
      }
      waitingInput += data;
      feed();
      return waitingInput.length < 65536;
    },
    endInput() {
      if (terminal) return;
      inputEnded = true;
      if (waitingInput === '') feed();
    },
    resize(columns, rows) {
      terminal?.resize(columns, rows);
    },
    signal(signal: Signal) {
      machine.signalGroup(terminal?.foreground ?? pid, signal);
    },
    drained() {
      for (const outlet of outlets) outlet.full = false;
      writable.wake();
      terminal?.drained();
    },
    stopOutput() {
      for (const outlet of outlets) outlet.close();
    },
    abandon() {
      if (over) return;
      abandoned = true;
      if (terminal) terminal.hangup();
      else {
        seat.endInput();
        seat.stopOutput();
      }
      letGo();
    },
    hangup() {
      if (over) return;
      over = true;
      terminal?.hangup();
      process.onEnd = undefined;
      // Without a terminal only the command itself hears of it; whoever still writes to it gets SIGPIPE.
      if (!terminal && !process.ended) process.deliver('HUP');
      for (const outlet of outlets) outlet.close();
      cleanUp();
    },
  };

  machine.enter(process);
  const begin = () => {
    if (over) return;
    if (hello && terminal) terminal.write(hello);
    else if (hello) request.output(hello, 1);
    try {
      const loaded = load(process, credentials, '/', account.shell, argv, 0);
      process.executable = loaded.executable;
      void process.run(loaded.main);
    } catch {
      // The attacker removed or broke the account's shell.
      terminal?.write(`${account.shell}: No such file or directory\n`);
      process.finish({ code: 1 });
    }
  };
  if (request.delay) machine.clock.after(request.delay, begin);
  else setImmediate(begin);
  return seat;
}
