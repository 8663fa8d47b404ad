// timeout (GNU coreutils): ends a program after a time.

import type { Signal } from '../machine/machine.ts';
import { isApplet } from './busybox/manner.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';
import { signalName, startCommand, statusOf } from './run-command.ts';
import { parseDuration } from './sleep.ts';

export const names = ['timeout'];

export const main = gnu({
  short: '+k:s:v',
  long: { foreground: 'foreground', 'kill-after=': 'k', 'preserve-status': 'preserve', 'signal=': 's', verbose: 'v' },
  failure: 125,
  usage: '[OPTION] DURATION COMMAND [ARG]...',
  async run(run) {
    const { process, operands } = run;
    if (operands.length < 2) return run.wrongUse();
    const duration = parseDuration(operands[0]!);
    if (duration === undefined) return run.wrongUse(`invalid time interval ${quote(process, operands[0]!)}`);
    const killAfter = run.value('k') === undefined ? undefined : parseDuration(run.value('k')!);
    if (run.has('k') && killAfter === undefined)
      return run.wrongUse(`invalid time interval ${quote(process, run.value('k')!)}`);
    const signal = signalName(run.value('s') ?? 'TERM');
    if (signal === undefined) return run.wrongUse(`${quote(process, run.value('s')!)}: invalid signal`);
    let child: ReturnType<typeof startCommand>;
    try {
      child = startCommand(process, operands.slice(1));
    } catch (error) {
      await run.warn(`failed to run command ${quote(process, operands[1]!)}: ${reason(error)}`);
      return errnoOf(error) === 'ENOENT' ? 127 : 126;
    }
    let expired = false;
    let killed = false;
    const cancels: (() => void)[] = [];
    const { clock } = process.machine;
    if (duration > 0 && Number.isFinite(duration)) {
      cancels.push(
        clock.after(duration * 1000, () => {
          expired = true;
          killed = signal === 'KILL';
          tryTo(() => process.kill(child.pid, signal === 'EXIT' ? 0 : (signal as Signal)));
          if (killAfter === undefined) return;
          cancels.push(
            clock.after(killAfter * 1000, () => {
              killed = true;
              tryTo(() => process.kill(child.pid, 'KILL'));
            }),
          );
        }),
      );
    }
    try {
      const done = await process.waitFor(child);
      const status = statusOf(done?.ending ?? { code: 0 });
      if (expired && run.has('v'))
        await run.warn(`sending signal ${signal} to command ${quote(process, operands[1]!)}`, 0);
      if (!expired || run.has('preserve')) return status;
      // BusyBox ends by the signal that it sends.
      return killed ? 137 : isApplet(process) ? 143 : 124;
    } finally {
      for (const cancel of cancels) cancel();
    }
  },
});
