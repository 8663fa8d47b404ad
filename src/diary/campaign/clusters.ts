// Campaigns as they are counted: sessions a day, addresses, countries and networks; named when they are large enough, and merged.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { dayOfVisit } from '../../observatory/membership.ts';
import { hashText } from './hash.ts';
import { LEAST_ADDRESSES, LEAST_SESSIONS, LEAST_WEAK_ADDRESSES, LIST, LONG_LIST, PROFILE } from './kind.ts';
import type { Nodes } from './nodes.ts';
import type { Visit, VisitRow } from './visits.ts';

export interface Cluster {
  id: number;
  visits: number;
  sessions: number;
  addresses: number;
  /** Milliseconds. */
  first: number;
  last: number;
  /** Since when it is large enough to be told of; null: it is not. */
  since: number | null;
}

/** Visits from which on a cluster is counted: below, nothing is written for it. */
const COUNTED_FROM = 3;
const HELD = 20_000;
const COUNTRY = 1;
const ASN = 2;
/** RFC 4648's base32 in small letters: no digit can be taken for a letter. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** The name of a campaign in the API, for ever: of what it was first known by. */
export function keyOf(what: string): string {
  let rest = hashText(what);
  let key = '';
  for (let i = 0; i < 8; i++) {
    key += LETTERS[rest % 32]!;
    rest = Math.floor(rest / 32);
  }
  return key;
}

export class Clusters {
  readonly #held = new Map<number, Cluster | null>();
  readonly #dirty = new Set<Cluster>();
  readonly #nodes: Nodes;
  readonly #nameOf: (label: string) => string;
  readonly #sql: Record<
    | 'find'
    | 'put'
    | 'remove'
    | 'visits'
    | 'day'
    | 'address'
    | 'noAddress'
    | 'origin'
    | 'place'
    | 'key'
    | 'putKey'
    | 'moveKeys'
    | 'mainKeys'
    | 'notMain'
    | 'mergeDays'
    | 'dropDays'
    | 'mergePlaces'
    | 'dropPlaces'
    | 'both'
    | 'mergeAddresses'
    | 'dropAddresses',
    StatementSync
  >;

