// The sessions of a period in one pass: who came, as whom, how often; and the single events that an entry quotes.
import type { Dimension } from '../observatory/store.ts';
import type { Context } from './context.ts';

export interface Visit {
  id: number;
  address: string;
  /** The name that got in, or the last that was tried. */
  username: string;
  started: number;
  attempts: number;
  approximate: boolean;
}

/** Sessions with login attempts that are read, the newest of the period; more say the same again. */
const READ = 20_000;
const PAGE = 1_000;

const known = new WeakMap<Context, Visit[]>();

/** Sessions with login attempts, in order of time. Read once for each context. */
export function visitsOf(context: Context): Visit[] {
  const before = known.get(context);
  if (before) return before;
  const visits: Visit[] = [];
  let cursor: string | undefined;
  do {
    const page = context.store.sessions({ range: context.range }, PAGE, cursor);
    for (const { id, address, username, started, loginAttempts, approximate } of page.items)
      if (loginAttempts > 0)
        visits.push({ id, address, username: username ?? '', started, attempts: loginAttempts, approximate });
    cursor = page.next;
  } while (cursor !== undefined && visits.length < READ);
  visits.reverse();
  known.set(context, visits);
  return visits;
}

/** One event with that value: the one at `at` (ms) when that is known, for a store finds it at once, else the first of the period. */
export function quote(
  { store, range }: Context,
  dimension: Dimension,
  value: string,
  at?: number,
): Record<string, unknown>[] {
  if (at !== undefined && at >= range.from && at < range.to) {
    const found = store.evidence({ range: { from: at, to: at + 1 }, dimension, value }, 1);
    if (found.length > 0) return found;
  }
  return store.evidence({ range, dimension, value }, 1);
}
