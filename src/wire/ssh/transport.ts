// The transport layer (RFC 4253): identification, packets in and out, re-keying, and the way of each message to the layer it belongs to.
import { farewellOf } from './behaviour.ts';
import { ciphers } from './cipher.ts';
import { type Compatibility, compatibility } from './compat.ts';
import { compressor, decompressor } from './compression.ts';
import { HEAD, keep, Reader, Writer } from './data.ts';
import { IdentReader } from './ident.ts';
import { offer } from './kexinit.ts';
import { KeyExchange } from './keyexchange.ts';
import { DISCONNECT_PROTOCOL_ERROR, isKeyExchange, LOCAL_MIN, MSG, TRANSPORT_MAX } from './message.ts';
import { PacketReceiver, PacketSender } from './packet.ts';
import type { Negotiated, ServerHandler, ServerOptions, Wire } from './ssh.ts';
import { Violation } from './violation.ts';

/** Messages held back during a key exchange; sshd has no bound, its peers never come near this one. */
const MOST_HELD = 1024;
/** Output of one turn goes to the socket in one piece, or whenever this much is there. */
const BATCH = 64 * 1024;
/** ssh_packet_disconnect has room for so many characters. */
const LONGEST_FAREWELL = 1023;
/**
 * Milliseconds that one connection may work before others get their turn; those that use all of it, again and again, share twice that
 * among each other, so that a short message is never behind a long queue of them.
 */
const TURN = 2;
/** Connections that have used up their turn and have more to do. */
let busyConnections = 0;
/** Key exchanges that an authenticated client may start in a row, and milliseconds until each further one. */
const KEX_BURST = 64;
const KEX_PAUSE = 250;
/**
 * Packets and bytes before the login that are taken at once. sshd has no bound but the grace time and no peer comes near these; what is
 * beyond is taken a little at a time, milliseconds apart, so that all of it until the grace time ends is no more work than a handshake.
 */
const EARLY = { packets: 96, bytes: 264 * 1024, nextPackets: 4, nextBytes: 16 * 1024, pause: 1000 };

const NOTHING: Buffer = Buffer.alloc(0);

/** One for all connections: a message is built and sealed in one go, so an idle connection need not hold 40 KiB. */
const sharedWriter = new Writer();

/** The layer above. */
export interface Service {
  /** A message that is not the transport's; false when it is not known now: UNIMPLEMENTED is answered. Throws Violations. */
  message(type: number, payload: Buffer): boolean;
  /** Waiting data may go out: a re-keying ended, or the socket has room. */
  resumed(): void;
  /** All messages that were there have been taken: what they caused may follow the answers to them. */
  idle(): void;
  /** The connection is over. */
  closed(): void;
}

export class Transport {
  readonly options: ServerOptions;
  readonly writer = sharedWriter;
  compat: Compatibility = compatibility('');
  /** The socket is full: no message is taken in and no data goes out until it drains, so that answers do not pile up. */
  stalled = false;
  /** Messages are being taken: channels wait for `Service.idle`, as sshd polls its channels between two reads. */
  working = false;
  /** USERAUTH_SUCCESS is out: channels, delayed compression, re-keying. */
  authenticated = false;
  closed = false;

  readonly #handler: ServerHandler;
  readonly #wire: Wire;
  readonly #service: Service;
  readonly #receiver = new PacketReceiver();
  readonly #sender: PacketSender;
  #ident: IdentReader | undefined;
  #clientIdent: Buffer = NOTHING;
  #kex: KeyExchange | undefined;
  /** Why nothing more is taken in at the moment: a request is being decided, or others have their turn. */
  #busy = false;
  #yielding: (() => void) | undefined;
  #rekeyTimer: (() => void) | undefined;
  #out: Buffer[] = [];
  #outBytes = 0;
  /** How much of `#out` sshd would have written by now: the rest is lost when the connection ends without a message. */
  #written = 0;
  #depth = 0;
  #held: Buffer[] = [];
  /** The message being taken. */
  #last: Buffer = NOTHING;
  #sendLimit = Number.POSITIVE_INFINITY;
  #receiveLimit = Number.POSITIVE_INFINITY;
  #kexTokens = KEX_BURST;
  #kexTime = 0;
  #paused = false;
  #ended = false;
  #early = 0;
  #earlyBytes = 0;

