// The chain: one line for each finished day of the journal and for each removal, each bound to the one before by its hash, and signed.
//
// A change of any line, a line taken out, put in or moved, breaks the hashes after it. Whoever can write the file can also make it anew;
// what that needs in addition is the key, and a head that was noted elsewhere still tells.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const CHAIN_FILE = 'segments.ndjson';

/** Why something was removed: its age, the bytes of its kind, or a disk that was nearly full. */
export type Reason = 'age' | 'bytes' | 'disk';
export type Removable = 'journal' | 'recordings' | 'samples' | 'events';

/** What a line says. */
export type Link =
  /** A file of the journal is finished; `days`: its events by UTC day. `late`: it came after later days, and the operator said it belongs. */
  | {
      kind: 'segment';
      file: string;
      day: string;
      bytes: number;
      lines: number;
      events: number;
      days: Record<string, number>;
      first?: string;
      last?: string;
      sha256: string;
      late?: true;
    }
  /** Files were removed by a rule: of the journal under their names, else by hash. */
  | { kind: 'removed'; what: Exclude<Removable, 'events'>; names: string[]; bytes: number; reason: Reason }
  /** Events before a time were removed from the store; their counts stay. */
  | { kind: 'removed'; what: 'events'; before: string; count: number; bytes: number; reason: Reason }
  /** From here on lines are signed with this key: Ed25519, its DER in base64. */
  | { kind: 'key'; public: string };

export type Entry = Link & {
  n: number;
  /** ISO 8601. */
  at: string;
  /** Hash of the line before; 64 zeros for the first. */
  previous: string;
  /** SHA-256 of the line without `hash` and `signature`. */
  hash: string;
  /** Ed25519 of the hash's hexadecimal text, base64. */
  signature?: string;
};

export interface Head {
  n: number;
  hash: string;
}

const NOTHING = '0'.repeat(64);

/** A broken line of the chain; what comes after is still judged by itself. */
export interface Break {
  line: number;
  what: 'no entry' | 'changed' | 'out of order' | 'not signed' | 'wrong signature' | 'torn';
}

export interface Reading {
  entries: Entry[];
  breaks: Break[];
  head: Head | undefined;
  /** Fingerprints (`fingerprintOf`) of the keys, in order. */
  keys: string[];
}

