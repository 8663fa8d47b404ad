// Every generation of Cowrie's JSON since 2015, brought to the fields of today (§6 of the format reference).
import { unwrapLiteral } from './escape.ts';
import { messageOf } from './message.ts';
import { sayingOf, says } from './saying.ts';

/** An event as JSON.parse gives it. */
export type RawEvent = Record<string, unknown>;

/** KIPPnnnn and COWnnnn of 2015 share the numbers. */
const numbered = [
  '',
  'cowrie.session.connect',
  'cowrie.login.success',
  'cowrie.login.failed',
  'cowrie.log.open',
  'cowrie.command.success',
  'cowrie.command.failed',
  'cowrie.session.file_download',
  'cowrie.session.input',
  'cowrie.client.version',
  'cowrie.client.size',
  'cowrie.session.closed',
  'cowrie.log.closed',
  'cowrie.client.var',
  'cowrie.direct-tcpip.request',
  'cowrie.direct-tcpip.data',
  'cowrie.client.fingerprint',
  'cowrie.session.file_upload',
];

/** Fields that say nothing of what happened: log plumbing of the Python side. */
const plumbing = ['system', 'isError', 'format', 'time'];
/** Fields that a store keeps elsewhere than in the event, or not at all. */
export const ENVELOPE: ReadonlySet<string> = new Set([
  'eventid',
  'timestamp',
  'session',
  'sensor',
  'uuid',
  'epoch',
  '@timestamp',
  ...plumbing,
]);

/**
 * Changes a parsed event in place to today's form: id, `duration_ms`, bare values in place of Python literals, the
 * originator of a forwarding request in `orig_ip`/`orig_port`, virtual paths in `destfile`, the protocol from `system`.
 * A `message` that the fields already say is dropped (set to undefined).
 */
export function normalise(event: RawEvent): void {
  let id = event['eventid'];
  if (typeof id !== 'string') return;
  if (/^(?:KIPP|COW)\d{4}$/.test(id)) {
    id = numbered[Number(id.slice(-4))] ?? id;
    event['eventid'] = id;
  }
  const { message } = event;
  if (
    typeof message === 'string'
      ? saysNothingNew(id as string, message, event)
      : Array.isArray(message) && message.length === 0
  )
    event['message'] = undefined;

  if (typeof event['system'] === 'string' && event['protocol'] === undefined)
    event['protocol'] = event['system'].includes('Telnet')
      ? 'telnet'
      : /SSH|HoneyPotTransport/.test(event['system'])
        ? 'ssh'
        : undefined;

  // A converter made numbers of texts, or texts of numbers.
  for (const field of TEXTS) if (typeof event[field] === 'number') event[field] = String(event[field]);
  for (const field of PORTS) if (typeof event[field] === 'string') port(event, field);

  switch (id) {
    case 'cowrie.session.closed':
    case 'cowrie.log.closed':
      duration(event);
      break;
    case 'cowrie.login.success':
    case 'cowrie.login.failed':
      literal(event, 'password');
      literal(event, 'username');
      break;
    case 'cowrie.client.version':
      literal(event, 'version');
      break;
    case 'cowrie.client.fingerprint':
      literal(event, 'username');
      break;
    case 'cowrie.direct-tcpip.request':
      originator(event);
      break;
    case 'cowrie.session.file_download':
      virtualPath(event);
      break;
  }
}

const TEXTS = ['username', 'password', 'input', 'session', 'sensor'];
const PORTS = ['src_port', 'dst_port', 'orig_port'];

function port(event: RawEvent, field: string): void {
  const value = event[field] as string;
  if (/^\d{1,5}$/.test(value)) event[field] = Number(value);
}

function duration(event: RawEvent): void {
  const { duration } = event;
  if (event['duration_ms'] === undefined && duration !== undefined) {
    const seconds = typeof duration === 'number' ? duration : duration === '' ? Number.NaN : Number(duration);
    if (Number.isFinite(seconds) && seconds >= 0) event['duration_ms'] = Math.round(seconds * 1000);
  }
  if (typeof event['duration_ms'] === 'number') event['duration'] = undefined;
}

function literal(event: RawEvent, field: string): void {
  const value = event[field];
  if (typeof value !== 'string') return;
  const first = value.charCodeAt(0);
  // Only b'…' is unambiguous for what a person may type; a version is never quoted by its sender.
  if (first === 0x62 || (field === 'version' && (first === 0x27 || first === 0x22)))
    event[field] = unwrapLiteral(value);
}

// Until mid 2026 src_port was the port that the client claims; its address stands in the message only.
function originator(event: RawEvent): void {
  if (event['orig_ip'] !== undefined) return;
  const claimed = /from (\S+):(\d+)$/.exec(String(event['message'] ?? ''));
  if (claimed) {
    event['orig_ip'] = claimed[1];
    event['orig_port'] = Number(claimed[2]);
    if (event['src_port'] === event['orig_port']) event['src_port'] = undefined;
    if (event['message'] === messageOf(event)) event['message'] = undefined;
  } else if (event['src_port'] !== undefined) {
    event['orig_port'] = event['src_port'];
    event['src_port'] = undefined;
  }
}

function virtualPath(event: RawEvent): void {
  const { url } = event;
  if (typeof url !== 'string' || event['destfile'] !== undefined || url.includes('://')) return;
  if (url === 'stdin') event['destfile'] = '';
  else if (url.startsWith('/')) event['destfile'] = url;
  else return;
  event['url'] = undefined;
}

// The common ids first, without templates: this runs for every imported event.
function saysNothingNew(id: string, message: string, event: RawEvent): boolean {
  const saying = sayingOf(id);
  if (saying !== undefined && says(message, saying, event)) return true;
  switch (id) {
    case 'cowrie.client.var':
      return message.endsWith(`${event['name']}=${event['value']}`);
    // Kept until the originator has been read from it.
    case 'cowrie.direct-tcpip.request':
      return event['orig_ip'] !== undefined && message === messageOf(event);
    case 'cowrie.direct-tcpip.data':
      return message.endsWith(`${event['dst_ip']}:${event['dst_port']} with data ${event['data']}`);
  }
  return message === messageOf(event);
}
