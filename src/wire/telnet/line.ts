// Reads one line at a time as a terminal in canonical mode does while login(1) runs: echo, erase, kill, end of file, interrupt.

export type LineEvent = { type: 'line'; line: Buffer } | { type: 'interrupt' };

/** N_TTY's limit of a line; what is beyond is thrown away without a word. */
export const LINE_LIMIT = 4095;

const ERASED = '\b \b';

export class LineReader {
  echo = true;
  #line: number[] = [];

  /** Typed so far and not ended. */
  get length(): number {
    return this.#line.length;
  }

  clear(): void {
    this.#line = [];
  }

  /** Takes one byte; what is to be echoed goes to `out`. */
  take(byte: number, out: number[]): LineEvent | undefined {
    switch (byte) {
      case 0x0d:
      case 0x0a: {
        out.push(0x0d, 0x0a); // ECHONL: shown even when echo is off
        return this.#finish();
      }
      case 0x04: // ^D: an empty line is the end of file, which login takes for an empty answer
        if (this.#line.length === 0) out.push(0x0d, 0x0a);
        return this.#finish();
      case 0x03:
      case 0x1c:
        return { type: 'interrupt' };
      case 0x7f:
        this.erase(out);
        return undefined;
      case 0x15:
        this.kill(out);
        return undefined;
      case 0x17:
        while (this.#line.at(-1) === 0x20) this.erase(out);
        while (this.#line.length > 0 && this.#line.at(-1) !== 0x20) this.erase(out);
        return undefined;
      case 0x11: // ^Q and ^S are flow control
      case 0x13:
        return undefined;
      default:
        if (this.#line.length >= LINE_LIMIT) return undefined;
        this.#line.push(byte);
        if (this.echo) out.push(...shown(byte));
        return undefined;
    }
  }

  erase(out: number[]): void {
    const byte = this.#line.pop();
    if (byte === undefined || !this.echo) return;
    for (let n = shown(byte).length; n > 0; n--) out.push(...Buffer.from(ERASED));
  }

  kill(out: number[]): void {
    while (this.#line.length > 0) this.erase(out);
  }

  #finish(): LineEvent {
    const line = Buffer.from(this.#line);
    this.#line = [];
    return { type: 'line', line };
  }
}

/** ECHOCTL: a control character as caret and letter. */
function shown(byte: number): number[] {
  return byte < 0x20 && byte !== 0x09 ? [0x5e, byte + 0x40] : [byte];
}
