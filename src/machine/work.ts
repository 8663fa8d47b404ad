// Work that a call does at once, where it cannot wait for its turn: it is owed, and counted with the next step of whoever runs.
import { SystemError } from './errno.ts';

/** Steps that may be owed: about as many microseconds, and the longest that one call may keep all others waiting. */
const MOST_OWED = 30_000;

let owed = 0;

/** Adds to what is owed. @throws SystemError ENOMEM when it is more than anyone should wait for. */
export function owe(steps: number): void {
  owed += steps;
  if (owed > MOST_OWED) throw new SystemError('ENOMEM');
}

/** What is owed, which is nothing afterwards. */
export function settle(): number {
  const steps = owed;
  owed = 0;
  return steps;
}
