// The parts of forwarding: where targets lead, how TLS and HTTP begin, and what canned services say; tables of cases.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Machine } from '../../machine/machine.ts';
import { type ClientHello, LONGEST_HELLO, readClientHello } from './client-hello.ts';
import { destinationOf, parseAddress } from './destination.ts';
import type { NearEnd } from './far-end.ts';
import { type HttpOpening, Opening, type TlsOpening } from './opening.ts';
import { loadServices, Services } from './services.ts';

const listening = (protocol: string, local: string, localPort: number, program: string) => ({
  protocol,
  local,
  localPort,
  program,
  state: 'LISTEN',
});
const machine = {
  identity: { address: '172.31.5.9', hostname: 'ip-172-31-5-9' },
  network: {
    interfaces: [
      { loopback: true, ipv6: '::1' },
      { loopback: false, ipv6: 'fe80::1' },
    ],
    sockets: () => [
      listening('tcp', '0.0.0.0', 22, 'sshd'),
      listening('tcp6', '::', 22, 'sshd'),
      listening('tcp', '127.0.0.53', 53, 'systemd-resolve'),
      listening('tcp', '127.0.0.1', 25, 'master'),
      { ...listening('udp', '0.0.0.0', 68, 'dhclient'), state: 'UNCONN' },
    ],
    resolve: (name: string) => ({ localhost: '127.0.0.1', 'example.com': '93.184.216.34' })[name],
  },
} as unknown as Machine;

const TARGETS: [host: string, port: number, leads: string][] = [
  ['localhost', 22, 'service sshd'],
  ['127.0.0.1', 22, 'service sshd'],
  ['127.9.9.9', 22, 'service sshd'],
  ['172.31.5.9', 22, 'service sshd'],
  ['::1', 22, 'service sshd'],
  ['::', 22, 'service sshd'],
  ['::ffff:127.0.0.1', 22, 'service sshd'],
  ['::ffff:7f00:1', 22, 'service sshd'],
  ['0', 22, 'service sshd'],
  ['0x7f.1', 22, 'service sshd'],
  ['2130706433', 22, 'service sshd'],
  ['127.0.0.1', 25, 'service master'],
  ['::1', 25, 'refused Connection refused'],
  ['172.31.5.9', 25, 'refused Connection refused'],
  ['127.0.0.53', 53, 'service systemd-resolve'],
  ['127.0.0.1', 53, 'refused Connection refused'],
  ['127.0.0.1', 68, 'refused Connection refused'],
  ['localhost', 80, 'refused Connection refused'],
  ['127.0.0.1', 0, 'refused Connection refused'],
  ['198.51.100.7', 0, 'refused Connection refused'],
  ['example.com', 443, 'outside 93.184.216.34'],
  ['198.51.100.7', 443, 'outside 198.51.100.7'],
  ['10.0.0.1', 22, 'outside 10.0.0.1'],
  ['nowhere.invalid', 80, 'refused Name or service not known'],
  ['', 80, 'refused Name or service not known'],
  ['300.1.1.1', 80, 'refused Name or service not known'],
  ['1:2:3', 80, 'refused Name or service not known'],
  ['224.0.0.1', 80, 'refused '],
  ['255.255.255.255', 80, 'refused '],
  ['2001:db8::1', 80, 'refused '],
  ['fe80::2', 22, 'refused '],
];

for (const [host, port, leads] of TARGETS)
  test(`${host || 'nothing'}:${port} leads to ${leads}`, () => {
    const to = destinationOf(machine, host, port);
    const what = to.kind === 'refused' ? to.text : to.kind === 'service' ? to.program : to.address;
    assert.equal(`${to.kind} ${what}`, leads);
    if (to.kind === 'outside') assert.ok(to.delay >= 3 && to.delay < 200);
  });

const ADDRESSES: [text: string, address: string | undefined][] = [
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.519', '192.0.2.7'],
  ['192.519', '192.0.2.7'],
  ['0300.0.2.7', '192.0.2.7'],
  ['0xC0.0.0x2.7', '192.0.2.7'],
  ['3221226002', '192.0.2.18'],
  ['4294967295', '255.255.255.255'],
  ['4294967296', undefined],
  ['256.0.0.1', undefined],
  ['1.2.3.256', undefined],
  ['1.2.65536', undefined],
  ['089.0.0.1', undefined],
  ['1.2.3.4.5', undefined],
  ['1..2', undefined],
  ['', undefined],
  ['a.b', undefined],
];

for (const [text, address] of ADDRESSES)
  test(`inet_aton(${JSON.stringify(text)})`, () => {
    assert.equal(parseAddress(text), address);
  });

