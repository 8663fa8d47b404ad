// Replays what real Debian 12 programs did (scripts/record-programs.js) on the virtual machine and compares byte by byte.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Main } from '../../src/machine/machine.ts';
import { end, run, scratchMachine } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { ash, bash, dash } from '../../src/shell/shell.ts';

const folder = join(import.meta.dirname, 'fixtures/programs');

/**
 * Cases known to differ still: they run and are reported, but do not fail the suite, so that a case that is not listed does.
 * KANSATSUKI_GOLDEN=1 writes the list anew.
 */
const listFile = join(import.meta.dirname, 'fixtures/differences.json');
const known: ReadonlySet<string> = new Set(
  existsSync(listFile) ? (JSON.parse(readFileSync(listFile, 'utf8')) as string[]) : [],
);
const differing: string[] = [];
after(() => {
  if (process.env['KANSATSUKI_GOLDEN']) writeFileSync(listFile, `${JSON.stringify(differing.sort(), null, 1)}\n`);
});

/** Of the large lists only every eighth case runs; KANSATSUKI_EVERY=1 and KANSATSUKI_GOLDEN=1 run all of them. */
const LARGE = /-(?:more|odd)\.json$/;
const every = Boolean(process.env['KANSATSUKI_EVERY'] ?? process.env['KANSATSUKI_GOLDEN']);

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
    for (const [index, { command, stdout, stderr, status }] of cases.entries()) {
      if (LARGE.test(file) && !every && index % 8 !== 0) continue;
      test(command, { timeout: 20_000, todo: known.has(command) && 'still differs from Debian 12' }, async (t) => {
        differing.push(command);
        const machine = await scratchMachine(programs);
        t.after(() => end(machine));
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
