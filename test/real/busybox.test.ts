// Replays what the applets of Debian 12's BusyBox did (scripts/record-programs.js) on the virtual machine and compares byte by byte.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Main } from '../../src/machine/machine.ts';
import { run, scratchMachine } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { ash, bash, dash } from '../../src/shell/shell.ts';

const folder = join(import.meta.dirname, 'fixtures/busybox');

/**
 * Cases known to differ still: they run and are reported, but do not fail the suite, so that a case that is not listed does.
 * KANSATSUKI_GOLDEN=1 writes the list anew.
 */
const listFile = join(import.meta.dirname, 'fixtures/busybox-differences.json');
const known: ReadonlySet<string> = new Set(
  existsSync(listFile) ? (JSON.parse(readFileSync(listFile, 'utf8')) as string[]) : [],
);
const differing: string[] = [];
after(() => {
  if (process.env['KANSATSUKI_GOLDEN']) writeFileSync(listFile, `${JSON.stringify(differing.sort(), null, 1)}\n`);
});

interface Recorded {
  setup: string[];
  cases: { command: string; stdout: string; stderr: string; status: number }[];
}

const programs = new Map<string, Main>([
  ...(await loadPrograms()),
  ['bash', bash],
  ['dash', dash],
  ['sh', dash],
  ['ash', ash],
]);

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const { setup, cases }: Recorded = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  describe(file.replace('.json', ''), () => {
    for (const { command, stdout, stderr, status } of cases) {
      test(command, { timeout: 20_000, todo: known.has(command) && 'still differs from BusyBox' }, async () => {
        differing.push(command);
        const machine = await scratchMachine(programs);
        await run(machine, ['mkdir /tmp/case; cd /tmp/case', ...setup].join('\n'));
        const got = await run(machine, `cd /tmp/case\n${command}`);
        assert.deepEqual(
          { stdout: got.stdout, stderr: got.stderr, status: 'code' in got.ending ? got.ending.code : got.ending },
          { stdout, stderr: stderr.replace(/^\/bin\/bash: line 2: /gm, 'bash: line 2: '), status },
        );
        differing.splice(differing.indexOf(command), 1);
      });
    }
  });
}
