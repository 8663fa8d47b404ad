// tmux: what its commands say with and without sessions, as tmux 3.3a on Debian 12 does.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Main } from '../machine/machine.ts';
import { end, run, scratchMachine } from '../machine/scratch.ts';
import { bash, dash } from '../shell/shell.ts';
import { loadPrograms } from './table.ts';

const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]);

/** In this order, on one machine. */
const STEPS: [command: string, shows: string, status: number][] = [
  ['tmux ls', 'error connecting to /tmp/tmux-0/default (No such file or directory)\n', 1],
  ['tmux attach', 'no sessions\n', 1],
  ['tmux -V', 'tmux 3.3a\n', 0],
  ['tmux foo', 'no server running on /tmp/tmux-0/default\n', 1],
  [
    'tmux -z',
    'tmux: unknown option -- z\nusage: tmux [-2CDlNuvV] [-c shell-command] [-f file] [-L socket-name]\n            [-S socket-path] [-T features] [command [flags]]\n',
    1,
  ],
  ['tmux', 'open terminal failed: not a terminal\n', 1],
  ['tmux new -d -s m', '', 0],
  ['tmux new -d -s m', 'duplicate session: m\n', 1],
  ['tmux has -t foo', "can't find session: foo\n", 1],
  ['tmux kill-session -t foo', "can't find session: foo\n", 1],
  ['tmux has -t m', '', 0],
  ['tmux attach', 'open terminal failed: not a terminal\n', 1],
  ['tmux foo', 'unknown command: foo\n', 1],
  ['tmux detach', 'no current client\n', 1],
  ["tmux new -d 'sleep 60'; tmux ls | cut -d' ' -f1", '1:\nm:\n', 0],
  ['pgrep -x sleep | wc -l', '2\n', 0],
  ['tmux kill-server; sleep 0.1; pgrep -x sleep | wc -l', '0\n', 0],
  ['tmux ls', 'no server running on /tmp/tmux-0/default\n', 1],
];

test('sessions come, are listed, and go', { timeout: 20_000 }, async (t) => {
  const machine = await scratchMachine(programs);
  after(() => end(machine));
  for (const [command, shows, status] of STEPS)
    await t.test(command, async () => {
      const { stdout, ending } = await run(machine, `exec 2>&1; ${command}`);
      assert.deepEqual([stdout, ending], [shows, { code: status }]);
    });
});
