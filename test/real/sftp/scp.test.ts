// The remote ends of scp's old protocol beside Debian's own scp: the same bytes in, answers, exit status and files compared.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Main } from '../../../src/machine/machine.ts';
import { run, scratchMachine } from '../../../src/machine/scratch.ts';
import { loadPrograms } from '../../../src/program/table.ts';
import { bash } from '../../../src/shell/shell.ts';

const skip =
  existsSync('/usr/bin/scp') && process.getuid?.() === 0 ? false : 'openssh-client is not installed, or not root';
const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash]]);

/** What is there afterwards: times only of files whose time was set. */
const LISTING = `find . | sort | while read -r f; do stat -c '%n %F %a' "$f"; [ -f "$f" ] && { stat -c '%s %Y' "$f" | sed 's/ 1[6-9]........$/ now/'; cat "$f"; }; done`;
const SEPARATOR = '\n=== files ===\n';

interface Case {
  /** Shell lines before. */
  before?: string;
  command: string;
  input: string;
}

const take = (input: string, options = '', target = '.', before = ''): Case => ({
  before,
  command: `scp ${options} -t ${target}`,
  input,
});
const give = (before: string, options: string, paths: string, input: string): Case => ({
  before,
  command: `scp ${options} -f ${paths}`,
  input,
});
const OK = '\0'.repeat(40);
const tree = 'mkdir -p t/u; chmod 755 t t/u; printf one >t/a; chmod 640 t/a; touch -d @1000000000 t/a t/u t';

