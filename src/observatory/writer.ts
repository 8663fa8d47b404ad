// Folds events into sessions, dictionaries and rollups; a transaction holds a batch and the marks of where it came from.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { normalise, plumbing, type RawEvent } from '../event/legacy.ts';
import { messageOf } from '../event/message.ts';
import { parseTimestamp } from '../event/time.ts';
import { SessionBloom } from './bloom.ts';
import { Dictionary } from './dictionary.ts';
import { EventList, eachPacked, getVarint, Packer } from './packed.ts';
import { PROTOCOL, protocolFlags, protocolOf } from './protocol.ts';
import { APPROXIMATE, CLOSED, FROM_TEXT, ID_STEP, type Kind, kinds, LOGGED_IN, RECORDED, SENSOR } from './schema.ts';
import { SESSIONS, Tallies } from './tallies.ts';

/** How an event reached us. */
export interface Source {
  /** Rebuilt from a text log: it may only repeat what a JSON log of the same session says. */
  text?: boolean;
  /** The time has whole seconds only. */
  coarse?: boolean;
  /** The time was guessed. */
  approximate?: boolean;
}

/** What became of an event; a reason when it cannot be an event. */
export type Outcome = 'added' | 'duplicate' | { rejected: string };

export interface Mark {
  /** Of the file's content: stays the same when it is renamed. */
  identity: string;
  path: string;
  /** Bytes read, always after a newline. */
  offset: number;
  size: number;
}

/** One session in memory. */
interface Live {
  id: number;
  sid: string;
  sensor: number;
  stored: boolean;
  dirty: boolean;
  /** Microseconds; the start that the number stands for. */
  start: number;
  newest: number;
  events: EventList;
  pieces: number;
  address: number;
  addressText: string;
  port: number | null;
  dst: number;
  dstText: string;
  dport: number | null;
  client: number;
  hassh: number;
  username: number;
  password: number;
  flags: number;
  logins: number;
  commands: number;
  downloads: number;
  /** Fingerprints of all events, made when first needed. */
  known: Set<number> | undefined;
  /** Event id → times, to match a text log with a JSON log. */
  times: Map<number, Set<number>> | undefined;
}

const SKIP: ReadonlySet<string> = new Set([
  'eventid',
  'timestamp',
  'session',
  'sensor',
  'uuid',
  'epoch',
  '@timestamp',
  ...plumbing,
]);
/** Ids of today and of the last ten years: unique. Older ones are counters that begin anew with every start. */
const UNIQUE_SID = /^[0-9a-f]{8,}$/;
const PIECE_BYTES = 8192;
const LIVE_SESSIONS = 16_000;
const FEED_KEPT = 5000;
const TWO_DAYS = 2 * 86_400e6;

