// Stores that are no stores any more: each is put aside, and the one that is built from the logs holds the same; or the observer says
// in a sentence why it does not start.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ingest } from '../../src/observatory/ingest.ts';
import { damageOf } from '../../src/observatory/integrity.ts';
import { isCorrupt, openStore, putAside } from '../../src/observatory/open.ts';
import { storePath } from '../../src/observatory/place.ts';
import type { SqliteStore } from '../../src/observatory/sqlite.ts';
import { BusyLog, randomFrom } from './ingest/busy-log.ts';
import { assertHolds } from './ingest/compare.ts';
import { caughtUp, Observer } from './ingest/observer.ts';
import { root, until } from './running.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-damage-'));
const log = new BusyLog(join(folder, 'log'), 11);
const sound = join(folder, 'sound.sqlite');

async function read(store: SqliteStore): Promise<void> {
  const ingest = new Ingest(store, { directories: [log.folder] });
  await ingest.settle(200);
  ingest.stop();
}

before(async () => {
  chmodSync(folder, 0o755);
  for (let i = 0; i < 100; i++) log.write(40);
  log.stop();
  // What was compressed last is not taken for half written any more.
  await sleep(3_200);
  const store = openStore(sound);
  await read(store);
  assertHolds(store, log.events);
  store.close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What may have become of the store's file. */
const damages: Record<string, (path: string) => void> = {
  'cut in half': (path) => truncateSync(path, statSync(path).size / 2),
  'cut by a page': (path) => truncateSync(path, statSync(path).size - 8192),
  'without its first page': (path) => writeFileSync(path, readFileSync(path).subarray(8192)),
  empty: (path) => truncateSync(path, 0),
  'a text': (path) => writeFileSync(path, 'This is no database.\n'.repeat(1000)),
  zeros: (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)),
  'with the log of another observer': (path) => {
    const other = join(folder, 'another.sqlite');
    for (const suffix of ['', '-wal', '-shm']) rmSync(other + suffix, { force: true });
    const store = openStore(other);
    const logs = new BusyLog(join(folder, 'another'), 13);
    const ingest = new Ingest(store, { directories: [logs.folder] });
    logs.write(1000);
    ingest.catchUp();
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    logs.write(1000);
    ingest.catchUp();
    copyFileSync(`${other}-wal`, `${path}-wal`);
    ingest.stop();
    store.close();
  },
  'with the log of another program': (path) => {
    const other = join(folder, 'other.sqlite');
    rmSync(other, { force: true });
    const database = new DatabaseSync(other);
    database.exec(
      'PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; CREATE TABLE a(b); PRAGMA wal_checkpoint(TRUNCATE)',
    );
    database.exec(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) INSERT INTO a SELECT hex(randomblob(400)) FROM n',
    );
    copyFileSync(`${other}-wal`, `${path}-wal`);
    database.close();
  },
};
for (let seed = 1; seed <= 6; seed++)
  damages[`with garbage in some pages (${seed})`] = (path) => {
    const random = randomFrom(seed);
    const bytes = readFileSync(path);
    for (let page = 0; page < 3; page++) {
      const start = Math.floor((random() * bytes.length) / 8192) * 8192;
      for (let i = 0; i < 400; i++) bytes[start + Math.floor(random() * 8192)] = Math.floor(random() * 256);
    }
    writeFileSync(path, bytes);
  };

describe('a damaged store is put aside and built anew', () => {
  for (const [name, damage] of Object.entries(damages))
    test(name, async () => {
      const path = join(folder, `${Object.keys(damages).indexOf(name)}.sqlite`);
      copyFileSync(sound, path);
      damage(path);
      const said: string[] = [];
      let store = openStore(path, { onRebuild: (sentence) => said.push(sentence) });
      const found = damageOf(path);
      let met = false;
      try {
        if (found === undefined) await read(store);
      } catch (error) {
        assert.ok(isCorrupt(error), String(error));
        met = true;
      }
      if (found !== undefined || met) {
        store.close();
        putAside(path, Date.now());
        store = openStore(path);
      }
      await read(store);
      assertHolds(store, log.events);
      store.close();
      // An empty file is that of a new store; nothing of it is worth keeping.
      if (name !== 'empty') assert.ok(said.length > 0 || found !== undefined || met, 'the damage was found');
    });

  test('only the latest two are kept', () => {
    const path = join(folder, 'kept.sqlite');
    for (let i = 0; i < 5; i++) {
      writeFileSync(path, 'x');
      writeFileSync(`${path}-wal`, 'y');
      putAside(path, Date.UTC(2026, 0, 1 + i));
    }
    const left = readdirSync(folder).filter((name) => name.startsWith('kept.sqlite'));
    assert.deepEqual(left.sort(), [
      'kept.sqlite.damaged-2026-01-04T000000000Z',
      'kept.sqlite.damaged-2026-01-04T000000000Z-wal',
      'kept.sqlite.damaged-2026-01-05T000000000Z',
      'kept.sqlite.damaged-2026-01-05T000000000Z-wal',
    ]);
  });
});

