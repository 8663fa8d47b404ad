// How a command ends badly: one sentence for the operator and an exit code, never a stack trace.

/** 1: tried and failed. 2: wrong use or configuration; trying again without a change is pointless. */
export class Failure extends Error {
  override name = 'Failure';
  readonly code: 1 | 2;

  constructor(sentence: string, code: 1 | 2 = 1) {
    super(sentence);
    this.code = code;
  }
}

/** The sentence for an error of the operating system, which names the file and what can be done. */
export function systemSentence(error: NodeJS.ErrnoException): string | undefined {
  const path = error.path ?? '';
  switch (error.code) {
    case 'ENOENT':
      return `${path}: there is no such file or folder`;
    case 'EACCES':
    case 'EPERM':
      return `${path}: permission denied for user ${process.getuid?.() ?? '?'}`;
    case 'ENOSPC':
      return `${path || 'the data directory'}: no space left on the disk`;
    case 'EROFS':
      return `${path}: the file system is read-only`;
    case 'EISDIR':
      return `${path}: is a folder, expected a file`;
    case 'ENOTDIR':
      return `${path}: a part of this path is a file, expected a folder`;
    default:
      return undefined;
  }
}
