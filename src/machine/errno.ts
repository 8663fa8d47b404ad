// Failed system calls: the error every file and process operation throws, and glibc's words for it.
import type { Bytes, Errno } from './machine.ts';

/** glibc 2.36, C locale. */
const WORDS: Record<Errno, string> = {
  E2BIG: 'Argument list too long',
  EACCES: 'Permission denied',
  EAGAIN: 'Resource temporarily unavailable',
  EBADF: 'Bad file descriptor',
  EBUSY: 'Device or resource busy',
  ECHILD: 'No child processes',
  ECONNREFUSED: 'Connection refused',
  EEXIST: 'File exists',
  EFBIG: 'File too large',
  EINTR: 'Interrupted system call',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOEXEC: 'Exec format error',
  ENOMEM: 'Cannot allocate memory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  ENOTTY: 'Inappropriate ioctl for device',
  ENXIO: 'No such device or address',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EROFS: 'Read-only file system',
  ESPIPE: 'Illegal seek',
  ESRCH: 'No such process',
  ETXTBSY: 'Text file busy',
  EXDEV: 'Invalid cross-device link',
};

/** The words of strerror(3) for an error number, as glibc has them. */
export function strerror(errno: Errno): string {
  return WORDS[errno];
}

/** A system call that failed. `path` is the file it concerned, where there is one. */
export class SystemError extends Error {
  readonly code: Errno;
  readonly path: Bytes | undefined;

  constructor(code: Errno, path?: Bytes) {
    // A failing stat is everyday work here: the stack trace is not worth its microseconds.
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(WORDS[code]);
    Error.stackTraceLimit = depth;
    this.name = 'SystemError';
    this.code = code;
    this.path = path;
  }

  /** The same as `code`, by its name in C. */
  get errno(): Errno {
    return this.code;
  }
}
