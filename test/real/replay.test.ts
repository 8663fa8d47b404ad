// Replay against Cowrie's own playlog and asciinema converter, as they answered when test/real/record-replay.py asked them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { frames, painter } from '../../src/cli/replay/player.ts';
import { readTty, toAsciicast } from '../../src/event/tty.ts';

interface Case {
  name: string;
  tty: string;
  /** Seconds before each write. */
  waits: number[];
  shown: string[];
  cast: [seconds: number, text: string][];
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/replay.json'), 'utf8')) as Case[];

for (const { name, tty, waits, shown, cast } of cases)
  test(`${name}: as playlog plays it, and as Cowrie's asciicast has it`, () => {
    const { records } = readTty(Buffer.from(tty, 'base64'), true);
    // An empty write shows nothing: we leave it out, playlog writes no byte and waits.
    const list = frames(records, 3);
    const paint = painter(true);
    const theirs = shown.map((data, i) => [waits[i]!, data] as const).filter(([, data]) => data !== '');
    assert.deepEqual(
      list.map(({ record }) => Buffer.from(paint(record)).toString('base64')),
      theirs.map(([, data]) => data),
    );
    let before = 0;
    for (const [i, { at }] of list.entries()) {
      if (i > 0)
        assert.ok(Math.abs((at - before) / 1000 - theirs[i]![0]) < 2e-6, `${i}: ${at - before} ${theirs[i]![0]}`);
      before = at;
    }
    // Cowrie's converter takes the direction of the first record: of an exec recording it has the command alone.
    if (records.some(({ type }) => type === 'interact')) return;
    const ours = toAsciicast(records)
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as [number, string, string])
      .filter(([, code]) => code === 'o');
    // A character split over two records is whole in ours, broken in theirs.
    if (name !== 'split character')
      assert.equal(ours.map(([, , text]) => text).join(''), cast.map(([, text]) => text).join(''));
    else assert.equal(ours.map(([, , text]) => text).join(''), '観\r\n');
    const length = cast.reduce((sum, [seconds]) => sum + seconds, 0);
    if (ours.length > 1 && name !== 'split character')
      assert.ok(Math.abs(ours.at(-1)![0] - ours[0]![0] - length) < 2e-6);
  });
