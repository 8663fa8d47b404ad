// `kansatsuki health`: is the sensor recording and the observer following? For people, cron and container health checks.
import { statfsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { shareOf } from '../config/measure.ts';
import { readChain } from '../journal/chain.ts';
import { bytes } from './doctor.ts';
import { setup } from './options.ts';
import { printJson, printLine } from './print.ts';

const ANSWER_WITHIN_MS = 3_000;

interface Health {
  healthy: boolean;
  observer?: { url: string; answers: boolean };
  journal: { file: string; lastWrite?: string; ageSeconds?: number };
  store?: StoreHealth;
  /** Last line of the journal's chain: worth noting elsewhere. */
  chain?: { n: number; hash: string };
  disk?: { freeBytes: number; reserveBytes: number };
}

/** Of the store; `problem` alone when it cannot be read. */
type StoreHealth =
  | { problem: string }
  | {
      /** Bytes of the current journal that it has not read yet. */
      behindBytes: number;
      bytes: number;
      schema: number;
      events: number;
      sessions: number;
      first?: string;
      last?: string;
      /** Logs that it has read, or reads. */
      sources: number;
    };

export function health(): Command {
  return new Command('health')
    .description('say whether Kansatsuki is running and up to date (exit code 0 or 1)')
    .action(async (_, command: Command) => {
      const { config, dataDirectory, json, quiet, texts } = setup(command);
      const file = join(dataDirectory, 'log/cowrie.json');
      const written = statSync(file, { throwIfNoEntry: false });
      const ageSeconds = written && Math.max(0, (Date.now() - written.mtimeMs) / 1000);
      const result: Health = {
        healthy: true,
        journal: { file, lastWrite: written?.mtime.toISOString(), ageSeconds: ageSeconds && Math.round(ageSeconds) },
      };
      const store = await storeHealth({ dataDirectory, texts, quiet }, file, written?.size);
      if (store) result.store = store;
      const { listen } = config.web;
      const lines: string[] = [];
      if (listen === 'off') lines.push(texts.healthWebOff);
      else {
        const url = `http://${listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')}/healthz`;
        const answers = await answered(url);
        result.observer = { url, answers };
        result.healthy = answers;
        lines.push(answers ? texts.healthAnswers(url) : texts.healthSilent(url));
      }
      if (!written) {
        // With a dashboard that answers, a journal that is still empty is the first minute of a new sensor.
        if (listen === 'off') result.healthy = false;
        lines.push(texts.healthNoEvents(file));
      } else lines.push(texts.healthLastEvent(ageSeconds!));
      if (!store) {
        if (listen === 'off') result.healthy = false;
        lines.push(texts.healthNoStore);
      } else if ('problem' in store) {
        result.healthy = false;
        lines.push(store.problem);
      } else
        lines.push(
          texts.healthStore(store.events, store.sessions, store.bytes),
          store.behindBytes > 0 ? texts.healthBehind(store.behindBytes) : texts.healthUpToDate,
        );
      const { head } = readChain(join(dataDirectory, 'log'));
      if (head) {
        result.chain = head;
        lines.push(texts.healthChain(head.n, head.hash));
      }
      const disk = diskOf(dataDirectory, config.disk.reserve);
      if (disk) {
        result.disk = disk;
        const { freeBytes, reserveBytes } = disk;
        lines.push(
          freeBytes < reserveBytes
            ? texts.healthDiskLow(bytes(freeBytes), bytes(reserveBytes))
            : texts.healthDisk(bytes(freeBytes)),
        );
      }
      if (json) printJson(result);
      else if (!quiet) for (const line of lines) printLine(line);
      if (!result.healthy) process.exitCode = 1;
    });
}

function diskOf(directory: string, reserve: string | number): Health['disk'] {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return { freeBytes: bavail * bsize, reserveBytes: shareOf(reserve, blocks * bsize) };
  } catch {
    return undefined;
  }
}

async function answered(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: 'manual' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Undefined without a store. */
async function storeHealth(
  whose: Parameters<typeof import('./store.ts').findStore>[0],
  file: string,
  size: number | undefined,
): Promise<StoreHealth | undefined> {
  const { findStore } = await import('./store.ts');
  try {
    const store = await findStore(whose);
    if (!store) return undefined;
    try {
      const { bytes, schema, sources } = store.health();
      const { events, sessions, first, last } = store.totals();
      const source = sources.find(({ path }) => resolve(whose.dataDirectory, path) === resolve(file));
      return {
        behindBytes: Math.max(0, (size ?? 0) - (source?.offset ?? 0)),
        bytes,
        schema,
        events,
        sessions,
        ...(first === undefined ? {} : { first: new Date(first).toISOString() }),
        ...(last === undefined ? {} : { last: new Date(last).toISOString() }),
        sources: sources.length,
      };
    } finally {
      store.close();
    }
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
