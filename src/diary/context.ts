// What every observation of one period shares: the store, the two periods that are compared, and how long the sensor was watching.
import { isMasked } from '../event/mask.ts';
import type { Range, Store, TimelinePoint, Totals } from '../observatory/store.ts';
import { DAY, dayOf, HOUR } from './day.ts';
import type { Knowledge } from './knowledge.ts';

export interface Context {
  store: Store;
  knowledge: Knowledge;
  range: Range;
  days: number;
  totals: Totals;
  hours: number;
  before?: { range: Range; totals: Totals; hours: number };
  /** Values first seen in here are news; empty when the whole range belongs to the first day on record. */
  news: Range;
  /** Days on record before `news`. */
  historyDays: number;
  beginning?: number;
  /** Hours of the range in which anything was recorded. */
  heard: number;
  /** Distinct addresses; undefined when they are masked. */
  addresses?: number;
  /** True when the range ends after `now`. */
  unfinished: boolean;
}

/** Below this many events an hour, an hour without any says nothing about the sensor. */
const TALKATIVE = 5;

export function contextOf(store: Store, range: Range, knowledge: Knowledge, now: number): Context {
  const all = store.totals();
  const totals = store.totals(range);
  const length = range.to - range.from;
  const earlier = { from: range.from - length, to: range.from };
  const totalsBefore = store.totals(earlier);
  // On the first day on record everything is new, so nothing is: news begin with the second.
  const firstDayEnds = all.first === undefined ? range.to : dayOf(all.first).to;
  const news = { from: Math.min(range.to, Math.max(range.from, firstDayEnds)), to: range.to };
  return {
    store,
    knowledge,
    range,
    days: Math.round(length / DAY),
    totals,
    hours: observedHours(store, range, all),
    before:
      totalsBefore.events > 0
        ? { range: earlier, totals: totalsBefore, hours: observedHours(store, earlier, all) }
        : undefined,
    news,
    historyDays: all.first === undefined ? 0 : store.perDay({ from: dayOf(all.first).from, to: news.from }).length,
    beginning: all.first,
    heard: store.timeline(range, 'hour').filter(isHeard).length,
    addresses: store.top('address', range, 20).some(({ value }) => isRealAddress(value)) ? totals.addresses : undefined,
    unfinished: now < range.to,
  };
}

/**
 * Hours of the range in which the sensor was watching. With a talkative sensor these are the hours with events, so that an
 * outage does not look like a fall; with a quiet one the hours between the first and the last event on record.
 */
export function observedHours(store: Store, range: Range, all: Totals): number {
  if (all.first === undefined || all.last === undefined) return 0;
  const from = Math.max(range.from, Math.floor(all.first / HOUR) * HOUR);
  const to = Math.min(range.to, Math.ceil((all.last + 1) / HOUR) * HOUR);
  const span = Math.max(0, Math.round((to - from) / HOUR));
  if (span === 0) return 0;
  const points = store.timeline({ from, to }, 'hour');
  const active = points.filter(isHeard);
  const events = points.reduce((sum, point) => sum + point.sessions + point.loginsFailed, 0);
  return events / span >= TALKATIVE ? active.length : span;
}

const isHeard = (point: TimelinePoint): boolean => point.sessions + point.loginsFailed + point.commands > 0;

/** Masked addresses (`○○○.○○○.○○○.○○○`, from a published log) stand for many: they identify nobody. */
export const isRealAddress = (value: string): boolean => value !== '' && !isMasked(value);

export const loginAttempts = (totals: Totals): number => totals.loginsFailed + totals.loginsSucceeded;

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
