// What every shipped persona must keep to: its facts agree with each other as the programs show them, and two deployments differ.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Main } from '../src/machine/machine.ts';
import type { Facts } from '../src/machine/persona.ts';
import { run, scratchMachine } from '../src/machine/scratch.ts';
import { loadPrograms } from '../src/program/table.ts';
import { ash, bash, dash } from '../src/shell/shell.ts';

const personas = join(import.meta.dirname, '../personas');
const factsOf = (name: string) => JSON.parse(readFileSync(join(personas, name, 'persona.json'), 'utf8')) as Facts;
const all = readdirSync(personas).filter((name) => existsSync(join(personas, name, 'persona.json')));
/** Firmware of a device: BusyBox and little else. */
const devices = all.filter((name) => factsOf(name).login === 'busybox');
const names = all.filter((name) => !devices.includes(name));
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

/** A program that Debian's machines have and a device has not. */
const ABSENT = 'bash apt systemctl sudo python3 perl nproc lscpu curl'.split(' ');
/** What a bot looks for: the header of a binary of the machine's own. */
const HEADERS: Record<string, string> = {
  armv7l: '7f454c460101010000000000000000000200280001',
  mips: '7f454c4601020100000000000000000000020008',
};

for (const name of devices) {
  test(`${name}: a device with BusyBox and nothing else`, async (t) => {
    const machine = await scratchMachine(programs, { name });
    const { architecture, busybox } = factsOf(name);
    const out = async (command: string) => (await run(machine, command)).stdout;

    await t.test('the applets are those of its BusyBox, and each has a link', async () => {
      assert.ok((await out('/bin/busybox')).startsWith(`${busybox!.banner}\n${busybox!.about}`));
      const applets = busybox!.applets.split(' ').filter((applet) => applet !== 'linuxrc' && applet !== 'busybox');
      const links = (await out('ls /bin /sbin /usr/bin /usr/sbin')).split('\n');
      assert.deepEqual(
        applets.filter((applet) => !links.includes(applet)),
        [],
      );
      const { stdout, stderr } = await run(machine, '/bin/busybox ECCHI; echo $?');
      assert.equal(stdout + stderr, '127\nECCHI: applet not found\n');
    });
    await t.test('nothing of a Debian machine is there', async () => {
      for (const program of ABSENT) {
        const { stderr, ending } = await run(machine, program);
        assert.deepEqual([stderr, ending], [`sh: ${program}: not found\n`, { code: 127 }], program);
      }
    });
    await t.test('its own binaries are of its architecture', async () => {
      for (const file of ['/bin/echo', '/bin/busybox', '/bin/ls'])
        assert.match(
          await out(`dd if=${file} bs=24 count=1 2>/dev/null | hexdump -v -e '1/1 "%02x"'`),
          new RegExp(`^${HEADERS[architecture]}`),
        );
      assert.equal(await out('uname -m'), `${architecture}\n`);
    });
    await t.test('the root cannot be written, /tmp /var /dev /dev/shm can', async () => {
      for (const folder of ['/tmp', '/var', '/var/run', '/dev', '/dev/shm'])
        assert.equal(
          await out(`echo -ne '\\x6b\\x61' > ${folder}/.k && cat ${folder}/.k && rm ${folder}/.k`),
          'ka',
          folder,
        );
      for (const command of [
        ': > /x',
        ': > /bin/x',
        'mkdir /etc/x',
        'rm /bin/busybox',
        'chmod 777 /bin/busybox',
        'mv /tmp /t',
        'ln -s a /b',
      ]) {
        const { stderr, ending } = await run(machine, command);
        assert.match(stderr, /Read-only file system|Device or resource busy|Invalid cross-device link/, command);
        assert.notDeepEqual(ending, { code: 0 });
      }
      assert.match(await out('cat /proc/mounts'), /^\/dev\/root \/ \w+ ro,/m);
    });
    await t.test('the flash memory agrees with itself', async () => {
      const mtd = [...(await out('cat /proc/mtd')).matchAll(/^mtd(\d): ([0-9a-f]{8})/gm)].map(
        ([, n, size]) => `${n} ${parseInt(size!, 16) / 1024}`,
      );
      const parts = [...(await out('cat /proc/partitions')).matchAll(/(\d+) mtdblock(\d)/g)].map(
        ([, size, n]) => `${n} ${size}`,
      );
      assert.deepEqual(mtd, parts);
      for (const line of mtd)
        assert.equal((await run(machine, `ls /dev/mtd${line[0]} /dev/mtdblock${line[0]}`)).stderr, '');
    });
    await t.test('a login name that it lacks is another root', async () => {
      const { stdout } = await run(machine, 'grep ^telecomadmin: /etc/passwd; id -u; pwd', { user: 'telecomadmin' });
      assert.match(stdout, /^telecomadmin:x:0:0:.*:\/bin\/sh\n0\n\/\n$/);
    });
  });

  test(`${name}: two deployments differ`, async () => {
    const show = "ifconfig | grep -o '..:..:..:..:..:..'; stat -c %i /etc/passwd || ls -i /etc/passwd; uptime";
    const [a, b] = await Promise.all(
      [1, 2].map(async (seed) => (await run(await scratchMachine(programs, { name, seed }), show)).stdout),
    );
    assert.ok(a!.split('\n').length > 3);
    for (const [i, line] of a!.split('\n').slice(0, -1).entries()) assert.notEqual(line, b!.split('\n')[i]);
  });
}
