// Claims about campaigns, out of their counts by day: found, grown, ended, come from elsewhere, come with another tool.
import { visitsOf } from '../../observatory/membership.ts';
import type { SqliteStore } from '../../observatory/sqlite.ts';
import type { CampaignClaim, Claim } from '../claim.ts';
import type { Context } from '../context.ts';
import { DAY } from '../day.ts';
import { normalTail, studentTail } from '../statistics.ts';
import type { Trials } from '../trial.ts';
import { quote } from '../visits.ts';
import { traitWords } from './explain.ts';
import type { Label } from './kind.ts';
import { clientOf } from './name.ts';
import { type CampaignSummary, campaignSource, campaignSummary, daysIn } from './read.ts';

/** Days before the range that say what is usual, and the least of them. */
const HISTORY = 28;
const LEAST_HISTORY = 7;
/** Visits on a day from which a growth is told, and how many times the usual. */
const LEAST_VISITS = 10;
const LEAST_FACTOR = 2;
/** Days without a visit after which a campaign has ended, of one that came on most of the days of a week. */
const ABSENT = 3;
const USUAL_DAYS = 5;
/** Visits on both sides, and the share that must come from elsewhere, for a move. */
const MOVED_VISITS = 20;
const MOVED_SHARE = 0.5;
/** What most visits come with. */
const MOST = 0.6;
/** New files or servers of a known campaign: visits that brought them. */
const LEAST_BROUGHT = 3;
/** Of a campaign that has used more of them before, another is no news. */
const FEW = 3;
/** A longer range is told by what is new alone. */
const LONGEST_DAYS = 7;
const TOLD = 6;

type Counts = Map<string, number>;

/** What is simply so: a campaign has become one in the range; a known one has brought another file. */
export function campaignFacts(context: Context): Claim[] {
  const store = campaignSource(context.store);
  const { news } = context;
  if (!store || news.from >= news.to) return [];
  const found = store.scanner
    .prepare(
      `SELECT k.key, c.since FROM campaign c JOIN campaign_key k ON k.campaign = c.id AND k.main
       WHERE c.since >= ? AND c.since < ? ORDER BY c.sessions DESC, c.id LIMIT ${TOLD}`,
    )
    .all(news.from, news.to) as { key: string; since: number }[];
  const fresh = found.flatMap(({ key, since }): CampaignClaim[] => {
    const campaign = campaignSummary(store, key);
    if (!campaign) return [];
    const { sessions, visits } = withinRange(store, key, context.range);
    return [
      {
        ...about('new campaign', campaign),
        numbers: { sessions, visits, addresses: campaign.addresses, networks: campaign.networks, at: since },
        evidence: evidenceOf(context, store, key),
        score: 18 + Math.min(18, 3 * Math.log2(1 + visits)),
        reason: `${visits} visits share what no sessions before had shared; enough to be called a campaign since ${new Date(since).toISOString()}`,
      },
    ];
  });
  return [...fresh, ...brought(context, store)];
}

/** A file or a server that a campaign known before the range has used since. */
function brought(context: Context, store: SqliteStore): CampaignClaim[] {
  const { news } = context;
  const rows = store.scanner
    .prepare(
      `SELECT k.key, n.kind, n.visits, n.label, n.first FROM campaign_node n JOIN campaign c ON c.id = n.cluster
         JOIN campaign_key k ON k.campaign = c.id AND k.main
       WHERE n.kind IN (3, 4) AND n.first >= ? AND n.first < ? AND n.visits >= ${LEAST_BROUGHT} AND c.since < ?
         AND (SELECT count(*) FROM campaign_node o WHERE o.cluster = n.cluster AND o.kind = n.kind AND o.first < ?) BETWEEN 1 AND ${FEW}
       ORDER BY n.visits DESC, n.id LIMIT ${TOLD}`,
    )
    .all(news.from, news.to, news.from, news.from) as { key: string; visits: number; label: string; first: number }[];
  return rows.flatMap(({ key, visits, label, first }): CampaignClaim[] => {
    const campaign = campaignSummary(store, key);
    const what = JSON.parse(label) as Label;
    const value = 'file' in what ? what.file : 'host' in what ? what.host : undefined;
    if (!campaign || value === undefined) return [];
    return [
      {
        ...about('tool changed', campaign),
        change: { what: 'file' in what ? 'file' : 'host', to: value },
        numbers: { visits, at: first },
        evidence: 'file' in what ? quote(context, 'hash', value, first) : [],
        score: 22,
        reason: `${visits} visits of a campaign known before have brought what was first recorded at ${new Date(first).toISOString()}`,
      },
    ];
  });
}

