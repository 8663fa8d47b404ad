// md5sum (GNU coreutils): MD5 checksums.
import { digestProgram } from './digest.ts';

export const names = ['md5sum'];

export const main = digestProgram('md5', 'MD5', 32);
