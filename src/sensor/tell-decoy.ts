// Writes down that a decoy password was accepted.
import { escapeBytes } from '../event/escape.ts';
import type { Judged } from './decoys.ts';
import type { Recorder } from './recorder.ts';

/** Bytes of a user name or password that are recorded. */
const MOST_BYTES = 4096;

export function tellDecoy(
  recorder: Recorder,
  user: Buffer,
  password: Buffer,
  judged: { accepted: boolean } | Judged,
): void {
  if (!('how' in judged)) return;
  const { how, decoy } = judged;
  recorder.emit('kansatsuki.login.decoy', {
    username: escapeBytes(user.subarray(0, MOST_BYTES)),
    password: escapeBytes(password.subarray(0, MOST_BYTES)),
    how,
    ...(how === 'handed' ? { given_to: decoy.address } : {}),
    given_at: new Date(decoy.at).toISOString(),
  });
}
