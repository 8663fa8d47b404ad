// pathchk (GNU coreutils): would this be a valid or portable file name?
import type { Bytes } from '../machine/machine.ts';
import { errnoOf, reason } from './failure.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['pathchk'];

/** Of POSIX: the least a system must allow. */
const POSIX = { path: 256, name: 14 };
const LINUX = { path: 4096, name: 255 };

export const main = gnu({
  short: '+pP',
  long: { portability: 'portability' },
  usage: '[OPTION]... NAME...',
  async run(run) {
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    const portable = run.has('p') || run.has('portability');
    const extra = run.has('P') || run.has('portability');
    for (const name of run.operands) await check(run, name, portable, extra);
    return undefined;
  },
});

async function check(run: Invocation, name: Bytes, portable: boolean, extra: boolean): Promise<void> {
  const { process } = run;
  if (extra && /(^|\/)-/.test(name)) return run.warn(`leading '-' in a component of file name ${quoteAlways(name)}`);
  if ((portable || extra) && name === '') return run.warn('empty file name');
  if (portable) {
    const odd = /[^A-Za-z0-9._/-]/.exec(name)?.[0];
    if (odd !== undefined)
      return run.warn(`nonportable character ${quote(process, odd)} in file name ${quoteAlways(name)}`);
  } else {
    try {
      process.files.stat(name, false);
      return;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== 'ENOENT') return run.warn(`${quoteIf(name)}: ${reason(error)}`);
      if (name === '') return run.warn(`${quoteAlways(name)}: ${reason(error)}`);
    }
  }
  const limits = portable ? POSIX : LINUX;
  if (name.length >= limits.path)
    return run.warn(`limit ${limits.path - 1} exceeded by length ${name.length} of file name ${quoteAlways(name)}`);
  for (const part of name.split('/'))
    if (part.length > limits.name)
      return run.warn(
        `limit ${limits.name} exceeded by length ${part.length} of file name component ${quote(process, part)}`,
      );
}

const quoteIf = (name: Bytes) => (/^[\w./-]+$/.test(name) ? name : quoteAlways(name));
