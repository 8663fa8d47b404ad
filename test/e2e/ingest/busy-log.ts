// A Cowrie's log, written fast and rotated in every way there is, of which it is known what it said.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';

export type LogEvent = Record<string, unknown> & { eventid: string; timestamp: string; session: string };

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class BusyLog {
  /** Every event written, in the order of writing. */
  readonly events: LogEvent[] = [];
  readonly folder: string;
  readonly #path: string;
  readonly #random: () => number;
  #clock = Date.UTC(2026, 7, 21, 12);
  #open: { session: string; src_ip: string; src_port: number; left: number }[] = [];
  #number = 0;
  #rotated = 0;
  #rest = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, seed: number) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.#path = join(folder, 'cowrie.json');
    this.#random = randomFrom(seed);
  }

  /** Writes about `rate` events a second until `stop`. */
  start(rate: number): void {
    let owed = 0;
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      owed += ((now - last) / 1000) * rate;
      last = now;
      if (owed >= 1) this.write(Math.floor(owed));
      owed %= 1;
    }, 10);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#append(this.#rest);
    this.#rest = '';
  }

  /** Writes events in one go; now and then the last line stays half written until the next, or the log is rotated. */
  write(count: number): void {
    let text = this.#rest;
    this.#rest = '';
    for (let i = 0; i < count; i++) text += `${JSON.stringify(this.#event())}\n`;
    const rotates = this.#random() < 0.02;
    if (!rotates && this.#random() < 0.2) {
      const cut = text.length - 1 - Math.floor(this.#random() * 60);
      this.#rest = text.slice(cut);
      text = text.slice(0, cut);
    }
    this.#append(text);
    if (rotates) this.#rotate();
  }

  #append(text: string): void {
    if (text !== '') appendFileSync(this.#path, text);
  }

  #rotate(): void {
    if (!existsSync(this.#path)) return;
    const number = ++this.#rotated;
    const name = `${this.#path}.${String(number).padStart(4, '0')}`;
    const way = Math.floor(this.#random() * 5);
    if (way === 0) renameSync(this.#path, name);
    else if (way === 1) {
      copyFileSync(this.#path, name);
      truncateSync(this.#path, 0);
    } else if (way === 2) {
      writeFileSync(`${name}.gz`, gzipSync(readFileSync(this.#path)));
      rmSync(this.#path);
    } else if (way === 3) {
      writeFileSync(`${name}.zst`, zstdCompressSync(readFileSync(this.#path)));
      truncateSync(this.#path, 0);
    } else {
      // The one before is compressed only now (delaycompress).
      renameSync(this.#path, name);
      const before = `${this.#path}.${String(number - 1).padStart(4, '0')}`;
      if (existsSync(before)) {
        writeFileSync(`${before}.gz`, gzipSync(readFileSync(before)));
        rmSync(before);
      }
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  #event(): LogEvent {
    // The clock of the sensor jumps back now and then.
    this.#clock += Math.floor(this.#random() * 20) - (this.#random() < 0.005 ? 60_000 : 0);
    const n = this.#number++;
    if (this.#open.length < 8 || (this.#open.length < 40 && this.#random() < 0.1)) {
      const session = {
        session: Math.floor(this.#random() * 2 ** 48)
          .toString(16)
          .padStart(12, '0'),
        src_ip: `198.51.100.${Math.floor(this.#random() * 250)}`,
        src_port: 1024 + Math.floor(this.#random() * 60_000),
        left: 2 + Math.floor(this.#random() * 30),
      };
      this.#open.push(session);
      return this.#add(session, n, 'cowrie.session.connect', { dst_ip: '192.0.2.10', dst_port: 2222 });
    }
    const session = this.#pick(this.#open);
    if (session.left-- <= 0) {
      this.#open.splice(this.#open.indexOf(session), 1);
      return this.#add(session, n, 'cowrie.session.closed', { duration_ms: n });
    }
    const kind = Math.floor(this.#random() * 5);
    if (kind < 2)
      return this.#add(session, n, 'cowrie.login.failed', {
        username: this.#pick(['root', 'admin', 'pi', 'ゲスト']),
        password: this.#random() < 0.5 ? '123456' : `pass${n}`,
      });
    if (kind === 2) return this.#add(session, n, 'cowrie.client.version', { version: `SSH-2.0-Go ${n % 7}` });
    if (kind === 3)
      return this.#add(session, n, 'cowrie.session.file_download', {
        url: `http://192.0.2.9/${n % 50}`,
        shasum: String(n % 50).padStart(64, 'a'),
        outfile: `dl/${n}`,
      });
    return this.#add(session, n, 'cowrie.command.input', { input: this.#random() < 0.5 ? 'uname -a' : `echo ${n}` });
  }

  #add(
    { session, src_ip, src_port }: { session: string; src_ip: string; src_port: number },
    n: number,
    eventid: string,
    fields: Record<string, unknown>,
  ): LogEvent {
    const event: LogEvent = {
      session,
      protocol: 'ssh',
      src_ip,
      src_port,
      ...fields,
      // Of no meaning, and kept: every event is another.
      n,
      eventid,
      sensor: 'busy',
      timestamp: `${new Date(this.#clock).toISOString().slice(0, -1)}${String(n % 1000).padStart(3, '0')}Z`,
    };
    this.events.push(event);
    return event;
  }
}
