import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assemble,
  Encoded,
  encode,
  MARKER,
  type Plain,
  pointer,
  record,
  writeMmdb,
} from '../../../test/geo/mmdb-writer.ts';
import { parseAddress } from './address.ts';
import { MmdbError, readMmdb } from './mmdb.ts';
import { placeOf } from './shapes.ts';

const find = async (file: Buffer, ...addresses: string[]) => {
  const { table } = await readMmdb(file);
  return addresses.map((address) => table.find(parseAddress(address)!));
};

test('networks of every record size and both versions are found, up to their edges', async () => {
  for (const recordSize of [24, 28, 32] as const)
    for (const version of [4, 6] as const) {
      const networks: [string, Plain][] = [
        ['0.0.0.0/1', { country_code: 'AA' }],
        ['10.0.0.0/8', { country_code: 'BB' }],
        ['10.1.0.0/16', { country_code: 'CC' }],
        ['10.1.2.3/32', { country_code: 'DD' }],
        ['255.255.255.255/32', { country_code: 'EE' }],
      ];
      if (version === 6)
        networks.push(['2001:db8::/33', { country_code: 'FF' }], ['2001:db8:8000::1/128', { country_code: 'GG' }]);
      const file = writeMmdb(networks, { recordSize, version });
      const expected: [string, string | undefined][] = [
        ['0.0.0.0', 'AA'],
        ['9.255.255.255', 'AA'],
        ['10.0.0.0', 'BB'],
        ['10.0.255.255', 'BB'],
        ['10.1.0.0', 'CC'],
        ['10.1.2.2', 'CC'],
        ['10.1.2.3', 'DD'],
        ['10.1.2.4', 'CC'],
        ['10.2.0.0', 'BB'],
        ['11.0.0.0', 'AA'],
        ['127.255.255.255', 'AA'],
        ['128.0.0.0', undefined],
        ['255.255.255.254', undefined],
        ['255.255.255.255', 'EE'],
        ['::ffff:10.1.2.3', 'DD'],
        ['2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
        ['2001:db8::', version === 6 ? 'FF' : undefined],
        ['2001:db8:7fff:ffff:ffff:ffff:ffff:ffff', version === 6 ? 'FF' : undefined],
        ['2001:db8:8000::', undefined],
        ['2001:db8:8000::1', version === 6 ? 'GG' : undefined],
        ['2001:db8:8000::2', undefined],
      ];
      const found = await find(file, ...expected.map(([address]) => address));
      for (const [i, [address, country]] of expected.entries())
        assert.equal(found[i]?.country, country, `${address} (version ${version}, ${recordSize} bits)`);
    }
});

test('an IPv4 tree that an IPv6 tree holds several times is read once', async () => {
  const networks: [string, Plain][] = Array.from({ length: 200 }, (_, i) => [
    `${i + 1}.${i}.0.0/16`,
    { country_code: String.fromCharCode(65 + (i % 26), 65 + (i % 7)) },
  ]);
  const plain = await readMmdb(writeMmdb(networks));
  const aliased = await readMmdb(writeMmdb(networks, { aliases: true }));
  assert.deepEqual(aliased.table.columns.starts4, plain.table.columns.starts4);
  assert.equal(aliased.table.ranges, 200);
});

test('what the metadata say', async () => {
  const { type, built, description } = await readMmdb(
    writeMmdb([['1.0.0.0/8', { country_code: 'AU' }]], { type: 'DBIP-Country-Lite', built: 1_780_000_000 }),
  );
  assert.deepEqual(
    { type, built, description },
    { type: 'DBIP-Country-Lite', built: 1_780_000_000_000, description: 'a test' },
  );
});

test('the records of every maker', () => {
  const shapes: [string, Plain, ReturnType<typeof placeOf>][] = [
    [
      'GeoLite2-Country',
      {
        continent: { code: 'EU' },
        country: { geoname_id: 1, iso_code: 'DE', names: { en: 'Germany' } },
        registered_country: { iso_code: 'FR' },
      },
      { country: 'DE' },
    ],
    ['GeoLite2 without country', { registered_country: { iso_code: 'US' } }, { country: 'US' }],
    [
      'GeoLite2-City',
      { city: { names: { en: 'Tokyo' } }, country: { iso_code: 'JP' }, location: { latitude: 35.5 } },
      { country: 'JP' },
    ],
    [
      'GeoLite2-ASN',
      { autonomous_system_number: 15169, autonomous_system_organization: 'GOOGLE' },
      { asn: 15169, asName: 'GOOGLE' },
    ],
    [
      'GeoIP2-Enterprise',
      {
        country: { iso_code: 'SE' },
        traits: { autonomous_system_number: 29518, autonomous_system_organization: 'Bredband2' },
      },
      { country: 'SE', asn: 29518, asName: 'Bredband2' },
    ],
    [
      'DB-IP ASN Lite',
      { autonomous_system_number: 3320, autonomous_system_organization: 'Deutsche Telekom AG' },
      { asn: 3320, asName: 'Deutsche Telekom AG' },
    ],
    [
      'IPinfo Lite',
      {
        as_domain: 'google.com',
        as_name: 'Google LLC',
        asn: 'AS15169',
        continent: 'North America',
        continent_code: 'NA',
        country: 'United States',
        country_code: 'US',
      },
      { country: 'US', asn: 15169, asName: 'Google LLC' },
    ],
    [
      'IPinfo country_asn',
      {
        as_domain: 'kddi.com',
        as_name: 'KDDI CORPORATION',
        asn: 'AS2516',
        continent: 'AS',
        country: 'JP',
        country_name: 'Japan',
      },
      { country: 'JP', asn: 2516, asName: 'KDDI CORPORATION' },
    ],
    [
      'IPinfo asn',
      { asn: 'AS2516', domain: 'kddi.com', name: 'KDDI CORPORATION', route: '106.128.0.0/13', type: 'isp' },
      { asn: 2516, asName: 'KDDI CORPORATION' },
    ],
    [
      'IPLocate',
      { asn: 13335, country_code: 'US', name: 'CLOUDFLARENET', org: 'Cloudflare, Inc.', domain: 'cloudflare.com' },
      { country: 'US', asn: 13335, asName: 'Cloudflare, Inc.' },
    ],
    ['ip-location-db country', { country_code: 'AU' }, { country: 'AU' }],
    [
      'IP2Location',
      { country: { iso_code: 'GB', names: { en: 'United Kingdom' } }, city: { names: { en: 'London' } } },
      { country: 'GB' },
    ],
    ['lower case', { country_code: 'de' }, { country: 'DE' }],
    ['a name where a code should be', { country: 'Germany' }, {}],
    ['no country', { country_code: 'ZZ' }, {}],
    ['a reserved number', { autonomous_system_number: 0, autonomous_system_organization: 'x' }, {}],
    ['32 bits', { autonomous_system_number: 4294967295 }, { asn: 4294967295 }],
    ['more than 32 bits', { asn: 'AS4294967296' }, {}],
    ['controls in a name', { asn: 1, as_name: 'a\u0000b\u001b[2J\n\u202ec' }, { asn: 1, asName: 'a b [2J c' }],
    ['nothing', { proxy: true }, {}],
    ['a text', 'DE', {}],
    ['a list', ['DE'], {}],
  ];
  for (const [maker, value, expected] of shapes) assert.deepEqual(placeOf(value as never), expected, maker);
});

test('a file that is no database, or not whole, is one clause', async () => {
  const file = writeMmdb([
    ['1.0.0.0/8', { country_code: 'AU' }],
    ['2.0.0.0/8', { country_code: 'FR' }],
  ]);
  const wrong: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), /no metadata/],
    ['a text', Buffer.from('network,country\n1.0.0.0/8,AU\n'), /no metadata/],
    ['cut off', file.subarray(0, file.length - 40), /damaged|lack|no metadata/],
    ['without its beginning', file.subarray(400), /too short|points outside|damaged/],
    ['only the marker', MARKER, /damaged/],
    ['format 3', writeMmdb([], { metadata: { binary_format_major_version: 3 } }), /format 3/],
    ['record size 26', writeMmdb([], { metadata: { record_size: 26 } }), /record size is 26/],
    ['IP version 5', writeMmdb([], { metadata: { ip_version: 5 } }), /IP version is 5/],
    ['no nodes', writeMmdb([], { metadata: { node_count: 0 } }), /too short/],
    ['a billion nodes', writeMmdb([], { metadata: { node_count: 4_000_000_000 } }), /too short/],
    ['metadata that are a text', Buffer.concat([Buffer.alloc(64), MARKER, encode('x')]), /no map/],
    [
      'metadata without size',
      Buffer.concat([Buffer.alloc(64), MARKER, encode({ binary_format_major_version: 2 })]),
      /lack node_count/,
    ],
  ];
  for (const [what, bytes, sentence] of wrong)
    await assert.rejects(
      readMmdb(bytes),
      (error: Error) => error instanceof MmdbError && sentence.test(error.message) && !error.message.includes('\n'),
      what,
    );
});

