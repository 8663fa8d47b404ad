// screen: what its list, its complaints and a detached session show, as GNU Screen 4.09 on Debian 12 does.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Main } from '../machine/machine.ts';
import { end, run, scratchMachine } from '../machine/scratch.ts';
import { bash, dash } from '../shell/shell.ts';
import { loadPrograms } from './table.ts';

const machine = await scratchMachine(
  new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]),
);
after(() => end(machine));

const EMPTY = 'No Sockets found in /run/screen/S-root.\n\r\n';
const cases: [command: string, shows: string, status: number][] = [
  ['screen -ls', EMPTY, 1],
  ['screen -wipe', EMPTY, 1],
  ['screen -r', 'There is no screen to be resumed.\n', 1],
  ['screen -r foo', 'There is no screen to be resumed matching foo.\n', 1],
  ['screen -x foo', 'There is no screen to be attached matching foo.\n', 1],
  ['screen -d foo', 'There is no screen to be detached matching foo.\n', 1],
  ['screen -S nope -X quit', 'No screen session found.\n', 1],
  ['screen -v', 'Screen version 4.09.00 (GNU) 30-Jan-22\n', 0],
  ['screen', 'Must be connected to a terminal.\n', 1],
];
for (const [command, shows, status] of cases)
  test(command, async () => {
    const { stdout, ending } = await run(machine, command);
    assert.deepEqual([stdout, ending], [shows, { code: status }]);
  });

test('a detached session runs its command until it is told to quit', { timeout: 10_000 }, async () => {
  const { stdout } = await run(
    machine,
    'screen -dmS x sleep 50; screen -ls; pgrep -x sleep | wc -l; screen -S x -X quit; sleep 0.1; screen -ls; pgrep -x sleep | wc -l',
  );
  assert.match(
    stdout,
    /^There is a screen on:\r\n\t\d+\.x\t\(\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d\)\t\(Detached\)\n1 Socket in \/run\/screen\/S-root\.\r\n1\n/,
  );
  assert.ok(stdout.endsWith(`1\n${EMPTY}0\n`), stdout);
});
