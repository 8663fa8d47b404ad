// watch: what it shows on an 80x24 xterm at its start, and how Ctrl-C ends it, as procps 4.0.2 does.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Main } from '../machine/machine.ts';
import { end, run, scratchMachine, watch } from '../machine/scratch.ts';
import { bash, dash } from '../shell/shell.ts';
import { loadPrograms } from './table.ts';

const machine = await scratchMachine(
  new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]),
);
after(() => end(machine));

test('an interval that is none', async () => {
  const { stderr, ending } = await run(machine, 'watch -n x date');
  assert.deepEqual([stderr, ending], ["watch: failed to parse argument: 'x': Invalid argument\n", { code: 1 }]);
});

test('a screen, and Ctrl-C', { timeout: 10_000 }, async () => {
  let out = '';
  await new Promise<void>((resolve) => {
    let typed = false;
    const seat = machine.login({
      user: 'root',
      via: 'ssh',
      from: { address: '192.0.2.1', port: 40_000 },
      to: { address: '192.0.2.2', port: 22 },
      witness: watch().witness,
      terminal: { term: 'xterm', columns: 80, rows: 24 },
      command: 'watch -n1 "echo one; echo two"',
      output(data) {
        out += data;
        if (!typed && out.includes('\x1b[24;80H')) {
          typed = true;
          setImmediate(() => seat.input('\x03'));
        }
        return true;
      },
      exited: () => resolve(),
    });
  });
  const host = machine.identity.hostname;
  assert.ok(
    out.startsWith(
      '\x1b[?1049h\x1b[22;0;0t\x1b[1;24r\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[H\x1b[2JEvery 1.0s: echo one; echo two\x1b[1;',
    ),
  );
  assert.match(out, new RegExp(`H${host}: \\w{3} \\w{3} [ \\d]\\d [\\d:]{8} \\d{4}`));
  assert.ok(out.includes('\x1b[3;1Hone\x1b[4;1Htwo\x1b[24;80H'));
  assert.ok(out.endsWith('\x1b[24;1H\x1b[?1049l\x1b[23;0;0t\r\x1b[?1l\x1b>'), JSON.stringify(out.slice(-80)));
});
