// lsof (4.95.0) and fuser (psmisc 23.6): who has which file or socket open.
import type { Bytes, Process, ProcessInfo, Stat } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { serviceName } from './network.ts';
import { processes } from './proc.ts';
import { calledAs } from './program.ts';

export const names = ['lsof', 'fuser'];

/** One line: an open file of a process. */
interface Open {
  info: ProcessInfo;
  /** `cwd`, `rtd`, `txt`, `mem`, `0u` */
  fd: string;
  type: string;
  device: string;
  size: string;
  node: string;
  name: string;
  socket?: { protocol: string; port: number; remotePort: number; state: string };
}

export function main(process: Process): Promise<number> {
  return calledAs(process) === 'fuser' ? fuser(process) : lsof(process);
}

/** What a process has open, as far as the caller may see it. */
function opened(process: Process, info: ProcessInfo): Open[] {
  const { files } = process;
  const found: Open[] = [];
  const base = `/proc/${info.pid}`;
  const add = (fd: string, path: Bytes) => {
    const stat = tryTo(() => files.stat(path));
    const types: Record<string, string> = {
      directory: 'DIR',
      file: 'REG',
      character: 'CHR',
      block: 'BLK',
      fifo: 'FIFO',
      socket: 'sock',
    };
    const device = (s: Stat) => (s.rdev ? s.rdev.join(',') : `${s.device >> 8},${s.device & 255}`);
    found.push({
      info,
      fd,
      type: stat ? (types[stat.type] ?? 'REG') : 'unknown',
      device: stat ? device(stat) : '',
      size: stat ? (stat.rdev || stat.type === 'fifo' ? '0t0' : String(stat.size)) : '',
      node: stat ? String(stat.inode) : '',
      name: path,
    });
  };
  if (process.credentials.euid !== 0 && process.credentials.euid !== info.uid) {
    for (const fd of ['cwd', 'rtd', 'txt']) {
      const path = `${base}/${fd === 'txt' ? 'exe' : fd === 'rtd' ? 'root' : fd}`;
      found.push({
        info,
        fd,
        type: 'unknown',
        device: '',
        size: '',
        node: '',
        name: `${path} (readlink: Permission denied)`,
      });
    }
    found.push({
      info,
      fd: 'NOFD',
      type: '',
      device: '',
      size: '',
      node: '',
      name: `${base}/fd (opendir: Permission denied)`,
    });
    return found;
  }
  add('cwd', tryTo(() => files.readlink(`${base}/cwd`)) ?? '/');
  add('rtd', '/');
  const text = tryTo(() => files.readlink(`${base}/exe`));
  if (text && info.argv.length > 0) add('txt', text);
  if (info.argv.length > 0)
    for (const library of [
      '/usr/lib/x86_64-linux-gnu/libc.so.6',
      '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
      '/usr/lib/arm-linux-gnueabihf/libc.so.6',
      '/usr/lib/arm-linux-gnueabihf/ld-linux-armhf.so.3',
    ])
      if (tryTo(() => files.stat(library))) add('mem', library);
  const seen = tryTo(() => files.readdir(`${base}/fd`)) ?? [];
  for (const { name } of seen
    .filter((entry) => /^\d+$/.test(entry.name))
    .sort((a, b) => Number(a.name) - Number(b.name))) {
    const target = tryTo(() => files.readlink(`${base}/fd/${name}`)) ?? '';
    const mode = tryTo(() => files.stat(`${base}/fd/${name}`, false))?.mode ?? 0o600;
    const letter = mode & 0o400 ? (mode & 0o200 ? 'u' : 'r') : 'w';
    const inode = /\[(\d+)\]$/.exec(target)?.[1];
    if (inode === undefined) add(`${name}${letter}`, target);
    else
      found.push({
        info,
        fd: `${name}${letter}`,
        type: target.startsWith('pipe') ? 'FIFO' : 'unix',
        device: '0,13',
        size: '0t0',
        node: inode,
        name: target.startsWith('pipe') ? 'pipe' : target,
      });
  }
  if (info.argv.length > 0 && seen.length === 0) for (const n of ['0u', '1u', '2u']) add(n, '/dev/null');
  return found;
}

function sockets(process: Process, numericPort: boolean): Open[] {
  const { network, processes: all } = process.machine;
  const owned = new Map<number, number>();
  return network.sockets().flatMap((socket): Open[] => {
    const info = socket.pid === undefined ? undefined : all.get(socket.pid);
    if (!info || (process.credentials.euid !== 0 && info.uid !== process.credentials.euid)) return [];
    const six = socket.protocol.endsWith('6');
    const kind = socket.protocol.slice(0, 3);
    const port = (n: number) => (n === 0 ? '*' : numericPort ? String(n) : serviceName(process, n, kind));
    const host = (address: string) => (/^(0\.0\.0\.0|::)$/.test(address) ? '*' : six ? `[${address}]` : address);
    const peer = socket.remotePort === 0 ? '' : `->${host(socket.remote)}:${port(socket.remotePort)}`;
    const state = kind === 'tcp' ? ` (${socket.state})` : '';
    const n = owned.get(info.pid) ?? 3;
    owned.set(info.pid, n + 1);
    return [
      {
        info,
        fd: `${n}u`,
        type: six ? 'IPv6' : 'IPv4',
        device: String(socket.inode),
        size: '0t0',
        node: kind.toUpperCase(),
        name: `${host(socket.local)}:${port(socket.localPort)}${peer}${state}`,
        socket: { protocol: kind, port: socket.localPort, remotePort: socket.remotePort, state: socket.state },
      },
    ];
  });
}

