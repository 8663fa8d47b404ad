// A process that puts load on an SSH server: told over IPC what to do, it answers with the time each session took. Used by sensor.ts.
// All sessions use curve25519-sha256 and ssh-ed25519; the cipher is the caller's choice, so that every server does the same arithmetic.
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { ciphers } from '../src/wire/ssh/cipher.ts';
import { encodeMpint, encodeString, Reader, Writer } from '../src/wire/ssh/data.ts';
import { deriveKey, hashOf } from '../src/wire/ssh/kex.ts';
import { macs } from '../src/wire/ssh/mac.ts';
import { PacketReceiver, PacketSender } from '../src/wire/ssh/packet.ts';

export type Mode = 'bare' | 'kex' | 'fail' | 'login' | 'exec' | 'shell' | 'hold';

export interface Order {
  mode: Mode;
  port: number;
  /** Sessions in all and at once. */
  count: number;
  concurrency: number;
  /** Each connection comes from one of so many loopback addresses; 1: all from 127.0.0.1. */
  addresses?: number;
  user: string;
  password: string;
  /** PKCS #8 PEM of an Ed25519 key: log in with it instead of the password. */
  key?: string;
  /** fail: passwords on one connection. shell: command lines. */
  repeat?: number;
  command?: string;
  cipher?: string;
}

export interface Result {
  done: number;
  errors: string[];
  /** Milliseconds from connect to the end of what the mode does. */
  times: number[];
}

const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const IDENT = 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3';
const PROMPT = /[#$] $/;
/** One key pair for all sessions: the client's arithmetic is not what is measured. */
const pair = generateKeyPairSync('x25519');
const publicValue = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI.length);

type Part = Buffer | string | number | boolean;

/** A message: its number, then strings, uint32s, booleans, or raw bytes. */
function message(type: number, ...parts: Part[]): Buffer {
  const writer = new Writer();
  writer.start(type);
  for (const part of parts) {
    if (typeof part === 'string') writer.string(Buffer.from(part, 'latin1'));
    else if (typeof part === 'number') writer.u32(part);
    else if (typeof part === 'boolean') writer.boolean(part);
    else writer.raw(part);
  }
  return writer.payload();
}

const kexInit = (cipher: string) => {
  const lists = ['curve25519-sha256', 'ssh-ed25519', cipher, cipher, 'hmac-sha2-256', 'hmac-sha2-256', 'none', 'none'];
  return message(20, Buffer.alloc(16, 7), ...lists, '', '', false, 0);
};
const scratch = new Writer();

/** One connection, read message by message. */
class Client {
  readonly #socket: Socket;
  readonly #sender = new PacketSender((bytes) => randomBytes(bytes));
  readonly #receiver = new PacketReceiver();
  #plain: Buffer | undefined = Buffer.alloc(0);
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #sessionId: Buffer = Buffer.alloc(0);

