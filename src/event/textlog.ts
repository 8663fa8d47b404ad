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
}

const LINE =
  /^(?:(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\s+)?\[([^\]]*(?:\][^\]\s][^\]]*)*)\] ?([\s\S]*)$/;

/** Splits a line; undefined for a continuation or anything else. */
export function parseTextLine(line: string): TextLine | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const at = match[1] === undefined ? undefined : parseTimestamp(match[1]);
  if (at !== undefined && Number.isNaN(at)) return undefined;
  return { at, coarse: match[1] === undefined || match[1].charCodeAt(19) !== 46, prefix: match[2]!, text: match[3]! };
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
  [/^INPUT \((\w+)\): ?([\s\S]*)$/, (m) => ({ eventid: 'cowrie.session.input', realm: m[1], input: m[2] })],
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
    /^Saved (stdin|redir) contents (?:with SHA-256 ([0-9a-f]{64}) )?to (\S+)$/,
    (m) => ({
      eventid: 'cowrie.session.file_download',
      ...(m[2] ? { shasum: m[2] } : {}),
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
    /^direct-tcp connection request to (.+):(\d+) from (.+):(\d+)$/,
    (m) => ({
      eventid: 'cowrie.direct-tcpip.request',
      dst_ip: m[1],
      dst_port: Number(m[2]),
      orig_ip: m[3],
      orig_port: Number(m[4]),
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
    /^JA4(H?) fingerprint for .*? to (\S+):(\d+): (\S+)$/,
    (m) => ({
      eventid: `cowrie.direct-tcpip.ja4${m[1] ? 'h' : ''}`,
      dst_ip: m[2],
      dst_port: Number(m[3]),
      [m[1] ? 'ja4h' : 'ja4']: m[4],
    }),
  ],
  [
    /^Malformed SSH packet \(message (\d+), (\d+) bytes\); disconnecting$/,
    (m) => ({ eventid: 'cowrie.client.malformed_packet', messagenum: Number(m[1]), datalen: Number(m[2]) }),
  ],
  [/^Password change attempt for ([\s\S]*)$/, (m) => ({ eventid: 'cowrie.command.chpasswd', username: m[1] })],
];

/** Only Cowrie before 2018 and Kippo made events of these texts. */
const oldReaders: readonly [RegExp, Reader][] = [
  [/^Command found: ?([\s\S]*)$/, (m) => ({ eventid: 'cowrie.command.success', input: m[1] })],
  [/^connection lost\s*$/, () => ({ eventid: 'cowrie.session.closed' })],
  [/^request_env: '([\s\S]*)'\s*$/, (m) => kippoEnvironment(m[1]!)],
];

/** The event that a text stands for, without envelope; undefined for diagnostics. `old`: Kippo. */
export function eventOfText(text: string, origin: LineOrigin, kippo = false): RawEvent | undefined {
  for (const [pattern, read] of readers) {
    const match = pattern.exec(text);
    if (match) return read(match, origin);
  }
  if (kippo)
    for (const [pattern, read] of oldReaders) {
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
