// Which file systems hang where: /proc/mounts, st_dev, and what can only be read, from the persona's facts.
import type { Computer } from './computer.ts';
import type { Mount } from './machine.ts';
import type { Facts, MountFact } from './persona.ts';

/** Mount points that the image's entries lie on, with their st_dev; the root first. */
export function devicesOf({ diskMajor, partitions, mounts }: Facts): [path: string, device: number][] {
  const parts = partitions.flatMap(({ mount, minor }): [string, number][] =>
    mount ? [[mount.target, (diskMajor << 8) | minor]] : [],
  );
  const others: [string, number][] = mounts
    ? mounts.flatMap(({ target, kernel }, i): [string, number][] => (kernel ? [] : [[target, 0xb + i]]))
    : [
        ['/dev', 0x5],
        ['/run', 0x18],
        ['/dev/shm', 0x1a],
        ['/run/lock', 0x1b],
      ];
  const known = new Map([...others, ...parts]);
  return [...known].sort(([a], [b]) => a.length - b.length);
}

/** st_dev of the file systems nobody can write to. */
export function readOnlyDevices(facts: Facts): ReadonlySet<number> {
  const options = [
    ...facts.partitions.flatMap(({ mount }) => (mount ? [mount] : [])),
    ...(facts.mounts?.filter(({ kernel }) => !kernel) ?? []),
  ];
  const closed = new Set(options.filter((mount) => /^ro\b/.test(mount.options)).map(({ target }) => target));
  return new Set(devicesOf(facts).flatMap(([path, device]) => (closed.has(path) ? [device] : [])));
}

/** In the order of /proc/mounts. `baseBytes`: what the files of the image take. */
export function mountsOf(machine: Computer, baseBytes: number): readonly Mount[] {
  const { mounts } = machine.persona.facts;
  return mounts ? listed(machine, mounts, baseBytes) : ofSystemd(machine, baseBytes);
}

const without = { size: 0, used: 0, available: 0, inodes: 0, inodesUsed: 0 };
const virtual = (source: string, target: string, type: string, options: string): Mount => ({
  source,
  target,
  type,
  options,
  ...without,
});

/** What the persona says itself; on flash memory and in memory. */
function listed(machine: Computer, mounts: readonly MountFact[], baseBytes: number): Mount[] {
  const { identity, filesystem } = machine;
  return mounts.map(({ source, target, type, options, size, used = 0 }) => {
    const mount = virtual(source, target, type, options);
    if (size === undefined && type !== 'tmpfs') return mount;
    const written = target === '/' ? 0 : filesystem.layer.usedBytes;
    const full = target === '/' && used === 0 ? baseBytes : used;
    const bytes = size ?? Math.floor(identity.memory / 8192) * 4096;
    const taken = options.startsWith('ro') ? bytes : Math.min(bytes, full + written);
    const inodes = type === 'tmpfs' ? Math.floor(identity.memory / 8192) : 0;
    return { ...mount, size: bytes, used: taken, available: bytes - taken, inodes, inodesUsed: Math.min(inodes, 12) };
  });
}

/** The usual ones of a machine that systemd has started, around its disk. */
function ofSystemd(machine: Computer, baseBytes: number): Mount[] {
  const { identity, filesystem } = machine;
  const { disk, partitions } = machine.persona.facts;
  const root = partitions.find(({ mount }) => mount?.target === '/')!;
  const { bytes: rootBytes } = machine.partitions().find(({ minor }) => minor === root.minor)!;
  const size = Math.floor((rootBytes * 0.984) / 4096) * 4096;
  const used = baseBytes + filesystem.layer.usedBytes;
  const inodes = Math.floor(size / 16_384);
  const memory = identity.memory;
  const temporary = (source: string, target: string, options: string, bytes: number, taken: number): Mount => ({
    source,
    target,
    type: source === 'udev' ? 'devtmpfs' : 'tmpfs',
    options,
    size: bytes,
    used: taken,
    available: bytes - taken,
    inodes: Math.floor(memory / 4096),
    inodesUsed: 400,
  });
  return [
    virtual('sysfs', '/sys', 'sysfs', 'rw,nosuid,nodev,noexec,relatime'),
    virtual('proc', '/proc', 'proc', 'rw,nosuid,nodev,noexec,relatime'),
    temporary(
      'udev',
      '/dev',
      `rw,nosuid,relatime,size=${Math.floor(memory / 2048)}k,nr_inodes=${Math.floor(memory / 8192)},mode=755,inode64`,
      Math.floor(memory / 2048) * 1024,
      0,
    ),
    virtual('devpts', '/dev/pts', 'devpts', 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000'),
    temporary(
      'tmpfs',
      '/run',
      `rw,nosuid,nodev,noexec,relatime,size=${Math.floor(memory / 10240)}k,mode=755,inode64`,
      Math.floor(memory / 10240) * 1024,
      524_288,
    ),
    {
      source: `/dev/${disk}${root.suffix}`,
      target: '/',
      type: root.mount!.type,
      options: root.mount!.options,
      size,
      used,
      available: Math.max(0, size - used - Math.floor(size * 0.044)),
      inodes,
      inodesUsed: machine.image.count + filesystem.layer.usedInodes + 11,
    },
    temporary('tmpfs', '/dev/shm', 'rw,nosuid,nodev,inode64', Math.floor(memory / 8192) * 4096, 0),
    temporary('tmpfs', '/run/lock', 'rw,nosuid,nodev,noexec,relatime,size=5120k,inode64', 5_242_880, 0),
    virtual('cgroup2', '/sys/fs/cgroup', 'cgroup2', 'rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot'),
    ...partitions.flatMap(({ suffix, mount }): Mount[] => {
      if (!mount || mount.target === '/') return [];
      const { target, type, options, size = 0, used = 0 } = mount;
      const available = size - used;
      return [
        { source: `/dev/${disk}${suffix}`, target, type, options, size, used, available, inodes: 0, inodesUsed: 0 },
      ];
    }),
    temporary(
      'tmpfs',
      '/run/user/0',
      `rw,nosuid,nodev,relatime,size=${Math.floor(memory / 10240)}k,nr_inodes=${Math.floor(memory / 40960)},mode=700,inode64`,
      Math.floor(memory / 10240) * 1024,
      0,
    ),
  ];
}
