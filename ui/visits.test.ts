// Visits: what the lines of the feed come to, connection by connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeedItem } from '../src/web/schema.ts';
import { visitsOf } from './visits.ts';

let id = 0;
const item = (session: string, eventid: string, message = ''): FeedItem => ({
  id: ++id,
  at: id * 1000,
  eventid,
  sensor: 'one',
  session,
  sessionId: session === '' ? undefined : session.charCodeAt(0),
  address: '203.0.113.7',
  message,
});
const visits = (...items: FeedItem[]) => visitsOf(items.toReversed(), (ms) => `${ms} ms`);

test('a visit is one entry: how far it came, what it tried last, what it did', () => {
  const [visit, ...others] = visits(
    item('a', 'cowrie.session.connect', 'New connection: 203.0.113.7:1 (192.0.2.1:2222) [session: a]'),
    item('a', 'cowrie.client.version', 'Remote SSH version: SSH-2.0-Go'),
    item('a', 'cowrie.client.kex', 'SSH client hassh fingerprint: abc'),
    item('a', 'cowrie.login.failed', 'login attempt [root/1] failed'),
    item('a', 'cowrie.login.success', 'login attempt [root/2] succeeded'),
    item('a', 'cowrie.command.input', 'CMD: busybox nothere'),
    item('a', 'cowrie.command.failed', 'Command not found: busybox nothere'),
    item('a', 'cowrie.session.closed', 'Connection lost after 1500 milliseconds'),
  );
  assert.equal(others.length, 0);
  assert.deepEqual(
    [visit!.kind, visit!.detail, visit!.tries, visit!.client, visit!.ended, visit!.lasted],
    ['succeeded', 'root/2', 2, 'SSH-2.0-Go', true, '1500 ms'],
  );
  assert.deepEqual(
    visit!.lines.map(({ kind, text }) => [kind, text]),
    [['notFound', 'busybox nothere']],
  );
});

test('the newest deed comes first; leaving moves nothing', () => {
  const order = visits(
    item('a', 'cowrie.session.connect'),
    item('b', 'cowrie.session.connect'),
    item('a', 'cowrie.login.failed', 'login attempt [a/b] failed'),
    item('b', 'cowrie.session.closed', ''),
  ).map(({ sessionId }) => String.fromCharCode(sessionId!));
  assert.deepEqual(order, ['a', 'b']);
});

test('an event of no connection stands alone, and one whose beginning is not known came at least', () => {
  const [alone, late] = visits(
    item('c', 'cowrie.command.input', 'CMD: id'),
    item('', 'kansatsuki.sensor.started', 'Sensor started'),
  );
  assert.deepEqual([alone!.kind, alone!.detail, alone!.sessionId], ['sensor', 'Sensor started', undefined]);
  assert.deepEqual([late!.kind, late!.detail, late!.lines[0]!.text], ['connect', '', 'id']);
});

test('two sensors may give a session the same name', () => {
  assert.equal(
    visits(item('a', 'cowrie.session.connect'), { ...item('a', 'cowrie.session.connect'), sensor: 'two' }).length,
    2,
  );
});
