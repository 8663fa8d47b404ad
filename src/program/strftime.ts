// Dates of the virtual machine: its time zone, strftime(3) with GNU's flags, and GNU date's way of reading dates.
import { DAYS, MONTHS } from '../machine/calendar.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';

/** A moment broken down in a time zone. */
export interface BrokenDown {
  year: number;
  /** 0–11. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 is Sunday. */
  weekday: number;
  yearDay: number;
  /** Minutes east of UTC. */
  offset: number;
  zone: string;
  /** Milliseconds since the epoch; nanoseconds beyond it are made up by nobody. */
  at: number;
}

/** The zone of a process: TZ, else /etc/timezone, else UTC. */
export function zoneOf(process: Process): string {
  const tz = process.environment.get('TZ');
  if (tz !== undefined) return tz.replace(/^:/, '') || 'UTC';
  return tryTo(() => process.readFile('/etc/timezone'))?.trim() || 'Etc/UTC';
}

const formatters = new Map<string, Intl.DateTimeFormat | undefined>();

function offsetOf(at: number, zone: string): { offset: number; name: string } {
  if (/^(Etc\/)?(UTC|UCT|Zulu|Universal)$/.test(zone)) return { offset: 0, name: 'UTC' };
  const posix = /^([A-Za-z]{3,})([+-]?\d{1,2})(?::(\d\d))?/.exec(zone);
  if (posix)
    return { offset: -(Number(posix[2]) * 60 + Math.sign(Number(posix[2])) * Number(posix[3] ?? 0)), name: posix[1]! };
  if (!formatters.has(zone)) {
    let made: Intl.DateTimeFormat | undefined;
    try {
      made = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    } catch {
      made = undefined;
    }
    if (formatters.size < 64) formatters.set(zone, made);
  }
  const parts = formatters
    .get(zone)
    ?.formatToParts(at)
    .find((p) => p.type === 'timeZoneName')?.value;
  const match = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(parts ?? '');
  if (!match) return { offset: 0, name: /^[A-Za-z]{3,6}$/.test(zone) ? zone : 'UTC' };
  const offset = match[1] ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
  const short = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'short' })
    .formatToParts(at)
    .find((p) => p.type === 'timeZoneName')?.value;
  const numeric = `${offset < 0 ? '-' : '+'}${String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')}`;
  const known: Record<string, string> = { 'Asia/Tokyo': 'JST', 'Europe/Moscow': 'MSK', 'Asia/Shanghai': 'CST' };
  return { offset, name: known[zone] ?? (short && /^[A-Z]{2,5}$/.test(short) ? short : numeric) };
}

export function breakDown(at: number, zone: string): BrokenDown {
  const { offset, name } = offsetOf(at, zone);
  const d = new Date(at + offset * 60_000);
  const start = Date.UTC(d.getUTCFullYear(), 0, 1);
  return {
    year: d.getUTCFullYear(),
    month: d.getUTCMonth(),
    day: d.getUTCDate(),
    hour: d.getUTCHours(),
    minute: d.getUTCMinutes(),
    second: d.getUTCSeconds(),
    weekday: d.getUTCDay(),
    yearDay: Math.floor((d.getTime() - start) / 86_400_000),
    offset,
    zone: name,
    at,
  };
}

