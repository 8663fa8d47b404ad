// What vi and nano leave in a file after keys were typed: recorded from Debian 12's vim.tiny and nano, replayed on the machine's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Main } from '../../src/machine/machine.ts';
import { run, scratchMachine, watch } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { bash, dash } from '../../src/shell/shell.ts';

const TEXT = 'one two three\\nsecond line here\\nthird of them\\n';
const recorded = (name: string): { keys: string; saved: string }[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), 'utf8'));
const programs = await loadPrograms();
const machine = await scratchMachine(
  new Map<string, Main>([...programs, ['bash', bash], ['dash', dash], ['sh', dash]]),
);

for (const [editor, { keys, saved }] of ['vi', 'nano'].flatMap((name) =>
  recorded(name).map((one) => [name, one] as const),
))
  test(`${editor} ${JSON.stringify(keys)}`, { timeout: 10_000 }, async () => {
    await run(machine, `printf '${TEXT}' > /root/f`);
    await new Promise<void>((resolve) => {
      let typed = false;
      const seat = machine.login({
        user: 'root',
        via: 'ssh',
        from: { address: '192.0.2.1', port: 40_000 },
        to: { address: '192.0.2.2', port: 22 },
        witness: watch().witness,
        terminal: { term: 'xterm', columns: 80, rows: 24 },
        command: `${editor} /root/f`,
        output(data) {
          // The keys come when the text is on the screen.
          if (!typed && data.includes('second line')) {
            typed = true;
            setImmediate(() => seat.input(keys));
          }
          return true;
        },
        exited: () => resolve(),
      });
    });
    assert.equal((await run(machine, 'cat /root/f')).stdout, saved);
  });
