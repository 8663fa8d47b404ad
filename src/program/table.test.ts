import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPrograms, loadPrograms } from './table.ts';

test('programs are found by their names without being imported, and are the same', async () => {
  const [found, loaded] = [findPrograms(), await loadPrograms()];
  assert.ok(loaded.size > 200, String(loaded.size));
  assert.deepEqual([...found.keys()].sort(), [...loaded.keys()].sort());
});
