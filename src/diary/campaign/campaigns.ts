// Finds campaigns: takes ended sessions in, each once, and keeps what is known of campaigns in the store beside them.
//
// A session adds to a visit (visits.ts). A visit shows nodes (nodes.ts): an SSH key, a script, a file, a host that serves
// files, a list of credentials; what is too short to tell anything counts only together with the client that brought it.
// Lists and scripts are compared by sketches of what stands in a row (shingles.ts), so a part of one is known as a part.
// Nodes that mostly come together become one campaign (`#link`); what comes by chance does not, nor does a list that many use.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SessionRecord } from '../../observatory/session.ts';
import type { SqliteStore } from '../../observatory/sqlite.ts';
import { Clusters } from './clusters.ts';
import { credential, hashNumbers } from './hash.ts';
import { COMMANDS, CREDENTIALS, FILE, HOST, isDeed, KEY, type Label, LIST, PROFILE, SCRIPT } from './kind.ts';
import { nameOfLabel } from './label.ts';
import { type Node, Nodes } from './nodes.ts';
import { sketched, sketchOf } from './shingles.ts';
import { type Found, TraitReader, type Traits } from './traits.ts';
import { type Visit, Visits } from './visits.ts';

/** Sessions between two looks at the clock. */
const AT_ONCE = 128;
/** Nodes of one visit. */
const MOST_NODES = 12;
/** Different credentials of a visit that are looked at, and kept for the label of a list. */
const LISTED = 200;
/** A longer pause, ms, is none between two tries of one go. */
const ONE_GO = 120_000;
/** Shingles from which on a list or script stands for itself. */
const LEAST_SHINGLES = 3;
/** Different credentials in a row that stand for something at all. */
const LEAST_TRIES = 3;
/** A script that stands for itself: commands, and words in them that are kept as they are. */
const LEAST_COMMANDS = 3;
const LEAST_WEIGHT = 8;
/** A profile says at least so much. */
const PROFILE_WEIGHT = 3;
/** Share of a sequence's shingles that must lead to one node: where client and rhythm agree, one of them, neither. */
const ALIKE = [0.5, 0.6, 0.7] as const;
/** Visits that must show two nodes together, and their share of the visits of the rarer one. */
const TOGETHER = 3;
const SHARE = 0.6;
/** A list belongs to a deed that most of those show who get in with it; and this share of its visits, or of the deed's, must. */
const LEAST_SHARE = 0.1;

const SCRIPT_SALT = 1;
const LIST_SALT = 2;
const PROFILE_SALT = 3;

export class Campaigns {
  readonly #store: SqliteStore;
  readonly #database: DatabaseSync;
  readonly #reader: TraitReader;
  readonly #nodes: Nodes;
  readonly #visits: Visits;
  readonly #clusters: Clusters;
  readonly #due: StatementSync;
  readonly #done: StatementSync;
  readonly #dataVersion: StatementSync;
  #version: number | undefined;

