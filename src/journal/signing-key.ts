// The key that signs the journal's chain: made once, kept beside the host keys, read by nobody else.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Below the data directory. */
export const SIGNING_KEY = join('keys', 'journal_ed25519');

/** PEM (PKCS #8) of the installation's Ed25519 key. @throws what the disk says */
export function signingKey(dataDirectory: string): string {
  const path = join(dataDirectory, SIGNING_KEY);
  for (;;) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    try {
      writeFileSync(path, pem, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
