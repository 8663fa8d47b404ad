// File name expansion: the paths that match a pattern, sorted, with dotglob, globstar, nocaseglob and GLOBIGNORE.
import type { Bytes } from '../machine/machine.ts';
import { MOST_WORDS } from './fields.ts';
import type { Interpreter } from './interpreter.ts';
import { isPattern, matches } from './pattern.ts';

const byBytes = (a: Bytes, b: Bytes) => (a < b ? -1 : a > b ? 1 : 0);

/** Path names that match, sorted. */
export async function fileNames(shell: Interpreter, pattern: Bytes): Promise<Bytes[]> {
  const { process, options, dialect } = shell;
  const extended = dialect === 'bash' && options.has('extglob');
  const ignored = dialect === 'bash' ? shell.variables.get('GLOBIGNORE') : undefined;
  const hidden = options.has('dotglob') || (ignored !== undefined && ignored !== '');
  const isDirectory = (path: Bytes): boolean => {
    try {
      return process.files.stat(path).type === 'directory';
    } catch {
      return false;
    }
  };
  const exists = (path: Bytes): boolean => {
    try {
      process.files.stat(path, false);
      return true;
    } catch {
      return false;
    }
  };
  let looked = 0;
  const entries = async (path: Bytes): Promise<readonly { name: Bytes; type: string }[]> => {
    let found: readonly { name: Bytes; type: string }[];
    try {
      found = process.files.readdir(path === '' ? '.' : path);
    } catch {
      return [];
    }
    looked += found.length;
    const turn = process.step(1 + (found.length >> 2));
    if (turn) await turn;
    return looked > MOST_WORDS ? [] : found;
  };
  const join = (path: Bytes, name: Bytes) => (path === '' || path.endsWith('/') ? path + name : `${path}/${name}`);
  /** A directory and all below it; with `files`, what is no directory too. Symbolic links are not followed. */
  const below = async (path: Bytes, files: boolean): Promise<Bytes[]> => {
    const out: Bytes[] = [];
    for (const { name, type } of [...(await entries(path))].sort((a, b) => byBytes(a.name, b.name))) {
      if (name === '.' || name === '..' || (name.startsWith('.') && !hidden)) continue;
      const to = join(path, name);
      if (files || type === 'directory') out.push(to);
      if (type === 'directory') out.push(...(await below(to, files)));
    }
    return out;
  };
  // Several slashes stay as written; they are one separator.
  const components = pattern.split(/(?<=[^/])\/+|^\/+/);
  const absolute = /^\/+/.exec(pattern)?.[0];
  if (absolute) components.shift();
  let paths: Bytes[] = [absolute ?? ''];
  for (const [depth, component] of components.entries()) {
    const last = depth === components.length - 1;
    const next: Bytes[] = [];
    for (const path of paths) {
      if (component === '') {
        if (isDirectory(path)) next.push(path.endsWith('/') ? path : `${path}/`);
        continue;
      }
      if (component === '**' && options.has('globstar')) {
        // Without a name behind it the directory itself is one of the files.
        if (path !== '' && last) next.push(`${path}/`);
        else next.push(path);
        next.push(...(await below(path, last)));
        continue;
      }
      if (!isPattern(component, extended)) {
        const to = join(path, component.replace(/\\(.)/gs, '$1'));
        if (last ? exists(to) : isDirectory(to)) next.push(to);
        continue;
      }
      const shown = component.startsWith('.') || component.startsWith('\\.');
      for (const { name, type } of await entries(path)) {
        if (name.startsWith('.') && !shown && (!hidden || name === '.' || name === '..')) continue;
        // globskipdots: bash 5.2 never matches . and ..
        if ((name === '.' || name === '..') && dialect === 'bash' && !options.has('no:globskipdots')) continue;
        if (!matches(component, name, extended, options.has('nocaseglob'))) continue;
        const to = join(path, name);
        if (!last && type !== 'directory' && !(type === 'symlink' && isDirectory(to))) continue;
        next.push(to);
      }
    }
    paths = next;
  }
  paths = paths.filter((path) => path !== '').sort(byBytes);
  if (ignored) {
    const patterns = ignored.split(/(?<!\\):/);
    paths = paths.filter((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      return name !== '.' && name !== '..' && !patterns.some((ignore) => matches(ignore, path, extended));
    });
  }
  return paths;
}
