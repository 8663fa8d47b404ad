// What a backup looks like, as an archive or as a folder: a head, the files of the data directory, and a manifest of their hashes.
//
//   kansatsuki-backup.json     what it is, of when, and what was left out
//   data/…                     the data directory
//   manifest.ndjson            one line a file, and a last one that says how many

export const HEAD = 'kansatsuki-backup.json';
export const MANIFEST = 'manifest.ndjson';
export const FOLDERS = ['log', 'tty', 'downloads', 'keys', 'etc', 'machines', 'store', 'state', 'diary'] as const;
export const STORE = 'data/store/kansatsuki.sqlite';

export type LeftOut = 'samples' | 'keys';

export interface Head {
  format: 1;
  /** Version of the program that made it. */
  kansatsuki: string;
  /** ISO 8601. */
  made: string;
  without: LeftOut[];
  /** At most; what vanished meanwhile is not in it. */
  files: number;
  bytes: number;
}

export interface Listed {
  name: string;
  bytes: number;
  sha256: string;
}

/** The backup is not what it should be: one sentence. */
export class BackupError extends Error {
  override name = 'BackupError';
}

export function parseHead(text: string): Head {
  let head: Partial<Head>;
  try {
    head = JSON.parse(text) as Partial<Head>;
  } catch {
    throw new BackupError(`${HEAD} is not JSON`);
  }
  if (head?.format !== 1)
    throw new BackupError(`this is a backup of format ${JSON.stringify(head?.format)}, this program knows 1`);
  const { kansatsuki, made, without, files, bytes } = head;
  const sane =
    typeof kansatsuki === 'string' &&
    typeof made === 'string' &&
    !Number.isNaN(Date.parse(made)) &&
    Array.isArray(without) &&
    without.every((one) => one === 'samples' || one === 'keys') &&
    Number.isSafeInteger(files) &&
    Number.isSafeInteger(bytes);
  if (!sane) throw new BackupError(`${HEAD} lacks something`);
  return head as Head;
}

export function manifestOf(files: readonly Listed[]): Buffer {
  const lines = files.map(({ name, bytes, sha256 }) => JSON.stringify({ name, bytes, sha256 }));
  return Buffer.from(`${[...lines, JSON.stringify({ files: files.length })].join('\n')}\n`);
}

/** @throws BackupError when it is cut off or is none */
export function parseManifest(text: string): Map<string, Listed> {
  const lines = text.split('\n');
  const listed = new Map<string, Listed>();
  let files: number | undefined;
  try {
    if (lines.pop() !== '') throw new Error('cut off');
    files = (JSON.parse(lines.pop() ?? '') as { files: number }).files;
    for (const line of lines) {
      const one = JSON.parse(line) as Listed;
      if (typeof one.name !== 'string' || !Number.isSafeInteger(one.bytes) || !/^[0-9a-f]{64}$/.test(one.sha256))
        throw new Error('no file');
      listed.set(one.name, one);
    }
  } catch {
    throw new BackupError(`${MANIFEST} is damaged`);
  }
  if (files !== listed.size) throw new BackupError(`${MANIFEST} is not whole`);
  return listed;
}

/**
 * Checks the name of an entry: below one of the folders of a data directory, and nothing in it that leads elsewhere.
 * @returns the path below the data directory
 * @throws BackupError
 */
export function pathOf(name: string): string {
  const [data, folder, ...rest] = name.split('/');
  const parts = [folder ?? '', ...rest];
  const safe =
    data === 'data' &&
    (FOLDERS as readonly string[]).includes(folder ?? '') &&
    rest.length > 0 &&
    rest.length <= 8 &&
    Buffer.byteLength(name) <= 1024 &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\u0000-\u001f\\\u007f]/.test(part));
  if (!safe) throw new BackupError(`${JSON.stringify(name)} is no file of a data directory`);
  return parts.join('/');
}