export class Writer {
  readonly #database: DatabaseSync;
  readonly #dictionaries: Record<Kind, Dictionary>;
  readonly #packer: Packer;
  readonly #tallies: Tallies;
  readonly #live = new Map<string, Live[]>();
  readonly #dirty = new Set<Live>();
  readonly #sequence = new Map<number, number>();
  readonly #uuids = new Map<number, string>();
  readonly #statements: Record<
    | 'bySid'
    | 'insert'
    | 'update'
    | 'remove'
    | 'maxId'
    | 'piece'
    | 'pieces'
    | 'movePieces'
    | 'mark'
    | 'feed'
    | 'trim'
    | 'text'
    | 'meta',
    StatementSync
  >;
  #open = false;
  #version = -1;
  #pending = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #lastFeed: { id: number; at: number; eventid: string; session: Live; message: string }[] = [];
  #lastSensor = { text: '', id: 0 };
  #highestId = 0;
  #bloom: SessionBloom | undefined;
  /** Whether added events go to the live feed. */
  feeding = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepare = (sql: string) => database.prepare(sql);
    this.#statements = {
      bySid: prepare('SELECT * FROM session WHERE sid = ? ORDER BY id DESC LIMIT 64'),
      insert: prepare(
        `INSERT INTO session(id, sid, sensor, address, port, dst, dport, last, client, hassh, username, password, flags,
           logins, commands, downloads, pieces, events) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
      ),
      update: prepare(
        `UPDATE session SET sensor = ?, address = ?, port = ?, dst = ?, dport = ?, last = ?, client = ?, hassh = ?, username = ?,
           password = ?, flags = ?, logins = ?, commands = ?, downloads = ?, pieces = ?, events = ? WHERE id = ?`,
      ),
      remove: prepare('DELETE FROM session WHERE id = ?'),
      maxId: prepare('SELECT max(id) AS id FROM session WHERE id BETWEEN ? AND ?'),
      piece: prepare('INSERT OR REPLACE INTO piece(session, number, events) VALUES (?, ?, ?)'),
      pieces: prepare('SELECT events FROM piece WHERE session = ? ORDER BY number'),
      movePieces: prepare('UPDATE piece SET session = ? WHERE session = ?'),
      mark: prepare(
        `INSERT INTO mark(identity, path, offset, size, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
           SET path = excluded.path, offset = excluded.offset, size = excluded.size, at = excluded.at`,
      ),
      feed: prepare('INSERT INTO feed(at, eventid, session, message) VALUES (?, ?, ?, ?)'),
      trim: prepare('DELETE FROM feed WHERE id <= ?'),
      text: prepare('SELECT value FROM word_text WHERE id = ?'),
      meta: prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)'),
    };
    this.#dictionaries = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        new Dictionary(database, kind, kind === 'command' ? this.#indexCommand() : undefined),
      ]),
    ) as Record<Kind, Dictionary>;
    this.#packer = new Packer((kind, value) => this.#dictionaries[kind].id(value));
    this.#tallies = new Tallies(database);
    this.#readRange();
  }

  /** Events and rollup rows waiting for `commit`. */
  get pending(): number {
    return this.#pending;
  }

  /** True when a commit should come soon, lest memory grows. */
  get full(): boolean {
    return this.#pending >= 500_000 || this.#tallies.size > 250_000;
  }

  /** A large import begins: nearly every session will be new, so that is decided without the database. */
  expectNew(): void {
    this.#bloom ??= new SessionBloom(this.#database);
  }

  /** The large import is over. */
  expectAny(): void {
    this.#bloom = undefined;
  }

  /** Writes sessions out of memory when there are many; their transaction goes on. */
  relieve(): void {
    if (this.#live.size <= LIVE_SESSIONS) return;
    if (!this.#open) this.#begin();
    for (const session of this.#dirty) this.#store(session);
    this.#dirty.clear();
    this.#sequence.clear();
    this.#evict();
  }

  /**
   * Adds one event as JSON.parse gave it (changed in place). The first call after a commit begins a transaction.
   * An event that the store has already is counted as duplicate and changes nothing.
   */
  add(event: RawEvent, source: Source = {}): Outcome {
    const id = event['eventid'];
    if (typeof id !== 'string' || id === '') return { rejected: 'no eventid' };
    const micros = timeOf(event);
    if (!(micros > 0)) return { rejected: 'no time' };
    if (!this.#open) this.#begin();
    normalise(event);
    const eventid = event['eventid'] as string;
    const session = this.#session(event, eventid, micros, source);

    const { src_ip } = event;
    if (typeof src_ip === 'string') {
      if (session.address === 0) {
        session.address = this.#dictionaries.address.id(src_ip);
        session.addressText = src_ip;
        if ((session.flags & SENSOR) === 0) this.#tallies.word(session.start, 'address', session.address);
        event['src_ip'] = undefined;
      } else if (session.addressText === src_ip) event['src_ip'] = undefined;
    }
    this.#endpoint(session, event, eventid);

    const body = this.#packer.pack(eventid, event, SKIP);
    const number = this.#packer.eventid;
    if (micros <= session.newest && this.#isKnown(session, micros, body)) return 'duplicate';
    if ((source.text || session.flags & FROM_TEXT) && this.#sameInOtherLog(session, number, micros, source, body))
      return 'duplicate';
    if (!session.dirty) {
      session.dirty = true;
      this.#dirty.add(session);
    }
    if (micros < session.start) this.#restart(session, micros);
    session.events.append(micros, body);
    if (micros > session.newest) session.newest = micros;
    session.known?.add(fingerprint(micros, body));
    addTime(session.times, number, micros);
    if (session.events.bytes > PIECE_BYTES) this.#seal(session);
    if (source.approximate) session.flags |= APPROXIMATE;
    if (micros < this.#first) this.#first = micros;
    if (micros > this.#last) this.#last = micros;
    this.#pending++;
    this.#tallies.event(micros, number);
    this.#count(session, eventid, micros);
    // A line is in the feed as the command that it was; its end would say the same again.
    if (this.feeding && eventid !== 'kansatsuki.session.line') this.#feed(session, event, eventid, number, micros);
    return 'added';
  }

  /**
   * Ends the transaction: sessions, rollups and marks become visible together.
   * @returns the feed's new items in order of arrival, when `feeding`
   */
  commit(
    marks: readonly Mark[] = [],
    now = Date.now(),
  ): { id: number; at: number; eventid: string; session: string; sessionId: number; message: string }[] {
    if (!this.#open) {
      if (marks.length === 0) return [];
      this.#begin();
    }
    for (const session of this.#dirty) this.#store(session);
    this.#dirty.clear();
    this.#tallies.flush();
    for (const { identity, path, offset, size } of marks) this.#statements.mark.run(identity, path, offset, size, now);
    if (this.#pending > 0) {
      this.#statements.meta.run('first', this.#first);
      this.#statements.meta.run('last', this.#last);
    }
    const feed = this.#lastFeed.map(({ id, at, eventid, session, message }) => ({
      id,
      at,
      eventid,
      session: session.sid,
      sessionId: session.id,
      message,
    }));
    if (this.#lastFeed.length > 0) this.#statements.trim.run(this.#lastFeed.at(-1)!.id - FEED_KEPT);
    this.#database.exec('COMMIT');
    this.#open = false;
    this.#version = this.#dataVersion();
    this.#pending = 0;
    this.#lastFeed = [];
    this.#sequence.clear();
    if (this.#live.size > LIVE_SESSIONS) this.#evict();
    return feed;
  }

  /** Forgets the sessions seen first; they are stored, and come back when asked for. */
  #evict(): void {
    let excess = this.#live.size - LIVE_SESSIONS / 2;
    for (const sid of this.#live.keys()) {
      if (excess-- <= 0) break;
      this.#live.delete(sid);
    }
  }

  /** Forgets everything since the last commit, for instance when the disk was full. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#open = false;
    this.#reset();
  }

  /** Fills an empty feed with the newest events, after an import. */
  seedFeed(items: readonly { micros: number; eventid: string; session: number; message: string }[]): void {
    if (!this.#open) this.#begin();
    for (const { micros, eventid, session, message } of items)
      this.#statements.feed.run(Math.floor(micros / 1000), this.#dictionaries.eventid.id(eventid), session, message);
    this.commit();
  }

  #begin(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    this.#open = true;
    // Another process wrote meanwhile (an import beside the observer): what is remembered may be wrong.
    if (this.#version !== -1 && this.#dataVersion() !== this.#version) this.#reset();
  }

  #dataVersion(): number {
    return Number(this.#database.prepare('PRAGMA data_version').get()!['data_version']);
  }

  #reset(): void {
    this.#live.clear();
    this.#dirty.clear();
    this.#tallies.clear();
    this.#sequence.clear();
    this.#uuids.clear();
    this.#lastFeed = [];
    this.#lastSensor = { text: '', id: 0 };
    this.#pending = 0;
    for (const dictionary of Object.values(this.#dictionaries)) dictionary.forget(this.#database);
    this.#packer.forget();
    if (this.#bloom) this.#bloom = new SessionBloom(this.#database);
    this.#readRange();
  }

  #readRange(): void {
    const read = this.#database.prepare('SELECT value FROM meta WHERE key = ?');
    this.#first = (read.get('first')?.['value'] as number | undefined) ?? Number.POSITIVE_INFINITY;
    this.#last = (read.get('last')?.['value'] as number | undefined) ?? Number.NEGATIVE_INFINITY;
    this.#highestId = (this.#database.prepare('SELECT max(id) AS id FROM session').get()!['id'] as number | null) ?? 0;
  }

  #indexCommand(): (id: number, value: string) => void {
    const words = this.#database.prepare('INSERT INTO command_words(rowid, value) VALUES (?, ?)');
    const parts = this.#database.prepare('INSERT INTO command_parts(rowid, value) VALUES (?, ?)');
    return (id, value) => {
      // A pasted binary of megabytes is not searched beyond its beginning.
      const text = value.length > 8192 ? value.slice(0, 8192) : value;
      words.run(id, text);
      parts.run(id, text);
    };
  }

  // ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #sensor(event: RawEvent): number {
    const sensor = typeof event['sensor'] === 'string' ? event['sensor'] : '';
    if (this.#lastSensor.id === 0 || this.#lastSensor.text !== sensor)
      this.#lastSensor = { text: sensor, id: this.#dictionaries.sensor.id(sensor) };
    const { uuid } = event;
    if (typeof uuid === 'string' && this.#uuids.get(this.#lastSensor.id) !== uuid) {
      this.#uuids.set(this.#lastSensor.id, uuid);
      this.#statements.meta.run(`uuid:${this.#lastSensor.id}`, uuid);
    }
    return this.#lastSensor.id;
  }

  #session(event: RawEvent, eventid: string, micros: number, source: Source): Live {
    const sensor = this.#sensor(event);
    const given = event['session'];
    const named = (typeof given === 'string' && given !== '') || typeof given === 'number';
    // Events of no connection are kept by day.
    const sid = named ? String(given) : `-${Math.floor(micros / 86_400e6)}`;
    let candidates = this.#live.get(sid);
    if (candidates === undefined) {
      const value = sidValue(sid);
      candidates = [];
      const isNew = typeof value === 'number' && this.#bloom !== undefined && !this.#bloom.has(value);
      if (isNew) this.#bloom!.add(value);
      else
        for (const row of this.#statements.bySid.all(value) as unknown as Row[]) candidates.push(this.#load(row, sid));
      this.#live.set(sid, candidates);
    }
    let found: Live | undefined;
    if (!named || UNIQUE_SID.test(sid)) {
      found = candidates.find((candidate) => candidate.sensor === sensor);
      if (found === undefined && named) {
        // A text log names no sensor; it and the JSON log of one session find each other by id and time.
        found = candidates.find(
          (candidate) =>
            (source.text || (candidate.flags & FROM_TEXT) !== 0) && Math.abs(candidate.start - micros) < TWO_DAYS,
        );
        if (found && !source.text) {
          found.sensor = sensor;
          found.dirty = true;
          this.#dirty.add(found);
        }
      }
    } else {
      for (const candidate of candidates)
        if (candidate.sensor === sensor && candidate.start <= micros && (!found || candidate.start > found.start))
          found = candidate;
      if (found && eventid === 'cowrie.session.connect' && Math.floor(found.start / 1000) !== Math.floor(micros / 1000))
        found = undefined;
    }
    if (found === undefined) {
      found = this.#create(sid, sensor, micros, named, source);
      candidates.push(found);
    }
    const protocol = (found.flags & PROTOCOL) === 0 ? protocolFlags(event['protocol']) : 0;
    if (protocol !== 0) {
      found.flags |= protocol;
      this.#tallies.word(found.start, 'protocol', this.#dictionaries.protocol.id(event['protocol'] as string));
    }
    return found;
  }

  #create(sid: string, sensor: number, micros: number, named: boolean, source: Source): Live {
    const session: Live = {
      id: this.#number(micros),
      sid,
      sensor,
      stored: false,
      dirty: false,
      start: 0,
      newest: Number.NEGATIVE_INFINITY,
      events: new EventList(0),
      pieces: 0,
      address: 0,
      addressText: '',
      port: null,
      dst: 0,
      dstText: '',
      dport: null,
      client: 0,
      hassh: 0,
      username: 0,
      password: 0,
      flags: (named ? 0 : SENSOR) | (source.text ? FROM_TEXT : 0),
      logins: 0,
      commands: 0,
      downloads: 0,
      known: undefined,
      times: undefined,
    };
    session.start = Math.floor(session.id / ID_STEP) * 1000;
    session.events = new EventList(session.start);
    if (named) {
      this.#tallies.event(session.start, SESSIONS);
      this.#tallies.word(session.start, 'sensor', sensor);
    }
    return session;
  }

