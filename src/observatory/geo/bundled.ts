// The country and network data that come with the program: packed at build time into dist/geo.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PackedHead, unpackRanges } from './packed-ranges.ts';
import type { RangeTable } from './ranges.ts';

export const COUNTRY_FILE = 'country.ranges.zst';
export const NETWORK_FILE = 'network.ranges.zst';

/** The same place seen from src/ and from dist/. */
export const bundledFolder = join(import.meta.dirname, '../../../dist/geo');

export interface Bundled {
  head: PackedHead;
  table: RangeTable;
}

/**
 * One of the bundled tables.
 * @throws Error with a sentence when it is missing or damaged
 */
export function loadBundled(file: string, folder = bundledFolder): Bundled {
  const path = join(folder, file);
  try {
    return unpackRanges(readFileSync(path));
  } catch (error) {
    throw new Error(
      `The bundled data ${path} cannot be read (${(error as Error).message}); npm run build makes them.`,
      {
        cause: error,
      },
    );
  }
}
