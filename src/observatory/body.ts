// One event's packed body while it is written: the number of its id, its placed fields, its rest.
import { putVarint } from './packed.ts';
import type { Kind } from './schema.ts';

/**
 * Zeros at the end are not written: whoever reads on finds zeros. One body serves one writer; it is valid until the next begins.
 */
export class Body {
  buffer = Buffer.alloc(4096);
  #at = 0;
  /** Bytes of the body, without zeros at its end. */
  length = 0;
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

  word(kind: Kind, id: number): void {
    if (kind in this.words) this.words[kind as keyof Body['words']] ||= id;
    this.varint(id);
  }

  varint(value: number): void {
    this.#reserve(8);
    this.#at = putVarint(this.buffer, this.#at, value);
    if (value !== 0) this.length = this.#at;
  }

  text(value: string): void {
    this.#reserve(value.length * 3);
    this.length = this.#at += this.buffer.write(value, this.#at);
  }

  bytes(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const { buffer } = this;
    let at = this.#at;
    for (let i = start; i < end; i++) buffer[at++] = from[i]!;
    this.length = this.#at = at;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.buffer[this.#at++] = value;
    this.length = this.#at;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes + 16 <= this.buffer.length) return;
    const larger = Buffer.alloc(Math.max(this.buffer.length * 2, this.#at + bytes + 16));
    this.buffer.copy(larger, 0, 0, this.#at);
    this.buffer = larger;
  }
}
