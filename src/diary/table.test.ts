// Widths as Unicode's own data has them, and tables that stay aligned whatever stands in them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { table, width } from './table.ts';

test('every assigned character takes the columns that Unicode says', (t) => {
  // One character a code point: 0 combining, 2 wide or fullwidth, 1 all else, - unassigned or a control.
  const script = `import unicodedata as u
def w(c):
  k = u.category(chr(c))
  return '-' if k in ('Cn','Cc','Cf','Cs','Co') or c == 0x303f else '0' if k in ('Mn','Me') else '2' if u.east_asian_width(chr(c)) in 'WF' else '1'
print(''.join(w(c) for c in range(0x32000)))`;
  const python = spawnSync('python3', ['-c', script], { encoding: 'utf8', maxBuffer: 1 << 20 });
  if (python.status !== 0) return t.skip('python3 is not installed');
  const wrong: string[] = [];
  for (const [code, columns] of [...python.stdout.trim()].entries()) {
    // Since this data: hexagrams became wide (Unicode 16), an Ahom vowel spacing (15).
    if (columns === '-' || code === 0x1171e || (code >= 0x4dc0 && code <= 0x4dff)) continue;
    const found = width(String.fromCodePoint(code));
    if (String(found) !== columns) wrong.push(`${code.toString(16)}: ${found}, not ${columns}`);
  }
  assert.deepEqual(wrong.slice(0, 20), []);
});

test('columns stay aligned: wide characters, combining marks, controls, long texts, numbers to the right', () => {
  const lines = table(
    ['名前', 'Count'],
    [
      ['ルート', 12_345],
      ['e\u0301', 1],
      ['\u001b[2J\u202e', 22],
      ['x'.repeat(500_000), 3],
      ['\u{1f600}'.repeat(50), 4],
    ],
  )
    .trimEnd()
    .split('\n');
  assert.deepEqual([...new Set(lines.map(width))].length, 1, lines.join('\n'));
  assert.match(lines[1]!, /^ルート {2,}12,345$/);
  assert.match(lines[3]!, /^\\e\[2J\\u\{202e\} +22$/);
  assert.match(lines[4]!, /^x{59}… +3$/);
});
