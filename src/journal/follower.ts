// Follows the logs of a folder while others write, rotate, cut, compress and delete them: every line once, from an exact position.
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { HEAD, headHash, type Position, reaches, readAt, stateOf, wholeHeadHash } from './identity.ts';
import { isLiveName, isLogName, isPacked, layouts } from './logname.ts';
import { PackedLog } from './packedlog.ts';
import { PlainLog } from './plainlog.ts';

/** Whole lines of one log, and how far it is read after them. */
export interface Chunk extends Position {
  path: string;
  /** Bytes of the log that are known of; of a compressed one, what was unpacked. */
  size: number;
  /** The file's state, when all of it is read. */
  state: string | undefined;
  /** Whether the log is the one that grows. */
  live: boolean;
  lines: Buffer;
  /** Lines before these that were too long to be events. */
  skipped: number;
}

/** What was read in earlier lives. */
export interface Memory {
  /** How far logs were read whose first line has this hash. */
  positions(head: string): Position[];
  /** Whether a file in this state was read to its end. */
  finished(state: string): boolean;
}

export interface FollowerOptions {
  memory: Memory;
  /** The content of a compressed file. */
  unpack: (path: string) => Readable;
  /** Look for logs in the folders that T-Pot and Cowrie keep below theirs, too. */
  layouts?: boolean;
  /** A sentence for the operator: something cannot be read. Said once, until it can be. */
  onTrouble?: (sentence: string) => void;
  /** Milliseconds that only go forward. */
  monotonic?: () => number;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** Milliseconds after a change of a folder when it is read again: its time stamp may be too coarse to tell two changes apart. */
const AFTERWARDS = 1_000;
/** The folder is read again after this time, whatever its time stamp says. */
const RESCAN = 30_000;
/** A file that did not change for this long is not being copied or written anew. */
const SETTLED = 3_000;
const LIVE_SETTLED = 500;
/** A last line without an end, that is a whole event, is taken after this time. */
const WHOLE_FRAGMENT = 1_000;
/** Any other, of a rotated log. */
const ROTATED_FRAGMENT = 600_000;
/** A rotated file stays open for this time after its last change, and is looked at as often as those that grow. */
const WARM = 600_000;
/** While there is much to read, the folder is looked at this often. */
const PACE = 100;
/** A deleted file may still be written for this time after its last change. */
const GONE = 60_000;
/** Open files beside those that grow. */
const OPEN = 64;

interface File {
  path: string;
  /** Device and inode: the same file under another name. */
  key: string;
  live: boolean;
  stat: BigIntStats;
  /** When it was last seen to have changed. */
  changed: number;
  /** `new`: not looked into; `unread`: may have lines; `read`: nothing new until it changes; `alien`: no log. */
  look: 'new' | 'unread' | 'read' | 'alien';
  plain: PlainLog | undefined;
  packed: PackedLog | undefined;
  /** What is stored of it. */
  accepted: Position | undefined;
  /** Given out and not accepted. */
  pending: Position | undefined;
  /** Positions that a compressed log turned out not to have. */
  wrong: string[];
  /** When looking into it makes sense again. */
  notBefore: number;
  /** In no folder any more: read to its end, and soon forgotten. */
  gone: boolean;
}

export class Follower {
  readonly #root: string;
  readonly #options: Required<FollowerOptions>;
  #files = new Map<string, File>();
  /** Files that may have something new, the oldest first; undefined when that has to be found out anew. */
  #queue: File[] | undefined;
  #opened = 0;
  #looked = Number.NEGATIVE_INFINITY;
  /** Time stamps of the folders when they were last read, and when that was. */
  #folders = new Map<string, { stamp: string; at: number; again: boolean }>();
  #troubles = new Map<string, string>();

  /**
   * @param path a folder, which may not exist yet, or one log in it. Rotated logs beside it are read, too
   */
  constructor(path: string, options: FollowerOptions) {
    this.#root = path;
    this.#options = {
      layouts: false,
      onTrouble: () => {},
      monotonic: () => performance.now(),
      now: Date.now,
      ...options,
    };
  }