const metadata = (nodes: number, version: 4 | 6 = 4): Record<string, Plain> => ({
  binary_format_major_version: 2,
  node_count: nodes,
  record_size: 24,
  ip_version: version,
  database_type: 'Hostile',
  build_epoch: 1,
});

test('a tree may share equal branches', async () => {
  const [a, b] = [encode({ country_code: 'AA' }), encode({ country_code: 'BB' })];
  const tree = Buffer.concat([record(1, 1, 24), record(2 + 16, 2 + 16 + a.length, 24)]);
  const found = await find(
    assemble(tree, Buffer.concat([a, b]), metadata(2)),
    ...['0.0.0.0', '63.255.255.255', '64.0.0.0', '128.0.0.0', '192.0.0.0', '255.255.255.255'],
  );
  assert.deepEqual(
    found.map((place) => place?.country),
    ['AA', 'AA', 'BB', 'AA', 'BB', 'BB'],
  );
});

test('hostile files end soon, with a clause', async () => {
  const data = encode({ country_code: 'AU' });
  const leaf = (nodes: number, offset = 0) => nodes + 16 + offset;
  const one = record(leaf(1), leaf(1), 24);
  const long = (type: number) =>
    new Encoded(Buffer.from([type > 7 ? 31 : (type << 5) | 31, ...(type > 7 ? [type - 7] : []), 255, 255, 255]));
  /** Lists that hold the list before them over and over: 30 levels of 28 make 10^43 values. */
  const laughs = () => {
    const parts: Buffer[] = [encode('ha')];
    let [at, previous] = [parts[0]!.length, 0];
    for (let level = 0; level < 30; level++) {
      const list = encode(Array.from({ length: 28 }, () => pointer(previous)));
      previous = at;
      at += list.length;
      parts.push(list);
    }
    return { bytes: Buffer.concat(parts), at: previous };
  };
  const { bytes: levels, at: top } = laughs();
  const chain = (nodes: number) =>
    Buffer.concat(
      Array.from({ length: nodes }, (_, i) => record(Math.min(i + 1, nodes - 1), Math.min(i + 1, nodes - 1), 24)),
    );
  const files: [string, Buffer][] = [
    ['a node that is its own child', assemble(record(0, 0, 24), data, metadata(1))],
    [
      'two nodes that hold each other',
      assemble(Buffer.concat([record(1, 1, 24), record(0, 0, 24)]), data, metadata(2)),
    ],
    ['nodes that are both children of the one before', assemble(chain(120), data, metadata(120, 6))],
    [
      'branches shared by each level: 2^100 leaves',
      assemble(
        Buffer.concat(
          Array.from({ length: 100 }, (_, i) =>
            i < 99 ? record(i + 1, i + 1, 24) : record(leaf(100), leaf(100, data.length), 24),
          ),
        ),
        Buffer.concat([data, encode({ country_code: 'FR' })]),
        metadata(100, 6),
      ),
    ],
    ['a record beyond the data', assemble(record(leaf(1, 5000), leaf(1), 24), data, metadata(1))],
    ['a record in the separator', assemble(record(2, leaf(1), 24), data, metadata(1))],
    ['a pointer to itself', assemble(one, Buffer.from([0x20, 0x00]), metadata(1))],
    ['a pointer beyond the end', assemble(one, Buffer.from([0x27, 0xff]), metadata(1))],
    ['a map that holds itself', assemble(one, encode({ a: pointer(0) }), metadata(1))],
    ['lists of lists of lists', assemble(record(leaf(1, top), leaf(1, top), 24), levels, metadata(1))],
    ['a map of 16 million entries', assemble(one, encode(long(7)), metadata(1))],
    ['a list of 16 million entries', assemble(one, encode(long(11)), metadata(1))],
    ['a text of 16 million bytes', assemble(one, encode(long(2)), metadata(1))],
    ['a number of 16 million bytes', assemble(one, encode(long(10)), metadata(1))],
    ['a key that is a number', assemble(one, Buffer.concat([Buffer.from([0xe1]), encode(1), encode(1)]), metadata(1))],
    ['an unknown type', assemble(one, Buffer.from([0x00, 0x09]), metadata(1))],
    ['metadata that hold themselves', Buffer.concat([one, Buffer.alloc(16), data, MARKER, encode({ a: pointer(0) })])],
    ['metadata of 16 million entries', Buffer.concat([one, Buffer.alloc(16), data, MARKER, encode(long(7))])],
  ];
  for (const [what, bytes] of files) {
    await assert.rejects(readMmdb(bytes), MmdbError, what);
  }
});

test('any damaged byte leaves a table or a clause', async () => {
  const networks: [string, Plain][] = Array.from({ length: 40 }, (_, i) => [
    `${i * 5}.0.0.0/${8 + (i % 9)}`,
    { country: { iso_code: 'JP' }, autonomous_system_number: i, names: ['a', i / 3, true] },
  ]);
  const file = writeMmdb(networks, { version: 4 });
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  let [read, refused] = [0, 0];
  for (let round = 0; round < 1500; round++) {
    const damaged = Buffer.from(file);
    for (let n = random(4) + 1; n > 0; n--) damaged[random(damaged.length)] = random(256);
    try {
      await readMmdb(random(5) === 0 ? damaged.subarray(random(damaged.length)) : damaged);
      read++;
    } catch (error) {
      assert.ok(error instanceof MmdbError, String((error as Error).stack));
      refused++;
    }
  }
  assert.ok(read > 100 && refused > 100, `${read} read, ${refused} refused`);
});
