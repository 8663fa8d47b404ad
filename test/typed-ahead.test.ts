// What is typed while the shell still writes its prompt, or before a program waits for it, is not lost: a fast client types the moment it sees `# `.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Seat } from '../src/machine/machine.ts';
import { watch } from '../src/machine/scratch.ts';
import { house } from './house.ts';

const PROMPT = '# ';

/** Types each line at the moment the prompt leaves, over a line that is full then: the writer waits. Returns what was seen. */
async function typed(lines: readonly string[]): Promise<string> {
  let seen = '';
  const waiting = [...lines];
  await new Promise<void>((resolve) => {
    const seat: Seat = house()
      .machineFor('203.0.113.1')
      .login({
        user: 'root',
        via: 'ssh',
        from: { address: '203.0.113.1', port: 40_000 },
        to: { address: '192.0.2.2', port: 22 },
        terminal: { term: 'xterm', columns: 80, rows: 24 },
        witness: watch().witness,
        output(data) {
          seen += data;
          if (!data.endsWith(PROMPT)) return true;
          const line = waiting.shift();
          if (line !== undefined) seat.input(line);
          setTimeout(() => seat.drained(), 1);
          return false;
        },
        exited: () => resolve(),
      });
  });
  return seen;
}

test('a line typed while the prompt is written', { timeout: 20_000 }, async () => {
  const lines = Array.from({ length: 20 }, (_, i) => `echo line-$((${i} + 100))\n`);
  const seen = await typed([...lines, 'exit\n']);
  for (let i = 0; i < 20; i++) assert.ok(seen.includes(`line-${i + 100}\r\n`), `line ${i} is lost`);
});

for (const [program, line] of [
  [
    'select.select',
    `sleep 0.1; python3 -c 'import select, sys; print(len(select.select([sys.stdin], [], [])[0]))'\nword\nexit\n`,
  ],
  [
    'IO::Select',
    `sleep 0.1; perl -MIO::Select -e 'my @r = IO::Select->new(\\*STDIN)->can_read; print scalar(@r), "\\n"'\nword\nexit\n`,
  ],
] as const)
  test(`${program} of what was typed before`, { timeout: 20_000 }, async () => {
    assert.match(await typed([line]), /\r1\r\n/);
  });
