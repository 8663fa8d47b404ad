// A probing SSH client: speaks the protocol by hand, right or wrong on purpose, and tells what came back in words that can be compared.
import { createECDH, createHash, createPublicKey, diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { ciphers } from '../../../src/wire/ssh/cipher.ts';
import { encodeMpint, encodeString, Reader, Writer } from '../../../src/wire/ssh/data.ts';
import { deriveKey, hashOf } from '../../../src/wire/ssh/kex.ts';
import { macs } from '../../../src/wire/ssh/mac.ts';
import { PacketReceiver, PacketSender } from '../../../src/wire/ssh/packet.ts';
import type { Sealer } from '../../../src/wire/ssh/sealing.ts';

export interface KexOptions {
  kex?: string;
  hostKey?: string;
  cipher?: string;
  mac?: string;
  compression?: string;
  /** first_kex_packet_follows. */
  follows?: boolean;
}

/** Milliseconds without a byte after which a server is taken to be silent. */
const SILENCE = 400;
/** The same while a certain message is waited for: PAM alone takes two seconds to refuse a password. */
const LONG_SILENCE = 10_000;

export const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
};
export const text = (value: string | Buffer): Buffer => encodeString(value);
/** A message: its number, then parts; strings become strings of RFC 4251, numbers uint32, booleans bytes. */
export function message(type: number, ...parts: (Buffer | string | number | boolean)[]): Buffer {
  return Buffer.concat([
    Buffer.of(type),
    ...parts.map((part) =>
      typeof part === 'string'
        ? text(part)
        : typeof part === 'number'
          ? u32(part)
          : typeof part === 'boolean'
            ? Buffer.of(part ? 1 : 0)
            : part,
    ),
  ]);
}

export class Client {
  readonly socket: Socket;
  sender = new PacketSender((bytes) => randomBytes(bytes));
  receiver = new PacketReceiver();
  serverIdent = '';
  clientIdent = 'SSH-2.0-OpenSSH_9.2p1 probe';
  serverKexInit: Buffer = Buffer.alloc(0);
  sessionId: Buffer | undefined;
  hostKeyBlob: Buffer = Buffer.alloc(0);
  channel = 0;
  /** Milliseconds. */
  silence: number;
  readonly #writer = new Writer();
  #plain: Buffer = Buffer.alloc(0);
  #identified = false;
  closed = false;
  #wake: (() => void) | undefined;
  /** Everything observed, in order. */
  readonly seen: string[] = [];

  /** `patience` times SILENCE is waited for a byte. */
  constructor(port: number, patience = 1) {
    this.silence = SILENCE * patience;
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => {
      if (this.#identified) this.receiver.feed(chunk, true);
      else this.#plain = Buffer.concat([this.#plain, chunk]);
      this.#wake?.();
    });
    this.socket.on('error', () => {});
    for (const event of ['end', 'close'] as const)
      this.socket.on(event, () => {
        this.closed = true;
        this.#wake?.();
      });
  }

  raw(bytes: Buffer | string): this {
    this.socket.write(bytes);
    return this;
  }

