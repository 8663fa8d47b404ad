// Real clients against a tiny server: each algorithm offered, sessions, re-keying; then broken protocol, which must end politely.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ServerConnection } from './connection.ts';
import { generateHostKey, loadHostKey } from './hostkey.ts';
import { MARKERS } from './kexinit.ts';
import { loadProfile, parseProfile } from './profile.ts';
import type { AuthRequest, Environment, ServerHandler } from './ssh.ts';

const path = fileURLToPath(new URL('../../../personas/ssh/openssh-9.2p1-debian12.json', import.meta.url));
const profile = loadProfile(path);
const hostKeys = [
  await generateHostKey('ssh-rsa', 2048),
  await generateHostKey('ecdsa-sha2-nistp256'),
  loadHostKey((await generateHostKey('ssh-ed25519')).toPem()),
];
const environment: Environment = {
  now: () => performance.now(),
  random: (bytes) => randomBytes(bytes),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const password = (request: AuthRequest) =>
  request.method === 'password'
    ? request.password
    : request.method === 'keyboard-interactive'
      ? request.responses[0]
      : undefined;

/** Echoes, runs nothing, lets `secret` in. */
function handler(heard: string[]): ServerHandler {
  return {
    violation: ({ layer, reason }) => void heard.push(`${layer}: ${reason}`),
    authenticate: async (request) => (password(request)?.toString() === 'secret' ? 'accept' : 'refuse'),
    session: (channel) => ({
      pty: () => true,
      exec(command) {
        const text = command.toString();
        if (text === 'cat') return true;
        channel.write(text === 'big' ? Buffer.alloc(1_000_000, 'x') : Buffer.from(`ran ${text}\n`));
        channel.writeError(Buffer.from('warning\n'));
        if (text === 'die') channel.exitSignal('KILL');
        else channel.exit(7);
        return true;
      },
      shell() {
        channel.write(Buffer.from('$ '));
        return true;
      },
      subsystem: (name) => name.toString() === 'echo',
      data(chunk) {
        if (chunk.includes('logout')) channel.exit(3);
        else channel.write(chunk);
      },
      end: () => channel.exit(0),
    }),
    forward: (target, channel) => ({
      data() {
        channel.write(Buffer.from(target.kind === 'tcp' ? `${target.host}:${target.port}\n` : `${target.path}\n`));
        channel.close();
      },
    }),
  };
}

const heard: string[] = [];
let offered = profile;
const server = createServer((socket) => {
  socket.setNoDelay(true);
  const connection = new ServerConnection({ profile: offered, hostKeys, environment }, handler(heard), {
    send: (bytes) => socket.write(bytes),
    close: () => void socket.end(),
  });
  socket.on('data', (chunk) => connection.receive(chunk));
  socket.on('drain', () => connection.drained());
  socket.on('end', () => connection.end());
  socket.on('close', () => connection.close());
  socket.on('error', () => connection.close());
});
let port = '';

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = String((server.address() as AddressInfo).port);
});
after(() => server.close());

interface Outcome {
  code: number;
  out: Buffer;
  error: string;
}

