// mount, umount and mountpoint (util-linux 2.38.1): file systems and where they hang.
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { calledAs, gnu } from './program.ts';

export const names = ['mount', 'umount', 'mountpoint'];

export const main = gnu({
  short: 'aAbBcCdDeEfFhHiIjJkKlLm:MnNo:O:pPqrRsS:t:T:uUvVwxy',
  long: {
    all: 'a',
    bind: 'B',
    'no-canonicalize': 'c',
    fake: 'f',
    fork: 'F',
    fstab: 'fstab',
    force: 'f',
    lazy: 'l',
    move: 'M',
    'no-mtab': 'n',
    'options=': 'o',
    'test-opts=': 'O',
    'read-only': 'r',
    rw: 'w',
    'types=': 't',
    verbose: 'v',
    rbind: 'R',
    recursive: 'R',
    df: 'D',
    noheadings: 'n',
    'output=': 'o',
    quiet: 'q',
    'target=': 'T',
    'source=': 'S',
    list: 'l',
    raw: 'r',
    'mkdir=?': 'mkdir',
    'make-private': 'x',
    'make-rprivate': 'x',
    'make-shared': 'x',
  },
  usage: '[options] [<source>] <directory>',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process, operands } = run;
    const called = calledAs(process);
    const mounts = process.files.mounts();
    if (run.has('V')) {
      run.put(
        `${called} from util-linux 2.38.1 (libmount 2.38.1: selinux, smack, btrfs, verity, namespaces, assert, debug)\n`,
      );
      return 0;
    }
    if (called === 'mountpoint') {
      const path = operands[0];
      if (path === undefined) return run.wrongUse('bad usage');
      const stat = tryTo(() => process.files.stat(path));
      if (!stat) {
        if (!run.has('q')) await process.err(`mountpoint: ${path}: No such file or directory\n`);
        return 1;
      }
      const is = mounts.some((m) => m.target === tryTo(() => process.files.realpath(path)));
      if (!run.has('q')) run.put(`${path} is ${is ? '' : 'not '}a mountpoint\n`);
      return is ? 0 : 32;
    }
    const root = process.credentials.euid === 0;
    if (called === 'umount') {
      if (operands.length === 0 && !run.has('a')) return run.wrongUse('bad usage');
      for (const path of operands) {
        const mount = mounts.find((m) => m.target === path || m.source === path);
        if (!mount) {
          await process.err(
            `umount: ${path}: ${tryTo(() => process.files.stat(path)) ? 'not mounted.' : 'no mount point specified.'}\n`,
          );
          run.status = 32;
        } else if (!root) {
          await process.err(`umount: ${path}: must be superuser to unmount.\n`);
          run.status = 32;
        } else if (!run.has('l')) {
          await process.err(`umount: ${path}: target is busy.\n`);
          run.status = 32;
        }
      }
      return undefined;
    }
    if (operands.length === 0 && !run.has('a')) {
      const types = run.value('t')?.split(',');
      for (const m of mounts)
        if (!types || types.includes(m.type)) run.put(`${m.source} on ${m.target} type ${m.type} (${m.options})\n`);
      return 0;
    }
    if (run.has('a')) return 0;
    if (!root) {
      await process.err(
        `mount: ${operands.at(-1)}: must be superuser to use mount.\n       dmesg(1) may have more information after failed mount system call.\n`,
      );
      return 32;
    }
    return mountOne(process, operands, run.value('o') ?? '', run.value('t'), run.has('B') || run.has('R'));
  },
});

/** Remounting and binding what is there works quietly; anything else fails as it does without such a device. */
async function mountOne(
  process: Process,
  operands: readonly string[],
  options: string,
  type: string | undefined,
  bind: boolean,
): Promise<number> {
  const [source, target] = operands.length > 1 ? [operands[0]!, operands[1]!] : [undefined, operands[0]!];
  const stat = (path: string) => tryTo(() => process.files.stat(path));
  const remount = options.split(',').includes('remount');
  const mounts = process.files.mounts();
  if (remount) {
    if (mounts.some((m) => m.target === target || m.source === target)) return 0;
    await process.err(
      `mount: ${target}: mount point not mounted or bad option.\n       dmesg(1) may have more information after failed mount system call.\n`,
    );
    return 32;
  }
  if (source === undefined) {
    if (mounts.some((m) => m.target === target)) {
      await process.err(
        `mount: ${target}: ${mounts.find((m) => m.target === target)!.source} already mounted on ${target}.\n       dmesg(1) may have more information after failed mount system call.\n`,
      );
      return 32;
    }
    await process.err(`mount: ${target}: can't find in /etc/fstab.\n`);
    return 1;
  }
  if (!stat(target)) {
    await process.err(
      `mount: ${target}: mount point does not exist.\n       dmesg(1) may have more information after failed mount system call.\n`,
    );
    return 32;
  }
  const virtual = ['tmpfs', 'proc', 'sysfs', 'devpts', 'ramfs', 'devtmpfs', 'cgroup2'].includes(type ?? '');
  if (!virtual && !stat(source)) {
    await process.err(
      `mount: ${target}: special device ${source} does not exist.\n       dmesg(1) may have more information after failed mount system call.\n`,
    );
    return 32;
  }
  if (virtual || bind || options.split(',').includes('bind')) {
    process.witness.gap('mount', type ?? 'bind');
    return 0;
  }
  await process.err(
    `mount: ${target}: wrong fs type, bad option, bad superblock on ${source}, missing codepage or helper program, or other error.\n       dmesg(1) may have more information after failed mount system call.\n`,
  );
  return 32;
}
