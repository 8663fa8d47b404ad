// A server connection and all around it held still: no socket, a clock that only moves by hand, keys that cost nothing.
import { fileURLToPath } from 'node:url';
import { type CipherAlgorithm, ciphers } from '../../../src/wire/ssh/cipher.ts';
import { ServerConnection } from '../../../src/wire/ssh/connection.ts';
import { encodeString } from '../../../src/wire/ssh/data.ts';
import type { HostKey } from '../../../src/wire/ssh/hostkey.ts';
import { type KexMethod, kexMethods } from '../../../src/wire/ssh/kex.ts';
import { loadProfile, type Profile } from '../../../src/wire/ssh/profile.ts';
import { plainOpener, plainSealer } from '../../../src/wire/ssh/sealing.ts';
import type { Environment, ServerHandler } from '../../../src/wire/ssh/ssh.ts';
import type { Random } from '../random.ts';
import { fault } from '../target.ts';
import { boolean, encode, message, raw, string, u32 } from './message.ts';

const file = new URL('../../../personas/ssh/openssh-9.2p1-debian12.json', import.meta.url);
export const profile = loadProfile(fileURLToPath(file));

/** A key exchange and a cipher that do nothing: the layers above them meet messages at once. */
const NULL = 'null';
(kexMethods as Record<string, KexMethod>)[NULL] = {
  hash: 'sha256',
  respond: (body) => ({ server: encodeString('s'), client: body, secret: encodeString('k') }),
};
(ciphers as Record<string, CipherAlgorithm>)[NULL] = {
  keyLength: 0,
  ivLength: 0,
  blockSize: 8,
  aead: true,
  sealer: () => plainSealer,
  opener: () => plainOpener,
};
export const nullProfile: Profile = { ...profile, kex: [NULL, 'kex-strict-s-v00@openssh.com'], cipher: [NULL] };

/** Signs nothing. */
export const nullKey: HostKey = {
  type: 'ssh-ed25519',
  algorithms: ['ssh-ed25519'],
  blob: Buffer.concat([encodeString('ssh-ed25519'), encodeString(Buffer.alloc(32, 7))]),
  sign: () => Buffer.alloc(16, 1),
  toPem: () => '',
};

const zeros = Buffer.alloc(64 * 1024);

/** Bytes an answer may have beyond what was asked for; more is a leak or a loop. */
const MOST_SENT = 16 << 20;

/** Where a socket says that it is full. */
const HIGH_WATER = 64 << 10;

export class Pair {
  readonly connection: ServerConnection;
  readonly #random: Random;
  /** Milliseconds that the longest single event took. */
  longest = 0;
  #now = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  #timer = 0;
  #sent = 0;
  #out: Buffer[] = [];
  #wireClosed = 0;
  #closed = 0;
  /** The socket pretends to be full. */
  #full = false;
  #waiting = 0;

