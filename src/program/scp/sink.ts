// The taking end of scp (`scp -t`): control lines and the files that follow them (scp.c, sink).
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes, Stat } from '../../machine/machine.ts';
import { tryTo } from '../failure.ts';
import { LostConnection, type Settings, type Wire } from './wire.ts';

const CHUNK = 65_536;
/** A file is written in pieces of this size (COPY_BUFLEN): what is left of a copy that breaks off is a multiple of it. */
const PIECE = 16_384;
/** A time_t is signed. */
const LARGEST_TIME = 2 ** 63;
const DEEPEST = 200;

/** A control line that makes no sense: told of, and the end of this scp. */
class ProtocolError extends Error {}

interface Times {
  mtime: number;
  atime: number;
}

export async function take(wire: Wire, settings: Settings, targets: readonly Bytes[]): Promise<number> {
  const [target] = targets;
  // Modes are as the source has them.
  if (settings.preserve) wire.process.umask = 0;
  try {
    if (target === undefined || targets.length !== 1) {
      await wire.complain('ambiguous target');
      return 1;
    }
    if (settings.directory && stat(wire, target)?.type !== 'directory') {
      const found = stat(wire, target);
      await wire.complain(`${target}: ${found ? 'Not a directory' : 'No such file or directory'}`);
      return 1;
    }
    await sink(wire, settings, target, 0);
    return wire.status;
  } catch (error) {
    if (error instanceof LostConnection) return 1;
    if (!(error instanceof ProtocolError)) throw error;
    await wire.complain(error.message);
    return 1;
  }
}

const protocol = (what: string) => new ProtocolError(`protocol error: ${what}`);

/** One control line; undefined at the end of the connection, which may only come before it. */
async function controlLine(wire: Wire): Promise<Bytes | undefined> {
  try {
    return await wire.line();
  } catch (error) {
    throw error instanceof LostConnection ? protocol('lost connection') : error;
  }
}

async function sink(wire: Wire, settings: Settings, target: Bytes, depth: number): Promise<void> {
  const { files, umask } = wire.process;
  await wire.agree();
  const into = stat(wire, target)?.type === 'directory';
  let times: Times | undefined;
  for (let first = true; ; first = false) {
    const whole = await controlLine(wire);
    if (whole === undefined) return;
    if (whole === '') throw protocol('unexpected <newline>');
    // To C a line ends at a NUL.
    const line = whole.split('\0', 1)[0]!;
    const code = line[0] ?? '';
    if (code === '\x01' || code === '\x02') {
      wire.status = 1;
      if (code === '\x02') throw new LostConnection();
      continue;
    }
    if (code === 'E') {
      await wire.agree();
      return;
    }
    if (code === 'T') {
      times = readTimes(line);
      await wire.agree();
      continue;
    }
    if (code !== 'C' && code !== 'D') {
      if (first) throw new ProtocolError(line);
      throw protocol('expected control record');
    }
    const { mode: wanted, size, name } = readRecord(line);
    if (name === '' || name.includes('/') || name === '.' || name === '..')
      throw new ProtocolError(`error: unexpected filename: ${name}`);
    const mode = settings.preserve ? wanted : wanted & ~umask;
    const path = into ? `${target === '/' ? '' : target}/${name}` : target;
    if (code === 'D') {
      if (!settings.recursive || depth >= DEEPEST) throw protocol('received directory without -r');
      const there = stat(wire, path);
      let fix = settings.preserve;
      try {
        if (there && there.type !== 'directory') throw new SystemError('ENOTDIR');
        if (there) {
          if (settings.preserve) tryTo(() => files.chmod(path, mode));
        } else {
          // So that files can be put into what will be read-only.
          fix = true;
          files.mkdir(path, (mode | 0o700) & ~umask);
        }
      } catch (error) {
        await wire.complain(`${path}: ${words(error)}`);
        continue;
      }
      await sink(wire, settings, path, depth + 1);
      if (times) tryTo(() => files.utimes(path, times!.atime, times!.mtime));
      times = undefined;
      if (fix) tryTo(() => files.chmod(path, mode));
      continue;
    }
    if (await takeFile(wire, settings, path, mode, size, times)) times = undefined;
  }
}

