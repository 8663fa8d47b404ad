// What each heralded service says to a visitor, byte by byte, and the attempts it hears; hostile input ends or is bounded.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HERALDED, type HeraldedProtocol } from '../../event/event.ts';
import { type Attempt, services } from './herald.ts';

interface Played {
  said: string;
  attempts: string[];
  violations: string[];
  ended: boolean;
}

const shown = ({ username, password, proof }: Attempt) =>
  [username?.toString('latin1') ?? '-', password?.toString('latin1') ?? '-', ...(proof ? [proof.scheme] : [])].join(
    '/',
  );

/** Plays a conversation; delays pass at once, `random` is always the same. */
async function play(protocol: HeraldedProtocol, sent: readonly (string | Buffer)[]): Promise<Played> {
  const played: Played = { said: '', attempts: [], violations: [], ended: false };
  const receive = services[protocol]({
    address: '192.0.2.9',
    hostname: 'web1',
    send: (data) => {
      if (!played.ended) played.said += typeof data === 'string' ? data : data.toString('latin1');
    },
    attempt: (attempt) => played.attempts.push(shown(attempt)),
    end: () => {
      played.ended = true;
    },
    violation: (reason) => played.violations.push(reason),
    after: (_, run) => setImmediate(run),
    closed: () => {},
    random: (bytes) => Buffer.alloc(bytes, 0x41),
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 2));
  await settle();
  for (const piece of sent) {
    receive(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    await settle();
  }
  await settle();
  return played;
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');

interface Case {
  protocol: HeraldedProtocol;
  name: string;
  sent: (string | Buffer)[];
  said: RegExp;
  attempts: string[];
  ended?: boolean;
}

const mysqlLogin = (name: string, response: Buffer): Buffer => {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(0x000aa285, 0);
  const body = Buffer.concat([head, Buffer.from(`${name}\0`, 'latin1'), Buffer.from([response.length]), response]);
  const length = Buffer.alloc(4);
  length.writeUIntLE(body.length, 0, 3);
  length[3] = 1;
  return Buffer.concat([length, body]);
};
const startup = (...words: string[]): Buffer => {
  const body = Buffer.from(`\0\x03\0\0${words.map((word) => `${word}\0`).join('')}\0`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
};

const CASES: Case[] = [
  {
    protocol: 'ftp',
    name: 'three passwords, then the door',
    sent: ['SYST\r\nUSER anonymous\r\nPASS a@b c\r\n', 'USER root\nPASS \nUSER x\r\nPASS y\r\n'],
    said: /^220 \(vsFTPd 3\.0\.3\)\r\n530 Please login with USER and PASS\.\r\n331 Please specify the password\.\r\n530 Login incorrect\.\r\n331 /,
    attempts: ['anonymous/a@b c', 'root/', 'x/y'],
    ended: true,
  },
  {
    protocol: 'ftp',
    name: 'PASS without USER',
    sent: ['PASS x\r\nQUIT\r\n'],
    said: /503 Login with USER first\.\r\n221 Goodbye\.\r\n$/,
    attempts: [],
    ended: true,
  },
  {
    protocol: 'http',
    name: 'Basic, with a colon in the password, and none at all',
    sent: [
      `GET /admin HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${base64('admin:a:b')}\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    said: /^HTTP\/1\.1 401 Unauthorized\r\nServer: nginx\r\n[\s\S]*WWW-Authenticate: Basic realm="Restricted"\r\n[\s\S]*HTTP\/1\.1 401/,
    attempts: ['admin/a:b'],
  },
  {
    protocol: 'http',
    name: 'no HTTP',
    sent: ['\x16\x03\x01\x02\x00\x01\r\n\r\n'],
    said: /^HTTP\/1\.1 400 Bad Request/,
    attempts: [],
    ended: true,
  },
  {
    protocol: 'pop3',
    name: 'USER and PASS, then AUTH PLAIN with and without an initial answer',
    sent: ['USER a\r\nPASS b c\r\n', `AUTH PLAIN ${base64('\0u\0p')}\r\n`, `AUTH PLAIN\r\n${base64('z\0v\0q')}\r\n`],
    said: /^\+OK Dovecot \(Debian\) ready\.\r\n\+OK\r\n-ERR \[AUTH\] Authentication failed\.\r\n-ERR \[AUTH\] Authentication failed\.\r\n\+ \r\n-ERR/,
    attempts: ['a/b c', 'u/p', 'v/q'],
  },
  {
    protocol: 'imap',
    name: 'LOGIN with quoted strings, with literals, AUTHENTICATE LOGIN',
    sent: [
      'a1 LOGIN "ro ot" "p\\"w"\r\n',
      'a2 LOGIN {4}\r\n',
      'root {3+}\r\nabc\r\n',
      `a3 AUTHENTICATE LOGIN\r\n`,
      `${base64('u')}\r\n${base64('p')}\r\n`,
      'a4 LOGOUT\r\n',
    ],
    said: /a1 NO \[AUTHENTICATIONFAILED\][\s\S]*\+ OK\r\na2 NO[\s\S]*\+ VXNlcm5hbWU6\r\n\+ UGFzc3dvcmQ6\r\na3 NO[\s\S]*a4 OK Logout completed\.\r\n$/,
    attempts: ['ro ot/p"w', 'root/abc', 'u/p'],
    ended: true,
  },
  {
    protocol: 'smtp',
    name: 'AUTH LOGIN, PLAIN, CRAM-MD5, and mail without any',
    sent: [
      'EHLO x\r\nMAIL FROM:<a@b>\r\n',
      `AUTH LOGIN\r\n${base64('info')}\r\n${base64('info1')}\r\n`,
      `AUTH PLAIN ${base64('\0a\0b')}\r\n`,
      `AUTH CRAM-MD5\r\n${base64('tim b913a602c7eda7a495b4e6e7334d3890')}\r\n`,
    ],
    said: /^220 web1 ESMTP Postfix[\s\S]*250-AUTH PLAIN LOGIN CRAM-MD5\r\n[\s\S]*530 5\.7\.0 Authentication required\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n535 5\.7\.8/,
    attempts: ['info/info1', 'a/b', 'tim/-/cram-md5'],
  },
  {
    protocol: 'mysql',
    name: 'a scramble',
    sent: [mysqlLogin('root', Buffer.alloc(20, 7))],
    said: /^[\s\S]{4}\n5\.5\.5-10\.11\.6-MariaDB[\s\S]*#28000Access denied for user 'root'@'192\.0\.2\.9' \(using password: YES\)$/,
    attempts: ['root/-/mysql_native_password'],
    ended: true,
  },
  {
    protocol: 'mysql',
    name: 'no password',
    sent: [mysqlLogin('root', Buffer.alloc(0))],
    said: /\(using password: NO\)$/,
    attempts: ['root/'],
    ended: true,
  },
  {
    protocol: 'postgresql',
    name: 'TLS asked first, then a password in clear',
    sent: [
      Buffer.from('0000000804d2162f', 'hex'),
      startup('user', 'postgres', 'database', 'x'),
      Buffer.from('p\0\0\0\x0bsecret\0', 'latin1'),
    ],
    said: /^NR\0\0\0\x08\0\0\0\x03E[\s\S]*C28P01\0Mpassword authentication failed for user "postgres"\0/,
    attempts: ['postgres/secret'],
    ended: true,
  },
  {
    protocol: 'redis',
    name: 'AUTH by line, by array, with a user; INFO needs it',
    sent: ['INFO\r\nAUTH foobared\r\n', '*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$3\r\na\r\n\r\n', 'QUIT\r\n'],
    said: /^-NOAUTH Authentication required\.\r\n-WRONGPASS [^\r]*\r\n-WRONGPASS [^\r]*\r\n\+OK\r\n$/,
    attempts: ['default/foobared', 'u/a\r\n'],
    ended: true,
  },
  {
    protocol: 'vnc',
    name: 'version 3.8',
    sent: ['RFB 003.008\n', '\x02', 'R'.repeat(16)],
    said: /^RFB 003\.008\n\x01\x02A{16}\0\0\0\x01\0\0\0\x15Authentication failed$/,
    attempts: ['-/-/vnc'],
    ended: true,
  },
  {
    protocol: 'vnc',
    name: 'version 3.3',
    sent: [`RFB 003.003\n${'R'.repeat(16)}`],
    said: /^RFB 003\.008\n\0\0\0\x02A{16}\0\0\0\x01$/,
    attempts: ['-/-/vnc'],
    ended: true,
  },
  {
    protocol: 'rdp',
    name: 'the cookie of the connection request',
    sent: [Buffer.from(`\x03\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=hello\r\n\x01\0\x08\0\x03\0\0\0`, 'latin1')],
    said: /^\x03\0\0\x13\x0e\xd0/,
    attempts: ['hello/-'],
    ended: true,
  },
];

for (const { protocol, name, sent, said, attempts, ended = false } of CASES)
  test(`${protocol}: ${name}`, async () => {
    const played = await play(protocol, sent);
    assert.match(played.said, said);
    assert.deepEqual(played.attempts, attempts);
    assert.equal(played.ended, ended);
  });

describe('hostile input', () => {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  for (const protocol of HERALDED) {
    test(`${protocol}: a megabyte without an end is cut`, async () => {
      const played = await play(
        protocol,
        Array.from({ length: 16 }, () => Buffer.alloc(65_536, 0x41)),
      );
      assert.ok(played.ended, played.said.slice(0, 200));
    });
    test(`${protocol}: random bytes throw nothing`, async () => {
      for (let i = 0; i < 20; i++) {
        const pieces = Array.from({ length: 4 }, () => {
          const noise = Buffer.from(
            Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)),
          );
          const known = CASES.filter((one) => one.protocol === protocol).flatMap((one) =>
            one.sent.map((s) => Buffer.from(s as string, 'latin1')),
          );
          return random() < 0.5
            ? noise
            : Buffer.concat([
                known[Math.floor(random() * known.length)]!.subarray(0, Math.floor(random() * 40)),
                noise,
              ]);
        });
        await play(protocol, pieces);
      }
    });
  }
});
