// How a recording was typed: single keys and their rhythm, corrections and editing keys, or whole lines at once.
import type { TtyRecord } from '../../event/tty.ts';
import { middle, spread } from './rhythm.ts';

/** What the input of recordings shows. Times in ms. */
export interface Keys {
  /** Keys that came one by one, at a distance that fingers need. */
  single: number;
  /** Bytes that came with others: pasted, or sent by a program. */
  together: number;
  /** Median distance of two keys of one line, and its coefficient of variation; 0 with less than two. */
  medianMs: number;
  spread: number;
  /** Backspace, ^C, ^U, ^W: something was taken back. */
  corrections: number;
  /** Arrow keys, Tab, ^A, ^E, ^L, ^R: keys that only a terminal's user has. */
  editing: number;
  /** Lines ended by CR, which is what a terminal sends, and by a bare LF, which is what a program writes. */
  returns: number;
  lineFeeds: number;
  /** Median pause between the last output and the first key of a line; 0 with less than two such lines. */
  thinkingMs: number;
  /** Lines begun after a pause. */
  thought: number;
}

/** Records of input that are looked at: a person types no more in hours. */
const MOST_RECORDS = 20_000;
/** Nobody's fingers are faster; what is closer came in one piece, whatever the network made of it. */
const FASTEST_MS = 8;
/** Longer pauses are thinking, not typing. */
const TYPING_MS = 2_000;

const CORRECTION = new Set([0x03, 0x08, 0x15, 0x17, 0x7f]);
const EDITING = new Set([0x01, 0x05, 0x09, 0x0b, 0x0c, 0x10, 0x0e, 0x12]);

/** Of all recordings of a session, each in order of time; undefined when nothing was typed in any. */
export function keysOf(recordings: readonly (readonly TtyRecord[])[]): Keys | undefined {
  const found: Keys = {
    single: 0,
    together: 0,
    medianMs: 0,
    spread: 0,
    corrections: 0,
    editing: 0,
    returns: 0,
    lineFeeds: 0,
    thinkingMs: 0,
    thought: 0,
  };
  const gaps: number[] = [];
  const pauses: number[] = [];
  let left = MOST_RECORDS;
  for (const records of recordings) {
    let last: number | undefined;
    let output: number | undefined;
    let begins = true;
    for (const [index, { type, at, data }] of records.entries()) {
      if (type === 'output') output = at;
      if (type !== 'input' || data.length === 0) continue;
      if (--left < 0) break;
      const next = records[index + 1];
      const close =
        (last !== undefined && at - last < FASTEST_MS) || (next?.type === 'input' && next.at - at < FASTEST_MS);
      if (isKey(data) && !close) {
        found.single++;
        if (!begins && last !== undefined && at - last < TYPING_MS) gaps.push(at - last);
        else if (begins && output !== undefined && at > output) pauses.push(at - output);
        // An escape sequence is an arrow key or one of its kind.
        if (data[0] === 0x1b || (data.length === 1 && EDITING.has(data[0]!))) found.editing++;
        if (data.length === 1 && CORRECTION.has(data[0]!)) found.corrections++;
      } else found.together += data.length;
      for (let i = 0; i < data.length; i++)
        if (data[i] === 0x0d) found.returns++;
        else if (data[i] === 0x0a && data[i - 1] !== 0x0d) found.lineFeeds++;
      begins = data.at(-1) === 0x0d || data.at(-1) === 0x0a;
      last = at;
    }
  }
  if (found.single + found.together === 0) return undefined;
  if (gaps.length > 1) {
    found.medianMs = Math.round(middle(gaps));
    found.spread = spread(gaps);
  }
  found.thought = pauses.length;
  if (pauses.length > 1) found.thinkingMs = Math.round(middle(pauses));
  return found;
}

/** One key: a byte, one character of UTF-8, or an escape sequence; Enter of a Telnet client is two bytes. */
function isKey(data: Uint8Array): boolean {
  if (data.length === 1) return true;
  if (data.length > 8) return false;
  const first = data[0]!;
  if (first === 0x1b) return data[1] === 0x5b || data[1] === 0x4f || data.length === 2;
  if (first === 0x0d) return data.length === 2 && (data[1] === 0x0a || data[1] === 0x00);
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return length > 1 && data.length === length;
}
