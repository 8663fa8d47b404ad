// What systemd says in the environment, as a table: which sockets are whose, and what is refused.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { activatedSockets } from './socket-activation.ts';

const GOOD: [fds: string, names: string | undefined, services: string][] = [
  ['0', undefined, ''],
  ['1', undefined, 'ssh'],
  ['1', 'unknown', 'ssh'],
  ['1', 'kansatsuki.socket', 'ssh'],
  ['2', 'ssh:telnet', 'ssh telnet'],
  ['3', 'web:ssh:ssh', 'web ssh ssh'],
  ['3', 'kansatsuki-ssh.socket:kansatsuki-telnet.socket:kansatsuki-web.socket', 'ssh telnet web'],
  ['4', 'ssh:ssh-2:ssh6:telnet', 'ssh ssh ssh telnet'],
  ['2', 'telnet', 'telnet ssh'],
];

for (const [fds, names, services] of GOOD)
  test(`LISTEN_FDS=${fds} LISTEN_FDNAMES=${names}`, () => {
    const env = { LISTEN_PID: '77', LISTEN_FDS: fds, LISTEN_FDNAMES: names, OTHER: 'x' };
    const sockets = activatedSockets(env, 77);
    assert.equal(sockets.map(({ service }) => service).join(' '), services);
    assert.deepEqual(
      sockets.map(({ fd }) => fd),
      sockets.map((_, i) => 3 + i),
    );
    assert.deepEqual(env, { OTHER: 'x' });
  });

test('the sockets of another process are not ours', () => {
  assert.deepEqual(activatedSockets({ LISTEN_PID: '78', LISTEN_FDS: '1' }, 77), []);
  assert.deepEqual(activatedSockets({ LISTEN_FDS: '1' }, 77), []);
  assert.deepEqual(activatedSockets({ LISTEN_PID: '77' }, 77), []);
});

for (const [fds, names] of [
  ['x', ''],
  ['-1', ''],
  ['65', ''],
  ['1', 'smtp'],
  ['1', 'ssh telnet'],
] as const)
  test(`refused: LISTEN_FDS=${fds} LISTEN_FDNAMES=${names}`, () => {
    assert.throws(
      () => activatedSockets({ LISTEN_PID: '77', LISTEN_FDS: fds, LISTEN_FDNAMES: names }, 77),
      /^Failure: LISTEN_FD(S|NAMES): expected/,
    );
  });

test('the units that we ship name their sockets as they are understood', () => {
  const folder = join(import.meta.dirname, '../../packaging/systemd');
  const units = globSync('*.socket', { cwd: folder }).sort();
  assert.deepEqual(units, ['kansatsuki-ssh.socket', 'kansatsuki-telnet.socket']);
  const service = readFileSync(join(folder, 'kansatsuki.service'), 'utf8');
  for (const unit of units) {
    const name = /^FileDescriptorName=(.*)$/m.exec(readFileSync(join(folder, unit), 'utf8'))![1]!;
    for (const names of [name, unit])
      assert.deepEqual(activatedSockets({ LISTEN_PID: '7', LISTEN_FDS: '1', LISTEN_FDNAMES: names }, 7), [
        { service: unit.slice('kansatsuki-'.length, -'.socket'.length), fd: 3 },
      ]);
    assert.match(service, new RegExp(`^Sockets=.*${unit}`, 'm'));
  }
});
