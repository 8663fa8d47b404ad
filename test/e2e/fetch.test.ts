// With fetching turned on, an attacker's wget still reaches nothing that is ours.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { has, remove, run, startKansatsuki, until } from './running.ts';

const skip = has('ssh') && has('sshpass') ? false : 'ssh or sshpass not installed';

test('wget of our own address, with downloads.policy = "fetch"', { skip }, async () => {
  let reached = 0;
  const server = createServer((_, response) => {
    reached++;
    response.end('secret');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  const data = mkdtempSync(join(tmpdir(), 'kansatsuki-fetch-'));
  mkdirSync(join(data, 'etc'));
  writeFileSync(join(data, 'etc/kansatsuki.toml'), '[downloads]\npolicy = "fetch"\n');
  const running = await startKansatsuki([], data);
  try {
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'PubkeyAuthentication=no'];
    const where = ['-p', `${running.ssh.port}`, `root@${running.ssh.host}`];
    await run('sshpass', [
      ...['-p', 'letmein', 'ssh', ...options.flatMap((option) => ['-o', option]), ...where],
      `wget -q -t 1 -T 1 -O - ${url}`,
    ]);
    const results = () => running.journal().filter(({ eventid }) => eventid === 'kansatsuki.session.download_result');
    await until(() => results().length > 0);
    const [{ why, address, bytes }] = results() as [Record<string, unknown>];
    assert.deepEqual({ why, address, bytes }, { why: 'address not allowed', address: '127.0.0.1', bytes: 0 });
    assert.equal(reached, 0);
  } finally {
    await running.stop();
    server.close();
    remove(data);
  }
});
