// A backup is made while attackers come, put back elsewhere, and the copy goes on: the same keys, every event once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Client } from '../real/ssh/client.ts';
import { main, type Running, readJournal, remove, run, startKansatsuki, until } from './running.ts';

const place = mkdtempSync(join(tmpdir(), 'kansatsuki-backup-'));
const running = new Set<Running>();
after(async () => {
  for (const one of running) await one.stop();
  remove(place);
});

async function start(data: string): Promise<Running> {
  mkdirSync(data, { recursive: true });
  const one = await startKansatsuki(['--telnet', 'off'], data);
  running.add(one);
  return one;
}
const stop = async (one: Running) => {
  running.delete(one);
  assert.equal(await one.stop(), 0);
};

async function attack(port: number, text: string): Promise<string> {
  const client = new Client(port);
  await client.login('root', 'password1');
  await client.open();
  client.request('exec', true, `echo ${text} > /tmp/${text}; cat /tmp/${text}`);
  await client.until(94);
  client.close();
  return client.hostKeyBlob.toString('base64');
}

const kansatsuki = (...args: string[]) =>
  run(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], { cwd: place });
const command = async (...args: string[]) => {
  const { code, stdout, stderr } = await kansatsuki(...args, '--json');
  assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
};

/** Every finished and the growing log of a data directory. */
function allEvents(data: string): string[] {
  return readdirSync(join(data, 'log'))
    .filter((name) => /^cowrie\.json/.test(name))
    .flatMap((name) => readFileSync(join(data, 'log', name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

test('made while attackers come; restored; goes on with the same keys, and counts everything once', {
  timeout: 240_000,
}, async () => {
  const data = join(place, 'first');
  let one = await start(data);
  await attack(one.ssh.port, 'before');
  await until(() => readJournal(data).some(({ eventid }) => eventid === 'cowrie.session.closed'));
  await stop(one);
  // A finished day, which the next start seals.
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  renameSync(join(data, 'log/cowrie.json'), join(data, `log/cowrie.json.${day}`));
  one = await start(data);
  await until(() => existsSync(join(data, 'log/segments.ndjson')), 60_000);

  let attacking = true;
  let attacks = 0;
  const attackers = (async () => {
    while (attacking) await attack(one.ssh.port, `during${attacks++}`);
  })();
  await until(() => attacks > 1, 60_000);
  const archive = join(place, 'backup.tar.zst');
  const made = await command('backup', archive, '--data', data);
  const folder = join(place, 'folder');
  await command('backup', folder, '--no-samples', '--no-keys', '--data', data);
  attacking = false;
  await attackers;
  assert.equal(statSync(archive).mode & 0o777, 0o600);
  assert.equal(made['size'], statSync(archive).size);
  for (const target of [archive, folder]) assert.equal((await command('backup', '--verify', target))['ok'], true);
  const key = await attack(one.ssh.port, 'after');
  await stop(one);
  assert.equal((await kansatsuki('backup', archive, '--data', data)).code, 2, 'nothing is written over');
  assert.equal((await kansatsuki('backup', join(data, 'x.tar.zst'), '--data', data)).code, 2, 'not into itself');
  assert.equal((await kansatsuki('backup', join(place, 'x.zip'), '--data', data)).code, 2);
  assert.equal((await kansatsuki('restore', archive, '--data', data)).code, 2, 'not empty');

  // Restored, it says of itself what the backup had; then it goes on.
  const second = join(place, 'second');
  assert.equal((await command('restore', archive, '--data', second))['files'], made['files']);
  const verified = await command('verify', '--data', second);
  assert.deepEqual(verified['findings'], []);
  const kept = allEvents(second).length;
  assert.ok(kept < allEvents(data).length);
  one = await start(second);
  assert.equal(await attack(one.ssh.port, 'again'), key, 'the same host key');
  assert.equal(await attack(one.ssh.port, 'again'), key);
  await stop(one);
  const events = allEvents(second);
  assert.ok(events.length > kept);
  assert.equal(new Set(events).size, events.length);
  assert.equal((await command('report', '--data', second))['total'], events.length);
  assert.deepEqual((await command('verify', '--data', second))['findings'], []);

  // Without samples and keys: nothing is missing that was left out, and new keys are made.
  const third = join(place, 'third');
  await command('restore', folder, '--data', third);
  assert.deepEqual(readdirSync(join(third, 'downloads')), []);
  assert.deepEqual(readdirSync(join(third, 'keys')), []);
  assert.deepEqual((await command('verify', '--data', third))['findings'], []);
  one = await start(third);
  assert.notEqual(await attack(one.ssh.port, 'new'), key);
  await stop(one);
  assert.deepEqual((await command('verify', '--data', third))['findings'], []);

  // The store alone is lost: it is built anew from the journal, sealed days included.
  rmSync(join(second, 'store'), { recursive: true });
  one = await start(second);
  await until(async () => (await command('report', '--data', second))['total'] === allEvents(second).length, 60_000);
  await stop(one);
});

test('a backup that is killed leaves nothing under its name, and the next one is made', {
  timeout: 120_000,
}, async () => {
  const data = join(place, 'first');
  // Enough that it takes a while.
  writeFileSync(join(data, 'log/cowrie.json.2026-01-01'), randomBytes(48 << 20));
  const target = join(place, 'killed.tar.zst');
  const child = spawn(process.execPath, [main, 'backup', target, '--data', data], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(() => readdirSync(place).some((name) => name === '.killed.tar.zst.partial'));
  child.kill('SIGKILL');
  await ended;
  assert.ok(!existsSync(target));
  // The dead process held the data directory; it is known to be dead by its silence.
  await command('backup', target, '--data', data);
  assert.equal((await command('backup', '--verify', target))['ok'], true);
  assert.deepEqual(
    readdirSync(place).filter((name) => name.startsWith('.killed')),
    [],
  );
});
