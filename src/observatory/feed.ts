// The live feed: a sentence for each event as it comes, the newest few thousand kept.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RawEvent } from '../event/legacy.ts';
import { messageOf } from '../event/message.ts';
import { protocolOf } from './protocol.ts';
import type { Session } from './session.ts';

const KEPT = 5000;
const SHOWN = 2000;

/** A line of the feed as its writer knows it. */
export interface FeedEntry {
  id: number;
  at: number;
  eventid: string;
  session: string;
  sessionId: number;
  message: string;
}

export class Feed {
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  #added: { id: number; at: number; eventid: string; session: Session; message: string }[] = [];

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO feed(at, eventid, session, message) VALUES (?, ?, ?, ?)');
    this.#trim = database.prepare('DELETE FROM feed WHERE id <= ?');
  }

  /** @param number of the event's id */
  event(session: Session, event: RawEvent, eventid: string, number: number, micros: number): void {
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
    const text = (typeof event['message'] === 'string' ? event['message'] : undefined) ?? messageOf(whole) ?? '';
    const message = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    const at = Math.floor(micros / 1000);
    const id = this.row(at, number, session.id, message);
    this.#added.push({ id, at, eventid, session, message });
  }

  /** @returns the new line's id */
  row(at: number, eventid: number, session: number, message: string): number {
    return Number(this.#insert.run(at, eventid, session, message).lastInsertRowid);
  }

  /** The lines since the last call, in order of arrival; older ones than are kept are removed. */
  take(): FeedEntry[] {
    const entries = this.#added.map(({ id, at, eventid, session, message }) => ({
      id,
      at,
      eventid,
      session: session.sid,
      sessionId: session.id,
      message,
    }));
    if (entries.length > 0) this.#trim.run(entries.at(-1)!.id - KEPT);
    this.#added = [];
    return entries;
  }

  /** Forgets the lines of a rolled-back transaction. */
  clear(): void {
    this.#added = [];
  }
}
