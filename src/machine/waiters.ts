// Those who wait for a file to become readable or writable: each is woken once.

/** A set of wake-up calls. */
export class Waiters {
  #waiting: Set<() => void> | undefined;

  /** Calls `wake` once at the next `wake()`; returns its cancellation. */
  add(wake: () => void): () => void {
    // Each call is an entry of its own, even if the same function waits twice.
    const entry = () => wake();
    (this.#waiting ??= new Set()).add(entry);
    return () => this.#waiting?.delete(entry);
  }

  wake(): void {
    const waiting = this.#waiting;
    if (!waiting || waiting.size === 0) return;
    this.#waiting = undefined;
    for (const entry of waiting) entry();
  }
}
