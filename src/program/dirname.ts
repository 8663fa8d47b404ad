// dirname (GNU coreutils): a path without its last component.
import type { Bytes } from '../machine/machine.ts';
import { gnu } from './program.ts';

export const names = ['dirname'];

/** The directory part: '.' if there is none. */
export function dirName(path: Bytes): Bytes {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return path === '' ? '.' : '/';
  const slash = trimmed.lastIndexOf('/');
  return slash < 0 ? '.' : trimmed.slice(0, slash).replace(/\/+$/, '') || '/';
}

export const main = gnu({
  short: '+z',
  long: { zero: 'z' },
  usage: '[OPTION] NAME...',
  run(run) {
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    for (const path of run.operands) run.put(dirName(path) + (run.has('z') ? '\0' : '\n'));
    return 0;
  },
});
