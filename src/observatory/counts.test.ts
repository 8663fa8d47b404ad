import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CellList } from './celllist.ts';
import { addCells, CELL, type Cells, decode, decodeWord, encode, QUARTERS, Sums } from './counts.ts';

/** Repeatable numbers below 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function made(seed: number, n: number, words: number): { cells: Cells; naive: Map<number, number> } {
  const next = random(seed);
  const naive = new Map<number, number>();
  const list = new CellList();
  for (let i = 0; i < n; i++) {
    const [word, quarter] = [Math.floor(next() ** 3 * words), Math.floor(next() ** 2 * QUARTERS)];
    const key = word * CELL + quarter;
    list.add(word, quarter, 1);
    naive.set(key, (naive.get(key) ?? 0) + 1);
  }
  return { cells: list.cells(), naive };
}

const chunksOf = (cells: Cells): Buffer[] => {
  const chunks: Buffer[] = [];
  encode(cells, (first, chunk) => {
    let least = Number.POSITIVE_INFINITY;
    decode(chunk, (word) => {
      least = Math.min(least, word);
    });
    assert.equal(least, first);
    chunks.push(Buffer.from(chunk));
  });
  return chunks;
};

const asMap = ({ keys, counts }: Cells) => new Map(Array.from(keys, (key, i) => [key, counts[i]!]));

test('what is packed comes back, by cell, by day, by quarters and by word', () => {
  for (const [seed, n, words] of [
    [1, 0, 1],
    [2, 1, 1],
    [3, 50, 3],
    [4, 40_000, 90_000],
    [5, 30_000, 2],
    [6, 3000, 2 ** 26 - 1],
  ] as const) {
    const { cells, naive } = made(seed, n, words);
    const chunks = chunksOf(cells);
    const back = new Map<number, number>();
    const days = new Sums(10);
    const quarters = new Sums(0);
    for (const chunk of chunks) {
      decode(chunk, (word, quarter, count) => back.set(word * CELL + quarter, count));
      if (words < 1e6) {
        days.addDay(chunk);
        quarters.addQuarters(chunk, 7, 33);
      }
    }
    assert.deepEqual(back, new Map([...naive].sort((a, b) => a[0] - b[0])));
    const byWord = new Map<number, Map<number, number>>();
    for (const [key, count] of naive) {
      const word = Math.floor(key / CELL);
      byWord.set(word, (byWord.get(word) ?? new Map()).set(key % CELL, count));
    }
    for (const [word, expected] of [...byWord].slice(0, 300)) {
      const found = new Map<number, number>();
      assert.equal(chunks.filter((chunk) => decodeWord(chunk, word, (q, c) => found.set(q, c))).length, 1);
      assert.deepEqual(found, new Map([...expected].sort((a, b) => a[0] - b[0])));
    }
    if (words >= 1e6) continue;
    for (const [word, expected] of byWord) {
      const sum = (test: (quarter: number) => boolean) =>
        [...expected].reduce((total, [quarter, count]) => total + (test(quarter) ? count : 0), 0);
      assert.equal(
        days.values[word],
        sum(() => true),
      );
      assert.equal(
        quarters.values[word] ?? 0,
        sum((quarter) => quarter >= 7 && quarter < 33),
      );
    }
    assert.equal(
      days.values.reduce((a, b) => a + b, 0),
      n,
    );
  }
});

test('a word that is not there is not found', () => {
  const { cells } = made(9, 4000, 3000);
  const words = new Set(Array.from(cells.keys, (key) => Math.floor(key / CELL)));
  for (const chunk of chunksOf(cells))
    for (let word = 0; word < 3100; word++)
      if (!words.has(word))
        assert.equal(
          decodeWord(chunk, word, () => assert.fail()),
          false,
        );
});

test('sums of cells, and what is taken back leaves no trace', () => {
  const a = made(11, 5000, 900);
  const b = made(12, 3000, 1200);
  const sum = addCells(a.cells, b.cells);
  const naive = new Map(a.naive);
  for (const [key, count] of b.naive) naive.set(key, (naive.get(key) ?? 0) + count);
  assert.deepEqual(asMap(sum), new Map([...naive].sort((x, y) => x[0] - y[0])));
  const back = addCells(sum, { keys: b.cells.keys, counts: b.cells.counts.map((count) => -count) });
  assert.deepEqual(asMap(back), asMap(a.cells));
});

test('a count of millions in one quarter', () => {
  const cells = { keys: Float64Array.of(5 * CELL + 95), counts: Float64Array.of(3_000_000) };
  const [chunk] = chunksOf(cells);
  const sums = new Sums(0);
  sums.addDay(chunk!);
  assert.equal(sums.values[5], 3_000_000);
  decode(chunk!, (word, quarter, count) => assert.deepEqual([word, quarter, count], [5, 95, 3_000_000]));
});
