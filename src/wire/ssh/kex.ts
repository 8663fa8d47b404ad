// The key exchange methods by wire name (RFC 4253 §8, RFC 5656, RFC 8268, RFC 8731), and the key derivation of RFC 4253 §7.2.
import {
  createDiffieHellmanGroup,
  createECDH,
  createPublicKey,
  diffieHellman,
  hash as digest,
  generateKeyPairSync,
} from 'node:crypto';
import { encodeMpint, encodeString, Reader } from './data.ts';
import { Violation } from './violation.ts';

export interface KexResult {
  /** Our public value as it goes into the reply and into the exchange hash: encoded as string or mpint. */
  server: Buffer;
  /** The client's value, encoded alike. */
  client: Buffer;
  /** The shared secret K as an mpint. */
  secret: Buffer;
}

export interface KexMethod {
  hash: 'sha256' | 'sha384' | 'sha512';
  /** Answers the body of KEXDH_INIT or KEX_ECDH_INIT (behind the message number); throws a Violation. */
  respond(body: Buffer): KexResult;
}

/** SubjectPublicKeyInfo of X25519 up to the key. */
const X25519_HEAD = Buffer.from('302a300506032b656e032100', 'hex');

const curve25519: KexMethod = {
  hash: 'sha256',
  respond(body) {
    const reader = new Reader(body, 'kex');
    const theirs = reader.string();
    reader.end();
    if (theirs.length !== 32) throw new Violation('kex', 'curve25519 value of wrong length');
    const pair = generateKeyPairSync('x25519');
    const ours = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x!, 'base64url');
    let secret: Buffer;
    try {
      const publicKey = createPublicKey({ key: Buffer.concat([X25519_HEAD, theirs]), format: 'der', type: 'spki' });
      secret = diffieHellman({ privateKey: pair.privateKey, publicKey });
    } catch {
      throw new Violation('kex', 'curve25519 value gives no secret');
    }
    return { server: encodeString(ours), client: encodeString(theirs), secret: encodeMpint(secret) };
  },
};

const ecdh = (curve: string, hash: KexMethod['hash']): KexMethod => ({
  hash,
  respond(body) {
    const reader = new Reader(body, 'kex');
    const theirs = reader.string();
    reader.end();
    const exchange = createECDH(curve);
    const ours = exchange.generateKeys();
    // OpenSSL would also take a compressed point; sshd does not (sshbuf_get_ec).
    if (theirs[0] !== 4) throw new Violation('kex', 'ECDH point is not uncompressed');
    let secret: Buffer;
    try {
      secret = exchange.computeSecret(theirs);
    } catch {
      throw new Violation('kex', 'ECDH point is not on the curve');
    }
    return { server: encodeString(ours), client: encodeString(theirs), secret: encodeMpint(secret) };
  },
});

const modp = (group: string, hash: KexMethod['hash']): KexMethod => ({
  hash,
  respond(body) {
    const reader = new Reader(body, 'kex');
    const theirs = reader.mpint();
    reader.end();
    const exchange = createDiffieHellmanGroup(group);
    const ours = exchange.generateKeys();
    let secret: Buffer;
    try {
      secret = exchange.computeSecret(theirs);
    } catch {
      throw new Violation('kex', 'Diffie-Hellman value out of range');
    }
    return { server: encodeMpint(ours), client: encodeMpint(theirs), secret: encodeMpint(secret) };
  },
});

export const kexMethods: Readonly<Record<string, KexMethod>> = {
  'curve25519-sha256': curve25519,
  'curve25519-sha256@libssh.org': curve25519,
  'ecdh-sha2-nistp256': ecdh('prime256v1', 'sha256'),
  'ecdh-sha2-nistp384': ecdh('secp384r1', 'sha384'),
  'ecdh-sha2-nistp521': ecdh('secp521r1', 'sha512'),
  'diffie-hellman-group14-sha256': modp('modp14', 'sha256'),
  'diffie-hellman-group16-sha512': modp('modp16', 'sha512'),
  'diffie-hellman-group18-sha512': modp('modp18', 'sha512'),
};

/** HASH(…) as bytes. */
export function hashOf(name: KexMethod['hash'], bytes: Buffer): Buffer {
  return digest(name, bytes, 'buffer');
}

/** A key of `length` bytes: letter A to F as in RFC 4253 §7.2; `secret` is an mpint. */
export function deriveKey(
  name: KexMethod['hash'],
  secret: Buffer,
  exchangeHash: Buffer,
  letter: string,
  sessionId: Buffer,
  length: number,
): Buffer {
  if (length === 0) return Buffer.alloc(0);
  const base = Buffer.concat([secret, exchangeHash]);
  let key = hashOf(name, Buffer.concat([base, Buffer.from(letter), sessionId]));
  while (key.length < length) key = Buffer.concat([key, hashOf(name, Buffer.concat([base, key]))]);
  return key.subarray(0, length);
}
