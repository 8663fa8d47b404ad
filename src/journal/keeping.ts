// Retention of files: sealed days of the journal, terminal recordings and samples, each by age and by bytes, oldest first; and more of it
// when the disk is nearly full. Every removal is a line of the chain before it happens.
import { opendir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chain, Reason, Removable } from './chain.ts';
import { compress, type Late, type Sealed, SegmentChanged, sealFinished } from './seal.ts';
import { inOrder, segmentsIn } from './segments.ts';

export interface Rule {
  ageMs?: number | undefined;
  bytes?: number | undefined;
}

export interface KeepingRules {
  journal: Rule;
  /** Age beyond which a sealed day is compressed; undefined: never. */
  plainMs?: number | undefined;
  recordings: Rule;
  samples: Rule;
}

/** What one run did, of one kind and for one reason. */
export interface Removed {
  what: Removable;
  count: number;
  bytes: number;
  reason: Reason;
  /** Of events: what is older is gone. */
  before?: string;
}

export interface KeepingOptions {
  /** Folders, relative or absolute. */
  log: string;
  tty: string;
  downloads: string;
  rules: KeepingRules;
  now?: () => number;
  onSealed?: (entry: Sealed) => void;
  onRemoved?: (removed: Removed) => void;
  /** A sentence for the operator. */
  onTrouble?: (sentence: string) => void;
}

const DAY = 86_400_000;
/** Names in one line of the chain. */
const BATCH = 500;
/** What a nearly full disk leaves: the newest of each kind, by age. */
export const LEFT_MS = { journal: 7 * DAY, recordings: DAY, samples: DAY, events: 7 * DAY } as const;

interface Kept {
  name: string;
  at: number;
  bytes: number;
}

export class Keeping {
  readonly #chain: Chain;
  readonly #options: Required<KeepingOptions>;
  readonly #told = new Set<string>();
  /** A recording or sample that no session has used since then is needed by none that is kept, milliseconds; 0: not known. */
  neededSince = 0;

