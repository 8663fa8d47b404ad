// readlink (GNU coreutils): where a link points, or the canonical name.
import { reason } from './failure.ts';
import { gnu } from './program.ts';
import { quoteIfNeeded } from './quote.ts';
import { canonical } from './realpath.ts';

export const names = ['readlink'];

export const main = gnu({
  short: 'efmnqsvz',
  long: {
    canonicalize: 'f',
    'canonicalize-existing': 'e',
    'canonicalize-missing': 'm',
    'no-newline': 'n',
    quiet: 'q',
    silent: 'q',
    verbose: 'v',
    zero: 'z',
  },
  usage: '[OPTION]... FILE...',
  async run(run) {
    const { operands, process } = run;
    if (operands.length === 0) return run.wrongUse('missing operand');
    const mode = run.options.findLast(([k]) => 'efm'.includes(k))?.[0];
    const bare = run.has('n') && operands.length === 1;
    if (run.has('n') && operands.length > 1) await run.warn('ignoring --no-newline with multiple arguments', 0);
    for (const path of operands) {
      try {
        const shown = mode
          ? canonical(process, path, mode === 'e' ? 'all' : mode === 'm' ? 'none' : 'parents')
          : process.files.readlink(path);
        run.put(shown + (bare ? '' : run.has('z') ? '\0' : '\n'));
      } catch (error) {
        const words = reason(error);
        run.status = 1;
        if (run.has('v')) await run.warn(`${quoteIfNeeded(path)}: ${words}`);
      }
    }
    return undefined;
  },
});
