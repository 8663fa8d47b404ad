// `kansatsuki diary`: the entry of a day, week, month or period, or of what came since the last look, on standard output.
import { Command, Option } from 'commander';
import type { Format } from '../diary/diary.ts';
import type { Range } from '../observatory/store.ts';
import { Failure } from './failure.ts';
import { keepHeapSmall } from './heap.ts';
import { knowledgeOf } from './knowledge.ts';
import { type Setup, setup } from './options.ts';
import { dayOption } from './period.ts';
import { openStoreOf } from './store.ts';

interface Options {
  from?: string;
  to?: string;
  week?: string | true;
  month?: string | true;
  sinceLast?: true;
  format?: Format | 'atom';
  mask?: 'circles' | 'network' | 'alias';
}

/** Days of a feed when no period is given. */
const FEED_DAYS = 14;

export function diary(): Command {
  return new Command('diary')
    .description('write the diary of a day (default: the last day on record), a week, a month or a period')
    .argument('[date]', 'the day, YYYY-MM-DD, UTC')
    .option('--from <day>', 'first day of a period')
    .option('--to <day>', 'last day of a period')
    .option('--week [week]', 'a week, YYYY-Www as in ISO 8601 (default: that of the last day on record)')
    .option('--month [month]', 'a month, YYYY-MM (default: that of the last day on record)')
    .option('--since-last', 'what came since this was last asked')
    .addOption(new Option('--format <format>', 'form of the entry').choices(['md', 'html', 'json', 'atom']))
    .addOption(new Option('--mask <style>', 'how addresses are hidden').choices(['circles', 'network', 'alias']))
    .action(async (date: string | undefined, options: Options, command: Command) => {
      keepHeapSmall();
      const found = setup(command);
      const { config, dataDirectory, lang, json } = found;
      const [{ writeDiary }, { page }, { masking, LeakError }, { keyOfRange }, { readRemark }, { looked }] =
        await Promise.all([
          import('../diary/diary.ts'),
          import('../diary/html.ts'),
          import('../diary/share.ts'),
          import('../diary/keys.ts'),
          import('../diary/remark.ts'),
          import('../diary/looked.ts'),
        ]);
      const store = await openStoreOf(found);
      try {
        const now = Date.now();
        const format = options.format ?? (json ? 'json' : 'md');
        const mask = options.mask ?? config.diary.mask;
        const common = {
          lang,
          config: { diary: { ...config.diary, mask } },
          now,
          masking: masking(mask, dataDirectory, config.sensor.name ? [config.sensor.name] : []),
          knowledge: await knowledgeOf(config, dataDirectory),
        };
        const range = await rangeOf(date, options, { now, looked: looked(dataDirectory), store, texts: found.texts });
        if (format === 'atom') {
          const { feedOf } = await import('../diary/feed.ts');
          process.stdout.write(feedOf(store, { ...common, range, dataDirectory, title: found.texts.diaryFeed }));
        } else {
          const key = keyOfRange(range);
          const remarks = key === undefined ? '' : readRemark(dataDirectory, key);
          const { title, text } = writeDiary(store, { ...common, range, format, remarks });
          process.stdout.write(format === 'html' ? page(text, title, lang) : text);
        }
        if (options.sinceLast) (await import('../diary/looked.ts')).markLooked(dataDirectory, now);
      } catch (error) {
        throw error instanceof LeakError ? new Failure(error.message, 1) : error;
      } finally {
        store.close();
      }
    });
}

interface Known {
  now: number;
  /** When it was last asked what came since, ms. */
  looked: number | undefined;
  store: { totals(): { first?: number; last?: number } };
  texts: Setup['texts'];
}

/** ms. Without any option, the day of the last event on record; of a feed, the days up to it. */
async function rangeOf(
  date: string | undefined,
  { from, to, week, month, sinceLast, format }: Options,
  { now, looked, store, texts }: Known,
): Promise<Range> {
  const [{ DAY, dayOf }, { keyOf, rangeOfKey }] = await Promise.all([
    import('../diary/day.ts'),
    import('../diary/keys.ts'),
  ]);
  const ways = [date, from ?? to, week, month, sinceLast].filter((way) => way !== undefined);
  if (ways.length > 1) throw new Failure(texts.onePeriod, 2);
  const { first, last = now } = store.totals();
  if (sinceLast) return { from: Math.min(looked ?? first ?? dayOf(now).from, now - 1), to: now };
  if (date !== undefined) return dayOf(dayOption('DATE', date, texts));
  for (const [span, given] of [
    ['week', week],
    ['month', month],
  ] as const) {
    if (given === undefined) continue;
    const range = rangeOfKey(given === true ? keyOf(span, last) : given);
    if (!range || range.to - range.from <= DAY) throw new Failure(texts.wrongSpan(span, String(given)), 2);
    return range;
  }
  if (from === undefined && to === undefined)
    return format === 'atom' ? { from: dayOf(last).to - FEED_DAYS * DAY, to: dayOf(last).to } : dayOf(last);
  const end = to === undefined ? dayOf(last).to : dayOption('--to', to, texts) + DAY;
  const range = { from: from === undefined ? end - DAY : dayOption('--from', from, texts), to: end };
  if (range.from >= range.to) throw new Failure(texts.emptyPeriod(from ?? '', to ?? ''), 2);
  return range;
}
