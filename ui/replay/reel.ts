// The screen of a recording at any moment: written on from the nearest kept picture, a slice at a time.
import type { Recording } from './recording.ts';
import { Screen, type Snapshot } from './screen.ts';

/** A picture is kept after so many characters of output … */
const APART = 65_536;
/** … but all of them together hold at most so many cells. */
const MOST_CELLS = 2_000_000;
/** The clock is looked at after so many characters. */
const LOOK = 4096;

export class Reel {
  readonly recording: Recording;
  readonly screen: Screen;
  /** Events that are on the screen, and characters of the next one. */
  index = 0;
  chars = 0;
  #kept: { index: number; snapshot: Snapshot }[] = [];
  #apart = APART;
  /** Characters since the last picture. */
  #since = 0;

  constructor(recording: Recording) {
    this.recording = recording;
    this.screen = new Screen(recording.columns, recording.rows);
    this.#kept.push({ index: 0, snapshot: this.screen.snapshot() });
  }

  /**
   * Brings the screen to where `wanted` events and `chars` characters of the next are written.
   * @param budget milliseconds it may take about; false when there was not enough time: ask again
   */
  to(wanted: number, chars = 0, budget = Number.POSITIVE_INFINITY): boolean {
    const index = Math.min(wanted, this.recording.texts.length);
    const near = this.#kept.findLast((kept) => kept.index <= index)!;
    const passed = this.index > index || (this.index === index && this.chars > chars);
    if (passed || near.index > this.index) {
      this.screen.restore(near.snapshot);
      this.index = near.index;
      this.chars = 0;
      this.#since = 0;
    }
    const began = performance.now();
    let looked = 0;
    for (; this.index < index; this.index++) {
      if (looked > LOOK) {
        if (performance.now() - began > budget) return false;
        looked = 0;
      }
      looked += this.#write() + 16;
    }
    const text = this.recording.texts[index] ?? '';
    if (this.chars < chars) this.screen.write(text.slice(this.chars, chars));
    this.chars = chars;
    return true;
  }

  /** The rest of the next event. */
  #write(): number {
    const size = this.recording.sizes.get(this.index);
    if (size) this.screen.resize(size.columns, size.rows);
    const text = this.recording.texts[this.index]!;
    this.screen.write(this.chars > 0 ? text.slice(this.chars) : text);
    this.chars = 0;
    this.#since += text.length + 16;
    if (this.#since >= this.#apart) this.#keep();
    return text.length;
  }

  #keep(): void {
    this.#since = 0;
    if (this.#kept.at(-1)!.index > this.index) return;
    const { columns, rows } = this.screen;
    if (this.#kept.length * columns * rows > MOST_CELLS) {
      // Half as many, twice as far apart.
      this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
      this.#apart *= 2;
    }
    this.#kept.push({ index: this.index + 1, snapshot: this.screen.snapshot() });
  }
}
