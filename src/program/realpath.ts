// realpath (GNU coreutils): absolute names without links.
import type { Bytes, Process } from '../machine/machine.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { quoteIfNeeded } from './quote.ts';

export const names = ['realpath'];

/** How much of a path must exist: all of it, all but the last component, nothing. */
export type Existing = 'all' | 'parents' | 'none';

/** The canonical name; throws SystemError where too much is missing. */
export function canonical(process: Process, path: Bytes, existing: Existing): Bytes {
  try {
    return process.files.realpath(path);
  } catch (error) {
    if (existing === 'all' || (errnoOf(error) !== 'ENOENT' && existing !== 'none')) throw error;
    const absolute = normalize(path.startsWith('/') ? path : `${process.cwd}/${path}`, false);
    // What is missing has no parent but the one its name says.
    const dots = /^(.*?)\/\.\.(\/.*|$)/.exec(absolute);
    if (existing === 'none' && dots) {
      const before = canonical(process, dots[1] || '/', 'none');
      return canonical(process, `${before.replace(/\/[^/]*$/, '')}${dots[2] || '/'}` || '/', 'none');
    }
    const slash = absolute.lastIndexOf('/');
    const parent = absolute.slice(0, slash) || '/';
    const name = absolute.slice(slash + 1);
    const stat = tryTo(() => process.files.stat(absolute, false));
    if (stat?.type === 'symlink') {
      const target = process.files.readlink(absolute);
      const next = target.startsWith('/') ? target : `${parent}/${target}`;
      if (next !== absolute) return canonical(process, next, existing);
    }
    if (parent === absolute) return absolute;
    const base = existing === 'none' ? canonical(process, parent, 'none') : process.files.realpath(parent);
    return base === '/' ? `/${name}` : `${base}/${name}`;
  }
}

/** Drops empty and `.` components, and resolves `..` by name when `dots` is set or nothing else can. */
export function normalize(path: Bytes, dots = true): Bytes {
  const parts: Bytes[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && (dots || parts.length === 0)) parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The path of `target` as seen from the directory of `link`. */
export function relativePath(process: Process, target: Bytes, link: Bytes): Bytes {
  const to = canonical(process, target, 'none');
  const from = canonical(process, link.includes('/') ? link.slice(0, link.lastIndexOf('/')) || '/' : '.', 'none');
  return relativeTo(to, from);
}

/** `path` relative to the directory `base`, both canonical. */
export function relativeTo(path: Bytes, base: Bytes): Bytes {
  const a = path.split('/').filter(Boolean);
  const b = base.split('/').filter(Boolean);
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return [...b.slice(same).map(() => '..'), ...a.slice(same)].join('/') || '.';
}

export const main = gnu({
  short: 'eLmPqsz',
  long: {
    'canonicalize-existing': 'e',
    'canonicalize-missing': 'm',
    logical: 'L',
    physical: 'P',
    quiet: 'q',
    'relative-to=': 'to',
    'relative-base=': 'base',
    strip: 's',
    'no-symlinks': 's',
    zero: 'z',
  },
  usage: '[OPTION]... FILE...',
  async run(run) {
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    const existing: Existing = run.has('e') || run.applet ? 'all' : run.has('m') ? 'none' : 'parents';
    const resolve = (path: Bytes) =>
      run.has('s')
        ? normalize(path.startsWith('/') ? path : `${run.process.cwd}/${path}`)
        : canonical(run.process, path, existing);
    const base = run.value('base') === undefined ? undefined : resolve(run.value('base')!);
    const to = run.value('to') === undefined ? base : resolve(run.value('to')!);
    for (const path of run.operands) {
      try {
        if (path === '') throw tryEmpty(run.process);
        let shown = resolve(path);
        if (to !== undefined && (base === undefined || `${shown}/`.startsWith(base === '/' ? '/' : `${base}/`)))
          shown = relativeTo(shown, to);
        run.put(shown + (run.has('z') ? '\0' : '\n'));
      } catch (error) {
        const words = reason(error);
        if (run.has('q')) run.status = 1;
        else await run.warn(`${quoteIfNeeded(path)}: ${words}`);
      }
    }
    return undefined;
  },
});

/** An empty name is no file: the error the system gives for it. */
function tryEmpty(process: Process): unknown {
  try {
    process.files.stat('');
    return undefined;
  } catch (error) {
    return error;
  }
}
