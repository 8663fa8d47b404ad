// Why the sensor cannot start: one sentence for the operator. The command ends with exit code 2.

export class StartError extends Error {
  override name = 'StartError';
}

/** Wraps what the system said about one step. */
export function startError(what: string, error: unknown): StartError {
  if (error instanceof StartError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const why: Record<string, string> = {
    EADDRINUSE: 'the port is in use by another program',
    EADDRNOTAVAIL: 'this machine has no such address',
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    ENOENT: 'no such file or folder',
    ENOSPC: 'no space left on the disk',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is a file, not a folder',
    ERR_ACCESS_DENIED: 'the file lies outside of what the sensor may touch',
  };
  return new StartError(`${what}: ${(code && why[code]) || message}.`, { cause: error });
}
