// A command in a session of its own that outlives its caller, as screen and tmux start them.
import type { Bytes, Process, ProcessInfo } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { runCommand } from './run-command.ts';

/** Starts it without a terminal; `argv` is how the session's process is shown. */
export function startDetached(process: Process, argv: Bytes[], run: readonly Bytes[]): Process {
  return process.spawn(
    async (own) => {
      own.onSignal('HUP', 'ignore');
      for (const descriptor of [0, 1, 2]) {
        const nothing = own.open('/dev/null', { read: true, write: true });
        if (nothing === descriptor) continue;
        own.dup(nothing, descriptor);
        own.close(nothing);
      }
      return runCommand(own, run).catch(() => 0);
    },
    { argv, newSession: true, pgid: 0 },
  );
}

/** The sessions of the caller's user, by what their process is called. */
export const sessionsOf = (process: Process, isOne: (argv: readonly Bytes[]) => boolean): ProcessInfo[] =>
  [...process.machine.processes.values()].filter(
    (one) => isOne(one.argv) && one.uid === process.credentials.uid && one.state[0] !== 'Z' && one.sid === one.pid,
  );

/** Ends a session with everything in it. */
export function endSession(process: Process, { pid }: ProcessInfo): void {
  for (const one of [...process.machine.processes.values()])
    if (one.sid === pid) tryTo(() => process.kill(one.pid, 'KILL'));
}
