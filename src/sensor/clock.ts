// The time of day in milliseconds with microseconds as fraction: precise between two looks at the system's clock, and following its corrections.

/** How far the two clocks may part before the system's wins. */
const TOLERANCE_MS = 5;

let offset = Date.now() - performance.now();

/** Milliseconds since the epoch. */
export function wallClock(): number {
  const precise = offset + performance.now();
  const coarse = Date.now();
  // Date.now() is cut to milliseconds: the precise one may be up to one ahead.
  if (Math.abs(precise - coarse - 0.5) <= TOLERANCE_MS) return precise;
  offset = coarse - performance.now();
  return coarse;
}

/** Milliseconds, monotonic. */
export const monotonic = (): number => performance.now();

/** Runs a function later; returns its cancellation. A timer alone keeps no process alive. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}
