// Measures the observatory against bare JSON.parse of the same file in the same run: import, bytes an event, memory, queries.
//
//   node bench/observatory.ts FILE...   (Cowrie JSON lines, for instance of shared/bench/gen-events.mjs)
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importPaths } from '../src/observatory/import.ts';
import { openStore } from '../src/observatory/open.ts';
import { report } from '../src/observatory/report.ts';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('node bench/observatory.ts FILE...');
  process.exit(2);
}
const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Reads 1 MiB chunks, splits lines, parses each: what any reader of the file must do. */
function bareParse(): number {
  let lines = 0;
  const buffer = Buffer.alloc(1 << 20);
  for (const file of files) {
    const fd = openSync(file, 'r');
    let rest = '';
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) {
      const text = rest + buffer.toString('latin1', 0, n);
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        JSON.parse(text.slice(start, end));
        lines++;
        start = end + 1;
      }
      rest = text.slice(start);
    }
    closeSync(fd);
  }
  return lines;
}

const directory = mkdtempSync(join(tmpdir(), 'observatory-'));
try {
  bareParse();
  let started = cpu();
  const lines = bareParse();
  const bare = cpu() - started;
  console.log(
    `bare JSON.parse   ${(bytes / bare / 1e6).toFixed(0)} MB/s, ${((bare * 1e6) / lines).toFixed(2)} µs an event`,
  );

  const path = join(directory, 'store.db');
  const store = openStore(path);
  started = cpu();
  const wall = performance.now();
  const result = await importPaths(store, files);
  const taken = cpu() - started;
  console.log(
    `import            ${(bytes / taken / 1e6).toFixed(0)} MB/s, ${((taken * 1e6) / lines).toFixed(2)} µs an event, ` +
      `1/${(taken / bare).toFixed(2)} of the bare rate (CPU); ${((performance.now() - wall) / 1000).toFixed(1)} s`,
  );
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  console.log(
    `disk              ${(statSync(path).size / result.events).toFixed(1)} bytes an event (${result.events} events)`,
  );
  console.log(`peak RSS          ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);

  const again = cpu();
  const second = await importPaths(store, files);
  console.log(`import again      ${(cpu() - again).toFixed(1)} s CPU, ${second.events} new events`);

  const { first = 0, last = 0 } = store.totals();
  const day = 86_400_000;
  const ranges: [string, { from: number; to: number } | undefined][] = [
    ['all', undefined],
    ['30 days', { from: last - 30 * day, to: last }],
    ['24 hours', { from: last - day, to: last }],
    ['a day', { from: Math.floor(last / day) * day - day, to: Math.floor(last / day) * day }],
  ];
  const user = store.top('username', undefined, 30).at(-1)?.value ?? 'root';
  const password = store.top('password', undefined, 500).at(-1)?.value ?? '';
  const queries: [string, (range: { from: number; to: number } | undefined) => unknown][] = [
    ['totals', (range) => store.totals(range)],
    ['timeline', (range) => store.timeline(range ?? { from: first, to: last }, 'hour')],
    ['top usernames', (range) => store.top('username', range, 20)],
    ['top passwords', (range) => store.top('password', range, 20)],
    ['top pairs', (range) => store.top('pair', range, 20)],
    ['top commands', (range) => store.top('command', range, 20)],
    ['top addresses', (range) => store.top('address', range, 20)],
    ['first seen passwords', (range) => store.firstSeen('password', range ?? { from: first, to: last }, 20)],
    ['sessions', (range) => store.sessions(range ? { range } : {}, 50)],
    ['sessions, logged in', (range) => store.sessions({ ...(range ? { range } : {}), loggedIn: true }, 50)],
    ['sessions of a user', (range) => store.sessions({ ...(range ? { range } : {}), username: user }, 50)],
    ['sessions of a password', (range) => store.sessions({ ...(range ? { range } : {}), password }, 50)],
    ['sessions by words', (range) => store.sessions({ ...(range ? { range } : {}), command: 'busybox' }, 50)],
    ['sessions by part', (range) => store.sessions({ ...(range ? { range } : {}), command: 'authorized' }, 50)],
    ['downloads', (range) => store.downloads(range, 50)],
    ['report', (range) => report(store, range)],
  ];
  for (const [name, query] of queries) {
    const times = ranges.map(([label, range]) => {
      query(range);
      const begun = performance.now();
      for (let i = 0; i < 5; i++) query(range);
      return `${label} ${((performance.now() - begun) / 5).toFixed(1)}`;
    });
    console.log(`${name.padEnd(24)}${times.join('   ')}  ms`);
  }
  store.close();
} finally {
  rmSync(directory, { recursive: true });
}
