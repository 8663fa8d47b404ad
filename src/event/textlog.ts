// The text log read back: a line of `cowrie.log` (or Kippo's) of any year, and the event that its text stands for.
import { parsePythonBytes, unwrapLiteral } from './escape.ts';
import type { RawEvent } from './legacy.ts';
import { parseTimestamp } from './time.ts';

export interface TextLine {
  /** Microseconds since the epoch; undefined when the line has no time. */
  at: number | undefined;
  /** The time has whole seconds only. */
  coarse: boolean;
  /** What stands in the brackets. */
  prefix: string;
  text: string;
  /** The time is written as Cowrie did until 2017: a space, whole seconds. */
  spaced: boolean;
}

const LINE =
  /^(?:(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\s+)?\[([^\]]*(?:\][^\]\s][^\]]*)*)\] ?([\s\S]*)$/;

/** `audit.log`: the session stands without brackets. */
const AUDIT =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*) ([0-9a-f]{8}(?:[0-9a-f]{4})?|T?T?\d{1,7}) (?=[A-Zldprst[]|$)([\s\S]*)$/;

/** Splits a line; undefined for a continuation or anything else. */
export function parseTextLine(line: string): TextLine | undefined {
  const match = LINE.exec(line) ?? audit(line);
  if (!match) return undefined;
  const at = match[1] === undefined ? undefined : parseTimestamp(match[1]);
  if (at !== undefined && Number.isNaN(at)) return undefined;
  return {
    at,
    coarse: match[1] === undefined || match[1].charCodeAt(19) !== 46,
    prefix: match[2]!,
    text: match[3]!,
    spaced: match[1]?.charCodeAt(10) === 32,
  };
}

function audit(line: string): [string, string, string, string] | undefined {
  const match = AUDIT.exec(line);
  return match ? [line, match[1]!, `,${match[2]},`, match[3]!] : undefined;
}

/** Who a line speaks of. */
export interface LineOrigin {
  protocol?: 'ssh' | 'telnet';
  /** Named outright (`[ssh,02e4590366ae,203.0.113.7]`). */
  session?: string;
  /** Kind and number of a transport, `HoneyPotSSHTransport,9`: one connection of one run of the process. */
  transport?: string;
  /** Peer address, as written. */
  address?: string;
}

export function originOf(prefix: string): LineOrigin {
  if (prefix.startsWith(',')) return { session: prefix.slice(1, -1) };
  const current = /^(ssh|telnet),([^,]+),([^,]+)$/.exec(prefix);
  if (current) return { protocol: current[1] as 'ssh' | 'telnet', session: current[2]!, address: current[3]! };
  const transport = /(\w*(?:Transport|SSHTransport|TelnetTransport)),([^,]+),(.+)$/.exec(prefix);
  if (transport)
    return {
      protocol: transport[1]!.includes('Telnet') ? 'telnet' : 'ssh',
      transport: `${transport[1]},${transport[2]}`,
      address: transport[3]!.replace(/\]$/, ''),
    };
  if (/TelnetFactory|TelnetTransport/.test(prefix)) return { protocol: 'telnet' };
  if (/SSHFactory|SSHTransport/.test(prefix)) return { protocol: 'ssh' };
  return {};
}

/** A value as a Python 3 log wrote it, `b'root'`, or plain. */
const plain = (value: string): string =>
  value.startsWith("b'") || value.startsWith('b"') ? unwrapLiteral(value) : value;

type Reader = (match: RegExpExecArray, origin: LineOrigin) => RawEvent;

