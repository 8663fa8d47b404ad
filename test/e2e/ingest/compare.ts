// Holds a store against the events that were written: none missing, none twice, none changed, and every count as counted here.
import assert from 'node:assert/strict';
import type { SqliteStore } from '../../../src/observatory/sqlite.ts';
import type { LogEvent } from './busy-log.ts';

/** What the store says otherwise, or keeps once for the whole session. */
const ENVELOPE = ['session', 'protocol', 'src_ip', 'src_port', 'dst_ip', 'dst_port', 'sensor', 'eventid', 'timestamp'];

const key = (event: Record<string, unknown>, session: string, at: number, eventid: string): string =>
  JSON.stringify([
    session,
    at,
    eventid,
    ...Object.entries(event)
      .filter(([name]) => !ENVELOPE.includes(name) && name !== 'message')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

export function storedEvents(store: SqliteStore): string[] {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = store.sessions({}, 500, cursor);
    for (const { id } of page.items) {
      const session = store.session(id)!;
      for (const { at, eventid, fields } of session.events) found.push(key(fields, session.session, at, eventid));
    }
    cursor = page.next;
    if (cursor === undefined) return found.sort();
  }
}

export function assertHolds(store: SqliteStore, events: readonly LogEvent[]): void {
  assert.equal(store.database.prepare('PRAGMA integrity_check').get()!['integrity_check'], 'ok');
  const wanted = events.map((event) => key(event, event.session, Date.parse(event.timestamp), event.eventid)).sort();
  const found = storedEvents(store);
  const counts = new Map<string, number>();
  for (const one of wanted) counts.set(one, (counts.get(one) ?? 0) + 1);
  for (const one of found) counts.set(one, (counts.get(one) ?? 0) - 1);
  const missing = [...counts].filter(([, n]) => n > 0).map(([one]) => one);
  const tooMany = [...counts].filter(([, n]) => n < 0).map(([one]) => one);
  assert.deepEqual(
    { missing: missing.slice(0, 5), tooMany: tooMany.slice(0, 5), of: wanted.length },
    { missing: [], tooMany: [], of: events.length },
  );

  // What is counted beside them.
  const count = (values: Iterable<string>): [string, number][] => {
    const sums = new Map<string, number>();
    for (const value of values) sums.set(value, (sums.get(value) ?? 0) + 1);
    return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  };
  const of = (name: string, field: string) =>
    events.filter(({ eventid }) => eventid === name).map((event) => String(event[field]));
  const top = (dimension: 'password' | 'command' | 'username') =>
    store.top(dimension, undefined, 20).map(({ value, count }) => [value, count]);
  assert.deepEqual(new Map(store.eventsById()), new Map(count(events.map(({ eventid }) => eventid))));
  assert.deepEqual(top('password'), count(of('cowrie.login.failed', 'password')).slice(0, 20));
  assert.deepEqual(top('username'), count(of('cowrie.login.failed', 'username')));
  assert.deepEqual(top('command'), count(of('cowrie.command.input', 'input')).slice(0, 20));
  const totals = store.totals();
  assert.equal(totals.events, events.length);
  assert.equal(totals.sessions, new Set(events.map(({ session }) => session)).size);
  assert.equal(totals.addresses, new Set(events.map(({ src_ip }) => src_ip)).size);
}
