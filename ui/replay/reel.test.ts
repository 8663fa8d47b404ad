// Playback without a page: what is shown when, however it was reached; pauses, commands, and places in the text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, secondsOf } from './clock.ts';
import { Finder } from './finder.ts';
import { hideAddresses } from './hide.ts';
import { Playback } from './playback.ts';
import { Recording } from './recording.ts';
import { Reel } from './reel.ts';
import { Timeline } from './timeline.ts';

const cast = (header: object, ...events: unknown[][]): Promise<Recording> =>
  Recording.parse([header, ...events].map((line) => JSON.stringify(line)).join('\n'));

const text = (reel: Reel) =>
  reel.screen.lines
    .map((line) => line.text.trimEnd())
    .join('\n')
    .trimEnd();

test('any moment looks the same whether it was played or jumped to, in both directions', async () => {
  const events: unknown[][] = [];
  let seed = 7;
  for (let i = 0; i < 4000; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    const line = [
      `${i} \x1b[3${seed % 8}mline ${seed}\x1b[m\r\n`,
      `\x1b[${seed % 24}H#${i}`,
      '日本\b\b',
      'x'.repeat(seed % 200),
    ];
    events.push([i / 10, 'o', line[seed % 4]]);
    if (i % 900 === 899) events.push([i / 10, 'r', `${60 + (seed % 40)}x${20 + (seed % 9)}`]);
  }
  const recording = await cast({ version: 2, width: 80, height: 24 }, ...events);
  const jumping = new Reel(recording);
  for (const index of [4000, 17, 2500, 2499, 2501, 0, 3999, 900, 901]) {
    const playing = new Reel(recording);
    for (let i = 0; i <= index; i++) playing.to(i);
    jumping.to(index);
    assert.equal(text(jumping), text(playing), `at ${index}`);
    assert.deepEqual(jumping.screen.cursor, playing.screen.cursor);
  }
});

test('work is done in slices: a seek that takes long goes on when it is asked again', async () => {
  const recording = await cast({ version: 2 }, ...Array.from({ length: 400 }, (_, i) => [i, 'o', 'x'.repeat(9000)]));
  const reel = new Reel(recording);
  let slices = 0;
  while (!reel.to(400, 0, 0)) slices++;
  assert.ok(slices > 10, `${slices}`);
  assert.equal(reel.index, 400);
  assert.ok(reel.to(399, 0, 50), 'and from a kept picture it is short');
});

test('pauses take as long as the limit says, alone and together', async () => {
  const one = await cast({ version: 2 }, [1, 'o', 'a'], [11, 'o', 'b'], [12, 'o', 'c']);
  const other = await cast({ version: 2 }, [6, 'o', 'x']);
  const line = Timeline.of([one], 2);
  assert.deepEqual([line.total, line.shown(11), line.truth(2), line.truth(4)], [4, 3, 6, 12]);
  assert.deepEqual([line.pause(5), line.pause(11.5)], [10, undefined]);
  assert.equal(Timeline.of([one], Number.POSITIVE_INFINITY).total, 12);
  assert.equal(Timeline.of([one, other], 2).total, 1 + 2 + 2 + 1);
  for (const at of [0, 0.5, 1, 3, 11, 11.9, 12]) assert.ok(Math.abs(line.truth(line.shown(at)) - at) < 1e-9, `${at}`);
});

test('the clock runs by the speed, stops at the end, and goes from command to command', async () => {
  const recording = await cast(
    { version: 2 },
    [0, 'o', '$ '],
    [2, 'm', 'id'],
    [2, 'o', 'uid=0'],
    [5, 'm', 'ls'],
    [6, 'o', 'a'],
  );
  const playback = new Playback([recording], { speed: 4, idle: Number.POSITIVE_INFINITY }, () => {});
  playback.toggle(true);
  playback.frame(1000);
  playback.frame(1500);
  assert.equal(playback.at, 2);
  playback.frame(9000);
  assert.equal(playback.at, 2, 'a page that slept shows nothing for it');
  playback.frame(9900);
  assert.equal(playback.at, 5.6);
  playback.frame(10_500);
  assert.deepEqual([playback.at, playback.playing, playback.ended], [6, false, true]);
  playback.mark(-1);
  assert.equal(playback.at, 5);
  playback.mark(-1);
  assert.equal(playback.at, 2);
  playback.mark(1);
  assert.equal(playback.at, 5);
  playback.step(1);
  assert.equal(playback.at, 6);
  playback.step(-1);
  assert.equal(playback.at, 2);
  playback.faster(1);
  playback.faster(1);
  playback.faster(1);
  playback.faster(1);
  assert.equal(playback.speed, 32);
});

test('text is found across colours, keystrokes and lines that went on, with the moment it was complete', async () => {
  const recording = await cast(
    { version: 2, width: 40 },
    [0, 'o', 'root# '],
    ...[...'wgetx\b \b http://h'].map((key, i) => [1 + i, 'o', key]),
    [30, 'o', '\r\nSaving \x1b[1;31mwg\x1b[0met.log\x1b[5;5HWGET'],
    [31, 'o', `${'y'.repeat(90)}wget done`],
  );
  const finder = new Finder(recording);
  const hits = await finder.find('wget');
  assert.deepEqual(
    hits.map(({ at }) => at),
    [4, 30, 30, 31],
  );
  const reel = new Reel(recording);
  const shown = finder.locate(hits[1]!);
  reel.to(shown.index, shown.chars);
  assert.match(text(reel), /Saving wget$/);
  assert.deepEqual(
    (await finder.find('wget http')).map(({ at }) => at),
    [13],
  );
  assert.deepEqual(await finder.find('nowhere'), []);
  assert.equal((await finder.find('(')).length, 0, 'text, no pattern');
});

test('a recording without output shows what was typed, or the commands; an exec request its command', async () => {
  const typed = new Reel(await cast({ version: 2 }, [0, 'i', 'id\r'], [1, 'i', 'l\x1b[As\r']));
  typed.to(9);
  assert.equal(text(typed), 'id\nl\\e[As');
  const commands = new Reel(await cast({ version: 2 }, [0, 'm', 'uname\u202e']));
  commands.to(9);
  assert.equal(text(commands), '$ uname\\u{202e}');
  const exec = new Reel(await cast({ version: 2, kansatsuki: { exec: true } }, [0, 'm', 'id'], [1, 'o', 'uid=0\r\n']));
  exec.to(9);
  assert.equal(text(exec), '$ id\nuid=0');
});

test('moments are written and read', () => {
  for (const [seconds, written] of [
    [0, '0:00.0'],
    [7.25, '0:07.2'],
    [83.4, '1:23.4'],
    [3723, '1:02:03.0'],
  ] as const)
    assert.deepEqual([clock(seconds, true), Math.abs(secondsOf(written)! - seconds) < 0.1], [written, true]);
  assert.deepEqual([secondsOf('90'), secondsOf('1:30'), secondsOf('12s')], [90, 90, 12]);
  for (const text of [null, '', '-1', 'x', '1e9', '1:2:3:4']) assert.equal(secondsOf(text), undefined);
});

test('addresses on a screen are hidden column by column; times and versions stay', () => {
  assert.equal(hideAddresses('ping 192.0.2.77 ok'), 'ping ○○○.○.○.○○ ok');
  assert.equal(hideAddresses('at 12:30:45, v1.2.3.4.5'), 'at 12:30:45, v1.2.3.4.5');
  assert.equal(hideAddresses('fe80::1%eth0 ip-10-1-2-3 std::string'), '○○○○::○%eth0 ip-○○-○-○-○ std::string');
});
