import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FetchRequest } from '../../machine/machine.ts';
import { Budget } from './budget.ts';
import { Fetcher, type FetcherOptions } from './fetcher.ts';
import { publicReach } from './reach.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-fetch-'));
const sample = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7) & 255));
const servers: Server[] = [];
const children: ChildProcess[] = [];
before(() => writeFileSync(join(folder, 'sample'), sample, { mode: 0o644 }));
after(() => {
  for (const server of servers) server.close();
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true });
});

const listening = async (server: Server): Promise<number> => {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
const freePort = async (): Promise<number> => {
  const port = await listening(createTcpServer());
  servers.pop()!.close();
  return port;
};
const serving = (answer: RequestListener) => listening(createServer(answer));

/** A fetcher that may reach this host, unlike any that the sensor makes. */
function fetcher(options: Partial<FetcherOptions> = {}) {
  const kept: Buffer[] = [];
  const made = new Fetcher({
    reach: { allows: (address) => address.startsWith('127.') },
    budget: new Budget({ atOnce: 4, dayBytes: 1 << 20 }, () => 0),
    fileBytes: 1 << 20,
    seconds: 5,
    lookup: async () => ['127.0.0.1'],
    ...options,
  });
  const fetch = (url: string, more: Partial<FetchRequest> = {}) =>
    made.fetch({ tool: 'wget', url, ...more }, (chunk) => kept.push(chunk));
  return { fetch, kept: () => Buffer.concat(kept) };
}

test('HTTP: the file, kept and handed to the program, asked for as wget does', async () => {
  let asked: IncomingMessage | undefined;
  const port = await serving((request, response) => {
    asked = request;
    response.setHeader('Content-Type', 'application/octet-stream').end(sample);
  });
  const { fetch, kept } = fetcher();
  const result = await fetch(`http://bad.example:${port}/a%20b?x=\xe9`, {
    userAgent: 'Wget/1.21.3',
    headers: [
      ['Referer', 'x'],
      ['X-Api-Version', '() { :; }; id'],
    ],
  });
  assert.equal(result.status, 200);
  assert.equal(result.address, '127.0.0.1');
  assert.deepEqual(kept(), sample);
  assert.equal(result.answer.outcome === 'response' && result.answer.body, sample.toString('latin1'));
  assert.equal(asked!.url, '/a%20b?x=%E9');
  assert.deepEqual(asked!.rawHeaders, [
    ...['User-Agent', 'Wget/1.21.3', 'Accept', '*/*', 'Accept-Encoding', 'identity', 'Host', `bad.example:${port}`],
    ...['Connection', 'Keep-Alive', 'Referer', 'x'],
  ]);
});

test('HTTP: as curl', async () => {
  let headers: string[] = [];
  const port = await serving((request, response) => {
    headers = request.rawHeaders;
    response.end();
  });
  await fetcher().fetch(`http://127.0.0.1:${port}/`, { tool: 'curl', userAgent: 'curl/7.88.1' });
  assert.deepEqual(headers, ['Host', `127.0.0.1:${port}`, 'User-Agent', 'curl/7.88.1', 'Accept', '*/*']);
});

test('a redirect is the program’s to follow', async () => {
  let requests = 0;
  const port = await serving((_, response) => {
    requests++;
    response.writeHead(302, { Location: 'http://127.0.0.1/' }).end();
  });
  const { answer } = await fetcher().fetch(`http://a.example:${port}/`);
  assert.equal(answer.outcome === 'response' && answer.status, 302);
  assert.equal(requests, 1);
});

test('a file is cut at its limit, at the day’s bytes, and at the time', async () => {
  const port = await serving((request, response) => {
    if (request.url === '/slow') return void response.write('x');
    const more = () => {
      while (response.writable && response.write(Buffer.alloc(8192)));
    };
    response.on('drain', more);
    more();
  });
  const small = fetcher({ fileBytes: 10_000 });
  assert.deepEqual(pick(await small.fetch(`http://a.example:${port}/`)), { why: 'cut off', bytes: 10_000 });
  assert.equal(small.kept().length, 10_000);

  let day = 0;
  const budget = new Budget({ atOnce: 1, dayBytes: 20_000 }, () => day * 86_400_000);
  const daily = fetcher({ budget });
  assert.equal((await daily.fetch(`http://a.example:${port}/`)).why, 'cut off');
  assert.equal((await daily.fetch(`http://a.example:${port}/`)).denied, 'budget spent');
  day++;
  assert.equal((await daily.fetch(`http://a.example:${port}/`)).why, 'cut off');

  assert.equal((await fetcher({ seconds: 0.3 }).fetch(`http://a.example:${port}/slow`)).why, 'cut off');
});
const pick = ({ why, bytes }: { why?: string; bytes: number }) => ({ why, bytes });

test('only so many at once', async () => {
  const port = await serving(() => {});
  const { fetch } = fetcher({ budget: new Budget({ atOnce: 1, dayBytes: 1e6 }, () => 0), seconds: 0.3 });
  const [first, second] = await Promise.all([1, 2].map(() => fetch(`http://a.example:${port}/`)));
  assert.equal(first!.denied, undefined);
  assert.equal(second!.denied, 'budget spent');
});

const refused: [
  what: string,
  request: Partial<FetchRequest> & { url: string },
  options: Partial<FetcherOptions>,
  why: RegExp,
][] = [
  ['a POST', { url: 'http://a.example/', method: 'POST', body: 'x' }, {}, /sends something/],
  ['an upload', { url: 'ftp://a.example/x', method: 'PUT', body: 'x' }, {}, /sends something/],
  ['a raw connection', { url: 'tcp://a.example:25' }, {}, /no URL/],
  ['gopher', { url: 'gopher://a.example/' }, {}, /no URL/],
  ['a local file', { url: 'file:///etc/passwd' }, {}, /no URL/],
  [
    'this host',
    { url: 'http://127.0.0.1/' },
    { reach: publicReach([], []), lookup: async (host) => [host] },
    /not allowed/,
  ],
  [
    'this host in hexadecimal',
    { url: 'http://0x7f.1/' },
    { reach: publicReach([], []), lookup: async (host) => [host] },
    /not allowed/,
  ],
  [
    'a name that is also a private address',
    { url: 'http://rebind.example/' },
    { reach: publicReach([], []), lookup: async () => ['8.8.8.8', '10.0.0.1'] },
    /not allowed/,
  ],
  [
    'the metadata service by IPv6',
    { url: 'http://[::ffff:a9fe:a9fe]/' },
    { reach: publicReach([], []), lookup: async (host) => [host] },
    /not allowed/,
  ],
];
for (const [what, request, options, why] of refused)
  test(`${what} is not fetched`, async () => {
    const { denied, answer, bytes } = await fetcher(options).fetch(request.url, request);
    assert.match(denied ?? '', why);
    assert.equal(answer.outcome, 'unreachable');
    assert.equal(bytes, 0);
  });

/** Ways to write an address of this host, a private one or the metadata service; names are resolved as the sensor does. */
const DISGUISED = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://0x7f.1/',
  'http://0x7f000001/',
  'http://2130706433/',
  'http://017700000001/',
  'http://0177.0.0.01/',
  'http://0/',
  'http://0.0.0.0/',
  'http://localhost/',
  'http://LOCALHOST./',
  'http://127.0.0.1./',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[0:0:0:0:0:ffff:7f00:1]/',
  'http://[::ffff:a9fe:a9fe]/latest/meta-data/',
  'http://[64:ff9b::10.0.0.1]/',
  'http://[2002:7f00:1::]/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://good.example@127.0.0.1/',
  'http://good.example:80@127.0.0.1/',
  'http://127.0.0.1\\@good.example/',
  'http://127.0.0.1#@good.example/',
  'http://127.0.0.1?@good.example/',
  'http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/',
  'http://%31%32%37.0.0.1/',
  'http:127.0.0.1/',
  'http:////127.0.0.1/',
  '\thttp://127.0.0.1/',
  'ht\ntp://127.0.0.1/',
  'https://0x7f000001/',
  'ftp://0x7f000001/x',
  'tftp://0x7f000001/x',
  'tftp://127.1/x',
  'tftp://2130706433/x',
  'tftp://[::1]/x',
];
test('no way to write it leads to this host, a private address or the metadata service', async () => {
  const asked: string[] = [];
  const { fetch } = fetcher({
    reach: publicReach([], []),
    lookup: async (host) => {
      asked.push(host);
      return (await lookup(host, { all: true })).map(({ address }) => address);
    },
  });
  for (const url of DISGUISED) {
    const { denied, answer, bytes } = await fetch(url);
    assert.ok(denied !== undefined || answer.outcome === 'unresolved', url);
    assert.notEqual(answer.outcome, 'response', url);
    assert.equal(bytes, 0, url);
  }
  assert.ok(asked.length > 30, 'hardly any of them was looked at');
});