const cases: Record<string, Case> = {
  // Taking.
  'a file': take('C0644 5 a\nhello\0'),
  'a file to a name': take('C0644 5 a\nhello\0', '', 'b'),
  'an empty file': take('C0600 0 a\n\0'),
  'two files': take('C0644 1 a\nx\0C0755 1 b\ny\0'),
  'over a longer file': take('C0644 2 a\nhi\0', '', 'a', 'echo longer >a; chmod 600 a'),
  'over a file, with -p': take('C0644 2 a\nhi\0', '-p', 'a', 'echo longer >a; chmod 600 a'),
  'set-id bits': take('C6755 1 a\nx\0'),
  'mode and umask': take('C0666 1 a\nx\0'),
  'mode without writing': take('C0444 1 a\nx\0'),
  'mode with -p': take('C0666 1 a\nx\0', '-p'),
  times: take('T1000000000 0 1000000001 0\nC0644 1 a\nx\0', '-p'),
  'times without -p': take('T1000000000 0 1000000001 0\nC0644 1 a\nx\0'),
  'times of one file only': take('T1000000000 0 1000000001 0\nC0644 1 a\nx\0C0644 1 b\ny\0', '-p'),
  'a directory': take('D0755 0 d\nC0644 1 a\nx\0E\n', '-r'),
  'a directory in a directory': take('D0755 0 d\nD0700 0 e\nC0644 1 a\nx\0E\nE\nC0644 1 b\ny\0', '-r'),
  'a directory that is read-only': take('D0555 0 d\nC0644 1 a\nx\0E\n', '-r'),
  'a directory with times': take('T1000000000 0 1000000001 0\nD0755 0 d\nC0644 1 a\nx\0E\n', '-rp'),
  'a directory under a new name': take('D0755 0 d\nC0644 1 a\nx\0E\n', '-r', 'new'),
  'a directory that is there': take('D0700 0 d\nC0644 1 a\nx\0E\n', '-r', '.', 'mkdir d; chmod 755 d'),
  'a directory where a file is': take('D0700 0 d\nC0644 1 a\nx\0E\n', '-r', '.', 'echo x >d'),
  'a directory without -r': take('D0755 0 d\nC0644 1 a\nx\0E\n'),
  '-d to a file': take('C0644 1 a\nx\0', '-d', 'f', 'echo x >f'),
  '-d to nothing': take('C0644 1 a\nx\0', '-d', 'nosuch'),
  'into a missing directory': take('C0644 1 a\nx\0', '', 'no/such'),
  'onto a directory in the way': take('C0644 1 a\nx\0', '', '.', 'mkdir a'),
  'no target': { command: 'scp -t', input: 'C0644 1 a\nx\0' },
  'two targets': take('C0644 1 a\nx\0', '', 'a b'),
  'nothing to take': take(''),
  'a name with a slash': take('C0644 1 a/b\nx\0'),
  'the name ..': take('C0644 1 ..\nx\0'),
  'the name .': take('C0644 1 .\nx\0'),
  'no name': take('C0644 1 \nx\0'),
  'a name with spaces': take('C0644 1 a b\nx\0'),
  'odd bytes in a name': take('C0644 1 \xe9\x01\nx\0'),
  'mode too short': take('C644 1 a\nx\0'),
  'mode not octal': take('C0648 1 a\nx\0'),
  'mode of five digits': take('C00644 1 a\nx\0'),
  'no size': take('C0644 a\nx\0'),
  'negative size': take('C0644 -1 a\nx\0'),
  'size not delimited': take('C0644 1a\nx\0'),
  'size out of range': take('C0644 9999999999999999999 a\nx\0'),
  'an empty line': take('\n'),
  'another letter': take('X0644 1 a\n'),
  'another letter later': take('C0644 1 a\nx\0X0644 1 a\n'),
  'E at once': take('E\n'),
  'E at once with -r': take('E\n', '-r'),
  'the file cut short': take('C0644 5 a\nhe'),
  'a long file cut short': take(`C0644 60000 a\n${'x'.repeat(40_000)}`),
  'a long file cut short over another': take(`C0644 60000 a\n${'x'.repeat(20_000)}`, '', 'a', 'printf %030000d 7 >a'),
  'a NUL in a name': take('C0644 1 a\0b\nx\0'),
  'the line cut short': take('C0644 5'),
  'an error of the source': take('\x01scp: x: No such file or directory\nC0644 1 a\nx\0'),
  'a fatal error of the source': take('\x02scp: gone\nC0644 1 a\nx\0'),
  'an error after the file': take('C0644 1 a\nx\x01scp: read failed\nC0644 1 b\ny\0'),
  'T without numbers': take('Tx\n', '-p'),
  'T cut': take('T1 0 2\n', '-p'),
  'T with more': take('T1 0 2 0 3\n', '-p'),
  'T not delimited': take('T1x0 2 0\n', '-p'),
  'T with microseconds out of range': take('T1 1000000 2 0\n', '-p'),
  'T with signs and blanks': take('T1000000000  +1 1000000001 -0\nC0644 1 a\nx\0', '-p'),
  'T with nothing for microseconds': take('T1000000000  1000000001 0\nC0644 1 a\nx\0', '-p'),
  'T beyond all time': take('T99999999999999999999 0 1 0\nC0644 1 a\nx\0', '-p'),
  'T with times out of range': take('T99999999999999999999 0 2 0\n', '-p'),
  // Giving.
  'give a file': give(tree, '', 't/a', OK),
  'give with -p': give(tree, '-p', 't/a', OK),
  'give a directory without -r': give(tree, '', 't', OK),
  'give with a slash at the end': give(tree, '', 't/a/', OK),
  'give a directory with slashes': give('mkdir -p t; printf one >t/a', '-r', 't//', OK),
  'give a directory': give('mkdir -p t/u; chmod 755 t/u; printf one >t/u/a', '-r', 't', OK),
  'give a directory with times': give('mkdir -p t; chmod 700 t; touch -d @1000000000 t', '-rp', 't', OK),
  'give what is not there': give('', '', 'nosuch', OK),
  'give three of which one is missing': give(tree, '', 't/a nosuch t/a', OK),
  'give a device': give('', '', '/dev/null', OK),
  'give nothing': { command: 'scp -f', input: OK },
  'give an empty file': give(': >e', '', 'e', OK),
  'give through a link': give(`${tree}; ln -s t/a l`, '', 'l', OK),
  'give set-id bits': give('printf x >s; chmod 6755 s', '', 's', OK),
  'the sink is not ready': give(tree, '', 't/a', ''),
  'the sink refuses the file': give(tree, '', 't/a t/a', '\0\x01no room\n\0\0\0\0'),
  'the sink is fatal': give(tree, '', 't/a t/a', '\0\x02gone\n\0\0\0'),
  'the sink says something else': give(tree, '', 't/a t/a', '\0hello\n\0\0\0\0'),
  'the sink goes away': give(tree, '', 't/a', '\0'),
  'the sink goes away after the file': give(tree, '', 't/a', '\0\0'),
};

const script = ({ before, command }: Case, directory: string) =>
  `cd ${directory} || exit; umask 022; ${before || ':'}; ${command} 2>/dev/null; printf '\\nstatus %s' $?; printf '${SEPARATOR.replaceAll('\n', '\\n')}'; ${LISTING}`;

async function real(one: Case): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'kansatsuki-scp-'));
  try {
    chmodSync(directory, 0o755);
    const child = spawn('/bin/bash', ['-c', script(one, directory)], { stdio: ['pipe', 'pipe', 'ignore'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(Buffer.from(one.input, 'latin1'));
    await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    return Buffer.concat(out).toString('latin1').replaceAll(directory, '$PWD');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const machine = await scratchMachine(programs);
async function ours(one: Case): Promise<string> {
  const prepare = 'rm -rf /tmp/scp; mkdir /tmp/scp; ';
  const { stdout } = await run(machine, prepare + script(one, '/tmp/scp'), { stdin: one.input });
  return stdout.replaceAll('/tmp/scp', '$PWD');
}

test('scp -t and scp -f as the real scp has them', { skip }, async (t) => {
  for (const [name, one] of Object.entries(cases))
    await t.test(name, async () => {
      const [theirs, own] = [await real(one), await ours(one)];
      assert.deepEqual(own.split('\n'), theirs.split('\n'));
    });
});
