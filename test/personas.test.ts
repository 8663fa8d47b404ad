// What every shipped persona must keep to: its facts agree with each other as the programs show them, and two deployments differ.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Main } from '../src/machine/machine.ts';
import { run, scratchMachine } from '../src/machine/scratch.ts';
import { loadPrograms } from '../src/program/table.ts';
import { ash, bash, dash } from '../src/shell/shell.ts';

const personas = join(import.meta.dirname, '../personas');
const names = readdirSync(personas).filter((name) => existsSync(join(personas, name, 'persona.json')));
const programs = new Map<string, Main>([
  ...(await loadPrograms()),
  ['bash', bash],
  ['dash', dash],
  ['sh', dash],
  ['ash', ash],
]);

/** Pairs of command lines that must print the same. */
const agreeing: [one: string, other: string][] = [
  ['grep -c ^processor /proc/cpuinfo', 'nproc'],
  [`awk '/^MemTotal/ {print $2}' /proc/meminfo`, `free -k | awk '/^Mem/ {print $2}'`],
  [`awk '$2 == "/" {print $1}' /proc/mounts`, `df / | awk 'NR == 2 {print $1}'`],
  ['cat /etc/hostname', 'hostname'],
  ['cat /proc/sys/kernel/hostname', 'uname -n'],
  ['cat /proc/sys/kernel/osrelease', 'uname -r'],
  [`cut -d' ' -f3 /proc/version`, 'uname -r'],
  [`stat -c %d /`, `printf '%d\\n' $(stat -c 0x%D /)`],
  [`ls /sys/class/net | grep -v lo`, `ip -o link | awk -F': ' 'NR == 2 {print $2}'`],
  ['cat /sys/class/net/*[0-9]/address', `ip link | awk '/ether/ {print $2}'`],
  ['cat /sys/class/net/*[0-9]/mtu', `ip link | awk 'NR == 3 {print $5}'`],
  [`id -un`, `head -1 /etc/passwd | cut -d: -f1`],
];

for (const name of names) {
  test(`${name}: its facts agree`, async (t) => {
    const machine = await scratchMachine(programs, { name });
    for (const [one, other] of agreeing)
      await t.test(one, async () => {
        const [a, b] = [await run(machine, one), await run(machine, other)];
        assert.equal(a.stderr, '');
        assert.notEqual(a.stdout, '');
        assert.equal(a.stdout, b.stdout, other);
      });
    await t.test('the binaries of its daemons are there', async () => {
      const paths = [...machine.processes.values()]
        .map(({ argv }) => argv[0] ?? '')
        .filter((path) => path.startsWith('/'));
      assert.ok(paths.length > 5);
      assert.equal((await run(machine, `ls ${[...new Set(paths)].join(' ')} >/dev/null`)).stderr, '');
    });
    await t.test('the homes and shells of those who log in are there', async () => {
      const check = `awk -F: '$7 !~ /nologin|false|sync/ {print $6, $7}' /etc/passwd | while read h s; do ls -d $h $s; done >/dev/null`;
      assert.equal((await run(machine, check)).stderr, '');
    });
    await t.test('nothing is newer than now, or left of a template', async () => {
      assert.equal((await run(machine, 'find / -xdev -newermt tomorrow | head -3')).stdout, '');
      assert.equal(
        (await run(machine, `grep -rl '{{' --exclude-dir=cloud /etc /root /home 2>/dev/null | head -3`)).stdout,
        '',
      );
    });
  });

  test(`${name}: two deployments differ`, async () => {
    const show = 'cat /etc/machine-id /etc/ssh/*.pub; ip link | grep ether; stat -c %i /etc/passwd; uptime -s';
    const [a, b] = await Promise.all(
      [1, 2].map(async (seed) => (await run(await scratchMachine(programs, { name, seed }), show)).stdout.split('\n')),
    );
    assert.ok(a!.length > 6);
    for (const [at, line] of a!.slice(0, -1).entries()) assert.notEqual(line, b![at]);
  });
}
