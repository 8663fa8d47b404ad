// The `message` of every event: Cowrie's templates by id, in Python's percent format, and their substitution.
import type { EventId } from './event.ts';

/** Whatever carries an event's fields. */
export type FieldsLike = { readonly [field: string]: unknown };

type Template = string | ((event: FieldsLike) => string);

const has = (event: FieldsLike, field: string): boolean => event[field] !== undefined && event[field] !== null;

const login =
  (result: string) =>
  (event: FieldsLike): string => {
    if (has(event, 'password')) return `login attempt [%(username)s/%(password)s] ${result}`;
    if (has(event, 'fingerprint')) return `public key login attempt for [%(username)s] ${result}`;
    return `login attempt [%(username)s] ${result}`;
  };
const typed =
  (plain: string) =>
  (event: FieldsLike): string =>
    has(event, 'realm') ? 'INPUT (%(realm)s): %(input)s' : plain;

/** Templates of the ids that we write ourselves; a missing one fails the type check. */
const own: Record<EventId, Template> = {
  'cowrie.session.connect': 'New connection: %(src_ip)s:%(src_port)s (%(dst_ip)s:%(dst_port)s) [session: %(session)s]',
  'cowrie.session.closed': 'Connection lost after %(duration_ms)d milliseconds',
  'cowrie.session.params': '',
  'cowrie.client.version': 'Remote SSH version: %(version)s',
  'cowrie.client.kex': 'SSH client hassh fingerprint: %(hassh)s',
  'cowrie.client.malformed_packet': 'Malformed SSH packet (message %(messagenum)d, %(datalen)d bytes); disconnecting',
  'cowrie.client.size': 'Terminal Size: %(width)s %(height)s',
  'cowrie.client.var': (event) =>
    event['protocol'] === 'telnet' ? 'Telnet NEW-ENVIRON: %(name)s=%(value)s' : 'request_env: %(name)s=%(value)s',
  'cowrie.client.fingerprint': (event) =>
    has(event, 'type')
      ? 'public key attempt for user %(username)s of type %(type)s with fingerprint %(fingerprint)s'
      : 'public key attempt for user %(username)s with fingerprint %(fingerprint)s',
  'cowrie.login.success': login('succeeded'),
  'cowrie.login.failed': login('failed'),
  'kansatsuki.login.proof': 'password of [%(username)s] proven by %(scheme)s',
  'kansatsuki.login.decoy': (event) =>
    has(event, 'given_to')
      ? 'decoy [%(username)s/%(password)s] known, which only %(given_to)s was given'
      : 'decoy [%(username)s/%(password)s] %(how)s',
  'cowrie.command.input': typed('CMD: %(input)s'),
  'cowrie.command.failed': 'Command not found: %(input)s',
  'cowrie.command.success': typed('Command found: %(input)s'),
  'cowrie.command.chpasswd': 'Password change attempt for %(username)s',
  'cowrie.session.input': 'INPUT (%(realm)s): %(input)s',
  'cowrie.session.file_download': (event) => {
    if (has(event, 'url')) return 'Downloaded URL (%(url)s) with SHA-256 %(shasum)s to %(outfile)s';
    return `Saved ${event['destfile'] ? 'redir' : 'stdin'} contents with SHA-256 %(shasum)s to %(outfile)s`;
  },
  'cowrie.session.file_download.failed': (event) =>
    `Attempt to download file(s) from URL (%(url)s) failed${has(event, 'error') ? ': %(error)s' : ''}`,
  // SCP logs the bare hash as outfile, SFTP a path.
  'cowrie.session.file_upload': (event) =>
    `${String(event['outfile']).includes('/') ? 'SFTP' : 'SCP'} Uploaded file "%(filename)s" to %(outfile)s`,
  'cowrie.log.closed': 'Closing TTY Log: %(ttylog)s after %(duration_ms)d milliseconds',
  'cowrie.direct-tcpip.request':
    'direct-tcp connection request to %(dst_ip)s:%(dst_port)s from %(orig_ip)s:%(orig_port)s',
  'cowrie.direct-tcpip.data':
    'discarded direct-tcp forward request %(id)s to %(dst_ip)s:%(dst_port)s with data %(data)s',
  'cowrie.direct-tcpip.redirect':
    'redirected direct-tcp connection request from %(orig_ip)s:%(orig_port)d to %(dst_ip)s:%(dst_port)d to %(new_ip)s:%(new_port)d',
  'cowrie.telnet.option': (event) => `Telnet ${String(event['command']).replaceAll('%', '%%')} %(option_name)s`,
  'cowrie.telnet.error': 'Telnet protocol error %(error)s; dropping connection',
  'cowrie.telnet.exploit_attempt': 'CVE-2026-24061 exploit attempt detected: USER=%(value)s',
  'cowrie.telnet.exploit_success': 'CVE-2026-24061 exploit successful: logging in as %(username)s',
  'kansatsuki.telnet.exploit': (event) =>
    `Telnet exploit (%(technique)s${has(event, 'cve') ? ', %(cve)s' : ''}): %(name)s %(value)s`,
  'kansatsuki.client.telnet': 'Telnet client known by %(fingerprint)s',

  'kansatsuki.session.line': (event) =>
    `Line ended${has(event, 'exit_code') ? ' with %(exit_code)d' : ' with its session'} after %(duration_ms)d milliseconds: ${String(event['input']).slice(0, 200).replaceAll('%', '%%')}`,
  'kansatsuki.session.gap': (event) =>
    `${event['kind'] === 'unknown' ? 'Unknown program' : 'Not emulated'}: %(program)s${has(event, 'option') ? ' %(option)s' : ''}`,
  'kansatsuki.session.binary': 'Binary %(path)s (%(arch)s, %(shasum)s) %(outcome)s',
  'kansatsuki.session.summary': 'The session on %(persona)s came as far as %(stage)s',
  'kansatsuki.session.subsystem': 'Subsystem %(name)s started',
  'kansatsuki.session.download_request': 'Download requested by %(tool)s (%(policy)s): %(url)s',
  'kansatsuki.session.download_result': (event) =>
    `Download by %(tool)s ended with %(bytes)s bytes${has(event, 'why') ? ' (%(why)s)' : ''}: %(url)s`,
  'kansatsuki.session.violation': (event) =>
    `Protocol violation in %(layer)s: %(reason)s${has(event, 'detail') ? ': %(detail)s' : ''}`,
  'kansatsuki.client.kexinit': (event) =>
    has(event, 'kex')
      ? `SSH client agreed on %(kex)s, %(host_key)s, %(cipher)s${has(event, 'mac') ? ', %(mac)s' : ''}`
      : 'SSH client agreed on nothing',
  'kansatsuki.client.profile': 'SSH client asked %(auth_attempts)d times to be let in',
  'kansatsuki.forward.request': (event) => {
    const where = has(event, 'path') ? ' %(path)s' : has(event, 'address') ? ' %(address)s:%(port)d' : '';
    return `Forwarding of %(kind)s${where} ${event['accepted'] ? 'accepted' : 'refused'}`;
  },
  'kansatsuki.forward.tls': (event) =>
    `TLS in tunnel %(id)d to %(dst_ip)s:%(dst_port)d${has(event, 'sni') ? ' for %(sni)s' : ''}`,
  'kansatsuki.forward.http': 'HTTP in tunnel %(id)d to %(dst_ip)s:%(dst_port)d: %(method)s %(target)s',
  'kansatsuki.forward.closed': (event) => {
    const where = has(event, 'path') ? '%(path)s' : '%(dst_ip)s:%(dst_port)d';
    if (event['answer'] === 'refused') return `Tunnel to ${where} refused: %(reason)s`;
    return `Tunnel %(id)d to ${where} (%(answer)s) closed after %(duration_ms)d ms, %(bytes_in)d bytes in, %(bytes_out)d out`;
  },
  'kansatsuki.sensor.started': 'Sensor %(version)s started as %(persona)s on %(listeners)s',
  'kansatsuki.sensor.stopped': 'Sensor stopped: %(reason)s',
  'kansatsuki.process.restarted': (event) =>
    has(event, 'signal')
      ? 'Restarted the %(process)s after signal %(signal)s'
      : 'Restarted the %(process)s after exit code %(code)s',
  'kansatsuki.limit.refused': 'Refused %(count)d connections (%(reason)s) from %(src_ips)s',
  'kansatsuki.userdb.loaded': 'Loaded %(rules)d rules from %(file)s',
  'kansatsuki.userdb.invalid': '%(file)s line %(line)d: %(reason)s',
  'kansatsuki.journal.torn': 'Moved a cut-off line of %(bytes)d bytes out of %(file)s',
  'kansatsuki.journal.lost': 'Lost %(count)d events: %(reason)s',
  'kansatsuki.journal.sealed': 'Sealed %(file)s with %(events)d events as entry %(entry)d of the chain, head %(head)s',
  'kansatsuki.retention.removed': (event) =>
    `Removed %(count)d ${event['what'] === 'journal' ? 'files of the journal' : '%(what)s'} of %(bytes)d bytes (%(reason)s)${has(event, 'before') ? ', all before %(before)s' : ''}`,
  'kansatsuki.disk.low': 'Only %(free)d bytes of disk are free, below the reserve of %(reserve)d',
  'kansatsuki.disk.recovered': '%(free)d bytes of disk are free again, above the reserve of %(reserve)d',
};

