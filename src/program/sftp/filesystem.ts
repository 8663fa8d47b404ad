// The file system that holds a path, as statvfs@openssh.com tells of it.
import type { Bytes, Process } from '../../machine/machine.ts';
import { u64 } from './codec.ts';

/** The body of statvfs' answer, for the file system that holds a path. */
export function fileSystem(process: Process, path: Bytes): Bytes {
  const real = process.files.realpath(path);
  const mount = process.files
    .mounts()
    .filter(({ target }) => target === '/' || real === target || real.startsWith(`${target}/`))
    .sort((a, b) => b.target.length - a.target.length)[0]!;
  const block = 4096;
  const blocks = (bytes: number) => u64(Math.floor(bytes / block));
  const options = mount.options.split(',');
  const identity =
    BigInt(`0x${process.machine.identity.machineId.slice(0, 16)}`) ^ BigInt(mount.target.length * 0x9e37_79b9);
  return [
    u64(block),
    u64(block),
    blocks(mount.size),
    blocks(mount.size - mount.used),
    blocks(mount.available),
    u64(mount.inodes),
    u64(mount.inodes - mount.inodesUsed),
    u64(mount.inodes - mount.inodesUsed),
    u64(identity),
    u64((options.includes('ro') ? 1 : 0) | (options.includes('nosuid') ? 2 : 0)),
    u64(255),
  ].join('');
}
