// Routes of the live feed: the last items as JSON, and the stream of server-sent events.
import { z } from 'zod';
import type { Store } from '../observatory/store.ts';
import { type Hub, VIEWERS } from './hub.ts';
import { maskedIn, Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';

/** Id of an item, and its time in milliseconds. */
const PLACE = /^(\d{1,15})(?:\.(-?\d{1,16}))?$/;

const liveQuery = z.object({
  after: z
    .string()
    .regex(PLACE)
    .optional()
    .describe('As the header Last-Event-ID, which goes before it: the id of the last message, or of the last item'),
});

export function live(store: Store, hub: Hub): Route[] {
  return [
    route({
      path: '/feed',
      summary: 'The newest events, newest first; with `after`, those that came later, oldest first',
      query: schema.feedQuery,
      response: schema.feed,
      handle: (c, { limit, after }) => {
        const items = store.feed(limit, after);
        return { items: maskedIn(c)?.feed(items) ?? items };
      },
    }),
    route({
      path: '/live',
      summary:
        'Server-sent events: `snapshot` and `items`, each {"items": [oldest first], "skipped"?}; resumes from Last-Event-ID',
      query: liveQuery,
      types: ['text/event-stream'],
      handle: (c, { after }) => {
        if (hub.viewers >= VIEWERS) throw new Refusal(503, `${VIEWERS} viewers are watching already.`);
        const [, id, at] = PLACE.exec(c.req.header('last-event-id') ?? '') ?? PLACE.exec(after ?? '') ?? [];
        const from = id === undefined ? undefined : { id: Number(id), ...(at === undefined ? {} : { at: Number(at) }) };
        c.header('content-type', 'text/event-stream; charset=utf-8');
        c.header('cache-control', 'no-store, no-transform');
        c.header('x-accel-buffering', 'no');
        return c.body(hub.view(from, maskedIn(c) !== undefined));
      },
    }),
  ];
}
