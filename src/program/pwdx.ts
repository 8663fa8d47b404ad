// pwdx (procps 4.0.2): where processes stand.
import { recordedRun } from '../machine/recorded.ts';
import { reason } from './failure.ts';
import { gnu } from './program.ts';

export const names = ['pwdx'];

export const main = gnu({
  short: 'Vh',
  usage: '[options] pid...',
  release: 'procps-ng 4.0.2',
  async run(run) {
    const { process } = run;
    if (run.operands.length === 0) {
      await process.err(recordedRun(process, 'pwdx', '')?.stderr ?? '\nUsage:\n pwdx [options] pid...\n');
      return 1;
    }
    for (const word of run.operands) {
      const pid = word.replace(/^\/proc\//, '');
      if (!/^\d+$/.test(pid)) return run.fail(`invalid process id: ${word}`);
      try {
        process.files.stat(`/proc/${pid}`);
        run.put(`${pid}: ${process.files.readlink(`/proc/${pid}/cwd`)}\n`);
      } catch (error) {
        const text = reason(error);
        await run.flush();
        await process.err(`${pid}: ${text === 'No such file or directory' ? 'No such process' : text}\n`);
        run.status = 1;
      }
    }
    return undefined;
  },
});
