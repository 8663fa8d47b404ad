// Dictionaries: every text is stored once and known by a small number.
import { hash as digest } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Remembered } from './remembered.ts';
import { type Kind, kinds } from './schema.ts';

/** 52 bits of SHA-1: enough for millions of texts; a collision takes the next number. */
function hash52(value: string): number {
  const hex = digest('sha1', value, 'hex');
  return Number.parseInt(hex.slice(0, 13), 16);
}

/** Where a text's bytes are put to look it up; longer ones are not remembered. */
const scratch = Buffer.alloc(4096);

/** The texts of one kind, for a writer: gives numbers, inserts what is new. */
export class Dictionary {
  readonly kind: Kind;
  readonly #remembered: Remembered;
  readonly #number: number;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #text: StatementSync;
  readonly #onNew: ((id: number, value: string) => void) | undefined;
  #next: number;

  /** @param remembered of all dictionaries of a writer */
  constructor(database: DatabaseSync, kind: Kind, remembered: Remembered, onNew?: (id: number, value: string) => void) {
    this.kind = kind;
    this.#remembered = remembered;
    this.#number = kinds.indexOf(kind);
    this.#find = database.prepare(`SELECT id, value FROM word_${kind} WHERE hash = ?`);
    this.#insert = database.prepare(`INSERT INTO word_${kind}(id, value, hash) VALUES (?, ?, ?)`);
    this.#text = database.prepare(`SELECT value FROM word_${kind} WHERE id = ?`);
    this.#next = Number(database.prepare(`SELECT coalesce(max(id), 0) + 1 AS id FROM word_${kind}`).get()!['id']);
    this.#onNew = onNew;
  }

  /** The number of a text, from 1. */
  id(text: string): number {
    if (text.length * 3 > scratch.length) return this.#stored(text);
    const length = scratch.write(text);
    return this.#remembered.get(this.#number, scratch, 0, length) || this.#remember(scratch, 0, length, text);
  }

  /** The number of an ASCII text where it lies. */
  idOf(bytes: Buffer, from: number, to: number): number {
    return (
      this.#remembered.get(this.#number, bytes, from, to) ||
      this.#remember(bytes, from, to, bytes.toString('latin1', from, to))
    );
  }

  #remember(bytes: Buffer, from: number, to: number, text: string): number {
    const id = this.#stored(text);
    this.#remembered.set(this.#number, bytes, from, to, id);
    return id;
  }

  #stored(text: string): number {
    const value = text.isWellFormed() ? text : text.toWellFormed();
    let hash = hash52(value);
    for (;;) {
      const row = this.#find.get(hash) as { id: number; value: string } | undefined;
      if (row === undefined) break;
      if (row.value === value) return row.id;
      hash++;
    }
    const id = this.#next++;
    this.#insert.run(id, value, hash);
    this.#onNew?.(id, value);
    return id;
  }

  /** The text of a number. */
  text(id: number): string {
    return (this.#text.get(id)?.['value'] as string | undefined) ?? '';
  }

  /** Numbers that a rolled-back transaction had given are free again; what was remembered is forgotten by its owner. */
  forget(database: DatabaseSync): void {
    this.#next = Number(database.prepare(`SELECT coalesce(max(id), 0) + 1 AS id FROM word_${this.kind}`).get()!['id']);
  }
}

/** The texts behind numbers, for a reader; remembers recent ones. */
export class Words {
  readonly #byKind = new Map<Kind, { text: Map<number, string>; find: StatementSync; hash: StatementSync }>();
  readonly #database: DatabaseSync;
  readonly #eventids = new Map<string, number>();

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

  /** Forgets texts whose numbers another connection may have given anew. */
  forget(): void {
    for (const { text } of this.#byKind.values()) text.clear();
    this.#eventids.clear();
  }

  /** The number of a text, if it was ever seen. */
  find(kind: Kind, text: string): number | undefined {
    // The ids of events are asked for with every row that is read.
    if (kind !== 'eventid') return this.#look(kind, text);
    let id = this.#eventids.get(text);
    if (id === undefined && (id = this.#look(kind, text)) !== undefined && this.#eventids.size < 1_000)
      this.#eventids.set(text, id);
    return id;
  }

  #look(kind: Kind, text: string): number | undefined {
    const value = text.toWellFormed();
    for (let hash = hash52(value); ; hash++) {
      const row = this.#of(kind).hash.get(hash) as { id: number; value: string } | undefined;
      if (row === undefined) return undefined;
      if (row.value === value) return row.id;
    }
  }
}
