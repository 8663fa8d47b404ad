// Cowrie's rules one by one, its oddities included, and the file that changes under us.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Decoys } from './decoys.ts';
import { DEFAULT_USERDB, parseUserdb, type Rules } from './userdb.ts';
import { UserdbFile } from './userdb-file.ts';

const rules = (text: string): Rules => {
  const parsed = parseUserdb(text);
  assert.ok('policy' in parsed, JSON.stringify(parsed));
  return parsed;
};

const cases: [name: string, file: string, accepted: [string, string][], refused: [string, string][]][] = [
  [
    'defaults',
    DEFAULT_USERDB,
    [
      ['root', 'admin'],
      ['pi', 'raspberry'],
      ['root', '1234567'],
      ['x', ''],
    ],
    [
      ['root', 'root'],
      ['root', '123456'],
      ['root', 'myHONEYpot1'],
      ['root', '\0'],
      ['x', '\0'],
    ],
  ],
  [
    'exact, case-sensitive',
    'a:x:b',
    [['a', 'b']],
    [
      ['A', 'b'],
      ['a', 'B'],
      ['a', 'bb'],
      ['b', 'b'],
    ],
  ],
  [
    'first match decides',
    'a:x:b\na:x:!b2\na:x:*',
    [
      ['a', 'b'],
      ['a', 'q'],
    ],
    [
      ['a', 'b2'],
      ['c', 'b'],
    ],
  ],
  [
    'deny stops',
    'a:x:!*\n*:x:*',
    [['b', '']],
    [
      ['a', ''],
      ['a', 'b'],
    ],
  ],
  ['star only as the whole field', 'a*:x:b*', [['a*', 'b*']], [['ab', 'bb']]],
  [
    'patterns',
    '/^r/:x:/\\d{3}/\n/ADM/i:x:!/x/i\n*:x:*',
    [
      ['root', 'a123b'],
      ['admin', 'y'],
      ['root', 'no'],
    ],
    [['admin', 'aX']],
  ],
  ['colons cut', 'a:x:b:c', [['a', 'b']], [['a', 'b:c']]],
  [
    'blanks of the password go, those of the user stay',
    'a :x: b \r\n',
    [['a ', 'b']],
    [
      ['a', 'b'],
      ['a ', ' b '],
    ],
  ],
  [
    'comments and short lines',
    '# a:x:b\na:b\n\nc:x:d',
    [['c', 'd']],
    [
      ['a', 'b'],
      ['# a', 'b'],
    ],
  ],
  ['repeated pair: first place, last policy', 'a:x:!b\na:x:*\na:x:b', [['a', 'b']], []],
  ['only the first ! denies', 'a:x:!!b\na:x:*', [['a', '!b2']], [['a', '!b']]],
  ['denies the empty password', 'a:x:!\na:x:*', [['a', 'x']], [['a', '']]],
  ['slashes without anything between', 'a:x://', [['a', '//']], [['a', '']]],
  ['bytes', '*:x:/\\xff/', [['a', 'b\xff']], [['a', 'b']]],
  ['no rules', '', [], [['a', 'b']]],
];

for (const [name, file, accepted, refused] of cases) {
  test(`rules: ${name}`, () => {
    const db = rules(file);
    for (const [user, password] of accepted) assert.equal(db.policy(user, password), 'allow', `${user}/${password}`);
    for (const [user, password] of refused) assert.equal(db.policy(user, password), 'refuse', `${user}/${password}`);
  });
}

test('a decoy rule has odds; anything else of that look is a password', () => {
  const db = rules('root:x:letmein\nroot:x:@decoy/20\na:x:@decoy/1\nb:x:!@decoy/20');
  assert.deepEqual(db.policy('root', 'x'), { decoy: 20 });
  assert.equal(db.policy('root', 'letmein'), 'allow');
  assert.equal(db.policy('a', '@decoy/1'), 'allow');
  assert.equal(db.policy('a', 'x'), 'refuse');
  assert.equal(db.policy('b', '@decoy/20'), 'refuse');
});

test('a bad line is named', () => {
  assert.deepEqual(parseUserdb('a:x:b\nc:x:'), { line: 2, reason: 'the password is empty; write * to accept any' });
  assert.deepEqual(parseUserdb('#\n\nä:x:b'), { line: 3, reason: 'byte 0xe4 at column 1 is not ASCII' });
  assert.deepEqual(parseUserdb('a:x:/(/'), {
    line: 1,
    reason: 'bad regular expression in the password field: missing ), unterminated parenthesis',
  });
  assert.deepEqual(rules('only\na:x:b').skipped, [{ line: 1, reason: 'skipped: expected USER:x:PASSWORD' }]);
});

test('the file is created, followed, and a bad version changes nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'userdb-'));
  const path = join(folder, 'etc/userdb.txt');
  const log: unknown[] = [];
  let now = 0;
  const decoys = new Decoys({ file: join(folder, 'decoys.ndjson'), seed: Buffer.alloc(32), now: () => now });
  const file = new UserdbFile(path, () => now, { loaded: (n) => log.push(n), invalid: (p) => log.push(p) }, decoys);
  const db = { allows: (user: string, password: string) => file.judge(user, password, '192.0.2.1').accepted };
  assert.equal(readFileSync(path, 'utf8'), DEFAULT_USERDB);
  assert.deepEqual(log.splice(0), [8]);
  assert.equal(db.allows('any', 'thing'), true);
  writeFileSync(path, 'a:x:b\n');
  assert.equal(db.allows('any', 'thing'), true, 'looked at once a second only');
  now = 1000;
  assert.equal(db.allows('any', 'thing'), false);
  assert.deepEqual(log.splice(0), [1]);
  writeFileSync(path, 'a:x:b\n*:x:*\n*:x:/[/\n');
  now = 2000;
  assert.equal(db.allows('any', 'thing'), false);
  assert.equal(db.allows('a', 'b'), true);
  now = 3000;
  db.allows('a', 'b');
  assert.deepEqual(log.splice(0), [
    { line: 3, reason: 'bad regular expression in the password field: unterminated character set' },
  ]);
  rmSync(path);
  now = 4000;
  assert.equal(db.allows('a', 'b'), true);
  now = 5000;
  db.allows('a', 'b');
  assert.equal(log.length, 1);
  rmSync(folder, { recursive: true });
});
