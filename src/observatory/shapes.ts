// Which fields of which events have a place of their own in the packed form, and how each is written there.
import type { Kind } from './schema.ts';

/** How a field is packed: by a dictionary, as a whole number, as a flag, as 32 bytes of hexadecimal, as a path ending in the event's shasum, or as it is. */
export type Packing = Kind | 'integer' | 'flag' | 'sha256' | 'shapath' | 'raw';

/** Fields with a place of their own, by id; anything else of an event goes into its JSON rest. */
export type Shape = readonly (readonly [field: string, packing: Packing])[];

export const shapes: Readonly<Record<string, Shape>> = {
  'cowrie.session.connect': [
    ['src_port', 'integer'],
    ['dst_ip', 'text'],
    ['dst_port', 'integer'],
    ['protocol', 'protocol'],
  ],
  'cowrie.session.closed': [['duration_ms', 'integer']],
  'cowrie.session.params': [['arch', 'text']],
  'cowrie.client.version': [['version', 'client']],
  'cowrie.client.kex': [['hassh', 'hassh']],
  'cowrie.client.size': [
    ['width', 'integer'],
    ['height', 'integer'],
  ],
  'cowrie.client.var': [
    ['name', 'text'],
    ['value', 'text'],
  ],
  'cowrie.client.fingerprint': [
    ['username', 'username'],
    ['fingerprint', 'text'],
  ],
  'cowrie.login.success': [
    ['username', 'username'],
    ['password', 'password'],
  ],
  'cowrie.login.failed': [
    ['username', 'username'],
    ['password', 'password'],
  ],
  'kansatsuki.login.proof': [
    ['username', 'username'],
    ['scheme', 'text'],
  ],
  'cowrie.command.input': [['input', 'command']],
  'cowrie.command.failed': [['input', 'command']],
  'cowrie.command.success': [['input', 'command']],
  'cowrie.session.file_download': [
    ['shasum', 'hash'],
    ['url', 'url'],
    ['outfile', 'shapath'],
    ['destfile', 'text'],
    ['duplicate', 'flag'],
  ],
  'cowrie.session.file_upload': [
    ['shasum', 'hash'],
    ['url', 'text'],
    ['outfile', 'shapath'],
    ['destfile', 'text'],
    ['duplicate', 'flag'],
    ['filename', 'text'],
  ],
  'cowrie.session.file_download.failed': [['url', 'url']],
  'kansatsuki.session.summary': [
    ['persona', 'text'],
    ['stage', 'text'],
    ['commands', 'integer'],
    ['downloads', 'integer'],
    ['payloads', 'integer'],
    ['started', 'integer'],
  ],
  'kansatsuki.session.line': [
    ['exit_code', 'integer'],
    ['duration_ms', 'integer'],
  ],
  'kansatsuki.session.subsystem': [['name', 'text']],
  'kansatsuki.session.download_request': [
    ['url', 'url'],
    ['tool', 'text'],
    ['policy', 'text'],
    ['destfile', 'text'],
  ],
  'kansatsuki.session.download_result': [
    ['url', 'url'],
    ['tool', 'text'],
    ['bytes', 'integer'],
    ['address', 'text'],
    ['status', 'integer'],
    ['why', 'text'],
  ],
  'cowrie.log.open': [['ttylog', 'raw']],
  'cowrie.log.closed': [
    ['shasum', 'sha256'],
    ['ttylog', 'shapath'],
    ['size', 'integer'],
    ['duplicate', 'flag'],
    ['duration_ms', 'integer'],
  ],
  'cowrie.direct-tcpip.request': [
    ['dst_ip', 'text'],
    ['dst_port', 'integer'],
    ['orig_ip', 'text'],
    ['orig_port', 'integer'],
  ],
  'cowrie.direct-tcpip.data': [
    ['dst_ip', 'text'],
    ['dst_port', 'integer'],
    ['id', 'integer'],
    ['data', 'raw'],
  ],
  'cowrie.telnet.option': [
    ['command', 'text'],
    ['option_name', 'text'],
    ['option_byte', 'integer'],
  ],
};
const none: Shape = [];

/** Event ids come from logs: any text. */
export const shapeOf = (eventid: string): Shape => (Object.hasOwn(shapes, eventid) ? shapes[eventid]! : none);

/** Ids whose JSON rest is the same for many events: kept once, in the dictionary `fields`. */
export const sharedRest: ReadonlySet<string> = new Set([
  'cowrie.client.kex',
  'kansatsuki.client.kexinit',
  'kansatsuki.session.line',
  'cowrie.client.version',
  'cowrie.session.params',
  'cowrie.telnet.option',
  'cowrie.login.failed',
  'cowrie.login.success',
  'cowrie.session.connect',
]);
