// chcon and runcon (GNU coreutils): SELinux contexts, which a Debian kernel without SELinux refuses.
import { calledAs, gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['chcon', 'runcon'];

const chcon = gnu({
  short: 'HLPRhvu:r:t:l:',
  long: {
    recursive: 'R',
    dereference: 'dereference',
    'no-dereference': 'h',
    'preserve-root': 'preserve-root',
    'no-preserve-root': 'no-preserve-root',
    'reference=': 'reference',
    'user=': 'u',
    'role=': 'r',
    'type=': 't',
    'range=': 'l',
    verbose: 'v',
  },
  usage: '[OPTION]... CONTEXT FILE...',
  async run(run) {
    const partial = ['u', 'r', 't', 'l', 'reference'].some((key) => run.has(key));
    const [first] = run.operands;
    if (run.operands.length < (partial ? 1 : 2))
      return run.wrongUse(
        first === undefined ? 'missing operand' : `missing operand after ${quote(run.process, first)}`,
      );
    for (const file of run.operands.slice(partial ? 0 : 1))
      await run.warn(
        partial
          ? `can't apply partial context to unlabeled file ${quoteAlways(file)}`
          : `failed to change context of ${quoteAlways(file)} to ${quote(run.process, first!)}: Operation not supported`,
      );
    return undefined;
  },
});

const runcon = gnu({
  short: '+r:t:u:l:c',
  long: { 'role=': 'r', 'type=': 't', 'user=': 'u', 'range=': 'l', compute: 'c' },
  failure: 125,
  usage: 'CONTEXT COMMAND [args]',
  run: (run) => run.fail('runcon may be used only on a SELinux kernel', 1),
});

export const main: typeof chcon = (process) => (calledAs(process) === 'runcon' ? runcon(process) : chcon(process));
