import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Reader } from 'mmdb-lib';
import { writeMmdb } from '../../../test/geo/mmdb-writer.ts';
import { formatIpv4, parseAddress } from './address.ts';
import { COUNTRY_FILE, loadBundled, NETWORK_FILE } from './bundled.ts';
import { Gazetteer } from './gazetteer.ts';
import { packBundled } from './pack.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-geo-'));
const bundled = join(folder, 'bundled');
const packages = join(import.meta.dirname, '../../../node_modules/@ip-location-db');
before(() => packBundled(packages, bundled));
after(() => rmSync(folder, { recursive: true }));

let seed = 7;
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647;
  return Math.floor((seed / 2_147_483_647) * below);
};

/** Rows of the numeric CSV file, which is not the one that was packed. */
const rowsOf = (name: string) =>
  readFileSync(join(packages, 'asn', name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => /^(\d+),(\d+),(\d+),/.exec(line)!);

/** Looks at every row for all addresses at once; where rows overlap, the later one counts. */
function scan(rows: readonly RegExpExecArray[], addresses: readonly number[]): Map<number, number> {
  const ordered = Float64Array.from(addresses).sort();
  const found = new Map<number, number>();
  for (const [, first, last, asn] of rows) {
    const [from, to] = [Number(first), Number(last)];
    let [low, high] = [0, ordered.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ordered[middle]! < from) low = middle + 1;
      else high = middle;
    }
    for (; low < ordered.length && ordered[low]! <= to; low++) found.set(ordered[low]!, Number(asn));
  }
  return found;
}

test('networks of IPv4 are those of the raw table, at 1,000 random addresses and 300 edges', () => {
  const { table } = loadBundled(NETWORK_FILE, bundled);
  const rows = rowsOf('asn-ipv4-num.csv');
  const addresses = Array.from({ length: 1000 }, () => random(2 ** 32));
  for (let i = 0; i < 100; i++) {
    const row = random(rows.length);
    const [first, last] = [Number(rows[row]![1]), Number(rows[row]![2])];
    addresses.push(Math.max(0, first - 1), first, last);
  }
  const raw = scan(rows, addresses);
  let known = 0;
  for (const address of addresses) {
    const expected = raw.get(address);
    const found = table.find(parseAddress(formatIpv4(address))!);
    assert.equal(found?.asn, expected, formatIpv4(address));
    if (expected !== undefined) known++;
  }
  assert.ok(known > 600, `only ${known} known`);
});

test('networks of IPv6 are those of the raw table', () => {
  const { table } = loadBundled(NETWORK_FILE, bundled);
  const rows = rowsOf('asn-ipv6-num.csv').map((row) => ({
    first: BigInt(row[1]!),
    last: BigInt(row[2]!),
    asn: Number(row[3]),
  }));
  const text = (value: bigint) =>
    value
      .toString(16)
      .padStart(32, '0')
      .replace(/(.{4})(?!$)/g, '$1:');
  for (let i = 0; i < 60; i++) {
    const { first, last } = rows[random(rows.length)]!;
    for (const address of [first - 1n, first, (first + last) / 2n, last, last + 1n]) {
      const expected = rows.filter((row) => row.first <= address && address <= row.last).at(-1)?.asn;
      assert.equal(table.find(parseAddress(text(address))!)?.asn, expected, text(address));
    }
  }
});

