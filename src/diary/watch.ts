// Who was watching when: the hours of each sensor, silences too long for chance, and what hours of the day and week are worth.
import type { Range, Store } from '../observatory/store.ts';
import { DAY, dayOf, HOUR } from './day.ts';
import { median } from './statistics.ts';

/** Days before a period that tell what is usual. */
const HISTORY = 56;
/** A silence less probable than this is none of the attackers': the sensor was away. */
const AWAY = 1e-6;
/** Days of record from which the hours of the day are told apart, and weeks from which those of the week are. */
const DAYS = 4;
const WEEKS = 4;

/** A sensor heard nothing. `sensor` is undefined where there is but one. */
export interface Silence {
  sensor?: string;
  from: number;
  to: number;
  /** Sessions that were to be expected. */
  expected: number;
  p: number;
}

export interface Watch {
  /** The period and what is looked at before it. */
  window: Range;
  by: 'hour of the week' | 'hour of the day' | 'day';
  /** Sensors that watched in an hour (ms, UTC). */
  sensorsAt(hour: number): number;
  /** Hours with any sensor; hours of all sensors; the same, each hour weighed by how busy it usually is. */
  hours(range: Range): number;
  sensorHours(range: Range): number;
  exposure(range: Range): number;
  /** How busy an hour usually is; the mean of all is 1. */
  weight(hour: number): number;
  silences: Silence[];
}

interface Heard {
  sensor: string;
  /** By hour of the window. */
  counts: number[];
}

/** @param end where the record ends, ms: nothing is known of later hours */
export function watchOf(store: Store, range: Range, beginning: number, end: number): Watch {
  const window = {
    from: Math.max(dayOf(beginning).from, range.from - Math.max(HISTORY * DAY, range.to - range.from)),
    to: range.to,
  };
  if (window.from >= window.to) return nothing(window);
  const heard = heardBy(store, window);
  const size = Math.round((window.to - window.from) / HOUR);
  const sensors = new Array<number>(size).fill(0);
  const silences: Silence[] = [];
  for (const { sensor, counts } of heard) {
    const found = silencesOf(counts, size, Math.min(size, Math.ceil((end + 1 - window.from) / HOUR)));
    for (const { from, to, expected, p } of found.silences)
      silences.push({
        ...(heard.length > 1 ? { sensor } : {}),
        from: window.from + from * HOUR,
        to: window.from + to * HOUR,
        expected,
        p,
      });
    for (let hour = found.from; hour < found.to; hour++) sensors[hour]!++;
    for (const { from, to, p } of found.silences)
      if (p < AWAY) for (let hour = from; hour < to; hour++) sensors[hour]!--;
  }
  const history = Math.round((range.from - window.from) / HOUR);
  const { by, weights } = weightsOf(
    heard.map(({ counts }) => counts),
    sensors,
    Math.max(history, 0),
    window.from,
  );
  const slots = weights.length;
  const weight = (hour: number): number => weights[slotOf(hour, slots)]!;
  const sum = (part: Range, of: (sensors: number, at: number) => number): number => {
    let total = 0;
    const from = Math.max(part.from, window.from);
    for (let at = from; at < Math.min(part.to, window.to); at += HOUR) {
      const n = sensors[Math.round((at - window.from) / HOUR)]!;
      if (n > 0) total += of(n, at);
    }
    return total;
  };
  return {
    window,
    by,
    sensorsAt: (hour) => sensors[Math.round((hour - window.from) / HOUR)] ?? 0,
    hours: (part) => sum(part, () => 1),
    sensorHours: (part) => sum(part, (n) => n),
    exposure: (part) => sum(part, (n, at) => n * weight(at)),
    weight,
    silences,
  };
}

const nothing = (window: Range): Watch => ({
  window,
  by: 'day',
  sensorsAt: () => 0,
  hours: () => 0,
  sensorHours: () => 0,
  exposure: () => 0,
  weight: () => 1,
  silences: [],
});

/** Sessions by hour of each sensor; where there is but one, lines that came without their session show that it watched, too. */
function heardBy(store: Store, window: Range): Heard[] {
  const rows = store.hourly('sensor', window);
  if (rows.length > 1) return rows.map(({ value, counts }) => ({ sensor: value, counts }));
  const counts = new Array<number>(Math.round((window.to - window.from) / HOUR)).fill(0);
  for (const { at, sessions, loginsFailed, commands } of store.timeline(window, 'hour'))
    counts[Math.round((at - window.from) / HOUR)] = Math.max(sessions, Math.min(1, loginsFailed + commands));
  return [{ sensor: rows[0]?.value ?? '', counts }];
}

