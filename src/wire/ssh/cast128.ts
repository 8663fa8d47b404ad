// CAST-128 (RFC 2144) with a key of 128 bits, which OpenSSL 3 no longer has: CentOS 7's sshd still offers cast128-cbc.

import { BOXES } from './cast128-boxes.ts';
import type { Block } from './feedback.ts';

const words = Buffer.from(BOXES, 'base64');
const [S1, S2, S3, S4, S5, S6, S7, S8] = Array.from({ length: 8 }, (_, box) =>
  Int32Array.from({ length: 256 }, (_, i) => words.readInt32BE((box * 256 + i) * 4)),
) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
const OUTER = [S5, S6, S7, S8];

/**
 * The key schedule of §2.4 as a table. A line of `mix` is: the word to start from, four bytes for S5 to S8, the box and byte of the last
 * term; bytes 0 to f are of x, or of z where they are computed already. A line of `pick` makes one subkey: four bytes and a last one.
 */
const MIX_Z = ['0 xd xf xc xe 7x8', '8 z0 z2 z1 z3 8xa', 'c z7 z6 z5 z4 5x9', '4 za z9 zb z8 6xb'];
const MIX_X = ['8 z5 z7 z4 z6 7z0', '0 x0 x2 x1 x3 8z2', '4 x7 x6 x5 x4 5z1', 'c xa x9 xb x8 6z3'];
const PICK: [mix: 'z' | 'x', lines: string[]][] = [
  ['z', ['8976 2', 'ab54 6', 'cd32 9', 'ef10 c']],
  ['x', ['32cd 8', '10ef d', '7689 3', '54ab 7']],
  ['z', ['32cd 9', '10ef c', '7689 2', '54ab 6']],
  ['x', ['8976 3', 'ab54 7', 'cd32 8', 'ef10 d']],
];

const hex = (char: string) => Number.parseInt(char, 16);

/** K1 to K32. */
function schedule(key: Buffer): Int32Array {
  const state = { x: Buffer.from(key), z: Buffer.alloc(16) };
  const byte = (name: string) => state[name[0] as 'x' | 'z'][hex(name[1]!)]!;
  const mix = (lines: string[], from: Buffer, to: Buffer) =>
    lines.forEach((line, i) => {
      const [start, ...terms] = line.split(' ') as [string, string, string, string, string, string];
      const last = terms.pop()!;
      let word = from.readInt32BE(hex(start));
      terms.forEach((name, box) => {
        word ^= OUTER[box]![byte(name)]!;
      });
      to.writeInt32BE(word ^ OUTER[hex(last[0]!) - 5]![byte(last.slice(1))]!, i * 4);
    });
  const keys = new Int32Array(32);
  let made = 0;
  for (let half = 0; half < 2; half++)
    for (const [which, lines] of PICK) {
      if (which === 'z') mix(MIX_Z, state.x, state.z);
      else mix(MIX_X, state.z, state.x);
      lines.forEach((line, i) => {
        let word = OUTER[i]![state[which][hex(line[5]!)]!]!;
        for (let box = 0; box < 4; box++) word ^= OUTER[box]![state[which][hex(line[box]!)]!]!;
        keys[made++] = word;
      });
    }
  return keys;
}

/** One round function of §2.2: the three types take turns. */
function round(type: number, word: number, masking: number, rotation: number): number {
  const mixed = type === 0 ? masking + word : type === 1 ? masking ^ word : masking - word;
  const i = rotation === 0 ? mixed | 0 : (mixed << rotation) | (mixed >>> (32 - rotation));
  const [a, b, c, d] = [S1[i >>> 24]!, S2[(i >>> 16) & 255]!, S3[(i >>> 8) & 255]!, S4[i & 255]!];
  if (type === 0) return ((a ^ b) - c + d) | 0;
  if (type === 1) return ((a - b + c) | 0) ^ d;
  return (((a + b) ^ c) - d) | 0;
}

export function cast128(key: Buffer): Block {
  const keys = schedule(key);
  const run = (pair: Int32Array, from: number, step: number) => {
    let [left, right] = [pair[0]!, pair[1]!];
    for (let n = 0, i = from; n < 16; n++, i += step) {
      const next = left ^ round(i % 3, right, keys[i]!, keys[16 + i]! & 31);
      left = right;
      right = next;
    }
    pair[0] = right;
    pair[1] = left;
  };
  return { encrypt: (pair) => run(pair, 0, 1), decrypt: (pair) => run(pair, 15, -1) };
}
