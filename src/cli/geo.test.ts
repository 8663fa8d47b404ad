// `kansatsuki geo` as a user meets it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeMmdb } from '../../test/geo/mmdb-writer.ts';
import { bundledFolder } from '../observatory/geo/bundled.ts';

const cwd = mkdtempSync(join(tmpdir(), 'kansatsuki-geo-'));
after(() => rmSync(cwd, { recursive: true }));
const skip = existsSync(bundledFolder) ? false : 'not built: npm run build';

function run(args: string[], input = '', command = 'geo'): Promise<{ code: number | null; out: string; err: string }> {
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, command, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd },
  });
  child.stdin.end(input);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

test('geo says what is loaded, whose it is and how old, in both languages', { skip }, async () => {
  const { code, out, err } = await run([]);
  assert.deepEqual([code, err], [0, '']);
  for (const part of [
    /^Countries: /m,
    /^Networks: /m,
    /state of 20\d\d-\d\d-\d\d, [\d,]+ days old/,
    /CC BY 4\.0/,
    /nro\.net/,
    /routeviews\.org/,
    /db-ip\.com/,
    /no longer updated/,
    /research scanners/,
    /reverse DNS is off/,
  ])
    assert.match(out, part);
  assert.match((await run(['--lang', 'ja'])).out, /^国: [\s\S]*^ネットワーク: [\s\S]*今後更新されない/m);
  const began = Date.now();
  const json = JSON.parse((await run(['--json'])).out) as {
    sources: { built: string; ageDays: number; attribution: string[] }[];
    troubles: string[];
  };
  assert.equal(json.sources.length, 2);
  for (const { built, ageDays, attribution } of json.sources) {
    const ages = [began, Date.now()].map((now) => Math.floor((now - Date.parse(built)) / 86_400_000));
    assert.ok(ages.includes(ageDays), `${ageDays} days`);
    assert.ok(attribution.length > 0);
  }
  assert.deepEqual(json.troubles, []);
});

test('geo looks addresses up, from arguments and from standard input', { skip }, async () => {
  const { code, out } = await run(['8.8.8.8', '::ffff:8.8.8.8', '10.0.0.1', '○○○.○○○.○○○.○○○', '162.142.125.1']);
  assert.equal(code, 0);
  assert.deepEqual(out.trimEnd().split('\n'), [
    '8.8.8.8\tUS United States\tAS15169 Google LLC',
    '::ffff:8.8.8.8\tUS United States\tAS15169 Google LLC',
    '10.0.0.1\tprivate network: not looked up',
    '○○○.○○○.○○○.○○○\tmasked: not looked up',
    '162.142.125.1\tUS United States\tAS398324 Censys, Inc.\tresearch scanner: Censys',
  ]);
  const piped = await run(['-', '--json'], '8.8.8.8 100.64.0.1\r\n\nx\u001b[2J.example\n');
  assert.deepEqual(
    piped.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { address: '8.8.8.8', country: 'US', asn: 15169, asName: 'Google LLC' },
      { address: '100.64.0.1', nowhere: 'shared' },
      { address: 'x\u001b[2J.example', nowhere: 'no address' },
    ],
  );
  assert.doesNotMatch(piped.out, /\u001b/);
  assert.equal((await run(['example.org'])).code, 2);
});

test('geo takes the files of the configuration, relative to the data directory, and says what is wrong with one', {
  skip,
}, async () => {
  const data = join(cwd, 'data');
  mkdirSync(join(data, 'etc'), { recursive: true });
  writeFileSync(
    join(data, 'own.mmdb'),
    writeMmdb([['8.0.0.0/8', { country_code: 'NZ', asn: 'AS64500', as_name: 'Evil\u001b[31m Networks' }]]),
  );
  writeFileSync(join(data, 'etc/kansatsuki.toml'), '[geo]\nfiles = ["own.mmdb"]\n');
  writeFileSync(join(data, 'etc/scanners.toml'), '[[scanner]]\nname = "Ours"\nnetworks = ["8.8.8.8"]\n');
  const found = await run(['--data', data, '8.8.8.8']);
  assert.deepEqual(found, {
    code: 0,
    err: '',
    out: '8.8.8.8\tNZ New Zealand\tAS64500 Evil [31m Networks\tresearch scanner: Ours\n',
  });
  writeFileSync(join(data, 'own.mmdb'), 'not a database');
  const broken = await run(['--data', data, '8.8.8.8']);
  assert.equal(broken.code, 1);
  assert.match(broken.err, /^kansatsuki: .*own\.mmdb cannot be used: it has no metadata: [^\n]*\n$/);
  const checked = await run(['--data', data], '', 'check');
  assert.equal(checked.code, 2);
  assert.match(checked.err, /own\.mmdb cannot be used/);
  assert.match(broken.out, /^8\.8\.8\.8\tUS United States/);
});
