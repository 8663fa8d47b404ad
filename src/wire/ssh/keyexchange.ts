// One key exchange after the other on a connection (RFC 4253 §7 to §9), in the order and with the refusals of sshd (OpenSSH, kex.c).
import { ciphers } from './cipher.ts';
import { Reader, type Writer } from './data.ts';
import { chosenExchange, type DhExchange, type GroupRequest } from './dh.ts';
import { deriveKey, hashOf, kexMethods } from './kex.ts';
import {
  guessedWrong,
  mentions,
  negotiate,
  type Offer,
  readKexInit,
  STRICT_CLIENT,
  STRICT_SERVER,
  writeKexInit,
} from './kexinit.ts';
import { macs } from './mac.ts';
import { MSG } from './message.ts';
import type { Opener, Sealer } from './sealing.ts';
import type { ClientKexInit, Negotiated, ServerOptions } from './ssh.ts';
import { Violation } from './violation.ts';

/** What a key exchange needs of the transport around it. */
export interface KexContext {
  readonly options: ServerOptions;
  readonly writer: Writer;
  /** The client's identification line. */
  readonly clientIdent: Buffer;
  /** Sends what the writer holds, past everything that waits. */
  sendNow(): void;
  /** Our NEWKEYS is out: from here on this seals. */
  newSealer(sealer: Sealer, negotiated: Negotiated): void;
  /** Theirs is in. */
  newOpener(opener: Opener, negotiated: Negotiated): void;
  kexInit(message: ClientKexInit): void;
}

/** An open group exchange: our value waits for theirs. */
interface GroupExchange {
  request: GroupRequest;
  prime: Buffer;
  generator: Buffer;
  exchange: DhExchange;
}

export class KeyExchange {
  /** The first exchange hash. */
  sessionId: Buffer | undefined;
  /** Of the first exchange, as publickey-hostbound wants it. */
  hostKeyBlob: Buffer = Buffer.alloc(0);
  /** In force for what comes in. */
  negotiated: Negotiated | undefined;
  /** The client may answer a kex of its own guess: the next message is dropped. */
  skip = false;
  /** Taken from the client's first KEXINIT. */
  strict = false;
  extInfo = false;
  /** Some rsa-sha2 algorithm that the client takes, the larger first. */
  rsaSignature: string | undefined;

  readonly #context: KexContext;
  readonly #offer: Offer;
  /** Sent and not yet used up by our NEWKEYS. */
  #ours: Buffer | undefined;
  #theirs: Buffer | undefined;
  #chosen: Negotiated | undefined;
  #group: GroupExchange | undefined;
  /** The one message, beside KEXINIT, that the exchange waits for. */
  #expected: number | undefined;
  #opener: Opener | undefined;

  constructor(context: KexContext, offer: Offer) {
    this.#context = context;
    this.#offer = offer;
  }

  /** Between our KEXINIT and our NEWKEYS: nothing but the exchange's own messages may go out. */
  get sending(): boolean {
    return this.#ours !== undefined;
  }

  /** From the first KEXINIT of either side to the client's NEWKEYS. */
  get running(): boolean {
    return this.#ours !== undefined || this.#theirs !== undefined;
  }

