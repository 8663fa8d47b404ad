// Routes for other programs: the block list that a firewall fetches, a STIX bundle, and the files of a MISP feed.
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { blockFormats, blockList, formatBlockList, ttlOf } from '../out/blocklist.ts';
import { indicatorsOf } from '../out/indicators.ts';
import { type Feed, mispFeed } from '../out/misp.ts';
import { stixBundle } from '../out/stix.ts';
import { DAY, type Source } from '../out/visitors.ts';
import type { WebOptions } from './options.ts';
import { rangeOf } from './queries.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const blockQuery = z.object({
  format: z.enum(blockFormats).default('plain'),
  days: whole(1, 90).optional(),
  least: whole(1, 1_000_000).default(1),
});
const stixQuery = schema.rangeQuery.extend({ limit: whole(1, 10_000).default(1_000) });
const feedParams = z.object({ name: z.string().regex(/^(?:[0-9a-f-]{36}\.json|manifest\.json|hashes\.csv)$/) });

/** Days of a feed: MISP keeps what it has read. */
const FEED_DAYS = 7;
const FEED_LIMIT = 1_000;
const MOST_DAYS = 92;
/** MISP reads the manifest, then each event: they have to be of the same feed. */
const FEED_KEPT = 10 * 60_000;

const TYPES = { plain: 'text/plain', nft: 'text/plain', ipset: 'text/plain', csv: 'text/csv' } as const;

export function exportRoutes({ store, config, ownAddresses = [], now = Date.now }: WebOptions): Route[] {
  const source: Source = {
    store,
    never: [...config.export.never, ...ownAddresses],
    pause: () => setImmediate(),
  };
  let feed: { at: number; files: Promise<Feed> } | undefined;
  const currentFeed = (): Promise<Feed> => {
    if (feed && now() - feed.at < FEED_KEPT) return feed.files;
    const to = (Math.floor(now() / DAY) + 1) * DAY;
    const files = mispFeed(source, { from: to - FEED_DAYS * DAY, to }, FEED_LIMIT, config.export);
    feed = { at: now(), files };
    // A failure is told to who asked; the next one tries anew.
    files.catch(() => (feed = undefined));
    return files;
  };
  return [
    route({
      path: '/export/blocklist',
      summary: 'Addresses that attacked lately, as plain text, for nft or ipset, or as CSV',
      query: blockQuery,
      types: ['text/plain', 'text/csv'],
      handle: async (c, { format, days = config.export.days, least }) => {
        const at = now();
        const list = await blockList(source, { ttl: ttlOf(days), least }, at);
        c.header('content-type', `${TYPES[format]}; charset=utf-8`);
        return c.body(formatBlockList(list, format, at));
      },
    }),
    route({
      path: '/export/stix',
      summary: 'Addresses, files and links of a range (default: 7 days) as a STIX 2.1 bundle',
      query: stixQuery,
      types: ['application/stix+json;version=2.1'],
      handle: async (c, { from, to, limit }) => {
        const range = rangeOf({ from, to }, store, now) ?? { from: now() - FEED_DAYS * DAY, to: now() };
        if (range.to - range.from > MOST_DAYS * DAY)
          throw new Refusal(400, `query from: the range is longer than ${MOST_DAYS} days.`);
        const bundle = stixBundle(await indicatorsOf(source, range, limit), config.export);
        c.header('content-type', 'application/stix+json;version=2.1');
        return c.body(JSON.stringify(bundle));
      },
    }),
    route({
      path: '/export/misp/{name}',
      summary: 'A file of the MISP feed of the last 7 days: manifest.json, hashes.csv, or an event',
      params: feedParams,
      types: ['application/json', 'text/csv'],
      handle: async (c, _, { name }) => {
        const text = (await currentFeed()).get(name);
        if (text === undefined) throw new Refusal(404, 'The feed has no such file.');
        c.header('content-type', name.endsWith('.csv') ? 'text/csv; charset=utf-8' : 'application/json');
        return c.body(text);
      },
    }),
  ];
}
