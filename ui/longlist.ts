// A long list that is read page by page as it is scrolled: which rows there are, and which of them are in memory.

export interface ReadPage<T> {
  items: T[];
  next?: string;
}

interface Held<T> {
  /** What asks for it; undefined for the first. */
  cursor: string | undefined;
  count: number;
  /** Let go when it is far away; its cursor reads it again. */
  items?: T[];
}

/** Pages around the one that is looked at which stay in memory, on each side. */
const NEAR = 3;

export class LongList<T> {
  readonly #read: (cursor: string | undefined) => Promise<ReadPage<T>>;
  readonly #changed: () => void;
  readonly #pages: Held<T>[] = [];
  readonly #reading = new Set<number>();
  #next: string | undefined;
  /** Everything was read once. */
  done = false;
  error: Error | undefined;

  /**
   * @param read asks for a page; it may hold fewer rows than others, even none, and still have a next
   * @param changed called when rows came
   * @param start the cursor of the first page
   */
  constructor(read: (cursor: string | undefined) => Promise<ReadPage<T>>, changed: () => void, start?: string) {
    this.#read = read;
    this.#changed = changed;
    this.#next = start;
  }

  /** Rows that are known so far. */
  get length(): number {
    return this.#pages.reduce((sum, { count }) => sum + count, 0);
  }

  /** Rows in memory, for tests and for pride. */
  get held(): number {
    return this.#pages.reduce((sum, { items }) => sum + (items?.length ?? 0), 0);
  }

  get started(): boolean {
    return this.#pages.length > 0;
  }

  /** Rows from `from` up to `to`; undefined where a row is on its way. Reads what is missing, and on when the end is near. */
  rows(from: number, to: number): (T | undefined)[] {
    const found: (T | undefined)[] = [];
    let start = 0;
    let [low, high] = [this.#pages.length, -1];
    for (const [index, { count, items }] of this.#pages.entries()) {
      const [first, last] = [Math.max(from, start), Math.min(to, start + count)];
      if (first < last) {
        low = Math.min(low, index);
        high = index;
        for (let row = first; row < last; row++) found.push(items?.[row - start]);
        if (!items) void this.#load(index);
      }
      start += count;
    }
    if (to >= start && !this.done) void this.#load(this.#pages.length);
    for (const [index, page] of this.#pages.entries())
      if (index < low - NEAR || index > high + NEAR) page.items = undefined;
    return found;
  }

  /** After a failure: the same again. */
  again(): void {
    this.error = undefined;
    this.#changed();
  }

  async #load(index: number): Promise<void> {
    if (this.#reading.has(index) || this.error) return;
    this.#reading.add(index);
    const known = this.#pages[index];
    const cursor = known ? known.cursor : this.#next;
    try {
      const { items, next } = await this.#read(cursor);
      if (known) known.items = items.slice(0, known.count);
      else {
        this.#pages.push({ cursor, count: items.length, items });
        this.#next = next;
        this.done = next === undefined;
      }
    } catch (error) {
      this.error = error as Error;
    }
    this.#reading.delete(index);
    this.#changed();
  }
}