test('a name is resolved once, and only its address is connected to', async () => {
  const port = await serving((_, response) => void response.end('x'));
  let asked = 0;
  const { fetch } = fetcher({
    // Whoever asked again would be led elsewhere.
    lookup: async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']),
  });
  const { status, address } = await fetch(`http://rebind.example:${port}/`);
  assert.deepEqual([status, address, asked], [200, '127.0.0.1', 1]);
});

test('ports of other services are not asked', async () => {
  const { fetch } = fetcher();
  for (const port of [0, 22, 23, 25, 445, 3306, 6379, 6667])
    assert.equal((await fetch(`http://a.example:${port}/`)).denied, 'port not allowed', String(port));
  assert.equal((await fetch('http://a.example:65536/')).denied, 'no URL that is fetched');
});

test('one attacker has a share of the day and of the hour', async () => {
  const port = await serving((_, response) => void response.end(Buffer.alloc(3_000)));
  let now = 0;
  const budget = new Budget({ atOnce: 4, dayBytes: 20_000, perSource: { anHour: 2, ofDay: 0.25 } }, () => now);
  const made = new Fetcher({
    reach: { allows: () => true },
    budget,
    fileBytes: 1 << 20,
    seconds: 5,
    lookup: async () => ['127.0.0.1'],
  });
  const ask = async (source: string) => {
    const { bytes, denied } = await made.fetch({ tool: 'wget', url: `http://a.example:${port}/` }, () => {}, source);
    return denied ?? bytes;
  };
  assert.deepEqual(
    [await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')],
    [3000, 3000, 'budget spent'],
  );
  assert.equal(await ask('192.0.2.2'), 3000);
  now += 3_600_000;
  assert.equal(await ask('192.0.2.1'), 'budget spent', 'its bytes are those of the day');
  assert.equal(await ask('192.0.2.2'), 3000);
  // A customer of IPv6 has a whole /64.
  assert.deepEqual(
    [await ask('2001:db8::1'), await ask('2001:db8::2'), await ask('2001:db8:0:0:9::')],
    [3000, 3000, 'budget spent'],
  );
  now += 86_400_000;
  assert.equal(await ask('192.0.2.1'), 3000);
});

test('servers that want to hold us: drops of headers, endless headers, endless informational answers, a bomb', async () => {
  const answering = (talk: (socket: Socket) => void) =>
    listening(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => talk(socket));
      }),
    );
  const often = (socket: Socket, text: string, ms: number) => {
    const timer = setInterval(() => socket.write(text), ms);
    socket.on('close', () => clearInterval(timer));
  };
  const slow = await answering((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    often(socket, 'X', 20);
  });
  assert.equal((await fetcher({ seconds: 0.4 }).fetch(`http://a.example:${slow}/`)).answer.outcome, 'unreachable');
  const endless = await answering((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    often(socket, `X: ${'y'.repeat(8_000)}\r\n`, 1);
  });
  const headers = await fetcher().fetch(`http://a.example:${endless}/`);
  assert.deepEqual([headers.answer.outcome, headers.why], ['unreachable', 'HPE_HEADER_OVERFLOW']);
  const informing = await answering((socket) => often(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n', 1));
  assert.equal((await fetcher({ seconds: 0.4 }).fetch(`http://a.example:${informing}/`)).answer.outcome, 'unreachable');
  // What is packed is kept as it came.
  const bomb = gzipSync(Buffer.alloc(64 << 20));
  const packed = await serving((_, response) => void response.setHeader('Content-Encoding', 'gzip').end(bomb));
  assert.equal((await fetcher().fetch(`http://a.example:${packed}/`)).bytes, bomb.length);
});