/** What chance could fake: counts that left the usual. */
export function campaignTrials(context: Context): Trials {
  const store = campaignSource(context.store);
  const { range, days } = context;
  if (!store || days > LONGEST_DAYS || context.unfinished || context.hours === 0) return { claims: [], tests: 0 };
  const [from, to] = daysIn(range);
  const rows = store.scanner
    .prepare(
      `SELECT d.campaign, k.key, d.day, d.sessions, d.visits FROM campaign_day d JOIN campaign_key k ON k.campaign = d.campaign AND k.main
       WHERE d.day >= ? AND d.day < ? AND d.sessions > 0 AND k.since < ? ORDER BY d.campaign, d.day`,
    )
    .all(from - HISTORY, to, range.from) as unknown as { campaign: number; key: string; day: number; visits: number }[];
  const campaigns = new Map<number, { key: string; visits: Map<number, number> }>();
  for (const { campaign, key, day, visits } of rows) {
    const known = campaigns.get(campaign) ?? { key, visits: new Map() };
    known.visits.set(day, visits);
    campaigns.set(campaign, known);
  }
  const claims: CampaignClaim[] = [];
  let tests = 0;
  const compared: number[] = [];
  for (const [campaign, { key, visits }] of campaigns) {
    const first = Math.min(...visits.keys());
    const last = Math.max(...visits.keys());
    const summary = () => campaignSummary(store, key)!;
    if (last >= from) {
      compared.push(campaign);
      if (days !== 1 || from - first < LEAST_HISTORY) continue;
      tests++;
      const usual = Array.from({ length: from - first }, (_, i) => visits.get(first + i) ?? 0);
      const grown = growth(usual, visits.get(from) ?? 0);
      if (grown)
        claims.push({
          ...about('campaign grew', summary()),
          ...grown,
          evidence: [],
          score: 16 + Math.min(14, 4 * Math.log2(grown.numbers['factor']!)),
          reason: `${grown.numbers['now']} visits where ${grown.numbers['usual']!.toFixed(1)} are usual (${usual.length} days), a t-test of the logarithms`,
        });
    } else if (last >= from - ABSENT && last < to - ABSENT) {
      const week = Array.from({ length: 7 }, (_, i) => visits.get(last - i) ?? 0);
      const active = week.filter((n) => n > 0).length;
      tests++;
      if (active < USUAL_DAYS || last - first < LEAST_HISTORY - 1) continue;
      const absent = to - 1 - last;
      claims.push({
        ...about('campaign ended', summary()),
        numbers: { absent, active, usual: week.reduce((sum, n) => sum + n, 0) / 7, last: last * DAY },
        p: (1 - (active + 0.5) / 8) ** absent,
        evidence: [],
        score: 20,
        reason: `no visit on ${absent} days, after visits on ${active} of the 7 days before`,
      });
    }
  }
  const moves = moved(context, store, compared);
  claims.push(...moves.claims);
  return { claims, tests: tests + moves.tests };
}

