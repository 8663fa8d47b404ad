// A recording while it is being made: the lines of its asciicast as server-sent events, as the sensor writes them.
import { type FileHandle, open } from 'node:fs/promises';
import { Harmless } from '../../event/harmless.ts';
import { maskPieces } from '../../event/mask.ts';
import { type CastEvent, readTty, TtyName } from '../../event/tty.ts';
import type { Beside } from './cast.ts';

export interface FollowOptions {
  /** Sizes and commands of the session as far as they are known. */
  beside: () => Beside;
  /** Hides addresses and these names: text is shown a word at a time then. */
  hidden?: readonly string[];
}

/** Watchers at a time. */
export const WATCHERS = 16;
const POLL_MS = 150;
/** The journal is asked for new commands this often. */
const ASK_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const CHUNK = 64 << 10;
/** A word that is still being written, controls within it included. */
const UNFINISHED = /(?:[\w.:[\]-]|\x1b\[[\d;]*m)+$/;
const LONGEST_WORD = 300;

let watchers = 0;
export const watching = (): number => watchers;

/**
 * Events `header` (the asciicast's first line), `events` (a list of `[seconds, code, text]`), and at last `end` with the name under which the finished
 * recording is kept.
 * @throws when the file cannot be opened
 */
export async function follow(path: string, options: FollowOptions): Promise<ReadableStream<Uint8Array>> {
  const file = await open(path);
  watchers++;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    watchers--;
    await file.close();
  };
  const lines = linesOf(file, options, () => isOpen);
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await lines.next();
        if (!isOpen) return;
        if (value !== undefined) controller.enqueue(new TextEncoder().encode(value));
        if (!done) return;
        await close();
        controller.close();
      } catch (error) {
        await close();
        controller.error(error);
      }
    },
    cancel: close,
  });
}

const message = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const decoded = (data: Uint8Array): string => new TextDecoder().decode(data);
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

async function* linesOf(
  file: FileHandle,
  { beside, hidden }: FollowOptions,
  open: () => boolean,
): AsyncGenerator<string, undefined> {
  const filter = new Harmless({ crlf: true });
  const name = new TtyName();
  const chunk = Buffer.alloc(CHUNK);
  let pending: Buffer = Buffer.alloc(0);
  let start: number | undefined;
  let held = '';
  let told = 0;
  let asked = Number.NEGATIVE_INFINITY;
  let said = performance.now();
  let exec = false;
  const seconds = (at: number) => Math.max(0, Math.round(at - start!) / 1000);
  /** What may be shown of what is there; the rest waits for the end of its word. */
  const shown = (text: string, all = false): string => {
    if (!hidden) return text;
    held += text;
    const word = all ? '' : (UNFINISHED.exec(held.slice(-LONGEST_WORD))?.[0] ?? '');
    const ready = held.slice(0, held.length - word.length);
    held = word;
    return maskPieces([ready], hidden)[0]!;
  };
  yield 'retry: 2000\n\n';
  while (open()) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK);
    pending = Buffer.concat([pending, chunk.subarray(0, bytesRead)]);
    const { records, read } = readTty(pending);
    pending = pending.subarray(read);
    const events: CastEvent[] = [];
    let ended = false;
    for (const { type, at, data } of records) {
      if (start === undefined) {
        start = at;
        const { sizes } = beside();
        const [width, height] = [sizes[0]?.width ?? 80, sizes[0]?.height ?? 24];
        exec = records.some((record) => record.type === 'interact');
        yield message('header', {
          version: 2,
          width,
          height,
          timestamp: start / 1000,
          kansatsuki: exec ? { exec } : {},
        });
      }
      if (type !== 'open' && type !== 'close') name.add(type, data);
      if (type === 'output') {
        const text = shown(filter.write(data));
        if (text !== '') events.push([seconds(at), 'o', text]);
      } else if (type === 'interact') {
        const [text] = hidden ? maskPieces([decoded(data)], hidden) : [decoded(data)];
        events.push([seconds(at), 'm', text!]);
      } else if (type === 'close') {
        const rest = shown('', true);
        if (rest !== '') events.push([seconds(at), 'o', rest]);
        ended = true;
      }
    }
    if (start !== undefined && !exec && (ended || performance.now() - asked > ASK_MS)) {
      asked = performance.now();
      const { commands } = beside();
      for (const { at, input } of commands.slice(told))
        events.push([seconds(at), 'm', hidden ? maskPieces([input], hidden)[0]! : input]);
      told = Math.max(told, commands.length);
    }
    if (events.length > 0) {
      said = performance.now();
      yield message('events', events);
    }
    // Renamed when it was closed, removed when the same was kept already: either way there is nothing more to come.
    if (ended || (bytesRead === 0 && (await file.stat()).nlink === 0)) {
      yield message('end', { name: name.digest() });
      return undefined;
    }
    if (bytesRead > 0) continue;
    if (performance.now() - said > HEARTBEAT_MS) {
      said = performance.now();
      yield ': still here\n\n';
    }
    await pause();
  }
  return undefined;
}
