// The line of `cowrie.log`: `TIMESTAMP [protocol,session,src_ip] message`.
import type { Event } from './event.ts';

/**
 * An event as its text line, newline included; '' for an event without message (session.params). Further lines of a
 * message begin with a tab, as Twisted writes them; other controls stay escaped so that one event is one record.
 */
export function toTextLine(event: Event): string {
  if (event.message === '') return '';
  const prefix =
    'session' in event
      ? `${event.protocol},${event.session},${event.src_ip}`
      : `${event.eventid.split('.').slice(0, 2).join('.')}#info`;
  const message = event.message
    .replace(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g, '\n\t')
    .replace(/[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `${event.timestamp} [${prefix}] ${message}\n`;
}
