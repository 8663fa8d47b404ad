// How many events of each id, over time: from the rollups, exact to the millisecond at the ends of the range.
import { QUARTER } from './counts.ts';
import type { Edges } from './edges.ts';
import { DAY, split } from './order.ts';
import { daysOf, type Rollups } from './rollups.ts';
import type { Scanner } from './scan.ts';
import { ID_STEP } from './schema.ts';
import type { Range } from './store.ts';
import { SESSIONS } from './tallies.ts';

const MINUTE = 60_000;

export class Series {
  readonly #rollups: Rollups;
  readonly #scanner: Scanner;
  readonly #edges: Edges;

  constructor(rollups: Rollups, scanner: Scanner, edges: Edges) {
    this.#rollups = rollups;
    this.#scanner = scanner;
    this.#edges = edges;
  }

  /**
   * Calls back with counts of a range at times within it (milliseconds since the epoch, each the beginning of what is
   * counted): whole quarters of an hour where `finest` allows, minutes, and single events at the ends. `SESSIONS`
   * stands for sessions begun.
   */
  each(
    range: Range | undefined,
    finest: 'quarter' | 'minute',
    visit: (eventid: number, at: number, count: number) => void,
  ): void {
    if (!range) {
      this.#rollups.each('event', { from: 0, to: 2 ** 43 }, visit);
      return;
    }
    const { whole, edges } = split(range, finest === 'quarter' ? QUARTER : MINUTE);
    if (whole && finest === 'quarter') this.#rollups.each('event', whole, visit);
    if (whole && finest === 'minute') this.#rollups.minutes(whole, visit);
    for (const edge of edges) {
      const parts = finest === 'quarter' ? split(edge, MINUTE) : { whole: undefined, edges: [edge] };
      if (parts.whole) this.#rollups.minutes(parts.whole, visit);
      for (const part of parts.edges) {
        this.#scanner.events(part, (_record, micros, body) =>
          visit(this.#scanner.eventid(body), Math.floor(micros / 1000), 1),
        );
        for (const { id } of this.#edges.begun(part)) visit(SESSIONS, Math.floor(id / ID_STEP), 1);
      }
    }
  }

  /** First and last event of a range, in microseconds since the epoch. */
  extent(range: Range): { first?: number; last?: number } {
    const first = this.#end(range, 1);
    const last = first === undefined ? undefined : this.#end(range, -1);
    return { ...(first === undefined ? {} : { first }), ...(last === undefined ? {} : { last }) };
  }

  /** @param direction 1: the first, −1: the last */
  #end(range: Range, direction: 1 | -1): number | undefined {
    const { whole, edges } = split(range, MINUTE);
    const inOrder = [...edges, ...(whole ? [whole] : [])].sort((a, b) => (a.from - b.from) * direction);
    for (const part of inOrder) {
      const minute = part === whole ? this.#endMinute(whole, direction) : undefined;
      if (part === whole && !minute) continue;
      const found = this.#endIn(minute ?? part, direction);
      if (found !== undefined) return found;
      // What was counted but removed (retention.ts) is known to the minute.
      if (minute) return direction === 1 ? minute.from * 1000 : minute.to * 1000 - 1;
    }
    return undefined;
  }

  #endIn(part: Range, direction: 1 | -1): number | undefined {
    let end: number | undefined;
    this.#scanner.events(part, (_record, micros) => {
      if (end === undefined || (micros - end) * direction < 0) end = micros;
    });
    return end;
  }

  /** The first or last minute in which anything came, of a range of whole minutes. */
  #endMinute(range: Range, direction: 1 | -1): Range | undefined {
    const days = this.#rollups.days('minute', daysOf(range));
    if (!days) return undefined;
    let [from, to] = [days.from, days.to];
    while (from < to) {
      const day = direction === 1 ? from++ : --to;
      let end: number | undefined;
      const part = { from: Math.max(range.from, day * DAY), to: Math.min(range.to, (day + 1) * DAY) };
      this.#rollups.minutes(part, (eventid, minute) => {
        if (eventid !== SESSIONS && (end === undefined || (minute - end) * direction < 0)) end = minute;
      });
      if (end !== undefined) return { from: end, to: end + MINUTE };
    }
    return undefined;
  }
}
