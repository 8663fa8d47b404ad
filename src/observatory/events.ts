// Single events out of the store: those that hold a value, and what attackers brought.

import { countedIn } from './countedin.ts';
import { QUARTER } from './counts.ts';
import { DAY } from './order.ts';
import { Presence } from './presence.ts';
import { keyOf, type Source } from './rank.ts';
import { daysOf } from './rollups.ts';
import { LONG_MS } from './schema.ts';
import type { SessionRecord } from './session.ts';
import type { Dimension, Range } from './store.ts';

export interface FoundEvent {
  record: SessionRecord;
  micros: number;
  body: Buffer;
}

/** The first events of a range that hold a value, in order of time. */
export function eventsWith(
  source: Source,
  range: Range,
  dimension: Dimension,
  value: string,
  limit: number,
): FoundEvent[] {
  const matches = source.scanner.matcher(dimension, value);
  const key = keyOf(source, dimension, value);
  if (!matches || key === undefined || limit <= 0) return [];
  const found: FoundEvent[] = [];
  const presence = new Presence(source.rollups, dimension, [key]);
  if (!(dimension in countedIn)) bySession(source, range, presence, matches, limit, found);
  else
    for (const part of quarters(source, presence, range, 1)) {
      source.scanner.events(part, (record, micros, body) => {
        if (matches(record, body)) found.push({ record, micros, body });
      });
      if (found.length >= limit) break;
    }
  return found.sort((a, b) => a.micros - b.micros).slice(0, limit);
}

/** By sessions in the order of their starts, until none that begins later can have an earlier event. */
function bySession(
  source: Source,
  range: Range,
  presence: Presence,
  matches: (record: SessionRecord, body: Buffer) => boolean,
  limit: number,
  found: FoundEvent[],
): void {
  const { scanner } = source;
  const look = (record: SessionRecord) =>
    scanner.each(record, (micros, body) => {
      if (micros >= range.from * 1000 && micros < range.to * 1000 && matches(record, body))
        found.push({ record, micros, body });
    });
  for (const record of scanner.long(range)) look(record);
  for (const part of quarters(source, presence, { from: range.from - LONG_MS, to: range.to }, 1)) {
    if (found.length >= limit) {
      found.sort((a, b) => a.micros - b.micros);
      found.length = limit;
      if (part.from * 1000 > found.at(-1)!.micros) return;
    }
    for (const record of scanner.begun(part, range.from)) look(record);
  }
}

/** The last event of all that holds a value counted by event. */
export function lastWith(source: Source, dimension: keyof typeof countedIn, value: string): FoundEvent | undefined {
  const matches = source.scanner.matcher(dimension, value);
  const key = keyOf(source, dimension, value);
  if (!matches || key === undefined) return undefined;
  for (const part of quarters(source, new Presence(source.rollups, dimension, [key]), { from: 0, to: 2 ** 43 }, -1)) {
    let last: FoundEvent | undefined;
    source.scanner.events(part, (record, micros, body) => {
      if ((last === undefined || micros > last.micros) && matches(record, body)) last = { record, micros, body };
    });
    if (last) return last;
  }
  return undefined;
}

/** Files that attackers brought, newest first: events of download and upload. */
export function artefacts(source: Source, range: Range | undefined, limit: number): FoundEvent[] {
  const ids = source.scanner.eventidsOf('hash');
  if (limit <= 0) return [];
  const found: FoundEvent[] = [];
  const everything = { from: 0, to: 2 ** 43 };
  for (const part of quarters(source, new Presence(source.rollups, 'event', [...ids]), range ?? everything, -1)) {
    source.scanner.events(part, (record, micros, body) => {
      if (ids.has(source.scanner.eventid(body))) found.push({ record, micros, body });
    });
    if (found.length >= limit) break;
  }
  return found.sort((a, b) => b.micros - a.micros).slice(0, limit);
}

/** The quarters of an hour of a range in which some words came, cut to the range. */
function* quarters({ rollups }: Source, presence: Presence, range: Range, direction: 1 | -1): Generator<Range> {
  for (const day of rollups.active('event', daysOf(range), direction)) {
    const parts: Range[] = [];
    for (const [quarter, came] of presence.of(day).entries()) {
      if (!came) continue;
      const start = day * DAY + quarter * QUARTER;
      const part = { from: Math.max(range.from, start), to: Math.min(range.to, start + QUARTER) };
      if (part.from < part.to) parts.push(part);
    }
    yield* direction === 1 ? parts : parts.reverse();
  }
}
