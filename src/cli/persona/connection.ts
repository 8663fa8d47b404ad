// One connection of `kansatsuki persona probe`, the client's side: identification, packets, a key exchange, and no patience.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ciphers } from '../../wire/ssh/cipher.ts';
import { encodeMpint, encodeString, Reader, Writer } from '../../wire/ssh/data.ts';
import { deriveKey, hashOf } from '../../wire/ssh/kex.ts';
import { STRICT_CLIENT, STRICT_SERVER, writeKexInit } from '../../wire/ssh/kexinit.ts';
import { macs } from '../../wire/ssh/mac.ts';
import { MSG } from '../../wire/ssh/message.ts';
import { PacketReceiver, PacketSender } from '../../wire/ssh/packet.ts';
import { verifySignature } from '../../wire/ssh/publickey.ts';
import type { ClientKexInit } from '../../wire/ssh/ssh.ts';
import { clientMethods } from './client-kex.ts';

const IDENT = 'SSH-2.0-Kansatsuki';
/** Milliseconds. */
const PATIENCE = 10_000;
/** RFC 4253 §4.2: lines may come before the identification. */
const MOST_BEFORE = 64 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'there is no such host',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

export class ProbeConnection {
  readonly #socket: Socket;
  readonly #writer = new Writer();
  readonly #sender = new PacketSender(randomBytes);
  readonly #receiver = new PacketReceiver();
  #text: Buffer = Buffer.alloc(0);
  #ident = '';
  #over: string | undefined;

  static async open(host: string, port: number): Promise<ProbeConnection> {
    const socket = connect({ host, port, timeout: PATIENCE });
    const patience = setTimeout(() => socket.destroy(new Error('no connection within 10 s')), PATIENCE);
    try {
      await once(socket, 'connect');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new Error(REASONS[code ?? ''] ?? message);
    } finally {
      clearTimeout(patience);
    }
    return new ProbeConnection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (this.#ident === '') this.#text = Buffer.concat([this.#text, chunk]);
      else this.#feed(chunk);
    });
    socket.on('timeout', () => this.#end('it has not answered within 10 s'));
    socket.on('end', () => this.#end('it closed the connection'));
    socket.on('error', ({ message }) => this.#end(message));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Their identification line; ours follows at once, as most clients do. */
  async identify(): Promise<string> {
    this.#socket.write(`${IDENT}\r\n`);
    for (;;) {
      const line = /^SSH-[^\r\n]*(?=\r?\n)/m.exec(this.#text.toString('latin1'));
      if (line) {
        const rest = this.#text.subarray(this.#text.indexOf(10, line.index) + 1);
        this.#ident = line[0];
        this.#text = Buffer.alloc(0);
        if (rest.length > 0) this.#feed(rest);
        return this.#ident;
      }
      if (this.#text.length > MOST_BEFORE) this.#end('it sends something else than an SSH identification');
      if (this.#over !== undefined) {
        const said = this.#text.toString('latin1').slice(0, 60);
        throw new Error(said === '' ? this.#over : `no SSH server: it said ${JSON.stringify(said)}`);
      }
      await this.#more();
    }
  }

  /** The next message of a type; `others` sees those before it. */
  async until(type: number, others?: (payload: Buffer) => void): Promise<Buffer> {
    for (;;) {
      const payload = this.#receiver.next();
      if (!payload) {
        if (this.#over !== undefined) throw new Error(this.#over);
        await this.#more();
        continue;
      }
      if (payload[0] === type) return Buffer.from(payload);
      if (payload[0] === MSG.DISCONNECT) {
        const text = new Reader(payload, 'transport', 5).string().toString('latin1');
        throw new Error(`it disconnected: ${JSON.stringify(text)}`);
      }
      others?.(payload);
    }
  }

  request(type: number, ...strings: string[]): void {
    this.#writer.start(type);
    for (const string of strings) this.#writer.string(string);
    this.#send();
  }

  /** A whole key exchange; the signature is checked. Gives the host key's blob. */
  async exchange(theirs: Buffer, offer: ClientKexInit, kex: string, hostKey?: string): Promise<{ key: Buffer }> {
    const lists = {
      kex: [kex, 'ext-info-c', STRICT_CLIENT],
      hostKey: hostKey ? [hostKey] : offer.hostKey,
      cipher: Object.keys(ciphers),
      mac: Object.keys(macs),
      compression: ['none', 'zlib@openssh.com'],
    };
    writeKexInit(this.#writer, lists, randomBytes(16));
    const ours = this.#writer.payload();
    this.#send();
    const pick = (what: string, known: string[], offered: string[]) => {
      const found = known.find((name) => offered.includes(name));
      if (found === undefined) throw new Error(`it offers no ${what} that the probe knows: ${offered.join(',')}`);
      return found;
    };
    const strict = offer.kex.includes(STRICT_SERVER);
    const keyAlgorithm = pick('host key type', lists.hostKey, offer.hostKey);
    const cipherIn = ciphers[pick('cipher', lists.cipher, offer.cipherIn)]!;
    const cipherOut = ciphers[pick('cipher', lists.cipher, offer.cipherOut)]!;
    const macIn = cipherIn.aead ? undefined : macs[pick('MAC', lists.mac, offer.macIn)];
    const macOut = cipherOut.aead ? undefined : macs[pick('MAC', lists.mac, offer.macOut)];
    const method = clientMethods[kex]!;
    const exchange = method.start();
    this.#writer.start(MSG.KEX_INIT).raw(exchange.ours);
    this.#send();
    const reader = new Reader(await this.until(MSG.KEX_REPLY), 'kex', 1);
    const [key, value, signature] = [reader.string(), reader.string(), reader.string()];
    const secret = exchange.secret(value);
    const encoded = kex.startsWith('diffie-hellman') ? encodeMpint(value) : encodeString(value);
    const parts = [IDENT, this.#ident, ours, theirs, key].map(encodeString);
    const hash = hashOf(method.hash, Buffer.concat([...parts, exchange.ours, encoded, secret]));
    if (!verifySignature(key, keyAlgorithm, signature, hash)) throw new Error('the signature of its host key is wrong');
    const derive = (letter: string, length: number) => deriveKey(method.hash, secret, hash, letter, hash, length);
    this.request(MSG.NEWKEYS);
    this.#sender.rekey(
      cipherIn.sealer(
        derive('C', cipherIn.keyLength),
        derive('A', cipherIn.ivLength),
        macIn,
        derive('E', macIn?.keyLength ?? 0),
      ),
      strict,
    );
    await this.until(MSG.NEWKEYS);
    this.#receiver.rekey(
      cipherOut.opener(
        derive('D', cipherOut.keyLength),
        derive('B', cipherOut.ivLength),
        macOut,
        derive('F', macOut?.keyLength ?? 0),
      ),
      strict,
    );
    return { key };
  }

  #send(): void {
    const out: Buffer[] = [];
    this.#sender.seal(this.#writer, out);
    this.#socket.write(Buffer.concat(out));
  }

  #feed(chunk: Buffer): void {
    try {
      this.#receiver.feed(chunk, false);
    } catch (error) {
      this.#end((error as Error).message);
    }
  }

  #end(why: string): void {
    this.#over ??= why;
    this.#socket.destroy();
  }

  async #more(): Promise<void> {
    if (this.#over !== undefined) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off('data', done).off('close', done);
        resolve();
      };
      this.#socket.on('data', done).on('close', done);
    });
  }
}
