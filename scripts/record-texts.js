// Records the fixed texts of a persona's programs: what each says to --help, --version, wrong options and no arguments.
// Usage (root): node scripts/record-texts.js ROOTFS personas/debian-12-cloud [NAME…]. ROOTFS is changed by what runs in it: give a copy.
// Every run has its own PID, mount and network namespace and three seconds. Texts that describe the recording computer are left out.
import { spawnSync } from 'node:child_process';
import { lstatSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { noticeOfTexts } from '../src/cli/persona/notice.ts';

const [root, out, ...wanted] = process.argv.slice(2);
if (!root || !out) {
  console.error('usage: node scripts/record-texts.js ROOTFS PERSONA_FOLDER [NAME…]');
  process.exit(2);
}
const FOLDERS = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'usr/games'];
/** `-@` and `--zzz` stand for any option that does not exist. */
const ARGUMENTS = ['', '--help', '--version', '-h', '-V', '-?', '-@', '--zzz'];
/** Shells, and what would go down with its namespace or wait for a console. */
const LEFT_OUT = /^(bash|rbash|dash|sh|systemd|init|telinit|reboot|halt|poweroff|shutdown|runlevel|busybox)$/;
/** More of what a program says that is the same everywhere. */
const MORE = {
  getconf: ['-a'],
  locale: ['-m', '-k LC_TIME', '-k LC_NUMERIC'],
  openssl: ['help', 'version -a', 'list -commands'],
  nano: ['-V'],
  perl: ['-v', '-V'],
  'perl5.36.0': ['-v'],
  'python3.11': ['-h'],
};
/** They would wait for a console or end their namespace: they only tell about themselves. */
const ONLY_ABOUT = /^(ld\.so|agetty|getty|sulogin|openvt|killall5|pidof|kexec|switch_root|pivot_root|sshd|unix_\w+)$/;
/** What tells of a chroot or of the recording computer instead of the program. */
const LOCAL =
  /in a? ?chroot|chroot environment|not been booted|bus_|D-Bus|\/sys\/|\/proc\/|kernel modules|No such device|Linux version|resolve host|\x1b\[/i;

const file = join(out, 'texts.json');
let texts = {};
if (wanted.length > 0) texts = JSON.parse(readFileSync(file, 'utf8'));

/** Programs and scripts of other languages; what a shell can run is run. */
function isRecorded(path) {
  const head = Buffer.alloc(64);
  readSync(openSync(path, 'r'), head, 0, 64, 0);
  const text = head.toString('latin1');
  return text.startsWith('\x7fELF') || /^#!\s*\S*(perl|python|env )/.test(text);
}

function record(path, name) {
  const runs = {};
  for (const argument of [...ARGUMENTS, ...(MORE[name] ?? [])]) {
    const more = MORE[name]?.includes(argument) ?? false;
    const about = argument === '--help' || argument === '--version';
    if (!about && ONLY_ABOUT.test(name)) continue;
    const { stdout, stderr, status, error } = spawnSync(
      'unshare',
      [
        '-p',
        '-f',
        '-m',
        '-n',
        '-i',
        '-u',
        '--kill-child',
        `--mount-proc=${root}/proc`,
        'chroot',
        root,
        '/usr/bin/env',
        '-i',
        `-C/tmp`,
        'LANG=C.UTF-8',
      ]
        .concat(['HOME=/root', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', '/bin/bash', '-c'])
        // Not as the first process of its namespace: some programs would take it for a container.
        .concat(['export PATH; (exec -a "$1" "$0" $2)', path, name, argument]),
      { input: '', timeout: 3000, killSignal: 'SIGKILL', encoding: 'latin1', maxBuffer: 1 << 20 },
    );
    if (error || status === null || status >= 126) continue;
    const all = stdout + stderr;
    const telling = /usage|version|\d+\.\d+|copyright|option/i.test(all.slice(0, 4000));
    const wrong = argument === '-@' || argument === '--zzz';
    if (wrong && (status === 0 || !/[@z]/.test(all))) continue;
    if (argument !== '' && !more && !wrong && !about && !telling && status === 0) continue;
    if (argument === '' && status === 0 && all !== '' && !/usage/i.test(all)) continue;
    if (LOCAL.test(all) && !about && !more) continue;
    const run = { status, ...(stdout && { stdout }), ...(stderr && { stderr }) };
    const same = Object.keys(runs).find((other) => JSON.stringify(runs[other]) === JSON.stringify(run));
    runs[argument] = same ?? run;
  }
  return runs;
}

const done = new Set();
for (const folder of FOLDERS) {
  for (const name of readdirSync(join(root, folder)).sort()) {
    if (done.has(name) || LEFT_OUT.test(name) || (wanted.length > 0 && !wanted.includes(name))) continue;
    let target;
    try {
      const link = spawnSync('chroot', [root, '/usr/bin/realpath', `/${folder}/${name}`], { encoding: 'utf8' });
      target = join(root, link.stdout.trim());
      if (link.status !== 0 || !lstatSync(target).isFile() || !isRecorded(target)) continue;
    } catch {
      continue;
    }
    done.add(name);
    const runs = record(`/${folder}/${name}`, name);
    if (Object.keys(runs).length > 0) texts[name] = runs;
    else delete texts[name];
    if (done.size % 100 === 0) console.log(`${done.size} programs`);
  }
}
/** What bash's own `help` says: of all, and of each topic. */
function recordHelp() {
  const bash = (command) =>
    spawnSync('chroot', [root, '/usr/bin/env', '-i', 'COLUMNS=80', 'LANG=C.UTF-8', '/bin/bash', '-c', command], {
      encoding: 'latin1',
    }).stdout;
  const topics = bash('compgen -A helptopic').trim().split('\n');
  return Object.fromEntries(
    ['', ...new Set(topics)].map((topic) => [
      topic,
      { status: 0, stdout: bash(topic === '' ? 'help' : `help -- '${topic.replace(/[\\*?[]/g, '\\$&')}'`) },
    ]),
  );
}
if (wanted.length === 0 || wanted.includes('help')) texts['help'] = recordHelp();

const sorted = Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(
  file,
  `{\n${Object.entries(sorted)
    .map(([n, runs]) => `${JSON.stringify(n)}: ${JSON.stringify(runs)}`)
    .join(',\n')}\n}\n`,
);
console.log(`${Object.keys(sorted).length} programs in ${basename(file)}`);
const lists = readdirSync(join(root, 'var/lib/dpkg/info')).filter((name) => name.endsWith('.list'));
const paths = Object.keys(sorted).flatMap((name) => FOLDERS.map((folder) => `/${folder}/${name}`));
writeFileSync(join(out, 'NOTICE.texts'), noticeOfTexts(root, lists, paths));