  constructor(store: SqliteStore) {
    const { database } = store;
    this.#store = store;
    this.#database = database;
    this.#reader = new TraitReader(store);
    this.#nodes = new Nodes(database);
    this.#visits = new Visits(database);
    this.#clusters = new Clusters(database, this.#nodes, (label) => nameOfLabel(store, JSON.parse(label) as Label));
    this.#due = database.prepare(
      'SELECT d.session AS due, d.again, s.* FROM campaign_due d LEFT JOIN session s ON s.id = d.session ORDER BY d.session LIMIT ?',
    );
    this.#done = database.prepare('DELETE FROM campaign_due WHERE session <= ?');
    this.#dataVersion = database.prepare('PRAGMA data_version');
  }

  /**
   * Takes in sessions that are due, for about `ms` milliseconds, in one transaction.
   * @returns how many; 0 when none is left, or while another transaction of this connection is open
   * @throws SQLite's error after the transaction was rolled back: the same sessions come again
   */
  step(ms: number): number {
    if (this.#database.isTransaction) return 0;
    const until = performance.now() + ms;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const version = Number(this.#dataVersion.get()!['data_version']);
      if (version !== this.#version) this.forget();
      this.#version = version;
      let taken = 0;
      do {
        const records = this.#due.all(AT_ONCE) as unknown as (SessionRecord & { due: number; again: number })[];
        if (records.length === 0) break;
        const touched = new Set<Visit>();
        for (const record of records) if (record.address) touched.add(this.#take(record, record.again !== 0));
        for (const visit of touched) this.#settle(visit);
        this.#done.run(records.at(-1)!.due);
        taken += records.length;
        this.#visits.relieve();
      } while (performance.now() < until);
      this.#nodes.store();
      this.#clusters.store();
      this.#database.exec('COMMIT');
      return taken;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.forget();
      throw error;
    }
  }

  /** Takes in all that is due; for a process that does nothing else. */
  finish(): number {
    let taken = 0;
    for (;;) {
      const more = this.step(500);
      if (more === 0) return taken;
      taken += more;
    }
  }

  /** Forgets what is remembered of the store: somebody else has changed it. */
  forget(): void {
    this.#store.words.forget();
    for (const part of [this.#reader, this.#nodes, this.#visits, this.#clusters]) part.forget();
    this.#version = undefined;
  }

  #take(record: SessionRecord, again: boolean): Visit {
    const traits = this.#reader.read(record);
    const visit = this.#visits.of(record.id, record.address!, record.client ?? 0, record.hassh ?? 0);
    visit.first = Math.min(visit.first, traits.first);
    visit.last = Math.max(visit.last, traits.last);
    if (!again) {
      visit.sessions++;
      this.#tries(visit, traits);
    }
    this.#deeds(visit, traits, record.id);
    return visit;
  }

  #tries(visit: Visit, { tries }: Traits): void {
    for (const { username, password, at } of tries) {
      if (visit.tries >= LISTED) return;
      const pause = at - visit.tried[0];
      if (visit.tries > 0 && pause >= 0 && pause < ONE_GO) {
        visit.tried[1]++;
        visit.tried[2] += pause;
      }
      visit.tried[0] = at;
      const one = credential(username, password);
      // What is tried again is no step of a list.
      if (visit.seen.has(one)) continue;
      visit.seen.add(one);
      visit.tries++;
      visit.list.push(username, password);
      visit.tail.push(one);
      if (visit.tail.length < CREDENTIALS) continue;
      sketched(visit.sketch, hashNumbers(LIST_SALT, ...visit.tail));
      visit.tail.shift();
    }
  }

  #deeds(visit: Visit, traits: Traits, session: number): void {
    for (const key of traits.keys)
      this.#show(
        visit,
        this.#known(KEY, visit, key, { fingerprint: key.text, ...(key.comment ? { comment: key.comment } : {}) }),
      );
    for (const file of traits.files) this.#show(visit, this.#known(FILE, visit, file, { file: file.text }));
    for (const host of traits.hosts) this.#show(visit, this.#known(HOST, visit, host, { host: host.text }));
    if (traits.script.length === 0) return;
    // Who writes another key with the same script is somebody else.
    const salt = hashNumbers(SCRIPT_SALT, ...traits.keys.map(({ hash }) => hash).sort((a, b) => a - b));
    if (traits.script.length >= LEAST_COMMANDS && traits.weight >= LEAST_WEIGHT) {
      const sketch = sketchOf([0, ...traits.script], COMMANDS, salt);
      this.#show(
        visit,
        this.#alike(SCRIPT, visit, sketch, traits.script.length, () => this.#scriptLabel(traits, session)),
      );
    } else if (traits.weight >= PROFILE_WEIGHT) {
      // The version alone: one bot has come in several builds, each with a HASSH of its own.
      const hash = hashNumbers(PROFILE_SALT, visit.client, ...traits.script);
      this.#show(
        visit,
        this.#nodes.find(hash) ??
          this.#create(PROFILE, visit, hash, traits.script.length, this.#scriptLabel(traits, session, visit.client)),
      );
    }
  }

  #scriptLabel({ commands }: Traits, session: number, client?: number): Label {
    const texts = commands.slice(0, 40).map((command) => this.#store.words.text('command', command).slice(0, 200));
    return { commands: texts, session, ...(client ? { client } : {}) };
  }

  #known(kind: number, visit: Visit, { hash }: Found, label: Label): Node {
    return this.#nodes.find(hash) ?? this.#create(kind, visit, hash, 0, label);
  }

  #create(kind: number, visit: Visit, hash: number, size: number, label: Label): Node {
    return this.#nodes.create({
      kind,
      hash,
      size,
      client: visit.client,
      rhythm: rhythmOf(visit),
      first: visit.first,
      last: visit.last,
      label: JSON.stringify(label),
    });
  }

  /** The list or script that a sketch is of, or of a part of which it is; a new one where there is none. */
  #alike(kind: number, visit: Visit, sketch: readonly number[], size: number, label: () => Label): Node {
    const hash = hashNumbers(kind, ...sketch);
    let best = this.#nodes.find(hash);
    if (!best) {
      best = this.#most(kind, visit, sketch) ?? this.#create(kind, visit, hash, size, label());
      for (const shingle of sketch) this.#nodes.lead(shingle, best.id);
    }
    if (size > best.size) {
      best.size = size;
      best.label = JSON.stringify(label());
      this.#nodes.touch(best);
    }
    return best;
  }

  /** The node that most of a sketch leads to, if that is enough. */
  #most(kind: number, visit: Visit, sketch: readonly number[]): Node | undefined {
    const hits = new Map<number, number>();
    for (const shingle of sketch) for (const id of this.#nodes.leads(shingle)) hits.set(id, (hits.get(id) ?? 0) + 1);
    let best: Node | undefined;
    let most = 0;
    for (const [id, n] of hits) {
      const node = this.#nodes.get(id);
      if (node?.kind === kind && (n > most || (n === most && id < best!.id))) [best, most] = [node, n];
    }
    if (!best) return undefined;
    const agree = Number(best.client === visit.client) + Number(Math.abs(best.rhythm - rhythmOf(visit)) <= 1);
    return most >= sketch.length * ALIKE[2 - agree]! ? best : undefined;
  }

  /** A visit shows a node: counted once, and with each that it showed before. */
  #show(visit: Visit, node: Node): void {
    node.first = Math.min(node.first, visit.first);
    if (visit.last > node.last) node.last = visit.last;
    this.#nodes.touch(node);
    if (visit.nodes.includes(node.id) || visit.nodes.length >= MOST_NODES) return;
    node.visits++;
    if (visit.deed) node.deeds++;
    else if (isDeed(node.kind)) {
      visit.deed = true;
      for (const id of visit.nodes) {
        const other = this.#nodes.get(id);
        if (other) {
          other.deeds++;
          this.#nodes.touch(other);
        }
      }
    }
    for (const id of visit.nodes) {
      const other = this.#nodes.get(id);
      if (other) this.#link(node, other, this.#nodes.together(node.id, id));
    }
    visit.nodes.push(node.id);
  }

  #hide(visit: Visit, id: number): void {
    const node = this.#nodes.get(id);
    visit.nodes = visit.nodes.filter((other) => other !== id);
    if (!node) return;
    node.visits--;
    if (visit.deed) node.deeds--;
    this.#nodes.touch(node);
  }

  /** Makes one campaign of what mostly comes together; `n` visits showed both. */
  #link(a: Node, b: Node, n: number): void {
    if (n < TOGETHER || a.cluster === b.cluster) return;
    const [more, less] = a.kind <= b.kind ? [a, b] : [b, a];
    const rarer = Math.min(a.visits, b.visits);
    const belongs = isDeed(less.kind)
      ? n >= SHARE * rarer
      : less.kind === PROFILE
        ? n >= SHARE * less.visits
        : // A list alone: its visits that come to a deed come to this one.
          isDeed(more.kind) && n >= SHARE * less.deeds && n >= LEAST_SHARE * rarer;
    if (belongs) this.#clusters.merge(a.cluster, b.cluster);
  }

  /** After its sessions were taken in: its list, and what it is counted under. */
  #settle(visit: Visit): void {
    if (visit.tries >= visit.due) this.#list(visit);
    let best: Node | undefined;
    for (const id of visit.nodes) {
      const node = this.#nodes.get(id);
      if (!node) continue;
      if (
        !best ||
        node.kind < best.kind ||
        (node.kind === best.kind && (node.visits > best.visits || (node.visits === best.visits && node.id < best.id)))
      )
        best = node;
    }
    this.#clusters.count(visit, best?.id ?? 0, (changed) => this.#visits.put(changed));
  }

  #list(visit: Visit): void {
    const label = (): Label => ({ list: [...visit.list], ...(visit.client ? { client: visit.client } : {}) });
    if (visit.sketch.length < LEAST_SHINGLES) {
      visit.due = visit.tries + 1;
      if (visit.tries < LEAST_TRIES) return;
      const hash = hashNumbers(PROFILE_SALT, visit.client, visit.hassh, ...visit.sketch, ...visit.list);
      const node = this.#nodes.find(hash) ?? this.#create(PROFILE, visit, hash, visit.tries, label());
      if (visit.shortNode !== 0 && visit.shortNode !== node.id) this.#hide(visit, visit.shortNode);
      visit.shortNode = node.id;
      return this.#show(visit, node);
    }
    visit.due = visit.tries >= LISTED ? Number.MAX_SAFE_INTEGER : Math.max(8, visit.tries * 2);
    if (visit.shortNode !== 0) this.#hide(visit, visit.shortNode);
    visit.shortNode = 0;
    const node = this.#alike(LIST, visit, visit.sketch, visit.tries, label);
    if (visit.listNode !== 0 && visit.listNode !== node.id) this.#hide(visit, visit.listNode);
    visit.listNode = node.id;
    this.#show(visit, node);
  }
}

/** How long it waits between two tries, by powers of two of a millisecond; 0 where there is no telling. */
const rhythmOf = ({ tried: [, pauses, sum] }: Visit): number =>
  pauses < 2 ? 0 : Math.round(Math.log2(1 + sum / pauses));
