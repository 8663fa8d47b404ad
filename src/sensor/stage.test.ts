// How far a session came, from the lines and events that real ones consist of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Progress } from './stage.ts';

const LINES: [line: string, stage: string][] = [
  ['echo ok', 'command'],
  ['cd /tmp', 'command'],
  ['enable', 'command'],
  ['/bin/busybox ECCHI', 'discovery'],
  ['cat /proc/mounts; /bin/busybox PQTXV', 'discovery'],
  ['dd bs=52 count=1 if=/bin/echo || cat /bin/echo', 'discovery'],
  ['uname -s -v -n -r -m', 'discovery'],
  ['echo "ssh-rsa AAAA" >> ~/.ssh/authorized_keys', 'persistence'],
  ['cd ~; chattr -ia .ssh; lockr -ia .ssh', 'command'],
  ['echo "root:Abc123"|chpasswd|bash', 'persistence'],
  ['crontab /tmp/jobs', 'persistence'],
  ['crontab -l', 'command'],
  ['(crontab -l; echo x) | crontab -; echo ok', 'persistence'],
  ['echo "* * * * * /tmp/x" > /etc/cron.d/x', 'persistence'],
  ['systemctl enable bot.service', 'persistence'],
];

for (const [input, stage] of LINES)
  test(input, () => {
    const progress = new Progress();
    progress.saw('cowrie.command.input', { input });
    assert.equal(progress.summary()?.stage, stage);
  });

test('without a login there is nothing to say', () => {
  const progress = new Progress();
  progress.saw('cowrie.login.failed', { username: 'root', password: 'x' });
  assert.equal(progress.summary(), undefined);
});

test('the furthest stage stays, and what came is counted once', () => {
  const progress = new Progress();
  progress.saw('cowrie.login.success', { username: 'root', password: 'x' });
  const url = 'http://192.0.2.1/a';
  for (let i = 0; i < 3; i++)
    progress.saw('kansatsuki.session.download_request', { url, tool: 'wget', policy: 'record' });
  assert.equal(progress.summary()?.stage, 'download');
  progress.brought('aa', Buffer.from('kami/tmp\n'));
  assert.equal(progress.summary()?.payloads, 0);
  for (let i = 0; i < 2; i++) progress.brought('bb', Buffer.from('\x7fELF\x01\x01', 'latin1'));
  progress.saw('cowrie.command.input', { input: 'uname -a' });
  assert.deepEqual(progress.summary(), { stage: 'payload', commands: 1, downloads: 1, payloads: 1, started: 0 });
});

test('a hostile line costs little', () => {
  const progress = new Progress();
  const began = process.cpuUsage();
  for (const piece of ['> ', '>> a', 'cat ', 'crontab    ', 'dd dd '])
    progress.saw('cowrie.command.input', { input: piece.repeat(500_000) });
  const { user } = process.cpuUsage(began);
  assert.ok(user < 500_000, `${user} µs`);
});
