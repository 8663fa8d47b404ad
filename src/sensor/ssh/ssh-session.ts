// One SSH connection as the honeypot sees it: turns what the client does into events, lets users in, and opens channels into the machine.
import { escapeBytes } from '../../event/escape.ts';
import type { Machine } from '../../machine/machine.ts';
import type {
  AuthRequest,
  AuthVerdict,
  Channel,
  ClientKexInit,
  ForwardAnswer,
  ForwardTarget,
  ListenTarget,
  Negotiated,
  ServerHandler,
  SessionHandler,
} from '../../wire/ssh/ssh.ts';
import { Forwarding } from '../forwarding/forwarding.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { Authentication } from './authentication.ts';
import { kexFields } from './client-key.ts';
import { ClientProfile } from './client-profile.ts';
import { SessionChannel } from './session-channel.ts';

/** sshd's MaxSessions. */
const MOST_SESSIONS = 10;

/** What sshd takes to open a PAM session and become the user: least and variation. */
const OPEN_MS = { least: 25, more: 15 };

export class SshSession implements ServerHandler {
  readonly #resources: Resources;
  readonly #recorder: Recorder;
  readonly #authentication: Authentication;
  readonly #onLogin: () => void;
  readonly #profile: ClientProfile;
  readonly #sessions = new Set<SessionChannel>();
  /** Some method beside none was tried. */
  attempted = false;
  readonly #forwarding: Forwarding;
  #user = '';
  #stopOpening: (() => void) | undefined;
  #lease: { machine: Machine; release(): void } | undefined;

  /**
   * @param onLogin called once the client is authenticated
   * @param depth how many connections to this honeypot it comes through
   */
  constructor(resources: Resources, recorder: Recorder, onLogin: () => void, depth: number) {
    this.#resources = resources;
    this.#recorder = recorder;
    this.#authentication = new Authentication(resources, recorder);
    this.#onLogin = onLogin;
    const accepted = resources.now();
    this.#profile = new ClientProfile(() => Math.max(0, Math.round(resources.now() - accepted)));
    this.#forwarding = new Forwarding({
      resources,
      recorder,
      user: () => this.#user,
      machine: () => this.#machine(),
      depth,
    });
  }

  /** The client has sent something. */
  spoke(): void {
    this.#profile.spoke();
  }

  ident(line: Buffer): void {
    this.#profile.ident();
    this.#recorder.emit('cowrie.client.version', { version: escapeBytes(line) });
  }

  kexInit(message: ClientKexInit): void {
    this.#profile.kexInit(message);
    this.#recorder.emit('cowrie.client.kex', kexFields(message));
  }

  newKeys(negotiated: Negotiated): void {
    this.#profile.newKeys(negotiated);
  }

  extInfo(extensions: [name: string, value: Buffer][]): void {
    this.#profile.extInfo(extensions);
  }

  asked(what: 'auth' | 'global' | 'open' | 'request', name: string): void {
    this.#profile.asked(what, name);
  }

  disconnected(code: number, description: Buffer): void {
    this.#profile.disconnected(code, description);
  }

  violation(violation: Parameters<NonNullable<ServerHandler['violation']>>[0]): void {
    const { layer, reason, message, length, data } = violation;
    if (message !== undefined && layer !== 'ident')
      this.#recorder.emit('cowrie.client.malformed_packet', {
        messagenum: message,
        datalen: length ?? data?.length ?? 0,
        data: data?.subarray(0, 256).toString('hex') ?? '',
      });
    this.#recorder.emit('kansatsuki.session.violation', {
      layer,
      reason,
      ...(data ? { detail: escapeBytes(data.subarray(0, 64)).slice(0, 256) } : {}),
    });
  }

  authenticate(request: AuthRequest): AuthVerdict | Promise<AuthVerdict> {
    if (request.method !== 'none') this.attempted = true;
    if (request.method === 'publickey') this.#profile.offered(request);
    return this.#authentication.judge(request);
  }

  authenticated(user: Buffer): Promise<void> {
    this.#user = user.toString('latin1');
    this.#profile.authenticated();
    this.#onLogin();
    const { after, random } = this.#resources;
    return new Promise((resolve) => {
      this.#stopOpening = after(OPEN_MS.least + OPEN_MS.more * random(), resolve);
    });
  }

  session(channel: Channel): SessionHandler | undefined {
    this.#profile.opened('session', channel);
    if (this.#sessions.size >= MOST_SESSIONS) return undefined;
    const session = new SessionChannel(
      this.#resources,
      this.#recorder,
      channel,
      this.#user,
      () => this.#machine(),
      this.#forwarding,
      (request) => this.#profile.pty(request),
    );
    this.#sessions.add(session);
    const closed = session.closed.bind(session);
    session.closed = () => {
      this.#sessions.delete(session);
      closed();
    };
    return session;
  }

  forward(target: ForwardTarget, channel: Channel): ForwardAnswer | Promise<ForwardAnswer> {
    this.#profile.opened(target.kind === 'tcp' ? 'direct-tcpip' : 'direct-streamlocal@openssh.com', channel);
    return this.#forwarding.open(target, channel);
  }

  listen(where: ListenTarget): { port: number } | boolean {
    return this.#forwarding.listen(where);
  }

  unlisten(where: ListenTarget): boolean {
    return this.#forwarding.unlisten(where);
  }

  tunnel(mode: number): void {
    this.#forwarding.tunnel(mode);
  }

  /** The connection is gone: every shell hears of it, then the last event is written. */
  gone(): void {
    this.#authentication.stop();
    this.#stopOpening?.();
    for (const session of [...this.#sessions]) session.closed();
    this.#sessions.clear();
    this.#forwarding.closed();
    this.#lease?.release();
    this.#lease = undefined;
    this.#tellProfile();
    this.#recorder.close();
  }

  #tellProfile(): void {
    const [exchange, summary] = [this.#profile.exchange(), this.#profile.summary()];
    if (exchange) this.#recorder.emit('kansatsuki.client.kexinit', exchange);
    if (summary) this.#recorder.emit('kansatsuki.client.profile', summary);
  }

  /** Made when it is first needed: most connections never log in. */
  #machine(): Machine {
    this.#lease ??= this.#resources.host.machines.lease(this.#recorder.connection.src_ip);
    return this.#lease.machine;
  }
}
