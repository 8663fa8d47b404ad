// `kansatsuki diary`: the entry of a day or a period, as Markdown, HTML or JSON, on standard output.
import { Command, Option } from 'commander';
import type { Format } from '../diary/diary.ts';
import type { Range } from '../observatory/store.ts';
import { Failure } from './failure.ts';
import { knowledgeOf } from './knowledge.ts';
import { type Setup, setup } from './options.ts';
import { dayOption } from './period.ts';
import { openStoreOf } from './store.ts';

interface Options {
  from?: string;
  to?: string;
  format?: Format;
  mask?: 'circles' | 'network' | 'alias';
}

export function diary(): Command {
  return new Command('diary')
    .description('write the diary of a day (default: the last day on record) or of a period')
    .argument('[date]', 'the day, YYYY-MM-DD, UTC')
    .option('--from <day>', 'first day of a period')
    .option('--to <day>', 'last day of a period')
    .addOption(new Option('--format <format>', 'form of the entry').choices(['md', 'html', 'json']))
    .addOption(new Option('--mask <style>', 'how addresses are hidden').choices(['circles', 'network', 'alias']))
    .action(async (date: string | undefined, options: Options, command: Command) => {
      const found = setup(command);
      const { config, dataDirectory, lang, json, texts } = found;
      const [{ writeDiary }, { page }, { masking, LeakError }] = await Promise.all([
        import('../diary/diary.ts'),
        import('../diary/html.ts'),
        import('../diary/share.ts'),
      ]);
      const store = await openStoreOf(found);
      try {
        const range = await rangeOf(date, options, store.totals().last, texts);
        const format = options.format ?? (json ? 'json' : 'md');
        const mask = options.mask ?? config.diary.mask;
        const { title, text } = writeDiary(store, {
          range,
          lang,
          format,
          config: { diary: { ...config.diary, mask } },
          now: Date.now(),
          masking: masking(mask, dataDirectory, config.sensor.name ? [config.sensor.name] : []),
          knowledge: await knowledgeOf(config, dataDirectory),
        });
        process.stdout.write(format === 'html' ? page(text, title, lang) : text);
      } catch (error) {
        throw error instanceof LeakError ? new Failure(error.message, 1) : error;
      } finally {
        store.close();
      }
    });
}

/** Whole UTC days, ms. Without any, the day of the last event on record. */
async function rangeOf(
  date: string | undefined,
  { from, to }: Options,
  last: number | undefined,
  texts: Setup['texts'],
): Promise<Range> {
  const { DAY, dayOf } = await import('../diary/day.ts');
  if (date !== undefined) return dayOf(dayOption('DATE', date, texts));
  if (from === undefined && to === undefined) return dayOf(last ?? Date.now());
  const end = to === undefined ? dayOf(last ?? Date.now()).to : dayOption('--to', to, texts) + DAY;
  const range = { from: from === undefined ? end - DAY : dayOption('--from', from, texts), to: end };
  if (range.from >= range.to) throw new Failure(texts.emptyPeriod(from ?? '', to ?? ''), 2);
  return range;
}