describe('an observer', () => {
  const start = async (change: (path: string) => void, ...args: string[]) => {
    const data = mkdtempSync(join(folder, 'data-'));
    mkdirSync(dirname(storePath(data)), { recursive: true });
    copyFileSync(sound, storePath(data));
    change(storePath(data));
    const observer = new Observer(data, ['--web', 'off', '--follow', log.folder, ...args]);
    return { data, observer };
  };

  test('builds a damaged store anew while it serves', { timeout: 180_000 }, async () => {
    const { data, observer } = await start((path) => damages['with garbage in some pages (1)']!(path));
    try {
      await until(
        () => observer.output.includes('was damaged'),
        60_000,
        () => observer.output,
      );
      await caughtUp(data, log.events.length);
      await observer.end('SIGTERM');
      assert.match(observer.output, /it is kept as \S+\.damaged-\S+, and a new one is built from the journal/);
      const store = openStore(storePath(data));
      assertHolds(store, log.events);
      store.close();
    } finally {
      await observer.end();
    }
  });

  const refusals: [string, (path: string) => void, RegExp][] = [
    [
      'a store of a later version',
      (path) => {
        const database = new DatabaseSync(path);
        database.exec('PRAGMA user_version = 999');
        database.close();
      },
      /is of schema version 999, this program knows \d+: use a newer program/,
    ],
    [
      'a database of another program',
      (path) => {
        rmSync(path);
        const database = new DatabaseSync(path);
        database.exec('CREATE TABLE session(id INTEGER); INSERT INTO session VALUES (1)');
        database.close();
      },
      /is a database of another program: move it away/,
    ],
    [
      'a store that is a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      /The store \S+ cannot be opened: /,
    ],
  ];
  for (const [name, change, sentence] of refusals)
    test(`says why it does not start: ${name}`, { timeout: 180_000 }, async () => {
      const { data, observer } = await start(change);
      const before = statSync(storePath(data)).isFile() ? readFileSync(storePath(data)) : undefined;
      await until(
        () => !observer.alive,
        60_000,
        () => observer.output,
      );
      await sleep(50);
      assert.match(observer.output, sentence);
      assert.equal(observer.output.trim().split('\n').length, 1, observer.output);
      assert.notEqual(observer.process.exitCode, 0);
      if (before) assert.deepEqual(readFileSync(storePath(data)), before, 'it was not touched');
    });

  test('is the only one on its data', { timeout: 180_000 }, async () => {
    const { data, observer } = await start(() => {});
    const second = async () => {
      const other = new Observer(data, ['--web', 'off']);
      await until(
        () => !other.alive,
        60_000,
        () => other.output,
      );
      await sleep(50);
      return other;
    };
    try {
      await until(
        () => observer.output.includes('ready'),
        60_000,
        () => observer.output,
      );
      const refused = await second();
      assert.match(refused.output, new RegExp(`Another observer \\(process ${observer.process.pid}\\) works on `));
      assert.equal(refused.process.exitCode, 2);
    } finally {
      await observer.end();
    }
    // However it ended, its place is free.
    const next = new Observer(data, ['--web', 'off']);
    await until(
      () => next.output.includes('ready'),
      60_000,
      () => next.output,
    );
    await next.end();
  });

  test('waits for a store that another program has locked', { timeout: 180_000 }, async () => {
    const { data, observer } = await start(() => {});
    try {
      await until(
        () => observer.output.includes('ready'),
        60_000,
        () => observer.output,
      );
      const database = new DatabaseSync(storePath(data), { timeout: 30_000 });
      database.exec('BEGIN IMMEDIATE');
      const more = new BusyLog(join(data, 'log'), 12);
      more.write(50);
      more.stop();
      await until(
        () => observer.output.includes('another process has locked it'),
        60_000,
        () => observer.output,
      );
      database.exec('ROLLBACK');
      database.close();
      assert.equal(await caughtUp(data, log.events.length + 50), log.events.length + 50);
      // It is said after the commit that was just seen.
      await until(
        () => observer.output.includes('can be written again'),
        60_000,
        () => observer.output,
      );
    } finally {
      await observer.end();
    }
  });

  test('names who may not write', { skip: process.getuid?.() === 0 ? false : 'only root becomes another user' }, () => {
    const place = join(folder, 'closed');
    mkdirSync(place);
    const path = join(place, 's.sqlite');
    copyFileSync(sound, path);
    const script = `
      const { openStore } = await import(${JSON.stringify(join(root, 'src/observatory/open.ts'))});
      process.setgid(65534);
      process.setuid(65534);
      try { openStore(${JSON.stringify(path)}); } catch ({ message }) { console.log(message); }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.equal(stdout.trim(), `The store ${path} cannot be opened: ${place} cannot be written by user 65534.`);
  });
});
