// Which campaign a session belongs to: its row tells its visit, the visit its node, and that the campaign (schema.ts, src/diary/campaign).
import { hashNumbers } from './numberhash.ts';
import { DAY } from './order.ts';
import type { Scanner } from './scan.ts';
import { ID_STEP } from './schema.ts';
import type { SessionRecord } from './session.ts';

/** Numbers that visits of one day may have. */
const A_DAY = 2 ** 32;

export const dayOfVisit = (id: number): number => Math.floor(id / A_DAY);
/** Numbers of the visits of a day (since the epoch). */
export const visitsOf = (day: number): [from: number, to: number] => [day * A_DAY, (day + 1) * A_DAY];

/** Where to look for a session's visit: from this number on, until one of the same address and client. */
export function visitOf(session: number, address: number, client: number, hassh: number): number {
  return Math.floor(session / ID_STEP / DAY) * A_DAY + (hashNumbers(address, client, hassh) % A_DAY);
}

/** The campaign's number of a session that belongs to one, named or not; undefined for others. */
export function clusterOf(scanner: Scanner, record: SessionRecord): number | undefined {
  if (record.address === null) return undefined;
  const find = scanner.prepare(
    `SELECT v.address, v.client, v.hassh, n.cluster FROM campaign_visit v LEFT JOIN campaign_node n ON n.id = v.node WHERE v.id = ?`,
  );
  const [client, hassh] = [record.client ?? 0, record.hassh ?? 0];
  for (let id = visitOf(record.id, record.address, client, hassh); ; id++) {
    const visit = find.get(id) as
      | { address: number; client: number; hassh: number; cluster: number | null }
      | undefined;
    if (!visit) return undefined;
    if (visit.address === record.address && visit.client === client && visit.hassh === hassh)
      return visit.cluster ?? undefined;
  }
}

/** The number of a campaign by any key that it has had; undefined when there is none. */
export function clusterOfKey(scanner: Scanner, key: string): number | undefined {
  return scanner.prepare('SELECT campaign FROM campaign_key WHERE key = ?').get(key)?.['campaign'] as
    | number
    | undefined;
}

/** Today's key of the campaign that a session belongs to. */
export function campaignOf(scanner: Scanner, record: SessionRecord): string | undefined {
  const cluster = clusterOf(scanner, record);
  if (cluster === undefined) return undefined;
  return scanner.prepare('SELECT key FROM campaign_key WHERE campaign = ? AND main').get(cluster)?.['key'] as
    | string
    | undefined;
}

/** Days (since the epoch) on which a campaign had sessions. */
export function daysOfCluster(scanner: Scanner, cluster: number): Set<number> {
  const rows = scanner.prepare('SELECT day FROM campaign_day WHERE campaign = ? AND sessions > 0').all(cluster);
  return new Set(rows.map(({ day }) => day as number));
}
