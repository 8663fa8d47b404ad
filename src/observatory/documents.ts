// What a JSON document holds: a Cowrie event as it is, or in the envelope of a collector, a database or a container; or what another honeypot wrote.
import { heraldingEvents, isHeralding } from '../event/heralding.ts';
import type { RawEvent } from '../event/legacy.ts';
import { isOpenCanary, openCanaryEvent } from '../event/opencanary.ts';

export interface Document {
  events: RawEvent[];
  /** The events went through a collector: they may only repeat what the sensor's own log says. */
  exported: boolean;
  /** Well formed, but nothing that we read: what each is. */
  others: string[];
}

/** Members that hold the document itself; the text ones hold it as JSON once more. */
const WRAPPERS = [
  '_source',
  'honeypot',
  'cowrie',
  'json',
  'event',
  'result',
  'fields',
  'data',
  'original',
  'raw_data',
  '_raw',
  'message',
  'short_message',
  'full_message',
  'MESSAGE',
  'log',
  'msg',
  'line',
  'payload',
];
/** Members that hold many documents. */
const CONTAINERS = ['hits', 'documents', 'rows'];
/** What shippers and T-Pot add to an event; the sensor's own log has none of it. */
const SHIPPING =
  /^(?:@version|tags|type|path|host|agent|ecs|input|log|offset|prospector|beat|fileset|geoip|geoip_ext|geo|source|stream|event|_id|ip_rep|src_host|t-pot_.*|src_ip_(?:geo|country).*)$/;
const DEPTH = 6;

/** Reads a document that JSON.parse gave. */
export function readDocument(value: unknown): Document {
  const document: Document = { events: [], exported: false, others: [] };
  collect(value, undefined, document, 0);
  if (document.events.length + document.others.length === 0 && !isEmpty(value)) document.others.push(kindOf(value));
  return document;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** @param outer time of the envelope */
function collect(value: unknown, outer: unknown, into: Document, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > DEPTH) return;
  if (Array.isArray(value)) {
    for (const element of value) {
      const before = into.events.length + into.others.length;
      collect(element, outer, into, depth + 1);
      if (into.events.length + into.others.length === before && !isEmpty(element)) into.others.push(kindOf(element));
    }
    return;
  }
  const object = value as RawEvent;
  const { eventid } = object;
  const give = (event: RawEvent, exported = true) => {
    into.events.push(event);
    into.exported ||= exported;
  };
  if (typeof eventid === 'string') {
    if ('@timestamp' in object || outer !== undefined) return give(shipped(object, outer));
    if (typeof object['timestamp'] === 'object') object['timestamp'] = mongoDate(object['timestamp']);
    return give(object, false);
  }
  // Elasticsearch's `fields`: every value in a list.
  if (Array.isArray(eventid) && typeof eventid[0] === 'string') {
    const flat: RawEvent = {};
    for (const [name, list] of Object.entries(object))
      if (!name.endsWith('.keyword')) define(flat, name, Array.isArray(list) && list.length === 1 ? list[0] : list);
    return give(shipped(flat, outer));
  }
  if (isHeralding(object)) {
    for (const event of heraldingEvents(object)) give(event);
    return;
  }
  if (isOpenCanary(object)) return give(openCanaryEvent(object));
  const time = object['@timestamp'] ?? object['_time'] ?? outer ?? null;
  const { length } = into.events;
  const others = into.others.length;
  for (const name of WRAPPERS) {
    const inner = object[name];
    collect(typeof inner === 'string' ? parsed(inner) : inner, time, into, depth + 1);
    if (into.events.length > length) return;
    // A list in a document of something else is no list of documents.
    into.others.length = others;
  }
  for (const name of CONTAINERS) {
    collect(object[name], time, into, depth + 1);
    if (into.events.length + into.others.length > length + others) return;
  }
}

function define(object: RawEvent, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

function parsed(text: string): unknown {
  if (text.length < 12 || !/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An event as a collector kept it, without what the collector added; T-Pot calls the destination `dest_ip`. */
function shipped(object: RawEvent, outer: unknown): RawEvent {
  const event: RawEvent = {};
  for (const [name, value] of Object.entries(object)) {
    if (
      SHIPPING.test(name) &&
      !(name === 'type' && typeof object['fingerprint'] === 'string') &&
      !isInput(object, name)
    )
      continue;
    define(event, name === 'dest_ip' ? 'dst_ip' : name === 'dest_port' ? 'dst_port' : name, value);
  }
  if (typeof event['timestamp'] === 'object') event['timestamp'] = mongoDate(event['timestamp']);
  if (event['timestamp'] === undefined && event['@timestamp'] === undefined && outer) event['@timestamp'] = outer;
  return event;
}

// `input` is the command of an event, and the name that a shipper has for where it reads.
const isInput = (object: RawEvent, name: string): boolean => name === 'input' && typeof object[name] === 'string';

function mongoDate(value: unknown): unknown {
  const date = (value as { $date?: unknown } | null)?.$date;
  const long = (date as { $numberLong?: string } | undefined)?.$numberLong;
  return long === undefined ? date : Number(long);
}

/** What a document that is not ours says of its kind. */
function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no object';
  const object = value as RawEvent;
  const source = object['_source'];
  const inner = typeof source === 'object' && source !== null ? (source as RawEvent) : object;
  for (const name of ['type', 'event_type', 'sensor_type', 'logtype', 'channel', 'app', 'kind', 'class']) {
    const kind = inner[name];
    if (typeof kind === 'string' && kind !== '') return kind.slice(0, 64);
  }
  return 'unknown';
}
