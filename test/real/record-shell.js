// Records golden cases of the real bash 5.2: every line of fixtures/shell-cases.txt (⏎ stands for a newline) runs as `bash -c` in a scratch directory.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const DIRECTORY = '/tmp/case-shell';
const env = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
};
let topic = '';
const cases = [];
for (const line of readFileSync(join(here, 'fixtures/shell-cases.txt'), 'utf8').split('\n')) {
  if (line.startsWith('### ')) topic = line.slice(4);
  else if (line !== '') {
    rmSync(DIRECTORY, { recursive: true, force: true });
    mkdirSync(DIRECTORY);
    const script = line.replaceAll('⏎', '\n');
    const { stdout, stderr, status, signal } = spawnSync('/bin/bash', ['-c', script], {
      argv0: 'bash',
      cwd: DIRECTORY,
      env,
      encoding: 'latin1',
      timeout: 10_000,
      input: '',
    });
    cases.push({ topic, script: Buffer.from(script).toString('latin1'), stdout, stderr, status: status ?? signal });
  }
}
rmSync(DIRECTORY, { recursive: true, force: true });

writeFileSync(join(here, 'fixtures/shell.json'), `${JSON.stringify(cases, null, 1)}\n`);
console.log(`${cases.length} cases`);