test('nobody listens; the name does not exist; the answer is no HTTP', async () => {
  const port = await freePort();
  assert.equal((await fetcher().fetch(`http://a.example:${port}/`)).answer.outcome, 'refused');
  const nameless = fetcher({ lookup: () => Promise.reject(new Error('ENOTFOUND')) });
  assert.equal((await nameless.fetch('http://a.example/')).answer.outcome, 'unresolved');
  const odd = await listening(createTcpServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-x\r\n')));
  assert.equal((await fetcher().fetch(`http://a.example:${odd}/`)).answer.outcome, 'unreachable');
});

const openssl = spawnSync('openssl', ['version']).status === 0;
test('HTTPS: any certificate will do, and is recorded', {
  skip: openssl ? false : 'openssl is not installed',
}, async () => {
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=x', '-days', '1'],
    { stdio: 'ignore' },
  );
  const port = await listening(
    createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => void response.end('ok')),
  );
  const { answer, tls } = await fetcher().fetch(`https://a.example:${port}/`);
  assert.equal(answer.outcome === 'response' && answer.body, 'ok');
  const print = execFileSync('openssl', ['x509', '-in', cert, '-noout', '-fingerprint', '-sha256']).toString();
  assert.equal(tls, print.split('=')[1]!.trim().replaceAll(':', '').toLowerCase());
});

