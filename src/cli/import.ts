// `kansatsuki import`: reads existing logs of any Cowrie into the store, with a progress line, a summary and, asked for, every doubt.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { visible } from '../diary/visible.ts';
import { storePath } from '../observatory/place.ts';
import type { SqliteStore } from '../observatory/sqlite.ts';
import { openGazetteer } from './atlas.ts';
import { Explanation } from './explanation.ts';
import { Failure } from './failure.ts';
import { keepHeapSmall } from './heap.ts';
import { type Setup, setup } from './options.ts';
import { printJson, printLine } from './print.ts';
import { Progress } from './progress.ts';
import { upgrading } from './store.ts';
import type { ImportSummary, Texts } from './texts.ts';

interface Options {
  explain?: string | true;
  sensor?: string;
}

export function importLogs(): Command {
  return new Command('import')
    .description('read existing logs of Cowrie and its kin (files, folders, archives) into the store')
    .argument('[path...]', 'files, folders or archives')
    .option('--explain [file]', 'name every line that was not read as it stood, and every file that is no log')
    .option('--sensor <name>', 'name of the sensor of events that name none (default: of their folder)')
    .action(async (given: string[], options: Options, command: Command) => {
      keepHeapSmall();
      const found = setup(command);
      const { config, dataDirectory, json, quiet, texts } = found;
      const { paths, explanation } = Explanation.of(options.explain, given);
      if (paths.length === 0) throw new Failure(texts.importNoPath, 2);
      for (const path of paths) if (!existsSync(path)) throw new Failure(texts.importNoFile(path), 2);
      const [{ openStore }, { importPaths }] = await Promise.all([
        import('../observatory/open.ts'),
        import('../observatory/import.ts'),
      ]);
      const store = openStore(storePath(dataDirectory), {
        onRebuild: (sentence) => console.error(`kansatsuki: ${sentence}`),
        ...(quiet ? {} : { onUpgrade: upgrading(texts) }),
      });
      const [{ Enrichment }, { Campaigns }] = await Promise.all([
        import('../observatory/enrichment.ts'),
        import('../diary/campaign/campaigns.ts'),
      ]);
      const enrichment = new Enrichment(store, await openGazetteer(config, dataDirectory));
      const progress = process.stderr.isTTY && !quiet && !json ? new Progress(process.stderr, Date.now) : undefined;
      const stopping = new AbortController();
      const stop = () => stopping.abort();
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (const signal of signals) process.once(signal, stop);
      try {
        const result = await importPaths(store, paths, {
          keep: { tty: join(dataDirectory, 'tty'), downloads: join(dataDirectory, 'downloads') },
          signal: stopping.signal,
          ...(options.sensor === undefined ? {} : { sensor: options.sensor }),
          progress: ({ bytes, totalBytes, events }) =>
            progress?.show(bytes, totalBytes, events, (percent, read, rate, perSecond, left) =>
              texts.importProgress(percent, read, rate, perSecond, left),
            ),
          explain: explanation && ((note) => explanation.tell(note)),
        });
        enrichment.finish();
        new Campaigns(store).finish();
        progress?.clear();
        if (json) printJson(result);
        else if (!quiet) for (const line of summary(result, explanation !== undefined, texts)) printLine(visible(line));
        if (result.events > 0) await writeDiaryOf(store, found, stopping.signal);
      } catch (error) {
        progress?.clear();
        throw stopping.signal.aborted ? new Failure(texts.importStopped, 1) : error;
      } finally {
        for (const signal of signals) process.off(signal, stop);
        explanation?.close();
        store.close();
      }
    });
}

/** Writes the entries of the days that came. What is interrupted, the next import or the observer goes on with. */
async function writeDiaryOf(store: SqliteStore, found: Setup, signal: AbortSignal): Promise<void> {
  const { config, dataDirectory, json, quiet, texts } = found;
  if (config.diary.auto === 'off') return;
  const [{ pending, writeEntries }, { masking }, { knowledgeOf }] = await Promise.all([
    import('../diary/writing.ts'),
    import('../diary/share.ts'),
    import('./knowledge.ts'),
  ]);
  const now = Date.now();
  const writing = { store, dataDirectory, config, now };
  const keys = pending(writing);
  const said = process.stderr.isTTY && !quiet && !json;
  const { written, refused } = await writeEntries(
    {
      ...writing,
      masking: masking(config.diary.mask, dataDirectory, config.sensor.name ? [config.sensor.name] : []),
      knowledge: await knowledgeOf(config, dataDirectory),
      signal,
      onWritten: (done) => said && process.stderr.write(`\r${texts.diaryProgress(done, keys.length)}\u001b[K`),
    },
    keys,
  );
  if (said && keys.length > 0) process.stderr.write('\r\u001b[K');
  if (refused.length > 0) console.error(`kansatsuki: ${texts.diaryRefused(refused.slice(0, 10).join(', '))}`);
  if (!json && !quiet && written.length > 0)
    printLine(texts.diaryWritten(written.length, join(dataDirectory, 'diary')));
}

/** The counts, each kind of doubt under its sum, most frequent first. */
function summary(result: ImportSummary, explained: boolean, texts: Texts): string[] {
  const kinds = (doubt: string): string[] =>
    Object.entries(result.kinds[doubt] ?? {})
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .map(([kind, count]) => `    ${texts.importKind(kind, count)}`);
  const doubts = [
    ...(result.duplicates > 0 ? [`  ${texts.importDuplicates(result.duplicates)}`] : []),
    ...(result.salvaged > 0 ? [`  ${texts.importSalvaged(result.salvaged)}`, ...kinds('salvaged')] : []),
    ...(result.malformed > 0 ? [`  ${texts.importMalformed(result.malformed)}`, ...kinds('malformed')] : []),
    ...['other', 'note'].flatMap((doubt) => kinds(doubt).map((line) => line.slice(2))),
  ];
  return [
    result.events > 0 ? texts.importSummary(result) : texts.importNothingNew(result),
    ...doubts,
    ...(result.salvaged + result.malformed > 0 && !explained ? [`  ${texts.importExplainHint}`] : []),
    ...(result.events > 0 ? [texts.importNext] : []),
  ];
}
