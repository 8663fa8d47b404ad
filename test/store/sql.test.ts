// `kansatsuki sql`: its views count what an independent count counts, every example of its documentation runs, nothing but reading passes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { focus, rest, views } from '../../src/observatory/lens.ts';
import { openStore } from '../../src/observatory/open.ts';
import { storePath } from '../../src/observatory/place.ts';
import type { Range } from '../../src/observatory/store.ts';
import { count } from './count.ts';
import { type Event, goldenLog, ranges } from './golden.ts';

const root = join(import.meta.dirname, '../..');
const data = mkdtempSync(join(tmpdir(), 'kansatsuki-sql-'));
const log = goldenLog();
after(() => rmSync(data, { recursive: true }));

before(() => {
  mkdirSync(join(data, 'store'), { recursive: true });
  const store = openStore(storePath(data));
  for (const event of log) store.writer.add(structuredClone(event));
  store.writer.commit();
  store.close();
});

function ask(sql: string, range?: Range): Record<string, unknown>[] {
  const database = new DatabaseSync(storePath(data), { readOnly: true });
  try {
    focus(database, range);
    return database.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

function run(...args: string[]): Promise<Ran> {
  const command = [
    '--disable-warning=ExperimentalWarning',
    join(root, 'src/cli/main.ts'),
    'sql',
    '--data',
    data,
    ...args,
  ];
  const child = spawn(process.execPath, command, { cwd: data, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

test('the views hold what the log holds, in any range', () => {
  for (const range of ranges(16, 11)) {
    const expected = count(log, range, 1_000_000);
    const name = JSON.stringify(range);
    const one = (sql: string) => Object.values(ask(sql, range)[0]!)[0];
    const pairs = (sql: string) => ask(sql, range).map((row) => Object.values(row));
    assert.equal(one('SELECT count(*) FROM events'), expected.total, name);
    assert.equal(one('SELECT count(*) FROM sessions'), expected.sessions, name);
    assert.equal(one('SELECT count(*) FROM addresses'), expected.unique_src_ip, name);
    assert.equal(one('SELECT sum(sessions) FROM addresses'), expected.sessions || null, name);
    assert.equal(one('SELECT count(*) FROM auth'), expected.logins_failed + expected.logins_succeeded, name);
    assert.equal(one('SELECT count(*) FROM auth WHERE success'), expected.logins_succeeded, name);
    assert.equal(one(`SELECT count(*) FROM downloads WHERE kind = 'file_download'`), expected.downloads, name);
    assert.equal(one('SELECT min(time) FROM events'), expected.first, name);
    assert.equal(one('SELECT max(time) FROM events'), expected.last, name);
    const top = (column: string, view: string) =>
      pairs(
        `SELECT ${column}, count(*) AS n FROM ${view} WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, CAST(${column} AS BLOB)`,
      );
    assert.deepEqual(top('eventid', 'events'), Object.entries(expected.events_by_id), name);
    assert.deepEqual(top('username', 'auth'), expected.top_usernames, name);
    assert.deepEqual(top('password', 'auth'), expected.top_passwords, name);
    assert.deepEqual(top('input', 'commands'), expected.top_commands, name);
    assert.deepEqual(top('shasum', 'downloads'), expected.top_samples, name);
    assert.deepEqual(top('protocol', 'sessions'), expected.protocols, name);
    assert.deepEqual(top('sensor', 'sessions'), expected.sensors, name);
  }
});

test('an event has the message and the fields of its line, a value its count of all time', () => {
  const lines = new Map(log.map((event) => [`${event.timestamp} ${event.eventid} ${event['session'] ?? ''}`, event]));
  for (const row of ask('SELECT * FROM events')) {
    const line = lines.get(`${row['time']} ${row['eventid']} ${row['session'] ?? ''}`) as Event;
    assert.ok(line, JSON.stringify(row));
    for (const name of ['sensor', 'session', 'protocol', 'src_ip']) assert.equal(row[name], line[name] ?? null, name);
    for (const [name, value] of Object.entries(JSON.parse(String(row['fields'])) as object))
      if (name !== 'duration_ms') assert.deepEqual(value, line[name], `${row['eventid']} ${name}`);
    if (row['eventid'] === 'cowrie.login.failed') assert.equal(row['message'], line['message']);
  }
  const all = count(log, undefined, 1_000_000);
  for (const [view, expected] of [
    ['usernames', all.top_usernames],
    ['passwords', all.top_passwords],
    ['inputs', all.top_commands],
    ['clients', all.top_clients],
    ['hasshs', all.top_hassh],
    ['urls', all.top_urls],
    ['samples', all.top_samples],
  ] as const)
    assert.deepEqual(
      ask(`SELECT value, count FROM ${view} ORDER BY count DESC, CAST(value AS BLOB)`).map((row) => Object.values(row)),
      expected,
      view,
    );
  assert.deepEqual(
    ask(
      'SELECT username, password, count FROM pairs ORDER BY count DESC, CAST(username AS BLOB), CAST(password AS BLOB)',
    ).map((row) => Object.values(row)),
    all.top_pairs,
  );
});

test('every example of docs/sql.md runs and finds something, and the page names every view', () => {
  const page = readFileSync(join(root, 'docs/sql.md'), 'utf8');
  const examples = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1]!);
  assert.equal(examples.length, 10);
  for (const example of examples) assert.ok(ask(example).length > 0, example);
  for (const { name } of views) assert.ok(page.includes(`\`${name}\``), name);
});

test('nothing but reading passes', () => {
  const before = statSync(storePath(data)).mtimeMs;
  for (const sql of [
    'DELETE FROM session',
    'UPDATE word_username SET n = 0',
    'INSERT INTO meta VALUES (1, 2)',
    'DROP TABLE session',
    'DROP VIEW events',
    'CREATE TABLE x(a)',
    'CREATE TEMP TABLE x(a)',
    'CREATE TEMP VIEW x AS SELECT 1',
    `ATTACH '${data}/other' AS other`,
    'DETACH temp',
    `VACUUM INTO '${data}/copy'`,
    'VACUUM',
    'REINDEX',
    'ANALYZE',
    'BEGIN IMMEDIATE',
    'SAVEPOINT x',
    'PRAGMA journal_mode = DELETE',
    'PRAGMA journal_mode(delete)',
    'PRAGMA user_version = 9',
    'PRAGMA query_only = OFF',
    'PRAGMA writable_schema = ON',
    'PRAGMA wal_checkpoint(TRUNCATE)',
    'PRAGMA hard_heap_limit = 0',
    `SELECT load_extension('x')`,
    `INSERT INTO command_words(command_words) VALUES ('rebuild')`,
  ])
    assert.throws(() => ask(sql), /not authorized|prohibited|authorization denied|readonly/, sql);
  assert.equal(statSync(storePath(data)).mtimeMs, before);
  assert.equal(ask('PRAGMA user_version').length, 1);
  assert.ok(ask(`SELECT name FROM pragma_table_info('session')`).length > 10);
  assert.equal(
    ask('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5) SELECT i FROM n').length,
    5,
  );
});

test('what follows a statement', () => {
  for (const [text, first, follows] of [
    ['SELECT 1', 'SELECT 1', ''],
    ['SELECT 1;', 'SELECT 1;', ''],
    ['SELECT 1; -- the end', 'SELECT 1;', ''],
    ['SELECT 1; /* a\n b */ ;', 'SELECT 1;', ''],
    ['SELECT 1; SELECT 2', 'SELECT 1;', 'SELECT2'],
    ['SELECT 1; /* x */ DROP TABLE y', 'SELECT 1;', 'DROPTABLEy'],
  ] as [string, string, string][])
    assert.equal(rest(text, first), follows, text);
});

test('the command: forms, limits, one sentence for each mistake', async () => {
  const nasty = `SELECT char(27) || '[2J' AS a, '=1+1' AS f, NULL AS n, x'00ff' AS b, 9007199254740993 AS i, 1.5 AS r, 2 AS r`;
  assert.deepEqual(JSON.parse((await run(nasty, '--json')).out), [
    { a: '\u001b[2J', f: '=1+1', n: null, b: '00ff', i: '9007199254740993', r: 1.5, r_2: 2 },
  ]);
  assert.equal((await run(nasty, '--csv')).out, "a,f,n,b,i,r,r_2\r\n\u001b[2J,'=1+1,,00ff,9007199254740993,1.5,2\r\n");
  const table = await run(nasty);
  assert.match(table.out, /^\\e\[2J +=1\+1 +00ff/m);
  assert.ok(!table.out.includes('\u001b'));
  assert.match(table.out, /^1 row$/m);
  const few = await run('SELECT * FROM events', '--limit', '3', '--format', 'ndjson');
  assert.equal(few.out.trim().split('\n').length, 3);
  assert.equal(few.err, 'kansatsuki: only the first 3 rows shown; --limit gives more\n');
  const day = await run('SELECT count(*) AS n FROM events', '--json', '--from', '2026-02-28', '--to', '2026-02-28');
  const expected = count(log, { from: Date.UTC(2026, 1, 28), to: Date.UTC(2026, 2, 1) }, 1).total;
  assert.deepEqual(JSON.parse(day.out), [{ n: expected }]);
  assert.match((await run('--schema', '--lang', 'ja')).out, /^commands: 入力された行$/m);
  for (const [args, code, said] of [
    [['SELECT 1; SELECT 2'], 2, /^kansatsuki: only one statement/],
    [['SELEKT'], 2, /^kansatsuki: SQL: near "SELEKT": syntax error\n$/],
    [['SELECT * FROM nowhere'], 2, /^kansatsuki: SQL: no such table: nowhere\n$/],
    [[';'], 2, /^kansatsuki: SQL: .*no statements/],
    [[], 2, /^kansatsuki: write a statement/],
    [['SELECT 1', '--limit', '0'], 2, /Write a whole number from 1/],
    [['SELECT 1', '--from', 'soon'], 2, /^kansatsuki: --from: expected a day/],
    [
      ['WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n', '--seconds', '1'],
      1,
      /^kansatsuki: stopped after 1 second: /,
    ],
  ] as [string[], number, RegExp][]) {
    const ran = await run(...args);
    assert.equal(ran.code, code, args.join(' '));
    assert.match(ran.err, said);
  }
});
