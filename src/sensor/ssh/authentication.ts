// Judges one SSH authentication request and tells of it: who gets in by password, keys are noted and refused.
import { escapeBytes } from '../../event/escape.ts';
import type { AuthRequest, AuthVerdict } from '../../wire/ssh/ssh.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { tellDecoy } from '../tell-decoy.ts';
import { offeredKey } from './client-key.ts';

/** pam_unix asks for a delay of 2 s after a wrong password; PAM varies it by the mean of three numbers from -0.5 to 0.5 (pam_delay.c). */
const FAIL_DELAY_MS = 2000;
/** What PAM needs to look at a password at all: a yescrypt hash of Debian's cost, and its modules; least and variation. */
const CHECK_MS = { least: 20, more: 5 };
/** MAX_PASSWORD_LEN (auth-passwd.c): a longer one, like an empty one, never reaches PAM and is refused without its delay. */
const LONGEST_PASSWORD = 1024;
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
        return this.#password(request, request.password);
      case 'keyboard-interactive':
        return request.responses.length === 0 ? 'refuse' : this.#password(request, request.responses[0]!);
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

  #password({ user, service }: AuthRequest, password: Buffer): AuthVerdict | Promise<AuthVerdict> {
    const { userdb, random, after } = this.#resources;
    const judged =
      password.length <= LONGEST_PASSWORD
        ? userdb.judge(user.toString('latin1'), password.toString('latin1'), this.#recorder.connection.src_ip)
        : { accepted: false };
    const { accepted } = judged;
    // For another service nobody gets in, but sshd answers the right password otherwise than a wrong one.
    const success = accepted && service === 'ssh-connection';
    this.#recorder.emit(success ? 'cowrie.login.success' : 'cowrie.login.failed', {
      username: escapeBytes(user.subarray(0, MOST_BYTES)),
      password: escapeBytes(password.subarray(0, MOST_BYTES)),
    });
    if (success) tellDecoy(this.#recorder, user, password, judged);
    if (password.length > LONGEST_PASSWORD || (password.length === 0 && !accepted)) return 'refuse';
    return new Promise((resolve) => {
      const check = CHECK_MS.least + CHECK_MS.more * random();
      const delay = accepted ? 0 : FAIL_DELAY_MS * (0.5 + (random() + random() + random()) / 3);
      this.#cancel = after(check + delay, () => resolve(accepted ? 'accept' : 'refuse'));
    });
  }
}
