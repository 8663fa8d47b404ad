// The numbers of an entry as tables, the same in every language but for their words.
import type { Observations, TopDimension, TopRow } from './claim.ts';
import { loginAttempts } from './context.ts';
import { type Block, type Inline, quoted } from './document.ts';
import { visible } from './visible.ts';

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
  country: string;
  network: string;
  countryName(code: string): string;
  technique: string;
  lines: string;
  techniqueName(name: { en: string; ja: string }): string;
  isNew: string;
  dayName(at: number): string;
  /** `user/password`, with a word for what is empty. */
  pair(username: string, password: string): string;
  percent(share: number): string;
}

/** Countries in the table: the rest is on the map. */
const PLACES = 10;

/** Rows that are told whatever their count is. */
const SINGLES = 5;

type Row = [name: string, now: number, before: number | undefined];

const grouped = (value: number): string => value.toLocaleString('en-US');

export function tables(
  { totals, addresses, before, perDay, days, tops, origins, techniques }: Observations,
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
    const top = told(tops[dimension]);
    if (top.length === 0 || (dimension !== 'username' && (top.length < 2 || isFlat(top)))) continue;
    blocks.push(
      topTable(title, words.count, top, then && words.before, (row) => [
        quoted(dimension === 'pair' ? pairOf(row.value, words) : row.value),
        ...(row.isNew ? [words.isNew] : []),
      ]),
    );
  }
  const countries = origins.countries.slice(0, PLACES);
  if (countries.length > 1)
    blocks.push(
      topTable(words.country, words.totals.sessions, countries, then && words.before, (row) => [
        words.countryName(row.value),
        ...(row.isNew ? [words.isNew] : []),
      ]),
    );
  if (origins.networks.length > 1 && !isFlat(origins.networks))
    blocks.push(
      topTable(
        words.network,
        words.totals.sessions,
        origins.networks,
        then && words.before,
        ({ value, name, isNew }) => [visible(name ? `${value} ${name}` : value), ...(isNew ? [words.isNew] : [])],
      ),
    );
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

function topTable(
  title: string,
  count: string,
  top: readonly TopRow[],
  before: string | undefined,
  name: (row: TopRow) => Inline[],
): Block {
  const most = Math.max(...top.map((row) => row.count));
  return {
    kind: 'table',
    head: [title, count, ...(before === undefined ? [] : [before])],
    numeric: [false, true, true],
    bars: top.map((row) => row.count / most),
    rows: top.map((row) => [
      name(row),
      grouped(row.count),
      ...(before === undefined ? [] : [row.before === undefined ? '–' : grouped(row.before)]),
    ]),
  };
}

/** Below the first few, values that came once stand there only by the alphabet. */
const told = (rows: readonly TopRow[]): TopRow[] => rows.filter(({ count }, index) => count > 1 || index < SINGLES);

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
