// The map that an entry draws on: rules/world.json, made by scripts/build-world.js.
import { readFileSync } from 'node:fs';

/** Units of a drawing `width` × `height`, projected once. */
export interface World {
  width: number;
  height: number;
  /** Path of the land's outline. */
  land: string;
  /** By ISO 3166-1 alpha-2. */
  places: Record<string, readonly [x: number, y: number] | undefined>;
}

export const loadWorld = (file: string): World => JSON.parse(readFileSync(file, 'utf8')) as World;
