// One SSH connection, server side (RFC 4254): what the owner feeds with bytes; channels and global requests on top of the transport.
import { Authentication } from './auth.ts';
import { type ChannelContext, OpenChannel } from './channel.ts';
import { Reader } from './data.ts';
import { DISABLED, isProof, proveHostKeys, readListening } from './global.ts';
import { MSG, OPEN_FAILURE } from './message.ts';
import { sessionRequest } from './session.ts';
import type {
  ForwardAnswer,
  ForwardTarget,
  ListenTarget,
  ServerHandler,
  ServerOptions,
  SessionHandler,
  Wire,
} from './ssh.ts';
import { Transport } from './transport.ts';
import { Violation } from './violation.ts';

/** Channels open at once, of all kinds; sshd's own bound is 16,384. */
const MOST_CHANNELS = 1024;

/** What sshd calls the messages to a channel where it complains of them (channels.c). */
const packetNames: Readonly<Record<number, string>> = {
  [MSG.CHANNEL_OPEN_CONFIRMATION]: 'open confirmation',
  [MSG.CHANNEL_OPEN_FAILURE]: 'open failure',
  [MSG.CHANNEL_WINDOW_ADJUST]: 'window adjust',
  [MSG.CHANNEL_DATA]: 'data',
  [MSG.CHANNEL_EXTENDED_DATA]: 'extended data',
  [MSG.CHANNEL_EOF]: 'ieof',
  [MSG.CHANNEL_CLOSE]: 'oclose',
};

/** Turns what `read` throws into a disconnect with a text, where sshd has one. */
function orDisconnect<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Violation) throw new Violation(error.layer, error.message, text);
    throw error;
  }
}

export class ServerConnection implements ChannelContext {
  readonly transport: Transport;
  readonly #options: ServerOptions;
  readonly #handler: ServerHandler;
  readonly #authentication: Authentication;
  readonly #channels = new Map<number, OpenChannel>();
  /** Channels with something to send once all messages have been taken. */
  readonly #waiting = new Set<OpenChannel>();
  /** Numbers of what is not open yet, and of listening sockets (by name), which are channels to sshd. */
  readonly #reserved = new Set<number>();
  readonly #listeners = new Map<string, number[]>();
  #noMoreSessions = false;

  /** Sends the identification at once. Nothing here throws; the handler's calls must not either. */
  constructor(options: ServerOptions, handler: ServerHandler, wire: Wire) {
    this.#options = options;
    this.#handler = handler;
    this.transport = new Transport(options, handler, wire, {
      message: (type, payload) => this.#message(type, payload),
      resumed: () => this.#flush(),
      idle: () => this.#idle(),
      closed: () => this.#closed(),
    });
    this.#authentication = new Authentication(this.transport, options, handler, () => this.#announceHostKeys());
  }

  /** Bytes from the client; they are not kept unless a packet is incomplete. */
  receive(chunk: Buffer): void {
    this.transport.receive(chunk);
  }

  /** The client sends nothing more: sshd ends the connection then, once it has answered what was there. */
  end(): void {
    this.transport.end();
  }

  /** The socket has room again, after `Wire.send` said false. */
  drained(): void {
    this.transport.drained();
  }

  /** Sends DISCONNECT and ends. */
  disconnect(code: number, text: string): void {
    this.transport.disconnect(code, text);
  }

  /** Ends without a word. */
  close(): void {
    this.transport.close();
  }

  /** Starts a key exchange from our side, once the client is authenticated. */
  rekey(): void {
    this.transport.rekey();
  }

  release(channel: OpenChannel): void {
    this.#channels.delete(channel.id);
    for (const number of channel.listeners) this.#reserved.delete(number);
  }

  later(channel: OpenChannel): void {
    this.#waiting.add(channel);
  }