  /** A free number at or after the given time. */
  #number(micros: number): number {
    for (let ms = Math.floor(micros / 1000); ; ms++) {
      let sequence = this.#sequence.get(ms);
      if (sequence === undefined && ms * ID_STEP > this.#highestId) sequence = 0;
      if (sequence === undefined) {
        const highest = this.#statements.maxId.get(ms * ID_STEP, ms * ID_STEP + ID_STEP - 1)!['id'] as number | null;
        sequence = highest === null ? 0 : (highest % ID_STEP) + 1;
      }
      if (sequence >= ID_STEP) continue;
      this.#sequence.set(ms, sequence + 1);
      const id = ms * ID_STEP + sequence;
      if (id > this.#highestId) this.#highestId = id;
      return id;
    }
  }

  // An event from before the start came late: the session moves to its true start.
  #restart(session: Live, micros: number): void {
    const before = { ...session };
    session.id = this.#number(micros);
    session.start = Math.floor(session.id / ID_STEP) * 1000;
    const moved = new EventList(session.start);
    eachPacked(before.events.view(), before.start, (at, body) => moved.append(at, body));
    session.events = moved;
    if (before.stored) {
      this.#statements.remove.run(before.id);
      session.stored = false;
    }
    if (session.pieces > 0) this.#statements.movePieces.run(session.id, before.id);
    if (session.flags & SENSOR) return;
    const shift = (kind: 'address' | 'sensor' | 'protocol', word: number) => {
      if (word === 0) return;
      this.#tallies.word(session.start, kind, word, 1);
      this.#tallies.word(before.start, kind, word, -1);
    };
    this.#tallies.event(session.start, SESSIONS, 1);
    this.#tallies.event(before.start, SESSIONS, -1);
    shift('sensor', session.sensor);
    shift('address', session.address);
    const protocol = protocolOf(session.flags);
    if (protocol) shift('protocol', this.#dictionaries.protocol.id(protocol));
  }

  #load(row: Row, sid: string): Live {
    const start = Math.floor(row.id / ID_STEP) * 1000;
    const previous = eachPacked(row.events, start, () => {});
    return {
      id: row.id,
      sid,
      sensor: row.sensor,
      stored: true,
      dirty: false,
      start,
      newest: start + row.last * 1000 + 999,
      events: new EventList(start, row.events, previous),
      pieces: row.pieces,
      address: row.address ?? 0,
      addressText: row.address ? this.#wordText('address', row.address) : '',
      port: row.port,
      dst: row.dst ?? 0,
      dstText: row.dst ? this.#wordText('text', row.dst) : '',
      dport: row.dport,
      client: row.client ?? 0,
      hassh: row.hassh ?? 0,
      username: row.username ?? 0,
      password: row.password ?? 0,
      flags: row.flags,
      logins: row.logins,
      commands: row.commands,
      downloads: row.downloads,
      known: undefined,
      times: undefined,
    };
  }

