// The authentication protocol (RFC 4252, RFC 4256) as sshd leads it (OpenSSH 9.2p1, auth2.c): what counts, what is answered, when it ends.
import { createHash, hash } from 'node:crypto';
import { keep, Reader } from './data.ts';
import { MSG } from './message.ts';
import { fits, keyTypeOf, verifySignature } from './publickey.ts';
import type { AuthRequest, AuthVerdict, ServerHandler, ServerOptions } from './ssh.ts';
import type { Transport } from './transport.ts';
import { Violation } from './violation.ts';

const HOSTBOUND = 'publickey-hostbound-v00@openssh.com';
/** sshd stops counting there. */
const MOST_ATTEMPTS = 1024;
const COLON = 58;
const SLASH = 47;
const TOO_MANY = 'Too many authentication failures';

/** What a request came to. */
type Outcome = 'granted' | 'refused';

export class Authentication {
  readonly #transport: Transport;
  readonly #options: ServerOptions;
  readonly #handler: ServerHandler;
  readonly #succeeded: () => void;
  #serviceAccepted = false;
  #user: Buffer | undefined;
  #service = '';
  #attempts = 0;
  #failures = 0;
  #triedNone = false;
  /** keyboard-interactive: how many answers are waited for, or undefined. None at all follow a right password (PAM). */
  #questions: number | undefined;
  #started = 0;
  #cancelDelay: (() => void) | undefined;

  constructor(transport: Transport, options: ServerOptions, handler: ServerHandler, succeeded: () => void) {
    this.#transport = transport;
    this.#options = options;
    this.#handler = handler;
    this.#succeeded = succeeded;
  }

