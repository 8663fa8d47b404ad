// cp (GNU coreutils): copies files and directories.
import type { Bytes, Stat } from '../machine/machine.ts';
import { backupName } from './backup.ts';
import { baseName } from './basename.ts';
import { BACKUPS, chosen, type Words } from './choice.ts';
import { confirm } from './confirm.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { gnu, type Invocation } from './program.ts';
import { quoteAlways, quoteIfNeeded } from './quote.ts';
import { copyContents, DEEPEST, join, type Kept, keep, namesIn } from './tree.ts';

export const names = ['cp'];

export const main = gnu({
  short: 'abdfHilLnprst:uvxPRS:TZ',
  long: {
    archive: 'a',
    'attributes-only': 'attributes-only',
    'backup=?': 'b',
    'copy-contents': 'copy-contents',
    force: 'f',
    interactive: 'i',
    link: 'l',
    dereference: 'L',
    'no-clobber': 'n',
    'no-dereference': 'P',
    'preserve=?': 'preserve',
    'no-preserve=': 'no-preserve',
    parents: 'parents',
    recursive: 'r',
    'reflink=?': 'reflink',
    'remove-destination': 'remove-destination',
    'sparse=': 'sparse',
    'strip-trailing-slashes': 'strip',
    'symbolic-link': 's',
    'suffix=': 'S',
    'target-directory=': 't',
    'no-target-directory': 'T',
    update: 'u',
    verbose: 'v',
    'one-file-system': 'x',
    'context=?': 'Z',
  },
  words: {
    b: BACKUPS,
    sparse: { name: '--sparse', groups: ['never', 'auto', 'always'] },
    reflink: { name: '--reflink', groups: ['auto', 'always', 'never'] },
  },
  usage: '[OPTION]... [-T] SOURCE DEST',
  async run(run) {
    for (const word of run.values('preserve').flatMap((list) => (list === '' ? [] : list.split(','))))
      chosen(run.process, PRESERVED, word);
    for (const word of run.values('no-preserve').flatMap((list) => list.split(',')))
      chosen(run.process, { ...PRESERVED, name: '--no-preserve' }, word);
    const copier = new Copier(run);
    const { sources, target, into } = await destination(run);
    if (run.has('parents') && !into) return run.wrongUse('with --parents, the destination must be a directory');
    for (const source of sources) {
      let to = target;
      if (into) {
        if (run.has('parents')) {
          to = join(target, source.replace(/\/+$/, ''));
          await copier.parents(target, source);
        } else to = join(target, baseName(source) === '/' ? '' : baseName(source));
      }
      await copier.copy(source, to, 0, tryTo(() => run.process.files.stat(to)) === undefined);
      await run.drain();
    }
    return undefined;
  },
});

const PRESERVED: Words = {
  name: '--preserve',
  groups: ['mode', 'timestamps', 'ownership', 'links', 'context', 'xattr', 'all'],
};

/** The sources and the destination of cp, mv, ln and install; wrong use in coreutils' words. */
export async function destination(run: Invocation): Promise<{ sources: Bytes[]; target: Bytes; into: boolean }> {
  const { operands, process } = run;
  const given = run.value('t');
  const isDirectory = (path: Bytes) => tryTo(() => process.files.stat(path))?.type === 'directory';
  if (operands.length === 0) return run.wrongUse('missing file operand');
  if (given !== undefined) {
    if (run.has('T')) return run.fail('cannot combine --target-directory (-t) and --no-target-directory (-T)');
    let stat: Stat;
    try {
      stat = process.files.stat(given);
    } catch (error) {
      return run.fail(`target directory ${quoteAlways(given)}: ${reason(error)}`);
    }
    if (stat.type !== 'directory') return run.fail(`target directory ${quoteAlways(given)}: Not a directory`);
    return { sources: operands, target: given, into: true };
  }
  if (operands.length === 1) return run.wrongUse(`missing destination file operand after ${quoteAlways(operands[0]!)}`);
  const sources = operands.slice(0, -1);
  const target = operands.at(-1)!;
  if (run.has('T')) {
    if (operands.length > 2) return run.wrongUse(`extra operand ${quoteAlways(operands[2]!)}`);
    return { sources, target, into: false };
  }
  const into = isDirectory(target);
  if (!into && sources.length > 1) {
    const why = tryTo(() => process.files.stat(target)) ? 'Not a directory' : 'No such file or directory';
    // BusyBox fails at each of them.
    if (run.applet) return { sources, target, into: true };
    return run.fail(`target ${quoteAlways(target)}: ${why}`);
  }
  return { sources, target, into };
}

