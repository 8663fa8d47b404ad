// The command line as a user meets it: what it prints, on which stream, and its exit codes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { verifyPassword } from '../config/password.ts';

const cwd = mkdtempSync(join(tmpdir(), 'kansatsuki-cli-'));
after(() => rmSync(cwd, { recursive: true }));

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

function run(
  args: string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'main.ts'), ...args],
    {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, ...env },
    },
  );
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const event = (seconds: number, fields: Record<string, unknown>) =>
  JSON.stringify({
    eventid: 'cowrie.login.failed',
    src_ip: '192.0.2.7',
    session: '0a1b2c3d4e5f',
    sensor: 'trap-1',
    timestamp: new Date(Date.UTC(2026, 4, 2, 10, 0, seconds)).toISOString().replace('Z', '000Z'),
    ...fields,
  });
const LOG = `${[
  event(0, {
    eventid: 'cowrie.session.connect',
    src_port: 4242,
    dst_ip: '198.51.100.1',
    dst_port: 22,
    protocol: 'ssh',
    message: 'New connection',
  }),
  event(1, { username: 'pi', password: 'raspberry', message: 'login attempt [pi/raspberry] failed' }),
  event(2, {
    eventid: 'cowrie.login.success',
    username: 'root',
    password: '=1+1',
    message: 'login attempt [root/=1+1] succeeded',
  }),
  event(3, { eventid: 'cowrie.command.input', input: 'echo \u001b[31m `id`', message: 'CMD: …' }),
  event(4, { eventid: 'cowrie.session.closed', duration: 4, message: 'Connection lost' }),
].join('\n')}\n`;

mkdirSync(join(cwd, 'logs'));
writeFileSync(join(cwd, 'logs/cowrie.json.gz'), gzipSync(LOG));

test('wrong use is one sentence and exit code 2, never a stack trace', async () => {
  const bad = join(cwd, 'bad.toml');
  writeFileSync(bad, '[limits]\nidle = "soon"\nidel = 1\n');
  for (const [args, said] of [
    [['frobnicate'], /^kansatsuki: unknown command 'frobnicate'/],
    [['repotr'], /Did you mean report\?/],
    [['report', '--frob'], /^kansatsuki: unknown option '--frob'/],
    [['diary', '--lang', 'fr'], /Allowed choices are en, ja/],
    [['import'], /^kansatsuki: missing required argument 'path'/],
    [['import', 'nowhere'], /^kansatsuki: nowhere: there is no such file or folder$/m],
    [
      ['report', '--from', '2026-13-01'],
      /^kansatsuki: --from: expected a day such as 2026-11-24, a time .*, or an age such as 7d, found "2026-13-01"$/m,
    ],
    [['report', '--from', '2026-05-02', '--to', '2026-05-01'], /the period from 2026-05-02 to 2026-05-01 is empty/],
    [['report', '--config', 'gone.toml'], /^kansatsuki: gone\.toml: cannot be read: there is no such file/],
    [['check', '--ssh', '1.2.3.4'], /^kansatsuki: --ssh: sensor\.ssh: expected ADDRESS:PORT/],
    [
      ['check', '--config', bad],
      /bad\.toml:2: limits\.idle: expected a whole number.*\n.*bad\.toml:3: unknown key limits\.idel\. Did you mean limits\.idle\?/,
    ],
    [['check', '--config', bad, '--lang', 'ja'], /bad\.toml:2: limits\.idle: 1 から 86400 までの整数/],
  ] as [string[], RegExp][]) {
    const { code, out, err } = await run(args);
    assert.equal(code, 2, `${args.join(' ')}: ${out}${err}`);
    assert.match(err, said, args.join(' '));
    assert.ok(!/^\s+at /m.test(err), err);
  }
});

