// The kind of every event of the vocabulary, and of what imported logs add to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventId, SensorEventId, SessionEventId } from '../src/event/event.ts';
import { detailOf, type Kind, kindOf } from './events.ts';

// A missing id fails the type check.
const ofSessions: Record<SessionEventId, Kind> = {
  'cowrie.session.connect': 'connect',
  'cowrie.session.closed': 'closed',
  'cowrie.session.params': 'terminal',
  'cowrie.client.version': 'client',
  'cowrie.client.kex': 'client',
  'cowrie.client.malformed_packet': 'violation',
  'cowrie.client.size': 'terminal',
  'cowrie.client.var': 'terminal',
  'cowrie.client.fingerprint': 'key',
  'cowrie.login.success': 'succeeded',
  'cowrie.login.failed': 'failed',
  'kansatsuki.login.proof': 'proof',
  'kansatsuki.login.decoy': 'decoy',
  'cowrie.command.input': 'command',
  'cowrie.command.failed': 'notFound',
  'cowrie.command.success': 'command',
  'cowrie.command.chpasswd': 'command',
  'cowrie.session.input': 'command',
  'cowrie.session.file_download': 'file',
  'cowrie.session.file_download.failed': 'request',
  'cowrie.session.file_upload': 'file',
  'cowrie.log.closed': 'recording',
  'cowrie.direct-tcpip.request': 'forward',
  'cowrie.direct-tcpip.data': 'forward',
  'cowrie.direct-tcpip.redirect': 'forward',
  'cowrie.telnet.option': 'client',
  'cowrie.telnet.error': 'violation',
  'cowrie.telnet.exploit_attempt': 'exploit',
  'cowrie.telnet.exploit_success': 'exploit',
  'kansatsuki.telnet.exploit': 'exploit',
  'kansatsuki.client.telnet': 'client',
  'kansatsuki.session.line': 'line',
  'kansatsuki.session.gap': 'gap',
  'kansatsuki.session.binary': 'binary',
  'kansatsuki.session.summary': 'summary',
  'kansatsuki.session.subsystem': 'terminal',
  'kansatsuki.session.download_request': 'request',
  'kansatsuki.session.download_result': 'request',
  'kansatsuki.session.violation': 'violation',
  'kansatsuki.client.kexinit': 'client',
  'kansatsuki.client.profile': 'client',
  'kansatsuki.forward.request': 'forward',
  'kansatsuki.forward.tls': 'forward',
  'kansatsuki.forward.http': 'forward',
  'kansatsuki.forward.closed': 'forward',
};
const ofSensor: Record<SensorEventId, 'sensor'> = {
  'kansatsuki.sensor.started': 'sensor',
  'kansatsuki.sensor.stopped': 'sensor',
  'kansatsuki.process.restarted': 'sensor',
  'kansatsuki.limit.refused': 'sensor',
  'kansatsuki.userdb.loaded': 'sensor',
  'kansatsuki.userdb.invalid': 'sensor',
  'kansatsuki.journal.torn': 'sensor',
  'kansatsuki.journal.lost': 'sensor',
  'kansatsuki.journal.sealed': 'sensor',
  'kansatsuki.retention.removed': 'sensor',
  'kansatsuki.disk.low': 'sensor',
  'kansatsuki.disk.recovered': 'sensor',
};
const imported: [eventid: string, kind: Kind][] = [
  ['cowrie.log.open', 'recording'],
  ['cowrie.client.something_new', 'client'],
  ['kansatsuki.opencanary.http_get', 'canary'],
  ['kansatsuki.opencanary.logtype_77777', 'canary'],
  ['kansatsuki.session.something_new', 'other'],
  ['kansatsuki.sensorium', 'other'],
  ['xcowrie.client.version', 'other'],
  ['constructor', 'other'],
  ['', 'other'],
];

test('an event is of the kind that it shows, and only what belongs to no connection is the sensor’s', () => {
  for (const [eventid, kind] of [...Object.entries({ ...ofSessions, ...ofSensor }), ...imported])
    assert.equal(kindOf(eventid), kind, eventid);
});

test('a line says what its kind does not', () => {
  const cases: [eventid: EventId | string, message: string, detail: string][] = [
    ['cowrie.client.version', 'Remote SSH version: SSH-2.0-Go', 'SSH-2.0-Go'],
    ['kansatsuki.client.kexinit', 'SSH client agreed on curve25519-sha256', 'agreed on curve25519-sha256'],
    ['kansatsuki.session.summary', 'The session on debian-13 came as far as download', 'download'],
    ['kansatsuki.session.summary', 'in other words', 'in other words'],
    ['kansatsuki.session.violation', 'Protocol violation in kex: no match: x\ny', 'kex: no match: x\ny'],
    ['cowrie.command.input', 'CMD: wget\nx', 'wget\nx'],
    ['cowrie.login.failed', 'login attempt [root/]] failed', 'root/]'],
    ['kansatsuki.opencanary.http_get', '', 'http_get'],
    ['some.other', '', 'some.other'],
    ['cowrie.session.params', '', ''],
    ['cowrie.session.closed', 'Connection lost after 1250 milliseconds', '1250 ms'],
  ];
  for (const [eventid, message, detail] of cases)
    assert.equal(
      detailOf(eventid, message, (ms) => `${ms} ms`),
      detail,
      eventid,
    );
});
