// Host keys (RFC 4253 §6.6, RFC 5656, RFC 8332, RFC 8709): made, kept as PEM, and signed with.
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign as signBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { encodeMpint, encodeString } from './data.ts';
import { integers } from './der.ts';

interface TypeOfKey {
  /** Signature algorithms that a key of this type can make, OpenSSH's order. */
  algorithms: readonly string[];
  /** ECDSA: OpenSSL's name of the curve, and the one in the blob. */
  curve?: { openssl: string; name: string };
}

const types = {
  'ssh-rsa': { algorithms: ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] },
  'ssh-dss': { algorithms: ['ssh-dss'] },
  'ecdsa-sha2-nistp256': {
    algorithms: ['ecdsa-sha2-nistp256'],
    curve: { openssl: 'prime256v1', name: 'nistp256' },
  },
  'ecdsa-sha2-nistp384': {
    algorithms: ['ecdsa-sha2-nistp384'],
    curve: { openssl: 'secp384r1', name: 'nistp384' },
  },
  'ecdsa-sha2-nistp521': {
    algorithms: ['ecdsa-sha2-nistp521'],
    curve: { openssl: 'secp521r1', name: 'nistp521' },
  },
  'ssh-ed25519': { algorithms: ['ssh-ed25519'] },
} as const satisfies Record<string, TypeOfKey>;

export type HostKeyType = keyof typeof types;

export const hostKeyTypes = Object.keys(types) as HostKeyType[];

export interface HostKey {
  readonly type: HostKeyType;
  /** Signature algorithms that this key can make, sshd's order. */
  readonly algorithms: readonly string[];
  /** The public key as it goes over the wire. */
  readonly blob: Buffer;
  /** The signature blob (algorithm name, then the signature) over `data`; `algorithm` is one of `algorithms`. */
  sign(data: Buffer, algorithm: string): Buffer;
  /** PKCS #8, for a file. */
  toPem(): string;
}

const digests: Readonly<Record<string, string | undefined>> = {
  'ssh-rsa': 'sha1',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ssh-dss': 'sha1',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'ssh-ed25519': undefined,
};

const fromUrl = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
const curveOf = (type: HostKeyType) => (types[type] as TypeOfKey).curve;

function publicBlob(type: HostKeyType, key: KeyObject): Buffer {
  const open = createPublicKey(key);
  if (type === 'ssh-dss') {
    // Inside: p, q and g of the algorithm, then y.
    const numbers = integers(open.export({ format: 'der', type: 'spki' }));
    return Buffer.concat([encodeString(type), ...numbers.map(encodeMpint)]);
  }
  const jwk = open.export({ format: 'jwk' });
  if (type === 'ssh-ed25519') return Buffer.concat([encodeString(type), encodeString(fromUrl(jwk.x))]);
  if (type === 'ssh-rsa')
    return Buffer.concat([encodeString(type), encodeMpint(fromUrl(jwk.e)), encodeMpint(fromUrl(jwk.n))]);
  const point = Buffer.concat([Buffer.of(4), fromUrl(jwk.x), fromUrl(jwk.y)]);
  return Buffer.concat([encodeString(type), encodeString(curveOf(type)!.name), encodeString(point)]);
}

function typeOf(key: KeyObject): HostKeyType {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key;
  if (kind === 'ed25519') return 'ssh-ed25519';
  if (kind === 'rsa') return 'ssh-rsa';
  // A signature holds two numbers of 160 bits (RFC 4253 §6.6).
  if (kind === 'dsa' && details?.divisorLength === 160) return 'ssh-dss';
  const type = hostKeyTypes.find((name) => kind === 'ec' && curveOf(name)?.openssl === details?.namedCurve);
  if (type) return type;
  throw new Error(`host key: expected ed25519, ECDSA, RSA or DSA of 160 bits, found ${kind ?? 'no private key'}`);
}

function hostKey(key: KeyObject): HostKey {
  const type = typeOf(key);
  return {
    type,
    algorithms: types[type].algorithms,
    blob: publicBlob(type, key),
    sign(data, algorithm) {
      const digest = digests[algorithm];
      const pairs = type === 'ssh-dss' || curveOf(type) !== undefined;
      const bytes = signBytes(digest, data, pairs ? { key, dsaEncoding: 'ieee-p1363' } : key);
      if (!curveOf(type)) return Buffer.concat([encodeString(algorithm), encodeString(bytes)]);
      const half = bytes.length / 2;
      const numbers = Buffer.concat([encodeMpint(bytes.subarray(0, half)), encodeMpint(bytes.subarray(half))]);
      return Buffer.concat([encodeString(algorithm), encodeString(numbers)]);
    },
    toPem: () => key.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

const generate = promisify(generateKeyPair);

/**
 * Makes a new key, in a thread: the primes of RSA take most of a second. `bits` counts for RSA only (ssh-keygen's default is 3072 since
 * OpenSSH 8.0, 2048 before).
 */
export async function generateHostKey(type: HostKeyType, bits = 3072): Promise<HostKey> {
  const curve = curveOf(type);
  if (curve) return hostKey((await generate('ec', { namedCurve: curve.openssl })).privateKey);
  if (type === 'ssh-ed25519') return hostKey((await generate('ed25519')).privateKey);
  if (type === 'ssh-dss')
    return hostKey((await generate('dsa', { modulusLength: 1024, divisorLength: 160 })).privateKey);
  return hostKey((await generate('rsa', { modulusLength: bits })).privateKey);
}

/** Reads what `toPem` wrote (PKCS #8, or the older PKCS #1 and SEC 1); throws one sentence when it is no such key. */
export function loadHostKey(pem: string | Buffer): HostKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error('host key: expected an unencrypted private key in PEM, found something else');
  }
  return hostKey(key);
}
