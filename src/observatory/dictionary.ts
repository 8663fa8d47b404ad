// Dictionaries: every text is stored once and known by a small number.
import { hash as digest } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Kind } from './schema.ts';

/** How many texts of one kind are remembered in memory; the others are looked up in the database. */
const REMEMBERED = 120_000;
const REMEMBERED_LENGTH = 1024;

/** 52 bits of SHA-1: enough for millions of texts; a collision takes the next number. */
function hash52(value: string): number {
  const hex = digest('sha1', value, 'hex');
  return Number.parseInt(hex.slice(0, 13), 16);
}

/** The texts of one kind, for a writer: gives numbers, inserts what is new. */
export class Dictionary {
  readonly kind: Kind;
  readonly #ids = new Map<string, number>();
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #text: StatementSync;
  readonly #onNew: ((id: number, value: string) => void) | undefined;
  #next: number;

  constructor(database: DatabaseSync, kind: Kind, onNew?: (id: number, value: string) => void) {
    this.kind = kind;
    this.#find = database.prepare(`SELECT id, value FROM word_${kind} WHERE hash = ?`);
    this.#insert = database.prepare(`INSERT INTO word_${kind}(id, value, hash) VALUES (?, ?, ?)`);
    this.#text = database.prepare(`SELECT value FROM word_${kind} WHERE id = ?`);
    this.#next = Number(database.prepare(`SELECT coalesce(max(id), 0) + 1 AS id FROM word_${kind}`).get()!['id']);
    this.#onNew = onNew;
  }

  /** The number of a text, from 1. */
  id(value: string): number {
    return this.#ids.get(value) ?? this.#add(value);
  }

  #add(text: string): number {
    const value = text.isWellFormed() ? text : text.toWellFormed();
    let hash = hash52(value);
    let id: number | undefined;
    for (;;) {
      const row = this.#find.get(hash) as { id: number; value: string } | undefined;
      if (row === undefined) break;
      if (row.value === value) {
        id = row.id;
        break;
      }
      hash++;
    }
    if (id === undefined) {
      id = this.#next++;
      this.#insert.run(id, value, hash);
      this.#onNew?.(id, value);
    }
    if (text.length <= REMEMBERED_LENGTH) {
      if (this.#ids.size >= REMEMBERED) this.#ids.clear();
      // A text cut out of a chunk of the log would keep the whole chunk in memory: copy it.
      this.#ids.set(Buffer.from(text, 'utf16le').toString('utf16le'), id);
    }
    return id;
  }

  /** The text of a number. */
  text(id: number): string {
    return (this.#text.get(id)?.['value'] as string | undefined) ?? '';
  }

  /** Forgets what a rolled-back transaction had inserted. */
  forget(database: DatabaseSync): void {
    this.#ids.clear();
    this.#next = Number(database.prepare(`SELECT coalesce(max(id), 0) + 1 AS id FROM word_${this.kind}`).get()!['id']);
  }
}

/** The texts behind numbers, for a reader; remembers recent ones. */
export class Words {
  readonly #byKind = new Map<Kind, { text: Map<number, string>; find: StatementSync; hash: StatementSync }>();
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  #of(kind: Kind) {
    let entry = this.#byKind.get(kind);
    if (!entry) {
      entry = {
        text: new Map(),
        find: this.#database.prepare(`SELECT value FROM word_${kind} WHERE id = ?`),
        hash: this.#database.prepare(`SELECT id, value FROM word_${kind} WHERE hash = ?`),
      };
      this.#byKind.set(kind, entry);
    }
    return entry;
  }

  text(kind: Kind, id: number): string {
    const { text, find } = this.#of(kind);
    let value = text.get(id);
    if (value === undefined) {
      value = (find.get(id)?.['value'] as string | undefined) ?? '';
      if (text.size >= 20_000) text.clear();
      text.set(id, value);
    }
    return value;
  }

  /** The number of a text, if it was ever seen. */
  find(kind: Kind, text: string): number | undefined {
    const value = text.toWellFormed();
    for (let hash = hash52(value); ; hash++) {
      const row = this.#of(kind).hash.get(hash) as { id: number; value: string } | undefined;
      if (row === undefined) return undefined;
      if (row.value === value) return row.id;
    }
  }
}
