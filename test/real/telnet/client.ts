// A Telnet client of few words: sends bytes as they are, and tells what came back piece by piece.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { options } from '../../../src/wire/telnet/telnet.ts';

export const [IAC, DONT, DO, WONT, WILL, SB, SE] = [255, 254, 253, 252, 251, 250, 240] as const;
const VERBS: Readonly<Record<number, string>> = { [WILL]: 'WILL', [WONT]: 'WONT', [DO]: 'DO', [DONT]: 'DONT' };
const NAMES = new Map<number, string>(Object.entries(options).map(([name, code]) => [code, name]));
const name = (option: number) => NAMES.get(option) ?? String(option);

export const text = (value: string) => Buffer.from(value, 'latin1');
export const command = (...codes: number[]) => Buffer.from(codes.flatMap((code) => [IAC, code]));
export const verb = (code: number, ...wanted: number[]) => Buffer.from(wanted.flatMap((option) => [IAC, code, option]));
export const sub = (option: number, ...content: (number | string)[]) =>
  Buffer.concat([
    Buffer.of(IAC, SB, option),
    ...content.map((one) => (typeof one === 'number' ? Buffer.of(one) : text(one))),
    Buffer.of(IAC, SE),
  ]);

/** Milliseconds of silence after which a server is taken to have said all it will. */
const SILENCE = 350;

export class Client {
  readonly #socket: Socket;
  readonly #patience: number;
  #pending = Buffer.alloc(0);
  #ended = false;
  #changed: (() => void) | undefined;

  /** @param patience by which all waiting is multiplied */
  constructor(port: number, patience = 1) {
    this.#patience = patience;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      this.#changed?.();
    });
    for (const event of ['end', 'close'] as const)
      this.#socket.on(event, () => {
        this.#ended = true;
        this.#changed?.();
      });
  }

  send(...parts: (Buffer | string)[]): this {
    this.#socket.write(Buffer.concat(parts.map((part) => (typeof part === 'string' ? text(part) : part))));
    return this;
  }

  /** Half-closes: the server reads the end of our stream. */
  half(): this {
    this.#socket.end();
    return this;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** What comes until the server falls silent, or closes. */
  async rest(silence = SILENCE): Promise<string[]> {
    for (;;) {
      const before = this.#pending.length;
      if (!this.#ended) await this.#next(silence * this.#patience);
      if (this.#ended || this.#pending.length === before) break;
    }
    const seen = describe(this.#pending);
    this.#pending = Buffer.alloc(0);
    if (this.#ended) seen.push('closed');
    return seen;
  }

  /** What comes up to these words and the silence after them. */
  async until(words: string, ms = 9000): Promise<string[]> {
    const end = performance.now() + ms * this.#patience;
    while (!this.#ended && !this.#pending.includes(words, 0, 'latin1')) {
      const left = end - performance.now();
      if (left <= 0) break;
      await this.#next(left);
    }
    return this.rest(150);
  }

  async #next(ms: number): Promise<void> {
    const cancel = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#changed = resolve;
      }),
      sleep(ms, undefined, { signal: cancel.signal }).catch(() => {}),
    ]);
    cancel.abort();
    this.#changed = undefined;
  }
}

/**
 * Bytes of a server as words: `WILL ECHO`, `SB NAWS 00 50`, and text in quotes, in which what differs between two hosts has
 * given way to a word. A server's DM is sent as urgent data, of which this socket loses a byte.
 */
function describe(bytes: Buffer): string[] {
  const seen: string[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') seen.push(JSON.stringify(alike(plain)));
    plain = '';
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const next = bytes[at + 1];
    if (byte === 242) {
      flush();
      if (seen.at(-1) !== 'DM') seen.push('DM');
    } else if (byte !== IAC || next === undefined) plain += String.fromCharCode(byte);
    else if (next === IAC) {
      plain += '\xff';
      at++;
    } else {
      flush();
      if (VERBS[next]) {
        seen.push(`${VERBS[next]} ${name(bytes[at + 2] ?? -1)}`);
        at += 2;
      } else if (next === SB) {
        const end = bytes.indexOf(Buffer.of(IAC, SE), at);
        const content = bytes.subarray(at + 3, end < 0 ? bytes.length : end);
        seen.push(`SB ${name(bytes[at + 2] ?? -1)} ${content.toString('hex')}`.trimEnd());
        at = end < 0 ? bytes.length : end + 1;
      } else if (next === 242) {
        if (seen.at(-1) !== 'DM') seen.push('DM');
        at++;
      } else {
        seen.push(`IAC ${next}`);
        at++;
      }
    }
  }
  flush();
  return seen;
}

const alike = (plain: string): string =>
  plain
    .replace(/Last login: .*\r\n/g, '')
    .replace(/[\w.-]+ login: /g, 'HOST login: ')
    .replace(/^Linux [\w.+-]+ \S+ #.*/gm, 'Linux UNAME')
    .replace(/Linux [\w.+-]+ \([\w.-]+\) \(pts\/\d+\)/g, 'Linux RELEASE (FQDN) (PTS)')
    .replace(/pts\/\d+/g, 'PTS')
    .replace(/@[\w-]+:/g, '@HOST:')
    // Where a tab leads depends on the length of the host's name.
    .replace(/ {2,}/g, ' +')
    .replace(/\x08{3,}/g, '\b+')
    .replace(/\[[\w.-]+ : yes\]/g, '[HOST : yes]')
    .replace(/(.)\1{99,}/g, (run, one) => `${one}×${run.length}`);