async function lsof(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    // A specification may follow -i as a word of its own.
    const words = process.argv.slice(1);
    for (let i = 0; i < words.length - 1; i++)
      if (/^-[a-zA-Z]*i$/.test(words[i]!) && !words[i + 1]!.startsWith('-'))
        words.splice(i, 2, words[i]! + words[i + 1]!);
    parsed = getopt(words, '?haA:bc:C:d:D:e:EF::g::hHi::k:KlL::m:MnNo:OPp:QrRs::S:tT:u:UvVwxX');
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    const texts = recordedRun(process, 'lsof', '-@');
    await process.err(texts?.stderr ?? `lsof: ${error.message}\n`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const values = (key: string) => parsed.options.filter(([k]) => k === key).map(([, v]) => v ?? '');
  if (has('v') || has('h') || has('?')) {
    const text = recordedRun(process, 'lsof', has('v') ? '-v' : '-h');
    await process.err(text?.stderr ?? 'lsof version information:\n    revision: 4.95.0\n');
    await process.out(text?.stdout ?? '');
    return 0;
  }
  // Selections are alternatives, unless -a makes them conditions.
  const tests: ((open: Open) => boolean)[] = [];
  const conditions: ((open: Open) => boolean)[] = [];
  for (const list of values('p')) {
    const pids = list.split(',').map(Number);
    tests.push(({ info }) => pids.includes(info.pid));
  }
  for (const list of values('u'))
    tests.push(({ info }) => {
      const name = process.machine.accounts.byId(info.uid)?.name ?? '';
      const words = list.split(',');
      const not = words.filter((word) => word.startsWith('^')).map((word) => word.slice(1));
      if (not.length > 0) return !not.includes(name) && !not.includes(String(info.uid));
      return words.includes(name) || words.includes(String(info.uid));
    });
  for (const command of values('c')) tests.push(({ info }) => info.comm.startsWith(command));
  for (const list of values('d'))
    tests.push(({ fd }) => list.split(',').some((one) => fd === one || Number.parseInt(fd, 10) === Number(one)));
  const internet = values('i');
  for (const spec of internet) tests.push((open) => matches(open, spec, process));
  for (const list of values('s')) {
    const [, states = ''] = list.split(':');
    if (states)
      conditions.push(({ socket }) => socket !== undefined && states.toUpperCase().split(',').includes(socket.state));
  }
  for (const path of parsed.operands) {
    const stat = tryTo(() => process.files.stat(path));
    if (!stat) await process.err(`lsof: status error on ${path}: No such file or directory\n`);
    tests.push(
      ({ name, socket }) =>
        socket === undefined && stat !== undefined && name === tryTo(() => process.files.realpath(path)),
    );
  }
  const wanted = (open: Open) =>
    conditions.every((test) => test(open)) &&
    (tests.length === 0 || (has('a') ? tests.every((test) => test(open)) : tests.some((test) => test(open))));
  const tcp = sockets(process, has('P'));
  const rows: Open[] = [];
  for (const info of processes(process)) {
    const own = [...opened(process, info), ...tcp.filter((open) => open.info.pid === info.pid)];
    rows.push(...own.filter(wanted));
    const turn = process.step(own.length * 20);
    if (turn) await turn;
  }
  if (rows.length === 0) return 1;
  if (has('t')) {
    await process.out([...new Set(rows.map(({ info }) => info.pid))].map((pid) => `${pid}\n`).join(''));
    return 0;
  }
  const cells = rows.map(({ info, fd, type, device, size, node, name }) => [
    info.comm.slice(0, 9).padEnd(7),
    String(info.pid),
    has('l') ? String(info.uid) : (process.machine.accounts.byId(info.uid)?.name ?? String(info.uid)).slice(0, 8),
    `${fd.replace(/[a-z]$/, (mode) => (/^\d/.test(fd) ? '' : mode)).padStart(4)}${/^\d/.test(fd) ? fd.slice(-1) : ' '} `,
    type,
    device,
    size,
    node,
    name,
  ]);
  const heads = ['COMMAND', 'PID', 'USER', '  FD  ', 'TYPE', 'DEVICE', 'SIZE/OFF', 'NODE', 'NAME'];
  const width = heads.map((head, n) => Math.max(head.length, ...cells.map((row) => row[n]!.length)));
  const line = (row: readonly string[]) =>
    `${row.map((cell, n) => (n === 8 ? cell : n === 0 ? cell.padEnd(width[n]!) : cell.padStart(width[n]!))).join(' ')}\n`;
  await process.out(line(heads) + cells.map(line).join(''));
  return 0;
}

/** lsof's -i: `[4|6][tcp|udp][@host][:ports]` */
function matches({ socket, type, name }: Open, spec: Bytes, process: Process): boolean {
  if (!socket) return false;
  const [, family, protocol, host, ports] = /^([46])?(tcp|udp)?(?:@([^:]+))?(?::(.+))?$/i.exec(spec) ?? [];
  if (family && type !== `IPv${family}`) return false;
  if (protocol && socket.protocol !== protocol.toLowerCase()) return false;
  if (host && !name.includes(host)) return false;
  return (
    !ports ||
    ports.split(',').some((part) => {
      const [low, high = low] = part
        .split('-')
        .map((word) => (/^\d+$/.test(word) ? Number(word) : portOf(process, word)));
      return [socket.port, socket.remotePort].some((port) => port >= low! && port <= high!);
    })
  );
}

function portOf(process: Process, name: Bytes): number {
  const text = tryTo(() => process.readFile('/etc/services')) ?? '';
  return Number(new RegExp(`^${name.replace(/\W/g, '\\$&')}\\s+(\\d+)/`, 'm').exec(text)?.[1] ?? -1);
}

async function fuser(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const signal = args.find((word) => /^-([A-Z]{3,}|\d+)$/.test(word) && word !== '-SIGNAL');
  let parsed: ReturnType<typeof getopt>;
  const usage = async () => {
    await process.err(recordedRun(process, 'fuser', '')?.stderr ?? 'No process specification given\n');
    return 1;
  };
  try {
    parsed = getopt(
      args.filter((word) => word !== signal),
      'acfiIkln:mMsuvwV46',
    );
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(recordedRun(process, 'fuser', '-@')?.stderr ?? '');
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  if (has('l')) {
    await process.out(
      'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT\nCHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS\n',
    );
    return 0;
  }
  if (has('V')) {
    await process.err(recordedRun(process, 'fuser', '-V')?.stderr ?? 'fuser (PSmisc) 23.6\n');
    return 0;
  }
  if (parsed.operands.length === 0) return usage();
  const space = parsed.options.findLast(([k]) => k === 'n')?.[1];
  let status = 1;
  let headed = false;
  for (const operand of parsed.operands) {
    const named = /^(\S+)\/(tcp|udp)$/.exec(operand);
    const protocol = named?.[2] ?? (space === 'tcp' || space === 'udp' ? space : undefined);
    const users = new Map<number, string>();
    if (protocol) {
      const port = named?.[1] ?? operand;
      const number = /^\d+$/.test(port) ? Number(port) : portOf(process, port);
      for (const open of sockets(process, true))
        if (open.socket?.protocol === protocol && open.socket.port === number) users.set(open.info.pid, 'F');
    } else {
      const real = tryTo(() => process.files.realpath(operand));
      const stat = tryTo(() => process.files.stat(operand));
      if (real === undefined || !stat) {
        await process.err(`Specified filename ${operand} does not exist.\n`);
        continue;
      }
      for (const info of processes(process)) {
        if (process.credentials.euid !== 0 && info.uid !== process.credentials.euid) continue;
        for (const { fd, name, type } of opened(process, info)) {
          const same = has('m') || has('c') ? type === 'REG' || type === 'DIR' : name === real;
          if (!same) continue;
          const letter = fd === 'cwd' ? 'c' : fd === 'rtd' ? 'r' : fd === 'txt' ? 'e' : fd === 'mem' ? 'm' : 'F';
          const before = users.get(info.pid) ?? '';
          if (!before.includes(letter)) users.set(info.pid, before + letter);
        }
      }
    }
    if (users.size === 0) continue;
    status = 0;
    if (has('s')) continue;
    if (has('v')) {
      if (!headed) await process.err(`${' '.repeat(21)}USER        PID ACCESS COMMAND\n`);
      headed = true;
      let first = true;
      for (const [pid, access] of [...users].sort(([a], [b]) => a - b)) {
        const info = process.machine.processes.get(pid)!;
        const user = process.machine.accounts.byId(info.uid)?.name ?? String(info.uid);
        const flags = 'frcem'
          .split('')
          .map((letter) =>
            letter === 'f' ? (access.includes('F') ? 'F' : '.') : access.includes(letter) ? letter : '.',
          )
          .join('');
        await process.err(
          `${(first ? `${operand}:` : '').padEnd(20)} ${user.padEnd(8)} ${String(pid).padStart(6)} ${flags} ${info.comm}\n`,
        );
        first = false;
      }
    } else {
      await process.err(`${operand}:`.padEnd(21));
      for (const [pid, access] of [...users].sort(([a], [b]) => a - b)) {
        await process.out(` ${String(pid).padStart(5)}`);
        const letters = access.replace(/[Fm]/g, (letter) => (letter === 'm' && access === 'm' ? 'm' : ''));
        if (letters) await process.err(letters);
      }
      await process.err('\n');
    }
    if (has('k'))
      for (const pid of users.keys())
        if (pid !== process.pid) tryTo(() => process.kill(pid, (signal?.slice(1) as 'TERM' | undefined) ?? 'KILL'));
  }
  return status;
}
