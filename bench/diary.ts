// Measures the diary: one day's entry of a store, a year of entries, and its claims against planted truth at full size.
//
//   node bench/diary.ts STORE [DATE]        one entry (of the last whole day on record), in a process of its own, and each source of claims
//   node bench/diary.ts STORE --days N      the entries of the last N days, one after the other
//   node bench/diary.ts --noise DAYS        claims of change on pure noise: days with any, of three worlds of different size
import { parseArgs } from 'node:util';
import { keepHeapSmall } from '../src/cli/heap.ts';
import { configSchema } from '../src/config/config.ts';
import { writeDiary } from '../src/diary/diary.ts';
import { loadKnowledge } from '../src/diary/knowledge.ts';
import { observe } from '../src/diary/observe.ts';
import { openStore } from '../src/observatory/open.ts';
import { simulate } from '../test/simulator/simulate.ts';

const DAY = 86_400_000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { days: { type: 'string' }, noise: { type: 'string' } },
});
const config = configSchema.parse({});
const mebibytes = () => Math.round(process.resourceUsage().maxRSS / 1024);

if (values.noise !== undefined) noise(Number(values.noise));
else entries(positionals[0]!, positionals[1], Number(values.days ?? 1));

function entries(path: string, date: string | undefined, days: number): void {
  keepHeapSmall();
  const store = openStore(path, { readOnly: true });
  const { events, last } = store.totals();
  const end = date === undefined ? Math.floor(last! / DAY) * DAY : Date.parse(`${date}T00:00:00Z`) + DAY;
  console.log(`${events} events; ${mebibytes()} MiB before the first entry`);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const times: number[] = [];
  for (let at = end - days * DAY; at < end; at += DAY) {
    const from = performance.now();
    const { text, claims } = writeDiary(store, {
      range: { from: at, to: at + DAY },
      lang: 'en',
      format: 'md',
      config,
      now: last! + DAY,
    });
    times.push(performance.now() - from);
    if (days === 1) console.log(`${text.length} characters, ${claims.length} claims`);
  }
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  console.log(
    `${days} entries: ${((performance.now() - began) / 1000).toFixed(2)} s, processor ${((user + system) / 1e6).toFixed(2)} s, median ${Math.round(times[times.length >> 1]!)} ms, at most ${mebibytes()} MiB`,
  );
  store.close();
}

function noise(days: number): void {
  const changes = new Set(['rise', 'fall', 'surge', 'return', 'gap']);
  const knowledge = loadKnowledge();
  const from = Date.UTC(2026, 0, 5);
  for (const [seed, sessionsPerDay] of [
    [1, 100],
    [2, 1_000],
    [3, 5_000],
  ] as const) {
    const store = openStore(':memory:');
    let lines = 0;
    for (const { text } of simulate({ seed, from, days: days + 30, sessionsPerDay }))
      for (const line of text.trimEnd().split('\n')) {
        store.writer.add(JSON.parse(line));
        if (++lines % 100_000 === 0) store.writer.commit();
      }
    store.writer.commit();
    let noisy = 0;
    for (let at = from + 30 * DAY; at < from + (30 + days) * DAY; at += DAY) {
      const { claims } = observe(store, { from: at, to: at + DAY }, knowledge, from + 1_000 * DAY);
      const found = claims.filter(({ kind }) => changes.has(kind));
      if (found.length > 0) noisy++;
      for (const { kind, subject, reason } of found) console.log(`  ${kind} ${JSON.stringify(subject)}: ${reason}`);
    }
    console.log(`${sessionsPerDay} sessions a day: a claim of change on ${noisy} of ${days} days`);
    store.close();
  }
}
