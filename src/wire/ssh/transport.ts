// The transport layer (RFC 4253): identification, key exchange and re-keying, and the way of each message up and down.
import { ciphers } from './cipher.ts';
import { type Compatibility, compatibility } from './compat.ts';
import { compressor, decompressor } from './compression.ts';
import { encodeString, HEAD, Reader, Writer } from './data.ts';
import { IdentReader } from './ident.ts';
import { deriveKey, hashOf, kexMethods } from './kex.ts';
import { guessedWrong, negotiate, type Offer, offer, readKexInit, STRICT_CLIENT, writeKexInit } from './kexinit.ts';
import { macs } from './mac.ts';
import { DISCONNECT_PROTOCOL_ERROR, isKeyExchange, LOCAL_MIN, MSG } from './message.ts';
import { PacketReceiver, PacketSender } from './packet.ts';
import type { Opener, Sealer } from './sealing.ts';
import type { ClientKexInit, Negotiated, ServerHandler, ServerOptions, Wire } from './ssh.ts';
import { Violation } from './violation.ts';

/** Messages held back during a re-keying; sshd has no bound, its peers never come near this one. */
const MOST_HELD = 4096;
/** Bytes under one key; sshd's default for a cipher with 8-byte blocks, and far below it for the others. */
const REKEY_BYTES = 2 ** 30;

/** One for all connections: a message is built and sealed in one go, so an idle connection need not hold 40 KiB. */
const sharedWriter = new Writer();

/** The layer above. */
export interface Service {
  /** A message that is not the transport's; false when it is not known now: UNIMPLEMENTED is answered. Throws Violations. */
  message(type: number, payload: Buffer): boolean;
  /** A re-keying ended: what waited may go out. */
  resumed(): void;
  /** The connection is over. */
  closed(): void;
}

export class Transport {
  readonly writer = sharedWriter;
  sessionId: Buffer | undefined;
  compat: Compatibility = compatibility('');
  /** The next messages wait: a request is being decided. */
  busy = false;
  /** The socket is full: nothing more is read until it drains, so that answers do not pile up. */
  stalled = false;
  /** Delayed compression begins. */
  authenticated = false;
  closed = false;
  /** The host key that the last key exchange was signed with. */
  hostKeyBlob: Buffer = Buffer.alloc(0);
  negotiated: Negotiated | undefined;

  readonly #options: ServerOptions;
  readonly #handler: ServerHandler;
  readonly #wire: Wire;
  readonly #service: Service;
  readonly #ident = new IdentReader();
  readonly #receiver = new PacketReceiver();
  readonly #sender: PacketSender;
  #offer: Offer | undefined;
  #identified = false;
  #ourKexInit: Buffer | undefined;
  #client: { payload: Buffer; message: ClientKexInit; chosen: Negotiated } | undefined;
  #dropGuess = false;
  #strict = false;
  #extInfo = false;
  #nextOpener: Opener | undefined;
  #held: Buffer[] = [];
  #last: Buffer = Buffer.alloc(0);

  constructor(options: ServerOptions, handler: ServerHandler, wire: Wire, service: Service) {
    this.#options = options;
    this.#handler = handler;
    this.#wire = wire;
    this.#service = service;
    this.#sender = new PacketSender(options.environment.random);
    wire.send(Buffer.from(`${options.profile.ident}\r\n`, 'latin1'));
  }

  /** Between our KEXINIT and our NEWKEYS: only messages of the key exchange may go out. */
  get exchanging(): boolean {
    return this.#ourKexInit !== undefined;
  }