  #wordText(kind: Kind, id: number): string {
    return this.#dictionaries[kind].text(id);
  }

  #store(session: Live): void {
    const { insert, update } = this.#statements;
    session.dirty = false;
    const last = Math.max(0, Math.floor((session.newest - session.start) / 1000));
    const tail = [
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
    ];
    const head = [session.sensor, session.address || null, session.port, session.dst || null, session.dport, last];
    if (session.stored) update.run(...head, ...tail, session.id);
    else insert.run(session.id, sidValue(session.sid), ...head, ...tail);
    session.stored = true;
  }

  #seal(session: Live): void {
    const piece = new EventList(0);
    eachPacked(session.events.view(), session.start, (at, body) => piece.append(at, body));
    this.#statements.piece.run(session.id, session.pieces++, piece.view());
    session.events = new EventList(session.start);
  }

  // ── duplicates ────────────────────────────────────────────────────────────────────────────────────────────────

  #each(session: Live, visit: (micros: number, body: Buffer) => void): void {
    if (session.pieces > 0)
      for (const { events } of this.#statements.pieces.all(session.id) as { events: Uint8Array }[])
        eachPacked(events, 0, visit);
    eachPacked(session.events.view(), session.start, visit);
  }

  #isKnown(session: Live, micros: number, body: Buffer): boolean {
    if (session.known === undefined) {
      const known = new Set<number>();
      this.#each(session, (at, packed) => known.add(fingerprint(at, packed)));
      session.known = known;
    }
    return session.known.has(fingerprint(micros, body));
  }

  /**
   * The same event as the other kind of log tells it: same id, same time (to the second where a log has no more).
   * A matched time is used up, so that two events of one second need two partners.
   */
  #sameInOtherLog(session: Live, eventid: number, micros: number, source: Source, body: Buffer): boolean {
    if (source.text && session.flags & FROM_TEXT) return false; // both from text: content decides
    if (session.times === undefined) {
      const times = new Map<number, Set<number>>();
      this.#each(session, (at, packed) => addTime(times, getVarint(packed, { at: 0 }), at));
      session.times = times;
    }
    const times = session.times.get(eventid);
    if (!times) return false;
    if (times.has(micros)) {
      if (!source.text) this.#enrich(session, micros, eventid, body);
      return true;
    }
    const second = Math.floor(micros / 1e6);
    for (const at of times) {
      // One of the two must be without fraction.
      if (Math.floor(at / 1e6) === second && (source.coarse || at % 1e6 < 1000)) {
        times.delete(at);
        if (!source.text) this.#enrich(session, at, eventid, body, micros);
        return true;
      }
    }
    return false;
  }

  // The JSON log says more than the text log did: its event takes the place.
  #enrich(session: Live, at: number, eventid: number, body: Buffer, better = at): void {
    const enriched = new EventList(session.start);
    let done = false;
    const copy = Buffer.from(body);
    eachPacked(session.events.view(), session.start, (micros, packed) => {
      if (!done && micros === at && getVarint(packed, { at: 0 }) === eventid) {
        done = true;
        enriched.append(better, copy);
      } else enriched.append(micros, packed);
    });
    if (!done) return;
    session.events = enriched;
    session.known = undefined;
    session.newest = Math.max(session.newest, better);
    session.dirty = true;
    this.#dirty.add(session);
  }

  // ── fields ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ports and addresses that only repeat those of the connection are not kept again. */
  #endpoint(session: Live, event: RawEvent, eventid: string): void {
    const { src_port, dst_ip, dst_port } = event;
    if (eventid === 'cowrie.session.connect' && session.port === null && typeof src_port === 'number') {
      session.port = src_port;
      if (typeof dst_port === 'number') session.dport = dst_port;
      if (typeof dst_ip === 'string') this.#destination(session, dst_ip);
    }
    event['protocol'] = undefined;
    if (src_port === undefined && dst_ip === undefined) return;
    const forwarding = eventid.startsWith('cowrie.direct-tcpip.');
    if (typeof src_port === 'number' && !(forwarding && event['orig_ip'] === undefined)) {
      if (session.port === null) session.port = src_port;
      if (session.port === src_port) event['src_port'] = undefined;
    }
    if (forwarding) return;
    if (typeof dst_ip === 'string') {
      if (session.dst === 0) this.#destination(session, dst_ip);
      if (session.dstText === dst_ip) event['dst_ip'] = undefined;
    }
    if (typeof dst_port === 'number') {
      if (session.dport === null) session.dport = dst_port;
      if (session.dport === dst_port) event['dst_port'] = undefined;
    }
  }

  #destination(session: Live, address: string): void {
    session.dst = this.#dictionaries.text.id(address);
    session.dstText = address;
  }

  #count(session: Live, eventid: string, micros: number): void {
    const { words } = this.#packer;
    const word = (kind: keyof typeof words): number => {
      const id = words[kind];
      if (id !== 0) this.#tallies.word(micros, kind, id);
      return id;
    };
    switch (eventid) {
      case 'cowrie.login.success':
      case 'cowrie.login.failed': {
        const username = word('username');
        const password = word('password');
        if (username && password) this.#tallies.pair(micros, username, password);
        session.logins++;
        const success = eventid === 'cowrie.login.success';
        if ((session.flags & LOGGED_IN) === 0) {
          session.username = username;
          session.password = password;
          if (success) session.flags |= LOGGED_IN;
        }
        break;
      }
      case 'cowrie.command.input':
        word('command');
        session.commands++;
        break;
      case 'cowrie.client.version':
        session.client = word('client') || session.client;
        break;
      case 'cowrie.client.kex':
        session.hassh = word('hassh') || session.hassh;
        break;
      case 'cowrie.session.file_download':
        session.downloads++;
        word('hash');
        word('url');
        break;
      case 'cowrie.session.file_upload':
        word('hash');
        break;
      case 'cowrie.session.file_download.failed':
      case 'kansatsuki.session.download_request':
      case 'kansatsuki.session.download_result':
        word('url');
        break;
      case 'cowrie.session.closed':
        session.flags |= CLOSED;
        break;
      case 'cowrie.log.open':
      case 'cowrie.log.closed':
        session.flags |= RECORDED;
        break;
    }
  }

  #feed(session: Live, event: RawEvent, eventid: string, number: number, micros: number): void {
    const whole: RawEvent = {
      ...event,
      session: session.sid,
      src_ip: session.addressText,
      protocol: protocolOf(session.flags) ?? 'ssh',
    };
    if (eventid === 'cowrie.session.connect') {
      whole['dst_ip'] ??= session.dstText;
      whole['src_port'] ??= session.port;
      whole['dst_port'] ??= session.dport;
    }
    const message = (typeof event['message'] === 'string' ? event['message'] : undefined) ?? messageOf(whole) ?? '';
    const at = Math.floor(micros / 1000);
    const shown = message.length > 2000 ? `${message.slice(0, 2000)}…` : message;
    const id = Number(this.#statements.feed.run(at, number, session.id, shown).lastInsertRowid);
    this.#lastFeed.push({ id, at, eventid, session, message: shown });
  }
}

