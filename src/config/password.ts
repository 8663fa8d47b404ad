// The dashboard's password: scrypt (RFC 7914) with its parameters and salt in one line of text, compared in constant time.
import { type BinaryLike, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

// N = 2^15, r = 8, p = 3: of the equally strong settings in OWASP's password storage cheat sheet the one with 32 MiB, so that a 1 GiB
// machine can check one while it serves; about 0.2 s.
const COST = 32_768;
const BLOCK = 8;
const PARALLEL = 3;
/** Hashes of earlier versions, and the largest setting of that list (N = 2^17), are checked too. */
const MEMORY = 160 << 20;

/** Form of a hash; also the schema's pattern for `web.password_hash`. */
export const HASH_PATTERN =
  /^\$scrypt\$n=(\d{1,7}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,88}={0,2})\$([A-Za-z0-9+/]{43,88}={0,2})$/;

/** `$scrypt$n=32768,r=8,p=3$SALT$HASH`, base64. `salt` is a parameter for tests only. */
export async function hashPassword(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const hash = await derive(password.normalize('NFC'), salt, 32, { N: COST, r: BLOCK, p: PARALLEL, maxmem: MEMORY });
  return `$scrypt$n=${COST},r=${BLOCK},p=${PARALLEL}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** True when `password` is the one that `hash` was made from; false for anything that is no such hash. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const match = HASH_PATTERN.exec(hash);
  if (!match) return false;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const wanted = Buffer.from(match[5]!, 'base64');
  const salt = Buffer.from(match[4]!, 'base64');
  try {
    const found = await derive(password.normalize('NFC'), salt, wanted.length, { N, r, p, maxmem: MEMORY });
    return timingSafeEqual(found, wanted);
  } catch {
    // Parameters that scrypt refuses (N no power of two, more memory than allowed): no password fits.
    return false;
  }
}

function derive(password: BinaryLike, salt: Buffer, length: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
