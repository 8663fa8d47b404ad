// Real logs give the same report out of any box, in any order, and their recordings are found by their sessions.
// KANSATSUKI_SAMPLES names the logs, as in import-truth.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readTty } from '../../src/event/tty.ts';
import { importPaths } from '../../src/observatory/import.ts';
import { openStore } from '../../src/observatory/open.ts';
import { report } from '../../src/observatory/report.ts';

const samples = process.env['KANSATSUKI_SAMPLES'] ?? '';
const skip = existsSync(samples) ? false : 'KANSATSUKI_SAMPLES names no folder of sample logs';
const sources = ['2021-03-cowralyze', '2022-05-axiominfinite-tpot', 'kippo-2017-12-lab', '2023-11-honeypot-ai-dshield'];
const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-boxes-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function reportOf(paths: string[]): Promise<string> {
  const store = openStore(':memory:');
  // Some name no sensor: their folder here is another.
  await importPaths(store, paths, { sensor: 'pot' });
  const text = JSON.stringify(report(store));
  store.close();
  return text;
}

test('a source says the same out of every box', { skip }, async (t) => {
  for (const source of sources) {
    const plain = join(folder, source);
    cpSync(join(samples, source), plain, { recursive: true });
    spawnSync('gunzip', ['-rq', plain]);
    const expected = await reportOf([join(samples, source)]);
    assert.equal(await reportOf([plain]), expected, `${source}, unpacked`);
    for (const command of [
      `tar -cf box ${source}`,
      `tar -czf box ${source}`,
      `tar -cJf box ${source}`,
      `tar -c ${source} | bzip2 > box`,
      `tar -c ${source} | zstd -q > box`,
      `rm -f box.zip; zip -qr box.zip ${source} && mv box.zip box`,
      `tar -cf inner.tar ${source} && gzip -f inner.tar && rm -f box.zip && zip -q box.zip inner.tar.gz && mv box.zip box`,
    ]) {
      if (spawnSync('bash', ['-o', 'pipefail', '-c', command], { cwd: folder }).status !== 0) {
        t.diagnostic(`not there: ${command}`);
        continue;
      }
      assert.equal(await reportOf([join(folder, 'box')]), expected, `${source}: ${command}`);
    }
  }
});

test('every recording that lies beside its log is found by its session and played', { skip }, async () => {
  for (const [source, found, withLog] of [
    ['2018-05-kareiva', 100, 72],
    ['2022-05-axiominfinite-tpot', 12, 12],
    ['kippo-2017-12-lab', 5, 4],
  ] as const) {
    const data = join(folder, `data-${source}`);
    mkdirSync(join(data, 'store'), { recursive: true });
    const store = openStore(join(data, 'store/kansatsuki.sqlite'));
    const keep = { tty: join(data, 'tty'), downloads: join(data, 'downloads') };
    await importPaths(store, [join(samples, source)], { keep });
    const kept = readdirSync(keep.tty);
    assert.equal(kept.length, found);
    const named = new Set<string>();
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = store.sessions({}, 500, cursor);
      cursor = page.next;
      for (const { recordings } of page.items) for (const name of recordings) named.add(name);
    }
    // Some belong to logs that were not published.
    const played = kept.filter((name) => named.has(name));
    assert.ok(played.length === withLog, `${source}: ${played.length} of ${withLog}`);
    for (const name of played) {
      const attachment = store.attachment(name);
      assert.equal(attachment?.kind, 'tty');
      assert.ok(readTty(readFileSync(attachment.path)).records.length > 0, name);
    }
    store.close();
  }
});
