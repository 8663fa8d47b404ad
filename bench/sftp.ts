// Throughput of SFTP uploads and downloads, and what they cost the server, beside OpenSSH's sshd in the same run.
// Usage: npm run build && node bench/sftp.ts [MEGABYTES=50] [ROUNDS=3]     (root; needs sftp, sshpass, sshd)
// The client is OpenSSH's sftp; CPU time is the server's own, from /proc.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const megabytes = Number(process.argv[2] ?? 50);
const rounds = Number(process.argv[3] ?? 3);
const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-bench-'));
const file = join(scratch, 'file');
const CIPHERS = ['chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes256-gcm@openssh.com'];

interface Server {
  name: string;
  pid: number;
  port: number;
  login: string[];
  stop(): void;
}

/** CPU seconds of a process and of its ended children. */
function cpu(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
}

async function kansatsuki(): Promise<Server> {
  const child = spawn(
    process.execPath,
    [
      join(root, 'dist/cli/main.js'),
      'sensor',
      '--data',
      join(scratch, 'data'),
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
      const found = /ready .*ssh=\S+:(\d+)/.exec((text += chunk));
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', () => reject(new Error(text)));
  });
  return {
    name: 'Kansatsuki',
    pid: child.pid!,
    port,
    login: ['-o', 'PubkeyAuthentication=no'],
    stop: () => child.kill(),
  };
}

async function openssh(): Promise<Server> {
  const [key, hostKey] = [join(scratch, 'key'), join(scratch, 'host')];
  for (const path of [key, hostKey]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
  mkdirSync('/run/sshd', { recursive: true });
  const config = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${hostKey}`, `AuthorizedKeysFile ${key}.pub`],
    ...['StrictModes no', 'PermitRootLogin yes', 'UsePAM no', `PidFile ${join(scratch, 'pid')}`],
    'Subsystem sftp /usr/lib/openssh/sftp-server',
  ];
  writeFileSync(join(scratch, 'sshd_config'), `${config.join('\n')}\n`);
  const child = spawn('/usr/sbin/sshd', ['-D', '-f', join(scratch, 'sshd_config')], { stdio: 'ignore' });
  await sleep(500);
  return { name: 'OpenSSH sshd', pid: child.pid!, port, login: ['-i', key], stop: () => child.kill() };
}

/** One transfer: MB/s and CPU seconds a GB. */
async function transfer({ pid, port, login }: Server, cipher: string, command: string): Promise<[number, number]> {
  const batch = join(scratch, 'batch');
  writeFileSync(batch, `${command}\n`);
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=no'];
  const args = [...options.flatMap((option) => ['-o', option]), '-c', cipher, ...login, '-P', `${port}`, '-b', batch];
  const [before, began] = [cpu(pid), performance.now()];
  await new Promise<void>((resolve, reject) =>
    spawn('sshpass', ['-p', 'letmein', 'sftp', ...args, 'root@127.0.0.1'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }).once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`sftp ended with ${code}: ${command}`)))),
  );
  const seconds = (performance.now() - began) / 1000;
  await sleep(200);
  return [megabytes / seconds, ((cpu(pid) - before) / megabytes) * 1000];
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

try {
  writeFileSync(file, randomBytes(megabytes * 1_000_000));
  const servers = [await kansatsuki(), await openssh()];
  try {
    console.log(
      `${megabytes} MB, median of ${rounds}; MB/s (a session's start included) and the server's CPU seconds a GB\n`,
    );
    console.log(
      '| Cipher | Direction | Kansatsuki | sshd | Ratio of MB/s | CPU-s/GB | sshd |\n|---|---|---:|---:|---:|---:|---:|',
    );
    for (const cipher of CIPHERS)
      for (const [direction, command] of [
        ['upload', `put ${file} /tmp/bench-file`],
        ['download', `get /tmp/bench-file ${file}.back`],
      ] as const) {
        const figures: [number, number][] = [];
        for (const server of servers) {
          const runs: [number, number][] = [];
          for (let round = 0; round < rounds; round++) runs.push(await transfer(server, cipher, command));
          figures.push([median(runs.map(([rate]) => rate)), median(runs.map(([, cost]) => cost))]);
        }
        const [[ours, cost], [theirs, theirCost]] = figures as [[number, number], [number, number]];
        const cells = [ours, theirs].map((rate) => rate.toFixed(0)).join(' | ');
        const ratio = (ours / theirs).toFixed(2);
        console.log(
          `| ${cipher} | ${direction} | ${cells} | ${ratio} | ${cost.toFixed(1)} | ${theirCost.toFixed(1)} |`,
        );
      }
  } finally {
    for (const server of servers) server.stop();
    rmSync('/tmp/bench-file', { force: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