test('countries are those that another reader finds in the original file', () => {
  const { table } = loadBundled(COUNTRY_FILE, bundled);
  const other = new Reader(readFileSync(join(packages, 'geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb')));
  const { starts6 } = table.columns;
  const addresses = Array.from({ length: 1000 }, () => formatIpv4(random(2 ** 32)));
  for (let i = 0; i < 500; i++) {
    const at = random(starts6.length / 4) * 4;
    addresses.push(
      [...starts6.subarray(at, at + 4)]
        .map((word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`)
        .join(':'),
      `2${random(4096).toString(16).padStart(3, '0')}:${random(65_536).toString(16)}::${random(65_536).toString(16)}`,
    );
  }
  let known = 0;
  for (const address of addresses) {
    const parsed = parseAddress(address)!;
    // ::/96 is where such files keep IPv4.
    if (parsed.version === 6 && parsed.words.subarray(0, 3).every((word) => word === 0)) continue;
    const expected = (other.get(address) as { country_code?: string } | null)?.country_code;
    assert.equal(table.find(parsed)?.country, expected, address);
    if (expected) known++;
  }
  assert.ok(known > 1000, `only ${known} known`);
});

test('what is bundled says whose it is, of when, and what its makers warn of', async () => {
  const gazetteer = await Gazetteer.open({ bundled });
  assert.deepEqual(gazetteer.troubles, []);
  const [country, network] = gazetteer.sources;
  assert.deepEqual(country!.gives, { country: true, asn: false });
  assert.deepEqual(network!.gives, { country: false, asn: true });
  for (const { built, licence, attribution, notice, records } of gazetteer.sources) {
    const { version } = JSON.parse(readFileSync(join(packages, 'asn/package.json'), 'utf8')) as { version: string };
    assert.equal(new Date(built!).toISOString().slice(0, 13).replace(/\D/g, ''), version.split('.')[2]);
    assert.match(licence!, /CC BY 4\.0/);
    assert.match(attribution.join('\n'), /nro\.net/);
    assert.match(notice!, /no longer updated/);
    assert.ok(records > 400_000);
  }
  assert.match(network!.attribution.join('\n'), /routeviews\.org[\s\S]*db-ip\.com/);
});

test('masked, special and wrong addresses are said to be such; IPv4 is found in whatever form', async () => {
  const gazetteer = await Gazetteer.open({ bundled });
  const nowhere: [string, string][] = [
    ['○○○.○○○.○○○.○○○', 'masked'],
    ['198.51.100.xxx', 'masked'],
    ['192.168.1.1', 'private'],
    ['100.100.1.1', 'shared'],
    ['::1', 'loopback'],
    ['2001:db8::1', 'documentation'],
    ['attacker.example', 'no address'],
    ['', 'no address'],
  ];
  for (const [text, expected] of nowhere) assert.deepEqual(gazetteer.find(text), { nowhere: expected }, text);
  const plain = gazetteer.find('8.8.8.8');
  assert.deepEqual(plain, { country: 'US', asn: 15169, asName: 'Google LLC' });
  assert.deepEqual(gazetteer.find('::ffff:8.8.8.8'), plain);
  assert.deepEqual(gazetteer.find('64:ff9b::8.8.8.8'), plain);
  assert.equal(gazetteer.find('2002:808:808::1').country, 'US');
});

test('a file of the operator takes the place of what it gives, and of nothing else', async () => {
  const file = join(folder, 'own.mmdb');
  writeFileSync(file, writeMmdb([['8.8.8.0/24', { country: { iso_code: 'NZ' } }]], { type: 'GeoLite2-Country' }));
  const gazetteer = await Gazetteer.open({ bundled, files: [file] });
  assert.deepEqual(gazetteer.find('8.8.8.8'), { country: 'NZ', asn: 15169, asName: 'Google LLC' });
  assert.equal(gazetteer.find('1.1.1.1').country, undefined);
  assert.deepEqual(
    gazetteer.sources.map(({ path, gives }) => [path, gives.country, gives.asn]),
    [
      [file, true, false],
      [undefined, false, true],
    ],
  );
  assert.match(gazetteer.sources[0]!.attribution[0]!, /MaxMind/);

  const both = join(folder, 'lite.mmdb');
  writeFileSync(
    both,
    writeMmdb([['8.0.0.0/8', { country_code: 'CA', country: 'Canada', asn: 'AS64500', as_name: 'Example' }]], {
      type: 'ipinfo lite',
    }),
  );
  const all = await Gazetteer.open({ bundled, files: [file, both] });
  assert.deepEqual(all.find('8.8.8.8'), { country: 'NZ', asn: 64500, asName: 'Example' });
  assert.deepEqual(all.find('8.9.9.9'), { country: 'CA', asn: 64500, asName: 'Example' });
  assert.equal(
    all.sources.every(({ path }) => path !== undefined),
    true,
  );
});

test('a file is read again when it has changed and settled; a half-written one leaves the old in use', async () => {
  const file = join(folder, 'changing.mmdb');
  const version = (code: string) =>
    writeMmdb([
      ['8.0.0.0/8', { country_code: code }],
      ['9.0.0.0/8', { country_code: 'XA' }],
    ]);
  let clock = 1_800_000_000;
  const put = (bytes: Buffer) => {
    writeFileSync(`${file}.new`, bytes);
    utimesSync(`${file}.new`, clock, clock++);
    renameSync(`${file}.new`, file);
  };
  put(version('AA'));
  const gazetteer = await Gazetteer.open({ bundled, files: [file] });
  const country = () => gazetteer.find('8.8.8.8').country;
  assert.equal(country(), 'AA');
  const identity = gazetteer.identity;
  assert.equal(await gazetteer.refresh(), false);

  put(version('BB'));
  assert.equal(await gazetteer.refresh(), false, 'it may still be changing');
  assert.equal(await gazetteer.refresh(), true);
  assert.equal(country(), 'BB');
  assert.notEqual(gazetteer.identity, identity);
  assert.equal(await gazetteer.refresh(), false);

  const before = gazetteer.identity;
  put(version('CC').subarray(0, 60));
  await gazetteer.refresh();
  assert.equal(await gazetteer.refresh(), true);
  assert.equal(country(), 'BB');
  assert.equal(gazetteer.identity, before);
  assert.match(
    gazetteer.troubles.join(),
    /changing\.mmdb cannot be used: .*; what was read from it before stays in use\.$/,
  );
  assert.equal(await gazetteer.refresh(), false, 'said once');

  rmSync(file);
  await gazetteer.refresh();
  await gazetteer.refresh();
  assert.equal(country(), 'BB');
  assert.match(gazetteer.troubles.join(), /there is no such file; what was read/);

  put(version('DD'));
  await gazetteer.refresh();
  await gazetteer.refresh();
  assert.equal(country(), 'DD');
  assert.deepEqual(gazetteer.troubles, []);
});

test('what cannot be used is one sentence, and the bundled data answer', async () => {
  const text = join(folder, 'text.mmdb');
  writeFileSync(text, 'network,country_code\n');
  const useless = join(folder, 'useless.mmdb');
  writeFileSync(useless, writeMmdb([['1.0.0.0/8', { proxy: true }]]));
  mkdirSync(join(folder, 'folder.mmdb'));
  const missing = join(folder, 'missing.mmdb');
  const gazetteer = await Gazetteer.open({ bundled, files: [text, useless, join(folder, 'folder.mmdb'), missing] });
  assert.deepEqual(gazetteer.troubles, [
    `${text} cannot be used: it has no metadata: no MaxMind DB file, or one that is not whole.`,
    `${useless} cannot be used: it has neither countries nor networks.`,
    `${join(folder, 'folder.mmdb')} cannot be used: it is a folder.`,
    `${missing} cannot be used: there is no such file.`,
  ]);
  assert.equal(gazetteer.find('8.8.8.8').country, 'US');
});

test('research scanners: the shipped list, and the operator’s own that adds, replaces and takes effect at once', async () => {
  const scanners = join(folder, 'scanners.toml');
  const gazetteer = await Gazetteer.open({ bundled, scanners });
  assert.equal(gazetteer.find('162.142.125.9').scanner, 'Censys');
  assert.equal(gazetteer.find('167.94.146.255').scanner, 'Censys');
  assert.equal(gazetteer.find('167.94.147.0').scanner, undefined);
  assert.equal(gazetteer.find('2602:80d:1000:b0cc:e::1').scanner, 'Censys');
  assert.equal(gazetteer.find('::ffff:198.235.24.1').scanner, 'Palo Alto Networks Cortex Xpanse');
  assert.equal(gazetteer.scannerOf('scan-05a.shadowserver.org'), 'Shadowserver');
  assert.equal(gazetteer.scannerOf('CENSUS1.SHODAN.IO.'), 'Shodan');
  assert.equal(gazetteer.scannerOf('shadowserver.org.example.net'), undefined);
  assert.equal(gazetteer.scannerOf('notshodan.io'), undefined);
  const { identity } = gazetteer;
  writeFileSync(
    scanners,
    '[[scanner]]\nname = "Censys"\nnetworks = ["198.235.24.0/30"]\n[[scanner]]\nname = "Ours"\nnetworks = ["167.94.146.7"]\n',
  );
  assert.equal(await gazetteer.refresh(), true);
  assert.equal(gazetteer.find('162.142.125.9').scanner, undefined);
  assert.equal(gazetteer.find('198.235.24.1').scanner, 'Censys', 'the narrower network');
  assert.equal(gazetteer.find('198.235.24.4').scanner, 'Palo Alto Networks Cortex Xpanse');
  assert.equal(gazetteer.find('167.94.146.7').scanner, 'Ours');
  assert.notEqual(gazetteer.identity, identity);
  writeFileSync(scanners, '[[scanner]]\nname = "Ours"\nnetworks = ["167.94.146.7/24"]\n# longer');
  assert.equal(await gazetteer.refresh(), true);
  assert.match(gazetteer.troubles.join(), /scanners\.toml: scanner\.0\.networks\.0: expected a network/);
  assert.equal(gazetteer.find('167.94.146.7').scanner, 'Ours', 'the list before');
});
