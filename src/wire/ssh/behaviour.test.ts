// What a profile may say of its behaviour, what it says at the end, and the shipped profiles one by one.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { farewellOf, OPENSSH_9_2, parseBehaviour } from './behaviour.ts';
import { IdentReader } from './ident.ts';
import { loadProfile } from './profile.ts';
import { Violation } from './violation.ts';

const folder = join(import.meta.dirname, '../../../personas/ssh');
const profile = (name: string) => loadProfile(join(folder, `${name}.json`));

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')))
  test(`${file} can be read, and its keys can sign what it offers`, () => {
    const { hostKey, hostKeys, ident } = loadProfile(join(folder, file));
    const signed = Object.keys(hostKeys).flatMap((type) =>
      type === 'ssh-rsa' ? ['ssh-rsa', 'rsa-sha2-256', 'rsa-sha2-512'] : [type],
    );
    assert.deepEqual(
      hostKey.filter((name) => !signed.includes(name)),
      [],
    );
    assert.match(ident, /^SSH-2\.0-(OpenSSH|dropbear)_/);
  });

test('mistakes are told by field', () => {
  for (const [value, sentence] of [
    [{ farewell: [] }, /behaviour\.farewell: expected no such field/],
    [{ lineEnd: '\r' }, /behaviour\.lineEnd: expected/],
    [{ kexInitFirst: 1 }, /behaviour\.kexInitFirst: expected as false, found 1/],
    [{ farewells: [['(', 'x']] }, /behaviour\.farewells/],
    [[], /behaviour: expected an object/],
  ] as const)
    assert.throws(() => parseBehaviour(value, 'x.json'), sentence);
  assert.equal(parseBehaviour(undefined, 'x.json'), OPENSSH_9_2);
});

test('farewells are those of the release', () => {
  const none = new Violation('connection', 'message for no channel', 'data packet referred to nonexistent channel 5');
  const corrupt = new Violation('transport', 'packet corrupt');
  for (const [name, channel, packet] of [
    ['openssh-9.2p1-debian12', 'data packet referred to nonexistent channel 5', undefined],
    ['openssh-7.4p1-centos7', 'Received data for nonexistent channel 5.', undefined],
    ['openssh-6.7p1-raspbian8', 'Received data for nonexistent channel 5.', 'Packet corrupt'],
    ['dropbear-2022.83', undefined, undefined],
  ] as const) {
    assert.equal(farewellOf(profile(name).behaviour, none), channel, name);
    assert.equal(farewellOf(profile(name).behaviour, corrupt), packet, name);
  }
});

test('an identification is read as the release reads it', () => {
  for (const [how, sent, line] of [
    ['openssh-8.0', 'SSH-2.0-a\r\n', 'SSH-2.0-a'],
    ['openssh-8.0', 'SSH-2.0-a\0b\r\n', undefined],
    ['openssh-6', 'SSH-2.0-a\0b\r\n', 'SSH-2.0-a'],
    ['openssh-6', 'SSH-2.0-a\rb\r\n', 'SSH-2.0-a'],
    ['openssh-6', 'SSH-2.0-\r\n', undefined],
    ['openssh-6', `SSH-2.0-${'x'.repeat(400)}`, `SSH-2.0-${'x'.repeat(247)}`],
    ['dropbear', 'SSH-2.0-\r\n', 'SSH-2.0-'],
    ['dropbear', 'SSH-2.x-y\r\n', 'SSH-2.x-y'],
    ['dropbear', 'SSH-1.5-y\r\n', undefined],
    ['dropbear', 'SSH-1.99-y\n', 'SSH-1.99-y'],
  ] as const) {
    const whole = new IdentReader(how);
    const pieces = new IdentReader(how);
    const inPieces = () => {
      for (const byte of Buffer.from(sent)) if (pieces.take(Buffer.of(byte)) !== undefined) return;
      assert.fail('the line has not ended');
    };
    if (line === undefined) {
      assert.throws(() => whole.take(Buffer.from(sent)), Violation, sent);
      assert.throws(inPieces, Violation, sent);
    } else {
      assert.notEqual(whole.take(Buffer.from(sent)), undefined, sent);
      inPieces();
      assert.equal(whole.line.toString(), line);
      assert.equal(pieces.line.toString(), line);
    }
  }
});
