// Cowrie's own log: one JSON object a line.
import type { RawEvent } from '../../event/legacy.ts';
import { readDocument } from '../documents.ts';
import { decode, type Parsed, salvage } from '../lines.ts';
import { eachPlace } from './lines.ts';
import type { Head, Reader, Sink } from './reader.ts';

/** Of less text no object can be deep or large. */
const SHORT = 4096;
/** A longer line may have a field that must be cut. */
const PLAIN = 1 << 16;

/** Members of Cowrie's events, of Elasticsearch's documents, of Heralding and OpenCanary. */
const MEMBER = /"eventid(?:\.keyword)?"\s*:\s*["[]|"_source"\s*:\s*\{|"(?:num_auth_attempts|auth_attempts)"\s*:/;
const isCanary = (text: string): boolean => /"logtype"\s*:\s*\d/.test(text) && text.includes('"node_id"');
/** The same in a text member: a line of a container's log, of a shipper. */
const WRAPPED = /\\"eventid\\"\s*:\s*\\"/;
/** A dictionary of Python's. */
const isPython = (text: string): boolean => text.includes("{'") && text.includes("'eventid': '");

/** Whether a text begins as JSON that may hold events. */
export function isJson({ text }: Head): boolean {
  return /^[{[]/.test(text) && (MEMBER.test(text) || isCanary(text) || (firstLine(text) !== '{' && WRAPPED.test(text)));
}

export const jsonLines: Reader = {
  kind: 'json',
  turn: 0,
  recognises(head) {
    const { text, name } = head;
    // Nothing but NULs: the file was rotated while it was open.
    if (text === '') return /json/.test(name);
    if (text.startsWith('{')) return (isJson(head) || isPython(text)) && firstLine(text) !== '{';
    // Begins in the middle of a line, or each line with what a syslog daemon puts there.
    return !text.startsWith('[') && (/"eventid"\s*:/.test(text) || isPython(text));
  },
  begin: (sink) => (log) =>
    eachPlace(log, sink, (bytes, start, end, cut) => {
      if (end - start > PLAIN || !sink.addLine(bytes, start, end))
        readLine(decode(bytes.subarray(start, end)), cut, sink);
    }),
};

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return (end < 0 ? text : text.slice(0, end)).trim();
}

function readLine(line: string, cut: boolean, sink: Sink): void {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    give(salvage(line), sink);
    return;
  }
  // The common case first: an event as Cowrie wrote it.
  const event = value as RawEvent | null;
  if (
    !cut &&
    typeof event?.['eventid'] === 'string' &&
    typeof event['timestamp'] === 'string' &&
    event['@timestamp'] === undefined
  )
    sink.add(event, undefined, line.length < SHORT);
  else {
    const document = readDocument(value);
    const salvaged = cut && document.events.length > 0 ? 'a line of more than 4 MiB, without its middle' : undefined;
    give({ ...document, ...(salvaged ? { salvaged } : {}) }, sink);
  }
}

/** Tells what a line or an object gave. */
export function give({ events, exported, others, salvaged, malformed }: Parsed, sink: Sink): void {
  if (malformed) sink.malformed(malformed);
  if (salvaged) sink.salvaged(salvaged, events.length);
  // A document of another kind is none of ours; what has no kind at all may be a damaged one.
  for (const other of others)
    if (other === 'unknown' || other === 'no object') sink.malformed('no event');
    else sink.other(other);
  for (const event of events) sink.add(event, exported ? { text: true } : undefined);
}
