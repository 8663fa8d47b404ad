// Holds the line discipline against what a real pseudo terminal did with the same keys (test/real/record-terminal.py).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Bytes, Signal, Stat, TerminalSettings } from './machine.ts';
import { PseudoTerminal } from './terminal.ts';

function terminal(output: (data: Bytes) => boolean = () => true) {
  const seen = { out: '', signals: [] as [number, Signal][], drained: 0 };
  const made = new PseudoTerminal('/dev/pts/0', 80, 24, {
    output(data) {
      seen.out += data;
      return output(data);
    },
    signal: (group, signal) => void seen.signals.push([group, signal]),
    inputDrained: () => void seen.drained++,
    stat: () => ({}) as Stat,
  });
  made.foreground = 7;
  made.session = 5;
  return { made, seen };
}

const cases: { set?: string[]; type: Bytes[]; write?: Bytes; written?: Bytes; echo: Bytes; reads: Bytes[] }[] =
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/terminal.json'), 'utf8'));

for (const { set = [], type, write, written, echo, reads } of cases)
  test(`${set.join(' ')} ${JSON.stringify([...type, write ?? '']).slice(0, 60)}`, () => {
    const { made, seen } = terminal();
    for (const flag of set)
      (made.settings as unknown as Record<string, boolean>)[flag.replace('-', '')] = !flag.startsWith('-');
    for (const step of type) made.input(step);
    assert.equal(seen.out, echo);
    const mine: Bytes[] = [];
    for (let data = made.read(4096); data !== undefined && mine.length < 21; data = made.read(4096)) mine.push(data);
    // The kernel's buffer for raw input is smaller than ours.
    assert.deepEqual(
      set.includes('-icanon') ? [mine.join('')] : mine,
      set.includes('-icanon') ? [reads.join('')] : reads,
    );
    if (write === undefined) return;
    seen.out = '';
    made.write(write);
    assert.equal(seen.out, written);
  });

test('keys signal the foreground group', () => {
  const { made, seen } = terminal();
  made.input('\x03\x1a\x1c');
  made.resize(100, 30);
  assert.deepEqual(seen.signals, [
    [7, 'INT'],
    [7, 'TSTP'],
    [7, 'QUIT'],
    [7, 'WINCH'],
  ]);
  made.hangup();
  assert.deepEqual(seen.signals.slice(4), [
    [5, 'HUP'],
    [7, 'HUP'],
    [7, 'CONT'],
  ]);
  assert.equal(made.read(10), '');
  assert.throws(() => made.write('x'), { code: 'EIO' });
});

test('what was typed ahead in a line is there when the terminal turns raw, and the other way round', () => {
  const { made } = terminal();
  made.input('half');
  made.settings.icanon = false;
  assert.equal(made.read(99), 'half');
  made.input('ls\rid\r');
  made.settings.icanon = true;
  assert.equal(made.read(99), 'ls\nid\n');
});

test('a slow outside holds the writer, and a flood of input is held outside', () => {
  let takes = false;
  const { made, seen } = terminal(() => takes);
  assert.equal(made.write('one'), 3);
  assert.equal(made.write('two'), undefined);
  let woken = 0;
  made.writable.add(() => void woken++);
  takes = true;
  made.drained();
  assert.equal(woken, 1);
  assert.equal(made.write('two'), 3);
  assert.equal(seen.out, 'onetwo');
  made.settings = { ...made.settings, icanon: false, echo: false } satisfies TerminalSettings;
  let accepted = 0;
  while (made.input('x'.repeat(8192)) && accepted < 100) accepted++;
  assert.ok(accepted < 20);
  while (made.pending > 0) made.read(65_536);
  assert.equal(seen.drained, 1);
});
