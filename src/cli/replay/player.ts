// Plays a recording on a terminal in its own time: pause, speed, seeking; what it writes is made harmless first.
import { visible } from '../../diary/visible.ts';
import { Harmless } from '../../event/harmless.ts';
import type { TtyRecord } from '../../event/tty.ts';

export interface PlayOptions {
  /** How many times as fast as it was. */
  speed: number;
  /** Longest pause in seconds; Infinity keeps all. */
  idleLimit: number;
  /** Let everything through: what the recording says acts on this terminal. */
  raw: boolean;
  /** Begin on an empty screen; what stood there is pushed into the scrollback, where no sequence reaches it. */
  fresh: boolean;
  /** The next key, in time or undefined after `ms`; Infinity waits for a key alone. */
  key: (ms: number) => Promise<string | undefined>;
  write: (text: string | Uint8Array) => Promise<unknown>;
  /** Milliseconds, for measuring. */
  now: () => number;
}

const SLOWEST = 1 / 16;
const FASTEST = 256;
const STEP_MS = 5_000;
const LEAP_MS = 60_000;
const COMMAND = '\x1b[36m';
const FRESH = `${'\n'.repeat(200)}\x1b[H\x1b[2J`;

interface Frame {
  /** Milliseconds since the first frame, pauses shortened. */
  at: number;
  record: TtyRecord;
}

/** What the recording showed and when: output, and the command of an exec request. Of a recording without output, what was typed. */
export function frames(records: readonly TtyRecord[], idleLimit: number): Frame[] {
  const side = records.some(({ type }) => type === 'output') ? 'output' : 'input';
  let at = 0;
  let before: number | undefined;
  return records
    .filter(({ type, data }) => (type === side || type === 'interact') && data.length > 0)
    .map((record) => {
      // A clock that was set back shows nothing for no time.
      if (before !== undefined) at += Math.min(Math.max(0, record.at - before), idleLimit * 1000);
      before = record.at;
      return { at, record };
    });
}

/** What a frame is on a terminal. */
export function painter(raw: boolean): (record: TtyRecord) => string | Uint8Array {
  if (raw) return ({ data }) => data;
  const filter = new Harmless({ crlf: true });
  return ({ type, data }) =>
    type === 'interact' ? `${COMMAND}${visible(new TextDecoder().decode(data))}\x1b[0m\r\n` : filter.write(data);
}

/** @returns 'end' when it was over, 'quit' when the watcher had enough */
export async function play(records: readonly TtyRecord[], options: PlayOptions): Promise<'end' | 'quit'> {
  const list = frames(records, options.idleLimit);
  const end = list.at(-1)?.at ?? 0;
  let { speed } = options;
  let paint = painter(options.raw);
  let at = 0;
  let index = 0;
  let paused = false;
  const seek = async (target: number) => {
    if (target < at) {
      await options.write(Harmless.reset + FRESH);
      paint = painter(options.raw);
      index = 0;
    }
    at = Math.min(Math.max(0, target), end);
    for (; index < list.length && list[index]!.at <= at; index++) await options.write(paint(list[index]!.record));
  };
  if (options.fresh) await options.write(FRESH);
  for (;;) {
    const next = list[index];
    if (!next && !paused) return 'end';
    if (next && !paused && next.at <= at) {
      index++;
      await options.write(paint(next.record));
      continue;
    }
    const since = options.now();
    const key = await options.key(paused || !next ? Number.POSITIVE_INFINITY : (next.at - at) / speed);
    if (!paused && next) at = Math.min(next.at, key === undefined ? next.at : at + (options.now() - since) * speed);
    switch (key) {
      case undefined:
        break;
      case 'q':
      case '\x03':
      case '\x04':
        return 'quit';
      case ' ':
        paused = !paused;
        break;
      case '+':
      case '=':
        speed = Math.min(FASTEST, speed * 2);
        break;
      case '-':
        speed = Math.max(SLOWEST, speed / 2);
        break;
      case '\x1b[C':
        await seek(at + STEP_MS);
        break;
      case '\x1b[D':
        await seek(at - STEP_MS);
        break;
      case '\x1b[A':
        await seek(at + LEAP_MS);
        break;
      case '\x1b[B':
        await seek(at - LEAP_MS);
        break;
      case '.':
        // One step on while it stands still.
        if (paused && next) await seek(next.at);
        break;
    }
  }
}
