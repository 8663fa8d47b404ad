// What the parts of a data directory take.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Usage } from './usage.ts';

const place = mkdtempSync(join(tmpdir(), 'kansatsuki-usage-'));
after(() => rmSync(place, { recursive: true }));

test('files are counted by part, at most every ten minutes, and a part that is not there takes nothing', async () => {
  mkdirSync(join(place, 'log/folder'), { recursive: true });
  mkdirSync(join(place, 'tty'));
  writeFileSync(join(place, 'log/cowrie.json'), 'x'.repeat(100));
  writeFileSync(join(place, 'log/cowrie.json.2026-01-01'), 'x'.repeat(20));
  let now = 0;
  const usage = new Usage(place, () => now);
  assert.deepEqual(usage.current, []);
  await usage.count();
  const first = [
    { what: 'journal', bytes: 120, files: 2 },
    { what: 'recordings', bytes: 0, files: 0 },
    { what: 'samples', bytes: 0, files: 0 },
  ];
  assert.deepEqual(usage.current, first);
  writeFileSync(join(place, 'tty/a'), 'y');
  now = 599_999;
  assert.deepEqual(usage.current, first);
  now = 600_000;
  assert.deepEqual(usage.current, first);
  await usage.count();
  assert.deepEqual(usage.current[1], { what: 'recordings', bytes: 1, files: 1 });
});
