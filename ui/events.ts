// What kind of thing an event is, and the part of its message that is worth a line.

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
  | 'exploit'
  | 'binary'
  | 'summary'
  | 'terminal'
  | 'key'
  | 'proof'
  | 'decoy'
  | 'gap'
  | 'line'
  | 'violation'
  | 'canary'
  | 'sensor'
  | 'other';

const KINDS: Record<string, Kind> = {
  'cowrie.session.connect': 'connect',
  'cowrie.session.closed': 'closed',
  'cowrie.client.size': 'terminal',
  'cowrie.client.var': 'terminal',
  'cowrie.session.params': 'terminal',
  'kansatsuki.session.subsystem': 'terminal',
  'cowrie.client.fingerprint': 'key',
  'cowrie.client.malformed_packet': 'violation',
  'cowrie.login.failed': 'failed',
  'cowrie.login.success': 'succeeded',
  'kansatsuki.login.proof': 'proof',
  'kansatsuki.login.decoy': 'decoy',
  'cowrie.session.input': 'command',
  'cowrie.command.failed': 'notFound',
  'cowrie.session.file_download': 'file',
  'cowrie.session.file_upload': 'file',
  'cowrie.session.file_download.failed': 'request',
  'kansatsuki.session.download_request': 'request',
  'kansatsuki.session.download_result': 'request',
  'cowrie.log.closed': 'recording',
  'cowrie.log.open': 'recording',
  'cowrie.telnet.option': 'client',
  'cowrie.telnet.error': 'violation',
  'kansatsuki.session.line': 'line',
  'kansatsuki.session.gap': 'gap',
  'kansatsuki.session.binary': 'binary',
  'kansatsuki.session.summary': 'summary',
  'kansatsuki.session.violation': 'violation',
};

/** Families of ids, of which the vocabulary and imported logs have more than stand above. */
const FAMILIES: readonly (readonly [RegExp, Kind])[] = [
  [/^(cowrie|kansatsuki)\.client\./, 'client'],
  [/^(cowrie|kansatsuki)\.command\./, 'command'],
  [/^(cowrie\.direct-tcpip|kansatsuki\.forward)\./, 'forward'],
  [/^(cowrie|kansatsuki)\.telnet\.exploit/, 'exploit'],
  [/^kansatsuki\.opencanary\./, 'canary'],
  [/^kansatsuki\.(sensor|process|limit|userdb|journal|retention|disk)\./, 'sensor'],
];

export function kindOf(eventid: string): Kind {
  // An id can be any text: `constructor` is no kind.
  if (Object.hasOwn(KINDS, eventid)) return KINDS[eventid]!;
  return FAMILIES.find(([ids]) => ids.test(eventid))?.[1] ?? 'other';
}

const AFTER: Partial<Record<Kind, RegExp>> = {
  failed: /\[([\s\S]*)\](?: failed)?$/,
  succeeded: /\[([\s\S]*)\](?: succeeded)?$/,
  command: /^(?:CMD|Command found|INPUT(?: \([^)]*\))?): ([\s\S]*)$/,
  notFound: /^Command not found: ([\s\S]*)$/,
  client: /^(?:(?:Remote SSH version|SSH client hassh fingerprint): |(?:SSH|Telnet) client )([\s\S]*)$/,
  connect: /^New connection: \S+ \(\S*?(:\d+)\)/,
  summary: /came as far as ([a-z]+)$/,
  violation: /^Protocol violation in ([\s\S]*)$/,
  binary: /^Binary ([\s\S]*)$/,
  gap: /^(?:Not emulated|Unknown program): ([\s\S]*)$/,
};

/**
 * What a line of the feed says besides the name of its kind: hostile text.
 * @param lasted says a number of milliseconds
 */
export function detailOf(eventid: string, message: string, lasted: (ms: number) => string): string {
  const kind = kindOf(eventid);
  if (message === '' && (kind === 'canary' || kind === 'other'))
    return eventid.replace(/^kansatsuki\.opencanary\./, '');
  if (kind === 'closed') {
    const ms = /after (\d+) milliseconds/.exec(message)?.[1];
    if (ms !== undefined) return lasted(Number(ms));
  }
  return AFTER[kind]?.exec(message)?.[1] ?? message;
}
