// Applets that would change the kernel or its mounts: they fail as they do without the right file, name or device.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes, Main, Process } from '../../machine/machine.ts';
import { Failure, reason, tryTo } from '../failure.ts';
import { main as mountProgram } from '../mount.ts';

const needsRoot = (process: Process): void => {
  if (process.credentials.euid !== 0) throw new Failure('Operation not permitted');
};

/** insmod FILE: without one it says so; one that is there is no module of this kernel. */
export const insmod: Main = (process) => {
  const [file = ''] = process.argv.slice(1);
  const text = tryTo(() => process.readFile(file));
  if (text === undefined) throw new Failure(`can't insert '${file}': No such file or directory`, 254);
  needsRoot(process);
  throw new Failure(`can't insert '${file}': invalid module format`);
};

export const rmmod: Main = (process) => {
  const [name = ''] = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  const loaded = process.machine.persona.facts.modules.some((module) => module.name === name);
  const why =
    process.credentials.euid !== 0
      ? 'Operation not permitted'
      : loaded
        ? 'Resource temporarily unavailable'
        : 'No such file or directory';
  throw new Failure(`can't unload module '${name}': ${why}`);
};

export const modprobe: Main = async (process) => {
  const [name] = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  const folder = process.machine.identity.kernelRelease;
  if (!tryTo(() => process.files.stat(`/lib/modules/${folder}`)))
    throw new Failure(`can't change directory to '${folder}': No such file or directory`);
  if (name === undefined || process.machine.persona.facts.modules.some((module) => module.name === name)) return 0;
  throw new Failure(`module ${name} not found in modules.dep`);
};

/** mount: lists; what it is told to mount it has no device or place for. */
export const mount: Main = async (process) => {
  const words = operands(process.argv.slice(1), 'tTOo');
  if (words.length === 0) return mountProgram(process);
  const [source = '', target] = words;
  const { files } = process;
  if (target === undefined) {
    const remount =
      files.mounts().some((m) => m.target === source) && process.argv.some((word) => word.includes('remount'));
    if (remount && process.credentials.euid === 0) return 0;
    throw new Failure(`can't find ${source} in /etc/fstab`);
  }
  if (process.credentials.euid !== 0) throw new Failure('permission denied (are you root?)');
  if (process.argv.some((word) => /\bremount\b/.test(word))) return 0;
  const missing = !tryTo(() => files.stat(target));
  const virtual =
    /^(proc|sysfs|tmpfs|devtmpfs|devpts|none|udev|cgroup2?|debugfs)$/.test(source) || process.argv.includes('-t');
  if (missing || (!virtual && !tryTo(() => files.stat(source))))
    throw new Failure(`mounting ${source} on ${target} failed: No such file or directory`, 255);
  if (virtual) return 0;
  throw new Failure(
    `mounting ${source} on ${target} failed: ${blockLike(process, source) ? 'Invalid argument' : 'Block device required'}`,
    255,
  );
};

const blockLike = (process: Process, path: Bytes): boolean => tryTo(() => process.files.stat(path))?.type === 'block';

export const umount: Main = async (process) => {
  const { files, credentials } = process;
  let status = 0;
  for (const path of operands(process.argv.slice(1), 'tO')) {
    const mounted = files.mounts().some((m) => m.target === path || m.source === path);
    let why = strerror(credentials.euid !== 0 ? 'EPERM' : mounted ? 'EBUSY' : 'EINVAL');
    try {
      files.stat(path);
    } catch (error) {
      why = reason(error);
    }
    await process.err(`umount: can't unmount ${path}: ${why}\n`);
    status = 1;
  }
  return status;
};

/** What is left when options, and the values of those in `taking`, are taken away. */
function operands(args: readonly Bytes[], taking: string): Bytes[] {
  const words: Bytes[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (!word.startsWith('-') || word === '-') words.push(word);
    else if (word.length === 2 && taking.includes(word[1]!)) i++;
  }
  return words;
}

/** swapon, fdisk and others that begin with opening a device. */
export const opensDevice: Main = (process) => {
  const [path = ''] = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  try {
    process.files.stat(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new Failure(`can't open '${path}'`);
  }
  return 0;
};
