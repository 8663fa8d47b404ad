// The client's side of the key exchanges that some server of the last twenty years is sure to have: X25519, ECDH, and Diffie-Hellman.
import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { encodeMpint, encodeString } from '../../wire/ssh/data.ts';
import { namedExchange } from '../../wire/ssh/dh.ts';
import type { KexHash } from '../../wire/ssh/kex.ts';

/** One exchange under way. */
interface ClientExchange {
  /** Our value, encoded as it is sent and hashed. */
  ours: Buffer;
  /** The secret, encoded, that follows from theirs. */
  secret(theirs: Buffer): Buffer;
}

interface ClientMethod {
  hash: KexHash;
  start(): ClientExchange;
}

const X25519 = Buffer.from('302a300506032b656e032100', 'hex');

const x25519: ClientMethod = {
  hash: 'sha256',
  start() {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    return {
      ours: encodeString(Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')),
      secret(theirs) {
        const key = createPublicKey({ key: Buffer.concat([X25519, theirs]), format: 'der', type: 'spki' });
        return encodeMpint(diffieHellman({ privateKey, publicKey: key }));
      },
    };
  },
};

const ecdh = (curve: string, hash: KexHash): ClientMethod => ({
  hash,
  start() {
    const exchange = createECDH(curve);
    return {
      ours: encodeString(exchange.generateKeys()),
      secret: (theirs) => encodeMpint(exchange.computeSecret(theirs)),
    };
  },
});

const modp = (group: string, hash: KexHash): ClientMethod => ({
  hash,
  start() {
    const exchange = namedExchange(group);
    return { ours: encodeMpint(exchange.public), secret: (theirs) => encodeMpint(exchange.secret(theirs)) };
  },
});

export const clientMethods: Readonly<Record<string, ClientMethod>> = {
  'curve25519-sha256': x25519,
  'curve25519-sha256@libssh.org': x25519,
  'ecdh-sha2-nistp256': ecdh('prime256v1', 'sha256'),
  'ecdh-sha2-nistp384': ecdh('secp384r1', 'sha384'),
  'ecdh-sha2-nistp521': ecdh('secp521r1', 'sha512'),
  'diffie-hellman-group14-sha256': modp('modp14', 'sha256'),
  'diffie-hellman-group16-sha512': modp('modp16', 'sha512'),
  'diffie-hellman-group14-sha1': modp('modp14', 'sha1'),
  'diffie-hellman-group1-sha1': modp('modp2', 'sha1'),
};
