// A recording in the browser: an asciicast taken apart into what was shown and when, without holding the page up.
import { visible } from '../visible.ts';

export interface Mark {
  /** Seconds since the start. */
  at: number;
  text: string;
}

/** What the server kept back of the output, by kind. */
export interface Withheld {
  strings: number;
  sequences: number;
  controls: number;
  characters: number;
}

interface Header {
  width?: number;
  height?: number;
  timestamp?: number;
  kansatsuki?: { exec?: boolean; complete?: boolean; withheld?: Withheld };
}

/** The page works on something else after so many milliseconds. */
const SLICE_MS = 8;
/** Longer pieces of output are shown in parts, so that none of them holds the page up. */
const LONGEST = 16_384;
const MOST_COLUMNS = 500;
const MOST_ROWS = 150;

/** Lets the browser draw and listen. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

export class Recording {
  columns = 80;
  rows = 24;
  /** Milliseconds since the epoch; 0 when the recording does not say. */
  started = 0;
  /** The command of an exec request is part of the picture. */
  exec = false;
  /** It was closed: there is nothing missing at its end. */
  complete = true;
  withheld: Withheld = { strings: 0, sequences: 0, controls: 0, characters: 0 };
  /** Of every event, in seconds since the start, never falling. */
  readonly times: number[] = [];
  /** Output; '' where the size changes. */
  readonly texts: string[] = [];
  readonly sizes = new Map<number, { columns: number; rows: number }>();
  readonly marks: Mark[] = [];
  /** Seconds; of a recording that is still growing, until now. */
  length = 0;
  readonly #typed: Mark[] = [];

  /** @throws SyntaxError when it is no asciicast */
  static async parse(text: string, signal?: AbortSignal): Promise<Recording> {
    const recording = new Recording();
    let since = performance.now();
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at);
      const line = text.slice(at, end < 0 ? text.length : end);
      if (line !== '') recording.add(line);
      at = end < 0 ? text.length : end + 1;
      if (performance.now() - since < SLICE_MS) continue;
      await breathe();
      signal?.throwIfAborted();
      since = performance.now();
    }
    recording.finish();
    return recording;
  }

  /** A line of the asciicast: the header, or an event. @throws SyntaxError */
  add(line: string): void {
    const event = JSON.parse(line) as unknown;
    if (!Array.isArray(event)) {
      this.#begin(event as Header);
      return;
    }
    const at = Math.max(this.length, Number(event[0]) || 0);
    const text = String(event[2]);
    switch (event[1]) {
      case 'o':
        this.#output(at, text);
        break;
      case 'm':
        this.marks.push({ at, text });
        if (this.exec) this.#command({ at, text });
        break;
      case 'i':
        if (this.texts.length === 0) this.#typed.push({ at, text });
        return;
      case 'r': {
        const [columns = 0, rows = 0] = text.split('x').map(Number);
        if (columns > 0 && rows > 0)
          this.sizes.set(this.texts.length, {
            columns: Math.min(columns, MOST_COLUMNS),
            rows: Math.min(rows, MOST_ROWS),
          });
        this.#push(at, '');
      }
    }
    this.length = at;
  }

  /** Of one without output, what was typed is shown; where that is not recorded either, the commands. */
  finish(): void {
    if (this.texts.some((text) => text !== '')) return;
    for (const { at, text } of this.#typed)
      this.#output(at, text.replace(/\r\n?|\n/g, '\r\n').replace(/[^\r\n]+/g, visible));
    if (this.#typed.length === 0) for (const mark of this.marks) this.#command(mark);
    this.length = Math.max(this.length, this.times.at(-1) ?? 0);
  }

  #command({ at, text }: Mark): void {
    this.#output(at, `\x1b[1m$ ${visible(text)}\x1b[0m\r\n`);
  }

  #begin({ width = 80, height = 24, timestamp = 0, kansatsuki = {} }: Header): void {
    this.columns = Math.min(Math.max(1, width), MOST_COLUMNS);
    this.rows = Math.min(Math.max(1, height), MOST_ROWS);
    this.started = timestamp * 1000;
    this.exec = kansatsuki.exec === true;
    this.complete = kansatsuki.complete !== false;
    if (kansatsuki.withheld) this.withheld = kansatsuki.withheld;
  }

  #output(at: number, text: string): void {
    for (let from = 0; from < text.length; ) {
      let to = Math.min(text.length, from + LONGEST);
      if (to < text.length) {
        // Not within a control sequence, nor between the halves of a character.
        const escape = text.lastIndexOf('\x1b', to);
        if (escape > from && to - escape < 160) to = escape;
        else if (/[\ud800-\udbff]/.test(text[to - 1]!)) to--;
      }
      this.#push(at, text.slice(from, to));
      from = to;
    }
  }

  #push(at: number, text: string): void {
    this.times.push(at);
    this.texts.push(text);
  }
}

/** The first index whose value is greater. */
export function after(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
