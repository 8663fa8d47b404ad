// Records what a real Linux answers to the calls of src/machine/fixtures/filesystem.json and writes the answers there.
// Needs root (it also calls as another user): node test/real/record-filesystem.ts
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Case {
  /** `root`, or `user`: uid and gid 65534 without groups. */
  who: 'root' | 'user';
  call: string;
  args: (string | number)[];
  /** What comes back, or the error number's name. */
  result?: unknown;
}

const fixture = join(import.meta.dirname, '../../src/machine/fixtures/filesystem.json');
const cases: Case[] = JSON.parse(fs.readFileSync(fixture, 'utf8'));
const root = fs.mkdtempSync(join(tmpdir(), 'record-'));
fs.chmodSync(root, 0o755);
process.umask(0);
const at = (path: string) => (path === '' ? '' : path.startsWith('/t') ? root + path.slice(2) : path);

const describe = (stat: fs.Stats) => ({
  type: stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : stat.isFIFO() ? 'fifo' : 'file',
  mode: (stat.mode & 0o7777).toString(8),
  links: stat.nlink,
  uid: stat.uid,
  gid: stat.gid,
  ...(stat.isFile() || stat.isSymbolicLink() ? { size: stat.size } : {}),
});
const FLAGS: Record<string, number> = {
  r: fs.constants.O_RDONLY,
  w: fs.constants.O_WRONLY,
  wct: fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_TRUNC,
  wcx: fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL,
  rd: fs.constants.O_RDONLY | fs.constants.O_DIRECTORY,
  rn: fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW,
};
const calls: Record<string, (...args: never[]) => unknown> = {
  mkdir: (path: string, mode: number) => fs.mkdirSync(at(path), { mode }),
  rmdir: (path: string) => fs.rmdirSync(at(path)),
  unlink: (path: string) => fs.unlinkSync(at(path)),
  rename: (from: string, to: string) => fs.renameSync(at(from), at(to)),
  link: (from: string, to: string) => fs.linkSync(at(from), at(to)),
  symlink: (target: string, path: string) => fs.symlinkSync(target, at(path)),
  readlink: (path: string) => fs.readlinkSync(at(path)),
  chmod: (path: string, mode: number) => fs.chmodSync(at(path), mode),
  chown: (path: string, uid: number, gid: number) => fs.chownSync(at(path), uid, gid),
  truncate: (path: string, size: number) => fs.truncateSync(at(path), size),
  stat: (path: string) => describe(fs.statSync(at(path))),
  lstat: (path: string) => describe(fs.lstatSync(at(path))),
  readdir: (path: string) => fs.readdirSync(at(path)).sort(),
  write: (path: string, flags: string, text: string, mode = 0o666) => {
    const file = fs.openSync(at(path), FLAGS[flags]!, mode);
    try {
      fs.writeSync(file, text);
    } finally {
      fs.closeSync(file);
    }
  },
  read: (path: string, flags: string) => {
    const file = fs.openSync(at(path), FLAGS[flags]!);
    try {
      return fs.fstatSync(file).isDirectory() ? 'directory' : fs.readFileSync(file, 'latin1');
    } finally {
      fs.closeSync(file);
    }
  },
};

for (const each of cases) {
  if (each.who === 'user') {
    process.setgroups!([]);
    process.setegid!(65534);
    process.seteuid!(65534);
  }
  try {
    each.result = calls[each.call]!(...(each.args as never[])) ?? null;
  } catch (error) {
    each.result = (error as NodeJS.ErrnoException).code;
  }
  process.seteuid!(0);
  process.setegid!(0);
}
fs.writeFileSync(fixture, `[\n${cases.map((each) => `  ${JSON.stringify(each)}`).join(',\n')}\n]\n`);
fs.rmSync(root, { recursive: true });
console.log(`${cases.length} answers of a real system in ${fixture}`);
