// The journal: append-only `cowrie.json` and `cowrie.log`, the truth from which everything else can be rebuilt.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../event/event.ts';
import { makeEvent, type Origin, toLine } from '../event/json.ts';
import { toTextLine } from '../event/text.ts';
import { type Disk, disk, LogFile } from './logfile.ts';

export interface JournalOptions {
  /** Names the sensor in the journal's own events. */
  origin: Origin;
  /** Milliseconds since the epoch. */
  now?: () => number;
  disk?: Disk;
  /** Bytes of lines kept in memory while the disk refuses them; beyond, the newest are counted as lost. */
  queueBytes?: number;
  /** Called once when writing begins to fail and once when it works again, with a sentence for the operator. */
  onTrouble?: (sentence: string) => void;
}

interface Queued {
  day: string;
  json: string;
  text: string;
}

/** Milliseconds that lines of `cowrie.log` may wait; they are written from the events, which do not. */
const TEXT_WAITS = 100;

/**
 * Opened on the directory `log/`. `append` buffers within one turn of the event loop; the turn ends in one write to
 * `cowrie.json`, so that a killed process has lost nothing of an earlier turn. `cowrie.log` follows a little later, in fewer
 * writes. No call throws for want of disk.
 */
export class Journal {
  readonly #json: LogFile;
  readonly #text: LogFile;
  readonly #directory: string;
  readonly #options: Required<JournalOptions>;
  #queue: Queued[] = [];
  #queuedBytes = 0;
  /** Text lines whose JSON is already written but whose own file refused them. */
  #textBacklog: { day: string; text: string }[] = [];
  #scheduled = false;
  #retry: NodeJS.Timeout | undefined;
  #later: NodeJS.Timeout | undefined;
  #sync: NodeJS.Timeout | undefined;
  #lost = 0;
  #reason = '';
  #failing = false;
  #closed = false;

  /** Opens both files, moving a cut-off last line aside. A disk that refuses is retried, not thrown. */
  constructor(directory: string, options: JournalOptions) {
    this.#directory = directory;
    this.#options = {
      now: () => performance.timeOrigin + performance.now(),
      disk,
      queueBytes: 64 << 20,
      onTrouble: () => {},
      ...options,
    };
    this.#json = new LogFile(join(directory, 'cowrie.json'), this.#options.disk);
    this.#text = new LogFile(join(directory, 'cowrie.log'), this.#options.disk);
    for (const file of [this.#json, this.#text]) {
      try {
        const torn = file.open();
        if (torn) this.#moveAside(file.path, torn);
      } catch (error) {
        this.#trouble(error as Error);
      }
    }
    // Power failures: bring the written lines to the disk once a second.
    this.#sync = setInterval(() => {
      this.#json.sync();
      this.#text.sync();
    }, 1000);
    this.#sync.unref();
  }

  /** Events dropped because the queue was full, not yet reported as kansatsuki.journal.lost. */
  get lost(): number {
    return this.#lost;
  }

  /** Events waiting for a disk that takes them. */
  get waiting(): number {
    return this.#queue.length;
  }

  append(event: Event): void {
    const json = toLine(event);
    const text = toTextLine(event);
    if (this.#queuedBytes + json.length + text.length > this.#options.queueBytes) {
      this.#lost++;
      return;
    }
    this.#queuedBytes += json.length + text.length;
    this.#queue.push({ day: event.timestamp.slice(0, 10), json, text });
    if (this.#scheduled || this.#failing) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush(false);
    });
  }

  /** Writes everything that waits, now. */
  flush(): void {
    this.#flush(true);
  }

  #flush(whole: boolean): void {
    if (this.#closed) return;
    if (!this.#drain(whole || this.#failing)) {
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.flush();
      }, 1000).unref();
      return;
    }
    if (this.#failing) {
      this.#failing = false;
      this.#options.onTrouble(`The journal in ${this.#directory} can be written again.`);
    }
    if (this.#lost > 0) {
      const count = this.#lost;
      this.#lost = 0;
      this.#own('kansatsuki.journal.lost', { count, reason: this.#reason });
      this.#drain(true);
    }
  }

  /** Flushes and closes; `append` after it does nothing. */
  close(): void {
    this.flush();
    this.#closed = true;
    clearInterval(this.#sync);
    clearTimeout(this.#retry);
    clearTimeout(this.#later);
    this.#json.close();
    this.#text.close();
  }

  /** True when all is written, or (`whole` false) the text is to follow. */
  #drain(whole: boolean): boolean {
    while (this.#queue.length > 0) {
      // As many lines of one day as go into one write.
      const day = this.#queue[0]!.day;
      let count = 0;
      let json = '';
      for (; count < this.#queue.length && this.#queue[count]!.day === day && json.length < 1 << 20; count++)
        json += this.#queue[count]!.json;
      const { written, error } = this.#json.append({ day, text: json });
      let bytes = 0;
      let done = 0;
      let text = '';
      for (; done < count && bytes + this.#queue[done]!.json.length <= written; done++) {
        bytes += this.#queue[done]!.json.length;
        text += this.#queue[done]!.text;
        this.#queuedBytes -= this.#queue[done]!.json.length;
      }
      this.#queue.splice(0, done);
      const last = this.#textBacklog.at(-1);
      if (text && last?.day === day && last.text.length < 1 << 20) last.text += text;
      else if (text) this.#textBacklog.push({ day, text });
      if (error) {
        this.#trouble(error);
        this.#drainText();
        return false;
      }
    }
    if (whole) return this.#drainText();
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.flush();
    }, TEXT_WAITS).unref();
    return true;
  }

  #drainText(): boolean {
    while (this.#textBacklog.length > 0) {
      const batch = this.#textBacklog[0]!;
      const { written, error } = this.#text.append(batch);
      // Characters of a text line can be more than one byte.
      const rest = written === 0 ? batch.text : Buffer.from(batch.text).subarray(written).toString();
      this.#queuedBytes -= batch.text.length - rest.length;
      batch.text = rest;
      if (error) {
        this.#trouble(error);
        return false;
      }
      this.#textBacklog.shift();
    }
    return true;
  }

  #trouble(error: Error): void {
    this.#reason = error.message;
    if (this.#failing) return;
    this.#failing = true;
    this.#options.onTrouble(
      `The journal in ${this.#directory} cannot be written (${error.message}); events are kept in memory and written as soon as it can.`,
    );
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.flush();
    }, 1000).unref();
  }

  // A half line would trip every reader: it goes to `torn.txt`, and an event says so.
  #moveAside(path: string, torn: { bytes: number; head: Buffer }): void {
    const name = path.slice(this.#directory.length + 1);
    appendFileSync(join(this.#directory, 'torn.txt'), Buffer.concat([torn.head, Buffer.from('\n')]), { mode: 0o644 });
    const data = torn.head.subarray(0, 256).toString('latin1').replace(/\0+$/, '');
    this.#own('kansatsuki.journal.torn', { file: name, bytes: torn.bytes, data });
  }

  #own<Id extends 'kansatsuki.journal.torn' | 'kansatsuki.journal.lost'>(
    id: Id,
    fields: Id extends 'kansatsuki.journal.torn'
      ? { file: string; bytes: number; data: string }
      : { count: number; reason: string },
  ): void {
    this.append(makeEvent(id, undefined, fields as never, this.#options.origin, this.#options.now()) as Event);
  }
}
