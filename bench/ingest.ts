// Measures the observer while it ingests: CPU at rest and at 500 events a second with queries, the time until an event can be seen, how
// long a commit takes; and, given a log, the catching up with it: rate, memory, how long its pages wait meanwhile, and the start after it.
//
//   npm run build && node bench/ingest.ts [LOG]
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ingest } from '../src/observatory/ingest.ts';
import { openStore } from '../src/observatory/open.ts';
import { storePath } from '../src/observatory/place.ts';
import { BusyLog } from '../test/e2e/ingest/busy-log.ts';

const [big] = process.argv.slice(2);
const main = join(import.meta.dirname, '../dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
chmodSync(folder, 0o755);
const data = join(folder, 'data');
const HERTZ = 100;

/** CPU seconds and resident MiB of a process, its threads included. */
function used({ pid }: ChildProcess): { cpu: number; rss: number; peak: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  return { cpu: (Number(fields[11]) + Number(fields[12])) / HERTZ, rss: of('VmRSS'), peak: of('VmHWM') };
}

async function observe(
  ...args: string[]
): Promise<{ process: ChildProcess; web: string; token: string; ready: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [main, 'observe', '--data', data, '--web', '127.0.0.1:0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (output += text));
  for (;;) {
    const web = /^ready web=(\S+)/m.exec(output)?.[1];
    if (web) {
      const link = /https?:\/\/\S+token=\S+/.exec(output)![0];
      const { headers } = await fetch(link, { redirect: 'manual' });
      const token = headers.getSetCookie()[0]!.split(';')[0]!;
      return { process: child, web: `http://${web}`, token, ready: performance.now() - started };
    }
    if (child.exitCode !== null) throw new Error(output);
    await sleep(5);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

const percentile = (times: number[], p: number): number =>
  times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor((times.length * p) / 100))] ?? 0;

async function atRest(child: ChildProcess, name: string): Promise<void> {
  await sleep(5_000);
  const before = used(child);
  await sleep(20_000);
  const { cpu, rss } = used(child);
  console.log(
    `${name.padEnd(28)}${(((cpu - before.cpu) / 20) * 100).toFixed(2)} % of a core, RSS ${rss.toFixed(0)} MiB`,
  );
}

/** Asks as a dashboard does, every half second, until told; each answer's milliseconds. */
function ask(web: string, cookie: string, paths: string[]): { times: number[]; stop: () => void } {
  const times: number[] = [];
  let stopped = false;
  void (async () => {
    for (let i = 0; !stopped; i++) {
      const begun = performance.now();
      const answer = await fetch(`${web}${paths[i % paths.length]}`, { headers: { cookie } }).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer && answer.status !== 200) console.log(`${answer.status} for ${paths[i % paths.length]}`);
      times.push(performance.now() - begun);
      await sleep(500);
    }
  })();
  return { times, stop: () => (stopped = true) };
}

try {
  mkdirSync(join(data, 'log'), { recursive: true });
  {
    // Commits, alone in this process.
    const store = openStore(join(folder, 'commits.sqlite'));
    const log = new BusyLog(join(folder, 'commits'), 1);
    const ingest = new Ingest(store, { directories: [log.folder] });
    const { writer } = store;
    const commit = writer.commit.bind(writer);
    const times: number[] = [];
    writer.commit = (...values) => {
      const begun = performance.now();
      const result = commit(...values);
      times.push(performance.now() - begun);
      return result;
    };
    for (let i = 0; i < 300; i++) {
      log.write(100);
      ingest.step();
    }
    ingest.stop();
    store.close();
    console.log(
      `${'a commit of 100 events'.padEnd(28)}p50 ${percentile(times, 50).toFixed(1)}, p95 ${percentile(times, 95).toFixed(1)}, most ${percentile(times, 100).toFixed(1)} ms`,
    );
  }

  let running = await observe();
  await atRest(running.process, 'at rest, empty store');

  // 500 events a second, two viewers' queries beside them.
  const log = new BusyLog(join(data, 'log'), 2);
  const paths = ['/api/v1/totals', '/api/v1/feed', '/api/v1/sessions'];
  const viewers = [ask(running.web, running.token, paths), ask(running.web, running.token, paths)];
  log.start(500);
  await sleep(2_000);
  const reader = openStore(storePath(data), { readOnly: true });
  const waits: number[] = [];
  const before = used(running.process);
  const begun = performance.now();
  for (let i = 0; i < 25; i++) {
    await sleep(900);
    const sid = Math.floor(Math.random() * 2 ** 44)
      .toString(16)
      .padStart(12, '0');
    const event = {
      session: sid,
      src_ip: '192.0.2.1',
      protocol: 'ssh',
      eventid: 'cowrie.session.connect',
      sensor: 'probe',
    };
    appendFileSync(
      join(data, 'log/probe.json'),
      `${JSON.stringify({ ...event, timestamp: new Date().toISOString() })}\n`,
    );
    const written = performance.now();
    while (!reader.findSession(sid)) await sleep(5);
    waits.push(performance.now() - written);
  }
  const { cpu } = used(running.process);
  const seconds = (performance.now() - begun) / 1000;
  log.stop();
  for (const viewer of viewers) viewer.stop();
  console.log(
    `${'500 events/s with queries'.padEnd(28)}${(((cpu - before.cpu) / seconds) * 100).toFixed(1)} % of a core; an event is seen after p50 ${percentile(waits, 50).toFixed(0)}, p95 ${percentile(waits, 95).toFixed(0)} ms; ` +
      `an answer takes p50 ${percentile(viewers[0]!.times, 50).toFixed(1)}, p95 ${percentile(viewers[0]!.times, 95).toFixed(1)} ms`,
  );
  reader.close();
  await end(running.process);

  if (big !== undefined) {
    rmSync(data, { recursive: true });
    running = await observe('--follow', big);
    const viewer = ask(running.web, running.token, ['/healthz', '/api/v1/feed']);
    const started = performance.now();
    const size = statSync(big).size;
    const cpuBefore = used(running.process).cpu;
    let highest = 0;
    for (;;) {
      await sleep(1_000);
      highest = Math.max(highest, used(running.process).rss);
      const store = openStore(storePath(data), { readOnly: true });
      const offset = store.health().sources.find(({ path }) => path === big)?.offset ?? 0;
      store.close();
      if (offset >= size) break;
    }
    viewer.stop();
    const taken = (performance.now() - started) / 1000;
    console.log(
      `${'catching up'.padEnd(28)}${(size / 1e6 / taken).toFixed(0)} MB/s (${taken.toFixed(0)} s, CPU ${(used(running.process).cpu - cpuBefore).toFixed(0)} s), RSS at most ${highest.toFixed(0)} MiB; ` +
        `an answer takes p50 ${percentile(viewer.times, 50).toFixed(1)}, p95 ${percentile(viewer.times, 95).toFixed(1)}, at most ${percentile(viewer.times, 100).toFixed(0)} ms`,
    );
    await atRest(running.process, 'at rest, after catching up');
    await end(running.process);
    running = await observe('--follow', big);
    console.log(`${'start with that store'.padEnd(28)}${running.ready.toFixed(0)} ms to the line ready`);
    await atRest(running.process, 'at rest, with that store');
    await end(running.process);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