interface Row {
  id: number;
  sid: number | string;
  sensor: number;
  address: number | null;
  port: number | null;
  dst: number | null;
  dport: number | null;
  last: number;
  client: number | null;
  hassh: number | null;
  username: number | null;
  password: number | null;
  flags: number;
  logins: number;
  commands: number;
  downloads: number;
  pieces: number;
  events: Uint8Array;
}

/** Session ids of 12 hexadecimal digits are kept as numbers; the colon keeps SQLite from making numbers of others. */
export function sidValue(sid: string): number | string {
  return /^[0-9a-f]{12}$/.test(sid) ? Number.parseInt(sid, 16) : `:${sid}`;
}

export function sidText(value: number | string): string {
  return typeof value === 'number' ? value.toString(16).padStart(12, '0') : value.slice(1);
}

function timeOf(event: RawEvent): number {
  const { timestamp } = event;
  if (typeof timestamp === 'string') {
    const micros = parseTimestamp(timestamp);
    if (micros > 0) return micros;
  }
  const other = event['@timestamp'] ?? event['_time'] ?? event['time'] ?? timestamp;
  if (typeof other === 'string') return parseTimestamp(other);
  // Seconds since the epoch, with fraction; years 2001 to 2100.
  if (typeof other === 'number' && other > 1e9 && other < 4.1e9) return Math.round(other * 1e6);
  return Number.NaN;
}

function addTime(times: Map<number, Set<number>> | undefined, eventid: number, micros: number): void {
  if (!times) return;
  const set = times.get(eventid);
  if (set) set.add(micros);
  else times.set(eventid, new Set([micros]));
}

/** 53 bits of an event's time and body. */
function fingerprint(micros: number, body: Buffer): number {
  let a = 0xdeadbeef ^ (micros % 0x7fffffff);
  let b = 0x41c6ce57 ^ Math.floor(micros / 0x7fffffff);
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    a = Math.imul(a ^ byte, 2654435761);
    b = Math.imul(b ^ byte, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
