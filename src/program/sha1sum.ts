// sha1sum (GNU coreutils): SHA1 checksums.
import { digestProgram } from './digest.ts';

export const names = ['sha1sum'];

export const main = digestProgram('sha1', 'SHA1', 40);