const pyftpdlib = spawnSync('/usr/bin/python3', ['-c', 'import pyftpdlib']).status === 0;
test('FTP, from a real server', { skip: pyftpdlib ? false : 'python3-pyftpdlib is not installed' }, async () => {
  const port = await freePort();
  children.push(
    spawn('/usr/bin/python3', ['-m', 'pyftpdlib', '-i', '127.0.0.1', '-p', String(port), '-d', folder], {
      stdio: 'ignore',
    }),
  );
  await opened(port);
  const { fetch, kept } = fetcher();
  const { status, bytes } = await fetch(`ftp://anonymous:x@a.example:${port}/sample`, { tool: 'ftpget' });
  assert.deepEqual([status, bytes], [226, sample.length]);
  assert.deepEqual(kept(), sample);
  const missing = await fetch(`ftp://a.example:${port}/nothing`);
  assert.equal(missing.answer.outcome === 'response' && missing.answer.status, 550);
});

test('FTP: a server that sends us elsewhere is not followed', async () => {
  const replies: Record<string, string> = {
    PASV: '227 Entering Passive Mode (192,0,2,7,4,1)',
    EPSV: '500 no',
    USER: '230 in',
    TYPE: '200 ok',
    FEAT: '500 no',
  };
  const port = await listening(
    createTcpServer((socket) => {
      socket.on('error', () => {}).write('220 hello\r\n');
      socket.on('data', (line) => socket.write(`${replies[line.toString().slice(0, 4)] ?? '200 ok'}\r\n`));
    }),
  );
  const { answer, why } = await fetcher().fetch(`ftp://a.example:${port}/x`);
  assert.equal(answer.outcome, 'unreachable');
  assert.match(why!, /PASV returned anothe/);
});

const tftpd = process.getuid?.() === 0 && spawnSync('in.tftpd', ['-V']).status === 0;
test('TFTP, from a real server', { skip: tftpd ? false : 'tftpd-hpa is not installed, or not root' }, async () => {
  const port = await freePort();
  execFileSync('chmod', ['755', folder]);
  children.push(spawn('in.tftpd', ['-L', '-a', `127.0.0.1:${port}`, '-s', folder, '-u', 'root'], { stdio: 'ignore' }));
  const { fetch, kept } = fetcher({ seconds: 10 });
  const { status, bytes } = await fetch(`tftp://a.example:${port}/sample`, { tool: 'tftp' });
  assert.deepEqual([status, bytes], [226, sample.length]);
  assert.deepEqual(kept(), sample);
  const missing = await fetch(`tftp://a.example:${port}/nothing`);
  assert.equal(missing.answer.outcome === 'response' && missing.answer.reason, 'File not found');
});

test('TFTP: silence ends at the time limit', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { answer, why } = await fetcher({ seconds: 0.3 }).fetch(`tftp://a.example:${socket.address().port}/x`);
  assert.equal(answer.outcome, 'unreachable');
  assert.equal(why, 'timeout');
  socket.close();
});

async function opened(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (up) return;
    await sleep(50);
  }
}
