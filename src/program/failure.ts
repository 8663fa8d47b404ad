// How a program fails: a message of its own with an exit status, or the wording of a system error.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, Errno } from '../machine/machine.ts';

/** Ends a program with `NAME: message` and this exit status; `gnu()` prints it. */
export class Failure extends Error {
  readonly status: number;
  constructor(message: Bytes, status = 1) {
    super(message);
    this.status = status;
  }
}

/** glibc's words for a thrown SystemError; everything else (a signal that ends the process, a fault of ours) is thrown on. */
export function reason(error: unknown): string {
  if (error instanceof SystemError) return strerror(error.errno);
  throw error;
}

/** The error number of a thrown SystemError; everything else is thrown on. */
export function errnoOf(error: unknown): Errno {
  if (error instanceof SystemError) return error.errno;
  throw error;
}

/** The result of `action`, or undefined where the system refuses it. */
export function tryTo<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    errnoOf(error);
    return undefined;
  }
}
