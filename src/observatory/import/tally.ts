// Counts what an import reads and explains every doubt.
import type { RawEvent } from '../../event/legacy.ts';
import type { Source } from '../source.ts';
import type { SqliteStore } from '../sqlite.ts';
import { attach, type Keep } from './attach.ts';
import { bound } from './bound.ts';
import { Bytes } from './bytes.ts';
import type { Share } from './known.ts';
import type { Sink } from './reader.ts';

export interface ImportResult {
  /** Logs read (of recordings, artefacts and files that are no logs see `explain`). */
  files: number;
  /** Lines that are not blank. */
  lines: number;
  /** Events that are new in the store. */
  events: number;
  /** Events that it had already. */
  duplicates: number;
  /** Events taken out of damaged lines. */
  salvaged: number;
  /** Lines, or elements of an array, that gave nothing. */
  malformed: number;
  /** Sessions that are new in the store. */
  sessions: number;
  seconds: number;
  /** How often each kind of doubt came. */
  kinds: Record<'salvaged' | 'malformed' | 'duplicate' | 'other' | 'note', Record<string, number>>;
}

/** Kinds that are told apart; a hostile log shall not make them many. */
const KINDS = 200;

/** Told of every line that was not read as it stood, and of every file that is no log. */
export type Explain = (note: { file: string; line?: number; what: string }) => void;

export class Tally implements Sink {
  readonly result: ImportResult = {
    files: 0,
    lines: 0,
    events: 0,
    duplicates: 0,
    salvaged: 0,
    malformed: 0,
    sessions: 0,
    seconds: 0,
    kinds: { salvaged: {}, malformed: {}, duplicate: {}, other: {}, note: {} },
  };
  readonly store: SqliteStore;
  readonly now: () => number;
  readonly #explain: Explain | undefined;
  readonly #keep: Keep | undefined;
  #file = '';
  #line = 0;

  constructor(store: SqliteStore, options: { explain?: Explain; keep?: Keep; now?: () => number }) {
    this.store = store;
    this.now = options.now ?? Date.now;
    this.#explain = options.explain;
    this.#keep = options.keep;
  }

  /** What was counted since `before`, a copy of the result. */
  since(before: ImportResult): Share {
    const { kinds, sessions, seconds, ...counts } = this.result;
    const less = (now: Record<string, number>, then: Record<string, number>) =>
      Object.fromEntries(
        Object.entries(now)
          .map(([key, n]) => [key, n - (then[key] ?? 0)] as const)
          .filter(([, n]) => n > 0),
      );
    return {
      ...(Object.fromEntries(
        Object.entries(counts).map(([key, n]) => [key, n - before[key as keyof typeof counts]]),
      ) as typeof counts),
      kinds: Object.fromEntries(
        Object.entries(kinds).map(([doubt, of]) => [doubt, less(of, before.kinds[doubt as keyof typeof kinds])]),
      ) as typeof kinds,
    };
  }

  /** Counts a file that was read before as if it were read again: all of its events are known. */
  again(share: Share): void {
    const { result } = this;
    result.files += share.files;
    result.lines += share.lines;
    result.duplicates += share.events + share.duplicates;
    result.salvaged += share.salvaged;
    result.malformed += share.malformed;
    for (const [doubt, kinds] of Object.entries(share.kinds))
      for (const [words, count] of Object.entries(kinds))
        this.#tell(doubt as keyof typeof share.kinds, words, '', count);
    this.note('a log that was read before, unchanged');
  }

  /** What follows is of this file. */
  file(path: string): void {
    this.#file = path;
    this.#line = 0;
  }

  line(number = this.#line + 1): void {
    this.result.lines++;
    this.#line = number;
  }

  at(number: number): void {
    this.#line = number;
  }

  add(event: RawEvent, source?: Source, short = false): void {
    if (!short) for (const done of bound(event)) this.note(done);
    const outcome = this.store.writer.add(event, source);
    if (outcome === 'added') this.result.events++;
    else if (outcome === 'duplicate') this.result.duplicates++;
    else this.malformed(outcome.rejected);
  }

  addLine(bytes: Buffer, start: number, end: number): boolean {
    const outcome = this.store.writer.addLine(bytes, start, end);
    if (outcome === 'added') this.result.events++;
    else if (outcome === 'duplicate') this.result.duplicates++;
    return outcome !== undefined;
  }

  salvaged(how: string, events: number): void {
    this.result.salvaged += events;
    this.#tell('salvaged', how, '', events);
  }

  async recording(name: string, bytes: Buffer): Promise<void> {
    const head = { name, bytes: bytes.subarray(0, 65_536), text: '' };
    const content = new Bytes(
      (async function* () {
        yield bytes;
      })(),
    );
    const opened = { path: this.#file, name, folder: '', head, bytes: content, member: true, boxed: true };
    const { trouble } = await attach(this.store, opened, this.#keep);
    if (trouble !== undefined) this.note('a recording or artefact', trouble);
  }

  other(kind: string): void {
    // Never a name that objects have by nature.
    this.#tell('other', `a document of kind ${kind}`);
  }

  malformed(why: string, detail = ''): void {
    this.result.malformed++;
    this.#tell('malformed', why, detail);
  }

  duplicate(why: string): void {
    this.result.duplicates++;
    this.#tell('duplicate', why);
  }

  note(what: string, detail = ''): void {
    this.#tell('note', what, detail);
  }

  #tell(doubt: keyof ImportResult['kinds'], words: string, detail = '', count = 1): void {
    const kinds = this.result.kinds[doubt];
    const kind = Object.hasOwn(kinds, words) || Object.keys(kinds).length < KINDS ? words : 'others';
    kinds[kind] = (kinds[kind] ?? 0) + count;
    this.#explain?.({
      file: this.#file,
      ...(this.#line > 0 ? { line: this.#line } : {}),
      what: detail === '' ? words : `${words}: ${detail}`,
    });
  }
}
