// setsid (util-linux): runs a program in a new session.
import { errnoOf, reason } from './failure.ts';
import { gnu } from './program.ts';
import { startCommand, statusOf } from './run-command.ts';

export const names = ['setsid'];

export const main = gnu({
  short: '+cfwVh',
  long: { ctty: 'c', fork: 'f', wait: 'w' },
  usage: '[options] <program> [arguments ...]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process } = run;
    if (run.operands.length === 0) {
      await process.err("setsid: no command specified\nTry 'setsid --help' for more information.\n");
      return 1;
    }
    try {
      const child = startCommand(process, run.operands, { newSession: true });
      if (process.pgid === process.pid && !run.has('w')) return 0;
      const done = await process.waitFor(child);
      return statusOf(done?.ending ?? { code: 0 });
    } catch (error) {
      await process.err(`${run.name}: failed to execute ${run.operands[0]}: ${reason(error)}\n`);
      return errnoOf(error) === 'ENOENT' ? 127 : 126;
    }
  },
});
