// What an installation is made with once and keeps: its id, the seed of its machine, and its host keys.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateHostKey, type HostKey, type HostKeyType, loadHostKey } from '../wire/ssh/hostkey.ts';
import { startError } from './start-error.ts';

/** The text of a file, made and kept at the first start. */
function kept(path: string, make: () => string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : keep(path, make());
  } catch (error) {
    throw startError(`Cannot keep ${path}`, error);
  }
}

function keep(path: string, text: string): string {
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  return text;
}

/** A version 1 UUID, as Cowrie makes them. */
function uuid1(now: number): string {
  const time = BigInt(Math.round(now)) * 10_000n + 0x01b21dd213814000n;
  const hex = time.toString(16).padStart(16, '0');
  const rest = randomBytes(8);
  rest[0] = (rest[0]! & 0x3f) | 0x80;
  rest[2]! |= 1;
  return `${hex.slice(8)}-${hex.slice(4, 8)}-1${hex.slice(1, 4)}-${rest.toString('hex', 0, 2)}-${rest.toString('hex', 2)}`;
}

export const installationId = (state: string, now: number): string =>
  kept(join(state, 'uuid'), () => `${uuid1(now)}\n`).trim();

/** 32 bytes. */
export const machineSeed = (state: string): Buffer =>
  Buffer.from(kept(join(state, 'machine.seed'), () => `${randomBytes(32).toString('hex')}\n`).trim(), 'hex');

const FILES: Record<HostKeyType, string> = {
  'ssh-rsa': 'ssh_host_rsa_key',
  'ssh-dss': 'ssh_host_dsa_key',
  'ecdsa-sha2-nistp256': 'ssh_host_ecdsa_key',
  'ecdsa-sha2-nistp384': 'ssh_host_ecdsa384_key',
  'ecdsa-sha2-nistp521': 'ssh_host_ecdsa521_key',
  'ssh-ed25519': 'ssh_host_ed25519_key',
};

/**
 * The host keys of the types that the SSH profile has, in its order, with its number of bits if they have to be made.
 *
 * @throws StartError when a key can be neither read nor made
 */
export async function hostKeys(
  folder: string,
  types: Readonly<Partial<Record<HostKeyType, number>>>,
): Promise<HostKey[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return Promise.all(
    Object.entries(types).map(async ([type, bits]) => {
      const path = join(folder, FILES[type as HostKeyType]);
      let pem: string;
      try {
        pem = existsSync(path)
          ? readFileSync(path, 'utf8')
          : keep(path, (await generateHostKey(type as HostKeyType, bits)).toPem());
      } catch (error) {
        throw startError(`Cannot keep ${path}`, error);
      }
      try {
        return loadHostKey(pem);
      } catch (error) {
        throw startError(`${path} is no host key; remove it to have a new one made`, error);
      }
    }),
  );
}
