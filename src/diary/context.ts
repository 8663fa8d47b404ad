// What every observation of one period shares: the store, the two periods that are compared, and who was watching when.
import { isMasked } from '../event/mask.ts';
import type { Range, Store, TimelinePoint, Totals } from '../observatory/store.ts';
import { DAY, dayOf } from './day.ts';
import type { Knowledge } from './knowledge.ts';
import { type Watch, watchOf } from './watch.ts';

export { median } from './statistics.ts';

export interface Context {
  store: Store;
  knowledge: Knowledge;
  range: Range;
  /** UTC days that the range touches: 1 only for one whole day. */
  days: number;
  totals: Totals;
  watch: Watch;
  /** In which any sensor was watching. */
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

export function contextOf(store: Store, range: Range, knowledge: Knowledge, now: number): Context {
  const { first, last } = extentOf(store);
  const totals = store.totals(range);
  const length = range.to - range.from;
  const earlier = { from: range.from - length, to: range.from };
  const totalsBefore = store.totals(earlier);
  const unfinished = now < range.to;
  // What lies ahead is not looked at; nor does the entry of a past day know what came after it, but that the record went on.
  const watch = watchOf(store, range, first ?? range.to, (unfinished ? totals.last : last) ?? range.to);
  // On the first day on record everything is new, so nothing is: news begin with the second.
  const firstDayEnds = first === undefined ? range.to : dayOf(first).to;
  const news = { from: Math.min(range.to, Math.max(range.from, firstDayEnds)), to: range.to };
  return {
    store,
    knowledge,
    range,
    days: length === DAY && range.from % DAY === 0 ? 1 : Math.max(2, Math.round(length / DAY)),
    totals,
    watch,
    hours: watch.hours(range),
    before: totalsBefore.events > 0 ? { range: earlier, totals: totalsBefore, hours: watch.hours(earlier) } : undefined,
    news,
    historyDays: first === undefined ? 0 : store.perDay({ from: dayOf(first).from, to: news.from }).length,
    beginning: first,
    heard: store.timeline(range, 'hour').filter(isHeard).length,
    addresses: store.top('address', range, 20).some(({ value }) => isRealAddress(value)) ? totals.addresses : undefined,
    unfinished,
  };
}

/** First and last event on record, ms. */
function extentOf(store: Store): { first?: number; last?: number } {
  const { first, last } = store.extent();
  return {
    ...(first === undefined ? {} : { first: Math.floor(first / 1000) }),
    ...(last === undefined ? {} : { last: Math.floor(last / 1000) }),
  };
}

const isHeard = (point: TimelinePoint): boolean => point.sessions + point.loginsFailed + point.commands > 0;

/** Masked addresses (`○○○.○○○.○○○.○○○`, from a published log) stand for many: they identify nobody. */
export const isRealAddress = (value: string): boolean => value !== '' && !isMasked(value);

export const loginAttempts = (totals: Totals): number => totals.loginsFailed + totals.loginsSucceeded;
