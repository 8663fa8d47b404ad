// The bytes of a recording, by its name.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WebOptions } from '../options.ts';
import { Refusal } from '../route.ts';

type Where = Pick<WebOptions, 'store' | 'dataDirectory' | 'removals'>;

/**
 * Out of tty/, or from where an import found it.
 * @throws Refusal 410 for one that retention removed, 404 for one that is not there
 */
export async function readRecording(name: string, { store, dataDirectory, removals }: Where): Promise<Buffer> {
  for (const path of [join(dataDirectory, 'tty', name), store.attachment?.(name)])
    try {
      if (typeof path === 'string') return await readFile(path);
      if (path?.kind === 'tty') return await readFile(path.path);
    } catch {
      // Not here: look at the next place.
    }
  const removed = removals?.([name]).get(name);
  if (removed)
    throw new Refusal(
      410,
      `This recording was removed by retention on ${removed.at.slice(0, 10)} (${removed.reason}).`,
    );
  throw new Refusal(404, 'This recording is not kept here.');
}

export function isKept(name: string, { store, dataDirectory }: Where): boolean {
  if (existsSync(join(dataDirectory, 'tty', name))) return true;
  const imported = store.attachment?.(name);
  return imported?.kind === 'tty' && existsSync(imported.path);
}
