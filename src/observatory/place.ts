// Where a data directory keeps its journal and its store.
import { join } from 'node:path';

export const journalDirectory = (data: string): string => join(data, 'log');
/** The operator's own list of research scanners. */
export const scannersPath = (data: string): string => join(data, 'etc', 'scanners.toml');
export const storePath = (data: string): string => join(data, 'store', 'kansatsuki.sqlite');
