// The two servers that the probes meet: Debian's own sshd with its default configuration, and our whole sensor; both on loopback.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD, USER } from './probe.ts';

const SSHD = '/usr/sbin/sshd';
/** What Debian's package installs as sshd_config. */
const CONFIGURATION = '/usr/share/openssh/sshd_config';
const RELEASE = 'OpenSSH_9.2p1';

export interface Server {
  port: number;
  stop(): Promise<void>;
}

/** Why the real server cannot be started here; false when it can. */
export function sshdIsMissing(): string | false {
  if (process.getuid?.() !== 0) return 'sshd takes passwords only as root';
  if (!existsSync(SSHD) || !existsSync(CONFIGURATION)) return 'openssh-server is not installed';
  const version = execFileSync('sh', ['-c', `${SSHD} -V 2>&1; dpkg-query -W openssh-server 2>/dev/null`]).toString();
  return version.includes('9.2p1') ? false : `the default persona is ${RELEASE}, this host has ${version.trim()}`;
}

/** Starts sshd for one user, made here and removed by `stop`. `settings` are further lines of sshd_config. */
export async function startSshd(settings: string[] = []): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'sshd-'));
  execFileSync('useradd', ['--create-home', '--shell', '/bin/bash', USER]);
  execFileSync('chpasswd', { input: `${USER}:${PASSWORD}` });
  mkdirSync('/run/sshd', { recursive: true });
  const keys = ['rsa', 'ecdsa', 'ed25519'].map((type) => {
    const file = join(folder, type);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
    return `HostKey=${file}`;
  });
  const port = await freePort();
  const own = [`Port=${port}`, 'ListenAddress=127.0.0.1', `PidFile=${join(folder, 'pid')}`];
  // A cloud image has none.
  own.push('XAuthLocation=/nonexistent');
  if (!settings.some((setting) => setting.startsWith('MaxStartups'))) own.push('MaxStartups=1000');
  const options = [...own, ...keys, ...settings].flatMap((option) => ['-o', option]);
  const child = spawn(SSHD, ['-D', '-f', CONFIGURATION, '-E', join(folder, 'log'), ...options], { stdio: 'ignore' });
  await listening(port, child);
  return {
    port,
    async stop() {
      await ended(child);
      // Its sessions may still be on their way out.
      for (let tries = 0; tries < 60; tries++) {
        try {
          execFileSync('userdel', ['--force', '--remove', USER], { stdio: 'ignore' });
          break;
        } catch {
          await sleep(100);
        }
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts `kansatsuki sensor` as an operator would, with the same user. `settings` are environment variables. */
export async function startSensor(settings: NodeJS.ProcessEnv = {}): Promise<Server & { data: string }> {
  const data = mkdtempSync(join(tmpdir(), 'kansatsuki-'));
  mkdirSync(join(data, 'etc'));
  writeFileSync(join(data, 'etc/userdb.txt'), `${USER}:x:${PASSWORD}\n`);
  const main = join(import.meta.dirname, '../../../src/cli/main.ts');
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [main, 'sensor', '--data', data, '--ssh', `127.0.0.1:${port}`, '--telnet', 'off', '--quiet'],
    { stdio: 'ignore', env: { ...process.env, KANSATSUKI_LIMITS__PER_ADDRESS: '1000', ...settings } },
  );
  await listening(port, child);
  return {
    port,
    data,
    async stop() {
      await ended(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}

/** Waits until something listens; throws when the process ends before. */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error(`the server on port ${port} has ended with ${child.exitCode}`);
    try {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Ends a process and waits for it. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await over;
}
