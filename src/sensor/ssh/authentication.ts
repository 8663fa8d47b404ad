// Judges one SSH authentication request and tells of it: who gets in by password, keys are noted and refused.
import { escapeBytes } from '../../event/escape.ts';
import type { AuthRequest, AuthVerdict } from '../../wire/ssh/ssh.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { offeredKey } from './client-key.ts';

/**
 * Milliseconds until a wrong password is refused, and the share by which it varies: pam_unix asks for 2 s and PAM varies
 * every delay by up to a quarter (OpenSSH 9.2p1 with Debian 12's PAM: 1.6 to 2.4 s).
 */
const FAIL_DELAY_MS = 2000;
const FAIL_JITTER = 0.2;
/** Bytes of a user name or password that are recorded; sshd takes packets of 32 KiB. */
const MOST_BYTES = 4096;

export class Authentication {
  readonly #resources: Resources;
  readonly #recorder: Recorder;
  /** Cancels the delay under way. */
  #cancel: (() => void) | undefined;

  constructor(resources: Resources, recorder: Recorder) {
    this.#resources = resources;
    this.#recorder = recorder;
  }

  judge(request: AuthRequest): AuthVerdict | Promise<AuthVerdict> {
    switch (request.method) {
      case 'none':
        return 'refuse';
      case 'password':
        return this.#password(request.user, request.password);
      case 'keyboard-interactive':
        return request.responses.length === 0 ? 'refuse' : this.#password(request.user, request.responses[0]!);
      case 'publickey': {
        const key = offeredKey(request.keyType, request.blob);
        const username = escapeBytes(request.user.subarray(0, MOST_BYTES));
        this.#recorder.emit('cowrie.client.fingerprint', { username, ...key });
        this.#recorder.emit('cowrie.login.failed', { username, ...key });
        return 'refuse';
      }
    }
  }

  /** The connection is gone. */
  stop(): void {
    this.#cancel?.();
  }

  #password(user: Buffer, password: Buffer): AuthVerdict | Promise<AuthVerdict> {
    const { userdb, random, after } = this.#resources;
    const accepted = userdb.allows(user.toString('latin1'), password.toString('latin1'));
    this.#recorder.emit(accepted ? 'cowrie.login.success' : 'cowrie.login.failed', {
      username: escapeBytes(user.subarray(0, MOST_BYTES)),
      password: escapeBytes(password.subarray(0, MOST_BYTES)),
    });
    if (accepted) return 'accept';
    return new Promise((resolve) => {
      const delay = FAIL_DELAY_MS * (1 + FAIL_JITTER * (2 * random() - 1));
      this.#cancel = after(delay, () => resolve('refuse'));
    });
  }
}
