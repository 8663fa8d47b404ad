// An observer that is killed at any moment: in the end its store holds every event of the logs, once. KANSATSUKI_KILLS=200 for a long run,
// KANSATSUKI_SEED=N for another.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../src/observatory/open.ts';
import { storePath } from '../../src/observatory/place.ts';
import { BusyLog, randomFrom } from './ingest/busy-log.ts';
import { assertHolds } from './ingest/compare.ts';
import { caughtUp, Observer } from './ingest/observer.ts';

const KILLS = Number(process.env['KANSATSUKI_KILLS'] ?? 10);
const RATE = 1_500;

test(`nothing is lost and nothing comes twice, whenever it is killed (${KILLS} times)`, {
  timeout: 180_000 + KILLS * 10_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-crash-'));
  // Root's observer becomes another user.
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  const seed = Number(process.env['KANSATSUKI_SEED'] ?? 1);
  const random = randomFrom(seed);
  // The own journal's folder, and another Cowrie's.
  const logs = [new BusyLog(join(data, 'log'), seed + 1), new BusyLog(join(folder, 'cowrie/log'), seed + 2)];
  const args = ['--web', 'off', '--follow', join(folder, 'cowrie')];
  try {
    const importing: Observer[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      for (const log of logs) log.start(RATE / logs.length);
      const observer = new Observer(data, args);
      if (random() < 0.15) importing.push(new Observer(data, [logs[1]!.folder], 'import'));
      // From the first moments of a start to the middle of its work.
      await sleep(random() < 0.3 ? random() * 700 : 500 + random() * 1_000);
      await observer.end();
      for (const one of importing.splice(0)) await one.end();
      for (const log of logs) log.stop();
    }
    const events = logs.flatMap((log) => log.events);
    const last = new Observer(data, args);
    await caughtUp(data, events.length);
    // What comes twice would still come.
    await sleep(1_000);
    await last.end('SIGTERM');
    const store = openStore(storePath(data));
    try {
      assertHolds(store, events);
    } finally {
      store.close();
    }
    t.diagnostic(`seed ${seed}: ${KILLS} kills, ${events.length} events`);
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  } finally {
    for (const log of logs) log.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
