// What is passed on of a small store: who is named and who never is, ids that others make as well, lists that firewalls read.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { importPaths } from '../observatory/import.ts';
import { openStore } from '../observatory/open.ts';
import { backTest, blockList, formatBlockList } from './blocklist.ts';
import { indicatorsOf } from './indicators.ts';
import { knownLink } from './link.ts';
import { mispFeed } from './misp.ts';
import { stixBundle } from './stix.ts';
import { uuid5 } from './uuid.ts';
import { DAY, type Source } from './visitors.ts';

const FIRST = Date.UTC(2026, 4, 1);
const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-out-'));
const store = openStore(':memory:');
store.writer.origins.locate = (address) =>
  address === '45.33.32.9' ? { scanner: 'A university' } : { country: 'US', asn: 63949, asName: 'Net' };
after(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const HASH = 'ab'.repeat(32);
const EMPTY = createHash('sha256').digest('hex');
let sessions = 0;
function visit(day: number, src_ip: string, ...events: Record<string, unknown>[]): string {
  const session = (++sessions).toString(16).padStart(12, '0');
  const at = FIRST + day * DAY + 10 * 3_600_000 + sessions * 1000;
  return [{ eventid: 'cowrie.session.connect' }, ...events, { eventid: 'cowrie.session.closed', duration: '1.0' }]
    .map((event, i) =>
      JSON.stringify({ ...event, src_ip, session, sensor: 'trap', timestamp: new Date(at + i).toISOString() }),
    )
    .join('\n');
}
const guess = { eventid: 'cowrie.login.failed', username: 'root', password: 'x' };
const login = { eventid: 'cowrie.login.success', username: 'root', password: 'y' };
const brought = (shasum: string, url: string) => ({ eventid: 'cowrie.session.file_download', shasum, url });

const lines = [
  visit(0, '45.33.32.1', guess),
  visit(0, '45.33.32.1', login, brought(HASH, "http://45.33.32.7/it's")),
  visit(0, '45.33.32.2'),
  visit(0, '45.33.32.9', guess),
  visit(0, '192.168.0.9', guess),
  visit(0, '45.33.32.10', guess),
  visit(0, '2600:3c00::1', login, brought(EMPTY, 'http://45.33.32.7/\u202etxt')),
  visit(3, '45.33.32.1', guess),
  visit(3, '45.33.32.3', guess),
];
writeFileSync(join(folder, 'cowrie.json'), `${lines.join('\n')}\n`);
await importPaths(store, [join(folder, 'cowrie.json')]);

const source: Source = { store, never: ['45.33.32.8/29'], pause: () => Promise.resolve() };
const rules = { ttl: 2 * DAY, least: 1 };

test('UUIDs of version 5 are those of RFC 9562 and of STIX, as other programs make them', () => {
  assert.equal(
    uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'),
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
  assert.equal(
    uuid5('00abedb4-aa42-466c-9c01-fed23315a9b7', '{"value":"8.8.8.8"}'),
    '2f689bf9-0ff2-545f-aa61-e495eb8cecc7',
  );
});

test('a block list names who attacked, until it has been quiet for long enough', async () => {
  const at = (day: number) => blockList(source, rules, FIRST + day * DAY);
  const names = async (day: number) => (await at(day)).map(({ address }) => address);
  // No research scanner, no private address, none of the operator's own networks, nobody who only looked in.
  assert.deepEqual(await names(0.9), ['2600:3c00::1', '45.33.32.1']);
  assert.deepEqual(await names(2.99), ['2600:3c00::1', '45.33.32.1']);
  assert.deepEqual(await names(3), []);
  assert.deepEqual(await names(4), ['45.33.32.1', '45.33.32.3']);
  assert.deepEqual(await blockList(source, { ...rules, least: 2 }, FIRST + DAY), [
    {
      address: '45.33.32.1',
      sessions: 2,
      entered: 1,
      last: '2026-05-01',
      expires: FIRST + 3 * DAY,
      country: 'US',
      asn: 63949,
    },
  ]);
});

test('firewalls read the lists', async (t) => {
  const now = FIRST + DAY;
  const list = await blockList(source, rules, now);
  assert.match(formatBlockList(list, 'plain', now), /^# .*\n2600:3c00::1\n45\.33\.32\.1\n$/);
  assert.match(
    formatBlockList(list, 'csv', now),
    /45\.33\.32\.1,2,1,2026-05-01,2026-05-04T00:00:00\.000Z,US,63949\r\n/,
  );
  const nft = formatBlockList(list, 'nft', now);
  assert.match(nft, /add element inet kansatsuki attackers4 \{ 45\.33\.32\.1 timeout 172800s \}/);
  const ipset = formatBlockList(list, 'ipset', now);
  assert.match(ipset, /add kansatsuki6-new 2600:3c00::1 timeout 172800 -exist/);
  if (!existsSync('/usr/sbin/nft') || process.getuid?.() !== 0) return t.skip('nftables is not installed, or not root');
  // In a network of its own: nothing of this machine changes.
  const path = join(folder, 'list.nft');
  writeFileSync(path, nft);
  const shell = `nft -f ${path} && nft -f ${path} && nft list set inet kansatsuki attackers6`;
  const ran = spawnSync('unshare', ['-n', 'sh', '-c', shell], { encoding: 'utf8' });
  if (/unshare.*(not permitted|denied)|Operation not permitted/i.test(ran.stderr)) return t.skip(ran.stderr.trim());
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /2600:3c00::1 timeout 2d/);
});

test('the back-test tells what the list of the morning would have stopped', async () => {
  const { days, total } = await backTest(
    source,
    { ...rules, ttl: 3 * DAY },
    { from: FIRST + 3 * DAY, to: FIRST + 4 * DAY },
  );
  const day = { entries: 2, came: 1, sessions: 2, stopped: 1, entered: 0, enteredStopped: 0 };
  assert.deepEqual(days, [{ day: '2026-05-04', ...day }]);
  assert.deepEqual(total, { ...day, unused: 0.5 });
});

test('a STIX bundle is the same whenever it is written, and every reference leads to something', async () => {
  const range = { from: FIRST, to: FIRST + 7 * DAY };
  const write = async () => stixBundle(await indicatorsOf(source, range, 100), { name: 'Trap', tlp: 'green' });
  const bundle = await write();
  assert.deepEqual(bundle, await write());
  const objects = bundle['objects'] as Record<string, unknown>[];
  const ids = new Set(objects.map(({ id }) => id));
  assert.equal(ids.size, objects.length);
  for (const object of objects)
    for (const [key, value] of Object.entries(object))
      if (/_refs?$/.test(key)) for (const id of [value].flat()) assert.ok(ids.has(id), `${object['id']}: ${key} ${id}`);
  assert.deepEqual(
    objects.filter(({ type }) => type === 'indicator').map(({ pattern }) => pattern),
    [
      "[ipv6-addr:value = '2600:3c00::1']",
      "[ipv4-addr:value = '45.33.32.1']",
      "[ipv4-addr:value = '45.33.32.3']",
      `[file:hashes.'SHA-256' = '${HASH}']`,
      "[url:value = 'http://45.33.32.7/it\\'s']",
    ],
  );
  const sighting = objects.find(
    ({ type, sighting_of_ref: of }) => type === 'sighting' && of === idOf(objects, '45.33.32.1'),
  );
  assert.equal(sighting?.['count'], 3);
  const text = JSON.stringify(bundle);
  for (const hidden of ['trap', '192.168.0.9', '45.33.32.9', '45.33.32.10', EMPTY])
    assert.ok(!text.includes(hidden), hidden);
});

const idOf = (objects: Record<string, unknown>[], value: string) =>
  objects.find(({ type, pattern }) => type === 'indicator' && String(pattern).includes(`'${value}'`))?.['id'];

test('a MISP feed has an event for each day on which someone attacked', async () => {
  const feed = await mispFeed(source, { from: FIRST, to: FIRST + 7 * DAY }, 100, { name: 'Trap', tlp: 'clear' });
  const manifest = JSON.parse(feed.get('manifest.json')!) as Record<string, Record<string, unknown>>;
  assert.deepEqual(
    Object.values(manifest).map(({ date }) => date),
    ['2026-05-01', '2026-05-04'],
  );
  assert.equal(feed.size, 4);
  const hashes = new Set(feed.get('hashes.csv')!.trimEnd().split('\n'));
  for (const [uuid, summary] of Object.entries(manifest)) {
    const { Event } = JSON.parse(feed.get(`${uuid}.json`)!);
    for (const [key, value] of Object.entries(summary)) assert.deepEqual(Event[key], value);
    for (const { value } of Event.Attribute)
      assert.ok(hashes.delete(`${createHash('md5').update(value).digest('hex')},${uuid}`), value);
  }
  assert.equal(hashes.size, 0);
  const [first] = Object.keys(manifest);
  const { Event } = JSON.parse(feed.get(`${first}.json`)!);
  assert.deepEqual(
    Event.Attribute.map(({ type, value }: Record<string, unknown>) => [type, value]),
    [
      ['ip-src', '2600:3c00::1'],
      ['ip-src', '45.33.32.1'],
      ['sha256', HASH],
      ['url', "http://45.33.32.7/it's"],
    ],
  );
});

test('only links that lead to files are passed on', () => {
  for (const link of ['http://192.0.2.1/x', 'ftp://192.0.2.1/x', 'tftp://a.example/b'])
    assert.ok(knownLink(link), link);
  for (const text of [
    'javascript:alert(1)',
    'x',
    'http://',
    'http://a.example/\u202ex',
    'http://a.example/ b',
    `http://a.example/${'x'.repeat(3000)}`,
  ])
    assert.ok(!knownLink(text), text);
});
