// Signals of Linux: their numbers and what they do to a process that has not said otherwise (signal(7)).
import type { Signal } from './machine.ts';

/** By number, on x86, ARM and (except for a few) MIPS; SIGNALS[1] is HUP. */
export const SIGNALS: readonly (Signal | undefined)[] = [
  undefined,
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

const IGNORED: ReadonlySet<Signal> = new Set<Signal>(['CHLD', 'URG', 'WINCH', 'CONT']);
const STOPPING: ReadonlySet<Signal> = new Set<Signal>(['STOP', 'TSTP', 'TTIN', 'TTOU']);

/** The default action of a signal. */
export function defaultAction(signal: Signal): 'ignore' | 'stop' | 'end' {
  return IGNORED.has(signal) ? 'ignore' : STOPPING.has(signal) ? 'stop' : 'end';
}
