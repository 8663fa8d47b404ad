// From bytes of a log to events: lines, and what can be saved of damaged ones.
import { isAscii } from 'node:buffer';
import type { RawEvent } from '../event/legacy.ts';
import { parsePythonDict } from '../event/python-literal.ts';
import { credentials } from '../event/textlog.ts';
import { type Document, readDocument } from './documents.ts';

/** What a line gave. */
export interface Parsed extends Document {
  /** How a damaged line was read; undefined for a sound one. */
  salvaged?: string;
  /** Why nothing could be read. */
  malformed?: string;
}

/** Text of a chunk: ASCII is the rule and fast; anything else is UTF-8, invalid bytes become U+FFFD. */
export function decode(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

/** Calls back for every line that is not blank, without its end (LF or CR LF). */
export function eachLine(text: string, visit: (line: string) => void): void {
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    if (stop > start) {
      const line = text.slice(start, stop);
      if (line.charCodeAt(0) > 32 || line.trim() !== '') visit(line);
    }
    start = end + 1;
  }
}

/** Reads one line of a JSON log. */
export function parseLine(line: string): Parsed {
  try {
    return readDocument(JSON.parse(line));
  } catch {
    return salvage(line);
  }
}

/** What is left of a line that is no JSON. */
export function salvage(line: string): Parsed {
  const found: Document = { events: [], exported: false, others: [] };
  let text = line;
  const how: string[] = [];
  if (text.includes('\0')) {
    text = text.replaceAll('\0', '');
    how.push('NUL bytes removed');
    if (text.trim() === '') return { ...found, malformed: 'nothing but NUL bytes' };
  }
  // A byte order mark is no damage.
  if (text.charCodeAt(0) === 0xfeff || text.startsWith('ï»¿')) text = text.replace(/^(?:\ufeff|ï»¿)/, '');
  const bare = text.trim();
  // One element of a JSON array that was written a line each.
  const element = bare.replace(/^[[,]\s*/, '').replace(/\s*[\],]+$/, '');
  if (element === '') return found;
  // What a syslog daemon, a journal or a container puts before a line.
  const prefixed = PREFIXED.exec(bare)?.[1];
  for (const candidate of new Set([bare, element, ...(prefixed ? [prefixed] : [])])) {
    try {
      const document = readDocument(JSON.parse(candidate));
      if (document.events.length > 0 || document.others.length > 0)
        return how.length > 0 ? { ...document, salvaged: how.join(', ') } : document;
    } catch {}
  }
  const literal = bare.indexOf("{'");
  const python = literal < 0 || bare.includes('{"') ? undefined : parsePythonDict(bare.slice(literal));
  if (python) return readDocument(python);
  let rest = '';
  for (const part of objectsIn(bare)) {
    if (part.whole) {
      try {
        const { events, exported, others } = readDocument(JSON.parse(part.text));
        found.events.push(...events);
        found.others.push(...others);
        found.exported ||= exported;
        continue;
      } catch {}
    }
    rest += `${part.text}\n`;
  }
  if (found.events.length > 0)
    return { ...found, salvaged: [...how, 'objects taken out of a damaged line'].join(', ') };
  const loose = looseEvents(rest === '' ? bare : rest).filter(
    (event) => typeof event['timestamp'] === 'string' && event['timestamp'].length >= 19,
  );
  if (loose.length > 0)
    return { ...found, events: loose, salvaged: [...how, 'fields taken out of a cut-off line'].join(', ') };
  return { ...found, malformed: bare.startsWith('{') ? 'cut off before its time' : 'no JSON' };
}

