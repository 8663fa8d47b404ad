// Replays what the real bash, dash and BusyBox ash did with each snippet (record-shell.js) on the shells of the machine, byte by byte.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Main } from '../../src/machine/machine.ts';
import { run, scratchMachine } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { ash, bash, dash } from '../../src/shell/shell.ts';

interface Case {
  topic: string;
  mode?: 'script' | 'stdin' | 'login';
  script: string;
  stdout: string;
  stderr: string;
  status: number | string;
}

const fixtures = join(import.meta.dirname, 'fixtures');

/**
 * Snippets known to differ still: they run and are reported, but do not fail the suite, so that a snippet that is not listed does.
 * KANSATSUKI_GOLDEN=1 writes the list anew.
 */
const listFile = join(fixtures, 'shell-differences.json');
const known = new Set<string>(existsSync(listFile) ? JSON.parse(readFileSync(listFile, 'utf8')) : []);
const differing = new Set<string>();
after(() => {
  if (process.env['KANSATSUKI_GOLDEN']) writeFileSync(listFile, `${JSON.stringify([...differing].sort(), null, 1)}\n`);
});

const programs = await loadPrograms();
const SHELLS: [name: string, file: string, sh: Main][] = [
  ['bash', 'shell.json', dash],
  ['bash', 'shell-bash-more.json', dash],
  ['dash', 'shell-dash.json', dash],
  ['ash', 'shell-ash.json', ash],
];

for (const [name, file, sh] of SHELLS) {
  const cases: Case[] = JSON.parse(readFileSync(join(fixtures, file), 'utf8'));
  const machine = await scratchMachine(new Map<string, Main>([...programs, ['bash', bash], ['dash', sh], ['sh', sh]]));
  const shell = name === 'bash' ? '/bin/bash' : '/bin/sh';
  // Each snippet was recorded in an empty directory that is root's home.
  await run(machine, `mkdir -p /root/k; sed -i 's#^root:x:0:0:root:.*#root:x:0:0:root:/root/k:${shell}#' /etc/passwd`);
  describe(name, () => {
    for (const { topic, mode, script, stdout, stderr, status } of cases) {
      const title = `${name}${mode ? ` ${mode}` : ''}: ${script}`;
      test(`${topic}: ${script}`, {
        timeout: 10_000,
        todo: known.has(title) && `differs from ${name} still`,
      }, async () => {
        differing.add(title);
        const clean = 'rm -rf /root/k; mkdir /root/k; cd /root/k\n';
        if (mode === 'script') await run(machine, `${clean}cat > s.sh`, { stdin: script });
        else await run(machine, clean);
        const sh = name === 'bash' ? 'bash' : 'sh';
        const exec = { script: `exec ${sh} s.sh`, stdin: `exec ${sh}`, login: 'exec -a -bash bash' };
        const got = await (mode
          ? run(machine, exec[mode], mode === 'script' ? {} : { stdin: script })
          : run(machine, script));
        // Process numbers are of the day.
        const unnumbered = (text: string) => text.replace(/^(\S+: line \d+: ) *\d+ (?=[A-Z])/gm, '$1PID ');
        assert.deepEqual(
          {
            stdout: got.stdout,
            stderr: unnumbered(got.stderr),
            status: 'code' in got.ending ? got.ending.code : got.ending.signal,
          },
          {
            stdout,
            stderr: unnumbered(stderr),
            status: typeof status === 'string' ? status.replace('SIG', '') : status,
          },
        );
        differing.delete(title);
      });
    }
  });
}
