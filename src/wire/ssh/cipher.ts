// The ciphers by wire name (RFC 4253 §6.3, RFC 4344, RFC 5647 and OpenSSH's PROTOCOL): sizes, and how a key opens or seals packets.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { blowfish, pi } from './blowfish.ts';
import { cast128 } from './cast128.ts';
import { chachaPolyOpener, chachaPolySealer } from './chachapoly.ts';
import { keep } from './data.ts';
import { type Block, cbcDecrypt, cbcEncrypt, type Transform, tripleDesCtr } from './feedback.ts';
import { KEY_TEXT, keyText } from './keytext.ts';
import type { MacAlgorithm } from './mac.ts';
import type { Opener, Sealer } from './sealing.ts';

export interface CipherAlgorithm {
  keyLength: number;
  ivLength: number;
  blockSize: number;
  /** Authenticates by itself: no MAC is negotiated. */
  aead: boolean;
  sealer(key: Buffer, iv: Buffer, mac: MacAlgorithm | undefined, macKey: Buffer): Sealer;
  opener(key: Buffer, iv: Buffer, mac: MacAlgorithm | undefined, macKey: Buffer): Opener;
  /** Makes the tables that take a while, so that no client has to wait for them. */
  prepare?(): void;
}

/** A cipher with a running state. */
interface Stream {
  encrypt(key: Buffer, iv: Buffer): Transform;
  decrypt(key: Buffer, iv: Buffer): Transform;
}

const openssl = (name: string): Stream => ({
  encrypt: (key, iv) => createCipheriv(name, keyText(key), iv, KEY_TEXT).setAutoPadding(false),
  decrypt: (key, iv) => createDecipheriv(name, keyText(key), iv, KEY_TEXT).setAutoPadding(false),
});

const cbc = (cipher: (key: Buffer) => Block): Stream => ({
  encrypt: (key, iv) => cbcEncrypt(cipher(key), iv),
  decrypt: (key, iv) => cbcDecrypt(cipher(key), iv),
});

/** A stream that is joined with a MAC; `hidesLength` is for CBC. */
function joined(stream: Stream, keyLength: number, blockSize: number, hidesLength: boolean): CipherAlgorithm {
  return {
    keyLength,
    ivLength: blockSize,
    blockSize,
    aead: false,
    sealer(key, iv, mac, macKey) {
      const cipher = stream.encrypt(key, iv);
      const { etm, create } = mac!;
      const tag = create(macKey);
      return {
        blockSize,
        lengthApart: etm,
        seal(sequence, packet, out) {
          if (!etm) {
            const sum = tag(sequence, packet);
            out.push(cipher.update(packet), sum);
            return;
          }
          const sealed = Buffer.allocUnsafe(packet.length);
          packet.copy(sealed, 0, 0, 4);
          cipher.update(packet.subarray(4)).copy(sealed, 4);
          out.push(sealed, tag(sequence, sealed));
        },
      };
    },
    opener(key, iv, mac, macKey) {
      const cipher = stream.decrypt(key, iv);
      const { etm, create, length: tagLength } = mac!;
      const tag = create(macKey);
      let first: Buffer = Buffer.alloc(0);
      return {
        blockSize,
        lengthApart: etm,
        head: etm ? 4 : blockSize,
        tag: tagLength,
        hidesLength: hidesLength && !etm,
        length(_sequence, head) {
          if (etm) return head.readUInt32BE(0);
          first = cipher.update(head.subarray(0, blockSize));
          return first.readUInt32BE(0);
        },
        open(sequence, sealed) {
          const end = sealed.length - tagLength;
          if (etm) {
            if (!tag(sequence, sealed.subarray(0, end)).equals(sealed.subarray(end))) return undefined;
            return cipher.update(sealed.subarray(4, end));
          }
          const rest = cipher.update(sealed.subarray(blockSize, end));
          const packet = Buffer.concat([first, rest]);
          if (!tag(sequence, packet).equals(sealed.subarray(end))) return undefined;
          return packet.subarray(4);
        },
      };
    },
  };
}

/** AES-GCM as RFC 5647 has it: the length is authenticated but not encrypted, the last eight bytes of the nonce count packets. */
function gcm(name: 'aes-128-gcm' | 'aes-256-gcm', keyLength: number): CipherAlgorithm {
  const TAG = 16;
  const advance = (nonce: Buffer) => {
    for (let i = 11; i >= 4; i--) {
      nonce[i] = (nonce[i]! + 1) & 0xff;
      if (nonce[i] !== 0) return;
    }
  };
  return {
    keyLength,
    ivLength: 12,
    blockSize: 16,
    aead: true,
    sealer(key, iv) {
      const nonce = keep(iv);
      const text = keyText(key);
      return {
        blockSize: 16,
        lengthApart: true,
        seal(_sequence, packet, out) {
          const cipher = createCipheriv(name, text, nonce, KEY_TEXT);
          advance(nonce);
          const length = Buffer.from(packet.subarray(0, 4));
          cipher.setAAD(length);
          const body = cipher.update(packet.subarray(4));
          cipher.final();
          out.push(length, body, cipher.getAuthTag());
        },
      };
    },
    opener(key, iv) {
      const nonce = keep(iv);
      const text = keyText(key);
      return {
        blockSize: 16,
        lengthApart: true,
        head: 4,
        tag: TAG,
        hidesLength: false,
        length: (_sequence, head) => head.readUInt32BE(0),
        open(_sequence, sealed) {
          const end = sealed.length - TAG;
          const cipher = createDecipheriv(name, text, nonce, { ...KEY_TEXT, authTagLength: TAG });
          advance(nonce);
          cipher.setAAD(sealed.subarray(0, 4));
          cipher.setAuthTag(sealed.subarray(end));
          const body = cipher.update(sealed.subarray(4, end));
          try {
            cipher.final();
          } catch {
            return undefined;
          }
          return body;
        },
      };
    },
  };
}

export const ciphers: Readonly<Record<string, CipherAlgorithm>> = {
  'chacha20-poly1305@openssh.com': {
    keyLength: 64,
    ivLength: 0,
    blockSize: 8,
    aead: true,
    sealer: chachaPolySealer,
    opener: chachaPolyOpener,
  },
  'aes128-ctr': joined(openssl('aes-128-ctr'), 16, 16, false),
  'aes192-ctr': joined(openssl('aes-192-ctr'), 24, 16, false),
  'aes256-ctr': joined(openssl('aes-256-ctr'), 32, 16, false),
  'aes128-gcm@openssh.com': gcm('aes-128-gcm', 16),
  'aes256-gcm@openssh.com': gcm('aes-256-gcm', 32),
  'aes128-cbc': joined(openssl('aes-128-cbc'), 16, 16, true),
  'aes192-cbc': joined(openssl('aes-192-cbc'), 24, 16, true),
  'aes256-cbc': joined(openssl('aes-256-cbc'), 32, 16, true),
  'rijndael-cbc@lysator.liu.se': joined(openssl('aes-256-cbc'), 32, 16, true),
  '3des-cbc': joined(openssl('des-ede3-cbc'), 24, 8, true),
  '3des-ctr': joined({ encrypt: tripleDesCtr, decrypt: tripleDesCtr }, 24, 8, false),
  'blowfish-cbc': { ...joined(cbc(blowfish), 16, 8, true), prepare: () => void pi() },
  'cast128-cbc': joined(cbc(cast128), 16, 8, true),
};
