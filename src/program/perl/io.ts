// Perl's functions on files, directories, processes and sockets of the virtual machine.

import { Connection, connect, install, isOwn } from '../../machine/connection.ts';
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes, OpenFile, Process, Stat } from '../../machine/machine.ts';
import { ERRNO } from '../python/exceptions.ts';
import { encode } from '../python/unicode.ts';
import { SIGNALS, signalName, startCommand } from '../run-command.ts';
import { isAddress } from '../url.ts';
import { sprintf } from './format.ts';
import type { Builtin, Perl } from './run.ts';
import type { Node } from './tree.ts';
import { Cell, Exiting, Handle, number, PerlHash, Ref, type Scope, type Steps, text, type Value } from './values.ts';

/** `$!`: a number and its words. */
export function fail(perl: Perl, code: string, words?: string): void {
  const cell = perl.scalar_('!');
  cell.value = words ?? strerror(code as 'ENOENT');
  perl.errno = ERRNO[code] ?? 5;
}

/** Runs a call of the machine; a failure sets `$!`. */
export function attempt<T>(perl: Perl, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    fail(perl, error.errno);
    return undefined;
  }
}

function* settled<T>(perl: Perl, action: () => T | Promise<T>): Steps<T | undefined> {
  try {
    const done = action();
    return done instanceof Promise ? ((yield done) as T) : done;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    fail(perl, error.errno);
    return undefined;
  }
}

/** The handle a value or bareword names. */
export function handleOf(perl: Perl, value: Value, make = true): Handle | undefined {
  if (value instanceof Ref) {
    if (value.target instanceof Handle) return value.target;
    if (value.target instanceof PerlHash) {
      const inner = value.target.map.get('handle');
      return inner instanceof Ref && inner.target instanceof Handle ? inner.target : undefined;
    }
    if (value.target instanceof Cell) return handleOf(perl, value.target.value, make);
    return undefined;
  }
  const name = text(value).replace(/^\*?(main::)?/, '');
  return name === '' ? undefined : perl.handle_(name, make);
}

function* handleNode(perl: Perl, node: Node | string | undefined, scope: Scope): Steps<Handle | undefined> {
  if (node === undefined) return perl.selected;
  if (typeof node === 'string') return perl.handle_(node, false);
  if (node.type === 'call' && node.bare) return perl.handle_(node.name);
  if (node.type === 'string') return perl.handle_(node.value);
  return handleOf(perl, yield* perl.scalar(node, scope));
}

export function* flush(perl: Perl, handle: Handle): Steps<boolean> {
  const data = handle.pending;
  handle.pending = '';
  if (data === '' || handle.descriptor < 0) return true;
  yield* settled<void>(perl, () => perl.process.write(handle.descriptor, data));
  return true;
}

/** Every handle's output: before a child is started, and at the end. */
export function* flushAll(perl: Perl): Steps<void> {
  for (const h of perl.globals.values()) if (h instanceof Handle) yield* flush(perl, h);
  for (const h of perl.opened) yield* flush(perl, h);
}

