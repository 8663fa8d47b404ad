// The sessions that a writer holds in memory: found by their journal id, numbered, stored, and forgotten when they are many.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { outcomeNumber } from './behaviour.ts';
import { SessionBloom } from './bloom.ts';
import type { Body } from './body.ts';
import { EventList, eachPacked } from './packed.ts';
import { CLOSED, ID_STEP, SENSOR } from './schema.ts';
import { newSession, type Session, type SessionRecord, sessionOf, startOf } from './session.ts';
import { sidValue } from './sid.ts';

/** A full piece of a long session's events. */
const PIECE_BYTES = 8192;
const IN_MEMORY = 16_000;
/** Places for the sessions asked for last, by a hash of their id: a power of two. */
const RECENT = 1 << 15;

export class Sessions {
  readonly #database: DatabaseSync;
  readonly #inMemory: number;
  readonly #text: (kind: 'address' | 'text', id: number) => string;
  readonly #settle: (session: Session) => void;
  readonly #live = new Map<string, Session[]>();
  readonly #dirty = new Set<Session>();
  readonly #recent: (Session | undefined)[] = new Array(RECENT).fill(undefined);
  /** Next sequence number of a millisecond. */
  readonly #sequence = new Map<number, number>();
  #highestId: number;
  #bloom: SessionBloom | undefined;
  readonly #bySid: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #maxId: StatementSync;
  readonly #piece: StatementSync;
  readonly #pieces: StatementSync;
  readonly #movePieces: StatementSync;
  readonly #due: StatementSync;
  readonly #moveDue: StatementSync;

