// Who is taken and who is not: sshd's arithmetic of MaxStartups, source blocks, our own bounds, penalties, and what is reported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Admission,
  type AdmissionLimits,
  type AdmissionReport,
  type Place,
  parseBlock,
  parseStartups,
} from './admission.ts';
import { Penalties } from './penalties.ts';
import { plainAddress, sourceBlock } from './source-block.ts';

const LIMITS: AdmissionLimits = {
  connections: 1000,
  perAddress: 1000,
  startups: { start: 1000, rate: 30, full: 1000 },
  perSourceStartups: 0,
  block: { ipv4: 32, ipv6: 128 },
};

function admission(limits: Partial<AdmissionLimits>, random = 0.5) {
  const reports: AdmissionReport[] = [];
  const timers: (() => void)[] = [];
  const gate = new Admission(
    { ...LIMITS, ...limits },
    () => random,
    (_, run) => {
      timers.push(run);
      return () => {};
    },
    (report) => reports.push(report),
  );
  const minute = () => {
    for (const run of timers.splice(0)) run();
  };
  return { gate, reports, minute };
}

const admit = (gate: Admission, address: string, protocol: 'ssh' | 'telnet' = 'ssh', penalties?: Penalties) => {
  const place = gate.admit(protocol, address, penalties);
  return typeof place === 'string' ? place : 'taken';
};

/** MaxStartups 10:30:100; the random number of 100 below which sshd drops, by connections that are starting. */
const CHANCES: [starting: number, percent: number][] = [
  [0, 0],
  [9, 0],
  [10, 30],
  [11, 30],
  [12, 31],
  [55, 65],
  [99, 99],
  [100, 100],
];

for (const [starting, percent] of CHANCES)
  test(`MaxStartups 10:30:100 with ${starting} starting drops ${percent} %`, () => {
    for (const [dice, dropped] of [
      [percent - 1, true],
      [percent, false],
    ] as const) {
      if (dice < 0 || dice > 99) continue;
      // Those already there came in while the dice fell well.
      let held = 0;
      const gate = new Admission(
        { ...LIMITS, startups: { start: 10, rate: 30, full: 100 } },
        () => (held < starting ? 0.9999 : dice / 100 + 0.005),
        () => () => {},
        () => {},
      );
      for (; held < starting; held++) assert.equal(admit(gate, '192.0.2.1'), 'taken');
      assert.equal(admit(gate, '192.0.2.1'), dropped ? 'startups' : 'taken', `dice ${dice}`);
    }
  });

test('a login or an end frees the place among those starting, once', () => {
  const { gate } = admission({ startups: { start: 2, rate: 100, full: 2 } });
  const first = gate.admit('ssh', '192.0.2.1') as Place;
  const second = gate.admit('ssh', '192.0.2.2') as Place;
  assert.equal(admit(gate, '192.0.2.3'), 'startups');
  first.authenticated();
  first.authenticated();
  assert.equal(admit(gate, '192.0.2.3'), 'taken');
  assert.equal(admit(gate, '192.0.2.4'), 'startups');
  second.release();
  second.release();
  first.release();
  assert.equal(gate.total, 1);
  assert.equal(admit(gate, '192.0.2.4'), 'taken');
});

test('each protocol has its own beginnings', () => {
  const { gate } = admission({ startups: { start: 1, rate: 100, full: 1 } });
  assert.equal(admit(gate, '192.0.2.1'), 'taken');
  assert.equal(admit(gate, '192.0.2.1', 'telnet'), 'taken');
  assert.equal(admit(gate, '192.0.2.1', 'telnet'), 'startups');
});

test('PerSourceMaxStartups counts a block, and only those not logged in', () => {
  const { gate } = admission({ perSourceStartups: 2, block: { ipv4: 24, ipv6: 48 } });
  const first = gate.admit('ssh', '192.0.2.1') as Place;
  assert.equal(admit(gate, '192.0.2.200'), 'taken');
  assert.equal(admit(gate, '192.0.2.3'), 'per_source');
  assert.equal(admit(gate, '192.0.3.3'), 'taken');
  first.authenticated();
  assert.equal(admit(gate, '192.0.2.3'), 'taken');
});

test('our own bounds count logged-in connections too', () => {
  const { gate } = admission({ perAddress: 1, connections: 2 });
  (gate.admit('ssh', '192.0.2.1') as Place).authenticated();
  assert.equal(admit(gate, '192.0.2.1', 'telnet'), 'per_address');
  assert.equal(admit(gate, '192.0.2.2'), 'taken');
  assert.equal(admit(gate, '192.0.2.3'), 'global');
});

