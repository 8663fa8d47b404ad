// Entries that write themselves: once for each finished span, again when data or remarks change, never over an operator's hand.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/config.ts';
import { importPaths } from '../observatory/import.ts';
import { openStore } from '../observatory/open.ts';
import { feedOf } from './feed.ts';
import { loadKnowledge } from './knowledge.ts';
import { looked, markLooked } from './looked.ts';
import { readRemark, remarkBlocks, writeRemark } from './remark.ts';
import { pending, writeEntries, writtenAt } from './writing.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-writing-'));
after(() => rmSync(folder, { recursive: true }));
const dataDirectory = join(folder, 'data');
const store = openStore(':memory:');
const knowledge = loadKnowledge();
const config = configSchema.parse({});
const now = Date.parse('2026-05-06T00:05:00Z');
const fileOf = (name: string) => join(dataDirectory, 'diary', name);

let serial = 0;
async function come(...days: string[]): Promise<void> {
  const file = join(folder, `cowrie.json.${++serial}`);
  const lines = days.flatMap((day) => {
    const common = { session: `${++serial}`.padStart(12, '0'), src_ip: '192.0.2.7', sensor: 's' };
    return [
      { ...common, eventid: 'cowrie.session.connect', timestamp: `${day}T10:00:00.000000Z` },
      {
        ...common,
        eventid: 'cowrie.login.failed',
        username: 'pi',
        password: `${serial}`,
        timestamp: `${day}T10:00:01.000000Z`,
      },
    ];
  });
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  await importPaths(store, [file]);
}
const options = { store, dataDirectory, config, now };
const write = (keys = pending(options)) => writeEntries({ ...options, knowledge }, keys);

test('finished days, and weeks and months of several days, are written in both languages, newest first; then nothing is pending', async () => {
  await come('2026-05-04', '2026-05-05', '2026-05-06', '2026-04-20');
  // Of 6 May and its week and month nothing is finished; the week of 20 April has one day.
  assert.deepEqual(pending(options), ['2026-05-05', '2026-05-04', '2026-04-20']);
  assert.deepEqual(pending({ ...options, now: Date.parse('2026-06-01T00:00:00Z') }).slice(0, 2), [
    '2026-05',
    '2026-W19',
  ]);
  const { written, refused } = await write();
  assert.deepEqual([written.length, refused], [6, []]);
  assert.deepEqual(pending(options), []);
  assert.match(readFileSync(fileOf('2026-05-05.en.md'), 'utf8'), /^# Honeypot diary: Tuesday, 5 May 2026$/m);
  assert.match(readFileSync(fileOf('2026-05-05.ja.md'), 'utf8'), /^# ハニーポット観察記 2026年5月5日/m);
  assert.ok(!readFileSync(fileOf('2026-05-05.en.md'), 'utf8').includes('192.0.2'));
  assert.deepEqual(
    readdirSync(join(dataDirectory, 'diary')).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('late data of a day write it and what follows it again, and nothing before it', async () => {
  await come('2026-05-04');
  assert.deepEqual(pending(options), ['2026-05-05', '2026-05-04']);
  await write();
  assert.match(readFileSync(fileOf('2026-05-04.en.md'), 'utf8'), /2 login attempts/);
});

test('a remark stands in the entry, masked; the entry is written again and its date moves', async () => {
  const before = writtenAt(dataDirectory, '2026-05-05', 'en');
  writeRemark(dataDirectory, '2026-05-05', 'Seen **192.0.2.7** again.\nIt <b>knocks</b>.\n\n- one\n- `two`\n');
  assert.deepEqual(pending(options), ['2026-05-05']);
  await writeEntries({ ...options, now: now + 1000, knowledge }, ['2026-05-05']);
  const text = readFileSync(fileOf('2026-05-05.en.md'), 'utf8');
  assert.match(
    text,
    /## Remarks\n\nSeen \*\*○○○\.○○○\.○○○\.○○○\*\* again\. It \\<b\\>knocks\\<\/b\\>\.\n\n- one\n- `two`/,
  );
  assert.match(readFileSync(fileOf('2026-05-05.ja.md'), 'utf8'), /## 所感/);
  assert.deepEqual([before, writtenAt(dataDirectory, '2026-05-05', 'en')], [now, now + 1000]);
  assert.equal(writtenAt(dataDirectory, '2026-05-04', 'en'), now);
});

test('a file that somebody has changed is theirs; one that is missing comes back', async () => {
  writeFileSync(fileOf('2026-05-04.en.md'), 'mine\n');
  rmSync(fileOf('2026-05-04.ja.md'));
  assert.deepEqual(pending(options), ['2026-05-04']);
  await write();
  assert.equal(readFileSync(fileOf('2026-05-04.en.md'), 'utf8'), 'mine\n');
  assert.ok(existsSync(fileOf('2026-05-04.ja.md')));
  await come('2026-05-04');
  await write();
  assert.equal(readFileSync(fileOf('2026-05-04.en.md'), 'utf8'), 'mine\n');
});

test('one language, or none', () => {
  const of = (auto: 'ja' | 'off') =>
    pending({ ...options, dataDirectory: folder, config: configSchema.parse({ diary: { auto } }) });
  assert.equal(of('ja').length, 3);
  assert.deepEqual(of('off'), []);
});

test('a damaged ledger is no end: everything is written again', async () => {
  writeFileSync(join(dataDirectory, 'state/diary.json'), '{"2026-05-0');
  assert.equal(pending(options).length, 3);
  await write();
  assert.deepEqual(pending(options), []);
});

test('remarks: what is no day is refused, and nothing is written elsewhere; empty ones go', () => {
  for (const key of ['../../etc/passwd', '2026-02-30', '', 'since'])
    assert.throws(() => writeRemark(dataDirectory, key, 'x'), RangeError);
  writeRemark(dataDirectory, '2026-W18', 'the week');
  assert.equal(readRemark(dataDirectory, '2026-W18'), 'the week\n');
  writeRemark(dataDirectory, '2026-W18', '  \n');
  assert.equal(readRemark(dataDirectory, '2026-W18'), '');
  assert.deepEqual(remarkBlocks('今日は\n静か\n'), [{ kind: 'paragraph', inlines: [{ remark: '今日は静か' }] }]);
});

test('a feed has what RFC 4287 asks for, and the same ids each time', () => {
  const range = { from: Date.parse('2026-05-01T00:00:00Z'), to: Date.parse('2026-05-06T00:00:00Z') };
  const feed = () => feedOf(store, { range, dataDirectory, title: 'A & B', lang: 'en', config, now, knowledge });
  const text = feed();
  assert.equal(feed(), text);
  assert.match(
    text,
    /^<\?xml version="1\.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom" xml:lang="en">/,
  );
  const entries = text.split('<entry>').slice(1);
  assert.equal(entries.length, 2);
  const ids = [
    ...text.matchAll(/<id>(urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})<\/id>/g),
  ];
  assert.equal(new Set(ids.map(([, id]) => id)).size, 3);
  for (const [, at] of text.matchAll(/<(?:updated|published)>([^<]*)</g))
    assert.match(at!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const one of entries) {
    for (const element of ['id', 'title', 'updated', 'published', 'content'])
      assert.equal(one.split(`<${element}`).length, 2, element);
    // HTML as text: no element of it is one of the feed's.
    assert.match(one, /<content type="html">&lt;article/);
  }
  assert.match(text, /<author><name>/);
  assert.ok(text.includes('A &amp; B') && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text));
});

test('when somebody last looked is kept', () => {
  assert.equal(looked(folder), undefined);
  markLooked(folder, 12345);
  assert.equal(looked(folder), 12345);
});
