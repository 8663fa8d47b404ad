// Patterns against Python's own `re`, and their running time on expressions that break backtracking engines.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { compilePattern, MATCHED_BYTES, PatternError } from './pattern.ts';

const patterns = [
  'root',
  '^root$',
  '^(root|admin)\\d*$',
  'a.c',
  'a\\.c',
  '[a-c]+x',
  '[^a-c]',
  '[]x]',
  '[^]x]',
  '[a\\-z]',
  '[-a]',
  'x{3}',
  'x{2,}',
  'x{1,2}y',
  '^x{,2}$',
  'x*?y',
  'x+?',
  '(ab)*c',
  '(?:ab|cd)+$',
  '^(?!honeypot).*$',
  '^(?=.*\\d)(?=.*[a-z]).{4,}$',
  '\\bfoo\\b',
  '\\Bo',
  '\\w+@\\w+',
  '\\x41',
  'a|b|',
  '()',
  '(?i)RoOt',
  '(?P<n>a)b',
  'a{x',
  'a{}',
  '{',
  '$',
  '^$',
  'x\\Z',
  '\\s',
  '\\S{3}',
  '.*a.*b.*c',
  '[\\d_]',
  '[\\x30-\\x39]',
  'é',
  '(a|b|c){2}(d|e)?$',
  '(a*)*b',
];
const texts = [
  '',
  'root',
  'ROOT',
  'toor',
  'admin12',
  'abc',
  'a.c',
  'a\nc',
  'xxx',
  'xxy',
  'xx\n',
  'ababc',
  'abcdab',
  'honeypot1',
  'pass1',
  'foo bar',
  'oo',
  'A',
  'a@b',
  'a{x',
  'b]',
  '-',
  '{',
  'cab',
  'aaab',
  'x-z',
  '\xe9',
  'acd',
];

test('finds what Python finds', (t) => {
  const python = spawnSync(
    'python3',
    [
      '-c',
      `
import re,sys,json
d=json.load(sys.stdin)
out=[]
for p in d['p']:
  r=re.compile(p.encode('latin1')); ri=re.compile(p.encode('latin1'),re.I)
  out.append([[bool(r.search(x.encode('latin1'))),bool(ri.search(x.encode('latin1')))] for x in d['t']])
print(json.dumps(out))`,
    ],
    { input: JSON.stringify({ p: patterns, t: texts }), encoding: 'utf8' },
  );
  if (python.error) return t.skip('no python3');
  assert.equal(python.stderr.replace(/.*FutureWarning[\s\S]*/, ''), '');
  const truth = JSON.parse(python.stdout) as boolean[][][];
  for (const [p, pattern] of patterns.entries()) {
    const plain = compilePattern(pattern, false);
    const folded = compilePattern(pattern, true);
    for (const [n, text] of texts.entries()) {
      assert.deepEqual([plain(text), folded(text)], truth[p]![n], `/${pattern}/ on ${JSON.stringify(text)}`);
    }
  }
});

test('is linear where backtracking explodes', () => {
  const attack = `${'a'.repeat(MATCHED_BYTES - 1)}!`;
  for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*)*(.*)*x', '^((a+)+)+$', '(?=(a+)+$)x']) {
    const match = compilePattern(pattern, false);
    const start = performance.now();
    assert.equal(match(attack), false);
    // Backtracking would take years.
    assert.ok(performance.now() - start < 10_000, `${pattern} took ${performance.now() - start} ms`);
  }
});

test('says what is wrong', () => {
  const bad: [string, RegExp][] = [
    ['(', /missing \)/],
    [')', /unbalanced/],
    ['[a', /unterminated character set/],
    ['*a', /nothing to repeat/],
    ['a**', /multiple repeat/],
    ['(a)\\1', /back reference/],
    ['(?<=a)b', /look-behind/],
    ['a{3,1}', /minimum/],
    ['[z-a]', /range/],
    ['\\q', /bad escape/],
    ['(((a{40}){40}){40})', /too large/],
    ['\\', /end of the expression/],
  ];
  for (const [pattern, reason] of bad)
    assert.throws(
      () => compilePattern(pattern, false),
      (e) => e instanceof PatternError && reason.test(e.message),
      pattern,
    );
});
