// sha384sum (GNU coreutils): SHA384 checksums.
import { digestProgram } from './digest.ts';

export const names = ['sha384sum'];

export const main = digestProgram('sha384', 'SHA384', 96);
