// Holds the journal against its chain, the vault and the recordings against their names, and what events name against what is there.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { opendir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTty, ttyName } from '../event/tty.ts';
import { type Break, type Entry, type Head, readChain } from './chain.ts';
import { type Content, inOrder, openSegment, readContent, type Segment, segmentsIn } from './segments.ts';

/** Something that should not be. */
export type Finding =
  | { what: 'chain broken'; line: number; how: Break['what'] }
  /** A head that was noted, or that an event tells of, is not in the chain. */
  | { what: 'head missing'; n: number; hash: string }
  | { what: 'segment missing'; file: string }
  | { what: 'segment changed'; file: string; bytes: number; expectedBytes: number }
  | { what: 'segment unreadable'; file: string; reason: string }
  /** A finished file came after later days were sealed. */
  | { what: 'segment not sealed'; file: string }
  | { what: 'no event'; file: string; line: number }
  | { what: 'sample changed'; file: string; sha256: string }
  | { what: 'sample missing'; file: string }
  | { what: 'recording changed'; file: string }
  | { what: 'recording missing'; file: string }
  | { what: 'stranger'; file: string };

/** A file of the journal as it is, for a comparison with the store. */
export interface LogCounts {
  file: string;
  identity?: string;
  bytes: number;
  /** Events by UTC day. */
  days: Record<string, number>;
  /** Still there; else only its entry is. */
  present: boolean;
}

export interface JournalVerdict {
  findings: Finding[];
  chain: { entries: number; head?: Head; keys: string[] };
  segments: { sealed: number; removed: number; waiting: number; events: number; bytes: number };
  live: { bytes: number; events: number; torn: number };
  samples: { files: number; bytes: number; removed: number };
  recordings: { files: number; removed: number };
  logs: LogCounts[];
}

export interface VerifyOptions {
  /** A head that was noted elsewhere. */
  head?: Head;
  /** Reads no further than this in the live log. */
  liveBytes?: number;
  onProgress?: (file: string) => void;
}

/** Latest time (ISO 8601) of something, by name. */
type Latest = Map<string, string>;

const note = (map: Latest, name: string, at: string) => {
  if ((map.get(name) ?? '') < at) map.set(name, at);
};

/** Reads everything once. @throws what the disk says of the chain; anything else it says is a finding */
export async function verifyJournal(dataDirectory: string, options: VerifyOptions = {}): Promise<JournalVerdict> {
  return new Verification(dataDirectory, options).run();
}

class Verification {
  readonly #data: string;
  readonly #log: string;
  readonly #options: VerifyOptions;
  readonly #findings: Finding[] = [];
  readonly #logs: LogCounts[] = [];
  readonly #named = { samples: new Map() as Latest, recordings: new Map() as Latest };
  readonly #notKept: Latest = new Map();
  readonly #removed: Record<'samples' | 'recordings', Latest> = { samples: new Map(), recordings: new Map() };
  readonly #heads: Head[] = [];
  readonly #uuid: string;
  /** Samples that came before were not in the backup that this was restored from; ISO 8601. */
  readonly #withoutSamples: string;

  constructor(dataDirectory: string, options: VerifyOptions) {
    this.#data = dataDirectory;
    this.#log = join(dataDirectory, 'log');
    this.#options = options;
    const uuid = join(dataDirectory, 'state', 'uuid');
    this.#uuid = existsSync(uuid) ? `"uuid":"${readFileSync(uuid, 'utf8').trim()}"` : '"uuid"';
    this.#withoutSamples = withoutSamples(join(dataDirectory, 'state', 'restored.json'));
  }