/** A day's visits against those of the days before, by their logarithms: counts of attacks multiply. */
function growth(usual: number[], now: number): Pick<CampaignClaim, 'numbers' | 'p'> | undefined {
  const n = usual.length;
  const logs = usual.map(Math.log1p);
  const mean = logs.reduce((sum, x) => sum + x, 0) / n;
  // Two days of equal counts are no proof of calm: not less than Poisson's spread.
  const variance = Math.max(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1), 1 / (1 + Math.exp(mean)));
  const expected = Math.expm1(mean);
  if (now < LEAST_VISITS || now < LEAST_FACTOR * Math.max(1, expected)) return undefined;
  const t = (Math.log1p(now) - mean) / Math.sqrt(variance * (1 + 1 / n));
  return {
    numbers: { now, usual: expected, factor: (now + 1) / (expected + 1), days: n },
    p: studentTail(t, n - 1),
  };
}

/** Networks and clients of the range against those of the period before. */
function moved(
  { range }: Context,
  store: SqliteStore,
  campaigns: number[],
): { claims: CampaignClaim[]; tests: number } {
  const length = range.to - range.from;
  const now = origins(store, range, campaigns);
  const before = origins(store, { from: range.from - length, to: range.from }, campaigns);
  const claims: CampaignClaim[] = [];
  let tests = 0;
  for (const [campaign, here] of now) {
    const then = before.get(campaign);
    if (!then || total(here.networks) < MOVED_VISITS || total(then.networks) < MOVED_VISITS) continue;
    const key = store.scanner.prepare('SELECT key FROM campaign_key WHERE campaign = ? AND main').get(campaign)?.[
      'key'
    ];
    const summary = campaignSummary(store, String(key))!;
    for (const what of ['networks', 'clients'] as const) {
      tests++;
      const [a, b] = [most(here[what]), most(then[what])];
      const share = distance(here[what], then[what]);
      if (share < MOVED_SHARE) continue;
      if (what === 'clients' && (a.value === b.value || a.share < MOST || b.share < MOST)) continue;
      const numbers = { share, visits: total(here[what]), before: total(then[what]), now: a.share, earlier: b.share };
      const p = homogeneity(here[what], then[what]);
      const evidence: CampaignClaim['evidence'] = [];
      const reason = `${Math.round(share * 100)} % of ${numbers.visits} visits are of other ${what} than the ${numbers.before} before; a chi-square test of both`;
      claims.push(
        what === 'networks'
          ? {
              ...about('campaign moved', summary),
              change: { what: 'network', from: b.value, to: a.value },
              numbers,
              p,
              evidence,
              score: 20,
              reason,
            }
          : {
              ...about('tool changed', summary),
              change: { what: 'client', from: clientOf(b.value) ?? '', to: clientOf(a.value) ?? '' },
              numbers,
              p,
              evidence,
              score: 24,
              reason,
            },
      );
    }
  }
  return { claims, tests };
}

function origins(
  { scanner, words }: SqliteStore,
  range: { from: number; to: number },
  campaigns: number[],
): Map<number, { networks: Counts; clients: Counts }> {
  const wanted = new Set(campaigns);
  const [from, to] = daysIn(range);
  const rows = scanner
    .prepare(
      `SELECT n.cluster, a.asn, v.client, count(*) AS visits FROM campaign_visit v JOIN campaign_node n ON n.id = v.node
         JOIN word_address a ON a.id = v.address WHERE v.id >= ? AND v.id < ? AND v.node IS NOT NULL GROUP BY 1, 2, 3`,
    )
    .all(visitsOf(from)[0], visitsOf(to)[0]) as {
    cluster: number;
    asn: number | null;
    client: number;
    visits: number;
  }[];
  const found = new Map<number, { networks: Counts; clients: Counts }>();
  for (const { cluster, asn, client, visits } of rows) {
    if (!wanted.has(cluster)) continue;
    const counts = found.get(cluster) ?? { networks: new Map(), clients: new Map() };
    found.set(cluster, counts);
    if (asn !== null) {
      const network = scanner.networkName(asn) ?? words.text('asn', asn);
      counts.networks.set(network, (counts.networks.get(network) ?? 0) + visits);
    }
    const version = client === 0 ? '' : words.text('client', client);
    counts.clients.set(version, (counts.clients.get(version) ?? 0) + visits);
  }
  return found;
}

