// `kansatsuki replay`: plays a terminal recording on this terminal, or writes it as asciicast, text, JSON or a page.
import { open, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { TtyRecord } from '../event/tty.ts';
import { Failure } from './failure.ts';
import { type Setup, setup } from './options.ts';
import { printJson, printLine } from './print.ts';
import type { FoundRecording } from './replay/find.ts';

interface Options {
  speed?: number;
  idleLimit: number;
  raw?: boolean;
  follow?: boolean;
  text?: boolean;
  asciicast?: string;
  castVersion: '2' | '3';
  html?: string;
  mask?: 'circles' | 'none';
  recording?: number;
}

const POLL_MS = 150;

export function replay(): Command {
  return new Command('replay')
    .description('play a terminal recording (keys: space, + -, arrows, q)')
    .argument('<what>', 'a session, SENSOR/SESSION, the name of a recording, or a file of Cowrie or Kippo')
    .option('--speed <n>', 'how many times as fast as it was', positive)
    .option('--idle-limit <seconds>', 'longest pause, or none', idle, 3)
    .option('--recording <n>', 'which of the session, counted from 1; default: all', positive)
    .option('--follow', 'go on while it is being recorded')
    .option('--text', 'write what stood on the screen as plain text')
    .option('--asciicast <file>', 'write an asciicast; - for standard output')
    .addOption(new Option('--cast-version <n>', 'of the asciicast').choices(['2', '3']).default('2'))
    .option('--html <file>', 'write a page that stands alone, addresses masked; - for standard output')
    .addOption(new Option('--mask <style>', 'hide addresses and names in what is written').choices(['circles', 'none']))
    .option('--raw', 'let every control sequence through, those that act on your terminal too')
    .action(async (what: string, options: Options, command: Command) => {
      const found = setup(command);
      const { findRecordings } = await import('./replay/find.ts');
      const recordings = chosen(await findRecordings(what, found), options.recording, found.texts);
      if (options.follow) return follow(recordings.at(-1)!, options, found);
      if (options.asciicast !== undefined || options.html !== undefined) return write(recordings, options, found);
      if (found.json) return tell(recordings, found);
      for (const recording of recordings) if ((await show(recording, options, found)) === 'quit') break;
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || !(value > 0 && value <= 10_000))
    throw new InvalidArgumentError('Write a number above 0.');
  return value;
}

function idle(text: string): number {
  return text === 'none' ? Number.POSITIVE_INFINITY : positive(text);
}

function chosen(recordings: FoundRecording[], number: number | undefined, texts: Setup['texts']): FoundRecording[] {
  if (number === undefined) return recordings;
  const one = recordings[number - 1];
  if (!one) throw new Failure(texts.replayNumber(number, recordings.length), 2);
  return [one];
}

async function recordsOf(
  { path }: FoundRecording,
  texts: Setup['texts'],
): Promise<{ records: TtyRecord[]; complete: boolean }> {
  const [{ readRecording }, { readTty }] = await Promise.all([import('./replay/find.ts'), import('../event/tty.ts')]);
  return readTty(await readRecording(path, texts), true);
}

/** Plays on a terminal in its time; into a pipe or file at once, unless a speed is asked for. */
async function show(recording: FoundRecording, options: Options, { quiet, texts }: Setup): Promise<'end' | 'quit'> {
  const { records } = await recordsOf(recording, texts);
  if (options.text) {
    const { transcript } = await import('../web/replay/transcript.ts');
    process.stdout.write(transcript(records, (await sizesOf(recording))[0]?.height));
    return 'end';
  }
  const { frames, painter, play } = await import('./replay/player.ts');
  const { Keyboard } = await import('./replay/keyboard.ts');
  const onTerminal = process.stdout.isTTY === true;
  if (!onTerminal && options.speed === undefined) {
    const paint = painter(options.raw === true);
    for (const { record } of frames(records, options.idleLimit)) await out(paint(record));
    return 'end';
  }
  const keyboard = new Keyboard(onTerminal ? process.stdin : undefined);
  try {
    return await play(records, {
      speed: options.speed ?? 1,
      idleLimit: options.idleLimit,
      raw: options.raw === true,
      fresh: onTerminal,
      key: (ms) => keyboard.next(ms),
      write: out,
      now: () => performance.now(),
    });
  } finally {
    keyboard.close();
    if (onTerminal) {
      const { Harmless } = await import('../event/harmless.ts');
      await out(`${Harmless.reset}\x1b[999;1H\r\n`);
      if (!quiet) printLine(texts.replayEnd(recording.name));
    }
  }
}

const out = (text: string | Uint8Array): Promise<unknown> =>
  new Promise((resolve) => process.stdout.write(text, resolve));

/** Shows what there is and what comes, until the recording is closed or the watcher ends it. */
async function follow(recording: FoundRecording, options: Options, { texts }: Setup): Promise<void> {
  const [{ readTty, looksLikeTty }, { painter }, { Harmless }] = await Promise.all([
    import('../event/tty.ts'),
    import('./replay/player.ts'),
    import('../event/harmless.ts'),
  ]);
  const paint = painter(options.raw === true);
  const file = await open(recording.path);
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    let pending: Buffer = Buffer.alloc(0);
    let first = true;
    const chunk = Buffer.alloc(1 << 16);
    while (!stopped) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        continue;
      }
      pending = Buffer.concat([pending, chunk.subarray(0, bytesRead)]);
      if (first && pending.length >= 24 && !looksLikeTty(pending))
        throw new Failure(texts.replayWrong(recording.path), 1);
      if (pending.length >= 24) first = false;
      const { records, read } = readTty(pending);
      pending = pending.subarray(read);
      for (const record of records) {
        if (record.type === 'close') return;
        if (record.type === 'output' || record.type === 'interact') await out(paint(record));
      }
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await file.close();
    if (process.stdout.isTTY) await out(`${Harmless.reset}\r\n`);
  }
}

