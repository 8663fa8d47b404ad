// The database: its tables, its version, and how an older one is brought to today's form.
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { olderCopy } from './upgrade.ts';

/** Words that are counted, looked up and seen for the first time; each kind is a dictionary table `word_KIND`. */
export const counted = [
  'username',
  'password',
  'command',
  'address',
  'client',
  'hassh',
  'url',
  'hash',
  'sensor',
  'protocol',
  'country',
  'asn',
  'behaviour',
] as const;
export type CountedKind = (typeof counted)[number];
/** Further dictionaries, of no interest by themselves: event ids, short texts, and whole sets of rarely varying fields. */
export type Kind = CountedKind | 'eventid' | 'text' | 'fields';

const firstCounted: readonly CountedKind[] = counted.slice(0, 10);
const firstKinds: readonly Kind[] = [...firstCounted, 'eventid', 'text', 'fields'];
export const kinds: readonly Kind[] = [...firstKinds, 'country', 'asn', 'behaviour'];

/** Flags of a session. */
export const SSH = 1;
export const TELNET = 2;
export const LOGGED_IN = 4;
/** Times were guessed. */
export const APPROXIMATE = 8;
/** Made from a text log only: the JSON log's events replace it when they come. */
export const FROM_TEXT = 16;
export const CLOSED = 32;
/** Has terminal recordings. */
export const RECORDED = 64;
/** Holds events that belong to no connection; counts as no session. */
export const SENSOR = 128;
/** Began as FROM_TEXT, and a JSON log has told of it since. */
export const FROM_BOTH = 1 << 20;

/** Sessions shorter than this are found by a range of ids; longer ones through the index `session_long`. */
export const LONG_MS = 3_600_000;
/** A session's number is its start in milliseconds times this, plus a sequence. */
export const ID_STEP = 1024;

/** How often a value must have come to be in the index of the most frequent. */
export const FREQUENT = 24;

const initial = [
  'CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID',
  // `sid`: the journal's session id; an integer when it is 12 hexadecimal digits, else a text that begins with a colon. `last`: milliseconds after the start.
  `CREATE TABLE session(
     id INTEGER PRIMARY KEY, sid INTEGER, sensor INTEGER, address INTEGER, port INTEGER, dst INTEGER, dport INTEGER, last INTEGER,
     client INTEGER, hassh INTEGER, username INTEGER, password INTEGER, flags INTEGER,
     logins INTEGER, commands INTEGER, downloads INTEGER, pieces INTEGER, events BLOB)`,
  'CREATE INDEX session_sid ON session(sid)',
  'CREATE INDEX session_address ON session(address)',
  `CREATE INDEX session_long ON session(id) WHERE last >= ${LONG_MS}`,
  // Full pieces of a long session's events; the newest are in the session itself.
  'CREATE TABLE piece(session INTEGER, number INTEGER, events BLOB, PRIMARY KEY(session, number)) WITHOUT ROWID',
  ...firstKinds.map(
    (kind) =>
      `CREATE TABLE word_${kind}(id INTEGER PRIMARY KEY, value TEXT NOT NULL, hash INTEGER NOT NULL, n INTEGER NOT NULL DEFAULT 0, first INTEGER)`,
  ),
  ...firstKinds.map((kind) => `CREATE UNIQUE INDEX word_${kind}_hash ON word_${kind}(hash)`),
  ...firstCounted.map((kind) => `CREATE INDEX word_${kind}_n ON word_${kind}(n) WHERE n >= ${FREQUENT}`),
  ...firstCounted.map((kind) => `CREATE INDEX word_${kind}_first ON word_${kind}(first) WHERE first IS NOT NULL`),
  `CREATE TABLE pair(username INTEGER, password INTEGER, n INTEGER NOT NULL, first INTEGER NOT NULL,
     PRIMARY KEY(username, password)) WITHOUT ROWID`,
  `CREATE INDEX pair_n ON pair(n) WHERE n >= ${FREQUENT}`,
  // Rollups: events an hour by id (id 0: sessions begun), words a day, pairs a day. Hours and days since the epoch, UTC.
  // `hours` has a bit for each hour of the day in which the word came: where to look for its events.
  'CREATE TABLE hourly(hour INTEGER, eventid INTEGER, n INTEGER NOT NULL, PRIMARY KEY(hour, eventid)) WITHOUT ROWID',
  'CREATE TABLE tally(day INTEGER, kind INTEGER, word INTEGER, n INTEGER NOT NULL, hours INTEGER NOT NULL, PRIMARY KEY(day, kind, word)) WITHOUT ROWID',
  `CREATE INDEX tally_command ON tally(word, day) WHERE kind = 2`,
  'CREATE TABLE tally_pair(day INTEGER, username INTEGER, password INTEGER, n INTEGER NOT NULL, hours INTEGER NOT NULL, PRIMARY KEY(day, username, password)) WITHOUT ROWID',
  // Words and substrings of distinct commands; the text itself is in word_command.
  `CREATE VIRTUAL TABLE command_words USING fts5(value, content='', columnsize=0, detail=full, tokenize="unicode61 remove_diacritics 0 tokenchars '_-'")`,
  `CREATE VIRTUAL TABLE command_parts USING fts5(value, content='', columnsize=0, detail=none, tokenize="trigram case_sensitive 0")`,
  // How far each log has been read: written in the transaction of its events.
  'CREATE TABLE mark(identity TEXT PRIMARY KEY, path TEXT NOT NULL, offset INTEGER NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE TABLE feed(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, eventid INTEGER NOT NULL, session INTEGER, message TEXT NOT NULL)',
  // Recordings and artefacts found beside imported logs.
  'CREATE TABLE attachment(name TEXT PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID',
];

