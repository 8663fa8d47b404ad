// sha512sum (GNU coreutils): SHA512 checksums.
import { digestProgram } from './digest.ts';

export const names = ['sha512sum'];

export const main = digestProgram('sha512', 'SHA512', 128);