async function write(recordings: FoundRecording[], options: Options, found: Setup): Promise<void> {
  const { config, texts, lang } = found;
  if (recordings.length > 1) throw new Failure(texts.replaySeveral(recordings.length), 2);
  const [recording] = recordings as [FoundRecording];
  const { records, complete } = await recordsOf(recording, texts);
  const [{ hiddenHosts, ownNames }, { castOf, beside }] = await Promise.all([
    import('../diary/share.ts'),
    import('../web/replay/cast.ts'),
  ]);
  const hosts = hiddenHosts([...ownNames(config.sensor.name), recording.session?.sensor ?? '']);
  const cast = (version: 2 | 3, masked: boolean) =>
    castOf(records, {
      ...beside(recording.events),
      version,
      complete,
      title: recording.session?.session ?? recording.name,
      ...(Number.isFinite(options.idleLimit) ? { idleLimit: options.idleLimit } : {}),
      raw: options.raw === true,
      ...(masked ? { hidden: hosts } : {}),
    });
  if (options.asciicast !== undefined)
    await save(options.asciicast, cast(options.castVersion === '3' ? 3 : 2, options.mask === 'circles'), found);
  if (options.html !== undefined) {
    const { PlayerMissing, replayPage } = await import('../web/replay/page.ts');
    const title = texts.replayTitle(recording.session?.session ?? recording.name.slice(0, 12));
    const masked = options.mask !== 'none';
    try {
      const { speed = 1, idleLimit } = options;
      await save(options.html, replayPage(cast(2, masked), title, lang, { speed, idleLimit, masked }), found);
    } catch (error) {
      if (error instanceof PlayerMissing) throw new Failure(error.message, 1);
      throw error;
    }
  }
}

async function save(file: string, text: string, { quiet, texts }: Setup): Promise<void> {
  if (file === '-') {
    await out(text);
    return;
  }
  await writeFile(file, text);
  if (!quiet) printLine(texts.maskWritten(file));
}

async function sizesOf({ events }: FoundRecording): Promise<{ at: number; width: number; height: number }[]> {
  const { beside } = await import('../web/replay/cast.ts');
  return beside(events).sizes;
}

/** As `replay --json` prints it. */
async function tell(recordings: readonly FoundRecording[], { texts }: Setup): Promise<void> {
  const told = [];
  for (const recording of recordings) {
    const { records, complete } = await recordsOf(recording, texts);
    const start = records[0]?.at ?? 0;
    told.push({
      name: recording.name,
      ...recording.session,
      started: records.length > 0 ? new Date(start).toISOString() : null,
      seconds: Math.round((records.at(-1)?.at ?? start) - start) / 1000,
      complete,
      records: records.map(({ type, at, data }) => [
        Math.round((at - start) * 1000) / 1e6,
        type,
        Buffer.from(data).toString('utf8'),
      ]),
    });
  }
  printJson({ recordings: told });
}
