// What is known of campaigns, for pages, API and diary: the list, one of them, and their counts by day.
import { clusterOfKey } from '../../observatory/membership.ts';
import { DAY } from '../../observatory/order.ts';
import { SqliteStore } from '../../observatory/sqlite.ts';
import type { Page, Range, Store } from '../../observatory/store.ts';
import { FILE, HOST, KEY, type Label, LIST, PROFILE, SCRIPT } from './kind.ts';
import { clientOf, nameOf, wordOf } from './name.ts';

/** What most tells a campaign; `text` is fit to be shown anywhere. */
export interface Trait {
  kind: 'key' | 'script' | 'file' | 'host' | 'list';
  text?: string;
  /** Credentials of a list, commands of a script. */
  size?: number;
}

export interface CampaignSummary {
  /** Stays for ever; `campaign` of a filter. */
  key: string;
  /** `amber-heron`. */
  name: string;
  trait: Trait;
  /** The most frequent client in words: `libssh 0.6.3`. */
  client?: string;
  sessions: number;
  addresses: number;
  networks: number;
  countries: number;
  /** Milliseconds: first and last session, and when there were enough to call it a campaign. */
  first: number;
  last: number;
  since: number;
  /** UTC days `YYYY-MM-DD` of the range, or the last 60 with any, ascending. */
  days: { day: string; sessions: number; visits: number }[];
}

export interface Shared<T> {
  value: T;
  /** Visits that showed it: an address, its client and a day. */
  visits: number;
  first: number;
  last: number;
}

export interface CampaignDetail extends CampaignSummary {
  /** Keys that it has had: those of campaigns it has taken in. */
  formerKeys: string[];
  visits: number;
  clients: { client: string; hassh?: string; visits: number }[];
  places: {
    countries: { value: string; addresses: number }[];
    networks: { value: string; name?: string; addresses: number }[];
  };
  /** Those with most sessions. */
  hosts: { address: string; sessions: number; country?: string; asn?: string; asName?: string }[];
  lists: Shared<[username: string, password: string][]>[];
  /** Typed lines, of the longest session that had each script; with the number of that session. */
  scripts: (Shared<string[]> & { session: number })[];
  keys: (Shared<string> & { comment?: string })[];
  files: Shared<string>[];
  /** Hosts that files were fetched from. */
  origins: Shared<string>[];
  /** Milliseconds between two tries, in the middle of its lists. */
  everyMs?: number;
}

interface Row {
  id: number;
  key: string;
  visits: number;
  sessions: number;
  addresses: number;
  first: number;
  last: number;
  since: number;
}

interface NodeRow {
  id: number;
  kind: number;
  visits: number;
  size: number;
  client: number;
  rhythm: number;
  first: number;
  last: number;
  label: string;
}

export type Order = 'last' | 'sessions' | 'addresses' | 'first';

const SPARK_DAYS = 60;
/** Nodes of a kind that are told, and visits of each that are read for its clients. */
const TOLD = 12;
const VISITS_READ = 2000;
const HOSTS = 100;

/** Campaigns are kept beside the SQLite store alone. */
export const campaignSource = (store: Store): SqliteStore | undefined =>
  store instanceof SqliteStore ? store : undefined;

export const dayName = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
export const daysIn = ({ from, to }: Range): [from: number, to: number] => [
  Math.floor(from / DAY),
  Math.ceil(to / DAY),
];

/**
 * Campaigns with sessions on a day of the range, each counted within it.
 * @param order descending, ties by number; `first`: the newest first
 */
export function campaigns(
  store: SqliteStore,
  range: Range | undefined,
  order: Order,
  limit: number,
  cursor?: string,
): Page<CampaignSummary> {
  const [from, to] = range ? daysIn(range) : [0, 2 ** 40];
  const counted = range
    ? `SELECT c.id, c.first, c.last, c.since, c.visits, c.addresses, d.sessions FROM
         (SELECT campaign, sum(sessions) AS sessions FROM campaign_day WHERE day >= ? AND day < ? AND sessions > 0 GROUP BY campaign) d
       JOIN campaign c ON c.id = d.campaign WHERE c.since IS NOT NULL`
    : 'SELECT id, first, last, since, visits, addresses, sessions FROM campaign WHERE since IS NOT NULL';
  const [value, id] = /^\d{1,16}\.\d{1,16}$/.test(cursor ?? '') ? cursor!.split('.').map(Number) : [];
  const rows = store.scanner
    .prepare(
      `SELECT c.*, k.key FROM (${counted}) c JOIN campaign_key k ON k.campaign = c.id AND k.main
       ${value === undefined ? '' : `WHERE (${order}, id) < (?, ?)`} ORDER BY ${order} DESC, id DESC LIMIT ?`,
    )
    .all(...(range ? [from, to] : []), ...(value === undefined ? [] : [value, id!]), limit + 1) as unknown as Row[];
  const items = rows.slice(0, limit).map((row) => summary(store, row, range));
  const last = rows[limit - 1];
  return rows.length > limit && last ? { items, next: `${last[order]}.${last.id}` } : { items };
}

