// A table of configurations and what is said about each; precedence of file, environment and options.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { descriptionsJapanese } from './japanese.ts';
import { keys } from './keys.ts';
import { loadConfig, type Sources } from './load.ts';
import { ConfigError, problemText } from './problem.ts';
import { configTemplate } from './template.ts';

const cwd = mkdtempSync(join(tmpdir(), 'kansatsuki-config-'));
after(() => rmSync(cwd, { recursive: true }));

const load = (toml: string | undefined, more: Partial<Sources> = {}) => {
  if (toml === undefined) rmSync(join(cwd, 'kansatsuki.toml'), { force: true });
  else writeFileSync(join(cwd, 'kansatsuki.toml'), toml);
  return loadConfig({ cwd, env: {}, ...more });
};

const ERRORS: [toml: string, said: string[]][] = [
  [
    '[limits]\n\nidle = "soon"\n',
    [
      'kansatsuki.toml:3: limits.idle: expected a whole number from 1 to 86400, found "soon". Write for instance idle = 300',
    ],
  ],
  [
    'limits.idle = 0\n',
    ['kansatsuki.toml:1: limits.idle: expected a whole number from 1 to 86400, found 0. Write for instance idle = 300'],
  ],
  ['[limits]\nidel = 3\n', ['kansatsuki.toml:2: unknown key limits.idel. Did you mean limits.idle?']],
  ['[limit]\nidle = 3\n', ['kansatsuki.toml:1: unknown key limit. Did you mean limits?']],
  ['idle = 3\n', ['kansatsuki.toml:1: unknown key idle. Did you mean limits.idle?']],
  ['[sensor]\nlisten = "127.0.0.1:1"\n', ['kansatsuki.toml:2: unknown key sensor.listen. Did you mean web.listen?']],
  [
    '[machine]\nzzzzzzzz = 1\n',
    ['kansatsuki.toml:2: unknown key machine.zzzzzzzz. Remove it, or use one of: remember, binaries'],
  ],
  ['web = 3\n', ['kansatsuki.toml:1: web: expected a section with keys, found 3. Write for instance [web]']],
  [
    '[web]\nlanguage = "fr"\nlisten = "localhost"\n',
    [
      'kansatsuki.toml:2: web.language: expected one of "en", "ja", found "fr". Write for instance language = "en"',
      'kansatsuki.toml:3: web.listen: expected ADDRESS:PORT, [IPV6]:PORT or off, ports 0 to 65535, found "localhost". Write for instance listen = "127.0.0.1:8080"',
    ],
  ],
  [
    '[sensor]\nname = """\nidle = 3\n"""\nssh = ["0.0.0.0:22", "0.0.0.0:70000"]\n',
    [
      'kansatsuki.toml:5: sensor.ssh: expected ADDRESS:PORT, [IPV6]:PORT, either with =PERSONA behind it, or off, or a list of them, ports 0 to 65535, found ["0.0.0.0:22","0.0.0.0:70000"]. Write for instance ssh = "0.0.0.0:2222"',
    ],
  ],
  [
    '[sensor]\ntelnet = "0.0.0.0:23=../x"\npersona = "a+"\n',
    [
      'kansatsuki.toml:2: sensor.telnet: expected ADDRESS:PORT, [IPV6]:PORT, either with =PERSONA behind it, or off, or a list of them, ports 0 to 65535, found "0.0.0.0:23=../x". Write for instance telnet = "0.0.0.0:2223"',
      'kansatsuki.toml:3: sensor.persona: expected the name of a persona, or several joined by +, found "a+". Write for instance persona = "debian-12-cloud"',
    ],
  ],
  [
    '[sensor]\nproxy_from = ["127.0.0.1", "10.0.0.0/33"]\n[limits]\nmax_startups = "20:30:10"\nsource_block = "33:64"\n',
    [
      'kansatsuki.toml:2: sensor.proxy_from: expected a list of addresses or networks such as ["198.51.100.0/24"], found ["127.0.0.1","10.0.0.0/33"]. Write for instance proxy_from = ["198.51.100.0/24"]',
      'kansatsuki.toml:4: limits.max_startups: expected START:RATE:FULL such as 10:30:100 (1 to FULL, a percentage from 1, FULL), or an empty text, found "20:30:10". Write for instance max_startups = "10:30:100"',
      'kansatsuki.toml:5: limits.source_block: expected bits of IPv4:IPv6 addresses such as 32:128, found "33:64". Write for instance source_block = "32:64"',
    ],
  ],
  [
    '[forwarding]\nmode = "sink"\n',
    [
      'kansatsuki.toml:2: forwarding.mode: sink needs an address to connect to. Write for instance sink = "192.0.2.1:8000" in [forwarding]',
    ],
  ],
  [
    '[retention]\nevents_days = "soon"\nsamples_bytes = "-1GB"\n[disk]\nreserve = "100%"\n',
    [
      'kansatsuki.toml:2: retention.events_days: expected an age such as "90d", "2w", "1y" or "never", found "soon". Write for instance events_days = "never"',
      'kansatsuki.toml:3: retention.samples_bytes: expected a size such as "10GB" or "512MiB", a share of the disk such as "5%", or "never", found "-1GB". Write for instance samples_bytes = "7.5%"',
      'kansatsuki.toml:5: disk.reserve: expected a share of the disk such as "5%", or a size such as "1GB", found "100%". Write for instance reserve = "5%"',
    ],
  ],
  [
    '[web]\nlisten = "0.0.0.0:8080"\n',
    [
      'kansatsuki.toml:2: web.listen: expected a loopback address (127.0.0.1 or [::1]) as long as web.password_hash is empty, found "0.0.0.0:8080". Set a password with: kansatsuki init --password',
    ],
  ],
  [
    '[web]\nhosts = ["a.example:8443"]\n',
    [
      'kansatsuki.toml:2: web.hosts: expected a list of host names without ports such as ["honeypot.example.com"], found ["a.example:8443"]. Write for instance hosts = ["honeypot.example.com"]',
    ],
  ],
  [
    '[web]\npassword_hash = "hunter2"\n',
    [
      'kansatsuki.toml:2: web.password_hash: expected a hash made by kansatsuki init --password, found (a value that is not shown). Write for instance password_hash = ""',
    ],
  ],
];

