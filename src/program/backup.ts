// Names of backups, as cp, mv, ln and install make them before they overwrite (--backup, VERSION_CONTROL).
import type { Bytes } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import type { Invocation } from './program.ts';

/** `name~`, or `name.~7~` where --backup asks for numbers or there are numbered ones already. */
export function backupName(run: Invocation, path: Bytes): Bytes {
  const { files } = run.process;
  const kind = run.value('b') ?? run.process.environment.get('VERSION_CONTROL') ?? 'existing';
  const slash = path.lastIndexOf('/') + 1;
  const base = path.slice(slash);
  let last = 0;
  if (/^(numbered|t|existing|nil)$/.test(kind))
    for (const { name } of tryTo(() => files.readdir(path.slice(0, slash) || '.')) ?? [])
      if (name.startsWith(`${base}.~`))
        last = Math.max(last, Number(/^(\d+)~$/.exec(name.slice(base.length + 2))?.[1] ?? 0));
  if (last > 0 || kind === 'numbered' || kind === 't') return `${path}.~${last + 1}~`;
  return path + (run.value('S') ?? run.process.environment.get('SIMPLE_BACKUP_SUFFIX') ?? '~');
}
