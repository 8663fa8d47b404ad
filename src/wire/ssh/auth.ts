// The authentication protocol (RFC 4252, RFC 4256) as sshd leads it (OpenSSH 9.2p1, auth2.c): what counts, what is answered, when it ends.
import { Reader } from './data.ts';
import { verifySignature } from './hostkey.ts';
import { MSG } from './message.ts';
import type { AuthRequest, AuthVerdict, ServerHandler, ServerOptions } from './ssh.ts';
import type { Transport } from './transport.ts';
import { Violation } from './violation.ts';

const HOSTBOUND = 'publickey-hostbound-v00@openssh.com';
/** sshd stops counting there. */
const MOST_ATTEMPTS = 1024;
/** PubkeyAcceptedAlgorithms leaves SHA-1 and DSA out. */
const retired = new Set(['ssh-rsa', 'ssh-dss']);

export class Authentication {
  readonly #transport: Transport;
  readonly #options: ServerOptions;
  readonly #handler: ServerHandler;
  readonly #succeeded: () => void;
  #accepted = false;
  #done = false;
  #user: Buffer | undefined;
  #service = '';
  #attempts = 0;
  #failures = 0;
  /** keyboard-interactive: waiting for the password, or for the answer to the empty last question. */
  #dialogue: 'password' | 'granted' | undefined;

  constructor(transport: Transport, options: ServerOptions, handler: ServerHandler, succeeded: () => void) {
    this.#transport = transport;
    this.#options = options;
    this.#handler = handler;
    this.#succeeded = succeeded;
  }