test('every wrong configuration is told with its line, its key and the fix', () => {
  for (const [toml, said] of ERRORS) {
    assert.throws(
      () => load(toml),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(error.message.split('\n'), said);
        for (const problem of error.problems) assert.match(problemText(problem, 'ja'), /[ぁ-ん]/);
        return true;
      },
      toml,
    );
  }
});

test('broken TOML is told with its line', () => {
  assert.throws(() => load('[limits]\nidle = \n'), /^ConfigError: kansatsuki\.toml:2: not valid TOML: /);
});

test('a named file that is missing is an error; none at all is fine', () => {
  assert.throws(() => load(undefined, { file: 'gone.toml' }), /gone\.toml: cannot be read: there is no such file/);
  const { config, file, dataDirectory } = load(undefined);
  assert.equal(file, undefined);
  assert.equal(dataDirectory, join(cwd, 'kansatsuki-data'));
  assert.equal(config.limits.idle, 300);
});

test('file, then environment, then options; the later wins', () => {
  const options = [{ path: 'sensor.ssh', name: '--ssh', value: 'off' }];
  const env = { KANSATSUKI_LIMITS__IDLE: '20', KANSATSUKI_SENSOR__SSH: '127.0.0.1:1,[::1]:2', KANSATSUKI_DEBUG: '1' };
  assert.deepEqual(load(undefined, { env: { KANSATSUKI_WEB__HOSTS: 'a.example, b.example' } }).config.web.hosts, [
    'a.example',
    'b.example',
  ]);
  const toml = '[limits]\nidle = 10\nsession = 11\n[sensor]\nssh = "127.0.0.1:3"\n';
  assert.deepEqual(load(toml).config.sensor.ssh, '127.0.0.1:3');
  assert.deepEqual(load(toml, { env }).config.sensor.ssh, ['127.0.0.1:1', '[::1]:2']);
  const { config } = load(toml, { env, options });
  assert.deepEqual([config.limits.idle, config.limits.session, config.sensor.ssh], [20, 11, 'off']);
});

test('environment and options are named in their errors', () => {
  const env = { KANSATSUKI_LIMIT__IDLE: '1', KANSATSUKI_LIMITS__IDLE: 'x' };
  const options = [{ path: 'web.listen', name: '--web', value: '8080' }];
  assert.throws(
    () => load(undefined, { env, options }),
    (error: Error) => {
      assert.match(
        error.message,
        /^KANSATSUKI_LIMIT__IDLE: unknown key limit\.idle\. Did you mean KANSATSUKI_LIMITS__IDLE\?$/m,
      );
      assert.match(
        error.message,
        /^KANSATSUKI_LIMITS__IDLE: .* found "x"\. Write for instance KANSATSUKI_LIMITS__IDLE=300$/m,
      );
      assert.match(error.message, /^--web: .* found "8080"\. Write for instance --web 127\.0\.0\.1:8080$/m);
      return true;
    },
  );
});

test('the file in the data directory is found when there is none here', () => {
  mkdirSync(join(cwd, 'data/etc'), { recursive: true });
  writeFileSync(join(cwd, 'data/etc/kansatsuki.toml'), '[limits]\nidle = 7\n');
  assert.equal(load(undefined, { data: 'data' }).config.limits.idle, 7);
  assert.equal(load('', { data: 'data' }).config.limits.idle, 300);
});

test('the commented template has every key in both languages, and loads as the defaults', () => {
  for (const lang of ['en', 'ja'] as const) {
    const text = configTemplate(lang);
    for (const key of keys) assert.ok(text.includes(`# ${key.name} = ${JSON.stringify(key.default)}`), key.path);
    assert.deepEqual(load(text).config, load(undefined).config);
    const uncommented = text.replace(/^# ([a-z_]+ = )/gm, '$1');
    assert.deepEqual(load(uncommented).config, load(undefined).config);
    assert.equal(load(configTemplate(lang, { 'limits.idle': 9 })).config.limits.idle, 9);
  }
  assert.deepEqual(
    Object.keys(descriptionsJapanese),
    keys.map((key) => key.path),
  );
});
