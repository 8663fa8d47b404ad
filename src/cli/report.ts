// `kansatsuki report`: the counts of everything or of a period, as tables, CSV or JSON.
import { Command } from 'commander';
import type { Report } from '../observatory/report.ts';
import { type Setup, setup } from './options.ts';
import { clipped, periodOf, periodOptions } from './period.ts';
import { csv, printJson, printLine, table } from './print.ts';
import { openStoreOf } from './store.ts';

export function report(): Command {
  return periodOptions(new Command('report').description('count what was recorded'))
    .option('--csv', 'answer as CSV: section, value, count')
    .action(async (options: { from?: string; to?: string; csv?: boolean }, command: Command) => {
      const found = setup(command);
      const range = periodOf(options, found.texts);
      const { report: reportOf } = await import('../observatory/report.ts');
      const store = await openStoreOf(found);
      try {
        const result = reportOf(store, range && clipped(range, store.totals()));
        if (found.json) printJson(result);
        else if (options.csv) process.stdout.write(csv(rows(result)));
        else print(result, found.texts);
      } finally {
        store.close();
      }
    });
}

function rows(report: Report): (string | number)[][] {
  const section = (name: string, pairs: Iterable<[string, number]>) =>
    [...pairs].map(([value, count]) => [name, value, count]);
  return [
    ['section', 'value', 'count'],
    ...section('totals', [
      ['events', report.total],
      ['sessions', report.sessions],
      ['unique_src_ip', report.unique_src_ip],
      ['downloads', report.downloads],
    ]),
    ...section('events_by_id', Object.entries(report.events_by_id)),
    ...section('per_day', Object.entries(report.per_day)),
    ...section('top_usernames', report.top_usernames),
    ...section('top_passwords', report.top_passwords),
    ...section(
      'top_pairs',
      report.top_pairs.map(([user, password, count]): [string, number] => [`${user}/${password}`, count]),
    ),
    ...section('top_commands', report.top_commands),
  ];
}

function print(report: Report, texts: Setup['texts']): void {
  if (report.total === 0) {
    printLine(texts.reportEmpty);
    return;
  }
  const day = (text: string | null) => text?.slice(0, 10) ?? '';
  printLine(texts.reportPeriod(day(report.first), day(report.last)));
  printLine(texts.reportTotals(report.total, report.sessions, report.unique_src_ip));
  printLine(texts.reportDownloads(report.downloads));
  const tables: [string, [string, number][]][] = [
    [texts.reportEvents, Object.entries(report.events_by_id)],
    [texts.reportUsername, report.top_usernames],
    [texts.reportPassword, report.top_passwords],
    [texts.reportPair, report.top_pairs.map(([user, password, count]) => [`${user}/${password}`, count])],
    [texts.reportCommand, report.top_commands],
    [texts.reportDay, Object.entries(report.per_day).slice(-20)],
  ];
  for (const [title, counts] of tables) {
    if (counts.length === 0) continue;
    printLine();
    process.stdout.write(table([title, texts.reportCount], counts));
  }
}