function run(program: string, args: string[], input: Buffer | string = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { encoding: 'buffer', timeout: 15_000, maxBuffer: 16 * 1024 * 1024 },
      (error, out, text) => resolve({ code: error ? Number(error.code ?? -1) : 0, out, error: text.toString() }),
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

const quiet = ['-F', 'none', '-q', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
const ssh = (options: string[], command: string[], input?: Buffer | string) =>
  run('sshpass', ['-p', 'secret', 'ssh', ...quiet, '-p', port, ...options, 'root@127.0.0.1', ...command], input);

const absent = (...programs: string[]) => {
  const missing = programs.filter((program) => !existsSync(`/usr/bin/${program}`));
  return missing.length > 0 ? `${missing.join(', ')} not installed` : false;
};
const skip = absent('ssh', 'sshpass');

const algorithms: [name: string, options: string[]][] = [
  ...profile.kex
    .filter((name) => !MARKERS.includes(name))
    .map((name): [string, string[]] => [name, ['-o', `KexAlgorithms=${name}`]]),
  ...profile.hostKey.map((name): [string, string[]] => [name, ['-o', `HostKeyAlgorithms=${name}`]]),
  ...profile.cipher.map((name): [string, string[]] => [name, ['-c', name]]),
  ...profile.mac.map((name): [string, string[]] => [name, ['-c', 'aes128-ctr', '-m', name]]),
  ['zlib@openssh.com', ['-C']],
];

for (const [name, options] of algorithms)
  test(`OpenSSH with ${name}: 1 MB out, stderr and exit status`, { skip }, async () => {
    const { code, out } = await ssh(options, ['big']);
    assert.equal(out.length, 1_000_000);
    assert.equal(code, 7);
  });

test('OpenSSH re-keys while data flows both ways', { skip }, async () => {
  // Its client waits a quarter of a second at each re-keying, with sshd as well.
  const data = randomBytes(500_000);
  for (const more of [[], ['-C']])
    assert.ok((await ssh(['-o', 'RekeyLimit=200K', ...more], ['cat'], data)).out.equals(data));
});

test('OpenSSH: a shell on a terminal, a subsystem, a signal, a forward', { skip }, async () => {
  const shell = await ssh(['-tt'], [], 'logout\n');
  assert.equal(shell.code, 3);
  assert.match(shell.out.toString(), /^\$ /);
  assert.equal((await ssh(['-s'], ['echo'], 'hello')).out.toString(), 'hello');
  assert.notEqual((await ssh(['-s'], ['sftp'], 'hello')).code, 0);
  assert.equal((await ssh([], ['die'])).code, 255);
  assert.equal((await ssh(['-W', '10.1.2.3:25'], [], 'EHLO\r\n')).out.toString(), '10.1.2.3:25\n');
});

test('OpenSSH: a wrong password is refused, keyboard-interactive works where the profile lists it', {
  skip,
}, async () => {
  const wrong = await run('sshpass', ['-p', 'wrong', 'ssh', ...quiet, '-p', port, 'root@127.0.0.1', 'id']);
  assert.equal(wrong.out.length, 0);
  assert.notEqual(wrong.code, 0);
  offered = { ...profile, authMethods: ['publickey', 'keyboard-interactive'] };
  const asked = await ssh([], ['id']);
  offered = profile;
  assert.equal(asked.out.toString(), 'ran id\n');
});

test('paramiko: exec_command, re-keying, a shell', { skip: absent('python3') }, async (t) => {
  if ((await run('/usr/bin/python3', ['-c', 'import paramiko'])).code !== 0) return t.skip('paramiko not installed');
  // The pause lets paramiko's own thread close the first channel: it deadlocks if it must do so while it re-keys.
  const script = `
import paramiko, time
c = paramiko.SSHClient(); c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
c.connect('127.0.0.1', ${port}, 'root', 'secret', look_for_keys=False, allow_agent=False, timeout=8)
i, o, e = c.exec_command('id'); print(o.read(), e.read(), o.channel.recv_exit_status())
time.sleep(0.3); c.get_transport().renegotiate_keys()
i, o, e = c.exec_command('again'); print(o.read(), o.channel.recv_exit_status()); c.close()`;
  const { out } = await run('/usr/bin/python3', ['-c', script]);
  assert.equal(out.toString(), "b'ran id\\n' b'warning\\n' 7\nb'ran again\\n' 7\n");
});

test('dbclient runs a command', { skip: absent('dbclient', 'sshpass') }, async () => {
  const { code, out } = await run('sshpass', [
    '-p',
    'secret',
    'dbclient',
    '-y',
    '-y',
    '-p',
    port,
    'root@127.0.0.1',
    'id',
  ]);
  assert.equal(out.toString(), 'ran id\n');
  assert.equal(code, 7);
});

test('plink runs a command', { skip: absent('plink') }, async () => {
  const print = createHash('sha256').update(hostKeys[2]!.blob).digest('base64').replace(/=+$/, '');
  const where = ['-ssh', '-batch', '-hostkey', `SHA256:${print}`, '-P', port, '-pw', 'secret', 'root@127.0.0.1', 'id'];
  const { code, out } = await run('plink', where);
  assert.equal(out.toString(), 'ran id\n');
  assert.equal(code, 7);
});

test('no client above broke the protocol', () => assert.deepEqual(heard, []));

/** A connection without a socket: what it sent, what it reported. */
function bare() {
  const sent: Buffer[] = [];
  const reports: string[] = [];
  let closed = 0;
  const connection = new ServerConnection(
    { profile, hostKeys, environment },
    { ...handler(reports), closed: () => void closed++ },
    {
      send(bytes) {
        sent.push(bytes);
        return true;
      },
      close() {},
    },
  );
  return { connection, reports, text: () => Buffer.concat(sent).toString('latin1'), closes: () => closed };
}

/** A packet before any keys. */
function plain(payload: Buffer): Buffer {
  const padding = 8 - ((payload.length + 5) % 8) + 8;
  const packet = Buffer.alloc(5 + payload.length + padding);
  packet.writeUInt32BE(packet.length - 4, 0);
  packet[4] = padding;
  payload.copy(packet, 5);
  return packet;
}

function kexInit(kex: string): Buffer {
  const lists = [
    kex,
    'ssh-ed25519',
    'aes128-ctr',
    'aes128-ctr',
    'hmac-sha2-256',
    'hmac-sha2-256',
    'none',
    'none',
    '',
    '',
  ];
  const parts: Buffer[] = [Buffer.of(20), Buffer.alloc(16)];
  for (const list of lists) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(list.length);
    parts.push(length, Buffer.from(list));
  }
  return Buffer.concat([...parts, Buffer.alloc(5)]);
}

const hello = Buffer.from('SSH-2.0-Go\r\n');
const broken: [name: string, bytes: Buffer, report: RegExp, said: RegExp][] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /^ident: not an SSH/, /\nInvalid SSH identification string\.\r\n$/],
  ['SSH-1', Buffer.from('SSH-1.5-old\r\n'), /^ident: unsupported/, /\nProtocol major versions differ\.\r\n$/],
  ['a packet far too long', Buffer.concat([hello, Buffer.alloc(16, 0xff)]), /packet corrupt/, /^SSH-2\.0-[^\r]+\r\n/],
  ['message 0', Buffer.concat([hello, plain(Buffer.alloc(4))]), /number out of range/, /Invalid ssh2 packet type: 0/],
  ['no common kex', Buffer.concat([hello, plain(kexInit('ntru'))]), /^kex: no matching key exchange method/, /./],
  [
    'IGNORE inside a strict key exchange',
    Buffer.concat([
      hello,
      plain(kexInit('curve25519-sha256,kex-strict-c-v00@openssh.com')),
      plain(Buffer.of(2, 0, 0, 0, 0)),
    ]),
    /^kex: unexpected packet in a strict/,
    /strict KEX violation: unexpected packet type 2 \(seqnr 1\)/,
  ],
];
for (const [name, bytes, report, said] of broken)
  test(`${name} ends the connection with sshd's words`, () => {
    const peer = bare();
    peer.connection.receive(bytes);
    assert.match(peer.reports.join('\n'), report);
    assert.match(peer.text(), said);
    assert.equal(peer.closes(), 1);
  });

