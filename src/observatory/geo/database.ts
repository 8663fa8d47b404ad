// Reads one of the operator's databases from disk, whole and within bounds.
import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { type Mmdb, readMmdb } from './mmdb.ts';

/** City databases of all the internet have some 150 million bytes. */
const MOST_BYTES = 1 << 30;
const PIECE = 4 << 20;

/** @throws Error with a clause on what is wrong: the file system's, or that it is no database that is known here */
export async function readDatabase(path: string): Promise<Mmdb> {
  const file = await open(path, 'r');
  try {
    const info = await file.stat();
    if (info.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    if (!info.isFile()) throw new Error('it is no plain file');
    if (info.size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    const bytes = Buffer.allocUnsafeSlow(info.size);
    let at = 0;
    while (at < info.size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, info.size - at), at);
      if (bytesRead === 0) throw new Error('it became shorter while it was read');
      at += bytesRead;
      await setImmediate();
    }
    return await readMmdb(bytes);
  } finally {
    await file.close();
  }
}