  constructor(chain: Chain, options: KeepingOptions) {
    this.#chain = chain;
    this.#options = {
      now: Date.now,
      onSealed: () => {},
      onRemoved: () => {},
      onTrouble: () => {},
      ...options,
    };
  }

  /** Seals, compresses and removes as the rules say. Trouble with one file does not keep the others from it. */
  async run(): Promise<void> {
    const { rules } = this.#options;
    await this.#sealAndCompress(rules.plainMs);
    await this.#journal(rules.journal.ageMs, rules.journal.bytes);
    for (const what of ['recordings', 'samples'] as const)
      await this.#files(what, rules[what].ageMs, rules[what].bytes, this.neededSince);
  }

  /**
   * Makes room: first what costs nothing (compressing), then samples, recordings and journal, each oldest first and down to what `LEFT_MS` leaves.
   * @param short bytes that are missing now; asked again after each step
   * @returns true when nothing is short any more
   */
  async relieve(short: () => number): Promise<boolean> {
    await this.#sealAndCompress(0, () => short() <= 0);
    for (const what of ['samples', 'recordings'] as const) {
      if (short() <= 0) return true;
      await this.#press(what, await this.#list(what), short);
    }
    if (short() <= 0) return true;
    await this.#press('journal', this.#segments(), short);
    return short() <= 0;
  }

  async #sealAndCompress(plainMs: number | undefined, enough: () => boolean = () => false): Promise<void> {
    const { log, now, onSealed } = this.#options;
    const late = await this.#try(log, () => sealFinished(log, this.#chain, onSealed));
    for (const { name } of (late as Late[] | undefined) ?? []) this.#late(name);
    if (plainMs === undefined) return;
    for (const segment of segmentsIn(log)) {
      const sealed = this.#chain.sealed.get(segment.name);
      if (!segment.plain || !sealed) continue;
      if (now() - endOf(segment.day) < plainMs) continue;
      if (enough()) return;
      await this.#try(segment.name, () => compress(log, segment, sealed));
    }
  }

  async #journal(ageMs: number | undefined, bytes: number | undefined): Promise<void> {
    const kept = this.#segments();
    const now = this.#options.now();
    const old = kept.filter(({ at }) => ageMs !== undefined && now - at > ageMs);
    await this.#remove('journal', old, 'age');
    await this.#remove('journal', beyond(kept.slice(old.length), bytes), 'bytes');
  }

  /** Sealed days, oldest first; what is not sealed is never removed. */
  #segments(): Kept[] {
    return segmentsIn(this.#options.log)
      .filter(({ name }) => this.#chain.sealed.has(name))
      .sort(inOrder)
      .map(({ name, day, bytes }) => ({ name, at: endOf(day), bytes }));
  }

  async #files(
    what: 'recordings' | 'samples',
    ageMs: number | undefined,
    bytes: number | undefined,
    neededSince: number,
  ): Promise<void> {
    const kept = await this.#list(what);
    const now = this.#options.now();
    const old = kept.filter(({ at }) => (ageMs !== undefined && now - at > ageMs) || at < neededSince);
    await this.#remove(what, old, 'age');
    await this.#remove(what, beyond(kept.slice(old.length), bytes), 'bytes');
  }

  /** Files of a folder by the time of their last use, oldest first; what is still being written is left out. */
  async #list(what: 'recordings' | 'samples'): Promise<Kept[]> {
    const folder = this.#folder(what);
    const kept: Kept[] = [];
    try {
      for await (const entry of await opendir(folder)) {
        if (!entry.isFile() || !isKept(entry.name)) continue;
        const found = await stat(join(folder, entry.name)).catch(() => undefined);
        if (found) kept.push({ name: entry.name, at: found.mtimeMs, bytes: found.size });
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#tell(folder, error as Error);
    }
    return kept.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
  }

  async #press(what: Exclude<Removable, 'events'>, kept: readonly Kept[], short: () => number): Promise<void> {
    const now = this.#options.now();
    const free = kept.filter(({ at }) => now - at > LEFT_MS[what]);
    for (let i = 0; i < free.length; ) {
      let wanted = short();
      if (wanted <= 0) return;
      const batch: Kept[] = [];
      for (; i < free.length && wanted > 0 && batch.length < BATCH; i++) {
        batch.push(free[i]!);
        wanted -= free[i]!.bytes;
      }
      if (!(await this.#remove(what, batch, 'disk'))) return;
    }
  }

  /** @returns false when the disk refused the chain's line, and nothing was removed */
  async #remove(what: Exclude<Removable, 'events'>, kept: readonly Kept[], reason: Reason): Promise<boolean> {
    const folder = this.#folder(what);
    let count = 0;
    let bytes = 0;
    for (let i = 0; i < kept.length; i += BATCH) {
      const batch = kept.slice(i, i + BATCH);
      const size = batch.reduce((sum, file) => sum + file.bytes, 0);
      const written = await this.#try(folder, async () =>
        this.#chain.append({ kind: 'removed', what, names: batch.map(({ name }) => name), bytes: size, reason }),
      );
      if (!written) return false;
      for (const { name } of batch)
        for (const path of what === 'journal'
          ? [join(folder, name), join(folder, `${name}.zst`)]
          : [join(folder, name)])
          await unlink(path).catch((error: NodeJS.ErrnoException) => {
            if (error.code !== 'ENOENT') this.#tell(path, error);
          });
      count += batch.length;
      bytes += size;
    }
    if (count > 0) this.#options.onRemoved({ what, count, bytes, reason });
    return true;
  }

  #folder(what: Exclude<Removable, 'events'>): string {
    const { log, tty, downloads } = this.#options;
    return { journal: log, recordings: tty, samples: downloads }[what];
  }

  async #try<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#tell(what, error as Error);
      return undefined;
    }
  }

  #late(name: string): void {
    this.#once(
      name,
      `${name} came into ${this.#options.log}/ after later days were sealed; it is not sealed. If it belongs there: kansatsuki verify --accept ${name}`,
    );
  }

  #tell(what: string, error: Error): void {
    const sentence =
      error instanceof SegmentChanged
        ? error.message
        : `Retention could not do its work on ${what} (${error.message}).`;
    this.#once(`${what}: ${error.message}`, sentence);
  }

  /** The same trouble comes again with every run: it is told once. */
  #once(key: string, sentence: string): void {
    if (this.#told.has(key)) return;
    if (this.#told.size > 1000) this.#told.clear();
    this.#told.add(key);
    this.#options.onTrouble(sentence);
  }
}

/** Temporary files and recordings that are not finished have other names. */
function isKept(name: string): boolean {
  return !/^tmp-|\.tmp$|^\d{8}-\d{6}-[0-9a-f]{12}-\d+[ie]\.log$/.test(name);
}

const endOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) + DAY;

/** The oldest, as many as the sum of all is beyond a limit. */
function beyond(kept: readonly Kept[], limit: number | undefined): Kept[] {
  if (limit === undefined) return [];
  let excess = kept.reduce((sum, { bytes }) => sum + bytes, 0) - limit;
  const out: Kept[] = [];
  for (const file of kept) {
    if (excess <= 0) break;
    out.push(file);
    excess -= file.bytes;
  }
  return out;
}
