// Routes about what is tried: wordlists that addresses have in common, reconstructed in their order, and words that came hardly ever.
import { z } from 'zod';
import type { Range, Store } from '../observatory/store.ts';
import { LEAST, type Wordlist, Wordlists } from '../observatory/wordlists.ts';
import type { Turns } from './growing.ts';
import { rangeOf } from './queries.ts';
import { type Route, route } from './route.ts';
import * as schema from './schema.ts';
import { table } from './table.ts';

/** Addresses that are looked at, those of most sessions first; tries of each; pages that are read for them. */
const ADDRESSES = 400;
const TRIES = 500;
const PAGES = 12;
/** Members of a list that are compared. */
const MEMBERS = 60;
/** Lists of a single address that are told. */
const ALONE = 8;
/** How long an answer is good, in milliseconds, and how many are kept. */
const FRESH = 60_000;
const KEPT = 4;
/** Pages of newest words that one answer about rare ones reads. */
const RARE_PAGES = 6;
const RARE_PAGE = 200;

type Family = z.infer<typeof schema.wordlists>['items'][number];

/** An answer while it comes about, one step after the other. */
class Comparison {
  readonly #store: Store;
  readonly #range: Range | undefined;
  readonly #lists = new Wordlists();
  #addresses: string[] | undefined;
  #families: Iterator<Parameters<typeof familyOf>[0]> | undefined;
  /** Of the address that is being read. */
  #reading: { list: Wordlist; seen: Set<string>; cursor: string | undefined; pages: number } | undefined;
  readonly families: Family[] = [];
  readonly at: number;
  examined = 0;
  done = false;

  constructor(store: Store, range: Range | undefined, at: number) {
    this.#store = store;
    this.#range = range;
    this.at = at;
  }

  get of(): number {
    return this.#addresses?.length ?? 0;
  }

  step(limit: number): boolean {
    if (this.done) return true;
    if (!this.#addresses)
      this.#addresses = this.#store.top('address', this.#range, ADDRESSES).map(({ value }) => value);
    else if (this.examined < this.#addresses.length) this.#read(this.#addresses[this.examined]!);
    else {
      this.#families ??= this.#lists.families(MEMBERS);
      const { value, done } = this.#families.next();
      if (!done) this.families.push(familyOf(value));
      // Lists of one address come last: a few of them show what they are.
      const alone = this.families.filter(({ addresses }) => addresses === 1).length;
      this.done = done === true || this.families.length >= limit || alone >= ALONE;
    }
    return this.done;
  }

  #read(address: string): void {
    this.#reading ??= {
      list: { address, tries: [], first: 0, last: 0 },
      seen: new Set(),
      cursor: undefined,
      pages: 0,
    };
    const { list, seen } = this.#reading;
    const { items, next } = this.#store.tries(address, TRIES, this.#reading.cursor);
    let late = false;
    for (const { at, username, password } of items) {
      late ||= this.#range !== undefined && at >= this.#range.to;
      if (password === undefined || late || (this.#range && at < this.#range.from)) continue;
      const pair = `${username}\0${password}`;
      if (seen.has(pair) || seen.size >= TRIES) continue;
      seen.add(pair);
      list.tries.push(pair);
      list.first ||= at;
      list.last = at;
    }
    this.#reading.cursor = next;
    if (next !== undefined && !late && seen.size < TRIES && ++this.#reading.pages < PAGES) return;
    this.#lists.add(list);
    this.#reading = undefined;
    this.examined++;
  }
}

const split = (pair: string) => {
  const at = pair.indexOf('\0');
  return { username: pair.slice(0, at), password: pair.slice(at + 1) };
};

const familyOf = ({
  tries,
  members,
  addresses,
}: ReturnType<Wordlists['families']> extends Generator<infer F> ? F : never): Family => ({
  tries: tries.map(split),
  addresses,
  members: members.map((member) => ({ ...member, own: member.own.map(split) })),
});

export function credentials(store: Store, now: () => number, turns: Turns): Route[] {
  const kept = new Map<string, Comparison>();
  /** The comparison of a range, going on where it is. */
  const comparison = (range: Range | undefined): Comparison => {
    const key = JSON.stringify(range ?? null);
    let found = kept.get(key);
    if (!found || now() - found.at > FRESH) {
      found = new Comparison(store, range, now());
      kept.delete(key);
      kept.set(key, found);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    }
    return found;
  };
  return [
    route({
      path: '/wordlists',
      summary: `Lists of at least ${LEAST} pairs that addresses tried in the same order, a line of JSON while they are compared; as CSV, try by try`,
      query: schema.wordlistsQuery,
      types: ['application/x-ndjson', 'text/csv'],
      handle: async (c, { limit, format, ...query }) => {
        const found = comparison(rangeOf(query, store, now));
        if (format === 'csv') {
          while (!(await turns.take(() => found.step(limit))));
          return table(
            c,
            'csv',
            'wordlists',
            ['list', 'addresses', 'position', 'username', 'password'],
            rows(found.families),
          );
        }
        return turns.grow(
          c,
          () => found.step(limit),
          (done): z.output<typeof schema.wordlists> => ({
            items: done ? found.families.slice(0, limit) : [],
            examined: found.examined,
            of: found.of,
            done,
          }),
        );
      },
    }),
    route({
      path: '/rare/{dimension}',
      summary: 'Values that came at most so often of all time, the one first seen last first',
      params: z.object({ dimension: schema.rareDimension }),
      query: schema.rareQuery,
      response: schema.rare,
      types: ['text/csv', 'application/x-ndjson'],
      handle: async (c, { limit, most, cursor, format }, { dimension }) => {
        const items: z.input<typeof schema.rare>['items'] = [];
        let next = cursor;
        for (let pages = 0; pages < RARE_PAGES && items.length < limit; pages++) {
          const size = Math.min(RARE_PAGE, limit - items.length);
          const page = await turns.take(() => store.newest(dimension, size, next));
          items.push(...page.items.filter(({ count }) => count <= most));
          next = page.next;
          if (next === undefined) break;
        }
        if (format === 'json') return { dimension, items, ...(next === undefined ? {} : { next }) };
        const lines = items.map((item) => ({ ...item, firstSeen: new Date(item.firstSeen).toISOString() }));
        return table(c, format, `rare-${dimension}`, ['value', 'count', 'firstSeen'], [lines].values());
      },
    }),
  ];
}

function* rows(families: readonly Family[]) {
  for (const [index, { tries, addresses }] of families.entries())
    yield tries.map((pair, position) => ({ list: index + 1, addresses, position: position + 1, ...pair }));
}
