// Records golden cases of real Debian 12 programs: runs every line of test/real/fixtures/programs/*.cases in a scratch directory and writes
// standard output, standard error and exit status beside it as JSON. `node scripts/record-programs.js [NAME…]`; needs root, for owners and devices.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = join(import.meta.dirname, '../test/real/fixtures/programs');
/** The replay uses the same directory and environment. */
const DIRECTORY = '/tmp/case';
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
};

/** Lines `! command` prepare every case of the file; other lines are cases; `#` begins a comment. */
function parse(file) {
  const lines = readFileSync(join(folder, file), 'latin1').split('\n');
  const commands = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const setup = commands.filter((line) => line.startsWith('! ')).map((line) => line.slice(2));
  return { setup, cases: commands.filter((line) => !line.startsWith('! ')) };
}

// --norc: a bash whose standard input is a socket takes itself for one started by rshd and reads ~/.bashrc.
const bash = (command) =>
  spawnSync('/bin/bash', ['--norc', '-c', Buffer.from(command, 'latin1').toString('utf8')], {
    cwd: DIRECTORY,
    env: environment,
    encoding: 'latin1',
    timeout: 10_000,
    input: '',
  });

const wanted = process.argv.slice(2);
for (const file of readdirSync(folder).filter((name) => name.endsWith('.cases'))) {
  const name = basename(file, '.cases');
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { setup, cases } = parse(file);
  const recorded = cases.map((command) => {
    rmSync(DIRECTORY, { recursive: true, force: true });
    mkdirSync(DIRECTORY);
    for (const line of setup) bash(line);
    const { stdout, stderr, status } = bash(command);
    return { command, stdout, stderr, status };
  });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ setup, cases: recorded }, null, 1)}\n`);
  console.log(`${name}: ${recorded.length} cases`);
}
rmSync(DIRECTORY, { recursive: true, force: true });