  #idle(): void {
    for (const channel of this.#waiting) {
      this.#waiting.delete(channel);
      channel.flush();
    }
  }

  #flush(): void {
    for (const channel of [...this.#channels.values()]) channel.flush();
  }

  #closed(): void {
    this.#authentication.stop();
    for (const channel of [...this.#channels.values()]) channel.release();
  }

  /** A message above the transport; false when it is unknown at this point. */
  #message(type: number, payload: Buffer): boolean {
    if (!this.transport.authenticated) return this.#authentication.message(type, payload);
    const reader = new Reader(payload, 'connection', 1, this.#options.profile.behaviour.lenient);
    switch (type) {
      case MSG.GLOBAL_REQUEST:
        this.#globalRequest(reader);
        return true;
      case MSG.REQUEST_SUCCESS:
      case MSG.REQUEST_FAILURE:
      case MSG.CHANNEL_SUCCESS:
      case MSG.CHANNEL_FAILURE:
        return true;
      case MSG.CHANNEL_OPEN:
        this.#open(reader);
        return true;
      case MSG.CHANNEL_REQUEST:
        this.#request(reader);
        return true;
    }
    if (packetNames[type] === undefined) return false;
    this.#channelMessage(type, packetNames[type], reader);
    return true;
  }

  #channelMessage(type: number, what: string, reader: Reader): void {
    const id = orDisconnect(`Invalid ${what} message`, () => reader.u32());
    if (id > 0x7fffffff) throw new Violation('connection', 'channel number out of range', `Invalid ${what} channel id`);
    const channel = this.#channels.get(id);
    if (!channel) {
      if (type === MSG.CHANNEL_WINDOW_ADJUST) return;
      const text = `${what} packet referred to nonexistent channel ${id}`;
      throw new Violation('connection', 'message for a channel that does not exist', text);
    }
    const invalid = `Invalid ${what} message`;
    switch (type) {
      case MSG.CHANNEL_DATA: {
        if (!channel.started) return;
        const data = reader.string();
        reader.end();
        channel.receive(data);
        return;
      }
      case MSG.CHANNEL_EXTENDED_DATA:
        if (!channel.started) return;
        channel.receiveExtended();
        orDisconnect('Invalid extended_data message', () => reader.u32());
        return;
      case MSG.CHANNEL_WINDOW_ADJUST: {
        const more = orDisconnect(invalid, () => {
          const value = reader.u32();
          reader.end();
          return value;
        });
        channel.adjust(more);
        return;
      }
      case MSG.CHANNEL_EOF:
        orDisconnect(invalid, () => reader.end());
        channel.eof();
        return;
      case MSG.CHANNEL_CLOSE:
        orDisconnect(invalid, () => reader.end());
        channel.closeReceived();
        return;
      default:
        throw new Violation(
          'connection',
          'answer to a channel that was not asked for',
          `Received ${what} for non-opening channel ${id}.`,
        );
    }
  }

  #globalRequest(reader: Reader): void {
    const name = reader.text();
    const wanted = reader.boolean();
    const data = Buffer.from(reader.rest());
    this.#handler.asked?.('global', name);
    const listening = readListening(name, data);
    let success = false;
    let answer: Buffer | undefined;
    if (listening) {
      const port = listening.cancel ? this.#unlisten(listening.where) : this.#listen(listening.where, wanted);
      success = port !== undefined;
      if (port) {
        answer = Buffer.alloc(4);
        answer.writeUInt32BE(port);
      }
    } else if (name === 'no-more-sessions@openssh.com') {
      this.#noMoreSessions = true;
      success = true;
    } else if (isProof(name) && this.#options.profile.behaviour.hostKeysAnnounced) {
      const { sessionId, negotiated, rsaSignature } = this.transport;
      const used = negotiated!.hostKey;
      const rsa = /^(ssh-rsa|rsa-sha2-)/.test(used) ? used : rsaSignature;
      answer = proveHostKeys(data, this.#options.hostKeys, sessionId, rsa);
      success = answer !== undefined;
    } else success = this.#handler.globalRequest?.(name, data) ?? false;
    if (!wanted) return;
    const { writer } = this.transport;
    writer.start(success ? MSG.REQUEST_SUCCESS : MSG.REQUEST_FAILURE);
    if (answer) writer.raw(answer);
    this.transport.send();
    this.transport.written();
  }

  /** The port that was chosen, 0 when there is none to tell, or undefined when it failed. */
  #listen(where: ListenTarget, wanted: boolean): number | undefined {
    const { kind } = where;
    // A port that nobody is told of is useless, and one above 2^31 - 1 is no port to sshd.
    const pointless = kind === 'tcp' && (where.port > 0x7fffffff || (where.port === 0 && !wanted));
    const result = pointless ? 'disabled' : (this.#handler.listen?.(where) ?? 'disabled');
    if (result === 'disabled') this.#debug(DISABLED[kind]);
    if (result === false || result === 'disabled') return undefined;
    const port = typeof result === 'object' ? result.port : 0;
    // sshd gives each listening socket a channel number: both families of localhost, unless the client names one.
    const one = kind === 'unix' || where.host.equals(Buffer.from('127.0.0.1')) || where.host.equals(Buffer.from('::1'));
    const name = listenerName(kind === 'tcp' && port > 0 ? { ...where, port } : where);
    const numbers = this.#listeners.get(name) ?? [];
    for (let i = one ? 1 : 2; i > 0; i--) numbers.push(this.#reserve());
    this.#listeners.set(name, numbers);
    return port;
  }

  #unlisten(where: ListenTarget): number | undefined {
    if (where.kind === 'tcp' && where.port > 0x7fffffff) return undefined;
    const name = listenerName(where);
    const numbers = this.#listeners.get(name);
    if (!numbers) return undefined;
    for (const number of numbers) this.#reserved.delete(number);
    this.#listeners.delete(name);
    this.#handler.unlisten?.(where);
    return 0;
  }

  /** A channel number for something of the server's own. */
  #reserve(): number {
    const id = this.#freeId();
    this.#reserved.add(id);
    return id;
  }

  /** hostkeys-00@openssh.com: all our keys, right after authentication (sshd.c, notify_hostkeys). */
  #announceHostKeys(): void {
    if (this.transport.compat.noHostKeys || !this.#options.profile.behaviour.hostKeysAnnounced) return;
    this.transport.writer.start(MSG.GLOBAL_REQUEST).string('hostkeys-00@openssh.com').boolean(false);
    for (const key of this.#options.hostKeys) this.transport.writer.string(key.blob);
    this.transport.send();
  }

  #open(reader: Reader): void {
    const type = reader.text();
    const peer = reader.u32();
    const opening = { type, peer, peerWindow: reader.u32(), peerPacket: reader.u32() };
    this.#handler.asked?.('open', type);
    if (type === 'session') this.#openSession(reader, opening);
    else if (type === 'direct-tcpip') this.#openTcp(reader, opening);
    else if (type === 'direct-streamlocal@openssh.com') this.#openUnix(reader, opening);
    else {
      // tun@openssh.com is off by default, and sshd says so first (serverloop.c, server_request_tun).
      if (type === 'tun@openssh.com') {
        const mode = reader.u32();
        this.#debug(tunnelRefusal(mode));
        this.#handler.tunnel?.(mode);
      }
      this.#openFailure(peer, this.#options.profile.behaviour.unknownChannel);
    }
  }

  #openSession(reader: Reader, opening: Opening): void {
    reader.end();
    if (this.#noMoreSessions)
      throw new Violation(
        'connection',
        'session after no-more-sessions',
        'Possible attack: attempt to open a session after additional sessions disabled',
      );
    const { maxSessions, maxPacket } = this.#options.profile;
    let sessions = 0;
    for (const channel of this.#channels.values()) if (channel.type === 'session') sessions++;
    if (sessions >= maxSessions || this.#channels.size >= MOST_CHANNELS) {
      this.#openFailure(opening.peer, OPEN_FAILURE.connectFailed);
      return;
    }
    // A session has no window before it has a process (channel_set_fds).
    const channel = new OpenChannel(this, { id: this.#freeId(), window: 0, maxPacket, ...opening });
    const handler = this.#handler.session(channel);
    if (!handler) {
      channel.closeSent = true;
      this.#openFailure(opening.peer, OPEN_FAILURE.administrativelyProhibited);
      return;
    }
    channel.handler = handler;
    this.#channels.set(channel.id, channel);
    channel.confirm();
  }

  #openTcp(reader: Reader, opening: Opening): void {
    const host = Buffer.from(reader.cstring());
    const port = reader.u32();
    const originHost = Buffer.from(reader.cstring());
    const originPort = reader.u32();
    reader.end();
    if (port > 0xffff || originPort > 0xffff) this.#openFailure(opening.peer, OPEN_FAILURE.administrativelyProhibited);
    else this.#forward({ kind: 'tcp', host, port, originHost, originPort }, opening);
  }

  #openUnix(reader: Reader, opening: Opening): void {
    const path = Buffer.from(reader.cstring());
    const originHost = Buffer.from(reader.cstring());
    const originPort = reader.u32();
    reader.end();
    if (originPort > 0xffff) this.#openFailure(opening.peer, OPEN_FAILURE.connectFailed);
    else this.#forward({ kind: 'unix', path, originHost, originPort }, opening);
  }

  /** The channel has its number from the first moment on; it is confirmed once the owner has its connection. */
  #forward(target: ForwardTarget, opening: Opening): void {
    if (this.#channels.size >= MOST_CHANNELS) {
      this.#openFailure(opening.peer, OPEN_FAILURE.connectFailed);
      return;
    }
    const { tcpWindow, maxPacket } = this.#options.profile;
    const channel = new OpenChannel(this, { id: this.#freeId(), window: tcpWindow, maxPacket, ...opening });
    const answer = this.#handler.forward?.(target, channel);
    if (!(answer instanceof Promise)) {
      this.#settle(channel, answer);
      return;
    }
    this.#reserved.add(channel.id);
    const settle = (late: ForwardAnswer) => {
      this.#reserved.delete(channel.id);
      if (this.transport.closed) {
        if (late && !('refused' in late)) late.closed?.();
      } else this.transport.guard(() => this.#settle(channel, late));
    };
    answer.then(settle, () => settle({ refused: '' }));
  }

  #settle(channel: OpenChannel, answer: ForwardAnswer): void {
    if (!answer || 'refused' in answer) {
      channel.closeSent = true;
      if (answer) this.#openFailure(channel.peer, OPEN_FAILURE.connectFailed, answer.refused || undefined);
      else this.#openFailure(channel.peer, OPEN_FAILURE.administrativelyProhibited);
      return;
    }
    channel.started = true;
    channel.handler = answer;
    this.#channels.set(channel.id, channel);
    channel.confirm();
    answer.opened?.();
  }

  #openFailure(peer: number, reason: number, text = this.#options.profile.behaviour.refusedChannel): void {
    this.transport.writer.start(MSG.CHANNEL_OPEN_FAILURE).u32(peer).u32(reason).string(text).string('');
    this.transport.send();
  }

  #debug(text: string): void {
    this.transport.writer.start(MSG.DEBUG).boolean(false).string(text).string('');
    this.transport.send();
  }

  #freeId(): number {
    let id = 0;
    while (this.#channels.has(id) || this.#reserved.has(id)) id++;
    return id;
  }

  #request(reader: Reader): void {
    const id = reader.u32();
    const name = reader.text();
    const wanted = reader.boolean();
    const channel = this.#channels.get(id);
    if (!channel) {
      const text = `server_input_channel_req: unknown channel ${id | 0}`;
      throw new Violation('connection', 'request for a channel that does not exist', text);
    }
    this.#handler.asked?.('request', name);
    const answer = (success: boolean) => {
      if (wanted) channel.reply(success);
    };
    if (name === 'eow@openssh.com') {
      reader.end();
      channel.endOfWrite();
      answer(false);
    } else if (channel.type !== 'session') answer(false);
    else {
      const { profile } = this.#options;
      const debug = (text: string) => this.#debug(text);
      const reserve = () => this.#reserve();
      const session = { channel, handler: channel.handler as SessionHandler, profile, answer, debug, reserve };
      sessionRequest(session, name, reader);
    }
  }
}

/** What CHANNEL_OPEN says of the client's side. */
interface Opening {
  type: string;
  peer: number;
  peerWindow: number;
  peerPacket: number;
}

const listenerName = (where: ListenTarget): string =>
  where.kind === 'unix' ? `unix ${where.path.toString('latin1')}` : `${where.port} ${where.host.toString('latin1')}`;

/** SSH_TUNMODE_POINTOPOINT and SSH_TUNMODE_ETHERNET are 1 and 2. */
function tunnelRefusal(mode: number): string {
  return mode === 1 || mode === 2 ? 'Server has rejected tunnel device forwarding' : 'Unsupported tunnel device mode.';
}
