// The keeper: seals finished days, removes what retention's rules say, and makes room when the disk is nearly full. It runs in the observer,
// and in a sensor that runs alone.
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { ageOf, shareOf, sizeOf } from '../config/measure.ts';
import type { Fields } from '../event/event.ts';
import { Chain, type Head } from '../journal/chain.ts';
import { Keeping, LEFT_MS, type Removed } from '../journal/keeping.ts';
import { takeLease } from '../journal/lease.ts';
import { signingKey } from '../journal/signing-key.ts';
import type { EventRetention, EventRetentionOptions } from '../observatory/retention.ts';

/** What the keeper has to tell: goes into the journal where there is a way to it. */
export type KeeperEvent = {
  [Id in `kansatsuki.${'retention' | 'disk' | 'journal'}.${string}` & keyof Fields]: [Id, Fields[Id]];
}[`kansatsuki.${'retention' | 'disk' | 'journal'}.${string}` & keyof Fields];

export interface KeeperOptions {
  config: Config;
  /** `.` in a process that has changed into it. */
  dataDirectory: string;
  /** Of the store, where this process has it open for writing. */
  events?: (hooks: Required<Pick<EventRetentionOptions, 'onRemoved' | 'onTrouble' | 'pause'>>) => EventRetention;
  record: (...event: KeeperEvent) => void;
  /** A sentence for the operator. */
  trouble: (sentence: string) => void;
  /** Told of the state every time that it was looked at. */
  onState?: (state: KeeperState) => void;
  now?: () => number;
  /** Bytes of the disk that holds the data. */
  disk?: () => { free: number; total: number };
}

/** For health pages. */
export interface KeeperState {
  head?: Head;
  /** Milliseconds since the epoch of the last run's end. */
  ranAt?: number;
  /** Bytes of free disk below which more is removed than the rules say. */
  reserveBytes: number;
  low: boolean;
  /** Since the start. */
  removed: { what: string; count: number; bytes: number; reason: string }[];
}

