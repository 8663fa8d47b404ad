// Routes of samples, the files that attackers brought: what is known of each, newest first, and one as a ZIP under a password.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Count, Download } from '../observatory/store.ts';
import { kindOf, LOOK } from './kind.ts';
import type { WebOptions } from './options.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';
import { table } from './table.ts';
import { MOST_BYTES, zipOf } from './zip.ts';

/** Known to every analyst, and to mail filters: it keeps a sample from being opened by mistake, not from anyone's eyes. */
const PASSWORD = 'infected';
const SHA256 = /^[0-9a-f]{64}$/;
/** Samples that one filtered answer looks at. */
const LOOKED = 300;
const COLUMNS = [
  'hash',
  'kind',
  'detail',
  'bytes',
  'count',
  'firstSeen',
  'lastSeen',
  'address',
  'urls',
  'path',
  'stored',
  'removed',
];

export function samples({ store, dataDirectory, removals }: WebOptions): Route[] {
  /** Out of downloads/, or from where an import found it; undefined when it is not there, or no plain file. */
  const opened = async (hash: string): Promise<FileHandle | undefined> => {
    if (!SHA256.test(hash)) return undefined;
    const imported = store.attachment?.(hash);
    for (const path of [
      join(dataDirectory, 'downloads', hash),
      imported?.kind === 'download' ? imported.path : undefined,
    ]) {
      if (path === undefined) continue;
      // Whatever lies there: no link is followed, and no pipe is waited for.
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
        () => undefined,
      );
      if ((await file?.stat())?.isFile()) return file;
      await file?.close();
    }
    return undefined;
  };

  const lookAt = async (hash: string) => {
    const file = await opened(hash);
    if (!file) return { stored: false };
    try {
      const { size } = await file.stat();
      const head = Buffer.alloc(LOOK);
      const { bytesRead } = await file.read(head, 0, LOOK, 0);
      return { stored: true, bytes: size, ...kindOf(head.subarray(0, bytesRead)) };
    } finally {
      await file.close();
    }
  };

  const sampleOf = async ({ value: hash, count, firstSeen }: Count): Promise<schema.Sample> => {
    const { first, last } = store.arrivals(hash);
    return {
      hash,
      count,
      firstSeen,
      ...(last ? { lastSeen: last.at, sessionId: last.sessionId } : {}),
      ...originOf(first, last),
      ...(await lookAt(hash)),
    };
  };

  /** Says of those that are not there when retention removed them. */
  const withRemoval = (items: schema.Sample[]): schema.Sample[] => {
    const gone = removals?.(items.flatMap(({ hash, stored }) => (!stored && SHA256.test(hash) ? [hash] : [])));
    for (const item of items) {
      const removed = gone?.get(item.hash);
      if (removed) item.removed = { at: Date.parse(removed.at), reason: removed.reason };
    }
    return items;
  };

  /** A page may hold fewer than `limit` and still have `next`: what one answer looks at is bounded. */
  const page = async ({ limit, cursor, kind, origin }: Omit<z.output<typeof schema.samplesQuery>, 'format'>) => {
    const items: schema.Sample[] = [];
    let next = cursor;
    let looked = 0;
    do {
      const found = store.newest('hash', limit - items.length, next);
      next = found.next;
      for (const count of found.items) {
        // Each looks into some quarters of an hour: others get their turn between two.
        await new Promise((resolve) => setImmediate(resolve));
        looked++;
        const sample = await sampleOf(count);
        if (fits(sample, kind, origin)) items.push(sample);
      }
    } while (next !== undefined && items.length < limit && looked < LOOKED);
    return { items: withRemoval(items), ...(next === undefined ? {} : { next }) };
  };

  return [
    route({
      path: '/samples',
      summary: 'Files that attackers brought, the one first seen last first, page by page',
      query: schema.samplesQuery,
      response: schema.samples,
      types: ['text/csv', 'application/x-ndjson'],
      handle: async (c, { format, ...query }) => {
        if (format === 'json') return page(query);
        const batches = (async function* () {
          for (let next = query.cursor, more = true; more; more = next !== undefined) {
            const found = await page({ ...query, limit: 100, cursor: next });
            next = found.next;
            yield found.items.map(({ firstSeen, lastSeen, urls, removed, ...sample }) => ({
              ...sample,
              firstSeen: new Date(firstSeen).toISOString(),
              lastSeen: lastSeen === undefined ? undefined : new Date(lastSeen).toISOString(),
              urls: urls.join(' '),
              removed: removed && new Date(removed.at).toISOString(),
            }));
          }
        })();
        return table(c, format, 'samples', COLUMNS, batches);
      },
    }),
    route({
      path: '/samples/{hash}/facts',
      summary: 'What is known of one sample',
      params: z.object({ hash: z.string().min(1).max(4096) }),
      response: schema.sample,
      handle: async (_, __, { hash }) => {
        const days = store.history('hash', hash, { from: 0, to: 2 ** 43 });
        const [day] = days;
        if (!day) throw new Refusal(404, 'No such file ever came.');
        const count = days.reduce((sum, [, n]) => sum + n, 0);
        // Where its event is not stored any more, the day is known.
        const firstSeen = store.arrivals(hash).first?.at ?? Date.parse(day[0]);
        return withRemoval([await sampleOf({ value: hash, count, firstSeen })])[0]!;
      },
    }),
    route({
      path: '/samples/{sha256}',
      summary: `A sample as a ZIP, encrypted with the password “${PASSWORD}”`,
      params: z.object({ sha256: z.string().regex(SHA256, 'expected 64 hexadecimal digits in small letters') }),
      types: ['application/zip'],
      handle: async (c, _, { sha256 }) => {
        const file = await opened(sha256);
        if (!file) {
          const removed = removals?.([sha256]).get(sha256);
          throw new Refusal(
            404,
            removed
              ? `This sample was removed by retention on ${removed.at.slice(0, 10)} (${removed.reason}).`
              : 'This sample is not kept here.',
          );
        }
        try {
          const { size, mtime } = await file.stat();
          if (size > MOST_BYTES) throw new Refusal(404, 'This sample is too large for a ZIP: take it from the disk.');
          const zip = await zipOf(file, sha256, { password: PASSWORD, modified: mtime, header: randomBytes(12) });
          c.header('content-type', 'application/zip');
          c.header('content-disposition', `attachment; filename="${sha256}.zip"`);
          c.header('content-length', String(zip.length));
          if (c.req.method === 'HEAD') {
            await file.close();
            return c.body(null);
          }
          return c.body(streamOf(zip.pieces(), file));
        } catch (error) {
          await file.close();
          throw error;
        }
      },
    }),
  ];
}

function fits(sample: schema.Sample, kind: string | undefined, origin: string | undefined): boolean {
  if (kind === 'gone' ? sample.stored : kind !== undefined && kind !== sample.kind) return false;
  const part = origin?.trim().toLowerCase() ?? '';
  const { hash, urls, path, address } = sample;
  return part === '' || [hash, ...urls, path, address].some((text) => text?.toLowerCase().includes(part));
}

/** Where it came from, the first time and the last. */
function originOf(
  first: Download | undefined,
  last: Download | undefined,
): Pick<schema.Sample, 'address' | 'urls' | 'path'> {
  const urls = [...new Set([first, last].flatMap((coming) => (coming?.url ? [coming.url] : [])))];
  const { address, path } = first ?? {};
  return { ...(address ? { address } : {}), ...(path ? { path } : {}), urls };
}

/** Pieces as they are taken; the file is closed at the end, and when nobody wants the rest. */
function streamOf(pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>, file: FileHandle): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await pieces.next();
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        await file.close();
      },
      async cancel() {
        await file.close();
      },
    },
    { highWaterMark: 1 },
  );
}
