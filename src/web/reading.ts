// What the typed lines of a session say, added to its events: techniques with their place in the line, and what was encoded.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Techniques } from '../diary/techniques.ts';
import type { SessionEvent } from '../observatory/store.ts';
import type * as schema from './schema.ts';

/** Milliseconds after which others get their turn, and lines of one answer that are read. */
const TURN_MS = 15;
const LINES = 1_000;
const TYPED = new Set(['cowrie.command.input', 'cowrie.session.input']);

/** Reads the lines in their order; without `techniques`, none. */
export async function readLines(
  events: readonly SessionEvent[],
  techniques: Pick<Techniques, 'read'> | undefined,
): Promise<Pick<schema.SessionDetail, 'events' | 'techniques'>> {
  const found = new Map<string, schema.SessionDetail['techniques'][number]>();
  const out: schema.SessionEvent[] = [];
  let turn = performance.now();
  let lines = 0;
  for (const event of events) {
    out.push(event);
    const { input } = event.fields;
    if (!techniques || !TYPED.has(event.eventid) || typeof input !== 'string' || ++lines > LINES) continue;
    if (performance.now() - turn > TURN_MS) {
      await nextTurn();
      turn = performance.now();
    }
    const reading = techniques.read(input);
    if (reading.techniques.length === 0 && reading.decoded.length === 0) continue;
    for (const { technique } of reading.techniques) {
      const { id, name, tactic } = technique;
      const known = found.get(id);
      if (known) known.lines++;
      else found.set(id, { id, name, tactic, lines: 1 });
    }
    out[out.length - 1] = {
      ...event,
      reading: {
        techniques: reading.techniques.map(({ technique, spans }) => ({ id: technique.id, spans })),
        decoded: reading.decoded,
      },
    };
  }
  return { events: out, techniques: [...found.values()] };
}
