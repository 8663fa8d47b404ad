// What an attacker wrote cannot move a cursor, turn the reading direction, hide, or break a line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt, visible, visibleJson } from './visible.ts';

test('controls, direction marks and invisible characters become visible; other text stays', () => {
  for (const [text, shown] of [
    ['root', 'root'],
    ['日本語 パスワード\u3000', '日本語 パスワード\u3000'],
    ['naïve é 🐱', 'naïve é 🐱'],
    ['\u001b[2J\u001b]0;x\u0007', '\\e[2J\\e]0;x\\x07'],
    ['a\r\nb\tc\0', 'a\\r\\nb\\tc\\x00'],
    ['\u009b31m', '\\x9b31m'],
    ['abc\u202edef', 'abc\\u{202e}def'],
    ['a\u2066b\u200b\ufeff\u2028', 'a\\u{2066}b\\u{200b}\\u{feff}\\u{2028}'],
    ['\ud800x', '\\u{d800}x'],
    ['\u{e0041}\u{100000}', '\\u{e0041}\\u{100000}'],
    ['a\u00a0b\u3164', 'a\\xa0b\\u{3164}'],
  ])
    assert.equal(visible(text!), shown);
});

test('a long line is cut, and only its start is looked at', () => {
  assert.equal(excerpt('abcdef', 6), 'abcdef');
  assert.equal(excerpt('abcdefg', 6), 'abcde…');
  assert.equal(excerpt('🐱'.repeat(10), 4), '🐱🐱🐱…');
  assert.equal(excerpt('\n'.repeat(1_000_000), 6).length, 6);
});

test('JSON keeps its data', () => {
  const value = { a: '\u202e\u007f\u{e0041}日本語\n', b: ['\ud800'] };
  const json = visibleJson(JSON.stringify(value, undefined, 2));
  assert.deepEqual(JSON.parse(json), value);
  assert.match(json, /\\u202e\\u007f\\udb40\\udc41日本語/);
});