  receive(chunk: Buffer): void {
    if (this.closed) return;
    this.#guard(() => {
      let bytes = chunk;
      if (!this.#identified) {
        const taken = this.#ident.take(chunk);
        if (taken === undefined) return;
        this.#identify();
        if (this.closed) return;
        bytes = chunk.subarray(taken);
      }
      if (bytes.length > 0) this.#receiver.feed(bytes, this.authenticated);
      this.#work();
    });
  }

  /** Goes on after `busy`. */
  resume(): void {
    this.busy = false;
    if (!this.closed) this.#guard(() => this.#work());
  }

  /** The socket has room again. */
  drained(): void {
    this.stalled = false;
    if (!this.closed) this.#guard(() => this.#work());
  }

  /** Sends what the writer holds, or holds it back during a key exchange. False when the socket is full. */
  send(): boolean {
    if (this.closed) return true;
    const type = this.writer.bytes[HEAD]!;
    if (this.exchanging && !isKeyExchange(type)) {
      this.#held.push(this.writer.payload());
      if (this.#held.length > MOST_HELD) throw new Violation('kex', 'too many messages during a key exchange');
      return true;
    }
    return this.#sendNow();
  }

  /** Runs what may throw a Violation outside of `receive`. */
  guard(run: () => void): void {
    if (!this.closed) this.#guard(run);
  }

  /** Starts a key exchange from our side. */
  rekey(): void {
    if (this.closed || this.exchanging || !this.sessionId || this.compat.noRekey) return;
    this.#sendKexInit();
  }

  /** Both directions compress from here on when that was negotiated (zlib@openssh.com). */
  startCompression(): void {
    this.authenticated = true;
    if (this.negotiated?.compressionOut === 'zlib@openssh.com') this.#sender.compress(compressor());
    if (this.negotiated?.compressionIn === 'zlib@openssh.com') this.#receiver.decompress(decompressor());
  }

  disconnect(code: number, text: string): void {
    if (this.closed) return;
    if (this.#identified) {
      this.writer.start(MSG.DISCONNECT).u32(code).string(Buffer.from(text)).string('');
      this.#sendNow();
    }
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#held = [];
    this.#sender.compress(undefined);
    this.#receiver.decompress(undefined);
    this.#wire.close();
    this.#service.closed();
    this.#handler.closed?.();
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error instanceof Violation ? error : new Violation('transport', 'message cannot be handled'));
    }
  }

  #fail(violation: Violation): void {
    if (this.closed) return;
    const { layer, message: reason, farewell } = violation;
    const data = Buffer.from((this.#identified ? this.#last : this.#ident.line).subarray(0, 256));
    const type = this.#identified && data.length > 0 ? { message: data[0]!, length: this.#last.length } : {};
    this.#handler.violation?.({ layer, reason, ...type, data });
    if (this.#identified && farewell !== undefined) {
      this.disconnect(DISCONNECT_PROTOCOL_ERROR, farewell);
      return;
    }
    if (farewell !== undefined) this.#wire.send(Buffer.from(farewell));
    this.close();
  }

  #identify(): void {
    this.#handler.ident?.(this.#ident.line);
    this.compat = compatibility(this.#ident.software);
    if (this.compat.closed) {
      this.close();
      return;
    }
    this.#identified = true;
    this.#offer = offer(this.#options.profile, this.#options.hostKeys, this.compat.withheld);
    this.#sendKexInit();
  }

  #work(): void {
    while (!this.busy && !this.stalled && !this.closed) {
      const payload = this.#receiver.next();
      if (!payload) return;
      this.#last = payload;
      this.#dispatch(payload);
      if (this.#receiver.bytes > REKEY_BYTES) this.rekey();
    }
  }

  #sendNow(): boolean {
    const room = this.#wire.send(this.#sender.seal(this.writer));
    if (!room) this.stalled = true;
    if (this.#sender.bytes > REKEY_BYTES && !this.exchanging) this.rekey();
    return room;
  }

  #dispatch(payload: Buffer) {
    const type = payload[0]!;
    if (type === 0 || type >= LOCAL_MIN)
      throw new Violation('transport', 'message number out of range', `Invalid ssh2 packet type: ${type}`);
    const reader = new Reader(payload, 'transport', 1);
    if (type === MSG.DISCONNECT) {
      const code = reader.u32();
      const text = reader.string();
      this.#handler.disconnected?.(code, Buffer.from(text));
      this.close();
      return;
    }
    if (this.#strict && !this.sessionId && !(type === MSG.KEX_INIT || type === MSG.NEWKEYS))
      this.#strictViolation(type);
    if (this.#strict && this.#nextOpener && !this.negotiated && type !== MSG.NEWKEYS) this.#strictViolation(type);
    if (type === MSG.IGNORE || type === MSG.UNIMPLEMENTED) return;
    if (type === MSG.DEBUG) {
      reader.boolean();
      reader.string();
      return;
    }
    if (this.#dropGuess && type >= 30 && type <= 49) {
      this.#dropGuess = false;
      return;
    }
    if (type === MSG.KEXINIT && !this.#client && !this.#nextOpener) return this.#kexInit(payload);
    if (type === MSG.KEX_INIT && this.#client && !this.#nextOpener) return this.#exchange(payload);
    if (type === MSG.NEWKEYS && this.#nextOpener) return this.#newKeys(payload);
    if (type === MSG.EXT_INFO && this.negotiated) return this.#clientExtensions(reader);
    // Nothing but the key exchange is understood before the first keys.
    if (type > 19 && type < 50) return this.unimplemented();
    if (!this.negotiated || !this.#service.message(type, payload)) this.unimplemented();
  }

  unimplemented(): void {
    this.writer.start(MSG.UNIMPLEMENTED).u32((this.#receiver.sequence - 1) >>> 0);
    this.send();
  }

  #strictViolation(type: number): never {
    const sequence = (this.#receiver.sequence - 1) >>> 0;
    throw new Violation(
      'kex',
      'unexpected packet in a strict key exchange',
      `strict KEX violation: unexpected packet type ${type} (seqnr ${sequence})`,
    );
  }

  #sendKexInit(): void {
    writeKexInit(this.writer, this.#offer!, this.#options.environment.random(16));
    const payload = this.writer.payload();
    this.#sendNow();
    this.#ourKexInit = payload;
  }

  #kexInit(payload: Buffer): void {
    const message = readKexInit(payload);
    this.#handler.kexInit?.(message);
    if (!this.exchanging) this.#sendKexInit();
    if (!this.sessionId) {
      this.#strict = message.kex.includes(STRICT_CLIENT);
      this.#extInfo = message.kex.includes('ext-info-c');
      if (this.#strict && this.#receiver.sequence !== 1)
        throw new Violation(
          'kex',
          'KEXINIT was not the first packet',
          'strict KEX violation: KEXINIT was not the first packet',
        );
    }
    const chosen = negotiate(message, this.#offer!, this.#strict);
    this.#dropGuess = message.firstKexPacketFollows && guessedWrong(message, this.#offer!);
    this.#client = { payload: Buffer.from(payload), message, chosen };
  }

  #exchange(payload: Buffer): void {
    const { payload: theirInit, chosen } = this.#client!;
    const method = kexMethods[chosen.kex]!;
    const result = method.respond(payload.subarray(1));
    const key = this.#options.hostKeys.find((candidate) => candidate.algorithms.includes(chosen.hostKey))!;
    const exchangeHash = hashOf(
      method.hash,
      Buffer.concat([
        encodeString(this.#ident.line),
        encodeString(this.#options.profile.ident),
        encodeString(theirInit),
        encodeString(this.#ourKexInit!),
        encodeString(key.blob),
        result.client,
        result.server,
        result.secret,
      ]),
    );
    this.sessionId ??= exchangeHash;
    this.hostKeyBlob = key.blob;
    this.writer.start(MSG.KEX_REPLY).string(key.blob).raw(result.server).string(key.sign(exchangeHash, chosen.hostKey));
    this.#sendNow();
    this.writer.start(MSG.NEWKEYS);
    this.#sendNow();

    const derive = (letter: string, length: number) =>
      deriveKey(method.hash, result.secret, exchangeHash, letter, this.sessionId!, length);
    const outward = ciphers[chosen.cipherOut]!;
    const inward = ciphers[chosen.cipherIn]!;
    const macOut = macs[chosen.macOut];
    const macIn = macs[chosen.macIn];
    const sealer: Sealer = outward.sealer(
      derive('D', outward.keyLength),
      derive('B', outward.ivLength),
      macOut,
      derive('F', macOut?.keyLength ?? 0),
    );
    this.#nextOpener = inward.opener(
      derive('C', inward.keyLength),
      derive('A', inward.ivLength),
      macIn,
      derive('E', macIn?.keyLength ?? 0),
    );
    this.#sender.rekey(sealer, chosen.strict);
    this.#sender.compress(
      this.authenticated && chosen.compressionOut === 'zlib@openssh.com' ? compressor() : undefined,
    );
    this.#ourKexInit = undefined;
    if (!this.negotiated && this.#extInfo) this.#sendExtensions();
    const held = this.#held;
    this.#held = [];
    for (const message of held) {
      this.writer.start(message[0]!).raw(message.subarray(1));
      this.send();
    }
    this.#service.resumed();
  }

  #newKeys(payload: Buffer): void {
    new Reader(payload, 'kex', 1).end();
    const { chosen } = this.#client!;
    this.#receiver.rekey(this.#nextOpener!, chosen.strict);
    this.#receiver.decompress(
      this.authenticated && chosen.compressionIn === 'zlib@openssh.com' ? decompressor() : undefined,
    );
    this.#nextOpener = undefined;
    this.#client = undefined;
    this.negotiated = chosen;
    this.#handler.newKeys?.(chosen);
  }

  #sendExtensions(): void {
    const { extensions } = this.#options.profile;
    this.writer.start(MSG.EXT_INFO).u32(extensions.length);
    for (const [name, value] of extensions) this.writer.string(name).string(value);
    this.#sendNow();
  }

  #clientExtensions(reader: Reader): void {
    const count = reader.u32();
    if (count >= 1024) throw new Violation('transport', 'too many extensions');
    const extensions: [string, Buffer][] = [];
    for (let i = 0; i < count; i++) extensions.push([reader.text(), Buffer.from(reader.string())]);
    this.#handler.extInfo?.(extensions);
  }
}
