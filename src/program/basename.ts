// basename (GNU coreutils): a path without its directories.
import type { Bytes } from '../machine/machine.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['basename'];

/** The last component; '/' for the root. */
export function baseName(path: Bytes): Bytes {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return path === '' ? '' : '/';
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

export const main = gnu({
  short: '+as:z',
  long: { multiple: 'a', 'suffix=': 's', zero: 'z' },
  usage: 'NAME [SUFFIX]',
  run(run) {
    const { operands } = run;
    if (operands.length === 0) return run.wrongUse('missing operand');
    const many = run.has('a') || run.has('s');
    if (!many && operands.length > 2) return run.wrongUse(`extra operand ${quote(run.process, operands[2]!)}`);
    const suffix = many ? (run.value('s') ?? '') : (operands[1] ?? '');
    for (const path of many ? operands : operands.slice(0, 1)) {
      let base = baseName(path);
      if (suffix && base.length > suffix.length && base.endsWith(suffix)) base = base.slice(0, -suffix.length);
      run.put(base + (run.has('z') ? '\0' : '\n'));
    }
    return 0;
  },
});