/** A campaign by any key it has had; undefined when there is none. */
export function campaign(store: SqliteStore, key: string): CampaignDetail | undefined {
  const row = rowOf(store, key);
  return row && detail(store, row);
}

/** The campaign of a key in short. */
export function campaignSummary(store: SqliteStore, key: string): CampaignSummary | undefined {
  const row = rowOf(store, key);
  return row && summary(store, row, undefined);
}

function rowOf(store: SqliteStore, key: string): Row | undefined {
  const id = clusterOfKey(store.scanner, key);
  if (id === undefined) return undefined;
  return store.scanner
    .prepare('SELECT c.*, k.key FROM campaign c JOIN campaign_key k ON k.campaign = c.id AND k.main WHERE c.id = ?')
    .get(id) as Row | undefined;
}

function summary(store: SqliteStore, row: Row, range: Range | undefined): CampaignSummary {
  const { scanner, words } = store;
  const [from, to] = range ? daysIn(range) : [Math.floor(row.last / DAY) - SPARK_DAYS + 1, 2 ** 40];
  const days = scanner
    .prepare(
      'SELECT day, sessions, visits FROM campaign_day WHERE campaign = ? AND day >= ? AND day < ? AND sessions > 0 ORDER BY day',
    )
    .all(row.id, from, to) as { day: number; sessions: number; visits: number }[];
  const places = (kind: number) =>
    scanner
      .prepare('SELECT count(*) AS n FROM campaign_place WHERE campaign = ? AND kind = ? AND addresses > 0')
      .get(row.id, kind)!['n'] as number;
  const telling = scanner
    .prepare('SELECT * FROM campaign_node WHERE cluster = ? ORDER BY kind, visits DESC, id LIMIT 1')
    .get(row.id) as NodeRow | undefined;
  const client = telling?.client ? clientOf(words.text('client', telling.client)) : undefined;
  return {
    key: row.key,
    name: nameOf(row.key),
    trait: telling ? traitOf(store, row.id, telling) : { kind: 'script' },
    ...(client === undefined ? {} : { client }),
    sessions: row.sessions,
    addresses: row.addresses,
    countries: places(1),
    networks: places(2),
    first: row.first,
    last: row.last,
    since: row.since,
    days: days.map(({ day, sessions, visits }) => ({ day: dayName(day), sessions, visits })),
  };
}

function traitOf({ scanner, words }: SqliteStore, cluster: number, node: NodeRow): Trait {
  const label = JSON.parse(node.label) as Label;
  const some = (text: string | undefined) => {
    const word = text === undefined ? undefined : wordOf(text);
    return word === undefined ? {} : { text: word };
  };
  if ('fingerprint' in label) return { kind: 'key', ...some(label.comment ?? label.fingerprint.slice(7, 15)) };
  if ('file' in label) return { kind: 'file', ...some(label.file.slice(0, 8)) };
  if ('host' in label) return { kind: 'host', ...some(label.host) };
  if ('list' in label) {
    const [username, password] = label.list;
    return {
      kind: 'list',
      size: label.list.length / 2,
      ...some(`${words.text('username', username!)} ${words.text('password', password!)}`),
    };
  }
  // What a script fetches, or its most telling word, says more than its length.
  const host = scanner
    .prepare('SELECT label FROM campaign_node WHERE cluster = ? AND kind = ? ORDER BY visits DESC, id LIMIT 1')
    .get(cluster, HOST)?.['label'] as string | undefined;
  const { commands } = label;
  const typed = commands.reduce((a, b) => (b.length > a.length ? b : a), '');
  return {
    kind: 'script',
    size: commands.length,
    ...some(host === undefined ? telling(typed) : (JSON.parse(host) as { host: string }).host),
  };
}

