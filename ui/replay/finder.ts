// Search in what a recording showed: its output as plain text, each place with the moment at which it had been written.
import { breathe, type Recording } from './recording.ts';

export interface Hit {
  /** Seconds since the start. */
  at: number;
  /** Events before it, and characters of the one that completes it. */
  index: number;
  chars: number;
}

const MOST_HITS = 10_000;
/** How far back a backspace can reach. */
const LINE = 4096;
const SLICE_MS = 8;
const SEQUENCE = /\x1b(?:\[[<-?]?([\d;:]*)[ -/]*([@-~])|\].*?(?:\x07|\x1b\\)|[ -/][0-~]|[0-~])?/y;

/** Output as a reader takes it: colours do not part a word, movements of the cursor do, what was erased with backspace is gone. */
class Plain {
  readonly #done: string[] = [];
  #length = 0;
  #line: string;

  /** @param line what stands before it */
  constructor(line = '') {
    this.#line = line;
  }

  get length(): number {
    return this.#length + this.#line.length;
  }

  /** @param stop returns once so much text is there: how far it came */
  write(text: string, stop = Number.POSITIVE_INFINITY): number {
    let at = 0;
    while (at < text.length && this.length < stop) {
      const code = text.charCodeAt(at);
      if (code === 0x1b) {
        SEQUENCE.lastIndex = at;
        const [whole, given, final] = SEQUENCE.exec(text)!;
        at += whole.length;
        if (final !== undefined) this.#move(final, Math.min(Number.parseInt(given ?? '', 10) || 1, 200));
        continue;
      }
      at++;
      if (code === 0x08) this.#line = this.#line.slice(0, -1);
      else if (code === 0x0d || code === 0x0a) this.#break();
      else if (code >= 0x20 || code === 0x09) {
        const from = at - 1;
        while (at < text.length && text.charCodeAt(at) >= 0x20 && at - from < stop - this.length) at++;
        this.#line += text.slice(from, at);
        if (this.#line.length > LINE) this.#flush();
      }
    }
    return at;
  }

  whole(): string {
    this.#flush();
    return this.#done.join('');
  }

  #move(final: string, count: number): void {
    if (final === 'D') this.#line = this.#line.slice(0, -count);
    else if (final === 'C') this.#line += ' '.repeat(count);
    else if ('ABEFGHJLMSTdf'.includes(final)) this.#break();
  }

  #break(): void {
    if (this.#line === '' || this.#line.endsWith('\n')) return;
    this.#line += '\n';
    this.#flush();
  }

  #flush(): void {
    this.#done.push(this.#line);
    this.#length += this.#line.length;
    this.#line = '';
  }
}

export class Finder {
  readonly #recording: Recording;
  #plain = '';
  /** Where each event begins in it. */
  #starts: number[] = [];

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Where the text stands, capitals or not; at most 10,000 places. Of a growing recording, as far as it is there. */
  async find(wanted: string, signal?: AbortSignal): Promise<Hit[]> {
    if (wanted === '') return [];
    if (this.#starts.length < this.#recording.texts.length) await this.#read(signal);
    const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu');
    const hits: Hit[] = [];
    let index = 0;
    let since = performance.now();
    for (const { 0: found, index: from } of this.#plain.matchAll(pattern)) {
      const end = from + found.length;
      while (index + 1 < this.#starts.length && this.#starts[index + 1]! < end) index++;
      // Of the place in the event, only what is looked at is worked out.
      hits.push({ at: this.#recording.times[index]!, index, chars: end - this.#starts[index]! });
      if (hits.length >= MOST_HITS) break;
      if (performance.now() - since < SLICE_MS) continue;
      await breathe();
      signal?.throwIfAborted();
      since = performance.now();
    }
    return hits;
  }

  /** The hit with its characters counted as the recording has them, sequences included. */
  locate({ at, index, chars }: Hit): Hit {
    const start = this.#starts[index]!;
    const before = this.#plain.slice(Math.max(0, start - LINE), start);
    return { at, index, chars: new Plain(before).write(this.#recording.texts[index]!, before.length + chars) };
  }

  async #read(signal?: AbortSignal): Promise<void> {
    const plain = new Plain();
    const starts: number[] = [];
    const { texts } = this.#recording;
    let since = performance.now();
    for (let i = 0; i < texts.length; i++) {
      starts.push(plain.length);
      plain.write(texts[i]!);
      if (performance.now() - since < SLICE_MS) continue;
      await breathe();
      signal?.throwIfAborted();
      since = performance.now();
    }
    this.#plain = plain.whole();
    this.#starts = starts;
  }
}
