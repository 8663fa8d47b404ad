// Routes about the collection itself: its health, and the configuration in effect.
import { statfsSync } from 'node:fs';
import { descriptionsJapanese } from '../config/japanese.ts';
import { keys } from '../config/keys.ts';
import type { Hub } from './hub.ts';
import type { WebOptions } from './options.ts';
import { maskedIn, type Route, route } from './route.ts';
import * as schema from './schema.ts';
import type { Usage } from './usage.ts';

const DAY = 86_400_000;

export interface Vitals {
  hub: Hub;
  startedAt: number;
  /** Milliseconds by which the event loop was late, at a percentile, since the start. */
  loopDelay: (percentile: number) => number;
  usage: Usage;
}

export function collection(options: WebOptions, vitals: Vitals): Route[] {
  const { config } = options;
  return [
    route({
      path: '/health',
      summary: 'Whether events arrive: store, journal, disk, troubles',
      response: schema.health,
      handle: () => healthOf(options, vitals),
    }),
    route({
      path: '/geo',
      summary: 'The data on countries and networks in use, whose they are and how old',
      response: schema.geo,
      handle: (c) => {
        const { sources, scanners } = options.geo?.() ?? { sources: [], scanners: { count: 0, date: '' } };
        // Where the operator keeps a file is no business of somebody with a link.
        const shared = maskedIn(c) !== undefined;
        return {
          sources: sources.map(({ path, ...source }) => ({
            ...source,
            ...(path === undefined || shared ? {} : { path }),
            attribution: [...source.attribution],
          })),
          scanners,
          ...(config.geo.here ? { here: config.geo.here } : {}),
        };
      },
    }),
    route({
      path: '/settings',
      summary: 'The configuration in effect, secrets hidden',
      query: schema.settingsQuery,
      response: schema.settings,
      handle: (_, { lang = 'en' }) => ({
        language: config.web.language,
        entries: keys.map(({ section, name, path, default: usual, description, secret }) => {
          const value = (config as Record<string, Record<string, unknown>>)[section]?.[name];
          return {
            key: path,
            value: secret ? (value ? '●●●' : '') : Array.isArray(value) ? value.join(' ') : String(value),
            changed: String(value) !== String(usual),
            about: (lang === 'ja' && descriptionsJapanese[path]) || description,
          };
        }),
      }),
    }),
  ];
}

export function healthOf(
  { store, config, collection, dataDirectory, version, now = Date.now }: WebOptions,
  vitals: Vitals,
) {
  const { troubles = [], counts, keeping } = collection?.() ?? {};
  const at = now();
  const { last } = store.totals();
  return {
    version,
    now: at,
    upSeconds: Math.round((at - vitals.startedAt) / 1000),
    store: store.health(),
    ...(last === undefined ? {} : { lastEvent: last }),
    disk: diskOf(dataDirectory, keeping?.reserveBytes || config.limits.disk_reserve),
    process: {
      residentBytes: process.memoryUsage.rss(),
      loopDelayP99Ms: Math.round(vitals.loopDelay(99) * 100) / 100,
    },
    viewers: vitals.hub.viewers,
    storage: [...vitals.usage.current],
    ...arrivalsOf(store, at),
    sensorEvents: store
      .eventsById({ from: at - DAY, to: at + 1 })
      .filter(([eventid]) => /^kansatsuki\.(sensor|process|limit|userdb|journal|retention|disk)\./.test(eventid))
      .map(([eventid, count]) => ({ eventid, count })),
    troubles: [...troubles],
    ...(counts ? { counts } : {}),
    ...(keeping
      ? {
          keeping: {
            ...(keeping.head ? { head: keeping.head } : {}),
            ...(keeping.ranAt === undefined ? {} : { ranAt: keeping.ranAt }),
            removed: keeping.removed,
          },
        }
      : {}),
  };
}

const QUARTER = 900_000;
/** Sensors told of: those with the most sessions. */
const SENSORS = 30;

/** What each sensor of the last month has sent in the last day, and the longest time in it without a session. */
function arrivalsOf(store: WebOptions['store'], at: number) {
  const day = { from: at - DAY, to: at };
  const today = new Map(store.top('sensor', day, 1000).map(({ value, count }) => [value, count]));
  const sensors = store.top('sensor', { from: at - 30 * DAY, to: at }, SENSORS).map(({ value, count }) => ({
    name: value,
    sessionsDay: today.get(value) ?? 0,
    sessionsMonth: count,
  }));
  if (today.size === 0) return { sensors };
  // Quarters of an hour that are wholly within the day: the silence is told to that grain.
  const first = Math.ceil(day.from / QUARTER) * QUARTER;
  const last = Math.floor(at / QUARTER) * QUARTER;
  const full = store
    .timeline({ from: first, to: last }, 'quarter')
    .flatMap((point) => (point.sessions > 0 ? [point.at] : []));
  let longest = 0;
  let end = first;
  for (const start of [...full, last]) {
    longest = Math.max(longest, start - end);
    end = start + QUARTER;
  }
  return { sensors, silenceMs: longest };
}

function diskOf(directory: string, reserveBytes: number) {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, reserveBytes };
  } catch {
    return undefined;
  }
}
