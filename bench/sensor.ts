// CPU, memory and latency of the sensor per SSH session, beside OpenSSH's sshd, the bare floor of TCP and cryptography, and any other server
// that runs on this machine, in one run. Usage: npm run build && node bench/sensor.ts [SESSIONS=1000] [HELD=1000] [NAME:PORT:PID:USER:PASSWORD …]
// Further servers (Cowrie, say) are given by name, port, process id and a login that works. sshd needs root. HELD=5000 needs `ulimit -n 12000`.
// CPU time is the server's own, from /proc; the client is a process of its own (ssh-load.ts), so neither it nor a busy machine counts.
import { execFileSync, fork, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeString } from '../src/wire/ssh/data.ts';
import type { Order, Result } from './ssh-load.ts';

const [sessions = 1000, held = 1000] = process.argv.slice(2, 4).map(Number);
const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-bench-'));
const TICK_MS = 10;
/** Batches of which the median counts. */
const BATCHES = 3;
/** Command lines typed into one shell. */
const LINES = 20;

interface Server {
  name: string;
  pid: number;
  port: number;
  login: Pick<Order, 'user' | 'password' | 'key'>;
  /** User whose passwords are refused. */
  stranger: string;
  /** A process a connection, a shell a session: a twentieth of the sessions is enough, and there is nothing to warm up. */
  forks?: boolean;
  stop(): void;
}

/** CPU milliseconds of a process and of its ended children, and of the children that still run. */
function cpu(pid: number): number {
  let total = 0;
  const visit = (id: number) => {
    let text: string;
    try {
      text = readFileSync(`/proc/${id}/stat`, 'latin1');
    } catch {
      return;
    }
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    total += (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) * TICK_MS;
    for (const task of readdirSync(`/proc/${id}/task`))
      for (const child of readFileSync(`/proc/${id}/task/${task}/children`, 'latin1').split(' '))
        if (child) visit(Number(child));
  };
  visit(pid);
  return total;
}

/** Resident memory in MiB of a process and its children, shared pages counted in proportion. */
function memory(pid: number): number {
  let total = 0;
  const visit = (id: number) => {
    try {
      total += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'latin1'))?.[1] ?? 0) / 1024;
      for (const task of readdirSync(`/proc/${id}/task`))
        for (const child of readFileSync(`/proc/${id}/task/${task}/children`, 'latin1').split(' '))
          if (child) visit(Number(child));
    } catch {
      // It has just ended.
    }
  };
  visit(pid);
  return total;
}

/** The load's process, told one order after the other. */
class Load {
  readonly #child = fork(join(import.meta.dirname, 'ssh-load.ts'), { stdio: 'inherit' });

