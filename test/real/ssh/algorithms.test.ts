// Every algorithm that a profile can offer, with a real client that has it: some data goes there and back, and the server says what was agreed on.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ciphers } from '../../../src/wire/ssh/cipher.ts';
import { hostKeyTypes } from '../../../src/wire/ssh/hostkey.ts';
import { kexMethods } from '../../../src/wire/ssh/kex.ts';
import { macs } from '../../../src/wire/ssh/mac.ts';
import type { Negotiated } from '../../../src/wire/ssh/ssh.ts';
import { type EchoServer, startEcho } from './echo-server.ts';

const has = (path: string) => existsSync(path);
const SSH = '/usr/bin/ssh';
const PLINK = '/usr/bin/plink';
const DBCLIENT = '/usr/bin/dbclient';

/** What this host's ssh can do: `ssh -Q`. */
const knows = (what: string): Set<string> =>
  new Set(has(SSH) ? execFileSync(SSH, ['-Q', what]).toString().split('\n') : []);

let server: EchoServer;
let folder: string;
before(async () => {
  server = await startEcho();
  folder = mkdtempSync(join(tmpdir(), 'algorithms-'));
});
after(() => {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a client whose standard input has to come back on its standard output. */
async function echo(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Negotiated> {
  const sent = randomBytes(100_000);
  const child = spawn(program, args, { env: { ...process.env, HOME: folder, ...env }, stdio: 'pipe' });
  const [out, complaints]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk) => out!.push(chunk));
  child.stderr.on('data', (chunk) => complaints!.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(sent);
  const code = await new Promise((resolve) => child.once('close', resolve));
  const said = Buffer.concat(complaints!).toString();
  const got = Buffer.concat(out!);
  assert.equal(code, 0, said);
  assert.equal(got.length, sent.length, said);
  assert.ok(got.equals(sent), 'what came back is not what was sent');
  return server.negotiated()!;
}

const ssh = (options: Record<string, string>, to = server) => {
  const fixed = { StrictHostKeyChecking: 'no', UserKnownHostsFile: '/dev/null', LogLevel: 'ERROR', BatchMode: 'yes' };
  const settings = Object.entries({ ...fixed, ...options }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return echo(SSH, ['-F', '/dev/null', '-p', String(to.port), ...settings, 'root@127.0.0.1', 'cat']);
};

describe('OpenSSH’s client', { skip: !has(SSH) && 'openssh-client is not installed' }, () => {
  const kex = knows('kex');
  const macNames = knows('mac');
  const cipherNames = knows('cipher');
  const keyNames = knows('sig');
  for (const name of Object.keys(kexMethods))
    test(name, { skip: !kex.has(name) && 'this ssh does not have it' }, async () => {
      assert.equal((await ssh({ KexAlgorithms: name })).kex, name);
    });
  for (const name of Object.keys(ciphers))
    test(name, { skip: !cipherNames.has(name) && 'this ssh does not have it' }, async () => {
      assert.equal((await ssh({ Ciphers: name })).cipherIn, name);
    });
  for (const name of Object.keys(macs))
    test(name, { skip: !macNames.has(name) && 'this ssh does not have it' }, async () => {
      assert.equal((await ssh({ Ciphers: 'aes128-ctr', MACs: name })).macIn, name);
    });
  for (const name of ['rsa-sha2-512', 'rsa-sha2-256', ...hostKeyTypes])
    test(`host key ${name}`, { skip: !keyNames.has(name) && 'this ssh does not have it' }, async () => {
      assert.equal((await ssh({ HostKeyAlgorithms: name })).hostKey, name);
    });
  for (const [type, bits, algorithms] of [
    ['ed25519', 256, { 'ssh-ed25519': 'ssh-ed25519' }],
    ['ecdsa', 256, { 'ecdsa-sha2-nistp256': 'ecdsa-sha2-nistp256' }],
    ['ecdsa', 384, { 'ecdsa-sha2-nistp384': 'ecdsa-sha2-nistp384' }],
    ['ecdsa', 521, { 'ecdsa-sha2-nistp521': 'ecdsa-sha2-nistp521' }],
    ['rsa', 2048, { 'rsa-sha2-512': 'rsa-sha2-512', 'rsa-sha2-256': 'rsa-sha2-256', 'ssh-rsa': 'ssh-rsa' }],
    ['dsa', 1024, { 'ssh-dss': 'ssh-dss' }],
  ] as const)
    test(`a user’s ${type} key of ${bits} bits`, async () => {
      const strict = await startEcho(true);
      const file = join(folder, `id_${type}${bits}`);
      execFileSync('ssh-keygen', ['-q', '-t', type, '-b', String(bits), '-N', '', '-f', file]);
      try {
        for (const algorithm of Object.values(algorithms)) {
          const options = { IdentityFile: file, IdentitiesOnly: 'yes', PubkeyAcceptedAlgorithms: algorithm };
          await ssh(options, strict);
          assert.deepEqual(strict.signedWith(), [algorithm]);
        }
      } finally {
        strict.stop();
      }
    });
  test('CBC with a MAC over the ciphertext', async () => {
    const { cipherIn, macIn } = await ssh({ Ciphers: 'aes256-cbc', MACs: 'hmac-sha2-512-etm@openssh.com' });
    assert.deepEqual([cipherIn, macIn], ['aes256-cbc', 'hmac-sha2-512-etm@openssh.com']);
  });
  test('zlib@openssh.com', async () => {
    assert.equal((await ssh({ Compression: 'yes' })).compressionIn, 'zlib@openssh.com');
  });
  test('re-keying with each kind of cipher', async () => {
    for (const Ciphers of ['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes128-ctr', '3des-cbc'])
      await ssh({ Ciphers, RekeyLimit: '16K' });
  });
});

/** PuTTY takes its preferences from a saved session. */
const plink = async (preferences: Record<string, string>) => {
  const sessions = join(folder, '.putty/sessions');
  mkdirSync(sessions, { recursive: true });
  const settings = { Protocol: 'ssh', TryAgent: '0', ...preferences };
  writeFileSync(
    join(sessions, 'probe'),
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const keys = server.hostKeys.flatMap(({ blob }) => {
    const hash = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
    return ['-hostkey', `SHA256:${hash}`];
  });
  return echo(PLINK, ['-batch', '-load', 'probe', '-P', String(server.port), ...keys, 'root@127.0.0.1', 'cat']);
};

/** PuTTY would put what a preference does not name where it thinks best. */
const KEX = ['ntru-curve25519', 'ecdh', 'dh-gex-sha1', 'dh-group14-sha1', 'dh-group1-sha1', 'rsa', 'WARN'];
const KEYS = ['ed448', 'ed25519', 'ecdsa', 'dsa', 'rsa', 'WARN'];
const first = (name: string, all: string[]) => [name, ...all.filter((other) => other !== name)].join();

describe('PuTTY', { skip: !has(PLINK) && 'putty-tools is not installed' }, () => {
  for (const [cipher, name] of [
    ['blowfish', 'blowfish-cbc'],
    ['3des', '3des-ctr'],
    ['aes', /^aes256-c(tr|bc)$/],
    ['aesgcm', /^aes\d+-gcm@openssh\.com$/],
    ['chacha20', 'chacha20-poly1305@openssh.com'],
  ] as const)
    test(`${cipher}`, async () => {
      const { cipherIn } = await plink({ Cipher: cipher });
      if (typeof name === 'string') assert.equal(cipherIn, name);
      else assert.match(cipherIn, name);
    });
  for (const [kex, name] of [
    ['ntru-curve25519', /^sntrup761x25519-sha512/],
    ['ecdh', /^curve25519-sha256/],
    ['dh-gex-sha1', /^diffie-hellman-group-exchange-sha256$/],
    ['dh-group14-sha1', /^diffie-hellman-group1[4-8]-sha/],
    ['dh-group1-sha1', /^diffie-hellman-group1-sha1$/],
  ] as const)
    test(kex, async () => {
      assert.match((await plink({ KEX: first(kex, KEX) })).kex, name);
    });
  test('dsa', async () => {
    assert.equal((await plink({ HostKey: first('dsa', KEYS), PreferKnownHostKeys: '0' })).hostKey, 'ssh-dss');
  });
  test('zlib', async () => {
    assert.match((await plink({ Compression: '1' })).compressionIn, /^zlib/);
  });
});

describe('Dropbear’s client', { skip: !has(DBCLIENT) && 'dropbear-bin is not installed' }, () => {
  const dbclient = (...args: string[]) =>
    echo(DBCLIENT, ['-y', '-y', '-p', String(server.port), ...args, 'root@127.0.0.1', 'cat']);
  for (const name of ['chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes256-ctr'])
    test(name, async () => {
      assert.equal((await dbclient('-c', name)).cipherIn, name);
    });
  for (const name of ['hmac-sha1', 'hmac-sha2-256'])
    test(name, async () => {
      assert.equal((await dbclient('-c', 'aes128-ctr', '-m', name)).macIn, name);
    });
});
