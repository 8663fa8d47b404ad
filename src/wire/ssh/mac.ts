// The MACs by wire name (RFC 4253 §6.4, RFC 6668, OpenSSH's PROTOCOL §1.1 and §1.5).
import { hash } from 'node:crypto';
import { umac } from './umac.ts';

/** The tag of a packet; a buffer of its own. */
export type Mac = (sequence: number, packet: Buffer) => Buffer;

export interface MacAlgorithm {
  keyLength: number;
  /** Bytes of the tag. */
  length: number;
  /** Encrypt-then-MAC. */
  etm: boolean;
  create(key: Buffer): Mac;
}

/** Where key ‖ sequence number ‖ packet is laid out for one-shot hashing; shared, since nothing is kept between calls. */
let scratch = Buffer.allocUnsafeSlow(40 * 1024);

/**
 * HMAC (RFC 2104) by two one-shot hashes: for packets of usual length that costs a quarter of an OpenSSL HMAC context.
 */
function hmac(
  algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512' | 'ripemd160',
  keyLength: number,
  etm: boolean,
  bits?: number,
) {
  const block = algorithm === 'sha512' ? 128 : 64;
  const length = bits ? bits / 8 : keyLength;
  return {
    keyLength,
    length,
    etm,
    create(key: Buffer): Mac {
      const inner = Buffer.alloc(block, 0x36);
      const outer = Buffer.alloc(block + keyLength, 0x5c);
      for (let i = 0; i < key.length; i++) {
        inner[i]! ^= key[i]!;
        outer[i]! ^= key[i]!;
      }
      return (sequence, packet) => {
        const total = block + 4 + packet.length;
        if (scratch.length < total) scratch = Buffer.allocUnsafeSlow(total * 2);
        scratch.set(inner);
        scratch.writeUInt32BE(sequence, block);
        scratch.set(packet, block + 4);
        outer.set(hash(algorithm, scratch.subarray(0, total), 'buffer'), block);
        const tag = hash(algorithm, outer, 'buffer');
        return bits ? tag.subarray(0, length) : tag;
      };
    },
  } satisfies MacAlgorithm;
}

const umacRow = (bytes: 8 | 16, etm: boolean): MacAlgorithm => ({
  keyLength: 16,
  length: bytes,
  etm,
  create: (key) => umac(key, bytes),
});

export const macs: Readonly<Record<string, MacAlgorithm>> = {
  'umac-64-etm@openssh.com': umacRow(8, true),
  'umac-128-etm@openssh.com': umacRow(16, true),
  'hmac-sha2-256-etm@openssh.com': hmac('sha256', 32, true),
  'hmac-sha2-512-etm@openssh.com': hmac('sha512', 64, true),
  'hmac-sha1-etm@openssh.com': hmac('sha1', 20, true),
  'hmac-sha1-96-etm@openssh.com': hmac('sha1', 20, true, 96),
  'hmac-md5-etm@openssh.com': hmac('md5', 16, true),
  'hmac-md5-96-etm@openssh.com': hmac('md5', 16, true, 96),
  'hmac-ripemd160-etm@openssh.com': hmac('ripemd160', 20, true),
  'umac-64@openssh.com': umacRow(8, false),
  'umac-128@openssh.com': umacRow(16, false),
  'hmac-sha2-256': hmac('sha256', 32, false),
  'hmac-sha2-512': hmac('sha512', 64, false),
  'hmac-sha1': hmac('sha1', 20, false),
  'hmac-sha1-96': hmac('sha1', 20, false, 96),
  'hmac-md5': hmac('md5', 16, false),
  'hmac-md5-96': hmac('md5', 16, false, 96),
  'hmac-ripemd160': hmac('ripemd160', 20, false),
  'hmac-ripemd160@openssh.com': hmac('ripemd160', 20, false),
};