/** Ids of Cowrie that only imported logs contain. */
const imported: Record<string, Template> = {
  'cowrie.log.open': 'Opening TTY Log: %(ttylog)s',
  'cowrie.direct-tcpip.ja4': 'JA4 fingerprint for forwarded TLS to %(dst_ip)s:%(dst_port)s: %(ja4)s',
  'cowrie.direct-tcpip.ja4h': 'JA4H fingerprint for forwarded HTTP to %(dst_ip)s:%(dst_port)s: %(ja4h)s',
  'cowrie.direct-tcpip.tunnel':
    'tunneled direct-tcp connection request %(orig_ip)s:%(orig_port)d->%(dst_ip)s:%(dst_port)d to %(new_ip)s:%(new_port)d',
  'cowrie.tunnelproxy-tcpip.data': 'sending via tunnel proxy %(data)s',
  'cowrie.proxy.backend_connected':
    'Connected to honeypot backend %(backend_ip)s:%(backend_port)s from %(local_ip)s:%(local_port)s',
  'cowrie.proxy.backend_disconnected':
    'Disconnected from honeypot backend %(backend_ip)s:%(backend_port)s (local %(local_ip)s:%(local_port)s)',
  'cowrie.proxy.backend_connect_error':
    'Connection to honeypot backend %(backend_ip)s:%(backend_port)s refused: %(error)s',
  'cowrie.proxy.client_disconnect': (event) =>
    has(event, 'vm_id')
      ? 'Lost connection with the pool backend: id %(vm_id)s'
      : "Lost connection with the proxy's backend: %(honey_ip)s:%(honey_port)s",
  'cowrie.proxy.ssh': '%(direction)s - %(packet)s - %(payload)s',
  'cowrie.reversedns.connect': 'reversedns: PTR record for IP %(src_ip)s is %(ptr)s ttl=%(ttl)i',
  'cowrie.reversedns.forward': 'reversedns: PTR record for IP %(dst_ip)s is %(ptr)s ttl=%(ttl)i',
};

const templates: ReadonlyMap<string, Template> = new Map([...Object.entries(own), ...Object.entries(imported)]);

/** The message of an event; undefined when its id has no template or a field that the template asks for is missing. */
export function messageOf(event: FieldsLike): string | undefined {
  const template = templates.get(String(event['eventid']));
  if (template === undefined) return undefined;
  return substitute(typeof template === 'string' ? template : template(event), event);
}

/** Python's `template % fields` for `%(name)s`, `%(name)d`, `%(name)i` and `%%`; undefined when a field is missing. */
export function substitute(template: string, fields: FieldsLike): string | undefined {
  let complete = true;
  const text = template.replace(/%(?:%|\((\w+)\)([sdi]))/g, (whole, name?: string, kind?: string) => {
    if (name === undefined) return whole === '%%' ? '%' : whole;
    const value = fields[name];
    if (value === undefined || value === null) complete = false;
    if (kind !== 's') return String(Math.trunc(Number(value)));
    return Array.isArray(value) ? value.join(', ') : String(value);
  });
  return complete ? text : undefined;
}
