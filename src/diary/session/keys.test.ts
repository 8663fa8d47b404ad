// Fingers and programs, by what a recording holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TtyRecord } from '../../event/tty.ts';
import { keysOf } from './keys.ts';

/** `[ms since the one before, text]`. */
const recording = (...input: [number, string][]): TtyRecord[] => {
  let at = 1_000;
  return input.map(([gap, text]) => ({ type: 'input', at: (at += gap), data: Buffer.from(text) }));
};

test('single keys have a rhythm, corrections and editing', () => {
  const keys = keysOf([
    recording(
      [500, 'l'],
      [110, 'd'],
      [240, '\x7f'],
      [90, 's'],
      [170, '\r'],
      [2_000, '\x1b[A'],
      [300, '\r'],
      [900, 'é'],
      [80, '\t'],
    ),
  ]);
  assert.deepEqual(
    [keys?.single, keys?.together, keys?.corrections, keys?.editing, keys?.returns, keys?.lineFeeds],
    [9, 0, 1, 2, 2, 0],
  );
  assert.ok(keys!.medianMs >= 100 && keys!.medianMs <= 250);
});

test('whole lines, and lines cut up by the network, are no keys', () => {
  const whole = keysOf([recording([0, 'enable\n'], [150, 'system\n'])]);
  assert.deepEqual([whole?.single, whole?.together, whole?.lineFeeds], [0, 14, 2]);
  const cut = keysOf([recording(...[...'wget x\r'].map((key): [number, string] => [1, key]))]);
  assert.deepEqual([cut?.single, cut?.together], [0, 7]);
});

test('what nobody typed says nothing', () => {
  assert.equal(keysOf([]), undefined);
  assert.equal(keysOf([[{ type: 'output', at: 1, data: Buffer.from('$ ') }]]), undefined);
});

test('hours of input are read in bounded time', () => {
  const keys = keysOf([recording(...Array.from({ length: 50_000 }, (): [number, string] => [100, 'a']))]);
  assert.ok(keys!.single <= 20_000);
});
