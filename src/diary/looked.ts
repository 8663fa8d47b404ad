// When the operator last looked: what came since then is an entry of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './whole.ts';

const fileOf = (dataDirectory: string): string => join(dataDirectory, 'state/looked.json');

/** ms; undefined when nobody has looked yet. */
export function looked(dataDirectory: string): number | undefined {
  try {
    const { at } = JSON.parse(readFileSync(fileOf(dataDirectory), 'utf8')) as { at?: unknown };
    return typeof at === 'number' && Number.isFinite(at) ? at : undefined;
  } catch {
    return undefined;
  }
}

export const markLooked = (dataDirectory: string, at: number): void =>
  writeWhole(fileOf(dataDirectory), `${JSON.stringify({ at })}\n`);