const total = (counts: Counts): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

function most(counts: Counts): { value: string; share: number } {
  const [value, n] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? ['', 0];
  return { value, share: n / Math.max(1, total(counts)) };
}

/** Total variation: the share that would have to be moved to make one of the other. */
function distance(a: Counts, b: Counts): number {
  const [n, m] = [total(a), total(b)];
  let sum = 0;
  for (const key of new Set([...a.keys(), ...b.keys()])) sum += Math.abs((a.get(key) ?? 0) / n - (b.get(key) ?? 0) / m);
  return sum / 2;
}

/** Pearson's chi-square of two samples, rare values together; its tail by Wilson and Hilferty's cube root. */
function homogeneity(a: Counts, b: Counts): number {
  const [n, m] = [total(a), total(b)];
  const cells: [number, number][] = [];
  const rest: [number, number] = [0, 0];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(key) ?? 0, b.get(key) ?? 0];
    if (((x + y) * Math.min(n, m)) / (n + m) >= 5) cells.push([x, y]);
    else {
      rest[0] += x;
      rest[1] += y;
    }
  }
  if (rest[0] + rest[1] > 0) cells.push(rest);
  const df = cells.length - 1;
  if (df < 1) return 1;
  const chi = cells.reduce((sum, [x, y]) => {
    const [ex, ey] = [((x + y) * n) / (n + m), ((x + y) * m) / (n + m)];
    return sum + (x - ex) ** 2 / ex + (y - ey) ** 2 / ey;
  }, 0);
  return normalTail(((chi / df) ** (1 / 3) - (1 - 2 / (9 * df))) / Math.sqrt(2 / (9 * df)));
}

function about<Kind extends CampaignClaim['kind']>(
  kind: Kind,
  campaign: CampaignSummary,
): { kind: Kind; subject: CampaignClaim['subject'] } {
  return { kind, subject: { key: campaign.key, name: campaign.name, does: traitWords(campaign) } };
}

function withinRange(
  store: SqliteStore,
  key: string,
  range: { from: number; to: number },
): { sessions: number; visits: number } {
  const { sessions, visits } = store.scanner
    .prepare(
      `SELECT coalesce(sum(d.sessions), 0) AS sessions, coalesce(sum(d.visits), 0) AS visits FROM campaign_day d
       JOIN campaign_key k ON k.campaign = d.campaign WHERE k.key = ? AND d.day >= ? AND d.day < ?`,
    )
    .get(key, ...daysIn(range)) as { sessions: number; visits: number };
  return { sessions, visits };
}

/** A line of the log that shows what its sessions share. */
function evidenceOf(context: Context, store: SqliteStore, key: string): CampaignClaim['evidence'] {
  const [row] = context.store.sessions({ campaign: key, range: context.range }, 1).items;
  const node = store.scanner
    .prepare(
      `SELECT n.label FROM campaign_node n JOIN campaign_key k ON k.campaign = n.cluster WHERE k.key = ? ORDER BY n.kind, n.visits DESC, n.id LIMIT 1`,
    )
    .get(key)?.['label'] as string | undefined;
  if (!row || node === undefined) return [];
  const label = JSON.parse(node) as Label;
  if ('file' in label) return quote(context, 'hash', label.file, row.started);
  if ('commands' in label && label.commands[0]) return quote(context, 'command', label.commands[0], row.started);
  if (!('list' in label)) return [];
  const [username, password] = label.list;
  const pair = `${store.words.text('username', username!)}\0${store.words.text('password', password!)}`;
  return quote(context, 'pair', pair, row.started);
}
