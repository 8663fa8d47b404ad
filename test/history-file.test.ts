// What was typed at an interactive bash is in ~/.bash_history when it ends, as bash 5.2 keeps it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, watch } from '../src/machine/scratch.ts';
import { house } from './house.ts';

const ADDRESS = '203.0.113.1';

/** One machine: `type` types lines into a login shell, `hangup` ends it from outside; `show` runs a command beside it. */
function machine() {
  const own = house().machineFor(ADDRESS);
  const type = (lines: readonly string[], hangup = false) =>
    new Promise<string>((resolve) => {
      const waiting = [...lines];
      let seen = '';
      const seat = own.login({
        user: 'root',
        via: 'ssh',
        from: { address: ADDRESS, port: 40_000 },
        to: { address: '192.0.2.2', port: 22 },
        terminal: { term: 'xterm', columns: 80, rows: 24 },
        witness: watch().witness,
        output(data) {
          seen += data;
          if (!data.endsWith('# ')) return true;
          const line = waiting.shift();
          if (line !== undefined) seat.input(`${line}\n`);
          else if (hangup)
            setImmediate(() => {
              seat.hangup();
              setImmediate(resolve, seen);
            });
          return true;
        },
        exited: () => resolve(seen),
      });
    });
  const show = async (command: string) => (await run(own, command)).stdout;
  return { type, show };
}

test('lines are kept at exit, and are there at the next login', async () => {
  const { type, show } = machine();
  await type(['echo one', ' echo two', 'echo two', 'echo two', 'exit']);
  assert.equal(
    await show('cat /root/.bash_history; stat -c %a /root/.bash_history'),
    'echo one\n echo two\necho two\necho two\nexit\n600\n',
  );
  const seen = await type(['history 3', 'exit']);
  assert.match(seen, /4 {2}echo two\r\n +5 {2}exit\r\n +6 {2}history 3\r\n/);
  assert.equal(await show('tail -n 2 /root/.bash_history; wc -l < /root/.bash_history'), 'history 3\nexit\n7\n');
});

test('a hang-up keeps them, kill -9 does not', async () => {
  const { type, show } = machine();
  await type(['echo hung up'], true);
  assert.equal(await show('cat /root/.bash_history'), 'echo hung up\n');
  await type(['echo killed', 'kill -9 $$']);
  assert.equal(await show('cat /root/.bash_history'), 'echo hung up\n');
});

for (const [name, lines, kept] of [
  ['history -c', ['echo one', 'history -c', 'exit'], 'exit\n'],
  ['unset HISTFILE', ['unset HISTFILE', 'exit'], ''],
  ['HISTFILE=/dev/null', ['export HISTFILE=/dev/null', 'exit'], ''],
  ['set +o history', ['echo one', 'set +o history', 'exit'], ''],
  ['HISTSIZE=0', ['HISTSIZE=0', 'echo one', 'exit'], ''],
  ['HISTFILESIZE', ['HISTFILESIZE=2', 'echo one', 'echo two', 'exit'], 'echo two\nexit\n'],
  ['HISTCONTROL=ignorespace', ['HISTCONTROL=ignorespace', ' hidden', 'exit'], 'HISTCONTROL=ignorespace\nexit\n'],
  ['history -d', ['echo one', 'history -d 1', 'exit'], 'history -d 1\nexit\n'],
  ['history -a twice', ['echo one', 'history -a', 'history -a', 'exit'], 'echo one\nhistory -a\nhistory -a\nexit\n'],
  ['history -w', ['echo one', 'history -w', 'exit'], 'echo one\nhistory -w\necho one\nhistory -w\nexit\n'],
  ['history -s', ['history -s hidden words', 'exit'], 'hidden words\nexit\n'],
  ['exec', ['echo one', 'exec true'], 'echo one\nexec true\n'],
  ['a shell in the shell', ['bash', 'echo inner', 'exit', 'exit'], 'echo inner\nexit\nbash\nexit\n'],
  ['rm', ['rm -f ~/.bash_history', 'exit'], 'rm -f ~/.bash_history\nexit\n'],
  ['a link to /dev/null', ['ln -sf /dev/null ~/.bash_history', 'exit'], ''],
] as const)
  test(name, async () => {
    const { type, show } = machine();
    await type(lines);
    assert.equal(await show('cat /root/.bash_history 2>/dev/null'), kept);
  });
