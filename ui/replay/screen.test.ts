// The screen against xterm's own emulator, as it answered when test/real/record-screens.ts asked it; and what may not do anything.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { columnsOf, Screen } from './screen.ts';

interface Case {
  columns: number;
  rows: number;
  output: string;
  lines: string[];
  cursor: [row: number, column: number];
}

test('1,200 generated outputs look as on xterm', () => {
  const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/screens.json'), 'utf8')) as Case[];
  assert.equal(cases.length, 1200);
  for (const { columns, rows, output, lines, cursor } of cases) {
    const screen = new Screen(columns, rows);
    screen.write(output);
    const label = JSON.stringify(output);
    assert.deepEqual(
      screen.lines.map(({ text }) => text),
      lines,
      label,
    );
    assert.deepEqual([screen.cursor.row, screen.cursor.column], cursor, label);
  }
});

const shown = (output: string, columns = 40, rows = 3) => {
  const screen = new Screen(columns, rows);
  screen.write(output);
  return screen.lines
    .map(({ text }) => text.trimEnd())
    .join('\n')
    .trimEnd();
};

test('titles, links, clipboard, queries and strings show nothing and do nothing', () => {
  for (const [output, text] of [
    ['a\x1b]0;title\x07b', 'ab'],
    ['a\x1b]52;c;ZXZpbA==\x1b\\b', 'ab'],
    ['\x1b]8;;http://198.51.100.66/\x07link\x1b]8;;\x07', 'link'],
    ['a\x1bP1$q\x1b\\b\x1b_x\x1b\\c', 'abc'],
    ['a\x1b[6n\x1b[c\x1b[?1000h\x1b[!pb', 'ab'],
    ['a\x1b[', 'a'],
    ['\x1b', ''],
    ['\x1b[99999999999B\x1b[99999999999Cx', '\n\n                                       x'],
    ['\u0007\u0000a\u007fb', 'ab'],
  ] as const)
    assert.equal(shown(output), text, JSON.stringify(output));
});

test('colours are read in every spelling, and kept by erasing', () => {
  const screen = new Screen(20, 2);
  screen.write(
    '\x1b[1;31mA\x1b[38;5;208mB\x1b[38;2;1;2;3mC\x1b[38:2::4:5:6mD\x1b[48;5;22m\x1b[97mE\x1b[K\x1b[0;7mF\x1b[mG',
  );
  const pens = screen.lines[0]!.pens;
  assert.deepEqual(
    pens.slice(0, 8).map(({ fg, bg, bold, inverse }) => [fg, bg, bold, inverse]),
    [
      [1, -1, true, false],
      [208, -1, true, false],
      [0x1010203, -1, true, false],
      [0x1040506, -1, true, false],
      [15, 22, true, false],
      [-1, -1, false, true],
      [-1, -1, false, false],
      [-1, 22, false, false],
    ],
  );
});

test('a picture that is kept stays as it was, and comes back whole', () => {
  const screen = new Screen(10, 3);
  screen.write('one\r\ntwo\x1b[31m');
  const kept = screen.snapshot();
  const before = screen.lines.map(({ text }) => text);
  screen.write('\x1b[?1049h\x1b[Hxxxxxxxxxxxxxxx\x1b[2J\x1b[?1049l\x1b[2J');
  screen.resize(4, 2);
  screen.restore(kept);
  assert.deepEqual(
    screen.lines.map(({ text }) => text),
    before,
  );
  screen.write('!');
  assert.deepEqual([screen.columns, screen.lines[1]!.text, screen.lines[1]!.pens[3]!.fg], [10, 'two!      ', 1]);
});

test('wide and combining characters take their columns', () => {
  for (const [character, columns] of [
    ['a', 1],
    ['é', 1],
    ['\u0301', 0],
    ['漢', 2],
    ['ｱ', 1],
    ['한', 2],
    ['🙂', 2],
    ['─', 1],
  ] as const)
    assert.equal(columnsOf(character), columns, character);
  assert.equal(shown(`x${'\u0301'.repeat(100)}`).length, 16, 'what combines is bounded');
});
