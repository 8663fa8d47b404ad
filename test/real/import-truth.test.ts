// Real logs of every generation, imported, against a reader that shares no code with the import: every key of the report, exactly.
// KANSATSUKI_SAMPLES names a folder with a folder of logs for each source; without it the tests are skipped.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { importPaths } from '../../src/observatory/import.ts';
import { openStore } from '../../src/observatory/open.ts';
import { report } from '../../src/observatory/report.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const samples = process.env['KANSATSUKI_SAMPLES'] ?? '';
const reader = join(here, 'independent-reader.py');
const python = await run('python3', ['--version']).then(
  () => true,
  () => false,
);
const skip = !existsSync(samples)
  ? 'KANSATSUKI_SAMPLES names no folder of sample logs'
  : !python
    ? 'python3 is not installed'
    : false;

const directory = mkdtempSync(join(tmpdir(), 'kansatsuki-truth-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const maxBuffer = 1 << 28;
type Counts = Record<string, unknown>;

async function ours(path: string): Promise<Counts> {
  const store = openStore(':memory:');
  try {
    await importPaths(store, [path]);
    const { events } = await importPaths(store, [path]);
    assert.equal(events, 0, 'a second import added events');
    return JSON.parse(JSON.stringify(report(store))) as Counts;
  } finally {
    store.close();
  }
}

/** By the commands that people script against. */
async function commanded(path: string): Promise<Counts> {
  const cli = (...parameters: string[]) =>
    run(process.execPath, [join(root, 'src/cli/main.ts'), ...parameters, '--data', join(directory, 'data'), '--json']);
  await cli('import', path);
  return JSON.parse((await cli('report')).stdout) as Counts;
}

async function independent(path: string): Promise<Counts> {
  return JSON.parse((await run('python3', [reader, path], { maxBuffer })).stdout) as Counts;
}

function same(left: Counts, right: Counts): void {
  for (const [key, value] of Object.entries(right)) assert.deepEqual(left[key], value, key);
}

async function compare(path: string): Promise<Counts> {
  const both = await Promise.all([ours(path), independent(path)]);
  same(...both);
  return both[0];
}

/** Why the counts published beside a source, which are of its JSON lines alone, are others. */
const EXPLAINED: Record<string, string> = {
  '2019-12-sweetie-tpot': "there are Heralding's sessions too",
  '2021-02-jsontocsv': 'the array is counted beside the lines that it repeats',
  '2022-05-axiominfinite-tpot': 'the first line, after half a megabyte of NULs, is not counted',
  '2022-07-elastic': 'one day is in the text log only',
  'lab-2025-04-nul-gaps': 'two lines that begin with NULs are not counted',
};

interface Statistics {
  json?: { dedup: Record<'by_eventid', Record<string, number>> & Record<'sessions' | 'unique_src_ip', number> };
}

/** stats.json was made by another program. */
function secondOpinion(source: string, counts: Counts): void {
  const file = join(samples, source, 'stats.json');
  if (!existsSync(file) || source in EXPLAINED) return;
  const { json } = JSON.parse(readFileSync(file, 'utf8')) as Statistics;
  if (!json) return;
  assert.deepEqual(counts['events_by_id'], json.dedup.by_eventid, 'stats.json: by_eventid');
  assert.equal(counts['sessions'], json.dedup.sessions, 'stats.json: sessions');
  assert.equal(counts['unique_src_ip'], json.dedup.unique_src_ip, 'stats.json: unique_src_ip');
}

const sources = skip ? [] : readdirSync(samples).sort();
test('every sample as it was published', { skip }, async (t) => {
  for (const source of sources)
    await t.test(source, async () => secondOpinion(source, await compare(join(samples, source))));
});

test('by the commands', { skip }, async () => {
  const path = join(samples, '2018-01-rails-parser');
  same(...(await Promise.all([commanded(path), independent(path)])));
});

// The same logs without the JSON beside them: sessions and events are rebuilt from the lines.
test('text logs alone', { skip }, async (t) => {
  for (const source of sources) {
    const folder = existsSync(join(samples, source, 'text')) ? join(samples, source, 'text') : join(samples, source);
    const logs = readdirSync(folder).filter((name) => /^cowrie\..*log/.test(name));
    if (logs.length === 0) continue;
    const alone = join(directory, `text-${source}`);
    mkdirSync(alone);
    for (const log of logs) symlinkSync(join(folder, log), join(alone, log));
    await t.test(source, async () => void (await compare(alone)));
  }
});
