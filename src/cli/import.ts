// `kansatsuki import`: reads existing logs of any Cowrie into the store, with a progress line, a summary and, asked for, every doubt.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { visible } from '../diary/visible.ts';
import { storePath } from '../observatory/place.ts';
import { openGazetteer } from './atlas.ts';
import { Failure } from './failure.ts';
import { setup } from './options.ts';
import { printJson, printLine } from './print.ts';
import { Progress } from './progress.ts';
import type { ImportSummary, Texts } from './texts.ts';

export function importLogs(): Command {
  return new Command('import')
    .description('read existing Cowrie logs (files or folders; JSON, text, compressed) into the store')
    .argument('<path...>', 'files or folders')
    .option('--explain', 'name every line that was not read as it stood, and every file that is no log')
    .action(async (paths: string[], options: { explain?: boolean }, command: Command) => {
      const { config, dataDirectory, json, quiet, texts } = setup(command);
      for (const path of paths) if (!existsSync(path)) throw new Failure(texts.importNoFile(path), 2);
      const [{ openStore }, { importPaths }] = await Promise.all([
        import('../observatory/open.ts'),
        import('../observatory/import.ts'),
      ]);
      const store = openStore(storePath(dataDirectory), {
        onRebuild: (sentence) => console.error(`kansatsuki: ${sentence}`),
      });
      const { Enrichment } = await import('../observatory/enrichment.ts');
      const enrichment = new Enrichment(store, await openGazetteer(config, dataDirectory));
      const progress = process.stderr.isTTY && !quiet && !json ? new Progress(process.stderr, Date.now) : undefined;
      const stopping = new AbortController();
      const stop = () => stopping.abort();
      process.once('SIGINT', stop);
      try {
        const result = await importPaths(store, paths, {
          keep: { tty: join(dataDirectory, 'tty'), downloads: join(dataDirectory, 'downloads') },
          signal: stopping.signal,
          progress: ({ bytes, totalBytes }) =>
            progress?.show(bytes, totalBytes, (percent, read, rate, left) =>
              texts.importProgress(percent, read, rate, left),
            ),
          explain: options.explain
            ? ({ file, line, what }) =>
                console.error(`${file}${line === undefined ? '' : `:${line}`}: ${visible(what)}`)
            : undefined,
        });
        enrichment.finish();
        progress?.clear();
        if (json) printJson(result);
        else if (!quiet) for (const line of summary(result, options.explain === true, texts)) printLine(line);
      } catch (error) {
        progress?.clear();
        throw stopping.signal.aborted ? new Failure(texts.importStopped, 1) : error;
      } finally {
        process.off('SIGINT', stop);
        store.close();
      }
    });
}

function summary(result: ImportSummary, explained: boolean, texts: Texts): string[] {
  const doubts = [
    ...(result.duplicates > 0 ? [texts.importDuplicates(result.duplicates)] : []),
    ...(result.salvaged > 0 ? [texts.importSalvaged(result.salvaged)] : []),
    ...(result.malformed > 0 ? [texts.importMalformed(result.malformed)] : []),
  ];
  return [
    result.events > 0 ? texts.importSummary(result) : texts.importNothingNew(result),
    ...doubts.map((doubt) => `  ${doubt}`),
    ...(result.salvaged + result.malformed > 0 && !explained ? [`  ${texts.importExplainHint}`] : []),
    ...(result.events > 0 ? [texts.importNext] : []),
  ];
}