test('help and version are no failures', async () => {
  assert.match((await run(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  for (const args of [[], ['--help'], ['import', '--help']]) {
    const { code, out } = await run(args);
    assert.equal(code, 0);
    assert.match(out, /^Usage: kansatsuki/);
  }
});

test('without a store the commands say how to get one', async () => {
  for (const command of ['report', 'diary', 'today', 'sql'])
    assert.match(
      (await run([command, '--data', 'none', ...(command === 'sql' ? ['SELECT 1'] : [])])).err,
      /holds no observations yet/,
    );
  assert.ok(!existsSync(join(cwd, 'none')), 'a command that reads makes no folder');
});

test('import, report, diary and sql over the same log', async () => {
  const first = await run(['import', 'logs', '--json', '--data', 'd']);
  assert.equal(first.code, 0, first.err);
  const { seconds, kinds, ...counts } = JSON.parse(first.out) as Record<string, unknown>;
  assert.deepEqual(kinds, { salvaged: {}, malformed: {}, duplicate: {}, other: {}, note: {} });
  assert.deepEqual(counts, { files: 1, lines: 5, events: 5, duplicates: 0, salvaged: 0, malformed: 0, sessions: 1 });
  assert.equal(typeof seconds, 'number');
  const again = await run(['import', 'logs', '--data', 'd', '--lang', 'ja']);
  assert.match(again.out, /新しいものはありませんでした/);

  const report = JSON.parse((await run(['report', '--json', '--data', 'd'])).out);
  assert.equal(report.total, 5);
  assert.deepEqual(report.top_pairs, [
    ['pi', 'raspberry', 1],
    ['root', '=1+1', 1],
  ]);
  assert.equal(JSON.parse((await run(['report', '--json', '--from', '2026-05-03', '--data', 'd'])).out).total, 0);
  const table = await run(['report', '--data', 'd']);
  assert.match(table.out, /^echo \\e\[31m `id`\s+1$/m);
  assert.ok(!table.out.includes('\u001b'));
  assert.match((await run(['report', '--csv', '--data', 'd'])).out, /^top_passwords,'=1\+1,1\r$/m);

  const diary = await run(['diary', '2026-05-02', '--data', 'd']);
  assert.match(diary.out, /^# Honeypot diary: Saturday, 2 May 2026$/m);
  assert.match(diary.out, /`` echo \\e\[31m `id` ``/);
  assert.ok(!diary.out.includes('192.0.2.7'), 'addresses are masked');
  assert.match((await run(['diary', '--data', 'd', '--lang', 'ja'])).out, /^# ハニーポット観察記 2026年5月2日\(土\)$/m);
  assert.match((await run(['diary', '--data', 'd', '--format', 'html'])).out, /^<!doctype html>\n<html lang="en">/);
  assert.equal(JSON.parse((await run(['diary', '--data', 'd', '--json'])).out).totals.sessions, 1);

  const sql = await run(['sql', 'SELECT 6 * 7 AS answer, 9007199254740993 AS exact', '--json', '--data', 'd']);
  assert.deepEqual(JSON.parse(sql.out), [{ answer: 42, exact: '9007199254740993' }]);
  const write = await run(['sql', 'DELETE FROM session', '--data', 'd']);
  assert.deepEqual(
    [write.code, write.err],
    [2, 'kansatsuki: only reading is allowed: the store is opened read-only\n'],
  );
  assert.equal((await run(['sql', 'SELEKT', '--data', 'd'])).code, 2);
});

test('init writes a file that loads, never overwrites it, and hashes a password into it', async () => {
  const file = join(cwd, 'kansatsuki.toml');
  assert.equal((await run(['init'])).code, 0);
  const text = readFileSync(file, 'utf8');
  assert.match(text, /^# idle = 300$/m);
  writeFileSync(file, `${text}# mine\n`);
  assert.match((await run(['init'])).out, /exists and stays as it is/);
  assert.match(readFileSync(file, 'utf8'), /# mine/);
  const set = await run(['init', '--password'], { input: 'correct horse\n' });
  assert.equal(set.code, 0, set.err);
  const hash = /^password_hash = "(.*)"$/m.exec(readFileSync(file, 'utf8'))![1]!;
  assert.ok(await verifyPassword('correct horse', hash));
  assert.match(readFileSync(file, 'utf8'), /# mine/);
  assert.equal(statSync(file).mode & 0o077, 0);
  assert.ok(!`${set.out}${set.err}`.includes(hash));
  assert.equal((await run(['init', '--password'], { input: 'short\n' })).code, 2);
  assert.equal((await run(['init', '--force', '--lang', 'ja'])).code, 0);
  assert.match(readFileSync(file, 'utf8'), /^# Kansatsuki\(観察記\)の設定ファイル/);
  rmSync(file);
});

test('mask hides addresses of files and of standard input', async () => {
  const input = 'from 192.0.2.7 and [2001:db8::7] to http://evil.example/x\n';
  assert.equal(
    (await run(['mask'], { input })).out,
    'from ○○○.○○○.○○○.○○○ and [○○○○:○○○○:○○○○:○○○○] to hxxp://evil[.]example/x\n',
  );
  writeFileSync(join(cwd, 'a.txt'), input);
  const alias = await run(['mask', '--style', 'alias', '--data', 'd', 'a.txt']);
  assert.match(alias.out, /^from host-[0-9a-f]{8} and/);
  assert.equal((await run(['mask', '--style', 'alias', '--data', 'd', 'a.txt'])).out, alias.out);
  assert.match((await run(['mask', 'gone.txt'])).err, /^kansatsuki: .*gone\.txt: there is no such file or folder\n$/);
});

test('check reads the userdb too, and says what up would do', async () => {
  mkdirSync(join(cwd, 'u/etc'), { recursive: true });
  writeFileSync(join(cwd, 'u/etc/userdb.txt'), 'root:x:*\nroot:x:/(/\n');
  const bad = await run(['check', '--data', 'u']);
  assert.equal(bad.code, 2, bad.out);
  assert.match(bad.err, /^kansatsuki: u\/etc\/userdb\.txt:2: /);
  writeFileSync(join(cwd, 'u/etc/userdb.txt'), 'root:x:*\n');
  const good = await run(['check', '--data', 'u', '--ssh', 'off']);
  assert.deepEqual([good.code, good.err], [0, '']);
  assert.match(good.out, /userdb\.txt: 1 rule$/m);
  assert.match(good.out, /SSH: off$/m);
  assert.match(good.out, /set by you: sensor\.ssh$/m);
  assert.match((await run(['check', '--data', 'u', '--ssh', 'off', '--telnet', 'off'])).err, /nothing to do/);
});

test('gaps: what most addresses met comes first, in both languages, by period, and nothing acts on the terminal', async () => {
  mkdirSync(join(cwd, 'g/log'), { recursive: true });
  const gap = (session: string, from: string, program: string, more: Record<string, unknown> = {}) =>
    event(1, { eventid: 'kansatsuki.session.gap', session, src_ip: from, program, input: program, ...more });
  writeFileSync(
    join(cwd, 'g/log/cowrie.json'),
    [
      gap('a', '192.0.2.1', 'nvidia-smi'),
      gap('b', '192.0.2.1', 'nvidia-smi'),
      gap('d', '192.0.2.1', 'nvidia-smi'),
      gap('e', '192.0.2.1', '\u001b[2Jx', { kind: 'unknown' }),
      '{"eventid":"kansatsuki.session.gap"',
    ].join('\n'),
  );
  writeFileSync(
    join(cwd, 'g/log/cowrie.json.2026-05-01'),
    `${gap('c', '192.0.2.2', 'ls', { option: '--zero', kind: 'option' })}\n${gap('f', '192.0.2.3', 'ls', { option: '--zero', kind: 'option' })}\n`,
  );
  const { out } = await run(['gaps', '--json', '--data', 'g']);
  assert.deepEqual(
    JSON.parse(out).map((g: Record<string, unknown>) => [
      g['kind'],
      g['program'],
      g['option'],
      g['addresses'],
      g['sessions'],
      g['count'],
    ]),
    [
      ['option', 'ls', '--zero', 2, 2, 2],
      ['program', 'nvidia-smi', undefined, 1, 3, 3],
      ['unknown', '\\x1b[2Jx', undefined, 1, 1, 1],
    ],
  );
  assert.deepEqual(
    JSON.parse((await run(['gaps', '--json', '--data', 'g', '--from', '2031-01-01', '--to', '2031-01-02'])).out),
    [],
  );
  const japanese = await run(['gaps', '--lang', 'ja', '--data', 'g']);
  assert.match(japanese.out, /未対応のオプション\s+ls\s+--zero/);
  assert.ok(!japanese.out.includes('\u001b[2J'));
});

test('rules test passes for our own rules and names a rule that does not hold', async () => {
  assert.match((await run(['rules', 'test'])).out, /all hold/);
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(
    join(cwd, 'rules/x.toml'),
    '[[rule]]\nid = "x"\nkind = "tool"\nname = { en = "x", ja = "x" }\nnote = { en = "x", ja = "x" }\nsource = "x"\ncommands = ["^a$"]\nexamples = ["command: b"]\n',
  );
  const { code, out } = await run(['rules', 'test', 'rules']);
  assert.deepEqual([code, out], [1, 'rule x: "command: b" does not match\n']);
});

test('health asks the observer, and doctor finds a port that is in use', async () => {
  const server = createServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const listen = `127.0.0.1:${port}`;
  try {
    const env = { KANSATSUKI_WEB__LISTEN: listen };
    const good = await run(['health', '--json', '--data', 'd'], { env });
    assert.deepEqual(
      [good.code, JSON.parse(good.out).observer],
      [0, { url: `http://${listen}/healthz`, answers: true }],
    );
    const doctor = await run(['doctor', '--ssh', listen, '--telnet', 'off', '--data', 'd', '--json'], {
      env: { KANSATSUKI_WEB__LISTEN: 'off' },
    });
    assert.equal(doctor.code, 1);
    const port = JSON.parse(doctor.out).findings.find((finding: { check: string }) => finding.check === 'port');
    assert.match(port.text, /^SSH cannot listen on .*the port is in use.*set sensor\.ssh to another port$/);
  } finally {
    server.close();
  }
  const silent = await run(['health', '--data', 'd'], { env: { KANSATSUKI_WEB__LISTEN: listen } });
  assert.equal(silent.code, 1);
  assert.match(silent.out, /does not answer/);
});

test('a closed pipe is no failure', async () => {
  const child = spawn(
    'sh',
    [
      '-c',
      `"${process.execPath}" --disable-warning=ExperimentalWarning "${join(import.meta.dirname, 'main.ts')}" report --csv --data d | head -1; echo end`,
    ],
    { cwd },
  );
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  await new Promise((resolve) => child.on('close', resolve));
  assert.deepEqual([out.replace(/\r/g, ''), err], ['section,value,count\nend\n', '']);
});
