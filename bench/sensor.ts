// CPU and memory of the sensor per SSH session, beside OpenSSH's sshd and the bare crypto floor, in one run.
// Usage: npm run build && node bench/sensor.ts [SESSIONS=100] [HELD=500]     (needs ssh, sshpass; sshd for the comparison)
// CPU time is the server's own, from /proc, so the clients and a busy machine do not count.
import { execFileSync, spawn } from 'node:child_process';
import { createHash, diffieHellman, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const sessions = Number(process.argv[2] ?? 100);
const held = Number(process.argv[3] ?? 500);
const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-bench-'));
const TICK_MS = 10;

interface Server {
  name: string;
  pid: number;
  port: number;
  /** Options and password that get in, and that do not. */
  right: string[];
  wrong: string[];
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

const options = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=ERROR',
  'NumberOfPasswordPrompts=1',
  'PreferredAuthentications=password,publickey',
  'KexAlgorithms=curve25519-sha256',
  'HostKeyAlgorithms=ssh-ed25519',
].flatMap((option) => ['-o', option]);

const client = (server: Server, login: string[], command: string[]) =>
  spawn(
    'sshpass',
    ['-p', 'bench-password', 'ssh', ...options, ...login, '-p', `${server.port}`, '127.0.0.1', ...command],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );

/** Runs `count` sessions, sixteen at once; returns the server's CPU milliseconds for each. */
async function measure(server: Server, login: string[], command: string[], count = sessions): Promise<number> {
  const before = cpu(server.pid);
  let left = count;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left-- > 0) await new Promise((resolve) => client(server, login, command).once('exit', resolve));
    }),
  );
  await sleep(300);
  return (cpu(server.pid) - before) / count;
}

async function kansatsuki(): Promise<Server> {
  const data = join(scratch, 'data');
  mkdirSync(join(data, 'etc'), { recursive: true });
  writeFileSync(join(data, 'etc/userdb.txt'), 'root:x:bench-password\n*:x:!*\n');
  writeFileSync(join(scratch, 'kansatsuki.toml'), '[limits]\nper_address = 10000\nconnections = 10000\n');
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
    right: ['-l', 'root'],
    wrong: ['-l', 'nobody'],
    stop: () => child.kill(),
  };
}

async function openssh(): Promise<Server | undefined> {
  if (!existsSync('/usr/sbin/sshd') || process.getuid?.() !== 0) return undefined;
  const key = join(scratch, 'key');
  const hostKey = join(scratch, 'host');
  for (const file of [key, hostKey]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
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
    `AuthorizedKeysFile ${key}.pub`,
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
    right: ['-l', 'root', '-i', key],
    wrong: ['-l', 'nobody'],
    stop: () => child.kill(),
  };
}

/** The least that one session costs: a TCP connection accepted and closed, X25519, Ed25519 and the hashes. */
async function floor(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const host = generateKeyPairSync('ed25519').privateKey;
  const peer = generateKeyPairSync('x25519').publicKey;
  const count = 2000;
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const { privateKey } = generateKeyPairSync('x25519');
    diffieHellman({ privateKey, publicKey: peer });
    const hash = createHash('sha256').update('exchange').digest();
    sign(null, hash, host);
    for (let n = 0; n < 6; n++) createHash('sha256').update(hash).digest();
  }
  const crypto = process.cpuUsage(before);
  const started = process.cpuUsage();
  for (let i = 0; i < 500; i++)
    await new Promise((resolve) => connect(port, '127.0.0.1').resume().on('error', resolve).once('close', resolve));
  const tcp = process.cpuUsage(started);
  server.close();
  // Both ends of the connection are in this process: half of it is the server's.
  return (crypto.user + crypto.system) / 1000 / count + (tcp.user + tcp.system) / 1000 / 500 / 2;
}

const figures: Record<string, Record<string, number>> = {};
try {
  for (const server of [await kansatsuki(), await openssh()]) {
    if (!server) continue;
    await measure(server, server.wrong, ['true'], 10);
    const row = (figures[server.name] = {} as Record<string, number>);
    row['idle MiB'] = memory(server.pid);
    row['failed login, CPU ms'] = await measure(server, server.wrong, ['true']);
    row['login + exec uname -a, CPU ms'] = await measure(server, server.right, ['uname -a']);
    const idle = memory(server.pid);
    const clients = [];
    for (let i = 0; i < held; i++) {
      clients.push(client(server, ['-tt', ...server.right], []));
      if (i % 8 === 7) await sleep(250);
    }
    await sleep(5000);
    row[`${held} held shells, MiB`] = memory(server.pid);
    row['KiB a held shell'] = ((memory(server.pid) - idle) / held) * 1024;
    for (const one of clients) one.kill('SIGKILL');
    await sleep(500);
    server.stop();
  }
  figures['floor (TCP + X25519 + Ed25519 + SHA-256)'] = { 'failed login, CPU ms': await floor() };
  console.table(
    Object.fromEntries(
      Object.entries(figures).map(([name, row]) => [
        name,
        Object.fromEntries(Object.entries(row).map(([k, v]) => [k, Number(v.toFixed(2))])),
      ]),
    ),
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
