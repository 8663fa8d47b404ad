// A disk that fills up, and a data directory that vanishes, under a running sensor: it serves on, and loses nothing that there is room for.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../real/ssh/client.ts';
import { until } from './running.ts';
import { Sensor } from './sensor.ts';

const skip = process.getuid?.() === 0 ? false : 'only root mounts a small disk';

/** Takes all that is left; returns the file to remove. */
function fill(folder: string): string {
  const path = join(folder, 'ballast');
  const file = openSync(path, 'w');
  for (let size = 1 << 20; size > 0; size >>= 1)
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch {
      // Smaller pieces may still fit.
    }
  closeSync(file);
  return path;
}

test('events wait for room on a full disk, and the sensor serves on', { skip, timeout: 60_000 }, async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'kansatsuki-disk-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status !== 0) {
    rmSync(disk, { recursive: true });
    t.skip('no file system can be mounted here');
    return;
  }
  const sensor = await new Sensor({ disk_reserve: 0 }, disk).ready();
  const logins = () => sensor.journal().filter((event) => event['eventid'] === 'cowrie.login.success');
  const login = async () => {
    const client = new Client(sensor.port);
    await client.login('root', 'password1');
    client.close();
  };
  try {
    await login();
    await until(() => logins().length === 1, 5000);
    const ballast = fill(disk);
    for (let i = 0; i < 5; i++) await login();
    assert.ok(sensor.alive, sensor.stderr);
    rmSync(ballast);
    await until(
      () => logins().length === 6,
      15_000,
      () => `${logins().length} of 6 logins: ${sensor.stderr}`,
    );
    await login();
    await until(() => logins().length === 7, 5000);
    assert.match(sensor.stderr, /can be written again/);
  } finally {
    await sensor.stop(true);
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});

test('a data directory that vanishes ends nothing', { timeout: 60_000 }, async () => {
  const sensor = await new Sensor().ready();
  const logins = () => sensor.journal().filter((event) => event['eventid'] === 'cowrie.login.success').length;
  const session = async () => {
    const client = new Client(sensor.port);
    await client.login('root', 'password1');
    await client.open();
    client.request('exec', true, 'echo kept > /tmp/x; cat /tmp/x');
    await client.until(94);
    client.close();
  };
  try {
    await session();
    await until(() => logins() === 1, 5000);
    // The sensor may be writing there just now.
    const gone = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
    for (const folder of ['log', 'tty', 'downloads', 'machines', 'etc', 'state'])
      rmSync(join(sensor.data, folder), gone);
    await session();
    // The journal is begun again where it was.
    await until(
      () => logins() === 1,
      10_000,
      () => `no login in a new journal: ${sensor.stderr}`,
    );
    rmSync(sensor.data, gone);
    await session();
    assert.ok(sensor.alive, sensor.stderr);
  } finally {
    await sensor.stop();
  }
});
