// What becomes of a file that is started, by its format, its first line, its mode and where it lies: as bash 5.2.15, dash 0.5.12 and BusyBox
// 1.35 of Debian 12 (x86_64) answered for the same files (fixtures/binaries.json), and what the operator is told of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHouse } from '../../src/machine/house.ts';
import type { Ending, Main, StartedBinary } from '../../src/machine/machine.ts';
import { loadPersona } from '../../src/machine/persona.ts';
import { watch } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { ash, bash, dash } from '../../src/shell/shell.ts';

interface Case {
  name: string;
  mode: string;
  content: string;
  runs: Record<'bash' | 'dash' | 'ash', { stdout: string; stderr: string; status: number }>;
}
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/binaries.json'), 'utf8')) as Case[];
const shells = { bash: 'bash', dash: 'dash', ash: 'busybox ash' };

const house = createHouse({
  persona: await loadPersona(join(import.meta.dirname, '../../personas/debian-12-cloud')),
  seed: Buffer.alloc(32, 1),
  programs: new Map<string, Main>([
    ...(await loadPrograms()),
    ['bash', bash],
    ['dash', dash],
    ['sh', dash],
    ['ash', ash],
  ]),
  clock: {
    now: () => performance.timeOrigin + performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  },
  random: () => 0.5,
  onFault: (program, error) => assert.fail(`${program}: ${(error as Error).stack}`),
});
const root = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };

let machines = 0;

/** Puts a file into a machine of its own and runs a command beside it. */
async function run(files: Record<string, { content: Buffer; mode: number }>, command: string, folder = '/tmp') {
  const address = `${++machines}`;
  const machine = house.machineFor(address);
  for (const [name, { content, mode }] of Object.entries(files)) {
    const file = machine.filesystem.open(root, folder, name, { write: true, create: true }, mode);
    if (content.length > 0) file.write(content.toString('latin1'));
    file.release();
  }
  const started: StartedBinary[] = [];
  const out = { 1: '', 2: '' };
  const ending = await new Promise<Ending>((resolve) =>
    machine.login({
      user: 'root',
      via: 'ssh',
      from: { address: '192.0.2.1', port: 1 },
      to: { address: '192.0.2.2', port: 22 },
      witness: { ...watch().witness, started: (of) => void started.push(of) },
      command: `cd ${folder}; ${command}`,
      output: (data, stream) => {
        out[stream] += data;
        return true;
      },
      exited: resolve,
    }),
  );
  // What went to the background ends with its machine.
  house.forget(address);
  return { stdout: out[1], stderr: out[2], status: 'code' in ending ? ending.code : ending.signal, started };
}

for (const { name, mode, content, runs } of cases)
  for (const shell of Object.keys(shells) as (keyof typeof shells)[])
    test(`${name} started by ${shell}`, async () => {
      const files = { [name]: { content: Buffer.from(content, 'base64'), mode: Number.parseInt(mode, 8) } };
      const { stdout, stderr, status } = await run(files, `exec ${shells[shell]} -c ./${name} < /dev/null`);
      assert.deepEqual({ stdout, stderr, status }, runs[shell]);
    });

const of = (name: string) => Buffer.from(cases.find((one) => one.name === name)!.content, 'base64');
const executable = (content: Buffer) => ({ x: { content, mode: 0o755 } });

test('the operator is told what it was and what came of it', async () => {
  const upx = Buffer.concat([of('x64static'), Buffer.from('UPX!')]);
  const told: [what: string, content: Buffer, expected: Partial<StartedBinary['binary']> & { outcome: string }][] = [
    [
      'x86_64',
      of('x64static'),
      { format: 'ELF', architecture: 'x86_64', bits: 64, stripped: true, outcome: 'started' },
    ],
    ['packed', upx, { packer: 'UPX', outcome: 'started' }],
    ['MIPS', of('mips'), { architecture: 'mips', bits: 32, outcome: 'rejected' }],
    ['little MIPS', of('mipsel'), { architecture: 'mipsel', outcome: 'rejected' }],
    ['ARM64', of('arm64'), { architecture: 'aarch64', outcome: 'rejected' }],
    ['without its loader', of('x64dyn-missing'), { interpreter: '/lib/ld-musl-x86_64.so.1', outcome: 'rejected' }],
    ['an object file', of('x64-rel'), { type: 'relocatable', outcome: 'rejected' }],
    ['PE', of('pe'), { format: 'PE', architecture: 'i386', outcome: 'rejected' }],
    ['Mach-O', of('macho'), { format: 'Mach-O', architecture: 'x86_64', outcome: 'rejected' }],
    ['Java', of('java'), { format: 'Java', outcome: 'rejected' }],
    ['WebAssembly', of('wasm'), { format: 'WebAssembly', outcome: 'rejected' }],
  ];
  for (const [what, content, { outcome, ...expected }] of told) {
    const { started } = await run(executable(content), './x');
    assert.equal(started.length, 1, what);
    assert.equal(started[0]!.outcome, outcome, what);
    for (const [field, value] of Object.entries(expected))
      assert.equal(started[0]!.binary[field as keyof StartedBinary['binary']], value, `${what}: ${field}`);
  }
  for (const name of ['text', 'empty', 'html', 'gz', 'badinterp'])
    assert.deepEqual((await run(executable(of(name)), './x')).started, [], name);
});

test('a binary that was cut off dies', async () => {
  const cut = Buffer.from(of('x64static'));
  cut.writeBigUInt64LE(100_000n, 64 + 32);
  const { status, started } = await run(executable(cut), './x');
  assert.deepEqual([status, started[0]?.outcome], ['SEGV', 'crashed']);
});

test('nothing is started where the file system is mounted noexec, not even by root', async () => {
  const { stderr, status } = await run(executable(of('text')), './x; [ -x x ] || echo no; . ./x; exit 126', '/run');
  assert.equal(stderr, 'bash: line 1: ./x: Permission denied\n');
  assert.equal(status, 126);
  assert.equal((await run(executable(of('text')), 'sh x; [ -x x ] || echo no', '/run')).stdout, 'hi\nthere\nno\n');
});

test('headers that lie are read without harm', async () => {
  const elf = of('x64static');
  for (let at = 0; at < 120; at++)
    for (const byte of [0, 0x7f, 0xff]) {
      const damaged = Buffer.from(elf);
      damaged[at] = byte;
      const { status } = await run(executable(damaged), './x; exit 0');
      assert.equal(status, 0, `byte ${at} is ${byte}`);
    }
});