  /** @param nameOf the text that stands for a label, from which the campaign's key is made */
  constructor(database: DatabaseSync, nodes: Nodes, nameOf: (label: string) => string) {
    this.#nodes = nodes;
    this.#nameOf = nameOf;
    const sql = (text: string) => database.prepare(text);
    const fresh = `SELECT a.address, o.country, o.asn FROM campaign_address a JOIN word_address o ON o.id = a.address
       WHERE a.campaign = ?2 AND NOT EXISTS (SELECT 1 FROM campaign_address b WHERE b.campaign = ?1 AND b.address = a.address)`;
    this.#sql = {
      find: sql('SELECT * FROM campaign WHERE id = ?'),
      put: sql('INSERT OR REPLACE INTO campaign VALUES (?, ?, ?, ?, ?, ?, ?)'),
      remove: sql('DELETE FROM campaign WHERE id = ?'),
      visits: sql('SELECT id, address, sessions, first, last FROM campaign_visit WHERE node = ?'),
      day: sql(
        'INSERT INTO campaign_day VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions, visits = visits + excluded.visits',
      ),
      address: sql(
        'INSERT INTO campaign_address VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions RETURNING sessions',
      ),
      noAddress: sql('DELETE FROM campaign_address WHERE campaign = ? AND address = ?'),
      origin: sql('SELECT country, asn FROM word_address WHERE id = ?'),
      place: sql(
        'INSERT INTO campaign_place VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses',
      ),
      key: sql('SELECT 1 FROM campaign_key WHERE key = ?'),
      putKey: sql('INSERT INTO campaign_key VALUES (?, ?, 1, ?)'),
      moveKeys: sql('UPDATE campaign_key SET campaign = ? WHERE campaign = ?'),
      notMain: sql('UPDATE campaign_key SET main = 0 WHERE campaign = ?'),
      mainKeys: sql(
        'UPDATE campaign_key SET main = 1 WHERE key = (SELECT key FROM campaign_key WHERE campaign = ? ORDER BY since, key LIMIT 1)',
      ),
      mergeDays: sql(
        'INSERT INTO campaign_day SELECT ?1, day, sessions, visits FROM campaign_day WHERE campaign = ?2 ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions, visits = visits + excluded.visits',
      ),
      dropDays: sql('DELETE FROM campaign_day WHERE campaign = ?'),
      mergePlaces: sql(
        `INSERT INTO campaign_place SELECT ?1, kind, word, count(*) FROM
           (SELECT ${COUNTRY} AS kind, country AS word FROM (${fresh}) UNION ALL SELECT ${ASN}, asn FROM (${fresh}))
         WHERE word IS NOT NULL GROUP BY kind, word ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses`,
      ),
      dropPlaces: sql('DELETE FROM campaign_place WHERE campaign = ?'),
      both: sql(
        'SELECT count(*) AS n FROM campaign_address a JOIN campaign_address b ON b.campaign = ?1 AND b.address = a.address WHERE a.campaign = ?2',
      ),
      mergeAddresses: sql(
        'INSERT INTO campaign_address SELECT ?1, address, sessions FROM campaign_address WHERE campaign = ?2 ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions',
      ),
      dropAddresses: sql('DELETE FROM campaign_address WHERE campaign = ?'),
    };
  }

  /** The campaign of a cluster; undefined while it is too small to be counted. */
  of(id: number): Cluster | undefined {
    let cluster = this.#held.get(id);
    if (cluster === undefined) {
      cluster = (this.#sql.find.get(id) as Cluster | undefined) ?? null;
      this.#held.set(id, cluster);
    }
    return cluster ?? undefined;
  }

  /** Counts a visit under a node; with a node before, no longer under that. The visit's row is written. */
  count(visit: Visit, node: number, put: (visit: Visit) => void): void {
    const before = { node: visit.node, sessions: visit.counted };
    if (before.node !== node) {
      this.#own(before.node, -1);
      this.#own(node, 1);
    }
    visit.node = node;
    visit.counted = node === 0 ? 0 : visit.sessions;
    put(visit);
    const [from, to] = [this.#clusterOf(before.node), this.#clusterOf(node)];
    if (from !== to && from !== 0) {
      const cluster = this.of(from);
      if (cluster) this.#add(cluster, visit, -before.sessions, -1);
    }
    if (to === 0) return;
    const cluster = this.of(to);
    if (cluster) this.#add(cluster, visit, visit.sessions - (from === to ? before.sessions : 0), from === to ? 0 : 1);
    else if (this.#nodes.get(node)!.own >= COUNTED_FROM) this.begin(to);
  }

  #own(id: number, n: number): void {
    const node = id === 0 ? undefined : this.#nodes.get(id);
    if (!node) return;
    node.own += n;
    this.#nodes.touch(node);
  }

  #clusterOf(node: number): number {
    return node === 0 ? 0 : (this.#nodes.get(node)?.cluster ?? 0);
  }

  /** Counts all that there has been of a cluster. */
  begin(id: number): Cluster {
    const cluster: Cluster = { id, visits: 0, sessions: 0, addresses: 0, first: 9e15, last: 0, since: null };
    this.#held.set(id, cluster);
    for (const node of this.#nodes.ofCluster(id))
      for (const row of this.#sql.visits.all(node.id) as unknown as VisitRow[])
        this.#add(cluster, row, row.sessions, 1);
    this.#dirty.add(cluster);
    return cluster;
  }

  #add(
    cluster: Cluster,
    visit: Pick<VisitRow, 'id' | 'address' | 'first' | 'last'>,
    sessions: number,
    visits: number,
  ): void {
    if (sessions === 0 && visits === 0) return;
    this.#dirty.add(cluster);
    cluster.visits += visits;
    cluster.sessions += sessions;
    cluster.first = Math.min(cluster.first, visit.first);
    cluster.last = Math.max(cluster.last, visit.last);
    this.#sql.day.run(cluster.id, dayOfVisit(visit.id), sessions, visits);
    const left = this.#sql.address.get(cluster.id, visit.address, sessions)!['sessions'] as number;
    if (sessions > 0 && left === sessions) this.#address(cluster, visit.address, 1);
    else if (left <= 0) {
      this.#sql.noAddress.run(cluster.id, visit.address);
      this.#address(cluster, visit.address, -1);
    }
    if (cluster.since === null) this.#publish(cluster, visit.last);
  }

  #address(cluster: Cluster, address: number, n: number): void {
    cluster.addresses += n;
    const { country, asn } = this.#sql.origin.get(address) as { country: number | null; asn: number | null };
    if (country !== null) this.#sql.place.run(cluster.id, COUNTRY, country, n);
    if (asn !== null) this.#sql.place.run(cluster.id, ASN, asn, n);
  }

  /** Large enough: it gets its name. */
  #publish(cluster: Cluster, at: number): void {
    if (cluster.addresses < LEAST_ADDRESSES || cluster.sessions < LEAST_SESSIONS) return;
    const nodes = this.#nodes.ofCluster(cluster.id);
    const telling = nodes.reduce((a, b) => (b.kind < a.kind || (b.kind === a.kind && b.id < a.id) ? b : a));
    const isWeak = telling.kind === PROFILE || (telling.kind === LIST && telling.size < LONG_LIST);
    if (isWeak && cluster.addresses < LEAST_WEAK_ADDRESSES) return;
    cluster.since = at;
    const name = this.#nameOf(telling.label);
    let key = keyOf(name);
    for (let i = 2; this.#sql.key.get(key); i++) key = keyOf(`${name} ${i}`);
    this.#sql.putKey.run(key, cluster.id, at);
  }

  /** Makes one campaign of two: the larger takes the other in, the name of the one found first stays, the other leads to it. */
  merge(a: number, b: number): void {
    if (a === b) return;
    const [one, two] = [this.of(a) ?? this.begin(a), this.of(b) ?? this.begin(b)];
    const [into, gone] = one.visits >= two.visits ? [one, two] : [two, one];
    const sql = this.#sql;
    this.store();
    const both = Number(sql.both.get(into.id, gone.id)!['n']);
    sql.mergePlaces.run(into.id, gone.id);
    sql.mergeDays.run(into.id, gone.id);
    sql.mergeAddresses.run(into.id, gone.id);
    for (const drop of [sql.dropPlaces, sql.dropDays, sql.dropAddresses]) drop.run(gone.id);
    into.visits += gone.visits;
    into.sessions += gone.sessions;
    into.addresses += gone.addresses - both;
    into.first = Math.min(into.first, gone.first);
    into.last = Math.max(into.last, gone.last);
    if (gone.since !== null) into.since = Math.min(into.since ?? gone.since, gone.since);
    sql.moveKeys.run(into.id, gone.id);
    sql.notMain.run(into.id);
    sql.mainKeys.run(into.id);
    this.#nodes.relabel(gone.id, into.id);
    sql.remove.run(gone.id);
    this.#dirty.delete(gone);
    this.#held.set(gone.id, null);
    this.#dirty.add(into);
    if (into.since === null) this.#publish(into, into.last);
  }

  store(): void {
    for (const { id, visits, sessions, addresses, first, last, since } of this.#dirty)
      this.#sql.put.run(id, visits, sessions, addresses, first, last, since);
    this.#dirty.clear();
    if (this.#held.size > HELD) this.#held.clear();
  }

  forget(): void {
    this.#held.clear();
    this.#dirty.clear();
  }
}
