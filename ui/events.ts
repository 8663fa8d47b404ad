// What kind of thing an event is, and the part of its message that is worth a line.
import { duration } from './format.ts';

export type Kind =
  | 'connect'
  | 'closed'
  | 'client'
  | 'failed'
  | 'succeeded'
  | 'command'
  | 'notFound'
  | 'file'
  | 'request'
  | 'recording'
  | 'forward'
  | 'terminal'
  | 'key'
  | 'gap'
  | 'line'
  | 'violation'
  | 'sensor'
  | 'other';

const KINDS: Record<string, Kind> = {
  'cowrie.session.connect': 'connect',
  'cowrie.session.closed': 'closed',
  'cowrie.client.version': 'client',
  'cowrie.client.kex': 'client',
  'cowrie.client.size': 'terminal',
  'cowrie.client.var': 'terminal',
  'cowrie.session.params': 'terminal',
  'cowrie.client.fingerprint': 'key',
  'cowrie.login.failed': 'failed',
  'cowrie.login.success': 'succeeded',
  'cowrie.command.input': 'command',
  'cowrie.command.success': 'command',
  'cowrie.session.input': 'command',
  'cowrie.command.failed': 'notFound',
  'cowrie.session.file_download': 'file',
  'cowrie.session.file_upload': 'file',
  'cowrie.session.file_download.failed': 'request',
  'kansatsuki.session.download_request': 'request',
  'kansatsuki.session.download_result': 'request',
  'cowrie.log.closed': 'recording',
  'cowrie.log.open': 'recording',
  'kansatsuki.session.line': 'line',
  'kansatsuki.session.gap': 'gap',
  'kansatsuki.session.violation': 'violation',
};

export function kindOf(eventid: string): Kind {
  const kind = KINDS[eventid];
  if (kind) return kind;
  if (eventid.startsWith('cowrie.direct-tcpip.')) return 'forward';
  return eventid.startsWith('kansatsuki.') ? 'sensor' : 'other';
}

const AFTER: Partial<Record<Kind, RegExp>> = {
  failed: /\[([\s\S]*)\](?: failed)?$/,
  succeeded: /\[([\s\S]*)\](?: succeeded)?$/,
  command: /^(?:CMD|Command found|INPUT(?: \([^)]*\))?): ([\s\S]*)$/,
  notFound: /^Command not found: ([\s\S]*)$/,
  client: /^(?:Remote SSH version|SSH client hassh fingerprint): ([\s\S]*)$/,
  connect: /^New connection: \S+ \(\S*?(:\d+)\)/,
  gap: /^(?:Not emulated|Unknown program): ([\s\S]*)$/,
};

/** What a line of the feed says besides the name of its kind: hostile text. */
export function detailOf(kind: Kind, message: string): string {
  if (kind === 'closed') {
    const ms = /after (\d+) milliseconds/.exec(message)?.[1];
    if (ms !== undefined) return duration(Number(ms));
  }
  return AFTER[kind]?.exec(message)?.[1] ?? message;
}