/** Country, network and research scanner of an address; `name`: the network's organisation. */
const origins = [
  ...(['country', 'asn'] as const).flatMap((kind) => [
    `CREATE TABLE word_${kind}(id INTEGER PRIMARY KEY, value TEXT NOT NULL, hash INTEGER NOT NULL, n INTEGER NOT NULL DEFAULT 0, first INTEGER${kind === 'asn' ? ', name TEXT' : ''})`,
    `CREATE UNIQUE INDEX word_${kind}_hash ON word_${kind}(hash)`,
    `CREATE INDEX word_${kind}_n ON word_${kind}(n) WHERE n >= ${FREQUENT}`,
    `CREATE INDEX word_${kind}_first ON word_${kind}(first) WHERE first IS NOT NULL`,
    `ALTER TABLE word_address ADD COLUMN ${kind} INTEGER`,
    `CREATE INDEX word_address_${kind} ON word_address(${kind}) WHERE ${kind} IS NOT NULL`,
  ]),
  'ALTER TABLE word_address ADD COLUMN scanner INTEGER',
];

// Rollups as packed chunks (counts.ts, tallies.ts), by quarters of an hour; every pair has a number.
const packedRollups = [
  'DROP TABLE hourly',
  'DROP TABLE tally',
  'DROP TABLE tally_pair',
  'DROP TABLE pair',
  'CREATE TABLE tally(id INTEGER PRIMARY KEY, counts BLOB NOT NULL)',
  'CREATE TABLE tally_fresh(id INTEGER PRIMARY KEY, counts BLOB NOT NULL)',
  'CREATE TABLE pair(id INTEGER PRIMARY KEY, username INTEGER NOT NULL, password INTEGER NOT NULL, n INTEGER NOT NULL, first INTEGER NOT NULL)',
  'CREATE UNIQUE INDEX pair_words ON pair(username, password)',
  `CREATE INDEX pair_n ON pair(n) WHERE n >= ${FREQUENT}`,
  'DROP INDEX session_long',
  `CREATE INDEX session_long ON session(id, last) WHERE last >= ${LONG_MS}`,
];

const marks = [
  // `tail`: hash of the bytes before the offset; `state`: of the file, when it was read to its end.
  "ALTER TABLE mark ADD COLUMN tail TEXT NOT NULL DEFAULT ''",
  'ALTER TABLE mark ADD COLUMN state TEXT',
  'CREATE INDEX mark_state ON mark(state) WHERE state IS NOT NULL',
];

/** Host names by reverse DNS: asked for each address once, NULL where none points back. */
const hostNames = [
  'CREATE TABLE host_name(address INTEGER PRIMARY KEY, name TEXT, at INTEGER NOT NULL)',
  // The rollups say where the sessions of a country are.
  'DROP INDEX word_address_country',
  'DROP INDEX word_address_asn',
];

// Rollups tell where an address's sessions are; its index cost a fourteenth of the file.
const noAddressIndex = ['DROP INDEX session_address'];

/** What alike ended sessions have in common. */
const behaviours = [...dictionary('behaviour'), 'ALTER TABLE session ADD COLUMN behaviour INTEGER'];

/** Files that an import read to their end, by size, SHA-256 of the beginning and CRC-32 of the whole, and what they gave. */
const imported = [
  'CREATE TABLE imported(size INTEGER, head TEXT, crc INTEGER, share TEXT NOT NULL, PRIMARY KEY(size, head, crc)) WITHOUT ROWID',
];

/**
 * Campaigns, as src/diary/campaign finds them. `campaign_due`: ended sessions it has not looked at, or that changed since
 * (`again`). A visit is what one address did with one client on one UTC day; its number is the day times 2^32 and a hash. A
 * node is what visits can share: a key, a script, a file, a list …; nodes of one campaign have the same `cluster`, which is
 * the number in `campaign`. `campaign_key`: the names of a campaign, that of today and those of campaigns it has taken in.
 */