  /** A packet as the protocol wants it. */
  packet(payload: Buffer): Buffer {
    this.#writer.start(payload[0]!).raw(payload.subarray(1));
    const out: Buffer[] = [];
    this.sender.seal(this.#writer, out);
    return Buffer.concat(out);
  }

  /** A packet of this padding length and body (payload and padding), whether they fit or not, sealed with the keys in use. */
  frame(padding: number, body: Buffer, length = 1 + body.length): Buffer {
    const packet = Buffer.concat([u32(length), Buffer.of(padding), body]);
    const out: Buffer[] = [];
    this.#sealer!.seal(this.sender.sequence, packet, out);
    this.sender.sequence++;
    return Buffer.concat(out);
  }

  send(...payloads: Buffer[]): this {
    return this.raw(Buffer.concat(payloads.map((payload) => this.packet(payload))));
  }

  /** The server's line, or what it said instead before it closed. */
  async ident(own: string | undefined = `${this.clientIdent}\r\n`): Promise<this> {
    if (own !== undefined) this.raw(own);
    while (!this.#plain.includes(10)) if (!(await this.#more(LONG_SILENCE))) break;
    const end = this.#plain.indexOf(10) + 1;
    this.serverIdent = this.#plain.toString('latin1', 0, end).trimEnd();
    this.#identified = true;
    const rest = this.#plain.subarray(end);
    if (rest.length > 0) this.receiver.feed(Buffer.from(rest), true);
    return this;
  }

  /** Everything as plain text until the server closes or falls silent. */
  async words(own: string | Buffer): Promise<string[]> {
    this.raw(own);
    while (await this.#more());
    const lines = this.#plain.toString('latin1');
    return [lines.slice(lines.indexOf('\n') + 1), this.closed ? 'closed' : 'open'];
  }

  /** The next packet; undefined when the server closed or is silent. */
  async next(silence = this.silence): Promise<Buffer | undefined> {
    for (;;) {
      const payload = this.#receive();
      if (payload) return Buffer.from(payload);
      if (!(await this.#more(silence))) return undefined;
    }
  }

  #receive(): Buffer | undefined {
    if (this.#unreadable) return undefined;
    try {
      return this.receiver.next();
    } catch {
      // The server has taken keys into use that a probe did not agree on.
      this.#unreadable = true;
      return undefined;
    }
  }
  #unreadable = false;

  /** Waits for a packet of a type, past others. All of them are `seen`. */
  async until(type: number): Promise<Buffer> {
    for (;;) {
      const payload = await this.next(LONG_SILENCE);
      if (!payload)
        throw new Error(`no message ${type}: ${this.closed ? 'closed' : 'silence'}; ${this.seen.join('; ')}`);
      this.seen.push(describe(payload));
      if (payload[0] === type) return payload;
    }
  }

  /** All that comes until the server closes or falls silent. */
  async rest(silence = this.silence): Promise<string[]> {
    const all: string[] = [];
    for (let payload = await this.next(silence); payload; payload = await this.next(silence))
      all.push(describe(payload));
    return [...all, ...(this.#unreadable ? ['unreadable'] : []), this.closed ? 'closed' : 'open'];
  }

  async #more(silence = this.silence): Promise<boolean> {
    if (this.closed) return false;
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => done(false), silence);
      const done = (more: boolean) => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(more);
      };
      this.#wake = () => done(true);
    });
  }

  kexInit(options: KexOptions = {}): Buffer {
    const { kex = 'curve25519-sha256', hostKey = 'ssh-ed25519', cipher = 'aes128-ctr' } = options;
    const { mac = 'hmac-sha2-256', compression = 'none', follows = false } = options;
    const lists = [kex, hostKey, cipher, cipher, mac, mac, compression, compression, '', ''];
    return message(20, Buffer.alloc(16, 7), ...lists, follows, 0);
  }

  /** A whole key exchange by curve25519; with `options` for the KEXINIT, and the server's if that has come already. */
  async exchange(options: KexOptions = {}, own = this.kexInit(options), sent = false, theirs?: Buffer): Promise<this> {
    if (!sent) this.send(own);
    this.serverKexInit = theirs ?? (await this.until(20));
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const ours = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
    this.send(message(30, text(ours)));
    await this.finish(ours, own, options, (theirs) =>
      diffieHellman({
        privateKey,
        publicKey: createPublicKey({
          key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), theirs]),
          format: 'der',
          type: 'spki',
        }),
      }),
    );
    return this;
  }

  /** From the reply on: keys are taken into use. */
  async finish(ours: Buffer, own: Buffer, options: KexOptions, secretOf: (theirs: Buffer) => Buffer): Promise<void> {
    const reader = new Reader(await this.until(31), 'kex', 1);
    this.hostKeyBlob = Buffer.from(reader.string());
    const theirs = reader.string();
    const secret = encodeMpint(secretOf(theirs));
    const exchangeHash = hashOf(
      'sha256',
      Buffer.concat([
        text(this.clientIdent),
        text(this.serverIdent),
        text(own),
        text(this.serverKexInit),
        text(this.hostKeyBlob),
        text(ours),
        text(theirs),
        secret,
      ]),
    );
    this.sessionId ??= exchangeHash;
    const cipher = ciphers[options.cipher ?? 'aes128-ctr']!;
    const mac = cipher.aead ? undefined : macs[options.mac ?? 'hmac-sha2-256']!;
    const key = (letter: string, length: number) =>
      deriveKey('sha256', secret, exchangeHash, letter, this.sessionId!, length);
    const strict = (options.kex ?? '').includes('kex-strict-c-v00@openssh.com') || this.#strict;
    this.#strict = strict;
    this.send(message(21));
    this.#sealer = cipher.sealer(
      key('C', cipher.keyLength),
      key('A', cipher.ivLength),
      mac,
      key('E', mac?.keyLength ?? 0),
    );
    this.sender.rekey(this.#sealer, strict);
    await this.until(21);
    this.receiver.rekey(
      cipher.opener(key('D', cipher.keyLength), key('B', cipher.ivLength), mac, key('F', mac?.keyLength ?? 0)),
      strict,
    );
  }
  #strict = false;
  #sealer: Sealer | undefined;

  /** Ident, key exchange and the service; what came up to there is in `seen`. */
  async secure(options?: KexOptions): Promise<this> {
    await this.ident();
    await this.exchange(options);
    this.send(message(5, 'ssh-userauth'));
    await this.until(6);
    return this;
  }

  async login(user: string, password: string, options?: KexOptions): Promise<this> {
    await this.secure(options);
    this.send(message(50, user, 'ssh-connection', 'password', false, password));
    await this.until(52);
    await this.until(80);
    return this;
  }

  /** Opens a session channel, ours is `id`. */
  async open(id = 0, window = 1 << 20, packet = 1 << 15): Promise<this> {
    this.send(message(90, 'session', id, window, packet));
    this.channel = new Reader(await this.until(91), 'connection', 5).u32();
    return this;
  }

  request(name: string, reply: boolean, ...parts: (Buffer | string | number | boolean)[]): this {
    return this.send(message(98, this.channel, name, reply, ...parts));
  }

  /** Milliseconds in which nothing is sent. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A public point for the ECDH methods. */
