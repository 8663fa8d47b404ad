// MaxMind DB files by MaxMind's own writer, read by us and by MaxMind's own reader (Debian: libmaxmind-db-writer-perl, mmdb-bin).
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { parseAddress } from '../../src/observatory/geo/address.ts';
import { readMmdb } from '../../src/observatory/geo/mmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-mmdb-'));
after(() => rmSync(folder, { recursive: true }));

const runs = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const skip =
  runs('perl', '-MMaxMind::DB::Writer::Tree', '-e', '1') && runs('mmdblookup', '--version')
    ? false
    : 'libmaxmind-db-writer-perl or mmdb-bin is not installed';

/** Networks come on standard input as `network code number`; IPv6 trees get MaxMind's aliases. */
const WRITER = `
use strict; use warnings;
use MaxMind::DB::Writer::Tree;
my ($file, $size, $version) = @ARGV;
my %types = (country => 'map', iso_code => 'utf8_string', names => 'map', en => 'utf8_string',
  autonomous_system_number => 'uint32', autonomous_system_organization => 'utf8_string', location => 'map',
  latitude => 'double', accuracy => 'float', big => 'uint128', list => ['array', 'utf8_string'], yes => 'boolean');
my $tree = MaxMind::DB::Writer::Tree->new(ip_version => $version, record_size => $size, database_type => 'GeoLite2-Test',
  languages => ['en'], description => { en => 'made by MaxMind' }, alias_ipv6_to_ipv4 => $version == 6 ? 1 : 0,
  remove_reserved_networks => 0, map_key_type_callback => sub { $types{ $_[0] } });
while (<STDIN>) {
  my ($network, $code, $asn) = split;
  $tree->insert_network($network, { country => { iso_code => $code, names => { en => "Country of $code" } },
    autonomous_system_number => $asn, autonomous_system_organization => "Network $asn", location => { latitude => 35.5, accuracy => 1.5 },
    big => '340282366920938463463374607431768211455', list => ['a', 'b'], yes => 1 });
}
open my $out, '>:raw', $file or die $!;
$tree->write_tree($out);
close $out;
`;

let seed = 5;
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647;
  return Math.floor((seed / 2_147_483_647) * below);
};

test('networks of MaxMind’s writer are found where MaxMind’s reader finds them', { skip }, async () => {
  for (const [size, version] of [
    [24, 6],
    [28, 6],
    [32, 6],
    [28, 4],
  ] as const) {
    const networks: string[] = [];
    for (let i = 0; i < 300; i++) {
      const code = String.fromCharCode(65 + random(26), 65 + random(26));
      const prefix = 4 + random(29);
      const value = Math.floor(random(2 ** 32) / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
      const v4 = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
      networks.push(`${v4}/${prefix} ${code} ${1 + random(2 ** 32 - 2)}`);
      if (version === 6)
        networks.push(
          `2a0${random(16).toString(16)}:${random(65_536).toString(16)}::/${32 + random(2) * 16} ${code} ${random(70_000) + 1}`,
        );
    }
    const file = join(folder, `${size}-${version}.mmdb`);
    execFileSync('perl', ['-e', WRITER, file, String(size), String(version)], { input: networks.join('\n') });
    const { table, type, description } = await readMmdb(readFileSync(file));
    assert.equal(type, 'GeoLite2-Test');
    assert.equal(description, 'made by MaxMind');
    const addresses = networks.map((line) => line.split('/')[0]!).slice(0, 60);
    for (let i = 0; i < 60; i++) {
      addresses.push([1, 2, 3, 4].map(() => random(256)).join('.'));
      if (version === 6)
        addresses.push(`2a0${random(16).toString(16)}:${random(65_536).toString(16)}::${random(65_536).toString(16)}`);
    }
    const expected = await Promise.all(addresses.map((address) => lookUp(file, address)));
    let known = 0;
    for (const [i, address] of addresses.entries()) {
      const found = table.find(parseAddress(address)!);
      assert.deepEqual(
        found && { country: found.country, asn: found.asn, asName: found.asName },
        expected[i],
        `${address} in ${file}`,
      );
      if (found) known++;
    }
    assert.ok(known > 50, `only ${known} known`);
  }
});

const run = promisify(execFile);

/** What mmdblookup prints, read by eye: it has no other form than its own. */
async function lookUp(file: string, address: string) {
  const { stdout } = await run('mmdblookup', ['--file', file, '--ip', address]).catch(
    (error: { code: number; stdout: string }) => {
      // 6: not in the database.
      if (error.code !== 6) throw error;
      return error;
    },
  );
  const country = /"iso_code":\s*"(\w\w)"/.exec(stdout)?.[1];
  const asn = /"autonomous_system_number":\s*(\d+)/.exec(stdout)?.[1];
  const name = /"autonomous_system_organization":\s*"([^"]*)"/.exec(stdout)?.[1];
  return country === undefined
    ? undefined
    : { country: country === 'XX' || country === 'ZZ' ? undefined : country, asn: Number(asn), asName: name };
}
