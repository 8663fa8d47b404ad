// One SSH connection, server side (RFC 4254): what the owner feeds with bytes; channels and global requests on top of the transport.
import { Authentication } from './auth.ts';
import { type ChannelContext, OpenChannel } from './channel.ts';
import { encodeString, Reader } from './data.ts';
import { MSG, OPEN_FAILURE } from './message.ts';
import { sessionRequest } from './session.ts';
import type { ServerHandler, ServerOptions, SessionHandler, Wire } from './ssh.ts';
import { Transport } from './transport.ts';
import { Violation } from './violation.ts';

/** Channels open at once, of all kinds; sshd's own bound is 10,000. */
const MOST_CHANNELS = 1024;
const PROVE = 'hostkeys-prove-00@openssh.com';

/** What sshd calls a message that names a channel which is not there (channels.c). */
const packetNames: Readonly<Record<number, string>> = {
  [MSG.CHANNEL_OPEN_CONFIRMATION]: 'open confirmation',
  [MSG.CHANNEL_OPEN_FAILURE]: 'open failure',
  [MSG.CHANNEL_DATA]: 'data',
  [MSG.CHANNEL_EXTENDED_DATA]: 'extended data',
  [MSG.CHANNEL_EOF]: 'ieof',
  [MSG.CHANNEL_CLOSE]: 'oclose',
};

export class ServerConnection implements ChannelContext {
  readonly transport: Transport;
  readonly #options: ServerOptions;
  readonly #handler: ServerHandler;
  readonly #authentication: Authentication;
  readonly #channels = new Map<number, OpenChannel>();
  #noMoreSessions = false;

  /** Sends the identification at once. Nothing here throws; the handler's calls must not either. */
  constructor(options: ServerOptions, handler: ServerHandler, wire: Wire) {
    this.#options = options;
    this.#handler = handler;
    this.transport = new Transport(options, handler, wire, {
      message: (type, payload) => this.#message(type, payload),
      resumed: () => this.#flush(),
      closed: () => this.#closed(),
    });
    this.#authentication = new Authentication(this.transport, options, handler, () => this.#announceHostKeys());
  }

  /** Bytes from the client; they are not kept unless a packet is incomplete. */
  receive(chunk: Buffer): void {
    this.transport.receive(chunk);
  }

  /** The client sends nothing more: sshd ends the connection then. */
  end(): void {
    this.transport.close();
  }

  /** The socket has room again, after `Wire.send` said false. */
  drained(): void {
    this.transport.drained();
    this.#flush();
  }

  /** Sends DISCONNECT and ends. */
  disconnect(code: number, text: string): void {
    this.transport.disconnect(code, text);
  }

  /** Ends without a word. */
  close(): void {
    this.transport.close();
  }

  /** Starts a key exchange from our side. */
  rekey(): void {
    this.transport.guard(() => this.transport.rekey());
  }

  release(channel: OpenChannel): void {
    this.#channels.delete(channel.id);
  }

  #flush(): void {
    for (const channel of [...this.#channels.values()]) channel.flush();
  }

  #closed(): void {
    for (const channel of [...this.#channels.values()]) channel.release();
  }

  #message(type: number, payload: Buffer): boolean {
    if (!this.transport.authenticated || type < MSG.GLOBAL_REQUEST) return this.#authentication.message(type, payload);
    const reader = new Reader(payload, 'connection', 1);
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
      case MSG.CHANNEL_WINDOW_ADJUST: {
        const channel = this.#channels.get(reader.u32());
        const more = reader.u32();
        reader.end();
        channel?.adjust(more);
        return true;
      }
    }
    if (packetNames[type] === undefined) return false;
    const number = reader.u32();
    const channel = this.#channels.get(number);
    if (!channel) {
      const text = `${packetNames[type]} packet referred to nonexistent channel ${number}`;
      throw new Violation('connection', 'message for a channel that does not exist', text);
    }
    this.#channelMessage(type, channel, reader);
    return true;
  }

