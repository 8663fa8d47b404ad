// Asks an SSH server what it is: the fields of a profile (wire/ssh/profile.ts) that any client can see without logging in.
import { randomBytes } from 'node:crypto';
import { Reader } from '../../wire/ssh/data.ts';
import { readKexInit } from '../../wire/ssh/kexinit.ts';
import { MSG } from '../../wire/ssh/message.ts';
import type { Profile } from '../../wire/ssh/profile.ts';
import { keyTypeOf } from '../../wire/ssh/publickey.ts';
import type { ClientKexInit } from '../../wire/ssh/ssh.ts';
import { clientMethods } from './client-kex.ts';
import { ProbeConnection } from './connection.ts';

export type Seen = Pick<
  Profile,
  'ident' | 'kex' | 'hostKeys' | 'hostKey' | 'cipher' | 'mac' | 'compression' | 'extensions' | 'authMethods'
>;

/** What cannot be seen from outside before a login. */
const unseen: Record<Exclude<keyof Profile, keyof Seen>, true> = {
  moduli: true,
  leastGroup: true,
  publicKeyAlgorithms: true,
  authDelay: true,
  acceptEnv: true,
  maxAuthTries: true,
  maxSessions: true,
  sessionWindow: true,
  tcpWindow: true,
  maxPacket: true,
  rekeyBytes: true,
  rekeySeconds: true,
  refusal: true,
  graceJitter: true,
  penalties: true,
  behaviour: true,
};

export const UNSEEN = Object.keys(unseen);

export interface Probed {
  seen: Seen;
  remarks: Remark[];
}

/** What a profile cannot express, or what the server kept to itself. */
export type Remark =
  | { about: 'directions'; what: 'cipher' | 'mac' | 'compression'; names: string[] }
  | { about: 'key'; type: string; reason: string };

const same = (a: string[], b: string[]) => a.join() === b.join();

/**
 * Connects as often as the server has kinds of host keys, and asks for the methods of authentication once, with none.
 *
 * @throws Error with one sentence: what the server did instead of speaking SSH
 */
export async function probe(host: string, port: number): Promise<Probed> {
  const remarks: Remark[] = [];
  const first = await handshake(host, port);
  const { offer, extensions, authMethods } = first;
  for (const [what, one, other] of [
    ['cipher', offer.cipherIn, offer.cipherOut],
    ['mac', offer.macIn, offer.macOut],
    ['compression', offer.compressionIn, offer.compressionOut],
  ] as const)
    if (!same(one, other)) remarks.push({ about: 'directions', what, names: other });
  const keys = new Map([[first.keyType, first.bits]]);
  const seen = { [first.keyType]: true };
  for (const algorithm of offer.hostKey) {
    const type = algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
    if (seen[type]) continue;
    seen[type] = true;
    try {
      const { bits } = await handshake(host, port, algorithm);
      keys.set(type, bits);
    } catch (error) {
      remarks.push({ about: 'key', type, reason: (error as Error).message });
    }
  }
  const order = offer.hostKey.map((name) => (name.startsWith('rsa-sha2-') ? 'ssh-rsa' : name));
  const hostKeys = Object.fromEntries(
    [...new Set(order)].flatMap((type) => (keys.has(type) ? [[type, keys.get(type)!]] : [])),
  );
  return {
    seen: {
      ident: first.ident,
      kex: offer.kex,
      hostKeys,
      hostKey: offer.hostKey,
      cipher: offer.cipherIn,
      mac: offer.macIn,
      compression: offer.compressionIn,
      extensions,
      authMethods,
    },
    remarks,
  };
}

interface Handshake {
  ident: string;
  offer: ClientKexInit;
  keyType: string;
  bits: number;
  extensions: [string, string][];
  authMethods: string[];
}

/** One connection, up to the answer to the authentication request "none"; `hostKey` is the one algorithm to ask for. */
async function handshake(host: string, port: number, hostKey?: string): Promise<Handshake> {
  const connection = await ProbeConnection.open(host, port);
  try {
    const ident = await connection.identify();
    const theirs = await connection.until(MSG.KEXINIT);
    const offer = readKexInit(theirs);
    const method = offer.kex.find((name) => Object.hasOwn(clientMethods, name));
    if (!method) throw new Error(`it offers no key exchange that the probe knows: ${offer.kex.join(',')}`);
    const { key } = await connection.exchange(theirs, offer, method, hostKey);
    const found: Handshake = { ident, offer, ...measure(key), extensions: [], authMethods: [] };
    if (hostKey) return found;
    connection.request(MSG.SERVICE_REQUEST, 'ssh-userauth');
    await connection.until(MSG.SERVICE_ACCEPT, (payload) => {
      if (payload[0] === MSG.EXT_INFO) found.extensions = readExtensions(payload);
    });
    connection.request(MSG.USERAUTH_REQUEST, `kansatsuki-${randomBytes(2).toString('hex')}`, 'ssh-connection', 'none');
    const answer = await connection.until(MSG.USERAUTH_FAILURE);
    found.authMethods = new Reader(answer, 'auth', 1).nameList();
    return found;
  } finally {
    connection.close();
  }
}

function readExtensions(payload: Buffer): [string, string][] {
  const reader = new Reader(payload, 'transport', 1);
  return Array.from({ length: Math.min(reader.u32(), 64) }, () => [reader.text(), reader.string().toString('latin1')]);
}

/** Type and size of a public key. */
function measure(blob: Buffer): { keyType: string; bits: number } {
  const keyType = keyTypeOf(blob);
  const reader = new Reader(blob, 'kex');
  reader.string();
  if (keyType === 'ssh-rsa') reader.string();
  if (keyType === 'ssh-rsa' || keyType === 'ssh-dss') {
    const modulus = reader.mpint();
    return { keyType, bits: modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24 };
  }
  return { keyType, bits: Number(/\d+$/.exec(keyType.replace('ed25519', '256'))?.[0] ?? 256) };
}
