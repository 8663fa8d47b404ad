// OpenCanary's log, as events: Cowrie's ids for what they name, `kansatsuki.opencanary.*` for the rest.
import type { RawEvent } from './legacy.ts';

/** What a log type is, by its number (opencanary/logger.py): an id of Cowrie's and a protocol, or a name of its own. */
const types: Record<number, readonly [id: string, protocol?: string]> = {
  1000: ['boot'],
  1001: ['message'],
  1002: ['debug'],
  1003: ['error'],
  1004: ['ping'],
  1005: ['config_save'],
  1006: ['example'],
  2000: ['cowrie.login.failed', 'ftp'],
  2001: ['cowrie.session.connect', 'ftp'],
  3000: ['http_get', 'http'],
  3001: ['cowrie.login.failed', 'http'],
  3002: ['http_unimplemented_method', 'http'],
  3003: ['http_redirect', 'http'],
  4000: ['cowrie.session.connect', 'ssh'],
  4001: ['cowrie.client.version', 'ssh'],
  4002: ['cowrie.login.failed', 'ssh'],
  5000: ['smb_file_open'],
  5001: ['port_syn'],
  5002: ['port_nmap_os'],
  5003: ['port_nmap_null'],
  5004: ['port_nmap_xmas'],
  5005: ['port_nmap_fin'],
  6001: ['cowrie.login.failed', 'telnet'],
  6002: ['cowrie.session.connect', 'telnet'],
  7001: ['cowrie.login.failed', 'http'],
  8001: ['cowrie.login.failed', 'mysql'],
  9001: ['cowrie.login.failed'],
  9002: ['cowrie.login.failed'],
  9003: ['cowrie.session.connect', 'mysql'],
  10001: ['tftp'],
  11001: ['ntp_monlist'],
  12001: ['cowrie.login.failed', 'vnc'],
  13001: ['snmp_command'],
  14001: ['cowrie.login.failed', 'rdp'],
  15001: ['sip_request'],
  16001: ['git_clone_request'],
  17001: ['redis_command', 'redis'],
  18001: ['tcp_banner_connection'],
  18002: ['tcp_banner_keep_alive_connection'],
  18003: ['tcp_banner_keep_alive_secret'],
  18004: ['tcp_banner_keep_alive_data'],
  18005: ['tcp_banner_data'],
  19001: ['llmnr_query_response'],
  20001: ['cowrie.login.failed'],
};

/** Whether a JSON object is a record of OpenCanary. */
export function isOpenCanary(record: RawEvent): boolean {
  return typeof record['logtype'] === 'number' && ('node_id' in record || 'utc_time' in record || 'logdata' in record);
}

/**
 * One record, one event. A connection has no id there: its session is named by address and port of the client.
 * Times are UTC in `local_time` too, whatever its name says; only `local_time_adjusted` is not, and is not used.
 */
export function openCanaryEvent(record: RawEvent): RawEvent {
  const logtype = record['logtype'] as number;
  const [id, protocol] = types[logtype] ?? [`logtype_${logtype}`];
  const { src_host, src_port, dst_host, dst_port, node_id } = record;
  const known = typeof src_host === 'string' && src_host !== '' && typeof src_port === 'number' && src_port >= 0;
  const logdata =
    typeof record['logdata'] === 'object' && record['logdata'] !== null ? (record['logdata'] as RawEvent) : {};
  const event: RawEvent = {
    eventid: id.startsWith('cowrie.') ? id : `kansatsuki.opencanary.${id}`,
    timestamp: record['utc_time'] ?? record['local_time'],
    ...(known ? { session: `${src_host}:${src_port}` } : {}),
    ...(typeof src_host === 'string' && src_host !== '' ? { src_ip: src_host } : {}),
    ...(typeof src_port === 'number' && src_port >= 0 ? { src_port } : {}),
    ...(typeof dst_host === 'string' && dst_host !== '' ? { dst_ip: dst_host } : {}),
    ...(typeof dst_port === 'number' && dst_port >= 0 ? { dst_port } : {}),
    ...(protocol ? { protocol } : {}),
    ...(typeof node_id === 'string' ? { sensor: node_id } : {}),
    logtype,
  };
  const { USERNAME, PASSWORD, REMOTEVERSION, ...rest } = logdata;
  if (id === 'cowrie.client.version') event['version'] = REMOTEVERSION;
  if (id === 'cowrie.login.failed') {
    if (typeof USERNAME === 'string') event['username'] = USERNAME;
    const vnc = rest['VNC Password'];
    const password = PASSWORD ?? (typeof vnc === 'string' && !vnc.startsWith('<Password was not') ? vnc : undefined);
    if (typeof password === 'string') event['password'] = password;
  } else if (USERNAME !== undefined || PASSWORD !== undefined) Object.assign(rest, { USERNAME, PASSWORD });
  if (Object.keys(rest).length > 0) event['logdata'] = rest;
  return event;
}
