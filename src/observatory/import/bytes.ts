// A stream of bytes that can be looked at before it is taken: what decompression and archives are read from.

export class Bytes implements AsyncIterable<Buffer> {
  readonly #source: AsyncIterator<Buffer>;
  /** Looked at, or given back. */
  #held: Buffer[] = [];
  #ended = false;
  #trouble: unknown;
  /** Bytes taken. */
  position = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** What ended the source before its time, once it was met. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /**
   * The next bytes, as they come; undefined at the end.
   * @param most cuts a longer piece
   * @throws what the source throws, after all that came before it
   */
  async next(most = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    let piece = this.#held.shift() ?? (await this.#pull());
    if (piece === undefined) {
      if (this.#trouble !== undefined) throw this.#trouble;
      return undefined;
    }
    if (piece.length > most) {
      this.#held.unshift(piece.subarray(most));
      piece = piece.subarray(0, most);
    }
    this.position += piece.length;
    return piece;
  }

  /** Gives bytes back that were taken last. */
  unread(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#held.unshift(piece);
    this.position -= piece.length;
  }

  /** Up to `count` next bytes, less only before the end or trouble; they stay to be taken. */
  async peek(count: number): Promise<Buffer> {
    let have = this.#held.reduce((sum, piece) => sum + piece.length, 0);
    while (have < count) {
      const piece = await this.#pull();
      if (piece === undefined) break;
      this.#held.push(piece);
      have += piece.length;
    }
    if (this.#held.length > 1) this.#held = [Buffer.concat(this.#held)];
    return this.#held[0]?.subarray(0, count) ?? Buffer.alloc(0);
  }

  /**
   * Exactly `count` bytes.
   * @throws CutOff when there are less
   */
  async take(count: number): Promise<Buffer> {
    const bytes = Buffer.from(await this.peek(count));
    if (bytes.length < count) throw (this.#trouble as Error | undefined) ?? new CutOff();
    await this.skip(count);
    return bytes;
  }

  /** Passes over `count` bytes; returns how many there were. */
  async skip(count: number): Promise<number> {
    let left = count;
    while (left > 0) {
      const piece = await this.next(left);
      if (piece === undefined) break;
      left -= piece.length;
    }
    return count - left;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let piece = await this.next(); piece !== undefined; piece = await this.next()) yield piece;
  }

  /** Ends the source. */
  async close(): Promise<void> {
    this.#held = [];
    this.#ended = true;
    await this.#source.return?.();
  }

  async #pull(): Promise<Buffer | undefined> {
    while (!this.#ended) {
      try {
        const { done, value } = await this.#source.next();
        if (done) this.#ended = true;
        else if (value.length > 0) return value;
      } catch (error) {
        this.#ended = true;
        this.#trouble = error;
      }
    }
    return undefined;
  }
}

/** Told of damage that was passed over, in words that are the same each time, and what is of this time only. */
export type Note = (what: string, detail?: string) => void;

/** The data ends before its time. */
export class CutOff extends Error {
  constructor(what = 'the data') {
    super(`${what} is cut off`);
  }
}
