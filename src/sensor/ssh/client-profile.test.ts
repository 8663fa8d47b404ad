// What is kept of a client: HASSH by its definition, lists with bounds, order and time; and nothing of a client that says nothing.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Channel, ClientKexInit } from '../../wire/ssh/ssh.ts';
import { kexFields } from './client-key.ts';
import { ClientProfile } from './client-profile.ts';

const KEXINIT: ClientKexInit = {
  kex: ['curve25519-sha256', 'ext-info-c'],
  hostKey: ['ssh-ed25519', 'ssh-rsa'],
  cipherIn: ['aes128-ctr', 'aes256-ctr'],
  cipherOut: ['aes128-ctr', 'aes256-ctr'],
  macIn: ['hmac-sha2-256'],
  macOut: ['hmac-sha1'],
  compressionIn: ['none'],
  compressionOut: ['none'],
  languageIn: [],
  languageOut: [],
  firstKexPacketFollows: true,
};

test('HASSH is the MD5 of the four lists, and empty lists are one empty name', () => {
  const fields = kexFields(KEXINIT);
  assert.equal(fields.hasshAlgorithms, 'curve25519-sha256,ext-info-c;aes128-ctr,aes256-ctr;hmac-sha2-256;none');
  assert.equal(fields.hassh, createHash('md5').update(fields.hasshAlgorithms).digest('hex'));
  assert.deepEqual(fields.langCS, ['']);
  assert.deepEqual(fields.keyAlgs, KEXINIT.hostKey);
});

test('HASSH hashes bytes, whatever they are', () => {
  const fields = kexFields({ ...KEXINIT, kex: ['\xff\xfe'], cipherIn: [], macIn: [], compressionIn: [] });
  assert.equal(fields.hassh, createHash('md5').update(Buffer.from('fffe3b3b3b', 'hex')).digest('hex'));
  assert.deepEqual(fields.kexAlgs, ["b'\\xff\\xfe'"]);
});

test('a KEXINIT of 256 KiB is hashed whole and written down in part', () => {
  const kex = Array.from({ length: 20_000 }, (_, i) => `kex-${i}`);
  const fields = kexFields({ ...KEXINIT, kex: ['x'.repeat(70_000), ...kex] });
  assert.ok(JSON.stringify(fields).length < 30_000);
  const whole = [['x'.repeat(70_000), ...kex], KEXINIT.cipherIn, KEXINIT.macIn, KEXINIT.compressionIn];
  assert.equal(
    fields.hassh,
    createHash('md5')
      .update(whole.map((list) => list.join()).join(';'))
      .digest('hex'),
  );
});

function profile() {
  let now = 0;
  const subject = new ClientProfile(() => now++);
  return { subject, at: (ms: number) => (now = ms) };
}

test('a client that says nothing has no profile', () => {
  const { subject } = profile();
  assert.equal(subject.summary(), undefined);
  assert.equal(subject.exchange(), undefined);
});

test('order and time', () => {
  const { subject, at } = profile();
  const channel = { peerOffer: { window: 2_097_152, packet: 32_768 } } as Channel;
  subject.spoke();
  subject.spoke();
  subject.ident();
  at(20);
  subject.kexInit(KEXINIT);
  subject.asked('auth', 'none');
  at(40);
  subject.asked('auth', 'publickey');
  const blob = Buffer.from('0000000b7373682d65643235353139', 'hex');
  const offer = {
    user: Buffer.alloc(0),
    service: 'ssh-connection',
    method: 'publickey',
    algorithm: 'ssh-ed25519',
  } as const;
  for (const signed of [false, false, true]) subject.offered({ ...offer, keyType: 'ssh-ed25519', blob, signed });
  subject.asked('open', 'session');
  at(60);
  subject.opened('session', channel);
  subject.asked('request', 'pty-req');
  subject.pty({
    term: Buffer.from('xterm'),
    columns: 80,
    rows: 24,
    widthPixels: 640,
    heightPixels: 480,
    modes: new Map([
      [53, 1],
      [128, 38400],
      [157, 7],
    ]),
  });
  subject.disconnected(11, Buffer.from('bye\xff', 'latin1'));
  const sha256 = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  assert.deepEqual(subject.summary(), {
    first_byte_ms: 0,
    ident_ms: 1,
    kexinit_ms: 20,
    auth_attempts: 2,
    auth_methods: ['none', 'publickey'],
    auth_ms: [21, 40],
    keys: [`ssh-ed25519 SHA256:${sha256} query`, `ssh-ed25519 SHA256:${sha256} signed`],
    asked: ['open session', 'request pty-req'],
    channels: ['session 2097152 32768'],
    first_channel_ms: 60,
    term: 'xterm',
    modes: ['ECHO=1', 'TTY_OP_ISPEED=38400', '157=7'],
    pixels: '640x480',
    disconnect: "11 b'bye\\xff'",
  });
  assert.deepEqual(subject.exchange(), { macSC: ['hmac-sha1'], follows: true });
});

test('no client makes it large', () => {
  const { subject } = profile();
  const long = 'x'.repeat(30_000);
  subject.spoke();
  for (let i = 0; i < 5_000; i++) {
    for (const what of ['auth', 'global', 'open', 'request'] as const) subject.asked(what, `${long}${i}`);
    subject.extInfo([[long, Buffer.alloc(30_000)]]);
    subject.opened('session', { peerOffer: { window: i, packet: i } } as Channel);
    const blob = Buffer.from(`${i}`);
    const offer = {
      user: blob,
      service: '',
      method: 'publickey',
      keyType: long,
      algorithm: long,
      signed: false,
    } as const;
    subject.offered({ ...offer, blob });
  }
  subject.kexInit({ ...KEXINIT, cipherOut: Array(50_000).fill(long.slice(0, 5_000)) });
  subject.disconnected(1, Buffer.alloc(30_000));
  assert.equal(subject.summary()!.auth_attempts, 5_000);
  assert.ok(JSON.stringify([subject.summary(), subject.exchange()]).length < 200_000);
});
