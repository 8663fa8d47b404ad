// Signals by number, and what they make of $?.
import type { Ending, Signal } from '../machine/machine.ts';

const NAMES: Signal[] = [
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'BUS',
  'FPE',
  'KILL',
  'USR1',
  'SEGV',
  'USR2',
  'PIPE',
  'ALRM',
  'TERM',
  'STKFLT',
  'CHLD',
  'CONT',
  'STOP',
  'TSTP',
  'TTIN',
  'TTOU',
  'URG',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'WINCH',
  'IO',
  'PWR',
  'SYS',
];

export const signalNames: readonly Signal[] = NAMES;
export const signalNumber = (signal: Signal): number => NAMES.indexOf(signal) + 1;

/** `9`, `KILL`, `SIGKILL`, `kill`; 0 stays 0. */
export function signalOf(text: string): Signal | 0 | undefined {
  if (text === '0') return 0;
  if (/^\d+$/.test(text)) return NAMES[Number(text) - 1];
  const name = text.toUpperCase().replace(/^SIG/, '') as Signal;
  return NAMES.includes(name) ? name : undefined;
}

/** $? of an ended process. */
export const statusOf = (ending: Ending): number =>
  'code' in ending ? ending.code : 128 + signalNumber(ending.signal);
