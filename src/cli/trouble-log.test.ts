// The log of our own troubles: both halves in one list, bounded, and never itself a trouble.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readTroubles, TroubleLog } from './trouble-log.ts';

const place = mkdtempSync(join(tmpdir(), 'kansatsuki-trouble-'));
after(() => rmSync(place, { recursive: true }));

test('both halves are read as one list, in order of time, damage left out', () => {
  const directory = join(place, 'state');
  let at = 0;
  const sensor = new TroubleLog(directory, 'sensor', () => at);
  const observer = new TroubleLog(directory, 'observer', () => at);
  at = 1000;
  sensor.note('The port was closed.');
  at = 2000;
  observer.note('x'.repeat(5000));
  at = 3000;
  sensor.note('Line one\nline two');
  appendFileSync(join(directory, 'trouble-sensor.ndjson'), '{"at":4000,"sente');
  assert.deepEqual(
    readTroubles(directory).map(({ at, half, sentence }) => [at, half, sentence.length]),
    [
      [1000, 'sensor', 20],
      [2000, 'observer', 2000],
      [3000, 'sensor', 17],
    ],
  );
  assert.deepEqual(
    readTroubles(directory, 1).map(({ at }) => at),
    [3000],
  );
});

test('neither a flood nor years fill the disk, and a flood says that it was one', () => {
  const directory = join(place, 'flood');
  let at = 0;
  const log = new TroubleLog(directory, 'sensor', () => at);
  for (let i = 0; i < 1000; i++) log.note('again');
  assert.equal(readTroubles(directory, 1000).length, 21);
  assert.match(readTroubles(directory, 1)[0]!.sentence, /not kept here/);
  for (let i = 0; i < 500; i++) {
    at += 60_000;
    log.note('y'.repeat(2000));
  }
  const names = readdirSync(directory);
  assert.deepEqual(names, ['trouble-sensor.ndjson', 'trouble-sensor.ndjson.1']);
  for (const name of names) assert.ok(statSync(join(directory, name)).size < 140_000);
});

test('a place that cannot be written to is no second trouble', () => {
  writeFileSync(join(place, 'file'), '');
  new TroubleLog(join(place, 'file/state'), 'observer').note('lost');
  assert.deepEqual(readTroubles(join(place, 'file/state')), []);
});

test('what is said on standard error is kept, without what is no trouble', (t) => {
  const directory = join(place, 'said');
  const said = t.mock.method(console, 'error', () => {});
  new TroubleLog(directory, 'sensor').listen();
  console.error('ready ssh=127.0.0.1:2222');
  console.error('kansatsuki: fault in the emulated ls:', new RangeError('no'));
  assert.equal(said.mock.callCount(), 2);
  const { sentence } = readTroubles(directory)[0]!;
  assert.match(sentence, /^fault in the emulated ls: RangeError: no/);
});
