// The ciphers and MACs against published vectors, and every one of them with packets of all sizes.
import assert from 'node:assert/strict';
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { blowfish } from './blowfish.ts';
import { cast128 } from './cast128.ts';
import { block, keystreamBytes, keyWords, xor } from './chacha20.ts';
import { ciphers } from './cipher.ts';
import type { Block } from './feedback.ts';
import { macs } from './mac.ts';
import { umac } from './umac.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** Encrypts and decrypts one block. */
function there(cipher: Block, plain: string): string {
  const pair = Int32Array.of(hex(plain).readInt32BE(0), hex(plain).readInt32BE(4));
  cipher.encrypt(pair);
  const sealed = Buffer.alloc(8);
  sealed.writeInt32BE(pair[0]!, 0);
  sealed.writeInt32BE(pair[1]!, 4);
  cipher.decrypt(pair);
  assert.deepEqual([...pair], [hex(plain).readInt32BE(0), hex(plain).readInt32BE(4)]);
  return sealed.toString('hex');
}

describe('block ciphers', () => {
  test('CAST-128 (RFC 2144, B.1)', () => {
    const cipher = cast128(hex('0123456712345678234567893456789a'));
    assert.equal(there(cipher, '0123456789abcdef'), '238b4fe5847e44b2');
  });

  // B. Schneier's and E. Young's vectors; the first rows of theirs.
  for (const [key, plain, sealed] of [
    ['0000000000000000', '0000000000000000', '4ef997456198dd78'],
    ['ffffffffffffffff', 'ffffffffffffffff', '51866fd5b85ecb8a'],
    ['3000000000000000', '1000000000000001', '7d856f9a613063f2'],
    ['1111111111111111', '1111111111111111', '2466dd878b963c9d'],
    ['0123456789abcdef', '1111111111111111', '61f9c3802281b096'],
    ['fedcba9876543210', '0123456789abcdef', '0aceab0fc6a0a28d'],
  ] as const)
    test(`Blowfish with ${key}`, () => assert.equal(there(blowfish(hex(key)), plain), sealed));
});

describe('ChaCha20', () => {
  test('the keystream is OpenSSL’s, with a counter and a nonce of 64 bits', () => {
    for (const [counter, sequence] of [
      [0, 0],
      [1, 7],
      [5, 0xffffffff],
    ] as const) {
      const key = randomBytes(32);
      const iv = Buffer.alloc(16);
      iv.writeUInt32LE(counter, 0);
      iv.writeUInt32BE(sequence, 12);
      const expected = createCipheriv('chacha20', key, iv).update(Buffer.alloc(200));
      block(keyWords(key), counter, sequence);
      assert.deepEqual(Buffer.from(keystreamBytes.subarray(0, 64)), expected.subarray(0, 64));
      const out = Buffer.alloc(200);
      xor(keyWords(key), counter, sequence, Buffer.alloc(200), out);
      assert.deepEqual(out, expected);
    }
  });
});

describe('UMAC', () => {
  // RFC 4418, appendix A, and the 128-bit tags of Nettle's tests; the nonce is "bcdefghi".
  const tags: [message: string, times: number, short: string, long: string][] = [
    ['', 0, '6e155fad26900be1', '32fedb100c79ad58f07ff7643cc60465'],
    ['a', 3, '44b5cb542f220104', '185e4fe905cba7bd85e4c2dc3d117d8d'],
    ['a', 1024, '26bf2f5d60118bd9', '7a54abe04af82d60fb298c3cbd195bcb'],
    ['a', 32768, '27f8ef643b0d118d', '7b136bd911e4b734286ef2be501f2c3c'],
    ['abc', 1, 'd4d7b9f6bd4fbfcf', '883c3d4b97a61976ffcf232308cba5a5'],
    ['abc', 500, 'd4cf26ddefd5c01a', '8824a260c53c66a36c9260a62cb83aa1'],
  ];
  const key = Buffer.from('abcdefghijklmnop');
  for (const [message, times, short, long] of tags)
    test(`"${message}" × ${times}`, () => {
      const packet = Buffer.from(message.repeat(times));
      assert.equal(umac(key, 8, 0x62636465)(0x66676869, packet).toString('hex'), short);
      assert.equal(umac(key, 16, 0x62636465)(0x66676869, packet).toString('hex'), long);
    });
});

describe('MACs', () => {
  for (const [name, { keyLength, length, create, etm }] of Object.entries(macs))
    test(name, () => {
      const key = randomBytes(keyLength);
      const mac = create(key);
      assert.equal(etm, name.includes('-etm'));
      assert.equal(mac(7, Buffer.from('x')).length, length);
      const digest = /^hmac-(md5|sha1|ripemd160|sha2-(256|512))/.exec(name);
      if (!digest) return;
      for (const size of [1, 55, 64, 1000, 70_000]) {
        const packet = randomBytes(size);
        const number = Buffer.alloc(4);
        number.writeUInt32BE(0xfffffffe);
        const expected: Buffer = createHmac(digest[2] ? `sha${digest[2]}` : digest[1]!, key)
          .update(number)
          .update(packet)
          .digest();
        assert.deepEqual(mac(0xfffffffe, packet), expected.subarray(0, length));
      }
    });
});

describe('packets', () => {
  for (const [name, cipher] of Object.entries(ciphers))
    test(name, () => {
      for (const mac of cipher.aead ? [undefined] : [macs['hmac-sha2-256'], macs['hmac-sha2-256-etm@openssh.com']]) {
        const key = randomBytes(cipher.keyLength);
        const iv = randomBytes(cipher.ivLength);
        const macKey = randomBytes(mac?.keyLength ?? 0);
        const sealer = cipher.sealer(key, iv, mac, macKey);
        const opener = cipher.opener(key, iv, mac, macKey);
        for (let number = 0; number < 40; number++) {
          const apart = sealer.lengthApart ? 4 : 0;
          const packet = randomBytes(apart + sealer.blockSize * (1 + number ** 2));
          packet.writeUInt32BE(packet.length - 4, 0);
          const parts: Buffer[] = [];
          const sent = Buffer.from(packet);
          sealer.seal(number, packet, parts);
          const sealed = Buffer.concat(parts);
          assert.equal(opener.length(number, sealed.subarray(0, opener.head)), sent.length - 4);
          assert.deepEqual(opener.open(number, sealed), sent.subarray(4));
        }
        const packet = randomBytes(sealer.blockSize * 3 + (sealer.lengthApart ? 4 : 0));
        packet.writeUInt32BE(packet.length - 4, 0);
        const parts: Buffer[] = [];
        sealer.seal(40, packet, parts);
        const sealed = Buffer.concat(parts);
        sealed[sealed.length - 1]! ^= 1;
        opener.length(40, sealed.subarray(0, opener.head));
        assert.equal(opener.open(40, sealed), undefined, 'a changed tag is refused');
      }
    });
});
