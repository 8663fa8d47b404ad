// Routes of sessions: the filtered list by pages or as a file, one session, and the recordings of its terminal.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readTty, toAsciicast } from '../event/tty.ts';
import type { SessionDetail, SessionEvent } from '../observatory/store.ts';
import { judged } from './judging.ts';
import type { WebOptions } from './options.ts';
import { filterOf } from './queries.ts';
import { readLines } from './reading.ts';
import { maskedIn, Refusal, type Route, route } from './route.ts';
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
// A file's name in tty/, never a path.
const recordingParams = z.object({ name: z.string().regex(/^[\w-][\w.-]{0,127}$/) });

export function sessions({ store, dataDirectory, knowledge, removals, now = Date.now }: WebOptions): Route[] {
  const detail = async (found: SessionDetail | undefined) => {
    if (!found) throw new Refusal(404, 'There is no such session.');
    const { events, techniques: shown } = await readLines(found.events.slice(0, EVENTS), knowledge?.techniques);
    const removed = [...(removals?.(absent(found)) ?? [])].map(([name, { at, reason }]) => ({
      name,
      at: Date.parse(at),
      reason,
    }));
    // After the lines were read in turns: what they say is then known.
    const judgement = knowledge && (await judged(found, knowledge, recording));
    return { ...found, events, techniques: shown, judgement, removed, truncated: found.events.length > EVENTS };
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

  /** Out of tty/, or from where an import found it. */
  const recording = async (name: string): Promise<Buffer> => {
    for (const path of [join(dataDirectory, 'tty', name), store.attachment?.(name)])
      try {
        if (typeof path === 'string') return await readFile(path);
        if (path?.kind === 'tty') return await readFile(path.path);
      } catch {
        // Not here: look at the next place.
      }
    const removed = removals?.([name]).get(name);
    if (removed)
      throw new Refusal(
        410,
        `This recording was removed by retention on ${removed.at.slice(0, 10)} (${removed.reason}).`,
      );
    throw new Refusal(404, 'This recording is not kept here.');
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
    route({
      path: '/recordings/{name}',
      summary: 'A terminal recording as asciicast, version 2',
      params: recordingParams,
      query: schema.recordingQuery,
      types: ['application/x-asciicast'],
      handle: async (c, { session, idle }, { name }) => {
        const { records } = readTty(await recording(name));
        const events = session === undefined ? [] : (store.session(session)?.events ?? []);
        const cast = toAsciicast(records, { sizes: terminalSizes(events), idleLimit: idle });
        c.header('content-type', 'application/x-asciicast');
        c.header('content-disposition', `attachment; filename="${name}.cast"`);
        const whole = withCommands(cast, records[0]?.at ?? 0, events);
        return c.body((await maskedIn(c)?.recording(whole)) ?? whole);
      },
    }),
    route({
      path: '/recordings/{name}/raw',
      summary: 'A terminal recording as it is kept, in Cowrie’s binary form',
      params: recordingParams,
      types: ['application/octet-stream'],
      handle: async (c, _, { name }) => {
        const bytes = await recording(name);
        c.header('content-type', 'application/octet-stream');
        c.header('content-disposition', `attachment; filename="${name}"`);
        return c.body(new Uint8Array(bytes));
      },
    }),
  ];
}

/** Sizes of the terminal over time. Cowrie before 2020 wrote rows as width and columns as height. */
export function terminalSizes(events: readonly SessionEvent[]): { at: number; width: number; height: number }[] {
  return events.flatMap(({ at, eventid, fields }) => {
    if (eventid !== 'cowrie.client.size') return [];
    const [width, height] = [Number(fields['width']), Number(fields['height'])];
    return [width < 60 && height >= 80 ? { at, width: height, height: width } : { at, width, height }];
  });
}

/** Adds a marker (`m`) at each command that was typed while the recording ran; the exec command has one already. */
function withCommands(cast: string, start: number, events: readonly SessionEvent[]): string {
  const [header = '', ...lines] = cast.split('\n').filter((line) => line !== '');
  const timed = lines.map((line): [number, string] => [Number(/^\[([\d.]+)/.exec(line)?.[1]), line]);
  if (timed.some(([, line]) => /^\[[\d.]+,"m"/.test(line))) return cast;
  const end = timed.at(-1)?.[0] ?? 0;
  for (const { at, eventid, fields } of events) {
    const seconds = Math.round(at - start) / 1000;
    // The journal and the recording read the clock apart: a moment outside is meant to be at the edge.
    if (eventid !== 'cowrie.command.input' || seconds < -1 || seconds > end + 1) continue;
    const within = Math.min(end, Math.max(0, seconds));
    timed.push([within, JSON.stringify([within, 'm', String(fields['input'])])]);
  }
  // Stable: what the recording holds comes before a marker of the same moment.
  timed.sort((a, b) => a[0] - b[0]);
  return `${[header, ...timed.map(([, line]) => line)].join('\n')}\n`;
}