  /** publickey-hostbound is in EXT_INFO from 8.9 on. */
  get #knowsHostbound(): boolean {
    return this.#options.profile.extensions.some(([name]) => name === 'publickey-hostbound@openssh.com');
  }

  /** The connection is over. */
  stop(): void {
    this.#cancelDelay?.();
  }

  /** Takes a message before authentication is done; false when it is unknown at this point. */
  message(type: number, payload: Buffer): boolean {
    const reader = new Reader(payload, 'auth', 1, this.#options.profile.behaviour.lenient);
    if (type === MSG.SERVICE_REQUEST) {
      this.#serviceRequest(reader);
      return true;
    }
    if (type === MSG.USERAUTH_REQUEST && this.#serviceAccepted) {
      this.#request(reader);
      return true;
    }
    if (type === MSG.USERAUTH_INFO_RESPONSE && this.#questions !== undefined) {
      this.#response(reader);
      return true;
    }
    // Messages of a dialogue that is not open have no handler at all once a request has come (auth2_challenge_stop).
    const ofDialogue = type === MSG.USERAUTH_INFO_RESPONSE || type === MSG.USERAUTH_GSSAPI_EXCHANGE_COMPLETE;
    if (ofDialogue && this.#attempts > 0) throw new Violation('auth', 'answer without a question');
    return false;
  }

  #serviceRequest(reader: Reader): void {
    const service = reader.text();
    reader.end();
    if (service !== 'ssh-userauth')
      throw new Violation('auth', 'bad service request', `bad service request ${service}`);
    this.#serviceAccepted = true;
    this.#transport.writer.start(MSG.SERVICE_ACCEPT).string(service);
    this.#transport.send();
  }

  #request(reader: Reader): void {
    const name = keep(reader.cstring());
    const service = reader.text();
    const method = reader.text();
    // "user:style" names a kind of login, "user/role" an SELinux role (a patch of Debian's and Red Hat's): sshd sees the user without.
    const end = name.findIndex((byte) => byte === COLON || byte === SLASH);
    const user = end < 0 ? name : name.subarray(0, end);
    if (this.#attempts >= MOST_ATTEMPTS) throw new Violation('auth', 'too many requests', TOO_MANY);
    this.#handler.asked?.('auth', method);
    this.#started = this.#options.environment.now();
    if (this.#attempts++ === 0) {
      this.#user = user;
      this.#service = service;
    } else if (!this.#user!.equals(user) || this.#service !== service) {
      const [was, is] = [this.#user!, user].map((one) => one.toString('latin1'));
      throw new Violation(
        'auth',
        'user or service changed between requests',
        `Change of username or service not allowed: (${was},${this.#service}) -> (${is},${service})`,
      );
    }
    this.#questions = undefined;
    const listed = this.#options.profile.authMethods;
    if (method === 'none') this.#none(reader);
    else if (method === 'password' && listed.includes(method)) this.#password(reader);
    else if ((method === 'publickey' || (method === HOSTBOUND && this.#knowsHostbound)) && listed.includes('publickey'))
      this.#publicKey(reader, name, method);
    else if (method === 'keyboard-interactive' && listed.includes(method)) this.#interactive(reader);
    else this.#finish('refused', method);
  }

  /** Only looked at once, and not counted as the first request. */
  #none(reader: Reader): void {
    if (this.#triedNone) {
      this.#finish('refused', 'none');
      return;
    }
    this.#triedNone = true;
    reader.end();
    this.#decide({ method: 'none' }, (accepted) => this.#finish(accepted ? 'granted' : 'refused', 'none'));
  }

  #password(reader: Reader): void {
    const change = reader.boolean();
    const password = Buffer.from(reader.cstring());
    if (change) reader.cstring();
    reader.end();
    if (change) this.#finish('refused', 'password');
    else
      this.#decide({ method: 'password', password }, (accepted) =>
        this.#finish(accepted ? 'granted' : 'refused', 'password'),
      );
  }

  #publicKey(reader: Reader, name: Buffer, method: string): void {
    const signed = reader.boolean();
    const algorithm = reader.text();
    const blob = Buffer.from(reader.string());
    const hostKey = method === HOSTBOUND ? reader.string() : undefined;
    if (hostKey && !hostKey.equals(this.#transport.hostKeyBlob))
      throw new Violation('auth', 'request bound to another host key');
    const keyType = keyTypeOf(blob);
    const usable = fits(algorithm, keyType) && this.#options.profile.publicKeyAlgorithms.includes(algorithm);
    const request = { method: 'publickey', algorithm, keyType, blob } as const;
    if (!usable || !signed) {
      if (usable) reader.end();
      this.#decide({ ...request, signed: false }, (accepted) => {
        if (!usable || !accepted) {
          this.#finish('refused', 'publickey');
          return;
        }
        this.#after(() => {
          this.#transport.writer.start(MSG.USERAUTH_PK_OK).string(algorithm).string(blob);
          this.#transport.send();
        });
      });
      return;
    }
    const signature = Buffer.from(reader.string());
    reader.end();
    const { writer, sessionId, compat } = this.#transport;
    writer.start(0);
    if (compat.bareSessionId) writer.raw(sessionId);
    else writer.string(sessionId);
    writer.u8(MSG.USERAUTH_REQUEST).string(name).string(this.#service).string(method).boolean(true);
    writer.string(algorithm).string(blob);
    if (hostKey) writer.string(hostKey);
    const data = writer.payload().subarray(1);
    // As sshd does, a signature is only looked at if the key would do: nobody can make us compute for keys of their own.
    this.#decide({ ...request, signed: true }, (accepted) => {
      const granted = accepted && verifySignature(blob, algorithm, signature, data);
      this.#finish(granted ? 'granted' : 'refused', 'publickey');
    });
  }

  #interactive(reader: Reader): void {
    reader.cstring();
    const devices = reader.text();
    reader.end();
    // sshd has one device; a client that names others gets none.
    if (devices !== '' && !devices.split(',').includes('pam')) {
      this.#finish('refused', 'keyboard-interactive');
      return;
    }
    this.#after(() => this.#ask(['Password: ']));
  }

  #ask(prompts: string[]): void {
    this.#questions = prompts.length;
    const { writer } = this.#transport;
    writer.start(MSG.USERAUTH_INFO_REQUEST).string('').string('').string('').u32(prompts.length);
    for (const prompt of prompts) writer.string(prompt).boolean(false);
    this.#transport.send();
  }

  #response(reader: Reader): void {
    const count = reader.u32();
    if (count !== this.#questions) throw new Violation('auth', 'wrong number of replies');
    const responses: Buffer[] = [];
    for (let i = 0; i < count; i++) responses.push(Buffer.from(reader.cstring()));
    reader.end();
    this.#questions = undefined;
    if (count === 0) {
      this.#conclude('granted', 'keyboard-interactive');
      return;
    }
    this.#decide({ method: 'keyboard-interactive', responses }, (accepted) => {
      // PAM has no more questions, and sshd says so with an empty list of them.
      if (accepted) this.#ask([]);
      else this.#conclude('refused', 'keyboard-interactive');
    });
  }

  /** Asks the owner; further messages wait until it has decided. */
  #decide(
    what:
      | { method: 'none' }
      | { method: 'password'; password: Buffer }
      | { method: 'keyboard-interactive'; responses: Buffer[] }
      | { method: 'publickey'; algorithm: string; keyType: string; blob: Buffer; signed: boolean },
    then: (accepted: boolean) => void,
  ): void {
    const request: AuthRequest = { user: this.#user!, service: this.#service, ...what };
    const settle = (verdict: AuthVerdict) => {
      if (verdict === 'accept' && this.#service !== 'ssh-connection') {
        // The monitor lets the user in, and its own child finds that impossible (userauth_finish, "authenticated invalid user").
        this.#after(() => {
          throw new Violation('auth', 'right password for a service that is not there');
        });
      } else then(verdict === 'accept');
    };
    const verdict = this.#handler.authenticate(request);
    if (typeof verdict === 'string') {
      settle(verdict);
      return;
    }
    this.#transport.hold();
    const resume = (value: AuthVerdict) => this.#transport.resume(() => settle(value));
    verdict.then(resume, () => resume('refuse'));
  }

  /** Ends a request as input_userauth_request does: not before its least time. */
  #finish(outcome: Outcome, method: string): void {
    this.#after(() => this.#conclude(outcome, method));
  }

  /**
   * ensure_minimum_time_since: 5 ms and a share that depends on the user, or as many times the double of it as the decision has
   * taken (OpenSSH 9.2p1 does so with every request, not only with failures).
   */
  #after(run: () => void): void {
    const { profile, environment } = this.#options;
    if (profile.authDelay === 0) {
      run();
      return;
    }
    const elapsed = environment.now() - this.#started;
    let delay = profile.authDelay + userDelay(this.#options, this.#user!);
    while (delay < elapsed) delay *= 2;
    this.#transport.hold();
    this.#cancelDelay = environment.after(delay - elapsed, () => this.#transport.resume(run));
  }

  #conclude(outcome: Outcome, method: string): void {
    const { writer } = this.#transport;
    if (outcome === 'granted') {
      writer.start(MSG.USERAUTH_SUCCESS);
      this.#transport.send();
      this.#transport.authenticationDone();
      const opened = this.#handler.authenticated?.(this.#user!, method);
      if (!opened) this.#succeeded();
      else {
        this.#transport.hold();
        const begin = () => this.#transport.resume(this.#succeeded);
        opened.then(begin, begin);
      }
      return;
    }
    if (this.#attempts > 1 || method !== 'none') this.#failures++;
    const { maxAuthTries, authMethods } = this.#options.profile;
    if (this.#failures >= maxAuthTries) {
      this.#transport.disconnect(2, TOO_MANY);
      return;
    }
    writer.start(MSG.USERAUTH_FAILURE).string(authMethods.join(',')).boolean(false);
    this.#transport.send();
  }
}

/** What only this server knows, made of its host keys once. */
const secrets = new WeakMap<object, string>();

/** Milliseconds from 0 to 4.3 that belong to a user name on this server (auth2.c, user_specific_delay). */
function userDelay({ hostKeys }: ServerOptions, user: Buffer): number {
  let secret = secrets.get(hostKeys);
  if (secret === undefined) {
    const sum = createHash('sha256');
    for (const key of hostKeys) sum.update(key.toPem());
    secret = sum.digest('hex');
    secrets.set(hostKeys, secret);
  }
  return hash('sha512', Buffer.concat([Buffer.from(secret), user]), 'buffer').readUInt32BE(0) / 1e9;
}
