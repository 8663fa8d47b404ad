// Python's os and os.path: files, processes and what the kernel says, all of the virtual machine.

import type { Process, Stat } from '../../../machine/machine.ts';
import { signalName, startCommand, statusOf } from '../../run-command.ts';
import { exceptions, makeException, raise, raiseErrno, system, translated } from '../exceptions.ts';
import { fileObject, pathOf, TextFile } from '../files.ts';
import type { Interpreter } from '../run.ts';
import { argument, bytesOf, encodeAs, integer, methods } from '../strings.ts';
import { decode } from '../unicode.ts';
import type { Module } from '../values.ts';
import {
  ByteString,
  Dict,
  Instance,
  Iterator,
  isInt,
  List,
  type Named,
  Native,
  type Python,
  Raised,
  type Steps,
  Tuple,
  typeName,
  types,
  type Value,
} from '../values.ts';
import { classOf, inside, library } from './module.ts';

const FLAGS = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 64,
  O_EXCL: 128,
  O_TRUNC: 512,
  O_APPEND: 1024,
  O_NONBLOCK: 2048,
  O_DIRECTORY: 65536,
  O_CLOEXEC: 524288,
};
const TYPES: Record<Stat['type'], number> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
  socket: 0o140000,
  character: 0o020000,
  block: 0o060000,
};

const statClass = classOf('stat_result', 'os', types.tuple);
const unameClass = classOf('uname_result', 'posix', types.tuple);
const sizeClass = classOf('terminal_size', 'os', types.tuple);
const entryClass = classOf('DirEntry', 'posix');

/** stat_result */
export function statValue(s: Stat): Value {
  const seconds = (ms: number) => BigInt(Math.floor(ms / 1000));
  const made = new Tuple(
    [
      BigInt(TYPES[s.type] | s.mode),
      BigInt(s.inode),
      BigInt(s.device),
      BigInt(s.links),
      BigInt(s.uid),
      BigInt(s.gid),
      BigInt(s.size),
      seconds(s.atime),
      seconds(s.mtime),
      seconds(s.ctime),
    ],
    statClass,
    ['st_mode', 'st_ino', 'st_dev', 'st_nlink', 'st_uid', 'st_gid', 'st_size', 'st_atime', 'st_mtime', 'st_ctime'],
  );
  made.attributes = new Map<string, Value>([
    ['st_atime', s.atime / 1000],
    ['st_mtime', s.mtime / 1000],
    ['st_ctime', s.ctime / 1000],
    ['st_blocks', BigInt(s.blocks)],
    ['st_blksize', 4096n],
  ]);
  return made;
}

export const text = (bytes: string): string => decode(bytes);
const bytes = (value: Value | undefined): string => encodeAs(String(value ?? ''), 'utf-8', 'surrogateescape');

/** uname's five fields. */
export function unameOf(process: Process): [string, string, string, string, string] {
  const { identity } = process.machine;
  return ['Linux', identity.hostname, identity.kernelRelease, identity.kernelVersion, identity.architecture];
}

/** A wait status as wait(2) packs it. */
const waitStatus = (status: number) => (status > 128 && status < 160 ? status - 128 : (status & 255) << 8);

/** Runs a shell command line to its end: the status a shell shows. */
export function* shell(python: Python, command: string): Steps<number> {
  try {
    const done = (yield python.process.waitFor(python.process.exec('/bin/sh', ['sh', '-c', command]))) as Awaited<
      ReturnType<Process['waitFor']>
    >;
    return statusOf(done?.ending ?? { code: 0 });
  } catch (error) {
    throw translated(error);
  }
}

