// Bounds of what one event may bring into the store, and how it is said that something was left out.
import type { RawEvent } from '../../event/legacy.ts';

/** Characters of one field; a sensor cuts a line at half of it. */
const FIELD = 1 << 18;
const FIELDS = 512;
const NESTING = 16;
/** Values within one field. */
const VALUES = 10_000;

/**
 * Cuts an event in place; the same event is always cut to the same.
 * @returns what was done, in words that are the same for all events
 */
export function bound(event: RawEvent): string[] {
  const done = new Set<string>();
  const keys = Object.keys(event);
  for (const [i, key] of keys.entries()) {
    const value = event[key];
    if (i >= FIELDS && !essential.has(key)) {
      delete event[key];
      done.add(`more than ${FIELDS} fields: the rest was left out`);
    } else if (typeof value === 'string') {
      if (value.length <= FIELD) continue;
      set(event, key, cut(value));
      done.add(`a field of more than ${FIELD} characters was cut`);
    } else if (typeof value === 'object' && value !== null && !small(value)) {
      set(event, key, '[too large or too deeply nested to be kept]');
      done.add('a field too large or too deeply nested was left out');
    }
  }
  if (keys.length > FIELDS) event['fields_left_out'] = keys.length - Object.keys(event).length;
  return [...done];
}

const essential: ReadonlySet<string> = new Set(['eventid', 'timestamp', 'session', 'sensor', 'src_ip', 'message']);

// `__proto__` is a field like any other.
function set(event: RawEvent, key: string, value: unknown): void {
  Object.defineProperty(event, key, { value, enumerable: true, writable: true, configurable: true });
}

function cut(value: string): string {
  // Not within a character of two units.
  const end = (value.charCodeAt(FIELD - 1) & 0xfc00) === 0xd800 ? FIELD - 1 : FIELD;
  return `${value.slice(0, end)}… [cut: ${value.length} characters]`;
}

function small(value: object): boolean {
  let seen = 0;
  let length = 0;
  const left: [object, number][] = [[value, 1]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [each, depth] = next;
    if (depth > NESTING) return false;
    for (const [key, inner] of Object.entries(each)) {
      if (++seen > VALUES) return false;
      length += key.length + (typeof inner === 'string' ? inner.length : 0);
      if (length > FIELD) return false;
      if (typeof inner === 'object' && inner !== null) left.push([inner, depth + 1]);
    }
  }
  return true;
}
