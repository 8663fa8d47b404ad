// Numbers in order as one of 52 bits: quick, no secret, good enough where a meeting of two only blurs a picture.

/** Of numbers in order (up to 2^53 each); quick, for sequences of what has been hashed before. */
export function hashNumbers(...numbers: readonly number[]): number {
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  for (const number of numbers) {
    const low = number >>> 0;
    const high = (number / 0x1_0000_0000) >>> 0;
    a = Math.imul(a ^ low, 0xcc9e2d51);
    a ^= a >>> 15;
    a = Math.imul(a ^ high, 0x1b873593);
    a ^= a >>> 13;
    b = Math.imul(b ^ high ^ a, 0x85ebca6b);
    b ^= b >>> 16;
    b = Math.imul(b ^ low, 0xc2b2ae35);
    b ^= b >>> 14;
  }
  return (a >>> 0) * 0x10_0000 + (b >>> 12);
}
