// The truth of find's expression for one file.
import type { Bytes, Stat } from '../../machine/machine.ts';
import { baseName } from '../basename.ts';
import { tryTo } from '../failure.ts';
import { fnmatch } from '../fnmatch.ts';
import type { Invocation } from '../program.ts';
import type { Predicate } from './parse.ts';

/** A file being visited. */
export interface Visit {
  path: Bytes;
  /** The operand the walk began at. */
  start: Bytes;
  depth: number;
  stat: Stat;
  /** Set by -prune: do not descend. */
  prune: boolean;
}

const compare = (p: Predicate, value: number): boolean =>
  p.sign === 1 ? value > p.number! : p.sign === -1 ? value < p.number! : value === p.number;

/** Evaluates from left to right; `act` does the actions. */
export async function evaluate(
  run: Invocation,
  p: Predicate,
  visit: Visit,
  act: (p: Predicate, visit: Visit) => Promise<boolean>,
): Promise<boolean> {
  switch (p.name) {
    case 'and':
      return (await evaluate(run, p.left!, visit, act)) && evaluate(run, p.right!, visit, act);
    case 'or':
      return (await evaluate(run, p.left!, visit, act)) || evaluate(run, p.right!, visit, act);
    case 'not':
      return !(await evaluate(run, p.left!, visit, act));
    case 'list':
      await evaluate(run, p.left!, visit, act);
      return evaluate(run, p.right!, visit, act);
  }
  return test(run, p, visit) ?? act(p, visit);
}

/** A test's truth; undefined for an action. */
function test(run: Invocation, p: Predicate, { path, stat }: Visit): boolean | undefined {
  const { files, machine } = run.process;
  switch (p.name) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'name':
      return fnmatch(p.text, baseName(path), { ignoreCase: p.ignoreCase ?? false });
    case 'path':
      return fnmatch(p.text, path, { ignoreCase: p.ignoreCase ?? false });
    case 'lname':
      return (
        stat.type === 'symlink' &&
        fnmatch(p.text, tryTo(() => files.readlink(path)) ?? '', { ignoreCase: p.ignoreCase ?? false })
      );
    case 'regex':
      return p.pattern!.find(path, 0) !== undefined;
    case 'type':
      return p.types!.includes(stat.type);
    case 'used': {
      const days = Math.floor((stat.atime - stat.ctime) / 86_400_000);
      return p.sign === 0 ? days === p.number : p.sign! > 0 ? days > p.number! : days < p.number!;
    }
    case 'xtype':
      return p.types!.includes(
        stat.type === 'symlink' ? (tryTo(() => files.stat(path))?.type ?? 'symlink') : stat.type,
      );
    case 'size':
      return compare(p, Math.ceil(stat.size / p.unit!));
    case 'empty':
      if (stat.type === 'file') return stat.size === 0;
      return (
        stat.type === 'directory' &&
        (tryTo(() => files.readdir(path).filter((e) => e.name !== '.' && e.name !== '..').length) ?? 1) === 0
      );
    case 'links':
      return compare(p, stat.links);
    case 'inum':
      return compare(p, stat.inode);
    case 'uid':
      return compare(p, stat.uid);
    case 'gid':
      return compare(p, stat.gid);
    case 'nouser':
      return machine.accounts.byId(stat.uid) === undefined;
    case 'nogroup':
      return machine.accounts.groupById(stat.gid) === undefined;
    case 'age': {
      // An age is rounded down for days, up for minutes' exact match.
      const age = (p.at! - stat[p.time!]) / p.unit!;
      if (p.unit === 60_000)
        return p.sign === 1 ? age > p.number! : p.sign === -1 ? age < p.number! : Math.ceil(age) === p.number;
      return compare(p, Math.floor(age));
    }
    case 'newer':
      return stat[p.time!] > p.at!;
    case 'samefile':
      return stat.inode === p.reference!.inode && stat.device === p.reference!.device;
    case 'perm': {
      const { bits, match } = p.mode!;
      const mode = stat.mode & 0o7777;
      return match === 'exact'
        ? mode === bits
        : match === 'all'
          ? (mode & bits) === bits
          : bits === 0 || (mode & bits) !== 0;
    }
    case 'readable':
      return files.access(path, 4);
    case 'writable':
      return files.access(path, 2);
    case 'executable':
      return files.access(path, 1);
    default:
      return undefined;
  }
}
