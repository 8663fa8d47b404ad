// Adds events to the store: a transaction holds a batch of them and the marks of where it came from.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ENVELOPE, normalise, type RawEvent } from '../event/legacy.ts';
import { parseTime, readTimestamp } from '../event/time.ts';
import { Behaviours } from './behaviour.ts';
import { Body } from './body.ts';
import { Dictionary } from './dictionary.ts';
import { Duplicates } from './duplicates.ts';
import { Feed, type FeedEntry } from './feed.ts';
import { Fold } from './fold.ts';
import { Origins } from './origins.ts';
import { Packer } from './packer.ts';
import { ABSENT, fieldName, fieldNumber, PlainLine, STRING } from './plainline.ts';
import { isPlainEvent, type PlainEvent, PlainPacker, plainEvent } from './plainpacker.ts';
import { PROTOCOL } from './protocol.ts';
import { Remembered } from './remembered.ts';
import { APPROXIMATE, FROM_BOTH, FROM_TEXT, type Kind, kinds, SENSOR } from './schema.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import type { Source } from './source.ts';
import { Tallies } from './tallies.ts';

/** What became of an event; a reason when it cannot be an event. */
export type Outcome = 'added' | 'duplicate' | { rejected: string };

export interface Mark {
  /** Of the file's content: stays the same when it is renamed. */
  identity: string;
  path: string;
  /** Bytes read, always after a newline. */
  offset: number;
  size: number;
  /** Hash of the bytes before the offset; empty when it is not known. */
  tail?: string;
  /** State of the file, when it was read to its end. */
  state?: string | undefined;
}

/** Ids of today and of the last ten years: unique. Older ones are counters that begin anew with every start. */
const UNIQUE_SID = /^[0-9a-f]{8}[0-9a-f-]*$/;
const PLAIN_EVENTS = 512;
const TWO_DAYS = 2 * 86_400e6;
const JSON_LOG: Source = {};
/** Of a log that many sensors write together. */
const SENSORS = 256;
const NO_SENSOR = { text: '', id: 0, name: Buffer.alloc(0), uuid: Buffer.alloc(0) };

/** Fields of a plain line's envelope. */
const FIELD = {
  eventid: fieldNumber('eventid'),
  timestamp: fieldNumber('timestamp'),
  session: fieldNumber('session'),
  sensor: fieldNumber('sensor'),
  uuid: fieldNumber('uuid'),
  src_ip: fieldNumber('src_ip'),
  protocol: fieldNumber('protocol'),
};
const ENDS = ['src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol'].map(fieldNumber);

export class Writer {
  readonly #database: DatabaseSync;
  readonly #dictionaries: Record<Kind, Dictionary>;
  readonly #remembered: Remembered;
  readonly #body = new Body();
  readonly #packer: Packer;
  readonly #line = new PlainLine();
  readonly #plainPacker: PlainPacker;
  /** By a hash of the event id. */
  #plainEvents: (PlainEvent | undefined)[] = [];
  readonly #tallies: Tallies;
  readonly #behaviours: Behaviours;
  readonly #sessions: Sessions;
  readonly #duplicates: Duplicates;
  readonly #fold: Fold;
  readonly #feed: Feed;
  /** Where addresses come from: give it `locate`, and new addresses are looked up. */
  readonly origins: Origins;
  readonly #mark: StatementSync;
  readonly #meta: StatementSync;
  readonly #uuids = new Map<number, string>();
  readonly #sensors = new Map<string, typeof NO_SENSOR>();
  #lastSensor = NO_SENSOR;
  #unnamed = { name: '', certain: true };
  #open = false;
  #version = -1;
  #pending = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  /** Microseconds; events before it were removed by retention, and counted: they are not taken again. */
  #keptFrom = 0;
  /** Whether added events go to the live feed. */
  feeding = false;

