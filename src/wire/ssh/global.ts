// Global requests (RFC 4254 §4) and OpenSSH's own of them (PROTOCOL §2): what is answered below the owner, and the proof of host keys.
import { encodeString, Reader } from './data.ts';
import type { HostKey } from './hostkey.ts';
import { Violation } from './violation.ts';

const PROVE = 'hostkeys-prove-00@openssh.com';

/** Requests whose content sshd reads; a malformed one ends the connection. */
const contents: Readonly<Record<string, (reader: Reader) => void>> = {
  'tcpip-forward': (reader) => void [reader.cstring(), reader.u32()],
  'cancel-tcpip-forward': (reader) => void [reader.cstring(), reader.u32()],
  'streamlocal-forward@openssh.com': (reader) => void reader.cstring(),
  'cancel-streamlocal-forward@openssh.com': (reader) => void reader.cstring(),
};

export const isProof = (name: string): boolean => name === PROVE;

/** Throws where sshd does. */
export function checkGlobalRequest(name: string, data: Buffer): void {
  if (Object.hasOwn(contents, name)) contents[name]!(new Reader(data, 'connection'));
}

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
