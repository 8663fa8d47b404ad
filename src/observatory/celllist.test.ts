import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CellList } from './celllist.ts';
import { CELL } from './counts.ts';

const LARGEST_WORD = 2 ** 26 - 1;

const cellsOf = (added: readonly (readonly [word: number, quarter: number, n: number])[]) => {
  const list = new CellList();
  for (const [word, quarter, n] of added) list.add(word, quarter, n);
  const { keys, counts } = list.cells();
  return Array.from(keys, (key, i) => [Math.floor(key / CELL), key % CELL, counts[i]!]);
};

for (const [what, added, cells] of [
  ['nothing', [], []],
  ['no count', [[1, 2, 0]], []],
  [
    'ascending, by word and then by quarter',
    [
      [2, 1, 1],
      [1, 95, 1],
      [1, 3, 1],
    ],
    [
      [1, 3, 1],
      [1, 95, 1],
      [2, 1, 1],
    ],
  ],
  [
    'equal cells together',
    [
      [7, 0, 1],
      [8, 0, 1],
      [7, 0, 2],
    ],
    [
      [7, 0, 3],
      [8, 0, 1],
    ],
  ],
  [
    'the largest word',
    [
      [LARGEST_WORD, 127, 1],
      [LARGEST_WORD, 126, 1],
    ],
    [
      [LARGEST_WORD, 126, 1],
      [LARGEST_WORD, 127, 1],
    ],
  ],
  [
    'counts beyond 20 bits',
    [
      [3, 3, 2 ** 20 - 2],
      [3, 3, 1],
      [3, 3, 5],
      [4, 0, 5_000_000],
    ],
    [
      [3, 3, 2 ** 20 + 4],
      [4, 0, 5_000_000],
    ],
  ],
  [
    'taken back to nothing',
    [
      [5, 5, 1],
      [5, 5, -1],
    ],
    [],
  ],
  [
    'taken back of what came before',
    [
      [5, 5, -2],
      [5, 6, 1],
    ],
    [
      [5, 5, -2],
      [5, 6, 1],
    ],
  ],
] as const)
  test(`cells of ${what}`, () => assert.deepEqual(cellsOf(added), cells));

test('cells that share a place, and come while the list grows, are counted apart', () => {
  const added: [number, number, number][] = [];
  const expected: number[][] = [];
  for (let round = 0; round < 3; round++)
    for (let word = 0; word < 5000; word++) added.push([word * 1024, 9, 1], [word, 9, word === 0 ? 0 : 1]);
  for (let word = 0; word < 5000; word++) expected.push([word * 1024, 9, word > 0 && word * 1024 < 5000 ? 6 : 3]);
  for (let word = 1; word < 5000; word++) if (word % 1024 !== 0) expected.push([word, 9, 3]);
  assert.deepEqual(
    cellsOf(added),
    expected.sort(([a], [b]) => a! - b!),
  );
});