  constructor(random: Random, handler: ServerHandler, options: { profile: Profile; hostKeys: readonly HostKey[] }) {
    this.#random = random;
    const environment: Environment = {
      now: () => this.#now,
      random: (bytes) => zeros.subarray(0, bytes),
      after: (ms, run) => {
        const id = this.#timer++;
        this.#timers.set(id, { at: this.#now + ms, run });
        return () => void this.#timers.delete(id);
      },
    };
    this.connection = new ServerConnection(
      { ...options, environment },
      {
        ...handler,
        violation: (violation) => {
          if (violation.reason === 'message cannot be handled') fault('an exception of ours was thrown');
          handler.violation?.(violation);
        },
        closed: () => {
          if (++this.#closed > 1) fault('closed twice');
          handler.closed?.();
        },
      },
      {
        send: (bytes) => {
          if (this.#wireClosed > 0) fault('sent after the end');
          this.#sent += bytes.length;
          if (this.#sent > MOST_SENT) fault('answers without bound');
          if (this.#sent < 256 * 1024) this.#out.push(bytes);
          this.#waiting += bytes.length;
          this.#full = this.#waiting >= HIGH_WATER || random.one(8);
          return !this.#full;
        },
        close: () => {
          if (++this.#wireClosed > 1) fault('the wire was closed twice');
        },
      },
    );
  }

  get closed(): boolean {
    return this.#closed > 0;
  }

  /** Runs one event; how long the longest took is kept. */
  #timed(run: () => void): void {
    const start = performance.now();
    run();
    this.longest = Math.max(this.longest, performance.now() - start);
  }

  receive(chunk: Buffer): void {
    this.#timed(() => this.connection.receive(chunk));
    if (!this.#random.one(4)) this.settle();
  }

  /** Lets time go by until nothing more happens by itself, within bounds. */
  settle(): void {
    for (let turns = 0; turns < 50 && (this.#full || this.#timers.size > 0) && !this.closed; turns++) {
      if (this.#full) {
        this.#full = false;
        this.#waiting = 0;
        this.#timed(() => this.connection.drained());
      }
      const next = this.#timers.entries().next().value;
      if (!next) continue;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      this.#timed(next[1].run);
    }
  }

  later(ms: number, run: () => void): void {
    const id = this.#timer++;
    this.#timers.set(-1 - id, { at: this.#now + ms, run });
  }

  /** The client leaves; then everything must be over and in order. */
  end(): void {
    this.settle();
    this.connection.end();
    this.connection.close();
    this.connection.receive(Buffer.of(1, 2, 3));
    this.connection.drained();
    if (this.#closed !== 1) fault(`closed ${this.#closed} times`);
    if (this.#wireClosed !== 1) fault(`the wire was closed ${this.#wireClosed} times`);
    for (const id of this.#timers.keys()) if (id >= 0) fault('a timer outlived the connection');
  }

  /** Holds the frame of each plain packet that was sent against RFC 4253 §6. */
  checkFrames(): void {
    const bytes = Buffer.concat(this.#out);
    if (this.#sent !== bytes.length) return;
    let at = bytes.indexOf(10) + 1;
    while (at < bytes.length) {
      // Before it drops a client it cannot talk to, sshd says so in plain text.
      if (at + 4 > bytes.length) fault('the output ends in the middle of a packet');
      const length = bytes.readUInt32BE(at);
      if (length < 5 || length > 262_144 || (length + 4) % 8 !== 0) fault(`a packet of length ${length} was sent`);
      if (at + 4 + length > bytes.length) fault('the output ends in the middle of a packet');
      const padding = bytes[at + 4]!;
      if (padding < 4 || padding + 1 >= length) fault('a packet with wrong padding was sent');
      at += 4 + length;
    }
  }
}

/** Frames a payload as a packet that nothing protects. */
export function frame(payload: Buffer): Buffer {
  let padding = 8 - ((payload.length + 5) % 8);
  if (padding < 4) padding += 8;
  const out = Buffer.alloc(5 + payload.length + padding);
  out.writeUInt32BE(1 + payload.length + padding, 0);
  out[4] = padding;
  payload.copy(out, 5);
  return out;
}

const lists = [NULL, 'ssh-ed25519', NULL, NULL, 'hmac-sha2-256', 'hmac-sha2-256', 'none', 'none', '', ''];
/** A client's KEXINIT for the null algorithms. */
export const nullKexInit = message(20, raw(Buffer.alloc(16)), ...lists.map(string), boolean(false), u32(0));

/** Everything up to the first keys: identification, key exchange, NEWKEYS. */
export const opening: Buffer = Buffer.concat([
  Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n'),
  frame(encode(nullKexInit)),
  frame(encode(message(30, string('c')))),
  frame(encode(message(21))),
]);

/** Cuts a stream where chance says so, now and then byte by byte. */
export function* cut(bytes: Buffer, random: Random): Generator<Buffer> {
  if (random.one(3)) {
    yield bytes;
    return;
  }
  const most = random.one(8) ? 3 : bytes.length;
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(most);
    yield Buffer.from(bytes.subarray(at, at + size));
    at += size;
  }
}