/** What a real client sends to a port that only listens. */
async function helloOf(command: (port: number) => [string, string[]]): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [program, args] = command((server.address() as { port: number }).port);
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  const [socket] = await once(server, 'connection');
  const [chunk] = await once(socket, 'data');
  child.kill();
  socket.destroy();
  server.close();
  return chunk as Buffer;
}

const has = (program: string) => {
  try {
    execFileSync('which', [program]);
    return false;
  } catch {
    return `${program} is not installed`;
  }
};

test('the ClientHello of openssl, whole, in pieces and in small records', { skip: has('openssl') }, async () => {
  const whole = await helloOf((port) => [
    'openssl',
    ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'www.example.net', '-alpn', 'h2,http/1.1'],
  ]);
  const expected: ClientHello = {
    serverName: Buffer.from('www.example.net'),
    protocols: [Buffer.from('h2'), Buffer.from('http/1.1')],
    // Which more it offers is its configuration's choice.
    versions: (readClientHello(whole) as ClientHello).versions,
  };
  assert.deepEqual(expected.versions.slice(0, 2), ['TLS 1.3', 'TLS 1.2']);
  assert.deepEqual(readClientHello(whole), expected);
  for (let length = 0; length < whole.length; length++)
    assert.equal(readClientHello(whole.subarray(0, length)), 'more', `${length} bytes`);
  const message = whole.subarray(5);
  for (const size of [1, 3, 100]) {
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += size) {
      const part = message.subarray(at, at + size);
      records.push(Buffer.of(22, 3, 1, part.length >> 8, part.length & 255), part);
    }
    assert.deepEqual(readClientHello(Buffer.concat(records)), expected, `records of ${size} bytes`);
  }
  // Whatever single byte is wrong, the answer is one of three.
  for (let at = 0; at < whole.length; at++)
    for (const value of [0, 1, 0x7f, 0xff]) {
      const broken = Buffer.from(whole);
      broken[at] = value;
      const result = readClientHello(broken);
      assert.ok(result === 'no' || result === 'more' || Array.isArray(result.protocols));
    }
});

test('what is no ClientHello', () => {
  for (const text of [
    'GET / HTTP/1.1\r\n',
    'SSH-2.0-x\r\n',
    '\x16GET',
    '\x16\x03\x01\x00\x04\x02\x00\x00\x00',
    '\x16\x03\x01\x00\x00',
  ])
    assert.equal(readClientHello(Buffer.from(text, 'latin1')), 'no', JSON.stringify(text));
  const endless = Buffer.concat([Buffer.from('160301ffff0100fffb', 'hex'), Buffer.alloc(LONGEST_HELLO)]);
  assert.equal(readClientHello(endless), 'no');
});

function openingOf(chunks: (string | Buffer)[]): (TlsOpening | HttpOpening)[] {
  const told: (TlsOpening | HttpOpening)[] = [];
  const opening = new Opening({ tls: (tls) => told.push(tls), http: (http) => told.push(http) });
  for (const chunk of chunks) opening.take(Buffer.from(chunk as string, 'latin1'));
  opening.end();
  return told;
}

const HTTP: [name: string, sent: string, told: HttpOpening | undefined][] = [
  [
    'a request',
    'GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8\r\n\r\n',
    { method: 'GET', target: '/a?b=c', version: 'HTTP/1.1', host: 'example.com', user_agent: 'curl/8' },
  ],
  ['a CONNECT', 'CONNECT a:443 HTTP/1.0\n\n', { method: 'CONNECT', target: 'a:443', version: 'HTTP/1.0' }],
  ['a request line alone', 'GET / HTTP/1.1\r\n', { method: 'GET', target: '/', version: 'HTTP/1.1' }],
  [
    'odd case and blanks',
    'PUT / HTTP/1.1\r\nHOST:  x  \r\n\r\n',
    { method: 'PUT', target: '/', version: 'HTTP/1.1', host: 'x' },
  ],
  ['no request', 'EHLO x\r\n', undefined],
  ['lower case', 'get / HTTP/1.1\r\n\r\n', undefined],
  ['nothing', '', undefined],
];

for (const [name, sent, told] of HTTP)
  for (const pieces of [[sent], [...sent]])
    test(`HTTP: ${name}${pieces.length > 1 ? ', byte by byte' : ''}`, () => {
      assert.deepEqual(openingOf(pieces), told ? [told] : []);
    });

