// sha256sum (GNU coreutils): SHA256 checksums.
import { digestProgram } from './digest.ts';

export const names = ['sha256sum'];

export const main = digestProgram('sha256', 'SHA256', 64);
