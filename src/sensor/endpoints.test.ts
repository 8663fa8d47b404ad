// Who is a trusted peer: networks as an operator writes them, against addresses as a socket names them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trustedPeers } from './endpoints.ts';

const CASES: [networks: string[], address: string, trusted: boolean][] = [
  [[], '127.0.0.1', false],
  [['127.0.0.1'], '127.0.0.1', true],
  [['127.0.0.1'], '127.0.0.2', false],
  [['127.0.0.1/8'], '127.200.3.4', true],
  [['10.0.0.0/8', '192.0.2.0/24'], '192.0.2.255', true],
  [['10.0.0.0/8', '192.0.2.0/24'], '192.0.3.0', false],
  [['0.0.0.0/0'], '203.0.113.1', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['::/0'], '2001:db8::1', true],
  [['2001:db8::1/32'], '2001:db8:ffff::9', true],
  [['2001:db8::/32'], '2001:db9::9', false],
  [['::1'], '::1', true],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['::ffff:192.0.2.0/120'], '192.0.2.77', true],
  [['::ffff:192.0.2.0/120'], '192.0.3.77', false],
  [['::ffff:192.0.2.7'], '192.0.2.7', true],
  [['::ffff:0:0/96'], '198.51.100.1', true],
  [['127.0.0.1'], '', false],
];

for (const [networks, address, trusted] of CASES)
  test(`${address || 'nothing'} is ${trusted ? '' : 'not '}in ${networks.join(', ') || 'no network'}`, () => {
    assert.equal(trustedPeers(networks)(address), trusted);
  });
