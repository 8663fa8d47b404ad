// How a request fails: the status that OpenSSH's server makes of an error number, or one of its own.
import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Errno } from '../../machine/machine.ts';
import { FX, type Status, status } from './codec.ts';

/** Which status an error number becomes (errno_to_portable). */
const STATUSES: Partial<Record<Errno, Status>> = {
  ENOENT: FX.NO_SUCH_FILE,
  ENOTDIR: FX.NO_SUCH_FILE,
  EBADF: FX.NO_SUCH_FILE,
  ELOOP: FX.NO_SUCH_FILE,
  EPERM: FX.PERMISSION_DENIED,
  EACCES: FX.PERMISSION_DENIED,
  ENAMETOOLONG: FX.BAD_MESSAGE,
  EINVAL: FX.BAD_MESSAGE,
};

/** A request that ends with this status. */
export class Refused extends Error {
  readonly status: Status;
  readonly words: string | undefined;

  constructor(code: Status, words?: string) {
    super();
    this.status = code;
    this.words = words;
  }
}

/** An off_t is signed. */
const LARGEST_OFFSET = 2 ** 63;

/** A position: beyond 2^63 it is negative to the kernel. */
export function offset(value: number): number {
  if (value >= LARGEST_OFFSET) throw new SystemError('EINVAL');
  return value;
}

export function seek(action: () => void): void {
  try {
    action();
  } catch (error) {
    // A pipe or terminal cannot be sought: ESPIPE, which is a failure of no kind.
    throw error instanceof SystemError && error.errno === 'ESPIPE' ? new Refused(FX.FAILURE) : error;
  }
}

export function failed(id: number, error: unknown): Bytes {
  if (error instanceof Refused) return status(id, error.status, error.words);
  if (error instanceof SystemError) return status(id, STATUSES[error.errno] ?? FX.FAILURE);
  throw error;
}
