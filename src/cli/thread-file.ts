// Where a thread's file is: beside this one, built or as it is written.
import { join } from 'node:path';

export const threadFile = (thread: string): string =>
  join(import.meta.dirname, `${thread}.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`);
