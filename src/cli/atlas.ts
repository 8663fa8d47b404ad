// The data on addresses that a data directory's configuration names, for commands and the observer.
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Gazetteer } from '../observatory/geo/gazetteer.ts';
import { scannersPath } from '../observatory/place.ts';

/** Loads them; what cannot be read is in `troubles`. */
export async function openGazetteer(config: Config, dataDirectory: string): Promise<Gazetteer> {
  const { Gazetteer } = await import('../observatory/geo/gazetteer.ts');
  return Gazetteer.open({
    files: config.geo.files.map((file) => resolve(dataDirectory, file)),
    scanners: scannersPath(dataDirectory),
  });
}
