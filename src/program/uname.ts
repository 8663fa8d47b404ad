// uname (GNU coreutils): kernel and machine.
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['uname'];

export const main = gnu({
  short: 'asnrvmpio',
  long: {
    all: 'a',
    'kernel-name': 's',
    sysname: 's',
    nodename: 'n',
    'kernel-release': 'r',
    release: 'r',
    'kernel-version': 'v',
    machine: 'm',
    processor: 'p',
    'hardware-platform': 'i',
    'operating-system': 'o',
  },
  usage: '[OPTION]...',
  run(run) {
    const extra = run.operands[0];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(run.process, extra)}`);
    const { identity } = run.process.machine;
    const all = run.has('a');
    const fields: [string, string][] = [
      ['s', 'Linux'],
      ['n', identity.hostname],
      ['r', identity.kernelRelease],
      ['v', identity.kernelVersion],
      ['m', identity.architecture],
      ['p', 'unknown'],
      ['i', 'unknown'],
      ['o', 'GNU/Linux'],
    ];
    const wanted = fields.filter(([key, value]) => (all ? value !== 'unknown' : run.has(key)));
    run.put(`${(wanted.length ? wanted : fields.slice(0, 1)).map(([, value]) => value).join(' ')}\n`);
    return 0;
  },
});
