// Import: logs of every Cowrie there has been, from files and folders, into the store; whatever is damaged is counted and named.
import { closeSync, copyFileSync, constants as fsConstants, mkdirSync, openSync, readSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { gunzipSync, constants as zlibConstants, zstdDecompressSync } from 'node:zlib';
import type { RawEvent } from '../event/legacy.ts';
import { messageOf } from '../event/message.ts';
import { readCsv } from './csv.ts';
import { compressionOf, contents, type FileKind, type Found, findFiles, kindOf } from './files.ts';
import { decode, eachLine, eventsOf, ObjectScanner, parseLine, salvage } from './lines.ts';
import { readDiary } from './markdown.ts';
import { unpack } from './packed.ts';
import { FROM_TEXT, ID_STEP, SENSOR } from './schema.ts';
import type { SessionRecord } from './session.ts';
import { sidText } from './sid.ts';
import type { Source } from './source.ts';
import type { SqliteStore } from './sqlite.ts';
import { TextSessions } from './textsessions.ts';
import type { Writer } from './writer.ts';

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
}

export interface ImportProgress {
  path: string;
  bytes: number;
  totalBytes: number;
  events: number;
}

export interface ImportOptions {
  /** Called a few times a second. */
  progress?: (progress: ImportProgress) => void;
  /** Told of every line that was not read as it stood, and of every file that is no log. */
  explain?: (note: { file: string; line?: number; what: string }) => void;
  /** Where recordings and artefacts found beside the logs are kept; without it only their present place is noted. */
  keep?: { tty: string; downloads: string };
  signal?: AbortSignal;
  now?: () => number;
}

const HEAD = 1 << 16;
/** The order of reading: a text log only adds what the JSON logs do not have. */
const order: readonly FileKind[] = ['json', 'json-stream', 'csv', 'text', 'markdown', 'tty', 'artefact', 'other'];

/**
 * Reads logs into the store. Idempotent by content: importing again, or an overlapping copy, adds nothing. Commits every
 * few ten thousand events, so an interrupted import can simply be repeated.
 * @throws what the disk or SQLite says when the store cannot be written; damaged input never throws
 */
export async function importPaths(
  store: SqliteStore,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  const run = new Run(store, options);
  store.writer.expectNew();
  try {
    await run.all(paths);
  } catch (error) {
    store.writer.rollback();
    throw error;
  } finally {
    store.writer.expectAny();
  }
  return run.result;
}

class Run {
  readonly result: ImportResult = {
    files: 0,
    lines: 0,
    events: 0,
    duplicates: 0,
    salvaged: 0,
    malformed: 0,
    sessions: 0,
    seconds: 0,
  };
  readonly #store: SqliteStore;
  readonly #writer: Writer;
  readonly #options: ImportOptions;
  #bytes = 0;
  #totalBytes = 0;
  #told = 0;
  #file = '';
  #line = 0;

  constructor(store: SqliteStore, options: ImportOptions) {
    this.#store = store;
    this.#writer = store.writer;
    this.#options = options;
  }

