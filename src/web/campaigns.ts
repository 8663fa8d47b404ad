// Routes of campaigns: the list by pages or as a file, and one campaign with what holds it together.
import { z } from 'zod';
import { explanation, traitWords } from '../diary/campaign/explain.ts';
import { type CampaignSummary, campaign, campaignSource, campaignSummary, campaigns } from '../diary/campaign/read.ts';
import { campaignOf } from '../observatory/membership.ts';
import type { Store } from '../observatory/store.ts';
import type { WebOptions } from './options.ts';
import { rangeOf } from './queries.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';
import { table } from './table.ts';

/** Rows of a file that are asked for at once. */
const BATCH = 200;
const TECHNIQUES = 24;
const COLUMNS = [
  'key',
  'name',
  'trait',
  'client',
  'sessions',
  'addresses',
  'networks',
  'countries',
  'first',
  'last',
  'since',
] as const;

const toSummary = (found: CampaignSummary): schema.Campaign => ({ ...found, words: traitWords(found) });

/** The campaign that a session belongs to, if it belongs to one. */
export function campaignOfSession(store: Store, id: number): schema.Campaign | undefined {
  const source = campaignSource(store);
  const record = source?.scanner.record(id);
  const key = source && record && campaignOf(source.scanner, record);
  const found = key === undefined ? undefined : campaignSummary(source!, key);
  return found && toSummary(found);
}

export function campaignRoutes({ store, knowledge, now = Date.now }: WebOptions): Route[] {
  const source = () => {
    const found = campaignSource(store);
    if (!found) throw new Refusal(404, 'This store keeps no campaigns.');
    return found;
  };
  return [
    route({
      path: '/campaigns',
      summary: 'Campaigns: sessions that belong together, with how many and from where',
      query: schema.campaignsQuery,
      response: schema.campaigns,
      types: ['text/csv', 'application/x-ndjson'],
      handle: (c, { limit, cursor, order, format, ...range }) => {
        const within = rangeOf(range, store, now);
        const page = (from: string | undefined, most: number) => {
          const { items, next } = campaigns(source(), within, order, most, from);
          return { items: items.map(toSummary), ...(next === undefined ? {} : { next }) };
        };
        if (format === 'json') return page(cursor, limit);
        return table(c, format, 'campaigns', COLUMNS, batches(page));
      },
    }),
    route({
      path: '/campaigns/{key}',
      summary: 'One campaign: why it is one, since when, who, with which lists, commands, keys and files',
      params: z.object({ key: schema.campaignKey }),
      response: schema.campaignDetail,
      handle: (_, __, { key }) => {
        const found = campaign(source(), key);
        if (!found) throw new Refusal(404, 'There is no such campaign.');
        const lines = [...new Set(found.scripts.flatMap(({ value }) => value))].slice(0, 100);
        const shown = new Map<string, schema.CampaignDetail['techniques'][number]>();
        for (const line of lines)
          for (const { technique } of knowledge?.techniques.read(line).techniques ?? [])
            if (shown.size < TECHNIQUES) shown.set(technique.id, { id: technique.id, name: technique.name });
        return {
          ...toSummary(found),
          ...found,
          explanation: explanation(found),
          techniques: [...shown.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
          evidence: store.sessions({ campaign: found.key }, 8).items,
        };
      },
    }),
  ];
}

function* batches(
  page: (cursor: string | undefined, limit: number) => { items: schema.Campaign[]; next?: string },
): Generator<Record<string, unknown>[]> {
  for (let cursor: string | undefined, more = true; more; ) {
    const { items, next } = page(cursor, BATCH);
    yield items.map((item) => ({
      ...item,
      trait: item.words.en,
      first: new Date(item.first).toISOString(),
      last: new Date(item.last).toISOString(),
      since: new Date(item.since).toISOString(),
    }));
    cursor = next;
    more = next !== undefined;
  }
}
