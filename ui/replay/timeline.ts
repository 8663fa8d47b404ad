// Time as it was and time as it is shown: pauses longer than a limit take only the limit.
import { after } from './recording.ts';

export class Timeline {
  /** Moments at which something happened, rising. */
  readonly #true: number[] = [0];
  readonly #shown: number[] = [0];
  readonly #limit: number;
  #length = 0;

  /** @param limit longest pause in seconds; Infinity keeps them as they were */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Of several recordings shown together, a pause is where none of them moves. */
  static of(recordings: readonly { times: readonly number[]; length: number }[], limit: number): Timeline {
    const line = new Timeline(limit);
    const [first, ...others] = recordings;
    const times =
      others.length === 0 ? (first?.times ?? []) : recordings.flatMap(({ times }) => times).sort((a, b) => a - b);
    for (const at of times) line.add(at);
    line.end(Math.max(0, ...recordings.map(({ length }) => length)));
    return line;
  }

  add(at: number): void {
    const before = this.#true.at(-1)!;
    if (at <= before) return;
    this.#shown.push(this.#shown.at(-1)! + Math.min(at - before, this.#limit));
    this.#true.push(at);
    this.#length = Math.max(this.#length, at);
  }

  /** The recording goes on until here, though nothing may happen. */
  end(at: number): void {
    this.#length = Math.max(this.#length, at);
  }

  /** Seconds as shown, whole. */
  get total(): number {
    return this.shown(this.#length);
  }

  /** Seconds as they were, whole. */
  get length(): number {
    return this.#length;
  }

  /** When a true moment is shown. */
  shown(at: number): number {
    const i = after(this.#true, at) - 1;
    if (i < 0) return 0;
    const into = at - this.#true[i]!;
    const next = this.#true[i + 1];
    if (next === undefined) return this.#shown[i]! + Math.min(into, this.#limit);
    return this.#shown[i]! + (into / (next - this.#true[i]!)) * (this.#shown[i + 1]! - this.#shown[i]!);
  }

  /** Which true moment is shown then. */
  truth(shown: number): number {
    const i = after(this.#shown, shown) - 1;
    if (i < 0) return 0;
    const into = shown - this.#shown[i]!;
    const next = this.#true[i + 1];
    if (next === undefined) return Math.min(this.#true[i]! + into, this.#length);
    // A shortened pause passes evenly, only faster.
    return this.#true[i]! + (into / (this.#shown[i + 1]! - this.#shown[i]!)) * (next - this.#true[i]!);
  }

  /** Of a moment inside a shortened pause: how long the pause really was; else undefined. */
  pause(at: number): number | undefined {
    const i = after(this.#true, at) - 1;
    const next = this.#true[i + 1];
    if (i < 0 || next === undefined) return undefined;
    const length = next - this.#true[i]!;
    return length > this.#limit ? length : undefined;
  }
}