test('the first refusal is told at once, those of the next minute together', () => {
  const { gate, reports, minute } = admission({ perAddress: 1 });
  admit(gate, '192.0.2.1');
  for (let i = 0; i < 3; i++) admit(gate, '192.0.2.1');
  assert.deepEqual(reports, [{ reason: 'per_address', count: 1, src_ips: ['192.0.2.1'] }]);
  minute();
  assert.deepEqual(reports.at(-1), { reason: 'per_address', count: 2, src_ips: ['192.0.2.1'] });
  minute();
  assert.equal(reports.length, 2, 'nothing new');
  admit(gate, '192.0.2.1');
  admit(gate, '192.0.2.1');
  gate.flush();
  assert.deepEqual(
    reports.slice(2).map((report) => report.count),
    [1, 1],
  );
});

test('penalties: deferred until they exceed the least, bounded, and over in time', () => {
  let now = 0;
  const rules = { authfail: 5, noauth: 1, graceExceeded: 10, min: 15, max: 60 };
  const penalties = new Penalties(rules, { ipv4: 32, ipv6: 64 }, () => now);
  const { gate } = admission({});
  for (let i = 0; i < 3; i++) penalties.penalise('192.0.2.1', 'authfail');
  assert.equal(admit(gate, '192.0.2.1', 'ssh', penalties), 'taken', '15 s are not more than 15 s');
  penalties.penalise('192.0.2.1', 'noauth');
  assert.equal(admit(gate, '192.0.2.1', 'ssh', penalties), 'penalty');
  assert.equal(admit(gate, '192.0.2.1', 'telnet'), 'taken');
  assert.equal(admit(gate, '192.0.2.2', 'ssh', penalties), 'taken');
  now = 16_001;
  assert.equal(admit(gate, '192.0.2.1', 'ssh', penalties), 'taken');
  for (let i = 0; i < 100; i++) penalties.penalise('2001:db8::1', 'graceExceeded');
  assert.equal(admit(gate, '2001:db8::2', 'ssh', penalties), 'penalty', 'the same /64');
  now += 59_000;
  assert.equal(admit(gate, '2001:db8::2', 'ssh', penalties), 'penalty');
  now += 1_001;
  assert.equal(admit(gate, '2001:db8::2', 'ssh', penalties), 'taken');
});

const BLOCKS: [size: string, one: string, other: string, same: boolean][] = [
  ['32:128', '192.0.2.1', '192.0.2.1', true],
  ['32:128', '192.0.2.1', '192.0.2.2', false],
  ['24:64', '192.0.2.1', '192.0.2.255', true],
  ['23:64', '192.0.2.1', '192.0.3.1', true],
  ['23:64', '192.0.2.1', '192.0.4.1', false],
  ['0:0', '1.2.3.4', '200.1.1.1', true],
  ['0:0', '1.2.3.4', '::1', false],
  ['32:64', '2001:db8::1', '2001:db8::ffff:1:2:3', true],
  ['32:64', '2001:db8::1', '2001:db8:0:1::1', false],
  ['32:128', '2001:db8::1', '2001:DB8:0::0:1', true],
  ['32:56', '2001:db8:0:12ff::1', '2001:db8:0:1200::9', true],
  ['32:56', '2001:db8:0:12ff::1', '2001:db8:0:1300::9', false],
  ['32:64', 'fe80::1%eth0', 'fe80::2%eth1', true],
];

for (const [size, one, other, same] of BLOCKS)
  test(`${one} and ${other} are ${same ? 'one source' : 'two sources'} at ${size}`, () => {
    const block = parseBlock(size);
    assert.equal(sourceBlock(one, block) === sourceBlock(other, block), same);
  });

test('IPv4-mapped addresses are plain ones', () => {
  assert.deepEqual(
    ['::ffff:192.0.2.7', '::FFFF:192.0.2.7', '::ffff:c000:207', '2001:db8::1', '192.0.2.7', '::1', undefined].map(
      plainAddress,
    ),
    ['192.0.2.7', '192.0.2.7', '192.0.2.7', '2001:db8::1', '192.0.2.7', '::1', ''],
  );
});

test('MaxStartups from the configuration', () => {
  assert.deepEqual(parseStartups('10:30:100', 5), { start: 10, rate: 30, full: 100 });
  assert.deepEqual(parseStartups('', 5000), { start: 1250, rate: 30, full: 3750 });
  assert.deepEqual(parseStartups('', 1), { start: 1, rate: 30, full: 1 });
});
