// Keeps the campaigns' index small: visits of sessions that retention has removed, and what was seen once and long ago.

import { visitsOf } from '../../observatory/membership.ts';
import { DAY } from '../../observatory/order.ts';
import { keptFrom } from '../../observatory/retention.ts';
import type { SqliteStore } from '../../observatory/sqlite.ts';

/** Rows looked at in one step. */
const AT_ONCE = 1000;
/** Days after which what one visit alone has shown is forgotten, counted from the newest visit. */
const FORGOTTEN = 90;

export class Sweep {
  readonly #store: SqliteStore;
  #node = 0;
  #edge: [a: number, b: number] = [0, 0];

  constructor(store: SqliteStore) {
    this.#store = store;
  }

  /**
   * One step of some milliseconds, in a transaction of its own; the next goes on from there.
   * @returns whether a round through everything is not yet done
   */
  step(): boolean {
    const { database, scanner } = this.#store;
    const all = (sql: string, ...values: number[]) => scanner.prepare(sql).all(...values) as Record<string, number>[];
    const newest = (all('SELECT max(last) AS at FROM campaign')[0]?.['at'] ?? 0) - FORGOTTEN * DAY;
    const [before] = visitsOf(Math.floor(keptFrom(this.#store) / DAY));
    database.exec('BEGIN IMMEDIATE');
    try {
      const { changes } = scanner
        .prepare(
          'DELETE FROM campaign_visit WHERE id IN (SELECT id FROM campaign_visit WHERE id < ? ORDER BY id LIMIT ?)',
        )
        .run(before, AT_ONCE);
      const nodes = all(
        'SELECT id, visits < 2 AND last < ? AS old FROM campaign_node WHERE id > ? ORDER BY id LIMIT ?',
        newest,
        this.#node,
        AT_ONCE,
      );
      for (const { id, old } of nodes) if (old) scanner.prepare('DELETE FROM campaign_node WHERE id = ?').run(id!);
      const edges = all(
        `SELECT a, b, EXISTS (SELECT 1 FROM campaign_node WHERE id = a) AND EXISTS (SELECT 1 FROM campaign_node WHERE id = b) AS alive
         FROM campaign_edge WHERE (a, b) > (?, ?) ORDER BY a, b LIMIT ?`,
        ...this.#edge,
        AT_ONCE,
      );
      for (const { a, b, alive } of edges)
        if (!alive) scanner.prepare('DELETE FROM campaign_edge WHERE a = ? AND b = ?').run(a!, b!);
      database.exec('COMMIT');
      this.#node = nodes.length < AT_ONCE ? 0 : nodes.at(-1)!['id']!;
      const last = edges.at(-1);
      this.#edge = edges.length < AT_ONCE || !last ? [0, 0] : [last['a']!, last['b']!];
      return Number(changes) === AT_ONCE || this.#node !== 0 || this.#edge[0] !== 0;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
