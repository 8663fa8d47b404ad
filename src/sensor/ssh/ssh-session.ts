// One SSH connection as the honeypot sees it: turns what the client does into events, lets users in, and opens channels into the machine.
import { escapeBytes } from '../../event/escape.ts';
import type { Machine } from '../../machine/machine.ts';
import type {
  AuthRequest,
  AuthVerdict,
  Channel,
  ChannelHandler,
  ClientKexInit,
  ForwardTarget,
  ServerHandler,
  SessionHandler,
} from '../../wire/ssh/ssh.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { Authentication } from './authentication.ts';
import { kexFields } from './client-key.ts';
import { ForwardChannel } from './forward-channel.ts';
import { SessionChannel } from './session-channel.ts';

/** sshd's MaxSessions. */
const MOST_SESSIONS = 10;
/** Forwarding channels open at once; bots that tunnel spam open hundreds in a row. */
const MOST_FORWARDS = 64;

export class SshSession implements ServerHandler {
  readonly #resources: Resources;
  readonly #recorder: Recorder;
  readonly #authentication: Authentication;
  readonly #onLogin: () => void;
  readonly #sessions = new Set<SessionChannel>();
  /** Some method beside none was tried. */
  attempted = false;
  #forwards = 0;
  #user = '';
  #lease: { machine: Machine; release(): void } | undefined;

  /** @param onLogin called once the client is authenticated */
  constructor(resources: Resources, recorder: Recorder, onLogin: () => void) {
    this.#resources = resources;
    this.#recorder = recorder;
    this.#authentication = new Authentication(resources, recorder);
    this.#onLogin = onLogin;
  }

  ident(line: Buffer): void {
    this.#recorder.emit('cowrie.client.version', { version: escapeBytes(line) });
  }

  kexInit(message: ClientKexInit): void {
    this.#recorder.emit('cowrie.client.kex', kexFields(message));
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
    return this.#authentication.judge(request);
  }

  authenticated(user: Buffer): void {
    this.#user = user.toString('latin1');
    this.#onLogin();
  }

  session(channel: Channel): SessionHandler | undefined {
    if (this.#sessions.size >= MOST_SESSIONS) return undefined;
    const session = new SessionChannel(this.#resources, this.#recorder, channel, this.#user, () => this.#machine());
    this.#sessions.add(session);
    const closed = session.closed.bind(session);
    session.closed = () => {
      this.#sessions.delete(session);
      closed();
    };
    return session;
  }

  forward(target: ForwardTarget, channel: Channel): ChannelHandler | undefined {
    if (this.#forwards >= MOST_FORWARDS) return undefined;
    this.#forwards++;
    const forward = new ForwardChannel(this.#recorder, target, channel);
    return {
      data: (chunk) => forward.data(chunk),
      end: () => forward.end(),
      closed: () => {
        this.#forwards--;
      },
    };
  }

  /** The connection is gone: every shell hears of it, then the last event is written. */
  closed(): void {
    this.#authentication.stop();
    for (const session of [...this.#sessions]) session.closed();
    this.#sessions.clear();
    this.#lease?.release();
    this.#lease = undefined;
    this.#recorder.close();
  }

  /** Made when it is first needed: most connections never log in. */
  #machine(): Machine {
    this.#lease ??= this.#resources.machineFor(this.#recorder.connection.src_ip);
    return this.#lease.machine;
  }
}
