// The guarded fetcher as this host's sensor has it: its own addresses out of reach, its name server, its budget.
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Config } from '../../config/config.ts';
import { wallClock } from '../clock.ts';
import { Budget } from './budget.ts';
import { Fetcher } from './fetcher.ts';
import { publicReach } from './reach.ts';

/** One attacker may ask for so many files an hour, and take a quarter of the day's bytes. */
const PER_SOURCE = { anHour: 60, ofDay: 0.25 };

/** @throws Error with one sentence about `never` */
export function guardedFetcher({ never, at_once, day_bytes, file_bytes, seconds }: Config['downloads']): Fetcher {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
  return new Fetcher({
    reach: publicReach(own, never),
    budget: new Budget({ atOnce: at_once, dayBytes: day_bytes, perSource: PER_SOURCE }, wallClock),
    fileBytes: file_bytes,
    seconds,
    lookup: async (host) => (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address),
  });
}
