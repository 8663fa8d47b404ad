// Answers that grow: what takes many bounded readings is told line by line while it is counted, and others get their turn between two.
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from 'hono';
import { maskedIn, Refusal } from './route.ts';

/** Milliseconds between two lines. */
const PACE_MS = 300;
/** Answers that may grow at once. */
const MOST = 16;

/** All readings of a server wait in one line: however many viewers ask, the observer rests as long as it read. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #open = 0;

  /** One reading in its turn, and a rest as long as it took. */
  take<T>(read: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const start = performance.now();
      try {
        return { value: await read(), took: performance.now() - start };
      } catch (error) {
        return { error, took: 0 };
      }
    });
    this.#last = turn.then(({ took }) => pause(Math.min(100, took)));
    return turn.then((found) => {
      if ('error' in found) throw found.error;
      return found.value;
    });
  }

  /**
   * One line of JSON (`application/x-ndjson`) after the first step, then a few a second, each in place of the one before.
   * @param step reads a bounded part; true when it was the last
   * @param soFar what is known now
   * @throws Refusal when too many grow already
   */
  grow(c: Context, step: () => boolean | Promise<boolean>, soFar: (done: boolean) => object): Response {
    if (this.#open >= MOST) throw new Refusal(503, 'Too many counts are under way: ask again in a moment.');
    this.#open++;
    let open = true;
    const end = () => {
      if (open) this.#open--;
      open = false;
    };
    const encoder = new TextEncoder();
    const masked = maskedIn(c);
    let first = true;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const until = performance.now() + (first ? 0 : PACE_MS);
          first = false;
          let done = false;
          do done = await this.take(step);
          while (open && !done && performance.now() < until);
          if (!open) return;
          const known = soFar(done);
          controller.enqueue(encoder.encode(`${JSON.stringify(masked ? masked.value(known) : known)}\n`));
          if (!done) return;
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel: end,
    });
    c.header('content-type', 'application/x-ndjson');
    return c.body(body);
  }
}
