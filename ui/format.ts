// Numbers, times, durations and sizes in the reader's language and zone.
import { settings } from './settings.ts';

const cache = new Map<string, Intl.DateTimeFormat>();

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const all = { ...options, ...(settings.zone === 'local' ? {} : { timeZone: zoneName() }) };
  const key = `${settings.language}${JSON.stringify(all)}`;
  let format = cache.get(key);
  if (!format) cache.set(key, (format = new Intl.DateTimeFormat(locale(), all)));
  return format;
}

export const locale = (): string => (settings.language === 'ja' ? 'ja-JP' : 'en-GB');

export const number = (n: number): string => n.toLocaleString(locale());

/** Short, for where a large number has no room: 18K, 1.8万. */
export const roughly = (n: number): string =>
  n < 10_000 ? number(n) : n.toLocaleString(locale(), { notation: 'compact', maximumSignificantDigits: 3 });

export const percent = (share: number): string => share.toLocaleString(locale(), { style: 'percent' });
export const time = (at: number): string =>
  dates({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at);
export const hourMinute = (at: number): string =>
  dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
export const day = (at: number): string => dates({ day: 'numeric', month: 'short' }).format(at);
export const date = (at: number): string => dates({ day: 'numeric', month: 'short', year: 'numeric' }).format(at);
export const fullDay = (at: number): string =>
  dates({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(at);
export const dateTime = (at: number): string =>
  dates({
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at);
/** Short: the day only when it is not today. */
export const moment = (at: number): string => (day(at) === day(Date.now()) ? time(at) : `${day(at)} ${hourMinute(at)}`);

export const zoneName = (): string =>
  settings.zone === 'utc'
    ? 'UTC'
    : settings.zone === 'local'
      ? Intl.DateTimeFormat().resolvedOptions().timeZone
      : settings.zone;

/** Milliseconds by which the reader's clocks are ahead of UTC at a time. */
export function offsetAt(at: number): number {
  if (settings.zone === 'local') return -new Date(at).getTimezoneOffset() * 60_000;
  if (settings.zone === 'utc') return 0;
  const name = dates({ timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours, minutes, seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name ?? '') ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}

/** The time of a wall clock, given as if it were UTC's. */
export function fromWall(wall: number): number {
  const near = wall - offsetAt(wall);
  return wall - offsetAt(near);
}

/** Midnight of the reader's day. */
export function startOfDay(at: number): number {
  const wall = at + offsetAt(at);
  return fromWall(wall - (((wall % 86_400_000) + 86_400_000) % 86_400_000));
}

/** A Monday, for the names of the weekdays. */
const MONDAY = Date.UTC(2024, 0, 1);
/** @param weekday 0 for Monday */
export const weekdayName = (weekday: number): string =>
  new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' }).format(MONDAY + weekday * 86_400_000);

/** A country's name by its code (ISO 3166-1); the text itself where it is no code. */
export const country = (code: string): string =>
  /^[A-Z]{2}$/.test(code)
    ? (new Intl.DisplayNames(locale(), { type: 'region', fallback: 'code' }).of(code) ?? code)
    : code;

export function duration(ms: number): string {
  const seconds = ms / 1000;
  const unit = (n: number, name: string, digits = 0) =>
    new Intl.NumberFormat(locale(), {
      style: 'unit',
      unit: name,
      // Narrow Japanese units are Latin letters.
      unitDisplay: settings.language === 'ja' ? 'short' : 'narrow',
      maximumFractionDigits: digits,
    }).format(n);
  if (seconds < 10) return unit(seconds, 'second', 1);
  if (seconds < 60) return unit(Math.round(seconds), 'second');
  if (seconds < 3600) return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(Math.floor(seconds % 60), 'second')}`;
  if (seconds < 86_400)
    return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor((seconds % 3600) / 60), 'minute')}`;
  return unit(Math.floor(seconds / 86_400), 'day');
}

export function bytes(n: number): string {
  const names = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = n < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(n) / 3));
  return new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: names[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step === 0 || n / 1000 ** step >= 100 ? 0 : 1,
  }).format(n / 1000 ** step);
}
