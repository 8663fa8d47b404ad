// What one address did: its days, what it tried, typed and brought, and its passwords in the order in which it tried them.

import { Counted } from './counted.ts';
import { QUARTER } from './counts.ts';
import { compare, DAY } from './order.ts';
import { keyOf, type Source } from './rank.ts';
import { ID_STEP } from './schema.ts';
import { eachSession } from './search.ts';
import type { SessionRecord } from './session.ts';
import type { FacetCount, Page, Range, Relations, Try } from './store.ts';
import { firstSight } from './survey.ts';

const KINDS = ['username', 'password', 'client', 'hassh', 'command', 'hash', 'url', 'sensor'] as const;
/** Sessions that are read for it. */
const SESSIONS = 2000;
const READ = 20;

/** @returns undefined for an address that never came */
export function relations(
  source: Source,
  address: string,
  range: Range | undefined,
  limit: number,
): Relations | undefined {
  const { rollups, scanner, words } = source;
  const key = keyOf(source, 'address', address);
  const firstSeen = firstSight(source, 'address', address);
  if (key === undefined || firstSeen === undefined) return undefined;

  const within = range ?? { from: 0, to: 2 ** 43 };
  const days: [string, number][] = [];
  let sessions = 0;
  const { whole, edges } = source.edges.parts(within);
  const byDay = new Map<number, number>();
  const add = (at: number, n: number) => byDay.set(Math.floor(at / DAY), (byDay.get(Math.floor(at / DAY)) ?? 0) + n);
  // It came at its first sight at the earliest.
  if (whole) rollups.eachOf('address', key, { from: Math.max(whole.from, firstSeen - QUARTER), to: whole.to }, add);
  for (const edge of edges) {
    const n = source.edges.counts(edge).words.address.get(key) ?? 0;
    if (n > 0) add(edge.from, n);
  }
  for (const [day, n] of [...byDay].sort((a, b) => a[0] - b[0])) {
    days.push([new Date(day * DAY).toISOString().slice(0, 10), n]);
    sessions += n;
  }

  const what = new Counted(scanner);
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, new Map<number, number>()])) as Record<
    string,
    Map<number, number>
  >;
  const bump = (kind: string, word: number) => {
    const map = counts[kind];
    map?.set(word, (map.get(word) ?? 0) + 1);
  };
  let examined = 0;
  const next = eachSession(
    source,
    { address, ...(range ? { range } : {}) },
    undefined,
    (record) => {
      if (examined === SESSIONS) return false;
      examined++;
      what.session(record, bump);
      scanner.each(record, (_micros, body) => what.event(body, bump, () => {}));
      return true;
    },
    READ,
  );
  const values = Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      [...counts[kind]!]
        .map(([word, count]): FacetCount => ({ value: words.text(kind, word), count }))
        .sort((a, b) => b.count - a.count || compare(a.value, b.value))
        .slice(0, limit),
    ]),
  ) as Relations['values'];
  return { address, sessions, firstSeen, days, examined, complete: next === undefined, values };
}

/** Passwords that an address tried, in order; a page ends early when its work is done. */
export function tries(source: Source, address: string, limit: number, cursor: string | undefined): Page<Try> {
  const { scanner, words, rollups } = source;
  const key = keyOf(source, 'address', address);
  const firstSeen = firstSight(source, 'address', address);
  if (key === undefined || firstSeen === undefined) return { items: [] };
  const [from = 0, skip = 0] = /^\d{1,16}(\.\d{1,9})?$/.test(cursor ?? '') ? cursor!.split('.').map(Number) : [];
  const failed = scanner.eventidOf('cowrie.login.failed');
  const success = scanner.eventidOf('cowrie.login.success');
  const items: Try[] = [];
  const start = Math.max(firstSeen * ID_STEP, from);
  const select = scanner.prepare(
    'SELECT * FROM session WHERE id >= ? AND id < ? AND address = ? AND logins > 0 ORDER BY id',
  );
  /** Quarters that are looked into. */
  let work = 400;
  for (const day of rollups.active('address', { from: Math.floor(start / ID_STEP / DAY), to: 2 ** 17 - 1 }, 1)) {
    const quarters = new Set<number>();
    rollups.ofDay('address', key, day, (quarter) => quarters.add(quarter));
    for (const quarter of [...quarters].sort((a, b) => a - b)) {
      const low = Math.max(start, (day * DAY + quarter * 900_000) * ID_STEP);
      const high = (day * DAY + (quarter + 1) * 900_000) * ID_STEP;
      if (low >= high) continue;
      if (work-- === 0) return { items, next: String(low) };
      for (const record of select.all(low, high, key) as unknown as SessionRecord[]) {
        let n = 0;
        let full: string | undefined;
        const own: Try[] = [];
        scanner.each(record, (micros, body) => {
          const id = scanner.eventid(body);
          if (id !== failed && id !== success) return;
          const [username, password] = [scanner.word(body, 'username'), scanner.word(body, 'password')];
          if (username === 0) return;
          own.push({
            at: Math.floor(micros / 1000),
            username: words.text('username', username),
            ...(password === 0 ? {} : { password: words.text('password', password) }),
            success: id === success,
            sessionId: record.id,
          });
        });
        own.sort((a, b) => a.at - b.at);
        for (const attempt of own) {
          if (record.id === from && n < skip) {
            n++;
            continue;
          }
          if (items.length === limit) {
            full = `${record.id}.${n}`;
            break;
          }
          items.push(attempt);
          n++;
        }
        if (full !== undefined) return { items, next: full };
      }
    }
  }
  return { items };
}
