// What the typed lines of a session say, added to its events: techniques with their place in the line, and what was encoded.
import type { Techniques } from '../diary/techniques.ts';
import type { SessionEvent } from '../observatory/store.ts';
import type * as schema from './schema.ts';

/** Milliseconds that one answer may spend on it: lines beyond have no reading. */
const BUDGET_MS = 40;
const TYPED = new Set(['cowrie.command.input', 'cowrie.session.input']);

/** Reads the lines in their order; without `techniques`, none. */
export function readLines(
  events: readonly SessionEvent[],
  techniques: Pick<Techniques, 'read'> | undefined,
): Pick<schema.SessionDetail, 'events' | 'techniques'> {
  const found = new Map<string, schema.SessionDetail['techniques'][number]>();
  const deadline = performance.now() + BUDGET_MS;
  const read = (event: SessionEvent): schema.SessionEvent => {
    const { input } = event.fields;
    if (!techniques || !TYPED.has(event.eventid) || typeof input !== 'string' || performance.now() > deadline)
      return event;
    const reading = techniques.read(input);
    if (reading.techniques.length === 0 && reading.decoded.length === 0) return event;
    for (const { technique } of reading.techniques) {
      const { id, name, tactic } = technique;
      const known = found.get(id);
      if (known) known.lines++;
      else found.set(id, { id, name, tactic, lines: 1 });
    }
    return {
      ...event,
      reading: {
        techniques: reading.techniques.map(({ technique, spans }) => ({ id: technique.id, spans })),
        decoded: reading.decoded,
      },
    };
  };
  return { events: events.map(read), techniques: [...found.values()] };
}
