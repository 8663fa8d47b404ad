// Host keys and users' keys: what one signs the other verifies, with every algorithm; and the hybrids' agreement with a client.
import assert from 'node:assert/strict';
import {
  createHash,
  createPublicKey,
  decapsulate,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { test } from 'node:test';
import { encodeString, Reader } from './data.ts';
import { der, integer, integers, SEQUENCE } from './der.ts';
import { generateHostKey, hostKeyTypes, loadHostKey } from './hostkey.ts';
import { hashOf, kexMethods } from './kex.ts';
import { fits, keyTypeOf, verifySignature } from './publickey.ts';

for (const type of hostKeyTypes)
  test(`a ${type} key`, async () => {
    const key = await generateHostKey(type, 2048);
    assert.equal(keyTypeOf(key.blob), type);
    const same = loadHostKey(key.toPem());
    assert.deepEqual(same.blob, key.blob);
    const data = randomBytes(100);
    for (const algorithm of key.algorithms) {
      assert.ok(fits(algorithm, type));
      // Numbers of a signature with leading zeros come up often enough to be met in a few dozen.
      for (let i = 0; i < 40; i++) assert.ok(verifySignature(key.blob, algorithm, same.sign(data, algorithm), data));
      const signature = key.sign(data, algorithm);
      assert.ok(!verifySignature(key.blob, algorithm, signature, randomBytes(100)));
      assert.ok(!verifySignature(key.blob, algorithm, Buffer.concat([signature, Buffer.of(0)]), data));
      assert.ok(!verifySignature((await generateHostKey(type, 2048)).blob, algorithm, signature, data));
      signature[signature.length - 3]! ^= 4;
      assert.ok(!verifySignature(key.blob, algorithm, signature, data));
    }
  });

test('a DSA key whose numbers are too large for its type is refused', () => {
  const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 224 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  assert.throws(() => loadHostKey(pem), /expected ed25519, ECDSA, RSA or DSA of 160 bits, found dsa/);
});

test('security keys sign their application, flags and counter with the data (PROTOCOL.u2f)', () => {
  const data = randomBytes(60);
  const application = encodeString('ssh:');
  const state = Buffer.of(1, 0, 0, 0, 9);
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const message = Buffer.concat([hash(Buffer.from('ssh:')), state, hash(data)]);

  const ed = generateKeyPairSync('ed25519');
  const x = Buffer.from(ed.publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const edType = encodeString('sk-ssh-ed25519@openssh.com');
  const edBlob = Buffer.concat([edType, encodeString(x), application]);
  const edSignature = Buffer.concat([edType, encodeString(sign(undefined, message, ed.privateKey)), state]);
  assert.ok(verifySignature(edBlob, 'sk-ssh-ed25519@openssh.com', edSignature, data));

  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const point = ec.publicKey.export({ format: 'jwk' });
  const ecType = encodeString('sk-ecdsa-sha2-nistp256@openssh.com');
  const raw = Buffer.concat([Buffer.of(4), Buffer.from(point.x!, 'base64url'), Buffer.from(point.y!, 'base64url')]);
  const ecBlob = Buffer.concat([ecType, encodeString('nistp256'), encodeString(raw), application]);
  const numbers = integers(sign('sha256', message, ec.privateKey));
  const inner = Buffer.concat(numbers.map((number) => encodeString(signed(number))));
  const ecSignature = Buffer.concat([ecType, encodeString(inner), state]);
  assert.ok(verifySignature(ecBlob, 'sk-ecdsa-sha2-nistp256@openssh.com', ecSignature, data));
  ecSignature[ecSignature.length - 1]! ^= 1;
  assert.ok(!verifySignature(ecBlob, 'sk-ecdsa-sha2-nistp256@openssh.com', ecSignature, data));
});

/** A positive number as an mpint's bytes. */
const signed = (number: Buffer) => (number[0]! & 0x80 ? Buffer.concat([Buffer.of(0), number]) : number);

test('DER: lengths of one to three bytes, and what is read back', () => {
  for (const size of [1, 100, 200, 5000]) {
    const number = randomBytes(size);
    number[0]! |= 0x81;
    assert.deepEqual(integers(der(SEQUENCE, integer(number), integer(Buffer.of(5)))), [number, Buffer.of(5)]);
  }
});

test('mlkem768x25519-sha256 agrees with a client', () => {
  const kem = generateKeyPairSync('ml-kem-768');
  const curve = generateKeyPairSync('x25519');
  const kemKey = kem.publicKey.export({ format: 'der', type: 'spki' }).subarray(-1184);
  const curveKey = curve.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const method = kexMethods['mlkem768x25519-sha256']!;
  const result = method.respond!(encodeString(Buffer.concat([kemKey, curveKey])), randomBytes);
  const reply = new Reader(result.server, 'kex').string();
  assert.equal(reply.length, 1088 + 32);
  const theirs = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), reply.subarray(1088)]),
    format: 'der',
    type: 'spki',
  });
  const secrets = [
    decapsulate(kem.privateKey, reply.subarray(0, 1088)),
    diffieHellman({ privateKey: curve.privateKey, publicKey: theirs }),
  ];
  assert.deepEqual(result.secret, encodeString(hashOf('sha256', Buffer.concat(secrets))));
});

test('hybrids refuse values of a wrong length, and keys that are none', () => {
  for (const [name, length] of [
    ['mlkem768x25519-sha256', 1184 + 32],
    ['sntrup761x25519-sha512', 1158 + 32],
  ] as const)
    for (const size of [0, length - 1, length + 1])
      assert.throws(() => kexMethods[name]!.respond!(encodeString(Buffer.alloc(size)), randomBytes), /wrong length/);
  const ml = Buffer.alloc(1184 + 32, 0xff);
  assert.throws(() => kexMethods['mlkem768x25519-sha256']!.respond!(encodeString(ml), randomBytes), /not valid/);
});
