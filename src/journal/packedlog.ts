// Cuts whole lines out of a compressed log, from a position on: unpacked in the background, a little ahead of the reader.
import type { Readable } from 'node:stream';
import { headHash, type Position, TAIL, tailHash, wholeHeadHash } from './identity.ts';
import { LONGEST_LINE, type Piece } from './plainlog.ts';

/** Bytes that wait for the reader. */
const AHEAD = 1 << 20;

export class PackedLog {
  /** Where reading began; undefined until the first line is there. */
  from: Position | undefined;
  /** Position after what was given out. */
  offset = 0;
  /** It does not go on as the log did that was read up to `from`: open it again from elsewhere. */
  wrong = false;
  /** Everything was given out. */
  done = false;
  /** Why unpacking ended before its time; what came until then is given out. */
  error: Error | undefined;
  readonly #stream: Readable;
  readonly #choose: (head: string) => Position;
  #blocks: Buffer[] = [];
  #waiting = 0;
  #ended = false;
  #passed = 0;
  /** The last bytes before the offset. */
  #window: Buffer = Buffer.alloc(0);
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;

  /**
   * @param stream of unpacked bytes
   * @param choose the position to read from, given the hash of the first line
   */
  constructor(stream: Readable, choose: (head: string) => Position) {
    this.#stream = stream;
    this.#choose = choose;
    stream.on('data', (block: Buffer) => {
      this.#blocks.push(block);
      this.#waiting += block.length;
      if (this.#waiting >= AHEAD) stream.pause();
    });
    stream.once('end', () => {
      this.#ended = true;
    });
    stream.once('error', (error) => {
      this.error = error;
      this.#ended = true;
    });
  }

  close(): void {
    this.#stream.on('error', () => {});
    this.#stream.destroy();
  }

  get tail(): string {
    return this.offset === 0 ? '' : tailHash(this.#window);
  }

  /** The next whole lines; undefined when it is `done` or `wrong`, or nothing is unpacked at the moment. */
  read(): Piece | undefined {
    if (this.done || this.wrong || (this.#waiting === 0 && !this.#ended)) return undefined;
    let bytes = this.#blocks.length === 1 ? this.#blocks[0]! : Buffer.concat(this.#blocks);
    const ended = this.#ended;
    if (this.from === undefined) {
      this.done = ended && bytes.length === 0;
      const head = ended ? wholeHeadHash(bytes) : headHash(bytes);
      // A stream's first block may be shorter than a line.
      if (head === undefined || this.done) return undefined;
      this.from = this.#choose(head);
    }
    this.#blocks = [];
    this.#waiting = 0;
    if (!ended) this.#stream.resume();
    const { offset: wanted, tail } = this.from;
    if (this.#passed < wanted) {
      const n = Math.min(bytes.length, wanted - this.#passed);
      this.#pass(bytes.subarray(0, n));
      bytes = bytes.subarray(n);
      if (this.#passed < wanted) {
        this.wrong = ended;
        return undefined;
      }
      if (tail !== '' && tail !== tailHash(this.#window)) {
        this.wrong = true;
        return undefined;
      }
    }
    this.offset = Math.max(this.offset, wanted);
    return this.#cut(bytes, ended);
  }

  #cut(bytes: Buffer, ended: boolean): Piece | undefined {
    let skipped = 0;
    if (this.#skipping) {
      const lf = bytes.indexOf(0x0a);
      if (lf < 0 && !ended) {
        this.#pass(bytes);
        return undefined;
      }
      this.#skipping = false;
      skipped = 1;
      const line = lf < 0 ? bytes.length : lf + 1;
      this.#pass(bytes.subarray(0, line));
      bytes = bytes.subarray(line);
    }
    // What follows the last newline of a whole file is a line, too.
    const end = ended ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
    const lines = Buffer.concat([...this.#rest, bytes.subarray(0, end)]);
    this.done = ended;
    if (end > 0 || ended) {
      this.#rest = end < bytes.length ? [Buffer.from(bytes.subarray(end))] : [];
      this.#restBytes = bytes.length - end;
      this.#pass(lines);
      this.offset = this.#passed;
      return { lines, skipped };
    }
    this.#rest.push(bytes);
    this.#restBytes += bytes.length;
    if (this.#restBytes > LONGEST_LINE) {
      this.#pass(Buffer.concat(this.#rest));
      this.#rest = [];
      this.#restBytes = 0;
      this.#skipping = true;
    }
    if (skipped === 0) return undefined;
    this.offset = this.#passed;
    return { lines: Buffer.alloc(0), skipped };
  }

  #pass(bytes: Buffer): void {
    this.#passed += bytes.length;
    const window = bytes.length < TAIL ? Buffer.concat([this.#window, bytes]) : bytes;
    this.#window = Buffer.from(window.subarray(Math.max(0, window.length - TAIL)));
  }
}
