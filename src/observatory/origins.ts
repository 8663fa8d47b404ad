// Where addresses come from, as the store keeps it: country, network and research scanner of each address, looked up once when it is new.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Kind } from './schema.ts';

/** What is known of an address. */
export interface Origin {
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** Number of the autonomous system. */
  asn?: number;
  asName?: string;
  /** Name of the research scanner that it belongs to. */
  scanner?: string;
  /** Its host name, which points back to it; known only where reverse DNS is on. */
  hostName?: string;
}

export type Locate = (address: string) => Origin;

/** Numbers of an address's words; 0 for none. */
export interface OriginWords {
  country: number;
  asn: number;
}

/** Addresses remembered: an attacker's sessions come one after another. */
const REMEMBERED = 20_000;
const NONE: OriginWords = { country: 0, asn: 0 };

export class Origins {
  /** Without it, addresses stay without origin until someone looks all of them up (see relocation.ts). */
  locate: Locate | undefined;
  readonly #number: (kind: Kind, value: string) => number;
  readonly #known = new Map<number, OriginWords>();
  readonly #find: StatementSync;
  readonly #write: StatementSync;
  readonly #name: StatementSync;
  readonly #scanner: StatementSync;

  /** @param number the number of a text */
  constructor(database: DatabaseSync, number: (kind: Kind, value: string) => number) {
    this.#number = number;
    this.#find = database.prepare('SELECT country, asn FROM word_address WHERE id = ?');
    this.#write = database.prepare(`UPDATE word_address SET country = ?1, asn = ?2, scanner = ?3
       WHERE id = ?4 AND (country IS NOT ?1 OR asn IS NOT ?2 OR scanner IS NOT ?3)`);
    this.#scanner = database.prepare('UPDATE word_address SET scanner = ? WHERE id = ? AND scanner IS NULL');
    this.#name = database.prepare('UPDATE word_asn SET name = ? WHERE id = ? AND name IS NOT ?');
  }

  /** A new address. */
  add(id: number, address: string): void {
    if (this.locate) this.set(id, this.locate(address));
  }

  /** Keeps the origin of an address; the counts of its sessions are the caller's. */
  set(id: number, { country, asn, asName, scanner }: Origin): void {
    const words = {
      country: country === undefined ? 0 : this.#number('country', country),
      asn: asn === undefined ? 0 : this.#number('asn', `AS${asn}`),
    };
    if (words.asn !== 0) this.#name.run(asName ?? null, words.asn, asName ?? null);
    this.#write.run(
      words.country || null,
      words.asn || null,
      scanner === undefined ? null : this.#number('text', scanner),
      id,
    );
    this.#remember(id, words);
  }

  /** An address turned out to be a research scanner's, by its host name. */
  scans(id: number, scanner: string): void {
    this.#scanner.run(this.#number('text', scanner), id);
  }

  of(address: number): OriginWords {
    const known = this.#known.get(address);
    if (known) return known;
    const row = this.#find.get(address) as { country: number | null; asn: number | null } | undefined;
    const words = row ? { country: row.country ?? 0, asn: row.asn ?? 0 } : NONE;
    this.#remember(address, words);
    return words;
  }

  forget(): void {
    this.#known.clear();
  }

  #remember(address: number, words: OriginWords): void {
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(address, words);
  }
}
