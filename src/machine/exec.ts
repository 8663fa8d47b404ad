// execve(2): what becomes of a program file: one of ours, a script with its interpreter, something brought along.
import { posix } from 'node:path';
import { identifyAlien } from './alien.ts';
import { fits, identify } from './elf.ts';
import { SystemError } from './errno.ts';
import { crashes } from './foreign.ts';
import type { Bytes, Credentials, Main, SpawnChanges } from './machine.ts';
import type { Proc } from './process.ts';
import { type RecordedRuns, recorded } from './recorded.ts';

/** Interpreters that are scripts themselves may nest this deep (the kernel's bprm loop). */
const NESTING = 5;
/** Bytes of a file the kernel looks at (BINPRM_BUF_SIZE). */
const HEAD = 256;
/** Bytes of a binary that are looked at for its hash. */
const LARGEST = 16 << 20;

interface Loaded {
  main: Main;
  argv: Bytes[];
  /** Shown by /proc/PID/exe. */
  executable: Bytes;
  credentials: Credentials;
}

/** Starts the program file at `path` in a child of `parent`. Throws as execve(2) does; ENOEXEC: a shell should interpret it. */
export function exec(parent: Proc, path: Bytes, argv: Bytes[], changes: SpawnChanges): Proc {
  const who = changes.credentials ?? parent.credentials;
  const cwd = changes.cwd ?? parent.cwd;
  const loaded = load(parent, who, cwd, path, argv, 0);
  parent.witness.touched('executed', posix.resolve(cwd, path));
  return parent.fork(
    loaded.main,
    { ...changes, argv: loaded.argv, credentials: loaded.credentials },
    loaded.executable,
  );
}

/** Finds out what a program file is, without starting it. */
export function load(process: Proc, who: Credentials, cwd: Bytes, path: Bytes, argv: Bytes[], depth: number): Loaded {
  if (argv.reduce((length, argument) => length + argument.length + 1, 0) > 2 << 20)
    throw new SystemError('E2BIG', path);
  const { machine } = process;
  machine.filesystem.caller = process;
  const file = machine.filesystem.executable(who, cwd, path);
  const credentials = { ...who, groups: who.groups };
  if (file.stat.mode & 0o4000) credentials.euid = file.stat.uid;
  if (file.stat.mode & 0o2000 && file.stat.mode & 0o10) credentials.egid = file.stat.gid;
  const original = originalOf(process, file);
  if (original !== undefined) {
    const name = original.slice(original.lastIndexOf('/') + 1);
    // What a program prints about itself alone is the recorded text; everything else is for the program to say.
    const main =
      (saysTheSame(machine.persona.texts.get(name), argv) ? undefined : machine.program(name)) ?? recorded(name);
    return { main, argv, executable: file.path, credentials };
  }
  const head = file.read(0, HEAD);
  if (head.startsWith('#!')) {
    if (depth >= NESTING) throw new SystemError('ELOOP', path);
    const line = /^#![ \t]*([^ \t\n\0]+)[ \t]*([^\n\0]*)/.exec(head);
    if (!line) throw new SystemError('ENOEXEC', path);
    const option = line[2]!.replace(/[ \t]+$/, '');
    const rest = [path, ...argv.slice(1)];
    return load(process, who, cwd, line[1]!, option ? [line[1]!, option, ...rest] : [line[1]!, ...rest], depth + 1);
  }
  const binary = identify(file.stat.size, file.read) ?? identifyAlien(file.read);
  if (!binary) throw new SystemError('ENOEXEC', path);
  // A loader that the machine lacks: the kernel finds no such file.
  const { interpreter } = binary;
  const loads = fits(binary, machine.identity.architecture);
  const missing =
    loads && interpreter ? failure(() => machine.filesystem.executable(who, '/', interpreter)) : undefined;
  const runs = loads && missing === undefined;
  process.witness.started({
    path: file.path,
    argv,
    binary,
    outcome: !runs ? 'rejected' : binary.complete ? 'started' : 'crashed',
    content: () => Buffer.from(file.read(0, Math.min(file.stat.size, LARGEST)), 'latin1'),
  });
  if (!loads) throw new SystemError('ENOEXEC', path);
  if (missing !== undefined) throw missing;
  return { main: binary.complete ? machine.foreign : crashes, argv, executable: file.path, credentials };
}

function failure(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

/**
 * The path of the persona's program behind a file: the file itself if it is untouched, or the binary it is a copy of; undefined:
 * it is the attacker's.
 */
function originalOf(
  process: Proc,
  file: { ref: unknown; path: Bytes; stat: { size: number }; read(offset: number, max: number): Bytes },
): Bytes | undefined {
  const { image } = process.machine;
  const { ref } = file;
  if (typeof ref === 'number') return known(process, image.path(ref), file);
  if (typeof ref === 'object' && ref !== null && 'content' in ref) {
    const { content } = ref as { content?: { unchanged: boolean; base: number } };
    if (content?.unchanged) return known(process, image.path(content.base), file);
  }
  if (!file.read(0, 4).startsWith('\x7fELF')) return undefined;
  const like = image.binaryLike(file.stat.size, file.read);
  return like === undefined ? undefined : image.path(like);
}

/** A script of the persona runs as such unless it is a command that a program of ours or, for other interpreters, a recording stands for. */
function known(process: Proc, path: Bytes, file: { read(offset: number, max: number): Bytes }): Bytes | undefined {
  if (file.read(0, 4) === '\x7fELF') return path;
  const { machine } = process;
  const name = /\/(?:s?bin|games)\/([^/]+)$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  if (machine.program(name)) return path;
  // Those for a shell say themselves what they have to say.
  const shell = /^#! ?\/bin\/(ba|da)?sh\b/.test(file.read(0, 16));
  return machine.persona.texts.has(name) && !shell ? path : undefined;
}

/** Help, version, and what a program answers when it is called with nothing and needs something. */
function saysTheSame(runs: RecordedRuns | undefined, argv: readonly Bytes[]): boolean {
  const [, argument = ''] = argv;
  if (argument === '' && argv.length > 1) return false;
  if (!runs || argv.length > 2 || !/^(--help|--version|)$/.test(argument)) return false;
  const run = runs[argument];
  if (argv.length > 1 || typeof run !== 'object') return argv.length > 1 && run !== undefined;
  return run.status !== 0 && /usage|^try |\ntry |missing|needs? /i.test(run.stderr ?? '');
}
