// What the data directory's parts take on the disk: counted in the background, for a folder may hold a hundred thousand files.
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface PartUsage {
  what: 'journal' | 'recordings' | 'samples';
  bytes: number;
  files: number;
}

const FOLDERS = [
  ['journal', 'log'],
  ['recordings', 'tty'],
  ['samples', 'downloads'],
] as const;

/** Milliseconds that a count holds good. */
const FRESH = 10 * 60_000;

export class Usage {
  readonly #directory: string;
  readonly #now: () => number;
  #last: PartUsage[] = [];
  #countedAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  /** @param directory the data directory */
  constructor(directory: string, now: () => number = Date.now) {
    this.#directory = directory;
    this.#now = now;
  }

  /** The last count, empty before the first; asking starts the next one when it is time. */
  get current(): readonly PartUsage[] {
    if (this.#now() - this.#countedAt >= FRESH) void this.count();
    return this.#last;
  }

  /** Counts now; one count at a time. */
  count(): Promise<void> {
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    return this.#counting;
  }

  async #count(): Promise<void> {
    this.#countedAt = this.#now();
    const parts: PartUsage[] = [];
    for (const [what, folder] of FOLDERS) {
      const part = { what, bytes: 0, files: 0 };
      await addFolder(join(this.#directory, folder), part);
      parts.push(part);
    }
    this.#last = parts;
  }
}

async function addFolder(path: string, part: PartUsage): Promise<void> {
  try {
    for await (const entry of await opendir(path)) {
      if (!entry.isFile()) continue;
      // A file may go while it is counted.
      const bytes = await stat(join(path, entry.name)).then(
        ({ size }) => size,
        () => undefined,
      );
      if (bytes === undefined) continue;
      part.bytes += bytes;
      part.files++;
    }
  } catch {
    // No such folder: nothing of that kind is kept yet.
  }
}
