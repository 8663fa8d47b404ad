// Replays what the real bash 5.2 did with each snippet (record-shell.js) on the shell of the machine, byte by byte.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Main } from '../../src/machine/machine.ts';
import { run, scratchMachine } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { bash, dash } from '../../src/shell/shell.ts';

interface Case {
  topic: string;
  script: string;
  stdout: string;
  stderr: string;
  status: number | string;
}

/** Snippets known to differ still: layouts of `declare -f`, `set -v`, and the wording of a few syntax errors. */
const KNOWN = new Set(
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/shell-differences.json'), 'utf8')) as string[],
);

const cases: Case[] = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/shell.json'), 'utf8'));
const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]);

for (const { topic, script, stdout, stderr, status } of cases)
  test(`${topic}: ${script}`, {
    timeout: 10_000,
    todo: KNOWN.has(script) && 'still differs from bash 5.2',
  }, async () => {
    const machine = await scratchMachine(programs);
    // Each snippet was recorded in an empty directory.
    await run(machine, "mkdir -p /root/k; sed -i 's#^root:x:0:0:root:[^:]*:#root:x:0:0:root:/root/k:#' /etc/passwd");
    const got = await run(machine, script);
    assert.deepEqual(
      { stdout: got.stdout, stderr: got.stderr, status: 'code' in got.ending ? got.ending.code : got.ending.signal },
      { stdout, stderr, status },
    );
  });
