// What goes into a backup: every file of the data directory as it is now, the store as a copy of one moment, each with its size fixed.
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError, FOLDERS, type LeftOut, pathOf, STORE } from './format.ts';

export interface Planned {
  /** In the backup. */
  name: string;
  /** On the disk. */
  path: string;
  /** Bytes that are taken: what is appended later is not. */
  bytes: number;
  mode: number;
  /** Milliseconds since the epoch. */
  mtime: number;
}

export interface Collected {
  files: Planned[];
  /** Paths below the data directory that are no files, or have a name that no backup can have. */
  passedOver: string[];
}

/** Written again in a moment, or of a process that runs. */
const PASSING = /^tmp-|\.tmp$|\.partial$|^keeper\.lock/;
const LIVE = /^cowrie\.(?:json|log)$/;

/**
 * Lists what there is. The journal comes first and in one look, so that a rotation meanwhile loses nothing; call it after the store's copy was made:
 * then it has at least what the store has read.
 * @param storeCopy a finished copy of the store, or undefined when there is none
 * @param outside files of elsewhere that take a place in the data directory which is free
 */
export function collect(
  dataDirectory: string,
  storeCopy: string | undefined,
  without: readonly LeftOut[],
  outside: readonly { name: string; path: string }[] = [],
): Collected {
  const collected: Collected = { files: [], passedOver: [] };
  for (const folder of FOLDERS) {
    if (folder === 'store') continue;
    if (folder === 'downloads' && without.includes('samples')) continue;
    if (folder === 'keys' && without.includes('keys')) continue;
    if (folder === 'log') journal(dataDirectory, collected);
    else walk(dataDirectory, folder, collected, without);
  }
  if (storeCopy !== undefined) collected.files.push(planned(STORE, storeCopy)!);
  const there = new Set(collected.files.map(({ name }) => name));
  for (const { name, path } of outside) {
    const file = there.has(name) ? undefined : planned(name, path);
    if (file) collected.files.push(file);
  }
  return collected;
}

function walk(root: string, below: string, collected: Collected, without: readonly LeftOut[]): void {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(join(root, below), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const relative = `${below}/${entry.name}`;
    if (PASSING.test(entry.name)) continue;
    // Who may look at the dashboard, and who is behind an alias, are secrets as the keys are.
    if (without.includes('keys') && /^state\/(?:web\.json|mask\.key)$/.test(relative)) continue;
    if (entry.isDirectory()) walk(root, relative, collected, without);
    else if (!entry.isFile() || !fits(`data/${relative}`)) collected.passedOver.push(relative);
    else {
      const file = planned(`data/${relative}`, join(root, relative));
      if (file) collected.files.push(file);
    }
  }
}

/** Rotation renames while we look: the live logs are the same before and after the list was made, or it is made again. */
function journal(root: string, collected: Collected): void {
  const inodes = () =>
    ['cowrie.json', 'cowrie.log'].map((name) => statSync(join(root, 'log', name), { throwIfNoEntry: false })?.ino);
  for (let tries = 0; ; tries++) {
    const before = inodes();
    const found: Collected = { files: [], passedOver: [] };
    walk(root, 'log', found, []);
    if (tries < 10 && inodes().join() !== before.join()) continue;
    for (const file of found.files) if (LIVE.test(file.name.slice('data/log/'.length))) file.bytes = wholeLines(file);
    collected.files.push(...found.files);
    collected.passedOver.push(...found.passedOver);
    return;
  }
}

function planned(name: string, path: string): Planned | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && { name, path, bytes: stat.size, mode: stat.mode & 0o777, mtime: stat.mtimeMs };
}

function fits(name: string): boolean {
  try {
    pathOf(name);
    return name.isWellFormed() && !name.includes('\ufffd');
  } catch (error) {
    if (error instanceof BackupError) return false;
    throw error;
  }
}

/** Bytes of a log up to its last newline. */
function wholeLines({ path, bytes }: Planned): number {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const chunk = Buffer.alloc(1 << 16);
    for (let end = Math.min(bytes, fstatSync(fd).size); end > 0; ) {
      const from = Math.max(0, end - chunk.length);
      const n = readSync(fd, chunk, 0, end - from, from);
      const lf = chunk.subarray(0, n).lastIndexOf(0x0a);
      if (lf >= 0) return from + lf + 1;
      end = from;
    }
    return 0;
  } finally {
    closeSync(fd);
  }
}

/** Configuration and userdb that lie elsewhere, under the names that a data directory has for them. */
export function outsiders(file: string | undefined, userdb: string): { name: string; path: string }[] {
  const found = [
    { name: 'data/etc/kansatsuki.toml', path: file ?? '' },
    { name: 'data/etc/userdb.txt', path: userdb },
  ];
  return found.filter(({ path }) => path !== '' && existsSync(path));
}