  #channelMessage(type: number, channel: OpenChannel, reader: Reader): void {
    switch (type) {
      case MSG.CHANNEL_DATA: {
        const data = reader.string();
        reader.end();
        channel.receive(data);
        return;
      }
      case MSG.CHANNEL_EOF:
        reader.end();
        channel.eof();
        return;
      case MSG.CHANNEL_CLOSE:
        reader.end();
        channel.closeReceived();
        return;
      case MSG.CHANNEL_EXTENDED_DATA:
        // A client has no stderr to send; sshd drops it.
        return;
      default:
        throw new Violation(
          'connection',
          'answer to a channel that was not asked for',
          `Received ${packetNames[type]} for non-opening channel ${channel.id}.`,
        );
    }
  }

  #globalRequest(reader: Reader): void {
    const name = reader.text();
    const wanted = reader.boolean();
    const data = Buffer.from(reader.rest());
    const { writer } = this.transport;
    let success = false;
    let answer: Buffer | undefined;
    if (name === 'no-more-sessions@openssh.com') {
      this.#noMoreSessions = true;
      success = true;
    } else if (name === PROVE) {
      answer = this.#prove(data);
      success = answer !== undefined;
    } else success = this.#handler.globalRequest?.(name, data) ?? false;
    if (!wanted) return;
    writer.start(success ? MSG.REQUEST_SUCCESS : MSG.REQUEST_FAILURE);
    if (answer) writer.raw(answer);
    this.transport.send();
  }

  /** hostkeys-prove-00@openssh.com: a signature by each key asked for, over the session id; undefined when one is not ours. */
  #prove(data: Buffer): Buffer | undefined {
    const reader = new Reader(data, 'connection');
    const signatures: Buffer[] = [];
    while (reader.remaining > 0) {
      const blob = reader.string();
      const key = this.#options.hostKeys.find((candidate) => candidate.blob.equals(blob));
      if (!key || signatures.length >= this.#options.hostKeys.length) return undefined;
      const signed = Buffer.concat([encodeString(PROVE), encodeString(this.transport.sessionId!), encodeString(blob)]);
      const used = this.transport.negotiated!.hostKey;
      const algorithm = key.algorithms.includes(used) ? used : key.algorithms[0]!;
      signatures.push(encodeString(key.sign(signed, algorithm)));
    }
    return signatures.length > 0 ? Buffer.concat(signatures) : undefined;
  }

  #announceHostKeys(): void {
    if (this.transport.compat.noHostKeys) return;
    this.transport.writer.start(MSG.GLOBAL_REQUEST).string('hostkeys-00@openssh.com').boolean(false);
    for (const key of this.#options.hostKeys) this.transport.writer.string(key.blob);
    this.transport.send();
  }

  #open(reader: Reader) {
    const type = reader.text();
    const peer = reader.u32();
    const peerWindow = reader.u32();
    const peerPacket = reader.u32();
    const { profile } = this.#options;
    const make = (window: number) =>
      new OpenChannel(this, {
        id: this.#freeId(),
        type,
        peer,
        peerWindow,
        peerPacket,
        window,
        maxPacket: profile.maxPacket,
      });
    const fail = (reason: number) => {
      this.transport.writer.start(MSG.CHANNEL_OPEN_FAILURE).u32(peer).u32(reason).string('open failed').string('');
      this.transport.send();
    };
    const accept = (channel: OpenChannel, handler: OpenChannel['handler']) => {
      channel.handler = handler;
      this.#channels.set(channel.id, channel);
      channel.confirm();
      channel.corked = false;
      channel.flush();
    };
    if (this.#channels.size >= MOST_CHANNELS) return fail(OPEN_FAILURE.connectFailed);
    if (type === 'session') {
      reader.end();
      if (this.#noMoreSessions)
        throw new Violation(
          'connection',
          'session after no-more-sessions',
          'Possible attack: attempt to open a session after additional sessions disabled',
        );
      const sessions = [...this.#channels.values()].filter((channel) => channel.type === 'session');
      if (sessions.length >= profile.maxSessions) return fail(OPEN_FAILURE.connectFailed);
      // A session has no window before it has a process (channel_set_fds).
      const channel = make(0);
      channel.corked = true;
      const handler = this.#handler.session(channel);
      if (!handler) return fail(OPEN_FAILURE.administrativelyProhibited);
      return accept(channel, handler);
    }
    if (type === 'direct-tcpip') {
      const host = Buffer.from(reader.cstring());
      const port = reader.u32();
      const originHost = Buffer.from(reader.cstring());
      const originPort = reader.u32();
      reader.end();
      const channel = make(profile.tcpWindow);
      channel.corked = true;
      channel.started = true;
      const handler = this.#handler.forward?.({ host, port, originHost, originPort }, channel);
      if (!handler) return fail(OPEN_FAILURE.administrativelyProhibited);
      return accept(channel, handler);
    }
    fail(OPEN_FAILURE.connectFailed);
  }

  #freeId(): number {
    let id = 0;
    while (this.#channels.has(id)) id++;
    return id;
  }

  #request(reader: Reader) {
    const number = reader.u32();
    const name = reader.text();
    const wanted = reader.boolean();
    const channel = this.#channels.get(number);
    if (!channel) {
      const text = `server_input_channel_req: unknown channel ${number}`;
      throw new Violation('connection', 'request for a channel that does not exist', text);
    }
    if (name === 'eow@openssh.com') return;
    const answer = (success: boolean) => {
      if (wanted) channel.reply(success);
    };
    if (channel.type !== 'session') return answer(false);
    const handler = channel.handler as SessionHandler;
    sessionRequest(channel, handler, name, reader, answer, this.#options.profile.sessionWindow);
  }
}
