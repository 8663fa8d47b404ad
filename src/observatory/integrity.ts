// Looks through a store for damage that no query has met yet.
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isCorrupt } from './open.ts';

/** Up to this size, every index is compared with its table, too: 1 s of CPU at most. Beyond, that would be felt. */
const THOROUGH = 100 << 20;

/**
 * What is wrong with a store, in SQLite's words; undefined when nothing is found. Reads all of it beside whoever writes. Bytes
 * that changed within a value are not found: SQLite has no checksums.
 */
export function damageOf(path: string): string | undefined {
  const check = statSync(path).size > THOROUGH ? 'quick_check' : 'integrity_check';
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    database.exec('PRAGMA cache_size = -2000');
    const found = Object.values(database.prepare(`PRAGMA ${check}(1)`).get() ?? {})[0];
    return found === 'ok' ? undefined : String(found).replace(/\s+/g, ' ').trim();
  } catch (error) {
    if (isCorrupt(error)) return (error as Error).message;
    throw error;
  } finally {
    database.close();
  }
}
