// kill and killall of BusyBox.
import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Main, Process, Signal } from '../../machine/machine.ts';
import { SIGNALS } from '../../machine/signal.ts';
import { Failure, reason } from '../failure.ts';
import { processes } from '../proc.ts';

/** `9`, `KILL`, `SIGKILL`, `kill`. @throws Failure */
function signalOf(text: Bytes): Signal | 0 {
  const number = /^\d+$/.test(text) ? Number(text) : SIGNALS.indexOf(text.toUpperCase().replace(/^SIG/, '') as Signal);
  if (number === 0) return 0;
  const signal = SIGNALS[number];
  if (number < 0 || signal === undefined) throw new Failure(`bad signal name '${text}'`);
  return signal as Signal;
}

/** Takes the signal off the front of the arguments. */
function takeSignal(args: Bytes[]): Signal | 0 {
  const [first = '', second = ''] = args;
  if (first === '-s' && args.length > 1) {
    args.splice(0, 2);
    return signalOf(second);
  }
  if (!/^-./.test(first) || first === '--') return 'TERM';
  args.shift();
  return signalOf(first.slice(1));
}

async function list(process: Process, wanted: readonly Bytes[]): Promise<number> {
  if (wanted.length === 0) {
    for (const [number, name] of SIGNALS.entries())
      if (number > 0) await process.out(`${String(number).padStart(2)}) ${name}\n`);
    return 0;
  }
  for (const text of wanted) {
    const number = /^\d+$/.test(text) ? Number(text) & 127 : undefined;
    const signal = signalOf(number === undefined ? text : String(number));
    await process.out(`${number === undefined ? SIGNALS.indexOf(signal as Signal) : signal}\n`);
  }
  return 0;
}

export const kill: Main = async (process) => {
  const args = process.argv.slice(1);
  if (args[0] === '-l') return list(process, args.slice(1));
  const signal = takeSignal(args);
  if (args[0] === '--') args.shift();
  if (args.length === 0) throw new Failure('you need to specify whom to kill');
  let status = 0;
  for (const text of args) {
    try {
      if (!/^-?\d+$/.test(text)) throw new Failure(`invalid number '${text}'`);
      process.kill(Number(text), signal);
    } catch (error) {
      const why = error instanceof Failure ? error.message : `can't kill pid ${text}: ${reason(error)}`;
      await process.err(`kill: ${why}\n`);
      status++;
    }
  }
  return status;
};

export const killall: Main = async (process) => {
  const args = process.argv.slice(1);
  if (args[0] === '-l') return list(process, args.slice(1));
  const quiet = args[0] === '-q' && args.shift() !== undefined;
  const signal = takeSignal(args);
  if (args.length === 0) throw new Failure('you need to specify whom to kill');
  let status = 0;
  for (const name of args) {
    let found = false;
    for (const { pid, argv, comm } of processes(process)) {
      if (pid === process.pid || (comm !== name.slice(0, 15) && (argv[0] ?? '').replace(/^.*\//, '') !== name))
        continue;
      found = true;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        await process.err(`killall: can't kill pid ${pid}: ${reason(error)}\n`);
        status = 1;
      }
    }
    if (found) continue;
    if (!quiet) await process.err(`killall: ${name}: no process killed\n`);
    status++;
  }
  return status;
};
