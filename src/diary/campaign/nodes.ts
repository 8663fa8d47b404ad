// What visits share, in the store: nodes, how often two of them came together, and which shingle leads to which list or script.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { hashNumbers } from './hash.ts';

export interface Node {
  id: number;
  kind: number;
  hash: number;
  /** The node whose number its campaign goes by. */
  cluster: number;
  /** Visits that showed it. */
  visits: number;
  /** Of these, visits that showed a deed beside it. */
  deeds: number;
  /** Visits that are counted under it. */
  own: number;
  /** Shingles that lead to it; credentials or commands of the longest that showed it, where it has a label. */
  size: number;
  /** Of who showed it first. */
  client: number;
  rhythm: number;
  /** Milliseconds. */
  first: number;
  last: number;
  /** JSON of a `Label`. */
  label: string;
}

/** How many visits showed both. */
interface Edge {
  a: number;
  b: number;
  n: number;
}

/** Nodes and shingles held in memory. */
const HELD = 12_000;
const SHINGLES_HELD = 50_000;
/** Places for shingles: a newer one takes the place of an older, so the table does not grow for ever. */
const SLOTS = 2 ** 22;

export class Nodes {
  readonly #byId = new Map<number, Node>();
  readonly #byHash = new Map<number, Node>();
  readonly #dirty = new Set<Node>();
  readonly #edges = new Map<string, Edge>();
  readonly #dirtyEdges = new Set<Edge>();
  readonly #shingles = new Map<number, number>();
  readonly #newShingles = new Map<number, number>();
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #findHash: StatementSync;
  readonly #put: StatementSync;
  readonly #relabel: StatementSync;
  readonly #ofCluster: StatementSync;
  readonly #edge: StatementSync;
  readonly #putEdge: StatementSync;
  readonly #shingle: StatementSync;
  readonly #putShingle: StatementSync;
  #next: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare('SELECT * FROM campaign_node WHERE id = ?');
    this.#findHash = database.prepare('SELECT * FROM campaign_node WHERE hash = ?');
    this.#put = database.prepare(
      'INSERT INTO campaign_node VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET cluster = excluded.cluster, visits = excluded.visits, deeds = excluded.deeds, own = excluded.own, size = excluded.size, first = excluded.first, last = excluded.last, label = excluded.label',
    );
    this.#relabel = database.prepare('UPDATE campaign_node SET cluster = ? WHERE cluster = ?');
    this.#ofCluster = database.prepare('SELECT id FROM campaign_node WHERE cluster = ?');
    this.#edge = database.prepare('SELECT n FROM campaign_edge WHERE a = ? AND b = ?');
    this.#putEdge = database.prepare('INSERT OR REPLACE INTO campaign_edge VALUES (?, ?, ?)');
    this.#shingle = database.prepare('SELECT tag, node FROM campaign_shingle WHERE slot = ?');
    this.#putShingle = database.prepare('INSERT OR REPLACE INTO campaign_shingle VALUES (?, ?, ?)');
    this.#next = this.#readNext();
  }

  get(id: number): Node | undefined {
    return this.#byId.get(id) ?? this.#remember(this.#find.get(id) as Node | undefined);
  }

  find(hash: number): Node | undefined {
    return this.#byHash.get(hash) ?? this.#remember(this.#findHash.get(hash) as Node | undefined);
  }

  create(given: Omit<Node, 'id' | 'cluster' | 'visits' | 'deeds' | 'own'>): Node {
    const id = this.#next++;
    const node: Node = { ...given, id, cluster: id, visits: 0, deeds: 0, own: 0 };
    this.#remember(node);
    this.#dirty.add(node);
    return node;
  }

  #remember(node: Node | undefined): Node | undefined {
    if (!node) return undefined;
    this.#byId.set(node.id, node);
    this.#byHash.set(node.hash, node);
    return node;
  }

  touch(node: Node): void {
    this.#dirty.add(node);
  }

  /** Every node of a cluster. */
  ofCluster(cluster: number): Node[] {
    this.#writeNodes();
    return (this.#ofCluster.all(cluster) as { id: number }[]).map(({ id }) => this.get(id)!);
  }

  relabel(from: number, to: number): void {
    for (const node of this.ofCluster(from)) node.cluster = to;
    this.#relabel.run(to, from);
  }

  /** One more visit showed both. @returns how many have by now */
  together(a: number, b: number): number {
    const [low, high] = a < b ? [a, b] : [b, a];
    const key = `${low} ${high}`;
    let edge = this.#edges.get(key);
    if (!edge) {
      const n = (this.#edge.get(low, high)?.['n'] as number | undefined) ?? 0;
      this.#edges.set(key, (edge = { a: low, b: high, n }));
    }
    this.#dirtyEdges.add(edge);
    return ++edge.n;
  }

  /** The nodes that a shingle leads to: what many use leads to two of them. */
  leads(shingle: number): number[] {
    const [first, second] = [this.#lead(shingle), this.#lead(other(shingle))];
    return first === 0 ? [] : second === 0 ? [first] : [first, second];
  }

  /** From now on a shingle leads to a node, too; of several, to the first and the newest. */
  lead(shingle: number, node: number): void {
    const first = this.#lead(shingle);
    if (first === node) return;
    const place = first === 0 ? shingle : other(shingle);
    if (this.#shingles.get(place) === node) return;
    this.#shingles.set(place, node);
    this.#newShingles.set(place, node);
  }

  #lead(place: number): number {
    let node = this.#shingles.get(place);
    if (node === undefined) {
      const row = this.#shingle.get(place % SLOTS) as { tag: number; node: number } | undefined;
      node = row?.tag === Math.floor(place / SLOTS) ? row.node : 0;
      this.#shingles.set(place, node);
    }
    return node;
  }

  #writeNodes(): void {
    for (const node of this.#dirty)
      this.#put.run(
        node.id,
        node.kind,
        node.hash,
        node.cluster,
        node.visits,
        node.deeds,
        node.own,
        node.size,
        node.client,
        node.rhythm,
        node.first,
        node.last,
        node.label,
      );
    this.#dirty.clear();
  }

  /** Writes what has changed, and lets go of what is much. */
  store(): void {
    this.#writeNodes();
    for (const { a, b, n } of this.#dirtyEdges) this.#putEdge.run(a, b, n);
    this.#dirtyEdges.clear();
    // In the order of the table: its pages are then met once each.
    for (const [shingle, node] of [...this.#newShingles].sort((a, b) => (a[0] % SLOTS) - (b[0] % SLOTS)))
      this.#putShingle.run(shingle % SLOTS, Math.floor(shingle / SLOTS), node);
    this.#newShingles.clear();
    if (this.#byId.size > HELD) {
      this.#byId.clear();
      this.#byHash.clear();
    }
    if (this.#edges.size > HELD) this.#edges.clear();
    if (this.#shingles.size > SHINGLES_HELD) this.#shingles.clear();
  }

  /** Forgets everything: the transaction was rolled back, or another process has written. */
  forget(): void {
    for (const map of [this.#byId, this.#byHash, this.#edges, this.#shingles, this.#newShingles]) map.clear();
    this.#dirty.clear();
    this.#dirtyEdges.clear();
    this.#next = this.#readNext();
  }

  #readNext(): number {
    return Number(this.#database.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM campaign_node').get()!['id']);
  }
}

/** A shingle's second place. */
const other = (shingle: number): number => hashNumbers(shingle, 1);