  /** Takes a message; false when it is unknown at this point. */
  message(type: number, payload: Buffer): boolean {
    const reader = new Reader(payload, 'auth', 1);
    if (this.#done) return type === MSG.USERAUTH_REQUEST;
    if (type === MSG.SERVICE_REQUEST) {
      this.#serviceRequest(reader);
      return true;
    }
    if (type === MSG.USERAUTH_REQUEST && this.#accepted) {
      this.#request(reader);
      return true;
    }
    if (type === MSG.USERAUTH_INFO_RESPONSE && this.#dialogue) {
      this.#response(reader);
      return true;
    }
    return false;
  }

  #serviceRequest(reader: Reader): void {
    const service = reader.text();
    reader.end();
    if (service !== 'ssh-userauth' || this.#accepted)
      throw new Violation('auth', 'bad service request', `bad service request ${service}`);
    this.#accepted = true;
    this.#transport.writer.start(MSG.SERVICE_ACCEPT).string(service);
    this.#transport.send();
  }

  #request(reader: Reader) {
    const user = Buffer.from(reader.cstring());
    const service = reader.text();
    const method = reader.text();
    if (this.#attempts >= MOST_ATTEMPTS) return this.#exhausted();
    this.#attempts++;
    this.#dialogue = undefined;
    if (this.#user === undefined) {
      this.#user = user;
      this.#service = service;
    } else if (!this.#user.equals(user) || this.#service !== service) {
      const was = `(${this.#user.toString('latin1')},${this.#service})`;
      throw new Violation(
        'auth',
        'user or service changed between requests',
        `Change of username or service not allowed: ${was} -> (${user.toString('latin1')},${service})`,
      );
    }
    const base = { user, service };
    const { authMethods } = this.#options.profile;
    if (method === 'none') {
      // Only counted, and only looked at, as the first request.
      if (this.#attempts > 1) return this.#refuse();
      return this.#decide({ ...base, method }, (ok) => (ok ? this.#grant('none') : this.#refuse(false)));
    }
    if (method === 'password' && authMethods.includes('password')) {
      const change = reader.boolean();
      const password = Buffer.from(reader.cstring());
      if (change) return this.#refuse();
      reader.end();
      return this.#decide({ ...base, method, password }, (ok) => (ok ? this.#grant(method) : this.#refuse()));
    }
    if ((method === 'publickey' || method === HOSTBOUND) && authMethods.includes('publickey'))
      return this.#publicKey(reader, base, method);
    if (method === 'keyboard-interactive' && authMethods.includes(method)) {
      reader.string();
      reader.string();
      this.#dialogue = 'password';
      return this.#ask(['Password: ']);
    }
    this.#refuse();
  }

  #publicKey(reader: Reader, base: { user: Buffer; service: string }, method: string) {
    const signed = reader.boolean();
    const algorithm = reader.text();
    const blob = Buffer.from(reader.string());
    const hostKey = method === HOSTBOUND ? reader.string() : undefined;
    if (hostKey && !hostKey.equals(this.#transport.hostKeyBlob)) return this.#refuse();
    let keyType = '';
    try {
      keyType = new Reader(blob, 'auth').text();
    } catch {
      // sshd: "parse key"; the request fails like one with an unknown key.
      return this.#refuse();
    }
    const request: AuthRequest = { ...base, method: 'publickey', algorithm, keyType, blob, signed };
    if (!signed) {
      reader.end();
      return this.#decide(request, (ok) => {
        if (!ok || retired.has(algorithm)) return this.#refuse();
        this.#transport.writer.start(MSG.USERAUTH_PK_OK).string(algorithm).string(blob);
        this.#transport.send();
      });
    }
    const signature = reader.string();
    reader.end();
    const { writer } = this.#transport;
    writer.start(MSG.USERAUTH_REQUEST).string(base.user).string(base.service).string(method).boolean(true);
    writer.string(algorithm).string(blob);
    if (hostKey) writer.string(hostKey);
    const body = writer.payload();
    const id = this.#transport.sessionId!;
    if (!this.#transport.compat.bareSessionId) writer.start(0).string(id).raw(body);
    else writer.start(0).raw(id).raw(body);
    if (!verifySignature(blob, algorithm, signature, writer.payload().subarray(1))) return this.#refuse();
    this.#decide(request, (ok) => (ok && !retired.has(algorithm) ? this.#grant('publickey') : this.#refuse()));
  }

  #ask(prompts: string[]): void {
    const { writer } = this.#transport;
    writer.start(MSG.USERAUTH_INFO_REQUEST).string('').string('').string('').u32(prompts.length);
    for (const prompt of prompts) writer.string(prompt).boolean(false);
    this.#transport.send();
  }

  #response(reader: Reader) {
    const count = reader.u32();
    if (count > 100) throw new Violation('auth', 'too many replies');
    const responses: Buffer[] = [];
    for (let i = 0; i < count; i++) responses.push(Buffer.from(reader.cstring()));
    reader.end();
    const method = 'keyboard-interactive';
    if (this.#dialogue === 'granted') return this.#grant('keyboard-interactive/pam');
    this.#dialogue = undefined;
    if (count !== 1) return this.#refuse();
    this.#decide({ user: this.#user!, service: this.#service, method, responses }, (ok) => {
      if (!ok) return this.#refuse();
      // PAM has no more questions, and sshd says so with an empty one.
      this.#dialogue = 'granted';
      this.#ask([]);
    });
  }

  /** Asks the owner; further messages wait until it has decided. */
  #decide(request: AuthRequest, then: (accepted: boolean) => void) {
    const verdict = this.#handler.authenticate(request);
    const finish = (value: AuthVerdict) => then(value === 'accept' && request.service === 'ssh-connection');
    if (typeof verdict === 'string') return finish(verdict);
    this.#transport.busy = true;
    const settle = (value: AuthVerdict) => {
      this.#transport.guard(() => finish(value));
      this.#transport.resume();
    };
    verdict.then(settle, () => settle('refuse'));
  }

  #refuse(counted = true) {
    if (counted) this.#failures++;
    if (this.#failures >= this.#options.profile.maxAuthTries) return this.#exhausted();
    this.#transport.writer
      .start(MSG.USERAUTH_FAILURE)
      .string(this.#options.profile.authMethods.join(','))
      .boolean(false);
    this.#transport.send();
  }

  #exhausted(): void {
    this.#transport.disconnect(2, 'Too many authentication failures');
  }

  #grant(method: string): void {
    this.#done = true;
    this.#transport.writer.start(MSG.USERAUTH_SUCCESS);
    this.#transport.send();
    this.#transport.startCompression();
    this.#handler.authenticated?.(this.#user!, method);
    this.#succeeded();
  }
}