  async run(): Promise<JournalVerdict> {
    const { entries, breaks, head, keys } = readChain(this.#log);
    for (const { line, what } of breaks) this.#findings.push({ what: 'chain broken', line, how: what });
    const removedSegments = new Set<string>();
    for (const entry of entries) {
      if (entry.kind !== 'removed' || entry.what === 'events') continue;
      for (const name of entry.names)
        if (entry.what === 'journal') removedSegments.add(name);
        else note(this.#removed[entry.what], name, entry.at);
    }
    const segments = await this.#segments(entries, removedSegments);
    const live = await this.#live();
    // What events tell of the chain: cutting off its end is seen by them.
    if (this.#options.head) this.#heads.push(this.#options.head);
    const hashes = new Map(entries.map(({ n, hash }) => [n, hash]));
    for (const { n, hash } of this.#heads)
      if (hashes.get(n) !== hash) this.#findings.push({ what: 'head missing', n, hash });
    const samples = await this.#samples();
    const recordings = await this.#recordings();
    return {
      findings: this.#findings,
      chain: { entries: entries.length, ...(head ? { head } : {}), keys },
      segments,
      live,
      samples,
      recordings,
      logs: this.#logs,
    };
  }

  async #segments(entries: readonly Entry[], removed: ReadonlySet<string>): Promise<JournalVerdict['segments']> {
    const there = new Map(segmentsIn(this.#log).map((segment) => [segment.name, segment]));
    const sum = { sealed: 0, removed: 0, waiting: 0, events: 0, bytes: 0 };
    const newest: Partial<Record<Segment['kind'], Segment>> = {};
    for (const entry of entries) {
      if (entry.kind !== 'segment') continue;
      const { file, bytes, days } = entry;
      const segment = there.get(file);
      there.delete(file);
      if (segment) {
        sum.sealed++;
        const before = newest[segment.kind];
        if (!before || inOrder(before, segment) < 0) newest[segment.kind] = segment;
        const content = await this.#read(segment);
        if (!content) {
          if (segment.kind === 'json') this.#logs.push({ file, bytes, days, present: false });
          continue;
        }
        sum.events += content.events;
        sum.bytes += content.bytes;
        if (content.sha256 !== entry.sha256)
          this.#findings.push({ what: 'segment changed', file, bytes: content.bytes, expectedBytes: bytes });
      } else {
        if (removed.has(file)) sum.removed++;
        else this.#findings.push({ what: 'segment missing', file });
        if (file.startsWith('cowrie.json.')) this.#logs.push({ file, bytes, days, present: false });
      }
    }
    // What is left has no entry: either it waits for one, or it came too late.
    for (const segment of there.values()) {
      const before = newest[segment.kind];
      if (before && inOrder(segment, before) < 0)
        this.#findings.push({ what: 'segment not sealed', file: segment.name });
      else sum.waiting++;
      await this.#read(segment);
    }
    return sum;
  }

  async #read(segment: Segment): Promise<Content | undefined> {
    this.#options.onProgress?.(segment.name);
    try {
      const json = segment.kind === 'json';
      const content = await readContent(
        openSegment(this.#log, segment),
        json ? (line) => this.#event(line) : undefined,
      );
      if (json) this.#counted(segment.name, content);
      return content;
    } catch (error) {
      this.#findings.push({ what: 'segment unreadable', file: segment.name, reason: (error as Error).message });
      return undefined;
    }
  }

  async #live(): Promise<JournalVerdict['live']> {
    const file = 'cowrie.json';
    const path = join(this.#log, file);
    const size = (await stat(path).catch(() => undefined))?.size;
    if (size === undefined || size === 0) return { bytes: 0, events: 0, torn: 0 };
    this.#options.onProgress?.(file);
    const end = Math.min(size, this.#options.liveBytes ?? size);
    if (end === 0) return { bytes: size, events: 0, torn: 0 };
    const content = await readContent(createReadStream(path, { end: end - 1, highWaterMark: 1 << 18 }), (line) =>
      this.#event(line),
    );
    this.#counted(file, content);
    return { bytes: size, events: content.events, torn: content.torn };
  }

  #counted(file: string, { identity, bytes, days, alien }: Content): void {
    for (const line of alien) this.#findings.push({ what: 'no event', file, line });
    this.#logs.push({ file, ...(identity === undefined ? {} : { identity }), bytes, days, present: true });
  }

  /** Most events name no file: they are not even parsed. */
  #event(line: Buffer): void {
    if (!line.includes('"shasum"') && !line.includes('artefact not kept') && !line.includes('journal.sealed')) return;
    if (!line.includes(this.#uuid)) return;
    let event: Record<string, unknown>;
    try {
      event = JSON.parse(line.toString()) as Record<string, unknown>;
    } catch {
      return;
    }
    const { eventid, timestamp: at, shasum, detail } = event as Record<string, string>;
    if (typeof at !== 'string') return;
    switch (eventid) {
      case 'cowrie.session.file_download':
      case 'cowrie.session.file_upload':
        return note(this.#named.samples, String(shasum), at);
      case 'cowrie.log.closed':
        return note(this.#named.recordings, String(shasum), at);
      case 'kansatsuki.session.violation':
        if (event['reason'] === 'artefact not kept') note(this.#notKept, String(detail), at);
        return;
      case 'kansatsuki.journal.sealed':
        this.#heads.push({ n: Number(event['entry']), hash: String(event['head']) });
    }
  }

  async #samples(): Promise<JournalVerdict['samples']> {
    const there = new Set<string>();
    let bytes = 0;
    for (const name of await namesIn(join(this.#data, 'downloads'))) {
      if (name.startsWith('tmp-')) continue;
      const file = `downloads/${name}`;
      this.#options.onProgress?.(file);
      if (!/^[0-9a-f]{64}$/.test(name)) {
        this.#findings.push({ what: 'stranger', file });
        continue;
      }
      const hash = createHash('sha256');
      try {
        for await (const chunk of createReadStream(join(this.#data, file), { highWaterMark: 1 << 18 })) {
          hash.update(chunk as Buffer);
          bytes += (chunk as Buffer).length;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        throw error;
      }
      there.add(name);
      const sha256 = hash.digest('hex');
      if (sha256 !== name) this.#findings.push({ what: 'sample changed', file, sha256 });
    }
    const removed = this.#missing('samples', there, (file) => ({ what: 'sample missing', file: `downloads/${file}` }));
    return { files: there.size, bytes, removed };
  }

  async #recordings(): Promise<JournalVerdict['recordings']> {
    const there = new Set<string>();
    for (const name of await namesIn(join(this.#data, 'tty'))) {
      // Unfinished ones, and those that Cowrie named by time.
      if (!/^[0-9a-f]{64}$/.test(name)) continue;
      const file = `tty/${name}`;
      this.#options.onProgress?.(file);
      let bytes: Buffer;
      try {
        bytes = await readFile(join(this.#data, file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        throw error;
      }
      there.add(name);
      const { records, complete } = readTty(bytes);
      if (!complete || ttyName(records) !== name) this.#findings.push({ what: 'recording changed', file });
    }
    const removed = this.#missing('recordings', there, (file) => ({ what: 'recording missing', file: `tty/${file}` }));
    return { files: there.size, removed };
  }

  /** What events name, is not there, and was neither refused nor removed later. @returns how many were removed by retention */
  #missing(what: 'samples' | 'recordings', there: ReadonlySet<string>, finding: (name: string) => Finding): number {
    let removed = 0;
    for (const [name, at] of this.#named[what]) {
      if (there.has(name)) continue;
      if ((this.#removed[what].get(name) ?? '') >= at) removed++;
      else if (what === 'samples' && this.#withoutSamples >= at) removed++;
      else if (what === 'recordings' || (this.#notKept.get(name) ?? '') < at) this.#findings.push(finding(name));
    }
    return removed;
  }
}

function withoutSamples(path: string): string {
  try {
    const { made, without } = JSON.parse(readFileSync(path, 'utf8')) as { made: string; without: string[] };
    return without.includes('samples') ? made : '';
  } catch {
    return '';
  }
}

async function namesIn(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(directory)) names.push(entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return names.sort();
}
