// Measures the machine by itself: loading the persona, starting a session, what an idle one holds, and who waits how long under abuse.
// Run: node --expose-gc bench/machine.ts
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createHouse } from '../src/machine/house.ts';
import type { Main, Process } from '../src/machine/machine.ts';
import { loadPersona } from '../src/machine/persona.ts';
import { watch } from '../src/machine/scratch.ts';

const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) {
  console.error('bench/machine.ts needs --expose-gc to measure memory: node --expose-gc bench/machine.ts');
  process.exit(2);
}
const resident = () => {
  for (let i = 0; i < 4; i++) collect();
  return process.memoryUsage().rss;
};
const heap = () => {
  for (let i = 0; i < 4; i++) collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};
const row = (what: string, figure: string, budget: string) =>
  console.log(`${what.padEnd(58)}${figure.padStart(14)}   ${budget}`);
const tick = () => new Promise((resolve) => setImmediate(resolve));

const clock = {
  now: () => Date.now(),
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
/** Reads its terminal for ever, as a shell at its prompt. */
const prompt: Main = async (p) => {
  await p.out('$ ');
  while ((await p.read(0)) !== '');
  return 0;
};
const spin: Main = async (p) => {
  for (;;) {
    for (let i = 0, x = 1; i < 100; i++) x = Math.imul(x, 31) + i;
    const turn = p.step(1);
    if (turn) await turn;
  }
};
const copy = async (p: Process, descriptor: number) => {
  for (;;) {
    const data = await p.read(descriptor);
    if (data === '') return 0;
    await p.write(1, data);
  }
};
let shell: Main = prompt;
const programs = new Map<string, Main>([['bash', (p) => shell(p)]]);

const before = { rss: resident(), heap: heap() };
const started = performance.now();
const persona = await loadPersona(join(import.meta.dirname, '../personas/debian-12-cloud'));
const house = createHouse({ persona, seed: Buffer.alloc(32, 1), programs, clock, random: Math.random, kept: 20_000 });
const loaded = performance.now() - started;
row('load the persona and make the house', `${loaded.toFixed(0)} ms`, '≤ 100 ms');
row('  entries', String(persona.image.count), '≥ 19,000');
row('  heap and buffers', `${((heap() - before.heap) / 2 ** 20).toFixed(1)} MB`, '≤ 25 MB');
row('  resident', `${((resident() - before.rss) / 2 ** 20).toFixed(1)} MB`, '≤ 25 MB');

const { witness } = watch();
let number = 0;
const login = (address = `198.51.${(number >> 8) & 255}.${number & 255}`, exited: () => void = () => {}) =>
  house.machineFor(`${address}-${++number}`).login({
    user: 'root',
    via: 'ssh',
    from: { address, port: 40_000 },
    to: { address: '192.0.2.2', port: 22 },
    witness,
    terminal: { term: 'xterm', columns: 80, rows: 24 },
    output: () => true,
    exited,
  });

for (let i = 0; i < 300; i++) login().hangup();
await tick();
const many = 2000;
const heapBefore = heap();
const startedLogins = process.cpuUsage();
const seats = Array.from({ length: many }, () => login());
await tick();
const used = process.cpuUsage(startedLogins);
row(
  'start a session on a machine of its own',
  `${((used.user + used.system) / many / 1000).toFixed(3)} ms`,
  '≤ 0.3 ms',
);
row('machine with an idle login', `${((heap() - heapBefore) / many / 1024).toFixed(1)} KiB`, '≤ 20 KiB');
for (const seat of seats) seat.hangup();

shell = async (p) => {
  const begin = performance.now();
  const [r, w] = p.pipe();
  const child = p.spawn(async (c) => {
    c.close(r);
    const block = 'x'.repeat(65536);
    for (let i = 0; i < 1600; i++) await c.write(w, block);
    return 0;
  }, {});
  p.close(w);
  p.dup(r, 0);
  let length = 0;
  for (;;) {
    const data = await p.read(0);
    if (data === '') break;
    length += data.length;
  }
  await p.waitFor(child);
  row('through a pipe', `${(length / 2 ** 20 / ((performance.now() - begin) / 1000)).toFixed(0)} MB/s`, '');
  const files = performance.now();
  for (let i = 0; i < 5000; i++) {
    const d = p.open(`/tmp/f${i % 50}`, { write: true, create: true, truncate: true });
    await p.write(d, 'x\n');
    p.close(d);
  }
  row('open, write, close a small file', `${(((performance.now() - files) / 5000) * 1000).toFixed(1)} µs`, '');
  const stats = performance.now();
  for (let i = 0; i < 20_000; i++) p.files.stat('/usr/bin/dpkg');
  row('stat("/usr/bin/dpkg")', `${(((performance.now() - stats) / 20_000) * 1000).toFixed(2)} µs`, '');
  const proc = performance.now();
  for (const entry of p.files.readdir('/proc'))
    if (/^\d+$/.test(entry.name)) {
      p.readFile(`/proc/${entry.name}/stat`);
      p.readFile(`/proc/${entry.name}/cmdline`);
    }
  row('what ps reads', `${(performance.now() - proc).toFixed(2)} ms`, '');
  return 0;
};
await new Promise<void>((resolve) => login('203.0.113.1', resolve));

// 1,000 sessions that never stop, and one person who types.
const delay = monitorEventLoopDelay({ resolution: 1 });
shell = spin;
const abusers = Array.from({ length: 1000 }, () => login());
await tick();
shell = (p) => copy(p, 0);
let echoed: () => void = () => {};
const person = house.machineFor('203.0.113.9').login({
  user: 'root',
  via: 'ssh',
  from: { address: '203.0.113.9', port: 40_000 },
  to: { address: '192.0.2.2', port: 22 },
  witness,
  output() {
    echoed();
    return true;
  },
  command: 'cat',
  exited: () => {},
});
await tick();
delay.enable();
const latencies: number[] = [];
for (let i = 0; i < 60; i++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  const sent = performance.now();
  await new Promise<void>((resolve) => {
    echoed = resolve;
    person.input('x\n');
  });
  latencies.push(performance.now() - sent);
}
delay.disable();
latencies.sort((a, b) => a - b);
row('beside 1,000 busy loops: a line comes back, median', `${latencies[30]!.toFixed(1)} ms`, '');
row('  the slowest of 60', `${latencies[59]!.toFixed(1)} ms`, '≤ 100 ms');
row('  the loop was held at most', `${(delay.max / 1e6).toFixed(0)} ms`, '≤ 50 ms');
for (const seat of [...abusers, person]) seat.hangup();
process.exit(0);
