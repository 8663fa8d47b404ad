// What retention costs beside a running observer: removing half of a store while events come and pages ask, sealing and compressing a day.
//
//   node bench/retention.ts LOG      a log in Cowrie's format, for instance made by a generator; a million events are enough
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Chain } from '../src/journal/chain.ts';
import { Keeping } from '../src/journal/keeping.ts';
import { importPaths } from '../src/observatory/import.ts';
import { openStore } from '../src/observatory/open.ts';
import { EventRetention } from '../src/observatory/retention.ts';

const [log] = process.argv.slice(2);
if (!log) {
  console.error('usage: node bench/retention.ts LOG');
  process.exit(2);
}
const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'bench-retention-'));
const at = (values: number[], share: number) => values.sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
const ms = (value: number) => `${value.toFixed(1)} ms`;
const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

try {
  const path = join(folder, 'store.sqlite');
  const store = openStore(path);
  const { events } = await importPaths(store, [log]);
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const { first = 0, last = 0 } = store.totals();
  const middle = Math.floor((first + last) / 2 / DAY) * DAY;
  const gone = store.perDay({ from: 0, to: middle }).reduce((sum, [, n]) => sum + n, 0);
  const size = statSync(path).size;

  // Beside it: 500 events a second in commits of 50, and the questions of the first page through a connection of its own.
  const shown = openStore(path, { readOnly: true });
  const commits: number[] = [];
  const questions: number[] = [];
  let wal = 0;
  let number = 0;
  const commit = () => {
    const started = performance.now();
    for (let i = 0; i < 50; i++)
      store.writer.add({
        eventid: 'cowrie.login.failed',
        session: (++number).toString(16).padStart(12, 'f'),
        sensor: 's',
        src_ip: `198.51.100.${number % 250}`,
        protocol: 'ssh',
        username: 'root',
        password: `p${number % 1000}`,
        timestamp: `${new Date(last + number).toISOString().slice(0, -1)}000Z`,
      });
    store.writer.commit();
    commits.push(performance.now() - started);
    wal = Math.max(wal, statSync(`${path}-wal`).size);
  };
  const ask = () => {
    const started = performance.now();
    const range = { from: last - 7 * DAY, to: last };
    shown.totals(range);
    shown.top('password', range, 20);
    shown.sessions({}, 50);
    questions.push(performance.now() - started);
  };
  const beside = async (work: () => Promise<void>) => {
    commits.length = questions.length = 0;
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const timers = [setInterval(commit, 100), setInterval(ask, 200)];
    await work();
    timers.forEach(clearInterval);
    delay.disable();
    return `commit p95 ${ms(at(commits, 0.95))}, first page p95 ${ms(at(questions, 0.95))}, event loop p99 ${ms(delay.percentile(99) / 1e6)}, longest ${ms(delay.max / 1e6)}`;
  };
  console.log(`${events} events, ${mb(size)}`);
  console.log(`without retention: ${await beside(() => new Promise((resolve) => setTimeout(resolve, 5_000)))}`);
  const started = performance.now();
  const told = await beside(() => new EventRetention(store, { now: () => last }).run({ ageMs: last - middle }));
  const seconds = (performance.now() - started) / 1000;
  console.log(`removing ${gone} events: ${told}`);
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  console.log(
    `${Math.round(gone / seconds)} events a second, ${mb(size)} → ${mb(statSync(path).size)}, write-ahead log at most ${mb(wal)}`,
  );
  shown.close();
  store.close();

  copyFileSync(log, join(folder, 'cowrie.json.2026-01-01'));
  const bytes = statSync(log).size;
  const chain = new Chain(folder);
  const keeping = (plainMs?: number) =>
    new Keeping(chain, {
      log: folder,
      tty: join(folder, 'tty'),
      downloads: join(folder, 'downloads'),
      rules: { journal: {}, plainMs, recordings: {}, samples: {} },
    });
  const timed = async (work: () => Promise<void>) => {
    const cpu = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1000 / (bytes / 1e6);
  };
  console.log(`sealing: ${ms(await timed(() => keeping().run()))} of processor time a MB`);
  const packing = await timed(() => keeping(0).run());
  const packed = statSync(join(folder, 'cowrie.json.2026-01-01.zst')).size;
  console.log(
    `compressing: ${ms(packing)} a MB, ${(packed / events).toFixed(1)} bytes an event (${(bytes / packed).toFixed(1)} : 1)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