function* write(perl: Perl, handle: Handle | undefined, data: string): Steps<Value> {
  if (!handle || (!handle.open && !handle.memory)) {
    perl.errno = 9;
    fail(perl, 'EBADF');
    return '';
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is a byte
  const bytes = handle.utf8 || /[^\x00-\xff]/.test(data) ? encode(data) : data;
  if (handle.memory) {
    handle.memory.value = text(handle.memory.value) + bytes;
    perl.charge(bytes.length);
    return 1;
  }
  if (!handle.writable) {
    fail(perl, 'EBADF');
    return '';
  }
  handle.pending += bytes;
  const terminal = perl.process.descriptors.get(handle.descriptor)?.terminal;
  if (
    handle.autoflush ||
    handle.pending.length > 8192 ||
    (terminal && bytes.includes('\n')) ||
    handle.name === 'STDERR'
  )
    yield* flush(perl, handle);
  return 1;
}

/** One record up to `$/`; undefined at the end. */
export function* readLine(perl: Perl, handle: Handle): Steps<string | undefined> {
  const separator = perl.separator();
  const end = () => {
    if (separator === undefined) return -1;
    if (separator === '') {
      const found = /\n\n+/.exec(handle.buffer);
      return found ? found.index + 2 : -1;
    }
    const at = handle.buffer.indexOf(separator);
    return at < 0 ? -1 : at + separator.length;
  };
  if (separator === '') handle.buffer = handle.buffer.replace(/^\n+/, '');
  let to = end();
  while (to < 0 && (yield* more(perl, handle))) to = end();
  if (handle.buffer === '') return undefined;
  const line = to < 0 ? handle.buffer : handle.buffer.slice(0, to);
  handle.buffer = handle.buffer.slice(line.length);
  handle.lines++;
  perl.last = handle;
  return line;
}

function* more(perl: Perl, handle: Handle): Steps<boolean> {
  if (handle.memory) return false;
  if (handle.ended || handle.descriptor < 0) return false;
  if (handle.name === 'STDIN' && perl.process.descriptors.get(0)?.terminal) yield* flushAll(perl);
  const chunk = (yield* settled(perl, () => perl.process.read(handle.descriptor, 65536))) as Bytes | undefined;
  if (chunk === undefined || chunk === '') {
    if (!perl.process.descriptors.get(handle.descriptor)?.terminal) handle.ended = true;
    return false;
  }
  const kind = handle.descriptor === 0 ? perl.process.descriptors.get(0)?.kind : undefined;
  if (kind === 'terminal' || kind === 'socket')
    for (const line of chunk.replace(/\n$/, '').split('\n')) perl.process.witness.input('perl', line);
  handle.buffer += chunk;
  perl.charge(chunk.length);
  return true;
}

/** The next file of `<>`; false: there is none. */
function* nextArgument(perl: Perl, handle: Handle): Steps<boolean> {
  const argv = perl.array_('ARGV');
  if (handle.descriptor > 2) yield* close(perl, handle);
  if (perl.started && argv.items.length === 0) return false;
  if (!perl.started && argv.items.length === 0) {
    perl.started = true;
    handle.descriptor = 0;
    handle.readable = true;
    handle.ended = false;
    perl.scalar_('ARGV').value = '-';
    return true;
  }
  perl.started = true;
  while (argv.items.length > 0) {
    const name = text(argv.items.shift());
    perl.scalar_('ARGV').value = name;
    if (name === '-') {
      handle.descriptor = 0;
      handle.ended = false;
      return true;
    }
    if (perl.inPlace !== undefined) yield* finishInPlace(perl);
    const fd = attempt(perl, () => perl.process.open(name, { read: true }));
    if (fd === undefined) {
      const done = perl.process.err(`Can't open ${name}: ${text(perl.scalar_('!').value)}${perl.place()}`);
      if (done) yield done;
      continue;
    }
    handle.descriptor = fd;
    handle.readable = true;
    handle.ended = false;
    handle.buffer = '';
    if (perl.inPlace !== undefined) {
      const content = perl.process.readFile(name);
      if (perl.inPlace !== '') {
        const backup = perl.inPlace.includes('*') ? perl.inPlace.replace('*', name) : name + perl.inPlace;
        const out = perl.process.open(backup, { write: true, create: true, truncate: true });
        yield perl.process.write(out, content);
        perl.process.close(out);
      }
      const out = new Handle('ARGVOUT');
      out.memory = new Cell('');
      perl.editing = { name, out, before: perl.selected };
      perl.selected = out;
    }
    return true;
  }
  return false;
}

/** Writes what `-i` has gathered over the file. */
export function* finishInPlace(perl: Perl): Steps<void> {
  const { editing } = perl;
  if (!editing) return;
  const fd = perl.process.open(editing.name, { write: true, create: true, truncate: true });
  const done = perl.process.write(fd, text(editing.out.memory?.value));
  if (done) yield done;
  perl.process.close(fd);
  perl.selected = editing.before;
  perl.editing = undefined;
}

function* readRecord(perl: Perl, handle: Handle): Steps<string | undefined> {
  if (handle.name !== 'ARGV') return yield* readLine(perl, handle);
  for (;;) {
    if (handle.descriptor >= 0) {
      const line = yield* readLine(perl, handle);
      if (line !== undefined) return line;
    }
    if (!(yield* nextArgument(perl, handle))) {
      handle.descriptor = -1;
      perl.started = false;
      return undefined;
    }
  }
}

function* close(perl: Perl, handle: Handle): Steps<boolean> {
  if (!handle.open) {
    fail(perl, 'EBADF');
    return false;
  }
  yield* flush(perl, handle);
  if (handle.descriptor >= 0) perl.process.close(handle.descriptor);
  handle.descriptor = -1;
  handle.memory = undefined;
  handle.entries = undefined;
  handle.buffer = '';
  handle.lines = 0;
  perl.opened.delete(handle);
  let good = true;
  if (handle.child) {
    const waiting = perl.process.waitFor(handle.child);
    const done = (yield waiting) as Awaited<typeof waiting>;
    const status = endStatus(done?.ending);
    perl.scalar_('?').value = status;
    good = status === 0;
    handle.child = undefined;
  }
  return good;
}

const endStatus = (ending: { code: number } | { signal: string } | undefined) =>
  !ending ? 0 : 'code' in ending ? ending.code << 8 : SIGNALS.indexOf(ending.signal);

/** The words of a command: without shell characters it is started itself. */
const argvOf = (command: string): string[] =>
  /[$&*(){}[\]'";\\|?<>~`\n]/.test(command) ? ['/bin/sh', '-c', command] : command.trim().split(/\s+/);

function* start(perl: Perl, argv: readonly string[], descriptors?: Map<number, OpenFile>): Steps<Process | undefined> {
  yield* flushAll(perl);
  try {
    const given = argv[0] === '/bin/sh' ? ['sh', ...argv.slice(1)] : [...argv];
    return startCommand(perl.process, given, descriptors ? { descriptors } : {});
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    fail(perl, error.errno);
    return undefined;
  }
}

function* system(perl: Perl, argv: readonly string[]): Steps<number> {
  const child = yield* start(perl, argv);
  if (!child) {
    perl.scalar_('?').value = -1;
    return -1;
  }
  const waiting = perl.process.waitFor(child);
  const done = (yield waiting) as Awaited<typeof waiting>;
  const status = endStatus(done?.ending);
  perl.scalar_('?').value = status;
  return status;
}

/** Starts a command with one of its ends piped to us. */
function* piped(perl: Perl, handle: Handle, argv: readonly string[], reading: boolean): Steps<boolean> {
  const [read, write_] = perl.process.pipe();
  const descriptors = new Map(perl.process.descriptors);
  descriptors.set(reading ? 1 : 0, perl.process.descriptors.get(reading ? write_ : read)!);
  for (const d of descriptors.keys()) if (d > 2) descriptors.delete(d);
  const child = yield* start(perl, argv, descriptors);
  perl.process.close(reading ? write_ : read);
  if (!child) {
    perl.process.close(reading ? read : write_);
    return false;
  }
  handle.descriptor = reading ? read : write_;
  handle.readable = reading;
  handle.writable = !reading;
  handle.child = child;
  return true;
}

/** Opens by mode and path. */
function* openFile(perl: Perl, handle: Handle, mode: string, target: Value, rest: Value[]): Steps<Value> {
  const kept = handle.descriptor;
  if (handle.open && kept > 2) yield* close(perl, handle);
  yield* flush(perl, handle);
  handle.buffer = '';
  handle.ended = false;
  handle.lines = 0;
  handle.memory = undefined;
  perl.opened.add(handle);
  const kind = mode.replace(/:.*$/s, '').trim();
  if (/utf-?8/i.test(mode)) handle.utf8 = true;
  if (kind === '-|' || kind === '|-') {
    const argv = rest.length ? [text(target), ...rest.map(text)] : argvOf(text(target));
    return (yield* piped(perl, handle, argv, kind === '-|')) ? (handle.child?.pid ?? 1) : 0;
  }
  if (kind.includes('&')) {
    const source = handleOf(perl, target, false) ?? (/^\d+$/.test(text(target)) ? undefined : undefined);
    const from = source?.descriptor ?? Number(text(target).replace(/^=/, ''));
    if (source) yield* flush(perl, source);
    const file = perl.process.descriptors.get(from);
    if (!file) {
      fail(perl, 'EBADF');
      return 0;
    }
    const standard = { STDIN: 0, STDOUT: 1, STDERR: 2 }[handle.name];
    if (standard !== undefined) {
      perl.process.dup(from, standard);
      handle.descriptor = standard;
    } else handle.descriptor = install(perl.process, file.retain());
    handle.readable = kind.includes('<') || kind.includes('+');
    handle.writable = kind.includes('>') || kind.includes('+');
    return 1;
  }
  if (target instanceof Ref && target.target instanceof Cell) {
    handle.memory = target.target;
    handle.readable = kind === '<';
    handle.writable = kind !== '<';
    if (kind === '<') handle.buffer = text(target.target.value);
    else if (kind === '>') target.target.value = '';
    return 1;
  }
  const path = text(target);
  const flags = {
    '<': { read: true },
    '>': { write: true, create: true, truncate: true },
    '>>': { write: true, create: true, append: true },
    '+<': { read: true, write: true },
    '+>': { read: true, write: true, create: true, truncate: true },
    '+>>': { read: true, write: true, create: true, append: true },
  }[kind];
  if (!flags) return perl.die(`Unknown open() mode '${kind}'`);
  if (path === '') {
    fail(perl, 'ENOENT');
    return 0;
  }
  const fd = attempt(perl, () => perl.process.open(path, flags));
  if (fd === undefined) return 0;
  const standard = { STDIN: 0, STDOUT: 1, STDERR: 2 }[handle.name];
  handle.descriptor = fd;
  if (standard !== undefined) {
    perl.process.dup(fd, standard);
    perl.process.close(fd);
    handle.descriptor = standard;
  }
  handle.readable = 'read' in flags;
  handle.writable = 'write' in flags;
  return 1;
}

/** Makes `my $fh` a handle. */
function* target(perl: Perl, node: Node, scope: Scope): Steps<Handle> {
  if (node.type === 'call' && node.bare) return perl.handle_(node.name)!;
  if (node.type === 'filehandle' || node.type === 'typeglob') return perl.handle_(node.name)!;
  if (node.type === 'string') return perl.handle_(node.value)!;
  const place = yield* perl.place_(node, scope);
  const value = place.get();
  const known = value === undefined ? undefined : handleOf(perl, value);
  if (known) return known;
  const made = new Handle(
    node.type === 'my' && node.targets[0]?.type === 'scalar'
      ? `$${node.targets[0].name}`
      : node.type === 'scalar'
        ? `$${node.name}`
        : '__ANONIO__',
  );
  place.set(new Ref(made));
  return made;
}

const print = (after: string, formatted = false): Builtin =>
  function* (perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.handle, scope);
    const values = yield* perl.items(node.args, scope);
    let data: string;
    if (formatted) data = sprintf(text(values[0]), values.slice(1));
    else {
      const field = perl.globals.get('$main::,');
      const record = perl.globals.get('$main::\\');
      data =
        values.map(text).join(field instanceof Cell ? text(field.value) : '') +
        after +
        (record instanceof Cell ? text(record.value) : '');
    }
    return yield* write(perl, handle, data);
  };

const forEach = (action: (perl: Perl, path: string) => void): Builtin =>
  function* (perl, node, _a, _w, scope) {
    let count = 0;
    for (const v of yield* perl.items(node.args, scope))
      if (attempt(perl, () => (action(perl, text(v)), true))) count++;
    return count;
  };
const one = (action: (perl: Perl, args: Value[]) => Value): Builtin =>
  function* (perl, node, _a, _w, scope) {
    const args = yield* perl.items(node.args, scope);
    return attempt(perl, () => action(perl, args)) ?? '';
  };

const statOf = (perl: Perl, value: Value, follow: boolean): Stat | undefined => {
  const handle = value instanceof Ref ? handleOf(perl, value) : undefined;
  if (handle) return perl.process.descriptors.get(handle.descriptor)?.stat();
  return attempt(perl, () => perl.process.files.stat(text(value), follow));
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
const statList = (follow: boolean): Builtin =>
  function* (perl, node, _a, want, scope) {
    const s = statOf(perl, yield* perl.scalar(node.args[0]!, scope), follow);
    if (want === 'scalar') return s ? 1 : '';
    if (!s) return [];
    const seconds = (ms: number) => Math.floor(ms / 1000);
    return [
      s.device,
      s.inode,
      TYPES[s.type] | s.mode,
      s.links,
      s.uid,
      s.gid,
      0,
      s.size,
      seconds(s.atime),
      seconds(s.mtime),
      seconds(s.ctime),
      4096,
      s.blocks,
    ];
  };

const account = (field: number): Builtin =>
  function* (perl, node, _a, want, scope) {
    const key = text(yield* perl.scalar(node.args[0]!, scope));
    const line = attempt(perl, () => perl.process.readFile('/etc/passwd'))
      ?.split('\n')
      .map((l) => l.split(':'))
      .find((f) => f[field] === key);
    if (want === 'scalar') return line ? (field === 0 ? Number(line[2]) : line[0]) : undefined;
    return line ? [line[0], line[1], Number(line[2]), Number(line[3]), '', '', line[4], line[5], line[6]] : [];
  };

/** sockaddr_in taken apart. */
export const unpackAddress = (packed: string): { host: string; port: number } => ({
  port: (packed.charCodeAt(2) << 8) | packed.charCodeAt(3),
  host: [...packed.slice(4, 8)].map((c) => c.charCodeAt(0)).join('.'),
});

/** Connects a handle: true, or false with `$!` set. */
export function* connectHandle(perl: Perl, handle: Handle, host: string, port: number, limit?: number): Steps<boolean> {
  yield* flushAll(perl);
  const attempted = connect(perl.process, 'perl', handle.socket ?? 'tcp', host, port, limit);
  const result = (yield attempted) as Awaited<typeof attempted>;
  if (result.outcome !== 'connected') {
    if (result.outcome === 'refused') fail(perl, 'ECONNREFUSED', 'Connection refused');
    else fail(perl, 'ETIMEDOUT', 'Connection timed out');
    return false;
  }
  if (handle.descriptor >= 0) {
    perl.process.close(handle.descriptor);
    perl.process.descriptors.set(handle.descriptor, result.connection);
  } else handle.descriptor = install(perl.process, result.connection);
  handle.readable = true;
  handle.writable = true;
  handle.autoflush = true;
  handle.ended = false;
  handle.peer = { host, port };
  perl.opened.add(handle);
  return true;
}

/** A name's address; undefined: there is none. */
export function resolve(perl: Perl, name: string): string | undefined {
  if (isAddress(name)) return name;
  if (isOwn(perl.process, name)) return '127.0.0.1';
  return perl.process.machine.network.resolve(name);
}
const packed = (address: string) =>
  address
    .split('.')
    .map((n) => String.fromCharCode(Number(n) & 255))
    .join('');

export const io: Readonly<Record<string, Builtin>> = {
  print: print(''),
  say: print('\n'),
  printf: print('', true),
  *open(perl, node, _a, _w, scope) {
    const handle = yield* target(perl, node.args[0]!, scope);
    const rest = yield* perl.items(node.args.slice(1), scope);
    if (rest.length === 0) return 0;
    if (rest.length > 1) {
      const source = node.args[2];
      const given = source?.type === 'call' && source.bare ? new Ref(perl.handle_(source.name)!) : rest[1];
      return yield* openFile(perl, handle, text(rest[0]), given, rest.slice(2));
    }
    const spec = text(rest[0]).trim();
    if (spec.endsWith('|')) return yield* openFile(perl, handle, '-|', spec.slice(0, -1), []);
    if (spec.startsWith('|')) return yield* openFile(perl, handle, '|-', spec.slice(1), []);
    const [, mode = '<', path = ''] = /^(\+?(?:<|>>?)&?=?)?\s*(.*)$/s.exec(spec)!;
    if (path === '-')
      return yield* openFile(perl, handle, mode.includes('>') ? '>&' : '<&', mode.includes('>') ? '1' : '0', []);
    return yield* openFile(perl, handle, mode, path, []);
  },
  *close(perl, node, _a, _w, scope) {
    const handle = node.args.length ? yield* handleNode(perl, node.args[0], scope) : perl.selected;
    return handle && (yield* close(perl, handle)) ? 1 : '';
  },
  binmode: scalars(() => 1),
  *readline(perl, node, _a, want, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    if (!handle || (handle.name !== 'ARGV' && !handle.open)) return want === 'list' ? [] : undefined;
    if (want === 'scalar') return yield* readRecord(perl, handle);
    const lines: Value[] = [];
    for (let line = yield* readRecord(perl, handle); line !== undefined; line = yield* readRecord(perl, handle)) {
      lines.push(line);
      const turn = perl.process.step(2);
      if (turn) yield turn;
    }
    return lines;
  },
  *eof(perl, node, _a, _w, scope) {
    const handle = node.args.length
      ? yield* handleNode(perl, node.args[0], scope)
      : (perl.handle_('ARGV', false) ?? perl.handle_('STDIN'));
    if (!handle?.open) return 1;
    if (handle.buffer !== '') return '';
    return (yield* more(perl, handle)) ? '' : 1;
  },
  *read(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    const place = yield* perl.place_(node.args[1]!, scope);
    const [length = 0, offset = 0] = (yield* perl.items(node.args.slice(2), scope)).map(number);
    if (!handle?.open) return undefined;
    while (handle.buffer.length < length && (yield* more(perl, handle))) if (node.name === 'sysread') break;
    const data = handle.buffer.slice(0, length);
    handle.buffer = handle.buffer.slice(data.length);
    place.set(text(place.get()).slice(0, offset).padEnd(offset, '\0') + data);
    return data.length;
  },
  *getc(perl, node, _a, _w, scope) {
    const handle = node.args.length ? yield* handleNode(perl, node.args[0], scope) : perl.handle_('STDIN');
    if (!handle?.open || (handle.buffer === '' && !(yield* more(perl, handle)))) return undefined;
    const c = handle.buffer[0];
    handle.buffer = handle.buffer.slice(1);
    return c;
  },
  *syswrite(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    const [data = '', length] = yield* perl.items(node.args.slice(1), scope);
    const bytes = text(data).slice(0, length === undefined ? undefined : number(length));
    yield* write(perl, handle, bytes);
    if (handle) yield* flush(perl, handle);
    return bytes.length;
  },
  *seek(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    const [offset = 0, whence = 0] = (yield* perl.items(node.args.slice(1), scope)).map(number);
    if (!handle?.open) return '';
    yield* flush(perl, handle);
    handle.buffer = '';
    handle.ended = false;
    if (handle.memory) handle.buffer = text(handle.memory.value).slice(offset);
    else
      attempt(perl, () =>
        perl.process.descriptors
          .get(handle.descriptor)
          ?.seek(offset, (['start', 'current', 'end'] as const)[whence] ?? 'start'),
      );
    return 1;
  },
  *tell(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    if (!handle?.open) return -1;
    yield* flush(perl, handle);
    return (
      (attempt(perl, () => perl.process.descriptors.get(handle.descriptor)?.seek(0, 'current')) ?? 0) -
      handle.buffer.length
    );
  },
  *fileno(perl, node, _a, _w, scope) {
    return (yield* handleNode(perl, node.args[0], scope))?.descriptor;
  },
  *truncate(perl, node, _a, _w, scope) {
    const [file, size = 0] = yield* perl.items(node.args, scope);
    const handle = handleOf(perl, file, false);
    return (
      attempt(
        perl,
        () => (
          handle
            ? perl.process.descriptors.get(handle.descriptor)?.truncate(number(size))
            : perl.process.files.truncate(text(file), number(size)),
          1
        ),
      ) ?? ''
    );
  },
  flock: scalars(() => 1),
  fcntl: scalars(() => '0 but true'),
  ioctl: scalars(() => '0 but true'),
  *select(perl, node, _a, _w, scope) {
    if (node.args.length >= 4) {
      const wait = yield* perl.scalar(node.args[3]!, scope);
      yield* flushAll(perl);
      yield perl.process.sleep(wait === undefined ? 3_600_000 : number(wait) * 1000);
      return 0;
    }
    const old = perl.selected;
    if (node.args.length) perl.selected = yield* handleNode(perl, node.args[0], scope);
    return old ? new Ref(old) : 'main::STDOUT';
  },

  // Directories and files
  *opendir(perl, node, _a, _w, scope) {
    const handle = yield* target(perl, node.args[0]!, scope);
    const path = text(yield* perl.scalar(node.args[1]!, scope));
    const entries = attempt(perl, () => perl.process.files.readdir(path));
    if (!entries) return '';
    handle.entries = ['.', '..', ...entries.map((e) => e.name)];
    return 1;
  },
  *readdir(perl, node, _a, want, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    return want === 'list' ? (handle?.entries?.splice(0) ?? []) : handle?.entries?.shift();
  },
  *closedir(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    if (handle) handle.entries = undefined;
    return 1;
  },
  unlink: forEach((perl, path) => perl.process.files.unlink(path)),
  mkdir: one(
    (perl, [path, mode]) => (
      perl.process.files.mkdir(text(path), (mode === undefined ? 0o777 : number(mode)) & ~perl.process.umask), 1
    ),
  ),
  rmdir: forEach((perl, path) => perl.process.files.rmdir(path)),
  rename: one((perl, [from, to]) => (perl.process.files.rename(text(from), text(to)), 1)),
  link: one((perl, [from, to]) => (perl.process.files.link(text(from), text(to)), 1)),
  symlink: one((perl, [from, to]) => (perl.process.files.symlink(text(from), text(to)), 1)),
  readlink: one((perl, [path]) => perl.process.files.readlink(text(path))),
  *chmod(perl, node, _a, _w, scope) {
    const [mode, ...paths] = yield* perl.items(node.args, scope);
    return paths.filter((p) => attempt(perl, () => (perl.process.files.chmod(text(p), number(mode)), true))).length;
  },
  *chown(perl, node, _a, _w, scope) {
    const [uid, gid, ...paths] = yield* perl.items(node.args, scope);
    return paths.filter((p) => attempt(perl, () => (perl.process.files.chown(text(p), number(uid), number(gid)), true)))
      .length;
  },
  *utime(perl, node, _a, _w, scope) {
    const [atime, mtime, ...paths] = yield* perl.items(node.args, scope);
    const now = perl.process.machine.clock.now();
    return paths.filter((p) =>
      attempt(
        perl,
        () => (
          perl.process.files.utimes(
            text(p),
            atime === undefined ? now : number(atime) * 1000,
            mtime === undefined ? now : number(mtime) * 1000,
          ),
          true
        ),
      ),
    ).length;
  },
  chdir: one((perl, [path]) => {
    const full = perl.process.files.realpath(
      path === undefined ? (perl.process.environment.get('HOME') ?? '/') : text(path),
    );
    if (perl.process.files.stat(full).type !== 'directory') throw new SystemError('ENOTDIR');
    perl.process.cwd = full;
    return 1;
  }),
  umask: one((perl, [mask]) => {
    const old = perl.process.umask;
    if (mask !== undefined) perl.process.umask = number(mask) & 0o777;
    return old;
  }),
  stat: statList(true),
  lstat: statList(false),
  *'-X'(perl, node, _a, _w, scope) {
    const [letter, path] = [node.args[0]!, node.args[1]!];
    const kind = letter.type === 'string' ? letter.value : 'e';
    const bare =
      path.type === 'filehandle' || (path.type === 'call' && path.bare) ? new Ref(perl.handle_(path.name)!) : undefined;
    const value = bare ?? (yield* perl.scalar(path, scope));
    if (kind === 't') return perl.process.descriptors.get(handleOf(perl, value)?.descriptor ?? -1)?.terminal ? 1 : '';
    const s = statOf(perl, value, kind !== 'l');
    if (!s) return kind === 'e' || /[rwxRWX]/.test(kind) ? '' : undefined;
    const access = { r: 4, w: 2, x: 1, R: 4, W: 2, X: 1 }[kind];
    if (access !== undefined) return perl.process.files.access(text(value), access) ? 1 : '';
    const is: Partial<Record<string, boolean>> = {
      e: true,
      f: s.type === 'file',
      d: s.type === 'directory',
      l: s.type === 'symlink',
      p: s.type === 'fifo',
      S: s.type === 'socket',
      b: s.type === 'block',
      c: s.type === 'character',
      z: s.size === 0,
      u: (s.mode & 0o4000) !== 0,
      g: (s.mode & 0o2000) !== 0,
      k: (s.mode & 0o1000) !== 0,
      o: s.uid === perl.process.credentials.euid,
      O: s.uid === perl.process.credentials.uid,
      T: true,
      B: false,
    };
    if (kind === 's') return s.size > 0 ? s.size : '';
    if (/[MAC]/.test(kind))
      return (perl.process.started - { M: s.mtime, A: s.atime, C: s.ctime }[kind as 'M']) / 86_400_000;
    return is[kind] ? 1 : '';
  },
  *glob(perl, node, _a, want, scope) {
    const found: Value[] = [];
    for (const pattern of text(yield* perl.scalar(node.args[0]!, scope))
      .split(/\s+/)
      .filter(Boolean)) {
      const alternatives = /^(.*)\{([^}]*)\}(.*)$/.exec(pattern);
      for (const p of alternatives
        ? alternatives[2]!.split(',').map((a) => alternatives[1] + a + alternatives[3])
        : [pattern]) {
        const child = /[*?[]/.test(p) ? expand(perl, p) : [p];
        found.push(...child);
      }
    }
    return want === 'list' ? found : found[0];
  },

  // Processes
  *system(perl, node, _a, _w, scope) {
    const args = (yield* perl.items(node.args, scope)).map(text);
    return yield* system(perl, args.length === 1 ? argvOf(args[0]!) : args);
  },
  *exec(perl, node, _a, _w, scope) {
    const args = (yield* perl.items(node.args, scope)).map(text);
    const child = yield* start(perl, args.length === 1 ? argvOf(args[0]!) : args);
    if (!child) return '';
    const waiting = perl.process.waitFor(child);
    const done = (yield waiting) as Awaited<typeof waiting>;
    throw new Exiting(done?.ending && 'code' in done.ending ? done.ending.code : 128);
  },
  *backtick(perl, node, _a, want, scope) {
    const command = text(yield* perl.scalar(node.args[0]!, scope));
    const handle = new Handle('backtick');
    if (!(yield* piped(perl, handle, argvOf(command), true))) {
      perl.scalar_('?').value = -1;
      return want === 'list' ? [] : undefined;
    }
    const data = ((yield* settled(perl, () => perl.process.readAll(handle.descriptor))) ?? '') as string;
    yield* close(perl, handle);
    perl.charge(data.length);
    return want === 'list' ? (data.match(/[^\n]*\n|[^\n]+$/g) ?? []) : data;
  },
  // The child goes on in place of both: what daemonizes itself keeps running.
  fork: scalars((_a, perl) => {
    perl.gap('fork');
    return 0;
  }),
  wait: scalars(() => -1),
  waitpid: scalars(() => -1),
  kill: one((perl, [signal, ...pids]) => {
    const name = signalName(text(signal).replace(/^-/, ''));
    let count = 0;
    for (const pid of pids)
      if (
        attempt(
          perl,
          () => (perl.process.kill(number(pid), name === 'EXIT' || name === undefined ? 0 : (name as 'TERM')), true),
        )
      )
        count++;
    return count;
  }),
  getppid: scalars((_a, perl) => perl.process.ppid),
  getpgrp: scalars((_a, perl) => perl.process.pgid),
  setpgrp: scalars(() => 1),
  getpriority: scalars(() => 0),
  setpriority: scalars(() => 1),
  getlogin: scalars((_a, perl) => perl.process.environment.get('LOGNAME')),
  getpwnam: account(0),
  getpwuid: account(2),
  chroot: scalars((_a, perl) => (fail(perl, 'EPERM'), '')),

  // Sockets
  *socket(perl, node, _a, _w, scope) {
    const handle = yield* target(perl, node.args[0]!, scope);
    const [, type] = yield* perl.items(node.args.slice(1), scope);
    handle.socket = number(type) === 2 ? 'udp' : 'tcp';
    handle.descriptor = install(perl.process, new Connection('', true));
    return 1;
  },
  *connect(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    const { host, port } = unpackAddress(text(yield* perl.scalar(node.args[1]!, scope)));
    return handle && (yield* connectHandle(perl, handle, perl.names.get(host) ?? host, port)) ? 1 : '';
  },
  *send(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    const [data = '', , to] = yield* perl.items(node.args.slice(1), scope);
    if (to !== undefined && handle && !handle.peer) {
      const { host, port } = unpackAddress(text(to));
      handle.peer = { host, port };
      yield connect(perl.process, 'perl', 'udp', perl.names.get(host) ?? host, port);
    } else if (handle?.peer && handle.socket !== 'udp') yield* write(perl, handle, text(data));
    return text(data).length;
  },
  *recv(perl, node, _a, _w, scope) {
    const handle = yield* handleNode(perl, node.args[0], scope);
    const place = yield* perl.place_(node.args[1]!, scope);
    if (!handle?.open || (handle.buffer === '' && !(yield* more(perl, handle)))) {
      place.set('');
      return '';
    }
    place.set(handle.buffer);
    handle.buffer = '';
    return '';
  },
  bind: scalars(() => 1),
  listen: scalars(() => 1),
  *accept(perl) {
    yield* flushAll(perl);
    for (;;) yield perl.process.sleep(3_600_000);
  },
  shutdown: scalars(() => 1),
  setsockopt: scalars(() => 1),
  getsockopt: scalars(() => 1),
  getprotobyname: one((_perl, [name]) => ({ tcp: 6, udp: 17, icmp: 1 })[text(name)]),
  getservbyname: one(
    (_perl, [name]) => ({ http: 80, https: 443, ftp: 21, ssh: 22, smtp: 25, irc: 6667, telnet: 23 })[text(name)],
  ),
  gethostbyname: one((perl, [name]) => {
    const found = resolve(perl, text(name));
    if (found && found !== text(name)) perl.names.set(found, text(name));
    return found === undefined ? undefined : packed(found);
  }),
  pipe: scalars(() => ''),
};
(io as Record<string, Builtin>)['sysread'] = io['read']!;
(io as Record<string, Builtin>)['sysopen'] = function* (perl, node, _a, _w, scope) {
  const handle = yield* target(perl, node.args[0]!, scope);
  const [path, flags = 0] = yield* perl.items(node.args.slice(1), scope);
  const bits = number(flags);
  return yield* openFile(perl, handle, (bits & 3) === 0 ? '<' : bits & 1024 ? '>>' : bits & 512 ? '>' : '+<', path, []);
};

function scalars(run: (args: Value[], perl: Perl) => Value): Builtin {
  return function* (perl, node, _a, _w, scope) {
    const args: Value[] = [];
    for (const a of node.args) args.push(a.type === 'call' && a.bare ? a.name : yield* perl.scalar(a, scope));
    return run(args, perl);
  };
}

/** Names of files by a shell pattern, sorted. */
function expand(perl: Perl, pattern: string): string[] {
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const part of pattern.split('/').filter(Boolean).slice(0, 40)) {
    const source = part.replace(/\*+|\?|\[(!?)([^\]]+)\]|[.+^${}()|\\]/g, (c, not, set) =>
      c.startsWith('*') ? '.*' : c === '?' ? '.' : set ? `[${not ? '^' : ''}${set}]` : `\\${c}`,
    );
    const test = new RegExp(`^${source}$`, 's');
    const next: string[] = [];
    for (const base of found) {
      const path = (name: string) => (base === '' || base.endsWith('/') ? base + name : `${base}/${name}`);
      if (!/[*?[]/.test(part)) next.push(path(part));
      else
        for (const e of attempt(perl, () => perl.process.files.readdir(base || '.')) ?? [])
          if (test.test(e.name) && (part.startsWith('.') || !e.name.startsWith('.'))) next.push(path(e.name));
    }
    found = next;
  }
  return found.filter((f) => perl.process.files.access(f, 0)).sort();
}
