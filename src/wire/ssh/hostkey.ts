// Host keys (RFC 4253 §6.6, RFC 5656, RFC 8332, RFC 8709): made, kept as PEM, and signed with.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { encodeMpint, encodeString } from './data.ts';

export type HostKeyType = 'ssh-ed25519' | 'ecdsa-sha2-nistp256' | 'ssh-rsa';

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
  'ecdsa-sha2-nistp256': 'sha256',
  'ssh-ed25519': undefined,
};

const fromUrl = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');

function publicBlob(type: HostKeyType, key: KeyObject): Buffer {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  if (type === 'ssh-ed25519') return Buffer.concat([encodeString(type), encodeString(fromUrl(jwk.x))]);
  if (type === 'ssh-rsa')
    return Buffer.concat([encodeString(type), encodeMpint(fromUrl(jwk.e)), encodeMpint(fromUrl(jwk.n))]);
  const point = Buffer.concat([Buffer.of(4), fromUrl(jwk.x), fromUrl(jwk.y)]);
  return Buffer.concat([encodeString(type), encodeString('nistp256'), encodeString(point)]);
}

function typeOf(key: KeyObject): HostKeyType {
  if (key.asymmetricKeyType === 'ed25519') return 'ssh-ed25519';
  if (key.asymmetricKeyType === 'rsa') return 'ssh-rsa';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1')
    return 'ecdsa-sha2-nistp256';
  throw new Error(`host key: expected ed25519, ECDSA P-256 or RSA, found ${key.asymmetricKeyType ?? 'no private key'}`);
}

function hostKey(key: KeyObject): HostKey {
  const type = typeOf(key);
  return {
    type,
    algorithms: type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type],
    blob: publicBlob(type, key),
    sign(data, algorithm) {
      const digest = digests[algorithm];
      if (type !== 'ecdsa-sha2-nistp256')
        return Buffer.concat([encodeString(algorithm), encodeString(signBytes(digest, data, key))]);
      const pair = signBytes(digest, data, { key, dsaEncoding: 'ieee-p1363' });
      const numbers = Buffer.concat([encodeMpint(pair.subarray(0, 32)), encodeMpint(pair.subarray(32))]);
      return Buffer.concat([encodeString(algorithm), encodeString(numbers)]);
    },
    toPem: () => key.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** Makes a new key; `bits` counts for RSA only (ssh-keygen's default is 3072). */
export function generateHostKey(type: HostKeyType, bits = 3072): HostKey {
  if (type === 'ssh-ed25519') return hostKey(generateKeyPairSync('ed25519').privateKey);
  if (type === 'ssh-rsa') return hostKey(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
  return hostKey(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
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