  /** True while something is being unpacked or looked through: call `next` again soon, though it gave nothing. */
  get busy(): boolean {
    for (const { packed, plain } of this.#files.values())
      if ((packed && !packed.done && !packed.wrong) || plain?.busy) return true;
    return false;
  }

  /** Folders that are there, and may change. */
  get folders(): string[] {
    return [...this.#folders.keys()];
  }

  /**
   * The next whole lines, usually at most 256 KiB, oldest log first; undefined when there is nothing new. Nothing is
   * said twice: `accept` what was stored, or go back with `rewind`.
   */
  next(): Chunk | undefined {
    // What is known to be unread comes before looking for more.
    const chunk = this.#options.monotonic() - this.#looked < PACE ? this.#read() : undefined;
    if (chunk) return chunk;
    this.#look();
    return this.#read();
  }

  #read(): Chunk | undefined {
    this.#queue ??= [...this.#files.values()].filter(isUnread).sort(byAge);
    const now = this.#options.monotonic();
    let unpacking = false;
    let read = 0;
    let chunk: Chunk | undefined;
    for (const [i, file] of this.#queue.entries()) {
      if (file.notBefore > now) continue;
      // One is unpacked at a time.
      if (file.look === 'new' && !(unpacking && !file.live)) this.#open(file);
      if (file.look === 'unread') {
        if (!file.packed || !unpacking) chunk = file.packed ? this.#readPacked(file) : this.#readPlain(file);
        unpacking ||= file.packed !== undefined;
      }
      if (read === i && !isUnread(file)) read++;
      if (chunk) break;
    }
    this.#queue?.splice(0, read);
    return chunk;
  }

  /** What was given out since the last call is stored: never give it out again. */
  accept(): void {
    for (const file of this.#files.values()) {
      if (!file.pending) continue;
      file.accepted = file.pending;
      file.pending = undefined;
    }
  }

  /** What was given out since the last call was not stored: give it out again. */
  rewind(): void {
    for (const file of this.#files.values()) {
      if (!file.pending) continue;
      file.pending = undefined;
      if (file.plain && file.accepted?.identity === file.plain.identity) file.plain.goTo(file.accepted);
      else this.#close(file);
      file.look = file.plain ? 'unread' : 'new';
    }
    this.#queue = undefined;
  }

  close(): void {
    for (const file of this.#files.values()) this.#close(file);
    this.#files.clear();
    this.#folders.clear();
  }

  // ── which files there are ─────────────────────────────────────────────────────────────────────────────────────

  /** Looks for changes: of the files that change often every time, of the others when their folder did. */
  #look(): void {
    const now = this.#options.monotonic();
    this.#looked = now;
    const { folders, only } = this.#places();
    for (const folder of folders) {
      let stat: BigIntStats | undefined;
      try {
        stat = statSync(folder, { bigint: true, throwIfNoEntry: false });
      } catch (error) {
        this.#trouble(folder, error);
        // Then nothing below it can be looked into either.
        if (folder === folders[0]) break;
        continue;
      }
      if (!stat?.isDirectory()) {
        this.#folders.delete(folder);
        if (folder !== folders[0]) continue;
        this.#trouble(folder, stat ? 'it is no folder' : 'there is no such folder; it is waited for');
        break;
      }
      const stamp = `${stat.dev}:${stat.ino}:${stat.mtimeNs}`;
      const before = this.#folders.get(folder);
      const changed = before?.stamp !== stamp;
      const due = before && now - before.at > (before.again ? AFTERWARDS : RESCAN);
      if (!changed && !due) continue;
      if (this.#scan(folder, only)) this.#folders.set(folder, { stamp, at: now, again: changed });
    }
    for (const file of this.#files.values()) {
      if (file.live || file.plain || file.packed) this.#refresh(file, now);
      if (file.gone && !isUnread(file) && now - file.changed > GONE) this.#forget(file);
    }
  }

  #places(): { folders: string[]; only: string | undefined } {
    let stat: BigIntStats | undefined;
    try {
      stat = statSync(this.#root, { bigint: true, throwIfNoEntry: false });
    } catch {
      // Told when it is looked into.
    }
    const one = stat === undefined ? isLogName(basename(this.#root)) : !stat.isDirectory();
    if (one) return { folders: [dirname(this.#root)], only: basename(this.#root) };
    const below = this.#options.layouts ? layouts : [''];
    return { folders: below.map((part) => (part === '' ? this.#root : join(this.#root, part))), only: undefined };
  }

  #scan(folder: string, only: string | undefined): boolean {
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch (error) {
      this.#trouble(folder, error);
      return false;
    }
    this.#trouble(folder);
    const now = this.#options.monotonic();
    const present = new Set<string>();
    for (const name of names) {
      if (name !== only && (!isLogName(name) || (only !== undefined && !isRotatedOf(name, only)))) continue;
      const path = join(folder, name);
      const stat = this.#stat(path);
      if (!stat) continue;
      const key = `${stat.dev}:${stat.ino}`;
      // Two names of one file: the one that grows.
      if (present.has(key) && !isLiveName(name)) continue;
      present.add(key);
      const file = this.#files.get(key);
      if (file) {
        file.path = path;
        file.live = isLiveName(name);
        file.gone = false;
        this.#note(file, stat, now);
      } else this.#files.set(key, this.#begin(path, key, stat, now));
    }
    for (const [key, file] of this.#files)
      if (dirname(file.path) === folder && !present.has(key) && !file.gone) {
        file.gone = true;
        file.notBefore = 0;
        if (file.plain) file.look = 'unread';
        else if (!file.packed) this.#forget(file);
      }
    this.#queue = undefined;
    return true;
  }

  #begin(path: string, key: string, stat: BigIntStats, now: number): File {
    const age = this.#options.now() - Number(stat.mtimeMs);
    return {
      path,
      key,
      live: isLiveName(path),
      stat,
      // A file that is old already is not being written.
      changed: age > 0 ? now - age : now,
      look: this.#options.memory.finished(stateOf(stat)) ? 'read' : 'new',
      plain: undefined,
      packed: undefined,
      accepted: undefined,
      pending: undefined,
      wrong: [],
      notBefore: 0,
      gone: false,
    };
  }

  /** Only regular files: a FIFO would block whoever opens it. */
  #stat(path: string): BigIntStats | undefined {
    try {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (stat?.isFile()) return stat;
      if (stat) this.#trouble(path, 'it is no regular file');
    } catch (error) {
      this.#trouble(path, error);
    }
    return undefined;
  }

  #refresh(file: File, now: number): void {
    try {
      if (file.plain) this.#note(file, fstatSync(file.plain.fd, { bigint: true }), now);
      if (file.gone) return;
      const stat = this.#stat(file.path);
      // Another file under this name: the folder, or that of a link, has changed.
      if (!stat || `${stat.dev}:${stat.ino}` !== file.key) this.#folders.delete(dirname(file.path));
      else if (!file.plain) this.#note(file, stat, now);
    } catch (error) {
      this.#trouble(file.path, error);
    }
  }

  #note(file: File, stat: BigIntStats, now: number): void {
    if (stateOf(stat) !== stateOf(file.stat)) {
      if (stat.size <= file.stat.size) file.plain?.lookAgain();
      file.changed = now;
      file.notBefore = 0;
      file.wrong = [];
      if (file.packed) this.#close(file);
      file.look = file.plain ? 'unread' : 'new';
      this.#queue = undefined;
    }
    file.stat = stat;
  }

  // ── what is in them ───────────────────────────────────────────────────────────────────────────────────────────

  #open(file: File): void {
    this.#close(file);
    let fd: number | undefined;
    try {
      fd = openSync(file.path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stat = fstatSync(fd, { bigint: true });
      if (`${stat.dev}:${stat.ino}` !== file.key || !stat.isFile()) {
        // Renamed this very moment: it is found under its new name.
        this.#folders.delete(dirname(file.path));
        closeSync(fd);
        return;
      }
      this.#trouble(file.path);
      file.stat = stat;
      const head = readAt(fd, 0, HEAD);
      if (isPacked(head)) {
        closeSync(fd);
        fd = undefined;
        // It may just be made.
        file.notBefore = file.changed + SETTLED;
        if (file.notBefore > this.#options.monotonic()) return;
        file.packed = new PackedLog(
          this.#options.unpack(file.path),
          (hash) => this.#choose(file, hash, ({ identity }) => !file.wrong.includes(identity))!,
        );
        file.look = 'unread';
        return;
      }
      const foreign = !basename(file.path).startsWith('cowrie') && !isEvent(head);
      const hash = headHash(head) ?? (foreign ? undefined : this.#onlyLine(file, head));
      const size = Number(stat.size);
      const position =
        foreign || hash === undefined ? undefined : this.#choose(file, hash, (known) => reaches(fd!, size, known));
      if (!position) {
        // No log; no whole line yet; a copy that is being made.
        const waits = hash !== undefined || (head.length > 0 && this.#age(file) < ROTATED_FRAGMENT);
        file.look = waits ? 'new' : foreign ? 'alien' : 'read';
        if (hash !== undefined) file.notBefore = file.changed + (file.live ? LIVE_SETTLED : SETTLED);
        else file.notBefore = this.#options.monotonic() + WHOLE_FRAGMENT;
        closeSync(fd);
        return;
      }
      file.plain = new PlainLog(fd, position);
      this.#opened++;
      file.accepted = { identity: position.identity, offset: file.plain.offset, tail: file.plain.tail };
      file.look = 'unread';
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      // It may have been renamed or deleted.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#folders.delete(dirname(file.path));
      else this.#trouble(file.path, error);
    }
  }

  /** Hash of a line that is all there is, once it is clear that it will not be ended. */
  #onlyLine(file: File, bytes: Buffer): string | undefined {
    if (bytes.length === 0 || !this.#isRipe(file, bytes)) return undefined;
    return wholeHeadHash(bytes);
  }

  /** How long a file has not changed. */
  #age(file: File): number {
    return this.#options.monotonic() - file.changed;
  }

  /** Whether what stands after the last newline will not be ended: it is a whole event, or in a log that was rotated long ago. */
  #isRipe(file: File, fragment: Buffer): boolean {
    const age = this.#age(file);
    if (age > (file.gone ? GONE : ROTATED_FRAGMENT) && !(file.live && !file.gone)) return true;
    if (age < WHOLE_FRAGMENT || fragment.at(-1) !== 0x7d) return false;
    try {
      return typeof JSON.parse(fragment.toString()) === 'object';
    } catch {
      return false;
    }
  }

  /**
   * Where to read from: after what was read of a log that begins like this one and goes on like it, the farthest first.
   * One that goes on differently is another log; but undefined while it still changes, as a copy does that is being made.
   */
  #choose(file: File, head: string, fits: (position: Position) => boolean): Position | undefined {
    const positions = new Map(this.#options.memory.positions(head).map((known) => [known.identity, known]));
    // What was given out and is not stored yet.
    for (const { pending } of this.#files.values())
      if (pending && pending.identity.split('.')[0] === head) positions.set(pending.identity, pending);
    const known = [...positions.values()].sort((a, b) => b.offset - a.offset);
    const fitting = known.find(fits);
    if (fitting) return fitting;
    if (known.length === 0) return { identity: head, offset: 0, tail: '' };
    if (!file.packed && this.#age(file) < (file.live ? LIVE_SETTLED : SETTLED)) return undefined;
    const numbers = known.map(({ identity }) => Number(identity.split('.')[1] ?? 1));
    return { identity: `${head}.${Math.max(...numbers) + 1}`, offset: 0, tail: '' };
  }

  #readPlain(file: File): Chunk | undefined {
    const plain = file.plain!;
    try {
      const stat = fstatSync(plain.fd, { bigint: true });
      const size = Number(stat.size);
      if (!plain.isSame(size)) {
        // Cut, or written anew, in place.
        this.#close(file);
        file.look = 'new';
        file.changed = this.#options.monotonic();
        file.accepted = undefined;
        return undefined;
      }
      const piece = plain.read();
      if (piece) return this.#chunk(file, plain, size, piece.lines, piece.skipped, stat);
      if (plain.busy) return undefined;
      if (plain.unread) {
        const age = this.#age(file);
        const fragment = age < WHOLE_FRAGMENT ? undefined : plain.fragment();
        if (fragment && this.#isRipe(file, fragment)) {
          plain.passFragment(fragment.length);
          return this.#chunk(file, plain, size, fragment, 0, stat);
        }
        const patience = age < WHOLE_FRAGMENT ? WHOLE_FRAGMENT : file.gone ? GONE : ROTATED_FRAGMENT;
        if (age < patience) {
          file.notBefore = file.changed + patience;
          return undefined;
        }
      }
      file.look = 'read';
      if (!file.live && (this.#age(file) > WARM || this.#opened > OPEN)) this.#close(file);
    } catch (error) {
      this.#trouble(file.path, error);
    }
    return undefined;
  }

  #readPacked(file: File): Chunk | undefined {
    const packed = file.packed!;
    const piece = packed.read();
    if (packed.wrong && !packed.error) {
      file.wrong.push(packed.from!.identity);
      this.#close(file);
      file.look = 'new';
      return undefined;
    }
    if (!piece) {
      if (packed.done || packed.wrong) this.#finish(file, packed);
      return undefined;
    }
    const { offset, tail, from } = packed;
    const chunk = this.#chunk(file, { identity: from!.identity, offset, tail }, offset, piece.lines, piece.skipped);
    if (packed.done) {
      chunk.state = stateOf(file.stat);
      this.#finish(file, packed);
    }
    return chunk;
  }

  #finish(file: File, packed: PackedLog): void {
    if (packed.error)
      this.#options.onTrouble(`${file.path} is damaged (${packed.error.message}); what could be unpacked is read.`);
    this.#close(file);
    file.look = 'read';
  }

  #chunk(
    file: File,
    { identity, offset, tail }: Position,
    size: number,
    lines: Buffer,
    skipped: number,
    stat?: BigIntStats,
  ): Chunk {
    file.pending = { identity, offset, tail };
    const state = stat && offset === size ? stateOf(stat) : undefined;
    return { identity, offset, tail, path: file.path, size, state, live: file.live, lines, skipped };
  }

  #close(file: File): void {
    if (file.plain) {
      closeSync(file.plain.fd);
      this.#opened--;
    }
    file.packed?.close();
    file.plain = undefined;
    file.packed = undefined;
  }

  #forget(file: File): void {
    this.#close(file);
    this.#files.delete(file.key);
  }

  /** Says once what is wrong with a path; without a reason: that nothing is any more. */
  #trouble(path: string, reason?: unknown): void {
    if (reason === undefined) {
      if (this.#troubles.delete(path)) this.#options.onTrouble(`${path} can be read again.`);
      return;
    }
    const why = typeof reason === 'string' ? reason : sentenceOf(reason as NodeJS.ErrnoException);
    if (this.#troubles.get(path) === why) return;
    this.#troubles.set(path, why);
    this.#options.onTrouble(`${path} cannot be followed: ${why}.`);
  }
}

const isUnread = ({ look }: File): boolean => look === 'new' || look === 'unread';

/** Rotated logs before those that grow, older ones first. */
function byAge(a: File, b: File): number {
  if (a.live !== b.live) return a.live ? 1 : -1;
  const [before, after] = [a.stat.mtimeNs, b.stat.mtimeNs];
  return before < after ? -1 : before > after ? 1 : a.path < b.path ? -1 : 1;
}

/** Whether the beginning of a file of any name is that of a log of ours. */
const isEvent = (head: Buffer): boolean =>
  /^\0*(?:\xef\xbb\xbf)?\s*\{/.test(head.toString('latin1')) && head.includes('"eventid"');

/** `cowrie.json.1` and `cowrie-20260821.json` are rotated forms of `cowrie.json`. */
function isRotatedOf(name: string, live: string): boolean {
  return (
    name.startsWith(`${live}.`) || name.startsWith(`${live}-`) || name.startsWith(`${live.replace(/\.json$/i, '')}-`)
  );
}

function sentenceOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES' || code === 'EPERM')
    return `permission denied for user ${process.getuid?.() ?? '?'}; let it read there, or run the observer as a user who may`;
  if (code === 'ELOOP') return 'its links go round in a circle';
  return message;
}
