// chacha20-poly1305@openssh.com (PROTOCOL.chacha20poly1305): one key for the length, another for the rest and for the tag.
import { createCipheriv, timingSafeEqual } from 'node:crypto';
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { block, keystreamBytes, keyWords, xor } from './chacha20.ts';
import { KEY_TEXT, keyText } from './keytext.ts';
import type { Opener, Sealer } from './sealing.ts';

const TAG = 16;
/** From this many bytes on OpenSSL is faster than chacha20.ts. */
const LONG = 1024;

/** The two keys: K_2 encrypts the payload and makes the tag's key, K_1 encrypts the length. */
class Keys {
  readonly payload: Uint32Array;
  readonly length: Uint32Array;
  private readonly payloadKey: string;

  constructor(key: Buffer) {
    this.payloadKey = keyText(key.subarray(0, 32));
    this.payload = keyWords(key);
    this.length = keyWords(key.subarray(32));
  }

  crypt(sequence: number, source: Buffer, target: Buffer): void {
    if (source.length < LONG) {
      xor(this.payload, 1, sequence, source, target);
      return;
    }
    const iv = Buffer.alloc(16);
    iv[0] = 1;
    iv.writeUInt32BE(sequence, 12);
    target.set(createCipheriv('chacha20', this.payloadKey, iv, KEY_TEXT).update(source));
  }

  tag(sequence: number, sealed: Buffer): Uint8Array {
    block(this.payload, 0, sequence);
    return poly1305(sealed, Uint8Array.prototype.slice.call(keystreamBytes, 0, 32));
  }
}

export function chachaPolySealer(key: Buffer): Sealer {
  const keys = new Keys(key);
  return {
    blockSize: 8,
    lengthApart: true,
    seal(sequence, packet, out) {
      const sealed = Buffer.allocUnsafe(packet.length + TAG);
      const body = sealed.subarray(0, packet.length);
      xor(keys.length, 0, sequence, packet.subarray(0, 4), body);
      keys.crypt(sequence, packet.subarray(4), body.subarray(4));
      sealed.set(keys.tag(sequence, body), packet.length);
      out.push(sealed);
    },
  };
}

export function chachaPolyOpener(key: Buffer): Opener {
  const keys = new Keys(key);
  return {
    blockSize: 8,
    lengthApart: true,
    head: 4,
    tag: TAG,
    hidesLength: false,
    length(sequence, head) {
      block(keys.length, 0, sequence);
      return (head.readUInt32BE(0) ^ keystreamBytes.readUInt32BE(0)) >>> 0;
    },
    open(sequence, sealed) {
      const end = sealed.length - TAG;
      if (!timingSafeEqual(keys.tag(sequence, sealed.subarray(0, end)), sealed.subarray(end))) return undefined;
      const packet = Buffer.allocUnsafe(end - 4);
      keys.crypt(sequence, sealed.subarray(4, end), packet);
      return packet;
    },
  };
}
