// Records golden cases of the real shells of Debian 12: every line of fixtures/shell-cases*.txt (⏎ stands for a newline) runs in an empty directory.
//
// A heading `### topic @mode` says how: `bash -c LINE` without a mode, `@script` as the file s.sh, `@stdin` piped in, `@login` piped into a
// login shell. Run as root on Debian 12, where /etc/passwd gives root the home /root/k: node test/real/record-shell.js [bash|bash-more|dash|ash]…
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const DIRECTORY = '/root/k';
const env = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: DIRECTORY,
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
};
const SHELLS = {
  bash: ['bash', 'bash', '-bash'],
  'bash-more': ['bash', 'bash', '-bash'],
  dash: ['dash', 'sh', '-sh'],
  ash: ['busybox', 'sh', '-sh'],
};

const wanted = process.argv.slice(2);
for (const [name, [program, zero, login]] of Object.entries(SHELLS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const cases = [];
  let topic = '';
  let mode = '';
  for (const line of readFileSync(
    join(here, `fixtures/shell-cases${name === 'bash' ? '' : `-${name}`}.txt`),
    'utf8',
  ).split('\n')) {
    if (line.startsWith('### ')) [topic, mode = ''] = line.slice(4).split(' @');
    else if (line !== '') {
      rmSync(DIRECTORY, { recursive: true, force: true });
      mkdirSync(DIRECTORY);
      const script = line.replaceAll('⏎', '\n');
      if (mode === 'script') writeFileSync(join(DIRECTORY, 's.sh'), script);
      const words = mode === '' ? ['-c', script] : mode === 'script' ? ['s.sh'] : [];
      const { stdout, stderr, status, signal } = spawnSync(`/bin/${program}`, words, {
        argv0: mode === 'login' ? login : zero,
        cwd: DIRECTORY,
        env,
        encoding: 'latin1',
        timeout: 10_000,
        input: mode === 'stdin' || mode === 'login' ? script : '',
      });
      cases.push({
        topic,
        ...(mode && { mode }),
        script: Buffer.from(script).toString('latin1'),
        stdout,
        stderr,
        status: status ?? signal,
      });
    }
  }
  writeFileSync(
    join(here, `fixtures/shell${name === 'bash' ? '' : `-${name}`}.json`),
    `${JSON.stringify(cases, null, 1)}\n`,
  );
  console.log(`${name}: ${cases.length} cases`);
}
rmSync(DIRECTORY, { recursive: true, force: true });