  run(order: Order | 'release'): Promise<Result> {
    const result = new Promise<Result>((resolve) =>
      this.#child.once('message', (message) => resolve(message as Result)),
    );
    this.#child.send(order);
    return result;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

type Row = Record<string, number>;

/** Everything that is measured of one server. */
async function measure(server: Server, load: Load): Promise<Row> {
  const row: Row = {};
  const scale = server.forks ? 20 : 1;
  const base = { port: server.port, command: 'uname -a', ...server.login };
  const batch = async (order: Partial<Order> & Pick<Order, 'mode' | 'count' | 'concurrency'>) => {
    const before = cpu(server.pid);
    const count = Math.max(16, Math.round(order.count / scale));
    const result = await load.run({ ...base, ...order, count });
    await sleep(300);
    if (result.errors.length > 0) console.error(`${server.name}, ${order.mode}: ${result.errors[0]}`);
    return { each: (cpu(server.pid) - before) / result.done, times: result.times };
  };
  const steady = async (order: Parameters<typeof batch>[0]) => {
    const each: number[] = [];
    for (let i = 0; i < BATCHES; i++) each.push((await batch(order)).each);
    return median(each);
  };
  const fail = { mode: 'fail', user: server.stranger, count: sessions, concurrency: 250 } as const;

  row['memory at rest, MiB'] = memory(server.pid);
  if (!server.forks) {
    row['the first 300 handshakes, CPU ms each'] = (await batch({ mode: 'kex', count: 300, concurrency: 16 })).each;
    await batch({ mode: 'exec', count: 2000, concurrency: 16 });
    await batch({ mode: 'shell', count: 100, concurrency: 8, repeat: LINES });
  }
  row['handshake, CPU ms'] = await steady({ mode: 'kex', count: sessions, concurrency: 16 });
  row['failed login, CPU ms'] = await steady(fail);
  const three = (await batch({ ...fail, repeat: 3 })).each;
  row['a further password, CPU ms'] = Math.max(0, three - row['failed login, CPU ms']) / 2;
  row['login + exec uname -a, CPU ms'] = await steady({ mode: 'exec', count: sessions, concurrency: 16 });
  const shells = { mode: 'shell', count: sessions / 10, concurrency: 8 } as const;
  const empty = await steady({ ...shells, repeat: 0 });
  row['login + shell, CPU ms'] = empty;
  row['a command in it, CPU ms'] = ((await steady({ ...shells, repeat: LINES })) - empty) / LINES;
  const { times } = await batch({ mode: 'exec', count: sessions, concurrency: 64 });
  row['exec at full load, p50 ms'] = percentile(times, 0.5);
  row['exec at full load, p99 ms'] = percentile(times, 0.99);
  return row;
}

/** What held shells cost: of a server just started, so that memory which other sessions have left behind is not counted as theirs. */
async function hold(server: Server, load: Load): Promise<Row> {
  const order = { port: server.port, ...server.login, concurrency: 8 };
  await load.run({ ...order, mode: 'shell', count: 30 });
  await sleep(1000);
  const before = memory(server.pid);
  const { done } = await load.run({ ...order, mode: 'hold', count: server.forks ? held / 10 : held });
  await sleep(3000);
  const after = memory(server.pid);
  await load.run('release');
  return { 'shells held': done, 'memory with them, MiB': after, 'a held shell, KiB': ((after - before) / done) * 1024 };
}

/** CPU milliseconds of the bare floor for one connection. */
async function floor(load: Load): Promise<number> {
  const server = fork(join(import.meta.dirname, 'floor-server.ts'));
  const port = await new Promise<number>((resolve) => server.once('message', (value) => resolve(Number(value))));
  const order = { mode: 'bare', port, concurrency: 16, user: '', password: '' } as const;
  await load.run({ ...order, count: 2000 });
  const each: number[] = [];
  for (let i = 0; i < BATCHES; i++) {
    const before = cpu(server.pid!);
    await load.run({ ...order, count: 2000 });
    each.push((cpu(server.pid!) - before) / 2000);
  }
  server.disconnect();
  return median(each);
}

async function kansatsuki(): Promise<Server> {
  const data = mkdtempSync(join(scratch, 'data-'));
  mkdirSync(join(data, 'etc'), { recursive: true });
  writeFileSync(join(data, 'etc/userdb.txt'), 'root:x:bench-password\n*:x:!*\n');
  writeFileSync(join(scratch, 'kansatsuki.toml'), '[limits]\nper_address = 100000\nconnections = 100000\n');
  const child = spawn(
    process.execPath,
    [
      join(root, 'dist/cli/main.js'),
      'sensor',
      '--config',
      join(scratch, 'kansatsuki.toml'),
      '--data',
      data,
      '--ssh',
      '127.0.0.1:0',
      '--telnet',
      'off',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await new Promise<number>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
      const found = /ready .*ssh=\S+:(\d+)/.exec(text);
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', () => reject(new Error(text)));
  });
  return {
    name: 'Kansatsuki',
    pid: child.pid!,
    port,
    login: { user: 'root', password: 'bench-password' },
    stranger: 'nobody',
    stop: () => child.kill(),
  };
}

async function openssh(): Promise<Server | undefined> {
  if (!existsSync('/usr/sbin/sshd') || process.getuid?.() !== 0) return undefined;
  const hostKey = join(mkdtempSync(join(scratch, 'sshd-')), 'host');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const value = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const blob = Buffer.concat(['ssh-ed25519', value].map((part) => encodeString(part)));
  writeFileSync(join(scratch, 'authorized_keys'), `ssh-ed25519 ${blob.toString('base64')}\n`);
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
  mkdirSync('/run/sshd', { recursive: true });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(scratch, 'authorized_keys')}`,
    'StrictModes no',
    'PermitRootLogin yes',
    'UsePAM no',
    `PidFile ${join(scratch, 'pid')}`,
    'MaxStartups 1000',
    'PermitUserRC no',
  ];
  writeFileSync(join(scratch, 'sshd_config'), `${config.join('\n')}\n`);
  const child = spawn('/usr/sbin/sshd', ['-D', '-f', join(scratch, 'sshd_config')], { stdio: 'ignore' });
  await sleep(500);
  return {
    name: 'OpenSSH sshd',
    pid: child.pid!,
    port,
    login: { user: 'root', password: '', key: pem },
    stranger: 'nobody',
    forks: true,
    stop: () => child.kill(),
  };
}

/** Servers named on the command line. */
const others = process.argv.slice(4).map((text): Server => {
  const [name = '', port, pid, user = '', password = ''] = text.split(':');
  return { name, port: Number(port), pid: Number(pid), login: { user, password }, stranger: 'nobody', stop() {} };
});

const load = new Load();
try {
  const rows = new Map<string, Row>();
  const least = await floor(load);
  for (const start of [kansatsuki, openssh, ...others.map((server) => async () => server)]) {
    for (const work of [measure, hold]) {
      const server = await start();
      if (!server) break;
      rows.set(server.name, { ...rows.get(server.name), ...(await work(server, load)) });
      server.stop();
      await sleep(500);
    }
  }
  const [ours, ...peers] = [...rows];
  console.log(`The floor, TCP and cryptography of one key exchange alone: ${least.toFixed(2)} CPU ms.`);
  console.log(
    `Beside it: a handshake ${(ours![1]['handshake, CPU ms']! / least).toFixed(1)}, a failed login ${(ours![1]['failed login, CPU ms']! / least).toFixed(1)} times as much.\n`,
  );
  console.log(['', ...rows.keys(), ...peers.map(([name]) => `ours / ${name}`)].join(' | '));
  console.log(['---', ...rows, ...peers].map((_, i) => (i === 0 ? '---' : '---:')).join(' | '));
  for (const [what, value] of Object.entries(ours![1])) {
    const all = [...rows.values()].map((row) => (row[what] === undefined ? '–' : row[what].toFixed(2)));
    const ratios = peers.map(([, row]) => (row[what] === undefined ? '–' : (value / row[what]).toFixed(2)));
    console.log([what, ...all, ...ratios].join(' | '));
  }
} finally {
  load.stop();
  rmSync(scratch, { recursive: true, force: true });
}
