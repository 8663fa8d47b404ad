// How a key is handed to node:crypto's createCipheriv and createDecipheriv: as text of one byte a character.
// Anything but a string Node (24) first tries as a KeyObject and as a CryptoKey; the two errors it throws and catches on the way, stacks
// included, cost ten times as much as the cipher's context: 16 µs instead of 1.5, with GCM for every packet.

export const keyText = (key: Buffer): string => key.toString('latin1');

/** The option that goes with it. */
export const KEY_TEXT = { encoding: 'latin1' } as const;
