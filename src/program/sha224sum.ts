// sha224sum (GNU coreutils): SHA224 checksums.
import { digestProgram } from './digest.ts';

export const names = ['sha224sum'];

export const main = digestProgram('sha224', 'SHA224', 56);
