// CPU and memory of the sensor per Telnet session, and what an SSH user feels of a scan. Usage: npm run build && node bench/telnet.ts
// [SESSIONS=1000] [HELD=5000] [PORT:PID:USER:PASSWORD]. HELD=5000 needs `ulimit -n 12000`. Another Telnet server (Cowrie, say) is measured in
// the same way. CPU time is the server's own, from /proc; the client is a process of its own (telnet-load.ts).
import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pulse } from '../test/e2e/sensor.ts';
import type { Order, Result } from './telnet-load.ts';

const [sessions = 1000, held = 5000] = process.argv.slice(2, 4).map(Number);
const [other] = process.argv.slice(4);
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-bench-'));
const TICK_MS = 10;
const SCAN = { rate: 200, seconds: 20 } as const;

interface Server {
  name: string;
  pid: number;
  telnet: number;
  ssh?: number;
  user: string;
  password: string;
  stop(): void;
}

const cpu = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};
/** MiB: proportional, and resident. */
const memory = (pid: number) => ({
  pss: Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0) / 1024,
  rss: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024,
});

class Load {
  readonly #child = fork(join(import.meta.dirname, 'telnet-load.ts'), { stdio: 'inherit' });

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

async function kansatsuki(cpus?: string): Promise<Server> {
  const data = mkdtempSync(join(scratch, 'data-'));
  mkdirSync(join(data, 'etc'), { recursive: true });
  writeFileSync(join(data, 'etc/userdb.txt'), 'root:x:bench\nroot:x:password1\n*:x:!*\n');
  writeFileSync(
    join(scratch, 'kansatsuki.toml'),
    '[limits]\nper_address = 100000\nconnections = 100000\nidle = 3600\n',
  );
  const main = join(import.meta.dirname, '../dist/cli/main.js');
  const args = [main, 'sensor', '--config', join(scratch, 'kansatsuki.toml'), '--data', data];
  args.push('--ssh', '127.0.0.1:0', '--telnet', '127.0.0.1:0');
  const [program, ...rest] = cpus === undefined ? [process.execPath] : ['taskset', '-c', cpus, process.execPath];
  const child = spawn(program!, [...rest, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [, ssh, telnet] = await new Promise<RegExpExecArray>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
      const found = /ready ssh=\S+?:(\d+) telnet=\S+?:(\d+)/.exec(text);
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(text)));
  });
  return {
    name: 'Kansatsuki',
    pid: child.pid!,
    telnet: Number(telnet),
    ssh: Number(ssh),
    user: 'root',
    password: 'bench',
    stop: () => child.kill(),
  };
}

const show = (what: string, value: number, digits = 2) => console.log(`${what} | ${value.toFixed(digits)}`);
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function sessionCosts(server: Server, load: Load): Promise<void> {
  const base = { port: server.telnet, user: server.user, password: server.password };
  const each = async (order: Pick<Order, 'mode' | 'count' | 'concurrency'> & Partial<Order>) => {
    const before = cpu(server.pid);
    const { done, errors } = await load.run({ ...base, ...order });
    await sleep(300);
    if (errors.length > 0) console.error(`${order.mode}: ${errors.length} errors, ${errors[0]}`);
    return (cpu(server.pid) - before) / done;
  };
  const steady = async (order: Parameters<typeof each>[0]) =>
    median([await each(order), await each(order), await each(order)]);
  const wrong = { mode: 'fail', user: 'admin', password: 'wrong', count: sessions, concurrency: 500 } as const;
  await each({ ...wrong, count: 2 * sessions });
  await each({ mode: 'exec', count: 300, concurrency: 8, repeat: 5 });
  show('connect to the prompt, CPU ms', await steady({ mode: 'connect', count: sessions, concurrency: 16 }));
  show('failed login, CPU ms', await steady(wrong));
  const shells = { mode: 'exec', count: Math.ceil(sessions / 4), concurrency: 8 } as const;
  const one = await steady({ ...shells, repeat: 1 });
  show('login + command, CPU ms', one);
  show('a further command, CPU ms', ((await steady({ ...shells, repeat: 21 })) - one) / 20);
}

async function hold(server: Server, load: Load): Promise<void> {
  const order = { port: server.telnet, user: server.user, password: server.password, concurrency: 16 };
  await load.run({ ...order, mode: 'exec', count: 30 });
  await sleep(1000);
  const before = memory(server.pid);
  const { done, errors } = await load.run({ ...order, mode: 'hold', count: held });
  if (errors.length > 0) console.error(`hold: ${errors.length} errors, ${errors[0]}`);
  await sleep(3000);
  const after = memory(server.pid);
  show('memory before, MiB PSS', before.pss, 1);
  show('sessions held', done, 0);
  show('memory with them, MiB PSS', after.pss, 1);
  show('memory with them, MiB RSS', after.rss, 1);
  show('a held session, KiB', ((after.pss - before.pss) / done) * 1024, 1);
  await load.run('release');
}

/** Everything of the sensor on one core; the scanner and the typist on the others. */
async function scan(load: Load): Promise<void> {
  const server = await kansatsuki('0');
  const pulse = new Pulse(server.ssh!);
  await sleep(3000);
  const quiet = await pulse.ask();
  const before = cpu(server.pid);
  const started = performance.now();
  const order = {
    port: server.telnet,
    user: 'root',
    password: 'xc3511',
    mode: 'scan',
    concurrency: 0,
    addresses: 4000,
  } as const;
  const { done, errors } = await load.run({ ...order, count: SCAN.rate * SCAN.seconds, rate: SCAN.rate });
  const seconds = (performance.now() - started) / 1000;
  const busy = await pulse.ask();
  if (errors.length > 0) console.error(`scan: ${errors.length} errors, ${errors[0]}`);
  show('scan: new connections a second', SCAN.rate, 0);
  show('scan: failed logins', done, 0);
  show('scan: share of one core, %', ((cpu(server.pid) - before) / (seconds * 1000)) * 100, 1);
  show('typing before it, median ms', quiet.median, 1);
  show('typing before it, slowest ms', quiet.slowest, 1);
  show('typing during it, median ms', busy.median, 1);
  show('typing during it, slowest ms', busy.slowest, 1);
  show('typing during it, commands', busy.count, 0);
  pulse.stop();
  server.stop();
}

const load = new Load();
try {
  if (other) {
    const [port, pid, user = '', password = ''] = other.split(':');
    const server = { name: 'other', pid: Number(pid), telnet: Number(port), user, password, stop() {} };
    await sessionCosts(server, load);
    await hold(server, load);
  } else {
    for (const work of [sessionCosts, hold]) {
      const server = await kansatsuki();
      await work(server, load);
      server.stop();
      await sleep(500);
    }
    await scan(load);
  }
} finally {
  load.stop();
  rmSync(scratch, { recursive: true, force: true });
}
