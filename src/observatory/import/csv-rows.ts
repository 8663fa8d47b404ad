// CSV exports of Cowrie events: Kibana's and Splunk's, and those of scripts.
import { StringDecoder } from 'node:string_decoder';
import type { RawEvent } from '../../event/legacy.ts';
import { header, readCsv } from '../csv.ts';
import { readDocument } from '../documents.ts';
import { parseLine } from '../lines.ts';
import { give } from './json-lines.ts';
import type { Reader, Sink } from './reader.ts';

/** Columns that hold the whole event as JSON. */
const WHOLE = ['_raw', '_source', 'message', 'event.original', '@message', 'honeypot', 'log'];
const TIMES = ['timestamp', '@timestamp', '_time', 'time', 'Time'];

export const csvRows: Reader = {
  kind: 'csv',
  turn: 1,
  recognises: ({ text }) => {
    if (/^[{[]/.test(text)) return false;
    const names = header(text);
    if (!names || names.length < 2) return false;
    if (names.includes('eventid') || names.includes('honeypot.eventid')) return true;
    return names.some((name) => WHOLE.includes(name)) && /""eventid""\s*:/.test(text);
  },
  begin: (sink) => async (log) => {
    const decoder = new StringDecoder('utf8');
    const reader = readCsv((row) => {
      sink.line();
      take(row, sink);
    });
    for await (const chunk of log.chunks()) reader.feed(decoder.write(chunk));
    reader.feed(decoder.end());
    reader.end();
  },
};

function take(row: RawEvent, sink: Sink): void {
  const event: RawEvent = {};
  for (const [name, value] of Object.entries(row)) {
    // Kibana's sign for nothing.
    if ((value === '-' && name !== 'password' && name !== 'username' && name !== 'input') || value === '(null)')
      continue;
    Object.defineProperty(event, name.replace(/^honeypot\./, ''), {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  if (typeof event['eventid'] === 'string' && TIMES.some((name) => event[name] !== undefined)) {
    const { events } = readDocument({ '@timestamp': event['Time'], ...event, Time: undefined });
    for (const each of events) sink.add(each, { text: true });
    return;
  }
  for (const name of WHOLE) {
    const whole = row[name];
    if (typeof whole !== 'string' || !whole.startsWith('{')) continue;
    const parsed = parseLine(whole);
    if (parsed.events.length > 0) return give({ ...parsed, exported: true }, sink);
  }
  sink.malformed('no Cowrie event');
}
