// The gate finds an address or a name however it is spelled, and lets masked text pass.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { importPaths } from '../observatory/import.ts';
import { openStore } from '../observatory/open.ts';
import { gate, hiddenHosts, LeakError, masking } from './share.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-share-'));
const store = openStore(':memory:');
writeFileSync(
  join(folder, 'cowrie.json'),
  ['192.0.2.7', '2001:db8::7']
    .map((src_ip, i) =>
      JSON.stringify({
        eventid: 'cowrie.session.connect',
        src_ip,
        session: `${i}`.repeat(12),
        sensor: 's',
        timestamp: '2026-05-02T10:00:00.000000Z',
      }),
    )
    .join('\n'),
);
await importPaths(store, [join(folder, 'cowrie.json')]);
const range = { from: Date.UTC(2026, 4, 2), to: Date.UTC(2026, 4, 3) };
const options = { style: 'circles' as const, hosts: ['trap-7.example.net'] };

test('leaks are found', () => {
  for (const text of [
    'from 192.0.2.7.',
    'hxxp://192.0.2[.]7/x',
    'ec2-192-0-2-7.compute',
    '[2001:db8::7]:22',
    '2001:DB8::7',
    '<td>192.0.2.7</td>',
    '192.0.2&#46;7',
    'on Trap-7.example.net',
  ])
    assert.throws(() => gate(text, store, range, options), LeakError, text);
});

test('masked text, other addresses and versions pass', () => {
  for (const text of [
    '○○○.○○○.○○○.○○○',
    '192.0.2.0/24',
    '1.192.0.2.7',
    '192.0.2.70',
    'OpenSSH_9.2p1',
    '10:00:00',
    'trap-70.example.net',
  ])
    gate(text, store, range, options);
});

test('ordinary words are no host names to hide', () => {
  assert.deepEqual(hiddenHosts(['debian', 'Trap-7', 'pi', 'trap-7', '', '○○○', 'localhost']), ['trap-7']);
});

test('the key of aliases is made once, for its owner only', () => {
  const first = masking('alias', folder, []);
  const file = join(folder, 'state/mask.key');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(masking('alias', folder, []).key, first.key);
  assert.equal(masking('circles', join(folder, 'none'), []).key, undefined);
  assert.ok(!existsSync(join(folder, 'none')));
  rmSync(folder, { recursive: true });
});
