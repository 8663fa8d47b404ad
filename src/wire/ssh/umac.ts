// UMAC (RFC 4418) as OpenSSH uses it: AES-128, the nonce is the packet's sequence number in 64 bits.
import { type Cipheriv, createCipheriv } from 'node:crypto';
import { KEY_TEXT, keyText } from './keytext.ts';
import type { Mac } from './mac.ts';

const CHUNK = 1024;
const P36 = 2 ** 36 - 5;
const P64 = 2n ** 64n - 59n;
const MASK64 = 2n ** 64n - 1n;
/** Words from here on are hashed in two steps by POLY. */
const WORD_RANGE = 2n ** 64n - 2n ** 32n;

function aes(key: Buffer): Cipheriv {
  return createCipheriv('aes-128-ecb', keyText(key), null, KEY_TEXT).setAutoPadding(false);
}

/** KDF of RFC 4418 §3.2. */
function derive(key: Buffer, index: number, length: number): Buffer {
  const blocks = Buffer.alloc(Math.ceil(length / 16) * 16);
  for (let at = 0; at < blocks.length; at += 16) {
    blocks[at + 7] = index;
    blocks.writeUInt16BE(at / 16 + 1, at + 14);
  }
  return aes(key).update(blocks).subarray(0, length);
}

/** One of the parallel Toeplitz iterations. */
interface Iteration {
  words: Uint32Array;
  poly: bigint;
  inner: number[];
  xor: number;
}

/** NH plus the bit length of one chunk; `at + padded` is inside `source`, zeros behind the data. */
function nh(words: Uint32Array, source: DataView, at: number, padded: number, bits: number): bigint {
  let total = BigInt(bits);
  let high = 0;
  let low = 0;
  for (let block = 0; block < padded; block += 32) {
    const k = block >>> 2;
    for (let i = 0; i < 4; i++) {
      const a = (source.getUint32(at + block + i * 4, true) + words[k + i]!) >>> 0;
      const b = (source.getUint32(at + block + i * 4 + 16, true) + words[k + i + 4]!) >>> 0;
      high += (a >>> 16) * b;
      low += (a & 0xffff) * b;
    }
    // Sixteen products fit a double exactly; fold before there are more.
    if ((block & 96) === 96 || block + 32 >= padded) {
      total += (BigInt(high) << 16n) + BigInt(low);
      high = 0;
      low = 0;
    }
  }
  return total & MASK64;
}

function poly(key: bigint, words: bigint[]): bigint {
  let y = 1n;
  for (const word of words) {
    if (word >= WORD_RANGE) {
      y = (key * y + P64 - 1n) % P64;
      y = (key * y + word - 59n) % P64;
    } else y = (key * y + word) % P64;
  }
  return y;
}

let padding = Buffer.alloc(40 * 1024);

/** A UMAC with tags of 8 or 16 bytes; `high` is the upper half of the nonce, zero in SSH. */
export function umac(key: Buffer, bytes: 8 | 16, high = 0): Mac {
  const count = bytes / 4;
  const l1 = derive(key, 1, CHUNK + (count - 1) * 16);
  const l2 = derive(key, 2, count * 24);
  const l3 = derive(key, 3, count * 64);
  const l4 = derive(key, 4, count * 4);
  const iterations: Iteration[] = [];
  for (let i = 0; i < count; i++) {
    const words = new Uint32Array(CHUNK / 4);
    for (let w = 0; w < words.length; w++) words[w] = l1.readUInt32BE(i * 16 + w * 4);
    const inner: number[] = [];
    for (let w = 0; w < 8; w++) inner.push(Number(l3.readBigUInt64BE(i * 64 + w * 8) % BigInt(P36)));
    iterations.push({
      words,
      poly: l2.readBigUInt64BE(i * 24) & 0x01ffffff01ffffffn,
      inner,
      xor: l4.readUInt32BE(i * 4),
    });
  }
  const pad = aes(derive(key, 0, 16));
  const nonce = Buffer.alloc(16);
  nonce.writeUInt32BE(high, 0);
  return (sequence, packet) => {
    const tag = Buffer.allocUnsafe(bytes);
    const end = Math.max(32, Math.ceil(packet.length / 32) * 32);
    if (padding.length < end) padding = Buffer.alloc(end * 2);
    padding.set(packet);
    padding.fill(0, packet.length, end);
    const view = new DataView(padding.buffer, padding.byteOffset, end);
    const index = bytes === 8 ? sequence & 1 : 0;
    nonce.writeUInt32BE((sequence - index) >>> 0, 4);
    const mask = pad.update(nonce);
    iterations.forEach((iteration, i) => {
      const sums: bigint[] = [];
      for (let at = 0; at < packet.length || at === 0; at += CHUNK) {
        const length = Math.min(CHUNK, packet.length - at);
        sums.push(nh(iteration.words, view, at, Math.min(CHUNK, end - at), length * 8));
      }
      const sum = sums.length === 1 ? sums[0]! : poly(iteration.poly, sums);
      // The upper 64 bits of the 128-bit input are zero for messages that an SSH packet can hold.
      let y = 0;
      for (let w = 0; w < 4; w++) {
        const word = Number((sum >> BigInt(48 - 16 * w)) & 0xffffn);
        y = (y + word * iteration.inner[4 + w]!) % P36;
      }
      tag.writeUInt32BE(((y % 2 ** 32) ^ iteration.xor ^ mask.readUInt32BE(index * 8 + i * 4)) >>> 0, i * 4);
    });
    return tag;
  };
}
