// A small disk under a running installation: it is kept from filling up, in the documented order, and logging goes on when nothing more can be removed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../real/ssh/client.ts';
import { kansatsuki, type Running, startKansatsuki, until } from './running.ts';

const skip = process.getuid?.() === 0 ? false : 'only root mounts a small disk';
const DAY = 86_400_000;
const MB = 1 << 20;

const free = (folder: string) => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** A file that was last used some days ago. */
function aged(folder: string, name: string, bytes: number, days: number): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(bytes, name), { mode: 0o600 });
  const at = (Date.now() - days * DAY) / 1000;
  utimesSync(path, at, at);
}

async function attack(port: number, text: string): Promise<void> {
  const client = new Client(port);
  await client.login('root', 'password1');
  await client.open();
  client.request('exec', true, `echo ${text} > /tmp/${text}; cat /tmp/${text}`);
  await client.until(94);
  client.close();
}

test('a disk that is nearly full', { skip, timeout: 240_000 }, async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'kansatsuki-disk-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]).status !== 0) {
    rmSync(disk, { recursive: true });
    t.skip('no file system can be mounted here');
    return;
  }
  let running: Running | undefined;
  t.after(async () => {
    await running?.stop();
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const data = join(disk, 'data');
  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  for (let i = 0; i < 8; i++) aged(join(data, 'downloads'), sha(`s${i}`), MB, 20 - i);
  aged(join(data, 'downloads'), sha('young'), MB, 0);
  for (let i = 0; i < 8; i++) aged(join(data, 'tty'), sha(`r${i}`), MB, 20 - i);
  const config = join(disk, 'kansatsuki.toml');
  // 14 MiB of old files are more than a quarter of this disk can spare.
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(free(disk) - 8 * MB));
  const never = 'samples_bytes = "never"\nrecordings_bytes = "never"\n';
  writeFileSync(config, `[disk]\nreserve = "25%"\n[limits]\ndisk_reserve = 2097152\n[retention]\n${never}`);
  running = await startKansatsuki(['--telnet', 'off', '--config', config], data);
  const events = (id: string) => running!.journal().filter(({ eventid }) => eventid === id);
  const { port } = running.ssh;

  await until(
    () => events('kansatsuki.disk.recovered').length === 1,
    60_000,
    () => running!.output(),
  );
  const [low] = events('kansatsuki.disk.low');
  assert.ok((low!['free'] as number) < (low!['reserve'] as number));
  assert.equal(low!['reserve'], 16 * MB);
  assert.ok(free(disk) >= 16 * MB, `${free(disk)} bytes are free`);
  const removed = events('kansatsuki.retention.removed').map(({ what, reason }) => `${what} ${reason}`);
  assert.deepEqual([...new Set(removed)], ['samples disk', 'recordings disk']);
  assert.deepEqual(readdirSync(join(data, 'downloads')), [sha('young')], 'the newest sample stays');
  assert.ok(readdirSync(join(data, 'tty')).length > 0, 'no more is removed than is needed');
  assert.ok(!readdirSync(join(data, 'tty')).includes(sha('r0')), 'the oldest goes first');
  // Something else fills the disk beyond what can be removed: samples are no longer kept, events are.
  await attack(port, 'kept');
  await until(() => readdirSync(join(data, 'downloads')).length === 2);
  writeFileSync(join(disk, 'more'), Buffer.alloc(free(disk) - MB));
  await attack(port, 'notkept');
  await until(() => events('cowrie.session.closed').length === 2, 60_000);
  assert.equal(readdirSync(join(data, 'downloads')).filter((name) => /^[0-9a-f]{64}$/.test(name)).length, 2);
  assert.deepEqual(
    events('kansatsuki.session.violation').map(({ reason }) => reason),
    ['artefact not kept'],
  );
  assert.equal(events('cowrie.session.file_download').length, 2);
  await until(() => events('kansatsuki.disk.low').length === 2, 60_000);

  // Room again: all is as before, and what was removed is no gap.
  rmSync(join(disk, 'more'));
  rmSync(join(disk, 'ballast'));
  await until(() => events('kansatsuki.disk.recovered').length === 2, 60_000);
  await attack(port, 'keptagain');
  await until(() => readdirSync(join(data, 'downloads')).filter((name) => /^[0-9a-f]{64}$/.test(name)).length === 3);
  const one = running;
  running = undefined;
  assert.equal(await one.stop(), 0);
  const verified = await kansatsuki(data, 'verify', '--json');
  const findings = (JSON.parse(verified.stdout) as { findings: { what: string }[] }).findings;
  // The files of this test were never what their names say; how many recordings are left depends on how the disk filled.
  const others = findings.map(({ what }) => what).filter((what) => !/^(?:sample|recording) changed$/.test(what));
  assert.deepEqual(others, []);
});