/** SHA-256 of a public key's DER, base64 without padding, as `ssh-keygen -l` writes fingerprints. */
export function fingerprintOf(key: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** Reads and judges every line. A file that is not there is an empty chain. @throws what the disk says otherwise */
export function readChain(directory: string): Reading {
  let text = '';
  try {
    text = readFileSync(join(directory, CHAIN_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const reading: Reading = { entries: [], breaks: [], head: undefined, keys: [] };
  const lines = text.split('\n');
  const rest = lines.pop()!;
  let previous: Head = { n: 0, hash: NOTHING };
  let key: KeyObject | undefined;
  for (const [i, line] of lines.entries()) {
    const broken = (what: Break['what']) => reading.breaks.push({ line: i + 1, what });
    const entry = parse(line);
    if (!entry) {
      broken('no entry');
      continue;
    }
    if (hashOf(entry) !== entry.hash || JSON.stringify(entry) !== line) broken('changed');
    else if (entry.n !== previous.n + 1 || entry.previous !== previous.hash) broken('out of order');
    if (entry.kind === 'key') {
      key = publicKey(entry.public);
      if (key) reading.keys.push(fingerprintOf(entry.public));
    }
    if (key && entry.signature === undefined) broken('not signed');
    else if (entry.signature !== undefined && !(key && signed(key, entry))) broken('wrong signature');
    reading.entries.push(entry);
    previous = { n: entry.n, hash: entry.hash };
  }
  if (rest !== '') reading.breaks.push({ line: lines.length + 1, what: 'torn' });
  if (reading.entries.length > 0) reading.head = previous;
  return reading;
}

function parse(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Entry;
    const sane = Number.isSafeInteger(entry.n) && typeof entry.hash === 'string' && typeof entry.kind === 'string';
    return sane ? entry : undefined;
  } catch {
    return undefined;
  }
}

function hashOf({ hash: _, signature: __, ...body }: Entry): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}

function publicKey(der: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function signed(key: KeyObject, { hash, signature }: Entry): boolean {
  try {
    return verify(null, Buffer.from(hash), key, Buffer.from(signature!, 'base64'));
  } catch {
    return false;
  }
}

/** What was sealed and what was removed, as far as a keeper has to know it. */
export class Chain {
  readonly #path: string;
  readonly #directory: string;
  readonly #now: () => number;
  readonly #key: KeyObject | undefined;
  readonly #public: string | undefined;
  #size = -1;
  #head: Head = { n: 0, hash: NOTHING };
  #lastKey: string | undefined;
  /** By name: the segments that are sealed, removed ones too. */
  readonly sealed = new Map<string, Extract<Entry, { kind: 'segment' }> & { removed?: Reason }>();

  /** @param key PEM of the installation's private Ed25519 key; without it lines are not signed */
  constructor(directory: string, options: { key?: string; now?: () => number } = {}) {
    this.#directory = directory;
    this.#path = join(directory, CHAIN_FILE);
    this.#now = options.now ?? Date.now;
    if (options.key === undefined) return;
    this.#key = createPrivateKey(options.key);
    this.#public = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).toString('base64');
  }

  get head(): Head | undefined {
    return this.#head.n === 0 ? undefined : this.#head;
  }

  /** Reads what another process may have added. @returns the breaks, if it had to read */
  refresh(): Break[] {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === this.#size) return [];
    const { entries, breaks, head } = readChain(this.#directory);
    this.sealed.clear();
    this.#lastKey = undefined;
    for (const entry of entries) this.#take(entry);
    this.#head = head ?? { n: 0, hash: NOTHING };
    this.#size = size;
    return breaks;
  }

  /** Adds a line and brings it to the disk. @throws what the disk says; nothing was added then */
  append(link: Link): Entry {
    this.refresh();
    if (this.#public !== undefined && this.#lastKey !== this.#public && link.kind !== 'key')
      this.append({ kind: 'key', public: this.#public });
    const body = { n: this.#head.n + 1, at: new Date(this.#now()).toISOString(), ...link, previous: this.#head.hash };
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    const entry = {
      ...body,
      hash,
      ...(this.#key ? { signature: sign(null, Buffer.from(hash), this.#key).toString('base64') } : {}),
    } as Entry;
    const fd = openSync(this.#path, 'a+', 0o644);
    try {
      const { size } = fstatSync(fd);
      // A crash can leave half a line, which was never anybody's head.
      const whole = size === 0 ? 0 : readFileSync(this.#path).lastIndexOf(0x0a) + 1;
      if (whole < size) ftruncateSync(fd, whole);
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      try {
        for (let done = 0; done < line.length; ) done += writeSync(fd, line, done);
        fsyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, whole);
        throw error;
      }
      this.#size = whole + line.length;
    } finally {
      closeSync(fd);
    }
    this.#take(entry);
    this.#head = { n: entry.n, hash };
    return entry;
  }

  #take(entry: Entry): void {
    if (entry.kind === 'segment') this.sealed.set(entry.file, entry);
    else if (entry.kind === 'key') this.#lastKey = entry.public;
    else if (entry.what === 'journal')
      for (const name of entry.names) {
        const segment = this.sealed.get(name);
        if (segment) segment.removed = entry.reason;
      }
  }
}

/** When (ISO 8601) and why recordings and samples were removed; those that no rule has removed are left out. */
export function removalsOf(directory: string, names: Iterable<string>): Map<string, { at: string; reason: Reason }> {
  const found = new Map<string, { at: string; reason: Reason }>();
  let text = '';
  try {
    text = readFileSync(join(directory, CHAIN_FILE), 'utf8');
  } catch {
    // No chain yet: nothing was removed.
  }
  // Most lines do not name them: only those that do are parsed.
  for (const name of new Set(names))
    for (let at = text.lastIndexOf(`"${name}"`); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(`"${name}"`, at - 1)) {
      const entry = parse(text.slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at)));
      if (entry?.kind !== 'removed' || entry.what === 'events' || !entry.names.includes(name)) continue;
      found.set(name, { at: entry.at, reason: entry.reason });
      break;
    }
  return found;
}
