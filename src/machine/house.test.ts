// The machines of a deployment: what they share, what tells them apart, and that everything they say about themselves agrees.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { Computer } from './computer.ts';
import { createHouse, type HouseOptions } from './house.ts';
import { AFTER_BOOT, AFTER_INSTALL, Image, layOut, packImage, unpackImage } from './image.ts';
import type { Bytes, Credentials, Machine, Main } from './machine.ts';
import { loadPersona, type Persona } from './persona.ts';
import { RunQueue } from './run-queue.ts';
import { watch } from './scratch.ts';

const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [] };
const NOW = Date.UTC(2026, 10, 25, 12, 0, 0);
let persona: Persona;
let now = NOW;
const house = (options: Partial<HouseOptions> = {}) =>
  createHouse({
    persona,
    seed: Buffer.alloc(32, 9),
    programs: new Map<string, Main>([['bash', async (p) => Number((await p.read(0)) === null)]]),
    clock: { now: () => now, after: () => () => {} },
    random: () => 0.5,
    ...options,
  });
const read = (machine: Machine, path: Bytes) => machine.filesystem.open(ROOT, '/', path, { read: true }).read(1 << 22)!;
const login = (machine: Computer, user: Bytes) =>
  machine.login({
    user,
    via: 'ssh',
    from: { address: '198.51.100.7', port: 50_000 },
    to: { address: '192.0.2.2', port: 2222 },
    witness: watch().witness,
    terminal: { term: 'xterm', columns: 80, rows: 24 },
    output: () => true,
    exited: () => {},
  });

before(async () => {
  persona = await loadPersona(join(import.meta.dirname, '../../personas/debian-12-cloud'));
});

test('two deployments never look alike; one always does', () => {
  const [a, again, b] = [house(), house(), house({ seed: Buffer.alloc(32, 10) })];
  assert.deepEqual(a.identity, again.identity);
  for (const key of ['hostname', 'machineId', 'address', 'mac', 'ipv6', 'installed'] as const)
    assert.notEqual(a.identity[key], b.identity[key], key);
  const [one, two] = [a.machineFor('x'), b.machineFor('x')];
  for (const path of [
    '/etc/hostname',
    '/etc/ssh/ssh_host_ed25519_key.pub',
    '/etc/ssh/ssh_host_rsa_key',
    '/etc/fstab',
    '/var/log/auth.log',
  ])
    assert.notEqual(read(one, path), read(two, path), path);
  const pids = (machine: typeof one) =>
    [...machine.processes.values()].filter((p) => p.argv.length > 0).map((p) => p.pid);
  assert.notDeepEqual(pids(one), pids(two));
});

