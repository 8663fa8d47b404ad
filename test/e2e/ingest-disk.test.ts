// A disk that fills up under a running observer: it says one sentence, serves on, and takes up where it was when there is room.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../src/observatory/open.ts';
import { storePath } from '../../src/observatory/place.ts';
import { BusyLog, randomFrom } from './ingest/busy-log.ts';
import { assertHolds } from './ingest/compare.ts';
import { caughtUp, Observer } from './ingest/observer.ts';
import { until } from './running.ts';

const skip = process.getuid?.() === 0 ? false : 'only root mounts a small disk';

/** Takes all that is left; returns the file to remove. */
function fill(folder: string): string {
  const path = join(folder, 'ballast');
  const file = openSync(path, 'w');
  for (let size = 1 << 20; size > 0; size >>= 1)
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch {
      // Smaller pieces may still fit.
    }
  closeSync(file);
  return path;
}

test('a full disk at any moment loses nothing', { skip, timeout: 240_000 }, async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'kansatsuki-full-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=755', 'tmpfs', disk]).status !== 0) {
    rmSync(disk, { recursive: true });
    t.skip('no file system can be mounted here');
    return;
  }
  const elsewhere = mkdtempSync(join(tmpdir(), 'kansatsuki-full-log-'));
  chmodSync(elsewhere, 0o755);
  const data = join(disk, 'data');
  const random = randomFrom(Number(process.env['KANSATSUKI_SEED'] ?? 7));
  const log = new BusyLog(join(elsewhere, 'cowrie'), 7);
  const observer = new Observer(data, ['--web', '127.0.0.1:0', '--follow', log.folder]);
  try {
    await until(
      () => /^ready web=/m.test(observer.output),
      60_000,
      () => observer.output,
    );
    const web = /^ready web=(\S+)/m.exec(observer.output)![1];
    const serves = async () => (await fetch(`http://${web}/readyz`)).status;
    log.start(1_500);
    for (let round = 1; round <= 3; round++) {
      await sleep(500 + random() * 1_000);
      const ballast = fill(disk);
      await until(
        () => observer.output.split('cannot be written').length > round,
        60_000,
        () => `no sentence in round ${round}: ${observer.output}`,
      );
      await sleep(random() * 3_000);
      assert.ok(observer.alive, observer.output);
      assert.equal(await serves(), 200);
      assert.equal(observer.output.split('cannot be written').length - 1, round, 'said once');
      rmSync(ballast);
      await until(
        () => observer.output.split('can be written again').length > round,
        60_000,
        () => `no end in round ${round}: ${observer.output}`,
      );
    }
    log.stop();
    await caughtUp(data, log.events.length);
    await observer.end('SIGTERM');
    assert.match(observer.output, /cannot be written \(the disk is full\)/);
    const store = openStore(storePath(data));
    try {
      assertHolds(store, log.events);
    } finally {
      store.close();
    }
  } finally {
    log.stop();
    await observer.end();
    spawnSync('umount', [disk]);
    for (const folder of [disk, elsewhere]) rmSync(folder, { recursive: true, force: true });
  }
});
