// The shell by itself, beside this machine's bash in the same run: CPU time of what bots type, and what an idle session holds.
// Run: node --expose-gc bench/shell.ts [ROUNDS=300]
// Both read the same text from their standard input. CPU time is the process' own (bash: with its children, from `times`), so a busy machine
// does not count, nor does a start: an empty text is taken off. Programs of bash are real ones, started with fork and exec.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Vault } from '../src/journal/vault.ts';
import { createHouse } from '../src/machine/house.ts';
import type { Main } from '../src/machine/machine.ts';
import { loadPersona } from '../src/machine/persona.ts';
import { loadPrograms } from '../src/program/table.ts';
import { Artefacts } from '../src/sensor/artefacts.ts';
import { Recorder } from '../src/sensor/recorder.ts';
import { SessionWitness } from '../src/sensor/witness.ts';
import { ash, bash, dash } from '../src/shell/shell.ts';

const rounds = Number(process.argv[2] ?? 300);
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) {
  console.error('bench/shell.ts needs --expose-gc to measure memory: node --expose-gc bench/shell.ts');
  process.exit(2);
}

/** What is measured: text of one round, and by how much its cost is divided. */
const cases: [what: string, text: string, parts: number][] = [
  ['cd /tmp', 'cd /tmp\n', 1],
  ['x=$((x+1))', 'x=$((x+1))\n', 1],
  ['echo x > /tmp/f', 'echo x > /tmp/f\n', 1],
  ['a program: /bin/true', '/bin/true\n', 1],
  ['a substitution: echo $(echo a)', 'echo $(echo a)\n', 1],
  ['a pipe: echo a | cat', 'echo a | cat\n', 1],
  ['a loop iteration: :', 'for ((i = 0; i < 100; i++)); do :; done\n', 100],
  ['a loop iteration: [ $i -lt 9 ]', 'i=0; while [ $i -lt 50 ]; do i=$((i+1)); done\n', 50],
  ['a glob: echo /etc/*.conf', 'echo /etc/*.conf\n', 1],
  ['a here-document: cat <<E', 'cat <<E\nhello\nE\n', 1],
  ['a function call', 'f() { :; }; f; f; f; f; f\n', 5],
  [
    'a bot looks around, each line',
    [
      'uname -a',
      'uname -s -v -n -r -m',
      'cat /proc/cpuinfo | grep name | wc -l',
      "cat /proc/cpuinfo | grep name | head -n 1 | awk '{print $4,$5,$6,$7,$8,$9;}'",
      'ls -lh $(which ls)',
      'which ls',
      'cat /proc/cpuinfo | grep model | grep name | wc -l',
      'whoami',
      'id',
      'df -h | head -n 2',
      'cd /tmp || cd /var/run || cd /mnt || cd /root || cd /',
      "echo -e '\\x6F\\x6B'",
      'nproc; uptime',
      'cat /etc/passwd | grep -c root',
    ]
      .join('\n')
      .concat('\n'),
    14,
  ],
  [
    'a script, each of its 1,000 lines',
    'if [ -d /tmp ]; then y="a$x"; else y=b; fi; case $y in a*) x=1;; esac\n'.repeat(1000),
    1000,
  ],
];

const clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-bench-'));
const vault = new Vault(scratch, { artefactBytes: 1 << 20, totalBytes: 1 << 30, diskReserve: 0 });
const programs = new Map<string, Main>([
  ...(await loadPrograms()),
  ['bash', bash],
  ['dash', dash],
  ['sh', dash],
  ['ash', ash],
]);
const house = createHouse({
  persona: await loadPersona(join(import.meta.dirname, '../personas/debian-12-cloud')),
  seed: Buffer.alloc(32, 1),
  programs,
  clock,
  random: Math.random,
  kept: 20_000,
});

