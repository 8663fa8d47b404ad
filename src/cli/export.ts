// `kansatsuki export`: what was observed for others to use, as STIX, a MISP feed or a block list, and what such a list would have stopped.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Range } from '../observatory/store.ts';
import type { BackTest, BlockFormat } from '../out/blocklist.ts';
import type { Source } from '../out/visitors.ts';
import { Failure } from './failure.ts';
import { type Setup, setup } from './options.ts';
import { ownAddresses } from './own-addresses.ts';
import { clipped, periodOf, periodOptions } from './period.ts';
import { printJson, printLine, table } from './print.ts';
import { openStoreOf } from './store.ts';

interface Period {
  from?: string;
  to?: string;
}

/** What is passed on without a period: a week. */
const USUAL_DAYS = 7;
const DAY = 86_400_000;

export function exportOut(): Command {
  const command = new Command('export').description('pass on what was observed: STIX, MISP, block lists');
  command.addCommand(
    limited(periodOptions(new Command('stix')))
      .description('addresses, files and links of a period (default: the last 7 days) as a STIX 2.1 bundle')
      .action((options: Period & { limit: number }, made: Command) =>
        withSource(made, async (source, found) => {
          const [{ indicatorsOf }, { stixBundle }] = await Promise.all([
            import('../out/indicators.ts'),
            import('../out/stix.ts'),
          ]);
          const indicators = await indicatorsOf(source, rangeOf(options, source, found), options.limit);
          printJson(stixBundle(indicators, found.config.export));
        }),
      ),
  );
  command.addCommand(
    limited(periodOptions(new Command('misp')))
      .description('the same as the files of a MISP feed, an event a day')
      .argument('<folder>', 'where the feed is written; files of an older one are replaced')
      .action((folder: string, options: Period & { limit: number }, made: Command) =>
        withSource(made, async (source, found) => {
          const { mispFeed } = await import('../out/misp.ts');
          const feed = await mispFeed(
            source,
            wholeDays(rangeOf(options, source, found)),
            options.limit,
            found.config.export,
          );
          const { texts, json, quiet } = found;
          writeFeed(folder, feed, texts.exportForeign(folder));
          if (json) printJson({ folder, events: feed.size - 2 });
          else if (!quiet) printLine(texts.exportFeed(feed.size - 2, folder));
        }),
      ),
  );
  command.addCommand(
    rules(new Command('blocklist'))
      .description('the addresses that attacked lately, for a firewall')
      .addOption(
        new Option('--format <format>', 'form of the list').choices(['plain', 'nft', 'ipset', 'csv']).default('plain'),
      )
      .option('--at <time>', 'the list as it would have been then (default: now)')
      .action(({ format, at, ...options }: Rules & { format: BlockFormat; at?: string }, made: Command) =>
        withSource(made, async (source, found) => {
          const { blockList, formatBlockList, ttlOf } = await import('../out/blocklist.ts');
          const now = at === undefined ? Date.now() : (periodOf({ from: at }, found.texts)?.from ?? Date.now());
          const list = await blockList(source, { least: options.least, ttl: ttlOf(daysOf(options, found)) }, now);
          if (found.json) printJson(list);
          else process.stdout.write(formatBlockList(list, format, now));
        }),
      ),
  );
  command.addCommand(
    rules(periodOptions(new Command('backtest')))
      .description('what the block list of each morning would have stopped on that day (default: the last 30 days)')
      .action((options: Period & Rules, made: Command) =>
        withSource(made, async (source, found) => {
          const { backTest, ttlOf } = await import('../out/blocklist.ts');
          const range = wholeDays(rangeOf(options, source, found, 30));
          const result = await backTest(source, { least: options.least, ttl: ttlOf(daysOf(options, found)) }, range);
          if (found.json) printJson(result);
          else print(result, found.texts);
        }),
      ),
  );
  return command;
}

interface Rules {
  days?: number;
  least: number;
}

const rules = (command: Command): Command =>
  command
    .option('--days <n>', 'an address leaves the list after so many quiet days (default: export.days)', number(1, 365))
    .option(
      '--least <n>',
      'sessions that guessed passwords or got further, without which it is not listed',
      number(1, 1e6),
      1,
    );

const limited = (command: Command): Command =>
  command.option('--limit <n>', 'of addresses, of files and of links: the most frequent', number(1, 1e6), 10_000);

const daysOf = ({ days }: Rules, { config }: Setup): number => days ?? config.export.days;

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    if (value < least || value > most) throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
    return value;
  };
}

async function withSource(command: Command, use: (source: Source, found: Setup) => Promise<void>): Promise<void> {
  const found = setup(command);
  const store = await openStoreOf(found);
  try {
    await use({ store, never: [...found.config.export.never, ...ownAddresses()], pause: () => setImmediate() }, found);
  } finally {
    store.close();
  }
}

/** The period that was asked for, or the last days on record. */
function rangeOf(options: Period, { store }: Source, { texts }: Setup, days = USUAL_DAYS): Range {
  const totals = store.totals();
  const range = periodOf(options, texts);
  if (range) return clipped(range, totals);
  const to = (Math.floor((totals.last ?? Date.now()) / DAY) + 1) * DAY;
  return clipped({ from: to - days * DAY, to }, totals);
}

const wholeDays = ({ from, to }: Range): Range => ({
  from: Math.floor(from / DAY) * DAY,
  to: Math.ceil(to / DAY) * DAY,
});

const FEED_FILE = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json|manifest\.json|hashes\.csv)$/;

/** The manifest comes last: a reader never sees it name a file that is not there yet. */
function writeFeed(folder: string, feed: ReadonlyMap<string, string>, foreign: string): void {
  mkdirSync(folder, { recursive: true });
  const before = readdirSync(folder);
  if (before.some((name) => !FEED_FILE.test(name) && !name.endsWith('.new'))) throw new Failure(foreign, 2);
  for (const [name, text] of [...feed].sort(
    ([a], [b]) => Number(a === 'manifest.json') - Number(b === 'manifest.json'),
  )) {
    writeFileSync(join(folder, `${name}.new`), text);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
  for (const name of before) if (!feed.has(name)) rmSync(join(folder, name), { force: true });
}

function print({ days, total }: BackTest, texts: Setup['texts']): void {
  const share = (part: number, whole: number) => (whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`);
  printLine(texts.backTestHead);
  printLine();
  process.stdout.write(
    table(
      [...texts.backTestColumns],
      [
        ...days.map((day) => [
          day.day,
          day.entries,
          day.came,
          day.sessions,
          share(day.stopped, day.sessions),
          day.entered,
          share(day.enteredStopped, day.entered),
        ]),
        [
          texts.backTestTotal,
          Math.round(total.entries),
          total.came,
          total.sessions,
          share(total.stopped, total.sessions),
          total.entered,
          share(total.enteredStopped, total.entered),
        ],
      ],
    ),
  );
}
