// Files that are made when they are looked at: /proc, /sys, /dev/pts.
import { hash } from './filler.ts';
import type { Bytes, FileType, OpenFile, OpenFlags, Stat } from './machine.ts';
import type { SysTree } from './persona.ts';

/** Whoever looks, as far as it matters: /proc/self. */
export interface Looker {
  readonly pid: number;
}

/** A virtual file, directory or link. */
export interface Virtual {
  readonly virtual: true;
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: number;
  /** Nothing can be made in it: EPERM, where others say ENOENT. */
  readonly readOnly?: boolean;
  lookup?(name: Bytes, by: Looker | undefined): Virtual | undefined;
  list?(by: Looker | undefined): Iterable<Bytes>;
  content?(by: Looker | undefined): Bytes;
  /** Takes what is written to it. */
  take?(data: Bytes): void;
  target?(by: Looker | undefined): Bytes;
  /** A link that leads to an open file and not to a name (/proc/PID/fd/N). */
  jump?(): { file: OpenFile } | undefined;
  open?(flags: OpenFlags, path: Bytes): OpenFile;
  stat(): Stat;
}

/** What all files of one virtual file system share. */
export interface VirtualSystem {
  /** st_dev. */
  device: number;
  /** Milliseconds: their times. */
  time(): number;
}

interface Options {
  mode?: number;
  uid?: number;
  gid?: number;
  size?: number;
  take?(data: Bytes): void;
  links?: number;
  /** In place of the file system's. */
  time?: number;
}

function base(system: VirtualSystem, type: FileType, path: Bytes, mode: number, options: Options) {
  const inode = 0xf000_0000 + (hash(path, system.device) & 0x0fff_ffff);
  const [uid, gid] = [options.uid ?? 0, options.gid ?? 0];
  const stat = (): Stat => {
    const time = options.time ?? system.time();
    return {
      device: system.device,
      inode,
      type,
      mode,
      links: options.links ?? (type === 'directory' ? 2 : 1),
      uid,
      gid,
      size: options.size ?? 0,
      blocks: 0,
      atime: time,
      mtime: time,
      ctime: time,
    };
  };
  return { virtual: true as const, type, mode, uid, gid, inode, readOnly: true, stat };
}

/** A file whose content is made at each opening. */
export function virtualFile(
  system: VirtualSystem,
  path: Bytes,
  content: (by: Looker | undefined) => Bytes,
  options: Options = {},
): Virtual {
  const file = base(system, 'file', path, options.mode ?? 0o444, options);
  return options.take ? { ...file, content, take: options.take } : { ...file, content };
}

/** A symbolic link whose target may depend on who looks. */
export function virtualLink(
  system: VirtualSystem,
  path: Bytes,
  target: (by: Looker | undefined) => Bytes,
  jump?: () => { file: OpenFile } | undefined,
  options: Options = {},
): Virtual {
  const link = base(system, 'symlink', path, options.mode ?? 0o777, options);
  return jump ? { ...link, target, jump } : { ...link, target };
}

/** A directory whose entries are found by name and listed. */
export function virtualDirectory(
  system: VirtualSystem,
  path: Bytes,
  lookup: (name: Bytes, by: Looker | undefined) => Virtual | undefined,
  list: (by: Looker | undefined) => Iterable<Bytes>,
  options: Options = {},
): Virtual {
  return { ...base(system, 'directory', path, options.mode ?? 0o555, options), lookup, list };
}

/** A directory that is made when somebody looks into it: most logins never do. */
export function lazyDirectory(system: VirtualSystem, path: Bytes, make: () => Virtual): Virtual {
  let made: Virtual | undefined;
  const directory = () => (made ??= make());
  return virtualDirectory(
    system,
    path,
    (name, by) => directory().lookup!(name, by),
    (by) => directory().list!(by),
  );
}

/** A tree in one object: strings and functions are files, `->` in front of a string makes a link, objects are directories. */
export type Tree = { [name: Bytes]: Tree | Bytes | (() => Bytes) | Virtual };

/** Makes the virtual directory of such a tree; files are made when they are looked up. */
export function virtualTree(system: VirtualSystem, path: Bytes, tree: Tree, options: Options = {}): Virtual {
  const make = (name: Bytes): Virtual | undefined => {
    if (!Object.hasOwn(tree, name)) return undefined;
    const value = tree[name]!;
    const full = `${path}/${name}`;
    if (typeof value === 'string')
      return value.startsWith('->')
        ? virtualLink(system, full, () => value.slice(2))
        : virtualFile(system, full, () => value, options.size ? { size: options.size } : {});
    if (typeof value === 'function')
      return virtualFile(system, full, value, options.size ? { size: options.size } : {});
    if ('virtual' in value && value.virtual === true) return value as Virtual;
    return virtualTree(system, full, value as Tree, options);
  };
  return virtualDirectory(system, path, make, () => Object.keys(tree), { ...options, size: 0 });
}

/** A tree with what a persona lays over it. */
export function joined(tree: Tree, over: SysTree): Tree {
  const all: Tree = { ...tree };
  for (const [name, value] of Object.entries(over)) {
    const below = tree[name];
    all[name] = typeof value === 'string' ? value : joined(typeof below === 'object' ? (below as Tree) : {}, value);
  }
  return all;
}