/** exec*: the program takes this one's place. */
function* replace(python: Python, path: Value, args: Value, environment?: Value, search = false): Steps<Value> {
  const argv: string[] = [];
  for (const a of yield* python.collect(args)) argv.push(yield* pathOf(python, a));
  const name = yield* pathOf(python, path);
  const changes =
    environment instanceof Dict
      ? { environment: new Map([...environment.entries.values()].map(([k, v]) => [bytes(k), bytes(v)])) }
      : {};
  let child: Process;
  try {
    child =
      search && !name.includes('/')
        ? startCommand(python.process, [name, ...argv.slice(1)], changes)
        : python.process.exec(name, argv, changes);
  } catch (error) {
    throw inside(search ? 'execvp' : '', translated(error, ...(search ? [] : [])));
  }
  const done = (yield python.process.waitFor(child)) as Awaited<ReturnType<Process['waitFor']>>;
  const ending = done?.ending;
  if (ending && 'signal' in ending) python.process.kill(python.process.pid, ending.signal);
  return python.process.exit(ending && 'code' in ending ? ending.code : 0);
}

/** The variables as a dict whose changes reach the process. */
function environment(python: Python): Dict {
  const made = new Dict();
  made.cls = classOf('_Environ', 'os', types.dict);
  for (const [k, v] of python.process.environment) made.set(text(k), text(v));
  methods(made.cls, {
    __setitem__: ([d, k, v]) => {
      if (typeof v !== 'string') raise('TypeError', `str expected, not ${typeName(v ?? null)}`);
      (d as Dict).set(k ?? null, v);
      python.process.environment.set(bytes(k), bytes(v));
      return null;
    },
    __delitem__: ([d, k]) => {
      if (!(d as Dict).delete(k ?? null)) raise('KeyError', k ?? null);
      python.process.environment.delete(bytes(k));
      return null;
    },
    __getitem__: ([d, k]) => {
      const value = (d as Dict).get(k ?? null);
      if (value !== undefined) return value;
      throw inside('os.environ', new Raised(makeException(exceptions.get('KeyError')!, k ?? null)));
    },
    *__repr__([d], _n, p) {
      const all = new Dict((d as Dict).entries.values());
      return `environ(${yield* p.repr(all)})`;
    },
  });
  return made;
}

function* walk(python: Python, top: string, topdown: boolean): Steps<[string, string[], string[]][]> {
  const result: [string, string[], string[]][] = [];
  let entries: ReturnType<Process['files']['readdir']>;
  try {
    entries = python.process.files.readdir(bytes(top));
  } catch {
    return [];
  }
  const turn = python.step(entries.length + 4);
  if (turn) yield turn;
  const directories = entries.filter((e) => e.type === 'directory').map((e) => text(e.name));
  const others = entries.filter((e) => e.type !== 'directory').map((e) => text(e.name));
  if (topdown) result.push([top, directories, others]);
  for (const d of directories) {
    if (result.length > 20_000) break;
    result.push(...(yield* walk(python, join([top, d]), topdown)));
  }
  if (!topdown) result.push([top, directories, others]);
  return result;
}

// os.path

export function join(parts: readonly string[]): string {
  let path = parts[0] ?? '';
  for (const p of parts.slice(1))
    path = p.startsWith('/') ? p : path === '' || path.endsWith('/') ? path + p : `${path}/${p}`;
  return path;
}

export function normalize(path: string): string {
  if (path === '') return '.';
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const p of path.split('/')) {
    if (p === '' || p === '.') continue;
    if (p === '..' && parts.length && parts.at(-1) !== '..') parts.pop();
    else if (p !== '..' || !rooted) parts.push(p);
  }
  return (rooted ? (path.startsWith('//') && !path.startsWith('///') ? '//' : '/') : '') + parts.join('/') || '.';
}

const splitPath = (path: string): [string, string] => {
  const at = path.lastIndexOf('/') + 1;
  const head = path.slice(0, at);
  return [/^\/+$/.test(head) ? head : head.replace(/\/+$/, ''), path.slice(at)];
};
export const splitExtension = (path: string): [string, string] => {
  const [, root = path, extension = ''] = /^((?:.*\/)?\.*[^/]*?[^./][^/]*?|.*)(\.[^./]*)$/s.exec(path) ?? [];
  return extension && !/(^|\/)\.*$/.test(root) ? [root, extension] : [path, ''];
};

