// What od and hexdump share: the bytes of several files as one stream, cut into blocks.
import type { Bytes, Process } from '../machine/machine.ts';
import { Input } from './input.ts';

/** Control characters as `-c` and `%_c` show them. */
export const CHARS: Record<number, string> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};

export interface Stretch {
  /** Bytes passed over first, and bytes read at most. */
  skip: number;
  limit: number;
  /** Bytes of a block; the last one may be shorter. */
  size: number;
}

/**
 * Hands `each` every block of the files (`-`: standard input), and awaits `flush` after each chunk. A file that cannot be read goes to
 * `failed`. How many files were opened, and how many bytes were to be skipped but were not there.
 */
export async function readBlocks(
  process: Process,
  files: readonly Bytes[],
  { skip, limit, size }: Stretch,
  each: (block: Bytes) => void,
  flush: () => void | Promise<void>,
  failed: (file: Bytes, error: unknown) => Promise<void>,
): Promise<{ opened: number; missing: number }> {
  let opened = 0;
  let toSkip = skip;
  let left = limit;
  let pending = '';
  for (const file of files) {
    try {
      const input = new Input(process, file === '-' ? 0 : process.open(file, { read: true }));
      opened++;
      while (left > 0) {
        const chunk = await input.read(Math.min(toSkip > 0 ? toSkip : left, 65536));
        if (chunk === '') break;
        if (toSkip > 0) {
          toSkip -= chunk.length;
          continue;
        }
        left -= chunk.length;
        pending += chunk;
        let from = 0;
        for (; pending.length - from >= size; from += size) each(pending.slice(from, from + size));
        pending = pending.slice(from);
        const turn = process.step(chunk.length >> 3);
        if (turn) await turn;
        await flush();
      }
      input.close();
    } catch (error) {
      await failed(file, error);
    }
  }
  if (pending) each(pending);
  return { opened, missing: toSkip };
}
