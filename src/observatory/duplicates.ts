// Whether a session has an event already: the same content and time, or the same event as another kind of log tells it.
import type { Body } from './body.ts';
import { EventList, eachPacked, getVarint } from './packed.ts';
import { FROM_BOTH, FROM_TEXT } from './schema.ts';
import type { Session, Times } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Source } from './source.ts';

export class Duplicates {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  has(session: Session, micros: number, body: Body, source: Source): boolean {
    if (micros <= session.newest && this.#isKnown(session, micros, body)) return true;
    return (
      (source.text || (session.flags & (FROM_TEXT | FROM_BOTH)) !== 0) &&
      this.#inOtherLog(session, micros, body, source)
    );
  }

  /** The event is new: remembered beside the others. */
  add(session: Session, micros: number, body: Body): void {
    session.known?.add(fingerprint(micros, body.buffer, body.length));
    if (session.times) addTime(session.times, body.eventid, micros);
  }

  #isKnown(session: Session, micros: number, body: Body): boolean {
    if (session.known === undefined) {
      const known = new Set<number>();
      this.#sessions.each(session, (at, packed) => known.add(fingerprint(at, packed, packed.length)));
      session.known = known;
    }
    return session.known.has(fingerprint(micros, body.buffer, body.length));
  }

  /**
   * The same event as the other kind of log tells it: same id, same time (to the second or millisecond where a log has no more).
   * A matched time is used up, so that two events of one second need two partners.
   */
  #inOtherLog(session: Session, micros: number, body: Body, source: Source): boolean {
    if (source.text && session.flags & FROM_TEXT) return false; // both from text: content decides
    if (session.times === undefined) {
      const times: Times = new Map();
      this.#sessions.each(session, (at, packed) => addTime(times, getVarint(packed, { at: 0 }), at));
      session.times = times;
    }
    const times = session.times.get(body.eventid);
    if (!times) return false;
    const unit = unitOf(micros);
    if (unit < 1e6 && times.has(micros)) {
      if (!source.text) this.#enrich(session, micros, body);
      return true;
    }
    for (const [at, events] of times) {
      const coarser = Math.max(unit, unitOf(at));
      if (Math.floor(at / coarser) === Math.floor(micros / coarser)) {
        if (events > 1) times.set(at, events - 1);
        else times.delete(at);
        if (!source.text) {
          this.#enrich(session, at, body, micros);
          // Another copy of the text log finds it there.
          addTime(session.times, body.eventid, micros);
        }
        // A second copy of the line needs no partner.
        else session.known?.add(fingerprint(micros, body.buffer, body.length));
        return true;
      }
    }
    return false;
  }

  // The JSON log says more than the text log did: its event takes the place.
  #enrich(session: Session, at: number, body: Body, better = at): void {
    const enriched = new EventList(session.start);
    let done = false;
    eachPacked(session.events.view(), session.start, (micros, packed) => {
      if (!done && micros === at && getVarint(packed, { at: 0 }) === body.eventid) {
        done = true;
        enriched.append(better, body.buffer, body.length);
      } else enriched.append(micros, packed);
    });
    if (!done) return;
    session.events = enriched;
    session.known = undefined;
    session.newest = Math.max(session.newest, better);
    this.#sessions.touch(session);
  }
}

/** Microseconds that a time is exact to: logs have whole seconds, collectors milliseconds. */
const unitOf = (micros: number): number => (micros % 1e6 === 0 ? 1e6 : micros % 1e3 === 0 ? 1e3 : 1);

function addTime(times: Times, eventid: number, micros: number): void {
  const counts = times.get(eventid);
  if (counts) counts.set(micros, (counts.get(micros) ?? 0) + 1);
  else times.set(eventid, new Map([[micros, 1]]));
}

/** 53 bits of an event's time and body; zeros at its end say nothing. */
function fingerprint(micros: number, body: Uint8Array, length: number): number {
  let end = length;
  while (end > 0 && body[end - 1] === 0) end--;
  let a = 0xdeadbeef ^ (micros % 0x7fffffff);
  let b = 0x41c6ce57 ^ Math.floor(micros / 0x7fffffff);
  for (let i = 0; i < end; i++) {
    const byte = body[i]!;
    a = Math.imul(a ^ byte, 2654435761);
    b = Math.imul(b ^ byte, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
