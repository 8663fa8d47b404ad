// Keeps V8's heap small for a process that makes much short-lived garbage.
import { setFlagsFromString } from 'node:v8';

/**
 * Without it, V8 lets the young generation of a busy process grow to 128 MB and the old one to several times what is in it. A
 * small young generation fits into the processor's cache besides, so that an import is the faster for it. Call it before
 * the work begins.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
}