export function ecPoint(curve: string): Buffer {
  return createECDH(curve).generateKeys();
}

const shown = (bytes: Buffer) => JSON.stringify(bytes.toString('latin1'));

/** A message in words; what differs from connection to connection is left out. */
export function describe(payload: Buffer): string {
  const type = payload[0]!;
  const reader = new Reader(payload, 'connection', 1);
  const name = () => shown(reader.string());
  switch (type) {
    case 1:
      return `DISCONNECT ${reader.u32()} ${name()}`;
    case 3:
      return `UNIMPLEMENTED ${reader.u32()}`;
    case 4:
      return `DEBUG ${reader.u8()} ${name()}`;
    case 6:
      return `SERVICE_ACCEPT ${name()}`;
    case 7: {
      const parts: string[] = [];
      for (let count = reader.u32(); count > 0; count--) parts.push(`${name()}=${name()}`);
      return `EXT_INFO ${parts.join(' ')}`;
    }
    case 20: {
      reader.raw(16);
      const lists = Array.from({ length: 10 }, () => reader.string().toString('latin1'));
      return `KEXINIT ${lists.join(' | ')} ${reader.rest().toString('hex')}`;
    }
    case 21:
      return 'NEWKEYS';
    case 31: {
      const first = reader.string();
      return `KEX_REPLY ${first.length > 200 ? 'group' : first.length}`;
    }
    case 51:
      return `USERAUTH_FAILURE ${name()} ${reader.u8()}`;
    case 53:
      return `USERAUTH_BANNER ${name()}`;
    case 60:
      return `INFO_REQUEST or PK_OK ${createHash('md5').update(payload).digest('hex')}`;
    case 80: {
      const request = name();
      return `GLOBAL_REQUEST ${request} ${reader.u8()}`;
    }
    case 81:
      return `REQUEST_SUCCESS ${reader.remaining}`;
    case 91:
      return `OPEN_CONFIRMATION ${reader.u32()} ${reader.u32()} ${reader.u32()} ${reader.u32()}`;
    case 92:
      return `OPEN_FAILURE ${reader.u32()} ${reader.u32()} ${name()} ${name()}`;
    case 93:
      return `WINDOW_ADJUST ${reader.u32()} ${reader.u32()}`;
    case 94:
      // The greeting names the kernel.
      return `DATA ${reader.u32()} ${name()}`.replace(/"Linux .*? x86_64/, '"Linux … x86_64');
    case 95:
      return `EXTENDED_DATA ${reader.u32()} ${reader.u32()} ${name()}`;
    case 98: {
      const channel = reader.u32();
      const request = name();
      return `CHANNEL_REQUEST ${channel} ${request} ${reader.u8()} ${reader.rest().toString('hex')}`;
    }
    default:
      return `message ${type} ${reader.rest().toString('hex').slice(0, 40)}`.trim();
  }
}
