// A process that puts load on a Telnet server: told over IPC what to do, it answers with what it got done. Used by telnet.ts.
// A client says no to every option, as a bot does, and waits for prompts.
import { connect, type Socket } from 'node:net';

export type Mode = 'connect' | 'fail' | 'exec' | 'hold' | 'scan';

export interface Order {
  mode: Mode;
  port: number;
  /** Sessions in all, and at once; `scan` starts `rate` a second instead. */
  count: number;
  concurrency: number;
  rate?: number;
  user: string;
  password: string;
  /** Each connection comes from one of so many loopback addresses, each with a machine of its own; 1: all from 127.0.0.1. */
  addresses?: number;
  /** exec: command lines typed into the shell. */
  repeat?: number;
}

export interface Result {
  done: number;
  errors: string[];
}

const IAC = 255;
const PROMPT = /[#$] $/;

class Client {
  readonly #socket: Socket;
  #text = '';
  #state = 0;
  #ended = false;
  #failure: Error | undefined;
  #changed: (() => void) | undefined;

  constructor({ port, addresses = 1 }: Order, session: number) {
    const number = session % addresses;
    const localAddress =
      addresses === 1 ? '127.0.0.1' : `127.${1 + ((number >> 14) & 63)}.${(number >> 7) & 127}.${1 + (number & 127)}`;
    this.#socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => {
      this.#failure = error;
      this.#wake();
    });
    this.#socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  #wake(): void {
    this.#changed?.();
    this.#changed = undefined;
  }

  /** States: text, after IAC, after WILL, after DO, after WONT or DONT, in a subnegotiation, in it after IAC. */
  #take(chunk: Buffer): void {
    const reply: number[] = [];
    let plain = '';
    for (const byte of chunk) {
      if (this.#state === 0) {
        if (byte === IAC) this.#state = 1;
        else plain += String.fromCharCode(byte);
      } else if (this.#state === 1)
        this.#state = byte === 251 ? 2 : byte === 253 ? 3 : byte === 252 || byte === 254 ? 4 : byte === 250 ? 5 : 0;
      else if (this.#state === 5) this.#state = byte === IAC ? 6 : 5;
      else if (this.#state === 6) this.#state = byte === 240 ? 0 : 5;
      else {
        if (this.#state !== 4) reply.push(IAC, this.#state === 2 ? 254 : 252, byte);
        this.#state = 0;
      }
    }
    this.#text = (this.#text + plain).slice(-400);
    if (reply.length > 0) this.#socket.write(Buffer.from(reply));
    this.#wake();
  }

  /** Until the text ends like this; false: the server closed first. */
  async until(end: RegExp): Promise<boolean> {
    while (!end.test(this.#text)) {
      if (this.#failure) throw this.#failure;
      if (this.#ended) return false;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    this.#text = '';
    return true;
  }

  line(text: string): void {
    this.#socket.write(`${text}\r\n`);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const held: Client[] = [];

async function session(order: Order, number: number): Promise<void> {
  const client = new Client(order, number);
  let keep = false;
  const must = async (end: RegExp) => {
    if (!(await client.until(end))) throw new Error(`closed before ${end}`);
  };
  try {
    await must(/ogin: $/);
    if (order.mode === 'connect') return;
    client.line(order.user);
    await must(/assword: $/);
    client.line(order.password);
    if (order.mode === 'fail' || order.mode === 'scan') {
      await must(/ogin: $/);
      return;
    }
    await must(PROMPT);
    for (let i = 0; order.mode === 'exec' && i < (order.repeat ?? 1); i++) {
      client.line('uname -a');
      await must(PROMPT);
    }
    keep = order.mode === 'hold';
    if (keep) held.push(client);
  } finally {
    if (!keep) client.destroy();
  }
}

let next = 0;

async function run(order: Order): Promise<Result> {
  const result: Result = { done: 0, errors: [] };
  let begun = 0;
  const one = async () => {
    try {
      await session(order, next++);
      result.done++;
    } catch (error) {
      result.errors.push((error as Error).message);
    }
  };
  if (order.mode === 'scan') {
    const all: Promise<void>[] = [];
    const start = performance.now();
    while (begun < order.count) {
      const due = Math.min(order.count, Math.floor(((performance.now() - start) / 1000) * order.rate!));
      for (; begun < due; begun++) all.push(one());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(all);
    return result;
  }
  const lane = async () => {
    while (begun < order.count && result.errors.length < 50) {
      begun++;
      await one();
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
  process.send!({ done: 0, errors: [] });
});
