// Routes of the live feed: the last items as JSON, and the stream of server-sent events.
import { z } from 'zod';
import type { Store } from '../observatory/store.ts';
import { type Hub, VIEWERS } from './hub.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';

const liveQuery = z.object({
  after: z.coerce.number().int().min(0).optional().describe('As the header Last-Event-ID, which goes before it'),
});

export function live(store: Store, hub: Hub): Route[] {
  return [
    route({
      path: '/feed',
      summary: 'The newest events, newest first; with `after`, those that came later, oldest first',
      query: schema.feedQuery,
      response: schema.feed,
      handle: (_, { limit, after }) => ({ items: store.feed(limit, after) }),
    }),
    route({
      path: '/live',
      summary:
        'Server-sent events: `snapshot` and `items`, each {"items": [oldest first], "skipped"?}; resumes from Last-Event-ID',
      query: liveQuery,
      types: ['text/event-stream'],
      handle: (c, { after }) => {
        if (hub.viewers >= VIEWERS) throw new Refusal(503, `${VIEWERS} viewers are watching already.`);
        const last = c.req.header('last-event-id');
        const from = last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : after;
        c.header('content-type', 'text/event-stream; charset=utf-8');
        c.header('cache-control', 'no-store, no-transform');
        c.header('x-accel-buffering', 'no');
        return c.body(hub.view(from));
      },
    }),
  ];
}
