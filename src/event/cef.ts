// Cowrie's events in ArcSight's Common Event Format, as audit.log and syslog had them since 2016.
import type { RawEvent } from './legacy.ts';
import { eventOfText } from './textlog.ts';

const LINE = /^(.*?)CEF:0\|Cowrie\|Cowrie\|[^|]*\|(cowrie\.[\w.-]+)\|[^|]*\|\d+\|([\s\S]*)$/;
const STAMP = /(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*)\s*$/;
/** A pair's key follows a blank; a value has its `=` escaped. */
const PAIR = /(?:^| )(\w+)=((?:[^=\\]|\\[\s\S])*)(?= \w+=|$)/g;

export const isCef = (text: string): boolean => /^.{0,200}CEF:0\|Cowrie\|Cowrie\|/m.test(text);

/** The event of a line; undefined when it is none, or has no time. Nothing in it names the session. */
export function cefEvent(line: string): RawEvent | undefined {
  const match = LINE.exec(line);
  const timestamp = STAMP.exec(match?.[1] ?? '')?.[1];
  if (!match || timestamp === undefined) return undefined;
  const pairs = new Map([...match[3]!.matchAll(PAIR)].map(([, key, value]) => [key!, unescaped(value!)]));
  const message = pairs.get('msg');
  const protocol = message?.startsWith('Telnet ') ? 'telnet' : undefined;
  const said = message === undefined ? undefined : eventOfText(message, {});
  const { session: _, ...fields } = said?.['eventid'] === match[2] ? said : ({ message } as RawEvent);
  const event: RawEvent = { ...fields, eventid: match[2], timestamp, ...(protocol ? { protocol } : {}) };
  const put = (field: string, key: string, number = false) => {
    const value = pairs.get(key);
    if (value !== undefined && value !== '') event[field] = number ? Number(value) : value;
  };
  put('sensor', 'deviceExternalId');
  put('src_ip', 'src');
  put('src_port', 'spt', true);
  put('dst_ip', 'dst');
  put('dst_port', 'dpt', true);
  put('username', 'duser');
  put('shasum', 'filehash');
  put('outfile', 'filePath');
  return event;
}

const unescaped = (value: string): string =>
  value.replace(/\\([\s\S])/g, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : c));
