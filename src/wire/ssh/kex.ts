// The key exchange methods by wire name (RFC 4253 §8, RFC 4419, RFC 5656, RFC 8268, RFC 8731, and the hybrids of OpenSSH), and the
// key derivation of RFC 4253 §7.2.
import {
  createECDH,
  createPublicKey,
  diffieHellman,
  hash as digest,
  encapsulate as encapsulateFor,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { encodeMpint, encodeString, Reader } from './data.ts';
import { namedExchange } from './dh.ts';
import * as sntrup761 from './sntrup761.ts';
import { Violation } from './violation.ts';

export type KexHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export interface KexResult {
  /** Our public value as it goes into the reply and into the exchange hash: encoded as string or mpint. */
  server: Buffer;
  /** The client's value as it came, encoded. */
  client: Buffer;
  /** The shared secret K, encoded as mpint or, by the hybrids, as string. */
  secret: Buffer;
}

export interface KexMethod {
  hash: KexHash;
  /**
   * Answers the body of message 30 (behind its number); throws a Violation, at which sshd ends without a message. Undefined: a group
   * exchange, which transport.ts leads.
   */
  respond?(body: Buffer, random: (bytes: number) => Buffer): KexResult;
}

/** SubjectPublicKeyInfo up to the key itself. */
const SPKI = {
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
  'ml-kem-768': Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex'),
};

function importRaw(type: keyof typeof SPKI, raw: Buffer): KeyObject {
  // Node (24) finds out by four caught errors that this is no KeyObject yet: without their stacks it takes 12 µs instead of 42.
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return createPublicKey({ key: Buffer.concat([SPKI[type], raw]), format: 'der', type: 'spki' });
  } finally {
    Error.stackTraceLimit = depth;
  }
}

/** Message 30 of every method but the group exchange: one string. */
function clientValue(body: Buffer): Buffer {
  const reader = new Reader(body, 'kex');
  const value = reader.string();
  reader.end();
  return value;
}

/** Our X25519 value for theirs (32 bytes each), and the raw secret. */
function x25519(theirs: Buffer): { ours: Buffer; secret: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  try {
    const secret = diffieHellman({ privateKey, publicKey: importRaw('x25519', theirs) });
    return { ours: Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url'), secret };
  } catch {
    // A point of small order: the secret would be zero (kexc25519.c).
    throw new Violation('kex', 'curve25519 value gives no secret');
  }
}

const curve25519: KexMethod = {
  hash: 'sha256',
  respond(body) {
    const theirs = clientValue(body);
    if (theirs.length !== 32) throw new Violation('kex', 'curve25519 value of wrong length');
    const { ours, secret } = x25519(theirs);
    return { server: encodeString(ours), client: encodeString(theirs), secret: encodeMpint(secret) };
  },
};

const ecdh = (curve: string, hash: KexHash): KexMethod => ({
  hash,
  respond(body) {
    const theirs = clientValue(body);
    // OpenSSL would also take a compressed point; sshd does not (sshbuf_get_ec).
    if (theirs[0] !== 4) throw new Violation('kex', 'ECDH point is not uncompressed');
    const exchange = createECDH(curve);
    const ours = exchange.generateKeys();
    let secret: Buffer;
    try {
      secret = exchange.computeSecret(theirs);
    } catch {
      throw new Violation('kex', 'ECDH point is not on the curve');
    }
    return { server: encodeString(ours), client: encodeString(theirs), secret: encodeMpint(secret) };
  },
});

const modp = (group: string, hash: KexHash): KexMethod => ({
  hash,
  respond(body) {
    const raw = clientValue(body);
    const theirs = new Reader(encodeString(raw), 'kex').mpint();
    const exchange = namedExchange(group);
    const secret = encodeMpint(exchange.secret(theirs));
    // sshd hashes the client's value as it came, also with needless zeros (kexgen.c).
    return { server: encodeMpint(exchange.public), client: encodeString(raw), secret };
  },
});

/** A post-quantum KEM beside X25519: both secrets are hashed together, and the hash is K as a string. */
const hybrid = (
  hash: KexHash,
  keyBytes: number,
  encapsulate: (key: Buffer, random: (bytes: number) => Buffer) => { ciphertext: Buffer; key: Buffer },
): KexMethod => ({
  hash,
  respond(body, random) {
    const theirs = clientValue(body);
    if (theirs.length !== keyBytes + 32) throw new Violation('kex', 'hybrid value of wrong length');
    const { ciphertext, key } = encapsulate(theirs.subarray(0, keyBytes), random);
    const { ours, secret } = x25519(theirs.subarray(keyBytes));
    return {
      server: encodeString(Buffer.concat([ciphertext, ours])),
      client: encodeString(theirs),
      secret: encodeString(hashOf(hash, Buffer.concat([key, secret]))),
    };
  },
});

const sntrup = hybrid('sha512', sntrup761.PUBLIC_KEY_BYTES, sntrup761.encapsulate);

const mlkem = hybrid('sha256', 1184, (raw) => {
  try {
    const { sharedKey, ciphertext } = encapsulateFor(importRaw('ml-kem-768', raw));
    return { ciphertext, key: sharedKey };
  } catch {
    throw new Violation('kex', 'ML-KEM key is not valid');
  }
});

export const kexMethods: Readonly<Record<string, KexMethod>> = {
  'mlkem768x25519-sha256': mlkem,
  'sntrup761x25519-sha512': sntrup,
  'sntrup761x25519-sha512@openssh.com': sntrup,
  'curve25519-sha256': curve25519,
  'curve25519-sha256@libssh.org': curve25519,
  'ecdh-sha2-nistp256': ecdh('prime256v1', 'sha256'),
  'ecdh-sha2-nistp384': ecdh('secp384r1', 'sha384'),
  'ecdh-sha2-nistp521': ecdh('secp521r1', 'sha512'),
  'diffie-hellman-group-exchange-sha256': { hash: 'sha256' },
  'diffie-hellman-group-exchange-sha1': { hash: 'sha1' },
  'diffie-hellman-group14-sha256': modp('modp14', 'sha256'),
  'diffie-hellman-group16-sha512': modp('modp16', 'sha512'),
  'diffie-hellman-group18-sha512': modp('modp18', 'sha512'),
  'diffie-hellman-group14-sha1': modp('modp14', 'sha1'),
  'diffie-hellman-group1-sha1': modp('modp2', 'sha1'),
};

/** HASH(…) as bytes. */
export function hashOf(name: KexHash, bytes: Buffer): Buffer {
  return digest(name, bytes, 'buffer');
}

/** A key of `length` bytes: letter A to F as in RFC 4253 §7.2; `secret` is K as encoded. */
export function deriveKey(
  name: KexHash,
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
