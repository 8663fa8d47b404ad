// The numbers of an entry as tables, the same in every language but for their words.
import type { Observations, TopDimension, TopRow } from './claim.ts';
import { loginAttempts } from './context.ts';
import { type Block, quoted } from './document.ts';

export interface TableWords {
  totals: {
    sessions: string;
    addresses: string;
    attempts: string;
    succeeded: string;
    commands: string;
    files: string;
  };
  /** Heads of the table of totals: the period, the one before, the change. */
  now: string;
  before: string;
  change: string;
  day: string;
  count: string;
  tops: Record<TopDimension, string>;
  technique: string;
  lines: string;
  techniqueName(name: { en: string; ja: string }): string;
  isNew: string;
  dayName(at: number): string;
  /** `user/password`, with a word for what is empty. */
  pair(username: string, password: string): string;
  percent(share: number): string;
}

type Row = [name: string, now: number, before: number | undefined];

const grouped = (value: number): string => value.toLocaleString('en-US');

export function tables(
  { totals, addresses, before, perDay, days, tops, techniques }: Observations,
  words: TableWords,
): Block[] {
  const then = before?.totals;
  const rows: Row[] = [
    [words.totals.sessions, totals.sessions, then?.sessions],
    ...(addresses === undefined ? [] : [[words.totals.addresses, addresses, then?.addresses] satisfies Row]),
    [words.totals.attempts, loginAttempts(totals), then && loginAttempts(then)],
    [words.totals.succeeded, totals.loginsSucceeded, then?.loginsSucceeded],
    [words.totals.commands, totals.commands, then?.commands],
    [words.totals.files, totals.downloads, then?.downloads],
  ];
  const blocks: Block[] = [
    {
      kind: 'table',
      head: ['', words.now, ...(then ? [words.before, words.change] : [])],
      numeric: [false, true, true, true],
      rows: rows.map(([name, now, earlier]) => [
        name,
        grouped(now),
        ...(earlier === undefined ? [] : [grouped(earlier), changeOf(now, earlier, words)]),
      ]),
    },
  ];
  if (days > 1) {
    const { sessions, attempts, succeeded, commands } = words.totals;
    blocks.push({
      kind: 'table',
      head: [words.day, sessions, attempts, succeeded, commands],
      numeric: [false, true, true, true, true],
      rows: perDay.map((day) => [
        words.dayName(day.at),
        ...[day.sessions, day.attempts, day.succeeded, day.commands].map(grouped),
      ]),
    });
  }
  for (const [dimension, title] of Object.entries(words.tops) as [TopDimension, string][]) {
    const top = tops[dimension];
    if (top.length === 0 || (dimension !== 'username' && (top.length < 2 || isFlat(top)))) continue;
    blocks.push({
      kind: 'table',
      head: [title, words.count, ...(then ? [words.before] : [])],
      numeric: [false, true, true],
      rows: top.map((row) => [
        [quoted(dimension === 'pair' ? pairOf(row.value, words) : row.value), ...(row.isNew ? [words.isNew] : [])],
        grouped(row.count),
        ...(then ? [row.before === undefined ? '–' : grouped(row.before)] : []),
      ]),
    });
  }
  if (techniques.length > 0)
    blocks.push({
      kind: 'table',
      head: [words.technique, words.lines, ...(then ? [words.before] : [])],
      numeric: [false, true, true],
      rows: techniques.map(({ technique, count, before: earlier }) => [
        `${technique.id} ${words.techniqueName(technique.name)}`,
        grouped(count),
        ...(then ? [earlier === undefined ? '–' : grouped(earlier)] : []),
      ]),
    });
  return blocks;
}

/** All counts of a list are one: it would be a list in the order of the alphabet. */
const isFlat = (rows: readonly TopRow[]): boolean => rows.every(({ count }) => count === 1);

function changeOf(now: number, before: number, words: TableWords): string {
  if (before === 0) return '–';
  const share = (now - before) / before;
  if (Math.round(share * 100) === 0) return `±${words.percent(0)}`;
  return share > 0 ? `+${words.percent(share)}` : `−${words.percent(-share)}`;
}

function pairOf(value: string, words: TableWords): string {
  const nul = value.indexOf('\0');
  return words.pair(value.slice(0, nul), value.slice(nul + 1));
}