/**
 * Runs of hours without anything, each with the chance of it. Sessions come in clumps: the variance of an hour's count is
 * more than its mean. With a negative binomial law of that variance, an hour is silent with probability f^(−mean/(f−1)),
 * f being variance by mean.
 * @param end hour before which the record ends
 */
function silencesOf(
  counts: readonly number[],
  size: number,
  end: number,
): { from: number; to: number; silences: { from: number; to: number; expected: number; p: number }[] } {
  const from = counts.findIndex((count) => count > 0);
  if (from < 0) return { from: size, to: size, silences: [] };
  let last = counts.length - 1;
  while (counts[last] === 0) last--;
  // After the last event of all sensors nothing is known; one that is silent while others hear is another matter.
  const to = Math.max(last + 1, Math.min(end, size));
  let heard = 0;
  for (let hour = from; hour < to; hour++) if (counts[hour]! > 0) heard++;
  // A few scattered hours are fragments of a log: their rate says nothing about the hours between.
  if (heard < 4 || heard * 4 < to - from) return { from, to, silences: [] };
  const daily = to - from >= 7 * 24 ? hourOfDay(counts, from, to) : undefined;
  let total = 0;
  for (let hour = from; hour < to; hour++) total += counts[hour]!;
  const flat = total / heard;
  const mean = (hour: number): number => daily?.[hour % 24] ?? flat;
  let [squares, means] = [0, 0];
  for (let hour = from; hour < to; hour++)
    if (counts[hour]! > 0) {
      // A clump beyond all measure says nothing of how empty other hours are.
      squares += (Math.min(counts[hour]!, 5 * flat) - mean(hour)) ** 2;
      means += mean(hour);
    }
  const clumping = Math.min(30, Math.max(1.5, squares / Math.max(means, 1e-9)));
  const silences: { from: number; to: number; expected: number; p: number }[] = [];
  for (let hour = from, start = -1, expected = 0; hour <= to; hour++) {
    if (hour < to && counts[hour] === 0) {
      if (start < 0) [start, expected] = [hour, 0];
      expected += mean(hour);
    } else if (start >= 0) {
      silences.push({ from: start, to: hour, expected, p: clumping ** (-expected / (clumping - 1)) });
      start = -1;
    }
  }
  return { from, to, silences };
}

/** Mean count by hour of the day, of the hours in which anything came. */
function hourOfDay(counts: readonly number[], from: number, to: number): number[] {
  const [sums, n] = [new Array<number>(24).fill(0), new Array<number>(24).fill(0)];
  for (let hour = from; hour < to; hour++)
    if (counts[hour]! > 0) {
      sums[hour % 24]! += counts[hour]!;
      n[hour % 24]!++;
    }
  return sums.map((sum, hour) => (n[hour]! > 0 ? sum / n[hour]! : 0));
}

/** Medians of the same hour of the week (of the day, where the record is short), as weights of mean 1. */
function weightsOf(
  heard: readonly (readonly number[])[],
  sensors: readonly number[],
  history: number,
  from: number,
): { by: Watch['by']; weights: number[] } {
  const by = history >= WEEKS * 168 ? 'hour of the week' : history >= DAYS * 24 ? 'hour of the day' : 'day';
  if (by === 'day') return { by, weights: [1] };
  const slots = by === 'hour of the week' ? 168 : 24;
  const rates = Array.from({ length: slots }, (): number[] => []);
  for (let hour = 0; hour < history; hour++) {
    const n = sensors[hour]!;
    if (n === 0) continue;
    let sessions = 0;
    for (const counts of heard) sessions += counts[hour]!;
    rates[slotOf(from + hour * HOUR, slots)]!.push(sessions / n);
  }
  const medians = rates.map(median);
  const mean = medians.reduce((sum, value) => sum + value, 0) / slots;
  // With few sessions an hour the medians say little: half a session each holds them together.
  return { by, weights: medians.map((value) => (value + 0.5) / (mean + 0.5)) };
}

/** Monday, 0 h is the first of the week. */
function slotOf(at: number, slots: number): number {
  const hour = Math.floor(at / HOUR);
  // 1 January 1970 was a Thursday.
  return slots === 168 ? (hour + 72) % 168 : hour % slots;
}