  /** @param room the share of the usual memory, up to 1 */
  constructor(database: DatabaseSync, room = 1) {
    this.#remembered = new Remembered(room);
    this.#database = database;
    this.#mark = database.prepare(
      `INSERT INTO mark(identity, path, offset, size, at, tail, state) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET path = excluded.path, offset = excluded.offset, size = excluded.size, at = excluded.at, tail = excluded.tail,
           state = excluded.state`,
    );
    this.#meta = database.prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)');
    const number = (kind: Kind, value: string) => this.#dictionaries[kind].id(value);
    this.origins = new Origins(database, number);
    const onNew: { [kind in Kind]?: (id: number, value: string) => void } = {
      command: indexCommand(database),
      address: (id, value) => this.origins.add(id, value),
    };
    this.#dictionaries = Object.fromEntries(
      kinds.map((kind) => [kind, new Dictionary(database, kind, this.#remembered, onNew[kind])]),
    ) as Record<Kind, Dictionary>;
    this.#packer = new Packer(this.#body, number);
    this.#plainPacker = new PlainPacker(this.#body, this.#dictionaries, this.#remembered);
    this.#tallies = new Tallies(database);
    const text = (kind: Kind, id: number) => this.#dictionaries[kind].text(id);
    this.#behaviours = new Behaviours(number, text);
    this.#sessions = new Sessions(
      database,
      text,
      (session) => this.#behaviours.settle(session, this.#tallies, (visit) => this.#sessions.each(session, visit)),
      room,
    );
    this.#duplicates = new Duplicates(this.#sessions);
    this.#fold = new Fold(this.#tallies, this.origins, number);
    this.#feed = new Feed(database);
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

  /**
   * Names the sensor of events that name none.
   * @param certain false for a guess, which does not make two sessions of one id
   */
  nameUnnamed(name: string, certain: boolean): void {
    this.#unnamed = { name, certain };
  }

  /** A large import begins: nearly every session will be new. */
  expectNew(): void {
    this.#sessions.expectNew();
  }

  /** The large import is over. */
  expectAny(): void {
    this.#sessions.expectAny();
  }

  /** Writes sessions out of memory when there are many; their transaction goes on. */
  relieve(): void {
    if (!this.#sessions.many) return;
    if (!this.#open) this.#begin();
    this.#sessions.store();
    this.#sessions.relieve();
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
    if (micros < this.#keptFrom) return { rejected: 'older than the events that retention keeps' };
    if (!this.#open) this.#begin();
    normalise(event);
    const eventid = event['eventid'] as string;
    const named = typeof event['sensor'] === 'string' && event['sensor'] !== '';
    const guessed = !named && !this.#unnamed.certain;
    const sensor = this.#sensor(named ? (event['sensor'] as string) : this.#unnamed.name);
    if (typeof event['uuid'] === 'string') this.#uuid(sensor, event['uuid']);
    const session = this.#session(event['session'], sensor, eventid, micros, source, guessed);
    if (!source.text && session.flags & FROM_TEXT) {
      session.flags ^= FROM_TEXT | FROM_BOTH;
      this.#sessions.touch(session);
    }
    this.#fold.ends(session, event, eventid);

    this.#packer.pack(eventid, event, ENVELOPE);
    if (!this.#append(session, eventid, micros, source)) return 'duplicate';
    // A line is in the feed as the command that it was; its end would say the same again.
    if (this.feeding && eventid !== 'kansatsuki.session.line')
      this.#feed.event(session, event, eventid, this.#body.eventid, micros);
    return 'added';
  }

  /**
   * Adds the event of a plain line (see plainline.ts) as `add` would, in a third of the time.
   * @param end where the line's LF or CR LF is
   * @returns undefined, with nothing added, when the line takes more: parse it and call `add`
   */
  addLine(bytes: Buffer, start: number, end: number): 'added' | 'duplicate' | undefined {
    const line = this.#line;
    const { type, from, to } = line;
    // The feed tells of events as they came.
    if (this.feeding || !line.read(bytes, start, end)) return undefined;
    if (type[FIELD.eventid] !== STRING || type[FIELD.timestamp] !== STRING) return undefined;
    const micros = readTimestamp(bytes, from[FIELD.timestamp]!, to[FIELD.timestamp]!);
    const key = line.hex12(FIELD.session);
    if (!(micros > 0) || key < 0) return undefined;
    if (!this.#open) this.#begin();
    const event = this.#plainEvent(bytes, from[FIELD.eventid]!, to[FIELD.eventid]!);
    if (!event || !this.#plainPacker.normalise(line, event)) return undefined;
    const sensor = this.#plainSensor(line);
    if (sensor === 0) return undefined;
    let session = this.#sessions.recent(key, sensor);
    if (!session) {
      session = this.#session(line.text(FIELD.session), sensor, event.eventid, micros, JSON_LOG);
      this.#sessions.asked(session);
    }
    if (session.flags & (FROM_TEXT | FROM_BOTH)) return undefined;
    type[FIELD.eventid] = type[FIELD.timestamp] = type[FIELD.session] = type[FIELD.sensor] = type[FIELD.uuid] = ABSENT;
    if (!this.#plainEnds(line, session, event.eventid)) return undefined;
    if (!this.#plainPacker.pack(line, event)) return undefined;
    return this.#append(session, event.eventid, micros, JSON_LOG) ? 'added' : 'duplicate';
  }

  #plainEvent(bytes: Buffer, from: number, to: number): PlainEvent | undefined {
    // The last two letters and the length tell most of them apart.
    const place = (bytes[to - 1]! + 4 * bytes[to - 2]! + 16 * (to - from)) % PLAIN_EVENTS;
    const event = this.#plainEvents[place];
    if (event && this.#line.is(FIELD.eventid, event.name)) return event;
    const eventid = bytes.toString('latin1', from, to);
    if (!isPlainEvent(eventid)) return undefined;
    return (this.#plainEvents[place] = plainEvent(eventid, this.#dictionaries.eventid.id(eventid)));
  }

  /** The sensor's number when it is that of the last event, with its uuid; else 0. */
  #plainSensor(line: PlainLine): number {
    const { id, name, uuid } = this.#lastSensor;
    const empty = line.type[FIELD.sensor] === ABSENT || line.from[FIELD.sensor] === line.to[FIELD.sensor];
    if (empty && this.#unnamed.name !== '') return 0;
    if (line.type[FIELD.sensor] === ABSENT ? name.length > 0 : !line.is(FIELD.sensor, name)) {
      if (line.type[FIELD.sensor] !== ABSENT && line.type[FIELD.sensor] !== STRING) return 0;
      this.#sensor(line.type[FIELD.sensor] === ABSENT ? '' : line.text(FIELD.sensor));
      return this.#plainSensor(line);
    }
    return line.type[FIELD.uuid] === ABSENT || line.is(FIELD.uuid, uuid) ? id : 0;
  }

  /** As `Fold.ends`; false when the address is another than the session's. */
  #plainEnds(line: PlainLine, session: Session, eventid: string): boolean {
    const { type } = line;
    if (type[FIELD.src_ip] === STRING && session.address !== 0) {
      if (!line.isText(FIELD.src_ip, session.addressText)) return false;
      type[FIELD.src_ip] = ABSENT;
    }
    if (session.flags & PROTOCOL) type[FIELD.protocol] = ABSENT;
    let any = false;
    for (const field of ENDS) any ||= type[field] !== ABSENT;
    if (!any) return true;
    const ends: RawEvent = {};
    for (const field of ENDS)
      if (type[field] !== ABSENT)
        ends[fieldName(field)] = type[field] === STRING ? line.text(field) : line.number[field];
    this.#fold.ends(session, ends, eventid);
    for (const field of ENDS) if (ends[fieldName(field)] === undefined) type[field] = ABSENT;
    return true;
  }

  /** Puts the packed event into its session and counts it; false when it is there already. */
  #append(session: Session, eventid: string, micros: number, source: Source): boolean {
    const body = this.#body;
    if (this.#duplicates.has(session, micros, body, source)) return false;
    this.#sessions.touch(session);
    if (micros < session.start) {
      const before = session.start;
      this.#sessions.restart(session, micros);
      this.#fold.move(session, before);
    }
    this.#sessions.append(session, micros, body);
    this.#duplicates.add(session, micros, body);
    if (source.approximate) session.flags |= APPROXIMATE;
    if (micros < this.#first) this.#first = micros;
    if (micros > this.#last) this.#last = micros;
    this.#pending++;
    this.#tallies.event(micros, body.eventid);
    this.#fold.count(session, eventid, micros, body.words);
    return true;
  }

  /**
   * Ends the transaction: sessions, rollups and marks become visible together.
   * @returns the feed's new lines in order of arrival, when `feeding`
   */
  commit(marks: readonly Mark[] = [], now = Date.now()): FeedEntry[] {
    if (!this.#open) {
      if (marks.length === 0) return [];
      this.#begin();
    }
    this.#sessions.store();
    this.#tallies.flush();
    for (const { identity, path, offset, size, tail = '', state = null } of marks)
      this.#mark.run(identity, path, offset, size, now, tail, state);
    if (this.#pending > 0) {
      this.#meta.run('first', this.#first);
      this.#meta.run('last', this.#last);
    }
    const entries = this.#feed.take();
    this.#database.exec('COMMIT');
    this.#open = false;
    this.#version = this.#dataVersion();
    this.#pending = 0;
    this.#sessions.relieve();
    return entries;
  }

  /** Forgets everything since the last commit, for instance when the disk was full. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#open = false;
    this.#reset();
  }

  /**
   * Runs work that removes sessions in a transaction of its own; those in memory are forgotten.
   * @throws SQLite's error after the transaction was rolled back
   */
  exclusively<T>(work: () => T): T {
    if (this.#open) throw new Error('a transaction is open');
    this.#begin();
    try {
      const result = work();
      this.#database.exec('COMMIT');
      this.#open = false;
      this.#version = this.#dataVersion();
      this.#sessions.reset();
      this.#readRange();
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Counts one day's sessions (since the epoch) by country and network anew; within `exclusively`. */
  countOrigins(day: number): void {
    this.#tallies.countOrigins(day);
  }

  /** Fills an empty feed with the newest events, after an import. */
  seedFeed(items: readonly { micros: number; eventid: string; session: number; message: string }[]): void {
    if (!this.#open) this.#begin();
    for (const { micros, eventid, session, message } of items)
      this.#feed.row(Math.floor(micros / 1000), this.#dictionaries.eventid.id(eventid), session, message);
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
    this.#sessions.reset();
    this.#tallies.clear();
    this.#feed.clear();
    this.#uuids.clear();
    this.#sensors.clear();
    this.#lastSensor = NO_SENSOR;
    this.#pending = 0;
    for (const dictionary of Object.values(this.#dictionaries)) dictionary.forget(this.#database);
    this.#remembered.clear();
    this.#plainEvents = [];
    this.#line.forget();
    this.origins.forget();
    this.#behaviours.forget();
    this.#readRange();
  }

  #readRange(): void {
    const read = this.#database.prepare('SELECT value FROM meta WHERE key = ?');
    this.#first = (read.get('first')?.['value'] as number | undefined) ?? Number.POSITIVE_INFINITY;
    this.#last = (read.get('last')?.['value'] as number | undefined) ?? Number.NEGATIVE_INFINITY;
    this.#keptFrom = (read.get('kept_from')?.['value'] as number | undefined) ?? 0;
  }

  /** The number of a sensor's name; `#lastSensor` is its. */
  #sensor(text: string): number {
    if (this.#lastSensor.id !== 0 && this.#lastSensor.text === text) return this.#lastSensor.id;
    let sensor = this.#sensors.get(text);
    if (sensor === undefined) {
      const id = this.#dictionaries.sensor.id(text);
      sensor = { text, id, name: Buffer.from(text), uuid: Buffer.from(this.#uuids.get(id) ?? '') };
      if (this.#sensors.size >= SENSORS) this.#sensors.clear();
      this.#sensors.set(text, sensor);
    }
    this.#lastSensor = sensor;
    return sensor.id;
  }

  /** Remembers the sensor's own id. */
  #uuid(sensor: number, uuid: string): void {
    if (this.#uuids.get(sensor) === uuid) return;
    this.#uuids.set(sensor, uuid);
    this.#lastSensor.uuid = Buffer.from(uuid);
    this.#meta.run(`uuid:${sensor}`, uuid);
  }

  /** The session that an event belongs to; a new one where there is none. */
  #session(given: unknown, sensor: number, eventid: string, micros: number, source: Source, guessed = false): Session {
    const named = (typeof given === 'string' && given !== '') || typeof given === 'number';
    // Events of no connection are kept by day.
    const sid = named ? String(given) : `-${Math.floor(micros / 86_400e6)}`;
    const candidates = this.#sessions.candidates(sid);
    let found: Session | undefined;
    if (!named || UNIQUE_SID.test(sid)) {
      found = candidates.find((candidate) => candidate.sensor === sensor);
      // A text log names no sensor; it and the JSON log of one session find each other by id and time. So do copies of
      // a log that names none, in folders of different names.
      if (found === undefined)
        found = candidates.find(
          (candidate) =>
            (guessed || (named && (source.text || (candidate.flags & FROM_TEXT) !== 0))) &&
            (!named || Math.abs(candidate.start - micros) < TWO_DAYS),
        );
      if (found && found.sensor !== sensor && !source.text && !guessed) {
        found.sensor = sensor;
        this.#sessions.touch(found);
      }
    } else {
      const latest = (of: (candidate: Session) => boolean) => {
        let last: Session | undefined;
        for (const candidate of candidates)
          if (of(candidate) && candidate.start <= micros && (!last || candidate.start > last.start)) last = candidate;
        return last;
      };
      found = latest((candidate) => candidate.sensor === sensor) ?? (guessed ? latest(() => true) : undefined);
      if (found && eventid === 'cowrie.session.connect' && Math.floor(found.start / 1000) !== Math.floor(micros / 1000))
        found = undefined;
      // A later part of the log was read first: its session, which lacks a beginning, has it here.
      if (found === undefined)
        for (const candidate of candidates)
          if (
            candidate.port === null &&
            (candidate.sensor === sensor || guessed) &&
            candidate.start > micros &&
            candidate.start - micros < TWO_DAYS / 2 &&
            (!found || candidate.start < found.start)
          )
            found = candidate;
    }
    if (found === undefined) {
      const flags = (named ? 0 : SENSOR) | (source.text ? FROM_TEXT : 0);
      found = this.#sessions.create(candidates, sid, sensor, micros, flags);
      this.#fold.begin(found);
    }
    return found;
  }
}

/** Puts a new command into the indexes of words and of parts. */
function indexCommand(database: DatabaseSync): (id: number, value: string) => void {
  const words = database.prepare('INSERT INTO command_words(rowid, value) VALUES (?, ?)');
  const parts = database.prepare('INSERT INTO command_parts(rowid, value) VALUES (?, ?)');
  return (id, value) => {
    // A pasted binary of megabytes is not searched beyond its beginning.
    const text = value.length > 8192 ? value.slice(0, 8192) : value;
    words.run(id, text);
    parts.run(id, text);
  };
}

function timeOf(event: RawEvent): number {
  const micros = parseTime(event['timestamp']);
  return micros > 0 ? micros : parseTime(event['@timestamp'] ?? event['_time'] ?? event['time'] ?? event['epoch']);
}
