// CSV as RFC 4180 has it, and nothing that a spreadsheet would run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv, csvLine } from './csv.ts';

test('cells are quoted where they must be, and no text is a formula; the way back loses nothing', () => {
  for (const [text, cell] of [
    ['root', 'root'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['a\r\nb', '"a\r\nb"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['\n=1', '"\'\n=1"'],
    ['＝1', "'＝1"],
    ["'=1+1", "''=1+1"],
    ["''@", "'''@"],
    ["'quoted'", "'quoted'"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ] as [string, string][]) {
    assert.equal(csv([[text]]), `${cell}\r\n`, text);
    const read = /^"/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    assert.equal(/^'+[=+\-@\t\r\n＝＋－＠]/.test(read) ? read.slice(1) : read, text);
  }
  assert.equal(csvLine(['n', -1, -2n, 1.5]), 'n,-1,-2,1.5\r\n', 'numbers stay numbers');
  assert.equal(csvLine([null, undefined, true, ['=1', '2'], ['a', '=1']]), ",,true,'=1 2,a =1\r\n");
});
