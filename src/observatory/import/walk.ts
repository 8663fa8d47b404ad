// The files that an import is given, found in folders, in natural order of names.
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Found {
  path: string;
  bytes: number;
}

/**
 * Every regular file below the given paths, one after another: of millions no list is made. Links are followed, circles
 * are not, and a folder that is reached twice is read once.
 * @param problem told of what cannot be read
 */
export function* findFiles(
  paths: readonly string[],
  problem: (path: string, reason: string) => void = () => {},
): Generator<Found> {
  const folders = new Set<string>();
  const names = new Intl.Collator('en', { numeric: true });
  const visit = function* (path: string): Generator<Found> {
    let inside: string[];
    try {
      const stat = statSync(path);
      if (stat.isFile()) return yield { path, bytes: stat.size };
      if (!stat.isDirectory()) return problem(path, 'neither file nor folder');
      const identity = `${stat.dev}:${stat.ino}`;
      if (folders.has(identity)) return;
      folders.add(identity);
      inside = readdirSync(path).sort(names.compare);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      // A dangling link of an old `dl/` folder names what is no longer there.
      if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return;
      return problem(path, code === 'ENOENT' ? 'no such file or folder' : (error as Error).message);
    }
    for (const name of inside) yield* visit(join(path, name));
  };
  for (const path of paths) yield* visit(path);
}