/** @returns true when the times have been used */
async function takeFile(
  wire: Wire,
  settings: Settings,
  path: Bytes,
  mode: number,
  size: number,
  times: Times | undefined,
): Promise<boolean> {
  const { process } = wire;
  const there = stat(wire, path);
  let descriptor: number;
  try {
    descriptor = process.open(path, { write: true, create: true }, mode | 0o200);
  } catch (error) {
    await wire.complain(`${path}: ${words(error)}`);
    return false;
  }
  await wire.agree();
  const file = process.descriptors.get(descriptor)!;
  let complaint: string | undefined;
  const attempt = (action: () => void, what = '') => {
    try {
      action();
    } catch (error) {
      complaint ??= `${path}: ${what}${words(error)}`;
    }
  };
  let held: Bytes = '';
  for (let left = size; left > 0; ) {
    const read = await wire.read(Math.min(CHUNK, left));
    if (read === '') {
      process.close(descriptor);
      throw new ProtocolError(strerror('EPIPE'));
    }
    left -= read.length;
    held += read;
    const whole = left === 0 ? held.length : held.length - (held.length % PIECE);
    const data = held.slice(0, whole);
    held = held.slice(whole);
    // After an error it reads on, to stay in step.
    if (complaint === undefined)
      attempt(() => {
        for (let done = 0; done < data.length; ) {
          const taken = file.write(data.slice(done));
          if (!taken) throw new SystemError('ENOSPC');
          done += taken;
        }
      });
    const turn = process.step(8 + (read.length >> 10));
    if (turn) await turn;
  }
  if (complaint === undefined && (!there || there.type === 'file')) attempt(() => file.truncate(size), 'truncate: ');
  if (settings.preserve ? there !== undefined || (mode | 0o200) !== mode : !there && (mode | 0o200) !== mode)
    attempt(() => process.files.chmod(path, mode), 'set mode: ');
  process.close(descriptor);
  await wire.agreed();
  if (times && complaint === undefined)
    attempt(() => process.files.utimes(path, times.atime, times.mtime), 'set times: ');
  if (complaint === undefined) await wire.agree();
  else await wire.complain(complaint);
  return times !== undefined;
}

function readRecord(line: Bytes): { mode: number; size: number; name: Bytes } {
  const mode = /^[0-7]{4}/.exec(line.slice(1))?.[0];
  if (mode === undefined) throw protocol('bad mode');
  if (line[5] !== ' ') throw protocol('mode not delimited');
  const digits = /^\d+/.exec(line.slice(6))?.[0];
  if (digits === undefined) throw protocol('size not present');
  if (line[6 + digits.length] !== ' ') throw protocol('size not delimited');
  const size = Number(digits);
  if (size >= 2 ** 63) throw protocol('size out of range');
  return { mode: Number.parseInt(mode, 8), size, name: line.slice(7 + digits.length) };
}

/** `T1700000000 0 1700000000 0`; milliseconds. Undefined: a time that no file can have. */
function readTimes(line: Bytes): Times | undefined {
  let rest = line.slice(1);
  const delimited = (what: string, end: ' ' | ''): void => {
    if (end === ' ' ? !rest.startsWith(' ') : rest !== '') throw protocol(`${what} not delimited`);
    rest = rest.slice(end.length);
  };
  const seconds = (what: string): number => {
    const digits = /^\d+/.exec(rest)?.[0];
    if (digits === undefined) throw protocol(`${what} not present`);
    rest = rest.slice(digits.length);
    delimited(what, ' ');
    return Number(digits);
  };
  // Read with strtol, which skips blanks, takes a sign, and makes 0 of nothing.
  const microseconds = (what: string, end: ' ' | ''): void => {
    const number = /^[\t-\r ]*[+-]?\d+/.exec(rest)?.[0] ?? '';
    rest = rest.slice(number.length);
    const value = Number(number);
    if (value < 0 || value > 999_999) throw protocol(`${what} not delimited`);
    delimited(what, end);
  };
  const mtime = seconds('mtime.sec');
  microseconds('mtime.usec', ' ');
  const atime = seconds('atime.sec');
  microseconds('atime.usec', '');
  if (mtime >= LARGEST_TIME || atime >= LARGEST_TIME) return undefined;
  return { mtime: mtime * 1000, atime: atime * 1000 };
}

const stat = (wire: Wire, path: Bytes): Stat | undefined => tryTo(() => wire.process.files.stat(path));

function words(error: unknown): string {
  if (error instanceof SystemError) return strerror(error.errno);
  throw error;
}
