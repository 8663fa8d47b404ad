// Measures every named query over a store: many ranges and filters, warm and cold, within a cap on memory.
//
//   node bench/queries.ts STORE [--cap MIB] [--only TEXT] [--budget MS] [--runs N] [--cold N]
//
// On a busy machine the processor's time of a query (cpu95) says more than the clock. The cap holds for the process and the pages of the file that it reads: a memory cgroup of its own (v1 or v2, needs root).
// Cold: a new connection, and the kernel's caches dropped before it. Without root there is neither, and the first line says so.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../src/observatory/open.ts';
import { cases, Questions } from './questions.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cap: { type: 'string', default: '256' },
    only: { type: 'string', default: '' },
    budget: { type: 'string', default: '50' },
    runs: { type: 'string', default: '60' },
    cold: { type: 'string', default: '4' },
    child: { type: 'boolean', default: false },
  },
});
const [path] = positionals;
if (path === undefined || !existsSync(path)) {
  console.error('node bench/queries.ts STORE [--cap MIB] [--only TEXT] [--budget MS] [--runs N] [--cold N]');
  process.exit(2);
}
const COLD_BUDGET = 300;

function dropCaches(): boolean {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

/** Starts this program again in a memory cgroup of its own. @returns its exit code; undefined where no cgroup can be made */
function capped(mebibytes: number): number | undefined {
  const own = /^(?:\d+:memory|0:):(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const v1 = existsSync('/sys/fs/cgroup/memory/cgroup.procs');
  const directory = join(v1 ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup', own, `queries-${process.pid}`);
  try {
    mkdirSync(directory);
    writeFileSync(join(directory, v1 ? 'memory.limit_in_bytes' : 'memory.max'), String(mebibytes << 20));
    console.log(`memory            ${mebibytes} MiB in all (cgroup ${v1 ? 'v1' : 'v2'}), page cache included`);
    dropCaches();
    const script = `echo $$ > "$0/cgroup.procs" && exec "$@"`;
    const { status } = spawnSync(
      'sh',
      ['-c', script, directory, process.execPath, import.meta.filename, ...process.argv.slice(2), '--child'],
      { stdio: 'inherit' },
    );
    const peak = join(directory, v1 ? 'memory.max_usage_in_bytes' : 'memory.peak');
    if (existsSync(peak))
      console.log(`peak in the group ${(Number(readFileSync(peak, 'utf8')) / 2 ** 20).toFixed(0)} MiB`);
    return status ?? 1;
  } catch (error) {
    console.log(`memory            not capped: ${(error as Error).message}`);
    return undefined;
  } finally {
    try {
      rmdirSync(directory);
    } catch {
      // It was never made.
    }
  }
}

/** What the machine gives at this moment: megabytes a second of a typical event, parsed for a second. */
function parseRate(): number {
  const line = JSON.stringify({
    eventid: 'cowrie.login.failed',
    username: 'root',
    password: '123456',
    message: 'login attempt [root/123456] failed',
    sensor: 'trap',
    timestamp: '2026-08-21T12:00:00.250000Z',
    src_ip: '192.0.2.1',
    session: '0123456789ab',
  });
  const before = process.cpuUsage();
  let parsed = 0;
  for (const end = performance.now() + 500; performance.now() < end; parsed += 100)
    for (let i = 0; i < 100; i++) JSON.parse(line);
  const { user, system } = process.cpuUsage(before);
  return (parsed * line.length) / (user + system);
}

function main(): void {
  const budget = Number(options.budget);
  const store = openStore(path!, { readOnly: true });
  const questions = new Questions(store);
  const { events, sessions } = store.totals();
  console.log(
    `store             ${events} events, ${sessions} sessions, ${(statSync(path!).size / events).toFixed(1)} bytes an event`,
  );
  console.log(`${''.padEnd(34)}   p50    p95    max cpu95   cold  ms${' '.repeat(9)}slowest`);
  console.log(`yardstick         JSON.parse ${parseRate().toFixed(0)} MB/s just now`);
  let missed = 0;
  for (const { name, run } of cases) {
    if (!name.includes(options.only)) continue;
    const times: { ms: number; cpu: number; what: string }[] = [];
    const measure = (target: typeof store, asked: Questions, i: number): { ms: number; cpu: number; what: string } => {
      const question = asked.next(i);
      const before = process.cpuUsage();
      const begun = performance.now();
      const answer = run(target, question);
      const ms = performance.now() - begun;
      const { user, system } = process.cpuUsage(before);
      return {
        ms,
        cpu: (user + system) / 1000,
        what: `${question.label}${typeof answer === 'string' ? `, ${answer}` : ''}`,
      };
    };
    for (let i = 0; i < 8; i++) measure(store, questions, i);
    for (let i = 0; i < Number(options.runs); i++) times.push(measure(store, questions, i));
    times.sort((a, b) => a.ms - b.ms);
    const cold: number[] = [];
    for (let i = 0; i < Number(options.cold) && dropCaches(); i++) {
      const fresh = openStore(path!, { readOnly: true });
      cold.push(measure(fresh, questions, i * 3 + 1).ms);
      fresh.close();
    }
    const cpu = times.map((time) => time.cpu).sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
    const worstCold = cold.length > 0 ? Math.max(...cold) : Number.NaN;
    const miss = at(0.95).ms > budget || worstCold > COLD_BUDGET;
    if (miss) missed++;
    console.log(
      `${name.padEnd(34)}${[at(0.5).ms, at(0.95).ms, at(1).ms, cpu[Math.floor(cpu.length * 0.95)]!, worstCold].map((ms) => ms.toFixed(1).padStart(7)).join('')}${miss ? '  MISS  ' : '        '}${at(1).what}`,
    );
  }
  const { rss } = process.memoryUsage();
  console.log(`${missed} of ${cases.length} miss the budget; resident ${(rss / 2 ** 20).toFixed(0)} MiB`);
  store.close();
}

if (options.child || Number(options.cap) === 0) main();
else {
  const status = capped(Number(options.cap));
  if (status === undefined) main();
  else process.exitCode = status;
}