/** What the sensor hears of it: all its events are made, none is written. */
function witnessOf(address: string): SessionWitness {
  const recorder = new Recorder(
    { append: () => {} },
    { sensor: 'bench', uuid: '' },
    { session: '0', protocol: 'ssh', src_ip: address, src_port: 1, dst_ip: '192.0.2.2', dst_port: 22 },
    'debian-12-cloud',
    Date.now,
  );
  return new SessionWitness(recorder, new Artefacts(vault, recorder), { random: Math.random, after: clock.after });
}

/** CPU microseconds of `bash` reading a text in our machine. */
async function ours(text: string): Promise<number> {
  const before = process.cpuUsage();
  await new Promise<void>((resolve) => {
    const seat = house.machineFor('203.0.113.1').login({
      user: 'root',
      via: 'ssh',
      from: { address: '203.0.113.1', port: 40_000 },
      to: { address: '192.0.2.2', port: 22 },
      witness: witnessOf('203.0.113.1'),
      command: 'bash',
      output: () => true,
      exited: () => resolve(),
    });
    // The queue of standard input is bounded: what it does not take now follows when it has been read.
    let at = 0;
    let given = false;
    const give = () => {
      if (given) return;
      while (at < text.length) {
        const part = text.slice(at, at + 32_768);
        at += part.length;
        if (!seat.input(part)) return;
      }
      given = true;
      seat.endInput();
    };
    seat.onInputDrained = () => setImmediate(give);
    give();
  });
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The same of this machine's bash and its children, by its `times`. */
function theirs(text: string): number {
  const { stderr } = spawnSync('bash', ['--norc'], {
    input: `exec 9>&2 >/dev/null 2>&1\n${text}times >&9\n`,
    encoding: 'utf8',
  });
  const parts = [...stderr.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  return parts.reduce((sum, part) => sum + part, 0) * 1e6;
}

const row = (...cells: string[]) =>
  console.log(
    `${cells[0]!.padEnd(44)}${cells
      .slice(1)
      .map((c) => c.padStart(12))
      .join('')}`,
  );
row('CPU µs', 'ours', 'bash', 'ratio');
for (const [what, text, parts] of cases) {
  const times = Math.max(2, Math.ceil(rounds / (parts >= 1000 ? 100 : parts >= 14 ? 5 : 1)));
  const whole = text.repeat(times);
  await ours(whole);
  const [empty, full] = [await ours(''), Math.min(await ours(whole), await ours(whole))];
  const own = (full - empty) / times / parts;
  const real = theirs(whole) / times / parts;
  row(what, own.toFixed(1), real.toFixed(1), (own / real).toFixed(2));
}

const held = () => {
  for (let i = 0; i < 4; i++) collect();
  const usage = process.memoryUsage();
  return usage.heapUsed + usage.external;
};
const tick = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Logs in `count` attackers of an address each, at their prompts. */
async function idle(count: number, prefix: string) {
  const seats = Array.from({ length: count }, (_, i) => {
    const address = `${prefix}.${i >> 8}.${i & 255}`;
    return house.machineFor(address).login({
      user: 'root',
      via: 'ssh',
      from: { address, port: 40_000 },
      to: { address: '192.0.2.2', port: 22 },
      witness: witnessOf(address),
      terminal: { term: 'xterm', columns: 80, rows: 24 },
      output: () => true,
      exited: () => {},
    });
  });
  for (let i = 0; i < 100; i++) await tick();
  return seats;
}
await idle(50, '10.0');
const before = held();
const count = 500;
const started = process.cpuUsage();
const seats = await idle(count, '10.1');
const used = process.cpuUsage(started);
row('a session to its prompt, CPU ms', ((used.user + used.system) / count / 1000).toFixed(2));
row('an idle session with its machine, KiB', ((held() - before) / count / 1024).toFixed(1));
for (const seat of seats) seat.input('uname -a; cd /tmp; ls -la; echo x > f\n');
for (let i = 0; i < 40; i++) await tick();
row('  after four commands', ((held() - before) / count / 1024).toFixed(1));
rmSync(scratch, { recursive: true });
process.exit(0);
