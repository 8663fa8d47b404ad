// Routes of sessions: the filtered list by pages or as a file, and one session.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { SessionDetail } from '../observatory/store.ts';
import { campaignOfSession } from './campaigns.ts';
import { judged } from './judging.ts';
import type { WebOptions } from './options.ts';
import { filterOf } from './queries.ts';
import { readLines } from './reading.ts';
import { readRecording } from './replay/kept.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';
import { table } from './table.ts';

const EVENTS = 20_000;
const BATCH = 500;
const MOST_ABSENT = 200;
const HASH = /\/[0-9a-f]{64}$/;
const COLUMNS = [
  'started',
  'ended',
  'sensor',
  'session',
  'protocol',
  'address',
  'country',
  'asn',
  'asName',
  'hostName',
  'scanner',
  'port',
  'destinationPort',
  'client',
  'hassh',
  'username',
  'password',
  'loggedIn',
  'loginAttempts',
  'commands',
  'downloads',
  'durationMs',
  'recordings',
  'approximate',
];

export function sessions(options: WebOptions): Route[] {
  const { store, dataDirectory, knowledge, removals, now = Date.now } = options;
  const detail = async (found: SessionDetail | undefined) => {
    if (!found) throw new Refusal(404, 'There is no such session.');
    const { events, techniques: shown } = await readLines(found.events.slice(0, EVENTS), knowledge?.techniques);
    const removed = [...(removals?.(absent(found)) ?? [])].map(([name, { at, reason }]) => ({
      name,
      at: Date.parse(at),
      reason,
    }));
    // After the lines were read in turns: what they say is then known.
    const judgement = knowledge && (await judged(found, knowledge, (name) => readRecording(name, options)));
    const campaign = campaignOfSession(store, found.id);
    return {
      ...found,
      events,
      techniques: shown,
      judgement,
      campaign,
      removed,
      truncated: found.events.length > EVENTS,
    };
  };

  /** Recordings and samples of a session that are not there any more. */
  const absent = ({ recordings, events }: SessionDetail): string[] => {
    const samples = events.flatMap(({ eventid, fields }) =>
      /^cowrie\.session\.file_(?:download|upload)$/.test(eventid) ? [String(fields['shasum'] ?? '')] : [],
    );
    const named = [...recordings.map((name) => join('tty', name)), ...samples.map((name) => join('downloads', name))];
    return [...new Set(named)]
      .slice(0, MOST_ABSENT)
      .filter((path) => HASH.test(path) && !existsSync(join(dataDirectory, path)))
      .map((path) => basename(path));
  };

  return [
    route({
      path: '/sessions',
      summary: 'Sessions, newest first, page by page',
      query: schema.sessionsQuery,
      response: schema.sessions,
      types: ['text/csv', 'application/x-ndjson'],
      handle: (c, { limit, cursor, format, ...query }) => {
        const filter = filterOf(query, store, now);
        if (format === 'json') return store.sessions(filter, limit, cursor);
        const batches = (function* () {
          for (let next = cursor, more = true; more; more = next !== undefined) {
            const page = store.sessions(filter, BATCH, next);
            next = page.next;
            yield page.items.map((row) => ({
              ...row,
              started: new Date(row.started).toISOString(),
              ended: row.ended === undefined ? undefined : new Date(row.ended).toISOString(),
            }));
          }
        })();
        return table(c, format, 'sessions', COLUMNS, batches);
      },
    }),
    route({
      path: '/sessions/{id}',
      summary: 'One session with all its events',
      params: z.object({ id: z.coerce.number().int().min(0) }),
      response: schema.sessionDetail,
      handle: (_, __, { id }) => detail(store.session(id)),
    }),
    route({
      path: '/sensors/{sensor}/sessions/{session}',
      summary: 'One session by the names that the journal gives it',
      params: z.object({ sensor: z.string().max(255), session: z.string().max(128) }),
      response: schema.sessionDetail,
      handle: (_, __, { sensor, session }) => detail(store.findSession(session, sensor)),
    }),
  ];
}