const PREFIXED = /^[^"{}]{1,300}?[\]:|\sFP]\s*(\{.*\})$/;
const TRIES = 64;

/** Objects `{…}` in a text that begins or ends in the middle of one. */
function objectsIn(text: string): { text: string; whole: boolean }[] {
  const parts: { text: string; whole: boolean }[] = [];
  let at = 0;
  for (let tries = 0; tries < TRIES && at < text.length; tries++) {
    const start = text.indexOf('{"', at);
    if (start < 0) break;
    if (start > at) parts.push({ text: text.slice(at, start), whole: false });
    const end = endOfObject(text, start);
    if (end > 0) {
      try {
        JSON.parse(text.slice(start, end));
        parts.push({ text: text.slice(start, end), whole: true });
        at = end;
        continue;
      } catch {}
    }
    // Cut off: another object may begin inside what looks like its text.
    const next = text.indexOf('{"', start + 2);
    const stop = next < 0 ? text.length : next;
    parts.push({ text: text.slice(start, stop), whole: false });
    at = stop;
  }
  if (at < text.length) parts.push({ text: text.slice(at), whole: false });
  return parts;
}

/** Position after the object that begins at `start`; −1 when it does not end. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 123) depth++;
    else if (c === 125 && --depth === 0) return i + 1;
  }
  return -1;
}

const PAIR =
  /"([A-Za-z_@][\w.@-]*)"\s*:\s*(?:"((?:[^"\\\n]|\\.)*)("?)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|(\[[^\]\n]*\]?))/g;

/**
 * Events from `"key": value` pairs that stand in no object, or in one whose end is lost: a pair whose key was there
 * already begins the next event. A login whose password is lost has it in its message.
 */
export function looseEvents(text: string): RawEvent[] {
  const events: RawEvent[] = [];
  let event: RawEvent = {};
  const finish = () => {
    if (typeof event['eventid'] === 'string') events.push(complete(event));
    event = {};
  };
  for (const [, key, string, closed, number, literal, list] of text.matchAll(PAIR)) {
    if (Object.hasOwn(event, key!)) finish();
    let value: unknown;
    if (string !== undefined) {
      try {
        value = JSON.parse(`"${string}"`);
      } catch {
        value = string;
      }
      // A cut-off value says less than none, but a message is a text of its own.
      if (closed === '' && key !== 'message') continue;
    } else if (number !== undefined) value = Number(number);
    else if (literal !== undefined) value = JSON.parse(literal);
    else {
      try {
        value = JSON.parse(list!);
      } catch {
        continue;
      }
    }
    Object.defineProperty(event, key!, { value, enumerable: true, writable: true, configurable: true });
  }
  finish();
  return events;
}

function complete(event: RawEvent): RawEvent {
  const { eventid, message, password } = event;
  if (password === undefined && typeof message === 'string' && /^cowrie\.login\./.test(String(eventid))) {
    const tried = /^login attempt \[([\s\S]*)\](?:\s|$)/.exec(message);
    if (tried) {
      const found = credentials(tried[1]!);
      if (event['username'] === undefined || event['username'] === found.username) Object.assign(event, found);
      // The cut-off rest of the sentence is what the id says.
      event['message'] = undefined;
    }
  }
  return event;
}

/**
 * Takes whole objects out of JSON that is not one object a line: an array, pretty-printed objects, a stream of
 * both. Feed it text as it comes; at the end `rest` is what never closed.
 */
export class ObjectScanner {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #parts: string[] = [];
  #length = 0;
  /** Objects that were given up. */
  lost = 0;

  get rest(): string {
    return this.#depth > 0 ? this.#parts.join('') : '';
  }

  /** @param visit gets each outermost object as text; objects longer than 16 MiB are given up */
  feed(text: string, visit: (object: string) => void): void {
    let start = this.#depth > 0 ? 0 : -1;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (c === 92) this.#escaped = true;
        else if (c === 34) this.#inString = false;
      } else if (c === 34) this.#inString = this.#depth > 0;
      else if (c === 123) {
        if (this.#depth++ === 0) start = i;
      } else if (c === 125 && this.#depth > 0 && --this.#depth === 0) {
        this.#parts.push(text.slice(start, i + 1));
        visit(this.#parts.join(''));
        this.#parts = [];
        this.#length = 0;
        start = -1;
      }
    }
    if (start >= 0) {
      this.#parts.push(text.slice(start));
      this.#length += text.length - start;
      if (this.#length > 16 << 20) {
        this.lost++;
        this.#parts = [];
        this.#length = 0;
        this.#depth = 0;
        this.#inString = false;
      }
    }
  }
}
