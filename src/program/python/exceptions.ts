// Python's exception classes and how an exception is made and thrown from our side.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Errno } from '../../machine/machine.ts';
import { Class, Instance, Raised, Tuple, types, type Value } from './values.ts';

/** Class → its base; in an order where a base comes first. */
const TREE =
  'BaseException:object Exception:BaseException SystemExit:BaseException KeyboardInterrupt:BaseException GeneratorExit:BaseException ' +
  'ArithmeticError:Exception ZeroDivisionError:ArithmeticError OverflowError:ArithmeticError FloatingPointError:ArithmeticError ' +
  'AssertionError:Exception AttributeError:Exception BufferError:Exception EOFError:Exception ImportError:Exception ' +
  'ModuleNotFoundError:ImportError LookupError:Exception IndexError:LookupError KeyError:LookupError MemoryError:Exception ' +
  'NameError:Exception UnboundLocalError:NameError OSError:Exception BlockingIOError:OSError ChildProcessError:OSError ' +
  'ConnectionError:OSError BrokenPipeError:ConnectionError ConnectionAbortedError:ConnectionError ConnectionRefusedError:ConnectionError ' +
  'ConnectionResetError:ConnectionError FileExistsError:OSError FileNotFoundError:OSError InterruptedError:OSError ' +
  'IsADirectoryError:OSError NotADirectoryError:OSError PermissionError:OSError ProcessLookupError:OSError TimeoutError:OSError ' +
  'ReferenceError:Exception RuntimeError:Exception NotImplementedError:RuntimeError RecursionError:RuntimeError ' +
  'StopIteration:Exception StopAsyncIteration:Exception SyntaxError:Exception IndentationError:SyntaxError TabError:IndentationError ' +
  'SystemError:Exception TypeError:Exception ValueError:Exception UnicodeError:ValueError UnicodeDecodeError:UnicodeError ' +
  'UnicodeEncodeError:UnicodeError Warning:Exception DeprecationWarning:Warning UserWarning:Warning RuntimeWarning:Warning ' +
  'FutureWarning:Warning ResourceWarning:Warning SyntaxWarning:Warning PendingDeprecationWarning:Warning ImportWarning:Warning ' +
  'BytesWarning:Warning EncodingWarning:Warning UnicodeWarning:Warning';

export const exceptions = new Map<string, Class>([['object', types.object]]);
for (const pair of TREE.split(' ')) {
  const [name = '', base = ''] = pair.split(':');
  exceptions.set(name, new Class(name, [exceptions.get(base)!], types.type));
}
exceptions.delete('object');
exceptions.set('IOError', exceptions.get('OSError')!);
exceptions.set('EnvironmentError', exceptions.get('OSError')!);

/** A class for a module's own exceptions: `socket.gaierror`, `binascii.Error`. */
export function exceptionClass(name: string, base: string | Class, module: string): Class {
  const made = new Class(name, [typeof base === 'string' ? exceptions.get(base)! : base], types.type);
  made.module = module;
  return made;
}

/** Makes an exception with its arguments. */
export function makeException(cls: Class, ...args: Value[]): Instance {
  const made = new Instance(cls);
  made.attributes = new Map<string, Value>([['args', new Tuple(args)]]);
  if (cls.is(exceptions.get('OSError')!) && args.length >= 2) {
    made.attributes.set('errno', args[0]!);
    made.attributes.set('strerror', args[1]!);
    made.attributes.set('filename', args[2] ?? null);
    if (args.length > 2) made.attributes.set('args', new Tuple(args.slice(0, 2)));
  }
  if (cls.is(exceptions.get('SystemExit')!)) made.attributes.set('code', args[0] ?? null);
  if (cls.is(exceptions.get('StopIteration')!)) made.attributes.set('value', args[0] ?? null);
  return made;
}

/** Throws an exception of this class. */
export function raise(cls: string | Class, ...args: Value[]): never {
  throw new Raised(makeException(typeof cls === 'string' ? exceptions.get(cls)! : cls, ...args));
}

export const ERRNO: Readonly<Record<string, number>> = {
  EPERM: 1, ENOENT: 2, ESRCH: 3, EINTR: 4, EIO: 5, ENXIO: 6, E2BIG: 7, ENOEXEC: 8, EBADF: 9, ECHILD: 10, EAGAIN: 11, ENOMEM: 12, EACCES: 13,
  EBUSY: 16, EEXIST: 17, EXDEV: 18, ENOTDIR: 20, EISDIR: 21, EINVAL: 22, EMFILE: 24, ENOTTY: 25, ETXTBSY: 26, EFBIG: 27, ENOSPC: 28, ESPIPE: 29,
  EROFS: 30, EPIPE: 32, ENAMETOOLONG: 36, ENOTEMPTY: 39, ELOOP: 40, EADDRINUSE: 98, ENETUNREACH: 101, ECONNRESET: 104, ENOTCONN: 107,
  ETIMEDOUT: 110, ECONNREFUSED: 111, EHOSTUNREACH: 113, EINPROGRESS: 115,
}; // biome-ignore format: one table
const CLASSES: Readonly<Record<string, string>> = {
  ENOENT: 'FileNotFoundError',
  EACCES: 'PermissionError',
  EPERM: 'PermissionError',
  EEXIST: 'FileExistsError',
  EISDIR: 'IsADirectoryError',
  ENOTDIR: 'NotADirectoryError',
  ECHILD: 'ChildProcessError',
  ESRCH: 'ProcessLookupError',
  EPIPE: 'BrokenPipeError',
  EAGAIN: 'BlockingIOError',
  EINTR: 'InterruptedError',
  ECONNREFUSED: 'ConnectionRefusedError',
  ECONNRESET: 'ConnectionResetError',
  ETIMEDOUT: 'TimeoutError',
};

/** Throws the OSError of an error number: `[Errno 2] No such file or directory: 'x'`. */
export function raiseErrno(code: string, words: string, ...names: Value[]): never {
  raise(CLASSES[code] ?? 'OSError', BigInt(ERRNO[code] ?? 5), words, ...names);
}

/** Runs a call of the machine; a SystemError becomes Python's OSError. */
export function system<T>(action: () => T, ...names: Value[]): T {
  try {
    return action();
  } catch (error) {
    throw translated(error, ...names);
  }
}

/** What to throw for an error of the machine. */
export function translated(error: unknown, ...names: Value[]): unknown {
  if (!(error instanceof SystemError)) return error;
  try {
    raiseErrno(error.errno, strerror(error.errno as Errno), ...names);
  } catch (raised) {
    return raised;
  }
}
