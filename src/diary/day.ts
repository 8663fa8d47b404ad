// Days of the diary: UTC, as in the journal and the report.
import type { Range } from '../observatory/store.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Midnight UTC of `YYYY-MM-DD`, or undefined when that is no day of the calendar. */
export function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) || isoDay(at) !== text ? undefined : at;
}

export const isoDay = (at: number): string => new Date(at).toISOString().slice(0, 10);
export const dayOf = (at: number): Range => {
  const from = Math.floor(at / DAY) * DAY;
  return { from, to: from + DAY };
};
/** `HH:MM:SS` in UTC. */
export const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);

/** Time of an event of the journal in ms; 0 when it has none that can be read. */
export function timeOf(event: Record<string, unknown>): number {
  const at = typeof event['timestamp'] === 'string' ? Date.parse(event['timestamp']) : Number.NaN;
  return Number.isNaN(at) ? 0 : at;
}