/** Copies one operand after another; mv uses it across file systems. */
export class Copier {
  readonly #run: Invocation;
  readonly #kept: Kept;
  readonly #recursive: boolean;
  readonly #follow: 'never' | 'operands' | 'always';
  readonly #copied = new Map<number, Bytes>();

  constructor(run: Invocation, archive = run.has('a')) {
    this.#run = run;
    const lists = run
      .values('preserve')
      .map((v) => v || 'mode,ownership,timestamps')
      .join(',');
    const all = archive || run.has('p') || lists.includes('all');
    const not = run.values('no-preserve').join(',');
    const keeps = (word: string) => (all || lists.includes(word)) && !not.includes(word);
    this.#kept = { mode: keeps('mode'), owner: keeps('ownership'), times: keeps('timestamps') };
    this.#recursive = archive || run.has('r') || run.has('R');
    const choice = run.options.findLast(([k]) => 'HLPda'.includes(k) && k.length === 1)?.[0];
    this.#follow =
      choice === 'L' ? 'always' : choice === 'H' ? 'operands' : choice || this.#recursive ? 'never' : 'always';
  }

  /** `--parents`: the directories of the source below the target. */
  async parents(target: Bytes, source: Bytes): Promise<void> {
    const { files } = this.#run.process;
    const parts = source.replace(/\/+$/, '').split('/').slice(0, -1).filter(Boolean);
    let path = target;
    for (const part of parts) {
      path = join(path, part);
      if (!tryTo(() => files.stat(path))) tryTo(() => files.mkdir(path, 0o777));
    }
  }

