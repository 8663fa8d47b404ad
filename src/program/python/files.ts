// Python's file objects: open(), sys.stdin and its kin, io.StringIO and io.BytesIO.
import type { Bytes } from '../../machine/machine.ts';
import { exceptions, raise, system, translated } from './exceptions.ts';
import { argument, bytesOf, decodeAs, encodeAs, integer, methods } from './strings.ts';
import {
  ByteString,
  Class,
  Descriptor,
  Holder,
  isInt,
  List,
  type Named,
  Native,
  type Python,
  type Steps,
  typeName,
  types,
  type Value,
} from './values.ts';

/** What a file object reads from and writes to. */
export interface FileState {
  /** Descriptor; -1: memory. */
  descriptor: number;
  name: Value;
  mode: string;
  binary: boolean;
  encoding: string;
  errors: string;
  readable: boolean;
  writable: boolean;
  closed: boolean;
  /** Bytes read ahead (or all of it, in memory). */
  buffer: Bytes;
  /** Position in memory. */
  at: number;
  ended: boolean;
  /** Bytes written and not handed on. */
  pending: Bytes;
}

const fileClass = (name: string, module: string) => {
  const cls = new Class(name, [types.object], types.type);
  cls.module = module;
  return cls;
};
export const TextFile = fileClass('TextIOWrapper', '_io');
export const BinaryFile = fileClass('BufferedReader', '_io');
export const BinaryWriter = fileClass('BufferedWriter', '_io');
export const StringIO = fileClass('StringIO', '_io');
export const BytesIO = fileClass('BytesIO', '_io');

export const UnsupportedOperation = new Class(
  'UnsupportedOperation',
  [exceptions.get('OSError')!, exceptions.get('ValueError')!],
  types.type,
);
UnsupportedOperation.module = 'io';

const state = (v: Value | undefined): FileState => {
  const s = (v as Holder<FileState>).state;
  if (s.closed) raise('ValueError', 'I/O operation on closed file.');
  return s;
};

export function fileObject(
  cls: Class,
  descriptor: number,
  name: Value,
  mode: string,
  extra: Partial<FileState> = {},
): Holder<FileState> {
  const made = new Holder<FileState>(cls, {
    descriptor, name, mode, binary: cls !== TextFile && cls !== StringIO, encoding: 'utf-8', errors: 'strict', readable: /[r+]/.test(mode), writable: /[wax+]/.test(mode),
    closed: false, buffer: '', at: 0, ended: false, pending: '', ...extra,
  }); // biome-ignore format: one record
  made.attributes = new Map<string, Value>([
    ['name', name],
    ['mode', mode],
  ]);
  if (cls === TextFile) made.attributes.set('encoding', 'utf-8');
  return made;
}

/** open() */
export function* openFile(python: Python, args: Value[], named: Named): Steps<Value> {
  const file = args[0] ?? named.get('file') ?? null;
  const mode = String(argument(args, named, 1, 'mode') ?? 'r');
  const encoding = String(argument(args, named, 3, 'encoding') ?? 'utf-8');
  const errors = String(argument(args, named, 4, 'errors') ?? 'strict');
  if (!/^[rwaxbt+U]+$/.test(mode)) raise('ValueError', `invalid mode: '${mode}'`);
  if ((mode.match(/[rwax]/g) ?? []).length !== 1)
    raise('ValueError', 'must have exactly one of create/read/write/append mode');
  const binary = mode.includes('b');
  const kind = mode[mode.search(/[rwax]/)];
  let descriptor: number;
  if (isInt(file)) {
    descriptor = Number(file);
    if (!python.process.descriptors.has(descriptor)) raise('OSError', 9n, 'Bad file descriptor');
  } else {
    const path = yield* pathOf(python, file);
    descriptor = system(
      () =>
        python.process.open(path, {
          read: kind === 'r' || mode.includes('+'),
          write: kind !== 'r' || mode.includes('+'),
          create: kind !== 'r',
          truncate: kind === 'w',
          append: kind === 'a',
          exclusive: kind === 'x',
        }),
      file,
    );
    if (python.process.descriptors.get(descriptor)?.kind === 'directory') {
      python.process.close(descriptor);
      raise('IsADirectoryError', 21n, 'Is a directory', file);
    }
  }
  const cls = binary ? (kind === 'r' ? BinaryFile : BinaryWriter) : TextFile;
  return fileObject(cls, descriptor, file, mode, { encoding, errors });
}

/** A path argument: str, bytes or a Path. */
export function* pathOf(python: Python, value: Value): Steps<Bytes> {
  if (typeof value === 'string') {
    if (value.includes('\0')) raise('ValueError', 'embedded null byte');
    return encodeAs(value, 'utf-8', 'surrogateescape');
  }
  if (value instanceof ByteString) return value.data;
  const method = yield* python.lookup(value, '__fspath__');
  if (method !== undefined) return encodeAs(String(yield* python.call(method, [])), 'utf-8', 'surrogateescape');
  return raise('TypeError', `expected str, bytes or os.PathLike object, not ${typeName(value)}`);
}