  /**
   * @param text the text of a numbered word
   * @param settle called with a session before it is stored
   * @param room the share of the usual memory, up to 1
   */
  constructor(
    database: DatabaseSync,
    text: (kind: 'address' | 'text', id: number) => string,
    settle: (session: Session) => void,
    room = 1,
  ) {
    this.#database = database;
    this.#inMemory = IN_MEMORY * room;
    this.#settle = settle;
    this.#text = text;
    this.#highestId = this.#readHighest();
    this.#bySid = database.prepare('SELECT * FROM session WHERE sid = ? ORDER BY id DESC LIMIT 64');
    this.#insert = database.prepare(
      `INSERT INTO session(id, sid, sensor, address, port, dst, dport, last, client, hassh, username, password, flags,
         logins, commands, downloads, pieces, events, behaviour) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
    );
    this.#update = database.prepare(
      `UPDATE session SET sensor = ?, address = ?, port = ?, dst = ?, dport = ?, last = ?, client = ?, hassh = ?, username = ?,
         password = ?, flags = ?, logins = ?, commands = ?, downloads = ?, pieces = ?, events = ?, behaviour = ? WHERE id = ?`,
    );
    this.#remove = database.prepare('DELETE FROM session WHERE id = ?');
    this.#maxId = database.prepare('SELECT max(id) AS id FROM session WHERE id BETWEEN ? AND ?');
    this.#piece = database.prepare('INSERT OR REPLACE INTO piece(session, number, events) VALUES (?, ?, ?)');
    this.#pieces = database.prepare('SELECT events FROM piece WHERE session = ? ORDER BY number');
    this.#movePieces = database.prepare('UPDATE piece SET session = ? WHERE session = ?');
    this.#due = database.prepare('INSERT OR IGNORE INTO campaign_due(session, again) VALUES (?, ?)');
    this.#moveDue = database.prepare('UPDATE OR IGNORE campaign_due SET session = ? WHERE session = ?');
  }

  /** A large import begins: nearly every session will be new, so that is decided without the database. */
  expectNew(): void {
    this.#bloom ??= new SessionBloom(this.#database);
  }

  /** The large import is over. */
  expectAny(): void {
    this.#bloom = undefined;
  }

  /** True when memory should be relieved of some. */
  get many(): boolean {
    return this.#live.size > this.#inMemory;
  }

  /** All sessions of a journal id; `create` adds to this very list. */
  candidates(sid: string): Session[] {
    let candidates = this.#live.get(sid);
    if (candidates === undefined) {
      const value = sidValue(sid);
      candidates = [];
      const isNew = typeof value === 'number' && this.#bloom !== undefined && !this.#bloom.has(value);
      if (isNew) this.#bloom!.add(value);
      else
        for (const row of this.#bySid.all(value) as unknown as SessionRecord[])
          candidates.push(sessionOf(row, sid, this.#text));
      this.#live.set(sid, candidates);
    }
    return candidates;
  }

  /** The session of an id of 12 hexadecimal digits, if it was asked for lately; `asked` remembers it. */
  recent(key: number, sensor: number): Session | undefined {
    const session = this.#recent[key % RECENT];
    return session?.key === key && session.sensor === sensor ? session : undefined;
  }

  asked(session: Session): void {
    if (typeof session.key === 'number') this.#recent[session.key % RECENT] = session;
  }

  create(candidates: Session[], sid: string, sensor: number, micros: number, flags: number): Session {
    const session = newSession(this.#number(micros), sid, sensor, flags);
    candidates.push(session);
    return session;
  }

  /** The session has changed: the transaction will store it. */
  touch(session: Session): void {
    if (session.dirty) return;
    session.dirty = true;
    this.#dirty.add(session);
  }

  append(session: Session, micros: number, body: Body): void {
    session.events.append(micros, body.buffer, body.length);
    if (micros > session.newest) session.newest = micros;
    if (session.events.bytes <= PIECE_BYTES) return;
    const piece = new EventList(0);
    eachPacked(session.events.view(), session.start, (at, packed) => piece.append(at, packed));
    this.#piece.run(session.id, session.pieces++, piece.view());
    session.events = new EventList(session.start);
  }

  /** Every event of a session, in order of arrival. */
  each(session: Session, visit: (micros: number, body: Buffer) => void): void {
    if (session.pieces > 0)
      for (const { events } of this.#pieces.all(session.id) as { events: Uint8Array }[]) eachPacked(events, 0, visit);
    eachPacked(session.events.view(), session.start, visit);
  }

  /** An event from before the start came late: the session gets the number of its true start. */
  restart(session: Session, micros: number): void {
    const before = { id: session.id, start: session.start, events: session.events };
    session.id = this.#number(micros);
    session.start = startOf(session.id);
    session.events = new EventList(session.start);
    eachPacked(before.events.view(), before.start, (at, body) => session.events.append(at, body));
    if (session.stored) {
      this.#remove.run(before.id);
      this.#moveDue.run(session.id, before.id);
    }
    session.stored = false;
    if (session.pieces > 0) this.#movePieces.run(session.id, before.id);
  }

  /** Writes what has changed. */
  store(): void {
    for (const session of this.#dirty) this.#store(session);
    this.#dirty.clear();
    this.#sequence.clear();
  }

  /** Forgets the sessions seen first when there are many; they are stored, and come back when asked for. */
  relieve(): void {
    if (!this.many) return;
    let excess = this.#live.size - this.#inMemory / 2;
    for (const sid of this.#live.keys()) {
      if (excess-- <= 0) break;
      this.#live.delete(sid);
    }
    this.#recent.fill(undefined);
  }

  /** Forgets everything: the transaction was rolled back, or another process has written. */
  reset(): void {
    this.#live.clear();
    this.#recent.fill(undefined);
    this.#dirty.clear();
    this.#sequence.clear();
    if (this.#bloom) this.#bloom = new SessionBloom(this.#database);
    this.#highestId = this.#readHighest();
  }

  /** A free number at or after the given time. */
  #number(micros: number): number {
    for (let ms = Math.floor(micros / 1000); ; ms++) {
      let sequence = this.#sequence.get(ms);
      if (sequence === undefined && ms * ID_STEP > this.#highestId) sequence = 0;
      if (sequence === undefined) {
        const highest = this.#maxId.get(ms * ID_STEP, ms * ID_STEP + ID_STEP - 1)!['id'] as number | null;
        sequence = highest === null ? 0 : (highest % ID_STEP) + 1;
      }
      if (sequence >= ID_STEP) continue;
      this.#sequence.set(ms, sequence + 1);
      const id = ms * ID_STEP + sequence;
      if (id > this.#highestId) this.#highestId = id;
      return id;
    }
  }

  #store(session: Session): void {
    session.dirty = false;
    const settledBefore = outcomeNumber(session.flags) !== 0;
    this.#settle(session);
    // Campaigns are looked for in sessions that have ended (src/diary/campaign).
    if ((session.flags & (CLOSED | SENSOR)) === CLOSED) this.#due.run(session.id, settledBefore ? 1 : 0);
    const last = Math.max(0, Math.floor((session.newest - session.start) / 1000));
    // Word for word: lists of them would be half of an import's garbage here.
    if (session.stored)
      this.#update.run(
        session.sensor,
        session.address || null,
        session.port,
        session.dst || null,
        session.dport,
        last,
        session.client || null,
        session.hassh || null,
        session.username || null,
        session.password || null,
        session.flags,
        session.logins,
        session.commands,
        session.downloads,
        session.pieces,
        session.events.view(),
        session.behaviour || null,
        session.id,
      );
    else
      this.#insert.run(
        session.id,
        session.key,
        session.sensor,
        session.address || null,
        session.port,
        session.dst || null,
        session.dport,
        last,
        session.client || null,
        session.hassh || null,
        session.username || null,
        session.password || null,
        session.flags,
        session.logins,
        session.commands,
        session.downloads,
        session.pieces,
        session.events.view(),
        session.behaviour || null,
      );
    session.stored = true;
  }

  #readHighest(): number {
    return (this.#database.prepare('SELECT max(id) AS id FROM session').get()!['id'] as number | null) ?? 0;
  }
}
