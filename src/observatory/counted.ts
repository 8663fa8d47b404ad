// Reads what is counted back out of stored sessions and events: to count anew, and for the ends of ranges.
import { protocolOf } from './protocol.ts';
import type { Scanner } from './scan.ts';
import { type CountedKind, SENSOR } from './schema.ts';
import type { SessionRecord } from './session.ts';

export class Counted {
  readonly #scanner: Scanner;
  /** Kinds of word by event id. */
  readonly #kinds = new Map<number, CountedKind[]>();
  readonly #logins: ReadonlySet<number>;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
    for (const kind of ['username', 'password', 'command', 'client', 'hassh', 'url', 'hash'] as const)
      for (const eventid of scanner.eventidsOf(kind))
        this.#kinds.set(eventid, [...(this.#kinds.get(eventid) ?? []), kind]);
    this.#logins = scanner.eventidsOf('pair');
  }

  /** Words that count once for the session; false when it is the keeper of events without one. */
  session(record: SessionRecord, add: (kind: CountedKind, word: number) => void): boolean {
    if (record.flags & SENSOR) return false;
    add('sensor', record.sensor);
    if (record.behaviour !== null) add('behaviour', record.behaviour);
    if (record.address !== null) {
      add('address', record.address);
      const { country, asn } = this.#scanner.originOf(record.address);
      if (country !== null) add('country', country);
      if (asn !== null) add('asn', asn);
    }
    const protocol = protocolOf(record.flags);
    const word = protocol && this.#scanner.wordId('protocol', protocol);
    if (word !== undefined) add('protocol', word);
    return true;
  }

  event(
    body: Buffer,
    add: (kind: CountedKind, word: number) => void,
    pair: (username: number, password: number) => void,
  ): void {
    const scanner = this.#scanner;
    const eventid = scanner.eventid(body);
    const kinds = this.#kinds.get(eventid);
    if (kinds === undefined) return;
    for (const kind of kinds) {
      const word = scanner.word(body, kind);
      if (word) add(kind, word);
    }
    if (!this.#logins.has(eventid)) return;
    const username = scanner.word(body, 'username');
    const password = scanner.word(body, 'password');
    if (username && password) pair(username, password);
  }
}