test('a hundred seeds make sound identities', () => {
  for (let n = 0; n < 100; n++) {
    const { identity } = house({ seed: Buffer.from(`seed ${n}`) });
    assert.match(identity.mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    assert.match(identity.ipv6, /^fe80::([0-9a-f]{1,4}:){3}[0-9a-f]{1,4}$/);
    assert.match(identity.address, /^(172\.31|10\.[01])\.\d{1,3}\.\d{1,3}$/);
    assert.equal(identity.hostname, `ip-${identity.address.replaceAll('.', '-')}`);
    assert.ok(identity.address.split('.').every((octet) => Number(octet) < 256));
    assert.ok(identity.installed < now);
  }
});

test('what the machine says about itself agrees', () => {
  const machine = house().machineFor('x') as Computer;
  const { identity } = machine;
  assert.equal(read(machine, '/etc/hostname'), `${identity.hostname}\n`);
  assert.equal(read(machine, '/proc/sys/kernel/hostname'), `${identity.hostname}\n`);
  assert.match(read(machine, '/etc/hosts'), new RegExp(`127.0.1.1 .*${identity.hostname}`));
  assert.match(read(machine, '/proc/version'), new RegExp(`^Linux version ${identity.kernelRelease} .*Debian 6\\.1`));
  assert.equal(machine.filesystem.stat(ROOT, '/', `/lib/modules/${identity.kernelRelease}`).type, 'directory');
  assert.equal(machine.filesystem.stat(ROOT, '/', `/boot/vmlinuz-${identity.kernelRelease}`).type, 'file');
  assert.equal(read(machine, '/proc/cpuinfo').match(/^processor/gm)!.length, identity.cpuCount);
  assert.match(read(machine, '/proc/meminfo'), new RegExp(`^MemTotal: +${identity.memory / 1024} kB\n`));
  assert.equal(read(machine, `/sys/class/net/ens5/address`), `${identity.mac}\n`);
  assert.match(read(machine, '/proc/net/route'), /^ens5\t00000000\t[0-9A-F]{8}\t0003/m);
  assert.match(read(machine, '/proc/net/tcp'), /^ +0: 00000000:0016 00000000:0000 0A /m);
  assert.match(read(machine, '/proc/net/tcp6'), /^ +0: 0{32}:0016 0{32}:0000 0A /m);
  assert.match(read(machine, '/proc/net/udp'), /^ +\d: 3500007F:0035 00000000:0000 07 /m);
  assert.match(read(machine, '/proc/net/if_inet6'), /^0{31}1 01 80 10 80 +lo\nfe80[0-9a-f]{28} 02 40 20 80 +ens5\n$/);
  const disk = machine.partitions()[0]!;
  assert.equal(read(machine, '/sys/block/nvme0n1/size'), `${disk.bytes / 512}\n`);
  assert.match(read(machine, '/proc/partitions'), new RegExp(`${disk.bytes / 1024} nvme0n1\n`));
  const rootMount = machine.mounts().find((mount) => mount.target === '/')!;
  assert.ok(
    rootMount.used > 500e6 && rootMount.used + rootMount.available < rootMount.size && rootMount.size < disk.bytes,
  );
  for (const { target, type } of machine.mounts())
    assert.match(read(machine, '/proc/mounts'), new RegExp(`^\\S+ ${target} ${type} `, 'm'));
  // Every daemon's program is a file of the image, every owner an account, every parent a process.
  for (const info of machine.processes.values()) {
    const path = /^(?:\S+: )?(\/\S+)/.exec(info.argv[0] ?? '')?.[1];
    if (path) assert.equal(machine.filesystem.stat(ROOT, '/', path).type, 'file', path);
    assert.ok(machine.accounts.byId(info.uid), info.comm);
    assert.ok(info.ppid === 0 || machine.processes.has(info.ppid), info.comm);
    assert.match(
      read(machine, `/proc/${info.pid}/stat`),
      new RegExp(`^${info.pid} \\(${info.comm.replace(/[^\w]/g, '.')}\\) `),
    );
  }
  for (const socket of machine.network.sockets()) if (socket.pid) assert.ok(machine.processes.has(socket.pid));
  // Nothing was written after now.
  for (const path of ['/etc/passwd', '/var/log/auth.log', '/run', '/root'])
    assert.ok(machine.filesystem.stat(ROOT, '/', path).mtime <= now);
});

test('time goes by', () => {
  const machine = house().machineFor('x') as Computer;
  const uptime = () => Number(read(machine, '/proc/uptime').split(' ')[0]);
  const traffic = () => machine.network.interfaces[1]!.rxBytes();
  const [before, bytes] = [uptime(), traffic()];
  now += 3_600_000;
  assert.equal(Math.round(uptime() - before), 3600);
  assert.ok(traffic() > bytes);
  now = NOW;
});

test('the log tells of the days since Sunday', () => {
  const machine = house().machineFor('x') as Computer;
  const lines = read(machine, '/var/log/auth.log').trimEnd().split('\n');
  assert.ok(lines.length > 50);
  for (const line of lines)
    assert.match(line, new RegExp(`^Nov [ 12]\\d \\d\\d:\\d\\d:\\d\\d ${machine.identity.hostname} \\w+`));
  assert.ok(!/[{}]/.test(lines.join('')));
  assert.match(read(machine, '/var/log/dpkg.log.1'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (install|status installed) \S+/);
});

test('a login name the persona lacks has always been there', () => {
  const machine = house().machineFor('x') as Computer;
  const seat = login(machine, '345gs5662d34');
  const account = machine.accounts.byName('345gs5662d34')!;
  assert.deepEqual([account.uid, account.home, account.shell], [1001, '/home/345gs5662d34', '/bin/bash']);
  for (const path of ['/etc/passwd', '/etc/shadow', account.home, `${account.home}/.bashrc`]) {
    const { mtime, ctime } = machine.filesystem.stat(ROOT, '/', path);
    assert.ok(mtime < now - 86_400_000 && ctime < now - 86_400_000, path);
  }
  assert.equal(machine.filesystem.stat(ROOT, '/', account.home).uid, account.uid);
  assert.equal(seat.process.credentials.uid, 1001);
  assert.equal(seat.process.environment.get('HOME'), account.home);
  for (const hostile of ['a:b', '../../etc', 'x\ny', '-rf', 'a b', 'é'.repeat(40), '']) {
    login(machine, hostile);
    assert.ok(
      read(machine, '/etc/passwd')
        .split('\n')
        .slice(0, -1)
        .every((line) => line.split(':').length === 7),
      hostile,
    );
  }
});

test('an attacker finds its changes again, after a restart too', () => {
  const first = house();
  assert.equal(first.snapshot('x'), undefined);
  const { filesystem } = first.machineFor('x');
  const write = (path: Bytes, content: Bytes) => {
    const file = filesystem.open(ROOT, '/', path, { write: true, create: true }, 0o755);
    file.write(content);
    file.release();
  };
  filesystem.mkdir(ROOT, '/', '/tmp/.x', 0o700);
  write('/tmp/.x/bot', '\x7fELF\0\xff');
  filesystem.link(ROOT, '/', '/tmp/.x/bot', '/usr/bin/bot');
  filesystem.symlink(ROOT, '/', '/tmp/.x', '/x');
  filesystem.unlink(ROOT, '/', '/usr/bin/wget');
  filesystem.rename(ROOT, '/', '/home/admin', '/home/gone');
  filesystem.open(ROOT, '/', '/etc/passwd', { append: true }).write('evil:x:0:0::/:/bin/bash\n');
  filesystem.setAttributes(ROOT, '/', '/tmp/.x/bot', new Set(['i']));
  const kept = Buffer.concat(first.snapshot('x')!.pieces);

  const second = house();
  assert.ok(second.restore('x', kept));
  const machine = second.machineFor('x') as Computer;
  assert.equal(read(machine, '/x/bot'), '\x7fELF\0\xff');
  assert.equal(machine.filesystem.stat(ROOT, '/', '/usr/bin/bot').links, 2);
  assert.throws(() => machine.filesystem.stat(ROOT, '/', '/usr/bin/wget'), { code: 'ENOENT' });
  assert.equal(read(machine, '/home/gone/.bashrc'), read(second.machineFor('y'), '/home/admin/.bashrc'));
  assert.equal(machine.accounts.byName('evil')!.uid, 0);
  assert.throws(() => machine.filesystem.unlink(ROOT, '/', '/usr/bin/bot'), { code: 'EPERM' });
  assert.equal(second.machineFor('y').filesystem.stat(ROOT, '/', '/usr/bin/wget').type, 'file');

  for (let cut = 0; cut < kept.length; cut += 7) assert.equal(second.restore('z', kept.subarray(0, cut)), false);
  assert.equal(second.restore('z', Buffer.from('no snapshot at all')), false);
});

test('only so many machines are remembered; those in use are not forgotten', () => {
  const small = house({ kept: 3 });
  const busy = small.machineFor('busy') as Computer;
  const seat = login(busy, 'root');
  for (let i = 0; i < 20; i++) small.machineFor(`${i}`);
  assert.equal(small.size, 3);
  assert.equal(small.machineFor('busy'), busy);
  seat.hangup();
  for (let i = 0; i < 20; i++) small.machineFor(`${i}`);
  assert.notEqual(small.machineFor('busy'), busy);
});

test('an image comes out as it went in', () => {
  const file = { type: 'file' as const, mode: 0o644, uid: 1, gid: 2, mtime: 5 };
  const folder = { type: 'directory' as const, mode: 0o755, uid: 0, gid: 0, mtime: AFTER_INSTALL };
  const image = unpackImage(
    packImage(
      [
        { ...folder, path: '/' },
        { ...folder, path: '/b' },
        { ...file, path: '/b/\xe3\x81\x82', content: Buffer.from('text') },
        { ...file, path: '/b/z', size: 100_000, content: Buffer.from('head') },
        { ...file, path: '/a', type: 'symlink', target: 'b/z', mtime: AFTER_BOOT + 1 },
        { ...file, path: '/hard', hardlink: '/b/z' },
        { ...file, path: '/null', type: 'character', rdev: [1, 3] },
        { ...file, path: '/t', content: Buffer.from('{{name}}!'), template: true },
      ],
      1,
    ),
  );
  assert.deepEqual(
    [...image.children(0)].map(([name]) => name),
    ['a', 'b', 'hard', 'null', 't'],
  );
  assert.equal(image.content(image.find('/b/\xe3\x81\x82')!, 0, 99), 'text');
  const z = image.find('/b/z')!;
  assert.equal(image.find('/hard'), z);
  assert.equal(image.links(z), 2);
  assert.equal(image.links(image.find('/b')!), 2);
  assert.equal(image.content(z, 0, 4), 'head');
  assert.equal(image.content(z, 0, 1 << 20).length, 100_000);
  assert.equal(image.target(image.find('/a')!), 'b/z');
  assert.deepEqual(image.rdev(image.find('/null')!), [1, 3]);
  const filled = image.withTemplates(() => 'longer than before');
  assert.equal(filled.content(filled.find('/t')!, 0, 99), 'longer than before');
  assert.equal(filled.size[filled.find('/t')!], 18);
  assert.equal(image.content(image.find('/t')!, 0, 99), '{{name}}!');
  assert.throws(() => layOut([{ ...file, path: '/x' }]), /no root/);
  assert.throws(
    () =>
      layOut([
        { ...folder, path: '/' },
        { ...file, path: '/x/y' },
      ]),
    /lacks the directory/,
  );
  assert.throws(() => new Image(Buffer.alloc(64)), /build it again/);
});

test('the persona loads fast and is whole', () => {
  assert.ok(persona.image.count > 19_000);
  for (const path of [
    '/bin/busybox',
    '/usr/bin/python3',
    '/usr/sbin/sshd',
    '/usr/bin/perl',
    '/etc/crontab',
    '/var/lib/dpkg/status',
  ])
    assert.notEqual(house().machineFor('x').filesystem.stat(ROOT, '/', path), undefined, path);
  assert.equal(persona.image.content(persona.image.find('/usr/bin/dpkg')!, 0, 4), '\x7fELF');
  assert.ok(!persona.image.find('/.dockerenv'));
});

test('who used least goes first, and beyond the allowance there is a trickle', async () => {
  let time = 0;
  const late: [number, () => void][] = [];
  const queue = new RunQueue({
    now: () => time,
    after: (ms, run) => {
      late.push([time + ms, run]);
      return () => {};
    },
  });
  const [greedy, modest] = [queue.meter(), queue.meter()];
  const order: string[] = [];
  const work = async (name: string, meter: typeof greedy, turns: number) => {
    for (let i = 0; i < turns; i++) {
      await queue.step(meter, 1500);
      order.push(name);
    }
  };
  const all = work('greedy', greedy, 40);
  await new Promise((resolve) => setImmediate(resolve));
  const behind = order.length;
  await work('modest', modest, 5);
  assert.ok(order.lastIndexOf('modest') - behind < 12, order.join(' '));
  await all;
  const spent = work('greedy', greedy, 3000);
  for (let i = 0; i < 4000 && late.length === 0; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(late.length > 0, 'it never ran out');
  assert.ok(order.length > 1900 && order.length < 2100, `${order.length}`);
  const before = order.length;
  for (let i = 0; i < 10; i++) {
    const [at, run] = late.shift()!;
    time = at;
    run();
    for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(order.length - before <= 11);
  assert.ok(time >= 100, `${time} ms for ten turns`);
  void spent;
});