export function pathModule(): Module {
  const stat = function* (python: Python, value: Value | undefined, follow = true): Steps<Stat | undefined> {
    if (isInt(value ?? null)) return python.process.descriptors.get(Number(value))?.stat();
    const path = yield* pathOf(python, value ?? null);
    try {
      return python.process.files.stat(path, follow);
    } catch {
      return undefined;
    }
  };
  const string = function* (python: Python, value: Value | undefined): Steps<string> {
    return text(yield* pathOf(python, value ?? null));
  };
  const test = (ask: (s: Stat | undefined) => boolean, follow = true) =>
    function* ([p]: Value[], _n: Named, python: Python): Steps<Value> {
      return ask(yield* stat(python, p, follow));
    };
  const failing = (get: (s: Stat) => Value) =>
    function* ([p]: Value[], _n: Named, python: Python): Steps<Value> {
      const path = yield* pathOf(python, p ?? null);
      return get(system(() => python.process.files.stat(path, true), p ?? null));
    };
  return library(
    'posixpath',
    {
      exists: test((s) => s !== undefined),
      lexists: test((s) => s !== undefined, false),
      isfile: test((s) => s?.type === 'file'),
      isdir: test((s) => s?.type === 'directory'),
      islink: test((s) => s?.type === 'symlink', false),
      ismount: ([p], _n, python) => python.process.files.mounts().some((m) => m.target === normalize(String(p))),
      getsize: failing((s) => BigInt(s.size)),
      getmtime: failing((s) => s.mtime / 1000),
      getctime: failing((s) => s.ctime / 1000),
      getatime: failing((s) => s.atime / 1000),
      *join(args, _n, python) {
        const parts: string[] = [];
        for (const a of args) parts.push(yield* string(python, a));
        return join(parts);
      },
      *split([p], _n, python) {
        return new Tuple(splitPath(yield* string(python, p)));
      },
      *basename([p], _n, python) {
        return splitPath(yield* string(python, p))[1];
      },
      *dirname([p], _n, python) {
        return splitPath(yield* string(python, p))[0];
      },
      *splitext([p], _n, python) {
        return new Tuple(splitExtension(yield* string(python, p)));
      },
      *normpath([p], _n, python) {
        return normalize(yield* string(python, p));
      },
      *abspath([p], _n, python) {
        return normalize(join([text(python.process.cwd), yield* string(python, p)]));
      },
      *realpath([p], _n, python) {
        const path = yield* pathOf(python, p ?? null);
        try {
          return text(python.process.files.realpath(path));
        } catch {
          return normalize(join([text(python.process.cwd), text(path)]));
        }
      },
      isabs: ([p]) => String(p).startsWith('/'),
      expanduser: ([p], _n, python) => {
        const path = String(p);
        const [, user, rest = ''] = /^~([^/]*)(.*)$/s.exec(path) ?? [];
        if (user === undefined) return path;
        const home =
          user === ''
            ? (python.process.environment.get('HOME') ?? '/')
            : accounts(python).find((a) => a[0] === user)?.[5];
        return home === undefined ? path : text(home) + rest;
      },
      expandvars: ([p], _n, python) =>
        String(p).replace(/\$(\w+)|\$\{(\w+)\}/g, (all, a, b) => {
          const v = python.process.environment.get(a ?? b);
          return v === undefined ? all : text(v);
        }),
      relpath: ([p, start], _n, python) => {
        const full = (v: string) =>
          normalize(join([text(python.process.cwd), v]))
            .split('/')
            .filter(Boolean);
        const [a, b] = [full(String(p)), full(String(start ?? '.'))];
        let same = 0;
        while (same < a.length && a[same] === b[same]) same++;
        return [...b.slice(same).map(() => '..'), ...a.slice(same)].join('/') || '.';
      },
      *commonprefix([list], _n, python) {
        const all = (yield* python.collect(list ?? null)).map(String);
        let prefix = all[0] ?? '';
        for (const s of all) while (!s.startsWith(prefix)) prefix = prefix.slice(0, -1);
        return prefix;
      },
    },
    { sep: '/', curdir: '.', pardir: '..', pathsep: ':', extsep: '.', devnull: '/dev/null' },
  );
}

