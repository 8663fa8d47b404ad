// Modes of operation around a block of eight bytes, for the ciphers that OpenSSL 3 has lost or never had as SSH names them: CBC and CTR
// (NIST SP 800-38A).
import { createCipheriv } from 'node:crypto';

/** A block cipher with its key: turns two big-endian words around, in place. */
export interface Block {
  encrypt(pair: Int32Array): void;
  decrypt(pair: Int32Array): void;
}

/** What a stream of whole blocks goes through; as `Cipheriv.update` of node:crypto. */
export interface Transform {
  update(bytes: Buffer): Buffer;
}

const words = (iv: Buffer) => Int32Array.of(iv.readInt32BE(0), iv.readInt32BE(4));

export function cbcEncrypt(block: Block, iv: Buffer): Transform {
  const chain = words(iv);
  return {
    update(bytes) {
      const out = Buffer.allocUnsafe(bytes.length);
      for (let at = 0; at < bytes.length; at += 8) {
        chain[0]! ^= bytes.readInt32BE(at);
        chain[1]! ^= bytes.readInt32BE(at + 4);
        block.encrypt(chain);
        out.writeInt32BE(chain[0]!, at);
        out.writeInt32BE(chain[1]!, at + 4);
      }
      return out;
    },
  };
}

export function cbcDecrypt(block: Block, iv: Buffer): Transform {
  const chain = words(iv);
  const pair = new Int32Array(2);
  return {
    update(bytes) {
      const out = Buffer.allocUnsafe(bytes.length);
      for (let at = 0; at < bytes.length; at += 8) {
        const [left, right] = [bytes.readInt32BE(at), bytes.readInt32BE(at + 4)];
        pair[0] = left;
        pair[1] = right;
        block.decrypt(pair);
        out.writeInt32BE(pair[0]! ^ chain[0]!, at);
        out.writeInt32BE(pair[1]! ^ chain[1]!, at + 4);
        chain[0] = left;
        chain[1] = right;
      }
      return out;
    },
  };
}

/** 3des-ctr: OpenSSL has the block cipher, but not this mode of it. Both directions are the same. */
export function tripleDesCtr(key: Buffer, iv: Buffer): Transform {
  const cipher = createCipheriv('des-ede3-ecb', key, null).setAutoPadding(false);
  let counter = iv.readBigUInt64BE(0);
  return {
    update(bytes) {
      const out = Buffer.allocUnsafe(bytes.length);
      for (let at = 0; at < bytes.length; at += 8) {
        out.writeBigUInt64BE(counter, at);
        counter = BigInt.asUintN(64, counter + 1n);
      }
      const stream = cipher.update(out);
      for (let i = 0; i < bytes.length; i++) out[i] = bytes[i]! ^ stream[i]!;
      return out;
    },
  };
}
