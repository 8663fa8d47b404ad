// Keys of a terminal, one at a time, without waiting for Enter.
import type { ReadStream } from 'node:tty';

/** A key as its bytes: an arrow is one key. */
const KEY = /\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|[\s\S]/gu;

export class Keyboard {
  readonly #terminal: ReadStream | undefined;
  readonly #waiting: string[] = [];
  #wake: (() => void) | undefined;

  /** @param terminal standard input, when it is one; without, there are no keys */
  constructor(terminal: ReadStream | undefined) {
    if (!terminal?.isTTY) return;
    this.#terminal = terminal;
    terminal.setRawMode(true);
    terminal.on('data', this.#hear);
    terminal.resume();
  }

  readonly #hear = (data: Buffer) => {
    for (const [key] of data.toString('latin1').matchAll(KEY)) this.#waiting.push(key.replace(/^\x1bO/, '\x1b['));
    this.#wake?.();
  };

  /** The next key, or undefined after so many milliseconds. */
  async next(ms: number): Promise<string | undefined> {
    if (this.#waiting.length === 0 && ms > 0)
      await new Promise<void>((resolve) => {
        // Without a keyboard nobody could wake a player that stands still.
        const timer = ms < 2 ** 31 ? setTimeout(resolve, ms) : this.#terminal ? undefined : setTimeout(resolve, 0);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#wake = undefined;
    return this.#waiting.shift();
  }

  close(): void {
    if (!this.#terminal) return;
    this.#terminal.off('data', this.#hear);
    this.#terminal.setRawMode(false);
    this.#terminal.pause();
  }
}
