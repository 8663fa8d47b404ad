// One event's packed body while it is written: the number of its id, its placed fields, its rest.
import { putVarint } from './packed.ts';
import type { Kind } from './schema.ts';

export class Body {
  #buffer = Buffer.alloc(4096);
  #at = 0;
  /** Number of the event's id. */
  eventid = 0;
  /** Numbers of the placed words, by kind; 0 for none. Of two words of one kind the first counts. */
  readonly words = { username: 0, password: 0, command: 0, client: 0, hassh: 0, url: 0, hash: 0 };

  /** @param eventid its number */
  begin(eventid: number): void {
    const { words } = this;
    words.username = words.password = words.command = words.client = words.hassh = words.url = words.hash = 0;
    this.#at = 0;
    this.eventid = eventid;
    this.varint(eventid);
  }

  /** The body; valid until the next one begins. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  word(kind: Kind, id: number): void {
    if (kind in this.words) this.words[kind as keyof Body['words']] ||= id;
    this.varint(id);
  }

  varint(value: number): void {
    this.#reserve(8);
    this.#at = putVarint(this.#buffer, this.#at, value);
  }

  text(value: string): void {
    this.#reserve(value.length * 3);
    this.#at += this.#buffer.write(value, this.#at);
  }

  bytes(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    for (let i = start; i < end; i++) this.#buffer[this.#at++] = from[i]!;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes + 16 <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#at + bytes + 16));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
