// The sessions of a period in one pass: who came, as whom, how often; and the single events that an entry quotes.
import type { Dimension, Visit } from '../observatory/store.ts';
import type { Context } from './context.ts';

/** Sessions with login attempts that are read, the newest of the period; more say the same again. */
const READ = 20_000;

const known = new WeakMap<Context, Visit[]>();

/** Sessions with login attempts, in order of time. Read once for each context. */
export function visitsOf(context: Context): Visit[] {
  let visits = known.get(context);
  if (!visits) known.set(context, (visits = context.store.visits(context.range, READ)));
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
