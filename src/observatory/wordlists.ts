// Wordlists: what several addresses tried in the same order is one list, and what each left out or added tells them apart.

/** What one address tried, without repetition, in the order of first tries. */
export interface Wordlist {
  address: string;
  /** User name NUL password. */
  tries: string[];
  /** First and last try, milliseconds since the epoch. */
  first: number;
  last: number;
}

export interface Member {
  address: string;
  /** Different pairs that it tried. */
  length: number;
  first: number;
  last: number;
  /** Pairs at the beginning that are those of the list, one by one. */
  prefix: number;
  /** Of its pairs, how many are on the list. */
  shared: number;
  /** Of those, how many come in the list's order (longest ascending row). */
  inOrder: number;
  /** Tried by it alone, in its order; at most 20. */
  own: string[];
  ownCount: number;
}

export interface WordlistFamily {
  /** The longest of them. */
  tries: string[];
  /** Longest first, then by address. */
  members: Member[];
}

/** Shorter lists say nothing about their origin. */
export const LEAST = 3;
/** Share of its neighbouring pairs that a list has in common with the list that it is taken for. */
const ALIKE = 0.5;
/** Lists that one pair of neighbours is looked up in. */
const LOOKED = 32;
const OWN = 20;

interface Group {
  longest: Wordlist;
  lists: Wordlist[];
}

/** Gathers lists as they come; the work of each is in proportion to its length. */
export class Wordlists {
  readonly #groups: Group[] = [];
  /** Groups by two tries that follow each other in their longest list. */
  readonly #neighbours = new Map<string, Set<Group>>();

  add(list: Wordlist): void {
    if (list.tries.length < LEAST) return;
    const own = neighbours(list.tries);
    const hits = new Map<Group, number>();
    for (const key of own)
      for (const group of this.#neighbours.get(key) ?? []) hits.set(group, (hits.get(group) ?? 0) + 1);
    let best: Group | undefined;
    let most = 0;
    for (const [group, n] of hits) {
      // Of the shorter of the two: a list may be the beginning of the other.
      const share = n / Math.min(own.length, group.longest.tries.length - 1);
      if (share >= ALIKE && n > most) [best, most] = [group, n];
    }
    if (best) {
      best.lists.push(list);
      if (list.tries.length <= best.longest.tries.length) return;
      best.longest = list;
    } else this.#groups.push((best = { longest: list, lists: [list] }));
    for (const key of own) {
      const groups = this.#neighbours.get(key);
      if (!groups) this.#neighbours.set(key, new Set([best]));
      else if (groups.size < LOOKED) groups.add(best);
    }
  }

  /** Those of most addresses first, then the longest, then by the first address; `members` of each at most. */
  *families(members: number): Generator<WordlistFamily & { addresses: number }> {
    const order = (a: Wordlist, b: Wordlist) => b.tries.length - a.tries.length || (a.address < b.address ? -1 : 1);
    const groups = this.#groups.map(({ lists }) => lists.toSorted(order));
    groups.sort((a, b) => b.length - a.length || order(a[0]!, b[0]!));
    for (const lists of groups) {
      const { tries } = lists[0]!;
      const place = new Map(tries.map((pair, i) => [pair, i]));
      yield {
        tries,
        addresses: lists.length,
        members: lists.slice(0, members).map((list) => compare(list, tries, place)),
      };
    }
  }
}

const neighbours = (tries: readonly string[]): string[] => tries.slice(1).map((pair, i) => `${tries[i]}\0\0${pair}`);

function compare(
  { address, tries, first, last }: Wordlist,
  longest: readonly string[],
  place: ReadonlyMap<string, number>,
): Member {
  let prefix = 0;
  while (prefix < tries.length && tries[prefix] === longest[prefix]) prefix++;
  const places = tries.map((pair) => place.get(pair)).filter((at) => at !== undefined);
  const own = tries.filter((pair) => !place.has(pair));
  return {
    address,
    length: tries.length,
    first,
    last,
    prefix,
    shared: places.length,
    inOrder: ascending(places),
    own: own.slice(0, OWN),
    ownCount: own.length,
  };
}

/** Length of the longest ascending row of some different numbers, not side by side. */
function ascending(numbers: readonly number[]): number {
  const ends: number[] = [];
  for (const n of numbers) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! < n) low = middle + 1;
      else high = middle;
    }
    ends[low] = n;
  }
  return ends.length;
}
