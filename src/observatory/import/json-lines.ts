// Cowrie's own log: one JSON object a line.
import type { RawEvent } from '../../event/legacy.ts';
import { decode, eventsOf, salvage } from '../lines.ts';
import { eachPlace } from './lines.ts';
import type { Head, Reader, Sink } from './reader.ts';

/** Of less text no object can be deep or large. */
const SHORT = 4096;

/** Whether a text begins as JSON of Cowrie events. */
export function isJson({ text }: Head): boolean {
  return /^[{[]/.test(text) && /"eventid(?:\.keyword)?"\s*:\s*"/.test(text);
}

export const jsonLines: Reader = {
  kind: 'json',
  turn: 0,
  recognises(head) {
    const { text, name } = head;
    // Nothing but NULs: the file was rotated while it was open.
    if (text === '') return /json/.test(name);
    if (text.startsWith('{')) return isJson(head) && firstLine(text) !== '{';
    // Begins in the middle of a line.
    return !text.startsWith('[') && /"eventid"\s*:/.test(text);
  },
  begin: (sink) => (log) =>
    eachPlace(log, sink, (bytes, start, end) => {
      if (!sink.addLine(bytes, start, end)) readLine(decode(bytes.subarray(start, end)), sink);
    }),
};

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return (end < 0 ? text : text.slice(0, end)).trim();
}

function readLine(line: string, sink: Sink): void {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    const { events, salvaged, malformed } = salvage(line);
    if (malformed) sink.malformed(malformed);
    if (salvaged) sink.salvaged(salvaged, events.length);
    for (const event of events) sink.add(event);
    return;
  }
  if (typeof (value as RawEvent | null)?.['eventid'] === 'string')
    sink.add(value as RawEvent, undefined, line.length < SHORT);
  else {
    const events = eventsOf(value);
    if (events.length === 0) sink.malformed('no Cowrie event');
    for (const event of events) sink.add(event);
  }
}
