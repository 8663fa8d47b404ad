import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible as ofDiary } from '../src/diary/visible.ts';
import { excerpt, parts, visible } from './visible.ts';

const cases: [text: string, shown: string][] = [
  ['plain 日本語 é', 'plain 日本語 é'],
  ['a\nb\tc\rd\u001b[31m', 'a\\nb\\tc\\rd\\e[31m'],
  ['\0\x7f\x9b', '\\x00\\x7f\\x9b'],
  ['user\u202egpj.exe', 'user\\u{202e}gpj.exe'],
  ['ad\u200bmin\ufeff', 'ad\\u{200b}min\\u{feff}'],
  ['\u2066\u2069\u061c', '\\u{2066}\\u{2069}\\u{61c}'],
  ['a\u00a0b\u3000c', 'a\\xa0b\u3000c'],
  ['\u3164\u115f', '\\u{3164}\\u{115f}'],
  ['\ud800x', '\\u{d800}x'],
  ['\u{e0041}', '\\u{e0041}'],
  ['', ''],
];

test('what cannot be seen is shown as an escape, as the diary does', () => {
  for (const [text, shown] of cases) {
    assert.equal(visible(text), shown);
    assert.equal(ofDiary(text), shown);
    assert.equal(
      parts(text)
        .map((part) => part.text)
        .join(''),
      shown,
    );
  }
  for (let code = 0; code < 0x11000; code++) {
    const text = `a${String.fromCodePoint(code)}b`;
    assert.equal(visible(text), ofDiary(text));
  }
});

test('escapes are set apart from what was typed', () => {
  assert.deepEqual(parts('a\\n\n\nb'), [
    { text: 'a\\n', escape: false },
    { text: '\\n\\n', escape: true },
    { text: 'b', escape: false },
  ]);
});

test('an excerpt never cuts a character', () => {
  assert.equal(excerpt('😀😀😀', 2), '😀…');
  assert.equal(excerpt('abc', 3), 'abc');
  assert.equal([...excerpt('x'.repeat(1e6), 10)].length, 10);
});
