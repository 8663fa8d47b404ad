// What BusyBox' telnetd makes of a client's bytes: it knows NAWS and AYT, skips three bytes for any other command, and types the rest at the terminal.
import { AYT, IAC, NOP, options, SB } from './telnet.ts';

export interface BusyboxOwner {
  command(bytes: Buffer): void;
  typed(bytes: Buffer): void;
  size(columns: number, rows: number): void;
}

const CR = 0x0d;
const LF = 0x0a;
const [FIRST_SHORT, LAST_SHORT] = [240, 249] as const;

export class Busybox {
  readonly #owner: BusyboxOwner;
  /** The last piece ended in IAC. */
  #dangling = false;

  constructor(owner: BusyboxOwner) {
    this.#owner = owner;
  }

  /** One piece as it was read; a command cut off at its end is not put together again. */
  receive(chunk: Buffer): void {
    const bytes = this.#dangling ? Buffer.concat([Buffer.of(IAC), chunk]) : chunk;
    this.#dangling = false;
    // What AYT answers is dropped while something else waits to be sent; it alternates.
    let answering = false;
    for (let at = 0; at < bytes.length; ) {
      if (bytes[at] !== IAC) {
        at = this.#data(bytes, at);
        answering = false;
        continue;
      }
      const left = bytes.length - at;
      const code = bytes[at + 1];
      if (code === undefined) {
        this.#dangling = true;
        return;
      }
      if (code === AYT) {
        // It goes the way of the terminal's output, where IAC is doubled.
        if (!answering) this.#owner.command(Buffer.of(IAC, IAC, NOP));
        answering = !answering;
      } else answering = false;
      if (code === IAC) this.#owner.typed(Buffer.of(IAC));
      if (code === IAC || (code >= FIRST_SHORT && code <= LAST_SHORT) || left <= 2) at += 2;
      else if (code === SB && bytes[at + 2] === options.NAWS) {
        if (left <= 6) return;
        this.#owner.size(bytes.readUInt16BE(at + 3), bytes.readUInt16BE(at + 5));
        at += 7;
      } else at += 3;
    }
  }

  /** Up to the next IAC or carriage return; LF and NUL that follow that at once are skipped. */
  #data(bytes: Buffer, from: number): number {
    const iac = bytes.indexOf(IAC, from);
    const end = iac < 0 ? bytes.length : iac;
    const cr = bytes.indexOf(CR, from);
    if (cr < 0 || cr >= end) {
      this.#owner.typed(bytes.subarray(from, end));
      return end;
    }
    this.#owner.typed(bytes.subarray(from, cr + 1));
    const next = cr + 1 < end ? bytes[cr + 1] : undefined;
    return next === LF || next === 0 ? cr + 2 : cr + 1;
  }
}
