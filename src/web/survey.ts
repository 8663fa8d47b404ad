// Routes that survey the sessions that fit a filter, however many: facets, timeline, week and alike sessions, told while they are counted.
import type { FacetCount, FacetName, Facets, Fold, SessionFilter, Store } from '../observatory/store.ts';
import { FACETS } from '../observatory/store.ts';
import { Zone } from '../observatory/zone.ts';
import type { Turns } from './growing.ts';
import { filterOf, whole } from './queries.ts';
import { type Route, route } from './route.ts';
import * as schema from './schema.ts';

/** Values that one reading tells of each facet, and that are remembered of it. */
const READ = 5_000;
const REMEMBERED = 20_000;
const POINTS = 500;
const SIZE = { quarter: 900_000, hour: 3_600_000, day: 86_400_000 };

/** Counts of a facet that add up; where too many values are different, the rarest so far are forgotten. */
export class Tally {
  #counts = new Map<string, number>();
  readonly #most: number;

  constructor(most = REMEMBERED) {
    this.#most = most;
  }

  add(counts: readonly FacetCount[]): void {
    for (const { value, count } of counts) this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
    if (this.#counts.size <= this.#most) return;
    const kept = [...this.#counts].sort((a, b) => b[1] - a[1]).slice(0, this.#most / 2);
    this.#counts = new Map(kept);
  }

  /** By count, then value (code units, which only ties see). */
  largest(limit: number): FacetCount[] {
    return [...this.#counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, limit);
  }
}

const isNarrowed = ({ range: _, zone: __, ...filter }: SessionFilter): boolean =>
  Object.values(filter).some((value) => value !== undefined);

export function survey(store: Store, now: () => number, turns: Turns): Route[] {
  return [
    route({
      path: '/survey',
      summary: 'Facets, timeline and week of the sessions that fit, a line of JSON each time more is counted',
      query: schema.surveyQuery,
      types: ['application/x-ndjson'],
      handle: (c, { limit, names = FACETS, clock, ...query }) => {
        const filter = filterOf(query, store, now);
        const range = filter.range ?? whole(store, now);
        const week = new Week(clock);
        const tallies = new Map<FacetName, Tally>(names.map((name) => [name, new Tally()]));
        let sessions = 0;
        const take = (answer: Facets, counted: boolean) => {
          for (const [name, counts] of Object.entries(answer.facets)) tallies.get(name as FacetName)!.add(counts);
          if (!counted) return;
          sessions += answer.sessions;
          week.add(answer.begun);
        };
        let cursor: string | undefined;
        let asked = 0;
        const step = () => {
          if (!isNarrowed(filter)) {
            // Of a range alone each facet is one reading.
            const name = names[asked++];
            take(store.facets(filter, limit, undefined, name === undefined ? [] : [name]), asked === 1);
            return asked >= names.length;
          }
          const answer = store.facets(filter, READ, cursor, names);
          take(answer, true);
          cursor = answer.next;
          return cursor === undefined;
        };
        return turns.grow(c, step, (done): typeof schema.survey._output => ({
          sessions,
          done,
          facets: Object.fromEntries([...tallies].map(([name, tally]) => [name, tally.largest(limit)])),
          ...range,
          ...week.told(query.from === undefined ? undefined : range.to - range.from),
        }));
      },
    }),
    route({
      path: '/survey/folds',
      summary: 'Alike sessions of those that fit as one behaviour, a line of JSON each time more is counted',
      query: schema.foldSurveyQuery,
      types: ['application/x-ndjson'],
      handle: (c, { limit, ...query }) => {
        const filter = filterOf(query, store, now);
        const narrowed = isNarrowed(filter);
        let folds = new Map<string, Fold>();
        let sessions = 0;
        let cursor: string | undefined;
        const largest = (most: number) =>
          [...folds.values()].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, most);
        const step = () => {
          const answer = store.folds(filter, narrowed ? READ : limit, cursor);
          sessions += answer.sessions;
          for (const fold of answer.items) {
            const known = folds.get(fold.value);
            // The newest comes first.
            if (known) known.count += fold.count;
            else folds.set(fold.value, fold);
          }
          if (folds.size > READ * 2) folds = new Map(largest(READ).map((fold) => [fold.value, fold]));
          cursor = answer.next;
          return cursor === undefined;
        };
        return turns.grow(c, step, (done): typeof schema.foldSurvey._output => ({
          items: largest(limit),
          sessions,
          done,
        }));
      },
    }),
  ];
}

function fitting(length: number): keyof typeof SIZE {
  if (length / SIZE.quarter <= POINTS) return 'quarter';
  return length / SIZE.hour <= POINTS ? 'hour' : 'day';
}

/** Sessions over time and by hour of the week, from the quarters of an hour in which they began. */
class Week {
  readonly #zone: Zone;
  readonly #heat = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  readonly #quarters = new Map<number, number>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(zone: string) {
    this.#zone = new Zone(zone);
  }

  add(begun: Facets['begun']): void {
    for (const [at, n] of begun) {
      const { weekday, hour } = this.#zone.hourOfWeek(at);
      this.#heat[weekday]![hour]! += n;
      this.#quarters.set(at, (this.#quarters.get(at) ?? 0) + n);
      this.#first = Math.min(this.#first, at);
      this.#last = Math.max(this.#last, at);
    }
  }

  /** @param length of the range that is looked at; default: from the first to the last */
  told(length = this.#last - this.#first) {
    const bucket = fitting(length);
    const size = SIZE[bucket];
    const points = new Map<number, number>();
    for (const [at, n] of this.#quarters) {
      const start = Math.floor(at / size) * size;
      points.set(start, (points.get(start) ?? 0) + n);
    }
    return {
      bucket,
      timeline: [...points].sort((a, b) => a[0] - b[0]),
      heat: this.#heat,
      ...(points.size === 0 ? {} : { first: this.#first, last: this.#last }),
    };
  }
}
