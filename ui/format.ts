// Numbers, times, durations and sizes in the reader's language and zone.
import { settings } from './settings.ts';

const cache = new Map<string, Intl.DateTimeFormat>();

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const all = { ...options, ...(settings.zone === 'utc' ? { timeZone: 'UTC' } : {}) };
  const key = `${settings.language}${JSON.stringify(all)}`;
  let format = cache.get(key);
  if (!format) cache.set(key, (format = new Intl.DateTimeFormat(locale(), all)));
  return format;
}

export const locale = (): string => (settings.language === 'ja' ? 'ja-JP' : 'en-GB');

export const number = (n: number): string => n.toLocaleString(locale());

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

/** `local` midnight of the reader's day (or UTC's). */
export function startOfDay(at: number): number {
  const date = new Date(at);
  if (settings.zone === 'utc') return date.setUTCHours(0, 0, 0, 0);
  return date.setHours(0, 0, 0, 0);
}

export const zoneName = (): string =>
  settings.zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;

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
