// Streamlined NTRU Prime sntrup761 (draft-josefsson-ntruprime-streamlined, NTRU Prime round 3), the half a server needs: encapsulation.
import { hash } from 'node:crypto';

const P = 761;
const Q = 4591;
/** Nonzero coefficients of a short polynomial. */
const W = 286;
const HALF_Q = (Q - 1) / 2;
/** Values that a rounded coefficient can take. */
const ROUNDED = (Q + 2) / 3;

export const PUBLIC_KEY_BYTES = 1158;
export const CIPHERTEXT_BYTES = 1039;

/** SHA-512 of a prefix byte and the parts, cut to 32 bytes. */
function prefixed(prefix: number, ...parts: Uint8Array[]): Buffer {
  return hash('sha512', Buffer.concat([Buffer.of(prefix), ...parts]), 'buffer').subarray(0, 32);
}

/** Mixed-radix encoding: numbers below `limits`, pairwise joined until one is left; low bytes are shed on the way. */
function encode(numbers: number[], limits: number[], out: number[]): void {
  if (numbers.length === 1) {
    let [value, limit] = [numbers[0]!, limits[0]!];
    for (; limit > 1; limit = (limit + 255) >> 8, value >>= 8) out.push(value & 255);
    return;
  }
  const joined: number[] = [];
  const joinedLimits: number[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    let value = numbers[i]! + numbers[i + 1]! * limits[i]!;
    let limit = limits[i]! * limits[i + 1]!;
    for (; limit >= 16384; limit = (limit + 255) >> 8, value = Math.floor(value / 256)) out.push(value & 255);
    joined.push(value);
    joinedLimits.push(limit);
  }
  if (numbers.length & 1) {
    joined.push(numbers.at(-1)!);
    joinedLimits.push(limits.at(-1)!);
  }
  encode(joined, joinedLimits, out);
}

/** The inverse of `encode`; whatever the bytes are, each number is below its limit. */
function decode(bytes: Uint8Array, at: number, limits: number[]): number[] {
  if (limits.length === 1) {
    const limit = limits[0]!;
    if (limit === 1) return [0];
    return [(limit <= 256 ? bytes[at]! : bytes[at]! + bytes[at + 1]! * 256) % limit];
  }
  const low: number[] = [];
  const radix: number[] = [];
  const joinedLimits: number[] = [];
  for (let i = 0; i + 1 < limits.length; i += 2) {
    let limit = limits[i]! * limits[i + 1]!;
    let value = 0;
    let unit = 1;
    for (; limit >= 16384; limit = (limit + 255) >> 8, unit *= 256) value += bytes[at++]! * unit;
    low.push(value);
    radix.push(unit);
    joinedLimits.push(limit);
  }
  if (limits.length & 1) joinedLimits.push(limits.at(-1)!);
  const joined = decode(bytes, at, joinedLimits);
  const numbers: number[] = [];
  for (let i = 0; i + 1 < limits.length; i += 2) {
    const value = low[i >> 1]! + radix[i >> 1]! * joined[i >> 1]!;
    numbers.push(value % limits[i]!, Math.floor(value / limits[i]!) % limits[i + 1]!);
  }
  if (limits.length & 1) numbers.push(joined.at(-1)!);
  return numbers;
}

/** A random polynomial with coefficients -1, 0, 1, of which W are not 0: random words are tagged, and sorting shuffles the tags. */
function shortPolynomial(random: (bytes: number) => Buffer): Int8Array {
  const bytes = random(P * 4);
  const words = new Uint32Array(P);
  for (let i = 0; i < P; i++) {
    const word = bytes.readUInt32LE(i * 4);
    words[i] = i < W ? word & ~1 : (word & ~3) | 1;
  }
  words.sort();
  return Int8Array.from(words, (word) => (word & 3) - 1);
}

/** h · r in Z[x]/(x^761 - x - 1), each coefficient reduced to -HALF_Q … HALF_Q. */
function multiply(h: Int16Array, r: Int8Array): Int32Array {
  const product = new Int32Array(2 * P - 1);
  for (let i = 0; i < P; i++) {
    const factor = r[i]!;
    if (factor === 1) for (let j = 0; j < P; j++) product[i + j]! += h[j]!;
    else if (factor === -1) for (let j = 0; j < P; j++) product[i + j]! -= h[j]!;
  }
  for (let i = 2 * P - 2; i >= P; i--) {
    product[i - P]! += product[i]!;
    product[i - P + 1]! += product[i]!;
  }
  const reduced = product.subarray(0, P);
  for (let i = 0; i < P; i++) {
    let value = reduced[i]! % Q;
    if (value > HALF_Q) value -= Q;
    else if (value < -HALF_Q) value += Q;
    reduced[i] = value;
  }
  return reduced;
}

/** Makes a key for the holder of `publicKey` (PUBLIC_KEY_BYTES bytes, any): the ciphertext to send and the 32-byte key. */
export function encapsulate(publicKey: Buffer, random: (bytes: number) => Buffer): { ciphertext: Buffer; key: Buffer } {
  const h = Int16Array.from(decode(publicKey, 0, new Array(P).fill(Q)), (value) => value - HALF_Q);
  const r = shortPolynomial(random);
  const numbers = Array.from(multiply(h, r), (value) => {
    // To the nearest multiple of three, which the encoding divides by three.
    const rest = ((value % 3) + 3) % 3;
    return (value - (rest === 2 ? -1 : rest) + HALF_Q) / 3;
  });
  const rounded: number[] = [];
  encode(numbers, new Array(P).fill(ROUNDED), rounded);
  const short = Buffer.alloc(Math.ceil(P / 4));
  for (let i = 0; i < P; i++) short[i >> 2]! |= (r[i]! + 1) << ((i & 3) * 2);
  const input = prefixed(3, short);
  const ciphertext = Buffer.concat([Buffer.from(rounded), prefixed(2, input, prefixed(4, publicKey))]);
  return { ciphertext, key: prefixed(1, input, ciphertext) };
}