  constructor(options: ServerOptions, handler: ServerHandler, wire: Wire, service: Service) {
    this.options = options;
    this.#handler = handler;
    this.#wire = wire;
    this.#service = service;
    this.#sender = new PacketSender(options.environment.random);
    const { ident, behaviour } = options.profile;
    this.#ident = new IdentReader(behaviour.identification);
    wire.send(Buffer.from(`${ident}${behaviour.lineEnd}`, 'latin1'));
    if (behaviour.kexInitFirst) this.#startKex();
  }

  /** During a key exchange only its own messages may go out. */
  get exchanging(): boolean {
    return this.#kex?.sending ?? false;
  }

  /** The same up to the client's NEWKEYS: channels send no data (ssh_packet_is_rekeying). */
  get rekeying(): boolean {
    return this.#kex?.running ?? false;
  }

  get sessionId(): Buffer {
    return this.#kex!.sessionId!;
  }

  /** The host key of the first key exchange. */
  get hostKeyBlob(): Buffer {
    return this.#kex!.hostKeyBlob;
  }

  get negotiated(): Negotiated | undefined {
    return this.#kex?.negotiated;
  }

  /** What an RSA key signs with, outside of a key exchange (kex.c, KEX_RSA_SHA2_…_SUPPORTED). */
  get rsaSignature(): string {
    return this.#kex?.rsaSignature ?? 'ssh-rsa';
  }

  // What the owner and the layer above call; nothing is thrown from here.

  receive(chunk: Buffer): void {
    this.guard(() => {
      let bytes = chunk;
      if (this.#ident) {
        const taken = this.#ident.take(chunk);
        if (taken === undefined) return;
        this.#identify(this.#ident);
        if (this.closed) return;
        bytes = chunk.subarray(taken);
      }
      if (bytes.length > 0) this.#receiver.feed(bytes, this.authenticated);
      this.#work();
    });
  }

