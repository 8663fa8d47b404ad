// Shingles: what stands in a row, hashed; of a long sequence those with the smallest hashes stand for all (a bottom-k sketch).
import { hashNumbers } from './hash.ts';

/** Broder, “On the resemblance and containment of documents” (1997): equal sequences keep equal sketches, parts of them similar ones. */
export const SKETCH = 16;

/** Puts a shingle into an ascending sketch. @returns whether it is there now, and was not before */
export function sketched(sketch: number[], shingle: number): boolean {
  if (sketch.length === SKETCH && shingle >= sketch[SKETCH - 1]!) return false;
  let at = sketch.length;
  while (at > 0 && sketch[at - 1]! >= shingle) at--;
  if (sketch[at] === shingle) return false;
  sketch.splice(at, 0, shingle);
  if (sketch.length > SKETCH) sketch.pop();
  return true;
}

/** The sketch of a whole sequence, `width` of which make a shingle; `salt` keeps kinds apart. */
export function sketchOf(sequence: readonly number[], width: number, salt: number): number[] {
  const sketch: number[] = [];
  for (let at = 0; at + width <= sequence.length; at++)
    sketched(sketch, hashNumbers(salt, ...sequence.slice(at, at + width)));
  return sketch;
}
