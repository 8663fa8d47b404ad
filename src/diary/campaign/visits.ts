// Visits: what one address did with one client on one UTC day. Every session belongs to exactly one, whenever it is read.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { dayOfVisit, visitOf, visitsOf } from '../../observatory/membership.ts';
import { ID_STEP } from '../../observatory/schema.ts';
import { credential } from './hash.ts';

export interface Visit {
  id: number;
  address: number;
  client: number;
  hassh: number;
  /** Sessions that were read. */
  sessions: number;
  /** Milliseconds. */
  first: number;
  last: number;
  /** The node it is counted under, and with how many sessions; 0: none. */
  node: number;
  counted: number;
  /** Nodes that it showed. */
  nodes: number[];
  /** Shows a deed. */
  deed: boolean;
  /** Different credentials in order, by turns user name and password. */
  list: number[];
  /** The same, hashed. */
  seen: Set<number>;
  /** The last of them, hashed; how many there are; the sketch of their shingles. */
  tail: number[];
  tries: number;
  sketch: number[];
  /** How many tries there must be before the list is looked at again. */
  due: number;
  /** Time of the last try, ms; pauses between two tries of one go, and how long they were together, ms. */
  tried: [last: number, pauses: number, sum: number];
  /** Its list, and what stands for it while it is short; 0: none. */
  listNode: number;
  shortNode: number;
}

type State = Pick<
  Visit,
  'nodes' | 'deed' | 'list' | 'tail' | 'tries' | 'sketch' | 'due' | 'tried' | 'listNode' | 'shortNode'
>;

export interface VisitRow {
  id: number;
  address: number;
  client: number;
  hassh: number;
  node: number | null;
  sessions: number;
  first: number;
  last: number;
  state: string | null;
}

const HELD = 4096;
/** Days whose visits may go on; of older ones only the result is kept. */
const DAYS_OPEN = 2;
/** Old states that are dropped in one step. */
const DROPPED = 500;

export class Visits {
  readonly #held = new Map<number, Visit>();
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  #newestDay = 0;
  #droppedTo = 0;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT * FROM campaign_visit WHERE id = ?');
    this.#put = database.prepare('INSERT OR REPLACE INTO campaign_visit VALUES (?,?,?,?,?,?,?,?,?)');
    this.#drop = database.prepare(
      'UPDATE campaign_visit SET state = NULL WHERE id IN (SELECT id FROM campaign_visit WHERE id >= ? AND id < ? AND state IS NOT NULL ORDER BY id LIMIT ?) RETURNING id',
    );
  }

  /** The visit of a session; a new one where there is none. */
  of(session: number, address: number, client: number, hassh: number): Visit {
    for (let id = visitOf(session, address, client, hassh); ; id++) {
      let visit = this.#held.get(id);
      if (!visit) {
        const row = this.#find.get(id) as VisitRow | undefined;
        visit = row ? read(row) : newVisit(id, address, client, hassh, session);
        this.#held.set(id, visit);
        this.#newestDay = Math.max(this.#newestDay, dayOfVisit(id));
      }
      if (visit.address === address && visit.client === client && visit.hassh === hassh) return visit;
    }
  }

  put(visit: Visit): void {
    const { nodes, deed, list, tail, tries, sketch, due, tried, listNode, shortNode } = visit;
    const open = dayOfVisit(visit.id) > this.#newestDay - DAYS_OPEN;
    const state: State = { nodes, deed, list, tail, tries, sketch, due, tried, listNode, shortNode };
    this.#put.run(
      visit.id,
      visit.address,
      visit.client,
      visit.hassh,
      visit.node || null,
      visit.sessions,
      visit.first,
      visit.last,
      open && (nodes.length > 0 || tries > 0) ? JSON.stringify(state) : null,
    );
  }

  /** Lets go of visits that are held, and of what old ones would have needed to go on. */
  relieve(): void {
    if (this.#held.size > HELD) this.#held.clear();
    const before = visitsOf(this.#newestDay - DAYS_OPEN)[0];
    if (this.#droppedTo >= before) return;
    const dropped = this.#drop.all(this.#droppedTo, before, DROPPED) as { id: number }[];
    this.#droppedTo = dropped.length < DROPPED ? before : Math.max(...dropped.map(({ id }) => id));
  }

  forget(): void {
    this.#held.clear();
  }
}

function newVisit(id: number, address: number, client: number, hassh: number, session: number): Visit {
  const at = Math.floor(session / ID_STEP);
  return {
    id,
    address,
    client,
    hassh,
    sessions: 0,
    first: at,
    last: at,
    node: 0,
    counted: 0,
    seen: new Set(),
    ...newState(),
  };
}

const newState = (): State => ({
  nodes: [],
  deed: false,
  list: [],
  tail: [],
  tries: 0,
  sketch: [],
  due: 3,
  tried: [0, 0, 0],
  listNode: 0,
  shortNode: 0,
});

function read({ id, address, client, hassh, node, sessions, first, last, state }: VisitRow): Visit {
  const open: State =
    state === null ? { ...newState(), nodes: node === null ? [] : [node] } : (JSON.parse(state) as State);
  const seen = new Set<number>();
  for (let at = 0; at < open.list.length; at += 2) seen.add(credential(open.list[at]!, open.list[at + 1]!));
  const counted = node === null ? 0 : sessions;
  return { id, address, client, hassh, sessions, first, last, node: node ?? 0, counted, seen, ...open };
}