/** /etc/passwd */
export function accounts(python: Python): string[][] {
  try {
    return python.process
      .readFile('/etc/passwd')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

export function osModule(python: Interpreter, path: Module): Module {
  const { process } = python;
  const { files } = process;
  const onPath = (action: (path: string, args: Value[], named: Named) => Value | undefined) =>
    function* (args: Value[], named: Named, p: Python): Steps<Value> {
      if (args[0] === undefined) raise('TypeError', "missing required argument 'path' (pos 1)");
      const where = yield* pathOf(p, args[0] ?? null);
      return system(() => action(where, args, named), args[0] ?? null) ?? null;
    };
  const onTwo = (action: (from: string, to: string) => void) =>
    function* ([a = null, b = null]: Value[], _n: Named, p: Python): Steps<Value> {
      const [from, to] = [yield* pathOf(p, a), yield* pathOf(p, b)];
      system(() => action(from, to), a, 0n, b);
      return null;
    };
  const spawn = (search: boolean, spread: boolean, env: boolean) =>
    function* (args: Value[], _n: Named, p: Python): Steps<Value> {
      const list = spread ? new List(args.slice(1, env ? -1 : undefined)) : (args[1] ?? null);
      return yield* replace(p, args[0] ?? null, list, env ? args.at(-1) : undefined, search);
    };
  const descriptor = (v: Value | undefined) => {
    const file = process.descriptors.get(Number(v));
    if (!file) raise('OSError', 9n, 'Bad file descriptor');
    return file;
  };
  const environ = environment(python);
  const makedirs = function* (args: Value[], named: Named, p: Python): Steps<Value> {
    const where = normalize(text(yield* pathOf(p, args[0] ?? null)));
    const exist = yield* p.truth(argument(args, named, 2, 'exist_ok') ?? false);
    const parts = where.split('/');
    for (let i = 1; i <= parts.length; i++) {
      const part = parts.slice(0, i).join('/');
      if (part === '' || part === '.') continue;
      const last = i === parts.length;
      const known = files.access(bytes(part), 0);
      if (known && (!last || exist)) continue;
      system(() => files.mkdir(bytes(part), 0o777 & ~process.umask), last ? args[0]! : part);
    }
    return null;
  };
  const module = library(
    'os',
    {
      *system([command], _n, p) {
        return BigInt(waitStatus(yield* shell(p, yield* pathOf(p, command ?? null))));
      },
      *popen([command, mode], _n, p) {
        const line = yield* pathOf(p, command ?? null);
        const [read, write] = process.pipe();
        const writing = String(mode ?? 'r').startsWith('w');
        const descriptors = new Map(process.descriptors);
        descriptors.set(writing ? 0 : 1, process.descriptors.get(writing ? read : write)!);
        for (const d of [read, write]) descriptors.delete(d);
        const child = process.exec('/bin/sh', ['sh', '-c', line], { descriptors });
        process.close(writing ? read : write);
        const file = fileObject(TextFile, writing ? write : read, BigInt(writing ? write : read), writing ? 'w' : 'r');
        file.attributes?.set('close', new Native('close', function* () {
          process.close(file.state.descriptor);
          file.state.closed = true;
          const done = (yield process.waitFor(child)) as Awaited<ReturnType<Process['waitFor']>>;
          const status = done?.ending && 'code' in done.ending ? done.ending.code << 8 : 0;
          return status === 0 ? null : BigInt(status);
        }));
        return file;
      },
      execl: spawn(false, true, false), execle: spawn(false, true, true), execlp: spawn(true, true, false), execv: spawn(false, false, false),
      execve: spawn(false, false, true), execvp: spawn(true, false, false), execvpe: spawn(true, false, true),
      // The child goes on in place of both: what daemonizes itself keeps running.
      fork: (_a, _n, p) => {
        p.gap('os.fork');
        return 0n;
      },
      forkpty: () => raise('OSError', 11n, 'Resource temporarily unavailable'),
      setsid: () => null, setpgid: () => null, nice: () => 0n, setuid: ([v]) => setId(process, 'uid', v), setgid: ([v]) => setId(process, 'gid', v), seteuid: () => null, setegid: () => null,
      setgroups: () => null, getpgid: () => BigInt(process.pgid), getpgrp: () => BigInt(process.pgid), getsid: () => BigInt(process.sid),
      wait: () => raise('ChildProcessError', 10n, 'No child processes'), waitpid: () => raise('ChildProcessError', 10n, 'No child processes'),
      getpid: () => BigInt(process.pid), getppid: () => BigInt(process.ppid), getuid: () => BigInt(process.credentials.uid), geteuid: () => BigInt(process.credentials.euid),
      getgid: () => BigInt(process.credentials.gid), getegid: () => BigInt(process.credentials.egid), getgroups: () => new List(process.credentials.groups.map(BigInt)),
      getlogin: () => process.terminal ? text(process.environment.get('LOGNAME') ?? 'root') : raise('OSError', 6n, 'No such device or address'),
      kill: ([pid, signal]) => {
        const name = signalName(String(signal));
        system(() => process.kill(Number(pid), name === 'EXIT' || name === undefined ? 0 : (name as 'TERM')));
        return null;
      },
      killpg: ([pid, signal]) => {
        system(() => process.kill(-Number(pid), (signalName(String(signal)) ?? 'TERM') as 'TERM'));
        return null;
      },
      _exit: ([code]) => process.exit(integer(code, 0)),
      abort: () => {
        process.kill(process.pid, 'ABRT');
        return null;
      },
      umask: ([v]) => {
        const old = process.umask;
        process.umask = integer(v, 0);
        return BigInt(old);
      },
      getcwd: () => text(process.cwd),
      getcwdb: () => new ByteString(process.cwd),
      chdir: onPath((where) => {
        const full = files.realpath(where);
        if (files.stat(full).type !== 'directory') raiseErrno('ENOTDIR', 'Not a directory', text(where));
        process.cwd = full;
        return null;
      }),
      *listdir(args, _n, p) {
        const where = args[0] === undefined || args[0] === null ? '.' : yield* pathOf(p, args[0]);
        const entries = system(() => files.readdir(where), args[0] ?? '.');
        const turn = p.step(entries.length);
        if (turn) yield turn;
        return new List(entries.map((e) => (args[0] instanceof ByteString ? new ByteString(e.name) : text(e.name))));
      },
      *scandir(args, _n, p) {
        const where = args[0] === undefined || args[0] === null ? '.' : yield* pathOf(p, args[0]);
        const entries = system(() => files.readdir(where), args[0] ?? '.');
        let at = 0;
        return new Iterator(() => {
          const e = entries[at++];
          if (!e) return undefined;
          const made = new Instance(entryClass);
          const full = join([text(where), text(e.name)]);
          made.attributes = new Map<string, Value>([
            ['name', text(e.name)],
            ['path', full],
            ['is_dir', new Native('is_dir', () => e.type === 'directory')],
            ['is_file', new Native('is_file', () => e.type === 'file')],
            ['is_symlink', new Native('is_symlink', () => e.type === 'symlink')],
            ['inode', new Native('inode', () => BigInt(e.inode))],
            ['stat', new Native('stat', () => system(() => statValue(files.stat(bytes(full)))))],
          ]);
          return made;
        });
      },
      *walk(args, named, p) {
        const top = text(yield* pathOf(p, args[0] ?? null));
        const all = yield* walk(p, top, yield* p.truth(argument(args, named, 1, 'topdown') ?? true));
        let at = 0;
        return new Iterator(() => {
          const next = all[at++];
          return next ? new Tuple([next[0], new List(next[1]), new List(next[2])]) : undefined;
        });
      },
      mkdir: onPath((where, args) => void files.mkdir(where, integer(args[1], 0o777) & ~process.umask)),
      makedirs,
      rmdir: onPath((where) => void files.rmdir(where)),
      removedirs: onPath((where) => void files.rmdir(where)),
      remove: onPath((where) => void files.unlink(where)),
      unlink: onPath((where) => void files.unlink(where)),
      rename: onTwo((from, to) => files.rename(from, to)),
      replace: onTwo((from, to) => files.rename(from, to)),
      link: onTwo((from, to) => files.link(from, to)),
      symlink: onTwo((from, to) => files.symlink(from, to)),
      readlink: onPath((where) => text(files.readlink(where))),
      chmod: onPath((where, args) => void files.chmod(where, integer(args[1], 0o644))),
      chown: onPath((where, args) => void files.chown(where, integer(args[1], 0), integer(args[2], 0))),
      utime: onPath((where, args, named) => {
        const times = args[1] ?? named.get('times') ?? null;
        const [a, m] = times instanceof Tuple ? times.items.map((t) => Number(t) * 1000) : [process.machine.clock.now(), process.machine.clock.now()];
        files.utimes(where, a!, m!);
        return null;
      }),
      truncate: onPath((where, args) => void files.truncate(where, integer(args[1], 0))),
      stat: onPath((where) => statValue(files.stat(where))),
      lstat: onPath((where) => statValue(files.stat(where, false))),
      mkfifo: onPath((where, args) => void files.mknod(where, integer(args[1], 0o666) & ~process.umask, 'fifo')),
      access: function* ([p, mode]: Value[], _n: Named, py: Python): Steps<Value> {
        const where = yield* pathOf(py, p ?? null);
        try {
          return files.access(where, integer(mode, 0));
        } catch {
          return false;
        }
      },
      open: onPath((where, args) => {
        const flags = integer(args[1], 0);
        return BigInt(process.open(where, { read: (flags & 3) !== 1, write: (flags & 3) !== 0, create: (flags & 64) !== 0, exclusive: (flags & 128) !== 0, truncate: (flags & 512) !== 0, append: (flags & 1024) !== 0 }, integer(args[2], 0o777)));
      }),
      close: ([fd]) => {
        descriptor(fd);
        process.close(Number(fd));
        return null;
      },
      *read([fd, size]) {
        descriptor(fd);
        const chunk = process.read(Number(fd), integer(size, 1));
        return new ByteString(typeof chunk === 'string' ? chunk : ((yield chunk) as string));
      },
      *write([fd, data], _n, p) {
        const content = bytesOf(data);
        descriptor(fd);
        if (Number(fd) === 1) yield* p.flush();
        const done = system(() => process.write(Number(fd), content));
        if (done) yield done;
        return BigInt(content.length);
      },
      dup: ([fd]) => {
        descriptor(fd);
        let free = 3;
        while (process.descriptors.has(free)) free++;
        process.dup(Number(fd), free);
        return BigInt(free);
      },
      dup2: ([from, to]) => {
        descriptor(from);
        process.dup(Number(from), Number(to));
        return to ?? null;
      },
      pipe: () => new Tuple(process.pipe().map(BigInt)),
      fdopen: ([fd, mode], _n, p) => {
        descriptor(fd);
        void p;
        return fileObject(TextFile, Number(fd), fd ?? null, String(mode ?? 'r'), { binary: String(mode ?? 'r').includes('b') });
      },
      isatty: ([fd]) => Boolean(process.descriptors.get(Number(fd))?.terminal),
      ttyname: ([fd]) => text(descriptor(fd).terminal?.path ?? raise('OSError', 25n, 'Inappropriate ioctl for device')),
      fsync: () => null,
      sync: () => null,
      uname: () => new Tuple(unameOf(process), unameClass, ['sysname', 'nodename', 'release', 'version', 'machine']),
      getenv: ([name, otherwise]) => environ.get(name ?? null) ?? otherwise ?? null,
      putenv: ([k, v]) => {
        process.environment.set(bytes(k), bytes(v));
        return null;
      },
      unsetenv: ([k]) => {
        process.environment.delete(bytes(k));
        return null;
      },
      cpu_count: () => BigInt(process.machine.identity.cpuCount),
      getloadavg: () => new Tuple(loadAverage(process)),
      get_terminal_size: () => {
        const terminal = process.descriptors.get(1)?.terminal;
        if (!terminal) raise('OSError', 25n, 'Inappropriate ioctl for device');
        return new Tuple([BigInt(terminal.columns), BigInt(terminal.rows)], sizeClass, ['columns', 'lines']);
      },
      urandom: ([n]) => new ByteString(randomBytes(process, integer(n, 0))),
      getrandom: ([n]) => new ByteString(randomBytes(process, integer(n, 0))),
      strerror: ([n]) => ({ 1: 'Operation not permitted', 2: 'No such file or directory', 13: 'Permission denied', 17: 'File exists', 22: 'Invalid argument' })[Number(n)] ?? `Unknown error ${String(n)}`,
      *fspath([p], _n, py) {
        const value = p ?? null;
        return typeof value === 'string' || value instanceof ByteString ? value : text(yield* pathOf(py, value));
      },
      fsencode: ([p]) => (p instanceof ByteString ? p : new ByteString(bytes(p))),
      fsdecode: ([p]) => (p instanceof ByteString ? text(p.data) : (p ?? null)),
      get_exec_path: () => new List((process.environment.get('PATH') ?? '/bin:/usr/bin').split(':')),
      WEXITSTATUS: ([s]) => BigInt((Number(s) >> 8) & 255),
      waitstatus_to_exitcode: ([s]) => BigInt(Number(s) & 127 ? -(Number(s) & 127) : (Number(s) >> 8) & 255),
      WIFEXITED: ([s]) => (Number(s) & 127) === 0,
      sched_getaffinity: () => null,
      times: () => new Tuple([process.cpu / 1000, 0, 0, 0, process.machine.clock.now() / 1000]),
      register_at_fork: () => null,
    },
    {
      environ, path, name: 'posix', sep: '/', linesep: '\n', pathsep: ':', curdir: '.', pardir: '..', devnull: '/dev/null', extsep: '.', altsep: null, defpath: '/bin:/usr/bin',
      F_OK: 0n, R_OK: 4n, W_OK: 2n, X_OK: 1n, SEEK_SET: 0n, SEEK_CUR: 1n, SEEK_END: 2n, WNOHANG: 1n, EX_OK: 0n, P_NOWAIT: 1n, P_WAIT: 0n, error: exceptions.get('OSError')!, stat_result: statClass,
      ...Object.fromEntries(Object.entries(FLAGS).map(([k, v]) => [k, BigInt(v)])),
    },
  ); // biome-ignore format: one table
  return module;
}

function setId(process: Process, kind: 'uid' | 'gid', value: Value | undefined): Value {
  const id = integer(value, 0);
  if (process.credentials.euid !== 0 && id !== process.credentials[kind])
    raiseErrno('EPERM', 'Operation not permitted');
  process.credentials =
    kind === 'uid' ? { ...process.credentials, uid: id, euid: id } : { ...process.credentials, gid: id, egid: id };
  return null;
}

function loadAverage(process: Process): number[] {
  try {
    return process.readFile('/proc/loadavg').split(' ').slice(0, 3).map(Number);
  } catch {
    return [0, 0, 0];
  }
}

/** From the machine's own dice. */
export function randomBytes(process: Process, count: number): string {
  if (count < 0) raise('ValueError', 'negative argument not allowed');
  if (count > 4_000_000) raise('MemoryError');
  let result = '';
  for (let i = 0; i < count; i++) result += String.fromCharCode(Math.floor(process.machine.random() * 256));
  return result;
}
