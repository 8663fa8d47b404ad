// `kansatsuki report`: the counts of everything or of a period, as tables, CSV or JSON.
import { Command, InvalidArgumentError, Option } from 'commander';
import type { lists, Report, Section } from '../observatory/report.ts';
import { Failure } from './failure.ts';
import { type Setup, setup } from './options.ts';
import { clipped, periodOf, periodOptions } from './period.ts';
import { printCsv, printJson, printLine, table } from './print.ts';
import { openStoreOf } from './store.ts';

interface Options {
  from?: string;
  to?: string;
  format: 'table' | 'csv' | 'json';
  csv?: boolean;
  limit: number;
  section?: string[];
}

/** As many as a list may have: a report is read by people and small scripts; `sql` and the API give more. */
const MOST = 100_000;

/** Columns for a value: a SHA-256 fits. */
const WIDTH = 72;

export function report(): Command {
  return periodOptions(new Command('report').description('count what was recorded'))
    .addOption(new Option('--format <format>', 'form of the answer').choices(['table', 'csv', 'json']).default('table'))
    .option('--csv', 'the same as --format csv: section, value, count')
    .option('--limit <n>', 'length of the top lists', wholeNumber, 20)
    .option('--section <names...>', 'only these parts, for instance totals,commands')
    .action(async (options: Options, command: Command) => {
      const found = setup(command);
      const range = periodOf(options, found.texts);
      const reports = await import('../observatory/report.ts');
      const wanted = wantedOf(options.section, reports.sections, found.texts);
      const store = await openStoreOf(found);
      try {
        const whole = reports.report(store, range && clipped(range, store.totals()), options.limit);
        const chosen = parts(whole, reports.lists, found.texts).filter(({ section }) => wanted.has(section));
        if (found.json || options.format === 'json') printJson(options.section ? reports.part(whole, wanted) : whole);
        else if (options.csv || options.format === 'csv')
          printCsv([
            ['section', 'value', 'count'],
            ...chosen.flatMap(({ key, rows }) => rows.map(([value, count]) => [key, value, count])),
          ]);
        else print(whole, chosen, wanted.has('totals'), options.limit, found.texts);
      } finally {
        store.close();
      }
    });
}

function wholeNumber(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MOST) throw new InvalidArgumentError(`Write a whole number from 1 to ${MOST}.`);
  return value;
}

/** @throws Failure that lists the sections there are */
function wantedOf(
  names: readonly string[] | undefined,
  known: readonly Section[],
  texts: Setup['texts'],
): ReadonlySet<Section> {
  const wanted = new Set(names?.flatMap((name) => name.split(',')).filter((name) => name !== ''));
  if (names === undefined) return new Set(known);
  for (const name of wanted)
    if (!known.includes(name as Section)) throw new Failure(texts.reportSection(name, known.join(', ')), 2);
  return wanted as ReadonlySet<Section>;
}

interface Part {
  section: Section;
  /** Name in CSV: that of the JSON key. */
  key: string;
  title: string;
  rows: [value: string, count: number][];
}

function parts(whole: Report, listed: typeof lists, texts: Setup['texts']): Part[] {
  const list = (section: keyof typeof lists): Part => ({
    section,
    key: listed[section][0],
    title: texts.reportTitle[section],
    rows: whole[listed[section][0]],
  });
  return [
    {
      section: 'totals',
      key: 'totals',
      title: '',
      rows: [
        ['events', whole.total],
        ['sessions', whole.sessions],
        ['unique_src_ip', whole.unique_src_ip],
        ['downloads', whole.downloads],
        ['logins_failed', whole.logins_failed],
        ['logins_succeeded', whole.logins_succeeded],
        ['commands', whole.commands],
      ],
    },
    {
      section: 'events',
      key: 'events_by_id',
      title: texts.reportTitle.events,
      rows: Object.entries(whole.events_by_id),
    },
    list('usernames'),
    list('passwords'),
    {
      section: 'pairs',
      key: 'top_pairs',
      title: texts.reportTitle.pairs,
      rows: whole.top_pairs.map(([user, password, count]) => [`${slashed(user)}/${password}`, count]),
    },
    list('commands'),
    list('addresses'),
    list('clients'),
    list('hassh'),
    list('samples'),
    list('urls'),
    list('sensors'),
    list('protocols'),
    list('countries'),
    {
      section: 'asns',
      key: 'top_asns',
      title: texts.reportTitle.asns,
      rows: whole.top_asns.map(([asn, count, organisation]) => [organisation ? `${asn} ${organisation}` : asn, count]),
    },
    { section: 'days', key: 'per_day', title: texts.reportTitle.days, rows: Object.entries(whole.per_day) },
  ];
}

/** The first slash without a backslash parts a user name from its password, whatever it holds itself. */
const slashed = (user: string): string => user.replace(/[\\/]/g, '\\$&');

function print(whole: Report, chosen: readonly Part[], totals: boolean, limit: number, texts: Setup['texts']): void {
  if (whole.total === 0) {
    printLine(texts.reportEmpty);
    return;
  }
  const minute = (text: string | null) => text?.slice(0, 16).replace('T', ' ') ?? '';
  printLine(texts.reportPeriod(minute(whole.first), minute(whole.last)));
  if (totals) {
    printLine(texts.reportTotals(whole.total, whole.sessions, whole.unique_src_ip));
    printLine(texts.reportLogins(whole.logins_succeeded, whole.logins_failed));
    printLine(texts.reportActions(whole.commands, whole.downloads));
  }
  for (const { section, title, rows } of chosen) {
    if (section === 'totals' || rows.length === 0) continue;
    const shown = section === 'days' ? rows.slice(-limit) : rows;
    printLine();
    if (shown.length < rows.length) printLine(texts.reportDaysLeft(shown.length, rows.length));
    // An empty text is told from no text.
    process.stdout.write(
      table(
        [title, texts.reportCount],
        shown.map(([value, n]) => [value === '' ? '""' : value, n]),
        WIDTH,
      ),
    );
  }
}
