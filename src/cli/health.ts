// `kansatsuki health`: is the sensor recording and the observer following? For people, cron and container health checks.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { setup } from './options.ts';
import { printJson, printLine } from './print.ts';

const ANSWER_WITHIN_MS = 3_000;

interface Health {
  healthy: boolean;
  observer?: { url: string; answers: boolean };
  journal: { file: string; lastWrite?: string; ageSeconds?: number };
  store?: { behindBytes: number };
}

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
      const behindBytes = await behind(dataDirectory, file, written?.size);
      if (behindBytes !== undefined) result.store = { behindBytes };
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
      if (behindBytes === undefined) {
        if (listen === 'off') result.healthy = false;
        lines.push(texts.healthNoStore);
      } else lines.push(behindBytes > 0 ? texts.healthBehind(behindBytes) : texts.healthUpToDate);
      if (json) printJson(result);
      else if (!quiet) for (const line of lines) printLine(line);
      if (!result.healthy) process.exitCode = 1;
    });
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

/** Bytes of the current journal that the store has not read yet; undefined without a store. */
async function behind(dataDirectory: string, file: string, size: number | undefined): Promise<number | undefined> {
  const { findStore } = await import('./store.ts');
  const store = await findStore(dataDirectory);
  if (!store) return undefined;
  try {
    const source = store.health().sources.find(({ path }) => path === file);
    return Math.max(0, (size ?? 0) - (source?.offset ?? 0));
  } finally {
    store.close();
  }
}
