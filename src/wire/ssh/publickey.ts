// Clients' public keys (RFC 4253 §6.6, RFC 5656, RFC 8332, RFC 8709, PROTOCOL.u2f): which type a blob holds, and whether a signature fits it.
import { createHash, createPublicKey, type KeyObject, verify as verifyBytes } from 'node:crypto';
import { Reader } from './data.ts';
import { BIT_STRING, der, integer, SEQUENCE } from './der.ts';

/** Signature algorithms to the key type in the blob; certificates are known by name, and never verify. */
const keyTypes: Readonly<Record<string, string>> = {
  'rsa-sha2-256': 'ssh-rsa',
  'rsa-sha2-512': 'ssh-rsa',
  'rsa-sha2-256-cert-v01@openssh.com': 'ssh-rsa-cert-v01@openssh.com',
  'rsa-sha2-512-cert-v01@openssh.com': 'ssh-rsa-cert-v01@openssh.com',
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com': 'sk-ecdsa-sha2-nistp256@openssh.com',
};

const digests: Readonly<Record<string, string | undefined>> = {
  'ssh-rsa': 'sha1',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'ssh-ed25519': undefined,
  'ssh-dss': 'sha1',
  'sk-ssh-ed25519@openssh.com': undefined,
  'sk-ecdsa-sha2-nistp256@openssh.com': 'sha256',
};

/** id-dsa (RFC 3279 §2.3.2). */
const DSA = Buffer.from('06072a8648ce380401', 'hex');

const curves: Readonly<Record<string, { name: string; bytes: number }>> = {
  nistp256: { name: 'P-256', bytes: 32 },
  nistp384: { name: 'P-384', bytes: 48 },
  nistp521: { name: 'P-521', bytes: 66 },
};

/** The type that a blob begins with; empty when it is none. */
export function keyTypeOf(blob: Buffer): string {
  try {
    return new Reader(blob, 'auth').text();
  } catch {
    return '';
  }
}

/** Whether a key of this type may be used with this signature algorithm (auth2-pubkey.c: the types must be the same). */
export function fits(algorithm: string, keyType: string): boolean {
  return (keyTypes[algorithm] ?? algorithm) === keyType;
}

const url = (bytes: Buffer) => bytes.toString('base64url');

/** The key inside a blob; undefined or an exception when it is malformed or of a type that OpenSSL cannot check. */
function parse(blob: Buffer): KeyObject | undefined {
  const reader = new Reader(blob, 'auth');
  const type = reader.text();
  if (type === 'ssh-ed25519' || type === 'sk-ssh-ed25519@openssh.com')
    return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: url(reader.string()) } });
  if (type === 'ssh-rsa') {
    const e = reader.mpint();
    const n = reader.mpint();
    return createPublicKey({ format: 'jwk', key: { kty: 'RSA', e: url(e), n: url(n) } });
  }
  if (type === 'ssh-dss') {
    const [p, q, g, y] = [reader.mpint(), reader.mpint(), reader.mpint(), reader.mpint()].map(integer);
    const parameters = der(SEQUENCE, DSA, der(SEQUENCE, p!, q!, g!));
    const key = der(SEQUENCE, parameters, der(BIT_STRING, Buffer.of(0), y!));
    return createPublicKey({ format: 'der', type: 'spki', key });
  }
  if (!/^(sk-)?ecdsa-sha2-/.test(type)) return undefined;
  const curve = curves[reader.text()];
  const point = reader.string();
  if (!curve || point[0] !== 4 || point.length !== 1 + 2 * curve.bytes) return undefined;
  const x = url(point.subarray(1, 1 + curve.bytes));
  const y = url(point.subarray(1 + curve.bytes));
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: curve.name, x, y } });
}

/** r and s of an ECDSA signature blob, side by side. */
function flatten(blob: Buffer, size: number): Buffer | undefined {
  const reader = new Reader(blob, 'auth');
  const [r, s] = [reader.mpint(), reader.mpint()];
  if (r.length > size || s.length > size) return undefined;
  const flat = Buffer.alloc(size * 2);
  r.copy(flat, size - r.length);
  s.copy(flat, size * 2 - s.length);
  return flat;
}

/** What a security key signs in place of `data` (PROTOCOL.u2f): the application and the data, hashed, around its flags and counter. */
function attested(signature: Reader, blob: Buffer, data: Buffer): Buffer {
  const state = signature.raw(5);
  const key = new Reader(blob, 'auth');
  key.string();
  if (keyTypeOf(blob).includes('ecdsa')) key.string();
  key.string();
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  return Buffer.concat([hash(key.string()), state, hash(data)]);
}

/** Whether `signature` (a blob with its algorithm's name) over `data` was made with the key in `blob`. Never throws. */
export function verifySignature(blob: Buffer, algorithm: string, signature: Buffer, data: Buffer): boolean {
  try {
    if (!Object.hasOwn(digests, algorithm)) return false;
    const reader = new Reader(signature, 'auth');
    if (reader.text() !== algorithm) return false;
    let bytes = reader.string();
    const key = parse(blob);
    if (!key) return false;
    const signed = algorithm.startsWith('sk-') ? attested(reader, blob, data) : data;
    reader.end();
    const [, curve] = /ecdsa-sha2-(nistp\d+)/.exec(algorithm) ?? [];
    if (curve) {
      const flat = flatten(bytes, curves[curve]!.bytes);
      if (!flat) return false;
      bytes = flat;
    } else if (algorithm === 'ssh-dss' && bytes.length !== 40) return false;
    return verifyBytes(digests[algorithm], signed, { key, dsaEncoding: 'ieee-p1363' }, bytes);
  } catch {
    return false;
  }
}