/** The first words of a line that are no path and no option. */
const telling = (line: string): string | undefined =>
  line
    .split(/[\s;|&<>"'`()]+/)
    .filter((word) => /^[A-Za-z][\w.-]+$/.test(word))
    .slice(0, 2)
    .join(' ');

function detail(store: SqliteStore, row: Row): CampaignDetail {
  const { scanner, words } = store;
  const all = <T>(sql: string, ...values: number[]) => scanner.prepare(sql).all(...values) as unknown as T[];
  const nodes = (kind: number) =>
    all<NodeRow>(
      `SELECT * FROM campaign_node WHERE cluster = ? AND kind = ? ORDER BY visits DESC, id LIMIT ${TOLD}`,
      row.id,
      kind,
    );
  const labelled = <T extends Label>(node: NodeRow): [T, Pick<Shared<T>, 'visits' | 'first' | 'last'>] => [
    JSON.parse(node.label) as T,
    { visits: node.visits, first: node.first, last: node.last },
  ];
  const profiles = nodes(PROFILE);
  const lists = [...nodes(LIST), ...profiles.filter(({ label }) => label.includes('"list":'))];
  const scripts = [...nodes(SCRIPT), ...profiles.filter(({ label }) => label.includes('"commands":'))];
  const places = all<{ kind: number; word: number; addresses: number }>(
    'SELECT kind, word, addresses FROM campaign_place WHERE campaign = ? AND addresses > 0 ORDER BY addresses DESC, word LIMIT 400',
    row.id,
  );
  const rhythm = lists.find((list) => list.rhythm > 0)?.rhythm;
  return {
    ...summary(store, row, undefined),
    days: all<{ day: number; sessions: number; visits: number }>(
      'SELECT day, sessions, visits FROM campaign_day WHERE campaign = ? AND sessions > 0 ORDER BY day',
      row.id,
    ).map(({ day, sessions, visits }) => ({ day: dayName(day), sessions, visits })),
    formerKeys: all<{ key: string }>(
      'SELECT key FROM campaign_key WHERE campaign = ? AND NOT main ORDER BY key',
      row.id,
    ).map(({ key }) => key),
    visits: row.visits,
    clients: clients(store, row.id),
    places: {
      countries: places
        .filter(({ kind }) => kind === 1)
        .map(({ word, addresses }) => ({ value: words.text('country', word), addresses })),
      networks: places
        .filter(({ kind }) => kind === 2)
        .map(({ word, addresses }) => {
          const name = scanner.networkName(word);
          return { value: words.text('asn', word), ...(name === undefined ? {} : { name }), addresses };
        }),
    },
    hosts: all<{ address: number; sessions: number }>(
      `SELECT address, sessions FROM campaign_address WHERE campaign = ? ORDER BY sessions DESC, address LIMIT ${HOSTS}`,
      row.id,
    ).map(({ address, sessions }) => {
      const { country, asn, asName } = scanner.origin(address);
      return {
        address: words.text('address', address),
        sessions,
        ...(country === undefined ? {} : { country }),
        ...(asn === undefined ? {} : { asn: `AS${asn}` }),
        ...(asName === undefined ? {} : { asName }),
      };
    }),
    lists: lists.map((node) => {
      const [{ list }, shared] = labelled<Extract<Label, { list: number[] }>>(node);
      const value: [string, string][] = [];
      for (let at = 0; at < list.length; at += 2)
        value.push([words.text('username', list[at]!), words.text('password', list[at + 1]!)]);
      return { value, ...shared };
    }),
    scripts: scripts.map((node) => {
      const [{ commands, session }, shared] = labelled<Extract<Label, { commands: string[] }>>(node);
      return { value: commands, session, ...shared };
    }),
    keys: nodes(KEY).map((node) => {
      const [{ fingerprint, comment }, shared] = labelled<Extract<Label, { fingerprint: string }>>(node);
      return { value: fingerprint, ...(comment === undefined ? {} : { comment }), ...shared };
    }),
    files: nodes(FILE).map((node) => {
      const [{ file }, shared] = labelled<{ file: string }>(node);
      return { value: file, ...shared };
    }),
    origins: nodes(HOST).map((node) => {
      const [{ host }, shared] = labelled<{ host: string }>(node);
      return { value: host, ...shared };
    }),
    ...(rhythm === undefined ? {} : { everyMs: 2 ** rhythm }),
  };
}

/** Of the newest visits of its largest nodes. */
function clients({ scanner, words }: SqliteStore, cluster: number): CampaignDetail['clients'] {
  const counts = new Map<string, CampaignDetail['clients'][number]>();
  const nodes = scanner
    .prepare('SELECT id FROM campaign_node WHERE cluster = ? AND own > 0 ORDER BY own DESC, id LIMIT 8')
    .all(cluster) as { id: number }[];
  for (const { id } of nodes)
    for (const row of scanner
      .prepare(`SELECT client, hassh FROM campaign_visit WHERE node = ? ORDER BY id DESC LIMIT ${VISITS_READ}`)
      .all(id) as { client: number; hassh: number }[]) {
      const key = `${row.client} ${row.hassh}`;
      const known = counts.get(key);
      if (known) known.visits++;
      else
        counts.set(key, {
          client: row.client === 0 ? '' : words.text('client', row.client),
          ...(row.hassh === 0 ? {} : { hassh: words.text('hassh', row.hassh) }),
          visits: 1,
        });
    }
  return [...counts.values()].sort((a, b) => b.visits - a.visits || (a.client < b.client ? -1 : 1)).slice(0, TOLD);
}

/** What campaigns did on the days of a range: for the diary, out of the counts by day. */
export function activity(
  store: SqliteStore,
  range: Range,
): Map<number, { sessions: number; visits: number; days: number }> {
  const rows = store.scanner
    .prepare(
      'SELECT campaign, sum(sessions) AS sessions, sum(visits) AS visits, count(*) AS days FROM campaign_day WHERE day >= ? AND day < ? AND sessions > 0 GROUP BY campaign',
    )
    .all(...daysIn(range)) as { campaign: number; sessions: number; visits: number; days: number }[];
  return new Map(rows.map(({ campaign, ...counts }) => [campaign, counts]));
}