/** Texts that are events, most frequent first. A text not listed is diagnostic and no event in `cowrie.json` either. */
const readers: readonly [RegExp, Reader][] = [
  [
    /^login attempt \[([\s\S]*)\] (succeeded|failed)\s*$/,
    (m) => ({ eventid: `cowrie.login.${m[2] === 'failed' ? 'failed' : 'success'}`, ...credentials(m[1]!) }),
  ],
  [
    /^New connection: (\S+):(\d+) \((\S+?)(?::(\d+))?\) \[session: (\S+)\]\s*$/,
    (m, origin) => ({
      eventid: 'cowrie.session.connect',
      src_ip: m[1],
      src_port: Number(m[2]),
      dst_ip: m[3],
      ...(m[4] ? { dst_port: Number(m[4]) } : {}),
      session: m[5],
      protocol: origin.protocol ?? 'ssh',
    }),
  ],
  [
    /^Connection lost(?: after ([\d.]+) (seconds|milliseconds))?\s*$/,
    (m) => ({
      eventid: 'cowrie.session.closed',
      ...(m[1] ? { duration_ms: Math.round(Number(m[1]) * (m[2] === 'seconds' ? 1000 : 1)) } : {}),
    }),
  ],
  [/^Remote SSH version: ([\s\S]*)$/, (m) => ({ eventid: 'cowrie.client.version', version: unwrapLiteral(m[1]!) })],
  [/^SSH client hassh fingerprint: ([0-9a-f]{32})\s*$/, (m) => ({ eventid: 'cowrie.client.kex', hassh: m[1] })],
  [/^CMD: ?([\s\S]*)$/, (m) => ({ eventid: 'cowrie.command.input', input: m[1] })],
  [/^Command not found: ?([\s\S]*)$/, (m) => ({ eventid: 'cowrie.command.failed', input: m[1] })],
  [/^INPUT \((\w+)\): ?([\s\S]*)$/, (m, origin) => ({ eventid: idOfInput(m[1]!, origin), realm: m[1], input: m[2] })],
  [
    /^Terminal [Ss]ize: (\d+) (\d+)\s*$/,
    (m) => ({ eventid: 'cowrie.client.size', width: Number(m[1]), height: Number(m[2]) }),
  ],
  [/^request_env: ([^=]+)=([\s\S]*)$/, (m) => ({ eventid: 'cowrie.client.var', name: m[1], value: m[2] })],
  [
    /^Telnet NEW-ENVIRON: ([^=]+)=([\s\S]*)$/,
    (m) => ({ eventid: 'cowrie.client.var', name: m[1], value: m[2], protocol: 'telnet' }),
  ],
  [
    /^Telnet (WILL|WONT|DO|DONT) (\S+)$/,
    (m) => ({ eventid: 'cowrie.telnet.option', command: m[1], option_name: m[2] }),
  ],
  [
    /^CVE-2026-24061 exploit attempt detected: USER=([\s\S]*)$/,
    (m) => ({ eventid: 'cowrie.telnet.exploit_attempt', cve: 'CVE-2026-24061', name: 'USER', value: m[1] }),
  ],
  [
    /^public key attempt for user ([\s\S]*?)(?: of type (\S+))? with fingerprint ([0-9a-f:]+)$/,
    (m) => ({
      eventid: 'cowrie.client.fingerprint',
      username: plain(m[1]!),
      fingerprint: m[3],
      ...(m[2] ? { type: plain(m[2]) } : {}),
    }),
  ],
  [
    /^public key login attempt for \[([\s\S]*)\] (succeeded|failed)\s*$/,
    (m) => ({ eventid: `cowrie.login.${m[2] === 'failed' ? 'failed' : 'success'}`, username: plain(m[1]!) }),
  ],
  [
    // An empty file had neither hash nor place (tftp, 2018–2021).
    /^Downloaded (?:URL|tftpFile) \(([\s\S]*)\) with SHA-256 ([0-9a-f]{64})? ?to ?(\S*)\s*$/,
    (m) => ({
      eventid: 'cowrie.session.file_download',
      url: plain(m[1]!),
      ...(m[2] ? { shasum: m[2] } : {}),
      ...(m[3] ? { outfile: m[3] } : {}),
    }),
  ],
  [
    /^Saved (stdin|redir) contents (?:with SHA-256 ([0-9a-f]{64}) )?to (\S*?([0-9a-f]{64})?)\s*$/,
    (m) => ({
      eventid: 'cowrie.session.file_download',
      ...((m[2] ?? m[4]) ? { shasum: m[2] ?? m[4] } : {}),
      outfile: m[3],
      ...(m[1] === 'stdin' ? { destfile: '' } : {}),
    }),
  ],
  [
    /^Attempt to download file\(s\) from URL \(([\s\S]*?)\) failed(?:: ([\s\S]*))?$/,
    (m) => ({ eventid: 'cowrie.session.file_download.failed', url: plain(m[1]!), ...(m[2] ? { error: m[2] } : {}) }),
  ],
  [
    /^(?:SFTP|SCP) Uploaded file "([\s\S]*)" to (\S+)$/,
    (m) => ({
      eventid: 'cowrie.session.file_upload',
      filename: m[1],
      outfile: m[2],
      ...(/[0-9a-f]{64}$/.test(m[2]!) ? { shasum: m[2]!.slice(-64) } : {}),
    }),
  ],
  [/^Opening TTY [Ll]og: (.*\S)\s*$/, (m) => ({ eventid: 'cowrie.log.open', ttylog: m[1] })],
  [
    /^Closing TTY [Ll]og: (.*?\S)(?: after ([\d.]+) (seconds|milliseconds))?\s*$/,
    (m) => ({
      eventid: 'cowrie.log.closed',
      ttylog: m[1],
      ...(/[0-9a-f]{64}$/.test(m[1]!) ? { shasum: m[1]!.slice(-64) } : {}),
      ...(m[2] ? { duration_ms: Math.round(Number(m[2]) * (m[3] === 'seconds' ? 1000 : 1)) } : {}),
    }),
  ],
  [
    /^direct-tcp connection request to (.+?):(\d+)(?: from (.+):(\d+))?\s*$/,
    (m) => ({
      eventid: 'cowrie.direct-tcpip.request',
      dst_ip: m[1],
      dst_port: Number(m[2]),
      ...(m[3] ? { orig_ip: m[3], orig_port: Number(m[4]) } : {}),
    }),
  ],
  [
    // Three wordings since 2016.
    /^(redirect(?:ed|ing)|tunneled) direct-tcp connection request (?:from )?(\S+):(\d+)(?:->| to )(\S+):(\d+) to (\S+):(\d+)$/,
    (m) => ({
      eventid: `cowrie.direct-tcpip.${m[1] === 'tunneled' ? 'tunnel' : 'redirect'}`,
      orig_ip: m[2],
      orig_port: Number(m[3]),
      dst_ip: m[4],
      dst_port: Number(m[5]),
      new_ip: m[6],
      new_port: Number(m[7]),
    }),
  ],
  [/^sending via tunnel proxy ([\s\S]*)$/, (m) => ({ eventid: 'cowrie.tunnelproxy-tcpip.data', data: m[1] })],
  [
    /^Remote SSH client fingerprint: ([0-9a-f]{32})$/,
    (m) => ({ eventid: 'cowrie.client.kex', client_fingerprint: m[1] }),
  ],
  [
    /^CVE-2026-24061 exploit successful: logging in as ([\s\S]*)$/,
    (m) => ({ eventid: 'cowrie.telnet.exploit_success', cve: 'CVE-2026-24061', username: m[1] }),
  ],
  [
    /^Telnet protocol error ([\s\S]*); dropping connection$/,
    (m) => ({ eventid: 'cowrie.telnet.error', error: m[1], protocol: 'telnet' }),
  ],
  [
    /^(Connected to|Disconnected from) honeypot backend (\S+):(\d+) (?:from |\(local )(\S+):(\d+)\)?$/,
    (m) => ({
      eventid: `cowrie.proxy.backend_${m[1]!.startsWith('Conn') ? '' : 'dis'}connected`,
      backend_ip: m[2],
      backend_port: Number(m[3]),
      local_ip: m[4],
      local_port: Number(m[5]),
    }),
  ],
  [
    /^Connection to honeypot backend (\S+):(\d+) refused: ([\s\S]*)$/,
    (m) => ({
      eventid: 'cowrie.proxy.backend_connect_error',
      backend_ip: m[1],
      backend_port: Number(m[2]),
      error: m[3],
    }),
  ],
  [
    /^Lost connection with the (?:pool backend: id (\S+)|proxy's backend: (\S+):(\d+))$/,
    (m) => ({
      eventid: 'cowrie.proxy.client_disconnect',
      ...(m[1] ? { vm_id: m[1] } : { honey_ip: m[2], honey_port: Number(m[3]) }),
    }),
  ],
  [
    /^(?:discarded )?direct-tcp forward (?:request )?(?:(\d+) )?to (\S+):(\d+) with data ([\s\S]*)$/,
    (m) => ({
      eventid: 'cowrie.direct-tcpip.data',
      dst_ip: m[2],
      dst_port: Number(m[3]),
      data: m[4],
      ...(m[1] ? { id: Number(m[1]) } : {}),
    }),
  ],
  [
    /^JA4(H?) fingerprint for .*?(?: to (\S+):(\d+))?: (\S+)$/,
    (m) => ({
      eventid: `cowrie.direct-tcpip.ja4${m[1] ? 'h' : ''}`,
      ...(m[2] ? { dst_ip: m[2], dst_port: Number(m[3]) } : {}),
      [m[1] ? 'ja4h' : 'ja4']: m[4],
    }),
  ],
  [
    /^Malformed SSH packet \(message (\d+), (\d+) bytes\); disconnecting$/,
    (m) => ({ eventid: 'cowrie.client.malformed_packet', messagenum: Number(m[1]), datalen: Number(m[2]) }),
  ],
  [/^Password change attempt for ([\s\S]*)$/, (m) => ({ eventid: 'cowrie.command.chpasswd', username: m[1] })],
];

/** Kippo made events of these texts. */
const kippoReaders: readonly [RegExp, Reader][] = [
  [/^connection lost\s*$/, () => ({ eventid: 'cowrie.session.closed' })],
  [/^request_env: '([\s\S]*)'\s*$/, (m) => kippoEnvironment(m[1]!)],
];
/** Kippo, and Cowrie until February 2018, made an event of every command found. */
const found: readonly [RegExp, Reader] = [
  /^Command found: ?([\s\S]*)$/,
  (m) => ({ eventid: 'cowrie.command.success', input: m[1] }),
];

/** Which commands' input is called what (every Cowrie since 2016 that has the command). */
const inputs: Record<string, readonly string[]> = {
  'cowrie.command.input': ['chpasswd', 'crontab', 'cut', 'grep', 'tail', 'head', 'perl', 'python', 'uniq', 'wc'],
  'cowrie.command.success': ['passwd', 'php'],
};

function idOfInput(realm: string, origin: LineOrigin): string {
  // Until 2026, when lines began to name their session.
  if (realm === 'scp' && origin.session === undefined) return 'cowrie.session.file_download';
  return Object.keys(inputs).find((id) => inputs[id]!.includes(realm)) ?? 'cowrie.session.input';
}

/** The other texts are short, and their patterns are not made for what is not. */
const LONG = 4096;
const MAY_BE_LONG =
  /^(?:login attempt \[|CMD:|Command |INPUT \(|Downloaded |Attempt to download|Remote SSH version:|request_env:|discarded |direct-tcp forward|sending via )/;

/** Whose log a line is of, as far as that decides what is an event. */
export type LogAge = 'kippo' | 'old' | 'new';

/** The event that a text stands for, without envelope; undefined for diagnostics. */
export function eventOfText(text: string, origin: LineOrigin, age: LogAge = 'new'): RawEvent | undefined {
  // In audit.log; the only event whose message is empty, or an empty list.
  if ((text === '' || text === '[]') && origin.session !== undefined && origin.protocol === undefined)
    return { eventid: 'cowrie.session.params' };
  if (text.length > LONG && !MAY_BE_LONG.test(text)) return undefined;
  const more = age === 'kippo' ? [found, ...kippoReaders] : age === 'old' ? [found] : [];
  for (const list of [readers, more])
    for (const [pattern, read] of list) {
      const match = pattern.exec(text);
      if (match) return read(match, origin);
    }
  return undefined;
}

/** `root/admin`, `b'root'/b'admin'`; a user name without any password (method none) stands alone. */
export function credentials(text: string): { username: string; password?: string } {
  const literal = /^(b'(?:[^'\\]|\\[\s\S])*'|b"(?:[^"\\]|\\[\s\S])*")\/(b'[\s\S]*'|b"[\s\S]*")$/.exec(text);
  if (literal) return { username: unwrapLiteral(literal[1]!), password: unwrapLiteral(literal[2]!) };
  const slash = text.indexOf('/');
  if (slash < 0) return { username: plain(text) };
  return { username: text.slice(0, slash), password: text.slice(slash + 1) };
}

// Kippo logs the raw request: four bytes of length before name and value.
function kippoEnvironment(text: string): RawEvent {
  const parts = (parsePythonBytes(`b'${text}'`)?.toString('latin1') ?? text).split(/[\x00-\x1f]+/).filter(Boolean);
  return { eventid: 'cowrie.client.var', name: parts.at(-2) ?? '', value: parts.at(-1) ?? '' };
}