const campaigns = [
  'CREATE TABLE campaign_due(session INTEGER PRIMARY KEY, again INTEGER NOT NULL)',
  `INSERT INTO campaign_due SELECT id, 0 FROM session WHERE flags & ${CLOSED} <> 0 AND flags & ${SENSOR} = 0`,
  `CREATE TABLE campaign_visit(id INTEGER PRIMARY KEY, address INTEGER NOT NULL, client INTEGER NOT NULL, hassh INTEGER NOT NULL,
     node INTEGER, sessions INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, state TEXT)`,
  'CREATE INDEX campaign_visit_node ON campaign_visit(node, id) WHERE node IS NOT NULL',
  `CREATE TABLE campaign_node(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, hash INTEGER NOT NULL, cluster INTEGER NOT NULL,
     visits INTEGER NOT NULL, deeds INTEGER NOT NULL, own INTEGER NOT NULL, size INTEGER NOT NULL, client INTEGER NOT NULL,
     rhythm INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, label TEXT NOT NULL)`,
  'CREATE UNIQUE INDEX campaign_node_hash ON campaign_node(hash)',
  'CREATE INDEX campaign_node_cluster ON campaign_node(cluster)',
  'CREATE TABLE campaign_shingle(slot INTEGER PRIMARY KEY, tag INTEGER NOT NULL, node INTEGER NOT NULL)',
  'CREATE TABLE campaign_edge(a INTEGER, b INTEGER, n INTEGER NOT NULL, PRIMARY KEY(a, b)) WITHOUT ROWID',
  `CREATE TABLE campaign(id INTEGER PRIMARY KEY, visits INTEGER NOT NULL, sessions INTEGER NOT NULL, addresses INTEGER NOT NULL,
     first INTEGER NOT NULL, last INTEGER NOT NULL, since INTEGER)`,
  'CREATE INDEX campaign_last ON campaign(last, id) WHERE since IS NOT NULL',
  'CREATE TABLE campaign_key(key TEXT PRIMARY KEY, campaign INTEGER NOT NULL, main INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE INDEX campaign_key_campaign ON campaign_key(campaign)',
  'CREATE TABLE campaign_day(campaign INTEGER, day INTEGER, sessions INTEGER NOT NULL, visits INTEGER NOT NULL, PRIMARY KEY(campaign, day)) WITHOUT ROWID',
  'CREATE INDEX campaign_day_day ON campaign_day(day)',
  'CREATE TABLE campaign_address(campaign INTEGER, address INTEGER, sessions INTEGER NOT NULL, PRIMARY KEY(campaign, address)) WITHOUT ROWID',
  'CREATE TABLE campaign_place(campaign INTEGER, kind INTEGER, word INTEGER, addresses INTEGER NOT NULL, PRIMARY KEY(campaign, kind, word)) WITHOUT ROWID',
];

function dictionary(kind: Kind): string[] {
  return [
    `CREATE TABLE word_${kind}(id INTEGER PRIMARY KEY, value TEXT NOT NULL, hash INTEGER NOT NULL, n INTEGER NOT NULL DEFAULT 0, first INTEGER)`,
    `CREATE UNIQUE INDEX word_${kind}_hash ON word_${kind}(hash)`,
    `CREATE INDEX word_${kind}_n ON word_${kind}(n) WHERE n >= ${FREQUENT}`,
    `CREATE INDEX word_${kind}_first ON word_${kind}(first) WHERE first IS NOT NULL`,
  ];
}

/** `migrations[n]` brings version n to n + 1. Add, never change. */
const migrations: readonly (readonly string[])[] = [
  initial,
  origins,
  packedRollups,
  marks,
  hostNames,
  noAddressIndex,
  behaviours,
  imported,
  campaigns,
];
/** The rollups of earlier versions are of another form: they are counted anew from the sessions. */
export const COUNTED_ANEW = 7;
export const SCHEMA = migrations.length;

/** The database is of a later version of this program. */
export class NewerSchema extends Error {
  constructor(path: string, version: number) {
    const copy = olderCopy(path, SCHEMA);
    super(
      `${path} is of schema version ${version}, this program knows ${SCHEMA}: use a newer program` +
        (existsSync(copy) ? `, or put ${copy} in its place, which was kept when it was upgraded.` : '.'),
    );
  }
}

/** The database has tables, but not ours. */
export class ForeignDatabase extends Error {}

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()!['user_version']);

/** @throws NewerSchema when the database was written by a later version; nothing was changed in it */
export function refuseNewer(database: DatabaseSync, path: string): void {
  const version = versionOf(database);
  if (version > SCHEMA) throw new NewerSchema(path, version);
}

/**
 * Creates or upgrades the tables, all or nothing.
 * @param recount makes the rollups anew from the sessions
 * @param keep keeps a copy of a store of an older version before anything is changed
 * @param to the version wanted; a test asks for older ones
 * @throws NewerSchema when the database was written by a later version
 */
export function migrate(
  database: DatabaseSync,
  path: string,
  recount: (database: DatabaseSync) => void,
  keep: (version: number) => void,
  to = SCHEMA,
): void {
  const before = versionOf(database);
  if (before >= to) return refuseNewer(database, path);
  if (before > 0) keep(before);
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have done it meanwhile.
    const version = versionOf(database);
    for (const statements of migrations.slice(version, to))
      for (const statement of statements) database.exec(statement);
    if (version > 0 && version < COUNTED_ANEW && to >= COUNTED_ANEW) recount(database);
    database.exec(`PRAGMA user_version = ${to}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
