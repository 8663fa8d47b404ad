// Which recordings a person means: a file, the name of one that is kept, or a session.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { looksLikeTty } from '../../event/tty.ts';
import type { SqliteStore } from '../../observatory/sqlite.ts';
import type { SessionDetail, SessionEvent } from '../../observatory/store.ts';
import { Failure } from '../failure.ts';
import type { Setup } from '../options.ts';
import { findStore } from '../store.ts';

export interface FoundRecording {
  path: string;
  /** The last part of its path. */
  name: string;
  /** Of the session that it was found by: sizes of the terminal and commands. */
  events: readonly SessionEvent[];
  session?: { sensor: string; session: string; address: string };
}

/** More than any sensor keeps of one. */
const LARGEST = 256 << 20;
/** A recording's name in tty/, never a path. */
const NAME = /^[\w-][\w.-]{0,127}$/;

/** @throws Failure when there is none */
export async function findRecordings(what: string, found: Setup): Promise<FoundRecording[]> {
  if (existsSync(what) && !statSync(what).isDirectory()) return [{ path: what, name: nameOf(what), events: [] }];
  const { dataDirectory, texts } = found;
  const store = await findStore(found);
  try {
    const named = NAME.test(what) ? kept(what, dataDirectory, store) : undefined;
    if (named) return [{ path: named, name: what, events: [] }];
    const session = store && sessionOf(what, store);
    const unfinished = recordedNow(what, dataDirectory);
    if (!session && unfinished.length === 0) throw new Failure(texts.replayNone(what), 1);
    const found: FoundRecording[] = [];
    const missing: string[] = [];
    const whose = session && {
      events: session.events,
      session: { sensor: session.sensor, session: session.session, address: session.address },
    };
    for (const name of session?.recordings ?? []) {
      const path = kept(name, dataDirectory, store);
      if (path) found.push({ events: [], ...whose, path, name });
      else missing.push(name);
    }
    for (const path of unfinished)
      if (!found.some((other) => other.path === path)) found.push({ events: [], ...whose, path, name: nameOf(path) });
    if (found.length === 0)
      throw new Failure(missing.length > 0 ? texts.replayGone(missing[0]!) : texts.replayNoRecording(what), 1);
    return found;
  } finally {
    store?.close();
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Out of tty/, or from where an import found it. */
function kept(name: string, dataDirectory: string, store: SqliteStore | undefined): string | undefined {
  const path = join(dataDirectory, 'tty', name);
  if (NAME.test(name) && existsSync(path)) return path;
  const attachment = store?.attachment(name);
  return attachment?.kind === 'tty' && existsSync(attachment.path) ? attachment.path : undefined;
}

/** `SESSION`, `SENSOR/SESSION`, or the number that the pages have in their address. */
function sessionOf(what: string, store: SqliteStore): SessionDetail | undefined {
  const slash = what.lastIndexOf('/');
  if (slash > 0) return store.findSession(what.slice(slash + 1), what.slice(0, slash));
  return store.findSession(what) ?? (/^\d{6,16}$/.test(what) ? store.session(Number(what)) : undefined);
}

/** Recordings of a session that is still there, under their temporary names. */
function recordedNow(session: string, dataDirectory: string): string[] {
  const folder = join(dataDirectory, 'tty');
  const id = session.slice(session.lastIndexOf('/') + 1);
  if (!/^[0-9a-f]{8,12}$/.test(id) || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => new RegExp(`^\\d{8}-\\d{6}-${id}-\\d+[ie]\\.log$`).test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** The bytes of a recording, unpacked if they are gzip. @throws Failure when they are none */
export async function readRecording(path: string, texts: Setup['texts']): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > LARGEST) throw new Failure(texts.replayTooLarge(path, LARGEST >> 20), 1);
    const bytes = await file.readFile();
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = gzipped ? await promisify(gunzip)(bytes, { maxOutputLength: LARGEST }).catch(() => bytes) : bytes;
    if (plain.length > 0 && !looksLikeTty(plain)) throw new Failure(texts.replayWrong(path), 1);
    return plain;
  } finally {
    await file.close();
  }
}
