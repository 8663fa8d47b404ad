// Power that fails while the store is written: of what was not yet synced, any part may be missing or garbage. The store opens, is
// consistent, and catches up.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ingest } from '../../src/observatory/ingest.ts';
import { openStore } from '../../src/observatory/open.ts';
import { storePath } from '../../src/observatory/place.ts';
import { BusyLog, randomFrom } from './ingest/busy-log.ts';
import { assertHolds } from './ingest/compare.ts';
import { Observer } from './ingest/observer.ts';
import { until } from './running.ts';

const MOMENTS = Number(process.env['KANSATSUKI_KILLS'] ?? 5);

/** WAL header and frame header, https://sqlite.org/fileformat.html#the_write_ahead_log */
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
/** In the WAL index, https://sqlite.org/walformat.html: frames copied into the database, and frames that are synced because it was begun to copy them. */
const N_BACKFILL = 96;
const N_BACKFILL_ATTEMPTED = 128;

/** The files as a failing power may leave them. With synchronous=NORMAL, the log is synced before it is copied into the database, and only then. */
function tear(path: string, random: () => number): string {
  const [database, log, index] = ['', '-wal', '-shm'].map((suffix) => path + suffix) as [string, string, string];
  const pageSize = readFileSync(database).readUInt16BE(16);
  const frame = FRAME_HEADER + pageSize;
  if (!existsSync(log) || !existsSync(index)) return 'nothing to tear';
  const wal = readFileSync(log);
  const shm = readFileSync(index);
  const backfilled = shm.readUInt32LE(N_BACKFILL);
  const attempted = shm.readUInt32LE(N_BACKFILL_ATTEMPTED);
  // A log that is begun anew: the old frames behind the new ones are synced, and of no account.
  const synced = Math.max(backfilled, attempted);
  const safe = synced === 0 ? 0 : WAL_HEADER + synced * frame;
  const done: string[] = [];
  if (attempted > backfilled) {
    // Pages that were just being copied into the database: whole ones are in the log.
    const bytes = readFileSync(database);
    for (let i = backfilled; i < attempted; i++) {
      if (random() < 0.5) continue;
      const page = wal.readUInt32BE(WAL_HEADER + i * frame);
      bytes.fill(0xa5, (page - 1) * pageSize + Math.floor(random() * pageSize), page * pageSize);
      done.push(`page ${page}`);
    }
    writeFileSync(database, bytes);
  }
  const tail = Math.max(0, wal.length - safe);
  const way = random();
  const at = safe + Math.floor(random() * tail);
  if (way < 0.4) writeFileSync(log, wal.subarray(0, at));
  else {
    // Sectors that did not arrive, in any order.
    for (let sector = Math.ceil(at / 512) * 512; sector < wal.length; sector += 512)
      if (random() < 0.3)
        wal.fill(way < 0.7 ? 0 : Math.floor(random() * 256), sector, Math.min(sector + 512, wal.length));
    writeFileSync(log, wal);
  }
  // The index is in memory only.
  rmSync(index);
  return `${done.join(', ')} log of ${wal.length} bytes from ${at} on (synced ${safe})`;
}

test(`a store torn by a power failure catches up (${MOMENTS} times)`, {
  timeout: 180_000 + MOMENTS * 10_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-torn-'));
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  const seed = Number(process.env['KANSATSUKI_SEED'] ?? 1);
  const random = randomFrom(seed);
  const log = new BusyLog(join(folder, 'cowrie'), seed + 1);
  const observer = new Observer(data, ['--web', 'off', '--follow', log.folder]);
  const copies: string[] = [];
  try {
    await until(
      () => /^ready/m.test(observer.output),
      60_000,
      () => observer.output,
    );
    log.start(2_500);
    for (let i = 0; i < MOMENTS; i++) {
      await sleep(100 + random() * 300);
      observer.process.kill('SIGSTOP');
      await sleep(5);
      const copy = join(folder, `copy-${i}.sqlite`);
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(storePath(data) + suffix)) copyFileSync(storePath(data) + suffix, copy + suffix);
      observer.process.kill('SIGCONT');
      copies.push(copy);
    }
    log.stop();
    await observer.end();
    // What was compressed last is not taken for half written any more.
    await sleep(3_500);
    for (const copy of copies) {
      const how = tear(copy, random);
      const store = openStore(copy, { onRebuild: (sentence) => assert.fail(`${how}: ${sentence}`) });
      try {
        assert.equal(store.database.prepare('PRAGMA integrity_check').get()!['integrity_check'], 'ok', how);
        const ingest = new Ingest(store, { directories: [], follow: [log.folder] });
        await ingest.settle(200);
        ingest.stop();
        assertHolds(store, log.events);
      } finally {
        store.close();
      }
      for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
    }
    t.diagnostic(`seed ${seed}: ${MOMENTS} power failures, ${log.events.length} events`);
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  } finally {
    log.stop();
    observer.process.kill('SIGCONT');
    await observer.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
