import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openStore, type Upgrade } from './open.ts';
import { recount } from './recount.ts';
import { migrate, NewerSchema, SCHEMA } from './schema.ts';
import { olderCopy } from './upgrade.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-upgrade-'));
after(() => rmSync(folder, { recursive: true }));

const versionOf = (path: string): number => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare('PRAGMA user_version').get()!['user_version']);
  } finally {
    database.close();
  }
};

/** A store as an older program left it, with something in it. */
function older(name: string, version: number): string {
  const path = join(folder, name);
  const database = new DatabaseSync(path);
  migrate(database, path, recount, () => {}, version);
  database.exec("INSERT INTO word_sensor(id, value, hash) VALUES (1, 'here', 5)");
  database.close();
  return path;
}
const sensors = (path: string) => {
  const store = openStore(path);
  try {
    return store.database
      .prepare('SELECT value FROM word_sensor')
      .all()
      .map(({ value }) => value);
  } finally {
    store.close();
  }
};

test('a store of any older version opens, and the copy kept of it is a way back', () => {
  for (let version = 1; version < SCHEMA; version++) {
    const path = older(`from-${version}`, version);
    assert.deepEqual(sensors(path), ['here']);
    assert.equal(versionOf(path), SCHEMA);
    const copy = olderCopy(path, version);
    assert.equal(versionOf(copy), version);
    // Back to the older program, and once more forth.
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    renameSync(copy, path);
    assert.equal(versionOf(path), version);
    assert.deepEqual(sensors(path), ['here']);
  }
});

test('it is said beforehand, once, for writers and readers; of a store of today’s version nothing is said', () => {
  for (const readOnly of [false, true]) {
    const path = older(`told-${readOnly}`, 1);
    const told: string[] = [];
    const onUpgrade = (upgrade: Upgrade) => {
      assert.equal(versionOf(path), 1, 'nothing was done yet');
      assert.ok(!existsSync(olderCopy(path, 1)));
      assert.ok(upgrade.bytes > 8192 && upgrade.seconds > 0);
      told.push(upgrade.path);
    };
    for (let times = 0; times < 2; times++) openStore(path, { readOnly, onUpgrade }).close();
    assert.deepEqual(told, [path]);
  }
  openStore(':memory:', { onUpgrade: () => assert.fail('a new store') }).close();
});

test('a store of a newer version is refused in one sentence and not changed', () => {
  const path = older('newer', SCHEMA);
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${SCHEMA + 1}`);
  database.close();
  const before = readFileSync(path);
  const refused = (words: RegExp) =>
    assert.throws(
      () => openStore(path),
      (error) => error instanceof NewerSchema && words.test(error.message),
    );
  refused(/is of schema version \d+, this program knows \d+: use a newer program\.$/);
  writeFileSync(olderCopy(path, SCHEMA), '');
  refused(/use a newer program, or put .*\.schema-\d+ in its place, which was kept when it was upgraded\.$/);
  assert.deepEqual(readFileSync(path), before);
});

test('without a copy nothing is upgraded', () => {
  const path = older('no-room', SCHEMA - 1);
  // Something else is where the copy is to be.
  mkdirSync(join(olderCopy(path, SCHEMA - 1), 'x'), { recursive: true });
  assert.throws(() => openStore(path), /schema version \d+ and is not upgraded, as no copy can be kept of it/);
  assert.equal(versionOf(path), SCHEMA - 1);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('unfinished')),
    [],
  );
});

test('a copy that nobody came back for is removed after a month', () => {
  const path = older('month', SCHEMA - 1);
  sensors(path);
  const copy = olderCopy(path, SCHEMA - 1);
  assert.ok(existsSync(copy));
  utimesSync(copy, 0, Date.now() / 1000 - 29 * 86_400);
  sensors(path);
  assert.ok(existsSync(copy));
  utimesSync(copy, 0, Date.now() / 1000 - 31 * 86_400);
  sensors(path);
  assert.ok(!existsSync(copy));
});
