// Starts a real `kansatsuki up` on loopback with a data directory of its own, and stops it again.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = join(import.meta.dirname, '../..');
export const main = join(root, 'dist/cli/main.js');

export interface Running {
  data: string;
  process: ChildProcess;
  ssh: { host: string; port: number };
  telnet: { host: string; port: number };
  web: string;
  loginUrl: string;
  /** Everything printed so far. */
  output(): string;
  /** Events of the journal so far. */
  journal(): Record<string, unknown>[];
  /** Asks for Ctrl-C's effect and waits for the end. */
  stop(): Promise<number | null>;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end; kills it after `timeout` milliseconds. */
export function run(
  command: string,
  args: string[],
  options: { timeout?: number; input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { timeout: options.timeout ?? 60_000, maxBuffer: 64 << 20, env: options.env ?? process.env, cwd: options.cwd },
      (error, stdout, stderr) =>
        resolve({ code: error ? ((error.code as unknown as number) ?? null) : 0, stdout, stderr }),
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
}

/** The `kansatsuki` command over a data directory. */
export const kansatsuki = (data: string, ...args: string[]) =>
  run(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args, '--data', data], { cwd: data });

export async function startKansatsuki(
  args: string[] = [],
  data = mkdtempSync(join(tmpdir(), 'kansatsuki-')),
): Promise<Running> {
  const child = spawn(
    process.execPath,
    [main, 'up', '--data', data, '--ssh', '127.0.0.1:0', '--telnet', '127.0.0.1:0', '--web', '127.0.0.1:0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: data },
  );
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => (stdout += chunk));
  child.stderr!.on('data', (chunk) => (stderr += chunk));
  await until(
    () => /^ready /m.test(stderr) || child.exitCode !== null,
    60_000,
    () => `no ready line:\n${stdout}${stderr}`,
  );
  const address = (name: string) => new RegExp(`${name}=(\\S+)`).exec(stderr)?.[1] ?? '';
  const split = (text: string) => ({
    host: text.slice(0, text.lastIndexOf(':')),
    port: Number(text.slice(text.lastIndexOf(':') + 1)),
  });
  return {
    data,
    process: child,
    ssh: split(address('ssh')),
    telnet: split(address('telnet')),
    web: `http://${address('web')}`,
    loginUrl: /https?:\/\/\S+token=\S+/.exec(stdout)?.[0] ?? '',
    output: () => stdout + stderr,
    journal: () => readJournal(data),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGINT');
        await ended;
      }
      return child.exitCode;
    },
  };
}

export function readJournal(data: string): Record<string, unknown>[] {
  const file = join(data, 'log/cowrie.json');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Waits for a condition, looking every 20 ms; on a busy machine it takes long until nothing is to be expected any more. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeout = 60_000,
  explain: () => string = () => 'waited in vain',
): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(explain());
    await sleep(20);
  }
}

export const remove = (data: string) => rmSync(data, { recursive: true, force: true });

export const has = (program: string): boolean =>
  (process.env['PATH'] ?? '')
    .split(':')
    .concat('/usr/sbin', '/usr/bin')
    .some((folder) => existsSync(join(folder, program)));