test('a message other than KEXINIT before the keys ends the connection without a word', () => {
  const peer = bare();
  peer.connection.receive(hello);
  const before = peer.text().length;
  peer.connection.receive(plain(Buffer.of(50, 0, 0, 0, 0)));
  assert.equal(peer.text().length, before);
  assert.equal(peer.closes(), 1);
});

test('mutated packets never throw and close at most once', () => {
  const init = plain(kexInit('curve25519-sha256'));
  const exchange = plain(Buffer.concat([Buffer.of(30, 0, 0, 0, 32), Buffer.alloc(32, 9)]));
  const seed = Buffer.concat([hello, init, exchange, plain(Buffer.of(21))]);
  const end = performance.now() + 1500;
  let state = 12345;
  const dice = (sides: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % sides;
  };
  for (let round = 0; round < 3000 && performance.now() < end; round++) {
    const bytes = Buffer.from(seed);
    for (let i = dice(6); i >= 0; i--) bytes[dice(bytes.length)] = dice(256);
    const peer = bare();
    const cut = dice(bytes.length);
    peer.connection.receive(bytes.subarray(0, cut));
    peer.connection.receive(bytes.subarray(cut));
    peer.connection.end();
    peer.connection.receive(bytes);
    peer.connection.close();
    assert.equal(peer.closes(), 1);
  }
});

test('a profile says what is wrong with it', () => {
  const json = JSON.stringify({ ...profile, kex: ['rot13'] });
  assert.throws(
    () => parseProfile(json, 'x.json', () => ''),
    /x\.json: kex: expected an algorithm that is built in, found "rot13"/,
  );
});