export interface Keeper {
  readonly state: KeeperState;
  stop(): Promise<void>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIRST_RUN_MS = 2_000;
/** After midnight (UTC) the sensor's first event ends the day; then it is sealed. */
const AFTER_MIDNIGHT_MS = 90_000;
const LOOK_EVERY_MS = 10_000;
/** Another process has its turn, or something went wrong. */
const AGAIN_MS = 60_000;
/** Between two transactions: the ingest and the pages of this process go on. */
const PAUSE_MS = 20;
const STOP_WITHIN_MS = 1_500;
/** Room is made for somewhat more than the reserve, lest it be made anew with every event. */
const AMPLE = 1.1;
/** A session may last a week: a recording that was used so long before the oldest kept event can belong to one. */
const LONGEST_SESSION_MS = 8 * DAY;

export function startKeeper({
  config,
  dataDirectory,
  events: retention,
  record,
  trouble,
  onState = () => {},
  now = Date.now,
  disk = () => diskOf(dataDirectory),
}: KeeperOptions): Keeper {
  const { retention: rules } = config;
  const log = join(dataDirectory, 'log');
  const state: KeeperState = { reserveBytes: 0, low: false, removed: [] };
  const removed = (one: Removed) => {
    const { what, count, bytes, reason, before } = one;
    record('kansatsuki.retention.removed', { what, count, bytes, reason, ...(before === undefined ? {} : { before }) });
    const sum = state.removed.find((other) => other.what === what && other.reason === reason);
    if (!sum) state.removed.push({ what, count, bytes, reason });
    else {
      sum.count += count;
      sum.bytes += bytes;
    }
  };
  let chain: Chain | undefined;
  let stopped = false;
  const onRemoved = (one: Removed) => {
    // The chain knows of it before anyone asks why a day has no events.
    if (one.before !== undefined)
      chain?.append({
        kind: 'removed',
        what: 'events',
        before: one.before,
        count: one.count,
        bytes: one.bytes,
        reason: one.reason,
      });
    removed(one);
  };
  const pause = async () => {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (stopped) throw new Error('stopping');
  };
  const events = retention?.({ onRemoved, onTrouble: trouble, pause });
  let keeping: Keeping | undefined;
  let told = '';

  /** Sizes are often shares of the disk, which is asked once. */
  const open = (): Keeping => {
    const { total } = keeping ? { total: 0 } : disk();
    const samples = sizeOf(rules.samples_bytes, total);
    chain ??= new Chain(log, { key: signingKey(dataDirectory), now });
    keeping ??= new Keeping(chain, {
      log,
      tty: join(dataDirectory, 'tty'),
      downloads: join(dataDirectory, 'downloads'),
      rules: {
        journal: { ageMs: ageOf(rules.journal_days), bytes: sizeOf(rules.journal_bytes, total) },
        plainMs: ageOf(rules.journal_plain_days),
        recordings: { ageMs: ageOf(rules.recordings_days), bytes: sizeOf(rules.recordings_bytes, total) },
        samples: {
          ageMs: ageOf(rules.samples_days),
          // A vault that is full takes nothing new.
          bytes: samples && Math.min(samples, Math.floor(config.limits.vault_bytes * 0.9)),
        },
      },
      now,
      onSealed: ({ file, events, bytes, sha256, n, hash }) =>
        record('kansatsuki.journal.sealed', { file, events, bytes, sha256, entry: n, head: hash }),
      onRemoved: removed,
      onTrouble: trouble,
    });
    const [broken] = chain.refresh();
    if (broken)
      trouble(
        `The chain of the journal is broken at line ${broken.line} of ${log}/segments.ndjson (${broken.what}). See: kansatsuki verify`,
      );
    return keeping;
  };

  const short = () => {
    const { free, total } = disk();
    state.reserveBytes = shareOf(config.disk.reserve, total);
    return state.reserveBytes * AMPLE - free;
  };

  /** Does work that no other process does at the same time. @returns false when it was not done */
  const alone = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      const lease = takeLease(join(dataDirectory, 'state', 'keeper.lock'), now);
      if (!lease) return false;
      try {
        await work();
      } finally {
        lease.release();
      }
      if (chain?.head) state.head = chain.head;
      told = '';
      return true;
    } catch (error) {
      if (stopped) return false;
      const { message } = error as Error;
      if (told !== message) trouble(`Retention could not run (${message}); it is tried again.`);
      told = message;
      return false;
    }
  };

  const tend = () =>
    alone(async () => {
      const files = open();
      if (events) {
        await events.run({ ageMs: ageOf(rules.events_days), bytes: sizeOf(rules.events_bytes, disk().total) });
        files.neededSince = events.keptFrom === 0 ? 0 : events.keptFrom - LONGEST_SESSION_MS;
      }
      await files.run();
      state.ranAt = now();
    });

  const relieve = () =>
    alone(async () => {
      if (await open().relieve(short)) return;
      await events?.relieve(now() - LEFT_MS.events, short);
    });

  let hopeless = 0;
  const look = async (): Promise<void> => {
    const { free, total } = disk();
    const reserve = shareOf(config.disk.reserve, total);
    state.reserveBytes = reserve;
    if (free < reserve) {
      if (!state.low) {
        state.low = true;
        record('kansatsuki.disk.low', { free, reserve });
        trouble(
          `Only ${free} bytes of disk are free, below disk.reserve (${reserve}): the oldest is removed to make room.`,
        );
      }
      // Nothing is left to remove: look again in a while.
      if (now() < hopeless) return;
      await relieve();
      if (short() > 0) hopeless = now() + 6 * LOOK_EVERY_MS;
    }
    if (state.low && disk().free >= reserve) {
      state.low = false;
      record('kansatsuki.disk.recovered', { free: disk().free, reserve });
    }
  };

  // One thing after the other, for as long as the process lives.
  let wake = () => {};
  let nextRun = now() + FIRST_RUN_MS;
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const living = (async () => {
    for (let first = true; !stopped; first = false) {
      await sleep(first ? FIRST_RUN_MS : LOOK_EVERY_MS);
      if (stopped) break;
      try {
        if (now() >= nextRun) {
          const done = await tend();
          const midnight = Math.ceil(now() / DAY) * DAY + AFTER_MIDNIGHT_MS;
          nextRun = Math.min(now() + (done ? HOUR : AGAIN_MS), midnight);
        }
        await look();
      } catch (error) {
        trouble(`The free disk cannot be seen (${(error as Error).message}).`);
      }
      onState(state);
    }
  })();

  return {
    state,
    async stop() {
      stopped = true;
      wake();
      // What is being read or written is safe to be left in the middle.
      await Promise.race([living, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS))]);
    },
  };
}

function diskOf(directory: string): { free: number; total: number } {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { free: bavail * bsize, total: blocks * bsize };
}
