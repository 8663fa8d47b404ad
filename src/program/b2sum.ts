// b2sum (GNU coreutils): BLAKE2b checksums.
import { digestProgram } from './digest.ts';

export const names = ['b2sum'];

export const main = digestProgram('blake2b512', 'BLAKE2b', 128);
