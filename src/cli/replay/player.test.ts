// The player under a clock and a keyboard of our own: when it shows what, and what keys do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TtyRecord } from '../../event/tty.ts';
import { transcript } from '../../web/replay/transcript.ts';
import { type PlayOptions, play } from './player.ts';

const at = (ms: number, text: string, type: TtyRecord['type'] = 'output'): TtyRecord => ({
  type,
  at: 1000 + ms,
  data: Buffer.from(text),
});

/** Plays with keys pressed at given real milliseconds; tells when what was written. */
async function watch(records: TtyRecord[], keys: [ms: number, key: string][] = [], options: Partial<PlayOptions> = {}) {
  let clock = 0;
  const waiting = [...keys];
  const written: [ms: number, text: string][] = [];
  const how = await play(records, {
    speed: 1,
    idleLimit: 3,
    raw: false,
    fresh: false,
    now: () => clock,
    write: async (text) => {
      if (text.length > 0)
        written.push([Math.round(clock), typeof text === 'string' ? text : Buffer.from(text).toString()]);
    },
    key: async (ms) => {
      const next = waiting[0];
      if (next && next[0] <= clock + ms) {
        clock = Math.max(clock, next[0]);
        waiting.shift();
        return next[1];
      }
      assert.ok(Number.isFinite(ms), 'waits for a key that never comes');
      clock += Math.max(0, ms);
      return undefined;
    },
    ...options,
  });
  return { how, written };
}

const TEN = Array.from({ length: 10 }, (_, i) => at(i * 1000, String(i)));

test('in its own time, pauses shortened', async () => {
  assert.deepEqual((await watch([at(0, 'a'), at(500, 'b'), at(60_000, 'c'), at(60_000, 'd')])).written, [
    [0, 'a'],
    [500, 'b'],
    [3500, 'c'],
    [3500, 'd'],
  ]);
  assert.deepEqual(
    (await watch([at(0, 'a'), at(60_000, 'c')], [], { idleLimit: Number.POSITIVE_INFINITY, speed: 2 })).written,
    [
      [0, 'a'],
      [30_000, 'c'],
    ],
  );
});

test('keys: pause and on, faster, slower, quit', async () => {
  const paused = await watch(TEN.slice(0, 3), [
    [500, ' '],
    [5000, ' '],
  ]);
  assert.deepEqual(paused.written, [
    [0, '0'],
    [5500, '1'],
    [6500, '2'],
  ]);
  const faster = await watch(TEN.slice(0, 3), [
    [500, '+'],
    [500, '+'],
  ]);
  assert.deepEqual(faster.written.at(-1), [875, '2']);
  assert.deepEqual((await watch(TEN.slice(0, 2), [[500, '-']])).written.at(-1), [1500, '1']);
  const quit = await watch(TEN, [[2500, 'q']]);
  assert.deepEqual([quit.how, quit.written.length], ['quit', 3]);
  assert.equal((await watch(TEN, [[2500, '\x03']])).how, 'quit');
});

test('arrows seek: forward at once, back by showing all again from an empty screen', async () => {
  const forward = await watch(TEN, [[500, '\x1b[C']]);
  assert.deepEqual(
    forward.written.filter(([ms]) => ms === 500).map(([, text]) => text),
    ['1', '2', '3', '4', '5'],
  );
  assert.deepEqual(forward.written.at(-1), [4000, '9']);
  const back = await watch(TEN, [[7500, '\x1b[D']]);
  const again = back.written.findIndex(([, text]) => text.includes('\x1b[2J'));
  assert.deepEqual(
    back.written.slice(again + 1).map(([, text]) => text),
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  );
  assert.deepEqual(
    back.written.slice(again + 1, again + 5).map(([ms]) => ms),
    [7500, 7500, 7500, 8000],
  );
  assert.equal((await watch(TEN, [[500, '\x1b[A']])).written.at(-1)![0], 500, 'a minute on is the end');
  const step = await watch(TEN.slice(0, 3), [
    [10, ' '],
    [20, '.'],
    [30, 'q'],
  ]);
  assert.deepEqual(step.written, [
    [0, '0'],
    [20, '1'],
  ]);
});

test('only what is harmless is shown, unless all is asked for', async () => {
  const evil = [at(0, 'ls; id', 'interact'), at(1, 'a\x1b]52;c;Zm9v\x07b\n'), at(2, '\x1b[6n\x1b[31mc')];
  assert.equal(
    (await watch(evil)).written.map(([, text]) => text).join(''),
    '\x1b[36mls; id\x1b[0m\r\nab\r\n\x1b[31mc',
  );
  assert.equal(
    (await watch(evil, [], { raw: true })).written.map(([, text]) => text).join(''),
    'ls; ida\x1b]52;c;Zm9v\x07b\n\x1b[6n\x1b[31mc',
  );
  assert.match((await watch(evil, [], { fresh: true })).written[0]![1], /^\n{100,}\x1b\[H\x1b\[2J$/);
});

test('a recording of input alone shows it, an empty one ends at once, a clock set back costs nothing', async () => {
  assert.equal((await watch([at(0, 'x', 'input')])).written.length, 1);
  assert.deepEqual((await watch([])).written, []);
  assert.deepEqual(
    (await watch([at(5000, 'a'), at(0, 'b'), at(100, 'c')])).written.map(([ms]) => ms),
    [0, 0, 100],
  );
});

test('a transcript: overwriting, inserting, deleting, erasing, wide characters, screens', () => {
  for (const [output, text] of [
    ['$ lss\b \b\nfile\n', '$ ls\nfile\n'],
    ['abc\rX\n', 'Xbc\n'],
    ['\x1b[4habc\x1b[2DX\n', 'aXbc\n'],
    ['abc\x1b[1D\x1b[1P\n', 'ab\n'],
    ['abc\x1b[2D\x1b[K\n', 'a\n'],
    ['abc\x1b[1K!\n', '   !\n'],
    ['a\tb\n', 'a       b\n'],
    ['観察\b\bx\n', '観x\n'],
    ['one\x1b[2J\x1b[Htwo\n', 'one\ntwo\n'],
    ['one\n\x1b[H\x1b[2Jtwo\n', 'one\n\ntwo\n'],
    ['\x1b[3;5Hx\x1b[1;1Hy\n', 'y\n\n    x\n'],
    ['\x1b[31mred\x1b[m\x1b]0;t\x07\n', 'red\n'],
    ['e\u0301\u202e!\n', 'e\u0301!\n'],
    ['', ''],
    ['\n\n\n', ''],
  ] as [string, string][])
    assert.equal(transcript([at(0, output)]), text, JSON.stringify(output));
  assert.equal(transcript([at(0, 'id\n\x1b[2J', 'interact'), at(1, 'uid=0')]), '$ id\\n\\e[2J\nuid=0\n');
});
