// Routes of recordings: those that are being made, and one as asciicast, as text, as a page that stands alone, as it is kept, or while it grows.
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from 'hono';
import { z } from 'zod';
import { hiddenNames, knownIn, LeakError } from '../diary/share.ts';
import { readTty, TTY_HEADER } from '../event/tty.ts';
import type { WebOptions } from './options.ts';
import { type Beside, beside } from './replay/cast.ts';
import { follow, WATCHERS, watching } from './replay/follow.ts';
import { isKept, readRecording } from './replay/kept.ts';
import { PlayerMissing, replayPage } from './replay/page.ts';
import { type Done, type Work, work } from './replay/work.ts';
import { maskedIn, Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';

// A file's name in tty/, never a path.
const params = z.object({ name: z.string().regex(/^[\w-][\w.-]{0,127}$/) });
/** A recording that is still being made, as the sensor (and Cowrie) names it: local time, session, channel, kind. */
const UNFINISHED = /^\d{8}-\d{6}-([0-9a-f]{8,12})-\d+([ie])\.log$/;
/** One that nothing was added to for so long was left behind by a sensor that was killed. */
const STALE_MS = 3_600_000;
/** No session lasts that long. */
const OLDEST_MS = 2 * 86_400_000;
const MOST_RUNNING = 100;
/** Pages of sessions that are looked through for kept recordings. */
const MOST_PAGES = 5;

export function recordings(options: WebOptions): Route[] {
  const { store, dataDirectory, config, now = Date.now } = options;
  const folder = join(dataDirectory, 'tty');

  /** Who has a link gets everything masked. */
  const hidden = (c: Context, mask: 'none' | 'circles' = 'none') =>
    mask === 'circles' || maskedIn(c) ? { hidden: hiddenNames(store, [config.sensor.name]) } : {};
  const besideOf = (session: number | undefined): Beside =>
    beside(session === undefined ? [] : (store.session(session)?.events ?? []));
  const titleOf = (name: string, session: number | undefined): string =>
    (session === undefined ? undefined : store.session(session)?.session) ?? name.slice(0, 12);

  /** A masked asciicast that has passed the gate. */
  const gated = async (task: Work): Promise<Done> => {
    const done = await work(task);
    const isKnown = knownIn(store);
    const leaks = [...done.inspected.leaks, ...done.inspected.doubtful.filter(isKnown)];
    if (leaks.length === 0) return done;
    if (task.strict) throw new Refusal(409, `The page was ${new LeakError(leaks).message}.`);
    return gated({ ...task, strict: true });
  };

  const running = async (): Promise<schema.Recordings['running']> => {
    const found: schema.Recordings['running'] = [];
    for (const name of (await readdir(folder).catch(() => [])).sort().reverse()) {
      const [, session, kind] = UNFINISHED.exec(name) ?? [];
      if (session === undefined) continue;
      const seen = await growing(join(folder, name), now());
      if (!seen) continue;
      const row = store.findSession(session);
      if (row?.ended !== undefined) continue;
      found.push({
        name,
        session,
        kind: kind === 'i' ? 'interactive' : 'exec',
        ...seen,
        ...(row ? { id: row.id, address: row.address } : {}),
      });
      if (found.length === MOST_RUNNING) break;
    }
    return found;
  };

  const recent = (limit: number): schema.Recordings['recent'] => {
    const found: schema.Recordings['recent'] = [];
    let cursor: string | undefined;
    for (let pages = 0; found.length < limit && pages < MOST_PAGES; pages++) {
      const page = store.sessions({ eventid: 'cowrie.log.closed' }, 100, cursor);
      for (const row of page.items) {
        const kept = row.recordings.filter((name) => isKept(name, options));
        if (kept.length > 0 && found.length < limit) found.push({ ...row, kept });
      }
      if (page.next === undefined) break;
      cursor = page.next;
    }
    return found;
  };
  return [
    route({
      path: '/recordings',
      summary: 'Recordings that are being made now, and the latest that are kept',
      query: schema.recordingsQuery,
      response: schema.recordings,
      handle: async (_, { recent: limit }) => ({ running: await running(), recent: recent(limit) }),
    }),
    route({
      path: '/recordings/{name}',
      summary:
        'A terminal recording as asciicast, version 2, made harmless: `kansatsuki` in its header says what was kept back',
      params,
      query: schema.recordingQuery,
      types: ['application/x-asciicast'],
      handle: async (c, { session, idle, mask, raw }, { name }) => {
        const { text } = await work({
          form: 'cast',
          bytes: await readRecording(name, options),
          ...besideOf(session),
          ...hidden(c, mask),
          ...(idle === undefined ? {} : { idleLimit: idle }),
          raw: raw === 'true' && !maskedIn(c),
        });
        c.header('content-type', 'application/x-asciicast');
        c.header('content-disposition', `attachment; filename="${name}.cast"`);
        return c.body(text);
      },
    }),
    route({
      path: '/recordings/{name}/text',
      summary: 'What stood on the screen, as plain text',
      params,
      query: schema.transcriptQuery,
      types: ['text/plain'],
      handle: async (c, { session, mask }, { name }) => {
        const { text } = await work({
          form: 'text',
          bytes: await readRecording(name, options),
          ...besideOf(session),
          ...hidden(c, mask),
        });
        c.header('content-type', 'text/plain; charset=utf-8');
        c.header('content-disposition', `attachment; filename="${name}.txt"`);
        return c.body(text);
      },
    }),
    route({
      path: '/recordings/{name}/html',
      summary: 'A page that stands alone and plays it; addresses and our own names are hidden unless `mask=none`',
      params,
      query: schema.replayPageQuery,
      types: ['text/html'],
      handle: async (c, { session, lang = 'en', mask = 'circles' }, { name }) => {
        const title = titleOf(name, session);
        const task: Work = {
          form: 'cast',
          bytes: await readRecording(name, options),
          title,
          ...besideOf(session),
          ...hidden(c, mask),
        };
        const { text } = task.hidden ? await gated(task) : await work(task);
        try {
          const page = replayPage(text, title, lang, { masked: task.hidden !== undefined });
          c.header('content-type', 'text/html; charset=utf-8');
          c.header('content-disposition', `attachment; filename="${title.replace(/[^\w.-]/g, '_')}.html"`);
          return c.body(page);
        } catch (error) {
          if (error instanceof PlayerMissing) throw new Refusal(503, 'The player is not built: run npm run build.');
          throw error;
        }
      },
    }),
    route({
      path: '/recordings/{name}/raw',
      summary: 'A terminal recording as it is kept, in Cowrie’s binary form',
      params,
      types: ['application/octet-stream'],
      handle: async (c, _, { name }) => {
        const bytes = await readRecording(name, options);
        c.header('content-type', 'application/octet-stream');
        c.header('content-disposition', `attachment; filename="${name}"`);
        return c.body(new Uint8Array(bytes));
      },
    }),
    route({
      path: '/recordings/{name}/live',
      summary:
        'Server-sent events of a recording that is being made: `header` (of an asciicast), `events` (lists of its events), `end` (the name it is kept under)',
      params,
      query: schema.followQuery,
      types: ['text/event-stream'],
      handle: async (c, { mask }, { name }) => {
        const session = UNFINISHED.exec(name)?.[1];
        if (session === undefined) throw new Refusal(404, 'This recording is not being made.');
        if (watching() >= WATCHERS) throw new Refusal(503, `${WATCHERS} watchers follow recordings already.`);
        const stream = await follow(join(folder, name), {
          beside: () => beside(store.findSession(session)?.events ?? []),
          ...hidden(c, mask),
        }).catch(() => {
          throw new Refusal(404, 'This recording is not being made any more.');
        });
        c.header('content-type', 'text/event-stream; charset=utf-8');
        c.header('cache-control', 'no-store, no-transform');
        c.header('x-accel-buffering', 'no');
        return c.body(stream);
      },
    }),
  ];
}

/** Begin, last change and size of a recording that is still being made; undefined when it is closed, or was left behind. */
async function growing(
  path: string,
  now: number,
): Promise<{ started: number; changed: number; bytes: number } | undefined> {
  const file = await open(path).catch(() => undefined);
  try {
    if (!file) return undefined;
    const { size, mtimeMs } = await file.stat();
    if (size < TTY_HEADER || now - mtimeMs > STALE_MS) return undefined;
    const edges = Buffer.alloc(2 * TTY_HEADER);
    await file.read(edges, 0, TTY_HEADER, 0);
    await file.read(edges, TTY_HEADER, TTY_HEADER, size - TTY_HEADER);
    const [first] = readTty(edges.subarray(0, TTY_HEADER)).records;
    if (!first || now - first.at > OLDEST_MS) return undefined;
    const [last] = readTty(edges.subarray(TTY_HEADER)).records;
    if (last?.type === 'close') return undefined;
    return { started: Math.floor(first.at), changed: Math.floor(mtimeMs), bytes: size };
  } finally {
    await file?.close();
  }
}