test('a request is told of once, and with bounds', () => {
  const told = openingOf([
    `GET /${'a'.repeat(2_000)} HTTP/1.1\r\nHost: ${'h'.repeat(5_000)}\r\nX: ${' '.repeat(20_000)}`,
    '\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  ]);
  assert.equal(told.length, 1);
  assert.equal((told[0] as HttpOpening).host?.length, 255);
});

const personas = join(import.meta.dirname, '../../../personas');
const services = loadServices(join(personas, 'debian-12-cloud/services.json'), join(personas, 'services/default.json'));

function talk(port: number, sent: (string | Buffer)[], host = 'mail.example.org'): string {
  let said = '';
  const near: NearEnd = {
    write: (bytes) => {
      said += bytes.toString('latin1');
      return true;
    },
    finish: () => {},
    close: () => {
      said += '[closed]';
    },
    pause: () => {},
  };
  const far = services.at(host, port)(near);
  far.opened?.();
  for (const chunk of sent) far.data(Buffer.from(chunk as string, 'latin1'));
  return said;
}

test('SMTP: a mail goes through, line by line or all at once', () => {
  const lines = [
    'EHLO spam\r\n',
    'MAIL FROM:<a@b.c>\r\n',
    'RCPT TO:<d@e.f>\r\n',
    'DATA\r\n',
    'Subject: x\r\n\r\nQUIT\r\n.\r\n',
    'QUIT\r\n',
  ];
  for (const sent of [lines, [lines.join('')], [...lines.join('')]]) {
    const codes = talk(25, sent)
      .replace(/^250-.*\r\n/gm, '')
      .replace(/^(\d{3}) .*\r\n/gm, '$1 ');
    assert.equal(codes, '220 250 250 250 354 250 221 [closed]');
  }
  assert.match(
    talk(587, ['AUTH LOGIN\r\n', 'dQ==\r\n', 'cA==\r\n', 'X\r\n']),
    /334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 .*\r\n502 /,
  );
  assert.match(talk(25, [], 'a\r\nb{id}.c'), /^220 abid\.c ESMTP/);
});

test('HTTP: a page whose length is what it says', () => {
  for (const [port, request] of [
    [80, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    [9_999, 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc'],
  ] as const) {
    const said = talk(port, [request]);
    const [head = '', body = ''] = said.replace('[closed]', '').split('\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(body.length, Number(/Content-Length: (\d+)/.exec(head)?.[1]));
    assert.ok(said.endsWith('[closed]'));
  }
  const bad = talk(80, ['nonsense\r\n']).replace('[closed]', '').split('\r\n\r\n');
  assert.equal(bad[1]!.length, Number(/Content-Length: (\d+)/.exec(bad[0]!)?.[1]));
});

test('other ports are served by what comes first', () => {
  assert.match(talk(9_999, ['SSH-2.0-x\r\n']), /^$/);
  assert.match(talk(22, []), /^SSH-2\.0-/);
  assert.match(talk(9_999, ['EHLO x\r\n']), /^250-/);
  assert.equal(
    Buffer.from(talk(443, ['\x16\x03\x01\x02\x00\x01']).replace('[closed]', ''), 'latin1').toString('hex'),
    '15030300020228',
  );
  assert.equal(talk(9_999, ['\0\x01\x02 whatever']), '');
});

test('a line without end is cut, and nothing grows', () => {
  assert.match(talk(25, [...Array(200).fill('x'.repeat(10_000)), '\r\n', 'NOOP\r\n']), /^220 .*\r\n502 .*\r\n250 /);
});

test('a client that does not read is not answered any more until it does', () => {
  let written = 0;
  const paused: boolean[] = [];
  const near: NearEnd = {
    write: (bytes) => (written += bytes.length) < 10_000,
    finish: () => {},
    close: () => {},
    pause: (value) => paused.push(value),
  };
  const far = services.at('h', 25)(near);
  far.opened?.();
  for (let i = 0; i < 1_000; i++) far.data(Buffer.from('EHLO x\r\n'.repeat(100)));
  assert.ok(written < 11_000, `${written} bytes`);
  assert.deepEqual(paused, [true]);
  written = 0;
  far.drain?.();
  far.data(Buffer.from('NOOP\r\n'));
  assert.deepEqual([written > 0, paused], [true, [true, false]]);
});

const MISTAKES: [json: object, said: RegExp][] = [
  [{ services: {}, ports: { 25: 'smtp' }, first: [] }, /x\.json: there is no service "smtp"/],
  [
    { services: { a: { states: { start: [{ when: '', next: 'b' }] } } }, ports: {}, first: [] },
    /x\.json: services\.a\.states\.start: there is no state "b"/,
  ],
  [
    { services: { a: { states: { start: [{ wen: '' }] } } }, ports: {}, first: [] },
    /x\.json: services\.a\.states\.start\.0/,
  ],
  [{ services: {}, ports: {} }, /x\.json: first/],
];

for (const [json, said] of MISTAKES)
  test(`a mistake in services.json: ${said.source}`, () => {
    assert.throws(() => new Services(JSON.stringify(json), 'x.json'), said);
  });