  async copy(from: Bytes, to: Bytes, depth: number, fresh: boolean): Promise<boolean> {
    const run = this.#run;
    const { files } = run.process;
    const turn = run.process.step(6);
    if (turn) await turn;
    const follow = this.#follow === 'always' || (this.#follow === 'operands' && depth === 0);
    let stat: Stat;
    try {
      stat = files.stat(from, follow);
    } catch (error) {
      await run.warn(`cannot stat ${quoteAlways(from)}: ${reason(error)}`);
      return false;
    }
    if (stat.type === 'directory') return this.#directory(from, to, stat, depth);
    let old = tryTo(() => files.stat(to, false));
    if (old && !fresh) {
      const there = tryTo(() => files.stat(to));
      if (there?.type === 'directory' && (old.type === 'directory' || depth > 0)) {
        await run.warn(`cannot overwrite directory ${quoteAlways(to)} with non-directory`);
        return false;
      }
      if (there && there.inode === stat.inode && there.device === stat.device && !run.has('remove-destination')) {
        await run.warn(`${quoteAlways(from)} and ${quoteAlways(to)} are the same file`);
        return false;
      }
    }
    if (old) {
      const mood = run.options.findLast(([k]) => k === 'i' || k === 'n')?.[0];
      if (mood === 'n') return true;
      if (run.has('u') && old.mtime >= stat.mtime) return true;
      if (mood === 'i' && !(await confirm(run, `overwrite ${quoteAlways(to)}? `))) return false;
      if (run.has('b') || run.has('S')) {
        tryTo(() => files.rename(to, backupName(run, to)));
        old = undefined;
      } else if (run.has('remove-destination') || (run.has('s') && run.has('f')) || stat.type === 'symlink') {
        if (!(await run.attempt(`cannot remove ${quoteAlways(to)}`, () => files.unlink(to)))) return false;
        old = undefined;
      }
    }
    if (/.\/+$/.test(to) && !old) {
      await run.warn(`cannot create regular file ${quoteAlways(to)}: Not a directory`);
      return false;
    }
    try {
      const twin = this.#kept.mode && this.#kept.owner && stat.links > 1 ? this.#copied.get(stat.inode) : undefined;
      if (run.has('s') && !from.startsWith('/') && to.replace(/^(\.\/)+/, '').includes('/')) {
        await run.warn(`${quoteIfNeeded(to)}: can make relative symbolic links only in current directory`);
        return false;
      }
      if (run.has('s')) files.symlink(from, to);
      else if (run.has('l')) files.link(from, to);
      else if (twin !== undefined) files.link(twin, to);
      else if (stat.type === 'symlink') files.symlink(files.readlink(from), to);
      else if (stat.type !== 'file' && this.#recursive && !run.has('copy-contents'))
        files.mknod(to, stat.mode, stat.type, stat.rdev);
      else if (!(await this.#contents(from, to, stat, old))) return false;
      if (stat.links > 1) this.#copied.set(stat.inode, to);
    } catch (error) {
      const what = run.has('s')
        ? 'symbolic link'
        : run.has('l')
          ? 'hard link'
          : stat.type === 'symlink'
            ? 'symbolic link'
            : 'special file';
      const words = run.has('l') ? `${quoteAlways(to)} to ${quoteAlways(from)}` : quoteAlways(to);
      await run.warn(`cannot create ${what} ${words}: ${reason(error)}`);
      return false;
    }
    if (!run.has('s') && !run.has('l')) await keep(run, to, stat, this.#kept);
    if (run.has('v')) run.put(`${quoteAlways(from)} -> ${quoteAlways(to)}\n`);
    return true;
  }

  async #contents(from: Bytes, to: Bytes, stat: Stat, old: Stat | undefined): Promise<boolean> {
    const run = this.#run;
    const { files } = run.process;
    if (old?.type === 'symlink' && !tryTo(() => files.stat(to))) {
      await run.warn(`not writing through dangling symlink ${quoteAlways(to)}`);
      return false;
    }
    if (!files.access(from, 4)) {
      await run.warn(`cannot open ${quoteAlways(from)} for reading: Permission denied`);
      return false;
    }
    try {
      await copyContents(run, from, to, stat.mode & 0o777);
    } catch (error) {
      const errno = errnoOf(error);
      if (old && run.has('f') && ['EACCES', 'ETXTBSY', 'EPERM'].includes(errno)) {
        if (!(await run.attempt(`cannot remove ${quoteAlways(to)}`, () => files.unlink(to)))) return false;
        await copyContents(run, from, to, stat.mode & 0o777);
        return true;
      }
      if (errno === 'ENOSPC' || errno === 'EFBIG') await run.warn(`error writing ${quoteAlways(to)}: ${reason(error)}`);
      else await run.warn(`cannot create regular file ${quoteAlways(to)}: ${reason(error)}`);
      return false;
    }
    return true;
  }

  async #directory(from: Bytes, to: Bytes, stat: Stat, depth: number): Promise<boolean> {
    const run = this.#run;
    const { files } = run.process;
    if (!this.#recursive) {
      await run.warn(`-r not specified; omitting directory ${quoteAlways(from)}`);
      return false;
    }
    if (depth > DEEPEST) return false;
    const old = tryTo(() => files.stat(to));
    if (old && old.type !== 'directory') {
      await run.warn(`cannot overwrite non-directory ${quoteAlways(to)} with directory ${quoteAlways(from)}`);
      return false;
    }
    if (depth === 0) {
      const [source, parent] = [
        tryTo(() => files.realpath(from)),
        tryTo(() => files.realpath(to.replace(/\/*[^/]*\/*$/, '') || (to.startsWith('/') ? '/' : '.'))),
      ];
      const inside = (path: Bytes | undefined) =>
        path !== undefined && source !== undefined && `${path}/`.startsWith(`${source}/`);
      if (inside(parent) || (old && inside(tryTo(() => files.realpath(to))))) {
        if (old && tryTo(() => files.realpath(to)) === source)
          await run.warn(`${quoteAlways(from)} and ${quoteAlways(to)} are the same file`);
        else await run.warn(`cannot copy a directory, ${quoteAlways(from)}, into itself, ${quoteAlways(to)}`);
        return false;
      }
    }
    if (!old) {
      if (
        !(await run.attempt(`cannot create directory ${quoteAlways(to)}`, () =>
          files.mkdir(to, (stat.mode & 0o777) | 0o700),
        ))
      )
        return false;
      if (run.has('v')) run.put(`${quoteAlways(from)} -> ${quoteAlways(to)}\n`);
    }
    let names: Bytes[];
    try {
      names = namesIn(run, from);
    } catch (error) {
      await run.warn(`cannot access ${quoteAlways(from)}: ${reason(error)}`);
      return false;
    }
    for (const name of names) {
      await this.copy(join(from, name), join(to, name), depth + 1, !old);
      await run.drain();
    }
    if (!old && !this.#kept.mode) tryTo(() => files.chmod(to, stat.mode & 0o777 & ~run.process.umask));
    await keep(run, to, stat, this.#kept);
    return true;
  }
}