  async all(paths: readonly string[]): Promise<void> {
    const started = performance.now();
    const before = this.#store.totals().sessions;
    const found = findFiles(paths, (path, what) => this.#note(what, path));
    this.#totalBytes = found.reduce((sum, file) => sum + file.bytes, 0);
    const files = found.map((file) => this.#sniff(file)).filter((file) => file !== undefined);
    files.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
    // Text logs of one folder are one log: its sessions run on from file to file.
    const texts = new Map<string, TextSessions>();
    let committedForText = false;
    for (const file of files) {
      this.#options.signal?.throwIfAborted();
      this.#file = file.path;
      this.#line = 0;
      if (file.kind === 'text' && !committedForText) {
        this.#writer.commit();
        committedForText = true;
      }
      try {
        await this.#read(file, texts);
      } catch (error) {
        if (isOurs(error)) throw error;
        // The file: unreadable, or its compressed stream ends or is damaged. What came before is kept.
        this.result.malformed++;
        this.#note(`reading stopped: ${(error as Error).message}`);
      }
    }
    this.#writer.commit();
    this.#seedFeed();
    this.#store.database.exec('PRAGMA optimize');
    this.result.sessions = this.#store.totals().sessions - before;
    this.result.seconds = Math.round(performance.now() - started) / 1000;
    this.#tell(true);
  }

  #sniff(file: Found): { path: string; bytes: number; kind: FileKind; compression: string | undefined } | undefined {
    try {
      const head = readHead(file.path);
      const compression = compressionOf(head);
      if (compression !== undefined && compression !== 'gzip' && compression !== 'zstd') {
        this.#note(`${compression} is not read: decompress it first`, file.path);
        this.result.malformed++;
        return undefined;
      }
      return {
        ...file,
        compression,
        kind: kindOf(file.path.replace(/\.(?:gz|zst)$/, ''), unpackHead(head, compression)),
      };
    } catch (error) {
      this.#note((error as Error).message, file.path);
      this.result.malformed++;
      return undefined;
    }
  }

  async #read(
    file: { path: string; bytes: number; kind: FileKind; compression: string | undefined },
    texts: Map<string, TextSessions>,
  ): Promise<void> {
    switch (file.kind) {
      case 'json':
        this.result.files++;
        return this.#chunks(file, (text) => eachLine(text, (line) => this.#jsonLine(line)));
      case 'json-stream':
        this.result.files++;
        return this.#objects(file);
      case 'csv':
        this.result.files++;
        return this.#csv(file);
      case 'text': {
        this.result.files++;
        const folder = dirname(file.path);
        let text = texts.get(folder);
        if (!text) texts.set(folder, (text = this.#textSessions()));
        await this.#chunks(file, (chunk) =>
          eachLine(chunk, (line) => {
            this.result.lines++;
            this.#line++;
            text.line(line);
          }),
        );
        return text.end();
      }
      case 'markdown':
        this.result.files++;
        return this.#markdown(file);
      case 'tty':
      case 'artefact':
        this.#bytes += file.bytes;
        return this.#attach(file.path, file.bytes, file.kind === 'tty' ? 'tty' : 'download');
      default:
        this.#bytes += file.bytes;
        this.#note('no log that is known here; nothing was read');
    }
  }

  // ── kinds of files ────────────────────────────────────────────────────────────────────────────────────────────

  /** Feeds whole lines; a very long line is cut into pieces of 32 MiB, of which none is an event. */
  async #chunks(file: { path: string; compression: string | undefined }, visit: (text: string) => void): Promise<void> {
    let rest: Buffer[] = [];
    let restBytes = 0;
    const stream = contents(file.path, file.compression, (bytes) => {
      this.#bytes += bytes;
    });
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        this.#options.signal?.throwIfAborted();
        const end = chunk.lastIndexOf(0x0a) + 1;
        if (end === 0) {
          rest.push(chunk);
          restBytes += chunk.length;
          if (restBytes > 32 << 20) {
            this.#malformed('a line of more than 32 MiB');
            rest = [];
            restBytes = 0;
          }
          continue;
        }
        const whole = chunk.subarray(0, end);
        if (restBytes > 0) {
          // Only the line that spans chunks is copied.
          const lf = whole.indexOf(0x0a) + 1;
          visit(decode(Buffer.concat([...rest, whole.subarray(0, lf)])));
          if (lf < end) visit(decode(whole.subarray(lf)));
        } else visit(decode(whole));
        rest = end < chunk.length ? [Buffer.from(chunk.subarray(end))] : [];
        restBytes = chunk.length - end;
        this.#pause();
      }
    } finally {
      stream.destroy();
      if (restBytes > 0) visit(decode(Buffer.concat(rest)));
    }
  }

  #jsonLine(line: string): void {
    this.result.lines++;
    this.#line++;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      const { events, salvaged, malformed } = salvage(line);
      if (malformed) this.#malformed(malformed);
      if (salvaged) {
        this.result.salvaged += events.length;
        this.#note(salvaged);
      }
      for (const event of events) this.#add(event);
      return;
    }
    if (typeof (value as RawEvent | null)?.['eventid'] === 'string') this.#add(value as RawEvent);
    else {
      const events = eventsOf(value);
      if (events.length === 0) this.#malformed('no Cowrie event');
      for (const event of events) this.#add(event);
    }
  }

  async #objects(file: { path: string; compression: string | undefined }): Promise<void> {
    const scanner = new ObjectScanner();
    const decoder = new StringDecoder('utf8');
    const take = (object: string) => {
      this.result.lines++;
      this.#line++;
      const { events, salvaged, malformed } = parseLine(object);
      if (malformed) this.#malformed(malformed);
      if (salvaged) {
        this.result.salvaged += events.length;
        this.#note(salvaged);
      }
      for (const event of events) this.#add(event);
    };
    const stream = contents(file.path, file.compression, (bytes) => {
      this.#bytes += bytes;
    });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      this.#options.signal?.throwIfAborted();
      scanner.feed(decoder.write(chunk).replaceAll('\0', ''), take);
      this.#pause();
    }
    scanner.feed(decoder.end(), take);
    if (scanner.rest !== '') take(scanner.rest);
  }

  async #csv(file: { path: string; compression: string | undefined }): Promise<void> {
    let text = '';
    const decoder = new StringDecoder('utf8');
    const reader = readCsv((row) => {
      this.result.lines++;
      this.#line++;
      if (row['eventid'] === undefined || row['timestamp'] === undefined) this.#malformed('no Cowrie event');
      else this.#add(row, { text: true });
    });
    const stream = contents(file.path, file.compression, (bytes) => {
      this.#bytes += bytes;
    });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      text = decoder.write(chunk);
      reader.feed(text);
      this.#pause();
    }
    reader.feed(decoder.end());
    reader.end();
  }

  async #markdown(file: { path: string; compression: string | undefined }): Promise<void> {
    let text = '';
    await this.#chunks(file, (chunk) => {
      if (text.length < 64 << 20) text += chunk;
    });
    eachLine(text, () => this.result.lines++);
    const year = new Date((this.#options.now ?? Date.now)()).getUTCFullYear();
    const { events, empty } = readDiary(text, year);
    for (const { event, coarse, approximate, line, salvaged } of events) {
      this.#line = line;
      if (salvaged) {
        this.result.salvaged++;
        this.#note('an excerpt that is no whole log line');
      }
      this.#add(event, { text: true, coarse, approximate });
    }
    for (const { line } of empty) this.#note('a block without a log line', this.#file, line);
  }

  #textSessions(): TextSessions {
    return new TextSessions({
      emit: ({ event, coarse }) => this.#add(event, { text: true, coarse }),
      resolve: (address, micros, eventid) => this.#sessionAt(address, micros, eventid),
      covered: (micros) => this.#covered(micros),
      onCovered: () => {
        this.result.duplicates++;
        this.#note('names no connection; the JSON log of that time counts');
      },
    });
  }

  /** The session of an address with an event of an id at a time. */
  #sessionAt(address: string, micros: number, eventid: string): string | undefined {
    const { scanner, words } = this.#store;
    const wanted = scanner.eventidOf(eventid);
    const id = words.find('address', address);
    if (wanted < 0 || id === undefined) return undefined;
    const ms = Math.floor(micros / 1000);
    const rows = scanner.all(
      'SELECT * FROM session WHERE address = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT 200',
      id,
      (ms - 86_400_000) * ID_STEP,
      (ms + 1001) * ID_STEP,
    ) as unknown as SessionRecord[];
    const slack = micros % 1e6 === 0 ? 1e6 : 1;
    for (const record of rows) {
      if (record.flags & SENSOR || Math.floor(record.id / ID_STEP) + record.last < ms - 1000) continue;
      let hit = false;
      scanner.each(record, (at, body) => {
        hit ||= at >= micros && at - micros < slack && scanner.eventid(body) === wanted;
      });
      if (hit) return sidText(record.sid);
    }
    return undefined;
  }

  /** Whether a JSON log has a session that was open at a time. */
  #covered(micros: number): boolean {
    const ms = Math.floor(micros / 1000);
    for (const record of this.#store.scanner.sessions({ from: ms - 1000, to: ms + 1 }))
      if ((record.flags & (SENSOR | FROM_TEXT)) === 0 && Math.floor(record.id / ID_STEP) + record.last >= ms - 1000)
        return true;
    return false;
  }

  #attach(path: string, bytes: number, kind: 'tty' | 'download'): void {
    const name = basename(path).replace(/\.(?:gz|zst)$/, '');
    let place = path;
    const folder = kind === 'tty' ? this.#options.keep?.tty : this.#options.keep?.downloads;
    if (folder !== undefined) {
      place = join(folder, name);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const temporary = join(folder, `tmp-${process.pid}-${name}`);
      copyFileSync(path, temporary, fsConstants.COPYFILE_FICLONE);
      renameSync(temporary, place);
    }
    this.#store.database
      .prepare('INSERT OR REPLACE INTO attachment(name, kind, path, bytes) VALUES (?, ?, ?, ?)')
      .run(name, kind, place, bytes);
    this.#note(kind === 'tty' ? 'a terminal recording' : 'an artefact');
  }

  // ── counting ──────────────────────────────────────────────────────────────────────────────────────────────────

  #add(event: RawEvent, source?: Source): void {
    const outcome = this.#writer.add(event, source);
    if (outcome === 'added') this.result.events++;
    else if (outcome === 'duplicate') this.result.duplicates++;
    else this.#malformed(outcome.rejected);
  }

  #malformed(what: string): void {
    this.result.malformed++;
    this.#note(what);
  }

  #note(what: string, file = this.#file, line = this.#line): void {
    this.#options.explain?.({ file, ...(line > 0 && file === this.#file ? { line } : {}), what });
  }

  /** Between two chunks: commit what is ripe, show progress. */
  #pause(): void {
    if (this.#writer.full) this.#writer.commit();
    else this.#writer.relieve();
    this.#tell(false);
  }

  #tell(last: boolean): void {
    const now = performance.now();
    if (!last && now - this.#told < 200) return;
    this.#told = now;
    this.#options.progress?.({
      path: this.#file,
      bytes: last ? this.#totalBytes : Math.min(this.#bytes, this.#totalBytes),
      totalBytes: this.#totalBytes,
      events: this.result.events + this.result.duplicates,
    });
  }

  /** The live page of a store that was only imported shows its newest events. */
  #seedFeed(): void {
    const { scanner, words } = this.#store;
    if (scanner.all('SELECT 1 FROM feed LIMIT 1').length > 0) return;
    const items: { micros: number; eventid: string; session: number; message: string }[] = [];
    const rows = scanner.all(`SELECT id FROM session WHERE flags & ${SENSOR} = 0 ORDER BY id DESC LIMIT 50`);
    for (const row of rows) {
      const record = scanner.record(row['id'] as number)!;
      scanner.each(record, (micros, body) => {
        const { eventid, fields } = unpack(body, (kind, id) => words.text(kind, id));
        const whole = {
          ...fields,
          eventid,
          session: sidText(record.sid),
          src_ip: record.address === null ? '' : words.text('address', record.address),
        };
        const message = typeof fields['message'] === 'string' ? fields['message'] : (messageOf(whole) ?? '');
        items.push({ micros, eventid, session: record.id, message: message.slice(0, 2000) });
      });
      if (items.length > 500) break;
    }
    items.sort((a, b) => a.micros - b.micros);
    if (items.length > 0) this.#writer.seedFeed(items.slice(-200));
  }
}

/** Errors of the store or of the caller's abort end the import; those of a file do not. */
function isOurs(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_SQLITE_ERROR' || (error as Error).name === 'AbortError';
}

function readHead(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    return head.subarray(0, readSync(fd, head, 0, HEAD, 0));
  } finally {
    closeSync(fd);
  }
}

function unpackHead(head: Buffer, compression: string | undefined): Buffer {
  if (compression === undefined) return head;
  // Only the beginning is there: what of it unpacks is enough.
  try {
    return compression === 'gzip'
      ? gunzipSync(head, { finishFlush: zlibConstants.Z_SYNC_FLUSH })
      : zstdDecompressSync(head, { finishFlush: zlibConstants.ZSTD_e_flush });
  } catch {
    return Buffer.alloc(0);
  }
}
