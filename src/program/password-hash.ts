// Password hashes of crypt(3): MD5 ($1$, $apr1$) and SHA-2 ($5$, $6$), after their published descriptions.
import { createHash } from 'node:crypto';
import type { Bytes, Process } from '../machine/machine.ts';

const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Three bytes are four digits, the lowest bits first. */
function encode(bytes: Buffer, groups: readonly (readonly [number, number, number, number])[]): string {
  let out = '';
  for (const [a, b, c, count] of groups) {
    let value = ((a < 0 ? 0 : bytes[a]!) << 16) | ((b < 0 ? 0 : bytes[b]!) << 8) | bytes[c]!;
    for (let i = 0; i < count; i++) {
      out += DIGITS[value & 63];
      value >>= 6;
    }
  }
  return out;
}

/** Poul-Henning Kamp's MD5-crypt; `magic` is `$1$` or Apache's `$apr1$`. */
export async function apr1(process: Process, magic: string, password: Bytes, salt: Bytes): Promise<Bytes> {
  const md5 = (text: Bytes) => createHash('md5').update(text, 'latin1').digest().toString('latin1');
  let text = password + magic + salt;
  const alternate = md5(password + salt + password);
  for (let left = password.length; left > 0; left -= 16) text += alternate.slice(0, Math.min(16, left));
  for (let n = password.length; n > 0; n >>= 1) text += n & 1 ? '\0' : password[0];
  let result = md5(text);
  for (let i = 0; i < 1000; i++) {
    let round = i & 1 ? password : result;
    if (i % 3) round += salt;
    if (i % 7) round += password;
    round += i & 1 ? result : password;
    result = md5(round);
    if (i % 100 === 0) await process.step(200);
  }
  const groups = [0, 1, 2, 3, 4].map((i) => [i, i + 6, i === 4 ? 5 : i + 12, 4] as const);
  return `${magic}${salt}$${encode(Buffer.from(result, 'latin1'), [...groups, [-1, -1, 11, 2]])}`;
}

/** Ulrich Drepper's SHA-crypt with its 5,000 rounds. */
export async function shaCrypt(
  process: Process,
  algorithm: 'sha256' | 'sha512',
  password: Bytes,
  salt: Bytes,
): Promise<Bytes> {
  const sha = (text: Bytes) => createHash(algorithm).update(text, 'latin1').digest().toString('latin1');
  const size = algorithm === 'sha256' ? 32 : 64;
  const fill = (text: Bytes, length: number) => text.repeat(Math.ceil(length / text.length) || 0).slice(0, length);
  const b = sha(password + salt + password);
  let a = password + salt + fill(b, password.length);
  for (let n = password.length; n > 0; n >>= 1) a += n & 1 ? b : password;
  let result = sha(a);
  const p = fill(sha(password.repeat(password.length)), password.length);
  const s = fill(sha(salt.repeat(16 + result.charCodeAt(0))), salt.length);
  for (let i = 0; i < 5000; i++) {
    let round = i & 1 ? p : result;
    if (i % 3) round += s;
    if (i % 7) round += p;
    round += i & 1 ? result : p;
    result = sha(round);
    if (i % 250 === 0) await process.step(500);
  }
  const bytes = Buffer.from(result, 'latin1');
  const groups: [number, number, number, number][] = [];
  if (size === 32) {
    for (let i = 0; i < 10; i++) groups.push([...rotate256(i), 4]);
    groups.push([-1, 31, 30, 3]);
  } else {
    for (let i = 0; i < 21; i++) groups.push([...rotate512(i), 4]);
    groups.push([-1, -1, 63, 2]);
  }
  return `${algorithm === 'sha256' ? '$5$' : '$6$'}${salt}$${encode(bytes, groups)}`;
}

/** The order of bytes: 0 10 20, 21 1 11, 12 22 2, 3 13 23 … */
function rotate256(i: number): [number, number, number] {
  const triple = [i, i + 10, i + 20] as const;
  const turn = i % 3;
  return turn === 0 ? [...triple] : turn === 1 ? [triple[2], triple[0], triple[1]] : [triple[1], triple[2], triple[0]];
}

/** 0 21 42, 22 43 1, 44 2 23, 3 24 45 … */
function rotate512(i: number): [number, number, number] {
  const triple = [i, i + 21, i + 42] as const;
  const turn = i % 3;
  return turn === 0 ? [...triple] : turn === 1 ? [triple[1], triple[2], triple[0]] : [triple[2], triple[0], triple[1]];
}
