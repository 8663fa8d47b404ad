// Every executable in the folders of the image's PATH has something behind it: it runs with no argument and answers --help.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Computer } from '../../src/machine/computer.ts';
import type { Machine, Main } from '../../src/machine/machine.ts';
import { type Ran, scratchMachine, watch } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { bash, dash } from '../../src/shell/shell.ts';

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/usr/games'];
const root = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };
const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]);
const machine = await scratchMachine(programs);
// What waits for ever ends with its machine.
after(() => machine instanceof Computer && machine.stop());

/** Runs one command line to its end, or hangs up after a second: what waits for something runs well too. */
function run(machine: Machine, command: string): Promise<Ran & { waited: boolean }> {
  return new Promise((resolve) => {
    const out = { 1: '', 2: '' };
    const { witness, seen } = watch();
    let waited = false;
    const seat = machine.login({
      user: 'root',
      via: 'ssh',
      from: { address: '192.0.2.1', port: 40_000 },
      to: { address: '192.0.2.2', port: 22 },
      witness,
      command,
      output(data, stream) {
        out[stream] += data;
        return true;
      },
      exited(ending) {
        clearTimeout(timer);
        resolve({ stdout: out[1], stderr: out[2], ending, seen, waited });
      },
    });
    const timer = setTimeout(() => {
      waited = true;
      seat.hangup();
      resolve({ stdout: out[1], stderr: out[2], ending: { signal: 'HUP' }, seen, waited });
    }, 500);
    seat.endInput();
  });
}

const executables = new Map<string, string>();
for (const folder of FOLDERS)
  for (const { name } of machine.filesystem.readdir(root, '/', folder)) {
    const path = `${folder}/${name}`;
    const { type } = machine.filesystem.stat(root, '/', path);
    if (type === 'file' && machine.filesystem.access(root, '/', path, 1) && !executables.has(name))
      executables.set(name, path);
  }

/** Scripts that read shell libraries of which an image holds the beginning only. */
const CUT = /^(grub-mkconfig|update-grub2?|update-secureboot-policy|dpkg-maintscript-helper|dpkg-realpath|busybox)$/;
/** They end the session that asks. */
const ENDS = /^(killall5|reboot|halt|poweroff|shutdown|init|telinit)$/;

test('every executable in PATH runs, with no argument and with --help', async (t) => {
  assert.ok(executables.size > 900, `${executables.size} executables`);
  const faults: string[] = [];
  let silent = 0;
  for (const [name, path] of executables) {
    if (ENDS.test(name) || CUT.test(name)) continue;
    for (const command of [path, `${path} --help`, `${path} --version`]) {
      const { stderr, ending, seen, waited } = await run(machine, command);
      const code = 'code' in ending ? ending.code : -1;
      const fault =
        /cannot execute binary file|Exec format error/.test(stderr) || (!waited && (code === 126 || code === 127))
          ? `${code}: ${stderr.split('\n')[0]}`
          : undefined;
      if (seen.gaps.length > 0 && / --(help|version)$/.test(command)) silent++;
      if (fault) faults.push(`${command}: ${fault}`);
    }
  }
  t.diagnostic(`${executables.size} executables, ${silent} of them without a word about themselves`);
  assert.deepEqual(faults, []);
});
