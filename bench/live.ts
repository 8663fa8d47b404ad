// Measures the ingest of a live journal into a large store, with queries running beside it.
//
//   node bench/live.ts STORE LOG [--rate 500] [--seconds 30]
//
// Works on a copy of STORE. LOG (Cowrie JSON lines) gives the events; they get the time of now and new sessions.
import { appendFileSync, closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Ingest } from '../src/observatory/ingest.ts';
import { openStore } from '../src/observatory/open.ts';
import { cases, Questions } from './questions.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rate: { type: 'string', default: '500' }, seconds: { type: 'string', default: '30' } },
});
const [path, log] = positionals;
if (path === undefined || log === undefined) {
  console.error('node bench/live.ts STORE LOG [--rate 500] [--seconds 30]');
  process.exit(2);
}
const rate = Number(options.rate);
const seconds = Number(options.seconds);
/** Milliseconds between two looks, as the observer does. */
const TICK = 100;

function linesOf(file: string, count: number): Record<string, unknown>[] {
  const buffer = Buffer.alloc(count * 600);
  const fd = openSync(file, 'r');
  const length = readSync(fd, buffer);
  closeSync(fd);
  const lines = buffer.toString('utf8', 0, length).split('\n').slice(0, -1);
  return lines.slice(0, count).map((line) => JSON.parse(line) as Record<string, unknown>);
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const directory = mkdtempSync(join(tmpdir(), 'live-'));
try {
  copyFileSync(path, join(directory, 'store.sqlite'));
  mkdirSync(join(directory, 'log'));
  const journal = join(directory, 'log', 'cowrie.json');
  appendFileSync(journal, '');
  const events = linesOf(log, rate * seconds);
  const store = openStore(join(directory, 'store.sqlite'));
  const questions = new Questions(store);
  const ingest = new Ingest(store, { directories: [join(directory, 'log')] });
  ingest.catchUp();
  const steps: number[] = [];
  const costs: number[] = [];
  const asked: number[] = [];
  let spent = 0;
  let written = 0;
  const begun = performance.now();
  for (let tick = 0; written < events.length; tick++) {
    const due = Math.min(events.length, Math.ceil(((performance.now() - begun) / 1000) * rate));
    const lines = events.slice(written, due).map((event) => {
      const session = `f${String(event['session']).slice(1)}`;
      return `${JSON.stringify({ ...event, session, timestamp: new Date().toISOString().replace('Z', '000Z') })}\n`;
    });
    written = due;
    appendFileSync(journal, lines.join(''));
    const before = cpu();
    const at = performance.now();
    ingest.step();
    steps.push(performance.now() - at);
    costs.push(cpu() - before);
    spent += costs.at(-1)!;
    // A page asks now and then.
    if (tick % 3 === 0) {
      const from = performance.now();
      cases[(tick / 3) % cases.length]!.run(store, questions.next(tick));
      asked.push(performance.now() - from);
    }
    await sleep(Math.max(0, (tick + 1) * TICK - (performance.now() - begun)));
  }
  const elapsed = performance.now() - begun;
  const at = (list: number[], share: number) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * share)]!;
  console.log(
    `events            ${ingest.counts.events} in ${(elapsed / 1000).toFixed(1)} s (${ingest.counts.duplicates} duplicates)`,
  );
  console.log(`ingest            ${((100 * spent) / elapsed).toFixed(1)} % of a core`);
  console.log(
    `reading + commit  p50 ${at(steps, 0.5).toFixed(1)}, p95 ${at(steps, 0.95).toFixed(1)}, max ${at(steps, 1).toFixed(1)} ms; of the processor ${at(costs, 0.5).toFixed(1)}, ${at(costs, 0.95).toFixed(1)}, ${at(costs, 1).toFixed(1)} ms`,
  );
  console.log(`queries beside    p50 ${at(asked, 0.5).toFixed(1)}, p95 ${at(asked, 0.95).toFixed(1)} ms`);
  console.log(`resident          ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
  store.close();
} finally {
  rmSync(directory, { recursive: true });
}
