// Heralding's sessions and attempts (log_session.json, log_session.csv, log_auth.csv since 2016), as events.
import type { RawEvent } from './legacy.ts';
import { formatMicros, parseTimestamp } from './time.ts';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** Over TLS the protocol is the same; the port tells. */
function protocolOf(value: unknown): string | undefined {
  const name = text(value)?.toLowerCase();
  return name && /^(?:imap|pop3|smtp|http)s$/.test(name) ? name.slice(0, -1) : name;
}

/** Whether a JSON object, or a row by its column names, is of Heralding. */
export function isHeralding(record: RawEvent): boolean {
  return (
    typeof record['session_id'] === 'string' &&
    typeof (record['source_ip'] ?? record['src_ip']) === 'string' &&
    ('auth_id' in record || 'num_auth_attempts' in record || 'auth_attempts' in record)
  );
}

// T-Pot keeps the whole row as `message`, whose time is more exact than the document's.
function timeOf(record: RawEvent): string {
  const { timestamp, message } = record;
  if (typeof timestamp === 'string') return timestamp;
  const row =
    typeof message === 'string' ? /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}(?=,)/.exec(message)?.[0] : undefined;
  return row ?? String(record['@timestamp']);
}

/**
 * A session is its beginning and, `duration` whole seconds later, its end; an attempt is `cowrie.login.failed` of the
 * session's protocol, as Heralding lets nobody in. What a protocol does not show (VNC knows no user) is absent.
 */
export function heraldingEvents(record: RawEvent): RawEvent[] {
  const base: RawEvent = {
    session: record['session_id'],
    src_ip: record['source_ip'] ?? record['src_ip'],
    // The first releases misspelt it; T-Pot has names of its own.
    src_port: number(record['source_port'] ?? record['souce_port'] ?? record['src_port']),
    dst_ip: text(record['destination_ip'] ?? record['dest_ip']),
    dst_port: number(record['destination_port'] ?? record['dest_port']),
    protocol: protocolOf(record['protocol'] ?? record['proto']),
  };
  const timestamp = timeOf(record);
  const at = parseTimestamp(timestamp);
  if (Number.isNaN(at)) return [];
  if ('auth_id' in record) return [attempt(base, { ...record, timestamp })];
  const events: RawEvent[] = [{ ...base, eventid: 'cowrie.session.connect', timestamp: formatMicros(at) }];
  const attempts = record['auth_attempts'];
  if (Array.isArray(attempts))
    for (const each of attempts)
      if (typeof each === 'object' && each !== null) events.push(attempt(base, each as RawEvent));
  // Sessions that go on are told too where the log is not a file.
  const duration = number(record['duration']);
  if (duration !== undefined && record['session_ended'] !== false)
    events.push({
      ...base,
      eventid: 'cowrie.session.closed',
      timestamp: formatMicros(at + duration * 1e6),
      duration_ms: duration * 1000,
    });
  return events;
}

function attempt(base: RawEvent, record: RawEvent): RawEvent {
  const { username, password, password_hash, timestamp } = record;
  return {
    ...base,
    eventid: 'cowrie.login.failed',
    timestamp: typeof timestamp === 'string' ? timestamp : undefined,
    ...(typeof username === 'string' ? { username } : {}),
    ...(typeof password === 'string' ? { password } : {}),
    ...(typeof password_hash === 'string' && password_hash !== '' ? { password_hash } : {}),
  };
}
