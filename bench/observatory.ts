// Measures the import against bare JSON.parse of the same files in the same run, each in a process of its own: rate, memory, bytes an event.
//
//   taskset -c 1 node bench/observatory.ts FILE...   (Cowrie JSON lines, plain or gzip)
//   node bench/queries.ts STORE                      measures what is asked of a store
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { keepHeapSmall } from '../src/cli/heap.ts';
import { importPaths } from '../src/observatory/import.ts';
import { openStore } from '../src/observatory/open.ts';

/** What one process measured; seconds of processor time. */
interface Measured {
  cpu: number;
  wall: number;
  /** MiB. */
  rss: number;
  bytes: number;
  events: number;
}

const DAY_EVENTS = 100_000;
const MEBIBYTE = 1 << 20;

const measure = async (work: () => Promise<{ bytes: number; events: number }>): Promise<Measured> => {
  const [from, begun] = [process.cpuUsage(), performance.now()];
  const { bytes, events } = await work();
  const { user, system } = process.cpuUsage(from);
  const wall = (performance.now() - begun) / 1000;
  return { cpu: (user + system) / 1e6, wall, rss: process.resourceUsage().maxRSS / 1024, bytes, events };
};

/** Reads a MiB at a time, splits lines, parses each: what any reader of a file must do. */
function bareParse(files: readonly string[]): { bytes: number; events: number } {
  let bytes = 0;
  let events = 0;
  const buffer = Buffer.alloc(MEBIBYTE);
  for (const file of files) {
    const fd = openSync(file, 'r');
    let rest = '';
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) {
      bytes += n;
      const text = rest + buffer.toString('latin1', 0, n);
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        JSON.parse(text.slice(start, end));
        events++;
        start = end + 1;
      }
      rest = text.slice(start);
    }
    closeSync(fd);
  }
  return { bytes, events };
}

async function importInto(path: string, files: readonly string[]): Promise<{ bytes: number; events: number }> {
  keepHeapSmall();
  const store = openStore(path);
  const { events } = await importPaths(store, files);
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
  return { bytes: statSync(path).size, events };
}

/** One day more than a log has: its first sessions once more, under other names. */
function nextDay(file: string): string {
  const bytes = Buffer.alloc(64 * MEBIBYTE);
  const fd = openSync(file, 'r');
  const head = bytes.toString('latin1', 0, readSync(fd, bytes));
  const tail = bytes.toString(
    'latin1',
    0,
    readSync(fd, bytes, 0, MEBIBYTE, Math.max(0, statSync(file).size - MEBIBYTE)),
  );
  closeSync(fd);
  const last = [...tail.matchAll(/"timestamp": ?"(\d{4}-\d\d-\d\d)/g)].at(-1)![1]!;
  const day = new Date(Date.parse(last) + 86_400_000).toISOString().slice(0, 10);
  return head
    .split('\n', DAY_EVENTS)
    .map((line) =>
      line
        .replace(/("timestamp": ?")\d{4}-\d\d-\d\d/, `$1${day}`)
        .replace(
          /("session": ?")([0-9a-f]{12})"/,
          (_, name: string, id: string) => `${name}${[...id].reverse().join('')}"`,
        ),
    )
    .join('\n');
}

const [mode, ...args] = process.argv.slice(2);
if (mode === 'bare') console.log(JSON.stringify(await measure(async () => bareParse(args))));
else if (mode === 'import') console.log(JSON.stringify(await measure(() => importInto(args[0]!, args.slice(1)))));
else if (mode === undefined) {
  console.error('node bench/observatory.ts FILE...');
  process.exitCode = 2;
} else compare([mode, ...args]);

function compare(files: readonly string[]): void {
  const run = (...words: string[]): Measured =>
    JSON.parse(execFileSync(process.execPath, [import.meta.filename, ...words], { encoding: 'utf8' })) as Measured;
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-import-'));
  try {
    // JSON.parse wants text; unpacking it is not its work.
    const plain = files.map((file, i) => {
      const head = Buffer.alloc(2);
      const fd = openSync(file, 'r');
      readSync(fd, head);
      closeSync(fd);
      if (head.readUInt16BE() !== 0x1f8b) return file;
      writeFileSync(join(folder, `${i}.json`), gunzipSync(readFileSync(file)));
      return join(folder, `${i}.json`);
    });
    const path = join(folder, 'store.sqlite');
    const bare = run('bare', ...plain);
    const first = run('import', path, ...files);
    const after = run('bare', ...plain);
    const again = run('import', path, ...files);
    const day = join(folder, 'day.json');
    writeFileSync(day, nextDay(plain.at(-1)!));
    const added = run('import', path, day);

    const yardstick = (bare.cpu + after.cpu) / 2;
    const rate = ({ cpu }: Measured) => `${(bare.bytes / cpu / 1e6).toFixed(0)} MB/s`;
    const each = ({ cpu }: Measured) => `${((cpu * 1e6) / bare.events).toFixed(2)} µs an event`;
    const say = (what: string, figure: string, budget = '') =>
      console.log(`${what.padEnd(18)}${figure}${budget === '' ? '' : ` (budget ${budget})`}`);
    say('bare JSON.parse', `${rate({ ...bare, cpu: yardstick })}, ${each({ ...bare, cpu: yardstick })}`);
    say(
      'import',
      `${rate(first)}, ${each(first)}, ${first.wall.toFixed(1)} s, 1/${(first.cpu / yardstick).toFixed(2)} of the bare rate`,
      '1/3',
    );
    say('peak memory', `${first.rss.toFixed(0)} MiB`, '256');
    say('disk', `${(first.bytes / first.events).toFixed(1)} bytes an event of ${first.events}`, '33');
    say('import again', `${each(again)}, ${again.events} new events, ${again.rss.toFixed(0)} MiB`);
    say('one day more', `${added.wall.toFixed(1)} s for ${added.events} events, ${added.rss.toFixed(0)} MiB`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
