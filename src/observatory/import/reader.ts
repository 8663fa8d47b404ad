// The words of an import: a log that was opened, what is told of it, and the readers of the kinds of logs.
import type { RawEvent } from '../../event/legacy.ts';
import type { Source } from '../source.ts';
import type { SqliteStore } from '../sqlite.ts';

/** What a reader is recognised by: the beginning of a log after decompression. */
export interface Head {
  /** The last part of its path, without the ending of a compression. */
  name: string;
  /** Up to 64 KiB as they are. */
  bytes: Buffer;
  /** The same as Latin-1 text, without the NULs, blanks and byte order mark at its beginning. */
  text: string;
}

/** One log: a file, or a member of an archive, decompressed. */
export interface Log {
  /** As it is told to people; within an archive `archive.tar/cowrie.json.1`. */
  path: string;
  /** Logs of one folder are of one sensor. */
  folder: string;
  /** Content in chunks of up to a MiB; can be asked for once. Between two chunks the import commits and shows progress. */
  chunks(): AsyncIterable<Buffer>;
}

/** Where a reader tells what it reads: each line that is not blank by `line`, and then what the line gave. */
export interface Sink {
  readonly store: SqliteStore;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Counts a line; it is the one after the last, or has this number (from 1). */
  line(number?: number): void;
  /** What follows is of this line, which was counted already. */
  at(number: number): void;
  /** @param short its text is too short for anything in it to be too large for the store */
  add(event: RawEvent, source?: Source, short?: boolean): void;
  /** Adds the event of a line where it lies, if that is plain; else nothing was done. */
  addLine(bytes: Buffer, start: number, end: number): boolean;
  // What follows is counted by its words, which are the same whatever the line; `detail` is of this one only.
  /** Events were taken out of damage. */
  salvaged(how: string, events: number): void;
  /** The line, or a part of it, gave nothing. */
  malformed(why: string, detail?: string): void;
  /** The line says what the store has in a better form. */
  duplicate(why: string): void;
  /** A terminal recording that lay within the log, by the name that its event has. */
  recording(name: string, bytes: Buffer): Promise<void>;
  /** The line is well formed, but of something else: what it is. */
  other(kind: string): void;
  /** Nothing is wrong, but it should be known. */
  note(what: string, detail?: string): void;
}

/** A kind of log. */
export interface Reader {
  /** Its name in counts. */
  kind: string;
  /** Whether a log is of this kind; the first reader of the table that says so gets it. */
  recognises(head: Head): boolean;
  /**
   * Microseconds at which a log begins, for logs that only make sense in order: a session goes on from one to the next.
   * Names tell no order: `cowrie.log` comes after `cowrie.log.2018-05-06`, `kippo.log.2` before `kippo.log.1`.
   */
  begins?(head: Head): number | undefined;
  /** Readers of turn 0 come first; those of a later turn only add what the earlier do not have. */
  turn: 0 | 1 | 2 | 3;
  /** Called once an import, before the first log of this kind; the function that it gives reads one log after another. */
  begin(sink: Sink): (log: Log) => Promise<void>;
}
