// Recordings and artefacts found beside logs: kept in the data directory, under names that events call them by.
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { looksLikeTty } from '../../event/tty.ts';
import type { SqliteStore } from '../sqlite.ts';
import type { Opened } from './open.ts';

/** Folders of the data directory. */
export interface Keep {
  tty: string;
  downloads: string;
}

/** What became of a file: kept (or there already), or why not. */
export type Attached = { kind: 'tty' | 'download'; trouble?: string } | { kind: undefined; trouble: string };

const SHA256 = /^[0-9a-f]{64}$/;
/** What Kippo and the Cowrie of 2015 to 2018 named what was brought: by time and URL, or by session and path. */
const OLD_SAMPLE = /^(?:\d{14}_(?:https?|t?ftps?)___|\d{8}-\d{6}-[0-9A-Za-z]+-[^-]*-?(?:stdin\.log$|redir_|sftp_))/;
/** A file's name in the data directory, as the pages ask for it. */
const SAFE = /^[\w-][\w.-]{0,127}$/;
const LONGEST = 1 << 30;
/** Left free on the disk. */
const RESERVE = 256 << 20;

/** Whether a file of this name is what an attacker brought (or a recording): never looked into, whatever it holds. */
export const isSample = (name: string): boolean => SHA256.test(name) || OLD_SAMPLE.test(name);

/**
 * Keeps a recording or artefact, named by its content where it is an artefact, and notes by which name to find it.
 * Without `keep` only the place of a file that lies on the disk as it is.
 */
export async function attach(store: SqliteStore, file: Opened, keep: Keep | undefined): Promise<Attached> {
  const note = noteOf(store);
  const recording = looksLikeTty(file.head.bytes);
  if (keep === undefined) {
    const kind = recording ? 'tty' : 'download';
    if (file.boxed) return { kind: undefined, trouble: 'in an archive, and there is no data directory to keep it in' };
    note.run(file.name, kind, resolve(file.path), statSync(file.path).size);
    return { kind };
  }
  const kept = await keepBytes(file, keep.downloads);
  if (typeof kept === 'string') return { kind: undefined, trouble: kept };
  const { temporary, sha256, bytes } = kept;
  // An artefact may have the form of a recording; its name says which it is.
  if (recording && sha256 !== file.name) {
    if (!SAFE.test(file.name)) {
      rmSync(temporary);
      return { kind: undefined, trouble: 'a terminal recording whose name no event can have' };
    }
    const place = resolve(keep.tty, file.name);
    const there = statSync(place, { throwIfNoEntry: false })?.size;
    if (there === undefined) move(temporary, keep.tty, place);
    else rmSync(temporary);
    note.run(file.name, 'tty', place, there ?? bytes);
    return {
      kind: 'tty',
      ...(there !== undefined && there !== bytes ? { trouble: 'another recording of this name is kept already' } : {}),
    };
  }
  const place = resolve(keep.downloads, sha256);
  if (statSync(place, { throwIfNoEntry: false })?.size === bytes) rmSync(temporary);
  else move(temporary, keep.downloads, place);
  for (const name of new Set([sha256, file.name])) note.run(name, 'download', place, bytes);
  return {
    kind: 'download',
    ...(SHA256.test(file.name) && sha256 !== file.name
      ? { trouble: `its bytes are not what its name says; kept as ${sha256}` }
      : {}),
  };
}

const notes = new WeakMap<SqliteStore, StatementSync>();

/** Of many thousand files each is noted by the same statement, and nothing is written where the note is there. */
function noteOf(store: SqliteStore): StatementSync {
  let note = notes.get(store);
  if (!note) {
    note = store.database.prepare(
      `INSERT INTO attachment(name, kind, path, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET kind = excluded.kind, path = excluded.path, bytes = excluded.bytes
         WHERE kind <> excluded.kind OR path <> excluded.path OR bytes <> excluded.bytes`,
    );
    notes.set(store, note);
  }
  return note;
}

/**
 * Notes a file that is in the data directory already, by its name and size: of many thousands few are new when an import
 * is repeated, and those need not even be opened.
 */
export function attachKept(
  store: SqliteStore,
  { path, bytes }: { path: string; bytes: number },
  keep: Keep,
): 'tty' | 'download' | undefined {
  const name = basename(path);
  if (!SAFE.test(name)) return undefined;
  const places = [
    { kind: 'tty' as const, place: resolve(keep.tty, name) },
    ...(SHA256.test(name) ? [{ kind: 'download' as const, place: resolve(keep.downloads, name) }] : []),
  ];
  const found = places.find(({ place }) => statSync(place, { throwIfNoEntry: false })?.size === bytes);
  if (found) noteOf(store).run(name, found.kind, found.place, bytes);
  return found?.kind;
}

/** Copies a file into a folder under a name of its own; a sentence when that cannot be. */
async function keepBytes(
  file: Opened,
  folder: string,
): Promise<{ temporary: string; sha256: string; bytes: number } | string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `import-${randomBytes(8).toString('hex')}`);
  const hash = createHash('sha256');
  const fd = openSync(temporary, 'wx', 0o640);
  let bytes = 0;
  let whole = false;
  try {
    for await (const piece of file.bytes) {
      bytes += piece.length;
      if (bytes > LONGEST) return 'larger than 1 GiB: not kept';
      const { bavail, bsize } = statfsSync(folder);
      if (bavail * bsize < RESERVE + piece.length) return 'the disk is nearly full: not kept';
      hash.update(piece);
      for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
    }
    whole = true;
    return { temporary, sha256: hash.digest('hex'), bytes };
  } finally {
    closeSync(fd);
    if (!whole) rmSync(temporary, { force: true });
  }
}

/** To its place; as root it becomes the folder's owner's, who reads it. */
function move(temporary: string, folder: string, place: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(folder);
    chownSync(temporary, uid, gid);
  }
  renameSync(temporary, place);
}
