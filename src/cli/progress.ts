// A progress line on a terminal: percent, amount, rate and time left, drawn at most ten times a second.
import { bytes as size } from './doctor.ts';

const DRAW_EVERY_MS = 100;
/** The rate is the mean of about this long: steady to read, and quick to follow. */
const MEAN_OVER_MS = 3_000;

export class Progress {
  readonly #terminal: NodeJS.WritableStream;
  readonly #now: () => number;
  readonly #started: number;
  #drawn = 0;
  #lastBytes = 0;
  #rate = 0;

  constructor(terminal: NodeJS.WritableStream, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
    this.#started = now();
    this.#drawn = this.#started;
  }

  show(done: number, all: number, words: (percent: number, read: string, rate: string, left: string) => string): void {
    const now = this.#now();
    const passed = now - this.#drawn;
    if (passed < DRAW_EVERY_MS) return;
    const latest = ((done - this.#lastBytes) * 1000) / passed;
    const weight = now - this.#started < MEAN_OVER_MS ? 0.5 : Math.min(1, passed / MEAN_OVER_MS);
    this.#rate = this.#rate === 0 ? latest : this.#rate + weight * (latest - this.#rate);
    this.#drawn = now;
    this.#lastBytes = done;
    const left = this.#rate > 0 ? Math.max(0, (all - done) / this.#rate) : 0;
    const percent = all > 0 ? Math.min(100, Math.floor((done / all) * 100)) : 100;
    // CSI 2K clears the line (ECMA-48 §8.3.41).
    this.#terminal.write(`\r\u001b[2K${words(percent, size(done), size(this.#rate), clock(left))}`);
  }

  clear(): void {
    this.#terminal.write('\r\u001b[2K');
  }
}

/** `m:ss` or `h:mm:ss`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