/** One more read; false at the end. */
function* more(python: Python, s: FileState): Steps<boolean> {
  if (s.ended || s.descriptor < 0) return false;
  try {
    const chunk = python.process.read(s.descriptor, 65536);
    const data = (chunk instanceof Promise ? yield chunk : chunk) as Bytes;
    python.charge(data.length);
    if (data === '') {
      if (s.descriptor !== 0) s.ended = true;
      return false;
    }
    const heard = s.descriptor === 0 ? python.process.descriptors.get(0)?.kind : undefined;
    if (heard === 'terminal' || heard === 'socket')
      for (const line of data.replace(/\n$/, '').split('\n')) python.process.witness.input('python3', line);
    s.buffer += data;
    return true;
  } catch (error) {
    throw translated(error);
  }
}

function* read(python: Python, s: FileState, size: number): Steps<Bytes> {
  if (!s.readable) raise(UnsupportedOperation, s.binary ? 'read' : 'not readable');
  if (s.descriptor < 0) {
    const data = size < 0 ? s.buffer.slice(s.at) : s.buffer.slice(s.at, s.at + size);
    s.at += data.length;
    return data;
  }
  while (size < 0 || s.buffer.length < size) if (!(yield* more(python, s))) break;
  const data = size < 0 ? s.buffer : s.buffer.slice(0, size);
  s.buffer = s.buffer.slice(data.length);
  return data;
}

function* readLine(python: Python, s: FileState): Steps<Bytes> {
  if (!s.readable) raise(UnsupportedOperation, s.binary ? 'read' : 'not readable');
  let end = s.buffer.indexOf('\n', s.descriptor < 0 ? s.at : 0);
  let from = s.buffer.length;
  while (end < 0 && (yield* more(python, s))) {
    end = s.buffer.indexOf('\n', from);
    from = s.buffer.length;
  }
  const start = s.descriptor < 0 ? s.at : 0;
  const line = s.buffer.slice(start, end < 0 ? undefined : end + 1);
  if (s.descriptor < 0) s.at += line.length;
  else s.buffer = s.buffer.slice(line.length);
  return line;
}

function* write(python: Python, s: FileState, data: Bytes): Steps<void> {
  if (!s.writable) raise(UnsupportedOperation, s.binary ? 'write' : 'not writable');
  python.charge(data.length);
  if (s.descriptor < 0) {
    s.buffer = s.buffer.slice(0, s.at).padEnd(s.at, '\0') + data + s.buffer.slice(s.at + data.length);
    s.at += data.length;
    return;
  }
  if (s.descriptor === 1 || s.descriptor === 2) {
    yield* python.write(s.descriptor, data);
    return;
  }
  // At once: CPython closes, and so writes, a file that nothing refers to any more.
  s.pending += data;
  yield* flush(python, s);
}

function* flush(python: Python, s: FileState): Steps<void> {
  if (s.descriptor === 1) yield* python.flush();
  const data = s.pending;
  s.pending = '';
  if (data === '' || s.descriptor < 0) return;
  try {
    const done = python.process.write(s.descriptor, data);
    if (done) yield done;
  } catch (error) {
    throw translated(error);
  }
}

/** Writes out what every open file still holds: the end of the program. */
export function* closeFile(python: Python, file: Holder<FileState>): Steps<void> {
  if (file.state.closed) return;
  yield* flush(python, file.state);
  file.state.closed = true;
  if (file.state.descriptor > 2) python.process.close(file.state.descriptor);
  if (file.state.writable && file.state.descriptor > 2) openFiles.get(python)?.delete(file);
}

/** Files with unwritten bytes, per interpreter. */
const openFiles = new WeakMap<Python, Set<Holder<FileState>>>();
export function* closeAll(python: Python): Steps<void> {
  for (const file of [...(openFiles.get(python) ?? [])]) yield* closeFile(python, file);
}

const toValue = (s: FileState, data: Bytes): Value =>
  s.binary
    ? new ByteString(data)
    : s.descriptor < 0
      ? data
      : decodeAs(data.replace(/\r\n?/g, '\n'), s.encoding, s.errors);

