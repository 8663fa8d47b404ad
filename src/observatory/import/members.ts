// The archives that are read: each gives its files one after another.
import type { Bytes, Note } from './bytes.ts';
import { isTarHeader, tarMembers } from './tar.ts';
import { isZip, zipMembers } from './zip.ts';

/** A file of an archive. */
export interface Member {
  /** As the archive states it: never a path to write to. */
  name: string;
  content: AsyncGenerator<Buffer>;
}

/** Gives an archive's files in its order; each must be read, or left, before the next is asked for. */
export type Members = (bytes: Bytes, note: Note) => AsyncGenerator<Member>;

/** What a file that begins like this is an archive of; looks at 512 bytes. */
export function archiveOf(head: Buffer): Members | undefined {
  return isTarHeader(head) ? tarMembers : isZip(head) ? zipMembers : undefined;
}
