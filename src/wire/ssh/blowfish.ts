// Blowfish (B. Schneier, 1993) with a key of 128 bits, which OpenSSL 3 no longer has: CentOS 7's sshd still offers blowfish-cbc.
import type { Block } from './feedback.ts';

const ROUNDS = 16;
/** 18 subkeys and four boxes of 256 words. */
const WORDS = ROUNDS + 2 + 4 * 256;

let digits: Int32Array | undefined;

/** The fraction of π in words of 32 bits, which is what the cipher's tables begin as (by Machin's formula; takes some 40 ms, once). */
export function pi(): Int32Array {
  if (digits) return digits;
  const bits = BigInt(WORDS * 32 + 64);
  const arctan = (divisor: bigint) => {
    const square = divisor * divisor;
    let power = (1n << bits) / divisor;
    let sum = power;
    for (let n = 3n; power !== 0n; n += 2n) {
      power /= -square;
      sum += power / n;
    }
    return sum;
  };
  const value = 16n * arctan(5n) - 4n * arctan(239n);
  const fraction = (value - (3n << bits)) >> 64n;
  const bytes = Buffer.from(fraction.toString(16).padStart(WORDS * 8, '0'), 'hex');
  digits = Int32Array.from({ length: WORDS }, (_, i) => bytes.readInt32BE(i * 4));
  return digits;
}

export function blowfish(key: Buffer): Block {
  const table = Int32Array.from(pi());
  const p = table.subarray(0, ROUNDS + 2);
  const [s0, s1, s2, s3] = [0, 1, 2, 3].map((box) =>
    table.subarray(ROUNDS + 2 + box * 256, ROUNDS + 2 + (box + 1) * 256),
  ) as [Int32Array, Int32Array, Int32Array, Int32Array];
  const f = (x: number) => (((s0[x >>> 24]! + s1[(x >>> 16) & 255]!) ^ s2[(x >>> 8) & 255]!) + s3[x & 255]!) | 0;
  const encrypt = (pair: Int32Array) => {
    let [left, right] = [pair[0]!, pair[1]!];
    for (let i = 0; i < ROUNDS; i += 2) {
      left ^= p[i]!;
      right ^= f(left) ^ p[i + 1]!;
      left ^= f(right);
    }
    pair[0] = right ^ p[ROUNDS + 1]!;
    pair[1] = left ^ p[ROUNDS]!;
  };
  const decrypt = (pair: Int32Array) => {
    let [left, right] = [pair[0]!, pair[1]!];
    for (let i = ROUNDS + 1; i > 1; i -= 2) {
      left ^= p[i]!;
      right ^= f(left) ^ p[i - 1]!;
      left ^= f(right);
    }
    pair[0] = right ^ p[0]!;
    pair[1] = left ^ p[1]!;
  };
  for (let i = 0; i < p.length; i++) p[i]! ^= key.readInt32BE((i * 4) % key.length);
  const pair = new Int32Array(2);
  for (let i = 0; i < WORDS; i += 2) {
    encrypt(pair);
    table.set(pair, i);
  }
  return { encrypt, decrypt };
}
