// Who came on a day and how far: what block lists and feeds are made from, day by day so that no answer is long.
import { readBehaviour } from '../observatory/behaviour.ts';
import { parseAddress, parseNetwork } from '../observatory/geo/address.ts';
import { NetworkMap } from '../observatory/geo/networks.ts';
import { scopeOf } from '../observatory/geo/scope.ts';
import type { Count, Outcome, Range, Store } from '../observatory/store.ts';

export const DAY = 86_400_000;
/** Addresses of one day, the busiest first; a day with more has been a flood. */
const MOST = 100_000;

export interface Visitor {
  address: string;
  /** Of the day. */
  sessions: number;
  /** Ended sessions by how far they came. */
  outcomes: Partial<Record<Outcome, number>>;
  /** Where it comes from, and when it first came. */
  origin: Count;
}

/** Sessions that tried a password, or got further: nobody does that by mistake for weeks. */
export const hostile = ({ outcomes }: Visitor): number =>
  (outcomes.refused ?? 0) + (outcomes.login ?? 0) + (outcomes.command ?? 0) + (outcomes.download ?? 0);

/** Sessions that got in. */
export const entered = ({ outcomes }: Visitor): number =>
  (outcomes.login ?? 0) + (outcomes.command ?? 0) + (outcomes.download ?? 0);

/** What all that is made here needs. */
export interface Source {
  store: Store;
  /** Networks that are never named, as `198.51.100.0/24`. */
  never: readonly string[];
  /** Called between two answers of the store, so that others get their turn. */
  pause: () => Promise<void>;
}

export async function visitorsOf({ store, pause }: Source, range: Range): Promise<Map<string, Visitor>> {
  const visitors = new Map<string, Visitor>();
  for (const origin of store.top('address', range, MOST)) {
    if (origin.value === '') continue;
    visitors.set(origin.value, { address: origin.value, sessions: origin.count, outcomes: {}, origin });
  }
  let cursor: string | undefined;
  do {
    await pause();
    const page = store.crossings(['address', 'behaviour'], { range }, MOST * 10, cursor);
    for (const { a, b, sessions } of page.items) {
      const outcomes = visitors.get(a)?.outcomes;
      if (!outcomes || b === '') continue;
      const { outcome } = readBehaviour(b);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + sessions;
    }
    cursor = page.next;
  } while (cursor !== undefined);
  await pause();
  return visitors;
}

/** Every whole UTC day that a range touches. */
export function daysOf({ from, to }: Range): Range[] {
  const first = Math.floor(from / DAY);
  return Array.from({ length: Math.max(0, Math.ceil(to / DAY) - first) }, (_, index) => ({
    from: (first + index) * DAY,
    to: (first + index + 1) * DAY,
  }));
}

/**
 * Whom nothing made here may name: research scanners, addresses that are not part of the global internet (masked ones too), and the
 * operator's own.
 */
export function nameable({ never }: Pick<Source, 'never'>): (visitor: Visitor) => boolean {
  const own = new NetworkMap<true>();
  for (const text of never) {
    const network = parseNetwork(text);
    if (network) own.set(network, true);
  }
  return ({ address: text, origin }) => {
    const address = parseAddress(text);
    return (
      address !== undefined && origin.scanner === undefined && scopeOf(address) === undefined && !own.find(address)
    );
  };
}