const fileMethods = {
  *read([f, size]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    return toValue(s, yield* read(python, s, integer(size, -1)));
  },
  *readline([f]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    return toValue(s, yield* readLine(python, s));
  },
  *readlines([f]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    const lines: Value[] = [];
    for (let line = yield* readLine(python, s); line !== ''; line = yield* readLine(python, s)) {
      lines.push(toValue(s, line));
      const turn = python.step(2);
      if (turn) yield turn;
    }
    return new List(lines);
  },
  *write([f, data]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    if (s.binary) {
      const bytes = bytesOf(data);
      if (s.descriptor > 2) remember(python, f as Holder<FileState>);
      yield* write(python, s, bytes);
      return BigInt(bytes.length);
    }
    if (typeof data !== 'string')
      raise(
        'TypeError',
        `${s.descriptor < 0 ? 'string argument expected, got' : 'write() argument must be str, not'} ${s.descriptor < 0 ? `'${typeName(data ?? null)}'` : typeName(data ?? null)}`,
      );
    if (s.descriptor > 2) remember(python, f as Holder<FileState>);
    yield* write(
      python,
      s,
      s.descriptor < 0 ? data : encodeAs(data, s.encoding, s.descriptor < 3 ? 'surrogateescape' : s.errors),
    );
    return BigInt([...data].length);
  },
  *writelines([f, lines]: Value[], _n: Named, python: Python): Steps<Value> {
    for (const line of yield* python.collect(lines ?? null)) yield* fileMethods.write([f!, line], new Map(), python);
    return null;
  },
  *flush([f]: Value[], _n: Named, python: Python): Steps<Value> {
    yield* flush(python, state(f));
    return null;
  },
  *close([f]: Value[], _n: Named, python: Python): Steps<Value> {
    yield* closeFile(python, f as Holder<FileState>);
    return null;
  },
  fileno: ([f]: Value[]) => BigInt(state(f).descriptor),
  isatty: ([f]: Value[], _n: Named, python: Python) =>
    Boolean(python.process.descriptors.get(state(f).descriptor)?.terminal),
  readable: ([f]: Value[]) => state(f).readable,
  writable: ([f]: Value[]) => state(f).writable,
  *seek([f, offset, whence]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    yield* flush(python, s);
    const from = (['start', 'current', 'end'] as const)[integer(whence, 0)] ?? 'start';
    if (s.descriptor < 0) {
      s.at = Math.max(0, integer(offset, 0) + (from === 'start' ? 0 : from === 'end' ? s.buffer.length : s.at));
      return BigInt(s.at);
    }
    s.ended = false;
    const ahead = from === 'current' ? s.buffer.length : 0;
    s.buffer = '';
    return BigInt(system(() => python.process.descriptors.get(s.descriptor)!.seek(integer(offset, 0) - ahead, from)));
  },
  *tell([f]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    yield* flush(python, s);
    return BigInt(
      s.descriptor < 0
        ? s.at
        : system(() => python.process.descriptors.get(s.descriptor)!.seek(0, 'current')) - s.buffer.length,
    );
  },
  *truncate([f, size]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    yield* flush(python, s);
    if (s.descriptor < 0) s.buffer = s.buffer.slice(0, integer(size, s.at));
    else system(() => python.process.descriptors.get(s.descriptor)!.truncate(integer(size, 0)));
    return BigInt(integer(size, s.at));
  },
  reconfigure: () => null,
  detach: ([f]: Value[]) => f!,
  getvalue: ([f]: Value[]) => toValue(state(f), state(f).buffer),
  __enter__: ([f]: Value[]) => {
    state(f);
    return f!;
  },
  *__exit__([f]: Value[], _n: Named, python: Python): Steps<Value> {
    yield* closeFile(python, f as Holder<FileState>);
    return null;
  },
  __iter__: ([f]: Value[]) => f!,
  *__next__([f]: Value[], _n: Named, python: Python): Steps<Value> {
    const s = state(f);
    const line = yield* readLine(python, s);
    if (line === '') raise('StopIteration');
    return toValue(s, line);
  },
  *__repr__([f]: Value[], _n: Named, python: Python): Steps<Value> {
    const { cls, state: s } = f as Holder<FileState>;
    const mode =
      cls === TextFile
        ? ` mode='${s.mode}' encoding='${s.encoding.toUpperCase() === 'UTF-8' && s.descriptor < 3 ? 'utf-8' : s.encoding === 'utf-8' ? 'UTF-8' : s.encoding}'`
        : '';
    return `<_io.${cls.name} name=${yield* python.repr(s.name)}${mode}>`;
  },
};
for (const cls of [TextFile, BinaryFile, BinaryWriter, StringIO, BytesIO]) {
  methods(cls, fileMethods);
  const closed = new Native('closed', ([f]) => (f as Holder<FileState>).state.closed);
  cls.own.set('closed', new Descriptor(types.property, closed));
}

function remember(python: Python, file: Holder<FileState>): void {
  let all = openFiles.get(python);
  if (!all) {
    all = new Set();
    openFiles.set(python, all);
  }
  all.add(file);
}

StringIO.make = (_c, [text]) => fileObject(StringIO, -1, null, 'r+', { buffer: typeof text === 'string' ? text : '' });
BytesIO.make = (_c, [data]) =>
  fileObject(BytesIO, -1, null, 'r+', { buffer: data instanceof ByteString ? data.data : '' });
