// Records golden cases of real Debian 12 programs: runs every line of test/real/fixtures/{programs,busybox}/*.cases in a scratch directory and writes
// standard output, standard error and exit status beside it as JSON. `node scripts/record-programs.js ROOTFS [programs/NAME…]`, as root: ROOTFS is a
// folder with the persona's packages (a copy: the cases run in it), / the computer itself.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [root, ...wanted] = process.argv.slice(2);
if (!root) {
  console.error('usage: node scripts/record-programs.js ROOTFS [FOLDER/NAME…]');
  process.exit(2);
}
const fixtures = join(import.meta.dirname, '../test/real/fixtures');
/** The replay uses the same directory and environment. */
const DIRECTORY = '/tmp/case';
const inRoot = join(root, DIRECTORY);
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
};

/** Lines `! command` prepare every case of the file; other lines are cases; `#` begins a comment. */
function parse(path) {
  const lines = readFileSync(path, 'latin1').split('\n');
  const commands = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const setup = commands.filter((line) => line.startsWith('! ')).map((line) => line.slice(2));
  return { setup, cases: commands.filter((line) => !line.startsWith('! ')) };
}

/** No process, mount, network or name of the computer is within reach. */
const ISOLATED = ['-p', '-f', '-m', '-n', '-i', '-u', '--kill-child', 'chroot'];

// --norc: a bash whose standard input is a socket takes itself for one started by rshd and reads ~/.bashrc.
const bash = (command) =>
  spawnSync(
    'unshare',
    [
      ...ISOLATED,
      root,
      '/bin/bash',
      '--norc',
      '-c',
      `cd ${DIRECTORY}\n${Buffer.from(command, 'latin1').toString('utf8')}`,
    ],
    {
      env: environment,
      encoding: 'latin1',
      timeout: 10_000,
      input: '',
    },
  );

const files = ['programs', 'busybox'].flatMap((folder) =>
  readdirSync(join(fixtures, folder))
    .filter((name) => name.endsWith('.cases'))
    .map((name) => join(folder, basename(name, '.cases'))),
);
for (const name of files) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { setup, cases } = parse(join(fixtures, `${name}.cases`));
  const recorded = cases.map((command) => {
    rmSync(inRoot, { recursive: true, force: true });
    mkdirSync(inRoot);
    for (const line of setup) bash(line);
    const { stdout, stderr, status } = bash(command);
    return { command, stdout, stderr, status };
  });
  writeFileSync(join(fixtures, `${name}.json`), `${JSON.stringify({ setup, cases: recorded }, null, 1)}\n`);
  console.log(`${name}: ${recorded.length} cases`);
}
rmSync(inRoot, { recursive: true, force: true });
