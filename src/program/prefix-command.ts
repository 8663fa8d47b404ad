// Programs that only run another one under some setting of no effect here: ionice, taskset, stdbuf, chrt, unshare, linux32 …
import type { Bytes, Main, Process } from '../machine/machine.ts';
import { errnoOf, reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { runCommand } from './run-command.ts';

/** Parses the program's own options, hands the rest to `execvp`. `skip` operands come before the command. */
export function prefixCommand(
  short: string,
  long: Record<string, string>,
  skip: (options: [string, Bytes | undefined][]) => number,
  alone?: (process: Process, operands: Bytes[], options: [string, Bytes | undefined][]) => Promise<number>,
): Main {
  return async (process) => {
    const name = process.argv[0]!;
    try {
      const { options, operands } = getopt(process.argv.slice(1), `+${short}`, { help: 'h', version: 'V', ...long });
      if (options.some(([k]) => k === 'V')) {
        await process.out(`${name} from util-linux 2.38.1\n`);
        return 0;
      }
      const command = operands.slice(skip(options));
      if (command.length === 0) {
        if (alone) return await alone(process, operands, options);
        throw new WrongUse('no command specified');
      }
      try {
        return await runCommand(process, command);
      } catch (error) {
        const words = reason(error);
        await process.err(`${name}: failed to execute ${command[0]}: ${words}\n`);
        return errnoOf(error) === 'ENOENT' ? 127 : 126;
      }
    } catch (error) {
      if (!(error instanceof WrongUse)) throw error;
      await process.err(`${name}: ${error.message}\nTry '${name} --help' for more information.\n`);
      return 1;
    }
  };
}
