// Host keys (RFC 4253 §6.6, RFC 5656, RFC 8332, RFC 8709): made, kept as PEM, and signed with; and the check of a client's signature.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { encodeMpint, encodeString, Reader } from './data.ts';

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
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'ssh-ed25519': undefined,
};

const curves: Readonly<Record<string, string>> = { nistp256: 'P-256', nistp384: 'P-384', nistp521: 'P-521' };

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
    algorithms: type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type],
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

/** The key inside a client's public key blob; undefined when it is malformed or of a type that OpenSSL cannot check. */
function clientKey(blob: Buffer): KeyObject | undefined {
  const reader = new Reader(blob, 'auth');
  const type = reader.text();
  const url = (bytes: Buffer) => bytes.toString('base64url');
  if (type === 'ssh-ed25519')
    return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: url(reader.string()) } });
  if (type === 'ssh-rsa') {
    const e = reader.mpint();
    const n = reader.mpint();
    return createPublicKey({ format: 'jwk', key: { kty: 'RSA', e: url(e), n: url(n) } });
  }
  const crv = type.startsWith('ecdsa-sha2-') ? curves[reader.text()] : undefined;
  if (crv === undefined) return undefined;
  const point = reader.string();
  const half = (point.length - 1) / 2;
  if (point[0] !== 4 || !Number.isInteger(half)) return undefined;
  const x = url(point.subarray(1, 1 + half));
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv, x, y: url(point.subarray(1 + half)) } });
}

/** Whether `signature` (a blob with its algorithm's name) over `data` was made with the key in `blob`. Never throws. */
export function verifySignature(blob: Buffer, algorithm: string, signature: Buffer, data: Buffer): boolean {
  try {
    if (!Object.hasOwn(digests, algorithm)) return false;
    const reader = new Reader(signature, 'auth');
    if (reader.text() !== algorithm) return false;
    let bytes = reader.string();
    const key = clientKey(blob);
    if (!key) return false;
    if (!algorithm.startsWith('ecdsa-')) return verifyBytes(digests[algorithm], data, key, bytes);
    const numbers = new Reader(bytes, 'auth');
    const size = Math.ceil(({ 'ecdsa-sha2-nistp384': 384, 'ecdsa-sha2-nistp521': 521 }[algorithm] ?? 256) / 8);
    const r = numbers.mpint();
    const s = numbers.mpint();
    if (r.length > size || s.length > size) return false;
    bytes = Buffer.alloc(size * 2);
    r.copy(bytes, size - r.length);
    s.copy(bytes, size * 2 - s.length);
    return verifyBytes(digests[algorithm], data, { key, dsaEncoding: 'ieee-p1363' }, bytes);
  } catch {
    return false;
  }
}
