// Starts `kansatsuki sensor` alone on loopback, measures its memory and processor time, and keeps a normal session beside what tests do to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as program, readJournal, remove, until } from './running.ts';

/** Units of utime and stime in /proc/PID/stat, milliseconds. */
const TICK = 10;

export class Sensor {
  readonly process: ChildProcess;
  readonly data: string;
  port = 0;
  stderr = '';

  /** `limits` are settings of the configuration's section of that name. */
  constructor(limits: Record<string, string | number> = {}, data = mkdtempSync(join(tmpdir(), 'kansatsuki-'))) {
    this.data = data;
    const env = { ...process.env };
    for (const [name, value] of Object.entries(limits)) env[`KANSATSUKI_LIMITS__${name.toUpperCase()}`] = String(value);
    const command = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
    const args = [process.execPath, program, 'sensor', '--data', data, '--ssh', '127.0.0.1:0', '--telnet', 'off'];
    this.process = spawn('sh', ['-c', command, 'sh', ...args], { stdio: ['ignore', 'ignore', 'pipe'], cwd: data, env });
    this.process.stderr!.on('data', (chunk) => (this.stderr += chunk));
  }

  async ready(): Promise<this> {
    const ended = () => this.process.exitCode !== null;
    await until(
      () => /ssh=\S+:(\d+)/.test(this.stderr) || ended(),
      20_000,
      () => `no ready line:\n${this.stderr}`,
    );
    this.port = Number(/ssh=\S+:(\d+)/.exec(this.stderr)?.[1]);
    return this;
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Resident memory, MiB. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  }

  /** Processor time used so far, milliseconds. */
  get cpu(): number {
    const fields = readFileSync(`/proc/${this.process.pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  }

  journal(): Record<string, unknown>[] {
    return readJournal(this.data);
  }

  async stop(keep = false): Promise<void> {
    if (this.alive) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGTERM');
      await ended;
    }
    if (!keep) remove(this.data);
  }
}

/** A normal session in a process of its own (pulse.ts): each question is answered with the latencies of its commands since the last. */
export class Pulse {
  readonly #process: ChildProcess;
  #text = '';

  constructor(port: number) {
    this.#process = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'pulse.ts'), String(port)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#process.stdout!.on('data', (chunk) => (this.#text += chunk));
  }

  /** Milliseconds: the median and the slowest of `count` commands, one about every 50 ms. */
  async ask(): Promise<{ median: number; slowest: number; count: number }> {
    this.#text = '';
    this.#process.stdin!.write('\n');
    await until(
      () => this.#text.includes('\n'),
      15_000,
      () => 'the normal session does not answer',
    );
    return JSON.parse(this.#text);
  }

  stop(): void {
    this.#process.kill();
  }
}
