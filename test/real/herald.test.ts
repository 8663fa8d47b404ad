// Heralded ports and those who knock at them: Python's own clients and hydra take each service for real, and every attempt is recorded.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HERALDED } from '../../src/event/event.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-herald-'));
const run = promisify(execFile);
const without = (program: string) => !existsSync(`/usr/bin/${program}`) && `${program} is not installed`;
const ports = new Map<string, number>();
let child: ChildProcess;

before(async () => {
  const env = Object.fromEntries(HERALDED.map((name) => [`KANSATSUKI_HERALD__${name.toUpperCase()}`, '127.0.0.1:0']));
  child = spawn(process.execPath, [main, 'sensor', '--ssh', 'off', '--telnet', 'off', '--data', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  for (let tries = 0; !/^ready /m.test(said); tries++) {
    assert.ok(tries < 400 && child.exitCode === null, said);
    await sleep(50);
  }
  for (const name of HERALDED) ports.set(name, Number(new RegExp(`\\b${name}=127\\.0\\.0\\.1:(\\d+)`).exec(said)![1]));
});
after(async () => {
  const over = once(child, 'exit');
  child.kill('SIGTERM');
  await over;
  rmSync(folder, { recursive: true, force: true });
});

const events = (): Record<string, unknown>[] =>
  readFileSync(join(folder, 'log/cowrie.json'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** User and password of every attempt by a protocol so far. */
async function attempts(protocol: string, expected: number): Promise<string[]> {
  const found = () => events().filter((e) => e['eventid'] === 'cowrie.login.failed' && e['protocol'] === protocol);
  for (let tries = 0; found().length < expected; tries++) {
    assert.ok(tries < 100, `${found().length} of ${expected} attempts by ${protocol}`);
    await sleep(50);
  }
  return found().map((e) => `${e['username']}/${e['password'] ?? ''}`);
}

/** What Python's client raises is how it understood the refusal. */
const PYTHON: [protocol: string, script: string, raised: RegExp, attempts: string[]][] = [
  [
    'ftp',
    "import ftplib; f = ftplib.FTP(); f.connect('127.0.0.1', PORT); f.login('root', 'toor')",
    /530 Login incorrect/,
    ['root/toor'],
  ],
  [
    'pop3',
    "import poplib; p = poplib.POP3('127.0.0.1', PORT); print(p.capa()['SASL']); p.user('bob'); p.pass_('s3 cret')",
    /Authentication failed/,
    ['bob/s3 cret'],
  ],
  [
    'imap',
    "import imaplib; i = imaplib.IMAP4('127.0.0.1', PORT); i.login('bob', 'a\"b')",
    /AUTHENTICATIONFAILED/,
    ['bob/a"b'],
  ],
  [
    'smtp',
    "import smtplib; s = smtplib.SMTP('127.0.0.1', PORT); s.login('info', 'info123')",
    /535/,
    ['info/', 'info/info123', 'info/info123'],
  ],
  [
    'http',
    "import urllib.request as u; m = u.HTTPPasswordMgrWithDefaultRealm(); m.add_password(None, 'http://127.0.0.1:PORT/', 'admin', '1234'); print(u.build_opener(u.HTTPBasicAuthHandler(m)).open('http://127.0.0.1:PORT/x'))",
    /401/,
    ['admin/1234'],
  ],
];

describe('heralded ports', { concurrency: 3, timeout: 120_000 }, () => {
  for (const [protocol, script, raised, expected] of PYTHON)
    test(`${protocol}: Python's client`, { skip: without('python3') }, async () => {
      const source = script.replaceAll('PORT', String(ports.get(protocol)));
      const { stderr } = await run('python3', ['-c', source], { timeout: 60_000 }).catch((error) => error);
      assert.match(stderr, raised);
      assert.deepEqual((await attempts(protocol, expected.length)).slice(0, expected.length), expected);
    });

  const words = ['admin', 'letmein', '12345'];
  const list = join(folder, 'words.txt');
  for (const [protocol, module] of [
    ['mysql', 'mysql'],
    ['rdp', 'rdp'],
    ['redis', 'redis'],
    ['vnc', 'vnc'],
  ] as const)
    test(`${protocol}: hydra`, { skip: without('hydra') }, async (t) => {
      writeFileSync(list, `${words.join('\n')}\n`);
      const who = protocol === 'redis' || protocol === 'vnc' ? [] : ['-l', 'root'];
      const { stdout, stderr } = await run(
        'hydra',
        ['-I', '-t', '1', ...who, '-P', list, '-s', String(ports.get(protocol)), '127.0.0.1', module],
        { timeout: 90_000, cwd: folder },
      ).catch((error) => error);
      if (/Unknown service|not compiled/i.test(stderr + stdout)) return t.skip(`this hydra has no ${module}`);
      assert.match(stdout, /0 valid password|all children were disabled/, stdout + stderr);
      const heard = await attempts(protocol, words.length);
      if (protocol === 'rdp') assert.equal(heard[0], 'root/');
      if (protocol === 'redis') for (const word of words) assert.ok(heard.includes(`default/${word}`), heard.join());
    });

  test('postgresql: libpq', { skip: without('hydra') || without('python3') }, async () => {
    // It comes with hydra, whose own module knows no port.
    const script = [
      'import ctypes',
      "p = ctypes.CDLL('libpq.so.5')",
      'p.PQconnectdb.restype = ctypes.c_void_p',
      'p.PQerrorMessage.argtypes, p.PQerrorMessage.restype = [ctypes.c_void_p], ctypes.c_char_p',
      `print(p.PQerrorMessage(p.PQconnectdb(b"host=127.0.0.1 port=${ports.get('postgresql')} user=root dbname=x password='a b'")))`,
    ].join('\n');
    const { stdout } = await run('python3', ['-c', script], { timeout: 60_000 });
    assert.match(stdout, /FATAL: {2}password authentication failed for user "root"/);
    assert.ok((await attempts('postgresql', 1)).includes('root/a b'));
  });

  test('mysql and vnc: what proves the password is kept for those who crack it', {
    skip: without('hydra'),
  }, async () => {
    for (let tries = 0; tries < 400; tries++) {
      const proofs = events().filter((e) => e['eventid'] === 'kansatsuki.login.proof');
      const [mysql, vnc] = ['mysql_native_password', 'vnc'].map((scheme) => proofs.find((e) => e['scheme'] === scheme));
      if (mysql && vnc) {
        assert.match(`${mysql['challenge']} ${mysql['response']}`, /^[0-9a-f]{40} [0-9a-f]{40}$/);
        assert.match(`${vnc['challenge']} ${vnc['response']}`, /^[0-9a-f]{32} [0-9a-f]{32}$/);
        return;
      }
      await sleep(100);
    }
    assert.fail('no proofs');
  });
});