  constructor(order: Order, number: number) {
    const localAddress = `127.0.${1 + Math.floor((number % (order.addresses ?? 1)) / 250)}.${1 + ((number % (order.addresses ?? 1)) % 250)}`;
    this.#socket = connect({
      port: order.port,
      host: '127.0.0.1',
      noDelay: true,
      ...(order.addresses ? { localAddress } : {}),
    });
    this.#socket.on('data', (chunk) => {
      if (this.#plain) this.#plain = Buffer.concat([this.#plain, chunk]);
      else this.#receiver.feed(chunk, true);
      this.#wake?.();
    });
    this.#socket.on('error', (error) => {
      this.#failure = error;
    });
    this.#socket.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  async #more(): Promise<void> {
    if (this.#ended) throw this.#failure ?? new Error('closed by the server');
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  async next(): Promise<Buffer> {
    for (;;) {
      const payload = this.#receiver.next();
      if (payload) return payload;
      await this.#more();
    }
  }

  async until(...types: number[]): Promise<Buffer> {
    for (;;) {
      const payload = await this.next();
      if (types.includes(payload[0]!)) return payload;
      if (payload[0] === 1) throw new Error(`disconnected: ${payload.toString('latin1', 9)}`);
    }
  }

  send(...payloads: Buffer[]): void {
    const out: Buffer[] = [];
    for (const payload of payloads) {
      scratch.start(payload[0]!).raw(payload.subarray(1));
      this.#sender.seal(scratch, out);
    }
    this.#socket.write(Buffer.concat(out));
  }

  /** The floor's exchange: one value each way. */
  async bare(): Promise<void> {
    this.#socket.write(publicValue);
    while (this.#plain!.length < 100) await this.#more();
  }

  async secure(cipherName: string): Promise<void> {
    const own = kexInit(cipherName);
    this.#socket.write(`${IDENT}\r\n`);
    while (!this.#plain!.includes(10)) await this.#more();
    const end = this.#plain!.indexOf(10) + 1;
    const serverIdent = this.#plain!.toString('latin1', 0, end).trimEnd();
    const rest = this.#plain!.subarray(end);
    this.#plain = undefined;
    if (rest.length > 0) this.#receiver.feed(rest, true);
    this.send(own, message(30, encodeString(publicValue)));
    const theirs = Buffer.from(await this.until(20));
    const reply = new Reader(await this.until(31), 'kex', 1);
    const hostKey = reader(reply);
    const value = reader(reply);
    const secret = encodeMpint(
      diffieHellman({
        privateKey: pair.privateKey,
        publicKey: createPublicKey({ key: Buffer.concat([SPKI, value]), format: 'der', type: 'spki' }),
      }),
    );
    const strings = [IDENT, serverIdent, own, theirs, hostKey, publicValue, value].map((one) => encodeString(one));
    const hash = hashOf('sha256', Buffer.concat([...strings, secret]));
    this.#sessionId = hash;
    const cipher = ciphers[cipherName]!;
    const mac = cipher.aead ? undefined : macs['hmac-sha2-256']!;
    const key = (letter: string, length: number) => deriveKey('sha256', secret, hash, letter, hash, length);
    const macLength = mac?.keyLength ?? 0;
    await this.until(21);
    this.#receiver.rekey(
      cipher.opener(key('D', cipher.keyLength), key('B', cipher.ivLength), mac, key('F', macLength)),
      false,
    );
    this.send(message(21));
    this.#sender.rekey(
      cipher.sealer(key('C', cipher.keyLength), key('A', cipher.ivLength), mac, key('E', macLength)),
      false,
    );
  }

  async service(): Promise<void> {
    this.send(message(5, 'ssh-userauth'));
    await this.until(6);
  }

  /** Whether the password got in. */
  async password(user: string, password: string): Promise<boolean> {
    this.send(message(50, user, 'ssh-connection', 'password', false, password));
    return (await this.until(51, 52))[0] === 52;
  }

  async publicKey(user: string, key: KeyObject): Promise<boolean> {
    const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
    const blob = Buffer.concat([encodeString('ssh-ed25519'), encodeString(raw)]);
    const request = message(50, user, 'ssh-connection', 'publickey', true, 'ssh-ed25519', encodeString(blob));
    const signature = sign(null, Buffer.concat([encodeString(this.#sessionId), request]), key);
    const signed = encodeString(Buffer.concat([encodeString('ssh-ed25519'), encodeString(signature)]));
    this.send(Buffer.concat([request, signed]));
    return (await this.until(51, 52))[0] === 52;
  }

  async login({ user, password, key }: Order): Promise<void> {
    await this.service();
    const granted = key ? await this.publicKey(user, createPrivateKey(key)) : await this.password(user, password);
    if (!granted) throw new Error('login refused');
  }

  async open(): Promise<void> {
    this.send(message(90, 'session', 0, 2 << 20, 32768));
    await this.until(91);
  }

  async exec(command: string): Promise<void> {
    await this.open();
    this.send(message(98, 0, 'exec', true, command));
    await this.until(97);
  }

  async shell(): Promise<void> {
    await this.open();
    this.send(
      message(98, 0, 'pty-req', true, 'xterm', 80, 24, 0, 0, encodeString(Buffer.alloc(1))),
      message(98, 0, 'shell', true),
    );
    await this.prompt();
  }

  async line(command: string): Promise<void> {
    this.send(message(94, 0, `${command}\n`));
    await this.prompt();
  }

  async prompt(): Promise<void> {
    let text = '';
    while (!PROMPT.test(text)) text = (text + (await this.until(94)).toString('latin1', 9)).slice(-2000);
  }

  async close(): Promise<void> {
    this.#socket.end();
    // The receiving side must be read for the end to arrive.
    while (!this.#ended) await this.#more().catch(() => {});
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const reader = (from: Reader) => Buffer.from(from.string());
const held: Client[] = [];

async function session(order: Order, number: number): Promise<number> {
  const { mode, repeat = 1, command = 'uname -a', cipher = 'aes128-ctr' } = order;
  const started = performance.now();
  const client = new Client(order, number);
  try {
    if (mode === 'bare') await client.bare();
    else await client.secure(cipher);
    if (mode === 'fail') {
      await client.service();
      for (let i = 0; i < repeat; i++)
        if (await client.password(order.user, `wrong-${number}-${i}`)) throw new Error('a wrong password got in');
    } else if (mode !== 'bare' && mode !== 'kex') await client.login(order);
    if (mode === 'exec') await client.exec(command);
    if (mode === 'shell' || mode === 'hold') {
      await client.shell();
      for (let i = 0; mode === 'shell' && i < repeat; i++) await client.line(command);
    }
    const time = performance.now() - started;
    if (mode === 'hold') held.push(client);
    else await client.close();
    return time;
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function run(order: Order): Promise<Result> {
  const result: Result = { done: 0, errors: [], times: [] };
  let number = 0;
  const lane = async () => {
    while (number < order.count) {
      try {
        result.times.push(await session(order, number++));
        result.done++;
      } catch (error) {
        result.errors.push((error as Error).message);
        if (result.errors.length > 50) return;
      }
    }
  };
  await Promise.all(Array.from({ length: order.concurrency }, lane));
  return result;
}

process.on('message', async (order: Order | 'release') => {
  if (order !== 'release') {
    process.send!(await run(order));
    return;
  }
  for (const client of held.splice(0)) client.destroy();
  process.send!({ done: 0, errors: [], times: [] });
});
