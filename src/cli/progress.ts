// A progress line on a terminal: share done, amount, rates and time left, drawn at most ten times a second.
import { bytes as size } from './doctor.ts';

const DRAW_EVERY_MS = 100;
/** A rate is the mean of about this long: steady to read, and quick to follow. */
const MEAN_OVER_MS = 3_000;

export class Progress {
  readonly #terminal: NodeJS.WritableStream;
  readonly #now: () => number;
  readonly #started: number;
  #drawn = 0;
  readonly #bytes = new Rate();
  readonly #events = new Rate();

  constructor(terminal: NodeJS.WritableStream, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
    this.#started = now();
    this.#drawn = this.#started;
  }

  /** @param words percent, bytes read, bytes a second, events a second, time left */
  show(
    done: number,
    all: number,
    events: number,
    words: (percent: number, read: string, rate: string, perSecond: number, left: string) => string,
  ): void {
    const now = this.#now();
    const passed = now - this.#drawn;
    if (passed < DRAW_EVERY_MS) return;
    const weight = now - this.#started < MEAN_OVER_MS ? 0.5 : Math.min(1, passed / MEAN_OVER_MS);
    const rate = this.#bytes.next(done, passed, weight);
    const perSecond = Math.round(this.#events.next(events, passed, weight));
    this.#drawn = now;
    const left = rate > 0 ? clock(Math.max(0, (all - done) / rate)) : '…';
    const percent = all > 0 ? Math.min(100, Math.floor((done / all) * 100)) : 100;
    // CSI 2K clears the line (ECMA-48 §8.3.41).
    this.#terminal.write(`\r\u001b[2K${words(percent, size(done), size(rate), perSecond, left)}`);
  }

  clear(): void {
    this.#terminal.write('\r\u001b[2K');
  }
}

/** What is done in a second. */
class Rate {
  #last = 0;
  #mean = 0;

  next(done: number, passedMs: number, weight: number): number {
    const latest = Math.max(0, ((done - this.#last) * 1000) / passedMs);
    this.#last = done;
    this.#mean = this.#mean === 0 ? latest : this.#mean + weight * (latest - this.#mean);
    return this.#mean;
  }
}

/** `m:ss` or `h:mm:ss`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