/** strftime in the C locale, with GNU's flags `-`, `_`, `0`, `^`, `#`, widths, `%N` and `%s`. */
export function strftime(format: Bytes, t: BrokenDown): Bytes {
  return format.replace(
    /%([-_0^#+]*)(\d{0,3})(?:[EO])?(:{0,3}[a-zA-Z%+])/g,
    (whole, flags: string, width: string, letter: string) => {
      let pad = '0';
      let digits = 2;
      let text: string | undefined;
      let value: number | undefined;
      const hour12 = t.hour % 12 || 12;
      switch (letter) {
        case '%':
          text = '%';
          break;
        case 'n':
          text = '\n';
          break;
        case 't':
          text = '\t';
          break;
        case 'a':
          text = DAYS[t.weekday]!.slice(0, 3);
          break;
        case 'A':
          text = DAYS[t.weekday]!;
          break;
        case 'b':
        case 'h':
          text = MONTHS[t.month]!.slice(0, 3);
          break;
        case 'B':
          text = MONTHS[t.month]!;
          break;
        case 'c':
          text = strftime('%a %b %e %H:%M:%S %Y', t);
          break;
        case 'C':
          value = Math.floor(t.year / 100);
          break;
        case 'd':
          value = t.day;
          break;
        case 'D':
          text = strftime('%m/%d/%y', t);
          break;
        case 'e':
          value = t.day;
          pad = ' ';
          break;
        case 'F':
          text = strftime('%Y-%m-%d', t);
          break;
        case 'g':
          value = isoWeek(t).year % 100;
          break;
        case 'G':
          value = isoWeek(t).year;
          digits = 4;
          break;
        case 'H':
          value = t.hour;
          break;
        case 'I':
          value = hour12;
          break;
        case 'j':
          value = t.yearDay + 1;
          digits = 3;
          break;
        case 'k':
          value = t.hour;
          pad = ' ';
          break;
        case 'l':
          value = hour12;
          pad = ' ';
          break;
        case 'm':
          value = t.month + 1;
          break;
        case 'M':
          value = t.minute;
          break;
        case 'N': {
          const nanos = String(Math.floor((((t.at % 1000) + 1000) % 1000) * 1e6)).padStart(9, '0');
          text = width ? nanos.slice(0, Number(width)) : nanos;
          break;
        }
        case 'p':
          text = t.hour < 12 ? 'AM' : 'PM';
          break;
        case 'P':
          text = t.hour < 12 ? 'am' : 'pm';
          break;
        case 'q':
          value = Math.floor(t.month / 3) + 1;
          digits = 1;
          break;
        case 'r':
          text = strftime('%I:%M:%S %p', t);
          break;
        case 'R':
          text = strftime('%H:%M', t);
          break;
        case 's':
          value = Math.floor(t.at / 1000);
          digits = 1;
          break;
        case 'S':
          value = t.second;
          break;
        case 'T':
        case 'X':
          text = strftime('%H:%M:%S', t);
          break;
        case 'u':
          value = t.weekday || 7;
          digits = 1;
          break;
        case 'U':
          value = Math.floor((t.yearDay + 7 - t.weekday) / 7);
          break;
        case 'V':
          value = isoWeek(t).week;
          break;
        case 'w':
          value = t.weekday;
          digits = 1;
          break;
        case 'W':
          value = Math.floor((t.yearDay + 7 - ((t.weekday + 6) % 7)) / 7);
          break;
        case 'x':
          text = strftime('%m/%d/%y', t);
          break;
        case 'y':
          value = t.year % 100;
          break;
        case 'Y':
          value = t.year;
          digits = 4;
          break;
        case 'z':
        case ':z':
        case '::z':
        case ':::z': {
          const a = Math.abs(t.offset);
          const hm = [String(Math.floor(a / 60)).padStart(2, '0'), String(a % 60).padStart(2, '0')];
          text =
            (t.offset < 0 ? '-' : '+') +
            (letter === ':::z'
              ? hm[1] === '00'
                ? hm[0]
                : hm.join(':')
              : hm.join(letter === 'z' ? '' : ':') + (letter === '::z' ? ':00' : ''));
          break;
        }
        case 'Z':
          text = t.zone;
          break;
        default:
          return whole;
      }
      if (value !== undefined) {
        if (flags.includes('_')) pad = ' ';
        if (flags.includes('0')) pad = '0';
        text = flags.includes('-') ? String(value) : String(value).padStart(width ? Number(width) : digits, pad);
      } else if (width && letter !== 'N') text = text!.padStart(Number(width), flags.includes('0') ? '0' : ' ');
      if (flags.includes('^')) text = text!.toUpperCase();
      if (flags.includes('#')) text = letter === 'p' || letter === 'Z' ? text!.toLowerCase() : text!.toUpperCase();
      return text!;
    },
  );
}

/** ISO 8601 week and its year. */
function isoWeek(t: BrokenDown): { year: number; week: number } {
  const day = Date.UTC(t.year, t.month, t.day);
  const thursday = new Date(day + (4 - (t.weekday || 7)) * 86_400_000);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / 604_800_000) + 1 };
}

/** The moment of a wall-clock time in a zone. */
export function momentOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  zone: string,
): number {
  const utc = Date.UTC(year, month, day, hour, minute, second);
  const first = utc - offsetOf(utc, zone).offset * 60_000;
  return utc - offsetOf(first, zone).offset * 60_000;
}

