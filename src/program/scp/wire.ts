// The two ends of scp's connection: bytes and lines from standard input, answers and errors to standard output.
import type { Bytes, Process } from '../../machine/machine.ts';

const CHUNK = 65_536;
/** A control line is cut there. */
export const LONGEST_LINE = 2_047;

/** The other end is gone: scp ends with 1. */
export class LostConnection extends Error {}

export class Wire {
  readonly process: Process;
  /** Exit status so far. */
  status = 0;
  #pending: Bytes = '';

  constructor(process: Process) {
    this.process = process;
  }

  async send(bytes: Bytes): Promise<void> {
    await this.process.write(1, bytes);
  }

  /** The other side may go on. */
  async agree(): Promise<void> {
    await this.send('\0');
  }

  /** Tells of an error that ends neither side. */
  async complain(message: Bytes): Promise<void> {
    this.status = 1;
    await this.send(`\x01scp: ${message}\n`);
  }

  /** Up to `max` bytes; '' at the end. */
  async read(max: number): Promise<Bytes> {
    if (this.#pending === '') this.#pending = await this.process.read(0, CHUNK);
    const data = this.#pending.slice(0, max);
    this.#pending = this.#pending.slice(data.length);
    return data;
  }

  /** One control line without its end; undefined when the other side has nothing more to say. */
  async line(): Promise<Bytes | undefined> {
    let line: Bytes = '';
    for (;;) {
      const data = await this.read(LONGEST_LINE - line.length);
      if (data === '') {
        if (line === '') return undefined;
        throw new LostConnection();
      }
      const end = data.indexOf('\n');
      line += end < 0 ? data : data.slice(0, end);
      if (end >= 0) {
        this.#pending = data.slice(end + 1) + this.#pending;
        return line;
      }
      if (line.length >= LONGEST_LINE) return line;
    }
  }

  /** Waits for the other side's answer; false: it refuses this file. */
  async agreed(): Promise<boolean> {
    const code = await this.read(1);
    if (code === '') throw new LostConnection();
    if (code === '\0') return true;
    await this.line();
    this.status = 1;
    if (code === '\x01') return false;
    throw new LostConnection();
  }
}

export interface Settings {
  /** -p */
  preserve: boolean;
  /** -r */
  recursive: boolean;
  /** -d: the target must be a directory. */
  directory: boolean;
}
