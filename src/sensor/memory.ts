// Says when the sensor's memory runs short, so that what attackers run is killed before the sensor itself would be.
import { getHeapStatistics } from 'node:v8';

/** Share of V8's own limit that is never passed: beyond it the collector would take all the time, then end the process. */
const SHARE = 0.7;

/** @param limit bytes that may be in use; garbage not yet collected counts */
export function memoryShort(limit: number): () => boolean {
  return () => {
    const { used_heap_size, external_memory, heap_size_limit } = getHeapStatistics();
    return used_heap_size + external_memory > limit || used_heap_size > heap_size_limit * SHARE;
  };
}