  /** The client sends nothing more: what it has sent is still answered, then the connection ends. */
  end(): void {
    this.#ended = true;
    if (this.#ident) this.close();
    else this.guard(() => this.#work());
  }

  /** The socket has room again. */
  drained(): void {
    if (!this.stalled) return;
    this.stalled = false;
    this.guard(() => {
      this.#service.resumed();
      this.#work();
    });
  }

  /** No further message is taken until `resume`. */
  hold(): void {
    this.#busy = true;
  }

  resume(run: () => void): void {
    this.#busy = false;
    this.guard(() => {
      run();
      this.#work();
    });
  }

  /** Runs what may send and what may throw a Violation; what it sends goes out together. */
  guard(run: () => void): void {
    if (this.closed) return;
    this.#depth++;
    try {
      run();
    } catch (error) {
      // Anything but a Violation is a mistake of ours; this connection ends, the others live on.
      this.#fail(error instanceof Violation ? error : new Violation('transport', 'message cannot be handled'));
    }
    this.#depth--;
    if (this.#depth > 0) return;
    this.#flush();
    this.#pause();
  }

  /** Sends what the writer holds, or keeps it for after a key exchange. To be called inside `guard`. */
  send(): void {
    if (this.closed) return;
    if (isKeyExchange(this.writer.bytes[HEAD]!)) {
      this.sendNow();
      return;
    }
    const due = !this.exchanging && this.#rekeyDue(this.writer.length);
    if (!due && !this.exchanging) {
      this.sendNow();
      return;
    }
    this.#held.push(this.writer.payload());
    if (this.#held.length > MOST_HELD) throw new Violation('kex', 'too many messages during a key exchange');
    if (due) this.#kex!.start();
  }

  /** Starts a key exchange from our side, once the client is authenticated. */
  rekey(): void {
    if (!this.authenticated || this.closed || this.#kex!.running || this.compat.noRekey) return;
    this.guard(() => this.#kex!.start());
  }

  /** USERAUTH_SUCCESS has been sent: both directions compress from here on if zlib@openssh.com was negotiated. */
  authenticationDone(): void {
    this.authenticated = true;
    const { compressionOut, compressionIn } = this.negotiated!;
    if (compressionOut === 'zlib@openssh.com') this.#sender.compress(compressor());
    if (compressionIn === 'zlib@openssh.com') this.#receiver.decompress(decompressor());
    this.#armRekey();
  }

  disconnect(code: number, text: string): void {
    if (this.closed) return;
    if (!this.#ident) {
      this.writer.start(MSG.DISCONNECT).u32(code).string(text.slice(0, LONGEST_FAREWELL)).string('');
      this.sendNow();
    }
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#flush();
    this.#held = [];
    this.#stopYielding();
    this.#rekeyTimer?.();
    this.#sender.compress(undefined);
    this.#receiver.end();
    this.#wire.close();
    this.#service.closed();
    this.#handler.closed?.();
  }

  unimplemented(): void {
    this.writer.start(MSG.UNIMPLEMENTED).u32(this.#receiver.lastSequence);
    this.send();
    this.written();
  }

  /** A place where sshd waits until its output is written (ssh_packet_write_wait). */
  written(): void {
    this.#written = this.#out.length;
  }

  // What a key exchange needs.

  get clientIdent(): Buffer {
    return this.#clientIdent;
  }

  sendNow(): void {
    if (this.closed) return;
    this.#outBytes += this.#sender.seal(this.writer, this.#out);
    if (this.#depth === 0 || this.#outBytes >= BATCH) this.#flush();
  }

  // Where messages go.

  #identify(ident: IdentReader): void {
    this.#clientIdent = keep(ident.line);
    this.#handler.ident?.(ident.line);
    const { knowsClients, kexInitFirst } = this.options.profile.behaviour;
    if (knowsClients) this.compat = compatibility(ident.software);
    if (this.compat.closed) {
      this.close();
      return;
    }
    this.#ident = undefined;
    if (!kexInitFirst) this.#startKex();
  }

  #startKex(): void {
    const clientIdent = () => this.#clientIdent;
    this.#kex = new KeyExchange(
      {
        options: this.options,
        writer: this.writer,
        get clientIdent() {
          return clientIdent();
        },
        sendNow: () => this.sendNow(),
        kexInit: (message) => this.#handler.kexInit?.(message),
        newSealer: (sealer, negotiated) => {
          this.#sender.rekey(sealer, negotiated.strict);
          this.#sendLimit = this.#limit(negotiated.cipherOut);
          const { compressionOut: method } = negotiated;
          this.#sender.compress(this.#compresses(method) ? compressor() : undefined);
          this.#ourKeysChanged();
        },
        newOpener: (opener, negotiated) => {
          this.#receiver.rekey(opener, negotiated.strict);
          this.#receiveLimit = this.#limit(negotiated.cipherIn);
          const { compressionIn: method } = negotiated;
          this.#receiver.decompress(this.#compresses(method) ? decompressor() : undefined);
          this.#handler.newKeys?.(negotiated);
          this.#service.resumed();
        },
      },
      offer(this.options, this.compat.withheld),
    );
    this.#kex.start();
  }

  #compresses(method: string): boolean {
    return method === 'zlib' || (method === 'zlib@openssh.com' && this.authenticated);
  }

  #ourKeysChanged(): void {
    const first = !this.#kex!.negotiated;
    const { extensions } = this.options.profile;
    if (first && this.#kex!.extInfo && extensions.length > 0) {
      this.writer.start(MSG.EXT_INFO).u32(extensions.length);
      for (const [name, value] of extensions) this.writer.string(name).string(value);
      this.sendNow();
    }
    const held = this.#held;
    this.#held = [];
    for (const message of held) {
      this.writer.start(message[0]!).raw(message.subarray(1));
      this.send();
    }
    this.#armRekey();
    this.#service.resumed();
  }

  #work(): void {
    const { now, after } = this.options.environment;
    const until = now() + Math.min(TURN, (2 * TURN) / Math.max(1, busyConnections));
    this.working = true;
    while (!this.#busy && !this.#yielding && !this.stalled && !this.closed) {
      // Up to the end of authentication sshd writes before it reads.
      if (!this.authenticated) this.written();
      const payload = this.#receiver.next();
      if (!payload) break;
      this.#last = payload;
      if (!this.authenticated) {
        // One service is asked for, once; the answer costs more than the question.
        this.#early += payload[0] === MSG.SERVICE_REQUEST ? 4 : 1;
        this.#earlyBytes += payload.length;
        if (this.#early > EARLY.packets || this.#earlyBytes > EARLY.bytes) {
          this.#early = EARLY.packets - EARLY.nextPackets;
          this.#earlyBytes = EARLY.bytes - EARLY.nextBytes;
          this.#wait(after, EARLY.pause);
        }
      }
      this.#dispatch(payload);
      if (this.#rekeyDue()) this.#kex!.start();
      if (!this.#yielding && now() > until && !this.closed) this.#wait(after, 0);
    }
    this.working = false;
    if (!this.#busy) this.#last = NOTHING;
    if (this.closed) return;
    this.#service.idle();
    if (this.#ended && !this.#busy && !this.#yielding) this.close();
  }

  #wait(after: (ms: number, run: () => void) => () => void, ms: number): void {
    this.#stopYielding();
    busyConnections++;
    const cancel = after(ms, () => {
      this.#yielding = undefined;
      busyConnections--;
      this.guard(() => this.#work());
    });
    this.#yielding = () => {
      cancel();
      busyConnections--;
    };
  }

  #stopYielding(): void {
    this.#yielding?.();
    this.#yielding = undefined;
  }

  /** While bytes cannot be used, the socket need not read more. */
  #pause(): void {
    const paused = !this.closed && (this.#busy || this.stalled || this.#yielding !== undefined);
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#wire.pause?.(paused);
  }

  #dispatch(payload: Buffer): void {
    const type = payload[0]!;
    const kex = this.#kex!;
    const ping = type === MSG.PING && this.options.profile.extensions.some(([name]) => name === 'ping@openssh.com');
    if (type === 0 || (type >= LOCAL_MIN && !ping))
      throw new Violation('transport', 'message number out of range', `Invalid ssh2 packet type: ${type}`);
    const reader = new Reader(payload, 'transport', 1);
    if (type === MSG.DISCONNECT) {
      const code = reader.u32();
      const text = reader.cstring();
      this.#handler.disconnected?.(code, Buffer.from(text));
      this.#closeAtOnce();
      return;
    }
    const initial = !kex.negotiated;
    // In a strict first exchange these, too, have to be expected.
    if (!(initial && kex.strict) && this.#quiet(type, reader)) return;
    // sshd has "protocol error: rcvd type" for them, which it never writes before it ends (dispatch.c, ssh_dispatch_run).
    if (initial && type > TRANSPORT_MAX) throw new Violation('transport', 'message of a service before the first keys');
    if (kex.skip) {
      kex.skip = false;
      return;
    }
    if (type >= MSG.KEXINIT && type <= TRANSPORT_MAX) {
      // Between the first keys and the end of authentication sshd takes no KEXINIT.
      const taken = initial || this.authenticated;
      if (type === MSG.KEXINIT && taken && !initial && !kex.running && this.#throttle(payload)) return;
      if (taken && kex.message(type, payload, this.#receiver.lastSequence === 0)) return;
    } else if (!initial) {
      if (type === MSG.EXT_INFO && this.#clientExtensions(reader)) return;
      if (this.#service.message(type, payload)) return;
    }
    if (initial && kex.strict) {
      const sequence = this.#receiver.lastSequence;
      const text = `strict KEX violation: unexpected packet type ${type} (seqnr ${sequence})`;
      throw new Violation('kex', 'unexpected packet in a strict key exchange', text);
    }
    this.unimplemented();
  }

  /** Messages that sshd handles wherever they come (packet.c, ssh_packet_read_poll_seqnr). */
  #quiet(type: number, reader: Reader): boolean {
    switch (type) {
      case MSG.IGNORE:
        return true;
      case MSG.UNIMPLEMENTED:
        reader.u32();
        return true;
      case MSG.DEBUG:
        reader.u8();
        reader.string();
        reader.string();
        return true;
      case MSG.PING: {
        const data = reader.string();
        this.writer.start(MSG.PONG).string(data);
        this.send();
        return true;
      }
    }
    return false;
  }

  /** True when this key exchange has to wait: the message is put back. */
  #throttle(payload: Buffer): boolean {
    const { now, after } = this.options.environment;
    const time = now();
    this.#kexTokens = Math.min(KEX_BURST, this.#kexTokens + (time - this.#kexTime) / KEX_PAUSE);
    this.#kexTime = time;
    if (this.#kexTokens >= 1) {
      this.#kexTokens--;
      return false;
    }
    this.#receiver.putBack(payload);
    this.#wait(after, KEX_PAUSE);
    return true;
  }

  /** Whether EXT_INFO is understood: from 9.6 on, which says ext-info-s, and only during authentication (auth2.c). */
  #clientExtensions(reader: Reader): boolean {
    const understood = this.options.profile.kex.includes('ext-info-s') && this.#kex!.extInfo && !this.authenticated;
    try {
      const count = reader.u32();
      const extensions: [string, Buffer][] = [];
      for (let i = 0; i < count; i++) extensions.push([reader.text(), Buffer.from(reader.string())]);
      reader.end();
      this.#handler.extInfo?.(extensions);
    } catch (error) {
      if (understood) throw error;
    }
    return understood;
  }

  // Re-keying (RFC 4253 §9).

  /**
   * Whether a message of so many bytes may not go out before a re-keying (packet.c, ssh_packet_need_rekeying). sshd adds its length to a
   * number of blocks, so that a long message weighs as much as that many blocks.
   */
  #rekeyDue(outgoing = 0): boolean {
    if (!this.authenticated || this.compat.noRekey || this.#kex!.running) return false;
    // One packet a re-keying goes through whatever the limit.
    if (this.#sender.packets === 0 && this.#receiver.packets === 0) return false;
    const weight = outgoing === 0 ? 0 : outgoing * ciphers[this.negotiated!.cipherOut]!.blockSize;
    return this.#sender.bytes + weight > this.#sendLimit || this.#receiver.bytes > this.#receiveLimit;
  }

  /** packet.c, ssh_set_newkeys: 2^(2 · block size) blocks, 1 GiB with small blocks, or RekeyLimit. */
  #limit(cipher: string): number {
    const { rekeyBytes } = this.options.profile;
    const most = ciphers[cipher]!.blockSize >= 16 ? 2 ** 36 : 2 ** 30;
    return rekeyBytes > 0 ? Math.min(most, rekeyBytes) : most;
  }

  #armRekey(): void {
    const { rekeySeconds } = this.options.profile;
    if (rekeySeconds === 0 || !this.authenticated) return;
    this.#rekeyTimer?.();
    this.#rekeyTimer = this.options.environment.after(rekeySeconds * 1000, () => this.rekey());
  }

  #flush(): void {
    if (this.#out.length === 0) return;
    const bytes = this.#out.length === 1 ? this.#out[0]! : Buffer.concat(this.#out, this.#outBytes);
    this.#out = [];
    this.#outBytes = 0;
    this.#written = 0;
    if (!this.#wire.send(bytes)) this.stalled = true;
  }

  /** What sshd would not have written yet is lost. */
  #closeAtOnce(): void {
    this.#out.length = this.#written;
    this.#outBytes = this.#out.reduce((sum, part) => sum + part.length, 0);
    this.close();
  }

  #fail(violation: Violation): void {
    if (this.closed) return;
    const { layer, message: reason } = violation;
    const farewell = farewellOf(this.options.profile.behaviour, violation);
    const data = Buffer.from((this.#ident ? this.#ident.line : this.#last).subarray(0, 256));
    const type = !this.#ident && data.length > 0 ? { message: data[0]!, length: this.#last.length } : {};
    this.#handler.violation?.({ layer, reason, ...type, data });
    this.working = false;
    if (farewell === undefined) this.#closeAtOnce();
    else if (!this.#ident) this.disconnect(DISCONNECT_PROTOCOL_ERROR, farewell);
    else {
      this.#wire.send(Buffer.from(farewell));
      this.close();
    }
  }
}
