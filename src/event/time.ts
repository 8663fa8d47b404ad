// Time stamps of Cowrie's logs, read: every spelling since 2015, to microseconds since the epoch.

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;
const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);

// The day of the last reading: logs repeat it.
let lastDay = -1;
let lastDayMicros = 0;

/**
 * `2026-08-21T12:00:00.250000Z`, with a space for the T, `+0800` or `+08:00` for the Z, any number of fractional digits
 * or none, no zone at all (taken as UTC).
 * @returns microseconds since the epoch (a safe integer); NaN when it is no time stamp
 */
export function parseTimestamp(text: string): number {
  const length = text.length;
  if (length < 19) return Number.NaN;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const key = (year * 100 + month) * 100 + day;
  if (key !== lastDay) {
    if (!(year >= 1970 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN;
    if (text[4] !== '-' || text[7] !== '-') return Number.NaN;
    lastDayMicros = Date.UTC(year, month - 1, day) * 1000;
    lastDay = key;
  }
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  if (!(hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60)) return Number.NaN;
  let micros = lastDayMicros + ((hour * 60 + minute) * 60 + second) * 1e6;
  let at = 19;
  const point = text.charCodeAt(19);
  if (point === 46 || point === 44) {
    at = 20;
    let scale = 1e5;
    for (; at < length; at++) {
      const d = digit(text, at);
      if (d < 0 || d > 9) break;
      micros += d * scale;
      scale = scale < 1 ? 0 : Math.floor(scale / 10);
    }
  }
  const zone = text.charCodeAt(at);
  if (zone === 43 || zone === 45) {
    const colon = text[at + 3] === ':' ? 1 : 0;
    const offset = two(text, at + 1) * 60 + (length > at + 3 + colon ? two(text, at + 3 + colon) : 0);
    if (!(offset >= 0 && offset <= 24 * 60)) return Number.NaN;
    micros -= (zone === 43 ? 1 : -1) * offset * 60e6;
  }
  return micros;
}

/**
 * The one form that Cowrie writes today, `2026-08-21T12:00:00.250000Z`, where it lies as bytes.
 * @returns microseconds since the epoch; NaN for any other form
 */
export function readTimestamp(bytes: Uint8Array, from: number, to: number): number {
  if (to - from !== 27 || bytes[to - 1] !== 0x5a || bytes[from + 19] !== 0x2e) return Number.NaN;
  const key =
    ((digits(bytes, from) * 100 + digits(bytes, from + 2)) * 100 + digits(bytes, from + 5)) * 100 +
    digits(bytes, from + 8);
  if (key !== lastDay) {
    // The other reader judges a day that is new, and remembers it.
    parseTimestamp(String.fromCharCode(...bytes.subarray(from, to)));
    if (key !== lastDay) return Number.NaN;
  }
  const hour = digits(bytes, from + 11);
  const minute = digits(bytes, from + 14);
  const second = digits(bytes, from + 17);
  if (!(hour <= 24 && minute <= 59 && second <= 60)) return Number.NaN;
  const micros = (digits(bytes, from + 20) * 100 + digits(bytes, from + 22)) * 100 + digits(bytes, from + 24);
  return lastDayMicros + ((hour * 60 + minute) * 60 + second) * 1e6 + micros;
}

/** Two digits as a number; NaN when they are none. */
function digits(bytes: Uint8Array, at: number): number {
  const a = bytes[at]! - 48;
  const b = bytes[at + 1]! - 48;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : Number.NaN;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Kibana's ways to show a time: `May 2, 2018 @ 14:21:10.000`, before version 7 `May 2nd 2018, 14:21:10.000`. */
const KIBANA = /^([A-Za-z]{3})[a-z]* (\d{1,2})(?:,|st|nd|rd|th) (\d{4})(?: @|,) (\d\d:\d\d:\d\d(?:\.\d+)?)$/;

/**
 * A time as collectors write it: a time stamp; a number (or digits) of seconds, milliseconds or microseconds since the
 * epoch, of the years 2001 to 2100; Kibana's words, which name no zone and are taken as UTC.
 * @returns microseconds since the epoch; NaN when it is none of these
 */
export function parseTime(value: unknown): number {
  if (typeof value === 'string') {
    const micros = parseTimestamp(value);
    if (micros > 0) return micros;
    if (/^\d{10,16}(?:\.\d+)?$/.test(value)) return parseTime(Number(value));
    const words = KIBANA.exec(value);
    const month = words ? MONTHS.indexOf(words[1]!.toLowerCase()) + 1 : 0;
    return month > 0
      ? parseTimestamp(`${words![3]}-${String(month).padStart(2, '0')}-${words![2]!.padStart(2, '0')}T${words![4]}`)
      : Number.NaN;
  }
  if (typeof value !== 'number') return Number.NaN;
  for (const scale of [1e6, 1e3, 1])
    if (value * scale > 1e15 && value * scale < 4.1e15) return Math.round(value * scale);
  return Number.NaN;
}

/** Microseconds since the epoch as Cowrie writes them: UTC, six fractional digits, Z. */
export function formatMicros(micros: number): string {
  const ms = Math.floor(micros / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, '0')}Z`;
}
