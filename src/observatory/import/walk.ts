// The files that an import is given, found in folders: each regular file once, in natural order of names.
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Found {
  path: string;
  bytes: number;
}

/**
 * Every regular file below the given paths, each once, in natural order of names within a folder. Links are followed,
 * circles are not.
 * @param problem told of what cannot be read
 */
export function findFiles(paths: readonly string[], problem: (path: string, reason: string) => void): Found[] {
  const found: Found[] = [];
  const seen = new Set<string>();
  const visit = (path: string) => {
    try {
      const real = realpathSync(path);
      if (seen.has(real)) return;
      seen.add(real);
      const stat = statSync(real);
      if (stat.isDirectory()) {
        const names = readdirSync(real).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
        for (const name of names) visit(join(path, name));
      } else if (stat.isFile()) found.push({ path, bytes: stat.size });
      else problem(path, 'neither file nor folder');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      // A dangling link of an old `dl/` folder names what is no longer there.
      if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return;
      problem(path, code === 'ENOENT' ? 'no such file or folder' : (error as Error).message);
    }
  };
  for (const path of paths) visit(path);
  return found;
}