const UNITS: Record<string, number> = {
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  fortnight: 1_209_600_000,
};

/** Zones by the names that GNU date knows, in hours from UTC. */
const ZONES: Record<string, number> = {
  wet: 0,
  bst: 1,
  cet: 1,
  mez: 1,
  cest: 2,
  eet: 2,
  sast: 2,
  msk: 3,
  eat: 3,
  jst: 9,
  nzst: 12,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

/**
 * Reads a date as GNU date's `-d` does: `@SECONDS`, ISO dates and times, `12 Jan 2020`, `now`, `yesterday`, `next monday`, `3 days ago`.
 * Milliseconds since the epoch, or undefined.
 */
export function parseDate(text: Bytes, now: number, zone: string): number | undefined {
  // No date is that long, and the patterns below would take their time.
  if (text.length > 4096) return undefined;
  const epoch = /^\s*@(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (epoch) return Number(epoch[1]) * 1000;
  const named = /^\s*TZ="([^"]*)"\s*/.exec(text);
  if (named) return parseDate(text.slice(named[0].length), now, named[1] || 'UTC');
  const base = breakDown(now, zone);
  let { year, month, day, hour, minute, second } = base;
  let millis = ((now % 1000) + 1000) % 1000;
  let used: string | undefined = zone;
  let shiftMonths = 0;
  let shift = 0;
  let timeGiven = false;
  let dateGiven = false;
  let yearGiven = false;
  let weekday: { day: number; weeks: number } | undefined;
  let rest = text
    .toLowerCase()
    .replace(/\([^()]*\)/g, ' ')
    .trim();
  let lastAmount: { ms: number; months: number } | undefined;
  const take = (pattern: RegExp) => {
    const match = pattern.exec(rest);
    if (match) rest = rest.slice(match[0].length).replace(/^[\s,]+/, '');
    return match;
  };
  for (let turns = 0; rest !== '' && turns < 64; turns++) {
    let m: RegExpExecArray | null;
    if ((m = take(/^(\d{4})-(\d{1,2})-(\d{1,2})t?(?=[\s\d]|$)/)))
      [year, month, day, dateGiven, yearGiven] = [+m[1]!, +m[2]! - 1, +m[3]!, true, true];
    else if ((m = take(/^(\d{1,2})\/(\d{1,2})(?:\/(\d{2,4}))?(?!\d)/)))
      [month, day, year, dateGiven, yearGiven] = [
        +m[1]! - 1,
        +m[2]!,
        m[3] ? century(+m[3]) : year,
        true,
        m[3] !== undefined,
      ];
    else if ((m = take(/^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*([ap]\.?m\.?)?/))) {
      hour = hour12(+m[1]!, m[5]);
      [minute, second, millis, timeGiven] = [+m[2]!, +(m[3] ?? 0), m[4] ? Number(`0.${m[4]}`) * 1000 : 0, true];
      // What follows a time with its sign is a zone, even where an amount was meant.
      const zoned = take(/^([+-])\s*(\d{1,2}):?(\d\d)?(?!\d)/);
      if (zoned) {
        if (Number(zoned[2]) > 24) return undefined;
        used = `XXX${zoned[1] === '+' ? '-' : '+'}${zoned[2]!.padStart(2, '0')}:${zoned[3] ?? '00'}`;
      }
    } else if ((m = take(/^(\d{1,2})\s*([ap]\.?m\.?)(?![a-z])/)))
      [hour, minute, second, millis, timeGiven] = [hour12(+m[1]!, m[2]), 0, 0, 0, true];
    else if ((m = take(/^(?:utc|gmt|z)(?![a-z])/))) used = 'UTC';
    else if ((m = /^([a-z]{3,4})(?![a-z])/.exec(rest)) && ZONES[m[1]!] !== undefined) {
      const hours = ZONES[m[1]!]!;
      used = `XXX${hours < 0 ? '+' : '-'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
      rest = rest.slice(m[0].length).replace(/^[\s,]+/, '');
    } else if ((m = take(/^(\d{1,2})[\s-]*([a-z]{3,9})\.?[\s-]+(\d{4})(?!\d|:)/)) && monthOf(m[2]!) >= 0)
      [day, month, year, dateGiven, yearGiven] = [+m[1]!, monthOf(m[2]!), +m[3]!, true, true];
    else if ((m = /^(\d{1,2})\s+([a-z]{3,9})\b/.exec(rest)) && monthOf(m[2]!) >= 0) {
      [day, month, dateGiven] = [+m[1]!, monthOf(m[2]!), true];
      rest = rest.slice(m[0].length).trim();
    } else if ((m = /^([a-z]{3,9})\.?\s+(\d{1,2})(?!\d|:)(?:,?\s+(\d{4})(?!:))?/.exec(rest)) && monthOf(m[1]!) >= 0) {
      [month, day, year, dateGiven, yearGiven] = [
        monthOf(m[1]!),
        +m[2]!,
        m[3] ? +m[3] : year,
        true,
        m[3] !== undefined,
      ];
      rest = rest.slice(m[0].length).replace(/^[\s,]+/, '');
    } else if (take(/^(?:now|today)(?![a-z])/)) shift += 0;
    else if (take(/^yesterday(?![a-z])/)) shift -= 86_400_000;
    else if (take(/^tomorrow(?![a-z])/)) shift += 86_400_000;
    else if (take(/^ago(?![a-z])/)) {
      if (!lastAmount) return undefined;
      shift -= 2 * lastAmount.ms;
      shiftMonths -= 2 * lastAmount.months;
    } else if (
      (m = take(
        /^(?:([+-]?)\s*(\d{1,9})\s*|(next|last|this|a)\s+)?(sec|second|min|minute|hour|day|week|fortnight|month|year)s?(?![a-z])/,
      ))
    ) {
      const count = m[2] ? (m[1] === '-' ? -1 : 1) * Number(m[2]) : m[3] === 'last' ? -1 : m[3] === 'this' ? 0 : 1;
      lastAmount = { ms: 0, months: 0 };
      if (m[4] === 'month') lastAmount.months = count;
      else if (m[4] === 'year') lastAmount.months = 12 * count;
      else lastAmount.ms = count * UNITS[m[4]!]!;
      shift += lastAmount.ms;
      shiftMonths += lastAmount.months;
    } else if (
      (m = take(/^(next|last|this)?\s*(sun|mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur)(?:day)?(?![a-z])/))
    ) {
      const number = DAYS.findIndex((d) => d.toLowerCase().startsWith(m![2]!.slice(0, 3)));
      weekday = { day: number, weeks: m[1] === 'next' ? 1 : m[1] === 'last' ? -1 : 0 };
    } else if ((m = take(/^(\d{4})(\d\d)(\d\d)(?!\d)/)))
      [year, month, day, dateGiven, yearGiven] = [+m[1]!, +m[2]! - 1, +m[3]!, true, true];
    else if ((m = take(/^(\d{3,4})(?![\d:])/)) && dateGiven && !yearGiven) [year, yearGiven] = [+m[1]!, true];
    else if (m && !timeGiven)
      [hour, minute, second, millis, timeGiven] = [Math.floor(+m[1]! / 100), +m[1]! % 100, 0, 0, true];
    else return undefined;
  }
  if ((dateGiven || weekday) && !timeGiven) [hour, minute, second, millis] = [0, 0, 0, 0];
  if (text.trim() === '') [hour, minute, second, millis] = [0, 0, 0, 0];
  if (month > 11 || day > 31 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined;
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  if (dateGiven && day > length) return undefined;
  let at = momentOf(year, month + shiftMonths, day, hour, minute, second, used);
  // The day of the week says nothing beside a date.
  if (weekday && !dateGiven) {
    const today = breakDown(at, used).weekday;
    let ahead = (weekday.day - today + 7) % 7;
    if (weekday.weeks === 1 && ahead === 0) ahead = 7;
    if (weekday.weeks === -1) ahead -= 7;
    at += ahead * 86_400_000;
  }
  return at + millis + shift;
}

const century = (year: number) => (year < 69 ? year + 2000 : year < 100 ? year + 1900 : year);
const hour12 = (hour: number, half?: string) => (half ? (hour % 12) + (half.startsWith('p') ? 12 : 0) : hour);
const monthOf = (name: string) =>
  MONTHS.findIndex((m) => m.toLowerCase().startsWith(name.slice(0, 3)) && m.toLowerCase().startsWith(name));
