// Global requests (RFC 4254 §4) and OpenSSH's own of them (PROTOCOL §2): what is answered below the owner, and the proof of host keys.
import { encodeString, Reader } from './data.ts';
import type { HostKey } from './hostkey.ts';
import type { ListenTarget } from './ssh.ts';
import { Violation } from './violation.ts';

const PROVE = 'hostkeys-prove-00@openssh.com';

/** What forwarding requests ask for, by name without `cancel-`; sshd reads no further than this. */
const listening: Readonly<Record<string, (reader: Reader) => ListenTarget>> = {
  'tcpip-forward': (reader) => ({ kind: 'tcp', host: Buffer.from(reader.cstring()), port: reader.u32() }),
  'streamlocal-forward@openssh.com': (reader) => ({ kind: 'unix', path: Buffer.from(reader.cstring()) }),
};

/** A request to listen on the server's side, or to cancel that; undefined when it is another. Throws where sshd ends the connection. */
export function readListening(name: string, data: Buffer): { cancel: boolean; where: ListenTarget } | undefined {
  const cancel = name.startsWith('cancel-');
  const plain = cancel ? name.slice('cancel-'.length) : name;
  if (!Object.hasOwn(listening, plain)) return undefined;
  return { cancel, where: listening[plain]!(new Reader(data, 'connection')) };
}

/** What sshd says when it does not even try to listen (serverloop.c). */
export const DISABLED: Readonly<Record<ListenTarget['kind'], string>> = {
  tcp: 'Server has disabled port forwarding.',
  unix: 'Server has disabled streamlocal forwarding.',
};

export const isProof = (name: string): boolean => name === PROVE;

/**
 * hostkeys-prove-00@openssh.com: a signature by each key asked for, over the session id; undefined when one is not ours. `rsa` is the
 * algorithm that an RSA key signs with. No client asks for a key twice; one that does would only burn time.
 */
export function proveHostKeys(
  data: Buffer,
  keys: readonly HostKey[],
  sessionId: Buffer,
  rsa: string,
): Buffer | undefined {
  const reader = new Reader(data, 'connection');
  const signatures: Buffer[] = [];
  while (reader.remaining > 0) {
    let blob: Buffer;
    try {
      blob = reader.string();
    } catch (error) {
      if (error instanceof Violation) return undefined;
      throw error;
    }
    const key = keys.find((candidate) => candidate.blob.equals(blob));
    if (!key || signatures.length >= keys.length) return undefined;
    const signed = Buffer.concat([encodeString(PROVE), encodeString(sessionId), encodeString(blob)]);
    signatures.push(encodeString(key.sign(signed, key.type === 'ssh-rsa' ? rsa : key.algorithms[0]!)));
  }
  return Buffer.concat(signatures);
}
