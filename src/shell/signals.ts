// Signals by number, and what they make of $?.
import type { Ending, Signal } from '../machine/machine.ts';
import { SIGNALS } from '../machine/signal.ts';

export const signalNames = SIGNALS.slice(1) as readonly Signal[];
export const signalNumber = (signal: Signal): number => signalNames.indexOf(signal) + 1;

/** What an interactive shell ignores for itself; what it starts does not. */
export const IGNORED_WHEN_INTERACTIVE: readonly Signal[] = ['INT', 'QUIT', 'TERM', 'TSTP', 'TTIN', 'TTOU'];

/** `9`, `KILL`, `SIGKILL`, `kill`; 0 stays 0. */
export function signalOf(text: string): Signal | 0 | undefined {
  if (text === '0') return 0;
  if (/^\d+$/.test(text)) return signalNames[Number(text) - 1];
  const name = text.toUpperCase().replace(/^SIG/, '') as Signal;
  return signalNames.includes(name) ? name : undefined;
}

/** $? of an ended process. */
export const statusOf = (ending: Ending): number =>
  'code' in ending ? ending.code : 128 + signalNumber(ending.signal);
