// Where a data directory keeps its journal and its store.
import { join } from 'node:path';

export const journalDirectory = (data: string): string => join(data, 'log');
export const storePath = (data: string): string => join(data, 'store', 'kansatsuki.sqlite');
