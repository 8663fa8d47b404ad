// mesg (util-linux 2.38.1): may others write to this terminal?
import type { Process } from '../machine/machine.ts';
import { gnu } from './program.ts';

export const names = ['mesg'];

const declared = gnu({
  short: 'vVh',
  long: { verbose: 'v' },
  failure: 2,
  usage: '[options] [y | n]',
  release: 'util-linux 2.38.1',
  run(run) {
    const { process } = run;
    const terminal = [0, 1, 2].map((n) => process.descriptors.get(n)?.terminal).find((t) => t !== undefined);
    if (!terminal) {
      if (run.has('v')) return run.fail('no tty', 2);
      return 2;
    }
    const { mode } = process.files.stat(terminal.path);
    const [wish] = run.operands;
    if (wish === undefined) {
      run.put(mode & 0o20 ? 'is y\n' : 'is n\n');
      return mode & 0o20 ? 0 : 1;
    }
    if (!/^[yY]|^[nN]/.test(wish)) return run.fail(`invalid argument: ${wish}`, 2);
    const yes = /^[yY]/.test(wish);
    process.files.chmod(terminal.path, yes ? mode | 0o20 : mode & ~0o22);
    return yes ? 0 : 1;
  },
});

export const main = (process: Process): number | Promise<number> => declared(process);