  /** Sends our KEXINIT. */
  start(): void {
    const { writer, options } = this.#context;
    writeKexInit(writer, this.#offer, options.environment.random(16));
    this.#ours = writer.payload();
    this.#context.sendNow();
  }

  /** Takes a message of 20 to 49; false when it is not one to come now. `first`: it is the connection's first packet. */
  message(type: number, payload: Buffer, first: boolean): boolean {
    if (type === MSG.KEXINIT) {
      if (this.#theirs) return false;
      this.#kexInit(payload, first);
      return true;
    }
    if (type !== this.#expected) return false;
    switch (type) {
      case MSG.KEX_INIT:
        this.#init(payload);
        return true;
      case MSG.KEX_GEX_REQUEST:
        this.#groupRequest(payload);
        return true;
      case MSG.KEX_GEX_INIT:
        this.#groupInit(payload);
        return true;
      default:
        this.#newKeys(payload);
        return true;
    }
  }

  #kexInit(payload: Buffer, first: boolean): void {
    const message = readKexInit(payload);
    this.#theirs = Buffer.from(payload);
    this.#context.kexInit(message);
    if (!this.#ours) this.start();
    if (!this.sessionId) {
      this.strict = mentions(message.kex, STRICT_CLIENT) && this.#offer.kex.includes(STRICT_SERVER);
      this.extInfo = mentions(message.kex, 'ext-info-c');
      this.rsaSignature = ['rsa-sha2-512', 'rsa-sha2-256'].find((name) => mentions(message.hostKey, name));
      if (this.strict && !first)
        throw new Violation(
          'kex',
          'KEXINIT was not the first packet',
          'strict KEX violation: KEXINIT was not the first packet',
        );
    }
    this.#chosen = negotiate(message, this.#offer, this.strict);
    this.skip = message.firstKexPacketFollows && guessedWrong(message, this.#offer);
    this.#expected = kexMethods[this.#chosen.kex]!.respond ? MSG.KEX_INIT : MSG.KEX_GEX_REQUEST;
  }

  #init(payload: Buffer): void {
    const { random } = this.#context.options.environment;
    const result = kexMethods[this.#chosen!.kex]!.respond!(payload.subarray(1), random);
    this.#reply(MSG.KEX_REPLY, Buffer.concat([result.client, result.server]), result.server, result.secret);
  }

  #groupRequest(payload: Buffer): void {
    const reader = new Reader(payload, 'kex', 1);
    const request = { min: reader.u32(), bits: reader.u32(), max: reader.u32() };
    reader.end();
    const { writer, options } = this.#context;
    const chosen = chosenExchange(
      request,
      options.profile.moduli,
      options.profile.leastGroup,
      options.environment.random,
    );
    if (!chosen) throw new Violation('kex', 'group request out of bounds');
    this.#group = { request, ...chosen };
    writer.start(MSG.KEX_GEX_GROUP).mpint(chosen.prime).mpint(chosen.generator);
    this.#context.sendNow();
    this.#expected = MSG.KEX_GEX_INIT;
  }

  #groupInit(payload: Buffer): void {
    const reader = new Reader(payload, 'kex', 1);
    const theirs = reader.mpint();
    reader.end();
    const { request, prime, generator, exchange } = this.#group!;
    this.#group = undefined;
    const { writer } = this.#context;
    writer.start(0).mpint(exchange.secret(theirs));
    const secret = writer.payload().subarray(1);
    writer.start(0).mpint(exchange.public);
    const server = writer.payload().subarray(1);
    writer.start(0).u32(request.min).u32(request.bits).u32(request.max);
    writer.mpint(prime).mpint(generator).mpint(theirs).raw(server);
    this.#reply(MSG.KEX_GEX_REPLY, writer.payload().subarray(1), server, secret);
  }

  /** Signs, replies, sends NEWKEYS and takes our new keys into use. `values` is what is hashed between host key and secret. */
  #reply(type: number, values: Buffer, server: Buffer, secret: Buffer): void {
    const { writer, options, clientIdent } = this.#context;
    const chosen = this.#chosen!;
    const { hash } = kexMethods[chosen.kex]!;
    const key = options.hostKeys.find((candidate) => candidate.algorithms.includes(chosen.hostKey))!;
    writer.start(0).string(clientIdent).string(options.profile.ident).string(this.#theirs!).string(this.#ours!);
    writer.string(key.blob).raw(values).raw(secret);
    const exchangeHash = hashOf(hash, writer.payload().subarray(1));
    if (!this.sessionId) {
      this.sessionId = exchangeHash;
      this.hostKeyBlob = key.blob;
    }
    const { sessionId } = this;
    writer.start(type).string(key.blob).raw(server).string(key.sign(exchangeHash, chosen.hostKey));
    this.#context.sendNow();

    const derive = (letter: string, length: number) => deriveKey(hash, secret, exchangeHash, letter, sessionId, length);
    const outward = ciphers[chosen.cipherOut]!;
    const inward = ciphers[chosen.cipherIn]!;
    const macOut = macs[chosen.macOut];
    const macIn = macs[chosen.macIn];
    const sealer = outward.sealer(
      derive('D', outward.keyLength),
      derive('B', outward.ivLength),
      macOut,
      derive('F', macOut?.keyLength ?? 0),
    );
    this.#opener = inward.opener(
      derive('C', inward.keyLength),
      derive('A', inward.ivLength),
      macIn,
      derive('E', macIn?.keyLength ?? 0),
    );
    writer.start(MSG.NEWKEYS);
    this.#context.sendNow();
    this.#expected = MSG.NEWKEYS;
    this.#ours = undefined;
    this.#context.newSealer(sealer, chosen);
  }

  #newKeys(payload: Buffer): void {
    new Reader(payload, 'kex', 1).end();
    const opener = this.#opener!;
    const chosen = this.#chosen!;
    this.#opener = this.#chosen = this.#theirs = this.#expected = undefined;
    this.negotiated = chosen;
    this.#context.newOpener(opener, chosen);
  }
}
