// When it comes: the heat map of hour and weekday, and how the last hour and day compare with the usual.
import { DAY, HOUR } from './order.ts';
import { keyOf, type Source } from './rank.ts';
import type { Series } from './series.ts';
import type { HeatMap, Measure, Pulse, Range, Usual, ValueOf } from './store.ts';
import { SESSIONS } from './tallies.ts';
import { Zone } from './zone.ts';

/** What a timeline's point counts, by event id. */
export const SERIES = {
  loginsFailed: 'cowrie.login.failed',
  loginsSucceeded: 'cowrie.login.success',
  commands: 'cowrie.command.input',
  downloads: 'cowrie.session.file_download',
} as const;
export const MEASURES: readonly Measure[] = ['sessions', 'loginsFailed', 'loginsSucceeded', 'commands', 'downloads'];

type Rhythmic = Source & { series: Series };

const eventOf = ({ scanner }: Source, measure: Measure): number =>
  measure === 'sessions' ? SESSIONS : scanner.eventidOf(SERIES[measure]);

/** @throws RangeError for an unknown time zone */
export function heatMap(source: Rhythmic, range: Range, zone: string, what: Measure | ValueOf): HeatMap {
  const clock = new Zone(zone);
  const counts = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  const add = (at: number, n: number) => {
    const { weekday, hour } = clock.hourOfWeek(at);
    counts[weekday]![hour]! += n;
  };
  if (typeof what === 'string') {
    const wanted = eventOf(source, what);
    source.series.each(range, 'quarter', (eventid, at, n) => {
      if (eventid === wanted) add(at, n);
    });
    return { zone, counts };
  }
  const { dimension, value } = what;
  const key = keyOf(source, dimension, value);
  const { whole, edges } = source.edges.parts(range);
  if (key === undefined) return { zone, counts };
  if (whole) source.rollups.eachOf(dimension, key, whole, add);
  for (const edge of edges) {
    const ends = source.edges.counts(edge);
    add(edge.from, (dimension === 'pair' ? ends.pairs : ends.words[dimension]).get(key) ?? 0);
  }
  return { zone, counts };
}

/** Weeks, and where the record is too short for three of them days, that make the usual. */
const WEEKS = 8;
const DAYS = 14;
const LEAST = 3;

export function pulse(source: Rhythmic, now: number, first: number | undefined): Pulse {
  return pulseOf(now, first, (range) => countsIn(source, range));
}

/** The earliest moment that a pulse looks at. */
export const pulseFrom = (now: number): number => Math.floor(now / 60_000) * 60_000 - DAY - WEEKS * 7 * DAY;

/**
 * @param first the first event on record, rounded up to milliseconds
 * @param counts of a range that begins and ends at whole minutes
 */
export function pulseOf(
  now: number,
  first: number | undefined,
  counts: (range: Range) => Record<Measure, number>,
): Pulse {
  // To the minute: that is in the rollups.
  const end = Math.floor(now / 60_000) * 60_000;
  const window = (length: number) => {
    const weeks = steps(end, length, 7 * DAY, WEEKS, first);
    const basis = weeks.length >= LEAST ? ('week' as const) : ('day' as const);
    const before = (basis === 'week' ? weeks : steps(end, length, DAY, DAYS, first)).map(counts);
    const current = counts({ from: end - length, to: end });
    const measures = Object.fromEntries(
      MEASURES.map((measure) => [
        measure,
        usual(
          current[measure],
          before.map((earlier) => earlier[measure]),
        ),
      ]),
    ) as Record<Measure, Usual>;
    return { from: end - length, to: end, basis, ...measures };
  };
  return { hour: window(HOUR), day: window(DAY) };
}

/** The same span some steps earlier, as long as it lies within what is recorded. */
function steps(end: number, length: number, step: number, most: number, first: number | undefined): Range[] {
  const ranges: Range[] = [];
  for (let i = 1; i <= most; i++) {
    const range = { from: end - length - i * step, to: end - i * step };
    if (first !== undefined && range.from >= first) ranges.push(range);
  }
  return ranges;
}

function countsIn(source: Rhythmic, range: Range): Record<Measure, number> {
  const counts = new Map<number, number>();
  source.series.each(range, 'quarter', (eventid, _at, n) => counts.set(eventid, (counts.get(eventid) ?? 0) + n));
  return Object.fromEntries(MEASURES.map((measure) => [measure, counts.get(eventOf(source, measure)) ?? 0])) as Record<
    Measure,
    number
  >;
}

function usual(count: number, before: readonly number[]): Usual {
  if (before.length === 0) return { count, samples: 0 };
  const middle = median(before);
  return { count, samples: before.length, median: middle, mad: median(before.map((n) => Math.abs(n - middle))) };
}

/** The middle one, or the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
