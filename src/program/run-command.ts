// Starting another program by name, as execvp(3) does, and waiting for it: env, nohup, timeout, xargs, find, watch …
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Ending, Process, SpawnChanges } from '../machine/machine.ts';
import { SIGNALS as LINUX_SIGNALS } from '../machine/signal.ts';
import { errnoOf, tryTo } from './failure.ts';

/** The path execvp would run; throws ENOENT or EACCES. */
export function findCommand(
  process: Process,
  name: Bytes,
  path = process.environment.get('PATH') ?? '/bin:/usr/bin',
): Bytes {
  if (name.includes('/')) return name;
  let denied = false;
  for (const directory of path.split(':')) {
    const full = `${directory || '.'}/${name}`;
    const stat = tryTo(() => process.files.stat(full));
    if (stat?.type !== 'file') continue;
    if (process.files.access(full, 1)) return full;
    denied = true;
  }
  throw new SystemError(denied ? 'EACCES' : 'ENOENT');
}

/** Starts a program by name; a file that is no binary is given to /bin/sh, as execvp does. Throws SystemError. */
export function startCommand(process: Process, argv: readonly Bytes[], changes: SpawnChanges = {}): Process {
  const path = findCommand(process, argv[0]!, (changes.environment ?? process.environment).get('PATH'));
  try {
    return process.exec(path, [...argv], changes);
  } catch (error) {
    if (errnoOf(error) !== 'ENOEXEC') throw error;
    return process.exec('/bin/sh', ['/bin/sh', path, ...argv.slice(1)], changes);
  }
}

/** Runs a program to its end: its exit status, or 128 and the signal's number. */
export async function runCommand(
  process: Process,
  argv: readonly Bytes[],
  changes: SpawnChanges = {},
): Promise<number> {
  const child = startCommand(process, argv, changes);
  const done = await process.waitFor(child);
  return statusOf(done?.ending ?? { code: 0 });
}

/** A wait status as a shell shows it. */
export function statusOf(ending: Ending): number {
  return 'code' in ending ? ending.code : 128 + SIGNALS.indexOf(ending.signal);
}

/** Signals by number as kill names them: 0 is 'EXIT'. */
export const SIGNALS: readonly string[] = ['EXIT', ...(LINUX_SIGNALS.slice(1) as string[])];

/** A signal's name without SIG from a name or number; undefined if there is none. '0' gives 'EXIT'. */
export function signalName(text: Bytes): string | undefined {
  if (/^\d+$/.test(text)) return SIGNALS[Number(text) > 128 ? Number(text) - 128 : Number(text)];
  const name = text.toUpperCase().replace(/^SIG/, '');
  const alias: Record<string, string> = { POLL: 'IO', IOT: 'ABRT', CLD: 'CHLD' };
  const known = alias[name] ?? name;
  return SIGNALS.includes(known) ? known : undefined;
}
